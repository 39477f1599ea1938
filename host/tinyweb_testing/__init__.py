"""Test a program of TinyWeb on a PC, through its real server and a real socket on loopback.

    from tinyweb_testing import Client

    async with Client(app) as c:                    # or, in a plain test:  with Client(app) as c:
        r = await c.get("/api")                     #                           r = c.get("/api")

    with Client.of("main.py", interpreter="micropython") as c:    # a program as it is, in a process of its own
        r = c.get("/api")

docs/testing.md is the guide. What `c` offers is httpx's client, and events() and websocket().
"""

from .client import AsyncClient, Client, SyncClient

__all__ = ("AsyncClient", "Client", "SyncClient")
