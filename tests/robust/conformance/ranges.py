# Range requests: RFC 9110 14 (ranges), 13.1.5 (If-Range), 15.3.7 (206), 15.5.17 (416). alphabet.txt has 26 bytes.
import re

from .case import MAY, MUST, SHOULD, case, ok, status
from .conditions import ALPHABET, DATE, EARLIER, ETAG, LATER, WHOLE, file

UNMET = status(416, fields={"content-range": "bytes */26"})
# Of a server that passes a Range over, or takes it for an error, where it may do either.
REJECTED = (WHOLE, status(400, 416))
SEVERAL = status(206, fields={"content-type": re.compile("multipart/byteranges.*"), "content-range": None})


def part(first, last):
    """206 with these bytes alone."""
    return status(206, body=ALPHABET[first:last + 1], fields={
        "content-range": f"bytes {first}-{last}/26", "content-length": str(last - first + 1)})


def wants(value, *more, **how):
    return file(b"Range: " + value, *more, **how)


SINGLE = [
    case("9110 14.2", SHOULD, f"Range: {value.decode()}", wants(value), part(first, last))
    for value, first, last in (
        (b"bytes=0-0", 0, 0), (b"bytes=0-4", 0, 4), (b"bytes=5-9", 5, 9), (b"bytes=25-25", 25, 25),
        (b"bytes=0-25", 0, 25), (b"bytes=0-26", 0, 25), (b"bytes=20-100", 20, 25), (b"bytes=0-", 0, 25),
        (b"bytes=10-", 10, 25), (b"bytes=25-", 25, 25), (b"bytes=-1", 25, 25), (b"bytes=-5", 21, 25),
        (b"bytes=-26", 0, 25), (b"bytes=-27", 0, 25), (b"bytes=-1000", 0, 25), (b"bytes=00-04", 0, 4),
    )
] + [
    case("9110 14.1.2", MUST, f"Range: {name}, a number beyond 64 bits", wants(value), part(first, 25), WHOLE)
    for name, value, first in (
        ("a last byte", b"bytes=5-99999999999999999999", 5), ("2 ** 64 + 9", b"bytes=5-18446744073709551625", 5),
        ("a suffix", b"bytes=-99999999999999999999", 0), ("2 ** 32 + 9", b"bytes=5-4294967305", 5),
    )
] + [
    case("9110 14.1.2", MUST, "Range: a first byte beyond 64 bits", wants(b"bytes=18446744073709551616-"), UNMET,
         WHOLE),
    case("9110 14.1", SHOULD, "a unit in other case", wants(b"Bytes=0-4"), part(0, 4), WHOLE),
    case("9110 14.1", SHOULD, "a unit in capitals", wants(b"BYTES=0-4"), part(0, 4), WHOLE),
    case("9110 5.5", SHOULD, "white space around a Range", wants(b"\tbytes=0-4 "), part(0, 4)),
    case("9110 5.6.1", SHOULD, "an empty element behind a range", wants(b"bytes=0-4,"), part(0, 4), WHOLE),
    case("9110 5.6.1", SHOULD, "an empty element before a range", wants(b"bytes=,0-4"), part(0, 4), WHOLE),
    case("9110 15.3.7", MUST, "206 carries the entity tag that 200 has", wants(b"bytes=0-4"),
         status(206, fields={"etag": ETAG}), WHOLE),
    case("9110 15.3.7", MUST, "206 carries the Cache-Control that 200 has", wants(b"bytes=0-4") + file(),
         (status(206, fields={"cache-control": re.compile(".*")}), ok(fields={"cache-control": re.compile(".*")}))),
    case("9110 14.3", SHOULD, "Accept-Ranges is said of a file", file(), ok(fields={"accept-ranges": "bytes"})),
    case("9110 15.3.7", MUST, "what follows 206 stands where it should", wants(b"bytes=0-4") + file(),
         (part(0, 4), WHOLE)),
]

UNSATISFIABLE = [
    case("9110 15.5.17", SHOULD, f"Range: {value.decode()} is not in the file", wants(value), UNMET)
    for value in (b"bytes=26-", b"bytes=26-26", b"bytes=27-30", b"bytes=100-", b"bytes=1000-2000", b"bytes=-0",
                  b"bytes=-00")
] + [
    case("9110 15.5.17", SHOULD, "a range of an empty file", wants(b"bytes=0-", target=b"/files/empty.txt"),
         status(416, fields={"content-range": "bytes */0"}), ok(b"")),
    case("9110 14.1.2", SHOULD, "a suffix of an empty file", wants(b"bytes=-5", target=b"/files/empty.txt"),
         status(416, fields={"content-range": "bytes */0"}), ok(b"")),
    case("9110 14.2", MUST, "a range of what is not there", wants(b"bytes=0-4", target=b"/files/nothing.txt"),
         status(404)),
]

