# Writes the module that a template is compiled to, and follows its HTML. Loaded with the compiler, and dropped with it.
#
# A value that is escaped for HTML is safe in the text and in a quoted attribute and nowhere else: in a script, in
# onclick="" or without quotes a client's text could still run.

_URLS = ("href", "src", "action", "formaction", "data", "xlink:href", "poster", "cite", "background")
_SCRIPT = 'no value in a script: write data-x="{{ %s }}" into a tag, and read that'
_QUOTES = 'within a tag a value stands in quotes, x="{{ %s }}"; for a word alone write {%% if %%}'


def quote(text):
    """Return a text as a literal of Python, the same on each interpreter."""
    for plain, escaped in ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\0", "\\x00"):
        text = text.replace(plain, escaped)
    return '"' + text + '"'


class Output:
    def __init__(self, out):
        self.out = out
        self.args = None
        self.place = None  # file, line
        self.blocks = []  # those that are open: (word, place, state at the start, state at the end of a branch)
        self.silent = True  # nothing is yielded so far but in a block, which MicroPython drops where it is `if 0`
        # What goes into the next yield: a format, how many bytes it has of the template, its values, its first line.
        self.format = ""
        self.size = 0
        self.values = []
        self.first = 0
        # Where the text ends: "" text, ">" a tag, a quote an attribute, else what ends a comment or script.
        self.inside = ""
        self.tag = ""
        self.name = ""  # what stands in the tag since the last attribute: the name of the next one
        self.begun = ""  # the attribute's value so far
        self.urls = ""  # a line for the end of the module

    def follow(self, text):
        """Follow the HTML through a part of it, in lower case."""
        i = 0
        while i < len(text):
            inside = self.inside
            if inside == ">":
                c = text[i]
                i += 1
                if c == ">":
                    self.inside = "</" + self.tag if self.tag in ("script", "style") else ""
                elif c in "\"'" and self.name.rstrip()[-1:] == "=":
                    # Behind an "=" in the same word it is a part of a value without quotes; for a NUL see state(). What
                    # follows a word that ends in "=" browsers read in another way: no value stands there.
                    names = self.name.rstrip()[:-1].split() or "="
                    name = names[-1]
                    if not ("=" in name or "\0" in name):
                        self.inside = c
                        self.name = "on" if names[-2:][0][-1] == "=" else name.split("/")[-1]
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
            if len(inside) > 3 and text[i : i + 1] not in " \t\r\n\f/>":
                continue  # such as </scripts>
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
                while end < len(text) and text[end] not in " \t\r\n\f/>":
                    end += 1
                self.tag = text[i:end]
                i = end

    def state(self, end=""):
        """Return where in the HTML this is: (what ends here, its tag, its attribute), a name, the value so far.

        end: what a name may end with besides white space.
        """
        inside = self.inside
        if inside == ">" and self.name[-1:] not in " \t\r\n\f" + end:
            self.name += "\0"  # behind a block it may be another name
        return (inside, inside and self.tag, inside in ("'", '"') and self.name), self.name, self.begun

    def call(self, code):
        """Return the call that makes a value safe here, with %s for the value. Raises ValueError where none does."""
        inside = self.inside
        name = self.name
        begun = self.begun.strip()
        if inside == ">":
            raise ValueError(_QUOTES % code)
        if inside in ('"', "'"):
            # The host of a script is no value: behind "//" there is a slash before it.
            host = begun.split("//")[-1]
            remote = (
                self.tag == "script" and name in _URLS and (not begun.strip("/") or host != begun and "/" not in host)
            )
            if remote or name[:2] == "on" or name == "srcdoc" or "script:" in begun:
                inside = "</script"
            elif name in _URLS and begun[:2] in ("", "{", "{:"):
                if begun:
                    raise ValueError("of two values at the start of a URL make one: {{ a + b }}")
                self.begun = "{"
                self.urls = "\nfrom tinyweb_template_urls import url as _u"
                return "_u(%s)"
        if inside == "</script":
            raise ValueError(_SCRIPT % code)
        return "_e((%s))" if "," in code else "_e(%s)"

    def put(self, line):
        """Write a line."""
        self.out.write(line.encode() + b"\n")

    def line(self, text, first=0):
        """Write a line that can fail, with the place in the template, for people who follow a traceback."""
        name, line = self.place
        self.put("%s%s  # %s:%d" % (" " * (len(self.blocks) + 1), text, name, first or line))

    def begin(self, args):
        """Begin the function, unless it has begun."""
        if self.args is None:
            self.args = args
            self.put("\n\n@template\ndef page(%s):" % args)

    def flush(self):
        """Yield what was gathered."""
        if self.format:
            if not self.blocks:
                self.silent = False
            self.begin("")
            text = "yield " + quote(self.format)
            if self.values:
                self.line(text + " %% (%s,)" % ", ".join(self.values), self.first)
            else:
                self.put(" " * (len(self.blocks) + 1) + text.replace("%%", "%"))
        self.format = ""
        self.size = self.first = 0
        self.values = []

    def literal(self, text):
        """Gather a text of the template."""
        # A comment ends with either.
        self.follow(text.lower().replace("--!>", "-->"))
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
