# What a template may say, what is a mistake in one, and when it is compiled anew.
import os
import shutil
import subprocess
import sys

import harness
import template

# (template, its mistake as ValueError tells it behind the file's name)
SCRIPT = 'no value in a script: write data-x="{{ x }}" into a tag, and read that'
QUOTES = 'within a tag a value stands in quotes, x="{{ x }}"; for a word alone write {% if %}'
BRANCH = "a tag, quote or comment is open in one branch alone"
MISTAKES = (
    ("a\n{{ x", "2: no }}"),
    ("a\n\n{% if x", "3: no %}"),
    ("{# a\nb", "1: no #}"),
    ("a\n{{ }}", "2: a value is missing"),
    ("{{ ! }}", "1: "),
    ("a\nb {{ x +\n y - }}\n", "2: "),
    ("\n{{ a b }}", "2: "),
    ("{{ a) + (b }}", "1: "),
    ("{{ *a }}", "1: "),
    ("{{ a=1 }}", "1: "),
    ("{% for x of y %}{% end %}", "1: "),
    ("a\n{% if x y %}{% end %}", "2: "),
    ("{% if x %}a{% elif %}b{% end %}", "1: "),
    ("a\n{% if x %}\n{% for y in x %}\n{% end %}", "2: if without end"),
    ("a{% end %}", "1: unexpected {% end %}"),
    ("{% for x in y %}{% endif %}", "1: unexpected {% endif %}"),
    ("{% for x in y %}{% else %}{% end %}", "1: else without if"),
    ("{% if x %}{% else %}{% elif y %}{% end %}", "1: elif without if"),
    ("\n\n{% while x %}", "3: unexpected {% while x %}"),
    ("{% %}", "1: unexpected {%  %}"),
    ("a{% args x %}", "1: args is to be before everything else, once"),
    ("{% args x %}\n{% args y %}", "2: args is to be before everything else, once"),
    ("{% args x y %}", "1: "),
    ("a\n{% include 'none.html' %}", "2: there is no none.html"),
    ("{% include none.html %}", "1: include takes the name of a file in quotes, in this folder or below"),
    ("{% include '../page.html' %}", "1: include takes the name of a file in quotes, in this folder or below"),
    ("{% include 'page.html' %}", "1: includes are nested more than 8 deep"),
    # where text that is escaped for HTML could still run
    ("<script>\nx = '{{ x }}'</script>", "2: " + SCRIPT),
    ("<SCRIPT src=a.js></SCRIPT ><script type='module' >{{ x }}", "1: " + SCRIPT),
    ("<script></scripts>{{ x }}", "1: " + SCRIPT),
    ("<script\f>{{ x }}", "1: " + SCRIPT),
    ("<!-- --!><script>{{ x }}", "1: " + SCRIPT),
    ('<p onclick="f(\'{{ x }}\')">', "1: " + SCRIPT),
    ("<p\n ONLOAD = 'a {{ x }}'>", "2: " + SCRIPT),
    ('<iframe srcdoc="{{ x }}">', "1: " + SCRIPT),
    ('<script src="{{ x }}">', "1: " + SCRIPT),
    ('<a href="javascript:{{ x }}">', "1: " + SCRIPT),
    ("<p class={{ x }}>", "1: " + QUOTES),
    ("<p {{ x }}>", "1: " + QUOTES),
    ("<{{ x }}>", "1: " + QUOTES),
    ("</{{ x }}>", "1: " + QUOTES),
    ('<p a=b/c="{{ x }}">', "1: " + QUOTES),
    ('<p ="{{ x }}">', "1: " + QUOTES),
    ('<a href="{{ y }}{{ x }}">', "1: of two values at the start of a URL make one: {{ a + b }}"),
    # the scheme would be made of values
    ('<a href="{{ y }}:{{ x }}">', "1: of two values at the start of a URL make one: {{ a + b }}"),
    ('<a href="{{ y }}{% if y %}://{% end %}{{ x }}">', "1: of two values at the start of a URL make one: {{ a + b }}"),
    # a script of another host
    ('<script src="/{{ x }}">', "1: " + SCRIPT),
    ('<script src="{% if y %}/static/{% end %}{{ x }}">', "1: " + SCRIPT),
    ('<svg><script xlink:href="{{ x }}">', "1: " + SCRIPT),
    # an attribute whose name nobody knows
    ('<a {% if y %}href{% else %}title{% end %}="{{ x }}">', "1: " + QUOTES),
    ('<a {% if y %}href={% else %} title={% end %}"{{ x }}">', "1: " + QUOTES),
    ('<script src="https://{{ x }}/a.js">', "1: " + SCRIPT),
    ('<script src="https://cdn.{{ x }}/a.js">', "1: " + SCRIPT),
    ('<a href= title="{{ x }}">', "1: " + SCRIPT),
    # what follows would stand in one place or in another
    ("{% for r in y %}{{ x }}<script>{% end %}", "1: " + BRANCH),
    ("{% if y %}<script>{% end %}{{ x }}", "1: " + BRANCH),
    ('<a href="{% if y %}{% else %}">{% end %}{{ x }}">', "1: " + BRANCH),
    ('<a {% if y %}href="{% else %}title="{% end %}{{ x }}">', "1: " + BRANCH),
    ("{% if y %}<!--{% elif x %}<!--{% end %}{{ x }}", "1: " + BRANCH),
    ("{% if y %}<p title='{% else %}<p title=\"{% end %}", "1: " + BRANCH),
    ("{% include '/page.html' %}", "1: include takes the name of a file in quotes, in this folder or below"),
)
# Templates without a mistake, what they read with x="<x>" and rows=[1, 2].
GOOD = (
    ("", ""),
    ("{# nothing #}\n", ""),
    ("{% if 0 %}a{% end %}", ""),
    ("a\r\n{% if x %}\r\nb\r\n{% end %}\r\nc", "a\r\nb\r\nc"),
    ("{{\n x\n}}", "&lt;x&gt;"),
    ("{{ '#' }}{{ x, 1 }}{{! x }}", "#(&#39;&lt;x&gt;&#39;, 1)<x>"),
    ("{{ {'a': 1}['a'] }}{{ [r for r in rows] }}", "1[1, 2]"),
    ("{% for a, b in ((1, 2), (3, 4)) %}{{ a }}-{{ b }} {% endfor %}", "1-2 3-4 "),
    ("<script>let a = {};\n</script>{{ x }}<style>a > b {}</style>{{ x }}",
     "<script>let a = {};\n</script>&lt;x&gt;<style>a > b {}</style>&lt;x&gt;"),
    ("<!-- <p {{ x }} -->{{ x }}", "<!-- <p &lt;x&gt; -->&lt;x&gt;"),
    ("a < b {{ x }} <p title = \"{{ x }}\" lang=en id='{{ x }}'/>", None),
    ("<input {% if x %}checked{% end %} value=\"{{ x }}\">", '<input checked value="&lt;x&gt;">'),
    ("<a href=\"{{ x }}\">{{ x }}</a><a href='/a?b={{ x }}'>",
     "<a href=\"&lt;x&gt;\">&lt;x&gt;</a><a href='/a?b=&lt;x&gt;'>"),
    ("<a href=\"{{ 'javascript:alert(1)' }}\" title=\"{{ 'javascript:' }}\">",
     '<a href="about:invalid" title="javascript:">'),
    ("<a href=' {{ 'java\\nscript:alert(1)' }}'><a href='{{ 'HTTP://a/' }}'>", "<a href=' about:invalid'><a href='HTTP://a/'>"),
    ("<a href=\"{{ '/a:b' }}\"><form action=\"{{ 'data:x' }}\">", '<a href="/a:b"><form action="about:invalid">'),
    # what a block writes may be absent: then the value stands at the start
    ("<a href=\"{% if x != '<x>' %}/{% end %}{{ 'javascript:alert(1)' }}\">", '<a href="about:invalid">'),
    ("<a href=\"{% if x %}/a{% else %}{% end %}{{ 'javascript:alert(1)' }}\">", '<a href="/aabout:invalid">'),
    ("<a href=\"{% for r in () %}{{ r }}/{% end %}{{ 'javascript:alert(1)' }}\">", '<a href="about:invalid">'),
    ("<a href=\"{% if 0 %}a{% else %}{{ 'javascript:alert(1)' }}{% end %}\">", '<a href="about:invalid">'),
    ("<a href=\"/{% if x %}a{% end %}/{{ x }}\" title={% if x %}'{{ x }}'{% end %}>",
     "<a href=\"/a/&lt;x&gt;\" title='&lt;x&gt;'>"),
    ("{% if x %}<script>1{% else %}<script>2{% end %}</script>{{ x }}", "<script>1</script>&lt;x&gt;"),
    ("{% if x %}<a href='{% else %}<a href='/{% end %}{{ 'javascript:alert(1)' }}'>", "<a href='about:invalid'>"),
    ("<option {% if x %}selected>{% else %}>{% end %}{{ x }}", "<option selected>&lt;x&gt;"),
    ("<p title=\"a{% if x %} b\"{% else %}\"{% end %}>{{ x }}", '<p title="a b">&lt;x&gt;'),
    ("<script src=\"//a.example/{{ x }}.js\"></script>", "<script src=\"//a.example/&lt;x&gt;.js\"></script>"),
    ("<script src=\"/a{{ x }}.js\"></script>", "<script src=\"/a&lt;x&gt;.js\"></script>"),
    ("\0" + "1\x7f\x0c\0", "\0" + "1\x7f\x0c\0"),
    ("größe%s\\n\"" * 200, "größe%s\\n\"" * 200),
    ("\U0001f4a1" * 300 + "{{ x }}%", "\U0001f4a1" * 300 + "&lt;x&gt;%"),
)
# Tells of each file of a folder what load() makes of it, in hexadecimal.
RUN = """
from binascii import hexlify
import tinyweb_template

for i in range(%d):
    try:
        page = tinyweb_template.load("www/t%%d.html" %% i)
        said = "".join(page(x="<x>", rows=[1, 2]).parts)
    except ValueError as e:
        said = "ValueError " + str(e)
    print(hexlify(said.encode()).decode())
"""


