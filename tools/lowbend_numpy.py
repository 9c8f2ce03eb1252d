"""Reads the files that lowbend writes and evaluates networks with numpy in float64, for independent
checks."""

import json
import re
import struct

import numpy as np

DTYPES = {"F32": "<f4", "F64": "<f8", "U8": "u1", "I32": "<i4", "I64": "<i8", "F16": "<f2",
          "I8": "i1", "I16": "<i2", "U16": "<u2", "U32": "<u4", "U64": "<u8", "BOOL": "?",
          "C64": "<c8"}


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
    """Mean and scale of each number of an image, channels last: (size) arrays."""
    rows = []
    for name, absent in (("input_mean", "0"), ("input_scale", "1")):
        channels = np.array(metadata.get(name, absent).split(","), np.float32)
        rows.append(np.tile(channels, size // len(channels)))
    return rows


# Patterns of the tokens in a network's text (src/nn/layers.h), by kind.
TOKENS = {
    "dense": re.compile(r"(\d+)|dense(\d+)x(\d+)x(\d+)"),
    "conv": re.compile(r"conv(\d+)(?:k(\d+))?(?:s(\d+))?"),
    "deconv": re.compile(r"deconv(\d+)"),
    "pool": re.compile(r"pool"),
    "up": re.compile(r"up"),
}


def read_shape(text):
    """(height, width, channels) of "32x32x3", or of "16" for a vector."""
    sizes = tuple(map(int, text.split("x")))
    return sizes if len(sizes) == 3 else (1, 1, *sizes)


class Layer:
    """One layer of a file: its kind, input and output shapes (height, width, channels), its tensors as
    stored in the file, and how to apply them."""

    def __init__(self, token, shape_in):
        matches = {kind: pattern.fullmatch(token) for kind, pattern in TOKENS.items()}
        ((self.kind, match),) = ((kind, match) for kind, match in matches.items() if match)
        numbers = [int(number) if number else None for number in match.groups()]
        height, width, channels = self.shape_in = shape_in
        self.weight = self.bias = None  # pool and up have no parameters
        self.activation = "linear"
        self.kernel, self.stride, self.padding = 0, 1, 0
        if self.kind == "dense":
            self.shape = (1, 1, numbers[0]) if numbers[0] else tuple(numbers[1:])
        elif self.kind == "conv":
            self.kernel, self.stride = numbers[1] or 3, numbers[2] or 1
            self.padding = (self.kernel - 1) // 2
            self.shape = (*((side + 2 * self.padding - self.kernel) // self.stride + 1
                            for side in (height, width)), numbers[0])
        elif self.kind == "deconv":
            self.kernel, self.stride, self.padding = 4, 2, 1
            self.shape = (2 * height, 2 * width, numbers[0])
        elif self.kind == "pool":
            self.shape = (height // 2, width // 2, channels)
        elif self.kind == "up":
            self.shape = (2 * height, 2 * width, channels)

    @property
    def has_parameters(self):
        return self.kind not in ("pool", "up")


def read_layers(arrays, metadata):
    """The layers of a network file. If its metadata lacks `layers`, all are dense."""
    biases = [arrays[f"layer{k}.bias"] for k in range(len(arrays))
              if f"layer{k}.bias" in arrays]
    text = metadata.get("layers", ",".join(str(len(bias)) for bias in biases))
    shape = read_shape(metadata.get("input", str(len(arrays["layer0.weight"]))))
    layers = []
    for token in text.split(","):
        layers.append(Layer(token, shape))
        shape = layers[-1].shape
    with_parameters = [layer for layer in layers if layer.has_parameters]
    for k, layer in enumerate(with_parameters):
        layer.weight = arrays[f"layer{k}.weight"]
        layer.bias = arrays[f"layer{k}.bias"]
        layer.activation = metadata["activation"]
    with_parameters[-1].activation = metadata["output_activation"]
    return layers


def dense(x, layer):
    return x.reshape(len(x), -1) @ layer.weight + layer.bias


def conv(x, layer):
    pad = (layer.padding, layer.padding)
    x = np.pad(x, ((0, 0), pad, pad, (0, 0)))
    s, (height, width, _) = layer.stride, layer.shape
    taps = (x[:, u:u + s * height:s, v:v + s * width:s] @ layer.weight[u, v]
            for u in range(layer.kernel) for v in range(layer.kernel))
    return sum(taps) + layer.bias


def deconv(x, layer):
    s, p, (height, width, channels) = layer.stride, layer.padding, layer.shape
    y = np.zeros((len(x), height + 2 * p, width + 2 * p, channels))
    for u in range(layer.kernel):
        for v in range(layer.kernel):
            y[:, u:u + height:s, v:v + width:s] += x @ layer.weight[:, u, v]
    return y[:, p:-p, p:-p] + layer.bias


def pool(x, _):
    return (x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]) / 4.0


def up(x, _):
    return x.repeat(2, axis=1).repeat(2, axis=2)


KINDS = {"dense": dense, "conv": conv, "deconv": deconv, "pool": pool, "up": up}


class Network:
    """A network file as a function from (n,D) arrays or images to (n,D) arrays in the order H, W, C.
    The input of the first layer is (x - mean) scale; output_mean is added to the pre-activations of
    the last one."""

    def __init__(self, path):
        arrays, metadata = read_safetensors(path)
        self.layers = read_layers(arrays, metadata)
        for layer in self.layers:
            if layer.has_parameters:
                layer.weight = layer.weight.astype(np.float64)
                layer.bias = layer.bias.astype(np.float64)
        self.mean, self.scale = normalisation(metadata, int(np.prod(self.layers[0].shape_in)))
        self.output_mean = arrays.get("output_mean", np.zeros(1)).astype(np.float64)

    def __call__(self, x):
        x = (np.asarray(x, np.float64).reshape(len(x), -1) - self.mean) * self.scale
        for layer in self.layers:
            x = KINDS[layer.kind](x.reshape(len(x), *layer.shape_in), layer)
            x = x.reshape(len(x), *layer.shape)
            if layer is self.layers[-1]:
                x = x + self.output_mean
            x = ACTIVATIONS[layer.activation](x)
        return x.reshape(len(x), -1)


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
