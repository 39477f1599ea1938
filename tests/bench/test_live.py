# The heap that docs/websocket.md tells for three WebSockets, on MicroPython at 32 bit.
import os
import re

import live
import pytest
from project import ROOT

# It may have to build MicroPython, and once more with what is frozen.
pytestmark = pytest.mark.timeout(420)
NOISE = 2  # KiB; the place of a garbage collection is chance
SENTENCE = (
    r"a heap of (\d+) KB from `.mpy` files and (\d+) KB frozen;"
    r" if they\nthen close, and come again, (\d+) KB and (\d+) KB"
)


@pytest.mark.parametrize("place", live.Three.PLACES)
def test_three_websockets_fit_in_the_heap_that_is_told(place, narrow, tmp_path):
    if os.environ.get("MICROPYTHON_TREE"):
        pytest.skip("MICROPYTHON_TREE names another MicroPython than that of the page")
    told = re.search(SENTENCE, (ROOT / "docs" / "websocket.md").read_text()).groups()
    board = live.Three(place, tmp_path)
    for name, figure in zip((live.ECHOES, live.AGAIN), told[live.Three.PLACES.index(place) :: 2], strict=True):
        assert any(board.answers(name, int(figure) + NOISE) for _ in range(5)), (name, board.smallest(name))
