"""A user's dataset: the template tools/pendulum.cl is sampled, trained and used."""

import csv
import os
import pathlib

import numpy as np

import harness
import lowbend_numpy

PENDULUM = pathlib.Path(os.environ["LOWBEND_TOOLS"]) / "pendulum.cl"


class OwnDataset(harness.CommandTest):
    def test_pairs_are_those_of_the_circle(self):
        file = self.path("pairs.safetensors")
        self.succeeds("sample", PENDULUM, "--pairs", "500", "--epsilon", "1", "--out", file)
        pairs, _ = lowbend_numpy.read_safetensors(file)
        self.assertEqual(pairs["x"].shape, (500, 32, 32, 1))
        x, y, average = (pairs["point_" + name][:, 0].astype(np.float64)
                         for name in ("x", "y", "average"))
        turned = np.angle(np.exp(1j * (y - x)))
        np.testing.assert_allclose(np.abs(turned), pairs["distance"], atol=1e-6)
        np.testing.assert_allclose(np.exp(1j * average), np.exp(1j * (x + turned / 2)), atol=1e-6)
        self.assertGreaterEqual(pairs["x"].min(), 0.0)
        self.assertLessEqual(pairs["x"].max(), 1.0)

    def test_training_comes_near_the_minimum(self):
        run = self.folder / "run"
        # A relative path refers to the working directory; the RUN stores the absolute path.
        self.succeeds("train", PENDULUM.name, "--size", "16", "--hidden", "64,64", "--latent", "4",
                      "--pairs", "64", "--lambda", "0.5", "--steps", "1500",
                      "--decoder-steps", "300", "--out", run, "--quiet", cwd=PENDULUM.parent)
        with open(run / "metrics.csv", encoding="ascii", newline="") as file:
            rows = list(csv.DictReader(file))
        losses = [float(row["loss"]) for row in rows if row["phase"] == "encoder"]
        self.assertLess(losses[-1], losses[0])
        minimum = 2.0 * np.sqrt(1.5) - 2.0  # circle, h = 1
        final = [float(row["loss"]) for row in rows if row["phase"] == "encoder-final"][0]
        print(f"E {final:.4f}, E* {minimum:.4f}", flush=True)
        self.assertLess(final, 1.10 * minimum)
        self.assertGreater(final, 0.95 * minimum)
        self.succeeds("train", PENDULUM.name, "--out", run, "--resume", cwd=PENDULUM.parent)
        # The RUN finds it from every directory.
        self.succeeds("eval", run, "--no-attainable", "--points", "64", cwd=self.folder)

    def test_text_that_has_changed_is_refused(self):
        file = self.folder / "mine.cl"
        text = PENDULUM.read_text()
        file.write_text(text)
        train = ("train", file, "--out", self.path("mine"), "--size", "8", "--hidden", "8",
                 "--latent", "2", "--pairs", "8", "--steps", "2", "--decoder-steps", "0", "--quiet")
        self.succeeds(*train)
        file.write_text(text.replace("1.5f * exp", "1.4f * exp"))
        for command in (("eval", self.path("mine")), (*train, "--resume")):
            self.fails(1, ["mine.cl", "differs from the dataset"], *command)
        file.write_text(text)
        self.succeeds(*train, "--resume")


if __name__ == "__main__":
    harness.main()
