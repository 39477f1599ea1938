# The pure functions of tinyweb.http against the standard library, h11 and each other, on inputs nobody thought of.
from urllib.parse import parse_qsl, quote, quote_plus, unquote_to_bytes, urlencode

import h11
import hypothesis
import inputs
import pytest
from heads import PARSED, head_end, read_in_turn, told
from hypothesis import strategies as st
from tinyweb import http, http_rare, urlencoding
from tinyweb.http import HTTPException
from tinyweb.server import HTTPException as OldHTTPException
from tinyweb.server import parse_query_string, urldecode_plus

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
# bytes that look like an encoding, with every way to break one
NEARLY = st.lists(st.sampled_from([b"%", b"%4", b"%41", b"%zz", b"%C3%A4", b"%ff", b"+", b"&", b"=", b";", b"a",
                                   b"\xc3", b"\0", b" ", b"%25", b"%2", b"\xe2\x82\xac"]), max_size=12).map(b"".join)


def test_the_old_names_are_the_new_ones():
    assert OldHTTPException is HTTPException


@pytest.mark.parametrize(("given", "want"), [
    ("abc%20def", "abc def"), ("abc%%20def", "abc% def"), ("%%%", "%%%"), ("", ""), ("+", " "), ("%2B", "+"),
    ("a%", "a%"), ("a%4", "a%4"), ("%zz", "%zz"), ("%C3%A4", "\u00e4"), ("\u00e4", "\u00e4"), ("%41+%42", "A B"),
])
def test_urldecode_plus_decodes_and_leaves_alone(given, want):
    assert urldecode_plus(given) == want
    assert urldecode_plus(given.encode()) == want


@pytest.mark.parametrize(("given", "want"), [
    ("k1=v1&k2=v+2", {"k1": "v1", "k2": "v 2"}), ("k1", {"k1": ""}), ("k1=", {"k1": ""}), ("", {}), ("&", {}),
    ("=v", {"": "v"}), ("a=1&a=2", {"a": "2"}), ("a=b=c", {"a": "b=c"}), ("a%3Db=c", {"a=b": "c"}),
    ("k1=v1&k2=", {"k1": "v1", "k2": ""}), ("%C3%A4=%E2%82%AC", {"\u00e4": "\u20ac"}),
])
def test_parse_query_string_gives_a_dict(given, want):
    assert parse_query_string(given) == want
    assert parse_query_string(given.encode()) == want


@hypothesis.given(TEXT)
def test_what_the_library_encodes_is_decoded(text):
    assert urldecode_plus(quote_plus(text)) == text
    assert urldecode_plus(quote(text)) == text


@hypothesis.given(st.binary(max_size=40) | NEARLY)
def test_unquote_agrees_with_the_library(data):
    assert http.unquote(data) == unquote_to_bytes(data)


@hypothesis.given(st.binary(max_size=40) | NEARLY)
def test_urldecode_plus_agrees_with_the_library_or_says_400(data):
    want = unquote_to_bytes(data.replace(b"+", b" "))
    try:
        want = want.decode()
    except UnicodeDecodeError:
        with pytest.raises(HTTPException) as e:
            urldecode_plus(data)
        assert e.value.code == 400
    else:
        assert urldecode_plus(data) == want


@hypothesis.given(st.lists(st.tuples(TEXT, TEXT), max_size=6))
def test_what_urlencode_makes_is_parsed(pairs):
    encoded = urlencode(pairs)
    assert parse_query_string(encoded) == dict(pairs)
    assert parse_query_string(encoded.encode()) == dict(pairs)


