# Every example runs as it stands on both interpreters, and does what its README says.
import json
import time

import harness
import httpx
import programs
import pytest


@pytest.fixture
def board(serve):
    """Start an example: board(name, **as programs.start). Gives an httpx client whose paths start at the example."""
    clients = []

    def start(name, **more):
        running = programs.start(name, serve, **more)
        client = httpx.Client(base_url="http://{}:{}".format(harness.HOST, running.port), timeout=5, trust_env=False)
        client.board = running
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.close()


@pytest.mark.parametrize("name", programs.NAMES)
def test_every_example_starts_and_answers(board, name):
    client = board(name)
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        got = client.request(method, "/").status_code
        assert got < 500, (name, method, got)


@pytest.mark.parametrize("name", programs.NAMES)
def test_every_example_has_a_readme_of_about_ten_lines(name):
    lines = (programs.FOLDER / name / "README.md").read_text().splitlines()
    assert 6 <= len(lines) <= 14, len(lines)
    assert lines[0].startswith("# "), lines[0]


@pytest.mark.parametrize("file", sorted(programs.FOLDER.glob("*/*.py")), ids=lambda f: "/".join(f.parts[-2:]))
def test_every_file_of_an_example_compiles_for_a_board(file):
    harness.compile_mpy(file, harness.scratch() / "compiled" / (file.parent.name + file.stem + ".mpy"))


def test_hello_has_its_pages(board):
    client = board("hello")
    got = client.get("/")
    assert got.status_code == 200, got
    assert got.headers["content-type"].startswith("text/html"), got.headers
    assert "Hello, world!" in got.text, got.text
    got = client.get("/table").text
    assert got.count("<tr>") == 11 and got.endswith("</table></html>\n"), got
    got = client.get("/short")
    assert (got.text, got.headers["content-length"]) == ("Hello!", "6"), got.headers


def test_rest_api_keeps_customers(board):
    client = board("rest_api")
    got = client.get("/customers").json()
    assert got["1"]["name"] == "Jack", got
    got = client.post("/customers", data={"name": "Zoë", "city": "Köln"})
    assert (got.status_code, got.json()) == (201, {"message": "created", "id": "3"}), got.text
    got = client.post("/customers", json={"name": "Alice", "city": "Bern"})
    assert (got.status_code, got.json()["id"]) == (201, "4"), got.text
    assert client.get("/customers/3").json() == {"name": "Zoë", "city": "Köln"}
    got = client.put("/customers/3", json={"city": "Paris"})
    assert (got.status_code, got.json()) == (200, {"message": "updated"}), got.text
    assert client.get("/customers/3").json() == {"name": "Zoë", "city": "Paris"}
    assert client.delete("/customers/3").json() == {"message": "deleted"}
    for method in ("GET", "PUT", "DELETE"):
        got = client.request(method, "/customers/3")
        assert (got.status_code, got.json()) == (404, {"message": "no such customer"}), (method, got.text)
    got = client.get("/export").json()
    assert sorted(c["id"] for c in got) == ["1", "2", "4"], got


def test_rest_api_says_which_methods_there_are(board):
    client = board("rest_api")
    got = client.patch("/customers")
    assert got.status_code == 405, got
    allowed = {m.strip() for m in got.headers["allow"].split(",")}
    assert {"GET", "POST"} <= allowed and "PATCH" not in allowed and "DELETE" not in allowed, allowed


def test_form_keeps_what_was_sent_and_shows_it_harmless(board):
    client = board("form")
    got = client.post("/settings", data={"name": '<script>"Küche" & more', "period": "30"})
    assert (got.status_code, got.headers["location"]) == (302, "/"), got.text
    got = client.get("/").text
    assert 'value="&lt;script&gt;&quot;Küche&quot; &amp; more"' in got and 'value="30"' in got, got


@pytest.mark.parametrize("form", [{}, {"name": "x"}, {"name": "x", "period": "soon"}, {"name": "x", "period": "0"}])
def test_form_refuses_what_it_cannot_use(board, form):
    client = board("form")
    got = client.post("/settings", data=form)
    assert got.status_code == 400, got
    assert 'value="10"' in client.get("/").text