IGNORED = [
    # "MUST ignore a Range header field received with a request method ... for which range handling is not defined"
    case("9110 14.2", MUST, "a Range with HEAD", wants(b"bytes=0-4", method=b"HEAD"),
         ok(b"", fields={"content-range": None, "content-length": re.compile("26|")})),
    case("9110 14.2", MUST, "a Range that is not in the file, with HEAD", wants(b"bytes=100-", method=b"HEAD"),
         ok(b"")),
    case("9110 14.2", MUST, "a Range with OPTIONS", wants(b"bytes=0-4", method=b"OPTIONS"), status(200, 204)),
    case("9110 14.2", MUST, "a Range with POST", wants(b"bytes=0-4", b"Content-Length: 0", method=b"POST"),
         status(405)),
    # "MUST ignore a Range header field that contains a range unit it does not understand"
    *(
        case("9110 14.2", MUST, f"Range: {value.decode()}", wants(value), WHOLE)
        for value in (b"items=0-4", b"lines=1-2", b"seconds=0-4", b"byte=0-4", b"bytess=0-4", b"x=0-4", b"none=0-4")
    ),
    # "MAY ignore or reject a Range header field that contains an invalid ranges-specifier"
    *(
        case("9110 14.2", MAY, f"Range: {value.decode()!r} is none", wants(value), *REJECTED)
        for value in (
            b"bytes=5-1", b"bytes=", b"bytes=-", b"bytes", b"bytes 0-4", b"bytes=a-b", b"bytes=0-4x", b"bytes=--5",
            b"bytes=+1-2", b"bytes=1", b"bytes=0x1-4", b"bytes=1.0-2", b"bytes=0_1-4", b"bytes=1 -2", b"bytes= 1-2",
            b"bytes =1-2", b"=0-4", b"0-4", b"bytes=0-4-9", b"bytes=0--4", b"bytes:0-4", b"", b"bytes=0-4;5-9",
            b"bytes=\xd9\xa0-4", b"bytes=0-" + b"9" * 1000 + b"x",
        )
    ),
]

MANY = [
    case("9110 14.2", SHOULD, f"Range: {value.decode()}", wants(value), SEVERAL, WHOLE)
    for value in (b"bytes=0-4,10-14", b"bytes=0-4, 10-14", b"bytes=0-0,-1", b"bytes=0-1,4-5,9-9")
] + [
    case("9110 14.2", MAY, "ranges that touch", wants(b"bytes=0-4,5-9"), SEVERAL, WHOLE, part(0, 9)),
    case("9110 14.2", MAY, "ranges that overlap", wants(b"bytes=0-9,5-14"), SEVERAL, part(0, 14), *REJECTED),
    case("9110 17.15", MAY, "a hundred ranges", wants(b"bytes=" + b",".join([b"0-"] * 100)), SEVERAL, part(0, 25),
         *REJECTED),
    case("9110 17.15", MAY, "a hundred small ranges", wants(b"bytes=" + b",".join(b"%d-%d" % (i, i)
                                                                                for i in range(0, 26, 2)) * 4),
         SEVERAL, *REJECTED),
    case("9110 14.1.2", SHOULD, "of two ranges one is in the file", wants(b"bytes=0-4,100-"), part(0, 4), SEVERAL,
         WHOLE),
    case("9110 15.5.17", SHOULD, "of two ranges none is in the file", wants(b"bytes=100-,200-"), UNMET, WHOLE),
    case("9110 14.2", MAY, "one of two ranges is none", wants(b"bytes=0-4,x"), *REJECTED),
    case("9110 5.3", MAY, "two Ranges", wants(b"bytes=0-4", b"Range: bytes=5-9"), part(0, 4), part(5, 9), part(0, 9),
         SEVERAL, *REJECTED),
]

IF_RANGE = [
    # a weak tag matches nothing here
    case("9110 13.1.5", SHOULD, "If-Range: the tag", wants(b"bytes=0-4", b"If-Range: {ETAG}"), part(0, 4), WHOLE),
    case("9110 13.1.5", MUST, "If-Range: another", wants(b"bytes=0-4", b'If-Range: "x"'), WHOLE),
    case("9110 13.1.5", MUST, "If-Range: the tag, weak", wants(b"bytes=0-4", b"If-Range: W/{OPAQUE}"), WHOLE),
    case("9110 13.1.5", SHOULD, "If-Range: the file's date", wants(b"bytes=0-4", b"If-Range: " + DATE), part(0, 4),
         WHOLE),
    # "exactly matches": an earlier date and a later one are both another's
    *(
        case("9110 13.1.5", MUST, f"If-Range: {value.decode()}", wants(b"bytes=0-4", b"If-Range: " + value), WHOLE)
        for value in (EARLIER[0], EARLIER[3], LATER[0], LATER[3])
    ),
    case("9110 13.1.5", MUST, "If-Range: no date and no tag", wants(b"bytes=0-4", b"If-Range: x"), WHOLE),
    case("9110 13.1.5", MUST, "If-Range: another, and a range that is not in the file",
         wants(b"bytes=100-", b'If-Range: "x"'), WHOLE),
    case("9110 13.1.5", SHOULD, "If-Range: the tag, and a range that is not in the file",
         wants(b"bytes=100-", b"If-Range: {ETAG}"), UNMET, WHOLE),
    case("9110 13.1.5", MUST, "an If-Range without a Range", file(b'If-Range: "x"'), WHOLE),
    case("9110 13.1.5", MUST, "an If-Range that matches, without a Range", file(b"If-Range: {ETAG}"), WHOLE),
    case("9110 13.1.5", MUST, "If-Range with HEAD", wants(b"bytes=0-4", b"If-Range: {ETAG}", method=b"HEAD"), ok(b"")),
]

CASES = SINGLE + UNSATISFIABLE + IGNORED + MANY + IF_RANGE
