# The short form of these tests is part of `make test`; `make soak` runs the long one, which does much more of the same.
# Both are seeded (SEED=n for another seed), and both say in the end what they have measured.
import dataclasses
import os
import pathlib
import random
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).parent))

_stated = []


@dataclasses.dataclass(frozen=True)
class Form:
    """How much is done: `many(short, long)` chooses."""

    long: bool
    seed: int

    def many(self, short, long):
        return long if self.long else short

    def random(self):
        return random.Random(self.seed)


FORM = Form(bool(os.environ.get("SOAK")), int(os.environ.get("SEED", "1")))


@pytest.fixture(scope="session")
def form():
    """Which form of the tests this is."""
    return FORM


@pytest.fixture(scope="module")
def interpreter():
    """The small heap is MicroPython's own matter, and what the network does to a board too."""
    return "micropython"


@pytest.fixture
def state(request):
    """state(text): say a measured figure in the summary of the run."""
    return lambda text: _stated.append(f"{request.node.name}: {text}")


def pytest_collection_modifyitems(items):
    if FORM.long:
        for item in items:
            item.add_marker(pytest.mark.timeout(1800))


def pytest_terminal_summary(terminalreporter):
    if _stated:
        terminalreporter.section(f"measured ({'long' if FORM.long else 'short'} form, seed {FORM.seed})")
        for line in _stated:
            terminalreporter.line(line)
