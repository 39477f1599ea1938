# Hello, world: a page with its own CSS, and a form that sends a name.
import tinyweb

app = tinyweb.webserver()
# The line with the icon saves each browser a request: it asks for /favicon.ico otherwise.
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Hello</title>
<style>
:root { color-scheme: light dark; --accent: light-dark(#0b6b6b, #5fd3d3) }
body { font: 18px/1.6 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-content: center;
  grid-template-columns: minmax(0, 30rem) }
main { padding: 2rem; text-align: center }
h1 { margin: 0; color: var(--accent); font-size: 2.6rem; line-height: 1.2 }
form { display: flex; gap: .5rem; justify-content: center }
input, button { font: inherit; padding: .5rem 1rem; border: 1px solid var(--accent); border-radius: .6rem }
input { flex: 1; min-width: 0 }
button { background: var(--accent); color: light-dark(#fff, #000); cursor: pointer }
</style>
<main>
<h1>Hello, world!</h1>
<p>This page comes from a board.</p>
<form action="/hello"><input name="name" aria-label="Your name" placeholder="Your name"><button>Greet</button></form>
</main>
</html>
"""


@app.get("/")
async def index(req, resp):
    return PAGE


@app.get("/hello")
async def hello(req, resp):
    # A text that does not begin with "<" is sent as plain text: user input is never run as HTML.
    return "Hello, %s!\n" % (req.query.get("name") or "whoever you are")


def run():
    app.run(host="0.0.0.0", port=8081)


if __name__ == "__main__":
    run()
