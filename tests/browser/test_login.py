# The login in a real browser: a session is kept by its cookie, which no script of the page can read.
import programs
import pytest


@pytest.fixture
def board():
    where = programs.folder("login")
    (where / "password.txt").write_text("open sesame")
    with programs.start("login", cwd=where) as running:
        yield running
        assert not running.trouble(), running.trouble()


def log_in(page, password):
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_a_session_from_the_login_to_the_logout(board, browser):
    page = browser(board.url)
    assert page.url.endswith("/login"), page.url
    log_in(page, "wrong")
    page.get_by_text("That is not the password.").wait_for()
    page.faults.clear()  # the 403 in the console
    page.wait_for_timeout(1100)
    log_in(page, "open sesame")
    note = page.get_by_label("Note")
    assert note.input_value() == "The spare key is under the <b>third</b> pot."
    note.fill('"><img src=x onerror=alert(1)>')
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state("load")
    assert note.input_value() == '"><img src=x onerror=alert(1)>' and not page.locator("img").count()
    assert page.evaluate("document.cookie") == ""
    cookie, = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict"), cookie
    page.get_by_role("button", name="Log out").click()
    page.get_by_label("Password").wait_for()
    assert page.context.cookies() == []
    page.go_back()
    page.get_by_label("Password").wait_for()  # nothing of the private page is left in the browser


def test_another_sites_page_cannot_use_the_session(board, browser):
    page = browser(board.url)
    log_in(page, "open sesame")
    page.get_by_label("Note").wait_for()
    # the same browser, on a page of another site, which posts the form
    page.goto("about:blank")
    page.set_content(f'<form method="post" action="{board.url}note"><input name="note" value="changed"></form>')
    page.evaluate("document.forms[0].submit()")
    page.wait_for_url("**/login")
    page.goto(board.url)
    assert page.get_by_label("Note").input_value().startswith("The spare key")
