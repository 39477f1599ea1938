# Boards whose radio is a stand-in.
import pytest
import wifiboard


@pytest.fixture
def board(tmp_path, interpreter):
    """Start a Board; it ends with the test, and may have printed no traceback."""
    started = []

    def start(**more):
        started.append(wifiboard.Board(tmp_path, interpreter, **more))
        return started[-1]

    yield start
    for each in started:
        trouble = each.running.trouble()
        each.running.stop()
        assert not trouble, trouble
