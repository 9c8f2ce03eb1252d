"""Other programs to compare with, from a throw-away virtual environment."""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77
TIME_LIMIT = 240
STARTED = "LOWBEND_PEERS_STARTED"


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def install(folder, packages):
    """A new virtual environment with these packages; False where they cannot be had."""
    python = folder / "bin" / "python3"
    # With this python3's own packages: numpy is not installed twice.
    commands = ([sys.executable, "-m", "venv", "--system-site-packages", folder],
                [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 *packages])
    try:
        for command in commands:
            subprocess.run(command, check=True, timeout=TIME_LIMIT)
    except (OSError, subprocess.SubprocessError) as error:
        print(error)
        return False
    return True


def need(name, **modules):
    """Goes on with modules, each given as MODULE="PACKAGE", that can be imported: from this
    python3, else from the environment `name` below LOWBEND_PEERS, which is made if it is not there.
    Ends the script as skipped where they cannot be had."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if not missing:
        return
    folder = pathlib.Path(os.environ["LOWBEND_PEERS"]) / name
    if STARTED in os.environ:
        shutil.rmtree(folder)  # half made: the next time it is made anew
        skip(f"{', '.join(missing)} cannot be imported")
    if not folder.exists() and not install(folder, [modules[module] for module in missing]):
        shutil.rmtree(folder, ignore_errors=True)
        skip(f"{', '.join(missing)} cannot be installed")
    python = str(folder / "bin" / "python3")
    os.execve(python, [python, *sys.argv], {**os.environ, STARTED: name})
