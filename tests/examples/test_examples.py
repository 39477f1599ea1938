# Every example runs as it stands on both interpreters, and does what its README says.
import contextlib
import json
import re
import ssl
import time

import harness
import httpx
import httpx_sse
import programs
import pytest
import tinyweb_auth
from tinyweb_testing import Client


@pytest.fixture
def board(serve):
    """Start an example: board(name, **as programs.start). Gives an httpx client whose paths start at the example.

    For https it trusts the example's own certificate, and no other.
    """
    clients = []

    def start(name, **more):
        running = programs.start(name, serve, **more)
        trust = ssl.create_default_context(cafile=running.where / "cert.pem") if name == "https" else True
        client = httpx.Client(base_url=running.url, timeout=5, trust_env=False, verify=trust)
        client.board = running
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.close()


@pytest.fixture
def plain(interpreter):
    """Start an example as its reader's own tests would: plain(name). Gives a client of tinyweb_testing."""
    with contextlib.ExitStack() as stack:
        yield lambda name: stack.enter_context(Client.of(programs.FOLDER / name / "main.py", interpreter))


@pytest.mark.parametrize("name", programs.NAMES)
def test_every_example_starts_and_answers(board, name):
    client = board(name)
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        got = client.request(method, "/").status_code
        assert got < 500, (name, method, got)


# "tasks" stops its server at a POST
TAKING = [name for name in programs.NAMES if name != "tasks" and any(programs.unexpected_json(programs.source(name)))]


@pytest.mark.parametrize("name", TAKING)
def test_json_that_nobody_expects_is_no_500(board, name):
    client = board(name, heap=harness.ROOMY)
    for method, path, body in programs.unexpected_json(programs.source(name)):
        got = client.request(method, path, content=body, headers={"Content-Type": "application/json"})
        assert got.status_code < 500, (method, path, body, client.board.output())


@pytest.mark.parametrize("name", programs.NAMES)
def test_every_example_has_a_readme_of_about_ten_lines(name):
    lines = (programs.FOLDER / name / "README.md").read_text().splitlines()
    assert 6 <= len(lines) <= 14, len(lines)
    assert lines[0].startswith("# "), lines[0]


def test_the_table_of_examples_has_them_all():
    text = (programs.FOLDER / "README.md").read_text()
    assert sorted(re.findall(r"^\| \[(\w+)\]\(\1\) \|", text, flags=re.M)) == programs.NAMES


@pytest.mark.parametrize("file", sorted(programs.FOLDER.glob("*/*.py")), ids=lambda f: "/".join(f.parts[-2:]))
def test_every_file_of_an_example_compiles_for_a_board(file):
    harness.compile_mpy(file, harness.scratch() / "compiled" / (file.parent.name + file.stem + ".mpy"))


def test_hello_has_its_pages(board):
    client = board("hello")
    got = client.get("/")
    assert got.status_code == 200, got
    assert got.headers["content-type"].startswith("text/html"), got.headers
    assert "<h1>Hello, world!</h1>" in got.text, got.text
    got = client.get("/hello", params={"name": "<b>Zoë</b>"})
    assert got.text == "Hello, <b>Zoë</b>!\n" and got.headers["content-type"].startswith("text/plain"), got
    assert client.get("/hello").text == "Hello, whoever you are!\n"


def test_rest_api_keeps_customers(board):
    client = board("rest_api")
    got = client.get("/customers").json()
    assert got["1"]["name"] == "Jack", got
    got = client.post("/customers", data={"name": "Zoë", "city": "Köln"})
    assert (got.status_code, got.json()) == (201, {"message": "created", "id": "3"}), got.text
    got = client.post("/customers", json={"name": "Alice", "city": "Bern"})
    assert (got.status_code, got.json()["id"]) == (201, "4"), got.text
    assert client.get("/customers/3").json() == {"name": "Zoë", "city": "Köln"}
    got = client.put("/customers/3", json={"city": "Paris"})
    assert (got.status_code, got.json()) == (200, {"message": "updated"}), got.text
    assert client.get("/customers/3").json() == {"name": "Zoë", "city": "Paris"}
    assert client.delete("/customers/3").json() == {"message": "deleted"}
    for method in ("GET", "PUT", "DELETE"):
        got = client.request(method, "/customers/3")
        assert (got.status_code, got.json()) == (404, {"message": "no such customer"}), (method, got.text)
    got = client.get("/export").json()
    assert sorted(c["id"] for c in got) == ["1", "2", "4"], got


