# Hello world: two pages, written as in every TinyWeb since 1.0.
import tinyweb

app = tinyweb.webserver()


@app.route('/')
async def index(request, response):
    # The head of the answer, with the content type text/html
    await response.start_html()
    # The page itself
    await response.send('<html><body><h1>Hello, world! (<a href="/table">table</a>)</h1></html>\n')


@app.route('/table')
async def table(request, response):
    # A page may be sent in as many pieces as you like: the board never holds more than one of them
    await response.start_html()
    await response.send('<html><body><h1>Simple table</h1>'
                        '<table border=1 width=400>'
                        '<tr><td>Name</td><td>Some Value</td></tr>')
    for i in range(10):
        await response.send('<tr><td>Name{}</td><td>Value{}</td></tr>'.format(i, i))
    await response.send('</table></html>\n')


@app.route('/short')
async def short(request, response):
    # New in 2.0: what is returned is sent
    return 'Hello!'


def run():
    app.run(host='0.0.0.0', port=8081)


if __name__ == '__main__':
    run()