@hypothesis.given(st.binary(max_size=40) | NEARLY)
def test_parse_query_string_agrees_with_the_library_or_says_400(data):
    # latin-1 carries any bytes through the library unchanged
    pairs = parse_qsl(data.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    try:
        want = {k.encode("latin-1").decode(): v.encode("latin-1").decode() for k, v in pairs}
    except UnicodeDecodeError:
        with pytest.raises(HTTPException) as e:
            parse_query_string(data)
        assert e.value.code == 400
    else:
        assert parse_query_string(data) == want


# Heads. h11 has a strict grammar too: what we take, it takes, and both read the same message.
LIMITS = (1024, 50)
TOKEN = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=8).map(str.encode)
PIECES = st.sampled_from([b"GET", b"POST", b" ", b"/", b"*", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"\r\n", b"\n",
                          b"\r", b"Host", b": ", b":", b"a", b"Content-Length", b"content-length",
                          b"Transfer-Encoding", b"0",
                          b"5", b"5, 5", b"-1", b"+5",
                          b"chunked", b"gzip, chunked", b"Connection", b"close",
                          b"keep-alive", b"Expect", b"100-continue", b"\t", b"\0", b"\x7f", b"\xe9", b"http://a/b",
                          b",", b"\x0b", b"x" * 30])
LINE = st.sampled_from([b"Host: a", b"Host: b", b"host:a:80", b"Host: a b", b"Content-Length: 5", b"Content-Length: 6",
                        b"content-length:05", b"Content-Length: 5,5", b"Content-Length: ", b"Content-Length : 5",
                        b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip", b"transfer-encoding: Chunked",
                        b"Transfer-Encoding: chunked, chunked", b"Connection: close", b"Connection: keep-alive",
                        b"Connection: x, Close", b"Expect: 100-continue", b"Expect: x", b" folded", b"\tfolded: y",
                        b"X", b": x", b"X Y: z", b"X: \0",
                        b"X: a\rb", b"X: a\nb", b"", b"A: \xe9", b"B:  v \t"])
FIRST = st.sampled_from([b"GET / HTTP/1.1", b"POST /a?b=c HTTP/1.1", b"GET / HTTP/1.0", b"OPTIONS * HTTP/1.1",
                         b"GET http://h/x HTTP/1.1", b"GET  / HTTP/1.1", b"GET / HTTP/1.1 ", b"GET /",
                         b"get / http/1.1", b"GET x HTTP/1.1", b"GET / HTTP/1.10", b"GET /\t HTTP/1.1",
                         b"G\xe9T / HTTP/1.1"])
HEADS = st.one_of(
    st.binary(max_size=100),
    st.lists(PIECES, max_size=25).map(b"".join),
    st.tuples(FIRST, st.lists(LINE | st.builds(lambda k, v: k + b": " + v, TOKEN, TOKEN), max_size=6)).map(
        lambda t: b"\r\n".join((t[0], *t[1]))),
).map(lambda head: head.split(b"\r\n\r\n")[0].strip(b"\r\n") + b"\r\n\r\n")

# Heads as most clients send them, with a fault at most.
USUAL = st.tuples(
    st.sampled_from([b"GET", b"HEAD", b"POST", b"get", b"G1", b"M-SEARCH"]),
    st.sampled_from([b"/", b"/a?b=c", b"/%7e%2f?%", b"/?", b"/a#b", b"a", b"*", b"//h/x", b"http://h/x", b"/\x7f"]),
    st.sampled_from([b"HTTP/1.1"] * 5 + [b"HTTP/1.0"]),
    st.lists(st.sampled_from([b"Host: a", b"host:\ta:80 ", b"Host: a:", b"Host: [::1]:80", b"Host:", b"Host: :1",
                              b"Host: a,b", b"Host: a:b", b"Host: a:8:0", b"Host: 10.0.0.1:8081", b"Cookie: a=b",
                              b"Connection: close", b"Connection: Keep-Alive", b"Connection: ", b"Content-Length: 5",
                              b"Content-Length: 0",
                              b"Content-Length: 0123456789", b"Content-Length: 12345678", b"Content-Length: 1_0",
                              b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"X-Y: \xff", b"A:", b"hosT : a"])
             | st.builds(lambda k, v: k + b": " + v, TOKEN, TOKEN), max_size=6),
).map(lambda t: b" ".join(t[:3]) + b"\r\n" + b"".join(line + b"\r\n" for line in t[3]) + b"\r\n")


