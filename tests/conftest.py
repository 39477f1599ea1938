# Fixtures for all tests: which interpreter, and servers that are ended and looked over when their test is done.
import os
import signal
import ssl
import sys

import harness
import inputs  # noqa: F401  its settings are those of all tests
import making
import memory
import project
import pytest
import unix32
from chromium import browser, chromium  # noqa: F401

# A shell ignores Ctrl-C in what it starts in the background, and so would the servers that are started here.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Containers often forbid byte code. Then each server on CPython would compile the standard library for itself, as
# harness.launch() puts its byte code elsewhere: 0.65 seconds of CPU to start one, and 0.2 with byte code.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Every package of the tree, for tests that import one on CPython.
sys.path[:0] = harness.source_folders()

# The files that take longest, the longest first. They begin before all others, so that none of them is left for the
# end, where it would run alone.
LONG = (
    "app/test_tls", "board/test_board", "packaging/test_mpremote", "robust/test_memory", "bench/test_cost_of_a_request",
    "docs/test_new_package", "pure/test_releases", "app/test_descriptors", "wifi/test_setup",
    "robust/test_gone_without_memory", "app/test_pressure", "wire/test_empty_lines", "app/test_gone",
    "websocket/test_websocket", "app/test_results", "app/test_deadlines", "packaging/test_index", "app/test_links",
    "packaging/test_environment", "browser/test_dashboard", "packaging/test_mip", "app/test_first_hour",
    "robust/test_network",
)


def pytest_collection_modifyitems(items):
    places = {project.ROOT / "tests" / f"{name}.py": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


HTTPS = """
import ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain({cert!r}, {key!r})
app.run(HOST, PORT, ssl=context)
"""


@pytest.fixture(scope="module", params=["micropython", "cpython"])
def interpreter(request):
    """The interpreter that the server runs on."""
    return request.param


def _factory(default):
    """A `start` that remembers what it started. The generator's end checks and ends all of it."""
    running = []

    def serve(source, interpreter=None, traceback=False, ends=False, **more):
        r = harness.start(source, interpreter or default, **more)
        running.append((r, traceback, ends))
        return r

    yield serve
    faults = []
    for r, traceback, ends in running:
        text = r.output()
        if not ends and r.process.poll() is not None:
            faults.append(r.trouble())
        elif not traceback and any(word in text for word in harness.TROUBLE):
            faults.append("the server printed:\n" + text)
        r.stop()
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="session")
def narrow():
    """tools/unix32, which builds MicroPython at 32 bit: what a board's heap is measured on."""
    try:
        unix32.build()
    except project.ProjectError as error:
        pytest.skip(f"no MicroPython at 32 bit: {str(error).splitlines()[-1]}")
    return unix32


@pytest.fixture
def serve(interpreter):
    """Start server programs: serve(source, **as harness.start). All end with the test.

    The test fails if a program died (unless ends=True) or printed a traceback (unless traceback=True).
    """
    yield from _factory(interpreter)


@pytest.fixture(scope="module")
def serve_module(interpreter):
    """The same for programs that stay up for all tests of a file."""
    yield from _factory(interpreter)


@pytest.fixture
def make(tmp_path):
    """Start targets of make that go on until they are ended: make(target, *variables). All end with the test."""
    started = []

    def start(*args, **popen):
        started.append(making.Make(tmp_path / f"output{len(started)}.txt", *args, **popen))
        return started[-1]

    yield start
    for each in started:
        each.finish()


@pytest.fixture
def https(interpreter, tmp_path):
    """What a program that serves https says in place of app.run(), and the context of a client that trusts it."""
    folder = tmp_path / "tls"
    folder.mkdir()
    if not memory.certificate(folder):
        pytest.skip("openssl is not installed")
    kind = "der" if interpreter == "micropython" else "pem"
    program = HTTPS.format(cert=str(folder / f"cert.{kind}"), key=str(folder / f"key.{kind}"))
    return program, ssl.create_default_context(cafile=folder / "cert.pem")
