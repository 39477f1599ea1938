# The board's own mip, on the real MicroPython, installs from the index and from package.json.
import json

import demo
import installing
import project
import pytest

MODULE = {package.name: package.module for package in project.packages()}


def with_needs(name):
    """Return the packages that arrive when `name` is installed."""
    found = {package.name: package for package in project.packages()}
    needs = [found[name]]
    for package in needs:
        needs += [found[dep] for dep in package.deps if found[dep] not in needs]
    return needs


def files(name, ending):
    return {target for package in with_needs(name) for target in installing.targets(package, ending)}


@pytest.mark.parametrize("mpy", [True, False])
@pytest.mark.parametrize("name", MODULE)
def test_mip_installs_by_name_with_what_it_needs(board, index_url, name, mpy):
    output = board.run(f"import mip; mip.install({name!r}, index={index_url!r}, mpy={mpy})")
    assert output.endswith("Done\n"), output
    ending = ".mpy" if mpy else ".py"
    tree = board.tree()
    assert set(tree) == files(name, ending), output
    if not mpy:
        want = {target: path.read_bytes() for package in with_needs(name) for target, path in package.files}
        assert tree == want
    # what arrived is what runs: the .py too, compiled on the board
    version = board.run(f"import {MODULE[name]}, tinyweb; print(tinyweb.__version__, tinyweb.__file__)")
    assert version == "{} {}/lib/tinyweb/__init__{}\n".format(project.settings()[0], board.folder, ending), version


def test_a_second_run_copies_nothing(board, index_url):
    code = f"import mip; mip.install('tinyweb-rest', index={index_url!r})"
    first = board.run(code)
    second = board.run(code)
    count = len(files("tinyweb-rest", ".mpy"))
    assert first.count("Copying:") == count and "Exists:" not in first, first
    assert second.count("Exists:") == count and "Copying:" not in second, second


def test_a_named_version_is_installed(board, index_url):
    version, _ = project.settings()
    board.run(f"import mip; mip.install('tinyweb-core', index={index_url!r}, version={version!r})")
    assert set(board.tree()) == files("tinyweb-core", ".mpy")


def test_mip_upgrades_to_a_newer_version_and_copies_only_what_changed(board, tmp_path, sample):
    sample.build(tmp_path / "mip")
    with demo.served(tmp_path / "mip") as url:
        install = f"import mip; mip.install('lamp-web', index={url!r})"
        board.run(install)
        assert board.run("import lamp_web, lamp; print(lamp.LIGHT)") == "1\n"
        sample.write("1.1.0", "LIGHT = 2\n")
        sample.build(tmp_path / "mip", tmp_path / "mip")
        output = board.run(install)
        assert board.run("import lamp_web, lamp; print(lamp.LIGHT)") == "2\n"
        copied = [line for line in output.splitlines() if line.startswith("Copying:")]
        assert copied == [f"Copying: {board.folder}/lib/lamp/__init__.mpy"], output
        # and back, by its number
        board.run(f"import mip; mip.install('lamp-web', index={url!r}, version='1.0.0')")
        assert board.run("import lamp_web, lamp; print(lamp.LIGHT)") == "1\n"


def test_package_json_installs_from_any_web_host(board):
    # The GitHub form: the same file, with the host's address in front. Its dependencies name GitHub, so only the core.
    with demo.served(project.ROOT) as url:
        output = board.run(f"import mip; mip.install('{url}/packages/tinyweb-core/package.json')")
    assert output.endswith("Done\n"), output
    want = {target: path.read_bytes() for target, path in with_needs("tinyweb-core")[0].files}
    assert board.tree() == want


@pytest.mark.parametrize("name", MODULE)
@pytest.mark.parametrize("released", [False, True])
def test_the_github_form_brings_the_core_of_the_same_commit(board, git_host, name, released):
    url, tag = git_host
    package = f"github:{project.settings()[1]}/packages/{name}"
    local = "import mip\n" + installing.LOCAL_HOST.format(module="mip", url=url)
    output = board.run(f"{local}\nmip.install({package!r}, version={tag if released else None!r})")
    assert output.endswith("Done\n"), output
    tree = board.tree()
    assert set(tree) == files(name, ".py"), output
    for path, data in tree.items():
        assert data.startswith(f"# {tag}\n".encode()) is released, path
    assert board.run(f"import {MODULE[name]}, tinyweb; print(tinyweb.__version__)") == project.settings()[0] + "\n"


@pytest.mark.parametrize("line", [line for block in installing.CODE for line in block.text.splitlines()
                                  if line.startswith("mip.install(")])
