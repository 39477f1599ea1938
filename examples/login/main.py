# Pages behind a login: a password compared in constant time, and sessions known by a random token in a cookie.
#
# Over plain http whoever listens in the network reads the password: outside your own network, see ../https.
import os
import time
from binascii import hexlify
from hashlib import sha256

import tinyweb
from tinyweb import HTTPException

app = tinyweb.webserver()
LIFE = 3600  # seconds that a session lasts
MOST = 8  # sessions at a time; the oldest makes room

PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Login</title><link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --line: light-dark(#d5dae4, #39404f); }
body { display: grid; place-items: center; min-height: 90vh; font: 17px/1.5 system-ui, sans-serif;
  background: light-dark(#eef1f6, #0f121a); }
main { width: 24em; max-width: 90vw; box-sizing: border-box; padding: 1.5em 2em; border: 1px solid var(--line);
  border-radius: 16px; background: light-dark(#fff, #1b1f2a); }
h1 { font-size: 1.3em; margin: 0 0 .6em; }
form { margin: 0; }
input, button { font: inherit; display: block;
  width: 100%%; box-sizing: border-box; padding: .6em; margin: .3em 0 1em; }
input, .quiet { border: 1px solid var(--line); border-radius: 8px; background: transparent; color: inherit; }
button { margin: 0 0 .6em; border: 0; border-radius: 8px; background: #5b3df5; color: #fff; cursor: pointer; }
p { color: light-dark(#b42318, #ff8c82); margin: 0 0 .6em; }
</style>
<main>%s</main></html>
"""
LOGIN = """<h1>Who are you?</h1><p role="alert">%s</p><form method="post" action="/login">
<label>Password <input name="password" type="password" autocomplete="current-password" required autofocus></label>
<button>Log in</button></form>"""
NOTE = """<h1>For your eyes only</h1><form method="post" action="/note">
<label>Note <input name="note" value="%s" maxlength="100"></label><button>Save</button></form>
<form method="post" action="/logout"><button class="quiet">Log out</button></form>"""

sessions = {}  # token: the second at which it ends
note = "The spare key is under the <b>third</b> pot."
next_try = 0  # the second from which on a password is looked at


def password():
    """Give the password: the line in password.txt, or a new one at each start."""
    try:
        with open("password.txt") as f:
            return f.read().strip()
    except OSError:
        made = hexlify(os.urandom(4)).decode()
        print("No password.txt here. Until the next start the password is", made)
        return made


PASSWORD = sha256(password().encode()).digest()


def is_password(text):
    """Compare in a time that tells nothing about how much of a guess is right (CWE-208)."""
    different = 0
    for a, b in zip(sha256(text.encode()).digest(), PASSWORD):
        different |= a ^ b
    return not different


def escape(text):
    """Make text harmless within HTML: what people typed is shown, never run."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def private(handler):
    """Decorate a handler that is for those who have logged in."""

    def guarded(req, resp, *params):
        if sessions.get(req.cookies.get("session"), 0) <= time.time():
            return resp.redirect("/login")
        resp.add_header("Cache-Control", "no-store")  # nothing of it stays in the browser after a logout
        return handler(req, resp, *params)

    return guarded


async def field(req, name):
    """Give a field of the form that came, "" if it is not there."""
    form = await req.read_parse_form_data()
    value = form.get(name, "") if isinstance(form, dict) else ""
    if not isinstance(value, str):
        raise HTTPException(400)
    return value


@app.get("/login")
async def ask(req, resp):
    return PAGE % (LOGIN % "")


@app.post("/login", max_body_size=256)
async def login(req, resp):
    global next_try
    guess = await field(req, "password")
    now = time.time()
    if now < next_try:  # one wrong password a second, whoever sends it, is all that anybody can try
        return PAGE % (LOGIN % "Wait a second, then try again."), 429
    if not is_password(guess):
        next_try = now + 1
        return PAGE % (LOGIN % "That is not the password."), 403
    for token in [t for t in sessions if sessions[t] <= now]:
        del sessions[token]
    if len(sessions) >= MOST:
        del sessions[min(sessions, key=lambda t: sessions[t])]
    token = hexlify(os.urandom(16)).decode()
    sessions[token] = now + LIFE
    # No script can read it (HttpOnly), and no other site's page can send it (SameSite). With https: secure=True.
    resp.set_cookie("session", token, max_age=LIFE, httponly=True, samesite="Strict")
    await resp.redirect("/")


@app.post("/logout")
@private
async def logout(req, resp):
    del sessions[req.cookies["session"]]
    resp.set_cookie("session", "", max_age=0, samesite="Strict")
    await resp.redirect("/login")


@app.get("/")
@private
async def show(req, resp):
    return PAGE % (NOTE % escape(note))


@app.post("/note")
@private
async def change(req, resp):
    global note
    note = (await field(req, "note"))[:100]
    await resp.redirect("/")


def run():
    app.run(host="0.0.0.0", port=8081)


if __name__ == "__main__":
    run()