def ours(head):
    """Give what parse_head says, a tuple, or the status it asked for. Anything else it raises goes up."""
    try:
        got = http.parse_head(head, *LIMITS)
        assert (got.raw, got.end, got.plain) == (head, len(head), got.version == 11 and got.method != b"HEAD")
        assert (got.error, got.route, got.params, got.media_type) == (None, None, (), None)
        return told(got, PARSED)
    except HTTPException as e:
        assert e.code in (400, 413, 414, 417, 431, 501, 505), e
        return e.code


@inputs.many(1200)
@hypothesis.given(HEADS)
def test_a_head_is_parsed_or_refused_with_a_status_and_h11_reads_it_alike(head):
    got = ours(head)
    if isinstance(got, int):
        return
    method, path, query, version, host, keep, length, expect = got
    theirs = h11.Connection(h11.SERVER)
    theirs.receive_data(head)
    event = theirs.next_event()  # raises RemoteProtocolError where h11 would refuse what we took
    assert isinstance(event, h11.Request), event
    assert event.method == method
    said = event.target
    if said[:1] not in (b"/", b"*"):  # absolute-form: ours is the path and query of it
        said = b"/" + said.split(b"//", 1)[1].partition(b"/")[2]
    assert said.partition(b"?")[::2] == (path, query), (said, got)
    fields = dict(event.headers)
    if b"transfer-encoding" in fields:
        assert length == -1
        assert b"content-length" not in fields
    else:
        assert length == int(fields.get(b"content-length", b"0"))
    tokens = [t.strip().lower() for k, v in event.headers if k == b"connection" for t in v.split(b",")]
    if b"close" in tokens:
        assert not keep
    else:
        assert keep == (version == 11 or b"keep-alive" in tokens)
    if version == 11:
        assert theirs.they_are_waiting_for_100_continue == expect or length == 0
    if version == 11 and event.target[:1] == b"/":
        assert host == fields[b"host"]


@inputs.many(900)
@hypothesis.given(HEADS | USUAL)
def test_what_is_parsed_at_once_the_whole_grammar_reads_alike(head):
    """http.plain_head() knows a part of the grammar; where it takes a head, http_rare has to take it, too."""
    got = http.plain_head(head, *LIMITS)
    assert bool(got) == bool(http.plain_head(bytearray(head), *LIMITS))
    if got:
        assert told(http.plain_head(bytearray(head), *LIMITS)) == told(got)
        want = http_rare.parse_head(head, *LIMITS)  # raises HTTPException where it would refuse what we took
        assert told(got) == told(want)


@inputs.many(25)
@hypothesis.given(st.lists(USUAL | HEADS.filter(lambda head: head.strip()), min_size=1, max_size=4), st.integers(1, 4))
def test_what_is_remembered_of_other_heads_changes_no_head(heads, most):
    """known_heads knows fields and lines that it has seen; each head means what the whole grammar reads in it."""
    heads = [head[: head.find(b"\r\n\r\n") + 4] for head in heads if b"\r\n\r\n" in head]
    # each request line before the fields of each other
    heads += [one[: one.find(b"\r\n")] + other[other.find(b"\r\n") :] for one in heads for other in heads]
    heads = [head for head in heads if head[:2] != b"\r\n"]
    for head, got in zip(heads, read_in_turn(heads, *LIMITS, most), strict=True):
        want = ours(head)
        assert (got.error.code if got.error else told(got, PARSED)) == want, head
        assert got.error or (got.plain, bytes(got.raw), got.end) == (
            got.version == 11 and got.method != b"HEAD", head, len(head))


