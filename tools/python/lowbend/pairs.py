"""User pairs: files of images x, y, their average and distance, given or derived from images."""

from __future__ import annotations

import os
from typing import Any

import numpy.typing as npt

from . import _arrays
from ._library import Context, ffi, lib
from .device import DeviceLike, open_device


def write_pairs(path: str | os.PathLike[str], x: npt.ArrayLike, y: npt.ArrayLike,
                average: npt.ArrayLike, distance: npt.ArrayLike) -> None:
    """Writes user pairs for ``train()`` and ``Trainer``.

    Parameters
    ----------
    path : path
        A .safetensors file.
    x, y, average : array_like, (n, H, W, C), (n, H, W) or (n, D)
        Images, in [0, 1] or uint8; `average` is the midpoint of x and y.
    distance : array_like, (n)
        Distances of x and y.
    """
    _arrays.write_tensors(Context(), os.fspath(path), {
        "x": x, "y": y, "average": average, "distance": _arrays.floats(distance)})


def make_pairs(path: str | os.PathLike[str], images: npt.ArrayLike, *, neighbours: int = 8,
               epsilon: float | None = None, tolerance: float = 0.05, pairs: int = 10000,
               seed: int = 0, scale: float | None = None, layout: str | None = None,
               size: int | None = None, device: DeviceLike = "auto") -> dict[str, Any]:
    """Derives user pairs from images, like ``lowbend pairs``: a graph connects each image to its
    nearest neighbours, and distances are lengths of shortest paths.

    Parameters
    ----------
    path : path
        The .safetensors file to write.
    images : array_like, (n, H, W, C), (n, H, W) or (n, D)
    neighbours : int
        Number of nearest neighbours that each image is connected to.
    epsilon : float, optional
        Largest distance of a pair; None: four times the median edge.
    tolerance : float
        Largest offset of the average from the midpoint, as a fraction of the distance.
    pairs : int
        Maximum number of pairs to write, chosen at random.
    seed : int
        Seed of that choice.
    scale : float, optional
        Values are divided by it; None: 255 for uint8, 1 for floats, which must be in [0, 1].
    layout : {None, "hwc", "chw"}
        Order of the axes of an image.
    size : int, optional
        Images are resized to size x size pixels.
    device : str or Device

    Returns
    -------
    dict
        Properties of the graph and the pairs: ``images``, ``edges``, ``median_edge``, ``written``, ``largest``, ...
    """
    opened, _ = open_device(device)
    tensor = _arrays.Tensor("images", images)
    params = ffi.new("struct lb_image_pairs_params *")
    lib.lb_image_pairs_params_default(params)
    params.neighbours = neighbours
    params.epsilon = epsilon or 0.0
    params.tolerance = tolerance
    params.pairs = pairs
    params.seed = seed
    params.read = _arrays.image_options(scale, layout, size)
    found = ffi.new("struct lb_image_pairs *")
    opened.context.call(lib.lb_image_pairs_make_array, opened.pointer, tensor.pointer,
                        os.fsencode(path), params, found)
    names = (name for name, _ in ffi.typeof("struct lb_image_pairs").fields)
    return {name: list(found.shape) if name == "shape" else getattr(found, name)
            for name in names if name != "reserved"}
