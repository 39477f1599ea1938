"""Merge the core for the root manifest, which freezes it: core() returns the folder of a library that holds it.

Frozen code runs in place, but each module still costs heap for its names. What tools/merge.py makes of the core takes
1.4 KB less of it. MicroPython's manifest reader imports this, in a container maybe with an old Python: where the core
has been merged before, as firmware/build does it, Python 3.6 is enough.
"""

import hashlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SOURCES = ROOT / "packages" / "tinyweb-core"
OLDEST = (3, 10)


def _out():
    # Where pip has installed the tools, their folder is not for files that are made.
    if ROOT.parent.name == "tinyweb_host":
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tinyweb" / "frozen-core"
    return ROOT / "build" / "frozen-core"


def _state():
    # What the merged core depends on.
    state = hashlib.sha256()
    for path in [HERE / "merge.py", HERE / "frozen.py", SOURCES / "package.json", *sorted(SOURCES.glob("*/*.py"))]:
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return state.hexdigest()


def write(path, text):
    """Write a text file whole or not at all, as builds may run side by side.

    A file that stays the same is left alone, so that make does not compile it again.
    """
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(str(unfinished), str(path))


def _merged():
    # Return {path in the library: text}.
    sys.path.insert(0, str(HERE))
    try:
        import merge
        import project
    finally:
        sys.path.remove(str(HERE))
    core = project.package(SOURCES)
    texts = merge.core({target: path.read_text(encoding="utf-8") for target, path in core.files}, frozen=True)
    names = tuple(path.partition("/")[2] for path in texts)
    lines = f"metadata(description={core.description!r}, version={core.version!r})\npackage('tinyweb', files={names})\n"
    return {"manifest.py": lines, **texts}


def core():
    """Return the folder of a library that holds a package tinyweb-core, its modules merged, as a str.

    Raises RuntimeError where this Python is too old, and what ProjectError and OSError say.
    """
    out = _out()
    state = _state()
    stamp = out / "state"
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == state):
        if sys.version_info[:2] < OLDEST:
            raise RuntimeError("it takes Python 3.10 or newer to merge the core: freeze it with merged=False")
        for path, text in _merged().items():
            write(out / SOURCES.name / path, text)
        write(stamp, state)
    return str(out)
