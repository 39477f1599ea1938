"""The lines and branches of packages/ that no test runs: python tools/unrun.py [pytest's arguments]

Two runs of the tests, at the same time: on CPython under coverage.py, on MicroPython with marks (tests/marks.py). It
ends with status 1 where something that was not run is not named in a comment:

- `pragma: no cover` and `pragma: no branch` are for what CPython does not run, with the reason behind them.
  pyproject.toml has a rule for one whole class.
- `pragma: no cover` with the word `unseen` behind it is for what MicroPython does not run either, or not every time.
  Of these the lines are listed.
"""

import collections
import os
import shutil
import signal
import subprocess
import sys
import time

import project
from project import ROOT, ProjectError

FOLDER = ROOT / "build" / "coverage"
LIMIT = 540  # seconds for both runs
NO_TESTS = 5  # pytest's status where the arguments choose none
# The areas that run packages/, without the files that take long and run nothing that the others do not.
SERVERS = ["tests/app", "tests/rest", "tests/static", "tests/wire", "--ignore=tests/rest/test_schema.py",
           "--ignore=tests/wire/test_heap.py"]
TESTS = {
    "cpython": ["tests/pure", *SERVERS, "--ignore=tests/pure/test_releases.py", "--ignore=tests/static/test_romfs.py"],
    "micropython": [*SERVERS, "tests/robust/test_memory.py", "tests/robust/test_network.py"],
}


def start(name, args, output):
    """Start the tests on an interpreter."""
    command = [sys.executable, "-m"]
    if name == "cpython":
        command += ["coverage", "run", "-m", "pytest", "-k", "not micropython"]
        environ = {}
    else:
        command += ["pytest", "-p", "marks", "-p", "no:cacheprovider", "-k", "not cpython"]
        environ = {"TINYWEB_MARKS": str(FOLDER / "marks"), "PYTHONPATH": str(ROOT / "tests")}
    command += ["-q", *(args or TESTS[name])]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, stdin=subprocess.DEVNULL, stdout=output,
                            stderr=subprocess.STDOUT)


def finish(running, end):
    """Wait until the runs have ended; those that have not at `end` are interrupted, which is an error."""
    late = []
    for name, process in running.items():
        try:
            process.wait(max(0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            late.append(name)
            process.send_signal(signal.SIGINT)  # pytest ends the servers
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
    if late:
        raise ProjectError(f"the tests on {' and '.join(late)} did not end within {LIMIT} s")


def run_tests(args):
    """Run the tests on both interpreters; what they print is in FOLDER, and the summary of who failed here."""
    running = {}
    end = time.monotonic() + LIMIT
    try:
        for name in TESTS:
            with open(FOLDER / f"{name}.txt", "wb") as output:
                running[name] = start(name, args, output)
        finish(running, end)
    finally:
        for process in running.values():
            process.poll() is None and process.kill()
    for name, process in running.items():
        lines = (FOLDER / f"{name}.txt").read_text(errors="replace").splitlines()
        print(f"{name}: {lines[-1] if lines else 'nothing'}")
        if process.returncode not in (0, NO_TESTS):
            print(*[line for line in lines if line.startswith(("FAILED", "ERROR"))], sep="\n")
            print(f"tests failed (see build/coverage/{name}.txt), so the lines below may be too many")


def marked():
    """Give {path of a file: the lines of it that MicroPython ran}."""
    found = collections.defaultdict(set)
    path = FOLDER / "marks" / "lines"
    for line in set(path.read_text().splitlines()) if path.exists() else ():
        file, number = line.rsplit(":", 1)
        found[file].add(int(number))
    return found


def measured(*exclude):
    """Give what coverage.py has measured on CPython; with `exclude`, these patterns alone take lines out."""
    import coverage

    data = coverage.Coverage(config_file=str(ROOT / "pyproject.toml"), data_file=str(FOLDER / "data"))
    if exclude:
        data.set_option("report:exclude_lines", list(exclude))
        data.set_option("report:exclude_also", [])
    data.load()
    return data


def lines_of_nobody(*exclude):
    """Give "path:line: text" of the statements that neither interpreter ran."""
    data = measured(*exclude)
    ran = marked()
    found = []
    for path in sorted((ROOT / "packages").rglob("*.py")):
        if path.name != "manifest.py":
            name = str(path.relative_to(ROOT))
            text = path.read_text().splitlines()
            missing = data.analysis2(str(path))[3]
            found += [f"{name}:{n}: {text[n - 1].strip()}" for n in missing if n not in ran[name]]
    return found


def main(args):
    os.chdir(ROOT)  # coverage.py names the files from here
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    print("Two runs of the tests, on CPython and on MicroPython: about five minutes", flush=True)
    run_tests(args)
    subprocess.run([sys.executable, "-m", "coverage", "combine", "-q"], cwd=ROOT, check=True)

    print("\nNot run on CPython, and not named:")
    total = measured().report(file=sys.stdout)
    unnamed = lines_of_nobody("pragma: no cover.*unseen")
    nobody = lines_of_nobody("(?!)")
    print("\nRun on neither interpreter, and not named so:", *unnamed or ["nothing"], sep="\n")
    print("\nRun on neither interpreter, and named:", *[line for line in nobody if line not in unnamed], sep="\n")
    if total < 100 or unnamed:
        raise ProjectError("what no test runs gets a test, or a comment with the reason: see CONTRIBUTING.md")


if __name__ == "__main__":
    project.run(main, sys.argv[1:])
