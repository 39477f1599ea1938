# The device API's page: it lists the pins, switches an output, and tells what the device refuses.
import harness
import httpx
import programs


def test_the_page_lists_and_switches_pins(serve, browser):
    server = programs.start("device_api", serve, heap=harness.FROZEN, compiled=True)
    url = f"http://127.0.0.1:{server.port}"
    page = browser(url)
    lamp = page.get_by_role("switch", name="lamp")
    assert lamp.text_content() == "off"
    assert page.locator("#pins li").all_text_contents() == ["lamp (pin 2)off", "fan (pin 4)off", "door (pin 5)off"]
    lamp.click()
    page.wait_for_selector("#pin2 [aria-checked=true]")
    assert httpx.get(url + "/api/pins/2", trust_env=False).json() == {
        "pin": 2, "name": "lamp", "output": True, "value": 1}
    # somebody else switches it off: the page shows it by itself
    assert httpx.put(url + "/api/pins/2", json={"value": 0}, trust_env=False).status_code == 200
    page.wait_for_selector("#pin2 [aria-checked=false]")
    assert "up " in page.locator("#status").text_content()
    assert page.locator("#trouble").text_content() == ""
    # what is no output stays what it is, and the page says why
    page.evaluate("attempt(() => call('pins/5', 'PUT', {value: 1}))")
    page.wait_for_function("document.getElementById('trouble').textContent == 'this pin is an input'")
    page.faults.clear()  # the 409 in the console
