"""Where the instructions of a request go.

python benchmarks/profile.py hello tinyweb            # instructions per request, one line (exact)
python benchmarks/profile.py hello tinyweb --top 30   # and the C functions of the interpreter that used them
python benchmarks/profile.py hello tinyweb --lines    # instructions of each Python line, callees' lines apart
"""

import argparse
import signal
import sys
from pathlib import Path

# This folder goes last: a file here is called profile.py, as a module of Python's library is.
sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]
sys.path.append(str(Path(__file__).resolve().parent))

from kit import callgrind  # noqa: E402
from kit.servers import SERVERS  # noqa: E402
from kit.tools import HEAP, Missing  # noqa: E402
from kit.workloads import WORKLOADS  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("server", nargs="*", default=["tinyweb"], help="one or more of " + " ".join(SERVERS))
    parser.add_argument("--top", type=int, default=0, metavar="N", help="show the N dearest C functions")
    parser.add_argument("--lines", action="store_true", help="show what each line of Python costs")
    parser.add_argument("--all", action="store_true", help="with --lines: in the order of the files, not the dearest")
    parser.add_argument("--heap", default=HEAP, help="heap of MicroPython (default %s)" % HEAP)
    parser.add_argument("--scale", type=float, default=0.3, help="part of the usual number of requests (default 0.3)")
    options = parser.parse_args()
    workload = WORKLOADS[options.workload]
    for name in options.server:
        if name not in SERVERS:
            parser.error("no server %s, choose from %s" % (name, " ".join(SERVERS)))
        server = SERVERS[name]
        if options.lines:
            from kit import lines

            lines.show(server, workload, options.heap, options.all)
            continue
        profile = callgrind.per_request(server, workload, options.heap, options.scale)
        if profile is None:
            print("%s has no program for %s" % (name, workload.name))
            continue
        figures = (
            name,
            workload.name,
            format(profile.total, ",.0f"),
            profile.called(callgrind.ALLOCATIONS),
            profile.called(callgrind.COLLECTIONS),
            profile.called(callgrind.RECEIVE),
            profile.called(callgrind.SEND),
            profile.called(callgrind.WAIT),
        )
        print(
            "%s %s: %s instructions, %.1f allocations, %.4f collections, %.2f receive, %.2f send, %.2f poll" % figures,
            flush=True,
        )
        if options.top:
            print("%12s %6s %9s  %s" % ("instructions", "share", "calls", "function"))
            for function, cost in profile.own.most_common(options.top):
                share, calls = 100 * cost / profile.total, profile.calls[function]
                print("%12.0f %5.1f%% %9.2f  %s" % (cost, share, calls, function))


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ... | head
    try:
        main()
    except Missing as error:
        sys.exit("profile: %s" % error)
