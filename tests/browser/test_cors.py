# A page from another port is another origin: what a real browser lets it do with a resource, and what it does not.
import harness
import pytest

API = """
import tinyweb

app = tinyweb.webserver()
calls = []


class Thing:
    def get(self, data):
        return {"calls": calls}

    def post(self, data):
        calls.append("post")
        return {"got": data}, 201

    def put(self, data):
        calls.append("put")
        return {"got": data}

    def delete(self, data):
        calls.append("delete")

    def patch(self, data):
        yield '{"got":'
        yield ' "streamed"}'


app.add_resource(Thing, "/any")
app.add_resource(Thing, "/some", allowed_access_control_origins=ORIGINS,
                 allowed_access_control_headers="Content-Type, X-Token")
app.run(HOST, PORT)
"""
PAGE = """
import tinyweb

app = tinyweb.webserver()


@app.get("/")
def page(req, resp):
    return '<!DOCTYPE html><html lang="en"><title>page</title><link rel="icon" href="data:,">'


app.run(HOST, PORT)
"""
CALL = """async ([url, method, body, headers]) => {
  try {
    const answer = await fetch(url, {method, body: body && JSON.stringify(body),
                                     headers: {...(body && {"Content-Type": "application/json"}), ...headers}});
    return [answer.status, await answer.text()];
  } catch (error) { return [0, error.name]; }
}"""


@pytest.fixture
def origins(serve, browser):
    """Start the API and two pages; give the API's address and the two pages. The first one's origin is allowed."""
    pages = [serve(PAGE) for _ in range(2)]
    allowed = f"http://127.0.0.1:{pages[0].port}"
    api = serve(f"ORIGINS = ('http://a.example', '{allowed}')\n" + API, heap=harness.FROZEN, compiled=True)
    yield (f"http://127.0.0.1:{api.port}", *(browser(f"http://127.0.0.1:{p.port}/") for p in pages))


def test_a_page_of_another_origin_uses_a_resource(origins):
    api, page, other = origins
    for url in (api + "/any", api + "/some"):
        body = {"name": "Jörg €"}
        assert page.evaluate(CALL, [url, "POST", body, {}])[0] == 201
        code, text = page.evaluate(CALL, [url, "PUT", body, {"X-Token": "1"}])
        assert code == 200 and "J" in text, text
        assert page.evaluate(CALL, [url, "PATCH", body, {}]) == [200, '{"got": "streamed"}']
        assert page.evaluate(CALL, [url, "DELETE", None, {}]) == [204, ""]
        code, text = page.evaluate(CALL, [url, "GET", None, {}])
        assert code == 200 and text.count('"delete"') == url.count("any") + 2 * url.count("some"), text
    assert page.faults == [], page.faults


def test_errors_can_be_read_by_the_page(origins):
    api, page, other = origins
    got = page.evaluate("""async url => {
        const answer = await fetch(url, {method: "POST", body: "{", headers: {"Content-Type": "application/json"}});
        return [answer.status, (await answer.json()).message];
    }""", api + "/some")
    assert got[0] == 400 and got[1], got
    page.faults.clear()


def test_a_page_that_is_not_allowed_gets_nothing_and_changes_nothing(origins):
    api, page, other = origins
    url = api + "/some"
    for method, body in (("GET", None), ("PUT", {"a": 1}), ("DELETE", None), ("POST", {"a": 1}), ("PATCH", {"a": 1})):
        got = other.evaluate(CALL, [url, method, body, {}])
        assert got == [0, "TypeError"], (method, got)
    assert len(other.faults) >= 5, other.faults
    other.faults.clear()
    # each of those that change something asked first, and was told no
    assert harness.get(int(url.split(":")[2].split("/")[0]), "/any").text == '{"calls": []}'
    assert other.evaluate(CALL, [api + "/any", "GET", None, {}])[0] == 200


def test_a_field_that_is_not_allowed_stops_the_preflight(origins):
    api, page, other = origins
    assert page.evaluate(CALL, [api + "/some", "PUT", {"a": 1}, {"X-Else": "1"}]) == [0, "TypeError"]
    page.faults.clear()
