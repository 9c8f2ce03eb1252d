"""Finds the project's own files for the checks and for tools/format."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def source_files(root=ROOT):
    """Sorted paths relative to root: files that git tracks or does not ignore; if root is not a
    clone, all files outside build folders."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = None
    if (root / ".git").exists():  # ignore a clone that contains the root
        try:
            listed = subprocess.run(command, cwd=root, capture_output=True, check=True)
            names = [name for name in listed.stdout.decode().split("\0") if name]
        except (OSError, subprocess.CalledProcessError):
            pass
    if names is None:
        names = [path.relative_to(root).as_posix() for path in root.rglob("*")]
        names = [name for name in names if not name.startswith(("build", ".git/"))]
    names = sorted(map(pathlib.PurePosixPath, set(names)))
    return [name for name in names if (root / name).is_file()]
