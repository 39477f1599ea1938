# Message syntax: RFC 9112 2 (message), 3 (request line), 5 (fields); RFC 9110 4.2 (URIs), 5 (fields), 7.2 (Host).
import re

from .case import MAY, MUST, SHOULD, case, get, last, ok, refused, request, silence, status, what

HOST = b"Host: localhost\r\n"


def line(text):
    """A request whose first line is `text`."""
    return request(text)


def version(text):
    return line(b"GET /hello " + text)


def field(text):
    """A GET with one more line in its head."""
    return what(text)


def host(value):
    return get(host=value)


# A line that matches no grammar should be answered with 400; some may be read leniently (9112 3).
REQUEST_LINES = [
    case("9112 2.2", SHOULD, f"request line: {name}", line(text), refused(400, 501, 505))
    for name, text in (
        ("the method alone", b"GET"),
        ("no target", b"GET HTTP/1.1"),
        ("no version", b"GET /hello"),
        ("no method", b"/hello HTTP/1.1"),
        ("an empty method", b" /hello HTTP/1.1 x"),
        ("a fourth word", b"GET /hello HTTP/1.1 x"),
        ("a space in the target", b"GET /hello world HTTP/1.1"),
        ("a method with @", b"G@T /hello HTTP/1.1"),
        ("a method with a colon", b"GET: /hello HTTP/1.1"),
        ("a method with a slash", b"GET/ /hello HTTP/1.1"),
        ("a method in parentheses", b"(GET) /hello HTTP/1.1"),
        ("a method in quotes", b'"GET" /hello HTTP/1.1'),
        ("a method with a control", b"G\x01T /hello HTTP/1.1"),
        ("a method with NUL", b"GET\0 /hello HTTP/1.1"),
        ("a method with a byte above 127", b"G\xc9T /hello HTTP/1.1"),
        ("a method with a comma", b"GET,POST /hello HTTP/1.1"),
        ("a method with a brace", b"{GET} /hello HTTP/1.1"),
        ("no name of the protocol", b"GET /hello /1.1"),
        ("another protocol", b"GET /hello RTSP/1.0"),
        ("a TLS hello", bytes.fromhex("16030100c4010000c00303") + bytes(40)),
        ("noise", bytes(range(128, 256))),
        ("the answer of a server", b"HTTP/1.1 200 OK"),
        ("a field", b"Content-Length: 5"),
    )
] + [
    case("9112 2.3", SHOULD, f"version {text.decode()!r}", version(text), refused(400, 501, 505))
    for text in (
        b"http/1.1", b"Http/1.1", b"HTTP/1", b"HTTP/1.", b"HTTP/.1", b"HTTP/11", b"HTTP/1.10", b"HTTP/01.1",
        b"HTTP/1.1.1", b"HTTP/1,1", b"HTTP/1.a", b"HTTP/a.1", b"HTTP/-1.1", b"HTTP/1.-1", b"HTTP/+1.1", b"HTTP /1.1",
        b"HTTP/ 1.1", b"HTTP/1 .1", b"HTP/1.1", b"HTTPS/1.1", b"HTTP1.1", b"HTTP/1.1\x0b", b"HTTP/1.1;",
    )
] + [
    case("9110 15.6.6", SHOULD, "version 2.0 is not ours", version(b"HTTP/2.0"), refused(400, 505)),
    case("9110 15.6.6", SHOULD, "version 3.0 is not ours", version(b"HTTP/3.0"), refused(400, 505)),
    case("9110 15.6.6", SHOULD, "version 9.9 is not ours", version(b"HTTP/9.9"), refused(400, 505)),
    case("9110 15.6.6", SHOULD, "version 0.9 has no version in its line", version(b"HTTP/0.9"), refused(400, 505)),
    case("9110 2.5", SHOULD, "a later minor version is read as the highest known", version(b"HTTP/1.2"), ok(b"hello")),
    case("9110 2.5", SHOULD, "version 1.9", version(b"HTTP/1.9"), ok(b"hello")),
    case("9113 3.4", SHOULD, "HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", refused(400, 405, 501, 505)),
    # "a recipient MAY parse on whitespace-delimited word boundaries"
    *(
        case("9112 3", MAY, f"request line: {name}", line(text), ok(b"hello"), refused(400, 501, 505))
        for name, text in (
            ("two spaces before the target", b"GET  /hello HTTP/1.1"),
            ("two spaces before the version", b"GET /hello  HTTP/1.1"),
            ("a space in front", b" GET /hello HTTP/1.1"),
            ("a space behind", b"GET /hello HTTP/1.1 "),
            ("tabs", b"GET\t/hello\tHTTP/1.1"),
            ("a vertical tab", b"GET\x0b/hello HTTP/1.1"),
            ("a form feed", b"GET\x0c/hello HTTP/1.1"),
        )
    ),
    case("9112 3", MUST, "a bare CR in the request line is no end of a line", line(b"GET\r/hello HTTP/1.1"),
         ok(b"hello"), refused(400, 501, 505)),
    case("9112 2.2", MUST, "a bare CR behind the version", version(b"HTTP/1.1\rX: y"), ok(b"hello"), refused(400, 505)),
    case("9112 2.2", SHOULD, "an empty line before the request is skipped", b"\r\n" + get(), ok(b"hello")),
    case("9112 2.2", MAY, "three empty lines before the request", b"\r\n" * 3 + get(), ok(b"hello"), refused(400)),
    case("9112 2.2", MAY, "LF alone ends each line", get().replace(b"\r\n", b"\n"), ok(b"hello"), refused(400)),
    case("9112 2.2", MAY, "LF alone ends the request line", get().replace(b"\r\n", b"\n", 1), ok(b"hello"),
         refused(400)),
    case("9112 2.2", MAY, "LF alone ends a field", b"GET /hello HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
         ok(b"hello"), refused(400)),
    case("9112 2.2", MAY, "LF alone ends the head", b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\n", ok(b"hello"),
         refused(400)),
    case("9112 8", SHOULD, "a head that stops in the middle is no request", b"GET /hello HTTP/1.1\r\nHost: local",
         silence, refused(400, 408), half=True),
    case("9112 8", SHOULD, "a head without its last line is no request", b"GET /hello HTTP/1.1\r\nHost: localhost\r\n",
         silence, refused(400, 408), half=True),
    case("9112 8", SHOULD, "a request line that stops in the middle is no request", b"GET /hel",
         silence, refused(400, 408), half=True),
    case("9112 2.2", MAY, "nothing at all is no request", b"", silence, half=True),
    case("9112 2.2", MAY, "empty lines and nothing else", b"\r\n\r\n", silence, refused(400, 408), half=True),
]

