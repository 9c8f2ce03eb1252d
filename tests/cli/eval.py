"""eval against numpy in float64, against embeddings with known measures, and rejected input."""

import json
import pathlib
import resource
import shutil
import signal
import subprocess
import time

import numpy as np

import evaluate_numpy
import harness
import lowbend_numpy

POINTS = 256
PAIRS = 2048
SAMPLES = 20

# What the manifold allows where E* is unknown, and how close the run gets.
ATTAINABLE = ["attainable", "attainable_recall", "ratio"]
NUMBERS = ["E", "E_stderr", "distortion", "distortion_stderr", "bending", "bending_stderr",
           "E_star", "gap", *ATTAINABLE, "sigma_min", "sigma_median", "sigma_max",
           "mean_abs_log_sigma", "scale",
           "scaled_isometry_error", "condition_mean", "condition_p95", "bending_normal",
           "bending_tangential", "stress", "pearson", "spearman", "min_ratio",
           "reconstruction_mse", "psnr", "knn_recall", "trustworthiness", "continuity"]
ERRORS = ["latent_gap", "off_manifold", "image_mse", "geodesic_mse", "blend_mse"]
PICTURES = ["singular_values.png", "distances.png", "interpolation_error.png"]


class Eval(harness.CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.runs = {}
        cls.results = {}
        for dataset, networks in (
                ("sphere", ["--hidden", "33,17"]),
                ("torus-points", ["--hidden", "33,dense4x4x3,conv5,17", "--decoder-hidden",
                                  "17,dense2x2x3,up,conv3,8"])):
            run = cls.folder / dataset
            command = [harness.PROGRAM, "train", dataset, "--out", str(run), *networks,
                       "--latent", "5", "--steps", "300", "--decoder-steps", "50", "--pairs", "64",
                       "--lambda", "0.1", "--quiet"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                           timeout=harness.TIME_LIMIT)
            cls.runs[dataset] = run

    def evaluate(self, run, seed=0):
        text = self.succeeds("eval", run, "--json", "--points", POINTS, "--pairs", PAIRS, "--seed",
                             seed, "--no-attainable")
        self.assertEqual((pathlib.Path(run) / "eval.json").read_text(), text.rstrip("\n"))
        return json.loads(text)

    def trained(self, dataset):
        """Numbers of a trained RUN that has all its files; measured once."""
        if dataset not in self.results:
            self.results[dataset] = self.evaluate(self.runs[dataset])
        return self.results[dataset]

    def embedding(self, dataset, channels, **settings):
        """A RUN whose encoder is the identity, so it is the dataset's own embedding of the
        manifold."""
        run = self.folder / f"exact-{dataset}"
        run.mkdir()
        config = json.loads((self.runs["sphere"] / "config.json").read_text())
        config.update({"dataset": dataset, "latent": channels, "decoder-steps": 0, **settings})
        (run / "config.json").write_text(json.dumps(config))
        lowbend_numpy.write_safetensors(
            run / "encoder.safetensors",
            {"layer0.weight": np.eye(channels, dtype=np.float32),
             "layer0.bias": np.zeros(channels, np.float32)},
            {"activation": "elu", "output_activation": "linear"})
        return run

    # ---- output ---------------------------------------------------------------------------------

    def test_keys_and_files(self):
        run = self.runs["sphere"]
        result = self.trained("sphere")
        self.assertEqual(list(result), [*NUMBERS, "interpolation", "pca_variance"])
        for name in NUMBERS:
            known = not name.startswith("attainable")  # E* is more informative
            self.assertIsInstance(result[name], float if known else type(None), name)
        self.assertAlmostEqual(result["ratio"], result["E"] / result["E_star"], delta=1e-9)
        self.assertEqual(len(result["pca_variance"]), 5)
        self.assertGreaterEqual(len(result["interpolation"]), 4)
        for entry in result["interpolation"]:
            self.assertEqual(list(entry), ["d", *(key for name in ERRORS
                                                  for key in (name, name + "_stderr"))])
            for name, value in entry.items():
                if name.startswith("geodesic_mse"):  # no projection
                    self.assertIsNone(value)
                    continue
                self.assertIsInstance(value, float, name)
        for name in PICTURES:
            self.assertTrue((run / name).read_bytes().startswith(b"\x89PNG"), name)
        self.assertEqual([path for path in run.iterdir() if "tmp" in path.name], [])

    def test_list_of_numbers(self):
        """The list of numbers matches eval.json, and numpy measures all of them too."""
        listed = json.loads(self.succeeds("eval", "--list-numbers", "--json"))
        keys = [key for number in listed for key in
                [number["key"], *([number["key"] + "_stderr"] if number["stderr"] else [])]]
        self.assertEqual(keys, NUMBERS)
        for number in listed:
            self.assertIn(number["better"], ("lower", "higher", "near 1", None))
        mine = evaluate_numpy.evaluate(self.runs["sphere"], 64, 2)
        here = {number["key"] for number in listed}
        self.assertEqual(here - set(mine), {"E_star", "gap", *ATTAINABLE})  # these are closed forms
        self.assertEqual({name for name in mine if name not in here},
                         {f"pca_variance {i}" for i in range(5)})
        lines = self.succeeds("eval", "--list-numbers").splitlines()[1:]
        self.assertEqual([line.split()[0] for line in lines],
                         [number["key"] for number in listed])

    def test_table(self):
        result = self.trained("sphere")
        text = self.succeeds("eval", self.runs["sphere"], "--points", POINTS, "--pairs", PAIRS)
        lines = {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
        for name in NUMBERS:
            if name.startswith("attainable"):  # no row of dashes where E* is known
                self.assertIsNone(result[name])
                self.assertNotIn(name, lines)
            elif not name.endswith("_stderr"):
                self.assertAlmostEqual(float(lines[name][1]) / result[name], 1.0, delta=1e-4)
                self.assertGreater(len(lines[name]), 2, f"{name} is not explained")
        for entry in result["interpolation"]:
            shown = lines["%.4g" % entry["d"]]
            self.assertEqual(len(shown), 5)
            self.assertAlmostEqual(float(shown[1]) / entry["latent_gap"], 1.0, delta=1e-3)
        self.assertNotRegex(text, r"(?m)[ \t]$")

    def test_attainable(self):
        """Where E* is unknown, attainable E is trained once, cached, and shown with all numbers of
        a RUN."""
        run = self.folder / "cap"
        cache = self.folder / "cache"
        self.succeeds("train", "hemisphere", "--cap", "60", "--lambda", "0.1", "--epsilon", "0.3",
                      "--latent", "6", "--hidden", "16", "--steps", "50", "--decoder-steps", "0",
                      "--out", run, "--no-report", "--quiet")
        command = ("eval", run, "--pairs", "64", "--points", "64", "--json")
        environment = {"XDG_CACHE_HOME": str(cache)}
        without = json.loads(self.succeeds(*command, "--no-attainable", environment=environment))
        self.assertEqual([without[name] for name in ATTAINABLE], [None] * 3)
        self.assertFalse(list(cache.rglob("attainable-*")))
        result = json.loads(self.succeeds(*command, environment=environment))
        # Result of the prototype: 4000 steps of 128,128 with softplus.
        self.assertAlmostEqual(result["attainable"] / 0.0233, 1.0, delta=0.02)
        self.assertTrue(0.95 < result["attainable_recall"] <= 1.0)
        self.assertAlmostEqual(result["ratio"] * result["attainable"] / result["E"], 1.0,
                               delta=1e-9)
        kept, = cache.rglob("attainable-*.json")  # a shortened training is not cached
        stated = json.loads(kept.read_text())
        # The cache has all digits, eval.json has 15.
        self.assertEqual(float(f"{stated['attainable']:.15g}"), result["attainable"])
        stated["attainable"] = 0.5  # to recognise numbers from the cache
        kept.write_text(json.dumps(stated))
        again = json.loads(self.succeeds(*command, "--no-attainable", environment=environment))
        self.assertEqual(again["attainable"], 0.5)
        shown = json.loads(self.succeeds("info", run, "--json"))["evaluation"]
        self.assertEqual([shown[name] for name in ATTAINABLE], [again[name] for name in ATTAINABLE])
        self.assertIn("attainable 0.5", self.succeeds("info", run))
        page = self.folder / "cap.html"
        self.succeeds("report", run, "--out", page, environment=environment)
        self.assertIn("attainable", page.read_text())

    def test_same_seed_same_bytes(self):
        run = self.runs["torus-points"]
        contents = []
        for seed in (7, 7, 8):
            self.evaluate(run, seed)
            contents.append((run / "eval.json").read_bytes())
        self.assertEqual(contents[0], contents[1])
        first, other = (json.loads(contents[i]) for i in (0, 2))
        for name in NUMBERS:
            if name not in ("E_star", "attainable", "attainable_recall"):
                self.assertNotEqual(first[name], other[name], name)

    # ---- numpy ----------------------------------------------------------------------------------

    def check_against_numpy(self, dataset):
        """Both measure the same number of random points, but different ones: allow for sampling
        error."""
        run = self.runs[dataset]
        result = dict(self.trained(dataset))
        result.update((f"pca_variance {i}", share) for i, share in
                      enumerate(result["pca_variance"]))
        for name, (mean, deviation) in evaluate_numpy.evaluate(run, POINTS, SAMPLES).items():
            print(f"{dataset} {name}: {result[name]:.6g}, numpy {mean:.6g} +- {deviation:.2g}")
            self.assertLess(abs(result[name] - mean), 5.0 * deviation + 1e-6 * abs(mean), name)
        numpy_run = evaluate_numpy.Run(run)
        energies = evaluate_numpy.spread(
            lambda rng: evaluate_numpy.energy(numpy_run, rng, PAIRS), SAMPLES)
        for name, (mean, deviation) in energies.items():
            self.assertLess(abs(result[name] - mean), 5.0 * deviation, name)
            self.assertLess(abs(np.log(result[name + "_stderr"] / deviation)), np.log(2.0), name)
        h = {"sphere": 1.0, "torus-points": 0.75}[dataset]
        self.assertAlmostEqual(result["E_star"], 2.0 * np.sqrt(1.0 + 0.1 * h) - 2.0, places=7)
        self.assertAlmostEqual(result["gap"], result["E"] - result["E_star"], places=12)

    def test_sphere_is_numpys(self):
        self.check_against_numpy("sphere")

    def test_torus_is_numpys(self):
        self.check_against_numpy("torus-points")

    def test_interpolation_is_numpys(self):
        for dataset, run in self.runs.items():
            numpy_run = evaluate_numpy.Run(run)
            for entry in self.trained(dataset)["interpolation"]:
                d = entry["d"]
                if d >= numpy_run.geometry.injectivity_radius:
                    continue
                expected = evaluate_numpy.spread(
                    lambda rng: evaluate_numpy.interpolation(numpy_run, rng, POINTS, d), 8)
                for name, (mean, deviation) in expected.items():
                    error = np.hypot(deviation, entry[name + "_stderr"])
                    difference = abs(entry[name] - mean)
                    self.assertLess(difference, 5.0 * error + 1e-5 * abs(mean), f"{name} at {d}")

    # ---- known embeddings -----------------------------------------------------------------------

    def check_isometry(self, dataset, channels, bending=None, **settings):
        """Singular values are 1 and no part of the bending is tangential. Codes are float32."""
        result = self.evaluate(self.embedding(dataset, channels, **settings))
        print(dataset, {name: result[name] for name in NUMBERS if name.startswith(("s", "bend"))})
        for name in ("sigma_min", "sigma_median", "sigma_max", "scale", "condition_mean",
                     "condition_p95"):
            self.assertAlmostEqual(result[name], 1.0, delta=5e-5, msg=name)
        for name in ("mean_abs_log_sigma", "scaled_isometry_error", "bending_tangential"):
            self.assertLess(result[name], 5e-5, name)
        if bending is not None:
            self.assertAlmostEqual(result["bending_normal"], bending, delta=2e-4 * bending)
        for name in ("reconstruction_mse", "psnr"):
            self.assertIsNone(result[name])
        for entry in result["interpolation"]:
            self.assertIsNone(entry["image_mse"])
            self.assertIsNotNone(entry["blend_mse"])
        return result

    def check_energy(self, result, moments):
        """E of pairs whose quotients depend on d alone, as expectations over d."""
        gamma, bending = moments
        for name, value in (("distortion", gamma), ("bending", bending)):
            error = 5.0 * result[name + "_stderr"] + 1e-4 * value
            self.assertAlmostEqual(result[name], value, delta=error, msg=name)

    def expectations(self, density, first, second):
        """Means of gamma(|first quotient|) and |second quotient|^2 over 0.03 <= d <= 0.3."""
        d = np.linspace(0.03, 0.3, 100001)
        weight = density(d) / density(d).sum()
        square = first(d) ** 2
        return ((square - 1.0) ** 2 / square * weight).sum(), (second(d) ** 2 * weight).sum()

    def test_sphere_embedding(self):
        result = self.check_isometry("sphere", 3, 1.0)
        self.check_energy(result, self.expectations(
            np.sin, lambda d: 2.0 * np.sin(d / 2.0) / d,
            lambda d: 16.0 * np.sin(d / 4.0) ** 2 / d ** 2))
        # |x - y| = 2 sin(d/2) is monotone in d, and smallest against d at antipodes.
        self.assertAlmostEqual(result["spearman"], 1.0, delta=1e-6)
        self.assertEqual(result["knn_recall"], 1.0)
        self.assertAlmostEqual(result["min_ratio"], 2.0 / np.pi, delta=5e-3)
        for entry in result["interpolation"]:  # (x + y) / 2 is cos(d/2) times the midpoint
            gap = 2.0 * np.sin(entry["d"] / 4.0) ** 2
            self.assertAlmostEqual(entry["latent_gap"], gap, delta=1e-5)

    def test_rotations_embedding(self):
        result = self.check_isometry("so3-points", 9, 1.0)
        self.check_energy(result, self.expectations(
            lambda d: np.sin(d / 2.0) ** 2, lambda d: 2.0 * np.sin(d / 2.0) / d,
            lambda d: 16.0 * np.sin(d / 4.0) ** 2 / d ** 2))

    def test_projective_plane_embedding(self):
        result = self.check_isometry("rp2-points", 9, 4.0)
        self.check_energy(result, self.expectations(
            np.sin, lambda d: np.sin(d) / d, lambda d: 8.0 * np.sin(d / 2.0) ** 2 / d ** 2))

    def test_flat_embeddings(self):
        self.check_isometry("torus-points", 4, 0.75)
        self.check_isometry("klein-points", 7, epsilon=0.05)

    def test_manifolds_with_boundary(self):
        self.check_isometry("hemisphere", 3, 1.0)
        self.check_isometry("box-points", 2)
        self.check_isometry("se2-points", 4, 0.8)  # the circle's radius is 1/2: |v_3|^4 / (1/2)^2
        result = self.check_isometry("bures-points", 4)
        self.assertGreater(result["bending_normal"], 8.0 / (5.0 * 4.0))
        self.assertLess(result["bending_normal"], 8.0 / (5.0 * 0.5))

    def test_projections_have_no_inverse(self):
        """With as many codes as dimensions all bending is tangential; with fewer, one singular
        value is 0."""
        run = self.embedding("sphere-points", 3)
        config = json.loads((run / "config.json").read_text())
        for codes in (2, 1):
            (run / "config.json").write_text(json.dumps({**config, "latent": codes}))
            lowbend_numpy.write_safetensors(
                run / "encoder.safetensors",
                {"layer0.weight": np.eye(3, codes, dtype=np.float32),
                 "layer0.bias": np.zeros(codes, np.float32)},
                {"activation": "elu", "output_activation": "linear"})
            result = self.evaluate(run)
            # The mean of x_i^2 over the sphere is 1/3, |Hess x_i(v,v)| = |x_i|.
            deviation = 0.3 * np.sqrt(codes / POINTS)
            self.assertAlmostEqual(result["bending_tangential"], codes / 3.0, delta=5 * deviation)
            self.assertLess(result["bending_normal"], 1e-4)
        self.assertEqual(result["sigma_min"], 0.0)
        for name in ("mean_abs_log_sigma", "scaled_isometry_error", "condition_mean"):
            self.assertIsNone(result[name], name)

    def test_user_pairs(self):
        """Only held-out pairs count: E is the final E of training, on the same pairs."""
        pairs = self.path("pairs.safetensors")
        self.succeeds("sample", "sphere", "--pairs", "1500", "--out", pairs)
        run = self.folder / "own"
        self.succeeds("train", pairs, "--out", run, "--hidden", "16", "--latent", "4", "--steps",
                      "50", "--decoder-steps", "20", "--pairs", "50", "--quiet")
        result = self.evaluate(run)
        names, *lines = (run / "metrics.csv").read_text().splitlines()
        final = {line.split(",")[1]: dict(zip(names.split(","), line.split(",")))
                 for line in lines if "-final," in line}
        for name, column in (("E", "loss"), ("bending", "bending"), ("distortion", "distortion")):
            expected = float(final["encoder-final"][column])
            self.assertAlmostEqual(result[name] / expected, 1.0, delta=1e-4, msg=name)
        arrays, _ = lowbend_numpy.read_safetensors(run / "latent.safetensors")
        images, _ = lowbend_numpy.read_safetensors(pairs)
        images = images["x"][arrays["index"]].astype(np.float64)
        encoder = lowbend_numpy.Network(run / "encoder.safetensors")
        decoder = lowbend_numpy.Network(run / "decoder.safetensors")
        expected = ((decoder(encoder(images)) - images) ** 2).mean()
        self.assertAlmostEqual(result["reconstruction_mse"] / expected, 1.0, delta=1e-4)
        for number in json.loads(self.succeeds("eval", "--list-numbers", "--json")):
            self.assertEqual(result[number["key"]] is None, number["needs_manifold"], number)
        self.assertEqual((result["interpolation"], result["pca_variance"]), ([], []))
        self.assertIn("held-out", self.succeeds("eval", run))

    # ---- errors ---------------------------------------------------------------------------------

    def test_wrong_usage(self):
        self.fails(2, ["RUN"], "eval")
        self.fails(2, ["--points"], "eval", self.runs["sphere"], "--points", "10")
        self.fails(2, ["--pairs"], "eval", self.runs["sphere"], "--pairs", "1")
        self.fails(2, ["--epsilon"], "eval", self.runs["sphere"], "--epsilon", "0.1")

    def test_missing_run(self):
        self.fails(1, ["nothing"], "eval", self.path("nothing"))
        empty = self.folder / "empty"
        empty.mkdir()
        self.fails(1, ["empty", "config.json"], "eval", empty)

    def test_codes_that_are_not_finite(self):
        run = self.folder / "huge"
        shutil.copytree(self.runs["sphere"], run)
        (run / "eval.json").unlink(missing_ok=True)
        arrays, metadata = lowbend_numpy.read_safetensors(run / "encoder.safetensors")
        for name in ("layer1.weight", "layer2.weight"):
            arrays[name] = np.full_like(arrays[name], 1e30)
        lowbend_numpy.write_safetensors(run / "encoder.safetensors", arrays, metadata)
        self.fails(1, ["huge", "not finite"], "eval", run, "--quiet")
        self.assertFalse((run / "eval.json").exists())

    def test_unwritable_run(self):
        run = self.folder / "locked"
        shutil.copytree(self.runs["sphere"], run)
        (run / "eval.json").unlink(missing_ok=True)
        (run / "eval.json").mkdir()
        self.fails(1, ["eval.json"], "eval", run, "--quiet", "--points", "64", "--pairs", "64")

    def test_interrupted(self):
        run = self.folder / "stopped"
        shutil.copytree(self.runs["sphere"], run)
        (run / "eval.json").unlink(missing_ok=True)
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            process = subprocess.Popen([harness.PROGRAM, "eval", str(run), "--pairs", "300000"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertIn("energy", process.stderr.readline())
            process.send_signal(number)
            output, message = process.communicate(timeout=harness.TIME_LIMIT)
            self.assertEqual((process.returncode, output), (status, ""), message)
            self.assertRegex(message, r"(?m)^lowbend: .*stopped.*\(.+\)$")
            self.assertFalse((run / "eval.json").exists())

    def test_interrupted_within_a_measure(self):
        """Interrupted during the distance matrix of many points, which takes minutes."""
        run = self.folder / "stopped-within"
        shutil.copytree(self.runs["sphere"], run)
        (run / "eval.json").unlink(missing_ok=True)
        with subprocess.Popen([harness.PROGRAM, "eval", str(run), "--pairs", "64", "--points",
                               "6000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            # 32 bytes for each of 6000^2 pairs, in MiB.
            self.assertRegex(process.stderr.readline(), r"memory +1098\.6 MiB")
            while "distances" not in process.stderr.readline():
                self.assertIsNone(process.poll())
            start = time.monotonic()
            process.send_signal(signal.SIGINT)
            output, message = process.communicate(timeout=harness.TIME_LIMIT)
            self.assertLess(time.monotonic() - start, 15.0)  # kernels may need compiling first
        self.assertEqual((process.returncode, output), (130, ""), message)
        self.assertRegex(message, r"(?m)^lowbend: .*stopped.*\(.+\)$")
        self.assertFalse((run / "eval.json").exists())

    def test_too_little_memory(self):
        """Rejected before any allocation."""
        allowed = 1900 << 20  # address space; 8192 points would need 32 * 8192^2 bytes
        self.fails(1, ["8192 points", "2048.0 MiB", "1900.0 MiB", "fewer"], "eval",
                   self.runs["sphere"], "--quiet", "--points", "8192",
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed)))

    def test_interrupted_in_the_last_measure(self):
        run = self.folder / "stopped-late"
        shutil.copytree(self.runs["sphere"], run)
        (run / "eval.json").unlink(missing_ok=True)
        with subprocess.Popen([harness.PROGRAM, "eval", str(run), "--pairs", "64"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            while "interpolation" not in process.stderr.readline():
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            output, message = process.communicate(timeout=harness.TIME_LIMIT)
        self.assertEqual((process.returncode, output), (130, ""), message)
        self.assertRegex(message, r"(?m)^lowbend: .*stopped.*\(.+\)$")
        self.assertFalse((run / "eval.json").exists())


harness.main()
