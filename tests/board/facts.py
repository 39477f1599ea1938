"""What the emulated board shows of TinyWeb. Each function yields facts: (name, whether it holds, what was seen)."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import emulator
import index
import mixes
from emulator import Board
from mixes import BIG, BROWSER, FORM, HELLO, MIX, REST_GET, REST_PUT
from project import ROOT

NO_MIP = "MicroPython's tree here is without lib/micropython-lib; $MICROPYTHON_TREE can name one that has it"
PATIENCE = 1.5  # seconds to a response, where nobody has to wait for a place


def curl(board, *args):
    """Run the real curl on the board; return what it printed, or what went wrong."""
    done = subprocess.run(["curl", "-sS", "-f", "--noproxy", "*", "--max-time", "30", *args[:-1],
                           f"http://127.0.0.1:{board.port}{args[-1]}"], capture_output=True, timeout=60, check=False)
    return done.stdout if done.returncode == 0 else done.stderr


def clients(board):
    """One request of each kind, by one client and by several at once."""
    one = mixes.Client(board.port)
    for name, request, body in (
        ("hello", MIX[0][0], HELLO),
        ("a form", FORM, b"two words"),
        ("REST, GET", REST_GET, b'{"number": 7, "value": {"a": 1}}'),
        ("REST, PUT", REST_PUT, b'{"ok": true}'),
        ("a file of 200 KB", BROWSER % b"/static/big.bin", BIG),
        ("what is not there", BROWSER % b"/favicon.ico", None),
    ):
        start = time.monotonic()
        status, got = one.ask(request)
        good = status == (200 if body else 404)
        good = good and (not body or got == body or request is REST_GET and json.loads(got) == json.loads(body))
        yield name, good, f"{status}, {len(got)} bytes, {time.monotonic() - start:.2f} s"
    one.close()
    if shutil.which("curl"):
        got = curl(board, "/")
        yield "curl, hello", got == HELLO, got[:80]
        got = curl(board, "-d", "a=1&b=two+words", "/form")
        yield "curl, a form", got == b"two words", got[:80]
        got = curl(board, "--compressed", "/static/page.html")
        yield "curl, a page", got == mixes.PAGE, f"{len(got)} bytes"
    for name, path, count, times, length in (
        ("six connections, hello", b"/", 6, 3, len(HELLO)),
        ("six connections, a handler that waits", b"/slow", 6, 2, 4),
        ("six connections, a page of 7 KB", b"/static/page.html", 6, 2, 7200),
        ("a file of 200 KB, three times at once", b"/static/big.bin", 3, 1, len(BIG)),
    ):
        seen, seconds = mixes.together(board, count, [BROWSER % path] * times)
        yield name, seen == {f"200, {length} bytes": count * times}, f"{seen}, {seconds:.2f} s"


def browser(board):
    """A browser whose six connections stay open, and another client."""
    waits = mixes.browser_and_another(board)
    good = all(isinstance(wait, float) and wait < PATIENCE for wait in waits)
    yield f"six connections that stay open, then another, each within {PATIENCE} s", good, waits


def mix(board, count, clients=4):
    """Many requests of all kinds, some of them errors."""
    wrong, seconds = mixes.mixed(board, count, clients)
    seen = f"{sum(wrong.values())} wrong {wrong or ''}, {seconds:.1f} s, {mixes.free(board):,} bytes free after"
    yield f"{count:,} mixed requests, {clients} at a time", not wrong, seen
    low = board.text().count("tinyweb: out of memory")
    yield "memory that ran out and was found again", True, f"{low} times"


def console(board):
    """What the console must not say."""
    for word in ("Warning", "Traceback"):
        times = board.text().count(word)
        yield f"no {word!r} on the console", not times, f"{times} times"


def frozen(image, count, only_mix=False, threshold=True, taken=0):
    """All packages frozen: everything at once."""
    with Board(image, {"main.py": mixes.program(True, threshold, taken), **mixes.FILES}) as board:
        ready = board.wait(r"READY (\d+) (\d+)")
        serving(board)
        seen = f"{int(ready[1]):,} before the import, {int(ready[2]):,} before run(), {mixes.free(board):,} serving"
        yield "bytes of heap free", True, seen
        if not only_mix:
            yield from clients(board)
            yield from browser(board)
            yield from mix(board, count // 4, 1)
        yield from mix(board, count)
        yield from console(board)


def packages(image):
    """Each of the other packages, frozen, in a program of its own, with a client that nobody here wrote."""
    uses = {"events": listened, "auth": logged_in, "websocket": echoed, "multipart": uploaded, "template": rendered}
    for name, use in uses.items():
        if name != "websocket" and not shutil.which("curl"):
            yield f"{name}: not tried", True, "curl is not installed"
            continue
        files = templates() if name == "template" else {}
        with Board(image, {"main.py": mixes.program(False, more=mixes.PACKAGES[name]), **files}) as board:
            board.wait("READY")
            serving(board)
            yield from use(board)
            status, got = mixes.Client(board.port).ask(MIX[0][0])
            yield f"{name}: then a hello", got == HELLO, f"{status}, {mixes.free(board):,} bytes free"
            yield from console(board)
    yield from set_up(image)


def listened(board):
    """Listen to events with curl, and have one sent."""
    command = ["curl", "-sSN", "--noproxy", "*", "--max-time", "30", f"http://127.0.0.1:{board.port}/events"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as listening:
        lines = [listening.stdout.readline()]  # it is told when to come back: from now on it listens
        told = curl(board, "-d", "", "/tell")
        while lines[-1] and not lines[-1].startswith(b"data:"):
            lines.append(listening.stdout.readline())
        listening.terminate()
    yield "events: curl -N gets what is sent", lines[-1] == b"data: told\n" and told == b"1", lines


def logged_in(board):
    """Log in with curl's Digest, and fail to."""
    for login, want in (((), b"401"), (("-u", "ada:open sesame"), b"ada 200"), (("-u", "ada:a guess"), b"401")):
        got = curl(board, "--digest", *login, "-w", " %{http_code}", "/private/user")
        yield f"auth: curl --digest {login[-1] if login else 'without a login'}", want in got, got.strip()


