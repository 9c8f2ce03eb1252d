"""A second start repeats no check: a dataset's check is cached by its text."""

import os
import pathlib
import shutil

import harness

SHIM = pathlib.Path(os.environ["LB_TEST_SHIMS"]) / "fail_opencl.so"
TRAIN = ("--hidden", "8", "--latent", "3", "--pairs", "8", "--steps", "2", "--decoder-steps", "0",
         "--no-report", "--quiet", "--overwrite")


class Start(harness.CommandTest):
    def setUp(self):
        shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def calls(self, dataset="sphere", status=0):
        """OpenCL calls of a training run, counted by the shim."""
        count = self.folder / "count"
        environment = {"LD_PRELOAD": str(SHIM), "LB_FAIL_COUNT": str(count),
                       "XDG_CACHE_HOME": self.path("cache")}
        result = self.run_program("train", dataset, "--out", self.path("run"), *TRAIN,
                                  environment=environment)
        self.assertEqual(result.returncode, status, result.stderr)
        return int(count.read_text().split()[0])

    def checks(self):
        return sorted((self.folder / "cache" / "lowbend").glob("dataset-*"))

    def test_check_is_kept(self):
        self.calls()
        check, = self.checks()
        kept = self.calls()
        check.unlink()
        checked = self.calls()
        self.assertEqual(self.checks(), [check])
        # Points, pairs, distances and midpoints each need a launch, its arguments and a read.
        self.assertGreater(checked, kept + 20)
        self.assertEqual(self.calls(), kept)

    def test_changed_text_is_checked_again(self):
        folder = pathlib.Path(os.environ["LOWBEND_CL_DIR"])
        path = self.folder / "own.cl"
        shutil.copy(folder / "dataset" / "sphere.cl", path)
        text = path.read_text().replace('#include "../', f'#include "{folder}/')
        path.write_text(text)
        self.calls(str(path))
        before = self.checks()
        path.write_text(text + "\n// changed\n")
        self.calls(str(path))
        self.assertEqual(len(self.checks()), len(before) + 1)
        # A failed check is not cached.
        self.assertIn("manifold_distance", self.wrong(path, text))
        self.assertEqual(len(self.checks()), len(before) + 1)

    def wrong(self, path, text):
        wrong = "#define manifold_distance(x, y) (1.1f * manifold_distance(x, y))"
        path.write_text(f"{text}\n{wrong}\n")
        return self.fails(1, ["manifold_distance"], "train", path, "--out", self.path("wrong"),
                          *TRAIN, environment={"XDG_CACHE_HOME": self.path("cache")})


if __name__ == "__main__":
    harness.main()
