# The page of the set-up network: page.html, by tools/wifi_page.py. Loaded while it is sent.
#
# CONTRACT. _send() sends the page of the board. _lines(part) yields the lines of a part, without their ends. Parts are
# the head "/" (tinyweb_wifi_style), the "/form", what is shown while the board is "/joining", and what phones ask for
# to find the Internet. In page.html, "|" begins one.

import sys


def _lines(part):
    name = b""
    text = _PAGE
    if part == b"/":
        from tinyweb_wifi_style import _PAGE as text

        sys.modules.pop("tinyweb_wifi_style")
    for line in text:
        if line[:1] == b"|":
            name = line[1:]
        elif name == part:
            yield line


def _escape(text):
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b'"', b"&quot;")


def _each(found):
    # Yield (strength, name) of each network in what tinyweb_wifi_ap._start_ap() returns.
    i = 0
    while i < len(found):
        end = i + 2 + found[i + 1]
        yield found[i], found[i + 2 : end]
        i = end


async def _send(resp, wifi, host, settings, chosen, found, text):
    """Send the page with the form, or what is shown while the board is joining.

    found: the networks, as tinyweb_wifi_ap._start_ap() returns them. text: of the last form (bytes), b"" if nothing is
    wrong with it.
    """
    known = settings.get("ssid", "").encode()
    ssid = _escape(known)
    name = _escape(wifi.name.encode())
    values = (name, name, ssid, host.encode())
    if not chosen:
        if ssid and not text:
            text = b"<p class=w>%s: %s." % (ssid, wifi.outcome.encode())
        if known in [name for _, name in _each(found)]:
            ssid = b""
        more = b""
        for key, label in wifi.fields:
            value = _escape(str(settings.get(key, "")).encode())
            row = b'<label><b>%s</b><input class=t name="%s" value="%s"></label>'
            more += row % (label.encode(), key.encode(), value)
        values = (name, name, text, ssid and b" checked", ssid, more)
    for part in (b"/", b"/joining" if chosen else b"/form"):
        for line in _lines(part):
            n = line.count(b"%s")
            if n:
                line = line % values[:n]
                values = values[n:]
            if line != b"-":
                await resp.send(line)
                continue
            for strength, name in _each(found):
                checked = b" checked" if name == known else b""
                name = _escape(name)
                row = b'<label><input type=radio name=n value="%s"%s><b>%s</b>%s</label>'
                await resp.send(row % (name, checked, name, "▂▄▆█"[:strength].encode()))


_PAGE = (
    b"|/form",
    b"Choose the WiFi for it.%s",
    b"<form method=post><fieldset>",
    b"-",
    b'<label><input type=radio name=n value=""%s><b>Another</b><input class=t name=o value="%s" aria-label=Nam'
    b"e></label></fieldset>",
    b"<fieldset><label><b>Password</b><input class=t type=password name=p></label>%s</fieldset>",
    b"<button>Join</button></form>",
    b"|/joining",
    b"<p class=w>Joining %s. This network closes now.",
    b"<p>Then open http://%s.local/, or ask your router for its address. If this network is back in a minute, it s"
    b"ays why.",
    b"|hotspot-detect.html",
    b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>",
    b"|connecttest.txt",
    b"Microsoft Connect Test",
    b"|ncsi.txt",
    b"Microsoft NCSI",
    b"|canonical.html",
    b'<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>',
    b"|success.txt",
    b"success",
    b"|check_network_status.txt",
    b"NetworkManager is online",
)
