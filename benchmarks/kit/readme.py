"""What docs/figures.md says of them: a table between two marks, and a chart."""

from . import chart
from .report import PEER, US, markdown_table, number, share

BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
CHART = "docs/images/instructions.svg"
_BESIDE = ("microdot", "uhttp", "chumicro", "bare_readline")
_ROWS = {
    "hello": "hello, kept connection",
    "close": "hello, `Connection: close`",
    "browser": "a browser's head of 581 bytes",
    "four": "hello to 4 clients at once",
    "route": "one parameter in 20 routes, JSON out",
    "form": "form of five fields",
    "json": "JSON in, 200 bytes",
    "stream": "stream of 20 pieces",
    "file1": "file of 1 KB",
    "file20": "file of 20 KB",
    "file200": "file of 200 KB",
    "304": "304 for a known file",
    "404": "404 for a browser's /favicon.ico",
    "rest-route": "resource with a parameter, one of 20",
    "rest-stream": "resource: generator of 20 pieces",
}
_DRAWN = ("hello", "browser", "route", "form", "json", "file20", "stream")


def _who(figures):
    """The servers in the order of the columns, with their versions."""
    servers = {server.name: server for server in figures.servers}
    chosen = [servers[name] for name in (US, *_BESIDE) if name in servers]
    return chosen, [" ".join(filter(None, (s.title, s.version() if s.distribution else ""))) for s in chosen]


def table(figures):
    servers, titles = _who(figures)
    rows = []
    for workload, title in _ROWS.items():
        each = {s.name: figures.instructions(s.name, workload) for s in servers}
        if each[US]:
            ratio = share(each[US], each.get(PEER)) + (" of %s" % PEER if not rows else "")
            rows.append([title, *map(number, each.values()), ratio])
    return markdown_table(["request", *titles, "%s is" % US], rows)


def drawing(figures):
    servers, _ = _who(figures)
    groups = []
    for workload in _DRAWN:
        values = [figures.instructions(s.name, workload) for s in servers]
        if any(values):
            groups.append((_ROWS[workload].replace("`", ""), values))
    title = "Instructions for each request, in thousands (less is better)"
    return chart.bars(title, [s.title for s in servers], groups)


def rewrite(text, figures):
    """The page's text with the table between its marks; ValueError where they are not there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError("docs/figures.md has no place for the figures: %s ... %s" % (BEGIN, END))
    image = "![Instructions for each request, as bars](%s)" % CHART.removeprefix("docs/")
    return "%s%s\n%s\n%s\n%s%s" % (before, begin, table(figures), image, end, after)
