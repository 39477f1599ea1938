# The page of the set-up network, behind its style (tinyweb_wifi_style). Loaded while it is sent.


def _escape(text):
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b'"', b"&quot;")


def _rows(self, text, ssid):
    # Yield the form in parts; text: what stands before it.
    known = self._settings.get("ssid", "").encode()
    found = self._found
    i = 0
    while i < len(found):
        end = i + 2 + found[i + 1]
        name = found[i + 2 : end]
        checked = b""
        if name == known:
            checked = b" checked"
            ssid = b""
        name = _escape(name)
        text += _ROW % (name, checked, name, "▂▄▆█"[: found[i]].encode())
        if len(text) > 100:
            yield text
            text = b""
        i = end
    yield text + _OTHER % (ssid and b" checked", ssid)


async def _run(self, resp):
    """Send the page of a tinyweb_wifi_setup._SetUp: the form, or what is shown while the board is joining."""
    wifi = self._wifi
    settings = self._settings
    ssid = _escape(settings.get("ssid", "").encode())
    name = _escape(wifi.name.encode())
    text = _HEAD % (name, name)
    if self._chosen:
        self._left = min(self._left, 2)
        text += _JOINING % (ssid, name.replace(b" ", b"-"))
    else:
        more = b""
        if self._wrong:
            more = _WRONG
        elif ssid:
            more = _FAILED % (ssid, wifi.outcome.encode())
        for part in _rows(self, text + _FORM % more, ssid):
            await resp.raw(part)
        more = b""
        for name, label in wifi.fields:
            value = _escape(str(settings.get(name, "")).encode())
            more += _FIELD % (label.encode(), name.encode(), value)
        text = _REST % more
    self._wrong = False
    await resp.raw(text)


# By tools/wifi_page.py:
_HEAD = b"<title>%s</title><h1>%s</h1>"
_JOINING = (
    b"<p class=w>Joining %s. This network closes now.<p>Then open http://%s.local/, or ask your router for its add"
    b"ress. If this network is back in a minute, it says why."
)
_WRONG = b"<p class=w>A name has 1 to 32 bytes, a password 8 to 63."
_FAILED = b"<p class=w>%s: %s."
_FORM = b"Choose the WiFi for it.%s<form method=post><fieldset>"
_ROW = b'<label><input type=radio name=n value="%s"%s><b>%s</b>%s</label>'
_OTHER = (
    b'<label><input type=radio name=n value=""%s><b>Another</b><input class=t name=o value="%s" aria-label=Nam'
    b"e></label></fieldset>"
)
_REST = (
    b"<fieldset><label><b>Password</b><input class=t type=password name=p></label>%s</fieldset><button>Join</butto"
    b"n></form>"
)
_FIELD = b'<label><b>%s</b><input class=t name="%s" value="%s"></label>'
