"""What is asked of every server: the bytes of each request and the answer that must come back.

A workload names a program (servers/<server>/<program>.py; a file named after the workload itself goes first) and the
requests, which are sent in turn. Every answer is compared with `want`: a server that answers wrongly has no figure.
"""

from dataclasses import dataclass
from functools import partial

HOST = b"Host: 192.168.4.1\r\n"
PLAIN_FIELDS = HOST + b"User-Agent: curl/8.5.0\r\n"  # a head of 61 bytes
HELLO = b"Hello, world!"

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


def post(path, content_type, body):
    head = b"POST %s HTTP/1.1\r\n%sContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (path, PLAIN_FIELDS, content_type, len(body)) + body


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
    requests: tuple  # sent in turn, again and again
    want: object  # the body of the answer: bytes, or a function that says whether the body is right
    count: int = 100  # requests that are measured on a slow server; a quick one gets Server.weight times as many
    target: str = ""  # what the project wants: instructions as a fraction of microdot's, "1/10"
    quick: bool = False  # part of --quick
    rate: bool = False  # requests/s by wrk too
    rate_target: float = 0  # requests/s as a multiple of microdot's
    status: int = 200
    first: bytes = b""  # asked before the requests that carry its answer's ETag
    clients: int = 1  # who send at the same time
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


def _is_file(kilobytes, body):
    return body == file_body(kilobytes)


_close = PLAIN_FIELDS + b"Connection: close\r\n"
FILES = (1, 20, 200)

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
        Workload("stream", "stream of %d pieces" % PIECES, "stream", (get(b"/"),), _is_stream, 50, "1/3.5"),
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
