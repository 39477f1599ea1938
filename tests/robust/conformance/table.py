# The table in docs/figures.md.
import harness

PAGE = harness.ROOT / "docs" / "figures.md"
BEGIN, END = "<!-- conformance -->\n", "<!-- /conformance -->\n"


def text(results):
    """Give the table of {server: {group: Result}} as Markdown."""
    names = list(results)
    rows = ["| RFC 9110, RFC 9112 | " + " | ".join(names) + " |", "|---|" + "--:|" * len(names)]
    groups = list(results[names[0]])
    for group in groups:
        rows.append(f"| {group} | " + " | ".join(str(results[name][group]) for name in names) + " |")
    sums = []
    for name in names:
        found = results[name].values()
        sums.append(f"{sum(r.passed for r in found)}/{sum(r.total for r in found)}, {sum(len(r.musts) for r in found)}")
    rows.append("| all | " + " | ".join(sums) + " |")
    return "\n".join(rows) + "\n"


def column(text, name):
    """Give {row: cell} of the column of a table that bears this name."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    i = rows[0].index(name) if rows else 0
    return {row[0]: row[i] for row in rows[2:]}


def _split(page):
    head, _, rest = page.partition(BEGIN)
    table, _, tail = rest.partition(END)
    return head, table, tail


def written():
    """Give the table that stands in docs/figures.md."""
    return _split(PAGE.read_text())[1]


def write(results):
    """Put the table into docs/figures.md."""
    head, _, tail = _split(PAGE.read_text())
    PAGE.write_text(head + BEGIN + text(results) + END + tail)
