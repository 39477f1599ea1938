"""Where MicroPython's own source comes from: Debian's source packages, or a clone that the user names.

source("micropython") returns the folder of MicroPython's tree, downloaded once from the Debian mirror that this
machine's apt uses already, and kept in build/cache. apt's own lists are not touched, and nothing is unpacked that does
not have the SHA-256 noted here. Debian's tree is upstream's without the libraries that Debian has itself (lwip,
mbedtls, micropython-lib ...). A clone of MicroPython that $MICROPYTHON_TREE names needs no download.
"""

import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

from project import ROOT, ProjectError

CACHE = ROOT / "build" / "cache"
SUITE = "trixie"
# The upstream tarball of each source package, and its SHA-256.
TARBALLS = {
    "micropython": (
        "micropython_1.25.0+ds.orig.tar.xz",
        "7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea",
    ),
    "lwip": ("lwip_2.2.1+dfsg1.orig.tar.xz", "83729c274c499d3348e9fbbe043a3113f3fa8953e7efddc7c21c7fcbb1f2b7b1"),
}


def run(command, **options):
    """Run a command and return what it printed; raises ProjectError with the end of that where it fails."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              **options)
    except FileNotFoundError:
        raise ProjectError(f"{command[0]} is not installed") from None
    if done.returncode:
        end = "\n".join(done.stdout.splitlines()[-20:])
        raise ProjectError(f"{' '.join(command)} ended with status {done.returncode}:\n{end}")
    return done.stdout


def environment(source):
    """Return the environment of a build: git must not take the version of a repository around `source` for its own."""
    return dict(os.environ, GIT_CEILING_DIRECTORIES=str(source.parent))


def version(source):
    """Return MicroPython's version from its tree, as in (1, 29, 0); raises ProjectError if it is none."""
    try:
        text = (source / "py" / "mpconfig.h").read_text(encoding="utf-8")
        return tuple(
            int(re.search(rf"^#define MICROPY_VERSION_{part}\s+\(?(\d+)\)?\s*$", text, flags=re.M)[1])
            for part in ("MAJOR", "MINOR", "MICRO")
        )
    except (OSError, TypeError):
        raise ProjectError(f"{source} is no tree of MicroPython (a clone of its repository)") from None


def prepare(out, manifest, settings=""):
    """Make the folder of a build ready for make, and return a folder for MPY_LIB_DIR.

    manifest: the text of manifest.py. settings: what all objects depend on; they are removed where it has changed.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / "state").unlink(missing_ok=True)
    library = out / "no-micropython-lib"  # MicroPython's Makefiles ask for it, though nothing of it is needed
    library.mkdir(exist_ok=True)
    (library / "README.md").touch()
    (out / "manifest.py").write_text(manifest)
    # make does not see that a manifest has less in it than before
    (out / "frozen_content.c").unlink(missing_ok=True)
    shutil.rmtree(out / "frozen_mpy", ignore_errors=True)
    last = out / "settings"
    if last.exists() and last.read_text() != settings:
        shutil.rmtree(out / "genhdr", ignore_errors=True)
        for path in out.rglob("*.o"):
            path.unlink()
    last.write_text(settings)
    return library


def mirror():
    """Return the address of the Debian mirror in this machine's apt sources."""
    for address in run(["apt-get", "indextargets", "--format", "$(REPO_URI)"]).split():
        if address.rstrip("/").endswith("/debian"):
            return address
    raise ProjectError("apt knows no Debian mirror here: name a clone of MicroPython in MICROPYTHON_TREE")


def _download(name, cache):
    lists = cache / "apt" / SUITE
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    (cache / "apt" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    sources = cache / "apt" / f"{SUITE}.list"
    options = {"Dir::Etc::SourceList": sources, "Dir::Etc::SourceParts": "/dev/null", "Dir::State::Lists": lists}
    options["Dir::Cache"] = cache / "apt"
    if os.geteuid() == 0:
        options["APT::Sandbox::User"] = "root"
    apt = ["apt-get", "-q"]
    for option, value in options.items():
        apt += ["-o", f"{option}={value}"]
    if not sources.exists():
        # "trusted": the tarball is held against its sum, which says more than a signature
        sources.write_text(f"deb-src [trusted=yes] {mirror()} {SUITE} main\n")
        try:
            run([*apt, "update"])
        except ProjectError:
            sources.unlink()
            raise
    run([*apt, "source", "--download-only", "--tar-only", name], cwd=cache)


@contextlib.contextmanager
def alone(folder):
    """Let one process at a time work in a folder; raises ProjectError where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = open(folder / "lock", "w")
    except OSError as error:
        raise ProjectError(f"{folder} cannot be written: {error.strerror}") from error
    import fcntl  # Windows has none, and builds nothing

    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def source(name, cache=CACHE):
    """Return the folder of a source package, downloaded and unpacked where it is not there yet."""
    named = os.environ.get("MICROPYTHON_TREE")
    if name == "micropython" and named:
        if not (pathlib.Path(named) / "py" / "mkrules.mk").is_file():
            raise ProjectError(f"MICROPYTHON_TREE names {named}, which is no MicroPython tree")
        return pathlib.Path(named).resolve()
    tarball = TARBALLS[name][0]
    cache = pathlib.Path(cache)
    folder = cache / tarball.partition("+")[0]
    if not folder.is_dir():
        with alone(cache):
            if not folder.is_dir():
                _fetch(name, cache, folder)
    return next(folder.iterdir())


def _fetch(name, cache, folder):
    tarball, sum256 = TARBALLS[name]
    try:
        if not (cache / tarball).exists():
            print(f"downloading {tarball}", file=sys.stderr, flush=True)
            _download(name, cache)
    except OSError as error:
        raise ProjectError(f"{cache} cannot be written: {error.strerror}") from error
    if not (cache / tarball).exists():
        raise ProjectError(f"Debian's {SUITE} no longer has {tarball}: name a clone of MicroPython in MICROPYTHON_TREE")
    if hashlib.sha256((cache / tarball).read_bytes()).hexdigest() != sum256:
        raise ProjectError(f"{cache / tarball} is not the file it should be: remove it")
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    with tarfile.open(cache / tarball) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(part)
    part.rename(folder)
