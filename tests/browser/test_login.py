# The login in a real browser: a session is kept by its cookie, which no script reads, and which no other page can use.
import base64
import json

import harness
import programs
import pytest
import tinyweb_auth


@pytest.fixture
def board():
    where = programs.folder("login")
    users = {"ada": tinyweb_auth.hash("open sesame", rounds=50)}
    (where / "users.json").write_text(json.dumps(users))
    with programs.start("login", cwd=where) as running:
        yield running
        assert not running.trouble(), running.trouble()


def log_in(page, password):
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_a_session_from_the_login_to_the_logout(board, browser):
    page = browser(board.url)
    assert page.url.endswith("/login?next=/"), page.url
    log_in(page, "wrong")
    page.get_by_text("That is not right.").wait_for()
    assert page.get_by_label("Name").input_value() == "ada"
    page.faults.clear()  # the 403 in the console
    log_in(page, "open sesame")
    page.get_by_text("Hello, ada").wait_for()
    note = page.get_by_label("Note")
    assert note.input_value() == "The spare key is under the <b>third</b> pot."
    note.fill('"><img src=x onerror=alert(1)>')
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state("load")
    assert note.input_value() == '"><img src=x onerror=alert(1)>' and not page.locator("img").count()
    assert page.evaluate("document.cookie") == ""
    cookie, = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax"), cookie
    page.get_by_role("button", name="Log out").click()
    page.get_by_label("Password").wait_for()
    assert page.context.cookies() == []
    page.go_back()
    page.get_by_label("Password").wait_for()  # nothing of the private page is left in the browser


def test_too_many_wrong_passwords_are_told_with_the_seconds_left(board, browser):
    page = browser(board.url, viewport={"width": 390, "height": 780}, color_scheme="dark")
    for _ in range(5):
        with page.expect_response(lambda response: response.request.method == "POST") as got:
            log_in(page, "wrong")
        page.wait_for_load_state("load")
    assert got.value.status == 429
    page.faults.clear()
    alert, button = page.get_by_role("alert"), page.get_by_role("button", name="Log in")
    first = int("".join(c for c in alert.inner_text() if c.isdigit()))
    assert 50 <= first <= 60 and button.is_disabled(), alert.inner_text()
    page.wait_for_function(f"!document.querySelector('[role=alert]').textContent.includes(' {first} ')")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_another_sites_page_cannot_use_the_session(board, browser):
    page = browser(board.url)
    log_in(page, "open sesame")
    page.get_by_label("Note").wait_for()
    # "localhost" is another site than 127.0.0.1: no cookie comes along; its page posts the form
    other = harness.start("""
import tinyweb

app = tinyweb.webserver()
FORM = '<form method=post action="%snote"><input name=note value=changed>'
app.add_route("/", lambda req, resp: FORM)
app.run(HOST, PORT)
""" % board.url)
    with other:
        for host in "localhost", "127.0.0.1":  # the second is the same site, and another origin: its port differs
            page.goto(f"http://{host}:{other.port}/")
            with page.expect_navigation(url="**/note") as got:  # whole, so that it does not meet the next one
                page.evaluate("document.forms[0].submit()")
            assert got.value.status == 403, (host, got.value.status)
    page.goto(board.url)
    page.faults.clear()
    assert page.get_by_label("Note").input_value().startswith("The spare key")


CREDENTIALS = """
import tinyweb
import tinyweb_auth as auth

app = tinyweb.webserver()
digest = auth.Digest({"Jürgen": auth.secret("Jürgen", "board", "päss wört")})
basic = auth.Basic(lambda user, password: (user, password) == ("Jürgen", "päss wört"))
state = {"n": 0}
digest.protect(app, "/digest")
basic.protect(app, "/basic")


def page(req, resp):
    return '<title>%s</title><link rel=icon href="data:,">' % req.user


def count(req, resp):
    state["n"] += 1
    return "%d for %s" % (state["n"], req.user)


for path in "/digest", "/basic":
    app.add_route(path, page, methods=["GET"])
    app.add_route(path, count, methods=["POST"])
app.run(HOST, PORT)
"""


def test_the_browsers_own_dialog(browser):
    with harness.start(CREDENTIALS, heap=harness.ROOMY) as server:
        url = f"http://{harness.HOST}:{server.port}"
        login = {"username": "Jürgen", "password": "päss wört"}
        for path in "/digest", "/basic":
            page = browser(url + path, http_credentials=login)
            page.faults.clear()  # the first 401
            assert page.title() == "Jürgen", path
            # many at once, which overtake one another
            script = f"""Promise.all([...Array(12).keys()].map(() => fetch("{path}", {{method: "POST"}})
                .then(answer => answer.text())))"""
            texts = page.evaluate(script)
            assert all(text.endswith(" for Jürgen") for text in texts), texts
            page.faults.clear()  # stale nonces, if any
        wrong = browser("about:blank", http_credentials={**login, "password": "wrong"})
        assert wrong.goto(url + "/digest").status == 401
        wrong.faults.clear()
        value = base64.b64encode("Jürgen:päss wört".encode()).decode()
        assert harness.get(server.port, "/basic", {"Authorization": f"Basic {value}"}).code == 200
