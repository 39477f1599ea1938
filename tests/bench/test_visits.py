# The smallest heaps that the pages tell: each visit is answered in them, on MicroPython at 32 bit.
import os
import sys

import project
import pytest
import visits

# It may have to build MicroPython, and once more with what is frozen.
pytestmark = pytest.mark.timeout(420)
# KiB; the place of a garbage collection within a visit is chance, and so is one size in which it fails each time.
NOISE = 2
MOST = 4  # KiB by which a page may say too much, before it has to follow


@pytest.fixture(scope="module", params=visits.PLACES["tinyweb"])
def board(request, narrow, tmp_path_factory):
    if os.environ.get("MICROPYTHON_TREE"):
        pytest.skip("MICROPYTHON_TREE names another MicroPython than that of the table")
    return request.param, visits.Board("tinyweb", request.param, tmp_path_factory.mktemp("board"))


def test_the_page_has_the_whole_table():
    page, = visits.PAGES_WITH_IT
    whole = visits.place_of(page.read_text(), page.name)[1]
    told = visits.told(visits.PAGES_WITH_IT[0])
    assert list(told) == [(server, place) for server, places in visits.PLACES.items() for place in places]
    assert all(list(column) == list(visits.VISITS) for column in told.values()), told
    head, line, *rows = whole.splitlines()
    assert visits.table(told)[:2] == [head, line]


def test_a_visit_is_answered_in_the_heap_that_is_told(board):
    place, it = board
    told = visits.told(visits.PAGES_WITH_IT[0])["tinyweb", place]
    short = [name for name in visits.VISITS
             if not any(it.answers(name, (told[name] or visits.HIGH) + NOISE - n % 3) for n in range(6))]
    found = [(name, told[name], it.smallest(name)) for name in short]
    assert not found, f"{place}: (visit, KiB that are told, KiB that it takes): {found}; `make memory` writes the table"
    if place in ("mpy", "frozen"):
        # each of the smaller ones, as in smallest(): by chance one of them does where larger ones do not
        long = [name for name in ("hello", "dashboard", "REST and a form")
                if all(it.answers(name, told[name] - less) for less in range(MOST, 0, -1))]
        assert not long, f"{place}: {long}: it takes less by now, run `make memory`"


@pytest.mark.parametrize("name", visits.PROGRAMS)
def test_a_program_of_1_x_is_answered_on_a_pc_too(name, tmp_path):
    """The judge of the figures is fair: the same visit, on CPython."""
    import harness

    for page, data in visits.PAGES.items():
        (tmp_path / "www").mkdir(exist_ok=True)
        (tmp_path / "www" / page).write_bytes(data)
    port = harness.free_port()
    text = f"import sys\nsys.argv[1:] = ['{port}']\n" + visits.PROGRAMS[name].read_text()
    with harness.start(text, "cpython", port=port, cwd=tmp_path):
        assert visits.visit(port, visits.VISITS[name])
        # and it can fail
        request, status, want = visits.VISITS[name][0]
        assert not visits.visit(port, [(request, status + 1, want)])


def test_a_page_without_the_place_is_named():
    with pytest.raises(project.ProjectError, match="some.md has no place <!-- visits: make memory -->"):
        visits.place_of("# Text\n", "some.md")


def test_a_part_of_the_table_is_not_written(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["visits.py", "--write", "--place", "mpy"])
    with pytest.raises(SystemExit):
        visits.main()
    assert "--write wants the whole table" in capsys.readouterr().err
