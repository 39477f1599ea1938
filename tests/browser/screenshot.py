"""Draw docs/images/dashboard*.png: the demo's page, served by MicroPython, as Chromium shows it.

.venv/bin/python tests/browser/screenshot.py    It takes a minute: the charts show one.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

import harness  # noqa: E402
import have  # noqa: E402
import programs  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

IMAGES = ROOT / "docs" / "images"
# name: width, height, scale, colour scheme, whether the lamp is on
PICTURES = {
    "dashboard": (1080, 580, 1.4, "light", False),
    "dashboard-dark": (1080, 580, 1.4, "dark", True),
    "dashboard-phone": (390, 780, 1.5, "dark", True),
}


def main():
    chromium = have.find("chromium")
    if not chromium:
        sys.exit("no chromium on this machine (Debian: apt install chromium)")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with programs.start("dashboard") as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
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
            page.screenshot(path=IMAGES / (name + ".png"))
            print(name + ".png", (IMAGES / (name + ".png")).stat().st_size, "bytes")
        browser.close()


if __name__ == "__main__":
    main()
