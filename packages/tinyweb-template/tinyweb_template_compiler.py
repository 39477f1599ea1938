# Compiles templates to Python. Loaded where there is something to compile, on a board or by tools/template.py.
#
# CONTRACT. write() writes a module with `page`, a function decorated by tinyweb_template.template() that yields the
# text, at most 512 bytes of the template between two yields, and `sources`, the name, size and time of each file that
# it was made of. It reads line by line. Mistakes raise ValueError with file and line.
#
# The compiler follows the HTML, because a value that is escaped for HTML is safe in the text and in a quoted attribute
# and nowhere else: in a script, in onclick="" or without quotes a client's text could still run.

import os

_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_URLS = ("href", "src", "action", "formaction", "data", "xlink:href", "poster", "cite", "background")
_SCRIPT = 'no value in a script: write data-x="{{ %s }}" into a tag, and read that'
_QUOTES = 'within a tag a value stands in quotes, x="{{ %s }}"; for a word alone write {%% if %%}'


def write(path, target, times=False):
    """Compile a template (path) to a module (target), which appears when all is well.

    times: whether to keep the templates' times: for where the module is made and used. Raises ValueError, OSError.
    """
    part = target + ".part~"
    folder, slash, name = path.rpartition("/")
    _stat(path)
    try:
        with open(part, "wb") as out:
            _Compiler(out, folder + slash, times).module(name)
        getattr(os, "replace", os.rename)(part, target)
        _forget(target)
    finally:
        try:
            os.remove(part)
        except OSError:
            pass  # it has been renamed, or could not be made


def _forget(target):
    # CPython keeps bytecode, which it takes for that of a new file of the same second and size, and lists of folders.
    try:
        from importlib import invalidate_caches, util

        invalidate_caches()
        os.remove(util.cache_from_source(target))
    except (ImportError, OSError):
        pass  # MicroPython, or no bytecode yet


def _stat(path):
    try:
        return os.stat(path)
    except OSError as e:
        raise OSError(e.errno, path)  # MicroPython's has no name


def _quote(text):
    for plain, escaped in ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\0", "\\0"):
        text = text.replace(plain, escaped)
    return '"' + text + '"'


