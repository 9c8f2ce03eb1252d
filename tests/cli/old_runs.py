"""RUN folders of older programs: whatever was added since, they open, resume and export."""

import json
import os
import pathlib
import shutil

import harness
import numpy

CASES = pathlib.Path(os.environ["LB_TEST_CASES"])


class MissingKeys(harness.CommandTest):
    """A key that config.json lacks takes the default of the day it was added."""

    SMALL = ("--size", "8", "--hidden", "8", "--pairs", "16", "--steps", "30", "--decoder-steps",
             "20", "--log-every", "10", "--no-report")

    def config(self, run):
        return json.loads((run / "config.json").read_text())

    def apply(self, run, size):
        """All that is done with a RUN."""
        images = self.folder / "images.npy"
        numpy.save(images, numpy.zeros((2, size, size, 1), "f4"))
        codes = run.with_suffix(".npy")
        self.succeeds("encode", run, images, "--out", codes)
        self.succeeds("decode", run, codes, "--out", run.with_suffix(".safetensors"))
        self.succeeds("export", run, "--onnx", run.with_suffix(".onnx"))
        self.succeeds("eval", run, "--pairs", "256", "--points", "64")
        self.succeeds("report", run, "--points", "64")
        return numpy.load(codes)

    def test_reconstruction_weight(self):
        """Settings before there was a weight of the reconstruction, trained from the start."""
        run = self.folder / "weight"
        run.mkdir()
        shutil.copy(CASES / "config" / "config_old.json", run / "config.json")
        before = (run / "config.json").read_bytes()
        self.succeeds("train", "--out", run, "--resume", "--no-report")
        self.assertEqual(self.apply(run, 32).shape, (2, 16))
        self.succeeds("train", "--out", run, "--resume", "--no-report")
        self.assertEqual((run / "config.json").read_bytes(), before)

    def test_all_that_may_lack(self):
        """Every key whose value is the default of its day goes; nothing else changes."""
        run = self.folder / "full"
        self.succeeds("train", "arcs", "--out", run, *self.SMALL)
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
        """0 in settings stands for the dataset's own: so does a missing key."""
        run = self.folder / "own-size"
        self.succeeds("train", "sphere", "--out", run, *self.SMALL[2:])
        config = self.config(run)
        for key in ("size", "cap", "min-distance", "gemm", "epsilon"):
            config.pop(key)
        (run / "config.json").write_text(json.dumps(config))
        self.succeeds("train", "--out", run, "--resume", "--no-report")
        self.fails(1, ["--min-distance"], "train", "--out", run, "--resume", "--min-distance",
                   "0.01")

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
