# A plugin for pytest that has MicroPython run the packages as the index has them, the core's eager modules made one:
#
#     PYTHONPATH=tests python -m pytest -p merged -k "not cpython" tests/app
#
# Tests that look into the modules of the core do not find those that were merged; all others pass as without it.
import harness

harness.board_folder = harness.merged_folder
