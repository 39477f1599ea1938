# An index of the packages as they are, served on loopback, and empty boards to install them on.
import json
import shutil

import demo
import harness
import index
import project
import pytest
import release


@pytest.fixture(scope="session")
def index_folder(tmp_path_factory):
    """The index of packages/, built once."""
    folder = tmp_path_factory.mktemp("dist") / "mip"
    index.build(project.packages(), folder)
    return folder


@pytest.fixture(scope="session")
def index_url(index_folder):
    """The URL under which the index is served."""
    with demo.served(index_folder) as url:
        yield url


@pytest.fixture
def board(tmp_path):
    """An empty board: board.run(code) runs MicroPython on it and gives what it printed."""
    return EmptyBoard(tmp_path / "board", harness.MICROPYTHON)


@pytest.fixture
def git_host(project_copy, tmp_path):
    """A local server that stands for the git host: it has the main branch, as HEAD, and the tag of a release.

    Gives (URL, tag). What the tag has says so in its first line, to tell the two apart.
    """
    _, repository = project.settings(project_copy)
    tree = tmp_path / "host" / repository
    shutil.copytree(project_copy / "packages", tree / "HEAD" / "packages")
    release.main(["--pin"], project_copy)
    tag = "v" + project.settings(project_copy)[0]
    shutil.copytree(project_copy / "packages", tree / tag / "packages")
    for path in (tree / tag).rglob("*.py"):
        path.write_text(f"# {tag}\n" + path.read_text())
    with demo.served(tmp_path / "host") as url:
        yield url, tag


class EmptyBoard(demo.Board):
    def run(self, code, fails=False):
        """Run code; whether it fails is checked unless `fails` is None (newer mips raise what older ones print)."""
        process = self.start("-c", code)
        try:
            output, _ = process.communicate(timeout=30)
        finally:
            demo.end(process)
        assert fails is None or bool(process.returncode) == fails, output
        return output

    def tree(self):
        """Give {path below /lib: content}."""
        lib = self.folder / "lib"
        return {path.relative_to(lib).as_posix(): path.read_bytes() for path in self.files() if lib in path.parents}


@pytest.fixture
def project_copy(tmp_path):
    """A copy of the files that release.py writes, to try it on."""
    root = tmp_path / "project"
    harness.copy_project(root)
    return root


class Sample:
    """Two made-up packages, lamp-core and lamp-web, which needs it: to change at will."""

    def __init__(self, folder):
        self.folder = folder
        self.write("1.0.0", "LIGHT = 1\n")

    def write(self, version, source):
        """Write both packages in a new version; lamp-core's code is `source`."""
        self.package("lamp-core", version, {"lamp/__init__.py": source, "lamp/help.py": "def on():\n    return True\n"})
        self.package("lamp-web", version, {"lamp_web.py": "import lamp\n"}, ["lamp-core"])

    def package(self, name, version, files, deps=()):
        folder = self.folder / name
        for path, source in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(source)
        data = {
            "description": f"the sample {name}",
            "version": version,
            "urls": [[path, path] for path in files],
            "deps": [[f"github:someone/lamps/packages/{dep}", ""] for dep in deps],
        }
        (folder / "package.json").write_text(json.dumps(data))

    def build(self, out, earlier=None):
        return index.build(project.packages(self.folder), out, earlier)


@pytest.fixture
def sample(tmp_path):
    """Made-up packages: sample.write(version, source), sample.build(out, earlier)."""
    return Sample(tmp_path / "packages")
