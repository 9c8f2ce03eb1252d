"""The built-in datasets, trained: point datasets near the known minimum, images with falling loss."""

import csv
import json
import time

import numpy as np

import harness

harness.TIME_LIMIT = 300

# Manifolds with a known E*, and their constants h (method: lambda = 0.5, c = 0).
KNOWN_MINIMA = {"sphere-points": 1.0, "so3-points": 1.0, "torus-points": 0.75, "rp2-points": 4.0}


def minimum(lambda_h):
    """E* for c = 0."""
    return 2.0 * np.sqrt(1.0 + lambda_h) - 2.0


class Catalogue(harness.CommandTest):
    def train(self, dataset, *options):
        """Trains the encoder alone; returns its losses and the loss on fresh pairs."""
        run = self.folder / dataset
        started = time.monotonic()
        self.succeeds("train", dataset, "--c", "0", "--decoder-steps", "0", "--quiet", "--out", run,
                      *options)
        self.assertLess(time.monotonic() - started, 90.0)
        with open(run / "metrics.csv", encoding="ascii", newline="") as file:
            rows = list(csv.DictReader(file))
        final = float(rows[-1]["loss"])
        self.assertEqual(rows[-1]["phase"], "encoder-final")
        return [float(row["loss"]) for row in rows[:-1]], final

    def test_known_minima(self):
        for dataset, h in KNOWN_MINIMA.items():
            with self.subTest(dataset):
                _, final = self.train(dataset, "--lambda", "0.5", "--epsilon", "0.3", "--steps",
                                      "600")
                best = minimum(0.5 * h)
                print(f"{dataset}: E {final:.4f}, E* {best:.4f}", flush=True)
                self.assertLess(final, 1.10 * best)
                self.assertGreater(final, 0.95 * best)

    def test_klein_bottle_is_in_its_bracket(self):
        # Small epsilon: the second difference of wave number 4 pi loses (4 pi epsilon)^2 / 192.
        _, final = self.train("klein-points", "--lambda", "0.002", "--epsilon", "0.05", "--steps",
                              "1000")
        lower = minimum(0.002 * 3.0 * np.pi ** 2)
        upper = minimum(0.002 * 231.0 / 64.0 * np.pi ** 2)  # of the embedding in R^7
        print(f"klein-points: E {final:.4f} in [{lower:.4f}, {upper:.4f}]", flush=True)
        self.assertGreater(final, lower)
        self.assertLess(final, upper)

    def test_images_train(self):
        datasets = json.loads(self.succeeds("datasets", "--json"))
        images = [entry["name"] for entry in datasets if entry["image"][0] > 1]
        self.assertGreaterEqual(len(images), 2)
        for dataset in images:
            with self.subTest(dataset):
                losses, final = self.train(dataset, "--size", "32", "--hidden", "128,128",
                                           "--pairs", "32", "--steps", "300", "--epsilon", "0.2",
                                           "--lambda", "0.01")
                print(f"{dataset}: E {losses[0]:.3g} ... {losses[-1]:.3g}, fresh {final:.3g}",
                      flush=True)
                self.assertLess(losses[-1], 0.9 * losses[0])
                self.assertLess(final, 0.9 * losses[0])


if __name__ == "__main__":
    harness.main()