LONG = b"a" * 20000
TARGETS = [
    # origin-form (9112 3.2.1)
    case("9112 3.2.1", MUST, "a path", what(), ok(says={"path": "/what/x", "query": "", "host": "localhost"})),
    case("9112 3.2.1", MUST, "a query", get(b"/what/x?a=1&b=2"), ok(says={"path": "/what/x", "query": "a=1&b=2"})),
    case("3986 3.4", MUST, "? and / in a query", get(b"/what/x?a?b=/c"), ok(says={"query": "a?b=/c"})),
    case("3986 3.4", MUST, "an empty query", get(b"/what/x?"), ok(says={"path": "/what/x", "query": ""})),
    case("3986 3.3", MUST, "every character that a path may have",
         get(b"/what/azAZ09-._~!$&'()*+,;=:@%20"), ok(says={"path": "/what/azAZ09-._~!$&'()*+,;=:@%20"})),
    case("9110 4.2.3", SHOULD, "an escaped letter is the letter", get(b"/%68ello"), ok(b"hello")),
    case("9110 4.2.3", SHOULD, "escapes in capitals", get(b"/%68%65%6C%6C%6F"), ok(b"hello")),
    case("9110 4.2.3", SHOULD, "escapes in small letters", get(b"/%68%65%6c%6c%6f"), ok(b"hello")),
    case("9110 4.2.3", SHOULD, "paths differ in case", get(b"/HELLO"), status(404)),
    case("3986 2.1", MAY, "an escape that is none", get(b"/what/%zz"), ok(), status(400)),
    case("3986 2.1", MAY, "an escape cut short", get(b"/what/%4"), ok(), status(400)),
    *(
        case("9112 3.2", MAY, f"{chr(c)!r} in the target", get(b"/what/a%cb" % c), ok(), status(400))
        for c in b'"<>\\^`{|}'
    ),
    *(
        case("9112 2.2", SHOULD, f"{chr(c)!r} in the target", get(b"/what/a%cb" % c), refused(400))
        for c in b"\0\x01\x08\x1b\x1f\x7f"
    ),
    case("9112 3.2", SHOULD, "a byte above 127 in the target", get(b"/what/\xe9"), refused(400)),
    case("9112 3.2", SHOULD, "UTF-8 in the target", get("/what/\u00e4".encode()), refused(400)),
    case("9112 3.2", SHOULD, "a fragment in the target", get(b"/hello#x"), refused(400)),
    case("9112 3.2.1", SHOULD, "a target without its slash", get(b"hello"), refused(400), status(404)),
    case("9112 3.2.1", SHOULD, "a query for a target", get(b"?a=1"), refused(400), status(404)),
    case("9112 3.2.4", SHOULD, "* for a GET", get(b"*"), refused(400), status(404, 405)),
    case("9112 3.2.4", SHOULD, "* and more", request(b"OPTIONS *x HTTP/1.1"), refused(400), status(404, 405)),
    case("9112 3", SHOULD, "a request line of 8,000 bytes is served, or said to be too long",
         get(b"/what/" + b"a" * 7980), ok(), refused(414)),
    case("9110 15.5.15", MUST, "a target that is too long is 414", get(b"/what/" + LONG), ok(), refused(414)),
    case("9110 15.5.15", MUST, "a query that is too long is 414", get(b"/what/x?" + LONG), ok(), refused(414)),
    case("9112 3", SHOULD, "a method that is too long", request(LONG[:9000] + b" /hello HTTP/1.1"),
         refused(400, 414, 431, 501), status(501)),
    # absolute-form (9112 3.2.2): "a server MUST accept the absolute-form"
    case("9112 3.2.2", MUST, "absolute-form", get(b"http://localhost/what/x"), ok(says={"path": "/what/x"})),
    case("9112 3.2.2", MUST, "absolute-form with a query", get(b"http://localhost/what/x?a=1"),
         ok(says={"path": "/what/x", "query": "a=1"})),
    case("9112 3.2.2", MUST, "absolute-form with a port", get(b"http://localhost:8081/what/x"),
         ok(says={"path": "/what/x", "host": "localhost:8081"})),
    case("9112 3.2.2", MUST, "absolute-form of an address", get(b"http://127.0.0.1/what/x", host=b"127.0.0.1"),
         ok(says={"host": "127.0.0.1"})),
    case("9112 3.2.2", MUST, "absolute-form of an IPv6 address", get(b"http://[::1]:80/hello", host=b"[::1]:80"),
         ok(b"hello")),
    case("9112 3.2.2", MUST, "its authority overrules Host", get(b"http://example.org/what/x"),
         ok(says={"host": "example.org", "path": "/what/x"})),
    case("9112 3.2.2", MUST, "absolute-form without a path", get(b"http://localhost"), status(200, 404)),
    case("9112 3.2.2", MUST, "absolute-form without a path, with a query", get(b"http://localhost?a=1"),
         status(200, 404)),
    last("9112 3.2.2", MUST, "absolute-form in 1.0",
         request(b"GET http://localhost/what/x HTTP/1.0", host=None), ok(says={"path": "/what/x"})),
    case("9110 4.2.3", MUST, "a scheme in capitals", get(b"HTTP://localhost/hello"), ok(b"hello")),
    case("9112 3.2", MUST, "absolute-form with no Host in 1.1", get(b"http://localhost/hello", host=None),
         refused(400)),
    case("9112 3.2", MUST, "absolute-form with two Hosts", get(b"http://localhost/hello", b"Host: localhost"),
         refused(400)),
    case("9112 3.2", MUST, "absolute-form with a Host that is none", get(b"http://localhost/hello", host=b"a b"),
         refused(400)),
    case("9110 4.2.1", MUST, "an http URI without a host", get(b"http:///hello"), status(400, 404, 421)),
    last("9110 4.2.1", MUST, "an http URI without a host, in 1.0", request(b"GET http:///hello HTTP/1.0", host=None),
         status(400, 404, 421)),
    case("9110 4.2.1", MUST, "an http URI with a port and no host", get(b"http://:80/hello"), status(400, 404, 421)),
    case("9110 4.2.4", SHOULD, "user and password in a URI", get(b"http://me:secret@localhost/hello"), status(400)),
    case("9110 7.4", MUST, "an https resource is not served over a connection without TLS",
         get(b"https://localhost/hello"), status(400, 403, 404, 421, 426)),
    case("9110 7.4", SHOULD, "a resource of another scheme", get(b"ftp://localhost/hello"), status(400, 404, 421)),
    case("9112 3.2.2", SHOULD, "a URI with one slash", get(b"http:/localhost/hello"), status(400, 404)),
    case("9112 3.2.3", SHOULD, "authority-form is for CONNECT", get(b"localhost:80"), status(400, 404)),
]

