"""All figures of one run: what is to be measured, and what came of it."""

from . import callgrind, heap, rates
from .workloads import WORKLOADS


class Figures:
    """Filled by the jobs that exact() and timed() give; a figure that could not be had stays out, its reason in
    .failures {(server, what): text}."""

    KINDS = ("instructions", "heap", "smallest", "memory", "rates")

    def __init__(self, workloads, servers, board_heap, quick):
        self.workloads, self.servers, self.board_heap, self.quick = workloads, servers, board_heap, quick
        self.profiles = {}  # (server, workload) -> Profile of one request
        self.heap_bytes = {}  # (server, workload) -> bytes allocated by one request
        self.smallest = {}  # (server, workload) -> KiB
        self.rates = {}  # workload -> {server: (requests/s, trouble)}
        self.kept = {}  # server -> (after 1,000, after many, each idle connection)
        self.imports = {}  # server -> (from .mpy, from .py)
        self.import_small = {}  # server -> whether it imports from .py in 64k
        self.sizes = {}  # server -> ({module: bytes}, [modules of hello])
        self.failures = {}

    def _job(self, into, key, function, *arguments):
        def run():
            try:
                value = function(*arguments)
            except Exception as error:  # one server that fails must not end the comparison
                self.failures[key] = "%s: %s" % (type(error).__name__, str(error).strip()[-600:])
                return
            if value is not None:
                into[key] = value

        return run

    def exact(self, kinds=None):
        """[(title, job)] of what does not depend on time; jobs may run side by side."""
        wanted = kinds or self.KINDS
        scale = 0.3 if self.quick else 1
        jobs = []
        for workload in self.workloads:
            for server in self.servers:
                if server.program(workload) is None:
                    continue
                key = (server.name, workload.name)
                if "instructions" in wanted:
                    job = self._job(self.profiles, key, callgrind.per_request, server, workload, self.board_heap, scale)
                    jobs.append(("instructions: %s, %s" % (workload.name, server.name), job))
                if "heap" in wanted:
                    job = self._job(self.heap_bytes, key, heap.per_request, server, workload, scale)
                    jobs.append(("heap of a request: %s, %s" % (workload.name, server.name), job))
                if "smallest" in wanted and (not self.quick or workload.name == "hello"):
                    count = 50 if workload.count >= 50 else 5
                    job = self._job(self.smallest, key, heap.smallest, server, workload, count)
                    jobs.append(("smallest heap: %s, %s" % (workload.name, server.name), job))
        file20 = WORKLOADS["file20"]
        for server in self.servers:
            if "smallest" in wanted and not self.quick and server.program(file20):
                job = self._job(self.smallest, (server.name, "3 x file20"), heap.smallest, server, file20, 5, 3)
                jobs.append(("smallest heap: three clients with a file of 20 KB, %s" % server.name, job))
            if "memory" not in wanted:
                continue
            long_run = 2000 if self.quick else 10000
            jobs.append(("heap kept: %s" % server.name,
                         self._job(self.kept, server.name, heap.kept, server, long_run)))  # fmt: skip
            if server.modules:
                jobs.append(("import: %s" % server.name,
                             self._job(self.imports, server.name, heap.imports, server)))  # fmt: skip
                jobs.append(("import in 64k: %s" % server.name,
                             self._job(self.import_small, server.name, heap.imports_in, server, "64k")))  # fmt: skip
                jobs.append(("code: %s" % server.name,
                             self._job(self.sizes, server.name, heap.code_size, server)))  # fmt: skip
        return jobs

    def timed(self, kinds=None):
        """[(title, job)] of what is timed: one after the other, with nothing beside."""
        jobs = []
        rounds, seconds = (3, 1) if self.quick else (5, 1)
        servers = [s for s in self.servers if not self.quick or s.modules]
        for workload in self.workloads:
            if workload.rate and "rates" in (kinds or self.KINDS):
                job = self._job(
                    self.rates, workload.name, rates.measure, servers, workload, rounds, seconds, self.board_heap
                )
                jobs.append(("requests/s: %s" % workload.name, job))
        return jobs

    def rate_of(self, workload):
        """{server: requests/s} of those that answered rightly."""
        return {name: rate for name, (rate, _) in self.rates.get(workload, {}).items() if rate}

    def instructions(self, server, workload):
        profile = self.profiles.get((server, workload))
        return profile.total if profile else None
