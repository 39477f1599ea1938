# Finds what a template was compiled to, and has it compiled where that is missing or old. Loaded by
# tinyweb_template.load(); it drops itself.

import gc
import os
import sys


def load(path):
    """Return the function of a template: see tinyweb_template.load()."""
    sys.modules.pop(__name__)
    i = path.rfind("/") + 1
    folder = path[:i]
    name = path[i:].replace(".", "_")
    module = _module(folder, name)
    # "a_b.html" and "a.b.html" have one name.
    if not (module and module.sources[0][0] == path[i:] and _is_current(module, folder, name)):
        write(path, folder + name + ".py", True)
        gc.collect()  # what the compiler took, before what stays is put between it
        module = _module(folder, name)
    return module.page


def write(path, target, times=False):
    """Compile a template (path) to a module (target), which appears when all is well.

    times: whether to keep the templates' times: for where the module is made and used. Raises ValueError, OSError.
    """
    try:
        os.stat(path)
    except OSError as e:
        raise OSError(e.errno, path)  # MicroPython's has no name
    from tinyweb_template_compiler import Compiler

    sys.modules.pop("tinyweb_template_compiler")
    part = target + ".part~"
    i = path.rfind("/") + 1
    try:
        with open(part, "wb") as out:
            Compiler(out, path[:i], times).module(path[i:])
        getattr(os, "replace", os.rename)(part, target)
        _forget(target)
    finally:
        try:
            os.remove(part)
        except OSError:
            pass  # it has been renamed, or could not be made


def _forget(target):
    # CPython keeps bytecode, which it takes for that of a new file of the same second and size, and lists of folders.
    try:
        from importlib import invalidate_caches, util

        invalidate_caches()
        os.remove(util.cache_from_source(target))
    except (ImportError, OSError):
        pass  # MicroPython, or no bytecode yet


def _module(folder, name):
    # Import the module of this name in this folder, or frozen; return None if there is none.
    sys.path.insert(0, folder[:-1])
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


def _is_current(module, folder, made):
    # The times of a board without a clock say little: what it has compiled itself tells the template's own time, and
    # only what was made on a PC is compared with the time of the file.
    try:
        for name, size, time in module.sources:
            stat = os.stat(folder + name)
            if stat[6] != size or (stat[8] != time if time else stat[8] > _time(module, folder + made)):
                return False
    except OSError:
        pass  # the template is not on the board, or what was made of it is frozen
    return True


def _time(module, path):  # pragma: no cover  MicroPython: what a PC has made for it
    # Return when a module's file was made. A module of an ESP8266 has no __file__.
    try:
        return os.stat(getattr(module, "__file__", path + ".py"))[8]
    except OSError:
        return os.stat(path + ".mpy")[8]
