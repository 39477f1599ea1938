# This folder's modules are imported by their names.
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent))
