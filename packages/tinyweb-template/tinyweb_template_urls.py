# URLs in pages from templates. Loaded with the first template that has a value at the start of a URL.

from tinyweb_template import escape


def url(value):
    """Return a URL as text for HTML; "about:invalid" if its scheme is not one of http, https, mailto, tel.

    A browser would run a URL such as javascript:... as a script.
    """
    value = str(value)
    i = value.find(":")
    scheme = value[: max(i, 0)]
    if i < 0 or "/" in scheme or "?" in scheme or "#" in scheme:
        return escape(value)
    return escape(value) if scheme.lower() in ("http", "https", "mailto", "tel") else "about:invalid"
