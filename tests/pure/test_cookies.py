# Cookies against the standard library's, on names and values nobody thought of.
import http.cookies

import hypothesis
import pytest
from hypothesis import strategies as st
from tinyweb import cookies
from tinyweb.http import HTTPException

# what both sides call a token, but for the names that http.cookies keeps for itself
NAME = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=8).filter(
    lambda name: name[0] != "$" and name.lower() not in http.cookies.Morsel._reserved)
VALUE = st.text("abcXYZ019!#$%&'()*+-./:<=>?@[]^_`{|}~", max_size=12)


@hypothesis.given(st.dictionaries(NAME, VALUE, max_size=5))
def test_what_the_library_sends_is_read(pairs):
    line = "; ".join(f"{name}={value}" for name, value in pairs.items()).encode()
    assert cookies.parse_cookies(line) == pairs
    assert cookies.parse_cookies(line.replace(b"; ", b";")) == pairs


@hypothesis.given(NAME, VALUE, st.none() | st.integers(0, 10**9), st.booleans(), st.booleans())
def test_what_is_set_is_read_by_the_library(name, value, max_age, secure, httponly):
    morsel = http.cookies.SimpleCookie(cookies.cookie(name, value, max_age, secure=secure, httponly=httponly))[name]
    assert (morsel.value, morsel["path"], morsel["samesite"]) == (value, "/", "Lax")
    assert morsel["max-age"] == ("" if max_age is None else str(max_age))
    assert (bool(morsel["secure"]), bool(morsel["httponly"])) == (secure, httponly)


@pytest.mark.parametrize(("given", "want"), [
    (None, {}), (b"", {}), (b";;", {}), (b"a", {}), (b"=x", {}), (b"a=", {"a": ""}), (b'a="b c"', {"a": "b c"}),
    (b" a = b ;c=d", {"a": "b", "c": "d"}), (b"a=1; a=2", {"a": "2"}), (b"a=b=c", {"a": "b=c"}), (b'a="', {"a": '"'}),
])
def test_a_field_that_browsers_send(given, want):
    assert cookies.parse_cookies(given) == want


@pytest.mark.parametrize(("given", "want"), [
    (b"; ".join(b"a%d=%d" % (i, i) for i in range(64)), 64), (b"; ".join(b"a%d=%d" % (i, i) for i in range(65)), 400),
    (b"; ".join(b"a%d=%d" % (i, i) for i in range(1000)), 400),
    (b";" * 4000, 400), (b"a;" * 2000, 400), (b";" * 63, 0), (b"=;" * 63, 0),
    (b"a=1;" * 63, 1), (b"a=" + b"=" * 4000, 1),
])
def test_the_pairs_are_bounded(given, want):
    try:
        got = len(cookies.parse_cookies(given))
    except HTTPException as e:
        got = e.code
    assert got == want, got


@hypothesis.given(st.text(max_size=6), st.text(max_size=6))
def test_what_cannot_stand_in_a_cookie_is_refused(name, value):
    fits = name and "=" not in name and all("!" <= ch <= "~" and ch not in ';,\\"' for ch in name + value)
    if fits:
        assert cookies.cookie(name, value).startswith(f"{name}={value}; Path=/")
    else:
        with pytest.raises(ValueError):
            cookies.cookie(name, value)
