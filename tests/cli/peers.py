"""Other programs to compare with, from a throw-away virtual environment."""

import os
import pathlib
import subprocess
import sys

SKIPPED = 77
TIME_LIMIT = 240


def import_or_skip(package):
    """Makes `import PACKAGE` work, installing it into LOWBEND_PEERS where needed; ends the script
    as skipped where it cannot be had."""
    try:
        __import__(package)
        return
    except ImportError:
        pass
    folder = pathlib.Path(os.environ["LOWBEND_PEERS"]) / package
    if not folder.exists():
        # Packages next to this python3's own: numpy is not installed twice.
        commands = ([sys.executable, "-m", "venv", "--system-site-packages", folder],
                    [folder / "bin" / "python3", "-m", "pip", "install", "--quiet",
                     "--disable-pip-version-check", package])
        for command in commands:
            try:
                subprocess.run(command, check=True, timeout=TIME_LIMIT)
            except (OSError, subprocess.SubprocessError) as error:
                subprocess.run(["rm", "-rf", folder], check=True)
                print(f"skipped: {package} cannot be installed: {error}")
                sys.exit(SKIPPED)
    python = folder / "bin" / "python3"
    os.execv(python, [python, *sys.argv])
