"""Every allocation and every OpenCL call of the program may fail: one message and exit status 1,
never a signal, a hang or a half file, and the RUN that was read is as before. LB_FAILURES sets how
many calls fail while training and encoding, and in half as many of each other command."""

import os
import pathlib
import shutil

import numpy

import runs

SHIMS = pathlib.Path(os.environ["LB_TEST_SHIMS"])
RUNS = int(os.environ.get("LB_FAILURES", "12"))
SMALL = ("--hidden", "8", "--latent", "3", "--pairs", "8", "--steps", "3", "--decoder-steps", "2",
         "--quiet")
# What other commands must not touch in a RUN.
NETWORKS = ("config.json", "encoder.safetensors", "decoder.safetensors", "checkpoint.safetensors",
            "metrics.csv")


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

    def prepare(self):
        """An empty folder for what a command writes, and a RUN in it, if one is trained."""
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        (self.folder / "out").mkdir()
        if self.whole.exists():
            shutil.copytree(self.whole, self.folder / "out" / "run")

    def inject(self, shim, name, command, results, failures=RUNS):
        """Fails calls spread evenly over the command, the first and the last among them. Some
        failures may be got over; the results must then be those of an undisturbed command."""
        self.prepare()
        result, calls = self.fail_at(shim, 0, *command)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertGreater(calls, 20)
        wanted = results()
        numbers = sorted({1 + round(i * (calls - 1) / (failures - 1)) for i in range(failures)})
        failed = 0
        for number in numbers:
            self.prepare()
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
            for file in NETWORKS if self.whole.exists() else ():
                self.assertEqual((self.folder / "out" / "run" / file).read_bytes(),
                                 (self.whole / file).read_bytes(), said)
        print(f"{name}, {shim}: {len(numbers)} of {calls} calls failed, {failed} ended the program")
        self.assertGreater(failed, len(numbers) // 2)

    def train(self, shim):
        run = self.folder / "out" / "RUN"
        self.inject(shim, "train", ("train", "sphere", "--out", run, *SMALL, "--log-every", "2"),
                    lambda: runs.comparable(run))

    def need_run(self):
        if not self.whole.exists():
            self.succeeds("train", "sphere", "--out", self.whole, *SMALL)

    def others(self, shim):
        self.need_run()
        codes = self.path("codes.npy")
        images = self.path("many.npy")
        self.succeeds("encode", self.whole, self.path("images.npy"), "--out", codes)
        angles = numpy.linspace(0.0, 6.0, 40)
        numpy.save(images, numpy.stack([numpy.cos(angles), numpy.sin(angles)], 1)
                   .astype(numpy.float32))
        out = self.folder / "out"
        run = out / "run"
        for command, result in (
                (("eval", run, "--pairs", 16, "--points", 64), run / "eval.json"),
                (("interpolate", run, "--out", out / "path.png"), out / "path.png"),
                (("report", run, "--points", 64, "--out", out / "page.html"), out / "page.html"),
                (("export", run, "--onnx", out / "net.onnx"), out / "net.onnx"),
                (("pairs", images, "--neighbours", 4, "--out", out / "pairs.safetensors"),
                 out / "pairs.safetensors"),
                (("render", "sundial", "--size", 16, "--out", out / "sheet.png"),
                 out / "sheet.png"),
                (("decode", run, codes, "--out", out / "images.npy"), out / "images.npy")):
            with self.subTest(command=command[0], shim=shim):
                self.inject(shim, command[0], (*command, "--quiet"), result.read_bytes,
                            max(RUNS // 2, 2))

    def encode(self, shim):
        self.need_run()
        out = self.folder / "out" / "codes.npy"
        self.inject(shim, "encode",
                    ("encode", self.whole, self.path("images.npy"), "--out", out), out.read_bytes)

    def test_train_without_memory(self):
        self.train("memory")

    def test_train_without_device(self):
        self.train("opencl")

    def test_others_without_memory(self):
        self.others("memory")

    def test_others_without_device(self):
        self.others("opencl")

    def test_encode_without_memory(self):
        self.encode("memory")

    def test_encode_without_device(self):
        self.encode("opencl")


runs.harness.main()
