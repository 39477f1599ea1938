"""Hold the type stubs beside the packages against the code, with mypy's stubtest: python tests/docs/whole.py [STUBS]

STUBS is another folder to take them from. It imports the packages as CPython sees them. What the classes serve by
__getattr__ from lazy modules is attached to them first, with the signatures that a program really meets: then stubtest
sees all there is.
"""

import importlib
import inspect
import os
import pathlib
import shutil
import sys
import tempfile
import types

from mypy import stubtest

PACKAGES = sorted((pathlib.Path(__file__).parents[2] / "packages").iterdir())
MODULES = ["tinyweb", *(path.name.replace("-", "_") for path in PACKAGES if path.name != "tinyweb-core")]
sys.path[:0] = map(str, PACKAGES)

import tinyweb  # noqa: E402
import tinyweb.body  # noqa: E402
import tinyweb.constructor  # noqa: E402
import tinyweb.cookies as cookies  # noqa: E402
import tinyweb.guards  # noqa: E402
import tinyweb.http  # noqa: E402
import tinyweb.long_body  # noqa: E402
import tinyweb.option_checks  # noqa: E402
import tinyweb.registration  # noqa: E402
import tinyweb.registration_more  # noqa: E402
import tinyweb.request_attrs as request_attrs  # noqa: E402
import tinyweb.response_methods as response_methods  # noqa: E402
import tinyweb.shutdown as shutdown  # noqa: E402
import tinyweb.streaming  # noqa: E402
import tinyweb_auth  # noqa: E402
import tinyweb_auth_login  # noqa: E402
import tinyweb_rest  # noqa: E402
import tinyweb_static  # noqa: E402

SELF = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
# What has to be given: without them a sentence is raised by the function itself.
REQUIRED = ("url", "f", "cls", "what", "url_prefix", "folder")
# What takes misspelt options, to tell so.
UNKNOWN = ("unknown", "wrong")
# What a request takes from its head.
OF_HEAD = ("path", "method", "host", "route", "query_string")


def parameters(f, without=()):
    return [p.replace(default=inspect.Parameter.empty) if p.name in REQUIRED else p
            for p in inspect.signature(f).parameters.values() if p.name not in (*without, *UNKNOWN)]


