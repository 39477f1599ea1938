# docs/testing.md, done as it says: its files side by side in a folder, and pytest run there.
import os
import subprocess
import sys

import pages
import project

FILES = {note.removeprefix("file: "): block.text for block in pages.blocks() for note in block.notes
         if block.page == "docs/testing.md" and note.startswith("file: ")}


def test_the_tests_of_the_guide_pass(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "test_more.py").write_text(
        "def test_fixture(board):\n    assert board.get('/api/lamps').json()['hall'] is False\n\n\n"
        "def test_pin():\n    from machine import Pin\n\n    p = Pin(2, Pin.OUT)\n    p.value(1)\n"
        "    assert p.value() == 1\n")
    paths = [project.ROOT / "host", *project.ROOT.glob("packages/*"), tmp_path / "standins", tmp_path]
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    environ["PYTHONPATH"] = os.pathsep.join(map(str, paths))
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."], cwd=tmp_path,
                          env=environ, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0 and "9 passed" in done.stdout, done.stdout + done.stderr
