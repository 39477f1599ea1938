# The sizes that the READMEs tell are those that tools/sizes.py measures.
import re

import project
import pytest
import sizes
import webassembly

pytestmark = pytest.mark.skipif(not webassembly.installed(), reason="tools/have.py tells that it is left out")


@pytest.fixture(scope="module")
def rows():
    return sizes.measure(project.packages())


def numbers(text):
    """Give the numbers of a counted passage: those with a thousands separator."""
    return [int(number.replace(",", "")) for number in re.findall(r"\b\d{1,3}(?:,\d{3})+\b", text)]


def test_every_text_tells_what_is_measured(rows):
    for path, want in sizes.wanted(rows).items():
        got = path.read_text()
        assert re.sub(r"[\d,]+", "", got) == re.sub(r"[\d,]+", "", want), f"{path}: run tools/sizes.py --write"
        for told, measured in zip(numbers(got), numbers(want), strict=True):
            assert abs(told - measured) <= sizes.TOLERANCE * measured, (
                f"{path} says {told:,}, and it is {measured:,}: run tools/sizes.py --write")


def test_every_package_has_its_row(rows):
    assert [row[0] for row in rows if "," not in row[0]] == [package.name for package in project.packages()]


def test_what_is_compiled_is_smaller_and_needs_no_more_heap(rows):
    core = rows[0]
    for name, plain, compiled, heap_compiled, heap_plain in rows:
        assert 0 < compiled < plain and heap_compiled > 0, (name, rows)
        # Together with the core: the table of names doubles now and then, and whoever brings the next name pays for it.
        below = (0, 0) if name.startswith(core[0]) else core[3:]
        assert heap_compiled + below[0] <= heap_plain + below[1], (name, rows)


def test_heap_is_that_of_what_stays(tmp_path):
    contents = [("kept.py", b"data = bytearray(50000)\n"), ("dropped.py", b"bytearray(50000)\n")]
    kept, dropped = (sizes.heap(contents, "", f"import {name}") for name in ("kept", "dropped"))
    assert 50000 <= kept < 51000 and dropped < 1000, (kept, dropped)
    after = sizes.heap(contents, "import kept", "import kept")
    assert after < 500, after


def test_a_text_without_the_place_is_named():
    with pytest.raises(project.ProjectError, match="some.md has 0 places <!-- size: "):
        sizes.place("# Text\n", "size", "1", "some.md")
