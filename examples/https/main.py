# https with a certificate of your own: README.md has the one line of openssl that makes it.
import ssl
import sys
from binascii import a2b_base64

import tinyweb

app = tinyweb.webserver()
PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>https</title><link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; }
body { display: grid; place-items: center; min-height: 90vh; font: 18px/1.5 system-ui, sans-serif; text-align: center;
  background: light-dark(#eef1f6, #0f121a); }
svg { width: 88px; color: light-dark(#0c7d50, #3ddc97); }
h1 { font-size: 2em; margin: .2em 0 0; }
p { margin: 0; opacity: .75; }
</style>
<main><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7 11V8a5 5 0 0 1 10 0v3" fill="none" stroke="currentColor"
stroke-width="2.4"/><rect x="4" y="11" width="16" height="11" rx="3" fill="currentColor"/></svg>
<h1>Nobody listens</h1><p>This page came from the board over https.</p></main></html>
"""


@app.get("/")
async def index(req, resp):
    return PAGE


def pem(name):
    """Return the DER bytes of a PEM file: the ssl module of many boards cannot decode PEM."""
    with open(name) as f:
        return a2b_base64("".join(line.strip() for line in f if line[0] != "-"))


def context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if sys.implementation.name == "micropython":
        context.load_cert_chain(pem("cert.pem"), pem("key.pem"))
    else:
        context.load_cert_chain("cert.pem", "key.pem")
    return context


def run():
    try:
        ssl_context = context()
    except OSError:
        print("cert.pem or key.pem is missing: make them as README.md tells.")
        return
    app.run(host="0.0.0.0", port=8443, ssl=ssl_context)


if __name__ == "__main__":
    run()
