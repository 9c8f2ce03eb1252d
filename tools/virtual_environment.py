"""Throw-away virtual environments of Python with packages from PyPI."""

import pathlib
import subprocess
import sys

TIME_LIMIT = 240  # of each command, seconds


def create(folder, packages, own_packages=False, pip_options=(), time_limit=TIME_LIMIT):
    """Makes one in this folder and installs the packages; the path of its python3, or None where
    they cannot be had. With own_packages it also sees what this python3 has."""
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
