# Conditional requests: RFC 9110 8.8 (validators), 13 (preconditions), 15.4.5 (304), 15.5.13 (412), 5.6.7 (dates).
#
# The file is alphabet.txt, last modified on DATE. Its entity tag is the server's own, weak or strong: where a condition
# compares strongly, a weak one never matches (RFC 9110 8.8.3.2), and both outcomes are right.
import re

from .case import MAY, MUST, SHOULD, case, get, ok, post, request, status

FILE = b"/files/alphabet.txt"
ALPHABET = b"abcdefghijklmnopqrstuvwxyz"

# One moment in the three forms that "MUST be accepted" (5.6.7), and others.
DATE = b"Tue, 14 Nov 2023 22:13:20 GMT"
RFC_850 = b"Tuesday, 14-Nov-23 22:13:20 GMT"
ASCTIME = b"Tue Nov 14 22:13:20 2023"
LATER = (b"Tue, 14 Nov 2023 22:13:21 GMT", b"Wednesday, 15-Nov-23 00:00:00 GMT", b"Sat Jan  6 08:49:37 2024",
         b"Fri, 01 Dec 2023 00:00:00 GMT", b"Mon, 01 Jan 2024 00:00:00 GMT", b"Fri, 31 Dec 9999 23:59:59 GMT")
EARLIER = (b"Tue, 14 Nov 2023 22:13:19 GMT", b"Monday, 13-Nov-23 23:59:59 GMT", b"Sun Nov  6 08:49:37 1994",
           b"Sun, 06 Nov 1994 08:49:37 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT", b"Tue, 31 Oct 2023 23:59:59 GMT",
           b"Sat, 31 Dec 2022 23:59:59 GMT", b"Thu, 01 Jan 1970 00:00:00 GMT")
# All later than the file, could they be read.
NO_DATES = (b"tomorrow", b"", b"0", b"1800000000", b"2030-01-01T00:00:00Z", b"Tue, 32 Jan 2030 00:00:00 GMT",
            b"Tue, 01 Foo 2030 00:00:00 GMT", b"Tue, 01 Jan 2030 00:00:00 PST", b"Tue, 01 Jan 2030 25:00:00 GMT",
            b"Tue, 01 Jan 2030 00:61:00 GMT", b"Tue, 01 Jan 2030 00:00:00 +0000", b"Tue, 01 Jan 2030 00:00:00",
            b"01 Jan 2030 00:00:00 GMT", b"Tue, 01 Jan 2030", b"Tue, 01 Jan 20x0 00:00:00 GMT",
            b"Xxx, 01 Jan 2030 00:00:00 GMT")

WHOLE = ok(ALPHABET)
UNCHANGED = status(304, body=b"")
FAILED = status(412)


def file(*fields, method=b"GET", target=FILE):
    return request(method + b" " + target + b" HTTP/1.1", *fields)


def none_match(value, *more):
    return file(b"If-None-Match: " + value, *more)


def modified_since(value, *more):
    return file(b"If-Modified-Since: " + value, *more)


def match(value, *more):
    return file(b"If-Match: " + value, *more)


def unmodified_since(value, *more):
    return file(b"If-Unmodified-Since: " + value, *more)


ETAG = re.compile(r'(W/)?"[!#-~]*"')
GMT = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
STAMPED = {"etag": ETAG, "last-modified": GMT}

VALIDATORS = [
    case("9110 8.8.2.1", SHOULD, "a file says when it was modified", file(), ok(ALPHABET, fields={
        "last-modified": DATE.decode()})),
    case("9110 8.8.3", SHOULD, "a file has an entity tag", file(), ok(ALPHABET, fields={"etag": ETAG})),
    case("9110 9.3.2", SHOULD, "HEAD has the same validators", file(method=b"HEAD"), ok(b"", fields=STAMPED)),
]

