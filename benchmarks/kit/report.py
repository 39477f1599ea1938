"""The figures as Markdown: tables side by side, and the project's targets with what came of them."""

import datetime
from fractions import Fraction

from . import latency
from .callgrind import ALLOCATIONS, COLLECTIONS, RECEIVE, SEND, WAIT
from .figures import CROWDS

US, PEER = "tinyweb", "microdot"  # whom the targets are about, and whom they are measured against
_CORE_ALL, _CORE_HELLO = 12 * 1024, 9 * 1024
_THREE = ("file20", 48), ("file200", 76)  # KiB of heap in which three clients get such a file
_EXTENSIONS = ("tinyweb_rest", 3), ("tinyweb_static", 4)  # KiB of .mpy, with the modules named after it


def number(value, digits=0):
    return "-" if value is None else format(value, ",.%df" % digits)


def share(mine, theirs):
    """How many times less than the other: '1/12.3'."""
    return "-" if not mine or not theirs else "1/%.1f" % (theirs / mine)


def markdown_table(head, rows):
    left = [":--"] + ["--:"] * (len(head) - 1)
    return "\n".join("| %s |" % " | ".join(str(cell) for cell in row) for row in (head, left, *rows)) + "\n"


def _marks(servers):
    """{server name: its mark in the tables} of those about whom there is something to know."""
    return {server.name: "<sup>%d</sup>" % number for number, server in enumerate((s for s in servers if s.notes), 1)}


def _head(figures, first="workload"):
    marks = _marks(figures.servers)
    return [first, *(server.title + marks.get(server.name, "") for server in figures.servers)]


def targets(figures):
    """[(what, wanted, got, met)]; a target whose figure was not taken in this run stays out."""
    rows = []

    def row(what, wanted, got, met):
        rows.append((what, wanted, got, "yes" if met else "**no**"))

    for workload in figures.workloads:
        mine, theirs = (figures.instructions(who, workload.name) for who in (US, PEER))
        if mine and theirs and workload.target:
            limit = 1 / Fraction(workload.target.split("/")[1])
            got = "%s (%s / %s)" % (share(mine, theirs), number(mine), number(theirs))
            row("%s: instructions, of %s's" % (workload.title, PEER), "at most " + workload.target, got,
                mine <= theirs * limit)  # fmt: skip
    mine, bare = (figures.instructions(who, "hello") for who in (US, "bare_readline"))
    if mine and bare:
        row("hello, keep-alive: instructions", "fewer than a bare stream loop with readline",
            "%s / %s" % (number(mine), number(bare)), mine < bare)  # fmt: skip
    hello, known = (figures.instructions(US, name) for name in ("hello", "304"))
    if hello and known:
        got = "%s / %s" % (number(known), number(hello))
        row("304 for a file that is known: instructions", "fewer than hello with its body", got, known < hello)
    for workload in figures.workloads:
        each = figures.rate_of(workload.name)
        if workload.rate_target and US in each and PEER in each:
            times = each[US] / each[PEER]
            row("%s: requests/s, 4 clients" % workload.title, "at least %g times %s's" % (workload.rate_target, PEER),
                "%.1f times" % times, times >= workload.rate_target)  # fmt: skip
    if (US, "hello") in figures.heap_bytes:
        got = figures.heap_bytes[US, "hello"]
        row("hello, keep-alive: heap allocated by a request", "at most 256 bytes", "%.0f" % got, got <= 256)
    if (US, "hello") in figures.profiles:
        got = figures.profiles[US, "hello"].called(ALLOCATIONS)
        row("hello, keep-alive: allocations by a request", "at most 14", "%.1f" % got, got <= 14)
    if US in figures.kept:
        short, long, idle = figures.kept[US]
        if long is not None:
            count = 2000 if figures.quick else 10000
            row("heap after %s requests, after a collection" % number(count), "as after 1,000, to 128 bytes",
                "%s / %s" % (number(long), number(short)), long - short <= 128)  # fmt: skip
        row("heap kept by a hello program", "at most 26 KB", "%.1f KB" % (short / 1024), short <= 26 * 1024)
        if idle is not None:
            row("heap of an idle kept connection", "at most 1,536 bytes", number(idle), idle <= 1536)
    if US in figures.sizes:
        sizes, loaded = figures.sizes[US]
        core = {name: size for name, size in sizes.items() if name.split(".")[0] == US and name != US + ".cpython"}
        got, hello = sum(core.values()), sum(core.get(name, 0) for name in loaded)
        row("the core as .mpy, without what only CPython loads", "at most 12 KB", number(got), got <= _CORE_ALL)
        row("... of it loaded by a hello program", "at most 9 KB", number(hello), hello <= _CORE_HELLO)
        for name, limit in _EXTENSIONS:
            got = sum(size for module, size in sizes.items() if module.startswith(name))
            row(name.replace("_", "-") + " as .mpy", "at most %d KB" % limit, number(got), got <= limit * 1024)
    if US in figures.import_small:
        got = figures.import_small[US]
        row("import from .py with a heap of 64 KB", "works", "works" if got else "MemoryError", got)
    smallest = ("hello", "hello, 50 requests", 44), *(("3 x " + name, _three(name), limit) for name, limit in _THREE)
    for key, what, limit in smallest:
        if (US, key) in figures.smallest:
            got = figures.smallest[US, key]
            row("smallest heap: " + what, "at most %d KB" % limit, "%d KB" % got, got <= limit)
    return rows