def test_form_stores_a_file_larger_than_the_heap(board):
    where = programs.folder("form")
    (where / "uploads").mkdir()
    client = board("form", cwd=where)
    data = bytes(range(256)) * 800
    got = client.put("/files/picture.png", content=data)
    assert (got.status_code, got.text) == (201, "picture.png: 204800 bytes"), got.text
    assert (where / "uploads" / "picture.png").read_bytes() == data
    got = client.put("/files/picture.png", content=iter([b"in ", b"chunks"]))
    assert (got.status_code, got.text) == (201, "picture.png: 9 bytes"), got.text
    assert (where / "uploads" / "picture.png").read_bytes() == b"in chunks"


@pytest.mark.parametrize("name", ["..%2Fmain.py", ".hidden", "a%2Fb", "a%00b", "%C3%BC", ""])
def test_form_stores_nothing_under_a_name_that_could_lead_elsewhere(board, name):
    where = programs.folder("form")
    (where / "uploads").mkdir()
    before = sorted(where.rglob("*"))
    got = board("form", cwd=where).put("/files/" + name, content=b"bad")
    assert got.status_code == 400, got
    assert sorted(where.rglob("*")) == before


def test_form_keeps_the_old_file_when_an_upload_breaks_off(board):
    where = programs.folder("form")
    (where / "uploads").mkdir()
    client = board("form", cwd=where)
    client.put("/files/notes.txt", content=b"old")
    with harness.Client(client.board.port) as broken:
        broken.send(b"PUT /files/notes.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nnew")
    time.sleep(0.3)
    assert client.get("/").status_code == 200
    assert (where / "uploads" / "notes.txt").read_bytes() == b"old"


def test_tasks_go_on_beside_the_server(board):
    client = board("tasks")
    before = int(client.get("/").text.split()[0])
    time.sleep(0.5)
    after = int(client.get("/").text.split()[0])
    assert 2 <= after - before <= 15, (before, after)


def test_tasks_go_on_while_the_server_is_stopped_and_it_comes_back(board):
    client = board("tasks")
    before = int(client.get("/").text.split()[0])
    got = client.post("/pause")
    assert (got.status_code, got.text) == (202, "See you in two seconds.\n"), got
    harness.wait_for(lambda: not harness.accepts(client.board.port), 2)
    harness.wait_for(lambda: harness.accepts(client.board.port), 6)
    after = int(client.get("/").text.split()[0])
    assert after - before >= 15, (before, after)


def test_dashboard_tells_its_readings(board):
    client = board("dashboard")
    first = harness.wait_for(lambda: (r := client.get("/api/readings").json())["samples"] and r)
    temperature, humidity, heap = first["samples"][-1]
    assert 150 < temperature < 350 and 300 < humidity < 700, first
    on_board = first["board"].startswith("MicroPython")
    assert (heap is not None) == on_board and (first["heap_size"] is not None) == on_board, first
    assert first["simulated"] == ["temperature", "humidity"] and first["on"] is False, first
    later = harness.wait_for(lambda: (r := client.get("/api/readings").json())["uptime"] > first["uptime"] and r)
    assert len(later["samples"]) == later["uptime"], later
    assert later["answers"] > first["answers"], later


def test_dashboard_gives_a_page_only_what_it_does_not_know_yet(board):
    client = board("dashboard")
    now = harness.wait_for(lambda: (r := client.get("/api/readings").json())["uptime"] > 1 and r)["uptime"]
    got = client.get("/api/readings/{}".format(now - 1)).json()
    assert len(got["samples"]) == got["uptime"] - now + 1, got
    got = client.get("/api/readings/1000").json()  # the board was started again since
    assert len(got["samples"]) == got["uptime"], got
    assert client.get("/api/readings/soon").status_code == 404


