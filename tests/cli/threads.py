"""PoCL gives the same bits with any number of threads: no result depends on the order of execution.
Its device without threads trains and evaluates too."""

import json
import math

import basic
import harness
import runs

# The fused step of small networks, whose work-items sum separate shares; the general path, with
# products split among threads; image layers; cross pairs; and a fixed set of points.
RUNS = {
    "small": ("sphere", "--latent", "3", "--hidden", "16,16", "--pairs", "200", "--steps", "30",
              "--decoder-steps", "10"),
    "general": ("sundial", "--size", "16", "--latent", "9", "--hidden", "300,70", "--pairs", "40",
                "--steps", "12", "--decoder-steps", "6", "--gemm", "panel"),
    "images": ("rotating-object", "--size", "16", "--latent", "9", "--hidden",
               "pool,conv12,conv20s2,30", "--decoder-hidden", "dense4x4x11,deconv6,up,conv5",
               "--pairs", "40", "--steps", "12", "--decoder-steps", "6", "--gemm", "panel"),
    "muon": ("rotating-object", "--size", "16", "--latent", "9", "--hidden",
             "pool,conv12,150", "--decoder-hidden", "70,dense4x4x11,deconv6,up,conv5", "--pairs",
             "40", "--steps", "12", "--decoder-steps", "6", "--gemm", "panel", "--optimizer",
             "muon", "--clip", "0.5", "--average", "0.5"),
    "small muon": ("sphere", "--latent", "3", "--hidden", "16,16", "--pairs", "200", "--steps",
                   "30", "--decoder-steps", "10", "--optimizer", "muon", "--clip", "0.5"),
    "points": ("so3-points", "--latent", "9", "--hidden", "24", "--pairs", "70", "--steps", "8",
               "--samples", "200", "--joint", "--epsilon", "1"),
    "cross": ("so3-points", "--latent", "9", "--hidden", "24", "--pairs", "150", "--steps", "20",
              "--decoder-steps", "2", "--epsilon", "1", "--cross-weight", "0.5"),
}
THREADS = (1, 2, 5)
MEASURES = ("E", "distortion", "bending", "sigma_median", "reconstruction_mse")


def with_threads(count):
    """PoCL 4 renamed the variable."""
    return {"POCL_MAX_PTHREAD_COUNT": str(count), "POCL_CPU_MAX_CU_COUNT": str(count)}


class Threads(runs.RunTest):
    def make(self, name, kind, environment):
        """A run with its eval.json in a folder of this kind; created once."""
        run = self.folder / f"{name}-{kind}"
        if (run / "eval.json").exists():
            return run
        self.succeeds("train", *RUNS[name], "--out", run, "--log-every", "3", "--no-report",
                      "--quiet", environment=environment)
        self.succeeds("eval", run, "--no-attainable", "--pairs", "256", "--points", "128", "--quiet",
                      environment=environment)
        return run

    def numbers(self, run):
        return json.loads((run / "eval.json").read_text())

    def test_bits_do_not_depend_on_threads(self):
        for threads in THREADS:
            device, = [one for one in basic.devices(with_threads(threads)) if one["default"]]
            if device["platform"] != "Portable Computing Language":
                self.skipTest("the device is not PoCL's")
            self.assertEqual(device["compute_units"], threads)
        for name in RUNS:
            with self.subTest(run=name):
                first, *others = [self.make(name, threads, with_threads(threads))
                                  for threads in THREADS]
                for other in others:
                    self.assert_equal_runs(first, other)
                    self.assertEqual((first / "eval.json").read_bytes(),
                                     (other / "eval.json").read_bytes())

    def test_device_without_threads(self):
        environment = basic.environment()
        if environment is None:
            self.skipTest("PoCL has no such device")
        for name in RUNS:
            with self.subTest(run=name):
                without = self.numbers(self.make(name, "basic", environment))
                usual = self.numbers(self.make(name, 2, with_threads(2)))
                for key in MEASURES:
                    self.assertTrue(math.isclose(without[key], usual[key], rel_tol=1e-3),
                                    f"{key}: {without[key]}, {usual[key]}")


if __name__ == "__main__":
    harness.main()
