"""Build the documentation as a site: python tools/website.py [--out dist/site]

The pages are this repository's own Markdown files, where they are: they are staged into build/site, links to what is no
page are pointed at the repository's public home, and MkDocs makes the site, strictly. Then every link of every page is
followed, anchors included. Whatever leads nowhere ends it with a sentence and status 1.
"""

import argparse
import functools
import html.parser
import logging
import os
import pathlib
import re
import shutil
import urllib.parse

import project
from project import ROOT, ProjectError

# What becomes part of the site.
PAGES = ["*.md", "docs/**/*.md", "examples/**/README.md", "packages/*/README.md", "firmware/**/*.md", "benchmarks/*.md"]
FILES = ["docs/**/*.png", "docs/**/*.svg", "docs/*.css"]
# How the search weighs a page; the others have 1. A page of figures has words of everything.
SEARCH = {"benchmarks/RESULTS.md": "exclude: true", "CHANGELOG.md": "boost: 0.3", "docs/reference.md": "boost: 3"}
STAGE = ROOT / "build" / "site"
LINK = re.compile(r"(\]\(|(?:href|src)=\")([^)\s\"]+)([)\"])")


def pages():
    return sorted({path for pattern in PAGES for path in ROOT.glob(pattern)})


def outside_code(text):
    """Walk a Markdown text's lines: gives (number, line, whether the line is text and not a block of code)."""
    fenced = False
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        fence = line.lstrip().startswith("```")
        yield number, line, not (fenced or fence or line.startswith("    "))
        fenced ^= fence


def home(path, repository):
    """Give where a file or folder of the repository stands in public."""
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"https://github.com/{repository}/{kind}/main/{path}"


def staged(path, repository, known):
    """Give the text of a page as it is staged: links that leave the site lead to the repository."""

    def lead(number, match):
        before, target, after = match.groups()
        url = urllib.parse.urlsplit(target)
        if url.scheme or not url.path:
            return match[0]
        goal = (path.parent / urllib.parse.unquote(url.path)).resolve()
        if not goal.exists() or ROOT not in (goal, *goal.parents):
            raise ProjectError(f"{path.relative_to(ROOT)}:{number}: {target} leads nowhere")
        if goal.is_dir() and goal / "README.md" in known:
            goal = goal / "README.md"
        if goal in known:
            target = os.path.relpath(goal, path.parent) + (f"#{url.fragment}" if url.fragment else "")
        else:
            target = home(goal.relative_to(ROOT).as_posix(), repository)
        return before + target + after

    lines = []
    for number, line, is_text in outside_code(path.read_text(encoding="utf-8")):
        lines.append(LINK.sub(functools.partial(lead, number), line) if is_text else line)
    return "".join(lines)


def stage(repository):
    """Fill build/site."""
    files = [path for pattern in FILES for path in ROOT.glob(pattern)]
    known = {*pages(), *files}
    shutil.rmtree(STAGE, ignore_errors=True)
    for path in known:
        target = STAGE / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path in files:
            shutil.copyfile(path, target)
        else:
            weight = SEARCH.get(path.relative_to(ROOT).as_posix())
            head = f"---\nsearch:\n  {weight}\n---\n\n" if weight else ""
            target.write_text(head + staged(path, repository, known), encoding="utf-8")


class Links(html.parser.HTMLParser):
    """The links of a page, and the places in it that can be linked to."""

    def __init__(self, text):
        super().__init__()
        self.targets = []
        self.places = {""}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.targets.append((tag, value))
            elif name in ("id", "name") and value:
                self.places.add(value)


def faults(site):
    """Walk what is wrong with the links of a built site: sentences."""
    found = {path: Links(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, links in found.items():
        name = path.relative_to(site)
        for tag, target in links.targets:
            url = urllib.parse.urlsplit(target)
            if url.scheme or url.netloc:
                if tag in ("img", "link", "script"):
                    yield f"{name} fetches {target} from elsewhere"
                continue
            base = site if url.path.startswith("/") else path.parent  # 404.html knows no place of its own
            goal = urllib.parse.unquote(url.path).lstrip("/")
            goal = pathlib.Path(os.path.normpath(base / goal)) if goal else path
            if goal.is_dir():
                goal = goal / "index.html"
            if not goal.is_file():
                yield f"{name}: {target} leads nowhere"
            elif goal in found and urllib.parse.unquote(url.fragment) not in found[goal].places:
                yield f"{name}: {target} names no place of that page"


def build(out):
    """Build the site into a folder."""
    import mkdocs.commands.build
    import mkdocs.config
    import mkdocs.exceptions

    version, repository = project.settings()
    stage(repository)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        config = mkdocs.config.load_config(
            str(ROOT / "mkdocs.yml"),
            site_dir=str(out),
            # A repo_url would have each page ask the forge for stars and releases.
            extra={"social": [{"icon": "fontawesome/brands/github", "link": f"https://github.com/{repository}"}]},
            copyright=f"TinyWeb {version}, MIT licence",
        )
        mkdocs.commands.build.build(config)
    except mkdocs.exceptions.MkDocsException as error:
        raise ProjectError(f"the site cannot be built: {error}") from error
    wrong = list(faults(out))
    if wrong:
        raise ProjectError("the site has {} bad links:\n{}".format(len(wrong), "\n".join(wrong)))


def main(argv=None):
    parser = argparse.ArgumentParser(description="Build the documentation as a site.")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "dist" / "site", help="where it is written")
    out = parser.parse_args(argv).out.resolve()
    if out.exists() and any(out.iterdir()) and not (out / "sitemap.xml").is_file():
        raise ProjectError(f"{out} exists and is no site: it is left alone")
    build(out)
    name = os.path.relpath(out)
    print(f"The site is in {name}: open {name}/index.html, or to search in it serve it, as in")
    print(f"    python3 -m http.server --directory {name}")


if __name__ == "__main__":
    project.run(main)
