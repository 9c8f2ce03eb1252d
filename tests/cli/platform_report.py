"""tools/platform-report: its table of a working device, and what it says of one that is not."""

import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import unittest

from harness import PROGRAM, TIME_LIMIT, CommandTest, main

REPORT = pathlib.Path(os.environ["LOWBEND_TOOLS"]) / "platform-report"

# Stand-ins for the program: the self-test of all kernels is tested elsewhere.
WORKING = """#!/bin/sh
case $*
in
    *--self-test*) echo '[{"family": "adam", "passed": true}, {"family": "loss", "passed": true}]' ;;
    *) exec "%s" "$@" ;;
esac
"""
BROKEN = """#!/bin/sh
case $*
in
    *--self-test*) echo '[{"family": "adam", "passed": false, "failure": "2 is not 1"}]' ;;
    train*) kill -SEGV $$ ;;
    *) exec "%s" "$@" ;;
esac
"""


class PlatformReport(CommandTest):
    def report(self, *arguments):
        return subprocess.run([sys.executable, REPORT, "--tiny", *arguments], check=False,
                              capture_output=True, text=True, timeout=TIME_LIMIT)

    def stand_in(self, script):
        program = pathlib.Path(self.path("stand-in"))
        program.write_text(script % PROGRAM)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program

    def rows(self, result):
        rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", result.stdout, re.MULTILINE))
        self.assertEqual(rows.pop("lowbend"), "on this platform")
        return rows

    def test_a_device_that_works(self):
        result = self.report("--program", self.stand_in(WORKING))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        rows = self.rows(result)
        (device,) = json.loads(self.succeeds("devices", "--json", "--device",
                                             os.environ.get("LOWBEND_DEVICE", "auto")))
        self.assertIn(device["name"], rows["device"])
        self.assertIn(device["driver"], rows["driver"])
        self.assertEqual(rows["self-test"], "2 of 2 families passed")
        self.assertRegex(rows["sphere-points, 8"], r"^E [\d.]+, [\d.]+ ms a step, ")

    def test_what_fails_is_said(self):
        result = self.report("--program", self.stand_in(BROKEN))
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        rows = self.rows(result)
        self.assertEqual(rows["self-test"], "FAILED: adam: 2 is not 1")
        self.assertEqual(rows["sphere-points, 8"], "FAILED: ended by signal 11")

    def test_without_a_device_there_is_no_table(self):
        result = self.report("--program", PROGRAM, "--device", "no such device")
        self.assertEqual((result.returncode, result.stdout), (3, ""))
        self.assertIn("no device matches", result.stderr)


if __name__ == "__main__":
    main()
