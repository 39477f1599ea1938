# The one door to the extensions: modules of their own, because a package has one folder on a board, and a core
# frozen into the firmware would never find a part of itself in /lib.


def extension(name):
    """Import tinyweb_<name> on first use; raises ImportError that says which package to install."""
    try:
        return __import__("tinyweb_" + name)
    except ImportError as e:
        raise ImportError('%s; this needs the package tinyweb-%s: mip.install("tinyweb-%s")' % (e, name, name))
