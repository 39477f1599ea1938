# The head of the set-up network's page, with its style. Loaded while it is sent.


async def _run(self, resp):
    """Send the head of the page."""
    for text in _STYLE:
        await resp.raw(text)


# By tools/wifi_page.py:
_STYLE = (
    b'<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width"><link re'
    b"l=icon href=data:,><style>",
    b":root{color-scheme:light dark;--a:#06d;--b:#eef1f5;--c:#fff}@media(prefers-color-scheme:dark){:root{--a:#5ae"
    b";--b:#101418;--c:#1c2128}}",
    b"body{margin:24px auto;padding:0 16px;max-width:30em;background:var(--b);font:17px/1.5 system-ui}h1{margin:0}",
    b"fieldset,.w{margin:16px 0;padding:0 16px;border:0;border-radius:14px;background:var(--c)}.w{padding:12px 16p"
    b"x;border-left:6px solid #e80}",
    b"label{display:flex;align-items:center;gap:12px;min-height:52px;color:var(--a)}label+label{border-top:1px sol"
    b"id #8883}",
    b"b{flex:1;overflow-wrap:anywhere;color:CanvasText;font-weight:500}[type=radio]{width:20px;height:20px;margin:"
    b"0;accent-color:var(--a)}",
    b".t,button{padding:7px 10px;font:inherit;border:1px solid #8888;border-radius:8px;background:0;width:55%;box-"
    b"sizing:border-box}",
    b"button{width:100%;padding:13px;border:0;border-radius:14px;background:var(--a);color:var(--b);font-weight:70"
    b"0}</style>",
)
