"""The networks of tests/reference/conv.json (float64) as network files, with their outputs."""

import json
import os
import pathlib

import numpy as np

import lowbend_numpy


def load():
    path = pathlib.Path(os.environ["LB_TEST_DATA"]) / "conv.json"
    return json.loads(path.read_text())["networks"]


def token(layer):
    kind = layer["type"]
    if kind in ("pool", "up"):
        return kind
    if kind == "dense":
        shape = layer.get("shape")
        return f"dense{shape[0]}x{shape[1]}x{shape[2]}" if shape else str(len(layer["bias"]))
    if kind == "deconv":
        return f"deconv{len(layer['bias'])}"
    kernel, stride = layer["kernel"], layer["stride"]
    return (f"conv{len(layer['bias'])}" + (f"k{kernel}" if kernel != 3 else "")
            + (f"s{stride}" if stride != 1 else ""))


def file_shape(layer):
    """Shape of the weights in a file."""
    kernel, out = layer.get("kernel"), len(layer["bias"])
    return {"dense": (-1, out), "conv": (kernel, kernel, -1, out),
            "deconv": (-1, kernel, kernel, out)}[layer["type"]]


def with_parameters(network):
    return [layer for layer in network["layers"] if "weight" in layer]


def write(path, network):
    """The reference has only two activations: that of the first layer and that of the last layer
    with parameters."""
    layers = with_parameters(network)
    arrays = {}
    for k, layer in enumerate(layers):
        arrays[f"layer{k}.weight"] = np.reshape(layer["weight"], file_shape(layer)).astype(np.float32)
        arrays[f"layer{k}.bias"] = np.array(layer["bias"], np.float32)
        assert layer["activation"] == layers[0 if k + 1 < len(layers) else -1]["activation"]
    shape = np.shape(network["input"])[1:]
    lowbend_numpy.write_safetensors(path, arrays, {
        "activation": layers[0]["activation"],
        "output_activation": layers[-1]["activation"],
        "input": "x".join(map(str, shape if shape[:2] != (1, 1) else shape[2:])),
        "layers": ",".join(map(token, network["layers"]))})


def output(network):
    """(n,D), as the readers return it."""
    array = np.array(network["output"])
    return array.reshape(len(array), -1)
