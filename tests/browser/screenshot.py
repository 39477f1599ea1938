"""Draw docs/images/*.png, as Chromium shows them: the demo's page, and the set-up page of tinyweb-wifi.

.venv/bin/python tests/browser/screenshot.py             It takes a minute: the charts show one.
.venv/bin/python tests/browser/screenshot.py wifi        the set-up page alone
.venv/bin/python tests/browser/screenshot.py wifi DIR    each state of it into a folder, to look at
"""

import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

import harness  # noqa: E402
import have  # noqa: E402
import programs  # noqa: E402
import wifiboard  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

IMAGES = ROOT / "docs" / "images"
# name: width, height, scale, colour scheme, whether the lamp is on
PICTURES = {
    "dashboard": (1080, 810, 1.4, "light", False),
    "dashboard-dark": (1080, 810, 1.4, "dark", True),
    "dashboard-phone": (390, 780, 1.5, "dark", True),
}


# What is in the air around the board of the set-up page.
NEAR = (["Home", "right-password", -48, False], ["FRITZ!Box 7590 QX", "12345678", -63, False],
        ["Café Zürich", "", -71, False], ["Guests of the third floor, left", "12345678", -88, False])
MANY = tuple([f"Office {n:02}", "12345678", -40 - 2 * n, False] for n in range(20))


def save(page, path):
    page.screenshot(path=path)
    print(path.name, path.stat().st_size, "bytes")


def wifi(browser, folder):
    """Draw the set-up page; into another folder than docs/images all that it can show."""
    every = folder != IMAGES
    with tempfile.TemporaryDirectory() as work:
        lamp = wifiboard.Board(pathlib.Path(work), "micropython", networks=NEAR, name="Garden lamp").opened()
        phone = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 1.5, "java_script_enabled": False}
        pages = {scheme: browser.new_page(color_scheme=scheme, **phone) for scheme in ("light", "dark")}
        try:
            for scheme, page in pages.items():
                page.goto(lamp.url)
                if every:
                    save(page, folder / f"wifi-{scheme}.png")
            for n, networks in enumerate((NEAR, MANY) if every else (NEAR,)):
                page = pages["light"]
                lamp.change(networks=networks)
                page.goto(lamp.url)
                page.get_by_role("radio").first.check()
                page.get_by_label("Password").fill("wrong-password")
                if not every:
                    save(page, folder / "wifi-phone.png")
                    break
                page.get_by_role("button").click()
                save(page, folder / f"wifi-joining-{n}.png")
                lamp.opened(count=n + 2)
                for scheme, page in pages.items():
                    page.goto(lamp.url)
                    save(page, folder / f"wifi-wrong-{n}-{scheme}.png")
        finally:
            lamp.running.stop()


def main(what="all", folder=IMAGES):
    chromium = have.find("chromium")
    if not chromium:
        sys.exit("no chromium on this machine (Debian: apt install chromium)")
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        wifi(browser, folder)
        if what == "all":
            dashboard(browser)
        browser.close()


def dashboard(browser):
    with programs.start("dashboard") as running:
        pages = {}
        for name, (width, height, scale, scheme, _) in PICTURES.items():
            pages[name] = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale,
                                           color_scheme=scheme, reduced_motion="reduce")
            pages[name].goto("http://{}:{}/".format(harness.HOST, running.port))
        for name, page in pages.items():
            page.wait_for_function("uptime.textContent >= '0:01:01'", timeout=90000)
            on = PICTURES[name][4]
            if on != (page.locator("#switch").get_attribute("aria-checked") == "true"):
                page.locator("#switch").click()
            page.wait_for_function("lamp.textContent === '{}' && !document.querySelector('[aria-busy]')".format(
                "On" if on else "Off"))
            page.mouse.move(1, 1)
            save(page, IMAGES / (name + ".png"))


if __name__ == "__main__":
    main(*sys.argv[1:])
