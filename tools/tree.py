"""Where MicroPython's own source comes from: Debian's source packages, or a clone that the user names.

source("micropython") returns the folder of MicroPython's tree, downloaded once from the Debian mirror that this
machine's apt uses already, and kept in build/cache. apt's own lists are not touched, and nothing is unpacked that does
not have the SHA-256 noted here. Debian's tree is upstream's without the libraries that Debian has itself (lwip,
mbedtls, micropython-lib ...). A clone of MicroPython that $MICROPYTHON_TREE names needs no download.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
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
    """Run a command and return what it printed; raises ProjectError with all of that where it fails."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              **options)
    except FileNotFoundError:
        raise ProjectError(f"{command[0]} is not installed") from None
    if done.returncode:
        raise ProjectError(f"{done.stdout}\n{' '.join(command)}: status {done.returncode}")
    return done.stdout


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


def source(name, cache=CACHE):
    """Return the folder of a source package, downloaded and unpacked where it is not there yet."""
    named = os.environ.get("MICROPYTHON_TREE")
    if name == "micropython" and named:
        if not (pathlib.Path(named) / "py" / "mkrules.mk").is_file():
            raise ProjectError(f"MICROPYTHON_TREE names {named}, which is no MicroPython tree")
        return pathlib.Path(named).resolve()
    tarball, sum256 = TARBALLS[name]
    cache = pathlib.Path(cache)
    folder = cache / tarball.partition("+")[0]
    if folder.is_dir():
        return next(folder.iterdir())
    try:
        cache.mkdir(parents=True, exist_ok=True)
        if not (cache / tarball).exists():
            print(f"downloading {tarball}", flush=True)
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
    return next(folder.iterdir())
