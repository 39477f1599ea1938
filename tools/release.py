"""Write the version, the repository's name and the packages' files to every place that repeats them.

    python tools/release.py                             after a file was added to a package, or pyproject.toml changed
    python tools/release.py 2.1.0                       a new version
    python tools/release.py --repository you/tinyweb    the public name of the repository
    python tools/release.py --pin                       the release commit: dependencies carry its tag, v2.1.0
    python tools/release.py                             the commit after it: dependencies follow the main branch again
    python tools/release.py --check                     change nothing; status 1 if something differs

pyproject.toml is the source of the first two, the files in packages/ of the third. It writes pyproject.toml,
packages/*/package.json, packages/*/manifest.py, `__version__` in the packages, and the install lines in the texts.
Dependencies: mip applies the tag in mip.install("github:...", version="v2.1.0") to a package's files, never to its
dependencies, so those carry the tag of their own in a release, and "" (the main branch) at any other time.
"""

import argparse
import json
import os
import re

import project
from project import ROOT, ProjectError

# x.y.z, as in an install line's tag or an image's name
NUMBER = r"\d+\.\d+\.\d+"
# The texts that show install lines.
TEXTS = ["README.md", "CONTRIBUTING.md", "packages/*/README.md", "firmware/README.md", "docs/**/*.md"]


def package_json(folder, version, repository, pinned):
    """Give the text of a package's package.json: its description and the names it needs are kept."""
    package = project.package(folder)
    tag = f"v{version}" if pinned else ""
    urls = ",\n".join("    " + json.dumps([path, path]) for path in project.sources(folder))
    deps = ",\n".join("    " + json.dumps([f"github:{repository}/packages/{name}", tag]) for name in package.deps)
    return (
        "{\n"
        f'  "description": {json.dumps(package.description)},\n'
        f'  "version": {json.dumps(version)},\n'
        f'  "urls": [\n{urls}\n  ],\n'
        f'  "deps": [{chr(10) + deps + chr(10) + "  " if deps else ""}]\n'
        "}\n"
    )


def manifest_files(path, text):
    """Give a manifest with its list of files, where it has one, as they are on disk."""
    listed = re.search(r'^package\("(.+)", files=\(', text, flags=re.M)
    if not listed:
        return text
    folder = listed[1] + "/"
    names = [name[len(folder):] for name in project.sources(path.parent) if name.startswith(folder)]
    lines = "\n" + "".join(f'    "{name}",\n' for name in names)
    return replace(r'^(package\(".+", files=\()[^)]*(\)\))$', lines, text, path)


def replace(pattern, new, text, path):
    """Replace what the pattern's first group (what stays) is followed by; it must be there once."""
    text, count = re.subn(pattern, lambda match: match.group(1) + new + match.group(2), text, flags=re.M)
    if count != 1:
        raise ProjectError(f"{path} has {count} places for {new!r} where one is expected")
    return text


def texts(version, repository, old_repository, text):
    """Give a text with its install lines brought up to date."""
    text = text.replace(f"{old_repository}/packages/", f"{repository}/packages/")
    text = text.replace(f"github.com/{old_repository}", f"github.com/{repository}")
    text = re.sub(rf"(github:\S+@v){NUMBER}", rf"\g<1>{version}", text)
    text = re.sub(rf'(version="v?){NUMBER}"', rf'\g<1>{version}"', text)
    return re.sub(rf"(\bfirmware_\w+-){NUMBER}(?=\.bin)", rf"\g<1>{version}", text)


def wanted(root, version, repository, pinned):
    """Give {path: text} of every file as it should be."""
    _, old_repository = project.settings(root)
    files = {}

    def read(path):
        return path.read_text(encoding="utf-8")

    path = root / "pyproject.toml"
    text = replace(r'^(version = ")[^"]*(")$', version, read(path), path)
    files[path] = replace(r'^(repository = ")[^"]*(")$', repository, text, path)
    for path in sorted(root.glob("packages/*/package.json")):
        files[path] = package_json(path.parent, version, repository, pinned)
    for path in sorted(root.glob("packages/*/manifest.py")):
        text = replace(r'^(.*\bversion=")[^"]*(".*)$', version, read(path), path)
        files[path] = manifest_files(path, text)
    for path in sorted(root.glob("packages/*/**/*.py")):
        if re.search(r"^__version__ =", read(path), flags=re.M):
            files[path] = replace(r'^(__version__ = ")[^"]*(".*)$', version, read(path), path)
    for pattern in TEXTS:
        for path in sorted(root.glob(pattern)):
            files[path] = texts(version, repository, old_repository, read(path))
    return files


def stale(files):
    """Give the paths whose text differs from what it should be."""
    return [path for path, text in files.items() if path.read_text(encoding="utf-8") != text]


def pinned_now(root):
    """Are the dependencies in the package.json files pinned to a tag? True only where all are."""
    versions = [
        version
        for path in root.glob("packages/*/package.json")
        for _, version in json.loads(path.read_text(encoding="utf-8"))["deps"]
    ]
    return bool(versions) and all(versions)


def has_changes(root, version):
    """Does CHANGELOG.md have a section for this version?"""
    return re.search(rf"^## \[{re.escape(version)}\]", (root / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.M)


def main(argv=None, root=ROOT):
    parser = argparse.ArgumentParser(description="Write the version and the repository's name everywhere.")
    parser.add_argument("version", nargs="?", help="the new version, x.y.z (default: the one in pyproject.toml)")
    parser.add_argument("--repository", help="OWNER/REPO (default: the one in pyproject.toml)")
    parser.add_argument("--pin", action="store_true", help="pin the dependencies to the tag of this release")
    parser.add_argument("--check", action="store_true", help="only say what differs")
    args = parser.parse_args(argv)
    version, repository = project.settings(root)
    version = args.version or version
    repository = args.repository or repository
    if not re.fullmatch(NUMBER, version):
        raise ProjectError(f"a version is three numbers, as in 2.1.0, not {version!r}")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise ProjectError(f"a repository is OWNER/REPO, not {repository!r}")
    # a release is checked as a release, any other commit as such
    files = wanted(root, version, repository, pinned_now(root) if args.check else args.pin)
    if (args.pin or args.check) and not has_changes(root, version):
        raise ProjectError(f"CHANGELOG.md has no section [{version}]")
    paths = stale(files)
    names = [os.path.relpath(path, root) for path in paths]
    if args.check:
        if names:
            raise ProjectError("run `python tools/release.py`, these differ: " + ", ".join(names))
        return
    for path in paths:
        path.write_text(files[path], encoding="utf-8")
    for name in names:
        print(f"wrote {name}")
    if args.pin:
        print(f"{repository} {version}: the dependencies are pinned to v{version}")
        print(f"Next: git commit -am 'project: release {version}', git tag v{version}, python tools/release.py")
    else:
        print(f"{repository} {version}: the dependencies follow the main branch")


if __name__ == "__main__":
    project.run(main)
