# The page over TLS in a real browser.
import programs


def test_the_page_is_there_in_a_secure_context(browser):
    with programs.start("https") as board:
        page = browser(board.url, ignore_https_errors=True)  # a certificate of one's own, which no browser knows
        assert page.locator("h1").inner_text() == "Nobody listens"
        assert page.evaluate("isSecureContext")
        assert not board.trouble(), board.trouble()
