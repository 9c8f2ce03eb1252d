"""Every allocation and every OpenCL call of the program may fail: one message and exit status 1,
never a signal, a hang or a half file. LB_FAILURES sets how many calls fail in each test."""

import os
import pathlib
import shutil

import numpy

import runs

SHIMS = pathlib.Path(os.environ["LB_TEST_SHIMS"])
RUNS = int(os.environ.get("LB_FAILURES", "12"))
SMALL = ("--hidden", "8", "--latent", "3", "--pairs", "8", "--steps", "3", "--decoder-steps", "2",
         "--quiet")


class Failures(runs.RunTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.whole = cls.folder / "whole"
        numpy.save(cls.folder / "images.npy", numpy.eye(3, dtype=numpy.float32))

    def fail_at(self, shim, number, *command):
        count = self.folder / "count"
        count.unlink(missing_ok=True)
        environment = {"LD_PRELOAD": str(SHIMS / f"fail_{shim}.so"), "LB_FAIL_AT": str(number),
                       "LB_FAIL_COUNT": str(count)}
        result = self.run_program(*command, environment=environment)
        self.assertGreaterEqual(result.returncode, 0,
                                f"{shim} {number}: {command}\n{result.stderr}")
        return result, int(count.read_text())

    def inject(self, shim, name, command, results):
        """Fails calls spread evenly over the command, the first and the last among them. Some
        failures may be got over; the results must then be those of an undisturbed command."""
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        (self.folder / "out").mkdir()
        result, calls = self.fail_at(shim, 0, *command)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertGreater(calls, 20)
        wanted = results()
        numbers = sorted({1 + round(i * (calls - 1) / (RUNS - 1)) for i in range(RUNS)})
        failed = 0
        for number in numbers:
            shutil.rmtree(self.folder / "out")
            (self.folder / "out").mkdir()
            result, _ = self.fail_at(shim, number, *command)
            said = f"{shim} {number} of {calls}: {command}\n{result.stderr}"
            self.assertIn(result.returncode, (0, 1, 3), said)
            if result.returncode == 0:
                self.assertEqual(results(), wanted, said)
                continue
            failed += 1
            messages = [line for line in result.stderr.splitlines()
                        if line.startswith("lowbend: ")]
            self.assertEqual(len(messages), 1, said)
            self.assertRegex(messages[0], r"^lowbend: .+: .+", said)
            partial = list((self.folder / "out").rglob("*.partial"))
            self.assertEqual(partial, [], said)
        print(f"{name}, {shim}: {len(numbers)} of {calls} calls failed, {failed} ended the program")
        self.assertGreater(failed, len(numbers) // 2)

    def train(self, shim):
        run = self.folder / "out" / "RUN"
        self.inject(shim, "train", ("train", "sphere", "--out", run, *SMALL, "--log-every", "2"),
                    lambda: runs.comparable(run))

    def encode(self, shim):
        if not self.whole.exists():
            self.succeeds("train", "sphere", "--out", self.whole, *SMALL)
        out = self.folder / "out" / "codes.npy"
        self.inject(shim, "encode",
                    ("encode", self.whole, self.path("images.npy"), "--out", out), out.read_bytes)

    def test_train_without_memory(self):
        self.train("memory")

    def test_train_without_device(self):
        self.train("opencl")

    def test_encode_without_memory(self):
        self.encode("memory")

    def test_encode_without_device(self):
        self.encode("opencl")


runs.harness.main()