NONE_MATCH = [
    # "MUST respond with a 304 (Not Modified) status code if the request method is GET or HEAD"
    *(
        case("9110 13.1.2", MUST, f"If-None-Match: {name}", none_match(value), UNCHANGED)
        for name, value in (
            ("the tag", b"{ETAG}"), ("the tag, weak", b"W/{OPAQUE}"), ("the tag, strong", b"{OPAQUE}"),
            ("*", b"*"), ("first of two", b'{ETAG}, "x"'), ("last of two", b'"x", {ETAG}'), ("last of two, weak",
            b'"x", W/{OPAQUE}'), ("in the middle", b'"x", {ETAG}, "y"'), ("no white space", b'"x",{ETAG},"y"'),
            ("tabs", b'"x"\t,\t{ETAG}'), ("empty elements", b', "x",, {ETAG} ,'), ("white space around", b"  {ETAG}\t"),
            ("behind a tag with a comma", b'"x,y", {ETAG}'), ("behind a tag with a space", b'"x y", {ETAG}'),
            ("behind an empty tag", b'"", {ETAG}'), ("behind twenty", b'"x", ' * 20 + b"{ETAG}"),
        )  # fmt: skip
    ),
    case("9110 5.3", MUST, "If-None-Match in two fields, the first matches",
         file(b"If-None-Match: {ETAG}", b'If-None-Match: "x"'), UNCHANGED),
    case("9110 5.3", MUST, "If-None-Match in two fields, the second matches",
         file(b'If-None-Match: "x"', b"If-None-Match: {ETAG}"), UNCHANGED),
    *(
        case("9110 13.1.2", MUST, f"If-None-Match: {name}", none_match(value), WHOLE)
        for name, value in (
            ("another", b'"x"'), ("another, weak", b'W/"x"'), ("an empty tag", b'""'), ("a quoted *", b'"*"'),
            ("several others", b'"x", "y", W/"z"'), ("one that begins alike", b'"{INNER}x"'),
            ("one that ends alike", b'"x{INNER}"'),
        )
    ),
    case("9110 13.1.2", MUST, "If-None-Match with HEAD", file(b"If-None-Match: {ETAG}", method=b"HEAD"), UNCHANGED),
    case("9110 13.1.2", MUST, "If-None-Match: * with HEAD", file(b"If-None-Match: *", method=b"HEAD"), UNCHANGED),
    case("9110 13.1.2", MUST, "If-None-Match: another, with HEAD", file(b'If-None-Match: "x"', method=b"HEAD"),
         ok(b"")),
    case("9110 13.2.1", MUST, "If-None-Match: * of what is not there", get(b"/files/nothing.txt", b"If-None-Match: *"),
         status(404)),
    case("9110 15.4.5", MUST, "304 carries the entity tag", none_match(b"{ETAG}"),
         status(304, body=b"", fields={"etag": ETAG})),
    case("9110 15.4.5", MUST, "304 has no content, so the next answer stands where it should",
         none_match(b"{ETAG}") + file(), (UNCHANGED, WHOLE)),
]

SINCE = [
    # 13.1.3: "SHOULD generate a 304"; the three forms of a date MUST be accepted (5.6.7)
    case("9110 13.1.3", SHOULD, "If-Modified-Since: the file's own date", modified_since(DATE), UNCHANGED),
    case("9110 5.6.7", MUST, "If-Modified-Since: its date as RFC 850 wrote it", modified_since(RFC_850), UNCHANGED),
    case("9110 5.6.7", MUST, "If-Modified-Since: its date as asctime() writes it", modified_since(ASCTIME), UNCHANGED),
    case("9110 5.6.7", SHOULD, "If-Modified-Since: a leap second", modified_since(b"Sat, 31 Dec 2016 23:59:60 GMT"),
         WHOLE),
    *(
        case("9110 13.1.3", SHOULD, f"If-Modified-Since: {value.decode()}, which is later", modified_since(value),
             UNCHANGED)
        for value in LATER
    ),
    *(
        case("9110 13.1.3", MUST, f"If-Modified-Since: {value.decode()}, which is earlier", modified_since(value),
             WHOLE)
        for value in EARLIER
    ),
    # "MUST ignore ... if the received field value is not a valid HTTP-date"
    *(
        case("9110 13.1.3", MUST, f"If-Modified-Since: {value.decode()!r} is no date", modified_since(value), WHOLE)
        for value in NO_DATES
    ),
    case("9110 13.1.3", SHOULD, "If-Modified-Since with HEAD", file(b"If-Modified-Since: " + DATE, method=b"HEAD"),
         UNCHANGED),
    case("9110 13.1.3", MUST, "If-Modified-Since is ignored beside If-None-Match",
         modified_since(LATER[0], b'If-None-Match: "x"'), WHOLE),
    case("9110 13.1.3", MUST, "If-None-Match alone decides",
         modified_since(EARLIER[0], b"If-None-Match: {ETAG}"), UNCHANGED),
    case("9110 13.2.1", MUST, "If-Modified-Since of what is not there",
         get(b"/files/nothing.txt", b"If-Modified-Since: " + LATER[0]), status(404)),
]

