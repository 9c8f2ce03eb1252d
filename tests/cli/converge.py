"""converge: keys, tables, pictures, rejected input; a trained RUN against numpy in float64."""

import csv
import json
import math
import shutil
import struct
import subprocess

import numpy as np

import harness
import lowbend_numpy

LEVELS = 5
EPSILON = 0.4
TRAINING = ("--hidden", "24,24", "--latent", "4", "--steps", "400", "--decoder-steps", "0",
            "--pairs", "64", "--lambda", "0.1", "--epsilon", str(EPSILON), "--activation", "tanh")

ARRAYS = ("epsilon", "min_distance", "pairs", "distortion", "bending", "stderr_distortion",
          "stderr_bending", "exact_distortion", "exact_bending")
NUMBERS = ("limit_distortion", "limit_bending", "slope_bending", "rounding_below", "c")


def unit(points):
    points = points.astype(float)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


class Converge(harness.CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_folder = cls.folder / "RUN"
        subprocess.run([harness.PROGRAM, "train", "sphere", "--out", str(cls.run_folder), "--quiet",
                        *TRAINING], check=True, stdout=subprocess.DEVNULL,
                       timeout=harness.TIME_LIMIT)

    def study(self, *arguments):
        result = json.loads(self.succeeds("converge", *arguments, "--json"))
        for key in ARRAYS:
            self.assertEqual(len(result[key]), len(result["epsilon"]), key)
        for key in NUMBERS:
            self.assertIn(key, result)
        return {key: np.array(value, float) if isinstance(value, list) else value
                for key, value in result.items()}

    def test_analytic_defaults(self):
        result = self.study("sphere", "--pairs", "20000")
        np.testing.assert_allclose(result["epsilon"], 0.8 * 0.5 ** np.arange(6), rtol=1e-15)
        np.testing.assert_allclose(result["min_distance"], result["epsilon"] / 10.0, rtol=1e-15)
        self.assertEqual((result["strategy"], result["c"], result["limit_exact"]),
                         ("ball", 0.0, True))
        self.assertEqual((result["limit_distortion"], result["limit_bending"]), (0.0, 1.0))
        self.assertTrue((result["pairs"] == 20000).all())
        # On the sphere both quotients depend on d alone: integrate over the distribution of d in
        # the shell.
        for k, epsilon in enumerate(result["epsilon"]):
            d = np.linspace(epsilon / 10.0, epsilon, 20001)
            weight = np.sin(d)
            weight[[0, -1]] *= 0.5
            first = 2.0 * np.sin(d / 2.0) / d
            second = 16.0 * np.sin(d / 4.0) ** 2 / d ** 2
            for name, values in (("distortion", (first ** 2 - 1.0) ** 2 / first ** 2),
                                 ("bending", second ** 2)):
                mean = (weight * values).sum() / weight.sum()
                self.assertLess(abs(result["exact_" + name][k] - mean), 1e-7 * mean)
                self.assertLess(abs(result[name][k] - mean), 3.0 * result["stderr_" + name][k])

    def test_slope_is_of_the_numbers_shown(self):
        for dataset in ("sphere", "so3-points", "torus-points", "rp2-points", "klein-points"):
            for strategy in ("ball", "chain", "sample"):
                result = self.study(dataset, "--strategy", strategy, "--pairs", "20000",
                                    "--levels", "4", "--min-distance", "0", "--c", "0.5")
                away = np.abs(result["bending"] - result["limit_bending"])
                slope = np.polyfit(np.log(result["epsilon"]), np.log(away), 1)[0]
                self.assertAlmostEqual(result["slope_bending"], slope, delta=1e-6)
                self.assertAlmostEqual(slope, 2.0, delta=0.1)

    def test_table(self):
        text = self.succeeds("converge", "torus-points", "--pairs", "1000", "--levels", "3")
        lines = text.splitlines()
        self.assertTrue(lines[0].startswith("epsilon"))
        self.assertEqual([line.split()[0] for line in lines[1:4]], ["0.8", "0.4", "0.2"])
        self.assertIn("bending 0.75", text)
        self.assertLessEqual(max(map(len, lines)), 120)
        lines = self.succeeds("converge", "torus-points", "--strategy", "sample", "--pairs", "10",
                              "--levels", "9").splitlines()
        self.assertEqual(lines[9].split()[1:3], ["0", "-"])  # no pair is that close

    def test_no_device_is_needed(self):
        self.succeeds("converge", "sphere", "--pairs", "10", "--device", "nonsense")

    def picture_size(self, name):
        with open(self.path(name), "rb") as file:
            head = file.read(24)
        self.assertEqual(head[:8], b"\x89PNG\r\n\x1a\n")
        return struct.unpack(">II", head[16:24])

    def test_pictures(self):
        for arguments in (("sphere",), ("bures-points",), ("sphere", "--levels", "1"),
                          (self.run_folder, "--pairs", "300")):
            self.succeeds("converge", *arguments, "--out", self.path("p.png"))
            self.assertEqual(self.picture_size("p.png"), (960, 640))
        self.fails(1, ["nowhere"], "converge", "sphere", "--pairs", "10", "--out",
                   self.path("nowhere/p.png"))

    def test_refusals(self):
        for status, word, arguments in (
                (1, "injectivity radius", ("sphere", "--epsilon", "3.2")),
                (1, "injectivity radius", ("rp2-points", "--epsilon", "1.6")),
                (1, "injectivity radius", (self.run_folder, "--epsilon", "3.2")),
                (1, "smallest epsilon", ("sphere", "--min-distance", "0.1")),
                (1, "smallest epsilon", (self.run_folder, "--min-distance", "0.1")),
                (1, "sundial: is neither a RUN nor", ("sundial",)),
                (1, "sphrre: is neither a RUN nor", ("sphrre",)),
                (1, "no-such-run", (self.path("no-such-run"),)),
                (1, self.folder.name, (self.folder,)),
                (2, "--epsilon", ("sphere", "--epsilon", "0")),
                (2, "--epsilon", ("sphere", "--epsilon", "nan")),
                (2, "--levels", ("sphere", "--levels", "0")),
                (2, "--levels", ("sphere", "--levels", "33")),
                (2, "--pairs", ("sphere", "--pairs", "1")),
                (2, "--c", ("sphere", "--c", "-1")),
                (2, "--min-distance", ("sphere", "--min-distance", "-1")),
                (2, "--strategy", ("sphere", "--strategy", "both")),
                (2, "--out", ("sphere", "--out", "")),
                (2, "argument", ())):
            self.fails(status, [word], "converge", *arguments)

    def test_run_equals_numpy(self):
        """`sample` with the same seed draws identical pairs, not just statistically equal ones."""
        pairs_file = self.path("pairs.safetensors")
        result = self.study(self.run_folder, "--pairs", "4096", "--levels", LEVELS, "--seed", "9")
        again = self.study(self.run_folder, "--pairs", "4096", "--levels", LEVELS, "--seed", "9")
        self.assertEqual(result["epsilon"][0], EPSILON)
        encoder = lowbend_numpy.Network(self.run_folder / "encoder.safetensors")
        for k, epsilon in enumerate(result["epsilon"]):
            self.succeeds("sample", "sphere", "--pairs", "4096", "--epsilon", epsilon, "--seed",
                          "9", "--out", pairs_file)
            pairs, _ = lowbend_numpy.read_safetensors(pairs_file)
            for name in ("distortion", "bending"):
                self.assertEqual(result[name][k], again[name][k])
            if epsilon < 0.1:
                continue  # rounding of the points starts to matter, which numpy has too
            energy = lowbend_numpy.energy(encoder, pairs, 0.1, 0.0)
            for name in ("distortion", "bending"):
                mean, error = energy[name]
                self.assertLess(abs(result[name][k] - mean), 1e-3 * mean)
                self.assertLess(abs(result["stderr_" + name][k] - error), 1e-2 * error)

    def test_chains_of_a_run_equal_numpy(self):
        """The quarters of a geodesic are the midpoints of its halves."""
        pairs_file = self.path("pairs.safetensors")
        result = self.study(self.run_folder, "--pairs", "4096", "--levels", "2", "--seed", "9",
                            "--strategy", "chain")
        self.assertEqual(result["strategy"], "chain")
        encoder = lowbend_numpy.Network(self.run_folder / "encoder.safetensors")
        for k, epsilon in enumerate(result["epsilon"]):
            self.succeeds("sample", "sphere", "--pairs", "4096", "--epsilon", epsilon, "--seed",
                          "9", "--out", pairs_file)
            pairs, _ = lowbend_numpy.read_safetensors(pairs_file)
            ends = pairs["x"].reshape(-1, 3), pairs["y"].reshape(-1, 3)
            middle = unit(ends[0] + ends[1])
            codes = [encoder(point) for point in (
                ends[0], unit(ends[0] + middle), middle, unit(middle + ends[1]), ends[1])]
            distance = pairs["distance"].astype(float)
            squares = [((codes[j] - codes[i]) ** 2).sum(1) / (distance * (j - i) / 4.0) ** 2
                       for i in range(5) for j in range(i + 1, 5)]
            bent = [((0.5 * (codes[i] + codes[j]) - codes[(i + j) // 2]) ** 2).sum(1) * 64.0 /
                    (distance * (j - i) / 4.0) ** 4 for i, j in ((0, 2), (1, 3), (2, 4), (0, 4))]
            for name, values in (("distortion", [(s - 1.0) ** 2 / s for s in squares]),
                                 ("bending", bent)):
                values = np.mean(values, 0)
                self.assertLess(abs(result[name][k] - values.mean()), 2e-3 * values.mean())
                error = values.std(ddof=1) / math.sqrt(len(values))
                self.assertLess(abs(result["stderr_" + name][k] - error), 1e-2 * error)

    def test_run_is_near_its_final_line(self):
        result = self.study(self.run_folder)
        with open(self.run_folder / "metrics.csv", encoding="ascii", newline="") as file:
            final = [row for row in csv.DictReader(file) if row["phase"] == "encoder-final"][0]
        for name in ("distortion", "bending"):
            error = result["stderr_" + name][0]  # of 16384 pairs; the line has at least 4096
            self.assertLess(abs(result[name][0] - float(final[name])), 4.0 * math.sqrt(5.0) * error)

    def float64_limits(self):
        """Distortion and bending for epsilon -> 0, computed by numpy in float64 from exact
        pairs."""
        rng = np.random.default_rng(3)
        encoder = lowbend_numpy.Network(self.run_folder / "encoder.safetensors")
        x = rng.normal(size=(16384, 3))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        v = np.cross(x, rng.normal(size=x.shape))
        v /= np.linalg.norm(v, axis=1, keepdims=True)
        d = 1e-3
        y, middle = (math.cos(t) * x + math.sin(t) * v for t in (d, d / 2.0))
        return lowbend_numpy.energy(encoder, {"x": x, "y": y, "average": middle,
                                              "distance": np.full(len(x), d)}, 0.1, 0.0)

    def test_limits_of_a_run(self):
        """Extrapolation and rounding errors, compared with an evaluation without rounding."""
        limits = self.float64_limits()
        for strategy in ("ball", "chain", "sample"):
            result = self.study(self.run_folder, "--epsilon", "1", "--levels", "9", "--strategy",
                                strategy)
            self.assertFalse(result["limit_exact"])
            for name in ("distortion", "bending"):
                mean, error = limits[name]
                print(f"{strategy} {name}: limit {result['limit_' + name]}, float64 {mean}")
                own = result["stderr_" + name][2 if strategy == "sample" else 0]
                allowed = 4.0 * np.hypot(error, 2.0 * own)
                self.assertLess(abs(result["limit_" + name] - mean), allowed)
            # At the epsilon where rounding is reported to equal the bending, the measured bending
            # is about doubled.
            below = result["rounding_below"]
            self.assertTrue(1e-4 < below < 0.05, below)
            if strategy == "chain":
                self.assertAlmostEqual(result["slope_bending"], 2.0, delta=0.3)
            elif strategy == "ball":
                self.assertAlmostEqual(result["slope_bending"], 2.0, delta=0.3)
                doubled = self.study(self.run_folder, "--levels", "1", "--epsilon", below)
                self.assertAlmostEqual(doubled["bending"][0], 2.0 * limits["bending"][0],
                                       delta=0.5 * limits["bending"][0])

    def test_constant_encoder(self):
        """gamma_0 is limited as in training and eval: (1e-12 - 1)^2 / 1e-12."""
        run = self.folder / "constant"
        shutil.copytree(self.run_folder, run)
        arrays, metadata = lowbend_numpy.read_safetensors(run / "encoder.safetensors")
        lowbend_numpy.write_safetensors(
            run / "encoder.safetensors",
            {name: np.zeros_like(array) for name, array in arrays.items()}, metadata)
        for strategy in ("ball", "chain", "sample"):
            result = self.study(run, "--pairs", "300", "--levels", "2", "--strategy", strategy)
            np.testing.assert_allclose(result["distortion"], 1e12, rtol=1e-9)
            np.testing.assert_array_equal(result["bending"], 0.0)
        result = json.loads(self.succeeds("eval", run, "--no-attainable", "--points", "64",
                                           "--pairs", "64", "--json"))
        self.assertAlmostEqual(result["distortion"] / 1e12, 1.0, delta=1e-9)
        for name in ("condition_mean", "condition_p95", "pearson"):
            self.assertIsNone(result[name], name)

    def test_user_pairs_have_no_radius(self):
        pairs = self.path("own.safetensors")
        self.succeeds("sample", "sphere", "--pairs", "64", "--out", pairs)
        self.succeeds("train", pairs, "--out", self.path("own"), "--hidden", "8", "--steps", "2",
                      "--pairs", "8", "--decoder-steps", "0", "--quiet")
        self.fails(1, ["user pairs"], "converge", self.path("own"))

    def test_dataset_before_folder(self):
        result = self.run_program("converge", "sphere", "--pairs", "10", cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        (self.folder / "sphere").mkdir()
        result = self.run_program("converge", "sphere", "--pairs", "10", cwd=self.folder)
        (self.folder / "sphere").rmdir()
        self.assertEqual(result.returncode, 0)
        self.assertIn("./sphere", result.stderr)


harness.main()
