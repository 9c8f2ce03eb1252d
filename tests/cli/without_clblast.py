"""A program built without CLBlast says so, and uses its own kernels for everything."""

import json
import os
import pathlib
import shutil

import harness

RUN = pathlib.Path(os.environ["LB_TEST_OLD_RUNS"]) / "0.1.0" / "finished"
SMALL = ("sphere", "--hidden", "16", "--latent", "3", "--pairs", "8")
MISSING = "built without CLBlast (use --gemm auto or panel"


class WithoutClblast(harness.CommandTest):
    def test_it_is_told(self):
        self.assertIn(", without CLBlast, ", self.succeeds("--version"))
        self.assertIn("built without CLBlast", self.succeeds("devices"))

    def test_training(self):
        options = ("--steps", "2", "--decoder-steps", "0", "--no-report", "--quiet")
        self.fails(1, [MISSING], "train", *SMALL, *options, "--gemm", "clblast", "--out",
                   self.path("clblast"))
        self.assertFalse((self.folder / "clblast").exists())
        self.fails(1, [MISSING], "bench", *SMALL, "--gemm", "clblast")
        self.succeeds("train", *SMALL, *options, "--out", self.path("auto"))
        config = json.loads((self.folder / "auto" / "config.json").read_text())
        self.assertEqual(config["gemm"], "panel")

    def test_tune_measures_panel_alone(self):
        text = self.succeeds("tune", *SMALL, "--budget", "5", "--json")
        result = json.loads(text)
        self.assertGreater(result["panel_gflops"], 0)
        self.assertIsNone(result["clblast_before_gflops"])
        self.assertIsNone(result["clblast_gflops"])
        self.assertEqual((result["tried"], result["fastest"]), (0, "panel"))
        self.assertIn("none: not in this build",
                      self.succeeds("tune", *SMALL, "--budget", "0"))

    def test_a_run_of_a_program_with_it_can_be_measured(self):
        run = shutil.copytree(RUN, self.folder / "run")
        path = run / "config.json"
        config = json.loads(path.read_text())
        path.write_text(json.dumps({**config, "gemm": "clblast"}))
        self.succeeds("eval", run, "--pairs", "128", "--points", "64")
        self.fails(1, [MISSING], "train", "--out", run, "--resume", "--no-report")

    def test_no_program_is_linked_with_it(self):
        text = (pathlib.Path(os.environ["LOWBEND_BUILD"]) / "meson-private" /
                "lowbend.pc").read_text()
        self.assertIn("-lOpenCL", text)
        self.assertNotIn("clblast", text)


if __name__ == "__main__":
    harness.main()
