"""NumPy arrays in the form that the library expects."""

from __future__ import annotations

from typing import Any, Mapping

import numpy as np
import numpy.typing as npt

from ._library import ffi, lib

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

DTYPES = {
    "f4": lib.LB_F32, "f8": lib.LB_F64, "f2": lib.LB_F16, "u1": lib.LB_U8, "u2": lib.LB_U16,
    "u4": lib.LB_U32, "u8": lib.LB_U64, "i1": lib.LB_I8, "i2": lib.LB_I16, "i4": lib.LB_I32,
    "i8": lib.LB_I64, "b1": lib.LB_BOOL,
}
LAYOUTS = {None: lib.LB_LAYOUT_DEFAULT, "hwc": lib.LB_LAYOUT_HWC, "chw": lib.LB_LAYOUT_CHW}


def floats(array: npt.ArrayLike) -> FloatArray:
    """Converts to row-major float32; copies only if necessary."""
    return np.ascontiguousarray(array, np.float32)


def doubles(array: npt.ArrayLike) -> DoubleArray:
    """Converts to row-major float64; copies only if necessary."""
    return np.ascontiguousarray(array, np.float64)


def pointer(array: npt.NDArray[Any], kind: str = "float *") -> Any:
    """Pointer to the array's memory for a call; the array must outlive the call."""
    return ffi.cast(kind, array.ctypes.data)


class Tensor:
    """An array as ``struct lb_tensor``, sharing its memory if it is dense and row-major."""

    def __init__(self, name: str, array: npt.ArrayLike) -> None:
        values = np.asarray(array)
        key = f"{values.dtype.kind}{values.dtype.itemsize}"
        if key not in DTYPES:
            raise TypeError(f"{name}: an array of {values.dtype} holds no numbers that lowbend "
                            "reads (convert it to float32)")
        if values.ndim > lib.LB_TENSOR_MAX_RANK:
            raise ValueError(f"{name}: {values.ndim} axes are too many (take at most "
                             f"{lib.LB_TENSOR_MAX_RANK})")
        little = values.dtype.newbyteorder("<")
        self.array: npt.NDArray[Any] = np.require(values.astype(little, copy=False),
                                                  requirements=["C"])
        self._name = ffi.new("char[]", name.encode())
        self.pointer: Any = ffi.new("struct lb_tensor *", {
            "name": self._name, "dtype": DTYPES[key], "rank": self.array.ndim,
            "shape": list(self.array.shape),
            "data": ffi.cast("const void *", self.array.ctypes.data)})


def check_pairs(x: FloatArray, y: FloatArray) -> None:
    """Raises ValueError unless both have the same shape."""
    if x.shape != y.shape:
        raise ValueError(f"x is {x.shape} but y is {y.shape} (give as many of both)")


def rows(name: str, array: npt.ArrayLike, width: int) -> FloatArray:
    """Converts to float32; raises ValueError unless the shape is (n, width)."""
    values = floats(array)
    if values.ndim != 2 or values.shape[1] != width:
        raise ValueError(f"{name} is {values.shape}, but (n, {width}) is needed (reshape it)")
    return values


def image_options(scale: float | None = None, layout: str | None = None,
                  size: int | None = None) -> dict[str, Any]:
    """Fields of ``struct lb_image_options``."""
    if layout not in LAYOUTS:
        raise ValueError(f"layout {layout!r}: unknown (take 'hwc', 'chw' or None)")
    return {"scale": scale or 0.0, "layout": LAYOUTS[layout], "size": size or 0}


def write_tensors(context: Any, path: str, arrays: Mapping[str, npt.ArrayLike]) -> None:
    """Writes the arrays to a .safetensors or .npy file."""
    tensors = [Tensor(name, array) for name, array in arrays.items()]
    table = ffi.new("struct lb_tensor[]", [tensor.pointer[0] for tensor in tensors])
    context.call(lib.lb_tensor_file_write, context.pointer, path.encode(), table, len(tensors),
                 ffi.NULL, 0)
