"""tools/lowbend_numpy.py reads networks of every kind of layer: outputs are those of conv.json."""

import numpy as np

import conv_reference
import harness
import lowbend_numpy


class Readers(harness.CommandTest):
    def test_every_kind_of_layer(self):
        kinds = set()
        for network in conv_reference.load():
            with self.subTest(network["name"]):
                path = self.path("network.safetensors")
                conv_reference.write(path, network)
                read = lowbend_numpy.Network(path)
                kinds.update(layer.kind for layer in read.layers)
                expected = conv_reference.output(network)
                images = np.array(network["input"])
                for array in (images, images.reshape(len(images), -1)):
                    error = np.abs(read(array) - expected).max()
                    self.assertLess(error, 1e-6 * np.abs(expected).max())
        self.assertEqual(kinds, set(lowbend_numpy.KINDS))

    def test_zeros_around_normalised_images_and_the_mean_image(self):
        """A kernel of ones over 2x2 images: each output is a sum over the normalised image."""
        path = self.path("network.safetensors")
        mean_image = np.arange(4, dtype=np.float32).reshape(2, 2, 1)
        lowbend_numpy.write_safetensors(
            path, {"layer0.weight": np.ones((3, 3, 1, 1), np.float32),
                   "layer0.bias": np.array([0.5], np.float32), "output_mean": mean_image},
            {"activation": "elu", "output_activation": "tanh", "input": "2x2x1", "layers": "conv1",
             "input_mean": "2", "input_scale": "0.25"})
        images = np.array([[[[3.0], [2.0]], [[2.0], [3.0]]]])
        expected = np.tanh(1.0 + mean_image.reshape(1, 4).astype(np.float64))
        np.testing.assert_allclose(lowbend_numpy.Network(path)(images), expected, rtol=1e-12)


harness.main()
