# The portal of the set-up network: what becomes of a request. Loaded for each of them.
#
# Responses are made here, and sent as they are: what the core loads for a status, fields and hooks takes 8 KB of heap.
# Reason phrases are left out, as a client ignores them (RFC 9112 4) and each constant takes 32 bytes.

import sys


async def _run(self, req, resp, status):
    """Respond to a request, for a tinyweb_wifi_setup._SetUp. status: of the response, 0 to find it out.

    Return True if the page is to follow; 303 if nothing is sent yet: the form is to be read, then this called again.
    """
    head = req.head
    path = head.path
    body = b""
    host = self._wifi.address.encode()
    if not status:
        status = 302
        if head.host.split(b":")[0] != host:
            if self._chosen:
                # A phone may close its window of the portal now.
                from tinyweb_wifi_form import _PROBES as probes

                sys.modules.pop("tinyweb_wifi_form")
                path = path[path.rfind(b"/") + 1 :]
                if path in probes:
                    status = 200
                    body = probes[probes.index(path) + 1]
                elif path[-4:] == b"_204":
                    status = 204
        elif len(path) > 1:
            status = 404
        elif head.method == b"POST":
            return 303
        else:
            status = 200
    lines = b""
    if 300 < status < 304:
        if self._app.port != 80:
            host += b":%d" % self._app.port
        body = b"http://%s/" % host
        lines = b"Location: %s\r\n" % body
    page = status == 200 and not body
    if head.method == b"HEAD":
        page = False
        body = b""
    # As a response of HTTP/1.0, which ends with its connection: a board has few of them.
    await resp.raw(
        b"HTTP/1.0 %d \r\n%sContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n"
        b"Connection: close\r\n\r\n%s" % (status, lines, body)
    )
    return page
