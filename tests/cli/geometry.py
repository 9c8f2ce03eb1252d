"""geometry: the projection onto the latent manifold, measurements against closed forms on the
sphere, geodesics and exponentials between images of a file, and RUNs of user pairs."""

import json
import shutil
import signal
import subprocess
import time

import numpy as np

import harness
import lowbend_numpy
import pages

SMALL = ("--hidden", "48,48", "--latent", "4", "--steps", "500", "--decoder-steps", "200",
         "--pairs", "64", "--quiet", "--no-report")
SHORT = ("--steps", 250, "--quiet", "--json")
K = 8


def blobs(n):
    """A blob moving along a circle in 8x8 pictures: a closed curve."""
    rows, columns = np.mgrid[:8, :8]
    angles = 2 * np.pi * np.arange(n)[:, None, None] / n
    return (255 * np.exp(-((columns - 3.5 - 2 * np.cos(angles)) ** 2 +
                           (rows - 3.5 - 2 * np.sin(angles)) ** 2) / 4)).astype(np.uint8)


class Geometry(harness.CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        test = cls("setUp")
        test.succeeds("train", "sphere", "--out", test.path("RUN"), *SMALL)
        test.facts = json.loads(test.succeeds("geometry", test.path("RUN"), "--pairs", 4,
                                              "--segments", K, *SHORT))
        cls.facts = test.facts

    def test_sphere(self):
        """Distances of 2, 4 and 8 epsilon, with epsilon = 0.3."""
        geodesic = self.facts["geodesic"]
        np.testing.assert_allclose(geodesic["d"], [0.6, 1.2, 2.4])
        for key in ("length", "length_over_d", "path_error", "image_mse", "line_mse", "blend_mse"):
            for name in (key, f"{key}_stderr"):
                self.assertEqual(len(geodesic[name]), 3, name)
                self.assertTrue(np.all(np.isfinite(geodesic[name])), name)
        np.testing.assert_allclose(geodesic["length_over_d"], 1.0, atol=0.05)
        np.testing.assert_allclose(
            np.array(geodesic["length"]) / geodesic["d"] / self.facts["scale"],
            geodesic["length_over_d"], rtol=1e-6)
        self.assertLess(max(geodesic["path_error"]), 0.1)
        # Images are points here. Mean squared error of the blend against the great circle, over the
        # codes between the ends and three coordinates.
        t = np.arange(1, K) / K
        for d, blend in zip(geodesic["d"], geodesic["blend_mse"]):
            chord = np.stack([1 - t + t * np.cos(d), t * np.sin(d)])
            circle = np.stack([np.cos(t * d), np.sin(t * d)])
            self.assertAlmostEqual(blend / (np.sum((chord - circle) ** 2) / (3 * (K - 1))), 1, 4)
        self.assertLess(geodesic["image_mse"][2], 0.3 * geodesic["line_mse"][2])
        self.assertLess(max(self.facts["exponential"]["error"]), 0.3)
        self.assertLess(max(self.facts["transport"]["angle_error"]), 0.3)
        self.assertEqual(self.facts["mean"]["d"], geodesic["d"])
        self.assertLess(max(self.facts["mean"]["error"]), 0.1)
        holonomy = self.facts["holonomy"]
        self.assertGreater(len(holonomy["area"]), 3)
        np.testing.assert_allclose(holonomy["angle"], holonomy["area"], rtol=0.3, atol=0.05)

    def test_files(self):
        """geometry.json equals the printed output; the projection hardly moves codes; an existing
        projection is kept."""
        run = self.folder / "RUN"
        self.assertEqual(json.loads((run / "geometry.json").read_text()), self.facts)
        self.assertTrue((run / "geometry.png").read_bytes().startswith(b"\x89PNG"))
        self.assertFalse((run / "projection-checkpoint.safetensors").exists())
        latent, _ = lowbend_numpy.read_safetensors(str(run / "latent.safetensors"))
        codes = latent["latent"]
        network = lowbend_numpy.Network(str(run / "projection.safetensors"))
        moved = np.linalg.norm(network(codes) - codes, axis=1)
        self.assertAlmostEqual(moved.mean() / self.facts["residual"], 1.0, delta=0.15)
        before = (run / "projection.safetensors").read_bytes()
        self.succeeds("geometry", run, "--pairs", 2, "--segments", K, *SHORT)
        self.assertEqual((run / "projection.safetensors").read_bytes(), before)

    def test_other_commands(self):
        """eval, interpolate and the report also follow the latent geodesic. Over long distances,
        where the straight line leaves the sphere, its error is a fraction of the straight
        line's."""
        run = self.path("RUN")
        text = self.succeeds("eval", run, "--points", 256, "--pairs", 256, "--json", "--quiet",
                             "--no-attainable")
        entries = json.loads(text)["interpolation"]
        self.assertEqual(json.loads((self.folder / "RUN" / "eval.json").read_text()),
                         json.loads(text))
        far = entries[-1]
        self.assertGreater(far["d"], 2.0)
        self.assertLess(far["geodesic_mse"], 0.3 * far["image_mse"])
        self.assertGreater(far["geodesic_mse_stderr"], 0)
        command = ("interpolate", run, "--out", self.path("with.png"), "--pairs", 8, "--distances",
                   "6", "--quiet")
        row = json.loads(self.succeeds(*command, "--json"))["runs"][0]["interpolation"][0]
        self.assertLess(row["geodesic_mse"], 0.3 * row["image_mse"])
        self.assertIn("geodesic  ", self.succeeds(*command))
        self.succeeds("report", run, "--out", self.path("page.html"), "--points", 100, "--quiet")
        paths = pages.Page((self.folder / "page.html").read_text()).data["runs"][0]["paths"]
        images = np.array(paths["followedNumbers"]).reshape(len(paths["distance"]), -1, 3)
        off = np.mean((images - np.array(paths["truthNumbers"]).reshape(images.shape)) ** 2, axis=2)
        np.testing.assert_allclose(np.ravel(off), paths["followedError"], atol=2e-3)
        self.assertLess(np.mean(paths["followedError"]), 0.3 * np.mean(paths["decodedError"]))
        self.assertEqual(len(paths["latentGeodesic"]), len(paths["curve"]))

    def key_frames(self):
        """Three points on the sphere, the first two a right angle apart."""
        points = np.array([[1, 0, 0], [0, 1, 0], [0, 0.6, 0.8]], np.float32)
        np.save(self.path("keys.npy"), points)
        self.succeeds("encode", self.path("RUN"), self.path("keys.npy"), "--out",
                      self.path("z.npy"))
        return np.load(self.path("z.npy"))

    def curve(self, command, *arguments):
        out = self.path("out.safetensors")
        text = self.succeeds(command, self.path("RUN"), self.path("keys.npy"), "--out", out,
                             "--segments", K, "--json", "--quiet", *arguments)
        return lowbend_numpy.read_safetensors(out)[0], json.loads(text)

    def test_geodesic(self):
        codes = self.key_frames()
        arrays, facts = self.curve("geodesic")
        self.assertEqual(facts["frames"], 2 * K + 1)
        latent = arrays["latent"].astype(np.float64)
        np.testing.assert_array_equal(arrays["latent"][[0, K, 2 * K]], codes)
        np.testing.assert_array_equal(arrays["line"], [0] * K + [1] * (K + 1))
        steps = np.linalg.norm(np.diff(latent, axis=0), axis=1)
        network = lowbend_numpy.Network(str(self.folder / "RUN" / "projection.safetensors"))
        for i, line in enumerate(facts["lines"]):
            own = slice(i * K, (i + 1) * K)
            inner = latent[i * K + 1:(i + 1) * K]
            self.assertEqual((line["from"], line["to"]), (i, i + 1))
            self.assertTrue(line["converged"])
            self.assertAlmostEqual(line["length"] / steps[own].sum(), 1, 4)
            self.assertAlmostEqual(line["energy"] / (K * (steps[own] ** 2).sum()), 1, 4)
            self.assertAlmostEqual(line["distance"] / np.linalg.norm(codes[i + 1] - codes[i]), 1, 4)
            off = np.linalg.norm(network(inner) - inner, axis=1).mean()
            self.assertAlmostEqual(line["residual"], off, delta=2e-5)
        # A quarter of a great circle, and its middle.
        self.assertAlmostEqual(facts["lines"][0]["length"] / self.facts["scale"], np.pi / 2,
                               delta=0.08)
        middle = arrays["images"][K // 2].ravel()
        np.testing.assert_allclose(middle, np.sqrt([0.5, 0.5, 0]), atol=0.1)
        # A single separate line gives the same curve.
        alone, _ = self.curve("geodesic", "--between", "1:2")
        np.testing.assert_array_equal(alone["latent"], arrays["latent"][K:])

    def test_fresh_points(self):
        """Two pairs of points, a quarter of a great circle apart, with the decoder's metric, under
        which lengths are those in space."""
        out = self.path("fresh.safetensors")
        command = ("geodesic", self.path("RUN"), "--distance", np.pi / 2, "--pairs", 2,
                   "--segments", K, "--out", out, "--json", "--quiet")
        for metric, scale in (("euclidean", self.facts["scale"]), ("decoder", 1.0)):
            facts = json.loads(self.succeeds(*command, "--metric", metric))
            self.assertAlmostEqual(facts["d"], np.pi / 2)
            arrays, _ = lowbend_numpy.read_safetensors(out)
            for i, line in enumerate(facts["lines"]):
                self.assertEqual((line["from"], line["to"]), (2 * i, 2 * i + 1))
                self.assertAlmostEqual(line["image_distance"], np.sqrt(2), 3)
                self.assertAlmostEqual(line["length"] / scale, np.pi / 2, delta=0.08)
            points = arrays["images"].reshape(2, K + 1, 3)
            np.testing.assert_allclose(np.sum(points[:, 0] * points[:, K], axis=1), 0, atol=0.1)
        steps = np.linalg.norm(np.diff(points, axis=1), axis=2)
        np.testing.assert_allclose(steps.sum(axis=1), [line["length"] for line in facts["lines"]],
                                   rtol=1e-3)
        run, end = self.path("RUN"), ("--out", self.path("no.npy"))
        self.fails(2, ["--metric"], "geodesic", run, "--distance", 1, *end, "--metric", "x")
        self.fails(2, ["IMAGES"], "geodesic", run, *end)
        self.fails(2, ["--distance"], "geodesic", run, "keys.npy", "--distance", 1, *end)
        self.fails(2, ["--loop"], "geodesic", run, "--distance", 1, "--loop", *end)
        self.fails(2, ["--pairs"], "geodesic", run, "keys.npy", "--pairs", 2, *end)
        self.fails(1, ["distance 4"], "geodesic", run, "--distance", 4, *end)

    def test_exponential(self):
        """Going as far again beyond the second point reaches the antipode of the first."""
        self.key_frames()
        there, _ = self.curve("geodesic", "--between", "0:1")
        arrays, facts = self.curve("exponential", "--steps", K)
        self.assertEqual(facts["frames"], 2 * K + 1)
        np.testing.assert_allclose(arrays["t"], np.arange(2 * K + 1) / K, rtol=1e-6)
        np.testing.assert_array_equal(arrays["latent"][:K + 1], there["latent"])
        self.assertLess(np.linalg.norm(arrays["images"][-1].ravel() - [-1, 0, 0]), 0.4)

    def test_mean(self):
        """Mean of two points at a right angle: the weights determine its place on the great
        circle."""
        self.key_frames()
        np.save(self.path("two.npy"), np.load(self.path("keys.npy"))[:2])
        for weights, angle in ((None, np.pi / 4), ("1,3", 3 * np.pi / 8)):
            given = () if weights is None else ("--weights", weights)
            facts = json.loads(self.succeeds("mean", self.path("RUN"), self.path("two.npy"),
                                             "--out", self.path("mean.safetensors"), "--json",
                                             "--quiet", "--segments", K, *given))
            arrays, _ = lowbend_numpy.read_safetensors(self.path("mean.safetensors"))
            self.assertEqual(arrays["latent"].shape, (1, 4))
            np.testing.assert_allclose(arrays["images"].ravel(), [np.cos(angle), np.sin(angle), 0],
                                       atol=0.1)
            share = 0.25 if weights is None else 0.75 * 0.25
            self.assertAlmostEqual(
                facts["variance"] / (share * (self.facts["scale"] * np.pi / 2) ** 2), 1, delta=0.1)
            self.assertLess(facts["gradient"], 0.05)
        np.save(self.path("weights.npy"), np.array([1, 3]))
        again = json.loads(self.succeeds("mean", self.path("RUN"), self.path("two.npy"), "--out",
                                         self.path("more.safetensors"), "--json", "--quiet",
                                         "--segments", K, "--weights", self.path("weights.npy"),
                                         "--principal"))
        self.assertEqual(again, facts)
        more, _ = lowbend_numpy.read_safetensors(self.path("more.safetensors"))
        np.testing.assert_array_equal(more["latent"], arrays["latent"])
        self.assertEqual(more["directions"].shape, (2, 4))
        # All the variance is along the great circle; the direction joins the codes of its ends.
        np.testing.assert_allclose(more["variances"] / facts["variance"], [1, 0], atol=0.02)
        way = np.subtract(*np.load(self.path("z.npy"))[:2])
        self.assertGreater(abs(more["directions"][0] @ way) / np.linalg.norm(way), 0.9)
        self.fails(1, ["weights.npy", "(2)", "3"], "mean", self.path("RUN"), self.path("keys.npy"),
                   "--weights", self.path("weights.npy"), "--out", self.path("no.npy"))
        self.fails(1, [".safetensors"], "mean", self.path("RUN"), self.path("two.npy"),
                   "--principal", "--out", self.path("no.npy"))
        self.fails(1, ["3 weights"], "mean", self.path("RUN"), self.path("two.npy"), "--weights",
                   "1,2,3", "--out", self.path("no.npy"))
        self.fails(1, ["-1"], "mean", self.path("RUN"), self.path("two.npy"), "--weights", "2,-1",
                   "--out", self.path("no.npy"))
        self.fails(2, ["--weights"], "mean", self.path("RUN"), self.path("two.npy"), "--weights",
                   "1,x", "--out", self.path("no.npy"))

    def test_without_projection(self):
        self.key_frames()
        shutil.copytree(self.folder / "RUN", self.folder / "BARE")
        (self.folder / "BARE" / "projection.safetensors").unlink()
        self.fails(1, ["lowbend geometry"], "geodesic", self.path("BARE"), self.path("keys.npy"),
                   "--out", self.path("no.npy"))
        self.assertFalse((self.folder / "no.npy").exists())
        self.fails(2, ["--out"], "geodesic", self.path("RUN"), self.path("keys.npy"))
        self.fails(1, ["row 7"], "exponential", self.path("RUN"), self.path("keys.npy"), "--to", 7,
                   "--out", self.path("no.npy"))

    def test_user_pairs(self):
        """The dimension of user pairs is not stated, but found: they lie on a curve."""
        np.save(self.path("images.npy"), blobs(400))
        self.succeeds("pairs", self.path("images.npy"), "--neighbours", 12, "--tolerance", 0.2,
                      "--out", self.path("own.safetensors"))
        self.succeeds("train", self.path("own.safetensors"), "--out", self.path("OWN"), *SMALL)
        facts = json.loads(self.succeeds("geometry", self.path("OWN"), "--steps", 700,
                                         "--quiet", "--json"))
        self.assertEqual(facts["dimension"], 1)
        self.assertGreater(facts["spread"], facts["residual"])
        self.assertFalse((self.folder / "OWN" / "geometry.json").exists())
        # The curve's 400 images are closer together than the noise, except when it is tiny.
        for sigma, sparse in ((facts["sigma"], False), (facts["sigma"] / 50, True)):
            result = self.run_program("geometry", self.path("OWN"), "--steps", 2, "--sigma", sigma,
                                      "--overwrite", "--dimension", 1)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual("isolated codes" in result.stderr, sparse, result.stderr)

    def test_refusals(self):
        self.fails(1, ["none"], "geometry", self.path("none"))
        self.fails(2, ["--segments"], "geometry", self.path("RUN"), "--segments", 3)
        self.fails(2, ["--sigma"], "geometry", self.path("RUN"), "--sigma", 0)
        self.fails(1, ["dimension 5"], "geometry", self.path("RUN"), "--dimension", 5)

    def test_stopped(self):
        """A signal leaves a checkpoint, and the same command resumes from it."""
        shutil.copytree(self.folder / "RUN", self.folder / "STOP")
        state = self.folder / "STOP" / "projection-checkpoint.safetensors"
        command = ("geometry", self.path("STOP"), "--steps", "100000", "--quiet")
        process = subprocess.Popen([harness.PROGRAM, *command], stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + 60
        while not state.exists() and time.monotonic() < end:
            time.sleep(0.1)  # wait for the first checkpoint
        process.send_signal(signal.SIGINT)
        message = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 130, message)
        self.assertIn("stopped at step", message)
        self.assertTrue(state.exists())
        self.fails(1, ["--overwrite"], "geometry", self.path("STOP"), "--steps", 1000, "--quiet")


if __name__ == "__main__":
    harness.main()