MATCH = [
    case("9110 13.1.1", MUST, "If-Match: *", match(b"*"), WHOLE),
    # a weak tag matches nothing here
    case("9110 13.1.1", MUST, "If-Match: the tag", match(b"{ETAG}"), WHOLE, FAILED),
    case("9110 13.1.1", MUST, "If-Match: last of two", match(b'"x", {ETAG}'), WHOLE, FAILED),
    case("9110 13.1.1", MUST, "If-Match: first of two", match(b'{ETAG}, "x"'), WHOLE, FAILED),
    case("9110 13.1.1", MUST, "If-Match in two fields", file(b'If-Match: "x"', b"If-Match: {ETAG}"), WHOLE, FAILED),
    # "the origin server MUST NOT perform the requested method if the condition is false"
    *(
        case("9110 13.1.1", MUST, f"If-Match: {name}", match(value), FAILED)
        for name, value in (
            ("another", b'"x"'), ("another, weak", b'W/"x"'), ("the tag, weak, by strong comparison", b"W/{OPAQUE}"),
            ("several others", b'"x", "y", W/"z"'), ("an empty tag", b'""'), ("a quoted *", b'"*"'),
            ("a weak one among others", b'"x", W/{OPAQUE}'),
        )
    ),
    case("9110 13.1.1", MUST, "If-Match: another, with HEAD", file(b'If-Match: "x"', method=b"HEAD"), FAILED),
    case("9110 13.1.1", MUST, "If-Match: *, with HEAD", file(b"If-Match: *", method=b"HEAD"), ok(b"")),
    case("9110 13.2.1", MUST, "If-Match of what is not there", get(b"/files/nothing.txt", b'If-Match: "x"'),
         status(404, 412)),
    case("9110 13.2.1", MUST, "OPTIONS selects nothing, so If-Match is ignored",
         file(b'If-Match: "x"', method=b"OPTIONS"), status(200, 204)),
    case("9110 13.2.1", MUST, "what would be 405 stays so",
         post(b'If-Match: "x"', b"Content-Length: 0", target=FILE), status(405)),
]

UNMODIFIED = [
    case("9110 13.1.4", MUST, "If-Unmodified-Since: the file's own date", unmodified_since(DATE), WHOLE),
    case("9110 5.6.7", MUST, "If-Unmodified-Since: its date as RFC 850 wrote it", unmodified_since(RFC_850), WHOLE),
    case("9110 5.6.7", MUST, "If-Unmodified-Since: its date as asctime() writes it", unmodified_since(ASCTIME), WHOLE),
    *(
        case("9110 13.1.4", MUST, f"If-Unmodified-Since: {value.decode()}, which is later", unmodified_since(value),
             WHOLE)
        for value in LATER
    ),
    *(
        case("9110 13.1.4", MUST, f"If-Unmodified-Since: {value.decode()}, which is earlier", unmodified_since(value),
             FAILED)
        for value in EARLIER
    ),
    *(
        case("9110 13.1.4", MUST, f"If-Unmodified-Since: {value.decode()!r} is no date",
             unmodified_since(value.replace(b"2030", b"1990")), WHOLE)
        for value in NO_DATES
    ),
    case("9110 13.1.4", MUST, "If-Unmodified-Since with HEAD",
         file(b"If-Unmodified-Since: " + EARLIER[0], method=b"HEAD"), FAILED),
    case("9110 13.1.4", MUST, "If-Unmodified-Since is ignored beside If-Match",
         unmodified_since(EARLIER[0], b"If-Match: *"), WHOLE),
]

PRECEDENCE = [
    # 13.2.2
    case("9110 13.2.2", MUST, "If-Match goes before If-None-Match", match(b'"x"', b"If-None-Match: {ETAG}"), FAILED),
    case("9110 13.2.2", MUST, "If-Match met, then If-None-Match", match(b"*", b"If-None-Match: {ETAG}"), UNCHANGED),
    case("9110 13.2.2", MUST, "If-Match met, If-None-Match met", match(b"*", b'If-None-Match: "x"'), WHOLE),
    case("9110 13.2.2", MUST, "If-Unmodified-Since goes before If-None-Match",
         unmodified_since(EARLIER[0], b"If-None-Match: {ETAG}"), FAILED),
    case("9110 13.2.2", MUST, "If-Unmodified-Since met, then If-None-Match",
         unmodified_since(LATER[0], b"If-None-Match: {ETAG}"), UNCHANGED),
    case("9110 13.2.2", MUST, "If-Unmodified-Since goes before If-Modified-Since",
         unmodified_since(EARLIER[0], b"If-Modified-Since: " + LATER[0]), FAILED),
    case("9110 13.2.2", SHOULD, "If-Unmodified-Since met, then If-Modified-Since",
         unmodified_since(LATER[0], b"If-Modified-Since: " + DATE), UNCHANGED),
    case("9110 13.2.2", MUST, "If-None-Match goes before Range", none_match(b"{ETAG}", b"Range: bytes=0-4"), UNCHANGED),
    case("9110 13.2.2", MUST, "If-Match goes before Range", match(b'"x"', b"Range: bytes=0-4"), FAILED),
    case("9110 13.2.2", MUST, "If-Unmodified-Since goes before Range",
         unmodified_since(EARLIER[0], b"Range: bytes=0-4"), FAILED),
    case("9110 13.2.2", SHOULD, "If-Modified-Since goes before Range",
         modified_since(LATER[0], b"Range: bytes=0-4"), UNCHANGED),
    case("9110 13.2.2", SHOULD, "all met, then Range", match(b"*", b'If-None-Match: "x"', b"Range: bytes=0-4"),
         status(206, body=b"abcde")),
    case("9110 13.1", MAY, "a condition that nobody knows", file(b"If-Wednesday: yes"), WHOLE),
]

CASES = VALIDATORS + NONE_MATCH + SINCE + MATCH + UNMODIFIED + PRECEDENCE
