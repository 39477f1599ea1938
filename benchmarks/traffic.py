"""What traffic that changes costs, as real pages make it, at 32 bit in a heap of 128 KB, beside microdot.

    python benchmarks/traffic.py            prints the table, in about two minutes
    python benchmarks/traffic.py --write    writes it into docs/figures.md

Machine instructions for each request, counted by callgrind as for all workloads; each row is one run of both servers.
It needs what tools/unix32.py needs.
"""

import argparse
import os
import sys
from pathlib import Path

# This folder goes last: profile.py would hide the module of that name in Python's library.
HERE = Path(__file__).resolve().parent
sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != HERE]
sys.path[:0] = [str(HERE.parent / "tools")]
sys.path.append(str(HERE))

import project  # noqa: E402
import unix32  # noqa: E402
import visits  # noqa: E402
from kit import callgrind  # noqa: E402
from kit.report import PEER, US, markdown_table, number, share  # noqa: E402
from kit.servers import SERVERS  # noqa: E402
from kit.tools import Missing  # noqa: E402
from kit.workloads import WORKLOADS  # noqa: E402

PAGE = project.ROOT / "docs" / "figures.md"
BEGIN, END = "<!-- traffic: python benchmarks/traffic.py --write -->\n", "<!-- /traffic -->"
HEAP = "128k"
SCALE = 0.3  # part of the usual number of requests
ROWS = {
    "browser": "the same head again",
    "sensor": "the same head, JSON that changes",
    "two-viewers": "two browsers in turn",
    "query": "a query that changes",
    "parameter": "a path parameter that changes",
    "routes": "20 routes in turn",
    "poll-post": "a poll and a POST in turn",
    "cookie": "a cookie that changes",
    "page": "each request of a page of six files",
    "first-head": "a browser's first head",
}


def table():
    """Return the table as Markdown."""
    servers = [SERVERS[name] for name in (US, PEER)]
    titles = [" ".join(filter(None, (s.title, s.version() if s.distribution else ""))) for s in servers]
    rows = []
    for name, title in ROWS.items():
        ours, peers = (callgrind.per_request(s, WORKLOADS[name], HEAP, SCALE).total for s in servers)
        ratio = share(ours, peers) + (" of %s" % PEER if not rows else "")
        rows.append(["%s (`%s`)" % (title, name), number(ours), number(peers), ratio])
    return markdown_table(["traffic (workload)", *titles, "%s is" % US], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into docs/figures.md")
    write = parser.parse_args().write
    os.environ["MICROPYTHON"] = str(unix32.build())
    found = table()
    print(found)
    if write:
        before, _, behind = visits.place_of(PAGE.read_text(encoding="utf-8"), PAGE.name, BEGIN, END)
        PAGE.write_text("%s%s\n%s" % (before, found.rstrip("\n"), behind), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except (Missing, project.ProjectError) as error:
        sys.exit("traffic: %s" % error)
