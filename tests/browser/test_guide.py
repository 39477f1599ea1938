# The page of docs/guide.md's device, as it stands there, in a real browser.
import harness
import pages

BLOCKS = [block for block in pages.blocks() if block.page == "docs/guide.md"]


def test_the_live_page_of_the_guide_shows_and_switches(browser, serve, tmp_path):
    html = next(block.text for block in BLOCKS if block.language == "html" and "<script" in block.text)
    program = next(block.text for block in BLOCKS if block.is_program and "async def measure()" in block.text)
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.html").write_text(html)
    program = program.replace('host="0.0.0.0", port=8081', "HOST, PORT")
    running = serve(program, heap="200k", cwd=tmp_path)
    page = browser(f"http://{harness.HOST}:{running.port}/")
    page.wait_for_function("/^2[12][.]\\d$/.test(temperature.textContent)")
    first = page.locator("#temperature").text_content()
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("button", name="Switch off").wait_for()
    page.wait_for_function(f"temperature.textContent !== '{first}'")
