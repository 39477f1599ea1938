# The example site in the real browser: all of it arrives, a reload validates, a sound seeks by Range.
import wave

import programs
import pytest


@pytest.fixture
def interpreter():
    return "micropython"


def seek(page, at):
    return page.evaluate("""at => new Promise(done => {
        const sound = document.getElementById('bell');
        sound.addEventListener('seeked', () => done(sound.currentTime), {once: true});
        sound.currentTime = at;
    })""", at)


def test_everything_arrives_and_a_reload_asks_whether_it_has_changed(serve, browser):
    running = programs.start("static_site", serve)
    answers = []
    page = browser("about:blank")
    page.on("response", lambda r: answers.append((r.url.rpartition("/")[2], r.status)))
    page.goto("http://127.0.0.1:{}/".format(running.port), wait_until="networkidle")
    got = dict(answers)
    assert set(got) == {"", "style.css", "app.js", "light.svg", "night.png", "bell.wav"}, got
    assert all(status in (200, 206) for _, status in answers), answers
    assert page.evaluate("document.querySelector('figure img').naturalWidth") == 480
    assert page.evaluate("getComputedStyle(document.querySelector('.button')).borderRadius") == "99px"
    page.wait_for_selector("#files tr:nth-child(6)")
    answers.clear()
    page.reload(wait_until="networkidle")
    got = dict(answers)
    for name in ("style.css", "app.js", "night.png"):
        assert got[name] == 304, answers
    # a folder's page, by its address without the slash
    page.goto("http://127.0.0.1:{}/keeper".format(running.port))
    assert page.url.endswith("/keeper/"), page.url
    assert page.inner_text("h1") == "The keeper"


def test_a_sound_seeks_to_what_was_not_loaded(serve, browser):
    folder = programs.folder("static_site")
    # long enough that the browser does not fetch it whole at once
    with wave.open(str(folder / "www" / "bell.wav"), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(1)
        f.setframerate(8000)
        f.writeframes(bytes(8000 * 1800))
    running = programs.start("static_site", serve, cwd=folder)
    ranges = []
    page = browser("about:blank")
    page.on("response", lambda r: "bell.wav" in r.url and ranges.append((r.status, r.headers.get("content-range", ""))))
    # its script fetches the sound whole, which is not what this is about
    page.route("**/app.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto("http://127.0.0.1:{}/".format(running.port))
    page.wait_for_function("document.getElementById('bell').readyState > 0")
    assert page.evaluate("document.getElementById('bell').duration") == 1800
    assert seek(page, 1700) == 1700
    assert all(status == 206 for status, _ in ranges), ranges
    starts = [int(text.split()[1].split("-")[0]) for _, text in ranges]
    assert max(starts) > 8000 * 1500, ranges
    # a browser ends the request that a seek made useless
    page.faults[:] = [fault for fault in page.faults if "bell.wav: net::ERR_ABORTED" not in fault]
