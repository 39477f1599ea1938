# What a conformance case is, how it is put to a server, and how what the server does is judged.
#
# A case sends exact bytes on a connection of its own, and behind them a request called the follower, whose answer tells
# where the server thinks that the message ended. What came is compared with the outcomes that the RFC allows. Whatever
# the case, each answer is also held against what holds for all of them (see _laws).
import dataclasses
import email.utils
import json
import re
import socket

import h11
import harness

MUST, SHOULD, MAY = "MUST", "SHOULD", "MAY"

FOLLOWER = b"GET /follower HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
FOLLOWED = b"followed"

# What may happen behind the answer: the server has closed, it has answered the follower, either of them.
CLOSED, NEXT, EITHER = "closed", "next", "either"


@dataclasses.dataclass(frozen=True, eq=False)
class Outcome:
    """One answer that is right. Without codes: the connection ends and no answer comes."""

    codes: tuple = ()
    body: bytes | None = None  # what it must be
    says: dict | None = None  # of the JSON of /what, what it must hold
    fields: dict | None = None  # lower-case name -> value, a compiled expression, or None for a field that is not there
    interim: list | None = None  # the codes of 1xx answers in front of it
    version: str | None = None  # of the status line
    then: str = EITHER

    def fault(self, answer):
        """Say in a few words why an answer is not this one, "" if it is."""
        if answer.code not in self.codes:
            return f"{answer.code} instead of {self}"
        if self.body is not None and answer.body != self.body:
            return f"{answer.code} with the body {answer.body[:60]} instead of {self.body[:60]}"
        if self.says is not None:
            try:
                got = json.loads(answer.body)
            except ValueError:
                return f"{answer.body[:60]} instead of JSON"
            for key, want in self.says.items():
                if got.get(key) != want:
                    return f"{key} understood as {got.get(key)!r} instead of {want!r}"
        if self.version is not None and answer.version != self.version:
            return f"HTTP/{answer.version} instead of HTTP/{self.version}"
        for name, want in (self.fields or {}).items():
            got = answer.headers.get(name)
            if not (want.fullmatch(got or "") if isinstance(want, re.Pattern) else got == want):
                return f"{name}: {got} instead of {getattr(want, 'pattern', want)}"
        if self.interim is not None and answer.interim != self.interim:
            return f"interim answers {answer.interim} instead of {self.interim}"
        return ""

    def __str__(self):
        text = "/".join(str(code) for code in self.codes) or "no answer"
        return text if self.then == EITHER else f"{text}, then {self.then}"


def ok(body=None, says=None, then=EITHER, **more):
    """200, and the message was understood to end where it ends."""
    return Outcome((200,), body, says, then=then, **more)


def status(*codes, **more):
    """An answer with one of these codes; the connection may go on behind it."""
    return Outcome(codes, **more)


def refused(*codes):
    """An answer with one of these codes, then the close: nobody knows where a next request would begin."""
    return Outcome(codes, then=CLOSED)


# The connection ends without an answer.
silence = Outcome(then=CLOSED)


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """What is sent and what may come of it.

    sends: bytes; or a tuple of them, each sent when an answer to the one before has begun to come, or after a second.
    {ETAG} stands for the file's entity tag, {OPAQUE} for that without its W/, {INNER} for that without its quotes.
    accepts: the outcomes, each an Outcome, or a tuple of them for as many requests.
    half: instead of sending a follower the client says that nothing more will come.
    follow: whether a follower is sent; not where the client has said that this is its last request (RFC 9112 9.6).
    """

    section: str  # of RFC 9110 or 9112, as in "9112 5.1"; of another one, as in "3986 3.2"
    level: str
    what: str
    sends: bytes | tuple
    accepts: tuple
    half: bool = False
    follow: bool = True

    def __str__(self):
        return f"{self.section}, {self.level}: {self.what}"


def case(section, level, what, sends, *accepts, half=False, follow=True):
    return Case(section, level, what, sends, accepts, half, follow and not half)


def last(section, level, what, sends, *accepts):
    """A case of which the client has said that it is its last request: by close, or by speaking 1.0."""
    return case(section, level, what, sends, *accepts, follow=False)


def request(line, *fields, body=b"", host=b"localhost"):
    """Give a message: its first line, a Host unless that is None, fields as they stand, an empty line, the body."""
    lines = [line] if host is None else [line, b"Host: " + host]
    return b"\r\n".join([*lines, *fields, b"", body])


def get(target=b"/hello", *fields, **more):
    return request(b"GET " + target + b" HTTP/1.1", *fields, **more)


