"""Every command of docs/tutorial.md, its output and its pictures."""

import os
import pathlib
import subprocess
import sys

import harness

TOOLS = pathlib.Path(os.environ["LOWBEND_TOOLS"])


class Tutorial(harness.CommandTest):
    def test_tutorial(self):
        result = subprocess.run([sys.executable, TOOLS / "run_tutorial.py", harness.PROGRAM],
                                capture_output=True, text=True, timeout=harness.TIME_LIMIT)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"\b10 commands, 2 pictures, 0 mistakes\n")


harness.main()
