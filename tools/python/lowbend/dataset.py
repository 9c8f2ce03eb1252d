"""Datasets: images of an explicitly known manifold, rendered on the device."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _arrays
from ._arrays import FloatArray
from ._library import Handle, ffi, lib, text
from .device import DeviceLike, open_device


@dataclasses.dataclass(frozen=True)
class DatasetInfo:
    """Properties of a dataset, as defined by its .cl file."""

    name: str
    manifold: str
    dimension: int  #: m; 0 for user pairs, whose manifold is unknown
    point_size: int  #: p
    height: int
    width: int
    channels: int
    injectivity_radius: float
    h: float  #: constant of E*; NaN if E* is unknown

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(H, W, C)."""
        return self.height, self.width, self.channels


class Pairs(NamedTuple):
    """Pairs of nearby points with their images, distances and geodesic midpoints."""

    x: FloatArray  #: (n, H, W, C)
    y: FloatArray
    average: FloatArray
    distance: FloatArray  #: (n)
    point_x: FloatArray  #: (n, p)
    point_y: FloatArray
    point_average: FloatArray


def read_info(struct: Any) -> DatasetInfo:
    """The fields of ``struct lb_dataset_info``."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(DatasetInfo):
        value = getattr(struct, field.name)
        values[field.name] = text(value) if isinstance(value, ffi.CData) else value
    return DatasetInfo(**values)


def datasets(device: DeviceLike = "auto") -> list[str]:
    """Names of the built-in datasets, sorted."""
    opened, _ = open_device(device)
    names = ffi.new("char ***")
    count = ffi.new("size_t *")
    opened.context.call(lib.lb_dataset_names, opened.pointer, names, count)
    try:
        return [text(names[0][i]) for i in range(count[0])]
    finally:
        lib.lb_dataset_names_free(names, count[0])


class Dataset(Handle):
    """A dataset.

    Parameters
    ----------
    name : str or path
        A built-in name, see ``datasets()``, or the path of a .cl file.
    size : int
        Height and width in pixels; 0: the dataset's default.
    cap : float
        Half-angle of a spherical cap in degrees; 0: the dataset's default.
    mesh : path, optional
        A .obj, .off, .ply or .stl file, for datasets that render a mesh.
    device : str or Device
        The device that renders it.
    """

    def __init__(self, name: str | os.PathLike[str], *, size: int = 0, cap: float = 0.0,
                 mesh: str | os.PathLike[str] | None = None, device: DeviceLike = "auto") -> None:
        self.device, owned = open_device(device)
        file = ffi.new("char[]", os.fsencode(name))
        shape = ffi.NULL if mesh is None else ffi.new("char[]", os.fsencode(mesh))
        params = ffi.new("struct lb_dataset_params *", {
            "name": file, "size": size, "cap_degrees": cap, "mesh": shape})
        out = ffi.new("struct lb_dataset **")
        self.device.context.call(lib.lb_dataset_open, out, self.device.pointer, params)
        super().__init__(self.device.context, out, lib.lb_dataset_close, self.device, owned)
        self.info = read_info(lib.lb_dataset_get_info(out[0]))

    def _empty(self, n: int, *shape: int) -> FloatArray:
        return np.empty((n, *shape), np.float32)

    def _points(self, name: str, points: npt.ArrayLike) -> FloatArray:
        return _arrays.rows(name, points, self.info.point_size)

    def sample(self, n: int, *, seed: int = 0) -> FloatArray:
        """Draws points from the volume measure of the manifold.

        Parameters
        ----------
        n : int
        seed : int
            Point i depends only on the seed and i.

        Returns
        -------
        ndarray of float32, (n, p)
        """
        points = self._empty(n, self.info.point_size)
        self.context.call(lib.lb_dataset_points, self.pointer, seed, n, _arrays.pointer(points))
        return points

    def render(self, points: npt.ArrayLike) -> FloatArray:
        """Images (n, H, W, C) of points (n, p), in [0, 1] except for point datasets."""
        given = self._points("points", points)
        images = self._empty(len(given), *self.info.image_shape)
        self.context.call(lib.lb_dataset_render, self.pointer, _arrays.pointer(given), len(given),
                          _arrays.pointer(images))
        return images

    def distance(self, x: npt.ArrayLike, y: npt.ArrayLike) -> FloatArray:
        """Geodesic distances (n) of points (n, p)."""
        from_points, to_points = self._points("x", x), self._points("y", y)
        _arrays.check_pairs(from_points, to_points)
        distances = self._empty(len(from_points))
        self.context.call(lib.lb_dataset_distances, self.pointer, _arrays.pointer(from_points),
                          _arrays.pointer(to_points), len(from_points), _arrays.pointer(distances))
        return distances

    def geodesic(self, x: npt.ArrayLike, y: npt.ArrayLike, *, levels: int = 3) -> FloatArray:
        """Points (n, 2**levels + 1, p) at equal steps of the shortest geodesics from x to y."""
        from_points, to_points = self._points("x", x), self._points("y", y)
        _arrays.check_pairs(from_points, to_points)
        if not 0 <= levels <= 10:
            raise ValueError(f"levels is {levels}: out of range (take 0 to 10)")
        path = self._empty(len(from_points), 2**levels + 1, self.info.point_size)
        self.context.call(lib.lb_dataset_geodesics, self.pointer, _arrays.pointer(from_points),
                          _arrays.pointer(to_points), len(from_points), levels,
                          _arrays.pointer(path))
        return path

    def midpoint(self, x: npt.ArrayLike, y: npt.ArrayLike) -> FloatArray:
        """Midpoints (n, p) of the shortest geodesics from x to y."""
        return self.geodesic(x, y, levels=1)[:, 1]

    def exponential(self, x: npt.ArrayLike, velocity: npt.ArrayLike) -> FloatArray:
        """Points at time 1 on the geodesics from x with the given velocities.

        Parameters
        ----------
        x : array_like, (n, p)
        velocity : array_like, (n, m)
            Coordinates in an orthonormal frame at each point, which depends only on the point.

        Returns
        -------
        ndarray of float32, (n, p)
            NaN if a geodesic has left a manifold with boundary.
        """
        from_points = self._points("x", x)
        coordinates = _arrays.rows("velocity", velocity, self.info.dimension)
        if len(from_points) != len(coordinates):
            raise ValueError(f"{len(from_points)} points but {len(coordinates)} velocities "
                             "(give as many of both)")
        points = np.empty_like(from_points)
        inside = np.empty(len(points), np.intc)
        self.context.call(lib.lb_dataset_exponential, self.pointer, _arrays.pointer(from_points),
                          _arrays.pointer(coordinates), len(points), _arrays.pointer(points),
                          _arrays.pointer(inside, "int *"))
        points[inside == 0] = np.nan
        return points

    def pairs(self, n: int, epsilon: float, *, min_distance: float | None = None,
              seed: int = 0) -> Pairs:
        """Draws fresh pairs: x from the volume measure, y uniform in the geodesic ball around it.

        Parameters
        ----------
        n : int
        epsilon : float
            Sampling radius, below the injectivity radius.
        min_distance : float, optional
            Smallest distance drawn; None: epsilon / 10.
        seed : int
        """
        images, size = self.info.image_shape, self.info.point_size
        shapes = [images, images, images, (), (size,), (size,), (size,)]
        arrays = Pairs(*(self._empty(n, *shape) for shape in shapes))
        params = ffi.new("struct lb_pairs_params *", {
            "epsilon": epsilon, "min_distance": -1.0 if min_distance is None else min_distance,
            "seed": seed})
        out = ffi.new("struct lb_pairs *", {
            name: _arrays.pointer(array) for name, array in arrays._asdict().items()})
        self.context.call(lib.lb_dataset_pairs, self.pointer, params, n, out)
        return arrays

    def check(self, *, smooth: bool = False, seed: int = 0) -> None:
        """Checks a few hundred points and pairs; NumericError describes the first failure."""
        self.context.call(lib.lb_dataset_check, self.pointer, seed, smooth, ffi.NULL, ffi.NULL)

    def write_sheet(self, path: str | os.PathLike[str], *, count: int = 0, seed: int = 0) -> None:
        """Writes a PNG of random samples."""
        params = ffi.new("struct lb_sheet_params *", {"count": count, "seed": seed})
        self.context.call(lib.lb_dataset_write_sheet, self.pointer, params, os.fsencode(path))
