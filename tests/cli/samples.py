"""train --samples N: all pairs among N fixed points."""

import json
import re
import signal

import lowbend_numpy
import runs

SMALL = ("--hidden", "32,32", "--latent", "4", "--pairs", "32", "--log-every", "20",
         "--lambda", "0.1", "--lr", "3e-3")


class Samples(runs.RunTest):
    def train(self, run, *arguments):
        return ("train", "sphere", "--out", self.path(run), *SMALL, *arguments)

    def test_training(self):
        """The loss falls; 150 points are overfitted, 1500 generalise like fresh pairs."""
        command = ("--steps", "600", "--decoder-steps", "100")
        energies = {}
        for samples in ("150", "1500", "fresh"):
            result = self.run_program(*self.train(samples, *command, "--samples", samples))
            self.assertEqual(result.returncode, 0, result.stderr)
            rows = runs.read_metrics(self.folder / samples)
            training = [float(row["loss"]) for row in rows if row["phase"] == "encoder"]
            last = [float(row["loss"]) for row in rows if row["phase"] == "encoder-final"]
            self.assertLess(training[-1], 0.5 * training[0])
            energies[samples] = (training[-1], last[0])
            if samples != "fresh":
                found = re.search(rf"{samples} points, (\d+) pairs", result.stderr)
                self.assertIsNotNone(found, result.stderr)
                # N (N - 1) / 2 pairs, each with this probability; within 5 standard deviations.
                n = int(samples)
                expected = n * (n - 1) / 2 * (0.955336489 - 0.999550034) / -2
                self.assertLess(abs(int(found[1]) - expected), 5 * expected ** 0.5)
        print(energies)
        self.assertLess(energies["1500"][1], 1.1 * energies["fresh"][1])
        self.assertGreater(energies["150"][1], 1.3 * energies["150"][0])
        self.assertGreater(energies["150"][1], energies["1500"][1])
        config = json.loads((self.folder / "150" / "config.json").read_text())
        self.assertEqual(config["samples"], 150)
        self.check_final_pairs(energies["150"][1])

    def check_final_pairs(self, energy):
        """encoder-final uses fresh pairs, like other runs."""
        fresh = self.path("fresh.safetensors")
        self.succeeds("sample", "sphere", "--pairs", "4096", "--out", fresh, "--seed", "5")
        pairs, _ = lowbend_numpy.read_safetensors(fresh)
        encoder = lowbend_numpy.Network(self.folder / "150" / "encoder.safetensors")
        mean, error = lowbend_numpy.energy(encoder, pairs, 0.1, 0.0)["E"]
        self.assertLess(abs(energy - mean), 4.0 * 2.0 ** 0.5 * error)

    def test_image_layers(self):
        """The same points at every step, given to convolutions as images."""
        run = self.folder / "images"
        self.succeeds("train", "sundial", "--size", "16", "--hidden", "pool,conv6,conv8s2,16",
                      "--latent", "3", "--pairs", "16", "--samples", "60", "--steps", "120",
                      "--decoder-steps", "20", "--log-every", "20", "--lr", "3e-3", "--out", run)
        training = [float(row["loss"]) for row in runs.read_metrics(run)
                    if row["phase"] == "encoder"]
        self.assertLess(training[-1], 0.7 * training[0])
        fresh = self.path("images.safetensors")
        self.succeeds("sample", "sundial", "--size", "16", "--pairs", "2048", "--out", fresh)
        pairs, _ = lowbend_numpy.read_safetensors(fresh)
        encoder = lowbend_numpy.Network(run / "encoder.safetensors")
        mean, error = lowbend_numpy.energy(encoder, pairs, 0.03, 0.0)["E"]
        last = [float(row["loss"]) for row in runs.read_metrics(run)
                if row["phase"] == "encoder-final"]
        self.assertLess(abs(last[0] - mean), 4.0 * 2.0 ** 0.5 * error)

    def test_fresh_is_the_default(self):
        command = ("--steps", "20", "--decoder-steps", "10")
        self.succeeds(*self.train("default", *command))
        self.succeeds(*self.train("named", *command, "--samples", "fresh"))
        self.assert_equal_runs(self.folder / "default", self.folder / "named")

    def test_resume(self):
        command = ("--steps", "1500", "--decoder-steps", "1500", "--log-every", "7",
                   "--checkpoint-every", "130", "--samples", "200", "--quiet")
        self.succeeds(*self.train("whole", *command))
        run = self.folder / "stopped"
        for phase, number, status in (("encoder", signal.SIGINT, 130),
                                      ("decoder", signal.SIGTERM, 143)):
            code, stderr = self.interrupt(self.train("stopped", *command, "--resume"), run, phase,
                                          number)
            self.assertEqual(code, status, stderr)
        self.fails(1, ["--samples 300"], *self.train("stopped", *command[:-2], "300", "--resume"))
        self.succeeds("train", "--out", run, "--resume")
        self.assert_equal_runs(self.folder / "whole", run)

    def test_joint_and_plain(self):
        for mode in ("--joint", "--plain"):
            self.succeeds(*self.train(mode, "--steps", "60", "--samples", "100", mode))
            rows = runs.read_metrics(self.folder / mode)
            self.assertEqual(rows[-1]["phase"], "joint-final")
            self.assertLess(float(rows[-1]["reconstruction"]), 0.3)

    def test_too_few(self):
        for command in (("--samples", "5"), ("--samples", "100", "--epsilon", "0.02"),
                        ("--samples", "60", "--pairs", "128")):
            self.fails(1, [command[1], "pairs among the points", "raise --samples or --epsilon"],
                       *self.train("few", *command))
        self.assertFalse((self.folder / "few").exists())
        for value in ("1", "0", "-3", "many", "131073", "1e3"):
            self.fails(2, ["--samples", value], *self.train("few", "--samples", value))
        for option in (("--strategy", "chain"), ("--epsilon-start", "1")):
            self.fails(1, [f"pairs of fixed points do not support {option[0]}"],
                       *self.train("few", "--samples", "300", *option))


runs.harness.main()
