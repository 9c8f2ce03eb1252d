"""The manual page and shell completion, against the program's --help."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import harness

TOOLS = pathlib.Path(os.environ["LOWBEND_TOOLS"])
SOURCES = TOOLS.parent / "src" / "cli"


class HelpTest(harness.CommandTest):
    """Reads the program's help."""

    def commands(self):
        return re.findall(r"^  ([\w-]+) +\S", self.succeeds("--help").split("commands:")[1].split(
            "\n\n")[0], re.MULTILINE)

    def options(self, command):
        """{option: placeholder or None}"""
        found = re.findall(r"^  (--[\w-]+)(?: (\S+))?(?:  |$)", self.succeeds(command, "--help"),
                           re.MULTILINE)
        return dict(found)


class Manual(HelpTest):
    def test_manual_is_current(self):
        made = subprocess.run([sys.executable, TOOLS / "manual.py", harness.PROGRAM], check=True,
                              capture_output=True, text=True, timeout=harness.TIME_LIMIT).stdout
        self.assertEqual((SOURCES / "lowbend.1").read_text(encoding="ascii"), made,
                         "run tools/manual.py PROGRAM > src/cli/lowbend.1")

    def test_manual_has_everything(self):
        text = (SOURCES / "lowbend.1").read_text(encoding="ascii").replace("\\-", "-")
        for command in self.commands():
            section = text.split(f".SS {command}: ")[1]
            section = section.split(".SS ")[0] + text.split(".SH COMMON OPTIONS")[1]
            for option in self.options(command):
                self.assertRegex(section, rf"\n\.BI? {option}\b(?!-)", command)

    @unittest.skipIf(shutil.which("man") is None, "no man")
    def test_manual_is_well_formed(self):
        result = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", SOURCES / "lowbend.1"],
                                capture_output=True, text=True, timeout=harness.TIME_LIMIT,
                                env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("lowbend export RUN --onnx FILE", result.stdout)


class Completion(HelpTest):
    """Completions offered by a shell; stand-ins replace the shell's own functions where they are
    missing."""

    SHELLS = {"bash": """
            compopt() { :; }
            source "$FILE"
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            _lowbend
            printf '%s\\n' "${COMPREPLY[@]}"
        """, "zsh": """
            compadd() { shift; print -rl -- $@ }
            _describe() { print -rl -- "${(@)${(P)2}%%:*}" }
            _files() { print -rl -- *(N) }
            words=("$@") CURRENT=$#
            source "$FILE"
        """}

    def offered(self, shell, *words):
        file = SOURCES / "completion" / {"bash": "lowbend.bash", "zsh": "_lowbend"}[shell]
        result = subprocess.run(
            [shell, "-c", self.SHELLS[shell], shell, harness.PROGRAM, *words], cwd=self.folder,
            env={**os.environ, "FILE": str(file)}, capture_output=True, text=True,
            timeout=harness.TIME_LIMIT)
        self.assertEqual((result.returncode, result.stderr), (0, ""), words)
        return set(filter(None, result.stdout.splitlines()))

    def check(self, shell):
        (self.folder / "images.npy").touch()
        self.assertLessEqual(set(self.commands()), self.offered(shell, ""))
        for command in self.commands():
            self.assertEqual(self.offered(shell, command, "--"), set(self.options(command)),
                             command)
        for option, placeholder in self.options("train").items():
            if "|" in placeholder:
                words = {word for word in placeholder.split("|") if word.islower()}
                self.assertEqual(self.offered(shell, "train", "x", option, ""), words)
        self.assertEqual(self.offered(shell, "train", "sphere", "--latent", ""), set())
        self.assertEqual(self.offered(shell, "encode", "RUN", ""), {"images.npy"})
        self.assertEqual(self.offered(shell, "encode", "RUN", "x.npy", "--out", ""), {"images.npy"})
        datasets = self.offered(shell, "train", "")
        self.assertLessEqual({"sundial", "rotating-object", "images.npy"}, datasets)
        self.assertNotIn("name", datasets)

    def test_bash(self):
        self.check("bash")
        self.assertEqual(self.offered("bash", "tr"), {"train"})
        self.assertEqual(self.offered("bash", "train", "--steps", "3", "--dec"),
                         {"--decoder-steps", "--decoder-lr", "--decoder-hidden"})
        self.assertEqual(self.offered("bash", "train", "sund"), {"sundial"})
        self.assertEqual(self.offered("bash", "nonsense", "--"), set())

    @unittest.skipIf(shutil.which("zsh") is None, "no zsh")
    def test_zsh(self):
        self.check("zsh")


harness.main()
