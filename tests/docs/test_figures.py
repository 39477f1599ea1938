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
    }
    for page, sentence in here.items():
        assert sentence in " ".join(read(page).split()), (page, sentence)


def test_the_licence_says_whose_api_it_is():
    for page in "LICENSE", "README.md":
        assert "TinyWeb 1.x" in read(page) and "Konstantin Belyalov" in read(page), page
