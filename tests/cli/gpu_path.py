"""The GPU code path, selected by LOWBEND_ASSUME=gpu on the CPU: the same numbers, and constraints
of GPUs: few launches, no waiting for the device, groups of 64, little local memory."""

import csv
import json
import os
import pathlib

import harness

SHIM = pathlib.Path(os.environ["LB_TEST_SHIMS"]) / "count_opencl.so"
TRAIN = ("--latent", "3", "--optimizer", "adam", "--decoder-steps", "0",
         "--log-every", "100", "--no-report", "--quiet", "--overwrite")
POINTS = ("sphere-points", "--hidden", "16", "--pairs", "64")
IMAGES = ("sundial", "--size", "8", "--hidden", "conv4,pool,8", "--pairs", "8")


class GpuPath(harness.CommandTest):
    def train(self, name, path, steps, *options, **environment):
        """The mean loss of the steps."""
        self.succeeds("train", *options, *TRAIN, "--steps", steps, "--out", self.path(name),
                      environment={"LOWBEND_ASSUME": path, **environment})
        with open(self.folder / name / "metrics.csv", encoding="utf-8") as file:
            return float(next(csv.DictReader(file))["loss"])

    def near(self, got, wanted, tolerance, what=""):
        self.assertLessEqual(abs(got - wanted), tolerance * abs(wanted), f"{what}: {got}, {wanted}")

    def count(self, steps, *options):
        """The launches, waits and allocations of a training run."""
        file = self.folder / "count.json"
        self.train("counted", "gpu", steps, *options, LD_PRELOAD=str(SHIM), LB_COUNT=str(file))
        return json.loads(file.read_text())

    def step_of(self, steps, *options):
        """Launches per step for each kernel, and the waits of `steps` steps."""
        self.train("counted", "gpu", 1, *options)  # runs the self-test first
        short, long = self.count(8, *options), self.count(8 + steps, *options)
        launches = {}
        for name, kernel in long["kernels"].items():
            self.assertLessEqual(2 * kernel["local_bytes"], 32 << 10, name)  # smallest GPU: 32 KiB
            more = kernel["launches"] - short["kernels"][name]["launches"]
            self.assertEqual(more % steps, 0, name)
            if more > 0:
                self.assertEqual(kernel["group"], 64, name)
                launches[name] = more // steps
        self.assertLessEqual(long["largest_buffer"], long["max_allocation"])
        return launches, long["waits"] - short["waits"]

    def test_numbers_of_points(self):
        """On the CPU path this is the fused step. Adam magnifies rounding differences."""
        for steps, tolerance in ((1, 1e-5), (40, 1e-3)):
            wanted = self.train("cpu", "cpu", steps, *POINTS)
            self.near(self.train("gpu", "gpu", steps, *POINTS), wanted, tolerance, steps)
        found = []
        for path in ("cpu", "gpu"):
            self.succeeds("eval", self.path("cpu"), "--pairs", "256", "--points", "64",
                          "--no-attainable", "--quiet", "--json",
                          environment={"LOWBEND_ASSUME": path})
            found.append(json.loads((self.folder / "cpu" / "eval.json").read_text()))
        for key in ("E", "distortion", "bending"):
            self.near(found[1][key], found[0][key], 1e-4, key)

    def test_numbers_of_images(self):
        for steps, tolerance in ((1, 1e-4), (10, 1e-2)):
            wanted = self.train("cpu", "cpu", steps, *IMAGES)
            self.near(self.train("gpu", "gpu", steps, *IMAGES), wanted, tolerance, steps)

    def test_launches_of_points(self):
        """The products of a hidden layer and of an output layer, and the remaining work on the
        weights; one wait every fourth step keeps the queue short."""
        launches, waits = self.step_of(64, *POINTS)
        self.assertEqual(launches, {"sample_pair_images": 1, "multiply_tiles": 10, "pack_tiles": 8,
                                    "loss_gradient": 1, "mean_terms": 1,
                                    "column_sum": 2, "adam_update": 1})
        self.assertEqual(waits, 64 // 4)

    def test_launches_of_images(self):
        launches, waits = self.step_of(16, *IMAGES)
        self.assertEqual(launches, {"sample_chains": 1, "render": 1, "normalise": 1,
                                    "write_patches": 2, "multiply_tiles": 8, "pack_tiles": 5,
                                    "block_sum": 1, "spread": 1,
                                    "chain_gradient": 1, "mean_terms": 1, "column_sum": 4,
                                    "adam_update": 1})
        self.assertEqual(waits, 16 // 4)

    def test_unknown_path(self):
        self.fails(1, ["LOWBEND_ASSUME=tpu", "gpu or cpu"], "train", *POINTS, "--out",
                   self.path("none"), environment={"LOWBEND_ASSUME": "tpu"})


if __name__ == "__main__":
    harness.main()
