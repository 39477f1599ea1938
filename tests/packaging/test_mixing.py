# Frozen and installed packages on one board, in every mixture: frozen into MicroPython at 32 bit by its own manifest
# reader, installed by its own mip. The rule that bites: a package is looked for in one folder alone.
import shutil

import demo
import freezing
import harness
import have
import index
import project
import pytest

# What each mixture must do: a page from the core, a resource, a file.
PROGRAM = """
import tinyweb

app = tinyweb.webserver()


@app.get("/hello")
def hello(req, resp):
    return "Hello from " + tinyweb.__path__


@app.get("/file")
async def file(req, resp):
    await resp.send_file("page.html")


class Lamp:
    def get(self, data):
        return {"on": True}


app.add_resource(Lamp, "/lamp")
app.run(HOST, PORT)
"""
WITHOUT_REST = PROGRAM.replace('app.add_resource(Lamp, "/lamp")\n', "")
NAMES = ["tinyweb-core", "tinyweb-rest", "tinyweb-static"]
# Where a board looks first for what is frozen, as upstream's _boot.py has it.
FROZEN = ".frozen"


@pytest.fixture(scope="module")
def contents():
    """Give {package: {flavour: [(path on the board, bytes)]}}."""
    return {package.name: index.flavours(package) for package in project.packages()}


@pytest.fixture
def mixed(tmp_path, index_url):
    """Make a board with these packages installed by its own mip. Gives (folder, sys.path)."""

    def make(installed=(), mpy=True):
        board = demo.Board(tmp_path / "board", harness.MICROPYTHON)
        (board.folder / "page.html").write_text("<p>a page")
        for name in installed:
            install(board, name, index_url, mpy)
        return board.folder, [FROZEN, str(board.folder / "lib")]

    return make


def put(folder, files):
    for target, data in files:
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        (folder / target).write_bytes(data)


def install(board, name, url, mpy=True):
    """Let the board's mip install one package; what it needs comes along."""
    process = board.start("-c", f"import mip; mip.install({name!r}, index={url!r}, mpy={mpy})")
    try:
        output, _ = process.communicate(timeout=60)
    finally:
        demo.end(process)
    assert output.endswith("Done\n"), output


def answers(folder, path, program=PROGRAM, frozen=None):
    """Run the program on a board; gives (what /hello, /lamp and /file answer, what was printed).

    frozen: the choice of packages that are frozen, see tests/freezing.py.
    """
    command = [str(binary(frozen))] if frozen else None
    with harness.start(program, path=path, cwd=folder, heap=harness.FROZEN, command=command) as running:
        got = [harness.get(running.port, target) for target in ("/hello", "/lamp", "/file")]
        return [(answer.code, answer.text) for answer in got], running.output()


def binary(choice):
    """Give MicroPython with a choice of packages frozen; skips the test on a machine that cannot build it."""
    try:
        return freezing.binary(choice)
    except project.ProjectError as error:
        if have.in_ci():
            raise
        pytest.skip(str(error))


WORKS = [(200, '{"on": true}'), (200, "<p>a page")]


@pytest.mark.timeout(400)  # it may be the first to build
@pytest.mark.parametrize("frozen, installed", [
    (None, NAMES),
    ("all", ()),
    ("core", ["tinyweb-rest", "tinyweb-static"]),
    ("rest", ["tinyweb-static"]),
    ("without core", ["tinyweb-core"]),
], ids=["all installed", "all frozen", "core frozen", "core and rest frozen", "core installed"])
def test_all_packages_work_together(mixed, frozen, installed):
    folder, path = mixed(installed)
    got, output = answers(folder, path, frozen=frozen)
    assert got[1:] == WORKS, (got, output)
    place = f"{folder}/lib" if "tinyweb-core" in installed else FROZEN
    assert got[0] == (200, f"Hello from {place}/tinyweb"), got


@pytest.mark.timeout(400)
def test_what_mip_brings_beside_a_frozen_core_is_not_used(mixed):
    # mip cannot see what is frozen: it installs the core again, below the frozen one
    folder, path = mixed(["tinyweb-static"])
    assert (folder / "lib" / "tinyweb" / "__init__.mpy").exists()
    assert answers(folder, path, WITHOUT_REST, "core")[0][0] == (200, f"Hello from {FROZEN}/tinyweb")
    # and it may go, which gives its flash back
    shutil.rmtree(folder / "lib" / "tinyweb")
    assert answers(folder, path, WITHOUT_REST, "core")[0][2] == (200, "<p>a page")


