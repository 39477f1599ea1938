# Forms that hypothesis makes up, and forms that were damaged, beside two parsers of others: PyPI's multipart, and
# busboy on node. What all of them take is read alike; what is damaged never stops the server.
import json
import os
import random
import subprocess
import time

import harness
import have
import hypothesis
import multipart
import pytest
import uploads
from hypothesis import strategies as st

SETTINGS = hypothesis.settings(deadline=None, derandomize=True, max_examples=80,
                               suppress_health_check=list(hypothesis.HealthCheck))
DAMAGED = 5000

# Reads {type, body in hexadecimal} from each line, and writes what busboy reads of it.
BUSBOY = """
const busboy = require("busboy");
const lines = require("readline").createInterface({input: process.stdin});
lines.on("line", line => {
  const {type, body} = JSON.parse(line), found = [];
  let over = false;
  const end = error => { if (!over) { over = true; console.log(JSON.stringify(error ? null : found)); } };
  let parser;
  try {
    parser = busboy({headers: {"content-type": type}, preservePath: true, defParamCharset: "utf8"});
  } catch (e) { return end(true); }
  parser.on("field", (name, value) => found.push([name, null, Buffer.from(value, "utf8").toString("hex")]));
  parser.on("file", (name, stream, info) => {
    const place = [name, info.filename ?? "", ""];
    found.push(place);
    stream.on("data", data => place[2] += data.toString("hex"));
    stream.on("error", () => {});
  });
  parser.on("error", () => end(true));
  parser.on("close", () => end(false));
  parser.end(Buffer.from(body, "hex"));
});
"""


@pytest.fixture(scope="module")
def port(serve_module):
    return serve_module(uploads.PROGRAM, heap="512k", compiled=True).port


@pytest.fixture(scope="module")
def busboy():
    if not (have.find("node") and have.find("node-busboy")):
        (pytest.fail if have.in_ci() else pytest.skip)("node-busboy is not installed")
    env = dict(os.environ, NODE_PATH="/usr/share/nodejs")
    process = subprocess.Popen([have.find("node"), "-e", BUSBOY], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True, env=env)

    def parse(kind, body):
        process.stdin.write(json.dumps({"type": kind, "body": body.hex()}) + "\n")
        process.stdin.flush()
        found = json.loads(process.stdout.readline())
        return None if found is None else [(name, file, bytes.fromhex(data)) for name, file, data in found]

    yield parse
    process.stdin.close()
    process.wait(10)


def by_multipart(kind, body):
    """What PyPI's multipart reads: [(name, filename, bytes)], None if it refuses."""
    _, options = multipart.parse_options_header(kind)
    found = []
    try:
        with multipart.PushMultipartParser(options["boundary"], header_charset="utf8", strict=True) as parser:
            for event in parser.parse(body):
                if isinstance(event, multipart.MultipartSegment):
                    data = bytearray()
                    found.append((event.name, event.filename, data))
                elif event:
                    data += event
    except multipart.MultipartError:
        return None
    return [(name, file, bytes(data)) for name, file, data in found]


BOUNDARY = st.text("abAB09'()+_,-./:=?", min_size=1, max_size=70)
NAME = st.text("ab ;=ä…'/:.", max_size=12)
PIECE = st.sampled_from([b"\r\n", b"--", b"\r", b"\n", b"-", b"a", b" ", b"\0\xff", b"BOUNDARY", b"\r\n--BOUNDARY"])


@st.composite
def a_form(draw):
    boundary = draw(BOUNDARY)
    parts = []
    for name, filename, pieces in draw(st.lists(st.tuples(NAME, st.none() | NAME, st.lists(PIECE, max_size=99)),
                                                max_size=4)):
        data = b"".join(pieces).replace(b"BOUNDARY", boundary[:-1].encode())
        # what begins as a boundary ends a part, for all of them but us: RFC 2046 5.1.1 says that it must not be there
        if b"\r\n--" + boundary.encode() not in b"\r\n" + data + b"\r\n":
            parts.append((name, filename, data))
    return boundary, parts


@hypothesis.given(form=a_form(), size=st.sampled_from([640, 641, 700, 1024]), step=st.sampled_from([None, 60]))
@SETTINGS
def test_a_form_is_read_as_others_read_it(port, busboy, form, size, step):
    boundary, parts = form
    body = uploads.body(*parts, boundary=boundary)
    kind = f'multipart/form-data; boundary="{boundary}"'
    got = uploads.post(port, f"/parts/{size}", body, kind, pieces=step)
    assert got.code == 200, got.text
    got = [(name, file, data) for name, file, _, data in uploads.read(got)]
    assert got == parts
    theirs = by_multipart(kind, body)
    assert theirs is None or theirs == parts, theirs
    theirs = busboy(kind, body)
    assert theirs is None or plain(theirs) == plain(parts), theirs


def plain(parts):
    """As busboy shows them: an empty name is none, and what is no UTF-8 in a field is replaced. It ends files later."""
    return sorted((name or "", file or "", data.decode(errors="replace")) for name, file, data in parts)


def damaged(random):
    """Give a form in which something was cut, changed, doubled or moved."""
    body = bytearray(uploads.body(("a", None, b"12\r\n3"), ("b", "x.png", b"\r\n--X" * 9), ("c", "", b"")))
    for _ in range(random.randint(1, 3)):
        i, n = random.randrange(len(body) or 1), random.choice((1, 1, 2, 5, 20))
        how = random.randrange(5)
        if how == 0:
            del body[i:i + n]
        elif how == 1:
            body[i:i + n] = bytes(random.choice(b'\r\n-:;="\\X \0\xff') for _ in range(n))
        elif how == 2:
            body[i:i] = body[i:i + n] * random.choice((1, 2, 30))
        elif how == 3:
            del body[i:]
            body.append(13)
        else:
            body[i:i] = random.choice((b"\r\n", b"--XX", b"\r\n--XX\r\n", b"\r\n--XX--\r\n", b"\r\n\r\n"))
    return bytes(body)


def test_damaged_forms_never_stop_the_server(port):
    chance = random.Random(7578)
    codes = {}
    client = harness.Client(port, timeout=10)
    slowest = 0
    kind = [("Content-Type", "multipart/form-data; boundary=XX")]
    for _ in range(DAMAGED):
        body = damaged(chance)
        begun = time.monotonic()
        got = client.request(harness.message("/parts/640", kind, "POST", body))
        slowest = max(slowest, time.monotonic() - begun)
        codes[got.code] = codes.get(got.code, 0) + 1
        assert got.code in (200, 400), (got.code, body)
        if got.code == 200 and b"\r\n\r\n--XX" not in body:
            # What we take, PyPI's multipart splits in the same way or refuses. (A name without quotes may be damaged so
            # that each reads another one; and the CR LF that ends the head of an empty part may belong to the boundary,
            # by the grammar of RFC 2046 5.1.1, but not to it.)
            theirs = by_multipart("multipart/form-data; boundary=XX", body)
            assert theirs is None or [data for _, _, data in theirs] == [part[3] for part in uploads.read(got)], body
        if got.headers.get("connection") == "close":
            client.close()
            client = harness.Client(port, timeout=10)
    client.close()
    assert codes[200] > 100 and codes[400] > 1000, codes
    assert slowest < 5, slowest
    assert harness.get(port).text == "hello"