HOSTS = [
    case("9112 3.2", MUST, f"Host: {name}", get(host=value), refused(400))
    for name, value in (
        ("a space", b"local host"), ("a slash", b"localhost/x"), ("a question mark", b"localhost?x"),
        ("a number sign", b"localhost#x"), ("a user", b"me@localhost"), ("a backslash", b"localhost\\x"),
        ("quotes", b'"localhost"'), ("angle brackets", b"<localhost>"), ("a caret", b"local^host"),
        ("a brace", b"local{host"), ("a bar", b"local|host"), ("a byte above 127", b"loc\xe4lhost"),
        ("a control", b"local\x01host"), ("two hosts", b"localhost localhost"), ("a URI", b"http://localhost"),
        ("a port of letters", b"localhost:http"), ("two ports", b"localhost:80:80"), ("a negative port",
        b"localhost:-80"), ("an address that is not closed", b"[::1"), ("an address that is not opened", b"::1]"),
        ("an address and letters", b"[::1]x"), ("a bracket inside", b"local[host]"),
    )  # fmt: skip
] + [
    case("9112 3.2", MUST, "no Host in 1.1", get(host=None), refused(400)),
    case("9112 3.2", MUST, "no Host in a later 1.x", request(b"GET /hello HTTP/1.2", host=None), refused(400, 505)),
    case("9112 3.2", MUST, "no Host in 1.1 for OPTIONS *", request(b"OPTIONS * HTTP/1.1", host=None), refused(400)),
    case("9112 3.2", MUST, "two Hosts", get(b"/hello", b"Host: example.org"), refused(400)),
    case("9112 3.2", MUST, "two Hosts that are equal", get(b"/hello", b"Host: localhost"), refused(400)),
    case("9112 3.2", MUST, "two Hosts with other fields between", get(b"/hello", b"A: b", b"host: localhost"),
         refused(400)),
    case("9112 3.2", MUST, "two Hosts, one of them empty", get(b"/hello", b"Host:"), refused(400)),
    case("9112 3.2", MUST, "two Hosts in 1.0", request(b"GET /hello HTTP/1.0", b"Host: a"), refused(400)),
    last("9112 3.2", MUST, "no Host in 1.0", request(b"GET /hello HTTP/1.0", host=None), ok(b"hello")),
    case("9110 7.2", MUST, "Host with a port", what(host=b"localhost:8081"), ok(says={"host": "localhost:8081"})),
    case("9110 7.2", MUST, "Host as an IPv4 address", what(host=b"127.0.0.1"), ok(says={"host": "127.0.0.1"})),
    case("9110 7.2", MUST, "Host as an IPv6 address", get(host=b"[::1]"), ok(b"hello")),
    case("9110 7.2", MUST, "Host as an IPv6 address with a port", get(host=b"[::1]:8081"), ok(b"hello")),
    case("9110 7.2", MUST, "Host with digits and hyphens", get(host=b"a-1.b-2.example"), ok(b"hello")),
    case("3986 3.2.3", MUST, "Host with an empty port", get(host=b"localhost:"), ok(b"hello")),
    case("9110 7.2", MAY, "an empty Host", get(host=b""), ok(b"hello"), status(400)),
    case("9110 5.1", MUST, "Host in any case", request(b"GET /hello HTTP/1.1", b"hOST: localhost", host=None),
         ok(b"hello")),
]

