"""Every allocation, OpenCL call and file operation of the program may fail: one message and exit
status 1, never a signal, a hang or a half file; nothing is kept, and the RUN that was read is as
before. LB_FAILURES sets how many calls fail while training, and in half as many of each other
command."""

import os
import pathlib
import shutil
import signal

import numpy

import runs

SHIMS = pathlib.Path(os.environ["LB_TEST_SHIMS"])
RUNS = int(os.environ.get("LB_FAILURES", "8"))
SMALL = ("--hidden", "8", "--latent", "3", "--pairs", "128", "--log-every", "2", "--quiet")
STEPS = ("--steps", "3", "--decoder-steps", "2")
# Files of a RUN that other commands must not change.
NETWORKS = ("config.json", "encoder.safetensors", "decoder.safetensors", "checkpoint.safetensors",
            "metrics.csv")


def written(path):
    return lambda result: path.read_bytes()


def printed(result):
    return result.stdout


def nothing(_):
    """Output that contains timings is not compared."""


class Failures(runs.RunTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.whole = cls.folder / "whole"
        cls.half = cls.folder / "half"
        cls.out = cls.folder / "out"
        cls.run_path = cls.out / "run"
        maker = cls("commands")
        numpy.save(cls.folder / "images.npy", numpy.eye(3, dtype=numpy.float32))
        angles = numpy.linspace(0.0, 6.0, 40)
        numpy.save(cls.folder / "many.npy", numpy.stack([numpy.cos(angles), numpy.sin(angles)], 1)
                   .astype(numpy.float32))
        maker.succeeds("train", "sphere", "--out", cls.whole, *SMALL, *STEPS)
        maker.succeeds("encode", cls.whole, maker.path("images.npy"), "--out",
                       maker.path("codes.npy"))
        maker.stop_in_decoder()

    def stop_in_decoder(self):
        """Makes a RUN that can be resumed."""
        train = ("train", "sphere", "--out", self.half, *SMALL, "--steps", "3", "--decoder-steps",
                 "1500")
        code, stderr = self.interrupt([*map(str, train)], self.half, "decoder", signal.SIGINT)
        self.assertEqual(code, 130, stderr)

    def fail_at(self, shim, number, *command):
        """The result, the number of calls, and the number of resources still held at the end."""
        count = self.folder / "count"
        count.unlink(missing_ok=True)
        environment = {"LD_PRELOAD": str(SHIMS / f"fail_{shim}.so"), "LB_FAIL_AT": str(number),
                       "LB_FAIL_COUNT": str(count)}
        result = self.run_program(*command, environment=environment)
        self.assertGreaterEqual(result.returncode, 0,
                                f"{shim} {number}: {command}\n{result.stderr}")
        calls, held = count.read_text().split()
        return result, int(calls), int(held)

    def prepare(self):
        """An empty output folder with a finished RUN and one that can be resumed."""
        shutil.rmtree(self.out, ignore_errors=True)
        shutil.copytree(self.whole, self.run_path)
        shutil.copytree(self.half, self.out / "half")

    def inject(self, shim, command, outcome, failures):
        """Fails calls spread evenly over the command, including the first and the last. The program
        may recover from some failures; its result must then equal that of an undisturbed run."""
        self.prepare()
        result, calls, kept = self.fail_at(shim, 0, *command)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(kept, 0)
        wanted = outcome(result)
        numbers = sorted({1 + round(i * (calls - 1) / (failures - 1)) for i in range(failures)}
                         if calls > 0 else ())
        failed = 0
        for number in numbers:
            self.prepare()
            result, _, kept = self.fail_at(shim, number, *command)
            said = f"{shim} {number} of {calls}: {command}\n{result.stderr}"
            self.assertIn(result.returncode, (0, 1, 3), said)
            self.assertEqual(kept, 0, said)
            if result.returncode == 0:
                self.assertEqual(outcome(result), wanted, said)
                continue
            failed += 1
            messages = [line for line in result.stderr.splitlines()
                        if line.startswith("lowbend: ")]
            self.assertEqual(len(messages), 1, said)
            self.assertRegex(messages[0], r"^lowbend: .+: .+", said)
            self.assertEqual(list(self.out.rglob("*.partial")), [], said)
            for file in NETWORKS:
                self.assertEqual((self.run_path / file).read_bytes(),
                                 (self.whole / file).read_bytes(), said)
        print(f"{command[0]}, {shim}: {len(numbers)} of {calls} calls failed, {failed} ended the "
              "program")

    def commands(self):
        """Each row: a command, and the output that failures must not change."""
        out = self.out
        run = self.run_path
        codes = self.path("codes.npy")
        rows = (
            (("eval", run, "--no-attainable", "--pairs", 16, "--points", 64),
             written(run / "eval.json")),
            (("interpolate", run, "--pairs", 8, "--out", out / "path.png"),
             written(out / "path.png")),
            (("interpolate", run, codes, "--out", out / "f.safetensors", "--json"),
             written(out / "f.safetensors")),
            (("report", run, "--points", 64, "--out", out / "page.html"),
             written(out / "page.html")),
            (("export", run, "--onnx", out / "net.onnx"), written(out / "net.onnx")),
            (("pairs", self.path("many.npy"), "--neighbours", 4, "--out",
              out / "pairs.safetensors"), written(out / "pairs.safetensors")),
            (("render", "sundial", "--size", 16, "--out", out / "sheet.png"),
             written(out / "sheet.png")),
            (("sample", "sundial", "--size", 16, "--pairs", 4, "--out", out / "s.safetensors"),
             written(out / "s.safetensors")),
            (("encode", run, self.path("images.npy"), "--out", out / "z.npy"),
             written(out / "z.npy")),
            (("decode", run, codes, "--out", out / "images.npy"), written(out / "images.npy")),
            (("converge", "torus-points", "--levels", 2, "--pairs", 64, "--json"), printed),
            (("converge", run, "--levels", 2, "--pairs", 64, "--json"), printed),
            (("datasets", "--json"), printed),
            (("datasets", "--check", "sphere", "--json"), printed),
            (("bench", "sphere", *SMALL, "--repeats", 1, "--warm-up", 1, "--profile", "--json"),
             nothing),
            (("train", "--out", out / "half", "--resume", "--no-report"),
             lambda _: runs.comparable(out / "half")),
        )
        return rows

    def train(self, shim):
        run = self.out / "RUN"
        self.inject(shim, ("train", "sphere", "--out", run, *SMALL, *STEPS),
                    lambda _: runs.comparable(run), RUNS)

    def others(self, shim):
        for command, outcome in self.commands():
            with self.subTest(command=command[0], shim=shim):
                self.inject(shim, (*command, "--quiet"), outcome, max(RUNS // 2, 2))

    def test_train_without_memory(self):
        self.train("memory")

    def test_train_without_device(self):
        self.train("opencl")

    def test_train_without_storage(self):
        self.train("files")

    def test_others_without_memory(self):
        self.others("memory")

    def test_others_without_device(self):
        self.others("opencl")

    def test_others_without_storage(self):
        self.others("files")


runs.harness.main()
