# The form of the set-up network's page, and what phones ask for behind it to find the Internet. Loaded for either.
#
# The core's own ways to read and decode a form would take 4 KB more of heap.

_SITES = None, b"same-origin", b"none"  # Sec-Fetch-Site: "none" is the user (Fetch Metadata)


def _field(raw, name):
    # Return the value of a field, None if there is none. name: in lower case, with its colon.
    n = len(name)
    i = raw.find(b"\n") + 1
    while i:
        if raw[i : i + n].lower() == name:
            return bytes(raw[i + n : raw.find(b"\r", i)]).strip()
        i = raw.find(b"\n", i) + 1


def _decode(text):
    # Decode bytes with escapes (RFC 3986 2.1) to str. Raises ValueError.
    text = text.replace(b"+", b" ")
    i = text.find(b"%")
    while i >= 0:
        text = text[:i] + bytes((int(text[i + 1 : i + 3], 16),)) + text[i + 3 :]
        i = text.find(b"%", i + 1)
    return text.decode()


async def _run(self, req, resp):
    """Read the form, for a tinyweb_wifi_setup._SetUp. Return the status of the response: 303, 400, 403 or 413."""
    head = req.head
    size = head.content_length
    if not 0 <= size <= 512:
        return 413
    # There is one page that may send it.
    origin = _field(head.raw, b"origin:")
    if origin is not None and origin[origin.find(b"//") + 2 :] != head.host:
        return 403
    if _field(head.raw, b"sec-fetch-site:") not in _SITES:
        return 403
    conn = await resp.raw(b"")
    text = bytes(memoryview(conn.buf)[len(head.raw) : conn.n])  # what has come with the head
    while len(text) < size:
        conn.limit = 20000  # ms, since the client is there
        more = await conn.stream.read(size - len(text))
        if not more:
            return 400
        text += more
    fields = {}
    try:
        for pair in text[:size].split(b"&", 64):
            i = pair.find(b"=")
            fields[pair[:i].decode()] = _decode(pair[i + 1 :])
    except ValueError:
        return 400
    get = fields.get
    ssid = get("n") or get("o", "")
    key = get("p", "")
    self._settings = settings = {"ssid": ssid, "password": key}
    for name, _ in self._wifi.fields:
        settings[name] = get(name, "")
    self._chosen = 0 < len(ssid.encode()) < 33 and (not key or 7 < len(key.encode()) < 65)
    self._wrong = not self._chosen
    if self._chosen:
        self._found = b""  # nobody chooses any more
        self._left = 10
    return 303


# The name of each file, and what is in it.
_PROBES = (
    b"hotspot-detect.html",
    b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>",
    b"connecttest.txt",
    b"Microsoft Connect Test",
    b"ncsi.txt",
    b"Microsoft NCSI",
    b"canonical.html",
    b'<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>',
    b"success.txt",
    b"success",
    b"check_network_status.txt",
    b"NetworkManager is online",
)
