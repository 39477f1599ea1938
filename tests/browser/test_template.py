# Templates in a real browser: the settings page without JavaScript, and strings that would run a script if they could.
import harness
import programs
import pytest

# Each calls ran() where it is taken for more than text.
XSS = (
    "<script>ran()</script>", "</script><script>ran()</script>", "<img src=x onerror=ran()>", "<svg onload=ran()>",
    "\"><script>ran()</script>", "'><script>ran()</script>", "\" onmouseover=\"ran()", "' onmouseover='ran()",
    "\" autofocus onfocus=\"ran()", "' autofocus onfocus='ran()", "\"><img src=x onerror=ran()>",
    "--><script>ran()</script>", "javascript:ran()", "JaVaScRiPt:ran()", " javascript:ran()", "java\nscript:ran()",
    "java\tscript:ran()", "\x01javascript:ran()", "javascript&colon;ran()", "&#106;avascript:ran()",
    "&#x6A;avascript:ran()", "data:text/html,<script>parent.ran()</script>", "vbscript:ran()",
    "javascript://%0aran()", "javascript:/*--></title>*/ran()", "</textarea><script>ran()</script>",
    "</title><script>ran()</script>", "</style><script>ran()</script>",
    "<iframe srcdoc='<script>parent.ran()</script>'>", "<iframe src=javascript:parent.ran()>", "<body onload=ran()>",
    "<details open ontoggle=ran()>", "<video><source onerror=ran()></video>", "<audio src=x onerror=ran()>",
    "<input autofocus onfocus=ran()>", "<select autofocus onfocus=ran()>", "<marquee onstart=ran()>",
    "<object data=javascript:ran()>", "<embed src=javascript:ran()>", "<a href=javascript:ran() id=x>x</a>",
    "<math><mtext><script>ran()</script>", "<svg><script>ran()</script></svg>",
    "<svg><animate onbegin=ran() attributeName=x dur=1s>", "<style>@import'javascript:ran()';</style>",
    "<link rel=stylesheet href=javascript:ran()>", "<meta http-equiv=refresh content='0;url=javascript:ran()'>",
    "<base href=javascript:ran()//>", "{{ ran() }}", "{% if ran() %}", "${ran()}", "`+ran()+`", "';ran();'",
    "\\\";ran();//", "%22onmouseover=%22ran()", "\u2028ran()", "<scr\0ipt>ran()</scr\0ipt>",
    "<<script>ran()//<</script>", "expression(ran())", "x;background:url(javascript:ran())",
    "+ADw-script+AD4-ran()+ADw-/script+AD4-",
)  # fmt: skip
PAGE = """{% args texts %}
<!doctype html><meta charset="utf-8"><title>{{ texts[0] }}</title><link rel="icon" href="data:,">
<script>window.count = 0; function ran() { count++; }</script>
{% for text in texts %}
<p title="{{ text }}" class='{{ text }}' style="color:{{ text }}">{{ text }}</p>
<!-- {{ text }} --><style>/* {{ text }} */</style>
<input value="{{ text }}"><textarea>{{ text }}</textarea><noscript>{{ text }}</noscript>
<a href="{{ text }}">{{ text }}</a> <a href='/x?{{ text }}'>x</a>
<form action="{{ text }}"><button formaction="{{ text }}">
{{ text }}</button></form> <select><option value='{{ text }}'>{{ text }}</select> <img alt="{{ text }}">
{% end %}
"""
PROGRAM = f"""
import tinyweb
import tinyweb_template

PAGE = {PAGE!r}
XSS = {XSS!r}
app = tinyweb.webserver()
with open("page.html", "w") as f:
    f.write(PAGE)
page = tinyweb_template.load("page.html")


@app.get("/")
async def index(req, resp):
    return page(XSS)


app.catchall()(lambda req, resp: ("<p>another page", 200))
app.run(HOST, PORT)
"""


@pytest.fixture
def board():
    with programs.start("settings") as running:
        yield running
        assert not running.trouble(), running.trouble()


def test_strings_that_would_run_run_nothing(browser):
    assert len(XSS) >= 50
    with harness.start(PROGRAM, heap="1m") as running:
        page = browser(f"http://{harness.HOST}:{running.port}/")
        assert page.evaluate("document.querySelectorAll('p').length") == len(XSS)
        # All is as it was sent: the texts are texts, none of them has made an element or an attribute.
        shown = page.locator("p").evaluate_all("all => all.map(p => [p.textContent, p.title, p.attributes.length])")
        for text, got in zip(XSS, shown, strict=True):
            # HTML has no NUL: it is dropped from text, and replaced in attributes.
            assert got == [text.replace("\0", ""), text.replace("\0", "\ufffd"), 3], (text, got)
        kinds = page.evaluate("[...new Set([...document.querySelectorAll('*')].map(e => e.localName))].sort()")
        want = "a body button form head html img input link meta noscript option p script select style textarea title"
        assert kinds == want.split(), kinds
        page.evaluate("""() => {
            document.addEventListener("submit", event => event.preventDefault());
            document.addEventListener("click", event => {
                const a = event.target.closest("a");
                if (a && a.protocol != "javascript:") event.preventDefault();
            });
            for (const e of document.querySelectorAll("*")) {
                for (const type of ["mouseover", "focus", "load", "error", "toggle", "click"])
                    e.dispatchEvent(new Event(type, {bubbles: true, cancelable: true}));
            }
            for (const e of document.querySelectorAll("a")) e.click();
        }""")
        page.wait_for_function("document.readyState == 'complete'")
        assert page.evaluate("count") == 0
        # The same strings do run where a program says that they are HTML: the page notices.
        page.set_content(PAGE.split("{% for")[0].split("\n", 1)[1].replace("{{ texts[0] }}", "") + XSS[2])
        page.wait_for_function("count > 0")
        page.faults.clear()
        assert not running.trouble(), running.trouble()


def test_settings_are_kept_without_javascript(board, browser):
    page = browser(board.url, java_script_enabled=False)
    page.get_by_role("link", name="Settings").click()
    name = "Küche <1> & \"2\" 'x' + 50% {{ a }}"
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Seconds between two readings").fill("0")
    page.get_by_label("Bed 2 is dry below").fill("200")
    page.get_by_label("Name of bed 1").fill("<b>Basil</b>")
    page.get_by_label("Water when it is dry").select_option("At once")
    page.get_by_label("Light in the evening").uncheck()
    page.get_by_role("button", name="Save").click()
    # What was typed is still there, with a message beside each mistake.
    page.get_by_text("Nothing is saved yet: 2 entries need another look.").wait_for()
    page.faults.clear()  # the 422 in the console
    assert page.get_by_label("Name", exact=True).input_value() == name
    assert page.get_by_label("Seconds between two readings").get_attribute("aria-invalid") == "true"
    assert page.get_by_text("A number from 1 to 3600.").is_visible() and page.get_by_text("0 to 100.").is_visible()
    assert not page.get_by_label("Light in the evening").is_checked()
    page.get_by_label("Seconds between two readings").fill("5")
    page.get_by_label("Bed 2 is dry below").fill("45")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert page.get_by_label("Water when it is dry").input_value() == "always"
    page.get_by_role("link", name="Status").click()
    page.get_by_role("cell", name="<b>Basil</b>").wait_for()
    assert page.locator("header b").inner_text() == name
    page.get_by_role("link", name="Log").click()
    page.get_by_text("Settings saved for " + name).wait_for()
    page.get_by_role("button", name="Clear the log").click()
    page.get_by_text("Nothing has happened").wait_for()
    assert (board.where / "settings.json").exists()
