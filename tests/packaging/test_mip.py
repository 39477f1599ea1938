# The board's own mip, on the real MicroPython, installs from the index and from package.json.
import demo
import project
import pytest

PACKAGES = ["tinyweb-core", "tinyweb-rest", "tinyweb-static"]
MODULE = {"tinyweb-core": "tinyweb", "tinyweb-rest": "tinyweb_rest", "tinyweb-static": "tinyweb_static"}


def with_needs(name):
    """Give the packages that arrive when `name` is installed."""
    found = {package.name: package for package in project.packages()}
    return [found[name], *(found[dep] for dep in found[name].deps)]


def files(name, ending):
    return {target.replace(".py", ending) for package in with_needs(name) for target, _ in package.files}


@pytest.mark.parametrize("mpy", [True, False])
@pytest.mark.parametrize("name", PACKAGES)
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
