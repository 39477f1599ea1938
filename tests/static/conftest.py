# A folder of everything, and a server of it for all tests of a file.
import harness
import pytest
import sites


@pytest.fixture(scope="module")
def www():
    return sites.make_folder()


@pytest.fixture(scope="module")
def site(serve_module, www):
    """The port of a server of the folder, with everything at its default."""
    return serve_module(sites.program(www), heap=harness.ROOMY).port
