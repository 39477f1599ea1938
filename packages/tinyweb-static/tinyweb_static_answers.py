# The last answers, for pages of several files and for several clients. Lazy module: loaded by the first file where the
# server tells that memory is ample (a request's head has a context), and unloaded when memory runs out.
#
# CONTRACT. find() keeps what was found for a request of a file, its Plan with the head of its response, and returns it
# for a request of the same path with the same conditions, while the file has the same size and time, and no gzip
# sibling. Requests with other conditions than If-None-Match and If-Modified-Since have no part in it.

from tinyweb_static_sending import fields

# How many answers are kept: about 800 bytes each.
_MOST = 8

# (the path, If-None-Match, If-Modified-Since) -> (the key of tinyweb_static_sending.send(), the Plan)
_answers = {}


def _asked(resp):
    # Return (path, If-None-Match, If-Modified-Since) of a request that may be answered from here, otherwise None.
    head = resp.req.head
    if head.method != b"GET" or resp.code != 200 or resp.headers:
        return None
    # The fields are looked through once: the same ones have the same context.
    context = head.context
    if "static" not in context:
        found = fields(resp)
        rare = b"range" in found or b"if-match" in found or b"if-unmodified-since" in found
        context["static"] = not rare and (found.get(b"if-none-match"), found.get(b"if-modified-since"))
    asked = context["static"]
    return asked and (head.path,) + asked


def find(resp, key, new=None):
    """Keep a new Plan for requests like this one, and return it.

    Without one, return the Plan that is kept for such a request, None if there is none or the file has changed.
    """
    asked = _asked(resp)
    if new:
        if asked and key and new.stat:
            if len(_answers) >= _MOST and asked not in _answers:
                _answers.popitem()
            _answers[asked] = key, new
        return new
    last, plan = _answers.get(asked) or (None, None)
    if plan and last == key:
        path = plan.path
        st = plan.stat(path)
        if st and st[6] == plan.size and st[8] == plan.mtime and not plan.stat(path + ".gz"):
            return plan
