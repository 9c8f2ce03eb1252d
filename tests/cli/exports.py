"""Runs whose networks are random, one per activation, and the images to try them on."""

import numpy as np

import lowbend_numpy
import runs

WIDTHS = (19, 23)
LATENT = 5
TOLERANCE = 1e-5


def random_network(rng, path, sizes, activation, output_activation, channels=0):
    """Inputs of the layers spread over [-3,3] or so, where activations differ most; with channels, a
    network that normalises them."""
    arrays = {}
    for k, (rows, columns) in enumerate(zip(sizes, sizes[1:])):
        weight = rng.normal(size=(rows, columns)) * 1.5 / np.sqrt(rows)
        arrays[f"layer{k}.weight"] = weight.astype(np.float32)
        arrays[f"layer{k}.bias"] = rng.normal(size=columns).astype(np.float32)
    metadata = {"activation": activation, "output_activation": output_activation}
    if channels:
        for name, low, high in (("input_mean", 0.2, 0.6), ("input_scale", 1.0, 3.0)):
            numbers = rng.uniform(low, high, channels).astype(np.float32)
            metadata[name] = ",".join(f"{number:.9g}" for number in numbers)
    lowbend_numpy.write_safetensors(path, arrays, metadata)


class ExportTest(runs.RunTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rng = np.random.default_rng(3)
        maker = cls()
        options = ("--hidden", ",".join(map(str, WIDTHS)), "--latent", LATENT, "--steps", 2,
                   "--decoder-steps", 2, "--pairs", 8, "--quiet")
        maker.succeeds("train", "sphere", "--out", cls.folder / "points", *options)
        maker.succeeds("train", "rotating-object", "--size", 4, "--out", cls.folder / "images",
                       *options)

    def runTest(self):
        """So that setUpClass can run the program."""

    def randomise(self, run, activation, output_activation="linear", channels=None):
        """Replaces the networks; returns what the encoder takes. Images are normalised."""
        shape = {"points": (3,), "images": (4, 4, 3)}[run]
        if channels is None:
            channels = {"points": 0, "images": 3}[run]
        size = int(np.prod(shape))
        folder = self.folder / run
        random_network(self.rng, folder / "encoder.safetensors", (size, *WIDTHS, LATENT),
                       activation, "linear", channels)
        random_network(self.rng, folder / "decoder.safetensors", (LATENT, *WIDTHS[::-1], size),
                       activation, output_activation)
        return self.rng.uniform(0.0, 1.0, (9, *shape)).astype(np.float32)

    def encoded(self, run, images):
        """What the program itself makes of the images: latent codes and their decoded images."""
        source, latent, back = map(self.path, ("images.npy", "latent.npy", "back.npy"))
        np.save(source, images)
        self.succeeds("encode", self.folder / run, source, "--out", latent)
        self.succeeds("decode", self.folder / run, latent, "--out", back)
        return np.load(latent), np.load(back).reshape(images.shape)

    def close(self, actual, expected):
        self.assertEqual(actual.shape, expected.shape)
        scale = np.maximum(1.0, np.abs(expected))
        self.assertLess(np.max(np.abs(actual - expected) / scale), TOLERANCE)