def events(client, since=0):
    """Listen to the dashboard's stream: gives what it tells, one after the other."""
    with client.stream("GET", "/api/stream/{}".format(since)) as got:
        assert got.headers["content-type"] == "text/event-stream", got.headers
        for line in got.iter_lines():
            if line:
                assert line.startswith("data: "), line
                yield json.loads(line[6:])


def test_dashboard_streams_what_is_new(board):
    client = board("dashboard")
    stream = events(client)
    told = [next(stream) for _ in range(3)]
    assert told[0]["samples"], told
    for before, now in zip(told, told[1:], strict=False):
        assert len(now["samples"]) == now["uptime"] - before["uptime"], told
    start = time.monotonic()
    assert httpx.post(client.base_url.join("/api/switch"), json={"on": True}, trust_env=False).status_code == 200
    while not next(stream)["on"]:
        pass
    assert time.monotonic() - start < 0.9, "a click is told at once"
    stream.close()


def test_dashboard_has_as_many_streams_as_leave_room_for_others(board):
    text = programs.source("dashboard")
    client = board("dashboard", text=text.replace("tinyweb.webserver()", "tinyweb.webserver(max_concurrency=2)"))
    assert client.head("/api/stream/0").headers["content-type"] == "text/event-stream"
    url = client.base_url.join("/api/stream/0")
    clients = [harness.Client(client.board.port) for _ in range(3)]  # two slots, six connections
    for c in clients:
        c.send(harness.message("/api/stream/0"))
    harness.wait_for(lambda: [c._receive() for c in clients])
    for _ in range(2):
        assert httpx.get(url, trust_env=False).status_code == 204
        assert client.get("/api/readings").status_code == 200
    clients.pop().close()

    def free():
        with httpx.stream("GET", url, trust_env=False) as got:
            return got.status_code == 200

    harness.wait_for(free)
    for c in clients:
        c.close()


def test_dashboard_keeps_no_more_than_a_minute(board):
    text = programs.source("dashboard")
    assert text.count("asyncio.sleep(1)") == 1
    client = board("dashboard", text=text.replace("asyncio.sleep(1)", "asyncio.sleep(0.01)"))
    got = harness.wait_for(lambda: (r := client.get("/api/readings").json())["uptime"] > 80 and r, 15)
    assert len(got["samples"]) == 60, got
    assert len(client.get("/api/readings/10").json()["samples"]) == 60


def test_dashboard_switches_to_the_state_that_is_asked_for(board):
    client = board("dashboard")
    for wanted in (True, True, False):
        got = client.post("/api/switch", json={"on": wanted})
        assert (got.status_code, got.json()) == (200, {"on": wanted}), got.text
        assert client.get("/api/readings").json()["on"] is wanted


@pytest.mark.parametrize("body", [{"json": {}}, {"json": {"on": 1}}, {"json": {"on": "true"}}, {"json": [True]},
                                  {"content": b"null"}, {"data": {"on": "true"}}, {"content": b"{on"}, {}])
def test_dashboard_refuses_a_switch_that_is_neither_on_nor_off(board, body):
    client = board("dashboard")
    got = client.post("/api/switch", headers={"Content-Type": "application/json"} if "content" in body else {}, **body)
    assert got.status_code == 400, got.text
    assert client.get("/api/readings").json()["on"] is False


def test_dashboard_serves_its_page_whole(board):
    client = board("dashboard")
    got = client.get("/")
    assert got.content == (programs.FOLDER / "dashboard" / "index.html").read_bytes()
    assert got.headers["content-type"].startswith("text/html"), got.headers


def test_dashboard_fits_a_small_board():
    # as .mpy, which is how mpremote or a firmware brings it to an ESP8266
    with programs.start("dashboard", heap=programs.SMALL, compiled=True) as running:
        with httpx.Client(base_url="http://{}:{}".format(harness.HOST, running.port), trust_env=False) as client:
            for _ in range(20):
                assert len(client.get("/").content) > 10000
                assert client.get("/api/readings").status_code == 200
                assert client.post("/api/switch", json={"on": True}).json() == {"on": True}
        assert not running.trouble(), running.trouble()
