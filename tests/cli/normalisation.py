"""Initial state of training: images normalised per channel, a decoder at the mean image, noise on
its codes. Checked with numpy on images written by `sample`."""

import json

import numpy as np

import harness
import lowbend_numpy
import runs

SMALL = ("--hidden", "16,12", "--latent", "4", "--steps", "3", "--decoder-steps", "2", "--pairs", "32",
         "--log-every", "1", "--checkpoint-every", "2", "--quiet")
IMAGES = ("rotating-object", "--size", "12")


def metadata(path):
    return lowbend_numpy.read_safetensors(path)[1]


class Normalisation(runs.RunTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        maker = cls()
        cls.trained = cls.folder / "RUN"
        maker.succeeds("train", *IMAGES, "--out", cls.trained, *SMALL)
        pairs = cls.folder / "images.safetensors"
        maker.succeeds("sample", *IMAGES, "--pairs", 1000, "--seed", 5, "--out", pairs)
        cls.pairs = pairs
        cls.images = lowbend_numpy.read_safetensors(pairs)[0]["x"].astype(np.float64)

    def runTest(self):
        """Allows setUpClass to run the program."""

    def test_numbers_are_those_of_the_images(self):
        """From 256 images: means within five standard errors, deviations within a tenth."""
        facts = metadata(self.trained / "encoder.safetensors")
        mean, scale = (np.array(facts[key].split(","), np.float64)
                       for key in ("input_mean", "input_scale"))
        self.assertEqual((len(mean), len(scale)), (3, 3))
        of_images = self.images.mean(axis=(1, 2))  # per image and channel
        error = 5.0 * of_images.std(axis=0) * np.sqrt(1.0 / 256 + 1.0 / 1000)
        np.testing.assert_array_less(np.abs(mean - of_images.mean(axis=0)), error)
        np.testing.assert_allclose(scale * self.images.std(axis=(0, 1, 2)), 0.25, rtol=0.1)

    def test_encode_applies_them(self):
        source, target = self.path("in.npy"), self.path("out.npy")
        images = self.images[:20].astype(np.float32)
        np.save(source, images)
        self.succeeds("encode", self.trained, source, "--out", target)
        network = lowbend_numpy.Network(self.trained / "encoder.safetensors")
        codes = network(images)
        self.assertLess(np.abs(np.load(target) - codes).max(), 1e-5 * np.abs(codes).max())
        network.mean, network.scale = 0.0, 1.0  # checks that normalisation matters
        self.assertGreater(np.abs(network(images) - codes).max(), 1e-2 * np.abs(codes).max())

    def test_checkpoint_keeps_them(self):
        facts = metadata(self.trained / "encoder.safetensors")
        kept = metadata(self.trained / "checkpoint.safetensors")
        for key in ("input_mean", "input_scale"):
            self.assertEqual(kept[key], facts[key])

    def test_vectors_enter_as_they_are(self):
        run = self.folder / "sphere"
        self.succeeds("train", "sphere", "--out", run, *SMALL)
        self.assertNotIn("input_mean", metadata(run / "encoder.safetensors"))

    def test_user_pairs(self):
        """Images are normalised; the same numbers without height and width are vectors and are
        not."""
        arrays, _ = lowbend_numpy.read_safetensors(self.pairs)
        for name, channels in (("images", 3), ("vectors", 0)):
            source, run = self.folder / f"{name}.safetensors", self.folder / name
            lowbend_numpy.write_safetensors(source, {
                key: arrays[key] if channels or key == "distance" else
                arrays[key].reshape(1000, -1) for key in ("x", "y", "average", "distance")})
            self.succeeds("train", source, "--out", run, *SMALL)
            text = metadata(run / "encoder.safetensors").get("input_mean")
            self.assertEqual(len(text.split(",")) if text else 0, channels)

    def test_a_constant_channel_is_only_centred(self):
        arrays, _ = lowbend_numpy.read_safetensors(self.pairs)
        source, run = self.folder / "constant.safetensors", self.folder / "constant"
        arrays = {key: arrays[key].copy() for key in ("x", "y", "average", "distance")}
        for key in ("x", "y", "average"):
            arrays[key][..., 1] = 0.75
        lowbend_numpy.write_safetensors(source, arrays)
        self.succeeds("train", source, "--out", run, *SMALL)
        facts = metadata(run / "encoder.safetensors")
        self.assertEqual(float(facts["input_mean"].split(",")[1]), 0.75)
        self.assertEqual(float(facts["input_scale"].split(",")[1]), 1.0)

    def test_decoder_starts_at_the_mean_image(self):
        """Its first step, before any update, has the images' variance around their mean as its
        loss."""
        first = next(float(line["reconstruction"]) for line in runs.read_metrics(self.trained)
                     if line["phase"] == "decoder")
        variance = ((self.images - self.images.mean(axis=0)) ** 2).mean()
        self.assertAlmostEqual(first / variance, 1.0, delta=0.15)
        self.assertGreater((self.images ** 2).mean(), 2.0 * variance)


class CodeNoise(runs.RunTest):
    def config(self, run):
        return json.loads((run / "config.json").read_text())

    def test_default(self):
        """A tenth of epsilon; 0 if the scale of codes differs from that of distances."""
        for options, wanted in (((), 0.05), (("--plain",), 0.0), (("--joint",), 0.0),
                                (("--code-noise", "0.2"), 0.2),
                                (("--plain", "--code-noise", "0.3"), 0.3)):
            with self.subTest(options=options):
                run = self.folder / "run"
                self.succeeds("train", "sphere", "--epsilon", "0.5", "--out", run, "--overwrite",
                              *SMALL, *options)
                self.assertEqual(self.config(run)["code-noise"], wanted)

    def test_it_reaches_every_decoder_and_no_encoder(self):
        """It changes the weights of decoders, and of encoders only when both are trained
        together."""
        for options, encoder_too in (((), False), (("--joint",), True), (("--plain",), True)):
            bytes_of = []
            for noise in ("0", "0.2"):
                run = self.folder / f"run{noise}"
                self.succeeds("train", "sphere", "--out", run, "--overwrite", *SMALL, *options,
                              "--code-noise", noise)
                bytes_of.append([(run / f"{part}.safetensors").read_bytes()
                                 for part in ("encoder", "decoder")])
            with self.subTest(options=options):
                self.assertEqual(bytes_of[0][0] != bytes_of[1][0], encoder_too)
                self.assertNotEqual(bytes_of[0][1], bytes_of[1][1])

    def test_misuse(self):
        for value in ("-1", "much", "nan"):
            self.fails(2, ["--code-noise"], "train", "sphere", "--out", self.path("run"),
                       "--code-noise", value)


harness.main()
