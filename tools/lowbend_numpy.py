"""What lowbend writes, read and evaluated by numpy in float64: an independent second opinion."""

import json
import struct

import numpy as np

DTYPES = {"F32": "<f4", "F64": "<f8", "U8": "u1", "I32": "<i4", "I64": "<i8"}


def read_safetensors(path):
    """Returns (arrays by name, metadata)."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    arrays = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = np.frombuffer(data[begin:end], DTYPES[entry["dtype"]])
        arrays[name] = flat.reshape(entry["shape"])
    return arrays, metadata


def write_safetensors(path, arrays, metadata=None):
    names = {np.dtype(text): name for name, text in DTYPES.items()}
    header = {"__metadata__": metadata} if metadata else {}
    offset = 0
    for name, array in arrays.items():
        header[name] = {"dtype": names[array.dtype], "shape": list(array.shape),
                        "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).tobytes())


def softplus(a):
    return np.logaddexp(0.0, a)


def sigmoid(a):
    return 0.5 * (1.0 + np.tanh(0.5 * a))


ACTIVATIONS = {
    "linear": lambda a: a,
    "elu": lambda a: np.where(a > 0.0, a, np.expm1(np.minimum(a, 0.0))),
    "relu": lambda a: np.maximum(a, 0.0),
    "tanh": np.tanh,
    "softplus": softplus,
    "silu": lambda a: a * sigmoid(a),
    "sigmoid": sigmoid,
}


def normalisation(metadata, size):
    """Mean and scale of each of an image's numbers, of which channels come last: (size) arrays."""
    rows = []
    for name, absent in (("input_mean", "0"), ("input_scale", "1")):
        channels = np.array(metadata.get(name, absent).split(","), np.float32)
        rows.append(np.tile(channels, size // len(channels)))
    return rows


class Network:
    """A multilayer perceptron: layer k computes act(x W_k + b_k); the first sees (x - mean) scale."""

    def __init__(self, path):
        arrays, metadata = read_safetensors(path)
        self.layers = []
        while f"layer{len(self.layers)}.weight" in arrays:
            k = len(self.layers)
            self.layers.append((arrays[f"layer{k}.weight"].astype(np.float64),
                                arrays[f"layer{k}.bias"].astype(np.float64)))
        self.mean, self.scale = normalisation(metadata, len(self.layers[0][0]))
        self.activation = ACTIVATIONS[metadata["activation"]]
        self.output_activation = ACTIVATIONS[metadata["output_activation"]]

    def __call__(self, x):
        x = (np.asarray(x, np.float64).reshape(len(x), -1) - self.mean) * self.scale
        for weight, bias in self.layers[:-1]:
            x = self.activation(x @ weight + bias)
        weight, bias = self.layers[-1]
        return self.output_activation(x @ weight + bias)


def gamma(s_squared, c):
    """gamma_c(s) = (s^2 - 1)^2 / (s^2 + c^2)."""
    return (s_squared - 1.0) ** 2 / (s_squared + c * c)


def pair_terms(encoder, pairs, c):
    """Distortion and bending of each pair, as (n) arrays."""
    zx, zy, zm = (encoder(pairs[name]) for name in ("x", "y", "average"))
    d = pairs["distance"].astype(np.float64)[:, None]
    first = (zy - zx) / d
    second = 8.0 * ((zx + zy) / 2.0 - zm) / d ** 2
    return gamma((first ** 2).sum(axis=1), c), (second ** 2).sum(axis=1)


def mean_and_stderr(values):
    return values.mean(), values.std(ddof=1) / np.sqrt(len(values))


def energy(encoder, pairs, lambda_, c):
    """Mean and Monte Carlo standard error of E, distortion and bending."""
    distortion, bending = pair_terms(encoder, pairs, c)
    return {"E": mean_and_stderr(distortion + lambda_ * bending),
            "distortion": mean_and_stderr(distortion),
            "bending": mean_and_stderr(bending)}
