# The program that is frozen into the images, run on MicroPython with a stand-in for the module `network`.
import json
import re

import harness
import project
import pytest

PROGRAM = """
import sys


class network:  # a stand-in: a WiFi that is there after some looks, and notes who joined it
    STA_IF = 0
    looks = 0

    class WLAN:
        def __init__(self, interface):
            pass

        def active(self, on):
            pass

        def connect(self, ssid, password):
            print("JOIN", ssid, password)

        def isconnected(self):
            network.looks += 1
            return network.looks > {looks}

        def ifconfig(self):
            return (HOST, "", "", "")


sys.modules["network"] = network
main = {{"__name__": "frozen"}}
with open({path!r}) as f:
    exec(f.read(), main)
serve, join = main["serve"], main["join"]
main["serve"] = lambda address: serve(address, PORT)
main["join"] = lambda ssid, password: join(ssid, password, seconds=1)
main["run"]()
print("ENDED")
"""
PATH = project.ROOT / "firmware" / "frozen" / "main.py"


@pytest.fixture
def board(tmp_path):
    """Run it on a board with these files: board(looks, **{name: text}), `looks` until the WiFi is there."""
    started = []

    def run(looks=3, run=harness.start, **files):
        for name, text in files.items():
            (tmp_path / name.replace("_", ".")).write_text(text)
        started.append(run(PROGRAM.format(path=str(PATH), looks=looks), cwd=tmp_path))
        return started[-1]

    yield run
    for running in started:
        running.stop()


def test_it_joins_the_wifi_of_its_file_and_serves_a_page(board):
    running = board(wifi_json=json.dumps({"ssid": "Home", "password": "secret"}))
    assert f"JOIN Home secret\nOpen http://{harness.HOST}:{running.port}/\n" in running.output(), running.output()
    got = harness.get(running.port)
    assert got.code == 200 and got.headers["content-type"].startswith("text/html"), got
    assert f"This is TinyWeb {project.settings()[0]}" in got.text and re.search(r"<td>\d{4,} bytes", got.text), got.text


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"ssid": "Home"}', "no json"])
def test_without_its_file_it_says_how_to_write_it(board, text):
    running = board(run=harness.launch, **({} if text is None else {"wifi_json": text}))
    assert running.wait_end() == 0
    got = running.output()
    assert got == ('No WiFi: put a file wifi.json on the board, {"ssid": "your network", "password": "its password"}, '
                   "and reset it.\nENDED\n"), got


def test_a_wifi_that_is_not_there(board):
    running = board(looks=1000, run=harness.launch, wifi_json='{"ssid": "Gone", "password": "x"}')
    assert running.wait_end() == 0
    assert running.output() == (
        "JOIN Gone x\nNo WiFi: is 'Gone' there, and is the password in wifi.json right?\nENDED\n"), running.output()


def test_a_program_on_the_board_goes_before_it(board):
    running = board(run=harness.launch, main_py="import tinyweb\nprint(__name__, tinyweb.__version__)\n",
                    wifi_json='{"ssid": "Home", "password": "x"}')
    assert running.wait_end() == 0
    assert running.output() == f"__main__ {project.settings()[0]}\nENDED\n", running.output()


def test_it_compiles_for_a_board():
    harness.compile_mpy(PATH, harness.scratch() / "frozen_main.mpy")
