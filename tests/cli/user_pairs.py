"""train FILE.safetensors: user pairs end to end, checked with numpy; rejected files."""

import json
import pathlib
import signal

import numpy as np

import lowbend_numpy
import runs

FILES = {"config.json", "metrics.csv", "encoder.safetensors", "decoder.safetensors",
         "checkpoint.safetensors", "latent.safetensors", "samples.png", "reconstruction.png",
         "latent.png", "loss.png", "report.html"}
SMALL = ("--hidden", "32,32", "--latent", "4", "--pairs", "32", "--log-every", "20",
         "--lambda", "0.1", "--lr", "3e-3")


def final(run, phase):
    rows = [row for row in runs.read_metrics(run) if row["phase"] == phase + "-final"]
    assert len(rows) == 1, rows
    return rows[0]


class OwnPairs(runs.RunTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pairs = str(cls.folder / "pairs.safetensors")
        maker = cls("sample")
        maker.succeeds("sample", "sphere", "--pairs", "10000", "--out", cls.pairs, "--quiet")

    def sample(self):
        """Allows setUpClass to run the program."""

    def train(self, run, *arguments, source=None):
        return ("train", source or self.pairs, "--out", self.path(run), *SMALL, *arguments)

    def held_out(self, run):
        """The pairs listed in `index` of latent.safetensors."""
        latent, _ = lowbend_numpy.read_safetensors(self.folder / run / "latent.safetensors")
        pairs, _ = lowbend_numpy.read_safetensors(self.pairs)
        return latent, {name: array[latent["index"]] for name, array in pairs.items()}

    def test_training(self):
        """The loss falls; the final lines and latent.safetensors agree with numpy's results for the
        held-out pairs; E of fresh pairs is as good as with training on the dataset itself."""
        command = ("--steps", "400", "--decoder-steps", "200")
        text = self.run_program(*self.train("a", *command))
        self.assertEqual(text.returncode, 0, text.stderr)
        self.assertIn("9000 for training, 1000 held out", text.stderr)
        run = self.folder / "a"
        self.assertEqual({path.name for path in run.iterdir()}, FILES)
        rows = runs.read_metrics(run)
        for phase in ("encoder", "decoder"):
            losses = [float(row["loss"]) for row in rows if row["phase"] == phase]
            self.assertLess(losses[-1], 0.7 * losses[0])
        encoder = lowbend_numpy.Network(run / "encoder.safetensors")
        decoder = lowbend_numpy.Network(run / "decoder.safetensors")
        latent, pairs = self.held_out("a")
        self.assertEqual(latent["index"].shape, (1000,))
        self.assertEqual(len(set(latent["index"])), 1000)
        np.testing.assert_allclose(latent["latent"], encoder(pairs["x"]), atol=2e-5)
        expected = lowbend_numpy.energy(encoder, pairs, 0.1, 0.0)
        last = final(run, "encoder")
        for column, name in (("loss", "E"), ("distortion", "distortion"), ("bending", "bending")):
            self.assertAlmostEqual(float(last[column]) / expected[name][0], 1.0, delta=2e-3)
        images = np.concatenate([pairs[name] for name in ("x", "y", "average")])
        error = ((decoder(encoder(images)) - images) ** 2).mean()
        self.assertAlmostEqual(float(final(run, "decoder")["loss"]) / error, 1.0, delta=2e-3)
        config = json.loads((run / "config.json").read_text())
        self.assertEqual(config["own_pairs"]["held_out"], 1000)
        self.assertEqual((config["held-out"], config["samples"]), (0.1, "fresh"))
        self.compare_with_dataset(run, encoder, command)

    def compare_with_dataset(self, run, encoder, command):
        fresh = self.path("fresh.safetensors")
        self.succeeds("sample", "sphere", "--pairs", "4096", "--out", fresh, "--seed", "77")
        pairs, _ = lowbend_numpy.read_safetensors(fresh)
        self.succeeds(*self.train("direct", *command, source="sphere"))
        direct = lowbend_numpy.Network(self.folder / "direct" / "encoder.safetensors")
        own_energy = lowbend_numpy.energy(encoder, pairs, 0.1, 0.0)["E"][0]
        direct_energy = lowbend_numpy.energy(direct, pairs, 0.1, 0.0)["E"][0]
        print(f"E on fresh pairs: user pairs {own_energy}, dataset {direct_energy}")
        self.assertAlmostEqual(own_energy / direct_energy, 1.0, delta=0.1)
        held_out, error = lowbend_numpy.energy(encoder, self.held_out("a")[1], 0.1, 0.0)["E"]
        self.assertLess(abs(held_out - own_energy), 4.0 * error)

    def test_resume(self):
        command = ("--steps", "1500", "--decoder-steps", "1500", "--log-every", "7",
                   "--checkpoint-every", "130", "--quiet")
        self.succeeds(*self.train("whole", *command))
        run = self.folder / "stopped"
        for phase, number, status in (("encoder", signal.SIGINT, 130),
                                      ("decoder", signal.SIGTERM, 143)):
            code, stderr = self.interrupt(self.train("stopped", *command, "--resume"), run, phase,
                                          number)
            self.assertEqual(code, status, stderr)
        self.succeeds("train", "--out", run, "--resume")
        self.assert_equal_runs(self.folder / "whole", run)

    def test_joint_and_plain(self):
        for mode in ("--joint", "--plain"):
            self.succeeds(*self.train(mode, "--steps", "60", mode))
            rows = runs.read_metrics(self.folder / mode)
            self.assertEqual(rows[-1]["phase"], "joint-final")
            self.assertLess(float(rows[-1]["reconstruction"]), 0.3)

    def test_bytes(self):
        """uint8 images of a dataset, with and without their shape; encode and decode need no
        pairs."""
        source = self.path("sundial.safetensors")
        self.succeeds("sample", "sundial", "--pairs", "400", "--size", "10", "--out", source)
        pairs, _ = lowbend_numpy.read_safetensors(source)
        for name in ("x", "y", "average"):
            pairs[name] = np.round(255.0 * pairs[name]).astype(np.uint8)
        lowbend_numpy.write_safetensors(source, pairs)
        run = self.folder / "bytes"
        self.succeeds(*self.train("bytes", "--steps", "60", "--decoder-steps", "60",
                                  "--held-out", "0.25", source=source))
        config = json.loads((run / "config.json").read_text())
        self.assertEqual(config["dataset_facts"]["image"], [10, 10, 1])
        self.assertEqual(config["own_pairs"]["held_out"], 100)
        latent, _ = lowbend_numpy.read_safetensors(run / "latent.safetensors")
        encoder = lowbend_numpy.Network(run / "encoder.safetensors")
        codes = encoder(pairs["x"][latent["index"]] / 255.0)
        np.testing.assert_allclose(latent["latent"], codes, atol=2e-5 * np.abs(codes).max())
        pathlib.Path(source).unlink()
        np.save(self.path("in.npy"), pairs["x"][:5])
        self.succeeds("encode", run, self.path("in.npy"), "--out", self.path("z.npy"))
        np.testing.assert_allclose(np.load(self.path("z.npy")), encoder(pairs["x"][:5] / 255.0),
                                   atol=2e-5 * np.abs(codes).max())
        self.succeeds("decode", run, self.path("z.npy"), "--out", self.path("back.npy"))
        self.assertEqual(np.load(self.path("back.npy")).shape, (5, 10, 10, 1))

    def refused(self, words, pairs, *options):
        source = self.path("bad.safetensors")
        lowbend_numpy.write_safetensors(source, pairs)
        self.fails(1, ["bad.safetensors", *words],
                   *self.train("RUN-bad", "--steps", "2", *options, source=source))
        self.assertFalse((self.folder / "RUN-bad").exists())

    def test_refused_files(self):
        rng = np.random.default_rng(1)
        good = {name: rng.random((50, 3), np.float32) for name in ("x", "y", "average")}
        good["distance"] = np.full(50, 0.2, np.float32)
        for name in good:
            self.refused([f"`{name}`"], {key: good[key] for key in good if key != name})
        for name, index, value, words in (("x", (3, 1), np.nan, ["`x`", "pair 3", "NaN"]),
                                          ("y", (49, 2), np.inf, ["`y`", "pair 49"]),
                                          ("distance", 7, 0.0, ["`distance`", "pair 7"]),
                                          ("distance", 7, -1.0, ["`distance`", "-1"]),
                                          ("distance", 0, np.nan, ["`distance`", "nan"])):
            bad = {key: array.copy() for key, array in good.items()}
            bad[name][index] = value
            self.refused(words, bad)
        self.refused(["`y`", "shape"], {**good, "y": good["y"][:49]})
        self.refused(["`y`", "the dtype and shape of `x`"], {**good, "x": good["x"].astype(np.float64)})
        self.refused(["`distance`"], {**good, "distance": good["distance"][:10]})
        self.refused(["45 remain", "--pairs"], good, "--pairs", "46")
        self.refused(["--min-distance"], good, "--min-distance", "0.5")
        self.refused(["--samples"], good, "--samples", "100")
        self.refused(["--size"], good, "--size", "16")
        for option in (("--strategy", "chain"), ("--epsilon-start", "1"), ("--cross-weight", "1")):
            self.refused([f"user pairs do not support {option[0]}"], good, *option)
        cut = self.path("cut.safetensors")
        whole = pathlib.Path(self.pairs).read_bytes()
        for length in (0, 7, 100, len(whole) - 1):
            pathlib.Path(cut).write_bytes(whole[:length])
            self.fails(1, ["cut.safetensors"], *self.train("RUN-bad", source=cut))
        self.fails(1, ["none.safetensors"],
                   *self.train("RUN-bad", source=self.path("none.safetensors")))
        self.assertFalse((self.folder / "RUN-bad").exists())

    def test_changed_on_resume(self):
        source = self.path("changing.safetensors")
        pairs, _ = lowbend_numpy.read_safetensors(self.pairs)
        pairs = {name: array[:200].copy() for name, array in pairs.items()}
        lowbend_numpy.write_safetensors(source, pairs)
        command = self.train("changing", "--steps", "20", "--decoder-steps", "0", source=source)
        self.succeeds(*command)
        self.succeeds(*command, "--resume")
        pairs["average"][150, 1] += 1e-6
        lowbend_numpy.write_safetensors(source, pairs)
        self.fails(1, ["changing.safetensors", "other pairs"], *command, "--resume")
        pathlib.Path(source).unlink()
        self.fails(1, ["changing.safetensors", "no such file"], *command, "--resume")

    def test_no_manifold(self):
        out = self.path("x.png")
        self.fails(1, ["pairs.safetensors", "manifold"], "render", self.pairs, "--out", out)
        self.fails(1, ["pairs.safetensors", "manifold"], "sample", self.pairs, "--pairs", "4",
                   "--out", self.path("p.safetensors"))


runs.harness.main()
