"""Who is compared. Each has a folder servers/<name>/ of MicroPython programs, one for each program a workload names
(a missing one means: not offered), and the modules that its programs import."""

import importlib.util
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = ROOT / "benchmarks" / "servers"


@dataclass(frozen=True)
class Server:
    name: str
    title: str
    modules: tuple = ()  # import names of what is compiled and staged beside the programs
    distribution: str = ""  # on PyPI; "" is this repository or nothing at all
    weight: int = 6  # how many times Workload.count: cheap requests need more of them for an exact figure
    one: str = ""  # the one program, by the name of its file, that serves all of `offers`
    offers: tuple = ()  # workloads, or the programs that they name
    start: str = ""  # how a program imports it, where that is not: import modules[0]
    notes: tuple = ()  # what a reader of its figures has to know

    def sources(self):
        """(path of the file, its place on the board) of every module."""
        for name in self.modules:
            try:
                place = self._find(name)
            except FileNotFoundError:
                if name == self.modules[0]:
                    raise
                continue  # an extension: the program that needs it says so
            if place.is_dir():
                for path in sorted(place.rglob("*.py")):
                    yield path, Path(name) / path.relative_to(place)
            else:
                yield place, Path(place.name)

    def _find(self, name):
        if not self.distribution:
            for place in (*ROOT.glob("packages/*/%s" % name), *ROOT.glob("packages/*/%s.py" % name)):
                return place
            raise FileNotFoundError("packages/ has no module %s" % name)
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise FileNotFoundError("%s is not installed: pip install %s" % (name, self.distribution))
        if spec.submodule_search_locations:
            return Path(next(iter(spec.submodule_search_locations)))
        return Path(spec.origin)

    def installed(self):
        """Whether its modules are here: not every peer can be installed on every Python."""
        return all(not self.distribution or importlib.util.find_spec(name) for name in self.modules)

    def version(self):
        if self.distribution:
            return metadata.version(self.distribution)
        if self.modules:
            text = (ROOT / "pyproject.toml").read_text() if (ROOT / "pyproject.toml").exists() else ""
            return next((line.split('"')[1] for line in text.splitlines() if line.startswith("version")), "unknown")
        return ""

    def program(self, workload):
        """The file of the program that serves this workload, None where the server does not offer it."""
        names = workload.name, workload.program
        if self.one:
            return PROGRAMS / (self.one + ".py") if set(names) & set(self.offers) else None
        for name in names:
            path = PROGRAMS / self.name / (name + ".py")
            if path.exists():
                return path
        return None


_LAZY = "answers", "coding", "conditions", "dates", "fat", "links", "packed", "sending", "types"
_STATIC = ("tinyweb_static", *("tinyweb_static_" + name for name in _LAZY))
_KINDS = "basic", "bearer", "csrf", "digest", "hash", "login", "session", "start"
_AUTH = ("tinyweb_auth", *("tinyweb_auth_" + name for name in _KINDS))
_TEMPLATE = ("tinyweb_template", *("tinyweb_template_" + name for name in ("loader", "compiler", "output", "urls")))
_CHUMICRO = ("chumicro_http_server", "chumicro_sockets", "chumicro_timing", "chumicro_runner")
_FIXED = ("hello", "close", "memory")  # what a loop that parses nothing can answer

SERVERS = {
    s.name: s
    for s in (
        Server(
            "tinyweb",
            "tinyweb",
            ("tinyweb", "tinyweb_rest", "tinyweb_multipart", *_TEMPLATE, *_STATIC, *_AUTH),
            notes=("answers the very text of the last time as it did then: with another one hello costs a fifth more",),
        ),
        Server("microdot", "microdot", ("microdot",), "microdot", weight=1, notes=("sends no 304",)),
        Server(
            "uhttp",
            "uhttp-server",
            ("uhttp",),
            "uhttp-server",
            weight=1,
            one="uhttp",
            offers=("hello", "memory", "route", "form", "json", "file", "stream"),
            start="import boardlike; from uhttp.server import HttpServer",
            notes=(
                "version 2.6: from 3.0 on it runs on CPython alone, as its documentation says",
                "select.select(), which this MicroPython lacks, is a stand-in of ours for it; its cost counts",
                "has no routes: the program compares 20 paths by itself",
                "answers a stream without chunks and ends the connection",
            ),
        ),
        Server(
            "chumicro",
            "chumicro-http-server",
            _CHUMICRO,
            "chumicro-http-server",
            weight=1,
            one="chumicro",
            offers=("hello", "memory", "route", "json", "file", "stream"),
            start="from chumicro_http_server import HttpServer; import chumicro_runner, chumicro_sockets",
            notes=("keeps no connection: every figure is of a new one", "decodes no forms, sends no 304"),
        ),
        Server("bare_readline", "bare stream loop, readline", one="bare_streams", offers=_FIXED),
        Server("bare_readinto", "bare stream loop, readinto", one="bare_streams", offers=(*_FIXED, "file")),
        Server("bare_poll", "bare select.poll loop", one="bare_poll", offers=_FIXED[:2]),
    )
}
