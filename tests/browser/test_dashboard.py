# The demo's page in a real browser, served by the real MicroPython in a heap like an ESP32's.
import json
import re

import harness
import httpx
import programs
import pytest

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
SMALL_PHONE = dict(PHONE, viewport={"width": 320, "height": 568})
LYING_PHONE = dict(PHONE, viewport={"width": 844, "height": 390})

# Of the last line: none where the points before are each behind a second that was left out.
POINTS = "(document.querySelector('#chart-{} path:last-of-type')?.getAttribute('d') ?? '').split('L').length"


@pytest.fixture
def board():
    with programs.start("dashboard") as running:
        running.url = "http://{}:{}/".format(harness.HOST, running.port)
        yield running
        assert not running.trouble(), running.trouble()


def state(board):
    """Give what the board says of its switch, asked without the browser."""
    return httpx.get(board.url + "api/readings", trust_env=False).json()["on"]


def wait_for(page, condition, **options):
    """Wait until an expression in the page is true."""
    page.wait_for_function(condition, **options)


def forget_closed_streams(pages):
    """Drop what the browser says of a stream that its page closed."""
    for page in pages:
        page.faults[:] = [f for f in page.faults if not ("/api/events" in f and "ERR_ABORTED" in f)]


def text_of(page, name):
    return page.locator("#" + name).inner_text()


def test_values_change_without_a_reload(board, browser):
    page = browser(board.url)
    wait_for(page, "uptime.textContent !== '–'")
    before = {name: text_of(page, name) for name in ("uptime", "temperature", "humidity")}
    assert 15 < float(before["temperature"]) < 35 and 0 < float(text_of(page, "heap")) <= 512, before
    wait_for(page, "Object.entries({}).every(([id, was]) => document.getElementById(id).textContent !== was)".format(
        json.dumps(before)))
    assert text_of(page, "state") == "live" and text_of(page, "pages") == "1"
    assert text_of(page, "board").startswith("MicroPython 1."), text_of(page, "board")
    assert page.locator("#tag-temperature").is_visible()


def test_charts_grow_and_a_page_opened_later_draws_the_past(board, browser):
    first = browser(board.url)
    wait_for(first, "uptime.textContent >= '0:00:05'")
    for name in ("temperature", "humidity", "heap"):
        wait_for(first, POINTS.format(name) + " >= 5")  # behind a second that a busy machine left out, a line is new
        label = first.locator("#chart-" + name).get_attribute("aria-label")
        assert re.search(r"last minute: [\d.]+ to [\d.]+$", label), label
        ticks = [float(text) for text in first.locator(f"#chart-{name} small").all_inner_texts()]
        assert ticks and ticks == sorted(set(ticks)), (name, ticks)
    later = browser(board.url)
    wait_for(later, "uptime.textContent !== '–'")
    wait_for(later, POINTS.format("temperature") + " >= 5")


def test_a_click_changes_the_board_and_is_shown(board, browser):
    page = browser(board.url)
    switch = page.get_by_role("switch", name="Lamp")
    for wanted in (True, False, True):
        switch.click()
        wait_for(page, "lamp.textContent === '{}' && !document.querySelector('[aria-busy]')".format(
            "On" if wanted else "Off"))
        assert switch.get_attribute("aria-checked") == str(wanted).lower()
        assert state(board) is wanted


def test_the_switch_works_by_keyboard(board, browser):
    page = browser(board.url)
    wait_for(page, "lamp.textContent === 'Off'")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "switch"
    for key, wanted in (("Space", True), ("Enter", False)):
        page.keyboard.press(key)
        wait_for(page, "lamp.textContent === '{}' && !document.querySelector('[aria-busy]')".format(
            "On" if wanted else "Off"))
        assert state(board) is wanted


