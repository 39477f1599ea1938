"""MicroPython at 32 bit with a choice of the packages truly frozen: binary("core")."""

import project
import unix32

ROOT = project.ROOT
NAMES = [package.name for package in project.packages()]


def _alone(name):
    # The lines that freeze a package without what it needs.
    package = project.package(ROOT / "packages" / name)
    return "".join(f'module("{target}", base_path="{package.folder}")\n' for target, _ in package.files)


# name: (lines of a manifest, the packages that are frozen then)
CHOICES = {
    "all": (unix32.including(True), NAMES),
    "core": (unix32.including(False), ["tinyweb-core"]),
    "rest": (
        f'add_library("tinyweb", "{ROOT}/packages")\nrequire("tinyweb-rest", library="tinyweb")\n',
        ["tinyweb-core", "tinyweb-rest"],
    ),
    "without core": (
        _alone("tinyweb-rest") + _alone("tinyweb-static") + _alone("tinyweb-template"),
        ["tinyweb-rest", "tinyweb-static", "tinyweb-template"],
    ),
}


def binary(choice):
    """Return the path of MicroPython with this choice of packages frozen. A build for each; only one file differs."""
    unix32.build()  # the others begin with a copy of it
    return unix32.build(manifest=CHOICES[choice][0], out=unix32.OUT / f"choice-{choice.replace(' ', '-')}")
