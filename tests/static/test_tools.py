# Clients that nobody here wrote: curl, wget and ab go through a whole site without an error.
import os
import subprocess

import harness
import have
import pytest
import sites


def tool(name):
    path = have.find(name)
    if not path:
        (pytest.fail if have.in_ci() else pytest.skip)("no {} on this machine".format(name))
    return path


def run(*args, cwd=None):
    environ = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    return subprocess.run(list(map(str, args)), capture_output=True, timeout=50, cwd=cwd, env=environ)


@pytest.fixture(scope="module")
def linked(serve_module, tmp_path_factory):
    """A site whose pages lead to all its files. Gives (URL, folder)."""
    www = tmp_path_factory.mktemp("linked")
    names = ["style.css", "app.js", "picture.svg", "docs/index.html", "docs/deep/more.html", "data.json", "large.bin"]
    for name in names:
        sites.write(www / name, sites.BIG if name == "large.bin" else b"/* %s */\n" % name.encode() * 60)
    sites.write(www / "docs/deep/more.html", b"<a href='/s/'>home</a><a href='../../data.json'>data</a>")
    sites.write(www / "docs/index.html", b"<a href='deep/more.html'>more</a><img src='../picture.svg'>")
    page = "<link rel='stylesheet' href='style.css'><script src='app.js'></script>"
    page += "<a href='docs/'>docs</a><a href='large.bin'>large</a>"
    sites.write(www / "index.html", page.encode())
    port = serve_module(sites.program(www), heap=harness.ROOMY).port
    return "http://{}:{}/s/".format(harness.HOST, port), www, names + ["index.html"]


def test_wget_mirrors_the_site_and_finds_nothing_new_the_second_time(linked, tmp_path):
    url, www, names = linked
    for turn in range(2):
        done = run(
            tool("wget"), "--mirror", "-e", "robots=off", "--no-host-directories", "--cut-dirs=1", url, cwd=tmp_path
        )
        text = done.stderr.decode()
        assert done.returncode == 0, text
        assert "ERROR" not in text and "broken" not in text.lower(), text
        if turn:
            # --mirror asks with If-Modified-Since
            assert "304 Not Modified" in text and "200 OK" not in text, text
    for name in names:
        assert (tmp_path / name).read_bytes() == (www / name).read_bytes(), name


def test_curl_asks_for_ranges_and_validates(linked, tmp_path):
    url, www, names = linked
    curl = [tool("curl"), "-sS", "-f"]
    data = (www / "large.bin").read_bytes()
    assert run(*curl, "-r", "10-19", url + "large.bin").stdout == data[10:20]
    assert run(*curl, "-r", "-7", url + "large.bin").stdout == data[-7:]
    # resumes a download
    (tmp_path / "part").write_bytes(data[:150000])
    done = run(*curl, "-C", "-", "-o", tmp_path / "part", url + "large.bin")
    assert done.returncode == 0 and (tmp_path / "part").read_bytes() == data, done.stderr
    # keeps the ETag, and asks with it
    code = [
        *curl,
        "-o",
        tmp_path / "page",
        "-w",
        "%{http_code}",
        "--etag-save",
        tmp_path / "etag",
        "--etag-compare",
        tmp_path / "etag",
    ]
    assert [run(*code, url).stdout for _ in range(2)] == [b"200", b"304"]
    assert run(*curl, "-o", tmp_path / "f", "-z", tmp_path / "page", "-w", "%{http_code}", url).stdout == b"304"


def test_ab_gets_the_same_length_a_hundred_times(linked):
    url, www, names = linked
    done = run(tool("ab"), "-k", "-n", 200, "-c", 3, url + "large.bin")
    text = done.stdout.decode()
    assert done.returncode == 0 and "Failed requests:        0" in text, text + done.stderr.decode()
