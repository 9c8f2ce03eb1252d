"""Runs with random networks, one per activation, and test images."""

import numpy as np

import lowbend_numpy
import runs

WIDTHS = (19, 23)
LATENT = 5
TOLERANCE = 1e-5


# Shape of the images of the run "maps".
MAPS = (12, 20, 2)
MAP_NETWORKS = {
    "pool, up": ("pool,conv4,conv5k5,pool,6,5", "7,dense3x5x4,up,conv5,up,conv2"),
    "strides, odd sides, deconv": ("conv4s2,conv5k4s2,conv3k7s2,conv4k1,5",
                                   "dense3x5x4,deconv5,deconv2"),
    "conv before up, dense last": ("conv3,pool,5", "dense3x5x4,conv3,up,480"),
}


def random_network(rng, path, shape, text, activation, output_activation, channels=0, mean=False):
    """The layers' inputs cover about [-3,3], where activations differ most; with channels, the
    network normalises its input."""
    metadata = {"activation": activation, "output_activation": output_activation}
    if not text.replace(",", "").isdigit():
        metadata.update(input="x".join(map(str, shape)), layers=text)
    shape = (1,) * (3 - len(shape)) + tuple(shape)
    arrays = {}
    for token in text.split(","):
        layer = lowbend_numpy.Layer(token, shape)
        k, shape = len(arrays) // 2, layer.shape
        if not layer.has_parameters:
            continue
        columns = shape[2]
        rows, weight = {
            "dense": (np.prod(layer.shape_in), (np.prod(layer.shape_in), np.prod(shape))),
            "conv": (layer.kernel ** 2 * layer.shape_in[2],
                     (layer.kernel, layer.kernel, layer.shape_in[2], columns)),
            "deconv": (4 * layer.shape_in[2], (layer.shape_in[2], 4, 4, columns)),
        }[layer.kind]
        values = rng.normal(size=weight) * 1.5 / np.sqrt(rows)
        arrays[f"layer{k}.weight"] = values.astype(np.float32)
        arrays[f"layer{k}.bias"] = rng.normal(size=weight[-1]).astype(np.float32)
    if mean:
        arrays["output_mean"] = rng.normal(size=shape).astype(np.float32)
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
        pairs = cls.folder / "maps.safetensors"
        lowbend_numpy.write_safetensors(pairs, {
            **{name: cls.rng.uniform(0.0, 1.0, (16, *MAPS)).astype(np.float32)
               for name in ("x", "y", "average")},
            "distance": cls.rng.uniform(0.1, 0.2, 16).astype(np.float32)})
        maker.succeeds("train", pairs, "--out", cls.folder / "maps", *options, "--hidden",
                       "pool,conv4,conv5s2,7", "--decoder-hidden", "7,dense3x5x4,up,conv3,up",
                       "--output-activation", "sigmoid")

    def runTest(self):
        """Allows setUpClass to run the program."""

    def randomise(self, run, activation, output_activation="linear", channels=None):
        """Replaces the networks; returns input for the encoder. Images are normalised."""
        shape = {"points": (3,), "images": (4, 4, 3)}[run]
        if channels is None:
            channels = {"points": 0, "images": 3}[run]
        size = int(np.prod(shape))
        encoder = ",".join(map(str, (*WIDTHS, LATENT)))
        decoder = ",".join(map(str, (*WIDTHS[::-1], size)))
        folder = self.folder / run
        random_network(self.rng, folder / "encoder.safetensors", (size,), encoder, activation,
                       "linear", channels)
        random_network(self.rng, folder / "decoder.safetensors", (LATENT,), decoder, activation,
                       output_activation)
        return self.rng.uniform(0.0, 1.0, (9, *shape)).astype(np.float32)

    def randomise_maps(self, encoder, decoder, activation, output_activation):
        """The same with image layers for the run "maps"; the output has a mean image."""
        folder = self.folder / "maps"
        random_network(self.rng, folder / "encoder.safetensors", MAPS, encoder, activation, "linear",
                       MAPS[2])
        random_network(self.rng, folder / "decoder.safetensors", (LATENT,), decoder, activation,
                       output_activation, mean=True)
        return self.rng.uniform(0.0, 1.0, (9, *MAPS)).astype(np.float32)

    def each_of_maps(self):
        """Yields images, codes and decoded images of every image network."""
        for name, (encoder, decoder) in MAP_NETWORKS.items():
            for activation, output_activation in (("silu", "sigmoid"), ("elu", "linear")):
                with self.subTest(name, activation=activation):
                    images = self.randomise_maps(encoder, decoder, activation, output_activation)
                    yield (images, *self.encoded("maps", images))

    def encoded(self, run, images):
        """Codes of the images and their decoded images, computed by the program."""
        source, latent, back = map(self.path, ("images.npy", "latent.npy", "back.npy"))
        np.save(source, images)
        self.succeeds("encode", self.folder / run, source, "--out", latent)
        self.succeeds("decode", self.folder / run, latent, "--out", back)
        return np.load(latent), np.load(back).reshape(images.shape)

    def close(self, actual, expected):
        self.assertEqual(actual.shape, expected.shape)
        scale = np.maximum(1.0, np.abs(expected))
        self.assertLess(np.max(np.abs(actual - expected) / scale), TOLERANCE)
