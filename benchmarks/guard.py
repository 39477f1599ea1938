"""What a request costs tinyweb, beside the numbers in kept.json, which make test does not let rise by more than 5%.

python benchmarks/guard.py                 all workloads, and the first request of each kind, in less than a minute
python benchmarks/guard.py hello rest-form these workloads only
python benchmarks/guard.py --first         the first requests only
python benchmarks/guard.py --keep          and keep the numbers, to be committed with the change that they come from
"""

import argparse
import sys
from pathlib import Path

# This folder goes last: profile.py would hide the module of that name in Python's library.
HERE = Path(__file__).resolve().parent
sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != HERE]
sys.path.append(str(HERE))

from kit import first, guard  # noqa: E402
from kit.tools import Missing, find  # noqa: E402
from kit.workloads import WORKLOADS  # noqa: E402


def _cell(before, now):
    change = "%+5.1f%%" % (100 * (now / before - 1)) if before else "  new "
    return "%9s %s" % (format(now, ","), change)


def _table(figures, before, found):
    """Print the numbers beside the kept ones; tell whether one is new or has risen."""
    bad = False
    print("%-15s %s" % ("", " ".join("%16s" % figure for figure in figures)))
    for name, now in found.items():
        then = before.get(name, {})
        print("%-15s %s" % (name, " ".join(_cell(then.get(figure), now[figure]) for figure in figures)))
        bad = bad or not then or bool(guard.risen(then, now))
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", nargs="*", help="some of " + " ".join(WORKLOADS))
    parser.add_argument("--first", action="store_true", help="the first request of each kind alone")
    parser.add_argument("--keep", action="store_true", help="write the numbers to benchmarks/kept.json")
    options = parser.parse_args()
    for name in options.workload:
        if name not in WORKLOADS:
            parser.error("no workload %s, choose from %s" % (name, " ".join(WORKLOADS)))
    find("valgrind")
    machine, before = guard.kept() if guard.KEPT.exists() else (guard.interpreter(), {})
    if machine != guard.interpreter():
        print("The numbers that are kept come from another interpreter: " + machine)
    found, kinds, bad = {}, {}, False
    if not options.first:
        found = guard.measure(options.workload or list(WORKLOADS))
        bad = _table(guard.FIGURES, before, found)
    if not options.workload:
        kinds = first.measure()
        print("\nThe first request of a kind")
        bad = _table(first.FIGURES, guard.kept_first() if guard.KEPT.exists() else {}, kinds) or bad
    if options.keep:
        guard.keep(found, kinds)
        return 0
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as error:
        sys.exit("guard: %s" % error)
