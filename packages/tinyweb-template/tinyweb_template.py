# Pages from templates, compiled once to a module, escaped by default, sent in parts.
#
# CONTRACT. load() returns the function of a template. What that function returns is a Page: a handler returns it, and
# its text leaves in parts, so that the whole of it is never in the heap. A template is the program's, never a client's.
# This module is what stays loaded. tinyweb_template_loader and tinyweb_template_compiler are there while load() runs,
# tinyweb_template_urls where a template has values as URLs.

from tinyweb import API

if API != 3:
    raise ImportError("tinyweb-template 2.0 needs tinyweb-core with API 3, not %d: install both again" % API)


def escape(value):
    """Return text for HTML and its quoted attributes: str(value) with & < > " ' as references; a number as it is."""
    if not isinstance(value, str):
        # A str of a number would only be a copy: % takes the number.
        if isinstance(value, (int, float)):
            return value
        value = str(value)
    return (
        value.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&#34;")
        .replace("'", "&#39;")
    )


class Page:
    """A page that is sent in parts. A handler returns it, alone or as (page, code) or (page, code, fields).

    parts: an iterable of str, such as a generator, or an asynchronous generator.
    """

    def __init__(self, parts):
        self.parts = parts

    async def respond(self, resp):
        """Send the page; the core calls this."""
        await resp.start_html()
        parts = self.parts
        try:
            if hasattr(parts, "__aiter__"):
                async for text in parts:
                    await resp.send(text)
            else:
                for text in parts:
                    # On MicroPython an asynchronous generator is a generator: it yields None to wait.
                    await (resp.send(text) if text else (None,))
        finally:
            # Where the client has left, so that what is behind `finally` in a generator runs.
            getattr(parts, "close", tuple)()


def template(f):
    """Return a function that returns the Page of a generator function: what compiled templates are decorated with."""
    return lambda *args, **kwargs: Page(f(*args, **kwargs))


def load(path):
    """Return the function of a template, such as "pages/status.html".

    Where pages/status_html.py (or .mpy) is not there, or is older than the template, the template is compiled. Raises
    ValueError with file and line for a mistake in it, OSError if it is not there or cannot be written.
    """
    from tinyweb_template_loader import load

    return load(path)
