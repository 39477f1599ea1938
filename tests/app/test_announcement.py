# What run() prints: where it serves, once, unless told not to.
import harness
import pytest

PROGRAM = """
import tinyweb

app = tinyweb.webserver()


@app.get("/")
def index(req, resp):
    return "hello"


@app.get("/again")
def again(req, resp):
    app.shutdown()
    return "again"


app.run({how})
app.run(HOST, PORT)
"""


def printed(running):
    """Return the lines that it has printed, the URL among them."""
    return running._log.read_text().splitlines()


@pytest.mark.parametrize("how, url", [
    ("HOST, PORT", "http://127.0.0.1:{port}/"),
    ('"", PORT', "http://127.0.0.1:{port}/"),
    ('"0.0.0.0", PORT, quiet=False', "http://127.0.0.1:{port}/"),
    ("HOST, PORT, quiet=True", None),
])
def test_it_is_told_where_it_serves_once(serve, how, url):
    server = serve(PROGRAM.format(how=how))
    assert harness.get(server.port, "/again").text == "again"
    harness.wait_for(lambda: harness.accepts(server.port))
    assert harness.get(server.port, "/").text == "hello"
    got = printed(server)
    assert got == ([f"tinyweb: serving on {url.format(port=server.port)}"] if url else []), got


def test_https_is_told_as_such(serve, https):
    program, context = https
    server = serve(PROGRAM.partition("app.run")[0] + program)
    harness.wait_for(lambda: printed(server), 20, server.output)  # it may accept a moment before
    assert printed(server) == [f"tinyweb: serving on https://127.0.0.1:{server.port}/"]


def test_an_address_that_is_not_loopback_is_told_as_it_was_given(capsys):
    from tinyweb.startup import announce
    for host, port, tls in ("192.168.4.1", 80, False), ("lamp.local", 443, True), ("::1", 8081, False):
        announce(type("App", (), {"port": port, "tls": tls}), host)
    assert capsys.readouterr().out.splitlines() == [
        "tinyweb: serving on http://192.168.4.1:80/",
        "tinyweb: serving on https://lamp.local:443/",
        "tinyweb: serving on http://[::1]:8081/",
    ]