def test_rest_api_says_which_methods_there_are(plain):
    client = plain("rest_api")
    got = client.patch("/customers")
    assert got.status_code == 405, got
    allowed = {m.strip() for m in got.headers["allow"].split(",")}
    assert {"GET", "POST"} <= allowed and "PATCH" not in allowed and "DELETE" not in allowed, allowed


def test_form_keeps_what_was_sent_and_shows_it_harmless(board):
    client = board("form")
    got = client.post("/settings", data={"name": '<script>"Küche" & more', "period": "30"})
    assert (got.status_code, got.headers["location"]) == (302, "/"), got.text
    got = client.get("/").text
    assert 'value="&lt;script&gt;&quot;Küche&quot; &amp; more"' in got and 'value="30"' in got, got


def test_form_refuses_what_it_cannot_use(board):
    client = board("form")
    for form in ({}, {"name": "x"}, {"name": "x", "period": "soon"}, {"name": "x", "period": "0"},
                 {"name": " ", "period": "5"}, {"name": "x" * 41, "period": "5"}):
        got = client.post("/settings", data=form)
        assert got.status_code == 400, (form, got)
    got = client.post("/settings", json=[1])
    assert got.status_code == 400, got
    assert 'value="10"' in client.get("/").text


def stored(client, name):
    return (client.board.where / "uploads" / name).read_bytes()


def test_form_stores_a_file_much_larger_than_the_heap(board):
    client = board("form")
    data = bytes(range(256)) * 8000
    got = client.put("/files/picture.png", content=data)
    assert (got.status_code, got.text) == (201, "picture.png: 2048000 bytes"), got.text
    assert stored(client, "picture.png") == data
    assert "<li><span>picture.png</span><span>2048000 bytes</span></li>" in client.get("/").text
    got = client.put("/files/picture.png", content=iter([b"in ", b"chunks"]))
    assert (got.status_code, got.text) == (201, "picture.png: 9 bytes"), got.text
    assert stored(client, "picture.png") == b"in chunks"


def test_form_stores_nothing_under_a_name_that_could_lead_elsewhere(board):
    client = board("form")
    before = sorted(client.board.where.rglob("*"))
    for name in ("..%2Fmain.py", ".hidden", "a%2Fb", "a%00b", "%C3%BC", "", "x" * 61):
        got = client.put("/files/" + name, content=b"bad")
        assert got.status_code == 400, (name, got)
        assert sorted(client.board.where.rglob("*")) == before, name


def test_form_keeps_the_old_file_when_an_upload_breaks_off(board):
    client = board("form")
    client.put("/files/notes.txt", content=b"old")
    head = b"PUT /files/notes.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nnew"
    with harness.Client(client.board.port) as broken:
        broken.send(head)
        # somebody else's at the same time would end in the same file
        got = harness.wait_for(lambda: (r := client.put("/files/b", content=b"b")).status_code == 409 and r)
        assert got.text == "Another file is on its way: try again in a moment.", got.text
    harness.wait_for(lambda: client.put("/files/b", content=b"b").status_code == 201)
    assert stored(client, "notes.txt") == b"old"
    assert [path.name for path in sorted((client.board.where / "uploads").iterdir())] == ["b", "notes.txt"]


def test_form_takes_no_file_above_its_limit(board):
    text = programs.source("form")
    assert text.count("LARGEST = 10000000") == 1
    client = board("form", text=text.replace("LARGEST = 10000000", "LARGEST = 3000"))
    assert client.put("/files/a", content=bytes(3000)).status_code == 201
    got = client.put("/files/a", content=bytes(3001))
    assert (got.status_code, got.text) == (413, "A file of 3000 bytes at most, please."), got.text
    assert stored(client, "a") == bytes(3000)
    assert client.put("/files/b", content=b"b").status_code == 201


FLASH = '''
import os


class Flash:
    """A block device of 20 KB in RAM: it stands in for a board's flash."""

    data = bytearray(40 * 512)

    def readblocks(self, n, buf, offset=0):
        buf[:] = self.data[n * 512 + offset:n * 512 + offset + len(buf)]

    def writeblocks(self, n, buf, offset=0):
        self.data[n * 512 + offset:n * 512 + offset + len(buf)] = buf

    def ioctl(self, op, arg):
        return {4: 40, 5: 512, 6: 0}.get(op)


os.VfsLfs2.mkfs(Flash())
os.mount(Flash(), "/flash")
'''


