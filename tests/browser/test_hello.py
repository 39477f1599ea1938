# The first page that everybody sees.
import programs


def test_the_page_leads_to_the_table(browser):
    with programs.start("hello") as board:
        page = browser(board.url)
        assert page.locator("h1").inner_text() == "Hello, world! (table)"
        page.get_by_role("link", name="table").click()
        page.wait_for_url("**/table")
        assert page.locator("tr").count() == 11
        page.faults[:] = [f for f in page.faults if "404" not in f]  # it has no icon
        assert not board.trouble(), board.trouble()
