# REST resources: the implementation of the core's app.add_resource() and app.resource().
#
# CONTRACT. A method is called as method(data, *url_params, **kwargs). It returns a result, a coroutine that returns
# one, or a (sync or async) generator whose values are sent as one chunk each. data is the decoded body (form or JSON),
# updated with the query. Errors are JSON: {"message": ...}. See docs/rest.md.

try:
    from tinyweb import API
except ImportError:
    API = 2  # a core before there was this number
if API != 3:
    raise ImportError("tinyweb-rest 2.0 needs tinyweb-core with API 3, not %d: install both again" % API)
import tinyweb.http as http
from tinyweb.http import HTTPException

try:
    from types import coroutine as _awaitable  # CPython: a generator that may be awaited

    _FUTURES = True  # to wait, a coroutine yields None or a future on CPython, always None on MicroPython
except ImportError:  # pragma: no cover  MicroPython
    _FUTURES = False

    def _awaitable(f):
        return f


_lines = {}
_JSON = b"Content-Type: application/json\r\n"
# Methods that require a body: an empty one of type JSON is malformed.
_BODIED = (b"POST", b"PUT", b"PATCH")


def add_resource(
    app, cls, url, max_body_size=1024, allowed_access_control_headers="*", allowed_access_control_origins="*", **kwargs
):
    """Map a class or an object with methods get, post, put, patch, delete to a URL.

    max_body_size (bytes), allowed_access_control_headers and allowed_access_control_origins are as in add_route();
    other keywords are passed to the methods. Raises ValueError for a bad or taken URL, or if there is no such method.
    """
    if isinstance(cls, type):
        cls = cls()
    methods = {}
    for name in ("get", "post", "put", "patch", "delete"):
        f = getattr(cls, name, None)
        if f:
            methods[name.upper()] = f
        elif hasattr(cls, name.upper()):
            raise ValueError("%r: lower-case %s" % (url, name))
    if not methods:
        raise ValueError("No get, post, put, patch or delete: %r" % url)
    _add(app, url, methods, kwargs, max_body_size, allowed_access_control_headers, allowed_access_control_origins)


def resource(
    app,
    url,
    method="GET",
    max_body_size=1024,
    allowed_access_control_headers="*",
    allowed_access_control_origins="*",
    **kwargs,
):
    """Return a decorator for one method of a resource; the keywords are those of add_resource()."""
    route = (max_body_size, allowed_access_control_headers, allowed_access_control_origins)

    def decorate(f):
        _add(app, url, {method: f}, kwargs, *route)
        return f

    return decorate


def values(data, name):
    """Return all values of a name in data as a list, in order; data[name] is only the last one."""
    return getattr(data, "all", {}).get(name) or ([data[name]] if name in data else [])


def _add(app, url, methods, kwargs, size, headers, origins):
    calls = {b"HEAD": methods.get("GET")}
    for name in methods:
        f = methods[name]
        if not callable(f) or isinstance(f, type):
            raise TypeError("%r: %s is no function" % (url, name))
        calls[name.encode()] = f
    lines = None

    def handle(req, resp, *params):
        head = req.head
        resp.type_line = _JSON
        if lines:
            # Those of a guard stay. The handler's own are there already if it is called again, as memory had run out.
            if lines not in resp.extra_lines:  # pragma: no branch  MicroPython: a PC has enough
                resp.extra_lines = lines + resp.extra_lines
        else:
            resp.add_access_control_headers()
        f = calls[head.method]
        if head.content_length or head.query or head.method in _BODIED:
            return _read(f, req, resp, params, kwargs)
        result = f({}, *params, **kwargs) if kwargs else f({}, *params)
        return http.to_json(result) if type(result) is dict else _result(result, resp)

    app.add_route(
        url,
        handle,
        methods=tuple(methods),
        max_body_size=size,
        allowed_access_control_headers=headers,
        allowed_access_control_origins=origins,
        error=_error,
    )
    if isinstance(origins, str):
        # The CORS fields of every response: made once, and routes with equal fields share one bytes object.
        line = "Access-Control-Allow-%s: %s\r\n"
        lines = line % ("Origin", origins) + line % ("Methods", ", ".join(methods))
        lines += line % ("Headers", headers if isinstance(headers, str) else ", ".join(headers))
        lines = _lines.setdefault(lines, lines.encode())


