# The set-up from a phone, from the first page to the network: what each port, and each fault, makes of it.
import json
import urllib.parse

import harness
import pytest
import wifi_page
from wifiboard import HOME, PROGRAM

MICROPYTHON = pytest.mark.parametrize("interpreter", ["micropython"], indirect=True)
FORM = "n=Home&p=right-password"


ON_A_PC = """
import asyncio
import tinyweb
import tinyweb_wifi

app = tinyweb.webserver()
wifi = tinyweb_wifi.Wifi("Lamp")
print("IP", asyncio.run(wifi.start(app)), wifi.ip)
wifi.forget()
print("forgotten")
app.run(HOST, PORT)
"""


def test_a_pc_without_a_radio_is_in_a_network_already(serve, interpreter):
    output = serve(ON_A_PC, interpreter, heap=harness.ROOMY, compiled=interpreter == "micropython").output()
    assert "IP 127.0.0.1 127.0.0.1\n" in output and "forgotten" in output, output


def test_a_board_gets_its_network_from_a_phone(board, interpreter):
    lamp = board(fields=(("mqtt", "MQTT server"),))
    lamp.opened()
    assert "AIR AP on Lamp-1A2B 0 \n" in lamp.output and "IP None\n" in lamp.output, lamp.output
    # a scan comes before the access point: one beside it throws its clients off
    assert lamp.output.index("AIR scan") < lamp.output.index("AIR AP on") and "threw" not in lamp.output
    page = lamp.request()
    assert page.code == 200 and page.headers["content-type"] == "text/html; charset=utf-8", page
    assert page.headers["cache-control"] == "no-store" and page.headers["connection"] == "close", page
    assert '<input type=radio name=n value="Home"><b>Home</b>▂▄▆█' in page.text, page.text
    assert '<b>MQTT server</b><input class=t name="mqtt" value="">' in page.text, page.text
    assert lamp.request(host="captive.apple.com").code == 302
    got = lamp.send(FORM + "&mqtt=10.0.0.2")
    assert got.code == 200 and "Joining Home" in got.text and "http://Lamp.local/" in got.text, got.text
    assert lamp.known() is None  # it is not known yet whether it is right
    lamp.wait("tinyweb-wifi: http://127.0.0.1/")
    assert lamp.output.index("AIR AP off") < lamp.output.index("AIR connect Home"), lamp.output
    assert lamp.known() == {"ssid": "Home", "password": "right-password", "mqtt": "10.0.0.2"}
    # the program's own pages, and its allowed_hosts, are back
    assert lamp.request().text == "the program's own page"
    assert lamp.request(host="captive.apple.com").code == 421
    assert "right-password" not in lamp.output + got.text


def test_a_program_in_debug_mode_is_set_up_as_well(board, interpreter):
    lamp = board(program=PROGRAM.replace("webserver(", "webserver(debug=True, "), heap="400k")
    lamp.opened()
    lamp.send(FORM)
    lamp.wait("tinyweb-wifi: http://127.0.0.1/")
    assert lamp.known() == {"ssid": "Home", "password": "right-password"}
    assert lamp.request().text == "the program's own page"


def test_a_known_network_is_joined(board, interpreter):
    lamp = board(files={"wifi.json": json.dumps({"ssid": "Home", "password": "right-password"})})
    harness.started(lamp.running)
    assert "IP 127.0.0.1\n" in lamp.output and "AIR AP on" not in lamp.output, lamp.output
    assert lamp.request().text == "the program's own page"
    # no module of the set-up is loaded, and forget() leads to it
    assert lamp.request("/forget").code == 200
    lamp.opened()
    assert lamp.known() is None and "Choose the WiFi" in lamp.request().text


@MICROPYTHON
@pytest.mark.parametrize("port", ["esp32", "esp8266", "rp2"])
def test_a_wrong_password_is_told_on_the_next_page(board, port):
    lamp = board(port=port, timeout=2, key="set me up")
    lamp.opened()
    security = 0x400006 if port == "rp2" else 4
    assert f"AIR AP {'is' if port == 'esp8266' else 'on'} Lamp-1A2B {security} set me up\n" in lamp.output, lamp.output
    lamp.send("n=Home&p=wrong-password")
    lamp.opened(count=2)
    page = lamp.request().text
    assert "<p class=w>Home: wrong password." in page and "wrong-password" not in page, page
    assert 'value="Home" checked>' in page, page
    assert lamp.known() is None
    lamp.send(FORM)
    lamp.wait("tinyweb-wifi: http://127.0.0.1/")
    assert lamp.known() == {"ssid": "Home", "password": "right-password"}