PAGE = """
import tinyweb
import tinyweb_template

app = tinyweb.webserver()
page = tinyweb_template.load("www/status.html")
app.route("/hello")(lambda req, resp: page("<a>"))
app.route("/lamp")(lambda req, resp: (page(1), 201))
app.route("/file")(lambda req, resp: tinyweb_template.__file__)
app.run(HOST, PORT)
"""


@pytest.mark.timeout(400)
@pytest.mark.parametrize("frozen, installed, where", [
    (None, ["tinyweb-template"], "lib"),
    ("core", ["tinyweb-template"], "lib"),
    ("without core", ["tinyweb-core"], None),
], ids=["all installed", "core frozen", "core installed"])
def test_templates_work_with_a_core_that_is_frozen_or_installed(mixed, frozen, installed, where):
    folder, path = mixed(installed)
    (folder / "www").mkdir()
    (folder / "www" / "status.html").write_text("{% args x %}\n<p>{{ x }}")
    got, output = answers(folder, path, PAGE, frozen)
    place = f"{folder}/{where}/tinyweb_template.mpy" if where else "tinyweb_template.py"  # as a frozen module has it
    want = [(200, "<p>&lt;a&gt;"), (201, "<p>1"), (200, place)]
    assert got == want and (folder / "www" / "status_html.py").exists(), (got, output)


def test_a_core_alone_says_what_to_install_for_a_file(mixed):
    folder, path = mixed(installed=["tinyweb-core"])
    got, output = answers(folder, path, WITHOUT_REST)
    assert got[0][0] == 200 and got[2][0] == 500, got
    assert "no module named 'tinyweb_static'" in output, output
    assert 'this needs the package tinyweb-static: mip.install("tinyweb-static")' in output, output


def test_a_core_alone_says_what_to_install_for_a_resource(mixed):
    folder, path = mixed(installed=["tinyweb-core"])
    running = harness.launch(PROGRAM, path=path, cwd=folder)
    assert running.wait_end() != 0
    assert 'this needs the package tinyweb-rest: mip.install("tinyweb-rest")' in running.output(), running.output()


def test_rest_without_static(mixed):
    folder, path = mixed(installed=["tinyweb-rest"])
    got, output = answers(folder, path)
    assert got[1] == WORKS[0] and got[2][0] == 500, got
    assert 'mip.install("tinyweb-static")' in output and not (folder / "lib" / "tinyweb_static.mpy").exists(), output


def test_a_source_that_was_left_beside_a_mpy_wins(mixed, contents):
    # .mpy over an older .py: MicroPython looks for the .py first, so the old code goes on
    folder, path = mixed(installed=["tinyweb-core"], mpy=False)
    init = folder / "lib" / "tinyweb" / "__init__.py"
    init.write_text(init.read_text().replace('__version__ = "', '__version__ = "old-'))
    put(folder / "lib", contents["tinyweb-core"]["6"])
    program = 'import tinyweb\nprint(tinyweb.__version__, tinyweb.__file__)\n'
    running = harness.launch(program, path=path, cwd=folder, heap=None)
    running.wait_end()
    version = project.settings()[0]
    assert running.output() == f"old-{version} {init}\n", running.output()
    # the cure that docs/install.md tells: the .py go
    for source in (folder / "lib" / "tinyweb").glob("*.py"):
        source.unlink()
    running = harness.launch(program, path=path, cwd=folder)
    running.wait_end()
    assert running.output() == f"{version} {init.with_suffix('.mpy')}\n", running.output()


@pytest.mark.parametrize("number", [None, 2, 4])
@pytest.mark.parametrize("name", ["rest", "static"])
def test_an_extension_of_another_release_than_the_core_says_so(mixed, contents, tmp_path, name, number):
    folder, path = mixed(installed=[f"tinyweb-{name}"])
    core = [(target, data) for target, data in contents["tinyweb-core"]["py"] if target.endswith(".py")]
    line = b"" if number is None else b"API = %d" % number
    shutil.rmtree(folder / "lib" / "tinyweb")
    put(folder / "lib", [(target, data.replace(b"API = 3", line)) for target, data in core])
    with harness.launch(f"import tinyweb_{name}", path=path, cwd=folder, heap="256k") as program:
        program.wait_end()
        said = program.output()
    want = f"tinyweb-{name} 2.0 needs tinyweb-core with API 3, not {number or 2}: install both again"
    assert want in said, said
