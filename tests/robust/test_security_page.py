# docs/security.md names the defaults, and a default in a page of its own drifts: each is held against the code.
import ast
import inspect
import re

import harness
import pytest
from robust.conformance import suite
from tinyweb import constructor, registration, webserver
from tinyweb.cookies import cookie

PAGE = (harness.ROOT / "docs" / "security.md").read_text()
ROWS = re.findall(r"^\| `(\w+)` \| (.+?) \|", PAGE, re.M)


def defaults():
    """Give {name: default} of all that a program may set: the constructor, run(), routes, set_cookie()."""
    app = webserver()
    names = [name for name in {*dir(webserver), *vars(app)} if re.match("(max_|allowed_)|.*_timeout", name)]
    found = {name: getattr(app, name) for name in names}
    for f in (constructor.init, webserver.run, registration.add_route, cookie):
        for name, parameter in inspect.signature(f).parameters.items():
            if name not in found and parameter.default is not parameter.empty and parameter.default is not None:
                found[name] = parameter.default
    found["ssl"] = inspect.signature(webserver.run).parameters["ssl"].default
    found["max_concurrency"] = webserver().max_concurrency
    found["max_links"] = webserver().max_links
    return found


@pytest.mark.parametrize(("name", "said"), ROWS)
def test_a_default_is_what_the_page_says(name, said):
    assert defaults()[name] == ast.literal_eval(said), name


def test_no_bound_is_left_out():
    bounds = {name for name in defaults() if re.match("max_|allowed_hosts", name) or name.endswith("_timeout")}
    assert bounds - {"max_age"} <= {name for name, _ in ROWS}, bounds


def test_a_preflight_is_answered_as_the_page_says(serve):
    port = serve("import tinyweb\napp = tinyweb.webserver()\n@app.put('/')\ndef put(req, resp):\n    return ''\n"
                 "app.run(HOST, PORT)\n").port
    answer = harness.get(port, method="OPTIONS", fields=[("Origin", "http://a")])
    assert answer.headers["access-control-allow-origin"] == "*", answer


def test_the_page_counts_the_cases_right():
    assert f"{sum(map(len, suite.GROUPS.values()))} cases" in PAGE