@MICROPYTHON
def test_a_network_without_a_name_is_typed(board):
    lamp = board(port="rp2", networks=[["Hidden & <shy>", "right-password", -60, True]])
    lamp.opened()
    assert "input type=radio name=n" in lamp.request().text and "Hidden" not in lamp.request().text
    lamp.send("n=&o=" + urllib.parse.quote("Hidden & <shy>") + "&p=wrong-password")
    lamp.opened(count=2)
    page = lamp.request().text
    assert 'name=n value="" checked><b>Another</b><input class=t name=o value="Hidden &amp; &lt;shy>"' in page, page
    lamp.send("o=" + urllib.parse.quote("Hidden & <shy>") + "&p=right-password")
    lamp.wait("tinyweb-wifi: http://127.0.0.1/")


@MICROPYTHON
def test_what_is_on_air_is_shown_and_nothing_of_it_is_markup(board):
    names = ["Café Zürich 🐢", "张三的网络", '<script>alert("x")</script>', "a" * 32, "hex:fffe41", "", "Home", "Home"]
    many = [[f"Net {n}", "12345678", -90 - n % 5, False] for n in range(30)]
    lamp = board(networks=[[name, "", -40 - n, False] for n, name in enumerate(names)] + many)
    lamp.opened()
    answer = lamp.request()
    text = answer.body.decode("utf-8", "replace")
    assert len(answer.body) < 4000 and text.count("input type=radio") == 13, text  # the 12 strongest, and another
    assert "Café Zürich 🐢" in text and "张三的网络" in text and text.count("<b>Home</b>") == 1, text
    assert "<script" not in text and "&lt;script>alert(&quot;x&quot;)&lt;/script>" in text, text
    lamp.send("n=" + urllib.parse.quote("Café Zürich 🐢") + "&p=")  # it is open
    lamp.wait("tinyweb-wifi: http://127.0.0.1/")
    assert lamp.known()["ssid"] == "Café Zürich 🐢"


@MICROPYTHON
def test_what_cannot_be_is_refused(board):
    lamp = board()
    lamp.opened()
    for form in ("", "n=&o=", "n=" + "a" * 33, "n=Home&p=1234567", "n=Home&p=" + "1" * 65, "p=right-password"):
        got = lamp.send(form)
        assert got.code == 200 and "A name has 1 to 32 bytes, a password 8 to 63" in got.text, (form, got.text)
    assert lamp.send("n=" + "%41" * 180).code == 413
    assert lamp.send("n=%ff").code == 400
    for field, value in (("Origin", "http://evil.example"), ("ORIGIN", "null"), ("Origin", ""),
                         ("Sec-Fetch-Site", "cross-site"), ("sec-fetch-site", "Same-Site")):
        assert lamp.send(FORM, **{field: value}).code == 403, (field, value)
    assert lamp.send("", **{"Transfer-Encoding": "chunked"}).code in (400, 413)
    assert lamp.request("/elsewhere").code == 404 and lamp.request("/open/1").code == 404
    assert "AIR connect" not in lamp.output


@MICROPYTHON
@pytest.mark.parametrize("prefix", [("/open/",), "/open/"])
def test_routes_that_are_open_are_served_beside_the_page(board, prefix):
    lamp = board(open=prefix)
    lamp.opened()
    assert lamp.request("/open/1").text == "open 1"
    assert lamp.request("/open/1", host="other.example").code == 302
    assert lamp.request("/forget").code == 404


@MICROPYTHON
@pytest.mark.parametrize("text", ["no json", "[]", "{}", '{"ssid": "Home"}', '{"ssid": 1, "password": 2}', "\xff", ""])
def test_a_file_that_is_no_settings_is_passed_over(board, text):
    lamp = board(files={"wifi.json": text})
    lamp.opened()
    assert "tinyweb-wifi: no ssid and password in wifi.json" in lamp.output, lamp.output