def echoed(board):
    """Send two messages on a WebSocket."""
    import websockets.sync.client

    with websockets.sync.client.connect(f"ws://127.0.0.1:{board.port}/echo", proxy=None) as client:
        for message in ("a text, \u00e4", BIG[:1000]):
            client.send(message)
            got = client.recv(30)
            yield "websocket: Python's websockets gets an echo", got == message, f"{len(got)} of {len(message)}"


def uploaded(board):
    """Put a file into littlefs with curl, and get it back."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(BIG[:20480])
        file.flush()
        got = curl(board, "-F", f"file=@{file.name}", "/upload")
    yield "multipart: curl -F puts 20 KB into littlefs", got == b"20480", got
    got = curl(board, "/upload")
    yield "multipart: and they are what was sent", got == BIG[:20480], f"{len(got)} bytes"


def templates():
    """Return two templates as files of a board, one of them compiled on the PC, which is beside its module."""
    with tempfile.TemporaryDirectory() as place:
        page = pathlib.Path(place, "there.html")
        page.write_text(mixes.TEMPLATE)
        command = [sys.executable, str(ROOT / "tools" / "template.py"), str(page)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        return {"pages/here.html": mixes.TEMPLATE, **{f"pages/{k}": v for k, v in emulator.folder(place).items()}}


def rendered(board):
    """Get both pages, and both again after a restart, for which what the board has compiled is there."""
    for when in "at first", "after a restart":
        if when != "at first":
            curl(board, "-d", "", "/stop")
            board.wait(r"\n>>> $")
            board.send(b"\x04")
            board.wait("(?s)READY.*READY")
            serving(board)
        for n, place in enumerate(("here", "on the PC")):
            got = curl(board, f"/page/{n}").strip()
            yield f"template: compiled {place}, {when}", got == b"<ul><li>&lt;lamp&gt;<li>2</ul>", got


def set_up(image):
    """Set the WiFi up as a phone does, with a wrong password first; the board's radio is a stand-in."""
    if not shutil.which("curl"):
        yield "wifi: not tried", True, "curl is not installed"
        return
    files = {"main.py": mixes.WIFI}
    with tempfile.TemporaryDirectory() as work:
        for name in "network", "machine":
            text = (ROOT / "tests" / "wifi" / "frozen" / f"{name}.py").read_text()
            files[f"lib/{name}.mpy"] = index.compile_mpy(name, text, name, work)
    with Board(image, files) as board:
        for turn, password in enumerate(("wrong-password", "right-password"), 1):
            board.wait(r"(?s)(tinyweb-wifi: join .*){%d}" % turn)
            serving(board, b"10.0.2.15")
            got = curl(board, "-H", "Host: captive.apple.com", "-w", "%{http_code} %{redirect_url}", "/generate_204")
            yield "wifi: a phone's probe is led to the page", got.endswith(b"302 http://10.0.2.15/"), got
            got = curl(board, "-H", "Host: 10.0.2.15", "/")
            told = b"Home: wrong password" in got
            yield "wifi: the page tells why it is back", told is (turn == 2), f"{len(got)} bytes"
            form = "-d", f"n=Home&p={password}", "-w", "%{http_code} %{redirect_url}"
            got = curl(board, "-H", "Host: 10.0.2.15", *form, "/")
            yield f"wifi: it takes the {password}", got.endswith(b"303 http://10.0.2.15/"), got
        got = board.wait(r"tinyweb-wifi: (http://\S+)")[1]
        yield "wifi: the network is joined", True, got
        status, got = mixes.Client(board.port).ask(MIX[0][0])
        yield "wifi: then a hello", got == HELLO, status
        yield from console(board)


