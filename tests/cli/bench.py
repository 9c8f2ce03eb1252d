"""`lowbend bench`: keys and plausible values, the profile, wrong usage, the cold start."""

import json
import time

import harness

SMALL = ["--size", "16", "--hidden", "32,32", "--latent", "3", "--pairs", "16", "--repeats", "3",
         "--strategy", "ball", "--optimizer", "adam"]
KEYS = {"step_ms", "pairs_per_s", "gflops", "gemm_peak_gflops", "fraction_of_peak", "device",
        "driver", "gemm", "forward_ms", "forward_gflops"}


def arithmetic(sizes, rows):
    """Floating-point operations of forward, dW, and of dX for all layers but the first."""
    products = [2 * rows * a * b for a, b in zip(sizes, sizes[1:])]
    return 3 * sum(products) - products[0]


class Bench(harness.CommandTest):
    def bench(self, *arguments, **options):
        return json.loads(self.succeeds("bench", *arguments, "--json", **options))

    def test_numbers_agree_with_each_other(self):
        result = self.bench("sundial", *SMALL)
        self.assertLessEqual(KEYS, set(result))
        seconds = 1e-3 * result["step_ms"]
        flops = arithmetic([256, 32, 32, 3], 48)
        self.assertAlmostEqual(result["pairs_per_s"] * seconds, 16, places=6)
        self.assertAlmostEqual(1e9 * result["gflops"] * seconds / flops, 1, places=6)
        forward = 2 * 48 * (256 * 32 + 32 * 32 + 32 * 3)
        self.assertAlmostEqual(1e6 * result["forward_gflops"] * result["forward_ms"] / forward, 1,
                               places=6)
        self.assertGreater(result["gemm_peak_gflops"], 0)
        self.assertAlmostEqual(result["fraction_of_peak"] * result["gemm_peak_gflops"],
                               result["gflops"], places=6)
        self.assertLess(result["fraction_of_peak"], 1.2)
        self.assertGreaterEqual(result["first_step_ms"], result["best_ms"])
        self.assertNotIn("profile", result)

    def test_chains(self):
        """The number of chains of five images with the same cost as the pairs: 9 for 16."""
        result = self.bench("sundial", *SMALL, "--strategy", "chain")
        seconds = 1e-3 * result["step_ms"]
        self.assertAlmostEqual(result["pairs_per_s"] * seconds, 16, places=6)
        self.assertAlmostEqual(1e9 * result["gflops"] * seconds / arithmetic([256, 32, 32, 3], 45),
                               1, places=6)

    def test_decoder(self):
        """16 images pass through the encoder, and then forward and backward through the decoder,
        which mirrors it."""
        result = self.bench("sundial", *SMALL, "--decoder")
        seconds = 1e-3 * result["step_ms"]
        forward = 2 * 16 * (256 * 32 + 32 * 32 + 32 * 3)
        flops = forward + arithmetic([3, 32, 32, 256], 16)
        self.assertAlmostEqual(1e9 * result["gflops"] * seconds / flops, 1, places=6)
        for options in (("--joint",), ("--plain",), ("--decoder-steps", "0")):
            self.fails(1, ["bench: there is no separate decoder phase", "--decoder"], "bench", "sundial",
                       *SMALL, "--decoder", *options)

    def test_profile_adds_up(self):
        profile = self.bench("sundial", *SMALL, "--hidden", "512,32", "--profile")["profile"]
        kernels = {kernel["name"]: kernel for kernel in profile["kernels"]}
        self.assertAlmostEqual(sum(kernel["share"] for kernel in kernels.values()), 1, places=6)
        self.assertAlmostEqual(sum(kernel["ms"] for kernel in kernels.values()),
                               profile["step_ms"], places=6)
        self.assertGreater(profile["copy_gb_per_s"], 0)
        for name in ("render", "sample_pairs", "adam_update", "loss_gradient"):
            self.assertEqual(kernels[name]["launches"], 1, name)
        products = [kernel for name, kernel in kernels.items() if name.startswith("panel_")]
        self.assertTrue(products)
        # 3 products per layer, 2 in the first.
        self.assertEqual(sum(kernel["launches"] for kernel in products), 8)
        flops = sum(1e6 * kernel["gflops"] * kernel["ms"] for kernel in products)
        self.assertAlmostEqual(flops / arithmetic([256, 512, 32, 3], 48), 1, places=6)

    def test_small_networks_in_one_kernel(self):
        kernels = {kernel["name"]: kernel["launches"] for kernel in
                   self.bench("sundial", *SMALL, "--profile")["profile"]["kernels"]}
        for name in ("render", "sample_pairs", "adam_update", "fused_gradient"):
            self.assertEqual(kernels[name], 1, name)
        self.assertFalse([name for name in kernels if name.startswith("panel_")])

    def test_points_are_drawn_in_one_kernel(self):
        profile = self.bench("sphere", "--latent", "3", "--hidden", "16", "--pairs", "8",
                             "--repeats", "1", "--profile")["profile"]
        kernels = {kernel["name"]: kernel["launches"] for kernel in profile["kernels"]}
        for name in ("sample_pair_images", "adam_update", "fused_gradient"):
            self.assertEqual(kernels[name], 1, name)

    def test_other_steps(self):
        plain = self.bench("sphere", "--hidden", "16,16", "--latent", "3", "--pairs", "8",
                           "--repeats", "1", "--plain")
        self.assertGreater(plain["gflops"], 0)

    def test_table(self):
        text = self.succeeds("bench", "sphere", "--hidden", "16", "--latent", "3", "--pairs", "8",
                             "--repeats", "1", "--profile")
        for word in ("fraction of peak", "adam_update", "between kernels", "driver"):
            self.assertIn(word, text)

    def test_wrong_usage(self):
        self.fails(2, ["--repeats"], "bench", "--repeats", "0")
        self.fails(2, ["hidden"], "bench", "--hidden", "0")
        self.fails(1, ["nosuch"], "bench", "nosuch")

    def test_cold_start(self):
        """With an empty kernel cache the first step takes less than 5 s on an idle machine; a busy
        one gets six times that. A warm start compiles nothing."""
        folder = self.path("kernels")
        start = time.monotonic()
        self.bench("sundial", "--repeats", "1", "--warm-up", "1",
                   environment={"POCL_CACHE_DIR": folder})
        cold = time.monotonic() - start
        warm = self.bench("sundial", "--repeats", "1", "--warm-up", "1",
                          environment={"POCL_CACHE_DIR": folder})
        self.assertLess(cold, 30)
        self.assertLess(warm["first_step_ms"], 3000)

    def test_datasets_are_listed_without_compiling(self):
        folder = self.folder / "empty-kernels"
        folder.mkdir()
        self.succeeds("datasets", environment={"POCL_CACHE_DIR": str(folder)})
        built = [path for path in folder.rglob("*") if path.name.startswith("program")]
        self.assertEqual(built, [])


if __name__ == "__main__":
    harness.main()
