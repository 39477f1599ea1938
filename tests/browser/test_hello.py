# The first page that everybody sees.
import programs
import pytest


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_greets(browser, scheme):
    with programs.start("hello") as board:
        page = browser(board.url, color_scheme=scheme, viewport={"width": 360, "height": 640})
        assert page.locator("h1").inner_text() == "Hello, world!"
        width, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= inner, (width, inner)
        page.get_by_label("Your name").fill("<b>Ada</b>")
        page.get_by_role("button", name="Greet").click()
        page.wait_for_url("**/hello?name=*")
        assert page.inner_text("body").strip() == "Hello, <b>Ada</b>!"
        page.faults[:] = [f for f in page.faults if "404" not in f]  # a plain text has no line for its icon
        assert not page.faults, page.faults
        assert not board.trouble(), board.trouble()
