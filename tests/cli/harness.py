"""Runs the program for the tests of the command line."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ["LOWBEND_PROGRAM"]
HAS_CLBLAST = os.environ["LB_TEST_CLBLAST"] == "1"  # or the program was built without it
TIME_LIMIT = 600  # seconds per run of the program: a hang fails here and shows its output


def make_locale(folder, name):
    """The environment for this locale, built in the folder by localedef because few machines have
    it."""
    path = pathlib.Path(folder) / f"{name}.UTF-8"
    subprocess.run(["localedef", "-i", name, "-f", "UTF-8", path], check=True)  # package locales
    return {"LOCPATH": str(path.parent), "LC_ALL": path.name}


class CommandTest(unittest.TestCase):
    """A test with a temporary folder and functions that run the program and check its result."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="lowbend-test-"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def path(self, name):
        return str(self.folder / name)

    def run_program(self, *arguments, environment=None, **options):
        env = dict(os.environ)
        env.update(environment or {})
        return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env=env, timeout=TIME_LIMIT, **options)

    def succeeds(self, *arguments, **options):
        """Runs the program, expects exit status 0, returns its standard output."""
        result = self.run_program(*arguments, **options)
        self.assertEqual(result.returncode, 0, f"{arguments}\n{result.stdout}\n{result.stderr}")
        return result.stdout

    def fails(self, status, words, *arguments, lines=1, **options):
        """Expects this exit status, a message of `lines` lines (None: any number) containing these
        words, and no standard output."""
        result = self.run_program(*arguments, **options)
        said = f"{arguments}\nstdout: {result.stdout}\nstderr: {result.stderr}"
        self.assertEqual(result.returncode, status, said)
        self.assertEqual(result.stdout, "", said)
        # PoCL's compiler adds a line to standard error.
        message = re.sub(r"^[0-9]+ (error|warning)s? .*generated\.\n", "", result.stderr)
        self.assertTrue(message.startswith("lowbend: "), said)
        self.assertTrue(message.endswith("\n"), said)
        if lines is not None:
            self.assertEqual(message.count("\n"), lines, said)
        if status != 2:
            self.assertRegex(message, r"^lowbend: [^:]+.*: .+ \(.+\)", said)
        for word in words:
            self.assertIn(word, message, said)
        return message


def main():
    unittest.main(argv=[sys.argv[0], "--verbose"])
