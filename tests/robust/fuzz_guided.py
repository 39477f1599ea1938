"""Fuzz one of the pure modules' targets, guided by coverage, with atheris (Linux):

    python tests/robust/fuzz_guided.py head --seconds 60      a target of fuzz_targets.py
    python tests/robust/fuzz_guided.py --list                 their names

It begins with corpus/, and ends with exit status 77 and the input that broke the target, if one did.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent), *map(str, sorted(HERE.parents[1].glob("packages/tinyweb-*")))]
with atheris.instrument_imports(include=["tinyweb", "tinyweb_static"]):
    from robust.fuzz_targets import TARGETS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="?", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list or not options.target:
        print("\n".join(TARGETS))
        return
    corpus = tempfile.mkdtemp(prefix="tinyweb-corpus-")
    for path in (HERE / "corpus").glob(options.target + "-*"):
        shutil.copy(path, corpus)
    atheris.Setup([sys.argv[0], f"-max_total_time={options.seconds}", f"-seed={options.seed}", "-max_len=600",
                   "-print_final_stats=1", f"-artifact_prefix={corpus}/", corpus], TARGETS[options.target])
    atheris.Fuzz()


main()
