"""Temporary virtual environments with packages from PyPI."""

import pathlib
import subprocess
import sys

TIME_LIMIT = 240  # seconds for each command


def create(folder, packages, own_packages=False, pip_options=(), time_limit=TIME_LIMIT):
    """Creates one in this folder and installs the packages; returns the path of its python3, or None
    if they cannot be installed. With own_packages, packages of this python3 are also available."""
    python = pathlib.Path(folder) / "bin" / "python3"
    options = ["--system-site-packages"] if own_packages else []
    commands = ([sys.executable, "-m", "venv", *options, folder],
                [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 *pip_options, *packages])
    try:
        for command in commands:
            subprocess.run(command, check=True, stdout=sys.stderr, timeout=time_limit)
    except (OSError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return None
    return python
