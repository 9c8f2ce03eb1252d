"""Calculus on the latent manifold of a RUN: geodesics, exponential, transport, means."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _arrays
from ._arrays import DoubleArray
from ._library import Handle, ffi, lib

TRANSPORTS = {"projection": lib.LB_TRANSPORT_PROJECTION,
              "pole-ladder": lib.LB_TRANSPORT_POLE_LADDER}


@dataclasses.dataclass(frozen=True)
class CurveInfo:
    """Properties of a curve, in latent units."""

    length: float
    energy: float
    residual: float  #: mean distance of its inner codes from the latent manifold
    iterations: int
    converged: bool


@dataclasses.dataclass(frozen=True)
class MeanInfo:
    """Properties of a mean."""

    variance: float
    gradient: float
    iterations: int


def _pointer(array: DoubleArray) -> Any:
    return _arrays.pointer(array, "double *")


class Geometry(Handle):
    """The geometry of a run's latent manifold, based on its projection; see ``Run.geometry()``.

    Codes and vectors are float64 arrays (l,), curves of K segments (K+1, l).
    """

    def __init__(self, run: Handle, metric: str = "latent") -> None:
        if metric not in ("latent", "decoder"):
            raise ValueError(f"metric {metric!r}: unknown (take 'latent' or 'decoder')")
        out = ffi.new("struct lb_geometry **")
        run.context.call(lib.lb_geometry_open, out, run.pointer)
        super().__init__(run.context, out, lib.lb_geometry_destroy, run)
        if metric == "decoder":
            run.context.call(lib.lb_geometry_use_decoder, out[0], run.pointer)
        self.latent = int(lib.lb_geometry_latent(out[0]))
        self.dimension = int(lib.lb_geometry_dimension(out[0]))

    def _code(self, name: str, value: npt.ArrayLike) -> DoubleArray:
        code = _arrays.doubles(value)
        if code.shape != (self.latent,):
            raise ValueError(f"{name} is {code.shape}, but ({self.latent},) is needed")
        return code

    def _codes(self, name: str, value: npt.ArrayLike, least: int = 1) -> DoubleArray:
        codes = _arrays.doubles(value)
        if codes.ndim != 2 or codes.shape[1] != self.latent or len(codes) < least:
            raise ValueError(f"{name} is {codes.shape}, but (n, {self.latent}) with n at least "
                             f"{least} is needed")
        return codes

    def _curve(self, segments: int) -> DoubleArray:
        return np.empty((max(segments, 0) + 1, self.latent))

    def project(self, codes: npt.ArrayLike) -> DoubleArray:
        """Projects codes (n, l) near the latent manifold onto it."""
        given = self._codes("codes", codes)
        projected = np.empty_like(given)
        self.context.call(lib.lb_geometry_project, self.pointer, _pointer(given), len(given),
                          _pointer(projected))
        return projected

    def tangent(self, codes: npt.ArrayLike) -> DoubleArray:
        """Orthonormal bases (n, m, l) of the tangent spaces at codes (n, l)."""
        given = self._codes("codes", codes)
        basis = np.empty((len(given), self.dimension, self.latent))
        self.context.call(lib.lb_geometry_tangent, self.pointer, _pointer(given), len(given),
                          _pointer(basis))
        return basis

    def measure(self, curve: npt.ArrayLike) -> CurveInfo:
        """Length and energy of any curve (K+1, l)."""
        given = self._codes("curve", curve, 2)
        info = ffi.new("struct lb_curve_info *")
        self.context.call(lib.lb_geometry_measure, self.pointer, _pointer(given), len(given) - 1,
                          info)
        return _curve_info(info)

    def geodesic(self, start: npt.ArrayLike, end: npt.ArrayLike,
                 segments: int = 16) -> tuple[DoubleArray, CurveInfo]:
        """The geodesic between two codes.

        Returns
        -------
        curve : ndarray, (segments+1, l)
        info : CurveInfo
        """
        ends = self._code("start", start), self._code("end", end)
        curve = self._curve(segments)
        info = ffi.new("struct lb_curve_info *")
        self.context.call(lib.lb_geometry_geodesic, self.pointer, *map(_pointer, ends),
                          max(segments, 0), _pointer(curve), info)
        return curve, _curve_info(info)

    def exponential(self, start: npt.ArrayLike, velocity: npt.ArrayLike,
                    segments: int = 16) -> DoubleArray:
        """The geodesic (segments+1, l) that starts at a code with a given velocity, up to time 1."""
        given = self._code("start", start), self._code("velocity", velocity)
        curve = self._curve(segments)
        self.context.call(lib.lb_geometry_exponential, self.pointer, *map(_pointer, given),
                          max(segments, 0), _pointer(curve))
        return curve

    def logarithm(self, start: npt.ArrayLike, end: npt.ArrayLike,
                  segments: int = 16) -> DoubleArray:
        """The velocity (l,) with which ``exponential()`` reaches `end`."""
        ends = self._code("start", start), self._code("end", end)
        velocity = np.empty(self.latent)
        self.context.call(lib.lb_geometry_logarithm, self.pointer, *map(_pointer, ends),
                          max(segments, 0), _pointer(velocity))
        return velocity

    def transport(self, curve: npt.ArrayLike, vector: npt.ArrayLike,
                  how: str = "projection") -> DoubleArray:
        """Parallel transport of a vector (l,) from the first code of a curve to its last one.

        Parameters
        ----------
        curve : array_like, (K+1, l)
        vector : array_like, (l,)
        how : {"projection", "pole-ladder"}
        """
        if how not in TRANSPORTS:
            raise ValueError(f"transport {how!r}: unknown (take {' or '.join(TRANSPORTS)})")
        along, given = self._codes("curve", curve, 2), self._code("vector", vector)
        moved = np.empty(self.latent)
        self.context.call(lib.lb_geometry_transport, self.pointer, _pointer(along),
                          len(along) - 1, TRANSPORTS[how], _pointer(given), _pointer(moved))
        return moved

    def _weights(self, codes: DoubleArray, weights: npt.ArrayLike | None) -> DoubleArray:
        shares = np.ones(len(codes)) if weights is None else _arrays.doubles(weights)
        if shares.shape != (len(codes),):
            raise ValueError(f"weights are {shares.shape}, but ({len(codes)},) is needed")
        return shares

    def mean(self, codes: npt.ArrayLike, weights: npt.ArrayLike | None = None,
             segments: int = 16) -> tuple[DoubleArray, MeanInfo]:
        """The Fréchet mean of codes (n, l), with weights (n)."""
        given = self._codes("codes", codes)
        shares = self._weights(given, weights)
        mean = np.empty(self.latent)
        info = ffi.new("struct lb_mean_info *")
        self.context.call(lib.lb_geometry_mean, self.pointer, _pointer(given),
                          _pointer(shares), len(given), max(segments, 0), _pointer(mean), info)
        return mean, MeanInfo(info.variance, info.gradient, info.iterations)

    def principal(self, codes: npt.ArrayLike, mean: npt.ArrayLike,
                  weights: npt.ArrayLike | None = None,
                  segments: int = 16) -> tuple[DoubleArray, DoubleArray]:
        """Principal geodesics: the directions at the mean along which codes (n, l) vary most.

        Returns
        -------
        directions : ndarray, (m, l)
            ``exponential()`` of one is the geodesic.
        variances : ndarray, (m)
            In descending order; their sum is ``MeanInfo.variance``.
        """
        given, middle = self._codes("codes", codes), self._code("mean", mean)
        shares = self._weights(given, weights)
        directions, variances = np.empty((self.dimension, self.latent)), np.empty(self.dimension)
        self.context.call(lib.lb_geometry_principal, self.pointer, _pointer(given),
                          _pointer(shares), len(given), _pointer(middle), max(segments, 0),
                          _pointer(directions), _pointer(variances))
        return directions, variances


def _curve_info(info: Any) -> CurveInfo:
    return CurveInfo(info.length, info.energy, info.residual, info.iterations, info.converged)
