"""Non-finite numbers: training stops with step, term and advice, or skips and counts the steps,
with the same result after an interruption."""

import json
import re
import signal
import subprocess

import lowbend_numpy
import numpy
import runs

SMALL = ("--hidden", "16,16", "--latent", "4", "--pairs", "32", "--log-every", "7",
         "--checkpoint-every", "50", "--held-out", "0.2", "--quiet")
PAIRS = 400  # 320 for training: an epoch is 10 steps


class NotFinite(runs.RunTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        good = cls.folder / "good.safetensors"
        subprocess.run([runs.harness.PROGRAM, "sample", "sphere", "--pairs", str(PAIRS),
                        "--out", str(good)], check=True, capture_output=True)
        pairs, _ = lowbend_numpy.read_safetensors(good)
        tensors = {name: pairs[name].copy() for name in ("x", "y", "average", "distance")}
        # Far apart as images, but their distance is tiny: 8 / d^2 overflows.
        cls.bad = cls.folder / "bad.safetensors"
        tensors["distance"][11] = numpy.float32(1e-22)
        tensors["y"][11] = -tensors["x"][11]
        lowbend_numpy.write_safetensors(cls.bad, tensors)

    def train(self, run, *arguments):
        return ("train", self.bad, "--out", self.path(run), *SMALL, *arguments)

    def test_stops(self):
        message = self.fails(1, ["encoder: step ", "--lr", "--c", "--skip-nonfinite"],
                             *self.train("stops", "--steps", "100", "--decoder-steps", "0"))
        self.assertRegex(message, r"step [0-9]+: (distortion|bending) is (inf|-?nan)")
        step = int(re.search(r"step ([0-9]+)", message)[1])
        self.assertLessEqual(step, 10)
        # The reported step is that of the pair, whatever the logging interval.
        again = self.fails(1, [f"step {step}:"], *self.train(
            "again", "--steps", "100", "--decoder-steps", "0", "--log-every", "1"))
        self.assertIn(f"step {step}:", again)

    def test_skips(self):
        """The pair occurs once per epoch; stopping and killing make no difference."""
        command = ("--steps", "1000", "--decoder-steps", "200", "--skip-nonfinite")
        results = json.loads(self.succeeds(*self.train("whole", *command, "--json")))
        self.assertEqual(results["encoder"]["skipped"], 100)
        whole, stopped = self.folder / "whole", self.folder / "stopped"
        rows = runs.read_metrics(whole)
        losses = [float(row["loss"]) for row in rows if row["phase"] == "encoder"]
        self.assertTrue(all(numpy.isfinite(losses)))
        self.assertLess(losses[-1], 0.5 * losses[0])
        for number, status, phase in ((signal.SIGINT, 130, "encoder"),
                                      (signal.SIGKILL, -9, "decoder")):
            code, stderr = self.interrupt([*map(str, self.train("stopped", *command, "--resume"))],
                                          stopped, phase, number)
            self.assertIn(code, (status, 0), stderr)
        results = json.loads(self.succeeds("train", "--out", stopped, "--resume", "--json"))
        self.assert_equal_runs(whole, stopped)
        self.assertEqual(results.get("encoder", {"skipped": 100})["skipped"], 100)
        _, metadata = lowbend_numpy.read_safetensors(whole / "checkpoint.safetensors")
        self.assertEqual(metadata["skipped_steps"], "100")
        text = self.succeeds(*self.train("text", *command))
        self.assertIn("skipped 100 steps", text)

    def test_skips_nothing_elsewhere(self):
        """With finite data the option changes nothing except its line in config.json."""
        command = ("train", "sphere", *SMALL, "--steps", "60", "--decoder-steps", "30", "--out")
        self.succeeds(*command, self.path("off"))
        self.succeeds(*command, self.path("on"), "--skip-nonfinite")
        off, on = (runs.comparable(self.folder / name) for name in ("off", "on"))
        self.assertEqual(off.pop("config.json").replace(b'nonfinite": false', b'nonfinite": true'),
                         on.pop("config.json"))
        self.assertEqual(off, on)

    def test_collapse(self):
        """A constant map is detected; a good embedding with the same c is not reported."""
        command = ("train", "sphere", *SMALL[:-1], "--steps", "600", "--decoder-steps", "0",
                   "--c", "1", "--lr", "5e-3", "--out")
        result = self.run_program(*command, self.path("collapsed"), "--lambda", "30")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("the best embedding is constant", result.stderr)
        self.assertIn("expected scale 0\n", result.stderr)
        self.assertRegex(result.stderr, r"lowbend: encoder: the embedding has collapsed: .*1/c\^2 "
                                        r"= 1 \(use a smaller --lambda or --c\)\n")
        result = self.run_program(*command, self.path("fine"), "--lambda", "0.21")
        self.assertNotIn("collapsed", result.stderr)
        self.assertIn("lambda*h 0.21, ", result.stderr)
        # T* = (1 + c^2) / sqrt(1 + 0.21) - c^2 = 0.81818, scale 0.90453.
        self.assertIn(", expected scale 0.9045\n", result.stderr)

    def test_joint(self):
        results = json.loads(self.succeeds(*self.train("joint", "--steps", "100", "--joint",
                                                       "--skip-nonfinite", "--json")))
        self.assertEqual(results["joint"]["skipped"], 10)
        self.assertTrue(numpy.isfinite(results["joint"]["E"]))

    def test_nothing_left(self):
        """A loss that is never finite is still an error."""
        tensors, _ = lowbend_numpy.read_safetensors(self.folder / "good.safetensors")
        tensors = {name: tensors[name].copy() for name in ("x", "y", "average", "distance")}
        tensors["distance"][:] = numpy.float32(1e-22)
        path = self.path("all-bad.safetensors")
        lowbend_numpy.write_safetensors(path, tensors)
        self.fails(1, ["encoder", " is "], "train", path, "--out", self.path("none"), *SMALL,
                   "--steps", "50", "--skip-nonfinite", lines=None)


runs.harness.main()
