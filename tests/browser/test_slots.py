# A browser opens up to six connections to a host, and some of them only in advance. Three slots must do for all of it.
import time

import harness
import httpx
import programs
import pytest

SERVER = """
import asyncio
import tinyweb

app = tinyweb.webserver(max_concurrency=3)
PAGE = '''<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>slots</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/style/1.css"><link rel="stylesheet" href="/style/2.css"><p id="p"></p>
%s
<script src="/script/1.js"></script><script src="/script/2.js"></script></html>''' % ''.join(
    '<img src="/image/%d.svg" alt="">' % i for i in range(8))


@app.get("/")
async def page(req, resp):
    return PAGE


@app.get("/image/<name>")
async def image(req, resp, name):
    await asyncio.sleep(0.1)  # as a slow sensor would be
    resp.add_header("Content-Type", "image/svg+xml")
    return '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="9"/></svg>'


@app.get("/style/<name>")
async def style(req, resp, name):
    resp.add_header("Content-Type", "text/css")
    return "p { color: rgb(1, 2, 3) }"


@app.get("/script/<name>")
async def script(req, resp, name):
    resp.add_header("Content-Type", "text/javascript")
    return "window.scripts = (window.scripts || 0) + 1;"


@app.get("/slow/<int:n>")
async def slow(req, resp, n):
    await asyncio.sleep(0.2)
    return str(n)


app.run(host=HOST, port=PORT)
"""

FETCH = """async n => {
    const begin = performance.now(), one = async i => {
        const answer = await fetch("/slow/" + i, {cache: "no-store"});
        return [+await answer.text(), performance.now() - begin];
    };
    return await Promise.all([...Array(n).keys()].map(one));
}"""


@pytest.fixture
def three_slots():
    with harness.start(SERVER, heap="128k") as running:  # three pages of six connections each need some room
        running.url = "http://{}:{}/".format(harness.HOST, running.port)
        yield running
        assert not running.trouble(), running.trouble()


def open_silently(running, count):
    """Open connections as browsers do in advance: nothing is sent on them."""
    return [harness.Client(running.port) for _ in range(count)]


def test_a_page_with_a_dozen_files_arrives_whole(three_slots, browser):
    begin = time.monotonic()
    page = browser(three_slots.url)
    page.wait_for_load_state("load")
    took = time.monotonic() - begin
    got = page.evaluate("[scripts, getComputedStyle(p).color, [...document.images].filter(i => i.naturalWidth).length]")
    assert got == [2, "rgb(1, 2, 3)", 8], got
    assert took < 15, took  # eight images of 0.1 s through three slots: 0.3 s; the rest is the machine


@pytest.mark.parametrize("silent", [0, 3, 12])  # none; one for each slot; more than connections are kept open
def test_six_parallel_requests_are_answered_without_a_stall(three_slots, browser, silent):
    idle = open_silently(three_slots, silent)
    try:
        page = browser(three_slots.url)
        page.wait_for_load_state("load")
        for _ in range(3):
            got = page.evaluate(FETCH, 6)
            assert [n for n, _ in got] == list(range(6)), got
            assert max(ms for _, ms in got) < 4500, got  # 0.2 s each, three at a time: 0.4 s; a stall takes 5 s
    finally:
        for client in idle:
            client.close()


def test_more_requests_than_connections_are_answered_too(three_slots, browser):
    page = browser(three_slots.url)
    got = page.evaluate(FETCH, 24)
    assert [n for n, _ in got] == list(range(24)), got
    assert max(ms for _, ms in got) < 5000, got  # eight rounds of 0.2 s


def test_three_pages_at_once_are_all_served(three_slots, browser):
    pages = [browser(three_slots.url) for _ in range(3)]
    for page in pages:
        page.evaluate("window.done = (" + FETCH + ")(6); 0")
    for page in pages:
        got = page.evaluate("window.done")
        assert [n for n, _ in got] == list(range(6)), got
        assert max(ms for _, ms in got) < 5000, got


def test_five_dashboards_live_on_three_slots_beside_silent_connections(browser):
    text = programs.source("dashboard")
    assert text.count("tinyweb.webserver()") == 1
    text = text.replace("tinyweb.webserver()", "tinyweb.webserver(max_concurrency=3)")
    with programs.start("dashboard", text=text) as running:
        url = "http://{}:{}/".format(harness.HOST, running.port)
        idle = open_silently(running, 3)
        pages = [browser(url) for _ in range(5)]
        for page in pages:
            page.wait_for_function("uptime.textContent !== '–'")
            page.evaluate("""window.states = new Set(); new MutationObserver(() => states.add(state.textContent))
                .observe(state, {childList: true})""")
        pages[0].locator("#switch").click()
        for page in pages:
            page.wait_for_function("lamp.textContent === 'On'", timeout=4000)
        pages[0].wait_for_timeout(3000)
        now = httpx.get(url + "api/readings", trust_env=False).json()["uptime"]
        for page in pages:
            seen = page.evaluate("uptime.textContent")  # 0:00:07
            assert now - int(seen[-2:]) - 60 * int(seen[-5:-3]) <= 2, (now, seen)
            assert "reconnecting" not in page.evaluate("[...states]")
            # two find no place among three streams, and close theirs
            page.faults[:] = [f for f in page.faults if "503" not in f and "ERR_ABORTED" not in f]
        for client in idle:
            client.close()
        assert not running.trouble(), running.trouble()
