# The pure modules on CPython, with bytes that nobody thought of: what must hold of them stands in fuzz_targets.py.
import pathlib
import subprocess
import sys

import hypothesis
import pytest
from hypothesis import strategies as st
from robust.fuzz_targets import TARGETS

HERE = pathlib.Path(__file__).parent
CORPUS = HERE / "corpus"
SEEDS = {name: [path.read_bytes() for path in sorted(CORPUS.glob(f"{name}-*"))] for name in TARGETS}
WORDS = [b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b",", b";", b"=", b"&", b"%", b"%4", b"%41", b"%zz", b"+",
         b"/", b"..", b"?", b"#", b"*", b'"', b"W/", b"-", b"0", b"9", b"99999999999999999999", b"bytes=", b"\xff",
         b"\xc3\xa4", b"chunked", b"GMT", b"Nov", b"HTTP/1.1", b"X" * 300]  # fmt: skip


@st.composite
def broken(draw, seeds):
    """A seed with a few of its bytes cut out, and words that mean something put in."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        i = draw(st.integers(0, len(data)))
        j = draw(st.integers(i, min(len(data), i + 8)))
        data = data[:i] + draw(st.sampled_from(WORDS) | st.binary(max_size=3) | st.just(data[:j])) + data[j:]
    return data


def test_the_corpus_is_small_and_each_target_has_some_of_it():
    files = list(CORPUS.iterdir())
    assert all(SEEDS.values()), SEEDS
    assert {f.name.split("-")[0] for f in files} == set(TARGETS), files
    assert sum(f.stat().st_size for f in files) < 32768


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_holds(name):
    for data in SEEDS[name]:
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_what_must_hold_of_any_bytes_holds(name, form):
    @hypothesis.settings(max_examples=form.many(200, 5000), deadline=None, derandomize=True, database=None,
                         suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(broken(SEEDS[name]) | st.binary(max_size=80))
    def holds(data):
        TARGETS[name](data)

    holds()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found_by_following_the_coverage(name, form):
    seconds = form.many(0, 60)
    if not seconds:
        pytest.skip("a part of make soak")
    pytest.importorskip("atheris")  # not everywhere is there one to install
    done = subprocess.run([sys.executable, str(HERE / "fuzz_guided.py"), name, f"--seconds={seconds}",
                           f"--seed={form.seed}"], capture_output=True, text=True, timeout=seconds + 120)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
