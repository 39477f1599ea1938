# Framing and smuggling: RFC 9112 6 (length), 7 (chunked), 11.2 (smuggling); RFC 9110 8.6 (Content-Length).
from .case import CLOSED, MAY, MUST, NEXT, SHOULD, case, get, last, ok, post, refused, request, silence, status

HELLO = b"5\r\nhello\r\n0\r\n\r\n"
# What an attacker would like somebody to take for a request.
HIDDEN = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
ECHOED = ok(b"hello", then=NEXT)


def length(value, body=b"hello", **more):
    return post(b"Content-Length: " + value, body=body, **more)


def chunks(body, *fields, **more):
    return post(b"Transfer-Encoding: chunked", *fields, body=body, **more)


def coded(*values, body=HELLO):
    return post(*(b"Transfer-Encoding: " + v for v in values), body=body)


LENGTHS = [
    # "MUST respond with a 400 (Bad Request) status code and then close the connection"
    case("9112 6.3", MUST, f"Content-Length: {name}", length(value), refused(400))
    for name, value in (
        ("letters", b"abc"), ("a minus", b"-5"), ("a plus", b"+5"), ("hexadecimal", b"0x5"), ("hex digits", b"a"),
        ("an underscore", b"0_5"), ("an exponent", b"5e0"), ("a point", b"5.0"), ("a comma and digits", b"5,6"),
        ("two numbers", b"5 5"), ("a parameter", b"5;"), ("a quoted number", b'"5"'), ("nothing", b""),
        ("a number in parentheses", b"(5)"), ("a letter behind", b"5a"), ("a vertical tab", b"\x0b5"),
        ("a form feed behind", b"5\x0c"), ("a digit of another script", "\u0665".encode()),
        ("a no-break space", b"\xa05"), ("a minus alone", b"-"), ("a minus zero", b"-0"), ("a list of two", b"5, 6"),
        ("a list with a word", b"5, x"), ("a list of three", b"5, 5, 6"), ("a control", b"5\x01"),
    )  # fmt: skip
] + [
    case("9112 6.3", MUST, "two Content-Lengths that differ", post(b"Content-Length: 5", b"Content-Length: 6",
                                                                  body=b"hello"), refused(400)),
    case("9112 6.3", MUST, "two that differ, the smaller behind", post(b"Content-Length: 6", b"content-length: 5",
                                                                      body=b"hello"), refused(400)),
    case("9112 6.3", MUST, "two that differ, one of them 0", post(b"Content-Length: 0", b"Content-Length: 5",
                                                                  body=b"hello"), refused(400)),
    case("9112 6.3", MUST, "two with other fields between", post(b"Content-Length: 5", b"A: b", b"Content-Length: 4",
                                                                body=b"hello"), refused(400)),
    case("9112 6.3", MUST, "three, the last of which differs",
         post(b"Content-Length: 5", b"Content-Length: 5", b"Content-Length: 4", body=b"hello"), refused(400)),
    case("9112 6.3", MUST, "one that is none beside a good one", post(b"Content-Length: 5", b"Content-Length: x",
                                                                     body=b"hello"), refused(400)),
    case("9110 8.6", MUST, "the same twice is rejected or taken once",
         post(b"Content-Length: 5", b"Content-Length: 5", body=b"hello"), ECHOED, refused(400)),
    case("9110 8.6", MUST, "a list of equal lengths is rejected or taken once", length(b"5, 5"), ECHOED, refused(400)),
    *(
        case("9110 8.6", MUST, f"Content-Length: {name} is no small number", length(value), silence,
             refused(400, 408, 413), half=True)
        for name, value in (
            ("2 ** 32 + 5", b"4294967301"), ("2 ** 31 + 5", b"2147483653"), ("2 ** 64 + 5", b"18446744073709551621"),
            ("2 ** 63 + 5", b"9223372036854775813"), ("30 digits", b"9" * 30), ("300 digits", b"1" + b"0" * 298 + b"5"),
        )
    ),
    case("9110 8.6", MUST, "a body with its length", length(b"5"), ECHOED),
    case("9110 8.6", MUST, "no body", length(b"0", b""), ok(b"", then=NEXT)),
    case("9110 8.6", MUST, "zeros in front", length(b"005"), ECHOED),
    case("9110 8.6", MUST, "white space around", length(b"\t5 "), ECHOED),
    case("9110 5.1", MUST, "its name in small letters", post(b"content-length: 5", body=b"hello"), ECHOED),
    case("9110 5.1", MUST, "its name in capitals", post(b"CONTENT-LENGTH: 5", body=b"hello"), ECHOED),
    case("9112 6.3", MUST, "neither length nor coding is no body", post(), ok(b"", then=NEXT)),
    case("9112 6.3", MUST, "CR LF and zeros in a body", length(b"8", b"a\r\n\0\r\n\r\n"),
         ok(b"a\r\n\0\r\n\r\n", then=NEXT)),
    case("9112 6.3", MUST, "a request in a body is a body", length(b"%d" % len(HIDDEN), HIDDEN),
         ok(HIDDEN, then=NEXT)),
    case("9112 6.3", MUST, "a body that nobody reads is no request",
         length(b"%d" % len(HIDDEN), HIDDEN, target=b"/unread"), ok(b"unread")),
    case("9112 6.3", MUST, "a body to a path that is not there is no request",
         length(b"%d" % len(HIDDEN), HIDDEN, target=b"/nowhere"), status(404)),
    case("9112 6.3", MUST, "a body with a method that is not allowed is no request",
         length(b"%d" % len(HIDDEN), HIDDEN, target=b"/nothing"), status(405)),
    case("9112 6.3", MUST, "a body of a GET is no request",
         length(b"%d" % len(HIDDEN), HIDDEN, method=b"GET"), ok(), refused(400)),
    case("9112 6.3", MUST, "a body of a GET that nobody reads is no request",
         length(b"%d" % len(HIDDEN), HIDDEN, method=b"GET", target=b"/hello"), ok(b"hello"), refused(400)),
    case("9112 6.3", MUST, "a body of a HEAD is no request",
         length(b"%d" % len(HIDDEN), HIDDEN, method=b"HEAD", target=b"/hello"), ok(b""), refused(400)),
    case("9112 6.3", MUST, "a body of a DELETE is no request",
         length(b"%d" % len(HIDDEN), HIDDEN, method=b"DELETE"), status(405), refused(400)),
    case("9112 6.3", MUST, "a body of an OPTIONS is no request",
         length(b"%d" % len(HIDDEN), HIDDEN, method=b"OPTIONS"), status(200, 204), refused(400)),
    case("9112 6.3", MUST, "a body of an unknown method is no request",
         length(b"%d" % len(HIDDEN), HIDDEN, method=b"BREW"), status(405, 501), refused(400)),
    case("9112 6.3", MUST, "what stands behind a body is the next request", length(b"5", b"hello" + HIDDEN),
         (ok(b"hello"), ok(b"hello", then=NEXT))),
    case("9112 6.3", MUST, "what stands behind no body is the next request", post(body=HIDDEN),
         (ok(b""), ok(b"hello", then=NEXT))),
    case("9112 2.2", SHOULD, "what stands behind a body and is none", length(b"4"), (ok(b"hell"), refused(400, 501))),
    case("9112 2.2", SHOULD, "an empty line behind a body is skipped", length(b"5", b"hello\r\n"), ECHOED),
    case("9112 8", MUST, "a body that stops in the middle is none", length(b"50"), silence, refused(400, 408),
         half=True),
    case("9112 8", MUST, "a body that never begins is none", length(b"5", b""), silence, refused(400, 408), half=True),
]