def run(interpreter, source, folder, heap="4m"):
    """Run a program in a folder; return what it printed."""
    with harness.launch(source, interpreter, cwd=folder, heap=heap) as program:
        assert program.wait_end() == 0, program.output()
        return program.output()


def write(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())


def test_a_mistake_is_told_with_file_and_line(interpreter, tmp_path):
    for i, (text, _) in enumerate(MISTAKES):
        write(tmp_path / "www" / f"t{i}.html", text.replace("page.html", f"t{i}.html"))
    said = run(interpreter, RUN % len(MISTAKES), tmp_path).splitlines()
    for i, ((text, want), got) in enumerate(zip(MISTAKES, said, strict=True)):
        got = bytes.fromhex(got).decode()
        want = f"ValueError www/t{i}.html:{want}"
        assert got.startswith(want), (text, got, want)
    left = [path.name for path in (tmp_path / "www").iterdir() if path.suffix != ".html"]
    assert left in ([], ["__pycache__"]), left


def test_what_is_no_mistake_reads_as_told(interpreter, tmp_path):
    for i, (text, _) in enumerate(GOOD):
        write(tmp_path / "www" / f"t{i}.html", "\ufeff{% args x, rows %}" + text)
    said = run(interpreter, RUN % len(GOOD), tmp_path).splitlines()
    for (text, want), got in zip(GOOD, said, strict=True):
        got = bytes.fromhex(got).decode()
        assert want is None or got == want, (text, got, want)


