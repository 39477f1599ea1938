# Boards whose radio is a stand-in.
import pytest
import wifiboard


@pytest.fixture
def board(tmp_path, interpreter):
    """Start a Board. It ends with the test, which fails if it had a traceback, or ended by itself (but for `ends`)."""
    started = []

    def start(**more):
        started.append(wifiboard.Board(tmp_path, interpreter, **more))
        return started[-1]

    yield start
    for each in started:
        trouble = "" if each.ends else each.running.trouble()
        each.running.stop()
        assert not trouble, trouble
