"""Pack a folder, such as a built front end, into one Python module of bytes that app.static() serves.

    python -m tools.pack www pages.py         then: import pages; app.static("/", pages)

Frozen into firmware the module stays in flash: neither names nor contents take heap. It lives here and not in a package
because a board never runs it. Each file is stored once, as gzip where that is smaller; its type, its ETag (from its
content) and the lines of its head are fixed here, by the types that tinyweb-static itself knows. The same folder gives
the same module, byte for byte, whatever its times and order on disk.
"""

import argparse
import gzip
import hashlib
import io
import pathlib
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import project  # noqa: E402
from project import ROOT, ProjectError  # noqa: E402

# for the types
sys.path[:0] = [str(ROOT / "packages" / name) for name in ("tinyweb-core", "tinyweb-static")]

HEADER = '''# Made by tools/pack.py: {count} files, {size} bytes. Serve it with app.static("/", this_module).

# FILES[i] belongs to NAMES[i]: (body, its length, ETag, date (none), lines of the head), None for a folder.
'''


class PackError(ProjectError):
    """Something about the folder, in a sentence for people."""


def compress(data):
    """Give data as gzip, without a name or a time in it."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=out, mtime=0) as f:
        f.write(data)
    return out.getvalue()


def unpackable(name, data):
    """Give data that is to be sent as gzip; raises PackError where it is none."""
    try:
        gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise PackError(f"{name} is no gzip, and would be sent as one: {error}") from error
    return data


def entry(name, data, packed=None, types=None):
    """Give the item of FILES for one file: `packed` is the file as gzip where the folder brings it so (data None)."""
    from tinyweb_static_types import describe

    if data is not None:
        packed = compress(data)
        # worth it only if it saves more than the lines that tell of it
        if len(packed) + 48 >= len(data):
            packed = None
    kind, coding = describe(name, more=types or {})
    if coding and data is not None:
        packed = unpackable(name, data)
    body = data if packed is None else packed
    etag = b'"%s"' % hashlib.sha256(body).hexdigest()[:16].encode()
    meta = b"Accept-Ranges: bytes\r\nContent-Type: %s\r\n" % kind
    if packed is not None:
        meta += b"Content-Encoding: gzip\r\n"
    return body, len(body), etag, b"", meta


def collect(folder, types=None):
    """Give {name: item of FILES} for a folder: its files, and its folders with None.

    What the server would not serve stays out too: dot files, backslashes, short names of FAT such as A~1.TXT, links
    that lead out of the folder. x.gz is packed as x; beside x itself it is left out. Raises PackError where there is
    nothing to pack.
    """
    from tinyweb_static import _is_hidden

    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise PackError(f"{folder} is no folder")
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        dotted = any(part.startswith(".") for part in name.split("/"))
        if dotted or not path.resolve().is_relative_to(folder.resolve()):
            continue
        if not name.isprintable():
            # a name that is not UTF-8 reads so too
            raise PackError(f"{ascii(name)} is no name for a URL: control characters, or not UTF-8")
        if _is_hidden(name):
            continue
        if path.is_dir():
            files[name] = None
        elif not path.is_file():
            continue  # a pipe, or a link that leads to nothing
        elif path.suffix == ".gz" and path.with_suffix("") != path.with_name(".gz"):
            if not path.with_suffix("").exists():
                files[name[:-3]] = entry(name[:-3], None, unpackable(path, path.read_bytes()), types)
        else:
            files[name] = entry(name, path.read_bytes(), types=types)
    if not any(files.values()):
        raise PackError(f"{folder} has no files")
    return files


def module(files):
    """Give the text of the module. All of it is constant, so that MicroPython freezes it whole."""
    size = sum(item[1] for item in files.values() if item)
    out = [HEADER.format(count=sum(map(bool, files.values())), size=size)]
    names = sorted(files)
    out += ["NAMES = (\n", *(f"    {name!r},\n" for name in names), ")\n\nFILES = (\n"]
    for name in names:
        item = files[name]
        if item is None:
            out.append("    None,\n")
        else:
            out.append("    (\n" + "".join(f"        {part!r},\n" for part in item) + "    ),\n")
    return "".join(out) + ")\n"


def media_type(text):
    """Read SUFFIX=TYPE; gives both."""
    suffix, _, kind = text.partition("=")
    if not suffix or "/" not in kind or not (kind.isascii() and kind.isprintable()):
        raise argparse.ArgumentTypeError(f"{text!r} is not like glb=model/gltf-binary")
    return suffix.lstrip(".").lower(), kind


def main(argv=None):
    parser = project.parser("pack", __doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("module", type=pathlib.Path, help="the .py to write")
    parser.add_argument("--type", type=media_type, action="append", default=[], metavar="SUFFIX=TYPE",
                        help="a media type more")
    options = parser.parse_args(argv)
    try:
        named = options.module.suffix == ".py" and project.can_be_imported(options.module.stem)
        if not (named or options.module.is_dir()):
            raise PackError(f"{options.module}: no program can import a module of this name; write it as in pages.py")
        if options.module.resolve().is_relative_to(options.folder.resolve()):
            raise PackError(f"{options.module} lies in {options.folder}: the next time it would be packed too")
        files = collect(options.folder, dict(options.type))
        try:
            options.module.write_text(module(files), encoding="utf-8")
        except OSError as error:
            raise PackError(f"{options.module} cannot be written: {error.strerror}") from None
    except (PackError, OSError) as error:
        sys.exit(f"tinyweb: {error}")
    for name in sorted(files):
        if files[name]:
            body = files[name][0]
            note = ", gzip" if b"gzip" in files[name][4] else ""
            print(f"{len(body):8} {name}{note}")


if __name__ == "__main__":
    main()
