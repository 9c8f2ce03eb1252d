"""train --init: a RUN starts from the networks of another."""

import os
import pathlib
import shutil
import signal

import harness
import runs

OLD_RUNS = pathlib.Path(os.environ["LB_TEST_OLD_RUNS"]) / "0.1.0"
SHAPE = ("--size", "8", "--hidden", "16,8", "--latent", "5", "--pairs", "32")
SHORT = ("--steps", "1", "--decoder-steps", "0", "--no-report")  # in case it is accepted
NETWORKS = ("encoder.safetensors", "decoder.safetensors")


class Init(runs.RunTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.folder / "first"

    def setUp(self):
        if not self.first.exists():
            self.succeeds("train", "arcs", "--out", self.first, *SHAPE, "--steps", "60",
                          "--decoder-steps", "40", "--no-report")

    def start(self, run, *arguments):
        return ("train", "arcs", "--out", self.folder / run, *SHAPE, "--init", self.first,
                "--no-report", *arguments)

    def test_it_starts_with_those_weights(self):
        """With no steps, and with steps that change nothing, those weights are written."""
        self.succeeds(*self.start("same", "--seed", "7", "--steps", "0", "--decoder-steps", "1",
                                  "--decoder-lr", "1e-30", "--muon-lr", "1e-30"))
        for name in NETWORKS:
            self.assertEqual((self.folder / "same" / name).read_bytes(),
                             (self.first / name).read_bytes(), name)

    def test_image_layers(self):
        """The decoder's mean image is copied too."""
        command = ("train", "arcs", "--size", "8", "--hidden", "pool,conv3,9", "--pairs", "32",
                   "--no-report", "--out")
        first, run = self.folder / "images", self.folder / "same-images"
        self.succeeds(*command, first, "--steps", "9", "--decoder-steps", "9")
        self.succeeds(*command, run, "--init", first, "--seed", "7", "--steps", "0",
                      "--decoder-steps", "1", "--decoder-lr", "1e-30", "--muon-lr", "1e-30")
        self.assertIn(b"output_mean", (run / NETWORKS[1]).read_bytes())
        for name in NETWORKS:
            self.assertEqual((run / name).read_bytes(), (first / name).read_bytes(), name)

    def test_encoder_alone(self):
        """If the first RUN has no decoder, only its encoder is used; the new decoder starts at
        random."""
        alone = self.folder / "alone"
        shutil.copytree(self.first, alone)
        (alone / "decoder.safetensors").unlink()
        run = self.folder / "half"
        self.succeeds("train", "arcs", "--out", run, *SHAPE, "--init", alone, "--no-report",
                      "--steps", "0", "--decoder-steps", "20")
        self.assertEqual((run / NETWORKS[0]).read_bytes(), (self.first / NETWORKS[0]).read_bytes())
        self.assertNotEqual((run / NETWORKS[1]).read_bytes(),
                            (self.first / NETWORKS[1]).read_bytes())

    def test_other_settings(self):
        """Radius and bending weight come from the new RUN; nothing from the --init RUN is kept."""
        run = self.folder / "other"
        self.succeeds(*self.start("other", "--epsilon", "0.2", "--lambda", "0.1", "--steps", "20",
                                  "--decoder-steps", "10"))
        self.assertNotIn("first", (run / "config.json").read_text())
        self.assertEqual(len(runs.read_metrics(run)[0]), 11)

    def test_resumed_without_it(self):
        steps = ("--steps", "3000", "--decoder-steps", "20", "--log-every", "10")
        first = self.folder / "gone"
        shutil.copytree(self.first, first)
        command = ("train", "arcs", *SHAPE, "--no-report", *steps, "--init", first, "--out")
        whole, run = self.folder / "whole", self.folder / "stopped"
        self.succeeds(*command, whole)
        status, stderr = self.interrupt((*command, run), run, "encoder", signal.SIGTERM)
        self.assertEqual(status, 128 + signal.SIGTERM, stderr)
        shutil.rmtree(first)
        self.succeeds("train", "--out", run, "--resume", "--no-report")
        self.assert_equal_runs(whole, run)
        self.succeeds(*command, run, "--resume")  # ignored when given again

    def test_what_does_not_fit(self):
        for change in (("--latent", "6"), ("--hidden", "16"), ("--hidden", "16,9"),
                       ("--activation", "tanh"), ("--size", "10")):
            run = self.folder / "wrong"
            self.fails(1, ["--init", str(self.first)], *self.start("wrong", *SHORT, *change))
            self.assertFalse(run.exists(), change)

    def test_other_normalisation(self):
        """RUNs of 0.1.0 were trained on raw images."""
        self.fails(1, ["--init", "normalis"], "train", "arcs", "--out", self.path("raw"), "--size",
                   "8", "--hidden", "8", "--latent", "3", *SHORT, "--init", OLD_RUNS / "finished")

    def test_no_run(self):
        command = ("train", "arcs", "--out", self.path("none"), *SHAPE, *SHORT, "--init")
        self.fails(1, ["is not a run"], *command, self.path("nothing"))
        self.fails(1, ["has no encoder yet"], *command, OLD_RUNS / "stopped")
        self.fails(2, ["--init"], *command, "")

    def test_of_itself(self):
        """A RUN is not overwritten by one that is initialised from it."""
        before = runs.comparable(self.first)
        self.fails(1, [str(self.first)], "train", "arcs", "--out", self.first, *SHAPE,
                   *SHORT, "--init", self.first, "--overwrite")
        self.assertEqual(runs.comparable(self.first), before)


harness.main()