BOTH = (refused(400), ok(b"hello", then=CLOSED))
CODINGS = [
    # with a length: "the server MUST close the connection after responding to such a request"
    case("9112 6.1", MUST, "a length and chunked", post(b"Content-Length: 5", b"Transfer-Encoding: chunked",
                                                       body=HELLO), *BOTH),
    case("9112 6.1", MUST, "chunked and a length", chunks(HELLO, b"Content-Length: 5"), *BOTH),
    case("9112 6.1", MUST, "chunked and the length of all chunks", chunks(HELLO, b"Content-Length: %d" % len(HELLO)),
         *BOTH),
    case("9112 6.1", MUST, "chunked and a length of 0", chunks(HELLO, b"Content-Length: 0"), *BOTH),
    case("9112 6.1", MUST, "chunked and a length behind other fields", chunks(HELLO, b"A: b", b"content-length:5"),
         *BOTH),
    case("9112 6.1", MUST, "CL.TE: a request behind the last chunk", post(
        b"Content-Length: %d" % (5 + len(HIDDEN)), b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + HIDDEN),
        refused(400), ok(b"", then=CLOSED)),
    case("9112 6.1", MUST, "TE.CL: a request within a chunk", chunks(
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN), b"Content-Length: 4"), refused(400),
        ok(HIDDEN, then=CLOSED)),
    case("9112 6.1", MUST, "a coding that is none and a length", post(b"Transfer-Encoding: x", b"Content-Length: 5",
                                                                     body=b"hello"), refused(400, 501)),
    case("9112 6.1", MUST, "an empty coding and a length", post(b"Transfer-Encoding:", b"Content-Length: 5",
                                                               body=b"hello"), refused(400, 501)),
    case("9112 6.1", MUST, "chunked in 1.0 is faulty framing", chunks(HELLO, b"Connection: keep-alive",
                                                                     version=b"1.0"),
         refused(400, 501), ok(b"hello", then=CLOSED)),
    last("9112 6.1", MUST, "chunked and a length in 1.0", chunks(HELLO, b"Content-Length: 5", version=b"1.0"),
         refused(400, 501), ok(b"hello", then=CLOSED)),
    # "chunked is not the final encoding ... MUST respond with the 400 (Bad Request) status code and then close"
    *(
        case("9112 6.3", MUST, f"{name} does not end in chunked", coded(value), refused(400))
        for name, value in (
            ("gzip", b"gzip"), ("identity", b"identity"), ("chunked, gzip", b"chunked, gzip"), ("chunked, identity",
            b"chunked, identity"), ("chunked; q=1, gzip", b"chunked;q=1, gzip"), ("xchunked", b"xchunked"),
            ("chunkedx", b"chunkedx"), ("chunked in quotes", b'"chunked"'), ("a vertical tab and chunked",
            b"\x0bchunked"), ("chunked and a form feed", b"chunked\x0c"), ("a no-break space and chunked",
            b"\xa0chunked"), ("chunked, a space, a word", b"chunked x"), ("cow", b"cow"),
            ("chunked in parts", b"chunk ed"), ("chunked and a control", b"chunked\x01"),
        )  # fmt: skip
    ),
    case("9112 6.3", MUST, "two fields, the last of which is not chunked", coded(b"chunked", b"gzip"), refused(400)),
    case("9112 6.3", MUST, "two fields, the last of which is identity", coded(b"chunked", b"identity"), refused(400)),
    case("9112 7.1", SHOULD, "chunked with a parameter", coded(b"chunked;q=1"), refused(400, 501)),
    case("9112 6.1", SHOULD, "gzip, chunked is a coding that is not understood", coded(b"gzip, chunked"),
         refused(501)),
    case("9112 6.1", SHOULD, "two fields that say gzip, chunked", coded(b"gzip", b"chunked"), refused(501)),
    case("9112 6.1", SHOULD, "chunked twice", coded(b"chunked, chunked"), refused(400, 501)),
    case("9112 6.1", SHOULD, "chunked in two fields", coded(b"chunked", b"chunked"), refused(400, 501)),
    case("9112 6.1", SHOULD, "identity, chunked", coded(b"identity, chunked"), refused(400, 501)),
    case("9112 6.1", SHOULD, "x, chunked", coded(b"x, chunked"), refused(400, 501)),
    case("9110 5.6.1", MUST, "an empty element behind chunked", coded(b"chunked,"), ECHOED),
    case("9110 5.6.1", MUST, "an empty element before chunked", coded(b" , chunked"), ECHOED),
    case("9110 5.6.1", MUST, "an empty field before chunked", coded(b"", b"chunked"), ECHOED),
    case("9112 6.1", MUST, "an empty coding", coded(b"", body=b""), refused(400, 501), ok(b"")),
    case("9110 5.1", MUST, "the name in small letters", post(b"transfer-encoding: chunked", body=HELLO), ECHOED),
    case("9112 7", MUST, "the coding in other case", coded(b"cHUNKed"), ECHOED),
    case("9110 5.5", MUST, "white space around the coding", coded(b"\t chunked \t"), ECHOED),
    case("9110 10.1.4", MUST, "TE beside it", chunks(HELLO, b"TE: trailers"), ECHOED),
    case("9112 6.1", MUST, "a bare CR before chunked", coded(b"\rchunked"), refused(400, 501), ECHOED),
    case("9112 5.2", MUST, "chunked in a folded line", coded(b"\r\n chunked"), refused(400, 501), ECHOED),
]

