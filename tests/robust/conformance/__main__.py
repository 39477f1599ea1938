"""Compare this server with node's http and aiohttp, case by case of RFC 9110 and 9112: make conformance

    python tests/robust/conformance              print the table
    python tests/robust/conformance --write      write it into docs/figures.md too
    python tests/robust/conformance --faults     say of each server what it failed, and how

Needs node and its module send (Debian, Ubuntu: apt install nodejs node-send), and make venv-test.
"""

import argparse
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path[:1] = [str(TESTS), str(TESTS.parent / "tools")]

from robust.conformance import servers, suite, table  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the table into docs/figures.md")
    parser.add_argument("--faults", action="store_true", help="say what failed")
    options = parser.parse_args()
    results = {}
    for name, start in servers.ALL.items():
        try:
            with start() as running:
                results[name] = suite.run(running.port)
        except (OSError, RuntimeError) as e:
            sys.exit(f"tinyweb: {name} does not start: {e}")
    if options.faults:
        for name, groups in results.items():
            for result in groups.values():
                for case, text in result.faults.items():
                    print(f"{name}: {case}: {text}")
    print(table.text(results))
    if options.write:
        table.write(results)


main()
