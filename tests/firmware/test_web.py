# The page from which a browser installs an image: in the real Chromium up to its port picker. A navigator.serial that
# notes the question, and is not answered, is a stand-in for a board and for the person who chooses its port. The images
# are stand-ins that the real esptool made; ESP Web Tools is the real one.
import http.server
import json
import threading
import urllib.parse

import have
import images
import project
import pytest

PICKER = """
window.asked = 0;
Object.defineProperty(navigator, "serial", {value: {
  requestPort: async () => {
    window.asked += 1;
    throw new DOMException("No port selected by the user.", "NotFoundError");
  },
}});
"""


@pytest.fixture
def npm():
    if not have.find("npm"):
        (pytest.fail if have.in_ci() else pytest.skip)("no npm on this machine")


@pytest.fixture
def served(tmp_path):
    """Serve a folder; gives its URL, and the paths that were asked for."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args, **more):
            super().__init__(*args, directory=tmp_path / "site", **more)

        def log_message(self, *args):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_browser_is_led_to_its_port_picker_and_loads_nothing_from_elsewhere(
        command, image, npm, served, browser, tmp_path):  # noqa: F811
    status, output = command("web", image("esp32"), image("esp8266"), "--name", "Lamp & <more>", "-o", "site")
    assert status == 0 and "ESP32, written at 0x1000" in output and "ESP8266, written at 0x0" in output, output
    url, asked = served
    page = browser("about:blank")
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.add_init_script(PICKER)
    page.goto(url)
    assert page.inner_text("h1") == "Install Lamp & <more>"
    page.click("esp-web-install-button button")
    page.wait_for_function("window.asked == 1", timeout=30000)
    # nothing was chosen: ESP Web Tools says what may be wrong
    page.wait_for_selector("ewt-no-port-picked-dialog", state="attached", timeout=30000)
    assert {urllib.parse.urlsplit(each).hostname for each in requests} == {"127.0.0.1"}, requests
    assert "/esp-web-tools/install-button.js" in asked, asked
    manifest = json.loads((tmp_path / "site" / "manifest.json").read_text())
    assert [(b["chipFamily"], b["parts"]) for b in manifest["builds"]] == [
        ("ESP32", [{"path": "esp32.bin", "offset": 0x1000}]), ("ESP8266", [{"path": "esp8266.bin", "offset": 0}])]
    assert manifest["name"] == "Lamp & <more>" and manifest["version"] == project.settings()[0], manifest
    assert (tmp_path / "site" / "esp32.bin").read_bytes() == images.image("esp32")
    # as firmware/flash writes it: --flash-mode dio
    assert (tmp_path / "site" / "esp8266.bin").read_bytes()[2] == 2
    assert "Apache License" in (tmp_path / "site" / "esp-web-tools" / "LICENSE").read_text()
    # a second page takes the place of the first one
    assert command("web", image("esp32c3"), "-o", "site")[0] == 0
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == [
        "esp-web-tools", "esp32c3.bin", "index.html", "manifest.json"]


def test_bad_input_is_told_in_a_sentence_and_nothing_is_written(refused, image, tmp_path, monkeypatch):
    import recipes.web

    esp32 = image()
    (tmp_path / "text.bin").write_text("no image\n" * 100)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "page.html").write_text("mine")
    (tmp_path / "again.bin").write_bytes(esp32.read_bytes())
    for args, sentence in [
        (["gone.bin"], "gone.bin cannot be read: No such file or directory"),
        (["text.bin"], "text.bin is no image that esptool knows"),
        (["esp32.bin", "again.bin"], "again.bin is a second image for ESP32: the page takes one for each chip"),
        ([image("esp32s3", text="another program")], "holds no MicroPython"),
        (["esp32.bin", "-o", "mine"], "mine holds something else: name a new folder"),
        (["esp32.bin", "-o", "text.bin"], "text.bin is a file: name a folder"),
    ]:
        got = refused("web", *args, *([] if "-o" in args else ["-o", "site"]))
        assert sentence in got, got
        assert not (tmp_path / "site").exists() and (tmp_path / "mine" / "page.html").exists()
    monkeypatch.setattr(recipes.web, "CACHE", tmp_path / "cache")
    got = refused("web", "esp32.bin", "-o", "site", PATH=tmp_path)
    assert got.startswith("npm is not installed, which downloads esp-web-tools"), got
    (tmp_path / "cache").mkdir()
    package = tmp_path / "cache" / f"esp-web-tools-{recipes.web.VERSION}.tgz"
    package.write_bytes(b"another")
    got = refused("web", "esp32.bin", "-o", "site")
    assert got == f"{package} is not the package that is pinned here: remove it", got
    assert not (tmp_path / "site").exists()
