#!/usr/bin/env python3
"""The networks of a RUN folder in PyTorch: torch and numpy are all that is needed.

    import torch_model
    encoder, decoder = torch_model.load_run("RUN")
    latent = encoder(images.flatten(1))     # images (n,H,W,C) or (n,D), float32
    images = decoder(latent)                # (n,D), in the order H, W, C

As a program it applies them to a file and writes what `lowbend encode` and `lowbend decode` would:

    tools/torch_model.py RUN encode images.npy latent.npy
    tools/torch_model.py RUN decode latent.npy images.npy
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import torch

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
    """(x - mean) scale, mean and scale (D)."""

    def __init__(self, mean, scale):
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("scale", torch.from_numpy(scale))

    def forward(self, x):
        return (x - self.mean) * self.scale


def load_network(path):
    """A file like encoder.safetensors as torch.nn.Sequential: Linear, activation, Linear, ..., after
    the normalisation of images if there is one."""
    arrays, metadata = lowbend_numpy.read_safetensors(path)
    layers = []
    count = len(arrays) // 2
    if "input_mean" in metadata:
        layers.append(Normalise(*lowbend_numpy.normalisation(metadata,
                                                             len(arrays["layer0.weight"]))))
    for k in range(count):
        weight = torch.tensor(arrays[f"layer{k}.weight"])  # (in,out); torch has (out,in)
        linear = torch.nn.Linear(*weight.shape)
        linear.load_state_dict({"weight": weight.T, "bias": torch.tensor(arrays[f"layer{k}.bias"])})
        name = metadata["activation" if k + 1 < count else "output_activation"]
        layers += [linear, ACTIVATIONS[name]()]
    return torch.nn.Sequential(*layers)


def load_run(folder):
    """Encoder and decoder of a RUN; the decoder is None where the run has none."""
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
    elif options.direction == "encode":  # as the pairs were that the run was trained on
        config = json.loads((options.run / "config.json").read_text())
        array = array / np.float32(config.get("scale") or 1)
    with torch.no_grad():
        result = network(torch.from_numpy(np.ascontiguousarray(array, np.float32)).flatten(1))
    np.save(options.target, result.numpy())


if __name__ == "__main__":
    main()
