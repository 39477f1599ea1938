# Comparison of HTTP dates. Lazy module: loaded by the first request whose date differs from the file's Last-Modified,
# which most clients send back unchanged.

import time

_DAYS = b"MonTueWedThuFriSatSun"
_MONTHS = b"JanFebMarAprMayJunJulAugSepOctNovDec"


def order(date):
    """Return a sortable tuple for a date (bytes) in one of HTTP's three formats, () if malformed (RFC 9110 5.6.7)."""
    n = len(date)
    # The RFC 850 format has the full name of the day and a year of two digits.
    old = date[-20:-19] + date[-16:-15] == b"--"
    if n == 24:
        # The format of asctime().
        t = (date.replace(b"  ", b" 0") + b" GMT").split(b" ", 6)
        t[1:5] = [t[2], t[1], t[4], t[3]] if len(t) == 6 else ()
    else:
        t = (date.replace(b"-", b" ", 2) if old else date).split(b" ", 6)
    if [len(x) for x in t[1:]] != [2, 3, 2 if old else 4, 8, 3] or t[5] != b"GMT":
        return ()
    name, day, month, year, clock = t[:5]
    month = _MONTHS.find(month)
    if (
        month % 3
        or _DAYS.find(name[:3]) % 3
        or name[3:] not in ((b"day,", b"sday,", b"nesday,", b"rsday,", b"urday,") if old else (b","[: n - 24],))
        or not (day + year + clock[:2] + clock[3:5] + clock[6:]).isdigit()
        or clock[2:3] + clock[5:6] != b"::"
        or not b"01" <= day <= b"31"
        or clock > b"24"
        or clock[3:5] > b"59"
        or clock[6:] > b"60"
    ):
        return ()
    year = int(year)
    if old:
        # A year more than 50 years ahead is in the past (RFC 9110 5.6.7); max(), because the clock may not be set.
        year += 2000
        if year > max(time.gmtime()[0], 2026) + 50:
            year -= 100
    return year, month, day, clock
