#!/usr/bin/env python3
"""Builds the Python package as pip does, into build/python, and runs its tests and mypy there.

usage: test_python.py [OPTION OF pytest]...

Exit status 77: the required Python packages cannot be installed.
"""

import os
import pathlib
import subprocess
import sys

try:
    import tomllib
except ImportError:
    sys.exit("test_python.py: needs Python 3.11 or later")

import virtual_environment

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "python"
SKIPPED = 77
SYSTEM_PYTHON = "/usr/bin/python3"  # the one that Debian packages PyTorch for
TIME_LIMIT = 900


def environment():
    """The python3 of an environment with all dependencies in pyproject.toml, without the package."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        text = tomllib.load(file)
    project = text["project"]
    packages = (text["build-system"]["requires"] + project["dependencies"] +
                project["optional-dependencies"]["test"])
    try:  # the system's PyTorch needs NumPy's same major version
        import numpy

        packages.append(f"numpy < {int(numpy.__version__.split('.')[0]) + 1}")
    except ImportError:
        pass
    python = virtual_environment.create(FOLDER, packages, own_packages=True)
    if not python:
        sys.exit(SKIPPED)
    return python


def main():
    if os.path.exists(SYSTEM_PYTHON) and not os.path.samefile(SYSTEM_PYTHON, sys.executable):
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])
    python = environment()
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
               "--no-build-isolation", "--no-deps", "--force-reinstall",
               "--config-settings", f"build-dir={FOLDER / 'library'}", ROOT]
    # Uses the cache folder of the other tests.
    env = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}",
           "POCL_CACHE_DIR": str(ROOT / "build" / "test" / "pocl-cache"),
           "XDG_CACHE_HOME": str(ROOT / "build" / "test" / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    tests = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=5",
             ROOT / "tests" / "python", *sys.argv[1:]]
    mypy = [python, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", "--cache-dir",
            FOLDER / "mypy", "-p", "lowbend"]
    status = 0
    for command in (install, mypy, tests):
        folder = ROOT / "tools" / "python" if command is mypy else FOLDER
        status = subprocess.run(command, cwd=folder, env=env, timeout=TIME_LIMIT,
                                check=False).returncode or status
        if command is install and status != 0:
            break
    sys.exit(1 if status != 0 else 0)


main()
