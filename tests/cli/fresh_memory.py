"""Nothing is computed from uninitialised memory: results are the same if new device memory is
filled with NaN."""

import os
import pathlib
import shutil

import harness
import runs

SHIM = pathlib.Path(os.environ["LB_TEST_SHIMS"]) / "poison.so"
SOURCE = pathlib.Path(os.environ["LOWBEND_CL_DIR"])
RUNS = {
    "small": ("sphere", "--latent", "3", "--hidden", "16,7", "--pairs", "35", "--steps", "9",
              "--decoder-steps", "5", "--skip-nonfinite"),
    "general": ("sundial", "--size", "13", "--latent", "17", "--hidden", "270,70", "--pairs", "21",
                "--steps", "6", "--decoder-steps", "4", "--gemm", "panel"),
    "points": ("so3-points", "--latent", "9", "--hidden", "24", "--pairs", "70", "--steps", "8",
               "--samples", "200", "--joint", "--epsilon", "1"),
}


class FreshMemory(runs.RunTest):
    def setUp(self):
        # The checks of device and datasets, whose results are cached, also run on such memory.
        self.poisoned = {"LD_PRELOAD": str(SHIM), "XDG_CACHE_HOME": self.path("cache")}

    def make(self, name, kind, environment):
        """Makes a run with its eval.json."""
        run = self.folder / f"{name}-{kind}"
        self.succeeds("train", *RUNS[name], "--out", run, "--log-every", "2", "--no-report",
                      "--quiet", environment=environment)
        self.succeeds("eval", run, "--no-attainable", "--pairs", "256", "--points", "128", "--quiet",
                      environment=environment)
        return run

    def test_results_are_the_same(self):
        for name in RUNS:
            with self.subTest(run=name):
                self.assert_equal_runs(self.make(name, "usual", {}),
                                       self.make(name, "poisoned", self.poisoned))

    def test_datasets(self):
        for path in sorted((SOURCE / "dataset").glob("*.cl")):
            options = () if path.stem.endswith("-points") or path.stem in (
                "sphere", "hemisphere") else ("--size", "13")
            files = []
            for environment in ({}, self.poisoned):
                file = self.folder / f"{path.stem}-{len(files)}.safetensors"
                self.succeeds("sample", path.stem, "--pairs", "19", *options, "--out", file,
                              environment=environment)
                files.append(file.read_bytes())
            self.assertEqual(files[0], files[1], path.stem)

    def test_poison_shows(self):
        folder = shutil.copytree(SOURCE, self.folder / "cl")
        path = folder / "geometry" / "query.cl"
        text = path.read_text()
        right = "result[i] = manifold_distance(a, b);"
        self.assertIn(right, text)
        path.write_text(text.replace(right, right.replace("=", "= 0.0f * result[i] +")))
        train = ("train", *RUNS["small"], "--no-report", "--quiet", "--cl-dir", folder, "--out")
        self.succeeds(*train, self.path("not-seen"))
        self.fails(1, ["distance"], *train, self.path("seen"), environment=self.poisoned)


if __name__ == "__main__":
    harness.main()
