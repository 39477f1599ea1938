"""A chart of bars as SVG: groups of a few bars each, with their numbers. It brings its own background, so that it can
be read on a light page and on a dark one."""

from xml.sax.saxutils import escape

_WIDTH, _LEFT, _RIGHT = 800, 250, 70
_BAR, _GAP, _TOP = 13, 14, 66
_COLOURS = ("#0a7d5a", "#8a93a0", "#b5906a", "#7f9bc4", "#a68bb8", "#9aa66b")  # the first one stands out
_STYLE = """\
text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.panel { fill: #ffffff; stroke: #d0d7de }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .panel { fill: #161b22; stroke: #30363d }
}
"""


def _text(x, y, words, anchor="start", kind=""):
    return '<text x="%d" y="%d" text-anchor="%s"%s>%s</text>' % (
        x, y, anchor, ' class="%s"' % kind if kind else "", escape(words))  # fmt: skip


def bars(title, names, groups):
    """The SVG text. names: of the bars of each group. groups: [(label, [value or None for each name])]; a value is
    labelled with its thousands."""
    longest = max(value for _, values in groups for value in values if value)
    parts = [_text(16, 26, title, kind="title")]
    x = 16
    for name, colour in zip(names, _COLOURS, strict=False):
        parts.append('<rect x="%d" y="38" width="12" height="12" rx="2" fill="%s"/>' % (x, colour))
        parts.append(_text(x + 17, 48, name))
        x += 40 + int(6.7 * len(name))
    y = _TOP
    for label, values in groups:
        drawn = [(value, colour) for value, colour in zip(values, _COLOURS, strict=False) if value]
        parts.append(_text(_LEFT - 10, y + len(drawn) * _BAR // 2 + 4, label, "end"))
        for value, colour in drawn:
            width = max(1, value * (_WIDTH - _LEFT - _RIGHT) / longest)
            shape = '<rect x="%d" y="%d" width="%.1f" height="%d" rx="1" fill="%s"/>'
            parts.append(shape % (_LEFT, y, width, _BAR - 2, colour))
            parts.append(_text(_LEFT + int(width) + 5, y + _BAR - 3, "%.0f k" % (value / 1000)))
            y += _BAR
        y += _GAP
    size = _WIDTH, y
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">' % (size * 2)
    panel = '<rect class="panel" x="0.5" y="0.5" width="%d" height="%d" rx="6"/>' % (_WIDTH - 1, y - 1)
    label = "<title>%s</title>" % escape(title)
    return "\n".join((head, label, "<style>\n%s</style>" % _STYLE, panel, *parts, "</svg>")) + "\n"
