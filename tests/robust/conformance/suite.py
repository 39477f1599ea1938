# All cases, by group, and what a server makes of them.
import dataclasses

import harness

from . import conditions, connections, framing, methods, ranges, syntax
from .case import MUST, exchange, fault

GROUPS = {
    "message syntax": syntax.CASES,
    "framing and smuggling": framing.CASES,
    "methods and answers": methods.CASES,
    "connections": connections.CASES,
    "conditional requests": conditions.CASES,
    "ranges": ranges.CASES,
}


@dataclasses.dataclass
class Result:
    """How a server did in a group: the faults by case."""

    total: int
    faults: dict

    @property
    def passed(self):
        return self.total - len(self.faults)

    @property
    def musts(self):
        """The MUSTs that it failed."""
        return [case for case in self.faults if case.level == MUST]

    def __str__(self):
        return f"{self.passed}/{self.total}, {len(self.musts)}"


def tag(port):
    """Give the entity tag of the file, as the server writes it."""
    return harness.get(port, "/files/alphabet.txt").headers["etag"].encode()


def run(port, split=False, timeout=2):
    """Put all cases to the server on a port, in one packet or in two; gives {group: Result}.

    timeout: the seconds of silence behind which nothing more is expected.
    """
    etag = tag(port)
    results = {}
    for group, cases in GROUPS.items():
        faults = {case: fault(case, exchange(port, case, etag, timeout=timeout, split=split)) for case in cases}
        results[group] = Result(len(cases), {case: text for case, text in faults.items() if text})
    return results
