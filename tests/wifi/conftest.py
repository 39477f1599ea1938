# Boards whose radio is a stand-in.
import pytest
import wifiboard


@pytest.fixture
def board(tmp_path, interpreter):
    """Start a Board. It ends with the test, which fails if it had a traceback, or ended by itself (but for `ends`)."""
    with wifiboard.boards(tmp_path, interpreter) as start:
        yield start
