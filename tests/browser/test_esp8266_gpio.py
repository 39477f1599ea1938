# The page of the ESP8266's pins: it shows them, switches them, and says when the board is silent.
import httpx
import programs


def test_the_page_shows_and_switches_pins(browser):
    with programs.start("esp8266_gpio", compiled=True) as board:
        page = browser(board.url)
        led = page.get_by_role("switch", name="D1 GPIO 5")
        led.click()
        page.wait_for_selector("#gpio5[aria-checked=true]")
        assert page.get_by_role("switch").count() == 6
        assert httpx.get(board.url + "api/gpio", trust_env=False).json()["pins"][1] == {
            "gpio": 5, "nodemcu": "D1", "value": 1}
        # somebody else switches it off: the page shows it by itself
        httpx.put(board.url + "api/gpio/5", json={"value": 0}, trust_env=False).raise_for_status()
        page.wait_for_selector("#gpio5[aria-checked=false]")
        assert page.locator("#memory").inner_text().endswith(" KiB free")
        assert not board.trouble(), board.trouble()
    page.get_by_text("The board does not answer.").wait_for()
    page.goto("about:blank")
    page.faults.clear()  # what failed is what the test took away