class _Compiler:
    def __init__(self, out, folder, times):
        self.out = out
        self.folder = folder
        self.times = times
        self.sources = []
        self.args = None
        self.place = None  # file, line
        self.blocks = []  # (word, place)
        # What goes into the next yield: a format, how many bytes it has of the template, its values, its first line.
        self.format = ""
        self.size = 0
        self.values = []
        self.first = 0
        # Where in the HTML the text ends: "" text, ">" a tag, a quote an attribute, else what ends a comment or script.
        self.inside = ""
        self.tag = ""
        self.name = ""  # what stands in the tag since the last attribute: the name of the next one
        self.begun = ""  # the attribute's value so far
        self.urls = ""  # a line for the end of the module

    def error(self, why, place=None):
        name, line = place or self.place
        raise ValueError("%s%s:%d: %s" % (self.folder, name, line, why))

    def module(self, name):
        self.put("# Made of %s by tinyweb-template: change that file." % name)
        self.put("from tinyweb_template import escape as _e, template")
        self.file(name, 0)
        self.begin("")
        if not self.format:
            self.put(' yield ""')  # without a yield it would be no generator
        self.flush()
        self.put(self.urls + "\n\nsources = (")
        for source in self.sources:
            self.put(" (%s, %d, %d)," % source)
        self.put(")")

    def put(self, line):
        self.out.write(line.encode() + b"\n")

    def line(self, text, first=0):
        # What can fail tells the line of the template, for people who follow a traceback.
        name, line = self.place
        self.put("%s%s  # %s:%d" % (" " * (len(self.blocks) + 1), text, name, first or line))

    def begin(self, args):
        if self.args is None:
            self.args = args
            self.put("\n\n@template\ndef page(%s):" % args)

    def flush(self):
        if self.format:
            self.begin("")
            text = "yield " + _quote(self.format)
            if self.values:
                self.line(text + " %% (%s,)" % ", ".join(self.values), self.first)
            else:
                self.put(" " * (len(self.blocks) + 1) + text.replace("%%", "%"))
        self.format = ""
        self.size = self.first = 0
        self.values = []

    def literal(self, text):
        self.follow(text.lower())
        while text:
            n = room = 512 - self.size
            while len(text[:n].encode()) > room:
                n -= 1
            if n:
                part = text[:n]
                self.format += part.replace("%", "%%")
                self.size += len(part.encode())
                text = text[n:]
            if text:
                self.flush()

    def follow(self, text):
        # Follow the HTML through a part of it, in lower case.
        i = 0
        while i < len(text):
            inside = self.inside
            if inside == ">":
                c = text[i]
                i += 1
                if c == ">":
                    self.inside = "</" + self.tag if self.tag in ("script", "style") else ""
                elif c in "\"'" and self.name.rstrip()[-1:] == "=":
                    # Behind a second "=" it would be a part of a value without quotes.
                    name = self.name.rstrip()[:-1].split()[-1:]
                    if name and "=" not in name[0]:
                        self.inside = c
                        self.name = name[0].split("/")[-1]
                        self.begun = ""
                else:
                    self.name += c
                continue
            end = text.find(inside or "<", i)
            if len(inside) == 1:
                self.begun += text[i:] if end < 0 else text[i:end]
            if end < 0:
                break
            i = end + (len(inside) or 1)
            self.name = ""
            if inside == "-->":
                self.inside = ""
            elif inside:
                self.inside = ">"
                if len(inside) > 1:
                    self.tag = ""  # </script>
            elif text[i : i + 3] == "!--":
                self.inside = "-->"
            elif text[i : i + 1].isalpha() or text[i : i + 1] in ("", "/", "!", "?"):
                self.inside = ">"
                end = i
                while end < len(text) and text[end] not in " \t\r\n/>":
                    end += 1
                self.tag = text[i:end]
                i = end

    def file(self, name, depth):
        try:
            stat = _stat(self.folder + name)
        except OSError:
            self.error("there is no %s" % name)
        self.sources.append((_quote(name), stat[6], stat[8] if self.times else 0))
        outer = len(self.blocks)
        with open(self.folder + name, "rb") as source:
            text = ""
            starts = True  # whether text begins a line
            line = n = 1  # of the start of text; of what is read
            for data in source:
                self.place = name, n
                try:
                    text += data.decode()
                except UnicodeError:
                    self.error("not UTF-8")
                if n == 1 and text[:1] == "\ufeff":
                    text = text[1:]
                n += 1
                while text:
                    i = text.find("{")
                    while i >= 0 and text[i : i + 2] not in _ENDS:
                        i = text.find("{", i + 1)
                    if i < 0:
                        end = len(text)
                        self.literal(text)
                    else:
                        kind = text[i : i + 2]
                        end = text.find(_ENDS[kind], i + 2)
                        self.place = name, line + text.count("\n", 0, i)
                        if end < 0:
                            break  # it ends on a later line
                        code = text[i + 2 : end].strip().replace("\r", " ").replace("\n", " ")
                        before = text[:i]
                        end += 2
                        if kind != "{{":
                            # A line of blocks and comments alone leaves nothing.
                            i = before.rfind("\n") + 1
                            if (i or starts) and not before[i:].strip(" \t"):
                                before = before[:i]
                            if text[end : end + 2] == "\r\n":
                                end += 1
                            if text[end : end + 1] == "\n":
                                end += 1
                        self.literal(before)
                        if kind == "{{":
                            self.value(code)
                        elif kind == "{%":
                            self.block(code, outer, depth)
                    part = text[:end]
                    text = text[end:]
                    line += part.count("\n")
                    starts = part[-1:] == "\n"
        if text:
            self.error("no " + _ENDS[kind])
        if len(self.blocks) > outer:
            word, place = self.blocks[-1]
            self.error(word + " without end", place)

    def check(self, text, code):
        # Compile it, but do not run it.
        try:
            exec("def f():\n " + text, {})
        except (SyntaxError, ValueError) as e:
            self.error("%s: %s" % (e.args[0], code))

    def value(self, code):
        raw = code[:1] == "!"
        if raw:
            code = code[1:].strip()
        if not code:
            self.error("a value is missing")
        self.check("[%s],(%s)" % (code, code), code)
        call = "(%s)" if raw else self.escape(code)
        self.format += "%s"
        self.values.append(call % code)
        self.first = self.first or self.place[1]

    def escape(self, code):
        # Return the call that makes a value safe where it stands.
        inside = self.inside
        name = self.name
        begun = self.begun.strip()
        if inside == ">":
            self.error(_QUOTES % code)
        if inside in ('"', "'"):
            remote = self.tag == "script" and name == "src" and not begun
            if remote or name[:2] == "on" or name == "srcdoc" or "script:" in begun:
                inside = "</script"
            elif name in _URLS and begun in ("", "{"):
                if begun:
                    self.error("of two values at the start of a URL make one: {{ a + b }}")
                self.begun = "{"
                self.urls = "\nfrom tinyweb_template_urls import url as _u"
                return "_u(%s)"
        if inside == "</script":
            self.error(_SCRIPT % code)
        return "_e((%s))" if "," in code else "_e(%s)"

    def block(self, code, outer, depth):
        word, _, rest = code.partition(" ")
        rest = rest.strip()
        inner = self.blocks[-1][0] if len(self.blocks) > outer else ""
        if word == "args":
            self.check("lambda %s: 0" % rest, code)
            if self.args is not None or self.format.strip():
                self.error("args is to be before everything else, once")
            self.begin(rest)
        elif word == "include":
            if len(rest) < 3 or rest[0] not in "\"'" or rest[-1] != rest[0] or ".." in rest:
                self.error("include takes the name of a file in quotes, in this folder or below")
            if depth > 7:
                self.error("includes are nested more than 8 deep")
            self.file(rest[1:-1], depth + 1)
        elif word in ("for", "if"):
            self.check(code + ":\n  pass", code)
            self.flush()
            self.begin("")
            self.line(code + ":")
            self.blocks.append((word, self.place))
            self.put(" " * (len(self.blocks) + 1) + "pass")
        elif code == "else" or word == "elif":
            if inner != "if":
                self.error(word + " without if")
            if word == "elif":
                self.check(code[2:] + ":\n  pass", code)
            self.flush()
            place = self.blocks.pop()[1]
            self.line(code + ":")
            self.blocks.append(("if" if word == "elif" else word, place))
            self.put(" " * (len(self.blocks) + 1) + "pass")
        elif inner and code in ("end", "endfor" if inner == "for" else "endif"):
            self.flush()
            self.blocks.pop()
        else:
            self.error("unexpected {%% %s %%}" % code)
