"""Runs a program for tools/dev.py, in MicroPython or CPython:  dev_run.py FILE HOST PORT URL

Its (first) server listens at HOST and PORT, whatever the program says, tells URL when it does, prints a line for each
request, and has debug on. FILE is also the name that tracebacks show, relative to the folder that ROOT names.
"""

import io
import sys

import tinyweb
from tinyweb.lazy import lazy

FILE, HOST, PORT, URL = sys.argv[1:5]
servers = []
server_open = tinyweb.webserver._open
server_run = tinyweb.webserver.run


def opened(app, host, port, backlog, ssl, *more):
    # What a board refuses is an error here as well.
    lazy.option_checks.listen(host, port, backlog, ssl, *more)
    if not servers:
        servers.append(app)
    if servers[0] is app:
        host, port = HOST, int(PORT)
    app.debug = True
    listen = server_open(app, host, port, backlog, ssl, *more)
    if servers[0] is app:
        print("Open %s%s" % ("https" if ssl else "http", URL))
    return listen


def run_quietly(app, *args, **options):
    # opened() tells the URL.
    options["quiet"] = True
    return server_run(app, *args[:5], **options)


def log(app, peer, method, path, code, size, ms):
    print("%s %s  %d, %d bytes, %d ms" % (method.decode() or "?", path.decode() or "?", code, size, ms))


def show(error):
    """Print a traceback without the frames of this file."""
    if hasattr(sys, "print_exception"):
        out = io.StringIO()
        sys.print_exception(error, out)
        text = out.getvalue()
        print("".join(line + "\n" for line in text.split("\n") if line and "dev_run.py" not in line), end="")
    else:
        import traceback

        traceback.print_exception(type(error), error, error.__traceback__.tb_next)


def run():
    tinyweb.webserver._open = opened
    tinyweb.webserver.run = run_quietly
    tinyweb.webserver.access_log = log
    # modules beside the program are found, those beside this file are not
    sys.path[0] = ""
    try:
        with open(FILE.rpartition("/")[2], encoding="utf-8") as f:
            source = f.read()
    except OSError:
        print(FILE + " is not there")
        sys.exit(1)
    try:
        exec(compile(source, FILE, "exec"), {"__name__": "__main__", "__file__": FILE})
    except KeyboardInterrupt:
        pass  # it is how dev.py ends a program
    except Exception as e:
        show(e)
        sys.exit(1)


run()
