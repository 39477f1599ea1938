# A real Chromium, Debian's or the user's own: Playwright only drives it and brings none. It is ended with its file:
# while Playwright runs, its process has a running event loop, which tests of other files would meet.
import have
import pytest

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def chromium():
    """One Chromium for the tests of a file. Each takes contexts of its own from it."""
    path = have.find("chromium")
    if not path:
        (pytest.fail if have.in_ci() else pytest.skip)("no chromium on this machine (Debian: apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium):
    """Open pages: browser(url, **options of a context). The test fails if a page's console shows an error.

    A page has `.faults`, the list of what went wrong in it so far: clear it where that is what the test wants.
    """
    contexts, pages = [], []

    def open_page(url, **options):
        context = chromium.new_context(**options)
        context.set_default_timeout(10000)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("console", lambda m: m.type in ("error", "warning") and page.faults.append(m.text))
        page.on("pageerror", lambda e: page.faults.append(str(e)))
        page.on("requestfailed", lambda r: page.faults.append("{}: {}".format(r.url, r.failure)))
        page.on("response", lambda r: r.status >= 400 and page.faults.append("{}: {}".format(r.url, r.status)))
        pages.append(page)
        page.goto(url)
        return page

    yield open_page
    faults = [fault for page in pages for fault in page.faults]
    for context in contexts:
        context.close()
    assert not faults, faults
