"""Other programs to compare with, from a temporary virtual environment."""

import importlib.util
import os
import pathlib
import shutil
import sys

import virtual_environment

SKIPPED = 77
STARTED = "LOWBEND_PEERS_STARTED"


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def need(name, **modules):
    """Returns if the modules, each given as MODULE="PACKAGE", can be imported by this python3.
    Otherwise restarts the script in the environment `name` below LOWBEND_PEERS, which is created if
    it does not exist. Skips the script if they cannot be installed."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if not missing:
        return
    folder = pathlib.Path(os.environ["LOWBEND_PEERS"]) / name
    if STARTED in os.environ:
        shutil.rmtree(folder)  # incomplete: created anew next time
        skip(f"{', '.join(missing)} cannot be imported")
    packages = [modules[module] for module in missing]
    # Uses this python3's packages, so numpy is not installed twice.
    if not folder.exists() and not virtual_environment.create(folder, packages, own_packages=True):
        shutil.rmtree(folder, ignore_errors=True)
        skip(f"{', '.join(missing)} cannot be installed")
    python = str(folder / "bin" / "python3")
    os.execve(python, [python, *sys.argv], {**os.environ, STARTED: name})
