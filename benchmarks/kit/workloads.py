"""What is asked of every server: the bytes of each request and the answer that must come back.

A workload names a program (servers/<server>/<program>.py; a file named after the workload itself goes first) and the
requests, which are sent in turn. Every answer is compared with `want`: a server that answers wrongly has no figure.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import partial

HOST = b"Host: 192.168.4.1\r\n"
PLAIN_FIELDS = HOST + b"User-Agent: curl/8.5.0\r\n"  # a head of 61 bytes
HELLO = b"Hello, world!"
ICON = bytes(range(256)) * 4

# A desktop browser asking for a page it was on before: what Chromium sends, cookie included.
BROWSER_FIELDS = (
    HOST
    + b"Connection: keep-alive\r\n"
    + b"Cache-Control: max-age=0\r\n"
    + b"Upgrade-Insecure-Requests: 1\r\n"
    + b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    + b"Chrome/126.0.0.0 Safari/537.36\r\n"
    + b"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8\r\n"
    + b"Referer: http://192.168.4.1/settings\r\n"
    + b"Accept-Encoding: gzip, deflate\r\n"
    + b"Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    + b"Cookie: session=eyJ1c2VyIjoiYWRhIiwic2luY2UiOjE3MTkyMzQ1Njd9.c2lnbmVkLWJ5LXRoZS1kZXZpY2UtaXRzZWxm; "
    + b"theme=dark; lang=en; visits=17\r\n"
)


def get(path, fields=PLAIN_FIELDS):
    return b"GET " + path + b" HTTP/1.1\r\n" + fields + b"\r\n"


def post(path, content_type, body, fields=PLAIN_FIELDS):
    head = b"POST %s HTTP/1.1\r\n%sContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (path, fields, content_type, len(body)) + body


def viewer(accept=b"*/*", version=126, session=b"c2lnbmVkLWJ5LXRoZS1kZXZpY2UtaXRzZWxm", referer=b"dashboard"):
    """The fields of one of several browsers, as Chromium sends them for a part of a page or from a script."""
    return b"".join((
        HOST,
        b"Connection: keep-alive\r\n",
        b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        b"Chrome/%d.0.0.0 Safari/537.36\r\n" % version,
        b"DNT: 1\r\n",
        b"Accept: %s\r\n" % accept,
        b"Referer: http://192.168.4.1/%s\r\n" % referer,
        b"Accept-Encoding: gzip, deflate\r\n",
        b"Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n",
        b"Cookie: session=eyJ1c2VyIjoiYWRhIiwic2luY2UiOjE3MTkyMzQ1Njd9.%s; theme=dark; lang=en\r\n" % session,
        b"Pragma: no-cache\r\n",
    ))  # fmt: skip


FORM = b"name=Ada+Lovelace&mail=ada%40example.org&age=36&city=London&note=well+met%21"
JSON = (
    b'{"sensor": "greenhouse-2", "temperature": 21.5, "humidity": 48, "battery": 3.71, "door": false, '
    b'"history": [20.9, 21.1, 21.3, 21.4, 21.5], "position": {"row": 4, "shelf": "left"}, "note": "after rain"}'
)
COOKIE = (
    b"session=WzQxMDI0NDQ4MDAsICIwMDExMjIzMzQ0NTU2Njc3IiwgeyJ1c2VyIjogImFkYSJ9XQ"
    b".g7c279KisNowkcrCsLUYitEyEZoCWgb8PD5WyolGqAg"
)
ETAG = b"ETAG"  # stands in a request for what the answer to Workload.first has in its field of this name
# A file in a form: bytes as a picture has them, each as often as another, and so each CR of a boundary that is none.
UPLOAD = 32
_UPLOAD = bytes((number * number >> 3) * 167 + number & 255 for number in range(UPLOAD * 1024))
BOUNDARY = b"----WebKitFormBoundary7MA4YWxkTrZu0gW7"  # as Chromium makes them
MULTIPART = (
    b'--%s\r\nContent-Disposition: form-data; name="title"\r\n\r\nnight\r\n'
    b'--%s\r\nContent-Disposition: form-data; name="file"; filename="night.png"\r\nContent-Type: image/png\r\n\r\n'
    b"%s\r\n--%s--\r\n" % (BOUNDARY, BOUNDARY, _UPLOAD, BOUNDARY)
)


def _sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def digest(layout, cnonce, fields, lines):
    """A function that makes the next request of a client that has logged in by Digest (RFC 7616).

    layout: of its credentials, which come behind so many lines of its other fields.
    """
    lines = b"\r\n".join(fields.split(b"\r\n")[:lines]) + b"\r\n"

    def request(challenge, number):
        nonce = re.search(rb'nonce="([^"]+)"', challenge[b"www-authenticate"])[1].decode()
        count = "%08x" % number
        parts = _sha256("ada:board:secret"), nonce, count, cnonce, "auth", _sha256("GET:/")
        values = {"nonce": nonce, "nc": count, "cnonce": cnonce, "response": _sha256(":".join(parts))}
        field = b"Authorization: Digest " + (layout % values).encode() + b"\r\n"
        return get(b"/", fields.replace(lines, lines + field, 1))

    return request


CURL = (
    'username="ada", realm="board", nonce="%(nonce)s", uri="/", cnonce="%(cnonce)s", nc=%(nc)s, qop=auth, '
    'response="%(response)s", algorithm=SHA-256'
)
CHROMIUM = (
    'username="ada", realm="board", nonce="%(nonce)s", uri="/", algorithm=SHA-256, response="%(response)s", qop=auth, '
    'nc=%(nc)s, cnonce="%(cnonce)s"'
)
PIECES = 20
PIECE = "<tr><td>reading %d</td><td>21.5 degrees</td></tr>\n"


def file_body(kilobytes):
    """The file that is served: text, as most pages are, the same bytes in each run."""
    line = b"<p>A line of a page, %06d, with some words in it.</p>\n"
    text = b"".join(line % number for number in range(kilobytes * 1024 // 48))
    return text[: kilobytes * 1024]


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    program: str
    requests: tuple  # sent in turn, again and again: bytes, or a function of the first answer's fields and a number
    want: object  # the body of the answer: bytes, or a function that says whether the body is right
    count: int = 100  # requests that are measured on a slow server; a quick one gets Server.weight times as many
    target: str = ""  # what the project wants: instructions as a fraction of microdot's, "1/10"
    quick: bool = False  # part of --quick
    rate: bool = False  # requests/s by wrk too
    rate_target: float = 0  # requests/s as a multiple of microdot's
    status: int = 200
    first: bytes = b""  # asked before the requests that carry its answer's ETag or nonce
    clients: int = 1  # who send at the same time
    connections: int = 1  # the requests are sent over these in turn
    heap: bool = True  # whether its smallest heap is looked for: some need what another one needs

    @property
    def turn(self):
        """The requests after which the same ones come again: what is counted is a multiple of them."""
        return len(self.requests) * self.clients


def _is_lamp(body):
    import json

    return json.loads(body) == {"id": "42", "name": "lamp", "on": True}


def _is_stream(body):
    return body == "".join(PIECE % number for number in range(PIECES)).encode()


def _is_sensor(body):
    import json

    data = json.loads(body)
    return data.keys() == {"temperature", "humidity", "count"} and data["count"] > 0


def _is_asset(body):
    return body in SITE.values()


def _is_either(body):
    return body == b"saved" or _is_sensor(body)


def _is_a_file(body):
    return body in (file_body(1), file_body(200))


def _is_table(body):
    lines = b"greenhouse &lt;3&gt;</td>", b"19.5 degrees</td><td>133 s ago", b"<h1>Sensors &amp; more</h1>"
    return 4000 < len(body) < 4500 and body.count(b"<tr class=") == 20 and all(line in body for line in lines)


def _is_file(kilobytes, body):
    return body == file_body(kilobytes)


_close = PLAIN_FIELDS + b"Connection: close\r\n"
FILES = (1, 20, 200)
# What a page consists of.
SITE = {
    "index.html": file_body(1),
    "style.css": file_body(1),
    "app.js": file_body(4),
    "logo.png": ICON,
    "chart.svg": file_body(1),
    "icon.ico": ICON,
}
MANY = 16  # different requests in turn: more than any server remembers
_PAGE = (
    get(b"/site/index.html", BROWSER_FIELDS),
    get(b"/site/style.css", viewer(b"text/css,*/*;q=0.1")),
    get(b"/site/app.js", viewer()),
    *(
        get(b"/site/%s" % name, viewer(b"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"))
        for name in (b"logo.png", b"chart.svg", b"icon.ico")
    ),
)

WORKLOADS = {
    w.name: w
    for w in (
        Workload("hello", "hello, keep-alive", "hello", (get(b"/"),), HELLO, 100, "1/10", True, True, 8),
        Workload("close", "hello, Connection: close", "hello", (get(b"/", _close),), HELLO, 100, "1/6", True, True),
        Workload(
            "browser",
            "browser's head (%d bytes)" % len(get(b"/", BROWSER_FIELDS)),
            "hello",
            (get(b"/", BROWSER_FIELDS),),
            HELLO,
            100,
            "1/14",
            True,
            True,
            12,
        ),
        Workload("four", "hello, 4 clients at once", "hello", (get(b"/"),), HELLO, clients=4, heap=False),
        # No two heads in a row are the same: what a browser's head costs where remembering the last one cannot help.
        Workload(
            "browser-varied",
            "browser's head, another query each time",
            "hello",
            tuple(get(b"/?page=%d" % page, BROWSER_FIELDS) for page in range(7)),
            HELLO,
            heap=False,
        ),
        Workload(
            "404",
            "404 for a browser's /favicon.ico",
            "404",
            (get(b"/favicon.ico", BROWSER_FIELDS),),
            lambda body: b"ot " in body,  # each says it in its own words
            status=404,
            heap=False,
        ),
        Workload(
            "route",
            "one parameter, the 10th of 20 routes, JSON out",
            "route",
            (get(b"/api/thing10/42"),),
            _is_lamp,
            100,
            "1/7",
        ),
        Workload(
            "form",
            "form of five fields",
            "form",
            (post(b"/", b"application/x-www-form-urlencoded", FORM),),
            b"Ada Lovelace",
            100,
            "1/4.5",
            True,
        ),
        Workload(
            "json",
            "JSON in, %d bytes" % len(JSON),
            "json",
            (post(b"/", b"application/json", JSON),),
            b"greenhouse-2",
            100,
            "1/5.5",
        ),
        Workload(
            "upload",
            "a file of %d KB in a form, saved" % UPLOAD,
            "upload",
            (post(b"/", b"multipart/form-data; boundary=" + BOUNDARY, MULTIPART),),
            b"night %d" % len(_UPLOAD),
            10,
            "1/4",
            heap=False,
        ),
        Workload("file1", "file of 1 KB", "file", (get(b"/file1"),), partial(_is_file, 1), 100, "1/5", heap=False),
        Workload(
            "file20", "file of 20 KB", "file", (get(b"/file20"),), partial(_is_file, 20), 50, "1/9", True, True, 3
        ),
        Workload(
            "file200", "file of 200 KB", "file", (get(b"/file200"),), partial(_is_file, 200), 8, "1/12", heap=False
        ),
        # The sender has to leave time to the other connection.
        Workload(
            "file200-beside",
            "files of 200 KB and 1 KB in turn, over 2 connections",
            "static",
            (get(b"/file200.html"), get(b"/file1.html")),
            _is_a_file,
            8,
            heap=False,
            connections=2,
        ),
        Workload("stream", "stream of %d pieces" % PIECES, "stream", (get(b"/"),), _is_stream, 50, "1/3.5"),
        # The same page twice: sent part by part by hand, with what it shows escaped, and from a template.
        Workload("table", "page of 4 KB with 20 rows, by send()", "table", (get(b"/"),), _is_table, 30, heap=False),
        Workload("template", "the same from a template", "template", (get(b"/"),), _is_table, 30, heap=False),
        Workload(
            "304",
            "304 for a file that is known",
            "static",
            (get(b"/file1.html", PLAIN_FIELDS + b"If-None-Match: " + ETAG + b"\r\n"),),
            b"",
            first=get(b"/file1.html"),
            status=304,
        ),
        # Logins of tinyweb-auth. microdot's sessions want two modules of others, which it does not bring along.
        Workload(
            "basic",
            "hello behind a Basic login",
            "basic",
            (get(b"/", PLAIN_FIELDS + b"Authorization: Basic YWRhOnNlY3JldA==\r\n"),),
            HELLO,
            100,
            "1/6",
            heap=False,
        ),
        Workload(
            "session",
            "hello behind a session, another query each time",
            "session",
            tuple(get(b"/?page=%d" % page, PLAIN_FIELDS + b"Cookie: " + COOKIE + b"\r\n") for page in range(7)),
            HELLO,
            heap=False,
        ),
        # The password never crosses the wire, so that each request differs and is verified.
        *(
            Workload(
                name,
                "hello behind a Digest login, " + client,
                "digest",
                (digest(shape, cnonce, fields, place),),
                HELLO,
                first=get(b"/"),
                heap=False,
            )
            for name, client, shape, cnonce, fields, place in (
                ("digest", "curl", CURL, "ZDRkNGZlOGY1MDU2Y2Y0YzUyYmE1YjQ0ZjgyMTg0MmU=", PLAIN_FIELDS, 1),
                ("digest-browser", "Chromium", CHROMIUM, "5a6f0c1d2e3b4a59", BROWSER_FIELDS, 2),
            )
        ),
        # What real pages make: requests that differ from the one before.
        Workload(
            "sensor", "the same head again, JSON that changes", "traffic", (get(b"/sensor", viewer()),), _is_sensor
        ),
        Workload(
            "two-viewers",
            "two browsers in turn, JSON that changes",
            "traffic",
            (
                get(b"/sensor", viewer()),
                get(b"/sensor", viewer(b"*/*", 131, b"dGhlLW90aGVyLWJyb3dzZXItb2YtdGhlLWhvdXNl")),
            ),
            _is_sensor,
            connections=2,
        ),
        Workload(
            "query",
            "a query that differs each time, JSON",
            "traffic",
            tuple(get(b"/sensor?t=%d" % (1732600000000 + 997 * number), viewer()) for number in range(MANY)),
            _is_sensor,
        ),
        Workload(
            "parameter",
            "a parameter in the path that differs each time, JSON",
            "traffic",
            tuple(get(b"/sensor/%d" % (100 + number), viewer()) for number in range(MANY)),
            _is_sensor,
        ),
        Workload(
            "routes",
            "20 routes in turn",
            "traffic",
            tuple(get(b"/page%d" % number, viewer()) for number in range(20)),
            HELLO,
        ),
        Workload(
            "poll-post",
            "a poll and a POST in turn, JSON",
            "traffic",
            (get(b"/sensor", viewer()), post(b"/led", b"application/json", b'{"on": true}', viewer())),
            _is_either,
        ),
        Workload(
            "cookie",
            "a cookie that differs each time, JSON",
            "traffic",
            tuple(get(b"/sensor", viewer(session=b"c2ln%016d" % number)) for number in range(MANY)),
            _is_sensor,
        ),
        Workload("page", "a page of 6 files, over 2 connections", "traffic", _PAGE, _is_asset, 50, connections=2),
        Workload(
            "first-head",
            "a browser's first head",
            "traffic",
            tuple(
                get(
                    b"/",
                    viewer(b"text/html,*/*;q=0.%d" % number, 110 + number, b"c2ln%034d" % number, b"from%d" % number),
                )
                for number in range(MANY)
            ),
            HELLO,
        ),
        # The same again as resources of tinyweb-rest. A server without resources does it with its routes.
        Workload(
            "rest-route",
            "REST: GET, one parameter, 20 resources",
            "route",
            (get(b"/api/thing10/42"),),
            _is_lamp,
            100,
            "1/6",
        ),
        Workload(
            "rest-form",
            "REST: POST, form of five fields",
            "form",
            (post(b"/", b"application/x-www-form-urlencoded", FORM),),
            b"Ada Lovelace",
            100,
            "1/4",
        ),
        Workload(
            "rest-json",
            "REST: POST, JSON of %d bytes" % len(JSON),
            "json",
            (post(b"/", b"application/json", JSON),),
            b"greenhouse-2",
            100,
            "1/4",
        ),
        Workload("rest-stream", "REST: generator of %d pieces" % PIECES, "stream", (get(b"/"),), _is_stream, 50, "1/4"),
    )
}
