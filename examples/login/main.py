# Pages behind a login: tinyweb_auth.Session guards all of "/", this file has the pages.
#
# Over plain http others in the network can read the password: outside your own network, see ../https.
import json
import os
from binascii import hexlify

import tinyweb
import tinyweb_auth

app = tinyweb.webserver()
login = tinyweb_auth.Session(app)
login.protect(app, "/")
tinyweb_auth.csrf(app)
limit = tinyweb_auth.Limit()

TOP = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Board</title><link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --line: light-dark(#d3d9e4, #3a4252); --accent: light-dark(#4b32e0, #8b7bff);
  --quiet: light-dark(#5b6475, #a3acbd); --bad: light-dark(#b42318, #ff9a91); }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  font: 1rem/1.5 system-ui, sans-serif; background: light-dark(#eef1f7, #0e1118); }
main { width: 100%; max-width: 23rem; padding: 2rem; border: 1px solid var(--line); border-radius: 18px;
  background: light-dark(#fff, #191d27); box-shadow: 0 12px 40px light-dark(#1a20401a, #0006); }
svg { display: block; width: 2.6rem; color: var(--accent); margin-bottom: .8rem; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0; }
main > p { color: var(--quiet); margin: .25rem 0 1.4rem; }
label { display: block; font-size: .9rem; font-weight: 600; margin-top: 1rem; }
input { font: 400 1rem system-ui, sans-serif; display: block; width: 100%; margin-top: .3rem; padding: .65rem .8rem;
  color: inherit; border: 1px solid var(--line); border-radius: 10px; background: light-dark(#fff, #11141c); }
button { font: inherit; font-weight: 600; width: 100%; margin-top: 1.4rem; padding: .7rem; cursor: pointer;
  border: 1px solid transparent; border-radius: 10px; background: light-dark(#4b32e0, #6a55f5); color: #fff; }
button:hover { filter: brightness(1.08); }
button:disabled { opacity: .5; cursor: default; }
.quiet { margin-top: .7rem; background: none; border-color: var(--line); color: inherit; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[role=alert] { margin: 1rem 0 0; padding: .6rem .8rem; border-radius: 10px; font-size: .95rem; color: var(--bad);
  background: light-dark(#fef0ee, #3a1d1d); }
[role=alert]:empty { display: none; }
</style>
<main><svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"
 aria-hidden="true"><rect x="4" y="10.5" width="16" height="10" rx="3"/><path d="M12 14.5v2M8 10.5V7a4 4 0 0 1 8 0v2"/>
</svg>"""
LOGIN = """<h1>Welcome back</h1><p>Log in to your board.</p><form method="post">
<label>Name <input name="user" value="%s" autocomplete="username" autocapitalize="none" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required autofocus></label>
<div role="alert">%s</div><button%s>Log in</button></form>
<script>
const text = document.querySelector("[role=alert]"), button = document.querySelector("button");
let left = %d;
if (left) setInterval(() => {
  left -= left > 0;
  text.textContent = left ? `Too many attempts. Try again in ${left} s.` : "You can try again now.";
  button.disabled = left > 0;
}, 1000);
</script>"""
NOTE = """<h1>Hello, %s</h1><p>Only users who have logged in see this.</p><form method="post" action="/note">
<label>Note <input name="note" value="%s" maxlength="100"></label><button>Save</button></form>
<form method="post" action="/logout"><button class="quiet">Log out</button></form>"""

note = "The spare key is under the <b>third</b> pot."


def users():
    """Return the users of users.json, or one with a password made for this run."""
    try:
        with open("users.json") as f:
            return json.load(f)
    except OSError:
        made = hexlify(os.urandom(4)).decode()
        print("No users.json here. Until the next start the name is admin, and the password", made)
        return {"admin": tinyweb_auth.hash(made)}


passwords = tinyweb_auth.Passwords(users())


def escape(text):
    """Escape text for HTML: user input is shown, never run."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


async def send(resp, part, code=200):
    """Send a page in parts: a board's heap has no room for a copy of the whole page."""
    resp.code = code
    await resp.send(TOP)
    await resp.send(part)
    await resp.send("</main></html>")


def ask(resp, user="", trouble="", left=0, code=200):
    return send(resp, LOGIN % (escape(user), trouble, " disabled" if left else "", left), code)


@app.get("/login")
async def page(req, resp):
    await ask(resp)


@app.post("/login", max_body_size=256)
async def enter(req, resp):
    form = await req.read_parse_form_data()
    user, password = [str(form.get(name, "")) if isinstance(form, dict) else "" for name in ("user", "password")]
    left = limit.wait(req)
    if not left:
        if await limit.attempt(req, passwords(user, password)):
            return login.accept(resp, {"user": user})
        left = limit.wait(req)
    if left:
        return await ask(resp, user, "Too many attempts. Try again in %d s." % left, left, 429)
    await ask(resp, user, "That is not right. Check name and password.", 0, 403)


@app.post("/logout")
async def leave(req, resp):
    login.end(resp)
    await resp.redirect("/login", 303)


@app.get("/")
async def show(req, resp):
    await send(resp, NOTE % (escape(req.user), escape(note)))


@app.post("/note")
async def change(req, resp):
    global note
    form = await req.read_parse_form_data()
    note = str(form.get("note", ""))[:100] if isinstance(form, dict) else ""
    await resp.redirect("/", 303)


def run():
    app.run(host="0.0.0.0", port=8081)


if __name__ == "__main__":
    run()