@inputs.many(300)
@hypothesis.given(TOKEN, st.lists(st.tuples(TOKEN.map(lambda t: b"X-" + t), TOKEN), max_size=8),
                  st.sampled_from([b"", b" ", b"\t ", b"  "]))
def test_a_well_formed_head_is_always_taken(path, fields, space):
    target = b"/" + path.replace(b"#", b"").replace(b"|", b"")
    head = b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n" + b"".join(
        k + b":" + space + v + space + b"\r\n" for k, v in fields) + b"\r\n"
    assert ours(head) == (b"GET", target, b"", 11, b"h", True, 0, False)
    seen = set()
    for k, v in fields:
        if k.lower() not in seen:
            seen.add(k.lower())
            assert http.field(head, k.lower()) == v, (head, k)
    assert http.field(head, b"x-nobody-sent-this") is None


@inputs.many(300)
@hypothesis.given(HEADS, st.integers(0, 200))
def test_the_end_of_a_head_is_found_wherever_it_was_cut(head, cut):
    """While less has come than the head, -1 or a refusal; once it has all come, its length, whatever is behind."""
    hypothesis.assume(head.strip())  # empty lines before a request are none
    cut = min(cut, len(head) - 1)
    buffer = head + b"GET / HTTP/1.1\r\n\r\n"
    try:
        assert head_end(buffer, 1024, cut) == -1
    except HTTPException as e:
        assert e.code in (400, 414), e
    want = ours(head)
    for n in len(head), len(buffer):
        try:
            assert head_end(buffer, 1024, n) == len(head)
            assert not isinstance(want, int), want
        except HTTPException as e:
            assert e.code == want


# Paths with escapes.
UNRESERVED = bytes(c for c in range(256) if chr(c).isascii() and (chr(c).isalnum() or c in b"-._~"))
ESCAPED = st.lists(st.sampled_from([b"%", b"%4", b"%41", b"%7e", b"%2F", b"%2f", b"%zz", b"%25", b"%37", b"%33", b"7",
                                    b"3", b"a", b"/", b"%C3%A4", b"%2e", b"%5F", b"%46", b"F"]),
                   max_size=12).map(b"".join)


def test_an_escape_of_each_byte_is_undone_only_where_it_need_not_be_one():
    for c in range(256):
        for escape in (b"%%%02X" % c, b"%%%02x" % c):
            want = b"/a" + (bytes([c]) if c in UNRESERVED else escape) + b"b"
            assert urlencoding.normal(b"/a" + escape + b"b") == want, escape


@pytest.mark.parametrize(("given", "want"), [
    (b"/%73ecret", b"/secret"), (b"/s%65cre%74", b"/secret"), (b"/%73%65%63%72%65%74", b"/secret"),
    (b"/%2e%2E/x", b"/../x"), (b"/%7Ea%2Db%5Fc%2E", b"/~a-b_c."), (b"/a%2Fb%2fc", b"/a%2Fb%2fc"),
    (b"/%2573", b"/%2573"), (b"/%", b"/%"), (b"/%7", b"/%7"), (b"/%zz%7", b"/%zz%7"),
    # what would complete an escape stays one: two decodings in a row make nothing new
    (b"/%%37%33ecret", b"/%%373ecret"), (b"/%7%33ecret", b"/%7%33ecret"), (b"/%%373", b"/%%373"),
    (b"/%z%61", b"/%z%61"), (b"/%zz%61", b"/%zza"), (b"/%25%61%62", b"/%25ab"),
])
def test_a_path_is_normalised_and_never_decoded_twice(given, want):
    assert urlencoding.normal(given) == want
    assert ours(b"GET " + given + b"?a=%61 HTTP/1.1\r\nHost: h\r\n\r\n")[1:3] == (want, b"a=%61")
    assert ours(b"GET http://h" + given + b"?a=%61 HTTP/1.1\r\nHost: h\r\n\r\n")[1:3] == (want, b"a=%61")


