"""What the root manifest freezes, in the real MicroPython at true 32 bit: make firmware-check

MicroPython's own manifest reader freezes the packages into its unix port (tools/unix32.py), one build for each choice
of packages. Prints one line for each fact; the status is 1 if one does not hold.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
TOOLS = TESTS.parent / "tools"
if str(TOOLS) not in sys.path:
    sys.path[:1] = [str(TOOLS), str(TESTS)]

import demo  # noqa: E402
import index  # noqa: E402
import project  # noqa: E402
from freezing import CHOICES, NAMES, binary  # noqa: E402

PRESENT = """
import json, sys
sys.path[:] = [".frozen"]
found = {}
for name in %r:
    try:
        found[name] = getattr(__import__(name), "__file__", "frozen")
    except ImportError as error:
        found[name] = None
print(json.dumps(found))
"""
HEAP = """
import gc, sys, asyncio, socket, time, json
sys.path[:] = [".frozen"]
gc.collect()
before = gc.mem_alloc()
import tinyweb
gc.collect()
imported = gc.mem_alloc() - before
app = tinyweb.webserver()
app.add_route("/", lambda req, resp: "Hello")
gc.collect()
print(sys.maxsize, imported, gc.mem_alloc() - before)
"""


def run(program, text, heap="38912"):
    """Run a program text on a binary, away from the repository; return what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([program, "-X", f"heapsize={heap}", "-c", text], cwd=folder, capture_output=True,
                              text=True, timeout=60, check=False, env=dict(os.environ, MICROPYPATH=".frozen"))
    if done.returncode:
        raise project.ProjectError(f"{program} failed: {done.stdout}{done.stderr}")
    return done.stdout


def module(name):
    return "tinyweb" if name == "tinyweb-core" else name.replace("-", "_")


def facts():
    """Yield (name, whether it holds, what was seen)."""
    for choice, (_, names) in CHOICES.items():
        if "tinyweb-core" not in names:
            continue  # none can be imported: tests/packaging/test_mixing.py installs the core beside them
        program = binary(choice)
        found = json.loads(run(program, PRESENT % [module(name) for name in NAMES]))
        good = all((found[module(name)] is not None) == (name in names) for name in NAMES)
        yield f"{choice}: what is frozen, and nothing else", good, found
    bits, imported, served = map(int, run(binary("all"), HEAP).split())
    yield "a word has 32 bits", bits == 2**31 - 1, bits
    yield "frozen: bytes of heap after the import", imported < 8192, f"{imported:,}"
    yield "frozen: with a server and a route", served < 16384, f"{served:,}"
    yield from mixed()


MIXED = """
import sys
import tinyweb, tinyweb_static
print("MIXED", tinyweb.__path__, tinyweb_static.__file__)
"""


def mixed():
    """An extension that mip installs, beside a core that is frozen."""
    with tempfile.TemporaryDirectory() as folder:
        index.build(project.packages(), Path(folder) / "mip")
        device = demo.Board(Path(folder) / "device", demo.micropython()[0])
        with demo.served(Path(folder) / "mip") as url:
            process = device.start("-c", f"import mip; mip.install('tinyweb-static', index={url!r})")
            said = process.communicate(timeout=120)[0]
        yield "mip installs an extension", said.endswith("Done\n"), said.strip().splitlines()[-1]
        path = f".frozen:{device.folder / 'lib'}"
        done = subprocess.run([binary("core"), "-X", "heapsize=64k", "-c", MIXED], capture_output=True, text=True,
                              timeout=60, check=False, env=dict(os.environ, MICROPYPATH=path))
        said = done.stdout + done.stderr
        good = "MIXED .frozen/tinyweb " in said and "lib/tinyweb_static.mpy" in said
        yield "an extension from mip on a frozen core", good, said.strip().replace(folder, "")


def main():
    failed = 0
    for name, good, seen in facts():
        failed += not good
        print(f"{'ok ' if good else 'NOT'}  {name}: {seen}", flush=True)
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    project.run(main)
