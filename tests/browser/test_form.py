# The form's page in a real browser: what is typed and picked there arrives on the board.
import harness
import programs


def test_settings_are_saved_and_shown_again(browser):
    with programs.start("form") as running:
        page = browser("http://{}:{}/".format(harness.HOST, running.port))
        page.get_by_label("Name of this board").fill("Küche <1> & \"2\" + 50%")
        page.get_by_label("Seconds between two readings").fill("30")
        page.get_by_role("button", name="Save").click()
        page.wait_for_load_state("load")
        assert page.get_by_label("Name of this board").input_value() == "Küche <1> & \"2\" + 50%"
        assert page.get_by_label("Seconds between two readings").input_value() == "30"
        assert page.url.endswith("/"), page.url
        assert not running.trouble(), running.trouble()


def test_a_file_that_is_picked_arrives_whole(browser):
    where = programs.folder("form")
    (where / "uploads").mkdir()
    data = bytes(range(256)) * 600
    with programs.start("form", cwd=where) as running:
        page = browser("http://{}:{}/".format(harness.HOST, running.port))
        page.get_by_label("A file").set_input_files(
            {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": data})
        page.get_by_text("photo.jpg: 153600 bytes").wait_for()
        assert (where / "uploads" / "photo.jpg").read_bytes() == data
        assert not running.trouble(), running.trouble()
