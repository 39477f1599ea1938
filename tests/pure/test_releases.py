# The calls that the tests of the pure modules make, made again on MicroPython: the one for Linux, and 1.21 to 1.29 as
# 32-bit WebAssembly. Each must give what it gave on CPython, where those tests have judged it. The run that writes them
# down also tells which lines and branches it took: of the pure modules, all.
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys

import harness
import project
import pytest
import webassembly
from recorder import PURE, PURE_FUNCTIONS

RELEASES = list(webassembly.releases())
# npm's build of 1.21 cannot load a .mpy
CASES = [*((release, ".py") for release in RELEASES), (RELEASES[1], ".mpy"), (RELEASES[-1], ".mpy")]
REPLAY = """
import sys
from heads import ATTRIBUTES, told
from tinyweb.http import Head, HTTPException
from tinyweb.registration import enter
from tinyweb.router import Route, Router


def literal(value):
    # As recorder.literal() tells a value.
    if isinstance(value, Head):
        return "Head", told(value)
    if isinstance(value, tuple):
        return tuple([literal(v) for v in value])
    if isinstance(value, list):
        return [literal(v) for v in value]
    return value


def made(value):
    # A Head again, where it was an argument.
    if isinstance(value, tuple) and value[:1] == ("Head",):
        head = Head()
        for name, v in zip(ATTRIBUTES, value[1]):
            setattr(head, name, v)
        return head
    return value


def call(module, name, args):
    if name == "Router":
        router = Router()
        for url, route in args[0]:
            try:
                enter(router, url, Route(*route))
            except ValueError:
                pass  # refused there as well
        return router.find(args[1], args[2])
    if module != "heads":
        module = "tinyweb." + module
    function = getattr(__import__(module, None, None, ("",)), name)
    value = function(*[made(arg) for arg in args[0]], **args[1])
    return list(value) if name == "query_pairs" else value


count = wrong = 0
with open({calls!r}) as calls:
    for line in calls:
        module, name, args, want = eval(line)
        try:
            got = True, literal(call(module, name, args))
        except Exception as error:
            got = False, type(error).__name__, getattr(error, "code", None)
        count += 1
        if got != want and wrong < 10:
            wrong += 1
            print("WRONG", name, args, "gives", got, "and not", want)
import tinyweb.http

print("MicroPython", *sys.implementation[1][:3])
print(count, "calls from", tinyweb.http.__file__, "with faults" if wrong else "as on CPython")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with what a run of tests/pure tells: its calls, one a line, in calls.txt, its coverage in data.

    A fifth of the inputs: coverage makes each of them twice as dear.
    """
    path = tmp_path_factory.mktemp("calls")
    command = [sys.executable, "-m", "coverage", "run", f"--data-file={path / 'data'}", "-m", "pytest", "-q",
               "-p", "recorder", "-p", "no:cacheprovider", "tests/pure", "--ignore", "tests/pure/test_releases.py"]
    # make coverage measures this run too: it is not to measure the same program twice
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environ |= {"PYTHONPATH": os.pathsep.join([str(project.ROOT / "tests"), *harness.source_folders()]),
                "TINYWEB_CALLS": str(path / "calls.txt"), "TINYWEB_EXAMPLES": "0.2"}
    done = subprocess.run(command, cwd=project.ROOT, env=environ, capture_output=True, text=True, timeout=840)
    assert done.returncode == 0, done.stdout + done.stderr
    return path


@pytest.fixture(scope="module")
def calls(folder):
    """The file with the calls."""
    path = folder / "calls.txt"
    assert len(path.read_text().splitlines()) > 1000
    return path


@pytest.mark.timeout(900)
def test_each_line_and_branch_of_the_pure_modules_is_run(folder):
    data = f"--data-file={folder / 'data'}"
    subprocess.run([sys.executable, "-m", "coverage", "combine", "-q", data, folder], cwd=project.ROOT, check=True,
                   timeout=180)
    done = subprocess.run([sys.executable, "-m", "coverage", "json", "-q", data, "-o", "-"], cwd=project.ROOT,
                          check=True, capture_output=True, text=True, timeout=180)
    files = json.loads(done.stdout)["files"]
    left = {}
    for name in sorted(PURE):
        file = files[f"packages/tinyweb-core/tinyweb/{name}.py"]
        if file["missing_lines"] or file["missing_branches"]:
            left[name] = file["missing_lines"], file["missing_branches"]
    for name, functions in PURE_FUNCTIONS.items():
        file = files[f"packages/tinyweb-core/tinyweb/{name}.py"]
        for function in sorted(functions):
            part = file["functions"][function]
            if part["missing_lines"] or part["missing_branches"]:
                left[name, function] = part["missing_lines"], part["missing_branches"]
    assert left == {}, left


@pytest.fixture(scope="module")
def boards(calls, tmp_path_factory):
    """The folders of the packages, {".py": folder, ".mpy": folder}, each with the calls in it."""
    plain = tmp_path_factory.mktemp("py")
    for package in project.packages():
        for target, path in package.files:
            (plain / target).parent.mkdir(exist_ok=True)
            shutil.copy(path, plain / target)
    compiled = shutil.copytree(harness.board_folder(), tmp_path_factory.mktemp("mpy"), dirs_exist_ok=True)
    for folder in plain, compiled:
        shutil.copy(calls, folder)
        shutil.copy(project.ROOT / "tests" / "heads.py", folder)
    return {".py": plain, ".mpy": compiled}


def program(tmp_path, calls):
    path = tmp_path / "program.py"
    path.write_text(REPLAY.replace("{calls!r}", repr(str(calls))))
    return path


def judge(output, calls, ending):
    count = len(calls.read_text().splitlines())
    assert f"{count} calls from" in output and output.rstrip().endswith(f"{ending} as on CPython"), output


@pytest.mark.parametrize("ending", [".py", ".mpy"])
def test_micropython_for_linux_answers_as_cpython_does(boards, calls, tmp_path, ending):
    lib = boards[ending]
    done = subprocess.run([harness.MICROPYTHON, str(program(tmp_path, calls))], capture_output=True, text=True,
                          timeout=180, env=dict(os.environ, MICROPYPATH=f"{lib}:.frozen"))
    judge(done.stdout + done.stderr, calls, ending)


@pytest.fixture(scope="module")
def outputs(boards, calls, tmp_path_factory):
    """What each build prints, {(release, ending): text}; two of them run at a time."""
    path = program(tmp_path_factory.mktemp("program"), "/lib/calls.txt")

    def run(case):
        release, ending = case
        build = webassembly.releases()[release]
        return webassembly.run(build, boards[ending], webassembly.NO_SOCKETS, path, timeout=400)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(CASES, pool.map(run, CASES), strict=True))


@pytest.mark.timeout(900)
@pytest.mark.skipif(not webassembly.installed(), reason="tools/have.py tells that it is left out")
@pytest.mark.parametrize("case", CASES, ids="".join)
def test_a_release_answers_as_cpython_does(outputs, calls, case):
    judge(outputs[case], calls, case[1])


def test_there_is_a_build_of_each_release():
    assert RELEASES == [f"1.{minor}" for minor in range(21, 30)], RELEASES