def attach(cls, name, function, options=None, without=()):
    """Make a lazy module's function, called as function(object, ...), a method of the class.

    options: the function that its *args and **kwargs go to; `without` names those parameters of it that do not come
    from there. That they do go there, in any position, is held by tests/app/test_signatures.py.
    """
    own = parameters(function)[1:]
    if own and own[-1].name == "more" and not options:
        own.pop()  # what is one too many, to tell so
    if options:
        taken = [p for p in own if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        assert [p.kind for p in own[len(taken):]] == [inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD]
        own = taken + [p for p in parameters(options, without) if p.name not in [t.name for t in taken]]

    if inspect.iscoroutinefunction(function):

        async def method(self, *args, **kwargs):
            return await function(self, *args, **kwargs)
    else:

        def method(self, *args, **kwargs):
            return function(self, *args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"{cls.__name__}.{name}"
    method.__module__ = cls.__module__
    method.__signature__ = inspect.Signature([SELF, *own])
    setattr(cls, name, method)


def short_form(app, url, *args, **options):
    """What registration.method() makes of get, post and so on."""


def limits(cls):
    """Give the parameters of the constructor's limits, in the order in which they may be given by position."""
    names = [name for name, value in vars(cls).items() if name[0] != "_" and not callable(value)]
    assert names == list(tinyweb.constructor.NUMBERS), names
    names += ["allowed_hosts", "access_log", "max_links"]
    own = [p.name for p in parameters(tinyweb.constructor.init)[1:-2]]
    assert {*own, *names} == set(tinyweb.option_checks._LIMITS), own
    default = {"max_links": 0, "allowed_hosts": None, "access_log": None}
    values = default | {name: vars(cls)[name] for name in names if name in vars(cls)}
    return [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=values[name])
            for name in names]


def complete():
    """Attach to each class what its __getattr__ serves."""
    app, req, resp = tinyweb.webserver, tinyweb.request, tinyweb.response
    constructor = parameters(tinyweb.constructor.init)
    assert [p.name for p in constructor[-2:]] == ["more", "limits"], constructor
    app.__init__.__signature__ = inspect.Signature([SELF, *constructor[1:-2], *limits(app)])
    app.run.__signature__ = inspect.Signature(parameters(app.run))
    # what the server and its constructor set, on each object
    app.port = app.loop = None
    app.max_links = 0
    registration = tinyweb.registration
    attach(app, "add_route", registration.add_route)
    attach(app, "route", registration.route, registration.add_route, ("app", "f"))
    extensions = {"static": tinyweb_static.static, "add_resource": tinyweb_rest.add_resource,
                  "resource": tinyweb_rest.resource}
    for name, function in {**tinyweb.registration_more._METHODS, "guard": tinyweb.guards.add}.items():
        if name[0] != "_":  # those of 1.x that it did not document
            attach(app, name, function, extensions.get(name), ("app",))
    for name in ("get", "post", "put", "patch", "delete"):
        attach(app, name, short_form, registration.add_route, ("app", "f", "methods"))
    for name in ("start", "stop", "shutdown"):
        attach(app, name, getattr(tinyweb.shutdown, "_" + name))

    for name in ("body", "json", "read_parse_form_data"):
        attach(req, name, getattr(tinyweb.body, name))
    for name in ("read", "readinto"):
        attach(req, name, getattr(tinyweb.long_body, name))
    for name in ("header", "query_list"):
        attach(req, name, getattr(tinyweb.request_attrs, name))
    # attributes: what a request really has there
    raw = b"GET /lamp?on=1 HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\n\r\n"
    connection = types.SimpleNamespace(address=("192.0.2.1", 50000))
    sample = req()
    sample._conn, sample.head = connection, tinyweb.http.parse_head(raw, 1024, 64)
    names = (*OF_HEAD, *request_attrs._PROPERTIES, "headers")
    values = [getattr(sample, name) for name in names]
    for name, value in zip(names, values, strict=True):
        setattr(req, name, value)

    def set_attribute(self, name, value):
        object.__setattr__(self, name, value)

    req.__setattr__ = set_attribute  # every object has it: a program may set what it likes

    options = {"set_cookie": (cookies.cookie, ()), "send_file": (tinyweb_static.send_file, ("resp",))}
    for name in [word.split(":")[0] for word in response_methods._MODULES.split()]:
        if name[0] != "_":  # those of 1.x that it did not document
            module = importlib.import_module("tinyweb." + response_methods.module_of(name))
            attach(resp, name, getattr(module, name), *options.get(name, ()))
    session = tinyweb_auth.Session
    for name in ("start", "accept", "end", "next"):
        attach(session, name, getattr(tinyweb_auth_login, name))

    for name in served(resp.__getattr__):
        attach(resp, name, tinyweb.streaming.method(name))

    served_by = [(app, registration.method), (app, shutdown.method), (req, request_attrs.get)]
    served_by += [(cls, cls.__dict__["__getattr__"]) for cls in (app, req, resp)]
    for cls, function in served_by:
        forgotten = [name for name in served(function) if not hasattr(cls, name)]
        assert not forgotten, f"{function.__module__} serves {forgotten}: attach them"


def served(function):
    """Give the names that a function compares with: what it serves, but for the modules that it loads."""
    names = []
    for constant in function.__code__.co_consts:
        names += constant if isinstance(constant, tuple) else [constant]
    names = [name.lower() for name in names if isinstance(name, str) and name.isidentifier() and name[0] != "_"]
    opened = [path.stem for path in pathlib.Path(tinyweb.__file__).parent.glob("*.py")]
    return [name for name in names if name not in opened]


def modules():
    """Give the names of the core's modules that are no program's business: those without a stub."""
    folder = pathlib.Path(tinyweb.__file__).parent
    return [f"tinyweb.{path.stem}" for path in folder.glob("*.py") if not path.with_suffix(".pyi").exists()]


def collect(folder):
    """Copy all stubs to a folder, without the code: mypy is not to look into what is written for boards."""
    for package in PACKAGES:
        shutil.copytree(package, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"), dirs_exist_ok=True)


def main(stubs=None):
    complete()
    with tempfile.TemporaryDirectory() as work:
        if not stubs:
            stubs = os.path.join(work, "stubs")
            collect(stubs)
        os.environ["MYPYPATH"] = stubs
        allowed = os.path.join(work, "allowed")
        pathlib.Path(allowed).write_text("".join(f"{name}\n" for name in modules()))
        return stubtest.test_stubs(stubtest.parse_options([*MODULES, "--concise", "--allowlist", allowed]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
