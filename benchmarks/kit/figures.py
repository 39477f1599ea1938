"""All figures of one run: what is to be measured, and what came of it."""

from . import callgrind, heap, latency, rates
from .workloads import WORKLOADS

CROWDS = ("file20", "file200")  # files that three clients fetch at once, in the smallest heap that does it


class Figures:
    """Filled by the jobs that exact() and timed() give; a figure that could not be had stays out, its reason in
    .failures {(server, what): text}."""

    KINDS = ("instructions", "heap", "smallest", "memory", "rates", "latency")

    def __init__(self, workloads, servers, board_heap, quick):
        self.workloads, self.servers, self.board_heap, self.quick = workloads, servers, board_heap, quick
        self.profiles = {}  # (server, workload) -> Profile of one request
        self.heap_bytes = {}  # (server, workload) -> bytes allocated by one request
        self.smallest = {}  # (server, workload) -> KiB
        self.latency = {}  # server -> {what others do: (median, longest) of a hello, in milliseconds}
        self.rates = {}  # workload -> {server: (requests/s, trouble)}
        self.kept = {}  # server -> (after 1,000, after many, each idle connection)
        self.imports = {}  # server -> (from .mpy, from .py)
        self.import_small = {}  # server -> whether it imports from .py in 64k
        self.sizes = {}  # server -> ({module: bytes}, [modules of hello])
        self.failures = {}

    def _job(self, into, keys, function, *arguments):
        """A job that gives its value to each of these keys."""

        def run():
            try:
                value = function(*arguments)
            except Exception as error:  # one server that fails must not end the comparison
                self.failures[keys[0]] = "%s: %s" % (type(error).__name__, str(error).strip()[-600:])
                return
            if value is not None:
                into.update(dict.fromkeys(keys, value))

        return run

    def _offered(self):
        """[(server, workload, keys)]: what is asked. A server that has one program for two workloads is asked once."""
        found = {}
        for workload in self.workloads:
            for server in self.servers:
                program = server.program(workload)
                if program:
                    same = program, server.name, workload.program, workload.requests, workload.clients
                    found.setdefault(same, (server, workload, []))[2].append((server.name, workload.name))
        return list(found.values())

    def exact(self, kinds=None):
        """[(title, job)] of what does not depend on time; jobs may run side by side."""
        wanted = kinds or self.KINDS
        scale = 0.3 if self.quick else 1
        jobs = []

        def add(title, into, keys, function, *arguments):
            jobs.append((title, self._job(into, keys, function, *arguments)))

        for server, workload, keys in self._offered():
            what = "%s, %s" % (workload.name, server.name)
            if "instructions" in wanted:
                add("instructions: " + what, self.profiles, keys,
                    callgrind.per_request, server, workload, self.board_heap, scale)  # fmt: skip
            if "heap" in wanted:
                add("heap of a request: " + what, self.heap_bytes, keys, heap.per_request, server, workload, scale)
            if "smallest" in wanted and (workload.heap and not self.quick or workload.name == "hello"):
                add("smallest heap: " + what, self.smallest, keys, heap.smallest, server, workload)
        for server in self.servers:
            for name in () if self.quick or "smallest" not in wanted else CROWDS:
                if server.program(WORKLOADS[name]):
                    add("smallest heap: 3 x %s, %s" % (name, server.name), self.smallest,
                        [(server.name, "3 x " + name)], heap.smallest, server, WORKLOADS[name], 5, 3)  # fmt: skip
            if "memory" not in wanted:
                continue
            mine = [server.name]
            add("heap kept: " + server.name, self.kept, mine, heap.kept, server, 2000 if self.quick else 10000)
            if server.modules:
                add("import: " + server.name, self.imports, mine, heap.imports, server)
                add("import in 64k: " + server.name, self.import_small, mine, heap.imports_in, server, "64k")
                add("code: " + server.name, self.sizes, mine, heap.code_size, server)
        return jobs

    def timed(self, kinds=None):
        """[(title, job)] of what is timed: one after the other, with nothing beside."""
        jobs = []
        rounds, seconds = (3, 1) if self.quick else (5, 1)
        servers = [s for s in self.servers if not self.quick or s.modules]
        for workload in self.workloads:
            if workload.rate and "rates" in (kinds or self.KINDS):
                job = self._job(
                    self.rates, [workload.name], rates.measure, servers, workload, rounds, seconds, self.board_heap
                )
                jobs.append(("requests/s: %s" % workload.name, job))
        if not self.quick and "latency" in (kinds or self.KINDS):
            for server in (s for s in self.servers if s.modules):  # a bare loop has one answer, a hello or a file
                jobs.append(("latency: %s" % server.name,
                             self._job(self.latency, [server.name], latency.measure, server)))  # fmt: skip
        return jobs

    def rate_of(self, workload):
        """{server: requests/s} of those that answered rightly."""
        return {name: rate for name, (rate, _) in self.rates.get(workload, {}).items() if rate}

    def instructions(self, server, workload):
        profile = self.profiles.get((server, workload))
        return profile.total if profile else None
