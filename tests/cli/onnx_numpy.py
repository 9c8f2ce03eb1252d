"""ONNX files read and evaluated by numpy in float64, based on the format's definition."""

import numpy as np

import lowbend_numpy

TYPES = {1: "<f4", 7: "<i8"}


def taps(kernel_shape):
    return [(u, v) for u in range(kernel_shape[0]) for v in range(kernel_shape[1])]


def conv(x, w, b, kernel_shape, pads, strides):
    """(n,c,h,w) by (out,in,k,k); the order of pads is top, left, bottom, right."""
    assert list(w.shape[2:]) == kernel_shape
    x = np.pad(x, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    height, width = ((x.shape[2 + i] - kernel_shape[i]) // strides[i] + 1 for i in range(2))
    y = np.zeros((len(x), len(w), height, width)) + b[:, None, None]
    for u, v in taps(kernel_shape):
        seen = x[:, :, u:u + strides[0] * height:strides[0], v:v + strides[1] * width:strides[1]]
        y += np.einsum("nchw,oc->nohw", seen, w[:, :, u, v])
    return y


def conv_transpose(x, w, b, kernel_shape, pads, strides):
    """(n,c,h,w) by (in,out,k,k)."""
    (height, width), (a, c) = x.shape[2:], strides
    y = np.zeros((len(x), w.shape[1], a * (height - 1) + kernel_shape[0],
                  c * (width - 1) + kernel_shape[1]))
    for u, v in taps(kernel_shape):
        part = np.einsum("nchw,co->nohw", x, w[:, :, u, v])
        y[:, :, u:u + a * height:a, v:v + c * width:c] += part
    return y[:, :, pads[0]:y.shape[2] - pads[2], pads[1]:y.shape[3] - pads[3]] + b[:, None, None]


def average_pool(x, kernel_shape, strides):
    assert kernel_shape == strides == [2, 2]
    return sum(x[:, :, u::2, v::2] for u, v in taps(kernel_shape)) / 4.0


def resize(x, roi, scales, **attributes):
    assert roi is None and list(scales[:2]) == [1.0, 1.0]
    assert attributes == {"mode": "nearest", "nearest_mode": "floor",
                          "coordinate_transformation_mode": "asymmetric"}
    for axis in (2, 3):
        places = np.arange(int(x.shape[axis] * scales[axis])) / scales[axis]
        x = x.take(np.floor(places).astype(int), axis=axis)
    return x


OPERATORS = {
    "Identity": lambda a: a,
    "Elu": lowbend_numpy.ACTIVATIONS["elu"],
    "Relu": lowbend_numpy.ACTIVATIONS["relu"],
    "Tanh": np.tanh,
    "Softplus": lowbend_numpy.softplus,
    "Sigmoid": lowbend_numpy.sigmoid,
    "Add": np.add,
    "Mul": np.multiply,
    "Sub": np.subtract,
    "Gemm": lambda a, b, c: a @ b + c,
    "Flatten": lambda a: a.reshape(len(a), -1),
    "Reshape": lambda a, shape: a.reshape(shape),
    "Transpose": lambda a, perm: a.transpose(perm),
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "AveragePool": average_pool,
    "Resize": resize,
}


def read_varint(data, at):
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a varint of more than ten bytes")


def fields(data):
    """The fields of a message: the list of values of each field number."""
    found = {}
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag & 7 == 0:
            value, at = read_varint(data, at)
        elif tag & 7 == 2:
            length, at = read_varint(data, at)
            value = data[at:at + length]
            if len(value) != length:
                raise ValueError("a field runs beyond its message")
            at += length
        else:
            raise ValueError(f"wire type {tag & 7}")
        found.setdefault(tag >> 3, []).append(value)
    return found


def text(value):
    return bytes(value).decode("ascii")


def read_value(data):
    """Name and shape of an input or output; an open axis is given by its name."""
    value = fields(data)
    (tensor,) = fields(value[2][0])[1]
    tensor = fields(tensor)
    assert tensor[1] == [1], "not float32"
    shape = []
    for dim in fields(tensor[2][0])[1]:
        dim = fields(dim)
        shape.append(dim[1][0] if 1 in dim else text(dim[2][0]))
    return text(value[1][0]), tuple(shape)


def read_constant(data):
    tensor = fields(data)
    array = np.frombuffer(tensor[9][0], TYPES[tensor[2][0]]).reshape(tensor[1])
    return text(tensor[8][0]), array if array.dtype == np.int64 else array.astype(np.float64)


def read_attribute(data):
    """A list of integers or a string."""
    attribute = fields(data)
    name, (kind,) = text(attribute[1][0]), attribute[20]
    return name, {7: lambda: list(attribute[8]), 3: lambda: text(attribute[4][0])}[kind]()


class Model:
    def __init__(self, path):
        with open(path, "rb") as file:
            model = fields(memoryview(file.read()))
        self.ir_version = model[1][0]
        self.producer = text(model[2][0])
        opset = fields(model[8][0])
        self.opset = (text(opset[1][0]), opset[2][0])
        graph = fields(model[7][0])
        self.name = text(graph[2][0])
        self.constants = dict(map(read_constant, graph[5]))
        self.inputs = dict(map(read_value, graph[11]))
        self.outputs = dict(map(read_value, graph[12]))
        self.nodes = [fields(node) for node in graph[1]]

    def __call__(self, **inputs):
        """The outputs by name; a node may only use results of earlier nodes."""
        arrays = dict(self.constants)
        arrays.update(inputs)
        for node in self.nodes:
            operands = [arrays[text(name)] if len(name) else None for name in node[1]]
            (output,) = map(text, node[2])
            assert output not in arrays, f"{output} is made twice"
            attributes = dict(map(read_attribute, node.get(5, [])))
            arrays[output] = OPERATORS[text(node[4][0])](*operands, **attributes)
        return {name: arrays[name] for name in self.outputs}