def test_form_says_so_when_the_flash_is_full(board, interpreter):
    if interpreter == "cpython":
        return  # it mounts nothing
    text = FLASH + programs.source("form").replace('FOLDER = "uploads"', 'FOLDER = "/flash/uploads"')
    client = board("form", text=text, heap="200k")
    assert client.put("/files/a", content=bytes(5000)).status_code == 201
    for _ in range(2):
        got = client.put("/files/b", content=bytes(30000))
        assert (got.status_code, got.text) == (507, "There is no room left for this file."), got.text
    page = client.get("/").text
    assert "<span>a</span><span>5000 bytes</span>" in page and "<span>b</span>" not in page, page
    assert client.put("/files/b", content=bytes(3000)).status_code == 201


def test_form_takes_nothing_from_another_sites_page(board):
    client = board("form")
    for origin, codes in (("http://evil.example", (403, 403)), ("null", (403, 403)),
                          (str(client.base_url).rstrip("/"), (201, 302))):
        put = client.put("/files/a", content=b"a", headers={"Origin": origin})
        post = client.post("/settings", data={"name": "x", "period": "9"}, headers={"Origin": origin})
        assert (put.status_code, post.status_code) == codes, (origin, put, post)


def log_in(client, password, where="/login"):
    return client.post(where, data={"user": "ada", "password": password}, headers=HTML)


HTML = {"Accept": "text/html"}


@pytest.fixture
def guarded(board):
    """The login example with a password that is known."""
    where = programs.folder("login")
    (where / "users.json").write_text(json.dumps({"ada": tinyweb_auth.hash("correct höse", rounds=50)}))
    return board("login", cwd=where)


def test_login_lets_in_who_knows_the_password(guarded):
    got = guarded.get("/", headers=HTML)
    assert (got.status_code, got.headers["location"]) == (303, "/login?next=/"), got
    assert 'type="password"' in guarded.get("/login").text
    got = log_in(guarded, "correct höse", "/login?next=/")
    assert (got.status_code, got.headers["location"]) == (303, "/"), got.text
    got = guarded.get("/")
    assert got.status_code == 200 and got.headers["cache-control"] == "no-store", got
    assert "under the &lt;b&gt;third&lt;/b&gt; pot" in got.text, got.text
    guarded.post("/note", data={"note": '"><script>alert(1)</script>'})
    assert "&quot;&gt;&lt;script&gt;alert(1)" in guarded.get("/").text
    cookie = {"Cookie": "session=" + guarded.cookies["session"]}
    got = guarded.post("/logout")
    assert (got.status_code, got.headers["location"]) == (303, "/login"), got
    assert "session" not in guarded.cookies
    assert guarded.get("/", headers=cookie).status_code == 401


def test_login_refuses_wrong_passwords_and_after_five_of_them_the_right_one(guarded):
    for n in range(5):
        got = log_in(guarded, ("", "correct höse ")[n % 2])
        assert got.status_code == (403 if n < 4 else 429) and "set-cookie" not in got.headers, (n, got.text)
    assert re.search(r"Try again in \d\d s\.", got.text), got.text
    assert log_in(guarded, "correct höse").status_code == 429


def test_login_is_needed_for_what_is_private_and_takes_text_alone(guarded):
    for cookie in ("", "session=", "session=0", "session=" + "0" * 32, "other=1", 'session="'):
        for method, path in (("GET", "/"), ("POST", "/note"), ("POST", "/logout"), ("GET", "/nothing")):
            form = {"note": "x"} if method == "POST" else None
            got = guarded.request(method, path, headers={"Cookie": cookie}, data=form)
            assert got.status_code == (404 if path == "/nothing" else 401), (cookie, method, path, got)
    for body in b'{"user": 1, "password": 1}', b"[]", b'{"password": []}':
        got = guarded.post("/login", content=body, headers={"Content-Type": "application/json"})
        assert got.status_code == 403, got


def test_login_makes_a_password_where_there_are_no_users(board):
    client = board("login")
    said = client.board.wait_output("and the password ")
    made = said.split()[-1]
    assert len(made) == 8, said
    assert client.post("/login", data={"user": "admin", "password": made}).status_code == 303


def test_https_speaks_tls_with_the_certificate_of_its_readme(board):
    client = board("https")
    assert "This page came from the board over https." in client.get("/").text
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(client.base_url, trust_env=False)  # who does not know the certificate does not trust it


