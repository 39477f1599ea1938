# JSON that leaves is JSON: no NaN, no Infinity, whatever a program's numbers have become.
import json
import math

import hypothesis
import pytest
from hypothesis import strategies as st
from tinyweb import http, results
from tinyweb.lazy import lazy

NAN = float("nan")
INF = float("inf")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2**40, 2**40) | st.floats() | st.sampled_from([NAN, INF, -INF])
    | st.text(max_size=5) | st.sampled_from(["NaN", "Infinity", "nan", "inf", "information", "banana"]),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner)
    | st.dictionaries(st.text(max_size=5) | st.sampled_from(["NaN", "inf"]), inner, max_size=4),
    max_leaves=12)


def plain(value):
    """Give what a reader of JSON is to see of a value."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def no_number(name):
    raise AssertionError(name)


@hypothesis.given(VALUES)
def test_what_leaves_is_json_and_says_the_same(value):
    got = json.loads(results.to_json(value), parse_constant=no_number)
    assert got == plain(value), got


@pytest.mark.parametrize(("value", "want"), [
    (NAN, "null"), (INF, "null"), (-INF, "null"), ([NAN], "[null]"), ((INF,), "[null]"), ({"a": NAN}, '{"a": null}'),
    ({"a": [{"b": (1, -INF, "inf")}]}, '{"a": [{"b": [1, null, "inf"]}]}'), ({"nan": 1.5}, '{"nan": 1.5}'),
    ([True, None, 0], "[true, null, 0]"),
])
def test_a_value(value, want):
    assert results.to_json(value) == want.encode()


@pytest.mark.parametrize("key", [NAN, INF, -INF])
def test_a_key_is_a_text(key):
    assert isinstance(json.loads(results.to_json({key: 1}), parse_constant=no_number), dict)


def test_what_is_no_json_is_an_error_as_before():
    with pytest.raises(TypeError):
        results.to_json({"a": object()})


def test_extensions_find_it():
    # Not results.to_json: another test of this process may have unloaded that module, and it is another one since.
    assert http.to_json is lazy.results.to_json
