# Finds what a template was compiled to, and has it compiled where that is missing or old. Loaded by
# tinyweb_template.load(); it drops itself.

import os
import sys


def load(path):
    """Return the function of a template: see tinyweb_template.load()."""
    sys.modules.pop(__name__)
    folder, slash, name = path.rpartition("/")
    name = name.replace(".", "_")
    module = _module(folder, name)
    if not (module and _is_current(module, folder + slash)):
        import tinyweb_template_compiler

        sys.modules.pop("tinyweb_template_compiler")
        tinyweb_template_compiler.write(path, folder + slash + name + ".py", True)
        module = _module(folder, name)
    return module.page


def _module(folder, name):
    # Import the module of this name in this folder, or frozen; return None if there is none.
    sys.path.insert(0, folder)
    try:
        module = __import__(name)
    except ImportError as e:
        if name not in str(e):
            raise  # it is there, and needs what is not
        return None
    finally:
        sys.path.pop(0)
    # Another folder may have a template of this name.
    sys.modules.pop(name)
    return module


def _is_current(module, folder):
    # The times of a board without a clock say little: what it has compiled itself tells the template's own time, and
    # only what was made on a PC is compared with the time of the file.
    try:
        for name, size, time in module.sources:
            stat = os.stat(folder + name)
            if stat[6] != size or (stat[8] != time if time else stat[8] > os.stat(module.__file__)[8]):
                return False
    except OSError:
        pass  # the template is not on the board, or what was made of it is frozen
    return True
