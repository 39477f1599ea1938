# A figure that stands on several pages is the same on all of them.
import re

import project


def read(page):
    return (project.ROOT / page).read_text(encoding="utf-8")


def test_what_https_takes():
    table = re.search(r"<!-- secure -->(.*?)<!-- /secure -->", read("docs/memory.md"), flags=re.S)[1]
    heap, outside = map(float, re.search(r"^\| https \| [\d.]+ \| ([\d.]+) \| (\d+) \|", table, flags=re.M).groups())
    total = f"{heap + outside:.0f} KiB"
    here = {
        "README.md": f"some {total} for each open connection, {heap:.0f} of them in Python's heap",
        "docs/deployment.md": f"some {total} of memory for each open connection: {heap:.0f} of them in Python's heap,"
                              f" and {outside:.0f} for",
        "docs/security.md": f"some {total} of memory for each open connection",
        "examples/https/README.md": f"takes some {total} of memory",
    }
    for page, sentence in here.items():
        assert sentence in " ".join(read(page).split()), (page, sentence)


def test_the_licence_says_whose_api_it_is():
    for page in "LICENSE", "README.md":
        assert "TinyWeb 1.x" in read(page) and "Konstantin Belyalov" in read(page), page


def test_what_the_readme_picks_out():
    text = " ".join(read("README.md").split())
    rows = {line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]]
            for page in ("docs/memory.md", "docs/figures.md") for line in read(page).splitlines() if line[:2] == "| "}
    mpy, romfs, frozen = rows["hello, and a browser's /favicon.ico"][1:4]
    assert f"fit {mpy} KiB of heap as `.mpy` in `/lib`, {romfs} in a ROMFS, {frozen} in the firmware" in text, rows
    hello = rows["hello, kept connection"]
    thousands = round(int(hello[0].replace(",", "")), -3)
    assert f"{thousands:,} machine instructions for a hello on a kept connection" in text, hello
    assert f"1/{float(hello[-1].split()[0].removeprefix('1/')):.0f} of microdot" in text, hello
    passed = [cell.split(",")[0].split("/") for cell in rows["all"]]
    want = "{} of {} cases of RFC 9110 and 9112; node's server passes {}".format(*passed[0], passed[2][0])
    assert want in text, passed
