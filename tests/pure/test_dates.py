# The dates of files against the standard library's, in HTTP's three forms.
import datetime
import email.utils

import hypothesis
import pytest
from hypothesis import strategies as st
from tinyweb_static_dates import order
from tinyweb_static_sending import http_date

FORMS = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "asctime")
# two digits of a year are told apart for as long as it is less than 50 years ahead of the clock
TIMES = st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2069, 12, 31)).map(
    lambda t: t.replace(microsecond=0))


def written(time, form):
    return (time.ctime() if form == "asctime" else time.strftime(form)).encode()


@hypothesis.given(TIMES, TIMES, st.sampled_from(FORMS), st.sampled_from(FORMS))
def test_dates_are_in_the_order_of_their_times(one, other, form, another):
    a, b = order(written(one, form)), order(written(other, another))
    assert a and b, (a, b)
    assert (a < b, a == b) == (one < other, one == other), (a, b)


@hypothesis.given(st.integers(978307200, 2**32))
def test_a_date_is_written_as_the_library_writes_it(seconds):
    assert http_date(seconds).decode() == email.utils.formatdate(seconds, usegmt=True)


def test_a_clock_that_nobody_had_set_has_no_date():
    assert http_date(0) == b""


@pytest.mark.parametrize("given", [
    b"", b"x" * 24, b"Sun, 06 Nov 1994 08:49:37 CET", b"Sun, 06 Nom 1994 08:49:37 GMT",
    b"Sunday, 06 Nov 1994 08:49:37 GMT",
    b"Sun, 00 Nov 1994 08:49:37 GMT", b"Sun, 06 Nov 1994 25:49:37 GMT", b"Sun, 06 Nov 1994 08:60:37 GMT",
    b"Sun, 06 Nov 1994 08:49:61 GMT", b"Sun, 06 Nov 1994 08.49.37 GMT", b"Sum, 06 Nov 1994 08:49:37 GMT",
    b"Sunday, 06 Nov 94 08:49:37 GMT",
])
def test_what_is_no_date_has_no_order(given):
    assert order(given) == ()
