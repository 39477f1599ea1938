# Clients that leave while their handlers hold the memory, or the descriptors, that it takes to load what notices them.
# MicroPython only: a PC has the memory, and loads all when it listens.
import shutil
import time

import harness
import pytest

PROGRAM = """
import asyncio
import tinyweb

app = tinyweb.webserver({more})


@app.get("/ok")
def ok(req, resp):
    return "fine"


@app.get("/wait")
async def wait(req, resp):
    {before}
    while True:
        await asyncio.sleep(1)


app.run(HOST, PORT)
"""


def comes_back(server, clients, seconds):
    """Have so many clients ask for what never ends and leave, and wait until another one is answered."""
    asked = []
    for _ in range(clients):
        try:
            asked.append(harness.Client(server.port, timeout=0.3))
            asked[-1].send(harness.message("/wait"))
        except OSError:
            pass  # there is no descriptor for it
    time.sleep(0.3)
    for c in asked:
        c.close()

    def served():
        try:
            return harness.get(server.port, "/ok", timeout=2).text == "fine"
        except (OSError, harness.NoAnswer, harness.Truncated):
            return False

    harness.wait_for(served, seconds, lambda: server.output()[-2000:])


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("heap", "slots", "clients"), [("64k", 3, 3), ("68k", 3, 4), ("76k", 6, 14)])
def test_a_heap_that_is_full_is_free_again(heap, slots, clients):
    program = PROGRAM.format(more=f"max_concurrency={slots}", before="pass")
    with harness.start(program, heap=heap, compiled=True) as server:
        comes_back(server, clients, 30)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("descriptors", [16, 20])
def test_descriptors_come_back(descriptors):
    if not shutil.which("prlimit"):
        pytest.skip("prlimit is not installed")
    with harness.start(PROGRAM.format(more="max_connections=100, max_concurrency=20", before="await resp.release()"),
                       heap="256k", compiled=True,
                       command=["prlimit", f"--nofile={descriptors}", harness.MICROPYTHON]) as server:
        comes_back(server, 60, 45)