def test_an_install_line_of_the_pages(board, index_url, git_host, line):
    code = "import mip\n" + installing.LOCAL_HOST.format(module="mip", url=git_host[0])
    output = board.run(code + line.replace("http://192.168.1.2:8000", index_url))
    assert output.endswith("Done\n"), output
    name = "tinyweb-static" if "tinyweb-static" in line else "tinyweb-rest"
    ending = ".py" if "github:" in line or "mpy=False" in line else ".mpy"
    assert set(board.tree()) == files(name, ending), output
    board.run(f"import tinyweb, {MODULE[name]}")


def test_a_missing_file_is_told_and_the_board_imports_what_it_had(board, tmp_path, sample):
    sample.build(tmp_path / "mip")
    with demo.served(tmp_path / "mip") as url:
        install = f"import mip; mip.install('lamp-web', index={url!r})"
        board.run(install)
        before = board.tree()
        sample.write("1.1.0", "LIGHT = 2\n")
        sample.build(tmp_path / "mip", tmp_path / "mip")
        lost = newest_file(tmp_path / "mip")
        lost.rename(tmp_path / "lost")
        output = board.run(install, fails=None)
        assert f"File not found: lamp/__init__.mpy {lost.name}" in output, output
        assert output.rstrip().endswith("Package may be partially installed"), output
        assert board.tree() == before
        assert board.run("import lamp_web, lamp; print(lamp.LIGHT)") == "1\n"
        # once it is there again the same line goes on where it ended
        (tmp_path / "lost").rename(lost)
        board.run(install)
        assert board.run("import lamp_web, lamp; print(lamp.LIGHT)") == "2\n"


def newest_file(folder):
    """Give the file that lamp/__init__.mpy of the latest version is in an index."""
    data = json.loads((folder / "package/6/lamp-core/latest.json").read_text())
    short = dict(data["hashes"])["lamp/__init__.mpy"]
    return folder / "file" / short[:2] / short


@pytest.mark.parametrize("name, data, said", [
    ("package/6/lamp-web/latest.json", None, "Package not found: "),
    ("package/6/lamp-web/latest.json", b'{"v": 1, "hash', "ValueError: syntax error in JSON"),
    ("package/6/lamp-core/latest.json", b"<!doctype html>", "ValueError: syntax error in JSON"),
])
def test_a_corrupt_index_is_told_and_the_board_imports_what_it_had(board, tmp_path, sample, name, data, said):
    sample.build(tmp_path / "mip")
    with demo.served(tmp_path / "mip") as url:
        # lamp-web asks for the version of the core that it was published with
        board.run(f"import mip; mip.install('lamp-core', index={url!r})")
        path = tmp_path / "mip" / name
        path.unlink()
        if data is not None:
            path.write_bytes(data)
        output = board.run(f"import mip; mip.install({name.split('/')[2]!r}, index={url!r})", fails=None)
    assert said in output and "Done" not in output, output
    assert board.run("import lamp; print(lamp.LIGHT)") == "1\n"


def test_a_corrupt_file_is_not_seen_by_mip_but_a_second_run_mends_it(board, tmp_path, sample):
    # mip compares hashes before it copies, never after: tools/index.py --check is for whoever publishes
    sample.build(tmp_path / "mip")
    path = newest_file(tmp_path / "mip")
    good = path.read_bytes()
    with demo.served(tmp_path / "mip") as url:
        install = f"import mip; mip.install('lamp-core', index={url!r})"
        path.write_bytes(b"corrupt")
        board.run(install)
        assert "ValueError: incompatible .mpy file" in board.run("import lamp", fails=True)
        path.write_bytes(good)
        output = board.run(install)
        assert output.count("Copying:") == 1 and "Exists:" in output, output
        assert board.run("import lamp; print(lamp.LIGHT)") == "1\n"


def test_the_github_form_asks_for_the_core_by_its_full_name(board):
    # Nobody answers at the address that a github: name stands for: the board's mip is asked to only say where it goes.
    code = """
import mip
asked = []
def install(package, index, target, version, mpy):
    asked.append((package, version))
    return True
mip._install_package = install
mip._install_json({url!r}, None, "lib", "", True)
print(asked)
"""
    version, repository = project.settings()
    with demo.served(project.ROOT) as url:
        output = board.run(code.format(url=url + "/packages/tinyweb-rest/package.json"))
    assert output.splitlines()[-1] in (
        repr([(f"github:{repository}/packages/tinyweb-core", pin)]) for pin in ("", f"v{version}")), output
