# chumicro-http-server ends each connection after one answer, and decodes no forms.
#   micropython -m bench_chumicro <port> <workload>
import os
import sys

from baseline import heap  # isort: skip (the heap before the server is loaded)

from chumicro_http_server import HttpServer, build_response
from chumicro_runner import Runner
from chumicro_sockets import listener

WORKLOAD = sys.argv[2].split("rest-")[-1]  # the same with resources and without
server = HttpServer(transport_factory=lambda: listener("127.0.0.1", int(sys.argv[1])))


def hello(request):
    return build_response(text=heap() if request.path == "/heap" else "Hello, world!")


def thing(request):
    return build_response(json={"id": request.path_params["id"], "name": "lamp", "on": True})


def save(request):
    return build_response(text=request.json()["sensor"])


def page(request):
    from chumicro_http_server.streaming import SOURCE_EOF, build_streaming_response

    name = "www%s.html" % request.path
    file = open(name, "rb")  # noqa: SIM115 (closed at its end, below)

    def source(buffer):
        count = file.readinto(buffer)
        if not count:
            file.close()
            return SOURCE_EOF
        return count

    headers = {"Content-Type": "text/html"}
    return build_streaming_response(source=source, content_length=os.stat(name)[6], headers=headers)


def table(request):
    from chumicro_http_server.streaming import SOURCE_EOF, build_streaming_response

    numbers = iter(range(20))

    def source(buffer):
        for number in numbers:
            piece = b"<tr><td>reading %d</td><td>21.5 degrees</td></tr>\n" % number
            buffer[: len(piece)] = piece
            return len(piece)
        return SOURCE_EOF

    return build_streaming_response(source=source, headers={"Content-Type": "text/html"})


if WORKLOAD == "route":
    for number in range(1, 21):
        server.route("/api/thing%d/<id>" % number)(thing)
elif WORKLOAD == "json":
    server.route("/", methods=["POST"])(save)
elif WORKLOAD.startswith("file"):
    server.route("/" + WORKLOAD)(page)
    server.route("/")(hello)
else:
    server.route("/")(table if WORKLOAD == "stream" else hello)
    server.route("/heap")(hello)

runner = Runner()
runner.add(server)
while True:
    runner.wait(runner.tick())
