# The documentation's site, as a reader has it: search knows the names of the API, nothing is fetched from elsewhere.
import demo
import pytest
import website

PAGES = ("index.html", "docs/reference.html", "docs/install.html", "docs/memory.html", "docs/testing.html")
# what somebody asks for, and a page among the first that are offered
ASKED = {
    "add_route": "docs/reference.html", "send_file": "docs/reference.html", "set_cookie": "docs/reference.html",
    "max_connections": "docs/reference.html", "read_parse_form_data": "docs/reference.html",
    "app.static": "docs/reference.html", "before_request": "docs/reference.html", "query_list": "docs/reference.html",
    "Session": "docs/reference.html", "Passwords": "docs/reference.html",
    "webserver": "docs/reference.html", "Room": "docs/reference.html", "tinyweb_testing": "docs/testing.html",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs") / "site"
    website.main(["--out", str(folder)])
    with demo.served(folder) as url:
        yield url


@pytest.fixture
def page(browser, url):
    page = browser("about:blank")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    # going on to the next page ends what the last one was loading
    page.faults[:] = [fault for fault in page.faults if "ERR_ABORTED" not in fault]
    elsewhere = [address for address in asked if not address.startswith((url, "data:", "blob:", "about:"))]
    assert asked and not elsewhere, elsewhere


def test_search_finds_the_api(page, url):
    for name, wanted in ASKED.items():
        page.goto(f"{url}/index.html?q={name}")
        found = page.locator(".md-search-result__link")
        found.first.wait_for(timeout=30000)
        first = [link.get_attribute("href").split("?")[0].removeprefix(url + "/") for link in found.all()[:4]]
        assert wanted in first, (name, first)


@pytest.mark.parametrize("width", [390, 1440])
def test_pages_are_as_wide_as_the_screen(page, url, width):
    page.set_viewport_size({"width": width, "height": 900})
    for path in PAGES:
        page.goto(f"{url}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        cut = page.evaluate("""[...document.querySelectorAll(".md-typeset__scrollwrap")].filter(
            e => e.scrollWidth > e.clientWidth + 1 && (innerWidth > 1000 || getComputedStyle(e).overflowX !== "auto")
        ).map(e => e.innerText.slice(0, 60))""")
        assert not cut, (path, cut)  # whole on a desktop, scrollable on a phone
