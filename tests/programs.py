# The programs of examples/, started as a board would: from a folder of their own that holds a copy of the example.
import itertools
import json
import re
import shutil
import subprocess

import harness
import have
import pytest

FOLDER = harness.ROOT / "examples"
NAMES = sorted(p.parent.name for p in FOLDER.glob("*/main.py"))
# What an example says about its address, and what stands there in a test. The rest of the text runs as it is.
ADDRESS = (("host='0.0.0.0'", "host=HOST"), ('host="0.0.0.0"', "host=HOST"), ("port=8081", "port=PORT"),
           ("port=8443", "port=PORT"), ('\nHOST = "0.0.0.0"\n', "\n"), ("\nPORT = 8081\n", "\n"))
# An ESP8266's heap where the packages are frozen, as its firmware has them: the harness.s 88k hold them as .mpy, which
# takes some 11 KB more on a board than frozen code does, and twice that on a 64-bit build.
SMALL = "124k"
# The dashboard is run as by `make demo`, in an ESP32's heap, and TLS takes as much. A browser opens six connections
# to a site at once, which a PC's ten slots all serve: that needs more than an ESP8266 with its three slots has. A login
# page fits SMALL so closely that the length of a comment decides whether memory runs out.
HEAPS = {"dashboard": "320k", "https": "320k", "static_site": harness.FROZEN, "gallery": "200k",
         "login": harness.ROOMY, "settings": "200k", "hello": harness.HEAP}
_count = itertools.count()


def source(name):
    """Give the text of an example with the harness's address in it, or from the environment where it reads that."""
    text = (FOLDER / name / "main.py").read_text()
    if "getenv(" in text:
        return text
    changed = text
    for old, new in ADDRESS:
        changed = changed.replace(old, new)
    assert changed != text and "8081)" not in changed, "examples/{}: its address is written in a new way".format(name)
    return changed


def folder(name):
    """Copy what an example needs beside its main.py to where it may write. Gives the folder."""
    # without main.py, which the interpreter would import from here instead of the harness's
    target = harness.scratch() / "examples" / "{}-{}".format(name, next(_count))
    shutil.copytree(FOLDER / name, target, ignore=shutil.ignore_patterns("__pycache__", "main.py"))
    if name == "https":
        certify(target)
    return target


def unexpected_json(text):
    """Give (method, path, body) of JSON that the handlers of a program may get, and hardly expect."""
    routes = re.findall(r'@app\.(post|put|patch|resource)\("([^"]+)"|add_resource\(\w+, "([^"]+)"', text)
    words = re.findall(r'["\']([a-z]\w*)["\']', text)
    bodies = [[1], "x", 5, None, True, {}, *(dict.fromkeys(words, value) for value in (5, None, [1], {"x": 1}))]
    for name, path, resource in routes:
        path = re.sub("<[^>]*>", "1", path or resource)
        for method in (name,) if name in ("post", "put", "patch") else ("post", "put", "patch"):
            for body in bodies:
                yield method.upper(), path, json.dumps(body)


def certify(target):
    """Make the certificate of the https example in a folder, by the line that its README tells."""
    lines = [line.strip() for line in (FOLDER / "https" / "README.md").read_text().splitlines()]
    line, = [line for line in lines if line.startswith("openssl ")]
    program = have.find("openssl")
    if not program:
        (pytest.fail if have.in_ci() else pytest.skip)("openssl is not installed")
    subprocess.run([program, *line.split()[1:]], cwd=target, check=True, capture_output=True, timeout=30)


def start(name, serve=harness.start, text=None, port=None, cwd=None, **more):
    """Start an example, or a changed `text` of it, in a copy of its folder. Gives a harness.Running."""
    port = port or harness.free_port()
    more.setdefault("heap", HEAPS.get(name, SMALL))
    env = {"PORT": str(port), "HOST": harness.HOST}
    cwd = cwd or folder(name)
    running = serve(text or source(name), port=port, env=env, cwd=cwd, **more)
    running.url = "{}://{}:{}/".format("https" if name == "https" else "http", harness.HOST, port)
    running.where = cwd
    return running