def _error(message):
    return {"message": message.decode() if isinstance(message, bytes) else message}


async def _read(f, req, resp, params, kwargs):
    # Decode body and query into data, then call the method. Raises HTTPException 400, 413 or 415.
    data = {}
    head = req.head
    if head.content_length or head.method in _BODIED:
        kind = http.kind(head)
        if kind[:12] == b"application/" and kind[-5:] in (b"/json", b"+json"):
            data = await req.json()
        elif head.content_length:
            form = kind == b"application/x-www-form-urlencoded"
            if kind and not form:
                raise HTTPException(415, "Send application/json or application/x-www-form-urlencoded")
            body = await req.body()
            if form:
                # The same limit of pairs as in read_parse_form_data().
                data = _merge(data, body, max(64, head.route.max_body_size // 16))
    if head.query and isinstance(data, dict):
        data = _merge(data, head.query)
    result = _result(f(data, *params, **kwargs), resp)
    return await result if hasattr(result, "send") else result


class _Data(dict):
    all = None  # {name: list of values} for names that occur more than once


def _merge(data, text, most=64):
    for name, value in http.query_pairs(text, most):
        if name in data:
            if type(data) is dict:
                data = _Data(data)
                data.all = {}
            data.all.setdefault(name, [data[name]]).append(value)
        data[name] = value
    return data


def _result(result, resp):
    # Convert a method's result to a body that the core sends, or to a coroutine that returns one.
    if isinstance(result, tuple):
        vary = resp.headers.get("Vary")
        result = resp.unpack(result)
        if vary and resp.headers.get("Vary", vary) != vary:
            resp.headers["Vary"] += ", " + vary
    if hasattr(result, "send") or hasattr(result, "asend"):
        return _run(result, resp)
    if result is None:
        resp.type_line = b""
    elif isinstance(result, (dict, list, bool, int, float)):
        result = http.to_json(result)
    elif not isinstance(result, (str, bytes, bytearray, memoryview)):
        # MicroPython would write its repr().
        raise TypeError("No dict, list, number, text or None: %r" % (result,))
    return result


@_awaitable
def _run(it, resp):
    # Drive a coroutine or a generator, which are one type on MicroPython: it yields None to wait, any other value to
    # send it. When nothing more can be sent, throw GeneratorExit into it, so that its `finally` runs and may await.
    if hasattr(it, "asend"):
        it = _flat(it)
    error = gone = put = None
    while True:
        try:
            value = it.throw(error) if error else it.send(None)
        except StopIteration as e:
            value = e.value
            break
        except GeneratorExit:
            value = None
            break
        error = None
        try:
            if value is None or _FUTURES and hasattr(value, "add_done_callback"):
                yield value
            elif gone:
                break
            else:
                if not put:
                    yield from resp.run_hooks()
                    put = resp.pieces(value)
                value = put(value)
                if value:
                    yield from value
                    if resp.no_body:
                        error = gone = GeneratorExit()
        except OSError as e:
            gone = e
            error = GeneratorExit()
        except BaseException as e:
            error = e
    if isinstance(gone, OSError):
        raise gone
    if put:
        value = put(None)
        if value:
            yield from value
        return None
    value = _result(value, resp)
    if hasattr(value, "send"):
        value = yield from value
    return value


def _flat(it):
    # Convert CPython's asynchronous generator to a plain one.
    try:
        while True:
            value = yield from it.__anext__()
            yield value
    except StopAsyncIteration:
        return
    finally:
        yield from it.aclose()
