# What becomes of figures: tables, the passage of docs/figures.md and the chart. The figures here are made up, all else
# is real.
import pathlib
import xml.etree.ElementTree as ElementTree

import pytest
from kit import chart, latency, readme, report
from kit.callgrind import Profile
from kit.figures import Figures
from kit.servers import SERVERS
from kit.workloads import WORKLOADS

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def figures():
    """Of three servers and four workloads; microdot serves three of them, the poll loop one."""
    names = ("hello", "browser", "form", "304")
    servers = [SERVERS[name] for name in ("tinyweb", "microdot", "bare_poll")]
    made = Figures([WORKLOADS[name] for name in names], servers, "256k", False)
    for server, *totals in (
        ("tinyweb", 100_000, 100_000, 300_000, 120_000),
        ("microdot", 800_000, 1_800_000, 1_200_000),
        ("bare_poll", 2_900),
    ):
        for name, total in zip(names, totals, strict=False):
            made.profiles[server, name] = Profile()
            made.profiles[server, name].total = total
    return made


def test_targets_that_are_met_and_missed_are_told_apart(figures):
    got = {what: (text, met) for what, _, text, met in report.targets(figures)}
    assert got["hello, keep-alive: instructions, of microdot's"] == ("1/8.0 (100,000 / 800,000)", "**no**"), got
    assert got["browser's head (581 bytes): instructions, of microdot's"] == ("1/18.0 (100,000 / 1,800,000)", "yes"), (
        got
    )
    assert got["304 for a file that is known: instructions"] == ("120,000 / 100,000", "**no**"), got


def test_a_server_that_needs_a_note_has_its_mark_in_the_table(figures):
    text = report.markdown(figures, "make bench", ["MicroPython: some"], 65)
    servers = "tinyweb<sup>1</sup> | microdot<sup>2</sup> | bare select.poll loop"
    assert f"| workload | {servers} | tinyweb / microdot |" in text, text
    assert "- <sup>2</sup> microdot: sends no 304." in text, text
    assert "| form of five fields | 300,000 | 1,200,000 | - | 1/4.0 |" in text, text


def test_latency_beside_downloads_is_a_table_of_its_own(figures):
    figures.latency["tinyweb"] = dict.fromkeys(latency.KINDS, (0.25, 12.0))
    text = report.markdown(figures, "make bench", [], 65)
    assert "| three slow downloads of 200 KB | 0.25 / 12.0 | - | - |" in text, text


def test_only_the_passage_between_its_marks_is_written_into_the_readme(figures):
    old = "before\n%s\nold\n%s\nafter\n" % (readme.BEGIN, readme.END)
    text = readme.rewrite(old, figures)
    assert text.startswith("before\n" + readme.BEGIN) and text.endswith(readme.END + "\nafter\n"), text
    assert "\nold\n" not in text and "| hello, kept connection | 100,000 | 800,000 | 1/8.0 of microdot |" in text, text
    assert readme.rewrite(text, figures) == text


def test_a_readme_without_the_marks_is_refused(figures):
    with pytest.raises(ValueError, match="no place for the figures"):
        readme.rewrite("before\n%s\nafter\n" % readme.BEGIN, figures)


def test_the_page_has_a_place_for_the_figures_and_the_chart():
    text = (ROOT / "docs" / "figures.md").read_text()
    passage = text.partition(readme.BEGIN)[2].partition(readme.END)[0]
    assert readme.CHART.removeprefix("docs/") in passage and (ROOT / readme.CHART).exists(), passage


def test_a_chart_has_a_bar_for_each_value_as_long_as_it_is_large():
    text = chart.bars("Cost & more", ("mine", "theirs"), [("hello", [1000, 4000]), ("form", [2000, None])])
    tree = ElementTree.fromstring(text)
    bars = [
        float(one.get("width")) for one in tree.iter("{http://www.w3.org/2000/svg}rect") if one.get("height") == "11"
    ]
    assert [round(bars[0] / width, 2) for width in bars] == [1, 0.25, 0.5], bars
    words = [one.text for one in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert words == ["Cost & more", "mine", "theirs", "hello", "1 k", "4 k", "form", "2 k"], words
