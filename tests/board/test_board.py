# The packages on an emulated board with an ESP8266's limits (README.md). The long runs are `make board`.
import board as firmware
import demo
import emulator
import facts
import have
import index
import project
import pytest


def prepared(make):
    """Return what make() returns; on a machine without the compilers skip with the sentence of its error."""
    try:
        emulator.check()
        return make()
    except project.ProjectError as error:
        if have.in_ci() or isinstance(error, emulator.BoardError):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def image():
    return prepared(firmware.build)


def hold(found):
    wrong = [f"{name}: {seen}" for name, good, seen in found if not good]
    assert not wrong, "\n".join(wrong)


@pytest.mark.timeout(300)
def test_a_frozen_server_answers_everything(image):
    hold(facts.frozen(image, 400))


@pytest.mark.timeout(300)
def test_a_program_that_takes_4_kb_more_is_answered_too(image):
    hold(facts.frozen(image, 200, only_mix=True, taken=4096))


@pytest.mark.timeout(300)
def test_each_other_package_works_frozen(image):
    hold(facts.packages(image))


@pytest.mark.timeout(300)
def test_the_limits_are_those_of_the_port(image):
    program = """
import socket, tinyweb
print("LIMITS", tinyweb.webserver().max_connections, tinyweb.webserver(max_connections=3).max_connections,
      tinyweb.webserver(max_concurrency=1).max_connections, socket.TCP_NODELAY)
"""
    with emulator.Board(image, {"main.py": program}) as board:
        got = board.wait(r"LIMITS (.*)")[1]
    assert got.split() == ["4", "3", "4", "64"], got


@pytest.mark.timeout(300)
def test_mpremote_installs_compiled_files_from_the_index(tmp_path):
    bare = prepared(lambda: firmware.build(False))
    index.build(project.packages(), tmp_path / "mip")
    with demo.served(tmp_path / "mip") as url:
        hold(facts.installed(bare, url))


@pytest.mark.timeout(300)
def test_the_boards_own_mip_installs_from_the_index(tmp_path):
    lines = prepared(firmware.mip)
    if not lines:
        pytest.skip(facts.NO_MIP)
    own = prepared(lambda: firmware.build(False, lines, firmware.OUT / "mip"))
    index.build(project.packages(), tmp_path / "mip")
    with demo.served(tmp_path / "mip") as url:
        hold(facts.installed_by_itself(own, url))


@pytest.mark.timeout(300)
def test_packages_and_pages_run_in_place_from_a_romfs(tmp_path):
    bare = prepared(lambda: firmware.build(False))
    hold(facts.romfs(bare, tmp_path))