def test_every_open_page_shows_the_same_state(board, browser):
    desk, phone = browser(board.url), browser(board.url, **PHONE)
    desk.locator("#switch").click()
    wait_for(phone, "lamp.textContent === 'On'", timeout=3000)
    phone.locator("#switch").tap()
    wait_for(desk, "lamp.textContent === 'Off'", timeout=3000)
    httpx.post(board.url + "api/switch", json={"on": True}, trust_env=False).raise_for_status()
    for page in (desk, phone):
        wait_for(page, "lamp.textContent === 'On'", timeout=3000)


def test_a_click_that_the_board_refuses_is_taken_back(board, browser):
    page = browser(board.url)
    wait_for(page, "lamp.textContent === 'Off'")
    # The next reading, by the stream that is open, may say "live" before anybody looks: what it says is written down.
    page.evaluate("""window.said = []; new MutationObserver(() => said.push(state.textContent)).observe(
        state, {childList: true, characterData: true, subtree: true})""")
    page.route("**/api/**", lambda route: route.abort())  # readings too: they must not be what puts it right
    page.locator("#switch").click()
    wait_for(page, "said.includes('reconnecting')")
    wait_for(page, "lamp.textContent === 'Off' && !document.querySelector('[aria-busy]')")
    assert state(board) is False
    page.unroute("**/api/**")
    wait_for(page, "state.textContent === 'live'")
    page.faults.clear()  # the browser says that requests failed, and so they did
    page.locator("#switch").click()
    wait_for(page, "lamp.textContent === 'On' && !document.querySelector('[aria-busy]')")
    assert state(board) is True