@hypothesis.given(ESCAPED | NEARLY)
def test_a_normalised_path_means_what_it_meant(path):
    got = urlencoding.normal(path)
    assert urlencoding.unquote(got) == unquote_to_bytes(path), got
    assert urlencoding.normal(got) == got
    assert got.count(b"/") == path.count(b"/"), "an escaped slash is no border"


@hypothesis.given(st.lists(st.sampled_from(UNRESERVED), max_size=12), st.data())
def test_however_a_path_is_escaped_it_is_seen_as_one(chars, data):
    plain = b"/" + bytes(chars)
    given = b"/" + b"".join(b"%%%02x" % c if data.draw(st.booleans()) else bytes([c]) for c in chars)
    assert urlencoding.normal(given) == plain


# Lists: empty elements are legal, and bounded (RFC 9110 5.6.1.2).
@pytest.mark.parametrize(("field", "value", "want"), [
    (b"Connection", b"," * 31 + b"close", False), (b"Connection", b"," * 4020, 400), (b"Connection", b"a," * 200, 400),
    (b"Connection", b"," * 200 + b"close", 400), (b"Connection", b"keep-alive" + b" " * 600, 400),
    (b"Connection", b"x, , ,\t,y", True), (b"Connection", b", close ,", False),
    (b"Transfer-Encoding", b",,,,", 400), (b"Transfer-Encoding", b"," * 31 + b"chunked", True),
    (b"Transfer-Encoding", b"," * 4020, 400), (b"Transfer-Encoding", b"," * 300 + b"chunked", 400),
    (b"Transfer-Encoding", b"chunked," * 100, 400), (b"Content-Length", b"0" * 4000 + b"5", 400),
    (b"Expect", b"100-continue" + b"," * 4000, 400), (b"Accept", b"," * 4020, True),
])
def test_the_elements_of_a_list_are_bounded(field, value, want):
    got = ours(b"GET / HTTP/1.1\r\nHost: h\r\n" + field + b": " + value + b"\r\n\r\n")
    assert (got if isinstance(got, int) else got[5]) == want


def test_lists_in_several_lines_are_one():
    line = b"Connection: a,b,c,d,e,f,g,h\r\n"
    assert ours(b"GET / HTTP/1.1\r\nHost: h\r\n" + line * 4 + b"\r\n")[5] is True
    assert ours(b"GET / HTTP/1.1\r\nHost: h\r\n" + line * 5 + b"\r\n") == 400


@pytest.mark.parametrize("target", [b"/ " * 400, b" " * 900, b"/" + b" HTTP/1.1" * 90])
def test_spaces_in_a_request_line_make_no_list(target):
    assert ours(b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n") == 400


@pytest.mark.parametrize(("n", "most", "fits"), [
    (64, None, True), (65, None, False), (1000, None, False), (100, 100, True), (101, 100, False),
])
@pytest.mark.parametrize("pair", ["a%d=%d", "a%d", "a=%d", "%%41%d="])
def test_the_pairs_of_a_form_are_bounded(n, most, fits, pair):
    given = "&".join(pair % ((i,) * pair.replace("%%", "").count("%")) for i in range(n))
    args = (given,) if most is None else (given, most)
    if fits:
        assert len(list(urlencoding.query_pairs(*args))) == n
        assert parse_query_string(*args) == dict(parse_qsl(given, keep_blank_values=True))
    else:
        for f in (parse_query_string, lambda *args: list(urlencoding.query_pairs(*args))):
            with pytest.raises(HTTPException) as e:
                f(*args)
            assert e.value.code == 400


def test_empty_pairs_are_passed_over():
    assert parse_query_string(b"&" * 60 + b"a=1&&") == {"a": "1"}


@pytest.mark.parametrize("escapes", [b"%41" * 2000, b"%" * 2000, b"%4" * 2000, b"a%41" * 2000])
def test_many_escapes_are_decoded(escapes):
    assert urlencoding.unquote(escapes) == unquote_to_bytes(escapes)