def test_no_text_between_two_yields_is_longer_than_512_bytes(tmp_path):
    text = "{% args x %}\n" + "größe %" * 400 + "{{ x }}" * 5
    write(tmp_path / "a.html", text + "".join("a" * n + "{{ x }}ß" for n in range(600)))
    template.compile_template(tmp_path / "a.html")
    names = {}
    exec((tmp_path / "a_html.py").read_text(encoding="utf-8"), names)
    parts = list(names["page"]("").parts)
    assert len(parts) > 5 and max(len(part.encode()) for part in parts) <= 512, [len(part) for part in parts]


def test_a_template_that_is_not_utf_8_or_not_there_is_told(interpreter, tmp_path):
    write(tmp_path / "a.html", "one\n")
    with open(tmp_path / "a.html", "ab") as file:
        file.write(b"\xff\n")
    source = """
import tinyweb_template
for name in "a.html", "www/none.html":
    try:
        tinyweb_template.load(name)
    except (ValueError, OSError) as e:
        print(e)
"""
    lines = run(interpreter, source, tmp_path).splitlines()
    assert lines[0] == "a.html:2: not UTF-8", lines
    assert "www/none.html" in lines[1] and ("ENOENT" in lines[1] or "[Errno 2]" in lines[1]), lines


LOAD = """
import os, sys
import tinyweb_template
a = tinyweb_template.load("www/page.html")
b = tinyweb_template.load("page.html")
print("".join(a().parts), "".join(b().parts), [m for m in sys.modules if "template_" in m or "_html" in m])
"""