def serving(board, host=b"192.168.1.50", seconds=30):
    """Wait until the board responds: its port opens a moment after the console has said so."""
    client = mixes.Client(board.port)
    end = time.monotonic() + seconds
    while client.ask(BROWSER.replace(b"192.168.1.50", host) % b"/")[0] != 200 and time.monotonic() < end:
        time.sleep(0.1)
    client.close()


def visited(board):
    """Ask for a page and an icon that is not there; return (whether that is right, the statuses)."""
    client = mixes.Client(board.port)
    seen = [client.ask(BROWSER % path)[0] for path in (b"/", b"/favicon.ico", b"/favicon.ico", b"/")]
    client.close()
    return seen == [200, 404, 404, 200], seen


def mpremote(terminal, *args):
    """Run mpremote on the board's serial port; raises RuntimeError with what it said where it fails."""
    done = subprocess.run([sys.executable, "-m", "mpremote", "connect", terminal, "resume", *args],
                          capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"mpremote {' '.join(args)}: {done.stdout}{done.stderr}")
    return done.stdout


def installed(image, url):
    """The core as .mpy, put into /lib of an empty board by mpremote's mip from an index."""
    with Board(image, terminal=True) as board, tempfile.NamedTemporaryFile("w", suffix=".py") as program:
        said = mpremote(board.terminal, "mip", "install", "--index", url, "tinyweb-core")
        yield ".mpy: mip installs from the index", said.rstrip().endswith("Done"), said.strip().splitlines()[-1]
        names = re.findall(r"\d+ (\S+\.mpy)", mpremote(board.terminal, "fs", "ls", ":lib/tinyweb"))
        yield ".mpy: they lie on the board", "__init__.mpy" in names and len(names) > 30, f"{len(names)} files"
        program.write(mixes.program(full=False))
        program.flush()
        mpremote(board.terminal, "fs", "cp", program.name, ":hello.py")
        mpremote(board.terminal, "exec", "--no-follow", "import hello")
        serving(board)
        good, seen = visited(board)
        yield ".mpy: hello, favicon, favicon, hello", good, f"{seen}, {mixes.free(board):,} bytes free"


def installed_by_itself(image, url):
    """tinyweb-static, put into /lib of an empty board by its own mip from an index; then a reset, and a page."""
    files = {"main.py": mixes.ITSELF, "setup.py": mixes.SETUP % url.replace("127.0.0.1", "10.0.2.2")}
    with Board(image, files, outward=True) as board:
        said = board.wait(r"(?s)(.*)INSTALLED (.*)", 120)[1]
        names = re.findall(r"Copying: /lib/(\S+\.mpy)", said)
        good = "tinyweb/__init__.mpy" in names and "tinyweb_static.mpy" in names
        yield "its own mip installs what tinyweb-static needs, too", good, f"{len(names)} files"
        board.send(b"\x04")
        board.wait("READY", 60)
        serving(board)
        yield "its own mip: hello, favicon, favicon, hello", *visited(board)
        yield from console(board)


def romfs(image, folder):
    """All packages and the pages in a ROMFS that firmware/romfs has made, run in place; nothing is frozen."""
    for name, data in mixes.FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    out = folder / "my.romfs"
    command = [sys.executable, str(ROOT / "firmware" / "romfs"), "--package", "tinyweb-rest", "--pages", "www"]
    done = subprocess.run([*command, "--size", "1M", "-o", str(out)], cwd=folder, capture_output=True, text=True,
                          timeout=120, check=False)
    yield "ROMFS: the image", done.returncode == 0, (done.stdout + done.stderr).splitlines()[-3:]
    if done.returncode:
        return
    program = mixes.program().replace('"/www"', '"/rom/www"')
    with Board(image, {"main.py": program}, romfs=out) as board:
        ready = board.wait(r"READY (\d+) (\d+)")
        serving(board)
        seen = f"{int(ready[1]):,} before the import, {int(ready[2]):,} before run(), {mixes.free(board):,} serving"
        yield "ROMFS: bytes of heap free", True, seen
        client = mixes.Client(board.port)
        for path, code, body in (("/", 200, HELLO), ("/static/page.html", 200, mixes.PAGE),
                                 ("/favicon.ico", 404, None), ("/static/big.bin", 200, BIG), ("/", 200, HELLO)):
            status, got = client.ask(BROWSER % path.encode())
            yield f"ROMFS: {path}", status == code and (body is None or got == body), f"{status}, {len(got)} bytes"
        client.close()
        yield from console(board)
