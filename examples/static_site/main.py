# A site of ordinary files: pages, a style sheet, a script, a drawing, a picture and a sound.
import tinyweb
import tinyweb_static

# A type that the built-in list lacks.
tinyweb_static.mime_types["wav"] = "audio/wav"

app = tinyweb.webserver()

# A browser asks for each file again on a reload, and gets 304 (Not Modified) for what has not changed.
app.static("/", "www")

app.run(host="0.0.0.0", port=8081)
