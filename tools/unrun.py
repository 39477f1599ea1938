"""The lines and branches of packages/ that no test runs: python tools/unrun.py [pytest's arguments]

Two runs of the tests, at the same time: on CPython under coverage.py, on MicroPython with marks (tests/marks.py). It
ends with status 1 where something that was not run is not named in a comment:

- `pragma: no cover` and `pragma: no branch` are for what CPython does not run, with the reason behind them; a `{`
  before the reason begins a block, which a second comment with `}` ends. pyproject.toml has rules for whole classes.
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

import coverage
import project
from project import ROOT, ProjectError

FOLDER = ROOT / "build" / "coverage"
LIMIT = 2400  # seconds for both runs
FEW = 100  # lines, of which the text is told too
# What pyproject.toml leaves out for MicroPython, too: the check of the core's API.
OLD_CORE = r"except ImportError:\n    API = 2", "if API != 3:"
FAILED, NO_TESTS = 1, 5  # pytest's status where tests fail, and where the arguments choose none
# The areas that run packages/, without the files that take long and run nothing that the others do not.
AREAS = "app", "auth", "events", "multipart", "rest", "static", "template", "websocket", "wifi", "wire"
WITHOUT = "auth/test_heap.py", "rest/test_schema.py", "wifi/test_heap.py", "wire/test_heap.py"
SERVERS = [*(f"tests/{name}" for name in AREAS), *(f"--ignore=tests/{name}" for name in WITHOUT)]
# Not with marks: they want a heap in which little is left.
UNMARKED = (
    "static/test_answers.py::test_where_memory_is_short_none_is_kept",
    "static/test_downloads.py::test_a_request_whose_file_is_sent_never_has_the_head_of_another",
)
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
        command += [f"--deselect=tests/{test}" for test in UNMARKED]
        environ = {"TINYWEB_MARKS": str(FOLDER / "marks"), "PYTHONPATH": str(ROOT / "tests")}
    command += ["-q", "-n", "2", "--dist", "loadfile", *(args or TESTS[name])]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, stdin=subprocess.DEVNULL, stdout=output,
                            stderr=subprocess.STDOUT)


def interrupt(process):
    """End a run that still goes on, as Ctrl-C does: pytest then ends the servers."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def run_tests(args):
    """Run the tests on both interpreters; what they print is in FOLDER, and the summary of who failed here."""
    running = {}
    end = time.monotonic() + LIMIT
    try:
        for name in TESTS:
            with open(FOLDER / f"{name}.txt", "wb") as output:
                running[name] = start(name, args, output)
        for process in running.values():
            process.wait(max(0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise ProjectError(f"the tests did not end within {LIMIT} s") from None
    finally:
        for process in running.values():
            interrupt(process)
    for name, process in running.items():
        lines = (FOLDER / f"{name}.txt").read_text(errors="replace").splitlines() or ["nothing"]
        print(f"{name}: {lines[-1]}")
        if process.returncode not in (0, FAILED, NO_TESTS):
            raise ProjectError(f"the tests could not be run: see build/coverage/{name}.txt")
        if process.returncode == FAILED:
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
    data = coverage.Coverage(config_file=str(ROOT / "pyproject.toml"), data_file=str(FOLDER / "data"))
    if exclude:
        data.set_option("report:exclude_lines", list(exclude))
        data.set_option("report:exclude_also", [])
    data.load()
    return data


def lines_of_nobody(*exclude):
    """Give the statements that neither interpreter ran, as {path: [line]}."""
    data = measured(*exclude)
    ran = marked()
    found = {}
    for path in sorted((ROOT / "packages").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        lines = [] if path.name == "manifest.py" else [n for n in data.analysis2(str(path))[3] if n not in ran[name]]
        if lines:
            found[name] = lines
    return found


def told(found):
    """Give the lines of lines_of_nobody() for people, with their text if they are few."""
    few = sum(map(len, found.values())) <= FEW
    for name, lines in found.items():
        if few:
            text = (ROOT / name).read_text().splitlines()
            yield from (f"{name}:{n}: {text[n - 1].strip()}" for n in lines)
        else:
            yield f"{name}: {', '.join(map(str, lines))}"
    if not found:
        yield "nothing"


def main(args):
    os.chdir(ROOT)  # coverage.py names the files from here
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    print("Two runs of the tests, on CPython and on MicroPython: about nine minutes for all", flush=True)
    run_tests(args)
    subprocess.run([sys.executable, "-m", "coverage", "combine", "-q"], cwd=ROOT, stdout=subprocess.DEVNULL)

    print("\nNot run on CPython, and not named:")
    try:
        total = measured().report(file=sys.stdout)
    except coverage.CoverageException as error:
        raise ProjectError(f"these tests run nothing of packages/ on CPython: {error}") from None
    unnamed = lines_of_nobody("pragma: no cover.*unseen", *OLD_CORE)
    nobody = lines_of_nobody("(?!)")
    named = {name: [n for n in lines if n not in unnamed.get(name, ())] for name, lines in nobody.items()}
    print("\nRun on neither interpreter, and not named so:", *told(unnamed), sep="\n")
    print("\nRun on neither interpreter, and named:", *told(named), sep="\n")
    if total < 100 or unnamed:
        raise ProjectError("what no test runs gets a test, or a comment with the reason: see CONTRIBUTING.md")


if __name__ == "__main__":
    project.run(main, sys.argv[1:])
