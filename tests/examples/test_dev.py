# `make dev`: an example is served while it is being written.
import os
import signal
import socket
import subprocess
import sys

import harness
import httpx
import project
import pytest
from making import failure

PROGRAM = """
import json
import tinyweb

app = tinyweb.webserver()


@app.get("/")
async def index(req, resp):
    with open("visits.json", "w") as f:
        json.dump(1, f)
    return "the first version"


@app.get("/broken")
async def broken(req, resp):
    return missing


app.run()
"""


class Dev:
    """make dev for a program of one's own, with a client."""

    def __init__(self, make, folder, *args):
        self.folder = folder
        self.port = harness.free_port()
        self.main = folder / "main.py"
        self.main.write_text(PROGRAM)
        (folder / "index.html").write_text("a page")
        self.make = make("dev", f"EXAMPLE={folder}", f"PORT={self.port}", *args)
        self.opened = 0
        self.wait_open()

    def wait_open(self):
        self.opened += 1
        self.make.wait_for(f"Open http://127.0.0.1:{self.port}/\n", count=self.opened)

    def get(self, path="/"):
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False)


TEMPLATES = """
import tinyweb
import tinyweb_template

app = tinyweb.webserver()
page = tinyweb_template.load("www/page.html")


@app.get("/")
async def index(req, resp):
    return page()


app.run()
"""


@pytest.fixture(params=["micropython", "cpython"])
def dev(request, make, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    return Dev(make, folder, f"INTERPRETER={request.param}")


def test_what_is_saved_is_served_and_requests_are_told(dev):
    assert dev.get().text == "the first version"
    dev.make.wait_for("GET /  200, 17 bytes, ")
    dev.main.write_text(PROGRAM.replace("first", "second"))
    dev.make.wait_for(f"{dev.main} has changed: starting again.")
    dev.wait_open()
    assert dev.get().text == "the second version"
    # a page too, but not what the program has written itself
    (dev.folder / "index.html").write_text("another page")
    dev.make.wait_for("index.html has changed: starting again.")
    dev.wait_open()
    assert "visits.json has" not in dev.make.output() and (dev.folder / "visits.json").exists()
    # and a file of the packages
    file = harness.PACKAGES / "tinyweb-core" / "tinyweb" / "status.py"
    os.utime(file)
    dev.make.wait_for("packages/tinyweb-core/tinyweb/status.py has changed: starting again.")
    dev.wait_open()
    assert dev.get().text == "the second version"
    output = dev.make.interrupt()
    assert "Ended." in output, output
    assert not harness.accepts(dev.port)


def test_a_mistake_is_shown_with_its_line_and_mended_by_the_next_save(dev):
    got = dev.get("/broken")
    assert got.status_code == 500 and "NameError" in got.text, got.text
    dev.make.wait_for("GET /broken  500, ")
    output = dev.make.output()
    line = PROGRAM.splitlines().index("    return missing") + 1
    assert f'"{dev.main}", line {line}, in broken' in output and "dev_run.py" not in output, output
    assert 'File "packages/tinyweb-core/tinyweb/' in output, output
    mistakes = ("return missing:", "SyntaxError"), ("return missing\n\n1 + ''", "TypeError")
    for count, (wrong, name) in enumerate(mistakes, 1):
        dev.main.write_text(PROGRAM.replace("return missing", wrong))
        dev.make.wait_for(name)
        dev.make.wait_for("It has ended with status 1. Save a file to start it again.", count=count)
        mark = len(dev.make.output())
        dev.main.write_text(PROGRAM)
        dev.wait_open()
        assert name not in dev.make.output()[mark:]
        assert dev.get().text == "the first version"
    dev.main.unlink()
    dev.make.wait_for("main.py is not there")
    dev.make.wait_for("It has ended with status 1. Save a file to start it again.", count=len(mistakes) + 1)
    output = dev.make.output()
    assert f'File "{dev.main}", line {line}' in output and "dev_run.py" not in output, output


def test_a_term_signal_ends_it(dev):
    dev.make.signal(signal.SIGTERM)
    assert dev.make.process.wait(20) != 0
    assert "Traceback" not in dev.make.output()
    harness.wait_for(lambda: not harness.accepts(dev.port))


@pytest.mark.parametrize("name", ["hello", "dashboard", "static_site"])
def test_an_example_is_served_in_its_folder(make, name):
    port = harness.free_port()
    running = make("dev", f"EXAMPLE={name}", f"PORT={port}")
    running.wait_for(f"Open http://127.0.0.1:{port}/\n")
    assert f"examples/{name}/main.py on MicroPython 1." in running.output(), running.output()
    assert "<h1>" in httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).text
    running.wait_for("GET /  200, ")


@pytest.mark.parametrize("args, sentence", [
    ([], "tinyweb: name an example, as in make dev EXAMPLE=hello: chat, dashboard, "),
    (["EXAMPLE=nothing"], "tinyweb: there is no example 'nothing', nor a folder of that name with a main.py; the "
                          "examples are chat, dashboard, "),
    (["EXAMPLE=hello", "INTERPRETER=pypy"], "tinyweb: INTERPRETER is micropython or cpython, not 'pypy'"),
    (["EXAMPLE=hello", "PORT=http"], "tinyweb: PORT is a number from 1 to 65535, not 'http'"),
    (["EXAMPLE=hello", "MICROPYTHON=/bin/false"], "tinyweb: /bin/false is no MicroPython that runs here"),
])
def test_bad_input_is_told_in_one_sentence(args, sentence):
    got = failure("dev", *args)
    assert got.startswith(sentence), got


def test_the_file_itself_takes_arguments_as_the_command_does():
    done = subprocess.run([sys.executable, project.ROOT / "tools" / "dev.py", "hello", "--port", "http"],
                          capture_output=True, text=True, timeout=30)
    assert done.stderr == "tinyweb: PORT is a number from 1 to 65535, not 'http'\n", done.stderr


def test_a_taken_port_is_told_in_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        got = failure("dev", "EXAMPLE=hello", f"PORT={port}")
    assert got == (f"tinyweb: port {port} on 127.0.0.1 is taken: choose another, as in "
                   "make dev EXAMPLE=hello PORT=8082"), got


def test_a_template_that_is_saved_is_served_anew(make, tmp_path):
    folder = tmp_path / "own"
    (folder / "www").mkdir(parents=True)
    (folder / "main.py").write_text(TEMPLATES)
    template = folder / "www" / "page.html"
    template.write_text("<p>first")
    port = harness.free_port()
    started = make("dev", f"EXAMPLE={folder}", f"PORT={port}")
    opened = f"Open http://127.0.0.1:{port}/\n"
    started.wait_for(opened)
    assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).text == "<p>first"
    assert (folder / "www" / "page_html.py").exists()
    template.write_text("<p>the second")
    started.wait_for(opened, count=2)
    assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).text == "<p>the second"
    # What the program has compiled by itself has started nothing again.
    assert "page_html.py has changed" not in started.output(), started.output()
    template.write_text("<p>broken {{")
    started.wait_for("www/page.html:1: no }}")
