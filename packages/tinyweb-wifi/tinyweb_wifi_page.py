# The page of the set-up network: page.html, by tools/wifi_page.py. Loaded while it is sent.
#
# CONTRACT. send() sends the page of the board. lines(part) yields the lines of a part, without their ends. Parts are
# the head "/", the "/form", what is shown while the board is "/joining", and what phones ask for to find the Internet.
# In page.html, "|" begins one.


def lines(part):
    name = b""
    for line in PAGE:
        if line[:1] == b"|":
            name = line[1:]
        elif name == part:
            yield line


def _escape(text):
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b'"', b"&quot;")


def _each(found):
    # Yield (strength, name) of each network in what open_network() keeps of them.
    i = 0
    while i < len(found):
        end = i + 2 + found[i + 1]
        yield found[i], found[i + 2 : end]
        i = end


async def send(resp, wifi, host, settings, chosen, found, text):
    """Send the page with the form, or what is shown while the board is joining.

    found: the networks, as open_network() keeps them. text: of the last form (bytes), b"" if nothing is wrong with it.
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
            value = _escape(settings.get(key, "").encode())
            row = b'<label><b>%s</b><input class=t name="%s" value="%s"></label>'
            more += row % (label.encode(), key.encode(), value)
        values = (name, name, text, ssid and b" checked", ssid, more)
    for part in (b"/", b"/joining" if chosen else b"/form"):
        for line in lines(part):
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


PAGE = (
    b"|/",
    b'<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width"><link re'
    b"l=icon href=data:,>",
    b"<title>%s</title>",
    b"<style>:root{color-scheme:light dark;--a:#06d;--b:#eef1f5;--c:#fff}@media(prefers-color-scheme:dark){:root{-"
    b"-a:#5ae;--b:#101418;--c:#1c2128}}body{margin:24px auto;padding:0 16px;max-width:30em;background:var(--b);fon"
    b"t:17px/1.5 system-ui}h1{margin:0}",
    b"fieldset,.w{margin:16px 0;padding:0 16px;border:0;border-radius:14px;background:var(--c)}.w{padding:12px 16p"
    b"x;border-left:6px solid #e80}label{display:flex;align-items:center;gap:12px;min-height:52px;color:var(--a)}l"
    b"abel+label{border-top:1px solid #8883}",
    b"b{flex:1;overflow-wrap:anywhere;color:CanvasText;font-weight:500}[type=radio]{width:20px;height:20px;margin:"
    b"0;accent-color:var(--a)}.t,button{padding:7px 10px;font:inherit;border:1px solid #8888;border-radius:8px;bac"
    b"kground:0;width:55%;box-sizing:border-box}",
    b"button{width:100%;padding:13px;border:0;border-radius:14px;background:var(--a);color:var(--b);font-weight:70"
    b"0}</style>",
    b"<h1>%s</h1>",
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
