# The command tinyweb as pip installs it, called by a user from a folder elsewhere: each subcommand does its work there,
# and writes nothing where it is installed.
import json
import os
import signal
import subprocess
import sys

import bridge
import harness
import httpx
import project
import pytest
import tinyweb_auth

MAIN = """
import tinyweb

app = tinyweb.webserver()


@app.get("/")
async def index(req, resp):
    return "<h1>It works</h1>"


app.run(port=80)
"""


@pytest.fixture
def user(installed, tmp_path):
    """A user in an empty folder: user.tinyweb(*arguments) runs the command and gives what it printed."""
    class User:
        folder = tmp_path / "work"
        program = installed.folder / "bin" / "tinyweb"
        environ = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "MICROPYTHON": harness.MICROPYTHON}

        def tinyweb(self, *arguments, code=0, **more):
            return installed.run(self.program, *arguments, code=code, cwd=self.folder, env=self.environ, **more)

    User.folder.mkdir()
    return User()


@pytest.fixture(scope="module", autouse=True)
def nothing_is_written_where_it_is_installed(installed):
    def files():
        return {path for path in installed.site.rglob("*") if "__pycache__" not in path.parts}

    before = files()
    yield
    assert files() == before


def test_help_and_version(user):
    assert user.tinyweb() == user.tinyweb("--help")
    commands = [line.split()[0] for line in user.tinyweb().splitlines() if line.startswith("  ")]
    assert {"dev", "install", "pack", "user", "openapi", "index", "romfs", "preload", "build", "flash"} <= set(commands)
    assert user.tinyweb("--version") == "tinyweb " + project.settings()[0]
    wrong = user.tinyweb("brew", code=2)
    assert wrong.startswith("tinyweb: there is no command 'brew'\n\nusage: tinyweb COMMAND"), wrong
    for command in commands:
        text = user.tinyweb(command, "--help")
        assert text.startswith(f"usage: tinyweb {command} "), text
        assert not [word for word in ("firmware/" + command, "tools/", "tools.") if word in text], text


def test_pages_are_packed_and_in_a_romfs(user):
    (user.folder / "www").mkdir()
    (user.folder / "www" / "index.html").write_text("<h1>Flash</h1>")
    assert "index.html" in user.tinyweb("pack", "www", "pages.py")
    assert b"<h1>Flash</h1>" in (user.folder / "pages.py").read_bytes()
    assert user.tinyweb("pack", "gone", "pages.py", code=1) == "tinyweb: gone is no folder"
    for name in "pages.txt", "my pages.py", "class.py", "2.py":
        output = user.tinyweb("pack", "www", name, code=1)
        assert output.startswith(f"tinyweb: {name}: no program can import a module of this name"), output
        assert not (user.folder / name).exists()
    output = user.tinyweb("pack", "www", "gone/pages.py", code=1)
    assert output == "tinyweb: gone/pages.py cannot be written: No such file or directory"
    output = user.tinyweb("romfs", "--pages", "www", "-o", "my.romfs")
    assert output.endswith("mpremote romfs deploy my.romfs"), output
    assert (user.folder / "my.romfs").read_bytes()[:3] == b"\xd2\xcd\x31"


def test_templates_are_compiled(user):
    (user.folder / "page.html").write_text("{% args x %}{{ x }}")
    assert user.tinyweb("template", "page.html").endswith("page_html.py")
    assert user.tinyweb("template", "--mpy", "page.html").endswith("page_html.mpy")
    (user.folder / "page.html").write_text("{{")
    assert user.tinyweb("template", "page.html", code=1) == "tinyweb: page.html:1: no }}"
    assert user.tinyweb("template", "gone.html", code=1) == "tinyweb: gone.html: No such file or directory"
    (user.folder / "www").mkdir(exist_ok=True)
    for option in (), ("--mpy",), ("--check",):
        output = user.tinyweb("template", *option, "www", code=1)
        assert output == "tinyweb: www is a folder: name its templates, as in www/*.html", output


def test_an_index_is_built_here(user):
    assert user.tinyweb("index").endswith("The index is in dist/mip")
    names = [row["name"] for row in json.loads((user.folder / "dist/mip/index.json").read_text())["packages"]]
    assert sorted(names) == sorted(package.name for package in project.packages()), names
    assert "is whole" in user.tinyweb("index", "--check", "dist/mip")
    (user.folder / "file").touch()
    output = user.tinyweb("index", "--out", "file/mip", code=1)
    assert output.startswith("tinyweb: file/mip cannot be written: "), output


def test_a_user_and_a_document_are_made(user):
    line = user.tinyweb("user", "ada", input="four random words\n", stdin=None)
    (name, hashed), = json.loads("{" + line[:-1] + "}").items()
    assert name == "ada" and hashed.count("$") == 2, hashed
    assert tinyweb_auth.Passwords({name: hashed})
    (user.folder / "main.py").write_text(MAIN)
    assert json.loads(user.tinyweb("openapi", "main.py"))["info"]["title"] == "work"
    assert user.tinyweb("openapi", "gone.py", code=1) == "tinyweb: gone.py is not there"


