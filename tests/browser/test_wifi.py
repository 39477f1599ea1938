# The set-up page in a real browser, as wide as a phone: without scripts, in both colour schemes, and to its end.
import pytest
import wifiboard

NETWORKS = (wifiboard.HOME, ["Café Zürich", "", -70, False], ['<b>"x"&\'', "12345678", -85, False])
PHONE = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False}


@pytest.fixture
def lamp(tmp_path):
    board = wifiboard.Board(tmp_path, "micropython", networks=NETWORKS, fields=(("mqtt", "MQTT server"),))
    yield board.opened()
    trouble = board.running.trouble()
    board.running.stop()
    assert not trouble, trouble


def test_a_phone_sets_the_board_up(lamp, browser):
    page = browser(lamp.url, color_scheme="dark", **PHONE)
    assert page.get_by_role("heading").inner_text() == "Lamp"
    assert page.get_by_role("radio").count() == 4 and page.locator("b").nth(2).inner_text() == '<b>"x"&\''
    for each in page.locator("label").all():
        assert each.bounding_box()["height"] >= 44, each.inner_text()  # large enough for a finger
    assert page.locator("body").evaluate("e => e.scrollWidth") <= 390
    page.get_by_label("Home").check()
    page.get_by_label("Password").fill("wrong-password")
    page.get_by_label("MQTT server").fill('10.0.0.2"><i>')
    page.get_by_role("button", name="Join").click()
    page.get_by_text("Joining Home").wait_for()
    lamp.opened(count=2)
    page.goto(lamp.url)
    assert page.locator(".w").inner_text() == "Home: wrong password."
    assert page.get_by_label("Home").is_checked() and page.get_by_label("Password").input_value() == ""
    assert page.get_by_label("MQTT server").input_value() == '10.0.0.2"><i>'
    page.get_by_label("Password").fill("right-password")
    page.get_by_role("button", name="Join").click()
    page.get_by_text("http://Lamp.local/").wait_for()
    lamp.wait("tinyweb-wifi: http://127.0.0.1/")
    assert lamp.known() == {"ssid": "Home", "password": "right-password", "mqtt": '10.0.0.2"><i>'}
    page.goto(lamp.url)
    assert page.locator("body").inner_text() == "the program's own page"
    page.faults.clear()  # it has no icon


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_written_can_be_read_in_both_colour_schemes(lamp, browser, scheme):
    page = browser(lamp.url, color_scheme=scheme, **PHONE)
    light = page.locator("body, fieldset, button, b, h1").evaluate_all("""all => all.map(e => {
        const light = rgb => rgb.match(/[\\d.]+/g).slice(0, 3).map(v => (v /= 255) <= .04045 ? v / 12.92
            : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
        let under = e;
        while (getComputedStyle(under).backgroundColor === "rgba(0, 0, 0, 0)") under = under.parentElement;
        return [light(getComputedStyle(e).color), light(getComputedStyle(under).backgroundColor)];
    })""")
    for text, ground in light:  # WCAG 1.4.3
        ratio = (max(text, ground) + 0.05) / (min(text, ground) + 0.05)
        assert ratio >= 4.5, (scheme, light)