SPACED = [
    case("9112 5.1", MUST, f"{name} between the name and the colon", field(text), refused(400))
    for name, text in (
        ("a space", b"X-Test : a"), ("a tab", b"X-Test\t: a"), ("two spaces", b"X-Test  : a"),
        ("a space, in Content-Length", b"Content-Length : 0"), ("a tab, in Content-Length", b"Content-Length\t: 0"),
        ("a space, in Transfer-Encoding", b"Transfer-Encoding : chunked"), ("a space, in Connection",
        b"Connection : close"), ("a space, in Expect", b"Expect : 100-continue"),
    )  # fmt: skip
] + [
    case("9112 5.1", MUST, "a space between Host and its colon",
         request(b"GET /hello HTTP/1.1", b"Host : localhost", host=None), refused(400)),
]

NAMES = [
    case("9110 5.1", SHOULD, f"{chr(c)!r} in a field name", field(b"X%cTest: a" % c), refused(400))
    for c in b'"(),/;<=>?@[\\]{}\0\x01\x1f\x7f\x80\xe9\xff'
] + [
    case("9110 5.1", SHOULD, "a space in a field name", field(b"X Test: a"), refused(400)),
    case("9110 5.1", SHOULD, "an empty field name", field(b": a"), refused(400)),
    case("9112 5", SHOULD, "a line without a colon", field(b"X-Test"), refused(400)),
    case("9112 5", SHOULD, "a second request line among the fields", field(b"GET /hello HTTP/1.1"), refused(400)),
    case("9110 5.6.2", MUST, "every character of a token", field(b"!#$%&'*+-.^_`|~09azAZ: x"), ok()),
    case("9110 5.1", MUST, "a name in other case", field(b"x-tEST: a"), ok(says={"test": "a"})),
    case("9110 5.1", MUST, "a field that nobody knows", field(b"X-Nobody-Knows: a"), ok(says={"test": "(none)"})),
    case("9110 5.1", MUST, "a name of 300 characters", get(b"/files/alphabet.txt", b"X" * 300 + b": a"), ok()),
    case("9110 5.1", MUST, "a name that only begins as a known one", field(b"Content-Length-X: 5"), ok()),
    case("9110 5.1", MUST, "a name that only ends as a known one", field(b"X-Content-Length: 5"), ok()),
    case("9110 5.1", MUST, "an underscore is no hyphen", field(b"Content_Length: 5"), ok(), refused(400)),
    case("9110 5.1", MUST, "an underscore is no hyphen in Transfer_Encoding", field(b"Transfer_Encoding: chunked"),
         ok(), refused(400)),
]

