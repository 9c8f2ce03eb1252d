"""RUN folders of older programs: they open, resume and export in spite of later additions."""

import json
import os
import pathlib
import shutil

import harness
import lowbend_numpy
import numpy
import runs

OLD_RUNS = pathlib.Path(os.environ["LB_TEST_OLD_RUNS"])
CASES = pathlib.Path(os.environ["LB_TEST_CASES"])


class OldRunTest(harness.CommandTest):
    """Common to the tests of old RUNs."""

    def config(self, run):
        return json.loads((run / "config.json").read_text())

    def apply(self, run, size):
        """Runs all commands on a RUN of square images; returns codes."""
        images = self.folder / "images.npy"
        numpy.save(images, numpy.random.default_rng(1).random((2, size, size, 1), "f4"))
        codes = run.with_suffix(".npy")
        self.succeeds("encode", run, images, "--out", codes)
        self.succeeds("decode", run, codes, "--out", run.with_suffix(".safetensors"))
        self.succeeds("export", run, "--onnx", run.with_suffix(".onnx"))
        self.succeeds("interpolate", run, images, "--out", run.with_suffix(".frames.npy"))
        self.succeeds("interpolate", run, "--pairs", "16", "--out", run.with_suffix(".png"))
        self.succeeds("converge", run, "--levels", "2", "--pairs", "256")
        self.succeeds("eval", run, "--no-attainable", "--pairs", "512", "--points", "64")
        self.succeeds("report", run, "--points", "64")
        return numpy.load(codes)


class Version010(OldRunTest):
    """Folders written by lowbend 0.1.0; see tests/old_runs/README.md."""

    def take(self, name, copy=None):
        run = self.folder / (copy or name)
        shutil.copytree(OLD_RUNS / "0.1.0" / name, run)
        return run

    def parameters(self, run, name):
        arrays = lowbend_numpy.read_safetensors(run / name)[0]
        return numpy.concatenate([arrays[key].ravel() for key in sorted(arrays)])

    def test_finished(self):
        run = self.take("finished")
        before = json.loads((run / "eval.json").read_text())
        networks = [(run / name).read_bytes() for name in ("encoder.safetensors",
                                                           "decoder.safetensors")]
        self.succeeds("report", run, "--points", "64")
        self.assertEqual(self.apply(run, 8).shape, (2, 3))
        after = json.loads((run / "eval.json").read_text())
        for key in ("E", "distortion", "bending", "E_star"):
            self.assertLess(abs(after[key] - before[key]), 1e-3 * abs(before[key]), key)
        self.succeeds("train", "--out", run, "--resume")
        self.assertEqual(networks, [(run / name).read_bytes()
                                    for name in ("encoder.safetensors", "decoder.safetensors")])

    def test_stopped(self):
        """Training resumes where it stopped, and ends like an uninterrupted one."""
        run = self.take("stopped")
        lines = (run / "metrics.csv").read_text()
        config = self.config(run)
        self.fails(1, ["has no encoder yet", "--resume"], "encode", run, "in.npy", "--out",
                   self.path("out.npy"))
        result = self.run_program("train", "--out", run, "--resume")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("step 125", result.stderr)
        metrics = (run / "metrics.csv").read_text()
        self.assertTrue(metrics.startswith(lines), metrics)
        self.assertIn("\n300,encoder-final,", metrics)
        self.assertIn("\n100,decoder-final,", metrics)
        self.assertEqual(self.config(run), config)
        whole = OLD_RUNS / "0.1.0" / "finished"
        ours, theirs = (self.parameters(folder, "encoder.safetensors") for folder in (run, whole))
        self.assertLess(abs(ours - theirs).max(), 0.02 * abs(theirs).max())  # devices differ
        _, metadata = lowbend_numpy.read_safetensors(run / "encoder.safetensors")
        self.assertNotIn("input_mean", metadata)  # it was trained on raw images
        # Decoders now start at the mean image, which does not increase the loss.
        ours, theirs = (float(runs.read_metrics(folder)[-1]["reconstruction"])
                        for folder in (run, whole))
        self.assertLess(ours, 1.02 * theirs)
        self.assertEqual(self.apply(run, 8).shape, (2, 3))

    def test_settings_are_still_its_own(self):
        run = self.take("stopped", "settings")
        self.fails(1, ["--lambda", "0.03"], "train", "--out", run, "--resume", "--lambda", "0.1")


