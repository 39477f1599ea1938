# The cases of PyPI's multipart-form-data-conformance, which knows no language: bodies, and what is in them. Each is
# read through buffers of several sizes, whole and in segments of one byte, and is the same each time.
import base64
import hashlib
import json

import multipart_form_data_conformance as suite
import pytest
import uploads

CASES = sorted(suite.get_tests_dir().glob("*/*"))
# What is refused on purpose: lines that end in LF alone, and a part with two Content-Disposition, of which programs
# take different ones (the suite calls a refusal of those correct, too). None of them is required.
REFUSED = ("061-lf-only-lenient", "062-mixed-endings", "208-duplicate-headers")


@pytest.fixture(scope="module")
def port(serve_module):
    return serve_module(uploads.PROGRAM, heap="2m", compiled=True).port  # it tells a whole file at once


def same(got, want):
    name, filename, kind, data = got
    assert (name, filename) == (want["name"], want.get("filename"))
    if want.get("content_type") is not None:
        assert kind == want["content_type"]
    if want.get("body_text") is not None:
        assert data == want["body_text"].encode()
    if want.get("body_base64"):
        assert data == base64.b64decode(want["body_base64"])
    if want.get("body_sha256"):
        assert hashlib.sha256(data).hexdigest() == want["body_sha256"]
    assert "body_size" not in want or len(data) == want["body_size"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case(port, case):
    told = json.loads((case / "test.json").read_text())
    fields = json.loads((case / "headers.json").read_text())
    fields = {name.lower(): value for name, value in fields.get("headers", fields).items()}
    data = (case / "input.raw").read_bytes()
    answers = {}
    for size, pieces in ((1024, None), (640, None), (700, 97), (1024, 1)):
        if pieces == 1 and len(data) > 2000:
            continue
        got = uploads.post(port, f"/parts/{size}", data, fields["content-type"], pieces=pieces, timeout=20)
        answers[got.code, got.text] = got
    assert len(answers) == 1, list(answers)
    (code, text), got = answers.popitem()
    if case.name in REFUSED or not told["expected"]["valid"]:
        assert code == 400, text
        assert case.name not in REFUSED or "required" not in told["tags"]
        return
    assert code == 200, text
    parts, wanted = uploads.read(got), told["expected"]["parts"]
    assert len(parts) == len(wanted)
    for part, want in zip(parts, wanted, strict=True):
        same(part, want)


def test_the_suite_is_the_one_that_was_counted():
    required = [case for case in CASES if "required" in json.loads((case / "test.json").read_text())["tags"]]
    assert (len(CASES), len(required)) == (58, 40)
