"""tools/torch_model.py builds networks of every kind of layer: outputs and gradients are those of
conv.json."""

import sys

try:
    import torch
except ImportError:
    print("skipped: no torch (Debian's python3-torch)")
    sys.exit(77)

import numpy as np

import conv_reference
import harness
import lowbend_numpy
import torch_model


class ReadersTorch(harness.CommandTest):
    def close(self, actual, expected, tolerance):
        expected = np.asarray(expected)
        self.assertEqual(actual.shape, expected.shape)
        self.assertLess(np.abs(actual - expected).max(), tolerance * np.abs(expected).max())

    def network(self, network):
        path = self.path("network.safetensors")
        conv_reference.write(path, network)
        return torch_model.load_network(path)

    def test_outputs(self):
        for network in conv_reference.load():
            with self.subTest(network["name"]):
                model = self.network(network)
                images = torch.tensor(network["input"])
                with torch.no_grad():
                    for array in (images, images.flatten(1)):
                        self.close(model(array).numpy(), conv_reference.output(network), 1e-5)

    def test_gradients(self):
        """Gradients are needed to continue training in PyTorch."""
        for network in conv_reference.load():
            with self.subTest(network["name"]):
                model = self.network(network).double()
                images = torch.tensor(network["input"], dtype=torch.float64, requires_grad=True)
                cotangent = torch.tensor(network["output_cotangent"], dtype=torch.float64)
                (model(images) * cotangent.flatten(1)).sum().backward()
                self.close(images.grad.numpy(), network["gradient_input"], 1e-6)
                gradients = [parameter.grad.numpy() for parameter in model.parameters()]
                layers = conv_reference.with_parameters(network)
                wanted = [gradient for gradient in network["layer_gradients"] if gradient]
                self.assertEqual(len(gradients), 2 * len(layers))
                for k, (layer, gradient) in enumerate(zip(layers, wanted)):
                    weight = np.reshape(gradient["weight"], conv_reference.file_shape(layer))
                    axes = {"dense": (1, 0), "conv": (3, 2, 0, 1), "deconv": (0, 3, 1, 2)}
                    self.close(gradients[2 * k], weight.transpose(axes[layer["type"]]), 1e-6)
                    self.close(gradients[2 * k + 1], gradient["bias"], 1e-6)

    def test_constants_are_no_parameters(self):
        """Normalisation and mean image agree with numpy's, and training does not change them."""
        path = self.path("network.safetensors")
        rng = np.random.default_rng(2)
        lowbend_numpy.write_safetensors(
            path, {"layer0.weight": rng.normal(size=(2, 4, 4, 3)).astype(np.float32),
                   "layer0.bias": rng.normal(size=3).astype(np.float32),
                   "output_mean": rng.normal(size=(6, 10, 3)).astype(np.float32)},
            {"activation": "elu", "output_activation": "sigmoid", "input": "3x5x2",
             "layers": "deconv3", "input_mean": "0.5,-1", "input_scale": "2,0.5"})
        model = torch_model.load_network(path)
        images = rng.normal(size=(4, 3, 5, 2)).astype(np.float32)
        with torch.no_grad():
            self.close(model(torch.tensor(images)).numpy(), lowbend_numpy.Network(path)(images), 1e-5)
        self.assertEqual(len(list(model.parameters())), 2)
        self.assertEqual(len(list(model.buffers())), 3)


harness.main()
