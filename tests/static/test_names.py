# Names that a board's file system takes for others are not served elsewhere either: a page that is developed on a PC
# is not to miss something on the board.
import harness
import pytest
import sites
from sites import write

REFUSED = ["ENV~1.TXT", "~1.GIT/config", "x~12", "dot.", "dots./x", "space ", "spaces /x", "two..", "A~1B.TXT",
           "EN~C2F1.TXT"]
SERVED = ["tilde~", "~user/x", "a~b.txt", "a..b", "a .txt", " x", "~", "main.c~"]


def escaped(name):
    return "".join(chr(c) if chr(c) in "/~.-" or chr(c).isalnum() and c < 128 else f"%{c:02x}" for c in name.encode())


@pytest.fixture(scope="module")
def folder(serve_module, tmp_path_factory):
    www = tmp_path_factory.mktemp("names")
    for name in (*REFUSED, *SERVED):
        write(www / name, name.encode())
    return serve_module(sites.program(www), compiled=True, heap=harness.ROOMY).port


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_fat_takes_for_another_is_not_served(folder, name):
    got = harness.get(folder, "/s/" + escaped(name))
    assert got.code == 404, got


@pytest.mark.parametrize("name", SERVED)
def test_a_tilde_or_a_dot_alone_is_a_name(folder, name):
    got = harness.get(folder, "/s/" + escaped(name))
    assert (got.code, got.text) == (200, name), got
