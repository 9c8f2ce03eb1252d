"""Promises about the program's two main jobs, run as a user runs them."""

import csv
import os
import time

import numpy as np

import harness
import lowbend_numpy

harness.TIME_LIMIT = 900


def final_row(run, phase):
    with open(run / "metrics.csv", encoding="ascii", newline="") as file:
        return [row for row in csv.DictReader(file) if row["phase"] == phase + "-final"][0]


class Goals(harness.CommandTest):
    def train(self, *arguments):
        """Trains and returns the folder; the time covers the whole program."""
        run = self.folder / f"run{len(list(self.folder.iterdir()))}"
        started = time.monotonic()
        self.succeeds("train", *arguments, "--out", run, "--quiet")
        self.seconds = time.monotonic() - started
        print(f"{' '.join(arguments)}: {self.seconds:.1f} s", flush=True)
        return run

    def energy(self, run, dataset, lambda_, c):
        """E of fresh pairs in float64; it must agree with the run's own estimate."""
        pairs_file = self.path("pairs.safetensors")
        self.succeeds("sample", dataset, "--pairs", "8192" if dataset == "sphere" else "2048",
                      "--epsilon", "0.3", "--seed", "12345", "--out", pairs_file)
        pairs, _ = lowbend_numpy.read_safetensors(pairs_file)
        encoder = lowbend_numpy.Network(run / "encoder.safetensors")
        mean, stderr = lowbend_numpy.energy(encoder, pairs, lambda_, c)["E"]
        claimed = float(final_row(run, "encoder")["loss"])
        print(f"E {mean:.6f} +- {stderr:.6f}, claimed {claimed:.6f}", flush=True)
        # The run's estimate uses 8192 separate pairs, so its error is at most twice that of this
        # one.
        self.assertLess(abs(mean - claimed), 4.0 * np.hypot(stderr, stderr))
        return mean

    def test_sphere_reaches_the_known_minimum(self):
        for lambda_, c, minimum in ((0.1, 0.0, 0.09761769634), (1.0, 1.0, 0.65685424949)):
            run = self.train("sphere", "--lambda", str(lambda_), "--c", str(c), "--epsilon", "0.3",
                             "--decoder-steps", "0")
            energy = self.energy(run, "sphere", lambda_, c)
            self.assertLess(energy, 1.05 * minimum)
            # E* is the minimum in the limit; at epsilon 0.3 the minimum of E is lower by
            # O(epsilon^2).
            self.assertGreater(energy, 0.98 * minimum)
            self.assertLess(float(final_row(run, "encoder")["seconds"]), 60.0)

    def test_sundial(self):
        """Half the default number of steps reaches the goals."""
        run = self.train("sundial", "--lambda", "0.1", "--c", "0", "--epsilon", "0.3", "--cap",
                         "60", "--steps", "600", "--decoder-steps", "300")
        self.assertLess(self.energy(run, "sundial", 0.1, 0.0), 0.04)
        images_file = self.path("images.safetensors")
        self.succeeds("sample", "sundial", "--cap", "60", "--pairs", "2000", "--seed", "777",
                      "--out", images_file)
        arrays, _ = lowbend_numpy.read_safetensors(images_file)
        images = arrays["x"].reshape(2000, -1).astype(np.float64)
        encoder = lowbend_numpy.Network(run / "encoder.safetensors")
        decoder = lowbend_numpy.Network(run / "decoder.safetensors")
        error = ((decoder(encoder(images)) - images) ** 2).mean()
        variance = images.var(axis=0).mean()
        print(f"decoder: error {error:.3e}, variance / 20 {variance / 20:.3e}", flush=True)
        self.assertLess(error, variance / 20.0)
        self.assertAlmostEqual(error, float(final_row(run, "decoder")["loss"]), delta=0.1 * error)
        self.assertLess(self.seconds, 300.0)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    harness.main()
