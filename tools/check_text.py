"""Checks the text of all source files: tabs, space at line ends, the last newline, line length."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODE = (".c", ".h", ".cl")
TEXT = CODE + (".py", ".sh", ".md", ".build", ".txt", ".in")
SCRIPT_FOLDERS = ("tools", ".ci")
LONGEST = 100


def source_files():
    """What git tracks or could track; without git, every file outside build folders."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        files = [path for path in ROOT.rglob("*")
                 if not path.relative_to(ROOT).parts[0].startswith("build")]
    for path in sorted(set(files)):
        script = path.suffix == "" and path.parent.name in SCRIPT_FOLDERS
        if path.is_file() and (path.suffix in TEXT or script):
            yield path


def problems(path):
    text = path.read_text(encoding="utf-8")
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no newline at the end of the file"
    for number, line in enumerate(text.splitlines(), 1):
        if "\t" in line:
            yield number, "tab"
        if line != line.rstrip():
            yield number, "space at the end of the line"
        if path.suffix in CODE and len(line) > LONGEST:
            yield number, f"{len(line)} columns, at most {LONGEST}"


def main():
    found = 0
    for path in source_files():
        for number, problem in problems(path):
            print(f"{path.relative_to(ROOT)}:{number}: {problem}")
            found += 1
    sys.exit(1 if found else 0)


main()