def test_it_is_compiled_anew_where_the_template_or_what_it_includes_has_changed(interpreter, tmp_path):
    write(tmp_path / "page.html", "other")
    write(tmp_path / "www" / "page.html", "{% include 'head.html' %}one")
    write(tmp_path / "www" / "head.html", "head ")
    made = tmp_path / "www" / "page_html.py"
    assert run(interpreter, LOAD, tmp_path) == "head one other []\n"
    before = made.stat().st_mtime_ns
    assert run(interpreter, LOAD, tmp_path) == "head one other []\n"
    assert made.stat().st_mtime_ns == before, "it was compiled again"
    write(tmp_path / "www" / "head.html", "HEAD! ")
    assert run(interpreter, LOAD, tmp_path) == "HEAD! one other []\n"
    # of the same size, and older than what was made of it: a board's clock may have begun anew
    write(tmp_path / "www" / "head.html", "front ")
    os.utime(tmp_path / "www" / "head.html", (1000000000, 1000000000))
    assert run(interpreter, LOAD, tmp_path) == "front one other []\n"
    before = made.stat().st_mtime_ns
    assert run(interpreter, LOAD, tmp_path) == "front one other []\n"
    assert made.stat().st_mtime_ns == before, "it was compiled again"
    # without its template it is what it was
    (tmp_path / "www" / "page.html").unlink()
    assert run(interpreter, LOAD, tmp_path) == "front one other []\n"


def test_a_page_that_needs_what_is_not_there_says_so(interpreter, tmp_path):
    write(tmp_path / "page.html", "one")
    write(tmp_path / "page_html.py", "import nothing_here\n")
    source = """
import tinyweb_template
try:
    tinyweb_template.load("page.html")
except ImportError as e:
    print("nothing_here" in str(e))
"""
    assert run(interpreter, source, tmp_path) == "True\n"
    assert (tmp_path / "page_html.py").read_text() == "import nothing_here\n"


def test_a_module_that_does_not_know_its_file_is_found_beside_its_template(tmp_path):
    """An ESP8266's has no name of its file."""
    write(tmp_path / "page.html", "one")
    assert run("micropython", LOAD.replace("www/page.html", "page.html"), tmp_path) == "one one []\n"
    text = (tmp_path / "page_html.py").read_text()
    assert "sources" in text
    (tmp_path / "page_html.py").unlink()
    # as the tool makes it, on a PC: with no time of the template's
    (tmp_path / "made.py").write_text(text + "\ndel __file__\nsources = (('page.html', 3, 0),)\n")
    harness.compile_mpy(tmp_path / "made.py", tmp_path / "page_html.mpy")
    os.utime(tmp_path / "page_html.mpy", (2000000000, 2000000000))
    assert run("micropython", LOAD.replace("www/page.html", "page.html"), tmp_path) == "one one []\n"
    assert not (tmp_path / "page_html.py").exists(), "it was compiled again"
    os.utime(tmp_path / "page_html.mpy", (1000000000, 1000000000))
    assert run("micropython", LOAD.replace("www/page.html", "page.html"), tmp_path) == "one one []\n"
    assert (tmp_path / "page_html.py").exists(), "it was not compiled again"


def test_two_templates_of_one_name_are_two_pages(interpreter, tmp_path):
    write(tmp_path / "a_b.html", "one")
    write(tmp_path / "a.b.html", "two")
    source = """
import tinyweb_template
a, b, c = [tinyweb_template.load(name) for name in ("a_b.html", "a.b.html", "a_b.html")]
print("".join(a().parts), "".join(b().parts), "".join(c().parts))
"""
    assert run(interpreter, source, tmp_path) == "one two one\n"


def test_a_mistake_leaves_what_was_compiled_before(interpreter, tmp_path):
    write(tmp_path / "page.html", "other")
    write(tmp_path / "www" / "page.html", "one")
    run(interpreter, LOAD, tmp_path)
    before = (tmp_path / "www" / "page_html.py").read_bytes()
    write(tmp_path / "www" / "page.html", "two {{")
    with harness.launch(LOAD, interpreter, cwd=tmp_path, heap="4m") as program:
        program.wait_end()
        assert "www/page.html:1: no }}" in program.output(), program.output()
    assert (tmp_path / "www" / "page_html.py").read_bytes() == before
    assert sorted(path.suffix for path in (tmp_path / "www").iterdir() if path.is_file()) == [".html", ".py"]


