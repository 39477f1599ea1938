# tools/user.py: what it asks for is not shown, what it makes is taken.
import asyncio
import json
import os
import pty
import subprocess
import sys
import time
import types

import harness
import project
import pytest
import tinyweb_auth
import user

TOOL = str(harness.ROOT / "tools" / "user.py")


def run(*args, password="open sesame"):
    command = [sys.executable, TOOL, *args]
    done = subprocess.run(command, input=password + "\n", capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


def test_what_it_prints_is_what_the_program_takes():
    code, output, _ = run("ada", "--rounds", "20")
    assert code == 0
    users = eval("{" + output + "}")
    passwords = tinyweb_auth.Passwords(users)
    for _ in range(2):  # the second time it is known
        assert asyncio.run(passwords("ada", "open sesame")) and not asyncio.run(passwords("ada", "Open sesame"))
    assert "sesame" not in output
    code, output, _ = run("Jürgen", "--digest", "--realm", "lamp")
    assert eval("{" + output + "}") == {"Jürgen": tinyweb_auth.secret("Jürgen", "lamp", "open sesame")}


def test_a_file_keeps_its_other_users(tmp_path):
    file = tmp_path / "users.json"
    for name in "ada", "eve", "ada":
        code, output, error = run(name, "--rounds", "20", "--file", str(file))
        assert code == 0 and name in output, error
    users = json.loads(file.read_text())
    assert list(users) == ["ada", "eve"] and file.stat().st_mode & 0o777 == 0o600
    assert asyncio.run(tinyweb_auth.Passwords(users)("eve", "open sesame"))
    file.write_text("no JSON")
    code, _, error = run("ada", "--file", str(file))
    assert code != 0 and "nothing is changed" in error and file.read_text() == "no JSON"


@pytest.mark.parametrize(("args", "password", "words"), [
    (["ada"], "short", "8 characters"), (["a:b"], "long enough", "no name"), (['a"b'], "long enough", "no name"),
    (["ada", "--rounds", "0"], "long enough", "1 round"),
    (["ada", "--digest", "--realm", 'a"b'], "long enough", "no realm"),
])
def test_what_cannot_be_used_is_refused(args, password, words):
    code, output, error = run(*args, password=password)
    assert code != 0 and words in error and not output, error


@pytest.mark.parametrize(("args", "typed", "words"), [
    (["ada", "--file", "gone/users.json"], b"long enough\n", "gone/users.json cannot be written: No such file"),
    (["ada", "--file", "."], b"long enough\n", ". cannot be read: Is a directory"),
    (["ada"], b"long enough \xff\n", "not UTF-8"),
    ([b"ad\xffa"], b"long enough\n", "not UTF-8"),
    ([b"ad\xffa", "--digest"], b"long enough\n", "not UTF-8"),
])
@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_files_and_texts_that_cannot_be_used_are_told_in_a_sentence(tmp_path, args, typed, words, errors):
    environ = {**os.environ, "PYTHONIOENCODING": f"utf-8:{errors}"}
    done = subprocess.run([sys.executable, TOOL, *args, "--rounds", "2"], input=typed, capture_output=True, timeout=30,
                          cwd=tmp_path, env=environ)
    error = done.stderr.decode()
    assert done.returncode == 1 and words in error and error.count("\n") == 1 and not done.stdout, done
    assert not list(tmp_path.iterdir())


def test_a_user_whose_file_cannot_be_replaced_leaves_nothing_beside_it(tmp_path, monkeypatch):
    def replace(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(user.os, "replace", replace)
    with pytest.raises(project.ProjectError, match="users.json cannot be written: Read-only file system"):
        user.store(tmp_path / "users.json", "ada", "x")
    assert not list(tmp_path.iterdir())


def test_a_keyboard_that_ends_is_told_in_a_sentence(monkeypatch):
    def getpass(_):
        raise EOFError  # Ctrl-D

    monkeypatch.setattr(user.getpass, "getpass", getpass)
    monkeypatch.setattr(user.sys, "stdin", types.SimpleNamespace(isatty=lambda: True))
    with pytest.raises(project.ProjectError, match="There is no password: nothing is changed"):
        user.ask()


def test_the_password_is_not_shown():
    terminal, other = pty.openpty()
    process = subprocess.Popen([sys.executable, TOOL, "ada", "--rounds", "20"], stdin=other, stdout=other, stderr=other,
                               start_new_session=True, preexec_fn=lambda: os.set_blocking(0, True))
    os.close(other)
    seen = b""

    def read(until):
        nonlocal seen
        end = time.monotonic() + 20
        while until not in seen and time.monotonic() < end:
            try:
                seen += os.read(terminal, 4096)
            except OSError:
                break
        assert until in seen, seen

    for prompt in b"Password: ", b"Once more: ":
        read(prompt)
        os.write(terminal, b"open sesame\n")
    read(b'"ada": "20$')
    assert process.wait(20) == 0
    os.close(terminal)
    assert b"sesame" not in seen, seen
