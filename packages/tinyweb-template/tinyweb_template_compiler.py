# Compiles templates to Python. Loaded where there is something to compile, on a board or by tools/template.py.
#
# CONTRACT. Compiler(out, folder, times).module(name) writes to a file a module with `page`, a function decorated by
# tinyweb_template.template() that yields the text, at most 512 bytes of the template between two yields, and `sources`,
# the name, size and time of each file that it was made of. It reads line by line. Mistakes raise ValueError with file
# and line.

import os
import sys

from tinyweb_template_output import Output, quote

# It is for this module alone: both are dropped together.
sys.modules.pop("tinyweb_template_output")
_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}


class Compiler(Output):
    def __init__(self, out, folder, times):
        super().__init__(out)
        self.folder = folder
        self.times = times
        self.sources = []

    def error(self, why, place=None):
        name, line = place or self.place
        raise ValueError("%s%s:%d: %s" % (self.folder, name, line, why))

    def module(self, name):
        """Compile the template of this name in the folder. Raises ValueError, OSError."""
        self.put("# Made of %s by tinyweb-template: change that file." % name)
        self.put("from tinyweb_template import escape as _e, template")
        self.file(name, 0)
        self.begin("")
        self.flush()
        if self.silent:
            self.put(' yield ""')  # else it would be no generator
        self.put(self.urls + "\n\nsources = (")
        for source in self.sources:
            self.put(" (%s, %d, %d)," % source)
        self.put(")")

    def file(self, name, depth):
        try:
            stat = os.stat(self.folder + name)
        except OSError:
            self.error("there is no %s" % name)
        self.sources.append((quote(name), stat[6], stat[8] if self.times else 0))
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
            word, place = self.blocks[-1][:2]
            self.error(word + " without end", place)

    def check(self, text, code):
        # Compile it, but do not run it.
        try:
            exec("def f():\n " + text, {})
        except (SyntaxError, ValueError) as e:
            self.error("%s: %s" % (e.args[0], code))

    def same(self, *states):
        # Return the state at the end of a branch; raise ValueError if it is not that of these, which are None or false
        # if there is none: a value behind the block would stand in one place or in another.
        now = self.state()
        for state in states:
            if state and state[0] != now[0]:
                self.error("a tag, quote or comment is open in one branch alone")
        return now

    def value(self, code):
        raw = code[:1] == "!"
        if raw:
            code = code[1:].strip()
        if not code:
            self.error("a value is missing")
        self.check("[%s],(%s)" % (code, code), code)
        try:
            call = "(%s)" if raw else self.call(code)
        except ValueError as e:
            self.error(e.args[0])
        self.format += "%s"
        self.values.append(call % code)
        self.first = self.first or self.place[1]

    def block(self, code, outer, depth):
        word = code.split(" ")[0]
        rest = code[len(word) :].strip()
        inner = self.blocks[-1][0] if len(self.blocks) > outer else ""
        if word == "args":
            self.check("lambda %s: 0" % rest, code)
            if self.args is not None or self.format.strip():
                self.error("args is to be before everything else, once")
            self.begin(rest)
        elif word == "include":
            if len(rest) < 3 or rest[0] not in "\"'" or rest[-1] != rest[0] or rest[1] == "/" or ".." in rest:
                self.error("include takes the name of a file in quotes, in this folder or below")
            if depth > 7:
                self.error("includes are nested more than 8 deep")
            self.file(rest[1:-1], depth + 1)
        elif word in ("for", "if"):
            self.check(code + ":\n  pass", code)
            self.flush()
            self.begin("")
            self.line(code + ":")
            self.blocks.append((word, self.place, self.state("="), None))
            self.put(" " * (len(self.blocks) + 1) + "pass")
        elif code == "else" or word == "elif":
            if inner != "if":
                self.error(word + " without if")
            if word == "elif":
                self.check(code[2:] + ":\n  pass", code)
            self.flush()
            _, place, start, end = self.blocks.pop()
            end = self.same(end)
            (self.inside, self.tag, _), self.name, self.begun = start
            self.line(code + ":")
            self.blocks.append(("if" if word == "elif" else word, place, start, end))
            self.put(" " * (len(self.blocks) + 1) + "pass")
        elif inner and code in ("end", "endfor" if inner == "for" else "endif"):
            self.flush()
            word, _, start, end = self.blocks.pop()
            self.same(end, word != "else" and start)
            # What is in the block may be absent: a value behind it may stand at the start of a URL.
            self.begun = start[2] if self.state()[0] == start[0] else ""
        else:
            self.error("unexpected {%% %s %%}" % code)
