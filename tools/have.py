"""Which programs of the system do the tests find?  python tools/have.py says in one line what will be left out.

These come from the system's packages, not from pip: where a user lacks one, its tests are skipped and this line says
so. With CI=true a missing one is an error, so that nothing is ever skipped silently there.
"""

import os
import shutil
import sys

# name: (commands that serve, Debian package, what needs it)
PROGRAMS = {
    "ab": (("ab",), "apache2-utils", "ab as a client"),
    "arm-none-eabi-gcc": (
        ("arm-none-eabi-gcc",), "gcc-arm-none-eabi libnewlib-arm-none-eabi", "the packages on an emulated board"
    ),
    "caddy": (("caddy",), "caddy", "Caddy in front"),
    "chromium": (("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"), "chromium", "the browser"),
    "curl": (("curl",), "curl", "curl as a client"),
    "dig": (("dig",), "bind9-dnsutils", "dig as a client of the set-up network's name server"),
    "dnsperf": (("dnsperf",), "dnsperf", "many queries to it"),
    "ip": (("ip",), "iproute2", "a phone and a board in network namespaces (as root)"),
    "gcc-multilib": ((), "gcc-multilib", "MicroPython at 32 bit with the packages frozen"),
    "nginx": (("nginx",), "nginx-light", "nginx in front"),
    "node": (("node", "nodejs"), "nodejs", "MicroPython 1.21 to 1.29 on WebAssembly, node's http as a peer, pyright"),
    "node-busboy": ((), "node-busboy", "a parser of forms as an oracle"),
    "node-eventsource": ((), "node-eventsource", "server-sent events as a client"),
    "node-ws": ((), "node-ws", "WebSockets as a client"),
    "node-send": ((), "node-send", "the files of that peer"),
    "npm": (("npm",), "npm", "the same as node"),
    "openssl": (("openssl",), "openssl", "https"),
    "qemu-system-arm": (("qemu-system-arm",), "qemu-system-arm", "the emulated board"),
    "valgrind": (("valgrind",), "valgrind", "instructions per request"),
    "wget": (("wget",), "wget", "wget as a client"),
    "wrk": (("wrk",), "wrk", "requests per second"),
}

# Where Debian puts what is on no user's path.
PLACES = {
    "gcc-multilib": "/usr/include/asm",
    "ip": "/usr/sbin/ip",
    "nginx": "/usr/sbin/nginx",
    "node-busboy": "/usr/share/nodejs/busboy",
    "node-eventsource": "/usr/share/nodejs/eventsource",
    "node-ws": "/usr/share/nodejs/ws",
    "node-send": "/usr/share/nodejs/send",
}


def find(name):
    """Give the path of the program `name` (a key of PROGRAMS), None where it is missing."""
    for command in PROGRAMS[name][0]:
        path = shutil.which(command)
        if path:
            return path
    place = PLACES.get(name)
    return place if place and os.path.exists(place) else None


def missing():
    """Give the names of the programs that are not installed."""
    return [name for name in PROGRAMS if not find(name)]


def in_ci():
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def main():
    lacking = missing()
    if not lacking:
        return
    text = "; ".join("{} ({})".format(name, PROGRAMS[name][2]) for name in lacking)
    packages = " ".join(PROGRAMS[name][1] for name in lacking)
    if in_ci():
        sys.exit(f"tinyweb: not installed, and with CI=true nothing may be left out: {text}")
    print(f"Left out, not installed here: {text}. Debian, Ubuntu: apt install {packages}")


if __name__ == "__main__":
    main()
