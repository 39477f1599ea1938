# tools/user.py: what it asks for is not shown, what it makes is taken.
import asyncio
import json
import os
import pty
import subprocess
import sys
import time

import harness
import pytest
import tinyweb_auth

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
])
def test_what_cannot_be_used_is_refused(args, password, words):
    code, output, error = run(*args, password=password)
    assert code != 0 and words in error and not output, error


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