FOLD_OR_400 = (refused(400), ok(says={"test": "a b"}))
SPACE = re.compile(r"a +b")
VALUES = [
    case("9110 5.5", MUST, "white space around a value is not part of it", field(b"X-Test: \t v w \t "),
         ok(says={"test": "v w"})),
    case("9112 5.1", MUST, "no white space behind the colon", field(b"X-Test:v"), ok(says={"test": "v"})),
    case("9110 5.5", MUST, "an empty value", field(b"X-Test:"), ok(says={"test": ""})),
    case("9110 5.5", MUST, "a value of white space is empty", field(b"X-Test: \t "), ok(says={"test": ""})),
    case("9110 5.5", MUST, "colons in a value", field(b"X-Test: a:b: c"), ok(says={"test": "a:b: c"})),
    case("9110 5.5", MUST, "every visible character in a value",
         field(b"X-Test: " + bytes(range(33, 127))), ok(says={"test": bytes(range(33, 127)).decode()})),
    case("9110 5.5", MUST, "a tab within a value", field(b"X-Test: a\tb"), ok(says={"test": "a\tb"})),
    case("9110 5.5", SHOULD, "bytes above 127 in a value are opaque", field(b"X-Other: \xe4\xff"), ok()),
    *(
        case("9110 5.5", MAY, f"{chr(c)!r} within a value", field(b"X-Other: a%cb" % c), ok(), refused(400))
        for c in b"\x01\x08\x0b\x0c\x1b\x7f"
    ),
    case("9110 5.5", MUST, "NUL within a value", field(b"X-Test: a\0b"), *FOLD_OR_400),
    case("9110 5.5", MUST, "NUL at the end of a value", field(b"X-Test: a\0"), refused(400), ok(says={"test": "a"})),
    case("9110 5.5", MUST, "NUL in a value that nobody reads", field(b"X-Other: a\0b"), refused(400), ok()),
    case("9112 2.2", MUST, "a bare CR within a value", field(b"X-Test: a\rb"), *FOLD_OR_400),
    case("9112 2.2", MUST, "a bare CR before the end of a line", field(b"X-Test: a\r"), refused(400),
         ok(says={"test": "a"})),
    case("9112 2.2", MUST, "a bare CR in a name", field(b"X\rTest: a"), refused(400)),
    case("9112 2.2", MUST, "a bare CR hides a field", field(b"X-Test: a\rContent-Length: 5"), refused(400),
         ok(says={"test": "a Content-Length: 5"})),
    case("9112 2.2", MUST, "a bare CR hides the end of the head", field(b"X-Test: a\r\rGET /hello HTTP/1.1"),
         refused(400), ok(says={"test": "a  GET /hello HTTP/1.1"})),
    case("9112 5.2", MUST, "a line folded by a space", field(b"X-Test: a\r\n b"), *FOLD_OR_400),
    case("9112 5.2", MUST, "a line folded by a tab", field(b"X-Test: a\r\n\tb"), *FOLD_OR_400),
    case("9112 5.2", MUST, "a folded line that looks like a field", field(b"X-Test: a\r\n b: c"), refused(400),
         ok(says={"test": "a b: c"})),
    case("9112 5.2", MUST, "a folded line that looks like Content-Length", field(b"X-Test: a\r\n Content-Length: 5"),
         refused(400), ok(says={"test": "a Content-Length: 5"})),
    case("9112 5.2", MUST, "a folded Host", request(b"GET /hello HTTP/1.1", b"Host:\r\n localhost", host=None),
         refused(400), ok(b"hello")),
    case("9112 2.2", MUST, "white space before the first field", b"GET /hello HTTP/1.1\r\n X: y\r\n" + HOST + b"\r\n",
         refused(400), ok(b"hello")),
    case("9112 2.2", MUST, "a Host behind white space is none", b"GET /hello HTTP/1.1\r\n Host: localhost\r\n\r\n",
         refused(400)),
    case("9112 2.2", SHOULD, "a line of white space", field(b" "), refused(400), ok()),
    case("9110 5.4", MUST, "a field value of 20,000 bytes", field(b"X-Test: " + b"a" * 20000), ok(),
         refused(400, 413, 431)),
    case("9110 5.4", MUST, "a field name of 20,000 bytes", field(b"X" * 20000 + b": a"), ok(),
         refused(400, 413, 431)),
    case("9110 5.4", MUST, "3,000 fields", field(b"\r\n".join(b"X-%d: a" % i for i in range(3000))), ok(),
         refused(400, 413, 431)),
    case("9110 5.4", SHOULD, "forty fields", field(b"\r\n".join(b"X-%d: a" % i for i in range(40))), ok()),
]

CASES = REQUEST_LINES + TARGETS + HOSTS + SPACED + NAMES + VALUES