@MICROPYTHON
def test_a_power_cut_while_the_file_is_written(board):
    old = json.dumps({"ssid": "Old", "password": "old-password"})
    # the power goes when the new file has half of its bytes
    cut = """
import json, sys



class json_:
    load, loads, dumps = json.load, json.loads, json.dumps

    @staticmethod
    def dump(value, f):
        f.write('{{"ssid": "Ho')
        f.close()
        print("CUT")
        sys.exit(1)


sys.modules["json"] = json_
"""
    lamp = board(files={"wifi.json": old}, retries=1, program=cut + PROGRAM)
    lamp.opened()
    lamp.send(FORM)
    lamp.wait("CUT")
    lamp.ends = True
    assert (lamp.folder / "wifi.json").read_text() == old
    assert (lamp.folder / "wifi.json.new").read_text() == '{"ssid": "Ho'


@MICROPYTHON
@pytest.mark.parametrize("fault", ["memory", "scan", "inactive"])
def test_without_a_scan_a_name_is_typed(board, fault):
    lamp = board(fault=fault)
    lamp.opened()
    assert lamp.request().text.count("input type=radio") == (2 if fault == "inactive" else 1)
    lamp.send("o=Home&p=right-password")
    lamp.wait("tinyweb-wifi: http://127.0.0.1/")


@MICROPYTHON
def test_a_radio_that_fails_without_a_name_for_it(board):
    known = json.dumps({"ssid": "Home", "password": "right-password"})
    lamp = board(fault="unknown", retries=1, files={"wifi.json": known})
    lamp.opened()
    lamp.send(FORM)
    lamp.wait("AIR AP off")
    lamp.opened(count=2)
    lamp.change(fault=None)
    lamp.send("o=Home&p=right-password")
    lamp.wait("tinyweb-wifi: http://127.0.0.1/")


@MICROPYTHON
def test_an_access_point_that_fails_is_tried_again(board):
    lamp = board(fault="full")
    lamp.wait("tinyweb-wifi: memory allocation failed")
    lamp.change(fault=None)
    lamp.opened()
    lamp.send("o=Home&p=right-password")
    lamp.wait("tinyweb-wifi: http://127.0.0.1/")


@MICROPYTHON
def test_a_file_that_a_program_or_a_user_has_written(board):
    text = json.dumps({"ssid": "Away", "password": "right-password", "mqtt": 1883})
    lamp = board(files={"wifi.json": text}, retries=1, timeout=1.5, fields=(("mqtt", "Port of MQTT"),))
    lamp.opened()
    assert "no ssid and password" not in lamp.output, lamp.output
    assert 'name="mqtt" value="1883">' in lamp.request().text


@MICROPYTHON
@pytest.mark.parametrize("port", ["esp32", "rp2"])
def test_a_network_that_is_away_at_boot_and_comes_back(board, port):
    known = json.dumps({"ssid": "Home", "password": "right-password"})
    lamp = board(port=port, networks=[], retries=2, minutes=0.05, files={"wifi.json": known})
    lamp.opened()
    assert lamp.output.count("AIR connect Home") >= 2, lamp.output
    assert "Home: not found." in lamp.request().text
    lamp.change(networks=[HOME])
    lamp.wait("tinyweb-wifi: http://127.0.0.1/", 30)  # without a client, the known network is tried again
    assert lamp.request().text == "the program's own page"


@MICROPYTHON
def test_a_form_that_does_not_join_leaves_the_known_network_the_one_that_is_tried_again(board):
    known = json.dumps({"ssid": "Home", "password": "right-password"})
    lamp = board(networks=[["Cafe", "its-password", -60, False]], retries=1, minutes=0.05, files={"wifi.json": known})
    lamp.opened()
    lamp.send("n=Cafe&p=wrong-password")
    lamp.wait("AIR connect Cafe")
    lamp.opened(count=2)
    assert "Cafe: wrong password." in lamp.request().text
    lamp.wait("AIR connect Home", count=2)
    lamp.opened(count=3)
    # what the page tells is of one join
    assert "Home: not found." in lamp.request().text
    lamp.change(networks=[HOME])
    lamp.wait("tinyweb-wifi: http://127.0.0.1/", 30)
    assert lamp.known() == json.loads(known)