def test_https_says_what_it_lacks(interpreter):
    running = harness.launch(programs.source("https"), interpreter, heap="320k")
    assert running.wait_end() == 0
    assert running.output() == "cert.pem or key.pem is missing: make them as README.md tells.\n", running.output()


def test_esp8266_gpio_sets_its_pins(plain):
    client = plain("esp8266_gpio")
    got = client.get("/api/gpio").json()
    assert got["pins"][0] == {"gpio": 4, "nodemcu": "D2", "value": 0} and len(got["pins"]) == 6, got
    for value, body in ((1, {"data": {"value": "1"}}), (0, {"json": {"value": 0}}), (1, {"json": {"value": "1"}})):
        got = client.put("/api/gpio/5", **body)
        assert (got.status_code, got.json()) == (200, {"message": "changed", "value": value}), got.text
        assert [p["value"] for p in client.get("/api/gpio").json()["pins"]] == [0, value, 0, 0, 0, 0]
    status = client.get("/api/status").json()["memory"]
    assert status is None or 0 < status["free"] < status["total"], status


def test_esp8266_gpio_refuses_what_is_no_pin_or_value(plain):
    client = plain("esp8266_gpio")
    for pin, body, code in (
            ("0", {"value": 1}, 404), ("x", {"value": 1}, 404), ("", {"value": 1}, 404), ("5", {}, 400),
            ("5", [1], 400), ("5", {"value": 2}, 400), ("5", {"value": None}, 400), ("5", {"value": [1]}, 400)):
        got = client.put("/api/gpio/" + pin, json=body)
        assert got.status_code == code and got.json()["message"], (pin, body, got.text)


def test_esp8266_gpio_is_for_its_own_page(plain):
    client = plain("esp8266_gpio")
    fields = {"Origin": "http://evil.example", "Access-Control-Request-Method": "PUT"}
    got = client.options("/api/gpio/5", headers=fields)
    assert got.status_code < 300, got
    assert "access-control-allow-origin" not in got.headers, got.headers


def test_tasks_go_on_beside_the_server(board):
    client = board("tasks")
    before = int(client.get("/").text.split()[0])
    time.sleep(0.5)
    after = int(client.get("/").text.split()[0])
    assert 2 <= after - before <= 15, (before, after)


def test_tasks_go_on_while_the_server_is_stopped_and_it_comes_back(board):
    client = board("tasks")
    before = int(client.get("/").text.split()[0])
    got = client.post("/pause")
    assert (got.status_code, got.text) == (202, "See you in two seconds.\n"), got
    harness.wait_for(lambda: not harness.accepts(client.board.port), 2)
    harness.wait_for(lambda: harness.accepts(client.board.port), 6)
    after = int(client.get("/").text.split()[0])
    assert after - before >= 15, (before, after)


def test_dashboard_tells_its_readings(board):
    client = board("dashboard")
    first = harness.wait_for(lambda: (r := client.get("/api/readings").json())["samples"] and r)
    temperature, humidity, heap = first["samples"][-1]
    assert 150 < temperature < 350 and 300 < humidity < 700, first
    on_board = first["board"].startswith("MicroPython")
    assert (heap is not None) == on_board and (first["heap_size"] is not None) == on_board, first
    assert first["simulated"] == ["temperature", "humidity"] and first["on"] is False, first
    later = harness.wait_for(lambda: (r := client.get("/api/readings").json())["uptime"] > first["uptime"] and r)
    assert len(later["samples"]) == later["uptime"], later


def events(client):
    """Listen to the dashboard's events: gives what it tells, one after the other."""
    with httpx_sse.connect_sse(client, "GET", "/api/events") as source:
        for event in source.iter_sse():
            if event.data:  # this client tells of the field "retry", too
                yield event.json()


def test_dashboard_streams_what_is_new(board):
    client = board("dashboard")
    stream = events(client)
    told = [next(stream) for _ in range(3)]
    assert told[0]["board"] and len(told[0]["samples"]) == told[0]["uptime"], told
    for now in told[1:]:
        assert len(now["samples"]) == 1 and "board" not in now and now["pages"] == 1, told
    assert httpx.post(client.base_url.join("/api/switch"), json={"on": True}, trust_env=False).status_code == 200
    while (now := next(stream))["samples"]:
        assert not now["on"], now  # a click is told at once, with no reading
    assert now["on"]
    stream.close()


