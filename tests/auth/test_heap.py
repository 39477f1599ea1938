# The heap that docs/auth.md tells of a login page: each request of a browser's visit is answered in it, from .mpy files
# on MicroPython at 32 bit.
import os
import re
import sys

import harness
import project
import pytest

sys.path.append(str(harness.ROOT / "benchmarks"))
import visits  # noqa: E402

pytestmark = pytest.mark.timeout(420)  # it may have to build MicroPython
NOISE = 2  # KiB; the place of a garbage collection within a visit is chance


def test_a_login_page_fits_in_the_heap_that_is_told(narrow, tmp_path):
    if os.environ.get("MICROPYTHON_TREE"):
        pytest.skip("MICROPYTHON_TREE names another MicroPython than that of the page")
    text = (project.ROOT / "docs" / "auth.md").read_text()
    told, = re.findall(r"KB\s+from\s+a\s+ROMFS\s+and\s+(\d+)\s+KB\s+from\s+`\.mpy`", text)
    board = visits.Board("tinyweb", "mpy", tmp_path)
    assert any(board.answers("login", int(told) + NOISE) for _ in range(5)), board.smallest("login")
