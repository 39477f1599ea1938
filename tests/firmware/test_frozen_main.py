# The program that is frozen into the images, run on MicroPython with a stand-in for the radio (tests/wifi/standin).
import json
import re

import harness
import project
import pytest
import wifiboard

PATH = project.ROOT / "firmware" / "frozen" / "main.py"
PROGRAM = """
main = {{"__name__": "frozen"}}
with open({beside!r}) as f:
    exec(f.read(), main)
serve = main["serve"]
main["serve"] = lambda: serve(PORT, {options})
main["run"]()
print("ENDED")
"""


@pytest.fixture
def board(tmp_path):
    """Run it on a board with these files: board({name: text}, **options of Board)."""
    with wifiboard.boards(tmp_path, "micropython") as start:
        yield lambda files=(), **options: start(**{"program": PROGRAM, "beside": str(PATH), "files": files, **options})


def is_its_page(got):
    assert got.code == 200 and got.headers["content-type"].startswith("text/html"), got
    assert f"This is TinyWeb {project.settings()[0]}" in got.text and re.search(r"<td>\d{4,} bytes", got.text), got.text


def test_a_board_with_nothing_on_it_is_set_up_from_a_phone(board):
    one = board()
    one.opened()
    assert "AIR AP on Lamp-1A2B" in one.output and "Choose the WiFi" in one.request().text
    one.send("n=Home&p=right-password")
    one.wait("tinyweb-wifi: http://127.0.0.1/")
    is_its_page(one.request())


def test_it_joins_the_wifi_of_its_file_and_serves_a_page(board):
    one = board({"wifi.json": json.dumps({"ssid": "Home", "password": "right-password"})})
    one.wait(f"AIR connect Home\nOpen http://127.0.0.1:{one.port}/\n")
    harness.started(one.running)
    is_its_page(one.request())


def test_a_program_on_the_board_goes_before_it(board):
    one = board({"main.py": "import tinyweb\nprint(__name__, tinyweb.__version__)\n"})
    one.ends = True
    assert one.running.wait_end() == 0
    assert one.output == f"__main__ {project.settings()[0]}\nENDED\n", one.output


def test_without_the_package_it_says_so(board):
    core = str(project.ROOT / "packages" / "tinyweb-core")
    one = board({"tinyweb_wifi.py": "raise ImportError('no module named tinyweb_wifi')"}, lib=[core])
    one.ends = True
    assert one.running.wait_end() == 0
    assert one.output == ("There is no main.py on this board, and no page without tinyweb-wifi: no module named "
                          "tinyweb_wifi\nENDED\n"), one.output


def test_it_compiles_for_a_board():
    harness.compile_mpy(PATH, harness.scratch() / "frozen_main.mpy")
