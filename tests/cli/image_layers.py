"""Convolutional RUNs in the commands that use networks, against numpy in float64."""

import json

import numpy as np

import lowbend_numpy
import pages

TINY = ("--hidden", "pool,conv6,pool,conv10s1,16", "--latent", "4", "--pairs", "16", "--size", "16",
        "--lambda", "0.1")
# Multiply-adds per image: 8x8 pixels of 3x3x3 patches, 4x4 of 3x3x6, then dense layers.
PRODUCTS = [64 * 27 * 6, 16 * 54 * 10, 160 * 16, 16 * 4]


class ImageLayers(pages.ReportTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_folder = cls.folder / "RUN"
        cls("setUp").succeeds("train", "rotating-object", "--out", cls.run_folder, *TINY, "--steps",
                              "150", "--decoder-steps", "60", "--quiet")
        cls.encoder, cls.decoder = (
            lowbend_numpy.Network(cls.run_folder / f"{name}.safetensors")
            for name in ("encoder", "decoder"))

    def close(self, actual, expected):
        expected = expected.reshape(actual.shape)
        self.assertLess(np.abs(actual - expected).max(), 2e-5 * max(1.0, np.abs(expected).max()))

    def sample(self, n):
        path = self.path(f"pairs{n}.safetensors")
        self.succeeds("sample", "rotating-object", "--size", "16", "--pairs", n, "--out", path,
                      "--seed", "77")
        return lowbend_numpy.read_safetensors(path)[0]

    def test_encode_and_decode(self):
        images = self.sample(300)["x"]
        np.save(self.path("in.npy"), images)
        self.succeeds("encode", self.run_folder, self.path("in.npy"), "--out", self.path("z.npy"))
        codes = np.load(self.path("z.npy"))
        self.close(codes, self.encoder(images))
        self.succeeds("decode", self.run_folder, self.path("z.npy"), "--out", self.path("back.npy"))
        back = np.load(self.path("back.npy"))
        self.assertEqual(back.shape, images.shape)
        self.close(back, self.decoder(codes))

    def test_interpolation(self):
        images = self.sample(300)["x"][:3]
        np.save(self.path("keys.npy"), images)
        self.succeeds("interpolate", self.run_folder, self.path("keys.npy"), "--out",
                      self.path("frames.npy"), "--picture", self.path("strips.png"), "--frames",
                      "5")
        codes = self.encoder(images)
        t = np.arange(5)[:, None] / 4.0
        line = np.concatenate([(1.0 - t) * codes[0] + t * codes[1],
                               ((1.0 - t) * codes[1] + t * codes[2])[1:]])
        self.close(np.load(self.path("frames.npy")), self.decoder(line))
        self.succeeds("interpolate", self.run_folder, "--out", self.path("study.png"), "--pairs",
                      "20")
        for name in ("strips.png", "study.png"):
            self.assertTrue((self.folder / name).read_bytes().startswith(b"\x89PNG"), name)

    def test_evaluation(self):
        """E and the reconstruction error agree with numpy's for other pairs and images."""
        result = json.loads(self.succeeds("eval", self.run_folder, "--no-attainable", "--json", "--points", "512",
                                          "--pairs", "2000"))
        pairs = self.sample(1000)
        for name, (mean, error) in lowbend_numpy.energy(self.encoder, pairs, 0.1, 0.0).items():
            both = np.hypot(error, result[name + "_stderr"])
            print(f"{name}: {result[name]:.6g}, numpy {mean:.6g} +- {error:.2g}")
            self.assertLess(abs(result[name] - mean), 5.0 * both, name)
        images = pairs["x"]
        errors = ((self.decoder(self.encoder(images)).reshape(images.shape) - images) ** 2)
        mean, error = lowbend_numpy.mean_and_stderr(errors.mean(axis=(1, 2, 3)))
        self.assertLess(abs(result["reconstruction_mse"] - mean), 5.0 * 2.0 * error)
        self.assertTrue(0.0 < result["sigma_min"] < result["sigma_max"] < 20.0)
        for name in ("singular_values.png", "distances.png", "interpolation_error.png"):
            self.assertTrue((self.run_folder / name).read_bytes().startswith(b"\x89PNG"), name)

    def test_convergence(self):
        """The terms at the RUN's own radius agree with numpy's for other pairs."""
        result = json.loads(self.succeeds("converge", self.run_folder, "--json", "--pairs", "2048",
                                          "--levels", "3"))
        expected = lowbend_numpy.energy(self.encoder, self.sample(1000), 0.1, 0.0)
        for name in ("distortion", "bending"):
            mean, error = expected[name]
            both = np.hypot(error, result["stderr_" + name][0])
            self.assertLess(abs(result[name][0] - mean), 5.0 * both, name)

    def test_report(self):
        page = self.page("RUN")
        view = page.data["runs"][0]["view"]
        self.assertEqual(view["images"]["width"], 16)
        self.assertEqual(page.data["runs"][0]["paths"]["decoded"]["width"], 16)
        self.assertIn("pool,conv6,pool,conv10,16", page.texts["td"])

    def bench(self, *arguments):
        return json.loads(self.succeeds("bench", "rotating-object", *TINY, "--repeats", "1",
                                        "--warm-up", "1", "--strategy", "ball", "--optimizer", "adam",
                                        "--json", *arguments))

    def test_bench(self):
        """The first convolution needs no input gradient: nothing below it learns."""
        forward = 2 * 48 * sum(PRODUCTS)
        step = 3 * forward - 2 * 48 * PRODUCTS[0]
        back_ends = ["panel", "clblast"] if pages.harness.HAS_CLBLAST else ["panel"]
        for gemm in back_ends:
            result = self.bench("--gemm", gemm)
            self.assertEqual(result["gemm"], gemm)
            self.assertAlmostEqual(1e6 * result["gflops"] * result["step_ms"] / step, 1, places=6)
            self.assertAlmostEqual(1e6 * result["forward_gflops"] * result["forward_ms"] / forward,
                                   1, places=6)
        kernels = self.bench("--profile")["profile"]["kernels"]
        flops = sum(1e6 * kernel["gflops"] * kernel["ms"] for kernel in kernels
                    if kernel["name"].startswith(("panel_", "patches_")))
        self.assertAlmostEqual(flops / step, 1, places=6)

    def test_tune(self):
        result = json.loads(self.succeeds(
            "tune", "rotating-object", *TINY, "--budget", "0", "--json",
            environment={"XDG_CACHE_HOME": self.path("cache")}))
        self.assertGreater(result["panel_gflops"], 0)

    def test_info(self):
        text = self.succeeds("info", self.run_folder)
        self.assertIn("pool", text)
        encoder = json.loads(self.succeeds("info", self.run_folder, "--json"))["encoder"]
        self.assertEqual(encoder["layers"], "pool,conv6,pool,conv10,16,4")
        weights = [27 * 6, 54 * 10, 160 * 16, 16 * 4]
        self.assertEqual(encoder["parameters"], sum(weights) + 6 + 10 + 16 + 4)


class LargeLayers(pages.ReportTest):
    def test_batches(self):
        """32x32 images with 64 channels are so large that they are processed in more batches."""
        run = self.folder / "RUN"
        self.succeeds("train", "sundial", "--out", run, "--size", "32", "--hidden",
                      "conv64k1,pool,pool,pool,conv2k1", "--latent", "3", "--pairs", "2", "--steps",
                      "2", "--decoder-steps", "0", "--quiet")
        images = np.random.default_rng(1).random((300, 32, 32, 1), np.float32)
        np.save(self.path("in.npy"), images)
        self.succeeds("encode", run, self.path("in.npy"), "--out", self.path("z.npy"))
        expected = lowbend_numpy.Network(run / "encoder.safetensors")(images)
        np.testing.assert_allclose(np.load(self.path("z.npy")), expected,
                                   atol=2e-5 * np.abs(expected).max())


pages.harness.main()