@MICROPYTHON
def test_the_first_network_is_tried_again_as_it_was_typed(board):
    lamp = board(networks=[], minutes=0.05)
    lamp.opened()
    lamp.send("o=Home&p=right-password")
    lamp.wait("AIR connect Home")
    lamp.opened(count=2)
    assert lamp.send("o=&p=").text.count("A name has 1 to 32 bytes") == 1
    lamp.change(networks=[HOME])  # a router that took longer to start
    lamp.wait("tinyweb-wifi: http://127.0.0.1/", 30)
    assert lamp.known() == {"ssid": "Home", "password": "right-password"}


def watched(pause):
    """Give a program that prints its address all the time, and looks each `pause` seconds whether it is joined."""
    program = PROGRAM.replace("import gc", f"""
sleep = asyncio.sleep
asyncio.sleep = lambda s: sleep({pause} if s == 5 else s)""")
    return program.replace("await asyncio.sleep(1)", "await asyncio.sleep(0.2); print('NOW', wifi.ip)")


@MICROPYTHON
def test_a_network_that_goes_away_later_is_joined_again(board):
    known = json.dumps({"ssid": "Home", "password": "right-password"})
    lamp = board(port="rp2", files={"wifi.json": known}, program=watched(0.1))
    harness.started(lamp.running)
    lamp.wait("NOW 127.0.0.1")
    lamp.change(fault="full")
    lamp.wait("AIR no memory", count=2)  # it goes on
    lamp.change(networks=[], fault=None)
    lamp.wait("NOW None")
    lamp.change(networks=[HOME])
    n = lamp.output.count("NOW 127.0.0.1")
    lamp.wait("NOW 127.0.0.1", count=n + 1)


@MICROPYTHON
def test_a_network_that_is_forgotten_is_not_joined_again(board):
    known = json.dumps({"ssid": "Home", "password": "right-password"})
    program = watched(0.02).replace("    await wifi.start(app, 1)\n", "")
    lamp = board(port="rp2", files={"wifi.json": known}, program=program)
    harness.started(lamp.running)
    assert lamp.request("/forget").text == "forgotten"
    lamp.change(networks=[])
    lamp.wait("NOW None", count=4)
    assert lamp.output.count("AIR connect") == 1, lamp.output


@MICROPYTHON
def test_a_phone_that_keeps_six_probes_open(board):
    lamp = board()
    lamp.opened()
    head = harness.message("/generate_204", host="connectivitycheck.gstatic.com")
    half = [harness.Client(lamp.port, lamp.address) for _ in range(3)]
    idle = [harness.Client(lamp.port, lamp.address) for _ in range(3)]
    for client in half:
        client.send(head[:-2])  # a head that does not end
    try:
        assert "Choose the WiFi" in harness.within(4, lamp.request).text
        for client in half:
            client.send(b"\r\n")
            assert client.answer().code == 302 and client.closed()
        assert "Joining Home" in lamp.send(FORM).text
        lamp.wait("tinyweb-wifi: http://127.0.0.1/")
        assert lamp.request().text == "the program's own page"
    finally:
        for client in half + idle:
            client.close()


@MICROPYTHON
def test_pages_that_are_open_while_the_board_joins(board):
    lamp = board()
    lamp.opened()
    with harness.Client(lamp.port, lamp.address) as one, harness.Client(lamp.port, lamp.address) as two:
        two.send(harness.message("/", host=lamp.address)[:-2])
        body = FORM.encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        one.send(harness.message("/", kind, "POST", body, host=lamp.address))
        assert one.answer("POST").code == 303 and one.closed()
        assert "Joining" in lamp.request().text
        lamp.wait("AIR AP off")
        lamp.wait("tinyweb-wifi: http://127.0.0.1/")
    assert lamp.request().text == "the program's own page"


def test_what_makes_no_set_up_network_is_an_error():
    import tinyweb_wifi

    for options in ({"name": ""}, {"name": "é" * 14}, {"key": "short"}, {"key": "k" * 64}):
        with pytest.raises(ValueError, match="bytes"):
            tinyweb_wifi.Wifi(**options)
    for fields in (("mqtt", "MQTT server"), ("mqtt",), (("p", "Port"),), (("password", "Password of MQTT"),)):
        with pytest.raises(ValueError, match="unpack|is taken"):
            tinyweb_wifi.Wifi(fields=fields)
    for prefixes in "static/", ("/app/", "static/"), ("",):
        with pytest.raises(ValueError, match="begins with /"):
            tinyweb_wifi.Wifi(open=prefixes)


def test_the_modules_have_the_page_of_page_html():
    wifi_page.main(["--check"])
