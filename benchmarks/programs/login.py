# A login page with a form, hashed passwords, a session and one route of an API, as docs/auth.md shows them.
import sys

import tinyweb
import tinyweb_auth

app = tinyweb.webserver(max_concurrency=3)
login = tinyweb_auth.Session(app)
login.protect(app, "/")
limit = tinyweb_auth.Limit()
# The password is "open sesame"; of 50 rounds, as a benchmark does not test how long a guess takes.
passwords = tinyweb_auth.Passwords(
    {"ada": "50$00112233445566778899aabbccddeeff$3161f490623e1911823e038aae7975a5ffec0698dda0769d854c397f4657ebcb"}
)
PAGE = "<form method=post><p>%s<input name=password type=password><button>Log in</button></form>"


@app.get("/login")
def ask(req, resp):
    return PAGE % ""


@app.post("/login")
async def enter(req, resp):
    left = limit.wait(req)
    if left:
        return PAGE % "Wait", 429
    form = await req.read_parse_form_data()
    if not await limit.attempt(req, passwords("ada", form.get("password", ""))):
        return PAGE % "No", 403
    return login.accept(resp, {"user": "ada"})


@app.get("/")
def home(req, resp):
    return "<p>Hello"


@app.get("/api")
def api(req, resp):
    return {"on": True, "user": req.user}


app.run("127.0.0.1", int(sys.argv[1]))
