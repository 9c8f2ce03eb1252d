#!/usr/bin/env python3
"""Loads the networks of a RUN folder in PyTorch; needs only torch and numpy.

    import torch_model
    encoder, decoder = torch_model.load_run("RUN")
    latent = encoder(images)     # images (n,H,W,C) or (n,D), float32
    images = decoder(latent)     # (n,D), in the order H, W, C

Both can be trained further: weights and biases are parameters; the normalisation and the mean image
are buffers.

Run as a program, it writes the same files as `lowbend encode` and `lowbend decode`:

    tools/torch_model.py RUN encode images.npy latent.npy
    tools/torch_model.py RUN decode latent.npy images.npy
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import torch

try:
    from . import lowbend_numpy
except ImportError:  # run from this folder, not as part of the package lowbend
    import lowbend_numpy

ACTIVATIONS = {
    "linear": torch.nn.Identity,
    "elu": torch.nn.ELU,
    "relu": torch.nn.ReLU,
    "tanh": torch.nn.Tanh,
    "softplus": torch.nn.Softplus,
    "silu": torch.nn.SiLU,
    "sigmoid": torch.nn.Sigmoid,
}


class Normalise(torch.nn.Module):
    """(x - mean) scale, with mean and scale of shape (D)."""

    def __init__(self, mean, scale):
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("scale", torch.from_numpy(scale))

    def forward(self, x):
        return (x - self.mean) * self.scale


class Maps(torch.nn.Module):
    """(n,D) in the order H, W, C -> (n,C,H,W), the layout of image layers."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(len(x), *self.shape).permute(0, 3, 1, 2)


class Flat(torch.nn.Module):
    """(n,C,H,W) -> (n,D) in the order H, W, C."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


class OutputMean(torch.nn.Module):
    """x + mean, with mean of shape (D), which is not trained."""

    def __init__(self, mean):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).flatten())

    def forward(self, x):
        return x + self.mean


def with_parameters(module, weight, bias):
    module.load_state_dict({"weight": weight, "bias": torch.tensor(bias)})
    return module


def dense(layer):
    weight = torch.tensor(layer.weight)  # (in,out); torch: (out,in)
    return with_parameters(torch.nn.Linear(*weight.shape), weight.T, layer.bias)


def conv(layer):
    weight = torch.tensor(layer.weight).permute(3, 2, 0, 1)  # (k,k,in,out); torch: (out,in,k,k)
    module = torch.nn.Conv2d(weight.shape[1], weight.shape[0], layer.kernel, layer.stride,
                             layer.padding)
    return with_parameters(module, weight, layer.bias)


def deconv(layer):
    weight = torch.tensor(layer.weight).permute(0, 3, 1, 2)  # (in,k,k,out); torch: (in,out,k,k)
    module = torch.nn.ConvTranspose2d(weight.shape[0], weight.shape[1], layer.kernel, layer.stride,
                                      layer.padding)
    return with_parameters(module, weight, layer.bias)


KINDS = {
    "dense": dense,
    "conv": conv,
    "deconv": deconv,
    "pool": lambda layer: torch.nn.AvgPool2d(2),
    "up": lambda layer: torch.nn.Upsample(scale_factor=2, mode="nearest"),
}


def load_network(path):
    """A file like encoder.safetensors as a torch.nn.Sequential from (n,D) or images (n,H,W,C) to
    (n,D). It contains Linear, Conv2d, ConvTranspose2d, AvgPool2d, Upsample and activations, and
    modules for the normalisation of images, changes of layout and the mean image."""
    arrays, metadata = lowbend_numpy.read_safetensors(path)
    layers = lowbend_numpy.read_layers(arrays, metadata)
    modules = [torch.nn.Flatten()]
    if "input_mean" in metadata:
        size = int(np.prod(layers[0].shape_in))
        modules.append(Normalise(*lowbend_numpy.normalisation(metadata, size)))
    flat = True
    for layer in layers:
        if flat and layer.kind != "dense":
            modules.append(Maps(layer.shape_in))
        elif not flat and layer.kind == "dense":
            modules.append(Flat())
        flat = layer.kind == "dense"
        modules.append(KINDS[layer.kind](layer))
        if layer is layers[-1] and not flat:
            modules.append(Flat())
        if layer is layers[-1] and "output_mean" in arrays:
            modules.append(OutputMean(arrays["output_mean"]))
        if layer.has_parameters:
            modules.append(ACTIVATIONS[layer.activation]())
    return torch.nn.Sequential(*modules)


def load_run(folder):
    """Encoder and decoder of a RUN; the decoder is None if the run has none."""
    folder = pathlib.Path(folder)
    decoder = folder / "decoder.safetensors"
    return (load_network(folder / "encoder.safetensors"),
            load_network(decoder) if decoder.exists() else None)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", metavar="RUN", type=pathlib.Path)
    parser.add_argument("direction", choices=("encode", "decode"))
    parser.add_argument("source", metavar="IN", help="a .npy file")
    parser.add_argument("target", metavar="OUT", help="a .npy file")
    options = parser.parse_args()
    network = load_run(options.run)[options.direction == "decode"]
    if network is None:
        sys.exit(f"torch_model.py: {options.run}: has no decoder")
    array = np.load(options.source)
    if array.dtype == np.uint8:
        array = array / np.float32(255.0)
    elif options.direction == "encode":  # as the pairs of the training were
        config = json.loads((options.run / "config.json").read_text())
        array = array / np.float32(config.get("scale") or 1)
    with torch.no_grad():
        result = network(torch.from_numpy(np.ascontiguousarray(array, np.float32)).flatten(1))
    np.save(options.target, result.numpy())


if __name__ == "__main__":
    main()
