# Programs of node, as clients of servers under test. Their modules are Debian's.
import json
import os
import subprocess

import have
import pytest


def run(package, script, *arguments):
    """Run a script with a module such as "ws"; give what it prints, as JSON."""
    if not (have.find("node") and have.find("node-" + package)):
        (pytest.fail if have.in_ci() else pytest.skip)(f"node-{package} is not installed")
    done = subprocess.run([have.find("node"), "-e", script, *arguments], capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, NODE_PATH="/usr/share/nodejs"))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
