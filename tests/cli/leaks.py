"""Nothing leaks when a command ends, even if an OpenCL call fails: for builds with
AddressSanitizer, whose LeakSanitizer ends a program that leaves memory behind with LEAKS. It cannot
tell OpenCL objects of ours from the driver's own memory, so that the shim counts those."""

import os
import pathlib

import numpy

import runs

SHIM = pathlib.Path(os.environ["LB_TEST_SHIMS"]) / "fail_opencl.so"
FAILURES = int(os.environ.get("LB_LEAK_FAILURES", "3"))  # per command
SMALL = ("--hidden", "8", "--latent", "3", "--pairs", "8", "--steps", "2", "--decoder-steps", "2")
LEAKS = 23


class Leaks(runs.RunTest):
    def run_counted(self, *command, fail_at=0):
        """Runs the command, checks that it leaks nothing, and returns the number of OpenCL
        calls."""
        count = self.folder / "count"
        count.unlink(missing_ok=True)
        environment = {
            "LD_PRELOAD": str(SHIM),
            "LB_FAIL_AT": str(fail_at),
            "LB_FAIL_COUNT": str(count),
            # AddressSanitizer's runtime must come before preloaded libraries.
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")
                            + f":verify_asan_link_order=0:exitcode={LEAKS}",
        }
        result = self.run_program(*command, environment=environment)
        said = f"{command}, failure {fail_at}\n{result.stderr}"
        self.assertIn(result.returncode, (0, 1, 3) if fail_at > 0 else (0,), said)
        calls, held = count.read_text(encoding="ascii").split()
        self.assertEqual(int(held), 0, said)
        return int(calls)

    def check(self, *command):
        calls = self.run_counted(*command)
        for i in range(1, FAILURES + 1):
            self.run_counted(*command, fail_at=i * calls // (FAILURES + 1))
        print(f"{command[0]}: {FAILURES} of {calls} calls failed")

    def test_commands(self):
        run = self.folder / "run"
        again = self.folder / "again"
        images, codes = self.path("images.npy"), self.path("codes.npy")
        numpy.save(images, numpy.eye(3, dtype=numpy.float32))
        self.succeeds("train", "sphere", "--out", run, *SMALL, "--quiet")
        self.succeeds("encode", run, images, "--out", codes, "--quiet")
        for command in (
                ("train", "sphere", "--out", again, "--overwrite", *SMALL),
                ("render", "sundial", "--size", 16, "--out", self.path("sheet.png")),
                ("eval", run, "--no-attainable", "--pairs", 16, "--points", 64),
                ("decode", run, codes, "--out", self.path("decoded.npy"))):
            with self.subTest(command=command[0]):
                self.check(*command, "--quiet")


runs.harness.main()
