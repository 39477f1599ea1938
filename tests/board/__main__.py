"""What the emulated board shows of TinyWeb: make board

    python tests/board                                   all facts, 2,000 mixed requests by four clients
    python tests/board --count 10000 --mix               the mixed requests alone
    python tests/board --count 10000 --mix --no-threshold --taken 4096
    python tests/board --run main.py --port 8080 --files www=www      a program of your own: http://127.0.0.1:8080/

--no-threshold: without the collector's threshold that an ESP8266 has, so that an allocation fails only when the heap is
in pieces. --taken: bytes that the program takes beside the server. The status is 1 if a fact does not hold.
"""

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:1] = [str(HERE), str(HERE.parents[1] / "tools")]

import board as firmware  # noqa: E402
import demo  # noqa: E402
import emulator  # noqa: E402
import facts  # noqa: E402
import index  # noqa: E402
import project  # noqa: E402


def check(options):
    """Print all facts; return how many do not hold."""
    failed = 0

    def show(found):
        nonlocal failed
        for name, good, seen in found:
            failed += not good
            print(f"{'ok ' if good else 'NOT'}  {name}: {seen}", flush=True)

    image = firmware.build(heap=options.heap)
    show(facts.frozen(image, options.count, options.mix, not options.no_threshold, options.taken))
    if not options.mix:
        show(facts.packages(image))
        bare = firmware.build(False, heap=options.heap)
        with tempfile.TemporaryDirectory() as folder:
            index.build(project.packages(), Path(folder) / "mip")
            with demo.served(Path(folder) / "mip") as url:
                show(facts.installed(bare, url))
                lines = firmware.mip()
                if lines:
                    own = firmware.build(False, lines, firmware.OUT / "mip", options.heap)
                    show(facts.installed_by_itself(own, url))
                else:
                    show([("its own mip: not tried", True, facts.NO_MIP)])
            show(facts.romfs(bare, Path(folder)))
    return failed


def serve(options):
    """Run a program on the board until it ends, its console here."""
    try:
        files = {"main.py": options.run.read_bytes()}
        for pair in options.files:
            name, _, path = pair.partition("=")
            if not Path(path).is_dir():
                raise project.ProjectError(f"--files {pair}: there is no folder {path or 'named, as in www=pages'}")
            files.update({f"{name}/{file}": data for file, data in emulator.folder(path).items()})
    except OSError as error:
        raise project.ProjectError(f"{options.run} cannot be read: {error.strerror}") from None

    def echo(data):
        sys.stdout.buffer.write(data.replace(b"\r\n", b"\n"))
        sys.stdout.buffer.flush()

    with emulator.Board(firmware.build(heap=options.heap), files, options.port, echo) as board:
        print(f"Its port 80 is http://127.0.0.1:{board.port}/", flush=True)
        board.wait(r"\n>>> $", 10**6)


def main():
    parser = argparse.ArgumentParser(
        prog="tests/board", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=2000, help="how many mixed requests")
    parser.add_argument("--mix", action="store_true", help="the mixed requests alone")
    parser.add_argument("--no-threshold", action="store_true", help="without gc.threshold()")
    parser.add_argument("--taken", type=int, default=0, help="bytes of heap that the program takes")
    parser.add_argument("--heap", type=int, default=firmware.HEAP, help="bytes of heap that the board has")
    parser.add_argument("--run", type=Path, help="run this program instead")
    parser.add_argument("--port", type=int, default=8080, help="the port of 127.0.0.1 for --run")
    parser.add_argument("--files", action="append", default=[], help="NAME=FOLDER: a folder for --run")
    options = parser.parse_args()
    firmware.check_heap(options.heap)
    emulator.check()
    if options.run:
        serve(options)
    elif check(options):
        sys.exit(1)


project.run(main)
