# nginx in front of this server, as in many a home network: what nginx takes for N requests we must take for the same N,
# with the same bodies, or somebody's request becomes a part of somebody else's.
#
# nginx says what it saw in its log, this server's handler says what it saw on its console. Broken requests go three
# ways: through nginx, which sends on what it has read whole; through nginx, which sends on what it is still reading;
# and straight to us. Each client says that it will send no more, so an answer that is missing means "incomplete".
import collections
import concurrent.futures
import json
import re
import socket
import subprocess
import time

import harness
import have
import pytest
from robust.conformance import framing, syntax
from robust.mutations import Mutator

PROGRAM = """
import json
import tinyweb

app = tinyweb.webserver(max_concurrency=4, max_connections=40, idle_timeout=60)


@app.catchall()
async def seen(req, resp):
    body = b""
    while True:
        piece = await req.read(512)
        if not piece:
            break
        body += piece
    target = req.path + (b"?" + req.query_string if req.query_string else b"")
    print("SEEN", json.dumps({
        "id": (req.header("X-Id") or b"").decode(), "from": req.peer[0], "method": req.method.decode(),
        "target": target.decode(), "body": "".join("%02x" % b for b in body)}))
    return "seen\\n"


app.run(HOST, PORT)
"""

CONF = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.txt error;
events {{ worker_connections 512; }}
http {{
  log_format seen escape=json
    '{{"id":"$request_id","from":"$remote_addr","at":"$server_port","method":"$request_method","target":"$request_uri",'
    '"status":"$status","upstream":"$upstream_status","body":"$request_body"}}';
  access_log {folder}/seen.txt seen;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  client_body_buffer_size 256k; client_body_in_single_buffer on; keepalive_requests 100000;
  upstream board {{ server {host}:{board}; keepalive 4; }}
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header X-Id $request_id;
  proxy_set_header Host $host;
  proxy_ignore_client_abort on;
  proxy_next_upstream off;
  server {{ listen {host}:{whole}; location / {{ proxy_pass http://board; }} }}
  server {{ listen {host}:{streamed}; location / {{ proxy_request_buffering off; proxy_pass http://board; }} }}
}}
"""
NGINX = have.find("nginx")
pytestmark = pytest.mark.skipif(not NGINX, reason="nginx is not installed")

# {id, method, target, body, status, upstream}; what the side that saw it does not know is None
Request = collections.namedtuple("Request", "id method target body status upstream")


class Proxy:
    """nginx in front of a port, with all that it writes in a folder of its own."""

    def __init__(self, folder, board):
        self.whole, self.streamed = harness.free_port(), harness.free_port()
        self._log = folder / "seen.txt"
        conf = folder / "nginx.conf"
        conf.write_text(CONF.format(folder=folder, host=harness.HOST, board=board, whole=self.whole,
                                    streamed=self.streamed))
        output = folder / "output.txt"
        with open(output, "wb") as out:
            process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(conf)], stdout=out,
                                       stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.running = harness.started(harness.Running(process, self.whole, harness.HOST, output, folder))

    def seen(self):
        """Give what nginx took for requests: {(its port, address of the client): [Request]}."""
        seen = collections.defaultdict(list)
        for line in self._log.read_bytes().decode("latin-1").split("\n")[:-1]:
            r = json.loads(line)
            seen[int(r["at"]), r["from"]].append(Request(r["id"], r["method"], r["target"], r["body"].encode("latin-1"),
                                                      int(r["status"]), r["upstream"]))
        return seen


def ours(running):
    """Give what we took for requests, in order: [(address of the client, Request)]."""
    lines = [json.loads(line[5:]) for line in running.output().split("\n") if line.startswith("SEEN ")]
    return [(r["from"], Request(r["id"], r["method"], r["target"], bytes.fromhex(r["body"]), None, None))
            for r in lines]


def address(i):
    """Give the i'th client an address of its own, by which both logs name it."""
    return f"127.1.{i // 250}.{i % 250 + 1}"


def put(port, i, data):
    """Send bytes as the i'th client and say that no more will come; give [(status, whether it says close)]."""
    got = b""
    with socket.create_connection((harness.HOST, port), 10, source_address=(address(i), 0)) as s:
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed already: what it said before is there
        try:
            while piece := s.recv(65536):
                got += piece
        except ConnectionResetError:
            pass
    heads = re.findall(rb"^HTTP/1\.[01] (\d{3})[^\n]*\r\n(.*?)\r\n\r\n", got, re.M | re.S)
    return [(int(code), b"close" in head.lower()) for code, head in heads if code != b"100"]


def put_all(port, inputs):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda i: put(port, i, inputs[i]), range(len(inputs))))


def inputs(seed, count):
    """Broken requests, and all that the conformance suite knows about framing and fields."""
    mutator = Mutator(seed)
    known = [c.sends for c in framing.CASES + syntax.CASES if isinstance(c.sends, bytes) and len(c.sends) < 3000]
    more = Mutator(seed + 1, known)
    return known + [mutator.next() for _ in range(count)] + [more.next() for _ in range(count)]


def unescaped(escape):
    return chr(int(escape[1], 16))


def plain(target):
    """A target as both sides may write it: without an empty query, with its slash, no unreserved character escaped."""
    path, mark, query = target.removesuffix("?").partition("?")
    target = re.sub("%(2d|2e|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])", unescaped, path, flags=re.I) + mark + query
    return target if target[:1] in ("/", "*") else "/" + target


def same(theirs, mine, body=True):
    return (theirs.method, plain(theirs.target)) == (mine.method, plain(mine.target)) and (
        not body or theirs.body == mine.body)


def sound(answers, count):
    """Whether a side that took `count` requests, and no more, has said why: an error, or a close that was asked for."""
    if len(answers) > count:
        return answers[count][0] >= 400
    return count > 0 and len(answers) == count and answers[-1][1]


def disagreement(theirs, their_answers, mine, my_answers):
    """Say how nginx and we framed the same bytes differently, "" if we agree or one of us refused."""
    refused = bool(theirs) and not theirs[-1].upstream  # nginx's own last word
    if refused:
        theirs = theirs[:-1]
    for i, (a, b) in enumerate(zip(theirs, mine, strict=False)):
        if not same(a, b, body=bool(a.upstream)):
            return f"request {i} is {a} to nginx, {b} to us"
    if len(theirs) > len(mine) and not sound(my_answers, len(mine)):
        return f"nginx saw {theirs}, we saw {mine} and waited for more: {my_answers}"
    if len(mine) > len(theirs) and not sound(their_answers, len(theirs)):
        return f"we saw {mine}, nginx saw {theirs} and waited for more: {their_answers}"
    return ""


@pytest.fixture
def board(serve):
    return serve(PROGRAM, heap=harness.ROOMY)


@pytest.fixture
def proxy(board, tmp_path):
    proxy = Proxy(tmp_path, board.port)
    yield proxy
    proxy.running.stop()


def settle(board, proxy):
    """Wait until neither side has anything more to say: the answers have come, their lines in the logs may be late."""
    before = None
    while before != (now := (board.output(), proxy.seen())):
        before = now
        time.sleep(0.2)


@pytest.mark.timeout(600)
def test_what_nginx_sends_on_and_what_it_reads_itself_is_what_we_read(board, proxy, form):
    data = inputs(form.seed, 4000 if form.long else 250)
    answers = {port: put_all(port, data) for port in (proxy.whole, proxy.streamed, board.port)}
    settle(board, proxy)
    theirs = proxy.seen()
    straight = collections.defaultdict(list)
    forwarded = collections.defaultdict(list)
    for client, request in ours(board):
        (forwarded[request.id] if request.id else straight[client]).append(request)
    faults = []
    for i, sent in enumerate(data):
        whole = theirs[proxy.whole, address(i)]
        for port in proxy.whole, proxy.streamed:
            for n, request in enumerate(theirs[port, address(i)]):
                got = forwarded.pop(request.id, [])
                want = 1 if request.upstream == "200" else 0
                # nginx has the body of what it sends on while it reads only in the run that reads it whole
                body = whole[n].body if n < len(whole) else None
                if len(got) != want or got and not (same(request, got[0], False) and got[0].body == body):
                    faults.append((sent, "streamed" if port == proxy.streamed else "whole", request, got))
        mine = straight[address(i)]
        if not sound(answers[board.port][i], len(mine)):
            # We wait for the end of a head, perhaps: then it is one that we shall refuse. Within a body these bytes
            # would be a part of it.
            answers[board.port][i] = put(board.port, i, sent + b"\r\n\r\n")
        text = disagreement(whole, answers[proxy.whole][i], mine, answers[board.port][i])
        if text:
            faults.append((sent, "straight", text))
    assert not faults, "\n".join(map(repr, faults[:10])) + f"\n{len(faults)} of {len(data)}"
    assert not forwarded, f"we saw requests that nginx never sent: {forwarded}"
    # of the broken ones enough are right, and enough are not, for this to mean something
    took = sum(bool(straight[address(i)]) for i in range(len(data)))
    assert len(data) / 20 < took < len(data) * 19 / 20, (took, len(data))