@pytest.mark.parametrize("device", [PHONE, SMALL_PHONE, LYING_PHONE], ids=["phone", "small", "lying"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(board, browser, device, scheme):
    page = browser(board.url, color_scheme=scheme, **device)
    wait_for(page, "uptime.textContent !== '–'")
    page.evaluate("state.textContent = 'reconnecting'; uptime.textContent = '23:59:59'")  # the longest they get
    width, inner = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width <= inner, (width, inner)
    out = page.evaluate("""[...document.querySelectorAll("main *, header *")].filter(e => !e.closest(".chart")
        && e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML)""")
    assert not out, out
    cut = page.evaluate("""[...document.querySelectorAll(".value, .note, h2")].filter(e =>
        e.scrollWidth > e.clientWidth && e.clientWidth).map(e => e.outerHTML)""")
    assert not cut, cut
    box = page.locator("#switch").bounding_box()
    assert box["height"] >= 48 and box["width"] >= 200, box
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(n => n < 64)")
    assert dark is (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(board, browser, scheme):
    # WCAG 2.2, 1.4.3: a contrast of 4.5 for text
    page = browser(board.url, color_scheme=scheme)
    wait_for(page, "uptime.textContent !== '–'")
    low = page.evaluate("""() => {
        const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(n => n / 255).map(
            n => n <= .04045 ? n / 12.92 : ((n + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
        const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
            if (c !== "rgba(0, 0, 0, 0)") return c; } };
        return [...document.querySelectorAll("h1, h2, p, span, b, small")].filter(e => e.textContent.trim()).map(e => {
            const a = light(getComputedStyle(e).color), b = light(ground(e));
            return [e.outerHTML, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)];
        }).filter(([_, contrast]) => contrast < 4.5);
    }""")
    assert not low, low


def test_values_are_streamed_over_one_connection(board, browser):
    page = browser("about:blank")
    answers, messages = [], []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.responseReceived", lambda e: answers.append(e["response"]["url"].removeprefix(board.url)))
    session.on("Network.eventSourceMessageReceived", lambda e: messages.append(json.loads(e["data"])))
    page.goto(board.url)
    harness.wait_for(lambda: page.wait_for_timeout(100) or len(messages) >= 4, 10)
    assert answers == ["", "api/events"], answers
    assert all(len(m["samples"]) == 1 and "board" not in m for m in messages[1:]), messages  # only what is new
    # a click is told at once, not with the next reading
    count = len(messages)
    httpx.post(board.url + "api/switch", json={"on": True}, trust_env=False).raise_for_status()
    harness.wait_for(lambda: page.wait_for_timeout(20) or any(m["on"] for m in messages[count:]), 0.9)


def test_a_page_without_a_stream_is_live_too(browser):
    text = programs.source("dashboard")
    text = text.replace("tinyweb.webserver()", "tinyweb.webserver(max_links=1)")
    with programs.start("dashboard", text=text) as board:
        url = "http://{}:{}/".format(harness.HOST, board.port)
        pages = [browser(url) for _ in range(2)]
        for page in pages:
            wait_for(page, "uptime.textContent !== '–' && state.textContent === 'live'")
        later = pages[1]
        for _ in range(2):
            before = text_of(later, "uptime")
            wait_for(later, "uptime.textContent > '{}'".format(before), timeout=3000)
            assert text_of(later, "state") == "live"
        # where the other page is closed its place is free
        streams = []
        later.on("response", lambda r: "/api/events" in r.url and streams.append(r.status))
        pages[0].goto("about:blank")
        harness.wait_for(lambda: later.wait_for_timeout(100) or 200 in streams, 10)
        assert not board.trouble(), board.trouble()
        later.faults[:] = [f for f in later.faults if "503" not in f]  # a stream that had no place
        forget_closed_streams(pages)


def test_a_pointer_reads_the_chart(board, browser):
    page = browser(board.url)
    wait_for(page, "uptime.textContent >= '0:00:04'")
    box = page.locator("#chart-temperature").bounding_box()
    page.mouse.move(box["x"] + (box["width"] - 22) * 57 / 59, box["y"] + 40)
    assert text_of(page, "range-temperature") == "2 s ago"
    picked, last = page.evaluate("[series.at(-3)[0], series.at(-1)[0]]")
    assert text_of(page, "temperature") == "{:.1f}".format(picked / 10), (picked, last)
    page.mouse.move(1, 1)
    assert text_of(page, "range-temperature").endswith("in the last minute")


def test_the_page_comes_back_by_itself(browser):
    port = harness.free_port()
    url = "http://{}:{}/".format(harness.HOST, port)
    with programs.start("dashboard", port=port):
        page = browser(url)
        wait_for(page, "uptime.textContent >= '0:00:04'")
        page.locator("#switch").click()
        wait_for(page, "lamp.textContent === 'On' && !document.querySelector('[aria-busy]')")
        kept = text_of(page, "temperature")
    wait_for(page, "state.textContent === 'reconnecting'")
    assert text_of(page, "temperature") not in ("", "–"), kept
    assert page.locator("#state").get_attribute("role") == "status"
    with programs.start("dashboard", port=port) as again:
        wait_for(page, "state.textContent === 'live'")
        wait_for(page, "lamp.textContent === 'Off'")  # what the board says now, which was started again
        wait_for(page, "uptime.textContent === '0:00:03' || uptime.textContent === '0:00:04'")
        points = page.evaluate(POINTS.format("heap"))
        assert points <= 5, points  # nothing of the time before
        assert not again.trouble(), again.trouble()
    page.goto("about:blank")
    page.faults.clear()  # what failed is what the test took away


def test_a_page_in_the_background_listens_to_nothing(board, browser):
    page = browser(board.url)
    wait_for(page, "uptime.textContent !== '–'")
    page.evaluate("""Object.defineProperty(document, "hidden", {get: () => window.away, configurable: true});
        window.away = true; document.dispatchEvent(new Event("visibilitychange"))""")
    page.wait_for_timeout(1300)  # what was on its way has come
    asked = []
    page.on("request", lambda r: asked.append(r.url))
    page.wait_for_timeout(2500)
    assert not asked, asked
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(500)
    assert len(asked) == 1 and "/api/events" in asked[0], asked
    forget_closed_streams([page])
