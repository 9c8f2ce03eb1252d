"""tools/bench --quality: with the same recipe PyTorch reaches the same energy. The tool itself fails
if PyTorch's pairs or images differ from the program's."""

import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import unittest

import bench_quality
import harness

TOOL = pathlib.Path(os.environ["LOWBEND_TOOLS"]) / "bench"
ROW = re.compile(r"\| (\d+) \| ([\d.]+) \| ([\d.]+) ± ([\d.]+) \| ([\d.]+) \| ([\d.]+) ± .* \|")


class BenchQuality(harness.CommandTest):
    def test_time_to_an_energy(self):
        """E falls to a quarter in four times the seconds, so to half in twice the seconds."""
        results = [(4.0, 1.0), (1.0, 4.0), (16.0, 0.5)]
        seconds, between = bench_quality.reached(results, 2.0)
        self.assertEqual(seconds, 4.0)
        self.assertAlmostEqual(between, 2.0)
        self.assertEqual(bench_quality.reached(results, 5.0), (1.0, 1.0))
        self.assertEqual(bench_quality.reached(results, 0.5), (None, None))

    @unittest.skipUnless(importlib.util.find_spec("torch"), "no torch (Debian's python3-torch)")
    def test_same_energy(self):
        done = subprocess.run(
            [sys.executable, TOOL, "--quality", "--python", sys.executable, "--program",
             harness.PROGRAM, "--no-compile", "--threads", "1", "--size", "16", "--hidden",
             "32,32", "--shares", "0.02", "0.06", "--judge-pairs", "1024", "--seconds", "0.01"],
            capture_output=True, text=True, check=False, timeout=harness.TIME_LIMIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        matches = map(ROW.fullmatch, done.stdout.splitlines())
        rows = [list(map(float, match.groups())) for match in matches if match]
        self.assertEqual([row[0] for row in rows], [40, 120, 20, 60], done.stdout)
        for _, seconds, own, stderr, peer_seconds, peer in rows:
            self.assertGreater(min(seconds, peer_seconds), 0.0)
            self.assertLess(abs(peer / own - 1.0), 0.1, done.stdout)
            self.assertLess(stderr, 0.1 * own)
        for before, after in (rows[:2], rows[2:]):
            self.assertLess(after[2], 0.7 * before[2])


if __name__ == "__main__":
    harness.main()