def _instructions(figures):
    head = [*_head(figures), "%s / %s" % (US, PEER)]
    rows = []
    for workload in figures.workloads:
        each = [figures.instructions(s.name, workload.name) for s in figures.servers]
        mine, theirs = (figures.instructions(who, workload.name) for who in (US, PEER))
        rows.append([workload.title, *map(number, each), share(mine, theirs)])
    return head, rows


def _heap(figures):
    rows = []
    for workload in figures.workloads:
        cells = []
        for server in figures.servers:
            key = (server.name, workload.name)
            size, profile = figures.heap_bytes.get(key), figures.profiles.get(key)
            count = "" if profile is None else " / %.0f" % profile.called(ALLOCATIONS)
            cells.append("-" if size is None else number(size) + count)
        rows.append([workload.title, *cells])
    return _head(figures), rows


def _calls(figures):
    rows = []
    for workload in figures.workloads:
        cells = []
        for server in figures.servers:
            profile = figures.profiles.get((server.name, workload.name))
            cells.append("-" if profile is None else "%.0f / %.0f / %.0f / %.2f" % tuple(
                profile.called(names) for names in (RECEIVE, SEND, WAIT, COLLECTIONS)))  # fmt: skip
        rows.append([workload.title, *cells])
    return _head(figures), rows


def _rates(figures):
    rows = []
    for workload in figures.workloads:
        each = figures.rate_of(workload.name)
        if each:
            cells = [number(each.get(s.name)) for s in figures.servers]
            ratio = "%.1f" % (each[US] / each[PEER]) if US in each and PEER in each else "-"
            rows.append([workload.title, *cells, ratio])
    return [*_head(figures), "%s : %s" % (US, PEER)], rows


def _three(workload):
    return "three clients, a %s KB file each" % workload.removeprefix("file")


def _latency(figures):
    rows = []
    for kind, title in zip(
        latency.KINDS,
        ("nothing else", "three slow downloads of 200 KB", "three downloads of 200 KB, again and again"),
        strict=True,
    ):
        each = [figures.latency.get(s.name) for s in figures.servers]
        rows.append([title, *("%.2f / %.1f" % found[kind] if found else "-" for found in each)])
    return _head(figures, "beside"), rows


