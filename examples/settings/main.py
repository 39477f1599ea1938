# A configuration page with tables, a form and error messages, without JavaScript. The pages are templates, see www/.
import gc
import json
import math
import os
import time

import tinyweb
import tinyweb_template
from tinyweb import HTTPException, http

app = tinyweb.webserver()
app.static("/static", "static", max_age=3600)
FILE = "settings.json"
# Compiled once, to www/status_html.py and so on.
status_page = tinyweb_template.load("www/status.html")
settings_page = tinyweb_template.load("www/settings.html")
log_page = tinyweb_template.load("www/log.html")

settings = {
    "device": "Greenhouse",
    "period": 60,
    "water": "night",
    "light": True,
    "beds": [{"name": "Tomatoes", "limit": 40, "on": True}, {"name": "Herbs", "limit": 30, "on": True},
             {"name": "Bed 3", "limit": 35, "on": False}],
}  # fmt: skip
started = time.time()
events = []

try:
    with open(FILE) as f:
        settings.update(json.load(f))
except OSError:
    pass  # nothing was saved yet


def note(what):
    """Keep the last 20 events."""
    events.append((int(time.time() - started), what))
    del events[:-20]


def moisture(bed):
    """Return the moisture of a bed in percent. Here a sensor would be read: machine.ADC(bed).read_u16() // 655."""
    return int(45 + 15 * math.sin(time.time() / 600 + 2 * bed))


def number(text, least, most):
    """Convert user input to a number; return None if it is no number or out of range."""
    try:
        return int(text) if least <= int(text) <= most else None
    except (ValueError, TypeError):
        return None


@app.before_request
def same_origin(req, resp):
    """Reject forms that pages of other sites send."""
    if req.method == b"POST" and not http.same_origin(req):
        raise HTTPException(403, "Not from another site.")


@app.get("/")
async def status(req, resp):
    rows = [(bed["name"], moisture(i), bed["limit"], bed["on"]) for i, bed in enumerate(settings["beds"])]
    facts = [("Running for", "%d s" % (time.time() - started)), ("Readings", "every %d s" % settings["period"])]
    if hasattr(gc, "mem_free"):
        gc.collect()
        facts.append(("Free memory", "%d bytes" % gc.mem_free()))
    return status_page("Status", settings["device"], rows, facts)


@app.get("/settings")
async def show(req, resp):
    return settings_page("Settings", settings["device"], settings, settings["beds"], {}, "saved" in req.query)


@app.post("/settings", max_body_size=2048)
async def save(req, resp):
    """Check the form. If an entry is wrong, show all input again, with a message beside each wrong entry."""
    form = await req.read_parse_form_data()
    try:
        new = {name: form[name].strip() for name in ("device", "period", "water")}
        new["light"] = "light" in form
        new["beds"] = [
            {"name": form["name%d" % i].strip()[:30], "limit": form["limit%d" % i], "on": "on%d" % i in form}
            for i in range(len(settings["beds"]))
        ]
    except (KeyError, TypeError, AttributeError):  # TypeError: JSON may be a list, or a number
        raise HTTPException(400, "Please use the form.")
    errors = {}
    if not 1 <= len(new["device"]) <= 40:
        errors["device"] = "A name of 1 to 40 characters."
    if number(new["period"], 1, 3600) is None:
        errors["period"] = "A number from 1 to 3600."
    if new["water"] not in ("never", "night", "always"):
        raise HTTPException(400, "Please use the form.")
    for i, bed in enumerate(new["beds"]):
        if number(bed["limit"], 0, 100) is None:
            errors["limit%d" % i] = "0 to 100."
    if errors:
        return settings_page("Settings", settings["device"], new, new["beds"], errors, False), 422
    new["period"] = int(new["period"])
    for bed in new["beds"]:
        bed["limit"] = int(bed["limit"])
    settings.update(new)
    # A loss of power in the middle leaves the old file.
    with open(FILE + ".new", "w") as f:
        json.dump(settings, f)
    os.rename(FILE + ".new", FILE)
    note("Settings saved for %s" % settings["device"])
    await resp.redirect("/settings?saved", 303)  # so that a reload does not send the form again


@app.get("/log")
async def log(req, resp):
    return log_page("Log", settings["device"], events)


@app.post("/log/clear")
async def clear(req, resp):
    events.clear()
    await resp.redirect("/log", 303)


def run():
    app.run(host="0.0.0.0", port=8081)


if __name__ == "__main__":
    run()
