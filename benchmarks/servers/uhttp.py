# uhttp-server has no routes: a program compares paths, as its documentation does.
#   micropython -m bench_uhttp <port> <workload>
import sys

import boardlike  # noqa: F401  isort: skip (before the server imports socket and select)
from baseline import heap  # isort: skip (the heap before the server is loaded)

from uhttp.server import HttpServer

WORKLOAD = sys.argv[2].split("rest-")[-1]  # the same with resources and without


def hello(client):
    client.respond(heap() if client.path == "/heap" else "Hello, world!")


def route(client):
    for number in range(1, 21):
        prefix = "/api/thing%d/" % number
        if client.path.startswith(prefix):
            return client.respond({"id": client.path[len(prefix) :], "name": "lamp", "on": True})
    client.respond("Not found", status=404)


def form(client):
    client.respond(client.data["name"])


def json(client):
    client.respond(client.data["sensor"])


def file(client):
    if client.path == "/":
        return hello(client)
    client.respond_file("www%s.html" % client.path)


def stream(client):
    client.response_stream("text/html")
    for number in range(20):
        client.send_chunk("<tr><td>reading %d</td><td>21.5 degrees</td></tr>\n" % number)
    client.response_stream_end()


HANDLERS = {"route": route, "form": form, "json": json, "stream": stream}
handle = HANDLERS.get(WORKLOAD, file if WORKLOAD.startswith("file") else hello)
server = HttpServer("127.0.0.1", int(sys.argv[1]))
while True:
    client = server.wait()
    if client:
        handle(client)
