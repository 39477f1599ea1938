# Methods and answers: RFC 9110 9 (methods), 15 (status codes), 6.4 (content), 10.1 and 7.8 (context).
import re

from .case import MAY, MUST, SHOULD, case, get, last, ok, post, refused, request, silence, status

NO_BODY = {"content-length": re.compile("0?"), "transfer-encoding": None}
ALLOW = {"allow": re.compile(r"(?=.*\bGET\b)(?=.*\bHEAD\b)[A-Z, -]+")}


def method(name, target=b"/hello", *fields):
    return request(name + b" " + target + b" HTTP/1.1", *fields)


def head(target, *fields):
    return method(b"HEAD", target, *fields)


CASES = [
    case("9110 9.3.1", MUST, "GET", get(), ok(b"hello")),
    case("9110 9.3.1", MUST, "GET of what is not there", get(b"/nowhere"), status(404)),
    case("9110 9.3.2", MUST, "HEAD", head(b"/hello"), ok(b"")),
    case("9110 9.3.2", SHOULD, "HEAD says the length that GET has", head(b"/hello"),
         ok(b"", fields={"content-length": "5"})),
    case("9110 9.3.2", MUST, "HEAD of what is not there", head(b"/nowhere"), status(404, body=b"")),
    case("9110 9.3.2", MUST, "HEAD of a stream", head(b"/stream"), ok(b"")),
    case("9110 9.3.2", MUST, "HEAD of an answer without content", head(b"/nothing"), status(204)),
    case("9110 9.3.2", MUST, "HEAD of a file", head(b"/files/alphabet.txt"), ok(b"")),
    case("9110 9.3.2", SHOULD, "HEAD of a file says its length", head(b"/files/alphabet.txt"),
         ok(b"", fields={"content-length": "26", "content-type": re.compile("text/plain.*")})),
    case("9110 9.1", MUST, "HEAD is supported where GET is", head(b"/what/x"), ok(b"")),
    case("9110 9.3.3", MUST, "POST", post(b"Content-Length: 5", body=b"hello"), ok(b"hello")),
    case("9110 9.3.3", MUST, "POST without content", post(b"Content-Length: 0"), ok(b"")),
    case("9110 9.3.4", MUST, "PUT", post(b"Content-Length: 5", body=b"hello", method=b"PUT"), ok(b"hello")),
    case("9110 15.5.6", MUST, "POST where there is only GET", post(b"Content-Length: 0", target=b"/nothing"),
         status(405, fields=ALLOW)),
    *(
        case("9110 15.5.6", MUST, f"{name.decode()} where it is not allowed", method(name), status(405, fields=ALLOW))
        for name in (b"PUT", b"DELETE", b"PATCH")
    ),
    case("9110 15.5.6", MUST, "POST to a file", post(b"Content-Length: 5", body=b"hello",
                                                     target=b"/files/alphabet.txt"), status(405, fields=ALLOW)),
    case("9110 15.5.6", MUST, "DELETE of a file", method(b"DELETE", b"/files/alphabet.txt"),
         status(405, fields=ALLOW)),
    *(
        case("9110 9.1", SHOULD, f"{name.decode()} is not known", method(name), status(405, 501), refused(400))
        for name in (b"BREW", b"PROPFIND", b"M-SEARCH", b"A", b"!#$%&'*+-.^_`|~")
    ),
    case("9110 9.1", SHOULD, "a method that nobody knows, to a path that is not there", method(b"BREW", b"/nowhere"),
         status(404, 501), refused(400)),
    *(
        case("9110 9.1", MUST, f"{name.decode()} is not GET", method(name), status(405, 501), refused(400))
        for name in (b"get", b"Get", b"GETS", b"GE")
    ),
    case("9110 9.3.7", SHOULD, "OPTIONS of a path", method(b"OPTIONS"), status(200, 204, fields=ALLOW)),
    case("9110 9.3.7", SHOULD, "OPTIONS of a file", method(b"OPTIONS", b"/files/alphabet.txt"),
         status(200, 204, fields=ALLOW)),
    case("9110 9.3.7", MUST, "OPTIONS of the server", method(b"OPTIONS", b"*"), status(200, 204)),
    case("9110 9.3.7", SHOULD, "OPTIONS of what is not there", method(b"OPTIONS", b"/nowhere"), status(404, 200, 204)),
    case("9110 9.3.7", MUST, "Max-Forwards is for proxies", method(b"OPTIONS", b"/hello", b"Max-Forwards: 0"),
         status(200, 204)),
    case("9110 9.3.8", MUST, "TRACE is not GET", method(b"TRACE"), status(405, 501), refused(400)),
    case("9110 9.3.8", MUST, "TRACE never gives a Cookie back", method(b"TRACE", b"/hello", b"Cookie: a=secret"),
         status(405, 501), refused(400)),
    case("9110 9.3.6", SHOULD, "CONNECT is for proxies", request(b"CONNECT localhost:80 HTTP/1.1"),
         status(400, 403, 404, 405, 501), silence),
    case("9110 9.3.6", SHOULD, "CONNECT without a port", request(b"CONNECT localhost HTTP/1.1"),
         status(400, 403, 404, 405, 501), silence),
    # answers
    case("9110 15.3.5", MUST, "204 has no content and no length", get(b"/nothing"), status(204, body=b"", fields={
        "content-length": None, "transfer-encoding": None})),
    case("9110 8.6", MUST, "a length is that of the content", get(),
         ok(b"hello", fields={"content-length": "5", "transfer-encoding": None})),
    case("9112 6.3", MUST, "a stream is chunked for a 1.1 client, or ends with the connection", get(b"/stream"),
         ok(b"".join(b"piece %d\n" % i for i in range(20)))),
    case("9110 8.3", SHOULD, "content has a type", get(), ok(fields={"content-type": re.compile("text/plain.*")})),
    case("9110 8.3", SHOULD, "JSON has its type", get(b"/what/x"),
         ok(fields={"content-type": re.compile("application/json.*")})),
    case("9110 8.3", SHOULD, "a file has its type", get(b"/files/alphabet.txt"),
         ok(fields={"content-type": re.compile("text/plain.*")})),
    case("9110 9.3.1", MUST, "an empty file", get(b"/files/empty.txt"), ok(b"", fields={"content-length": "0"})),
    case("9110 15.5.5", MUST, "a file that is not there", get(b"/files/nothing.txt"), status(404)),
    case("3986 5.2.4", MUST, "a path out of the folder", get(b"/files/../servers.py"), status(400, 403, 404)),
    case("3986 5.2.4", MUST, "an escaped path out of the folder", get(b"/files/%2e%2e/%2e%2e/etc/passwd"),
         status(400, 403, 404)),
    case("3986 2.1", MUST, "an escaped slash out of the folder", get(b"/files/..%2f..%2fetc%2fpasswd"),
         status(400, 403, 404)),
    case("3986 2.1", MUST, "an escaped NUL in the name of a file", get(b"/files/alphabet.txt%00.html"),
         status(400, 403, 404)),
    # context that may be passed over
    case("9110 7.8", MUST, "an Upgrade may be passed over", get(b"/hello", b"Upgrade: h2c", b"Connection: Upgrade"),
         ok(b"hello")),
    last("9110 7.8", MUST, "an Upgrade in 1.0 is passed over",
         request(b"GET /hello HTTP/1.0", b"Upgrade: websocket", b"Connection: Upgrade"), ok(b"hello")),
    case("9110 7.8", MUST, "an Upgrade to what nobody knows", get(b"/hello", b"Upgrade: x/1", b"Connection: Upgrade"),
         ok(b"hello")),
    case("9110 12.5.1", MAY, "an Accept that nothing meets", get(b"/hello", b"Accept: image/x-nothing"), ok(b"hello"),
         status(406)),
    case("9110 12.5.3", MAY, "an Accept-Encoding that nothing meets", get(b"/hello", b"Accept-Encoding: x"),
         ok(b"hello", fields={"content-encoding": None})),
    case("9110 12.5.3", MUST, "a coding that the client refuses is not used",
         get(b"/files/alphabet.txt", b"Accept-Encoding: gzip;q=0"), ok(fields={"content-encoding": None})),
    case("9110 12.5.3", SHOULD, "an empty Accept-Encoding refuses all codings",
         get(b"/files/alphabet.txt", b"Accept-Encoding:"), ok(fields={"content-encoding": None})),
    case("9110 10.1.4", MUST, "TE asks for no coding that is not there", get(b"/stream", b"TE: gzip, trailers"),
         ok(fields={"transfer-encoding": re.compile("chunked|")})),
    case("9110 14.5", MUST, "Content-Range in a GET", get(b"/hello", b"Content-Range: bytes 0-4/5"), ok(b"hello")),
    case("9110 10.1.2", MUST, "From, Referer and User-Agent of any kind",
         get(b"/hello", b"From: x", b"Referer: y", b"User-Agent: (("), ok(b"hello")),
]
