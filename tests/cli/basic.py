"""PoCL's device without threads: its environment, and, as a program, running a test on it.

usage: basic.py PROGRAM [ARGUMENT]...
"""

import json
import os
import subprocess
import sys

NAMES = ("basic", "cpu-minimal")  # the second name is used since PoCL 4


def devices(environment):
    """The devices that `lowbend devices --json` lists in this environment."""
    result = subprocess.run([os.environ["LOWBEND_PROGRAM"], "devices", "--json"],
                            capture_output=True, text=True, check=False,
                            env={**os.environ, **environment})
    return json.loads(result.stdout) if result.returncode == 0 else []


def environment():
    """Variables that select the device, or None if there is no such device."""
    for name in NAMES:
        variables = {"POCL_DEVICES": name, "LOWBEND_DEVICE": name}
        if any(device["name"].startswith(name) for device in devices(variables)):
            return variables
    return None


def main():
    variables = environment()
    if variables is None:
        print("PoCL has no device without threads here")
        sys.exit(77)
    os.execve(sys.argv[1], sys.argv[1:], {**os.environ, **variables})


if __name__ == "__main__":
    main()
