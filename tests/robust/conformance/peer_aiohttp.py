# The contract of the conformance suite on aiohttp. PORT and FILES come from the environment.
import logging
import os

from aiohttp import web

logging.disable(logging.CRITICAL)  # what it says of each malformed request


def text(value):
    async def answer(request):
        return web.Response(text=value)

    return answer


async def echo(request):
    return web.Response(body=await request.read())


async def nothing(request):
    return web.Response(status=204)


async def stream(request):
    response = web.StreamResponse()
    await response.prepare(request)
    for i in range(20):
        await response.write(b"piece %d\n" % i)
    return response


async def what(request):
    url = request.url
    host = request.host if request.raw_path.startswith("/") else url.host_port_subcomponent
    return web.json_response({
        "method": request.method, "path": url.raw_path, "query": url.raw_query_string, "host": host,
        "test": request.headers.get("X-Test", "(none)"),
    })


@web.middleware
async def options(request, handler):
    """Answer OPTIONS, which aiohttp leaves to the program."""
    if request.method != "OPTIONS":
        return await handler(request)
    if isinstance(request.match_info.http_exception, web.HTTPNotFound) and request.raw_path != "*":
        raise web.HTTPNotFound
    return web.Response(status=204, headers={"Allow": "GET, HEAD, POST, PUT, OPTIONS"})


app = web.Application(middlewares=[options])
for method, path, handler in (
    ("GET", "/hello", text("hello")), ("POST", "/hello", text("hello")), ("GET", "/follower", text("followed")),
    ("GET", "/echo", echo), ("POST", "/echo", echo), ("PUT", "/echo", echo), ("GET", "/unread", text("unread")),
    ("POST", "/unread", text("unread")), ("GET", "/nothing", nothing), ("GET", "/stream", stream),
    ("GET", "/what/{rest:.*}", what), ("POST", "/what/{rest:.*}", what),
):  # fmt: skip
    if method == "GET":
        app.router.add_get(path, handler)  # with HEAD
    else:
        app.router.add_route(method, path, handler)
app.router.add_static("/files", os.environ["FILES"])
web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)
