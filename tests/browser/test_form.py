# The form's page in a real browser: what is typed and picked there arrives on the board.
import programs
import pytest


@pytest.fixture
def board():
    with programs.start("form") as running:
        yield running
        assert not running.trouble(), running.trouble()


def test_settings_are_saved_and_shown_again(board, browser):
    page = browser(board.url)
    page.get_by_label("Name of this board").fill("Küche <1> & \"2\" + 50%")
    page.get_by_label("Seconds between two readings").fill("30")
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state("load")
    assert page.get_by_label("Name of this board").input_value() == "Küche <1> & \"2\" + 50%"
    assert page.get_by_label("Seconds between two readings").input_value() == "30"
    assert page.url.endswith("/"), page.url


def test_a_file_that_is_picked_arrives_whole(board, browser):
    data = bytes(range(256)) * 6000
    page = browser(board.url)
    page.get_by_label("Upload a file").set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": data})
    page.get_by_text("1536000 bytes").wait_for()  # the page has loaded again, and lists it
    assert page.locator("li").all_inner_texts() == ["photo.jpg\n1536000 bytes"]
    assert (board.where / "uploads" / "photo.jpg").read_bytes() == data


def test_what_the_board_refuses_is_told(board, browser):
    page = browser(board.url)
    page.get_by_label("Upload a file").set_input_files({"name": "größe.txt", "mimeType": "text/plain", "buffer": b"x"})
    page.get_by_text("A name of letters, digits, '-', '_' and '.', please.").wait_for()
    page.faults.clear()  # the 400 in the console
