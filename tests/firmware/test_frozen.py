# What the root manifest freezes, in the real MicroPython at 32 bit: the facts of `make firmware-check`.
import importlib.util
import pathlib

import have
import project
import pytest
import unix32

HERE = pathlib.Path(__file__).resolve().parent


@pytest.mark.timeout(400)
def test_the_choices_of_packages_are_frozen_and_found():
    try:
        unix32.check()
    except project.ProjectError as error:
        if have.in_ci():
            raise
        pytest.skip(str(error))
    spec = importlib.util.spec_from_file_location("frozen_facts", HERE / "frozen.py")
    frozen = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(frozen)
    wrong = [f"{name}: {seen}" for name, good, seen in frozen.facts() if not good]
    assert not wrong, "\n".join(wrong)
