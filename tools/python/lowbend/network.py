"""Networks on a device: application, layers and parameters."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _arrays
from ._arrays import FloatArray
from ._library import Handle, ffi, lib, text


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer of a network."""

    kind: str  #: "dense", "conv", "deconv", "pool" or "up"
    shape_in: tuple[int, int, int]  #: height, width, channels
    shape_out: tuple[int, int, int]
    activation: str
    parameters: int


def _shape(struct: Any) -> tuple[int, int, int]:
    return struct.height, struct.width, struct.channels


class Network:
    """A network owned by a Trainer or a Run, valid while that is open."""

    def __init__(self, owner: Handle, find: Any) -> None:
        self._owner = owner
        self._find = find

    @property
    def pointer(self) -> Any:
        """The library's object."""
        return self._find(self._owner.pointer)

    @property
    def inputs(self) -> int:
        """Size of an input."""
        return int(lib.lb_network_inputs(self.pointer))

    @property
    def outputs(self) -> int:
        """Size of an output."""
        return int(lib.lb_network_outputs(self.pointer))

    @property
    def layers(self) -> list[Layer]:
        """All layers, starting at the input."""
        found = []
        info = ffi.new("struct lb_layer_info *")
        for k in range(lib.lb_network_layer_count(self.pointer)):
            lib.lb_network_get_layer(self.pointer, k, info)
            found.append(Layer(text(info.kind), _shape(getattr(info, "in")), _shape(info.out),
                               text(lib.lb_activation_name(info.activation)), info.parameters))
        return found

    def __call__(self, values: npt.ArrayLike) -> FloatArray:
        """Outputs (n, outputs) of inputs (n, ...), float32."""
        given = _arrays.floats(values)
        given = _arrays.rows("input", given.reshape(len(given), -1), self.inputs)
        result = np.empty((len(given), self.outputs), np.float32)
        self._owner.context.call(lib.lb_network_apply, self.pointer, _arrays.pointer(given),
                                 len(given), _arrays.pointer(result))
        return result

    def get_parameters(self) -> FloatArray:
        """All weights and biases, layer by layer, in the order of ``encoder.safetensors``."""
        values = np.empty(lib.lb_network_parameter_count(self.pointer), np.float32)
        self._owner.context.call(lib.lb_network_get_parameters, self.pointer,
                                 _arrays.pointer(values))
        return values

    def set_parameters(self, values: npt.ArrayLike) -> None:
        """Replaces all of them. If one is not finite, raises NumericError and changes nothing."""
        given = _arrays.floats(values)
        count = lib.lb_network_parameter_count(self.pointer)
        if given.shape != (count,):
            raise ValueError(f"parameters are {given.shape}, but ({count},) is needed")
        self._owner.context.call(lib.lb_network_set_parameters, self.pointer,
                                 _arrays.pointer(given))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a .safetensors file, as in RUN folders."""
        self._owner.context.call(lib.lb_network_save, self.pointer, os.fsencode(path))
