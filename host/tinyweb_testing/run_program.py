"""Runs a program for servers.py, in MicroPython or CPython:  run_program.py FILE HOST [FOLDER ...]

Its servers listen at free ports of HOST, whatever the program says. When the first one is open, its address is printed.
"""

import sys

FILE = sys.argv[1]
HOST = sys.argv[2]
# Modules beside the program are found, and before them those in FOLDERs; those beside this file are not.
sys.path[:1] = sys.argv[3:] + [FILE.replace("\\", "/").rpartition("/")[0]]
sys.argv[:] = [FILE]

import tinyweb  # noqa: E402
from tinyweb.lazy import lazy  # noqa: E402

servers = []
server_open = tinyweb.webserver._open
server_run = tinyweb.webserver.run


def opened(app, host, port, *more):
    # What a board refuses is an error here as well.
    lazy.option_checks.listen(host, port, *more)
    known = app in servers
    listen = server_open(app, HOST, app.port if known else 0, *more)
    if not known:
        servers.append(app)
        if len(servers) == 1:
            print("tinyweb_testing: open at %s://%s:%d" % ("https" if app.tls else "http", HOST, app.port))
    return listen


def run_quietly(app, *args, **options):
    # The output is the program's own.
    options["quiet"] = True
    return server_run(app, *args[:5], **options)


tinyweb.webserver._open = opened
tinyweb.webserver.run = run_quietly
with open(FILE, encoding="utf-8") as f:
    source = f.read()
exec(compile(source, FILE, "exec"), {"__name__": "__main__", "__file__": FILE})