class MissingKeys(OldRunTest):
    """A key missing from config.json takes its default from the day it was added."""

    OF_THAT_DAY = ("--lambda", "0.03", "--epsilon", "0.3", "--strategy", "ball", "--optimizer",
                   "adam", "--activation", "elu", "--decoder-lr", "4e-3")
    SMALL = ("--size", "8", "--hidden", "8", "--pairs", "16", "--steps", "30", "--decoder-steps",
             "20", "--log-every", "10", "--no-report")

    def test_reconstruction_weight(self):
        """Settings from before the reconstruction weight existed, trained from the start."""
        run = self.folder / "weight"
        run.mkdir()
        shutil.copy(CASES / "config" / "config_old.json", run / "config.json")
        before = (run / "config.json").read_bytes()
        self.succeeds("train", "--out", run, "--resume", "--no-report")
        self.assertEqual(self.apply(run, 32).shape, (2, 16))
        self.succeeds("train", "--out", run, "--resume", "--no-report")
        self.assertEqual((run / "config.json").read_bytes(), before)

    def test_all_that_may_lack(self):
        """Every key that has its original default is removed; nothing else changes."""
        run = self.folder / "full"
        self.succeeds("train", "arcs", "--out", run, *self.SMALL, *self.OF_THAT_DAY)
        bare = self.folder / "bare"
        shutil.copytree(run, bare)
        config = self.config(run)
        kept = {key: config[key] for key in ("dataset", "size", "hidden", "pairs", "steps",
                                             "decoder-steps", "log-every")}
        kept["of-tomorrow"] = [1, 2]
        (bare / "config.json").write_text(json.dumps(kept))
        self.assertTrue((self.apply(run, 8) == self.apply(bare, 8)).all())
        numbers = [json.loads((folder / "eval.json").read_text()) for folder in (run, bare)]
        self.assertEqual(*numbers)
        (bare / "checkpoint.safetensors").unlink()
        self.succeeds("train", "--out", bare, "--resume", "--no-report")
        self.assertEqual((bare / "encoder.safetensors").read_bytes(),
                         (run / "encoder.safetensors").read_bytes())
        self.assertEqual(self.config(bare), kept)

    def test_size_of_the_dataset(self):
        """0 means the dataset's default, and so does a missing key."""
        run = self.folder / "own-size"
        self.succeeds("train", "sphere", "--out", run, *self.SMALL[2:])
        config = self.config(run)
        for key in ("size", "cap", "min-distance", "gemm", "epsilon"):
            config.pop(key)
        (run / "config.json").write_text(json.dumps(config))
        self.succeeds("train", "--out", run, "--resume", "--no-report")
        self.fails(1, ["--min-distance"], "train", "--out", run, "--resume", "--min-distance",
                   "0.01")

    def test_facts_and_fingerprints(self):
        """Keys that are not settings are also missing from older RUNs."""
        run = self.folder / "unmarked"
        shutil.copytree(OLD_RUNS / "0.1.0" / "own", run)
        config = self.config(run)
        config["dataset"] = str(OLD_RUNS / "0.1.0" / "pendulum.cl")
        for key in ("program", "version", "device", "dataset_facts", "dataset_fingerprint"):
            config.pop(key)
        (run / "config.json").write_text(json.dumps(config))
        self.succeeds("train", "--out", run, "--resume", "--no-report")
        self.assertEqual(self.apply(run, 8).shape, (2, 2))

    def test_what_nothing_can_stand_for(self):
        run = self.folder / "nameless"
        run.mkdir()
        (run / "config.json").write_text('{"epsilon": 0.3}')
        for command in (("train", "--out", run, "--resume"), ("eval", run)):
            self.fails(1, ['"dataset" is missing', "config.json"], *command)

    def test_format_of_tomorrow(self):
        run = self.folder / "tomorrow"
        run.mkdir()
        for text, words in (('{"dataset": "arcs", "format": 2, "version": "7.1"}',
                             ["a newer lowbend (7.1)", "format 2"]),
                            ('{"dataset": "arcs", "format": "1"}', ['"format"'])):
            (run / "config.json").write_text(text)
            for command in (("train", "--out", run, "--resume"), ("eval", run), ("report", run),
                            ("encode", run, "in.npy", "--out", self.path("out.npy"))):
                self.fails(1, ["config.json", *words], *command)


harness.main()
