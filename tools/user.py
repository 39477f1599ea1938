"""Make what tinyweb-auth keeps of a user's password: python tools/user.py NAME [--digest] [--file users.json]

Asks for the password twice, and shows nothing of it. It prints a line for the dict of users in a program, or puts the
user into a file of JSON that the program reads: tinyweb_auth.Passwords(json.load(open("users.json"))). The password
itself is stored nowhere. --digest: for tinyweb_auth.Digest; --realm has to be the one of the program.
"""

import getpass
import json
import os
import pathlib
import sys

import project
from project import ROOT, ProjectError, run

sys.path[:0] = [str(ROOT / "packages" / name) for name in ("tinyweb-core", "tinyweb-auth")]
LEAST = 8  # characters
NOT_UTF8 = "A name or password that is not UTF-8 cannot be typed into a browser"


def ask():
    """Return the password: from the keyboard without echo, or the line that another program writes to this one."""
    try:
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\n")
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Once more: "):
            raise ProjectError("These were two different ones: nothing is changed")
        return password
    except EOFError:
        raise ProjectError("There is no password: nothing is changed") from None
    except UnicodeDecodeError:
        raise ProjectError(NOT_UTF8) from None


def entry(name, password, digest=False, realm="board", rounds=1000):
    """Return what stands for a user. Raises ProjectError for a name or password that cannot be used."""
    import tinyweb_auth

    try:
        (name + realm + password).encode()
    except UnicodeEncodeError:
        raise ProjectError(NOT_UTF8) from None
    if not name.strip() or set(name) & set(':"\\') or min(name) < " ":
        raise ProjectError(f"{name!r} is no name for a login: it has no colon, quote, backslash or control character")
    if digest and '"' in realm:
        raise ProjectError(f"{realm!r} is no realm of a Digest: it has no quote")
    if len(password) < LEAST:
        raise ProjectError(f"A password has {LEAST} characters or more: four random words are easy to keep in mind")
    if rounds < 1:
        raise ProjectError("It takes 1 round or more")
    return tinyweb_auth.secret(name, realm, password) if digest else tinyweb_auth.hash(password, rounds=rounds)


def store(path, name, text):
    """Put a user into a file, which its owner alone can read."""
    try:
        users = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        users = None
    if not isinstance(users, dict):
        raise ProjectError(f"{path} is no JSON object of users: nothing is changed")
    users[name] = text
    new = path.with_name(path.name + ".new")
    try:
        try:
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(json.dumps(users, indent=2, ensure_ascii=False) + "\n")
            os.replace(new, path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror}") from None


def main(argv=None):
    parser = project.parser("user", "Make what tinyweb-auth keeps of a user's password.")
    parser.add_argument("name", help="of the user")
    parser.add_argument("--digest", action="store_true", help="for tinyweb_auth.Digest, else for Passwords")
    parser.add_argument("--realm", default="board", help="of the Digest (default: board)")
    parser.add_argument("--rounds", type=int, default=1000, help="of PBKDF2 (default: 1000, a second on an ESP32)")
    parser.add_argument("--file", type=pathlib.Path, metavar="USERS.JSON", help="put the user there")
    args = parser.parse_args(argv)
    text = entry(args.name, ask(), args.digest, args.realm, args.rounds)
    if args.file:
        store(args.file, args.name, text)
        print(f"{args.name} is in {args.file}. On the board: mpremote cp {args.file} :")
    else:
        print(f"    {json.dumps(args.name, ensure_ascii=False)}: {json.dumps(text)},")


if __name__ == "__main__":
    run(main)
