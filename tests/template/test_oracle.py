# What templates and jinja2 with autoescape have in common reads alike: hypothesis makes up the templates.
import json
import subprocess

import harness
import hypothesis
import jinja2
import tinyweb_template_loader
from hypothesis import strategies as st

SETTINGS = hypothesis.settings(deadline=None, derandomize=True, max_examples=300,
                               suppress_health_check=list(hypothesis.HealthCheck))
ENVIRONMENT = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
VALUES = {"a": "<b title='x'>\"A & B\"</b>", "e": "", "n": 3, "x": -2.5, "yes": True, "none": None,
          "words": ["<i>", "größe", "%s {{ a }}"], "d": {"k": "it's", "m": 7}, "empty": []}
EXPRESSIONS = ("a", "e", "n", "x", "yes", "none", "words[1]", "words", 'd["k"]', "d.get('m')", "a + '<'", "n * 2 + 1",
               "n // 2", "n % 2", "a if n > 2 else x", "not yes", "n == 3", "a.upper()", "'<' in a", "e or a",
               "yes and n", '"<>&%s"', "(n, x)", "-n", "n >= 3 and x < 0", "a.replace('<', '[')", "words[0] + d['k']")
LOOPS = ("words", "empty", "d", "[1, 2]", "a[:3]")
CONDITIONS = ("yes", "not yes", "n > 5", "e", "words", "a == 'x' or n")
# Runs what it reads, one case after the other, on MicroPython.
RUN = """
import json
from binascii import hexlify
import tinyweb_template

values = json.load(open("values.json"))
for i, text in enumerate(json.load(open("cases.json"))):
    with open("case%d.html" % i, "wb") as f:
        f.write(text.encode())
    page = tinyweb_template.load("case%d.html" % i)
    print(hexlify("".join(page(**values).parts).encode()).decode())
"""

FORMS = ("{{ %s }}", "{{%s}}", '<a title="{{ %s }}">', "<b id='x{{ %s }}'>", "{{! %s }}")
TEXTS = ("<p>", "</p>\n", "  <br>", "< 3", "<!-- a > b -->", "\n", "  ", "{# a note #}", "  {# two\nlines #}\n",
         "{##}", "100%", "%s", "\\n", "'\"", "&amp;", "\0", "größe \U0001f4a1", "}", "{ ", "x = {'a': 1};\n",
         "\t\n", "%%", "#}")


@st.composite
def templates(draw, depth=3):
    """Draw a template: texts, values, comments, loops and conditions, one in the other."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.integers(0, 7 if depth else 4))
        if kind < 3:
            parts.append(draw(st.sampled_from(TEXTS)))
        elif kind < 5:
            parts.append(draw(st.sampled_from(FORMS)).replace("%s", draw(st.sampled_from(EXPRESSIONS))))
        elif kind == 5:
            start = "{% for item in " + draw(st.sampled_from(LOOPS)) + " %}{{ item }}"
            parts += [start, draw(templates(depth - 1)), "{% endfor %}"]
        else:
            parts += ["{% if " + draw(st.sampled_from(CONDITIONS)) + " %}", draw(templates(depth - 1))]
            if kind == 7:
                parts += ["{% elif " + draw(st.sampled_from(CONDITIONS)) + " %}", draw(templates(depth - 1))]
            parts += ["{% else %}", draw(templates(depth - 1)), "{% endif %}"]
    return "".join(parts)


def expected(text):
    # "!" is ours; jinja's word for it is a filter.
    first, *rest = text.split("{{! ")
    text = first + "".join("{{ (" + part.replace(" }}", ")|safe }}", 1) for part in rest)
    return ENVIRONMENT.from_string(text).render(VALUES)


def render(text, folder):
    (folder / "page.html").write_bytes(text.encode())
    tinyweb_template_loader.write(str(folder / "page.html"), str(folder / "page.py"))
    names = {}
    exec((folder / "page.py").read_text(encoding="utf-8"), names)
    return "".join(names["page"](**VALUES).parts)


def test_templates_read_as_jinja2_reads_them(tmp_path):
    cases = []
    args = "{% args " + ", ".join(VALUES) + " %}\n"

    @SETTINGS
    @hypothesis.given(templates())
    def each(text):
        want = expected(text)
        got = render(args + text, tmp_path)
        assert got == want, (text, got, want)
        if len(text) > 20:
            cases.append((args + text, want))

    each()
    # The longest of them on MicroPython, in one process.
    cases = sorted(set(cases), key=lambda case: len(case[0]))[-60:]
    (tmp_path / "cases.json").write_text(json.dumps([text for text, _ in cases], ensure_ascii=False))
    (tmp_path / "values.json").write_text(json.dumps(VALUES))
    done = subprocess.run([*harness.micropython(), "-X", "heapsize=8m", "-c", RUN], cwd=tmp_path, capture_output=True,
                          text=True, timeout=120,
                          env={"MICROPYPATH": ":".join([*harness.source_folders(), ".frozen"])})
    got = [bytes.fromhex(line).decode() for line in done.stdout.splitlines()]
    assert len(got) == len(cases), done.stderr + done.stdout
    for (text, want), said in zip(cases, got, strict=True):
        if "words }}" in text or "(n, x)" in text:
            continue  # the two interpreters write a list's strings with other quotes
        assert said == want, (text, said, want)
