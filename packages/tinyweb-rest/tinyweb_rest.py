# REST resources: app.add_resource() and app.resource() of the core come here.
#
# CONTRACT. A method is called as method(data, *url_params, **kwargs). It gives a result, or a coroutine that does, or a
# generator (async too) whose pieces leave as they come. data is the body, a form or JSON, with the query merged over it.
# What goes wrong is an HTTPException, told to the client as JSON: {"message": ...}.

import json

from tinyweb.http import HTTPException

try:
    from types import coroutine as _awaitable  # CPython: what makes a generator awaitable
except ImportError:

    def _awaitable(f):
        return f


def add_resource(app, cls, url, **kwargs):
    """Map a class or an object with methods get, post, put, patch, delete to a URL.

    max_body_size, allowed_access_control_headers and allowed_access_control_origins are the route's, as in add_route();
    other keywords are passed to the methods. Raises ValueError for a bad URL, or where there is no such method.
    """
    if isinstance(cls, type):
        cls = cls()
    methods = {}
    for name in ("get", "post", "put", "patch", "delete"):
        f = getattr(cls, name, None)
        if f:
            methods[name.upper()] = f
    if not methods:
        raise ValueError("No get, post, put, patch, delete: %r" % url)
    _add(app, url, methods, kwargs)


def resource(app, url, method="GET", **kwargs):
    """Decorate one method of a resource; add_resource() tells the keywords."""

    def decorate(f):
        _add(app, url, {method: f}, kwargs)
        return f

    return decorate


def _add(app, url, methods, kwargs):
    route = {}
    for name in ("max_body_size", "allowed_access_control_headers", "allowed_access_control_origins"):
        if name in kwargs:
            route[name] = kwargs.pop(name)

    def handle(req, resp, *params):
        resp.add_access_control_headers()
        f = methods["GET" if req.method == b"HEAD" else req.method.decode()]
        if req._left or req.query_string or req.method in _BODIED:
            return _run(_read(f, req, resp, params, kwargs), req, resp)
        return _result(f({}, *params, **kwargs) if kwargs else f({}, *params), req, resp)

    app.add_route(url, handle, methods=tuple(methods), **route)


# Methods whose request means its body, even an empty one.
_BODIED = (b"POST", b"PUT", b"PATCH")


async def _read(f, req, resp, params, kwargs):
    data = await _data(req)
    return f(data, *params, **kwargs)


async def _data(req):
    kind = (req.header(b"content-type") or b"").split(b";")[0].strip().lower()
    data = {}
    body = await req.body()
    if kind == b"application/json" or kind[:12] == b"application/" and kind[-5:] == b"+json":
        try:
            data = json.loads(body.decode())
        except (ValueError, RuntimeError):  # UnicodeError is a ValueError; RuntimeError: nested too deep for CPython
            raise HTTPException(400, "The body is not JSON")
        if not isinstance(data, dict):
            return data
    elif kind == b"application/x-www-form-urlencoded":
        _merge(data, body)
    _merge(data, req.query_string)
    return data


def _merge(data, text):
    if text:
        from tinyweb.http import parse_query_string

        data.update(parse_query_string(text))


def _result(result, req, resp):
    # From what a method gave to what the core sends.
    if isinstance(result, tuple):
        resp.code = result[1]
        for name in result[2] if len(result) > 2 else ():
            resp.add_header(name, result[2][name])
        result = result[0]
    if hasattr(result, "send") or hasattr(result, "asend"):
        return _run(result, req, resp)
    if result is None:
        return None
    if not isinstance(result, (str, bytes, bytearray, memoryview)):
        result = json.dumps(result)
    if "Content-Type" not in resp.headers:
        resp.add_header("Content-Type", "application/json")
    return result


async def _send(piece, resp):
    if not resp._begun and "Content-Type" not in resp.headers:
        resp.add_header("Content-Type", "application/json")
    await resp.send(piece)
    await resp.flush()


@_awaitable
def _run(it, req, resp):
    # Drive a coroutine or a generator: a piece that it yields is sent; what else it yields waits for something.
    if hasattr(it, "asend"):
        it = _flat(it)
    error = gone = None
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
            if not isinstance(value, (str, bytes, bytearray, memoryview)):
                yield value
            elif gone:
                break
            else:
                yield from _send(value, resp)
                if req.method == b"HEAD":
                    error = GeneratorExit()
        except OSError as e:
            gone = e
            error = GeneratorExit()
        except BaseException as e:
            error = e
    if gone:
        raise gone
    if value is None or resp._begun:
        return None
    value = _result(value, req, resp)
    if hasattr(value, "send"):
        value = yield from value
    return value


def _flat(it):
    # CPython's asynchronous generator as a plain one, which MicroPython's are.
    try:
        while True:
            piece = yield from it.__anext__()
            yield piece
    except StopAsyncIteration:
        return
    finally:
        yield from it.aclose()
