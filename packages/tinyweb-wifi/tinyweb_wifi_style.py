# The head of the set-up network's page, with its style: the first part of page.html, by tools/wifi_page.py. Loaded
# while it is sent, and gone when the form is sent.

_PAGE = (
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
)
