# A card with FAT: its files have more names than one, and what is hidden by one name is so by all.
import json

import harness
import pytest

PROGRAM = """
import os
import vfs


class Ram:
    def __init__(self, blocks):
        self.data = bytearray(blocks * 512)

    def readblocks(self, n, buf, off=0):
        buf[:] = self.data[n * 512 + off:n * 512 + off + len(buf)]

    def writeblocks(self, n, buf, off=0):
        self.data[n * 512 + off:n * 512 + off + len(buf)] = buf

    def ioctl(self, op, arg):
        return {4: len(self.data) // 512, 5: 512}.get(op, 0)


card = Ram(200)
vfs.VfsFat.mkfs(card)
vfs.mount(vfs.VfsFat(card), "/sd")


def write(path, text):
    with open("/sd/" + path, "w") as f:
        f.write(text)


for folder in ".git", "docs", "docs/.svn", "a longer folder":
    os.mkdir("/sd/" + folder)
for path in SECRET:
    write(path, "the secret of " + path)
for path in OPEN:
    write(path, "open: " + path)

import tinyweb

app = tinyweb.webserver()
app.static("/s", "/sd")


@app.get("/names")
def names(req, resp):
    # those that the card itself takes for files
    out = []
    for name in NAMES:
        try:
            os.stat("/sd/" + name)
            out.append(name)
        except OSError:
            pass
    return out


app.run(HOST, PORT)
"""
SECRETS = [".env", ".git/config", ".htaccess", "docs/.svn/entries", ".envtxt1", ".envtxt2", ".envtxt3", ".envtxt4",
           ".envtxt5", ".envtxt6", ".envtxt7"]
OPEN = ["index.html", "docs/page.html", "a longer folder/a longer name.html", "tilde~.txt", "a~b.txt"]
NAMES = ["~1.GIT/config", "~1.GIT", "GIT~1/config", "~1.ENV", "ENV~1", "~1.env", "~1.git/CONFIG", "~1.HTA", "HTACCE~1",
         "docs/~1.SVN/entries", "docs/SVN~1/entries", "ENVTXT~1", "ENVTXT~2", "ENVTXT~4", "~2.ENV", "~3.ENV", "~4.ENV",
         "~5.ENV", "~6.ENV", "index.html.", "index.html ", "index.html. .", "docs./page.html", "docs /page.html",
         "docs. ./page.html", "ALONGE~1/ALONGE~1.HTM", "ALONGE~1/a longer name.html", "a longer folder/ALONGE~1.HTM",
         "index.html\x01", "index.html\x1fx", "docs\\page.html"]


@pytest.fixture(scope="module")
def interpreter():
    return "micropython"


@pytest.fixture(scope="module")
def card(serve_module):
    head = f"SECRET = {SECRETS!r}; OPEN = {OPEN!r}; NAMES = {NAMES!r}\n"
    return serve_module(head + PROGRAM, compiled=True, heap="400k")


def escaped(name):
    return "".join(chr(c) if chr(c) in "/~.-" or chr(c).isalnum() and c < 128 else f"%{c:02x}" for c in name.encode())


def wholly(name):
    return "".join("/" if c == 47 else f"%{c:02X}" for c in name.encode())


def test_the_card_has_these_other_names(card):
    """Or the tests below would show nothing."""
    found = json.loads(harness.get(card.port, "/names").text)
    assert len(found) > 10 and any("~" in name for name in found) and any(name[-1] == "." for name in found), found


@pytest.mark.parametrize("name", [*SECRETS, *NAMES])
@pytest.mark.parametrize("form", [escaped, wholly, lambda name: escaped(name.lower())], ids=["plain", "all", "lower"])
def test_no_other_name_is_served(card, name, form):
    for method in ("GET", "HEAD"):
        got = harness.get(card.port, "/s/" + form(name), method=method)
        assert got.code == 404 and b"secret" not in got.body, (name, got)


@pytest.mark.parametrize("name", OPEN)
def test_files_are_served_by_their_own_names(card, name):
    got = harness.get(card.port, "/s/" + escaped(name))
    assert (got.code, got.text) == (200, "open: " + name), got
