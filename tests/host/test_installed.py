# A user's PC: pip has installed this repository, and the user works in an empty folder elsewhere.
import inspect
import os
import subprocess
import sys

import harness
import jedi
import project
import pytest

ENVIRON = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "MICROPYTHON", "LANG")}


def test_programs_and_their_tests_run(installed, tmp_path):
    (tmp_path / "main.py").write_text(inspect.cleandoc('''
        import tinyweb
        import tinyweb_static

        app = tinyweb.webserver()


        @app.get("/")
        async def index(req, resp):
            return {"where": tinyweb.__file__}


        if __name__ == "__main__":
            app.run(port=80)
    '''))
    (tmp_path / "check.py").write_text(inspect.cleandoc('''
        from main import app
        from tinyweb_testing import Client

        for client in Client(app), Client.of("main.py", "cpython"), Client.of("main.py"):
            with client as c:
                print(c.get("/").json()["where"])
    '''))
    environ = {**ENVIRON, "MICROPYTHON": harness.MICROPYTHON}
    here, there, board = installed.run(installed.python, "check.py", cwd=tmp_path, env=environ).splitlines()
    assert here == str(installed.site / "tinyweb" / "__init__.py")
    # CPython finds the same code in the folders that MicroPython is given, too
    tree = installed.site / "tinyweb_host" / "tree" / "packages"
    assert there == board == str(tree / "tinyweb-core" / "tinyweb" / "__init__.py")


def test_every_package_is_there_with_its_stubs(installed):
    for package in project.packages():
        name = package.module
        assert (installed.site / name).is_dir() or (installed.site / f"{name}.py").is_file(), name
        stub = installed.site / (name if name == "tinyweb" else f"{name}-stubs") / "__init__.pyi"
        assert stub.is_file(), stub
        for _, path in package.files:
            there = installed.site / "tinyweb_host" / "tree" / path.relative_to(project.ROOT)
            assert there.read_bytes() == path.read_bytes(), there
    assert not list(installed.site.glob("manifest*")) and not list(installed.site.glob("page.html"))


def test_mypy_finds_the_stubs(installed, tmp_path):
    (tmp_path / "main.py").write_text(inspect.cleandoc('''
        import tinyweb
        import tinyweb_events
        from tinyweb_testing import Client

        app = tinyweb.webserver(debug=1 == 1)
        events = tinyweb_events.Events(app, "/events", retry="soon")
        app.runn()
        Client(app, tls=None, ssl=3)
    '''))
    command = [sys.executable, "-m", "mypy", "--python-executable", installed.python, "main.py"]
    done = subprocess.run(command, cwd=tmp_path,
                          env=ENVIRON, capture_output=True, text=True, timeout=150)
    text = done.stdout + done.stderr
    lines = [line.split(":")[1] for line in text.splitlines() if ": error:" in line]
    assert lines == ["6", "7", "8"], text


@pytest.mark.parametrize("text, name", [
    ("import tinyweb\napp = tinyweb.webserver()\napp.", "add_route"),
    ("import tinyweb_rest\ntinyweb_rest.", "add_resource"),
    ("import tinyweb_events\ntinyweb_events.Events(1, 2).", "send"),
    ("from tinyweb_testing import Client\nwith Client(1) as c:\n    c.", "websocket"),
])
def test_an_editor_completes(installed, tmp_path, text, name):
    editor = jedi.Project(tmp_path, environment_path=str(installed.python), sys_path=[str(installed.site)])
    editor._environment = jedi.InterpreterEnvironment()
    offered = [item.name for item in jedi.Script(text, project=editor).complete()]
    assert name in offered, offered
