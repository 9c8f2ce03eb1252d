"""export --onnx: the file's description, and its evaluation by numpy against encode and decode."""

import pathlib
import re

import numpy as np

import exports
import harness
import lowbend_numpy
import onnx_numpy


class Export(exports.ExportTest):
    def export(self, run, *arguments):
        path = self.path("model.onnx")
        self.succeeds("export", self.folder / run, "--onnx", path, *arguments)
        return onnx_numpy.Model(path)

    def test_every_activation(self):
        choices = re.search(r"--activation (\S+)", self.succeeds("train", "--help"))[1]
        self.assertEqual(set(lowbend_numpy.ACTIVATIONS), set(choices.split("|")))
        for activation in lowbend_numpy.ACTIVATIONS:
            with self.subTest(activation):
                points = self.randomise("points", activation)
                latent, back = self.encoded("points", points)
                outputs = self.export("points")(images=points)
                self.close(latent, outputs["latent"])
                self.close(back, outputs["reconstruction"])

    def test_images(self):
        images = self.randomise("images", "silu", "sigmoid")
        latent, back = self.encoded("images", images)
        model = self.export("images")
        self.assertEqual((model.ir_version, model.opset), (7, ("", 13)))
        self.assertEqual((model.producer, model.name), ("lowbend", "lowbend"))
        self.assertEqual(model.inputs, {"images": ("n", 4, 4, 3)})
        self.assertEqual(model.outputs, {"latent": ("n", 5), "reconstruction": ("n", 4, 4, 3)})
        outputs = model(images=images)
        self.close(latent, outputs["latent"])
        self.close(back, outputs["reconstruction"])
        for n in (1, 4):
            self.assertTrue(np.array_equal(model(images=images[:n])["latent"].shape, (n, 5)))

    def test_normalisation_of_any_channels(self):
        for run, channels in (("images", 1), ("images", 2), ("images", 24), ("images", 48),
                              ("points", 1), ("points", 3)):
            with self.subTest(run=run, channels=channels):
                images = self.randomise(run, "tanh", channels=channels)
                latent, _ = self.encoded(run, images)
                self.close(latent, self.export(run, "--part", "encoder")(images=images)["latent"])
                encoder = lowbend_numpy.Network(self.folder / run / "encoder.safetensors")
                self.close(latent, encoder(images))
                self.assertGreater(np.abs(encoder.scale - 1.0).max(), 0.0)

    def test_parts(self):
        images = self.randomise("images", "tanh")
        latent, back = self.encoded("images", images)
        encoder = self.export("images", "--part", "encoder")
        self.assertEqual(set(encoder.outputs), {"latent"})
        self.close(latent, encoder(images=images)["latent"])
        decoder = self.export("images", "--part", "decoder")
        self.assertEqual(decoder.inputs, {"latent": ("n", 5)})
        self.close(back, decoder(latent=latent)["images"])

    def test_image_layers(self):
        for images, latent, back in self.each_of_maps():
            model = self.export("maps")
            self.assertEqual(model.inputs, {"images": ("n", *exports.MAPS)})
            outputs = model(images=images)
            self.close(latent, outputs["latent"])
            self.close(back, outputs["reconstruction"])
            for part, values, expected in (("encoder", images, latent), ("decoder", latent, back)):
                network = lowbend_numpy.Network(self.folder / "maps" / f"{part}.safetensors")
                self.close(network(values).reshape(expected.shape), expected)
                model = self.export("maps", "--part", part)
                (name,) = model.inputs
                (output,) = model(**{name: values}).values()
                self.close(output, expected)

    def test_networks_of_other_images(self):
        """The sizes match, but rows and columns are swapped: no image layer accepts them."""
        encoder, decoder = exports.MAP_NETWORKS["pool, up"]
        turned = (exports.MAPS[1], exports.MAPS[0], exports.MAPS[2])
        images = self.randomise_maps(encoder, decoder, "elu", "linear")
        path = self.path("images.npy")
        np.save(path, images)
        wanted = ["20x12x2", "12x20x2", "belongs to another run"]
        exports.random_network(self.rng, self.folder / "maps" / "encoder.safetensors", turned,
                               encoder, "elu", "linear")
        self.fails(1, ["encoder.safetensors", *wanted], "encode", self.folder / "maps", path,
                   "--out", self.path("latent.npy"))
        self.randomise_maps(encoder, decoder.replace("3x5", "5x3"), "elu", "linear")
        self.fails(1, ["decoder.safetensors", *wanted], "encode", self.folder / "maps", path,
                   "--out", self.path("latent.npy"))

    def test_weights_are_exact(self):
        self.randomise("points", "elu")
        model = self.export("points")
        for part in ("encoder", "decoder"):
            arrays, _ = lowbend_numpy.read_safetensors(self.folder / "points" /
                                                       f"{part}.safetensors")
            for name, array in arrays.items():
                self.assertTrue(np.array_equal(model.constants[f"{part}.{name}"], array), name)

    def test_same_bytes(self):
        self.randomise("points", "relu")
        first, second = map(self.path, ("first.onnx", "second.onnx"))
        for path in (first, second):
            self.succeeds("export", self.folder / "points", "--onnx", path)
        self.assertEqual(pathlib.Path(first).read_bytes(), pathlib.Path(second).read_bytes())

    def test_without_decoder(self):
        run = self.folder / "encoder only"
        self.succeeds("train", "sphere", "--out", run, "--hidden", "4", "--steps", 2, "--pairs", 8,
                      "--decoder-steps", 0, "--quiet")
        path = self.path("encoder.onnx")
        self.assertIn("images to latent\n",
                      self.run_program("export", run, "--onnx", path).stderr)
        self.assertEqual(set(onnx_numpy.Model(path).outputs), {"latent"})
        self.fails(1, ["decoder", "--decoder-steps"], "export", run, "--onnx", path, "--part",
                   "decoder")

    def test_wrong_use(self):
        run = self.folder / "points"
        self.fails(2, ["--onnx"], "export", run)
        self.fails(2, ["--part", "banana"], "export", run, "--onnx", self.path("a.onnx"), "--part",
                   "banana")
        self.fails(1, ["nowhere"], "export", run, "--onnx", self.path("nowhere/a.onnx"))
        self.fails(1, ["no-run"], "export", self.path("no-run"), "--onnx", self.path("a.onnx"))


harness.main()
