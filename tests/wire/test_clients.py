# Clients that nobody here wrote: curl and httpx, as people use them.
import json
import shutil
import subprocess

import httpx
import pytest

CURL = shutil.which("curl")
PIECES = b"".join(b"<p>piece %d</p>" % i for i in range(20))


def curl(server, *arguments, target="/short", data=None):
    """Run curl and give (exit status, standard output, standard error)."""
    if not CURL:
        pytest.skip("curl is not installed")
    done = subprocess.run([CURL, "-sS", "--max-time", "10", "--noproxy", "*", *arguments,
                           f"http://127.0.0.1:{server.port}{target}"],
                          check=False, input=data, capture_output=True, timeout=20)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


@pytest.mark.parametrize("version", ["--http1.1", "--http1.0"])
@pytest.mark.parametrize(("target", "body"), [("/", b"<h1>hello</h1>"), ("/short", b"short"), ("/stream", PIECES),
                                              ("/nothing", b"")])
def test_curl_gets(well, version, target, body):
    assert curl(well, version, target=target) == (0, body, "")


def test_curl_asks_for_the_head_only(well):
    status, out, err = curl(well, "--head")
    assert (status, err) == (0, ""), err
    assert out.startswith(b"HTTP/1.1 200 OK\r\n"), out
    assert out.endswith(b"\r\n\r\n"), out


def test_curl_uses_its_connection_again(well):
    url = f"http://127.0.0.1:{well.port}/"
    status, out, err = curl(well, "-v", url + "short", url + "stream", url + "nothing", url + "none",
                            "-w", "|%{num_connects}")
    assert status == 0, err
    # every transfer says how many connections it had to make
    assert [part[:1] for part in out.split(b"|")[1:]] == [b"1", b"0", b"0", b"0", b"0"], (out, err)


def test_curl_posts_a_form(well):
    status, out, err = curl(well, "-d", "a=1", "--data-urlencode", "b=\u00e4 &+", target="/form")
    assert (status, err) == (0, ""), err
    assert json.loads(out) == {"a": "1", "b": "\u00e4 &+"}, out


def test_curl_posts_json(well):
    status, out, err = curl(well, "-H", "Content-Type: application/json", "-d", '{"a": [1, "\u00e4"]}', target="/form")
    assert (status, err) == (0, ""), err
    assert json.loads(out) == {"a": [1, "\u00e4"]}, out


@pytest.mark.parametrize("size", [0, 5, 1500, 300000])
def test_curl_uploads_from_a_pipe_in_chunks(well, size):
    assert curl(well, "-T", "-", target="/count", data=bytes(size)) == (0, b"%d" % size, "")


@pytest.mark.parametrize("size", [5, 300000])
def test_curl_uploads_with_a_length_and_waits_for_100(well, size):
    status, out, err = curl(well, "-v", "-H", "Expect: 100-continue", "--expect100-timeout", "8", "--data-binary",
                            "@-", target="/count", data=bytes(size))
    assert (status, out) == (0, b"%d" % size), err
    assert "100 Continue" in err, err


def test_curl_sees_why_its_upload_was_refused(well):
    status, out, err = curl(well, "-H", "Expect:", "--data-binary", "@-", "-w", "%{http_code}", target="/echo",
                            data=bytes(100000))
    assert out.endswith(b"413"), (status, out, err)


def test_curl_pipes_many_files_through_one_connection_in_parallel_with_another(well):
    url = f"http://127.0.0.1:{well.port}/stream?[1-20]"
    status, out, err = curl(well, "--parallel", "--parallel-max", "4", url)
    assert (status, out.count(PIECES)) == (0, 20), err


@pytest.fixture
def client(well):
    """An httpx client that looks no proxy up."""
    with httpx.Client(base_url=f"http://127.0.0.1:{well.port}", trust_env=False, timeout=5) as c:
        yield c


def test_httpx_talks_over_one_kept_connection(client):
    for _ in range(5):
        for target, text in (("/", "<h1>hello</h1>"), ("/short", "short"), ("/stream", PIECES.decode())):
            answer = client.get(target)
            assert (answer.status_code, answer.text) == (200, text), answer
    pool = client._transport._pool
    assert len(pool.connections) == 1, pool


def test_httpx_reads_the_types_and_reasons(client):
    answer = client.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8", answer.headers
    assert answer.reason_phrase == "OK", answer
    assert client.get("/short").headers["content-type"] == "text/plain; charset=utf-8"
    assert client.get("/what/x").headers["content-type"].startswith("application/json")
    assert client.get("/none").reason_phrase == "Not Found"
    assert client.request("BREW", "/").reason_phrase == "Not Implemented"


def test_httpx_sends_forms_json_and_streams(client):
    assert client.post("/form", data={"a": "1", "b": "\u00e4 +&="}).json() == {"a": "1", "b": "\u00e4 +&="}
    assert client.post("/form", json={"a": [1, None, "\u20ac"]}).json() == {"a": [1, None, "\u20ac"]}
    assert client.post("/form", content=b"x", headers={"Content-Type": "text/plain"}).json() == {}
    assert client.post("/echo", content=(b"%d," % i for i in range(5))).text == "0,1,2,3,4,"
    assert client.put("/echo", content=b"put").text == "put"
    assert client.head("/stream").text == ""
    assert client.options("/").status_code in (200, 204)
    assert client.get("/echo").text == ""


def test_httpx_streams_an_answer_as_it_comes(client):
    with client.stream("GET", "/stream") as answer:
        assert b"".join(answer.iter_raw()) == PIECES
    assert client.get("/short").text == "short"
