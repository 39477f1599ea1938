# Which lazy module has which method of a response, and what few programs and extensions take from tinyweb.http. Loaded
# with the first of them, but for send() and start_html().

from .lazy import lazy, unload

# " method:module": a text, because each name in a dict would stay in the heap for good.
_MODULES = (
    " add_header:header_fields add_access_control_headers:cors set_cookie:cookies redirect:redirect error:redirect"
    " send_file:packages flush:streaming start:streaming _send_headers:streaming pieces:long_response"
    " release:long_response end:long_response then:long_response"
    # for extensions
    " raw:whole_response run_hooks:dispatch unpack:status send_prepared:prepared upgrade:links stream:links "
)
_WORDS = " params:parameters same:comparisons same_origin:comparisons METHODS:path_params "


def word(name):
    """Return what has this name in tinyweb.http, and in none of its usual modules; raises AttributeError for others."""
    if name == "parse_head":
        return lazy.http_rare.parse_any
    if name == "http" or name == "server":
        # With the core merged into one .mpy file, `tinyweb.http` and `tinyweb.server` resolve here without an import.
        found = getattr(lazy, name)
    else:
        found = getattr(getattr(lazy, _find(_WORDS, "http", name)), name)
    unload("response_methods")
    return found


def _find(names, owner, name):
    i = names.find(" %s:" % name)
    if i < 0:
        raise AttributeError("'%s' object has no attribute '%s'" % (owner, name))
    i += len(name) + 2
    return names[i : names.find(" ", i)]


def module_of(name):
    """Return the name of the module that has a method of a response; raises AttributeError where there is none."""
    return _find(_MODULES, "response", name)
