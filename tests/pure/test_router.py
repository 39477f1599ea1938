# tinyweb.router against a slow and obvious matcher, and with bytes that are no path at all.
import sys
from urllib.parse import quote, unquote_to_bytes

import hypothesis
import inputs
import pytest
from heads import App, Connection
from hypothesis import strategies as st
from tinyweb import known_heads, registration
from tinyweb.http import HTTPException
from tinyweb.router import Route, Router

SEGMENT = st.sampled_from(["a", "b", "", "\u00e4", "1", "<x>", "<int:n>", "a%20b", "x%2Fy"])
URLS = st.lists(st.tuples(st.lists(SEGMENT, min_size=1, max_size=4), st.booleans()).map(
    lambda t: "/" + "/".join(t[0] + (["<path:rest>"] if t[1] else []))), min_size=1, max_size=6, unique=True)
PATHS = st.lists(st.sampled_from(["a", "b", "", "\u00e4", "1", "22", "x/y", "a b", "%"]), min_size=1, max_size=5).map(
    lambda parts: "/" + "/".join(quote(p, safe="") for p in parts))


def route(*methods, handler=None):
    return Route(methods, handler, (), 1024, "*", "*", None)


def slowly(urls, path):
    """All routes that match, best first: at each segment a literal before int before str before path."""
    found = []
    parts = [unquote_to_bytes(p).decode() for p in path[1:].split("/")]
    for url in urls:
        params, rank, keys = [], [], url[1:].split("/")
        if keys[-1].startswith("<path:"):
            if len(parts) < len(keys):
                continue
        elif len(parts) != len(keys):
            continue
        for i, key in enumerate(keys):
            if key.startswith("<path:"):
                params.append("/".join(parts[i:]))
                rank.append(3)
            elif key == "<int:n>":
                if not (parts[i].isascii() and parts[i].isdigit()):
                    break
                params.append(int(parts[i]))
                rank.append(1)
            elif key == "<x>":
                params.append(parts[i])
                rank.append(2)
            elif unquote_to_bytes(key).decode() == parts[i]:
                rank.append(0)
            else:
                break
        else:
            found.append((rank, url, tuple(params)))
    return sorted(found)


@inputs.many(600)
@hypothesis.given(URLS, PATHS)
@hypothesis.example(["/a/<path:rest>"], "/a/b")
@hypothesis.example(["/a%20b/<x>"], "/a%20b/c")
@hypothesis.example(["/x%2Fy/<path:rest>"], "/x%2Fy/b")
def test_a_path_finds_the_route_that_a_slow_matcher_finds(urls, path):
    router = Router()
    taken = []
    for url in urls:
        try:
            registration.enter(router, url, route(b"GET", handler=url))
            taken.append(url)
        except ValueError:
            pass  # a duplicate after its parameters' names
    want = slowly(taken, path)
    # With heads remembered, the second one is new in its path alone.
    app = App(1024, 4096, None)
    app._heads = known_heads.Heads(2)
    app._router = router
    for line in "PATCH /", "GET " + path, "PUT " + path:
        raw = b"%s HTTP/1.1\r\nHost: a\r\n\r\n" % line.encode()
        head = sys.modules["tinyweb.request"].read_head(app, Connection(raw, len(raw)))
        known = head.route and (head.route.handler, head.params)
        # find() leaves to the router what has an escape or a prefix, and where the first segment that fits may lead to
        # no route.
        right = [want[0][1:]] if want and line[:3] == "GET" else []
        parts = path.split("/")[1:]
        way_back = any("<int" in url or any(map(str.__eq__, url.split("/")[1:], parts)) for url in taken)
        left = "%" in path or router.prefixes or way_back
        assert known in [*right, None] if left else [known] == (right or [None]), (urls, path)
    if want:
        got, params = router.find(path.encode(), b"GET")
        assert (got.handler, params) == want[0][1:], (urls, path)
        with pytest.raises(HTTPException) as e:
            router.find(path.encode(), b"PUT")
        assert e.value.code == 405
        assert "GET" in e.value.headers["Allow"]
    else:
        with pytest.raises(HTTPException) as e:
            router.find(path.encode(), b"GET")
        assert e.value.code == 404, (urls, path)


@inputs.many(400)
@hypothesis.given(URLS, st.binary(max_size=30) | st.lists(
    st.sampled_from([b"/", b"a", b"%", b"%2F", b"%ff", b"%C3", b"1", b"\xff", b"..", b"<x>"]),
    max_size=8).map(b"".join), st.sampled_from([b"GET", b"PUT", b"BREW", b""]))
def test_no_path_raises_anything_but_a_status(urls, path, method):
    router = Router()
    for url in urls:
        try:
            registration.enter(router, url, route(b"GET", handler=url))
        except ValueError:
            pass
    try:
        got, params = router.find(b"/" + path, method)
        assert method in got.methods
        assert all(isinstance(p, (str, int)) for p in params), params
    except HTTPException as e:
        assert e.code in (400, 404, 405, 501), e


@hypothesis.given(st.text("/<>:aint?#path ", max_size=15))
def test_no_url_raises_anything_but_a_value_error_that_names_it(url):
    try:
        registration.enter(Router(), url, route(b"GET"))
        assert url.startswith("/"), url
        assert "?" not in url
    except ValueError as e:
        assert repr(url) in str(e) or url in str(e), e


def test_a_path_with_its_own_options_route_names_that_method_once():
    router = Router()
    registration.enter(router, "/a", route(b"GET", b"OPTIONS"))
    with pytest.raises(HTTPException) as error:
        router.find(b"/a", b"POST")
    assert error.value.headers == {"Allow": "GET, OPTIONS"}, error.value.headers


def test_a_method_of_ones_own_is_known_from_then_on():
    router = Router()
    registration.enter(router, "/a", route(b"PURGE"))
    assert router.find(b"/a", b"PURGE") == (route(b"PURGE"), ())
    with pytest.raises(HTTPException) as error:
        router.find(b"/b", b"PURGE")
    assert error.value.code == 404, error.value.code


@pytest.mark.parametrize("url", ["/a", "/<b>"])
def test_a_method_has_one_route_at_a_url(url):
    router = Router()
    registration.enter(router, url, route(b"GET", b"PUT"))
    registration.enter(router, url, route(b"POST"))
    with pytest.raises(ValueError, match=f"PUT '{url}' has a route already"):
        registration.enter(router, url, route(b"PATCH", b"PUT"))