def test_firmware_commands_say_what_is_missing(user):
    assert "ESP32_GENERIC_C3" in user.tinyweb("build").splitlines()
    output = user.tinyweb("build", "ESP32_GENERIC", "--tree", "nowhere", code=1)
    assert output.endswith("nowhere is no tree of MicroPython (a clone of its repository)"), output
    output = user.tinyweb("flash", "ESP32_GENERIC", "/dev/nowhere", code=1)
    image = user.folder / "dist" / "firmware" / f"firmware_esp32-{project.settings()[0]}.bin"
    assert output == (f"tinyweb: there is no image {image}: make it with tinyweb build ESP32_GENERIC, "
                      "or name one (--image)"), output
    output = user.tinyweb("preload", "gone.bin", "-o", "out.bin", code=1)
    assert output.startswith("tinyweb: gone.bin "), output


def test_what_is_not_installed_is_named(installed, user):
    program = ("import sys, importlib.util as u\nfind = u.find_spec\n"
               "u.find_spec = lambda name, *more: None if name == 'littlefs' else find(name, *more)\n"
               "from tinyweb_host.__main__ import main\nmain(sys.argv[1:])")
    wheel, = installed.folder.parent.glob("*.whl")  # what it was installed from, so that pip takes it from there again
    sentence = ("tinyweb romfs needs littlefs, which is not installed: "
                f'pip install "tinyweb[firmware] @ {wheel.as_uri()}"')
    asked = installed.python, "-c", program, "romfs"
    output = installed.run(*asked, "-o", "x", code=1, cwd=user.folder, env=user.environ)
    assert output == "tinyweb: " + sentence, output
    output = installed.run(*asked, "--help", cwd=user.folder, env=user.environ)
    assert output.splitlines()[-1] == sentence and "tinyweb romfs --package" in output, output


def test_packages_are_put_onto_a_board(user, tmp_path):
    with bridge.Bridge(tmp_path / "board") as board:
        output = user.tinyweb("install", board.device, "tinyweb-rest", "--target", "lib")
        assert f"tinyweb-rest {project.settings()[0]}" in output, output
        assert output.endswith(f"mpremote connect {board.device} cp main.py : + reset"), output
        lib = board.folder / "lib"
        assert (lib / "tinyweb_rest.mpy").is_file() and (lib / "tinyweb" / "__init__.mpy").is_file()
    output = user.tinyweb("install", "auto", "tinyweb-lamp", code=1)
    assert output.startswith("tinyweb: there is no package 'tinyweb-lamp': choose tinyweb-core, "), output
    output = user.tinyweb("install", "tinyweb-rest", code=1)
    assert output == "tinyweb: the port comes first: tinyweb install PORT tinyweb-rest", output
    output = user.tinyweb("install", tmp_path / "nowhere", code=1)
    assert "tinyweb: mpremote ended with status 1: is this the port" in output, output


@pytest.mark.parametrize("interpreter", ["micropython", "cpython"])
def test_a_program_is_served_while_it_is_written(user, interpreter):
    main = user.folder / "main.py"
    main.write_text(MAIN)
    port = harness.free_port()
    log = user.folder / "log.txt"
    with open(log, "wb") as out:
        # the program itself may be named, too
        named = [str(main)] if interpreter == "cpython" else []
        command = [str(user.program), "dev", "--interpreter", interpreter, "--port", str(port), *named]
        process = subprocess.Popen(command, cwd=user.folder, env=user.environ, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=out)
    try:
        harness.wait_for(lambda: "Open http://127.0.0.1" in log.read_text(), 60, log.read_text)
        assert f"{main.name} on " in log.read_text() and "from the files in this folder. Ctrl-C" in log.read_text()
        address = f"http://127.0.0.1:{port}/"
        assert httpx.get(address, trust_env=False).text == "<h1>It works</h1>"
        main.write_text(MAIN.replace("It works", "It is another"))
        harness.wait_for(lambda: log.read_text().count("Open http") == 2, 60, log.read_text)
        assert "main.py has changed: starting again." in log.read_text()
        assert httpx.get(address, trust_env=False).text == "<h1>It is another</h1>"
        # another one finds the port taken
        taken = user.tinyweb("dev", "--port", port, code=1)
        assert taken.splitlines()[-1].endswith("is taken: choose another, as in tinyweb dev --port 8082"), taken
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert log.read_text().endswith("Ended.\n") and process.returncode == 0, log.read_text()
    assert "site-packages" not in log.read_text(), log.read_text()


def test_it_is_the_same_in_a_clone():
    environ = {"PATH": os.environ["PATH"]}
    command = [sys.executable, str(project.ROOT / "host" / "tinyweb_host"), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environ)
    assert done.stdout == f"tinyweb {project.settings()[0]}\n", done
