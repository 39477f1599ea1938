# MicroPython's own manifest reader.
import importlib.util
import pathlib

# A file in the wheel micropython-stubber, whose own package needs more than is installed: load it alone.
_stubber = pathlib.Path(importlib.util.find_spec("stubber").submodule_search_locations[0])
_spec = importlib.util.spec_from_file_location("manifestfile", _stubber / "tools" / "manifestfile.py")
manifestfile = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(manifestfile)


def evaluate(text, mode=manifestfile.MODE_FREEZE, **variables):
    """Evaluate a manifest (a path, or its text). Gives (the reader, {path on the board: path on disk})."""
    reader = manifestfile.ManifestFile(mode, variables)
    reader.execute(str(text))
    files = {file.target_path: pathlib.Path(file.full_path) for file in reader.files()}
    assert len(files) == len(reader.files()), "a file is frozen twice"
    return reader, files


def files(text, **variables):
    """Give {path on the board: path on disk} of what a manifest freezes."""
    return evaluate(text, **variables)[1]
