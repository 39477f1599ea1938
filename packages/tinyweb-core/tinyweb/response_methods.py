# Which lazy module has which method of a response. Loaded when the first but send() and start_html() is called.

from .lazy import lazy

# " method:module": a text, because each name in a dict would stay in the heap for good.
_MODULES = (
    " add_header:header_fields add_access_control_headers:cors set_cookie:cookies redirect:redirect error:redirect"
    " send_file:packages flush:streaming start:streaming _send_headers:streaming pieces:long_response"
    " release:long_response end:long_response then:long_response"
    # for extensions
    " run_hooks:dispatch unpack:results send_prepared:prepared "
)


def method(name):
    """Return the function that is a response's method; raises AttributeError where there is none."""
    i = _MODULES.find(" %s:" % name)
    if i < 0:
        raise AttributeError("'response' object has no attribute '%s'" % name)
    i += len(name) + 2
    return getattr(getattr(lazy, _MODULES[i : _MODULES.find(" ", i)]), name)
