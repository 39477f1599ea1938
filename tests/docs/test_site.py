# The pages: equal to what they are made from, their links good, and a site that needs nobody else.
import ast
import pathlib
import re
import shutil

import memory
import project
import pytest
import reference
import website


def test_the_reference_is_what_the_stubs_say():
    reference.main(["--check"])


def test_the_reference_has_every_public_name():
    text = reference.PAGE.read_text()
    for name in ("app.add_route", "app.get", "app.static", "await app.start", "req.peer", "await req.read",
                 "await resp.send", "resp.set_cookie", "tinyweb.HTTPException", "tinyweb_rest.values",
                 "tinyweb_static.mime_types", "tinyweb.http.urldecode_plus", "await link.write", "login.start",
                 "await passwords", "part.name", "await part.save", "ws.closed", "await ws.receive", "room.push",
                 "events.send", "auth.protect", "wifi.forget"):
        assert re.search(rf"(^|`|raise ){re.escape(name)}(`|\(|$)", text, flags=re.M), name
    for stub in project.ROOT.glob("packages/tinyweb-*/*.pyi"):
        for node in ast.parse(stub.read_text()).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name[:1] != "_":
                assert f"\n### {stub.stem}.{node.name}\n" in text, (stub, node.name)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built once."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    website.main(["--out", str(folder)])
    return folder


def test_the_site_has_every_page_and_fetches_nothing_from_elsewhere(site):
    # website.main has followed every link already; see below that it sees bad ones
    for path in website.pages():
        page = path.relative_to(website.ROOT)
        page = page.with_name("index.html") if page.name == "README.md" else page.with_suffix(".html")
        assert (site / page).is_file(), page
    assert "<h1" in (site / "index.html").read_text()


def test_every_page_of_docs_is_in_the_menu():
    menu = (website.ROOT / "mkdocs.yml").read_text()
    for path in website.ROOT.glob("docs/*.md"):
        assert f"docs/{path.name}\n" in menu, f"add {path.name} to nav in mkdocs.yml"


def test_every_module_of_the_core_is_on_the_page_that_tells_how_it_works():
    text = (website.ROOT / "docs" / "how-it-works.md").read_text()
    for path in website.ROOT.glob("packages/tinyweb-core/tinyweb/*.py"):
        assert path.stem == "__init__" or re.search(rf"^\| (`\w+`, )*`{path.stem}`", text, flags=re.M), path.stem


def test_links_to_code_lead_to_the_public_home_of_the_repository(site):
    _, repository = project.settings()
    assert f'href="https://github.com/{repository}/blob/main/examples/hello/boot.py"' in (
        site / "docs" / "guide.html").read_text()


@pytest.mark.parametrize("html, sentence", [
    ('<a href="gone.html">x</a>', "page.html: gone.html leads nowhere"),
    ('<a href="#gone">x</a>', "page.html: #gone names no place of that page"),
    ('<img src="https://example.com/x.png">', "page.html fetches https://example.com/x.png from elsewhere"),
    ('<a href="https://example.com/">x</a> <a id="a" href="page.html#a">y</a> <a href="/page.html">z</a>', None),
])
def test_a_bad_link_of_the_site_is_seen(tmp_path, html, sentence):
    (tmp_path / "page.html").write_text(html)
    assert list(website.faults(tmp_path)) == ([sentence] if sentence else [])


@pytest.mark.parametrize("text, fault", [
    ("[x](gone.md)\n", r"page\.md:1: gone\.md leads nowhere"),
    ('\n<img src="gone.png">\n', r"page\.md:2: gone\.png leads nowhere"),
    ("[x](../../outside)\n", "leads nowhere"),
    ("```\n[x](gone.md)\n```\n    [y](gone.md)\n", None),
])
def test_a_bad_link_of_a_page_is_seen(tmp_path, monkeypatch, text, fault):
    monkeypatch.setattr(website, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(text)
    if fault:
        with pytest.raises(project.ProjectError, match=fault):
            website.staged(page, "a/b", {page})
    else:
        assert website.staged(page, "a/b", {page}) == text


def test_a_folder_that_is_no_site_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(project.ProjectError, match="exists and is no site"):
        website.main(["--out", str(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def figures(text):
    """Give {first cell: the second cell as a number} of the rows of a page's tables."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return {row[0]: float(row[1]) for row in rows if re.fullmatch(r"[\d.]+", row[1])}


@pytest.mark.timeout(300)  # it may have to build MicroPython
def test_the_memory_page_says_what_is_measured(narrow, tmp_path):
    # two rows are measured anew; 15% is what the day's work may change before the page has to follow
    told = figures(memory.PAGE.read_text())
    assert set(memory.FEATURES) <= set(told), "run `python tools/memory.py --write`"
    boards = memory.Boards(tmp_path)
    assert not boards.why, boards.why
    for name in ("a hello that returns its text", "a form"):
        got = boards.measure(name)[0] / 1024
        assert got == pytest.approx(told[name], rel=0.15), f"{name}: run `python tools/memory.py --write`"


def test_the_memory_page_is_written_between_its_marks(tmp_path, monkeypatch):
    page = pathlib.Path(shutil.copy(memory.PAGE, tmp_path))
    monkeypatch.setattr(memory, "PAGE", page)
    memory.write({"places": ["| a |", "|---|", "| b |"]})
    assert "<!-- places -->\n| a |\n|---|\n| b |\n<!-- /places -->" in page.read_text()
    with pytest.raises(project.ProjectError, match="0 places"):
        memory.write({"nowhere": []})
