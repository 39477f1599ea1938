# What a method gets as `data`: the query and the body, or an error in JSON that says what was wrong with them.
import json

import harness
import pytest

PROGRAM = """
import tinyweb
import tinyweb_rest

app = tinyweb.webserver()


class Echo:
    def get(self, data):
        return [data, {name: tinyweb_rest.values(data, name) for name in data} if isinstance(data, dict) else None]

    post = put = patch = delete = get


app.add_resource(Echo, "/", max_body_size=200)
app.run(HOST, PORT)
"""
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@pytest.fixture(scope="module")
def port(serve_module):
    return serve_module(PROGRAM, heap=harness.FROZEN, compiled=True).port


def send(port, target="/", kind=None, body=b"", method="POST", **more):
    fields = [("Content-Type", kind)] if kind else []
    return harness.get(port, target, fields, method, body, **more)


def data(*args, **more):
    got = send(*args, **more)
    assert got.code == 200, got
    return json.loads(got.body)


@pytest.mark.parametrize("query, want", [
    ("", {}),
    ("?", {}),
    ("?a=1&b=x+y", {"a": "1", "b": "x y"}),
    ("?a=a%C3%A4+b", {"a": "aä b"}),
    ("?%C3%A4=%E2%82%AC", {"ä": "€"}),
    ("?a=%zz&b=%&c=%4", {"a": "%zz", "b": "%", "c": "%4"}),
    ("?a&b=&=c", {"a": "", "b": "", "": "c"}),
    ("?a=1=2&&c=%26%3D", {"a": "1=2", "c": "&="}),
])
def test_query(port, query, want):
    for method in ("GET", "DELETE", "POST"):
        assert data(port, "/" + query, method=method)[0] == want


def test_repeated_names_are_all_reachable(port):
    got, every = data(port, "/?a=1&b=2&a=3", FORM, b"a=0&a=00&c=5")
    assert got == {"a": "3", "b": "2", "c": "5"}
    assert every == {"a": ["0", "00", "1", "3"], "b": ["2"], "c": ["5"]}


@pytest.mark.parametrize("kind", [FORM, FORM.upper(), FORM + "; charset=UTF-8", " " + FORM + " ;x=y"])
def test_form(port, kind):
    body = b"name=J%C3%B6rg+M&note=%26&bad=%zz&empty="
    assert data(port, "/", kind, body)[0] == {"name": "Jörg M", "note": "&", "bad": "%zz", "empty": ""}
    assert data(port, "/", kind, "ä=€".encode())[0] == {"ä": "€"}


def test_the_query_is_merged_over_the_body(port):
    assert data(port, "/?a=query&b=1", FORM, b"a=form&c=2")[0] == {"a": "query", "b": "1", "c": "2"}
    assert data(port, "/?a=query", JSON, b'{"a": [1], "c": null}') == [
        {"a": "query", "c": None}, {"a": [[1], "query"], "c": [None]}]


def test_the_same_head_twice_may_have_another_body(port):
    with harness.Client(port) as c:
        for n in range(3):
            body = b'{"n": %d}' % n
            got = c.request(harness.message("/", [("Content-Type", JSON)], "POST", body))
            assert json.loads(got.body)[0] == {"n": n}, got


@pytest.mark.parametrize("kind", [JSON, "Application/JSON; charset=utf-8", "application/merge-patch+json"])
def test_json_object(port, kind):
    for method in ("POST", "PUT", "PATCH", "DELETE", "GET"):
        assert data(port, "/", kind, '{"a": {"ä": [1, 2.5, "€"]}}'.encode(), method)[0] == {"a": {"ä": [1, 2.5, "€"]}}


@pytest.mark.parametrize("value", [[1, "x"], [], 7, "text", True, None, 1.5])
def test_json_that_is_no_object_is_passed_as_it_is(port, value):
    assert data(port, "/", JSON, json.dumps(value).encode())[0] == value
    assert data(port, "/?a=1", JSON, json.dumps(value).encode())[0] == value


def test_a_chunked_body(port):
    body = harness.chunked(b'{"a"', b": 1", b"}")
    got = harness.get(port, "/", [("Content-Type", JSON), ("Transfer-Encoding", "chunked")], "POST", body)
    assert json.loads(got.body)[0] == {"a": 1}, got


def test_no_type_means_no_data_of_the_body(port):
    assert data(port, "/?a=1", None, b"b=2")[0] == {"a": "1"}
    assert data(port, "/", None, b"")[0] == {}


def check_error(got, code):
    assert (got.code, got.headers["content-type"]) == (code, JSON), got
    answer = json.loads(got.body)
    assert list(answer) == ["message"] and answer["message"], answer
    assert got.headers["access-control-allow-origin"] == "*", got


def test_json_is_read_as_the_core_reads_it(port):
    assert data(port, "/", JSON, b'\xef\xbb\xbf{"a": 1}')[0] == {"a": 1}  # a byte order mark (RFC 8259 8.1)


@pytest.mark.parametrize("body", [b"", b"{", b"{x", b"nope", b'{"a": 1} x', b'"\xff"', b"[" * 190, b'{"a"', b"NaN",
                                  '{"a": 1}'.encode("utf-16"), b"[-Infinity]"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_bad_json_is_400(port, method, body):
    check_error(send(port, "/", JSON, body, method), 400)


def test_no_body_is_no_json_only_where_the_method_is_about_it(port):
    for method in ("GET", "DELETE"):
        assert data(port, "/", JSON, b"", method)[0] == {}
    assert data(port, "/", FORM, b"")[0] == {}


@pytest.mark.parametrize("query, kind, body", [("?a=%ff", None, b""), ("", FORM, b"a=%ff"), ("", FORM, b"\xff=1")])
def test_what_is_not_utf_8_is_400(port, query, kind, body):
    check_error(send(port, "/" + query, kind, body), 400)


@pytest.mark.parametrize("kind", [JSON, FORM, None])
def test_a_long_body_is_413(port, kind):
    check_error(send(port, "/", kind, b"a" * 201), 413)
    check_error(harness.get(port, "/", [("Transfer-Encoding", "chunked")] + ([("Content-Type", kind)] if kind else []),
                            "POST", harness.chunked(b"a" * 150, b"a" * 51)), 413)


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "x",
                                  "+json"])
def test_an_unknown_type_is_415(port, kind):
    check_error(send(port, "/", kind, b"a=1"), 415)
    assert data(port, "/?a=1", kind, b"")[0] == {"a": "1"}  # where there is no body, its type means nothing


def test_a_refused_upload_costs_nothing(port):
    with harness.Client(port) as c:
        fields = [("Content-Type", "text/plain"), ("Content-Length", "100"), ("Expect", "100-continue")]
        c.send(harness.message("/", fields, "POST"))
        got = c.answer("POST")
        assert (got.code, got.interim) == (415, []), got


def test_what_was_loaded_by_halves_is_loaded_whole(serve):
    """One of the modules that it loads on first use is there already."""
    server = serve("""
import tinyweb
import tinyweb_rest
from tinyweb.http import kind

app = tinyweb.webserver()


@app.resource("/", "POST")
def told(data):
    return data


app.run(HOST, PORT)
""")
    fields = [("Content-Type", "application/x-www-form-urlencoded")]
    assert harness.get(server.port, "/", fields, method="POST", body=b"a=1").text in ('{"a": "1"}', '{"a":"1"}')
