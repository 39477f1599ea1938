# What pip makes of this repository, in a virtual environment of its own.
import pathlib
import subprocess
import sys
import sysconfig

import project
import pytest

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


class Installed:
    """A virtual environment in which pip has installed this repository. What it requires comes from the tests' own."""

    def __init__(self, folder):
        self.folder = folder
        self.python = folder / "bin" / "python"
        self.site = pathlib.Path(self.run(self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))

    @staticmethod
    def run(*command, code=0, **more):
        """Run a command and return what it printed. Raises AssertionError if it ends with another status."""
        more = {"timeout": 120, "stdin": subprocess.DEVNULL, **more}
        done = subprocess.run([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
        assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}"
        return done.stdout.strip()


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    Installed.run(*PIP, "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "-w", folder,
                  project.ROOT)
    wheel, = folder.glob("*.whl")
    Installed.run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    installed = Installed(folder / "venv")
    Installed.run(*PIP, "--python", installed.python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    (installed.site / "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return installed
