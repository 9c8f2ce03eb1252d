#!/usr/bin/env python3
"""Runs the commands of docs/tutorial.md in a new folder and compares what they print.

A ```python file=NAME block is written to the file NAME. In a ```console block each line that starts
with "$ " is a command; the lines below it are its output. Numbers, times, the device and progress
lines may differ. The title of a picture names the file that a command has created. Commands that
need PyTorch are skipped if it is missing.

    tools/run_tutorial.py build/src/cli/lowbend            # compares
    tools/run_tutorial.py build/src/cli/lowbend --write    # also updates outputs and pictures
"""

import argparse
import difflib
import importlib.util
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "tutorial.md"
TIME_LIMIT = 300  # seconds for one command

BLOCK = re.compile(r"^```(?P<info>[^\n]+)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
PICTURE = re.compile(r'!\[[^]]*\]\((?P<path>[^)\s]+) "(?P<made>[^"]+)"\)')
NUMBER = re.compile(r"[-+]?\d[\d.,:]*(e[-+]?\d+)?")


def same(text):
    """The lines that must agree between two runs of a command."""
    lines = [line for line in text.splitlines() if not line.endswith(" left")]
    lines = [re.sub(r"^(device ).*", r"\1", line) for line in lines]
    lines = [re.sub(r"\(device .*\)", "(device)", line) for line in lines]
    return [" ".join(NUMBER.sub("#", line).split()) for line in lines]


def commands(body):
    """The commands of a console block: (command, expected output)."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        count = 1
        while lines[count - 1].endswith("\\\n"):
            count += 1
        yield "".join(lines[:count]), "".join(lines[count:])


class Tutorial:
    def __init__(self, program, folder):
        self.folder = folder
        self.mistakes = []
        self.skipped = set()  # scripts that need a missing module
        tools = folder / ".bin"
        tools.mkdir()
        for name, target in (("lowbend", program), ("python3", sys.executable)):
            path = tools / name
            path.write_text(f'#!/bin/sh\nexec {shlex.quote(str(target))} "$@"\n')
            path.chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}",
                            "PYTHONPATH": str(ROOT / "tools"), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, command, expected):
        """Runs a command; returns its output."""
        if self.skipped.intersection(command.split()):
            return expected
        result = subprocess.run(["stdbuf", "-oL", "bash", "-c", command], cwd=self.folder, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, timeout=TIME_LIMIT,
                                check=False)
        if result.returncode != 0:
            self.mistakes.append(f"$ {command}exit status {result.returncode}\n{result.stdout}")
        elif same(result.stdout) != same(expected):
            difference = difflib.unified_diff(same(expected), same(result.stdout), "tutorial",
                                              "printed", lineterm="")
            self.mistakes.append(f"$ {command}" + "\n".join(difference))
        return result.stdout

    def block(self, match):
        """Runs a block; returns its text with the actual output."""
        info, body = match.group("info").split(), match.group("body")
        if len(info) == 2 and info[1].startswith("file="):
            name = info[1].removeprefix("file=")
            (self.folder / name).write_text(body, encoding="utf-8")
            if "import torch" in body and importlib.util.find_spec("torch") is None:
                self.skipped.add(name)
                print(f"skipped {name}: no PyTorch")
        elif info == ["console"]:
            body = "".join(f"$ {command}{self.run(command, expected)}"
                           for command, expected in commands(body))
        return f"```{' '.join(info)}\n{body}```"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path, help="the program lowbend")
    parser.add_argument("--write", action="store_true", help="update outputs and pictures")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lowbend-tutorial-") as name:
        tutorial = Tutorial(arguments.program.resolve(), pathlib.Path(name))
        text = PAGE.read_text(encoding="utf-8")
        new = BLOCK.sub(tutorial.block, text)
        pictures = list(PICTURE.finditer(text))
        for picture in pictures:
            made = tutorial.folder / picture.group("made")
            if not made.is_file():
                tutorial.mistakes.append(f"no command has made {picture.group('made')}")
            elif arguments.write:
                shutil.copyfile(made, PAGE.parent / picture.group("path"))
    if arguments.write:
        PAGE.write_text(new, encoding="utf-8")
    for mistake in tutorial.mistakes:
        print(mistake)
    count = sum(len(list(commands(match.group("body")))) for match in BLOCK.finditer(text)
                if match.group("info") == "console")
    print(f"{count} commands, {len(pictures)} pictures, {len(tutorial.mistakes)} mistakes")
    sys.exit(1 if tutorial.mistakes or count == 0 else 0)


if __name__ == "__main__":
    main()
