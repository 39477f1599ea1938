# The gallery's page in a real browser: pictures are picked, dropped and taken, shown and deleted.
import base64

import harness
import programs
import pytest

PNG = (programs.FOLDER / "static_site" / "www" / "night.png").read_bytes()
DROP = """async ([name, data]) => {
    const list = new DataTransfer(), bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
    list.items.add(new File([bytes], name, {type: "image/png"}));
    dispatchEvent(new DragEvent("dragenter", {dataTransfer: list, cancelable: true}));
    const over = document.querySelector("#drop").className;
    dispatchEvent(new DragEvent("drop", {dataTransfer: list, cancelable: true}));
    return over;
}"""

NOISE = """() => {
    const canvas = Object.assign(document.createElement("canvas"), {width: 800, height: 600});
    const context = canvas.getContext("2d"), image = context.createImageData(800, 600);
    for (let i = 0; i < image.data.length; i += 65536)
        crypto.getRandomValues(image.data.subarray(i, Math.min(i + 65536, image.data.length)));
    for (let i = 3; i < image.data.length; i += 4) image.data[i] = 255;
    context.putImageData(image, 0, 0);
    return canvas.toDataURL("image/jpeg", 1);
}"""


@pytest.fixture
def board():
    with programs.start("gallery") as running:
        yield running
        assert not running.trouble(), running.trouble()


def kept(board):
    return sorted(path.name for path in (board.where / "pictures").iterdir())


def shown(page, count):
    page.wait_for_function("n => document.querySelectorAll('#grid li').length == n && !jobs.firstChild", arg=count)
    assert page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    return page.locator("#grid span").all_inner_texts()


def test_pictures_are_uploaded_shown_and_deleted(board, browser):
    page = browser(board.url)
    page.get_by_text("No pictures yet.").wait_for()
    picture = {"name": "night <1>.png", "mimeType": "image/png", "buffer": PNG}
    page.locator("#pick").set_input_files([picture, dict(picture, name="image.png"), dict(picture, name="image.png")])
    shown(page, 3)
    assert kept(board) == ["image-2.png", "image.png", "night 1.png"]
    assert (board.where / "pictures" / "image-2.png").read_bytes() == PNG
    assert page.evaluate(DROP, ["größe.png", base64.b64encode(PNG).decode()]) == "over"
    names = shown(page, 4)
    assert any(name.startswith("größe.png") for name in names), names
    assert " free of " in page.locator("#space").inner_text()
    button = page.get_by_role("button", name="Delete image.png")
    button.click()
    page.get_by_text("Delete?").click()  # only the second press deletes
    shown(page, 3)
    assert "image.png" not in kept(board)


def test_a_photo_is_made_smaller_and_what_is_refused_is_told(board, browser):
    page = browser(board.url, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    page.get_by_text("Take a photo").wait_for()
    photo = base64.b64decode(page.evaluate(NOISE).split(",")[1])
    page.locator("#shoot").set_input_files({"name": "image.jpg", "mimeType": "image/jpeg", "buffer": photo})
    shown(page, 1)
    assert 0 < (board.where / "pictures" / "image.jpg").stat().st_size < len(photo)
    page.locator("#pick").set_input_files({"name": "page.html", "mimeType": "image/png", "buffer": b"<script>"})
    page.get_by_text("A picture is a file with one of these endings").wait_for()
    page.faults.clear()  # the 415 in the console
    assert kept(board) == ["image.jpg"]


def test_another_site_may_not_delete(board):
    got = harness.get(board.port, "/api/pictures/a.png", [("Origin", "http://evil.example")], "DELETE")
    assert got.code == 403, got
    assert harness.get(board.port, "/api/pictures/..%2Fmain.py", method="DELETE").code == 404
