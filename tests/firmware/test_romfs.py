# An image of a ROMFS, mounted and run by the real MicroPython: here on Linux, in tests/board on a board, where nothing
# of it is copied into the heap.
import harness
import index
import project

PROGRAM = """
import sys, vfs
with open({image!r}, "rb") as file:
    rom = file.read()  # on a board it lies in flash
vfs.mount(vfs.VfsRom(rom), "/rom")
sys.path[:] = ["/rom/lib", "/rom", ".frozen"]
import mine, tinyweb
print("LOADED", tinyweb.__file__, mine.ANSWER)
app = tinyweb.webserver()
app.static("/", "/rom/www")
app.run(HOST, PORT)
"""


def test_micropython_runs_packages_and_serves_pages_from_it(command, tmp_path):
    (tmp_path / "www").mkdir()
    page = b"<h1>In flash</h1>" * 200
    (tmp_path / "www" / "index.html").write_bytes(page)
    (tmp_path / "www" / ".hidden").write_text("no")
    (tmp_path / "mine.py").write_text("ANSWER = 42\n")
    status, output = command("romfs", "--pages", "www", "--module", "mine.py", "-o", "out/my.romfs")
    assert status == 0 and "bytes in all, of 327,680\n" in output, output
    assert "/rom/www/index.html\n" in output and "/rom/mine.mpy\n" in output and ".hidden" not in output, output
    assert output.endswith('app.static("/", "/rom/www")\nmpremote romfs deploy out/my.romfs\n'), output
    core = next(package for package in project.packages() if package.name == "tinyweb-core")
    assert all(f"/rom/lib/{target}\n" in output for target, _ in index.flavours(core)["6"]), output
    with harness.start(PROGRAM.format(image=str(tmp_path / "out" / "my.romfs")), path=[], heap="512k") as running:
        got = harness.get(running.port)
        assert got.code == 200 and got.body == page and got.headers["etag"], got
        assert harness.get(running.port, "/", {"If-None-Match": got.headers["etag"]}).code == 304
        assert "LOADED /rom/lib/tinyweb/__init__.mpy 42\n" in running.output(), running.output()
        assert not running.trouble()


def test_bad_input_is_told_in_a_sentence_and_nothing_is_written(refused, command, tmp_path):
    for name in "lib", "www", "wörter":
        (tmp_path / name).mkdir()
        (tmp_path / name / "ä.html").write_bytes(bytes(2000))
    (tmp_path / "file").write_text("")
    (tmp_path / "bad.py").write_text("def\n")
    for args, sentence in [
        (["--package", "gone"], "there is no package 'gone': choose tinyweb-core, "),
        (["--pages", "gone"], "there is no folder gone"),
        (["--pages", "lib"], "a folder of pages cannot be called lib: the packages are there"),
        (["--pages", "www"], "a ROMFS takes names of ASCII letters only, not 'www/ä.html'"),
        (["--module", "gone.py"], "gone.py cannot be read: No such file or directory"),
        (["--module", "bad.py"], "bad.py does not compile: "),
        (["--module", "file"], "file is no module (.py)"),
        (["--module", "my sensors.py"], "my sensors.py: no program can import a module of this name"),
        (["--size", "16K"], "bytes, and the partition 16,384: leave something out"),
        (["-o", "file/out.romfs"], "file/out.romfs cannot be written: "),
    ]:
        got = refused("romfs", *args, *([] if "-o" in args else ["-o", "out.romfs"]))
        assert sentence in got, got
        assert not list(tmp_path.glob("out*")), got
    status, output = command("romfs", "--size", "320", "-o", "out.romfs")
    assert status == 2 and "a partition's size is written as in 320K or 1M, not '320'" in output, output