CHUNKS = [
    case("9112 2.2", SHOULD, f"chunk: {name}", chunks(body), refused(400, 413))
    for name, body in (
        ("a size of letters", b"xyz\r\nhello\r\n0\r\n\r\n"), ("no size", b"\r\nhello\r\n0\r\n\r\n"),
        ("an extension and no size", b";a=b\r\nhello\r\n0\r\n\r\n"), ("a minus", b"-5\r\nhello\r\n0\r\n\r\n"),
        ("a plus", b"+5\r\nhello\r\n0\r\n\r\n"), ("0x", b"0x5\r\nhello\r\n0\r\n\r\n"),
        ("an underscore", b"0_5\r\nhello\r\n0\r\n\r\n"), ("a space in front", b" 5\r\nhello\r\n0\r\n\r\n"),
        ("a size and a word", b"5 x\r\nhello\r\n0\r\n\r\n"), ("a size and a letter", b"5g\r\nhello\r\n0\r\n\r\n"),
        ("a comma", b"5,\r\nhello\r\n0\r\n\r\n"), ("a quoted size", b'"5"\r\nhello\r\n0\r\n\r\n'),
        ("a point", b"5.0\r\nhello\r\n0\r\n\r\n"), ("an h behind", b"5h\r\nhello\r\n0\r\n\r\n"),
        ("NUL behind the size", b"5\0\r\nhello\r\n0\r\n\r\n"), ("a vertical tab", b"\x0b5\r\nhello\r\n0\r\n\r\n"),
        ("more data than the size says", b"5\r\nhelloworld\r\n0\r\n\r\n"),
        ("one byte more", b"4\r\nhello\r\n0\r\n\r\n"), ("less data than the size says", b"6\r\nhello\r\n0\r\n\r\n"),
        ("one CR LF too many", b"5\r\nhello\r\n\r\n0\r\n\r\n"), ("no CR LF behind the data", b"5\r\nhello0\r\n\r\n"),
        ("data that ends in LF", b"5\r\nhello\n0\r\n\r\n"), ("data that ends in CR", b"5\r\nhello\r0\r\n\r\n"),
        ("data that ends in LF CR", b"5\r\nhello\n\r0\r\n\r\n"),
        ("a size that ends in LF", b"5\nhello\r\n0\r\n\r\n"), ("a size that ends in CR", b"5\rhello\r\n0\r\n\r\n"),
        ("a digit where CR should stand", b"05\nhello\r\n0\r\n\r\n"), ("a last chunk that ends in LF",
        b"5\r\nhello\r\n0\n\r\n"), ("a zero where CR should stand", b"5\r\nhello\r\n00\n\r\n"),
        ("a bare CR in an extension", b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
        ("a bare LF in an extension", b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
        ("NUL in an extension", b"5;a\0b\r\nhello\r\n0\r\n\r\n"),
        ("a digit of another script", "\u0665\r\nhello\r\n0\r\n\r\n".encode()),
    )  # fmt: skip
] + [
    *(
        case("9112 7.1", MUST, f"a chunk's size of {name} is no small number", chunks(size + b"\r\nhello\r\n0\r\n\r\n"),
             silence, refused(400, 408, 413), half=True)
        for name, size in (
            ("2 ** 32 + 5", b"20000005"), ("2 ** 64 + 5", b"2000000000000005"), ("2 ** 63 + 5", b"8000000000000005"),
            ("2 ** 31 + 5", b"80000005"), ("20 digits", b"F" * 20), ("300 digits", b"1" + b"0" * 298 + b"5"),
        )
    ),
    case("9112 7.1", MUST, "one chunk", chunks(HELLO), ECHOED),
    case("9112 7.1", MUST, "five chunks",
         chunks(b"1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n0\r\n\r\n"), ECHOED),
    case("9112 7.1", MUST, "no chunk but the last", chunks(b"0\r\n\r\n"), ok(b"", then=NEXT)),
    case("9112 7.1", MUST, "a size in capitals", chunks(b"A\r\n0123456789\r\n0\r\n\r\n"), ok(b"0123456789", then=NEXT)),
    case("9112 7.1", MUST, "a size in small letters", chunks(b"a\r\n0123456789\r\n0\r\n\r\n"),
         ok(b"0123456789", then=NEXT)),
    case("9112 7.1", MUST, "zeros before the size", chunks(b"0005\r\nhello\r\n0\r\n\r\n"), ECHOED),
    case("9112 7.1", MUST, "eleven zeros before the size", chunks(b"000000000005\r\nhello\r\n0\r\n\r\n"), ECHOED),
    case("9112 7.1", MUST, "a last chunk of four zeros", chunks(b"5\r\nhello\r\n0000\r\n\r\n"), ECHOED),
    case("9112 7.1", MUST, "a last chunk of twelve zeros", chunks(b"5\r\nhello\r\n000000000000\r\n\r\n"), ECHOED),
    case("9112 7.1", MUST, "CR LF within a chunk", chunks(b"6\r\n\r\na\r\nb\r\n0\r\n\r\n"),
         ok(b"\r\na\r\nb", then=NEXT)),
    case("9112 7.1", MUST, "a last chunk within a chunk", chunks(b"5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
         ok(b"0\r\n\r\n", then=NEXT)),
    case("9112 7.1", MUST, "a request within a chunk", chunks(b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)),
         ok(HIDDEN, then=NEXT)),
    case("9112 7.1", MUST, "a request behind the last chunk", chunks(HELLO + HIDDEN),
         (ok(b"hello"), ok(b"hello", then=NEXT))),
    case("9112 7.1", MUST, "chunks that nobody reads are no request",
         chunks(b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN), target=b"/unread"), ok(b"unread")),
    case("9112 7.1", MUST, "chunks to a path that is not there are no request",
         chunks(b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN), target=b"/nowhere"), status(404)),
    case("9112 7.1", MUST, "chunks of a GET", chunks(HELLO, method=b"GET"), ECHOED, refused(400)),
    case("9112 7.1", MUST, "chunks of a PUT", chunks(HELLO, method=b"PUT"), ECHOED),
    # extensions: "MUST ignore unrecognized chunk extensions"
    *(
        case("9112 7.1.1", MUST, f"an extension: {name}", chunks(b"5" + text + b"\r\nhello\r\n0\r\n\r\n"), ECHOED)
        for name, text in (
            ("a name", b";a"), ("a name and a value", b";a=b"), ("two", b";a=b;c=d"), ("a quoted value", b';a="b"'),
            ("a quoted semicolon", b';a="b;c"'), ("a quoted quote", b';a="b\\"c"'), ("a quoted space", b';a="b c"'),
            ("white space in front", b" ;a=b"), ("a tab in front", b"\t;a=b"), ("white space behind the semicolon",
            b"; a=b"), ("white space around the equals sign", b";a = b"), ("a hundred bytes", b";a=" + b"b" * 100),
        )  # fmt: skip
    ),
    case("9112 7.1.1", MUST, "an extension of the last chunk", chunks(b"5\r\nhello\r\n0;a=b\r\n\r\n"), ECHOED),
    case("9112 7.1.1", MAY, "an extension without a name", chunks(b"5;\r\nhello\r\n0\r\n\r\n"), ECHOED, refused(400)),
    case("9112 7.1.1", MAY, "white space behind a size", chunks(b"5 \r\nhello\r\n0\r\n\r\n"), ECHOED, refused(400)),
    case("9112 7.1.1", MAY, "an extension of 20,000 bytes", chunks(b"5;" + b"a" * 20000 + b"\r\nhello\r\n0\r\n\r\n"),
         ECHOED, refused(400, 413, 431)),
    # trailers (9112 7.1.2)
    case("9112 7.1.2", MUST, "a trailer", chunks(b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"), ECHOED),
    case("9112 7.1.2", MUST, "two trailers that were announced",
         chunks(b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", b"Trailer: X-Sum, X-More"), ECHOED),
    case("9110 6.5.1", MUST, "a trailer that frames is not obeyed",
         chunks(b"5\r\nhello\r\n0\r\nContent-Length: 20\r\n\r\n"), ECHOED, refused(400)),
    case("9110 6.5.1", MUST, "a trailer that says chunked is not obeyed",
         chunks(b"5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"), ECHOED, refused(400)),
    case("9110 6.5.1", MUST, "a trailer that is a Host is not obeyed",
         chunks(b"5\r\nhello\r\n0\r\nHost: example.org\r\n\r\n"), ECHOED, refused(400)),
    *(
        case("9112 2.2", SHOULD, f"a trailer: {name}", chunks(b"5\r\nhello\r\n0\r\n" + text + b"\r\n\r\n"),
             refused(400))
        for name, text in (
            ("no colon", b"X-Sum"), ("an empty name", b": 1"), ("a space in its name", b"X Sum: 1"),
            ("a control in its name", b"X\x01Sum: 1"), ("a request line", b"GET /hello HTTP/1.1"),
        )
    ),
    case("9112 5.1", MUST, "a space before a trailer's colon", chunks(b"5\r\nhello\r\n0\r\nX-Sum : 1\r\n\r\n"),
         refused(400)),
    case("9112 2.2", MUST, "a bare CR in a trailer", chunks(b"5\r\nhello\r\n0\r\nX-Sum: 1\r2\r\n\r\n"), refused(400),
         ECHOED),
    case("9110 5.5", MUST, "NUL in a trailer", chunks(b"5\r\nhello\r\n0\r\nX-Sum: 1\x002\r\n\r\n"), refused(400),
         ECHOED),
    case("9112 5.2", MUST, "a folded trailer", chunks(b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n 2\r\n\r\n"), refused(400),
         ECHOED),
    case("9110 5.4", MUST, "trailers of 20,000 bytes", chunks(b"5\r\nhello\r\n0\r\nX: " + b"a" * 20000 +
                                                               b"\r\n\r\n"), ECHOED, refused(400, 413, 431)),
    # "incomplete if the zero-sized chunk that terminates the encoding has not been received"
    *(
        case("9112 8", MUST, f"chunks that stop {name} are no body", chunks(body), silence, refused(400, 408),
             half=True)
        for name, body in (
            ("before the first", b""), ("within a size", b"5"), ("behind a size", b"5\r\n"), ("within the data",
            b"5\r\nhel"), ("behind the data", b"5\r\nhello"), ("behind a chunk", b"5\r\nhello\r\n"),
            ("within the last chunk", b"5\r\nhello\r\n0\r\n"), ("within the trailers",
            b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n"),
        )  # fmt: skip
    ),
]

CASES = LENGTHS + CODINGS + CHUNKS + [
    case("9112 11.2", MUST, "no field but the two frames a body", get(
        b"/hello", b"Content-Type: text/plain", b"X-Content-Length: 5", b"Content-Range: bytes 0-4/5"),
        ok(b"hello", then=NEXT)),
    case("9112 11.2", MUST, "a body is framed, whatever Connection names", request(
        b"POST /echo HTTP/1.1", b"Connection: Content-Length", b"Content-Length: 5", body=b"hello"),
        ECHOED, refused(400)),
    case("9112 11.2", MUST, "chunks are framed, whatever Connection names", chunks(
        HELLO, b"Connection: Transfer-Encoding"), ECHOED, refused(400)),
]