def test_the_board_and_the_pc_make_the_same_module(tmp_path):
    text = "{% args x=1 %}\n" + "".join(text for text, want in GOOD if "args" not in text)
    write(tmp_path / "page.html", text)
    run("micropython", 'import tinyweb_template_loader as c\nc.write("page.html", "board.py")', tmp_path)
    made = template.compile_template(tmp_path / "page.html")
    assert made.read_bytes() == (tmp_path / "board.py").read_bytes()


def test_a_board_with_40_kb_compiles_a_page_of_4_kb(narrow, tmp_path):
    row = '<tr class="row"><td>{{ row[0] }}</td><td title="{{ row[1] }}">{{ row[2] }} degrees</td></tr>\n'
    page = "{% args rows %}\n<!doctype html>\n<table>\n{% for row in rows %}\n" + row + "{% end %}\n</table>\n"
    main = """
import tinyweb_template
page = tinyweb_template.load("page.html")
print(sum(len(text) for text in page([(1, 2, 3)] * 9).parts))
"""
    # Where a collection comes is chance: the length of a path moves all of them.
    for n in range(1, 25, 4):
        folder = tmp_path / ("x" * n)
        write(folder / "page.html", page + "<p>A line of text that stands in each page.</p>\n" * 80)
        write(folder / "main.py", main)
        done = subprocess.run([narrow.build(), "-X", "heapsize=40k", "main.py"], cwd=folder, capture_output=True,
                              text=True, timeout=60, env={"MICROPYPATH": f"{harness.merged_folder()}:.frozen"})
        if done.stdout.strip().isdigit():
            break
    assert done.stdout.strip().isdigit() and int(done.stdout) > 4000, done.stdout + done.stderr


def tool(*args, **more):
    return subprocess.run([sys.executable, harness.ROOT / "tools" / "template.py", *map(str, args)],
                          capture_output=True, text=True, timeout=60, **more)


def test_the_tool_compiles_to_py_and_mpy(tmp_path):
    write(tmp_path / "www" / "page.html", "{% args x='<' %}a{{ x }}")
    write(tmp_path / "www" / "two-b.html", "b")
    done = tool(*sorted((tmp_path / "www").glob("*.html")))
    assert done.returncode == 0 and "page_html.py" in done.stdout and "two-b_html.py" in done.stdout, done
    done = tool("--mpy", tmp_path / "www" / "page.html")
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in (tmp_path / "www").iterdir())
    assert names == ["page.html", "page_html.mpy", "two-b.html", "two-b_html.py"], names
    # Without its template, and with it: the .mpy is used, nothing is compiled.
    source = 'import tinyweb_template\nprint("".join(tinyweb_template.load("www/page.html")().parts))'
    assert run("micropython", source, tmp_path) == "a&lt;\n"
    assert not (tmp_path / "www" / "page_html.py").exists()
    shutil.move(tmp_path / "www" / "page.html", tmp_path)
    assert run("micropython", source, tmp_path) == "a&lt;\n"


def test_the_tool_tells_mistakes_and_overwrites_no_program(tmp_path):
    write(tmp_path / "good.html", "a")
    write(tmp_path / "page.html", "a\n{{")
    write(tmp_path / "other.html", "a")
    write(tmp_path / "other_html.py", "print(1)\n")
    for option in (), ("--mpy",), ("--check",):
        done = tool(*option, "good.html", "page.html", "none.html", cwd=tmp_path)
        assert done.returncode == 1 and "page.html:2: no }}" in done.stderr and "none.html" in done.stderr, done
        assert "Traceback" not in done.stderr, done.stderr
        assert not (tmp_path / "page_html.py").exists()
    done = tool("other.html", cwd=tmp_path)
    assert done.returncode == 1 and "was not made of a template" in done.stderr, done
    assert (tmp_path / "other_html.py").read_text() == "print(1)\n"


def test_what_fails_in_a_page_tells_the_line_of_the_template(tmp_path):
    write(tmp_path / "page.html", "{% args x %}\na\n{{ x }}\n{% if x.b %}\n{% end %}")
    template.compile_template(tmp_path / "page.html")
    lines = (tmp_path / "page_html.py").read_text().splitlines()
    assert any("_e(x)" in line and line.endswith("  # page.html:3") for line in lines), lines
    assert any("if x.b:" in line and line.endswith("  # page.html:4") for line in lines), lines