def _memory(figures):
    names = [s.name for s in figures.servers]
    rows = []

    def row(what, values):
        if any(value not in (None, "-") for value in values):
            rows.append([what, *(value if isinstance(value, str) else number(value) for value in values)])

    def of(table, index):
        return [table[name][index] if name in table else None for name in names]

    def code(name):
        if name not in figures.sizes:
            return None, None
        sizes, loaded = figures.sizes[name]
        return sum(sizes.values()), sum(sizes[module] for module in loaded)

    row("bytes of .mpy, everything", [code(name)[0] for name in names])
    row("bytes of .mpy that hello loads", [code(name)[1] for name in names])
    row("heap kept by the import, from .mpy", of(figures.imports, 0))
    row("heap kept by the import, from .py", of(figures.imports, 1))
    row("heap kept by a hello program after 1,000 requests", of(figures.kept, 0))
    row("... after %s" % ("2,000" if figures.quick else "10,000"), of(figures.kept, 1))
    row("heap of an idle kept connection", of(figures.kept, 2))
    titles = [(w.name, w.title) for w in figures.workloads]
    titles += [("3 x " + name, _three(name)) for name in CROWDS]
    for key, title in titles:
        sizes = [figures.smallest.get((name, key)) for name in names]
        row("smallest heap, %s" % title, ["%d KB" % size if size else "-" for size in sizes])
    return _head(figures, ""), rows


def markdown(figures, command, versions, seconds):
    """The whole report."""
    parts = [
        "# This server beside its peers\n",
        "`%s`, %s, %d minutes %02d seconds, MicroPython with a heap of %s where nothing else is said.\n"
        % (command, datetime.date.today().isoformat(), *divmod(int(seconds), 60), figures.board_heap),
        "".join("- %s\n" % line for line in versions),
    ]
    wanted = targets(figures)
    if wanted:
        parts += ["## Targets\n", markdown_table(["figure", "wanted", "got", "met"], wanted)]
    for title, text, (head, rows) in (
        ("Machine instructions for each request",
         "Exact to 0.1% or a hundred: callgrind counts the same program with few and with many requests; this is "
         "the difference. Each request is sent when the server waits for it.", _instructions(figures)),
        ("Heap bytes allocated by each request / allocations",
         "gc.mem_alloc() with the collector off, few requests against many. Allocations are calls of the interpreter's "
         "allocator that callgrind saw.", _heap(figures)),
        ("System calls for each request: receive / send / poll, and collections", "", _calls(figures)),
        ("Requests/s, 4 clients by wrk",
         "Median of alternated rounds. They depend on the machine: only the ratios mean something. An answer that "
         "ends with its connection is a read error to wrk, and counts. A server that keeps no connection gets a new "
         "one for each request. About 90 files a second are not computing time: a head that leaves by itself, and what "
         "follows waits 40 ms for the client's delayed acknowledgement.", _rates(figures)),
        ("Hello beside downloads: milliseconds, median / 99th percentile of %d" % latency.ASKED,
         "In a heap of %s. Times depend on the machine." % latency.HEAP, _latency(figures)),
        ("Memory", "64-bit build: a 32-bit board needs about half. `.mpy` by mpy-cross -O3.", _memory(figures)),
    ):  # fmt: skip
        if any(set(row[1:]) - {"-"} for row in rows):
            parts += ["## %s\n" % title, *([text + "\n"] if text else []), markdown_table(head, rows)]
    marks = _marks(figures.servers)
    notes = ["%s %s: %s." % (marks[s.name], s.title, "; ".join(s.notes)) for s in figures.servers if s.notes]
    notes += [
        "%s, %s: %s" % (name, workload, trouble)
        for workload, rates in figures.rates.items()
        for name, (_, trouble) in rates.items()
        if trouble
    ]
    notes += ["%s: %s" % (", ".join(key) if isinstance(key, tuple) else key, text.replace("\n", " | "))
              for key, text in figures.failures.items()]  # fmt: skip
    if notes:
        parts += ["## Notes\n", "".join("- %s\n" % note for note in notes)]
    return "\n".join(parts)