def test_dashboard_has_as_many_streams_as_leave_room_for_others(board):
    text = programs.source("dashboard")
    client = board("dashboard", text=text.replace("tinyweb.webserver()", "tinyweb.webserver(max_concurrency=2)"))
    clients = [harness.Client(client.board.port) for _ in range(3)]  # two slots, six connections
    for c in clients:
        c.send(harness.message("/api/events"))
    harness.wait_for(lambda: [c._receive() for c in clients])
    for _ in range(2):
        assert client.get("/api/events").status_code == 503
        assert client.get("/api/readings").status_code == 200
    clients.pop().close()

    def free():
        with client.stream("GET", "/api/events") as got:
            return got.status_code == 200

    harness.wait_for(free)
    for c in clients:
        c.close()


def test_dashboard_keeps_no_more_than_a_minute(board):
    text = programs.source("dashboard")
    assert text.count("asyncio.sleep(1)") == 1
    client = board("dashboard", text=text.replace("asyncio.sleep(1)", "asyncio.sleep(0.01)"))
    got = harness.wait_for(lambda: (r := client.get("/api/readings").json())["uptime"] > 80 and r, 15)
    assert len(got["samples"]) == 60, got


def test_dashboard_switches_to_the_state_that_is_asked_for(board):
    client = board("dashboard")
    for wanted in (True, True, False):
        got = client.post("/api/switch", json={"on": wanted})
        assert (got.status_code, got.json()) == (200, {"on": wanted}), got.text
        assert client.get("/api/readings").json()["on"] is wanted


@pytest.mark.parametrize("body", [{"json": {}}, {"json": {"on": 1}}, {"json": {"on": "true"}}, {"json": [True]},
                                  {"content": b"null"}, {"data": {"on": "true"}}, {"content": b"{on"}, {}])
def test_dashboard_refuses_a_switch_that_is_neither_on_nor_off(board, body):
    client = board("dashboard")
    got = client.post("/api/switch", headers={"Content-Type": "application/json"} if "content" in body else {}, **body)
    assert got.status_code == 400, got.text
    assert client.get("/api/readings").json()["on"] is False


def test_dashboard_serves_its_page_whole(board):
    client = board("dashboard")
    got = client.get("/")
    assert got.content == (programs.FOLDER / "dashboard" / "index.html").read_bytes()
    assert got.headers["content-type"].startswith("text/html"), got.headers


def test_dashboard_fits_a_small_board():
    # as .mpy, which is how mpremote or a firmware brings it to an ESP8266
    with programs.start("dashboard", heap=programs.SMALL, compiled=True) as running:
        with httpx.Client(base_url="http://{}:{}".format(harness.HOST, running.port), trust_env=False) as client:
            for _ in range(20):
                assert len(client.get("/").content) > 10000
                assert client.get("/api/readings").status_code == 200
                assert client.post("/api/switch", json={"on": True}).json() == {"on": True}
        assert not running.trouble(), running.trouble()


def test_settings_are_checked_kept_and_shown(board):
    client = board("settings")
    got = client.get("/settings")
    assert '<input name="device" value="Greenhouse"' in got.text and 'aria-current="page"' in got.text, got.text
    form = {"device": "<b>House</b>", "period": "x", "water": "always"}
    for i in range(3):
        form.update({f"name{i}": f"Bed {i}", f"limit{i}": "101" if i == 1 else "20"})
    got = client.post("/settings", data=form)
    assert got.status_code == 422 and "2 entries need another look" in got.text, got.text
    assert got.text.count("aria-invalid") == 2 and 'value="&lt;b&gt;House&lt;/b&gt;"' in got.text, got.text
    form.update(period="5", limit1="30", on2="1")
    got = client.post("/settings", data=form)
    assert (got.status_code, got.headers["location"]) == (303, "/settings?saved"), got
    got = client.get("/").text
    assert "<b>&lt;b&gt;House&lt;/b&gt;</b>" in got and "every 5 s" in got and got.count("not watched") == 2, got
    assert "&lt;b&gt;House&lt;/b&gt;" in client.get("/log").text
    assert json.loads((client.board.where / "settings.json").read_text())["beds"][2]["on"] is True
    assert client.post("/settings", data=form, headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.post("/settings", data={"device": "x"}).status_code == 400
    assert client.post("/log/clear").status_code == 303 and "Nothing has happened" in client.get("/log").text