def what(*fields, **more):
    """A GET of what tells how the request was understood."""
    return get(b"/what/x", *fields, **more)


def post(*fields, body=b"", target=b"/echo", version=b"1.1", method=b"POST"):
    """A message whose body is framed by `fields` alone."""
    return request(method + b" " + target + b" HTTP/" + version, *fields, body=body)


@dataclasses.dataclass
class Seen:
    """What a server did: its answers, and how the connection ended ("closed", "reset", "open", "not HTTP: ...")."""

    answers: list
    end: str


def _methods(data):
    # The method of a request decides how its answer is framed. Only HEAD matters; of malformed lines nothing is asked.
    lines = re.findall(rb"^[!-~]+ [^\r\n]*HTTP/1", data, re.M)
    return ["HEAD" if line.startswith(b"HEAD ") else "GET" for line in lines]


def exchange(port, case, tag=b"", timeout=2, split=False):
    """Put a case to the server on a port; gives Seen. split: the bytes come in two packets."""
    steps = case.sends if isinstance(case.sends, tuple) else (case.sends,)
    opaque = tag.removeprefix(b"W/")
    for name, value in ((b"{ETAG}", tag), (b"{OPAQUE}", opaque), (b"{INNER}", opaque.strip(b'"'))):
        steps = [step.replace(name, value) for step in steps]
    if case.follow:
        steps[-1] += FOLLOWER
    methods = _methods(b"".join(steps)) + ["GET"] * 2
    answers = []
    with harness.Client(port, timeout=timeout) as c:
        try:
            for i, step in enumerate(steps):
                if i:
                    _await_bytes(c)
                c.send(step, (len(step) + 1) // 2 if split else None)
            if case.half:
                c.half_close()
        except OSError:
            pass  # the server has closed already: what it said before can still be read
        try:
            while True:
                answer = c.answer(methods[min(len(answers), len(methods) - 1)])
                answers.append(answer)
                if answer.code >= 400 and "close" in answer.headers.get("connection", "").lower():
                    c.half_close()  # as a client would, which the server may wait for before it closes (9112 9.6)
        except harness.NoAnswer:
            end = "closed" if c.eof else "open"
        except TimeoutError:
            end = "open"
        except OSError:
            end = "reset"
        except (harness.Truncated, h11.RemoteProtocolError) as e:
            end = f"not HTTP: {e!r}"
    return Seen(answers, end)


def _await_bytes(c):
    patience = c.socket.gettimeout()
    c.socket.settimeout(1)
    try:
        c.socket.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        pass  # who waited long enough for 100 (Continue) sends its body (RFC 9110 10.1.1)
    finally:
        c.socket.settimeout(patience)


def fault(case, seen):
    """Say why what a server did is wrong, "" if it is right."""
    for answer in seen.answers:
        law = _laws(answer)
        if law:
            return law
    if seen.end not in ("closed", "reset"):
        return f"{[a.code for a in seen.answers]}, then {seen.end}"
    faults = [_compare(a if isinstance(a, tuple) else (a,), seen) for a in case.accepts]
    return "" if "" in faults else "; or ".join(faults)


def _compare(outcomes, seen):
    wanted = [o for o in outcomes if o.codes]
    codes = [a.code for a in seen.answers]
    if len(seen.answers) < len(wanted):
        return f"answers {codes}, and too few"
    for outcome, answer in zip(wanted, seen.answers, strict=False):
        text = outcome.fault(answer)
        if text:
            return text
    rest = seen.answers[len(wanted):]
    followed = len(rest) == 1 and rest[0].body == FOLLOWED
    if rest and not followed:
        return f"answers {codes}, and too many"
    then = outcomes[-1].then
    if then == CLOSED and followed:
        return f"answers {codes}: the connection went on"
    if then == NEXT and not followed:
        return f"answers {codes}: the connection did not go on"
    return ""


def _laws(answer):
    """Say which law, of those that hold for every answer, this one breaks; "" if none. h11 knows the others."""
    fields = answer.headers
    if "content-length" in fields and "transfer-encoding" in fields:
        return "9112 6.2: a Content-Length beside a Transfer-Encoding"
    if answer.code == 204 and ("content-length" in fields or "transfer-encoding" in fields):
        return "9110 8.6, 9112 6.1: 204 with a length or a transfer coding"
    if answer.code == 405 and "allow" not in fields:
        return "9110 15.5.6: 405 without Allow"
    if "date" in fields:
        moment = email.utils.parsedate_to_datetime(fields["date"])
        if email.utils.format_datetime(moment, usegmt=True) != fields["date"]:
            return f"9110 6.6.1: Date: {fields['date']}"
    return ""
