"""RUN folders: applying, evaluating and exporting their networks."""

from __future__ import annotations

import importlib
import json
import os
import pathlib
from typing import Any, Callable, NamedTuple, Optional, Sequence

import numpy as np
import numpy.typing as npt

from . import _arrays
from . import _settings
from ._arrays import FloatArray
from ._library import Callback, Context, Handle, ffi, lib, take_text, text
from .dataset import DatasetInfo, read_info
from .device import DeviceLike, open_device
from .geometry import Geometry
from .network import Network

PARTS = {"all": lib.LB_EXPORT_ALL, "encoder": lib.LB_EXPORT_ENCODER,
         "decoder": lib.LB_EXPORT_DECODER}

MeasureFunction = Callable[[str, int, int], Optional[bool]]


class Interpolation(NamedTuple):
    """Lines in latent space between images, frame by frame."""

    images: FloatArray  #: (frames, H, W, C), decoded
    latent: FloatArray  #: (frames, l)


def run_info(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Summary of a RUN folder, finished or not, as in ``lowbend info --json``; needs no device."""
    context = Context()
    out = ffi.new("struct lb_run_info **")
    context.call(lib.lb_run_info_read, out, context.pointer, os.fsencode(path))
    try:
        return dict(json.loads(take_text(lib.lb_run_info_json(out[0]))))
    finally:
        lib.lb_run_info_free(out)


@ffi.callback("bool(void *, const char *, int, int)")  # type: ignore[untyped-decorator]
def _measure(user: Any, measure: Any, done: int, total: int) -> bool:
    callback: Callback = ffi.from_handle(user)
    return callback(text(measure), done, total)


class Run(Handle):
    """A trained RUN folder.

    Parameters
    ----------
    path : path
    device : str or Device
    networks_only : bool, optional
        Do not open the training data; this suffices to encode, decode, interpolate and export.
        None: True if the run was trained on user pairs, whose file may be missing.
    """

    def __init__(self, path: str | os.PathLike[str], *, device: DeviceLike = "auto",
                 networks_only: bool | None = None, _owns_device: bool = False) -> None:
        self.path = pathlib.Path(path)
        self.device, owned = open_device(device)
        context = self.device.context
        out = ffi.new("struct lb_run **")
        if networks_only is None:
            networks_only = run_info(path)["dataset"]["dimension"] == 0
        open_run = lib.lb_run_open_networks if networks_only else lib.lb_run_open
        context.call(open_run, out, self.device.pointer, os.fsencode(path))
        super().__init__(context, out, lib.lb_run_close, self.device, owned or _owns_device)
        self.info: DatasetInfo = read_info(lib.lb_dataset_get_info(lib.lb_run_dataset(out[0])))
        self.encoder = Network(self, lib.lb_run_encoder)
        self.decoder = (Network(self, lib.lb_run_decoder)
                        if lib.lb_run_decoder(out[0]) != ffi.NULL else None)

    @property
    def settings(self) -> dict[str, Any]:
        """The training settings by name."""
        return _settings.read(lib.lb_run_params(self.pointer))

    def encode(self, images: npt.ArrayLike, *, scale: float | None = None,
               layout: str | None = None, size: int | None = None) -> FloatArray:
        """Latent codes of images.

        Parameters
        ----------
        images : array_like, (n, H, W, C), (n, H, W) or (n, D)
            Floats in [0, 1], uint8, or any numbers with a scale.
        scale : float, optional
            Values are divided by it; None: the scale of the run's user pairs, if they had one.
        layout : {None, "hwc", "chw"}
        size : int, optional
            Images are resized to size x size pixels.

        Returns
        -------
        ndarray of float32, (n, l)
        """
        tensor = _arrays.Tensor("images", images)
        options = ffi.new("struct lb_image_options *", _arrays.image_options(scale, layout, size))
        latent = np.empty((_count(tensor), self.encoder.outputs), np.float32)
        self.context.call(lib.lb_run_encode, self.pointer, tensor.pointer, options,
                          _arrays.pointer(latent))
        return latent

    def decode(self, latent: npt.ArrayLike) -> FloatArray:
        """Images (n, H, W, C) of latent codes (n, l), float32."""
        tensor = _arrays.Tensor("latent", latent)
        images = np.empty((_count(tensor), *self.info.image_shape), np.float32)
        self.context.call(lib.lb_run_decode, self.pointer, tensor.pointer,
                          _arrays.pointer(images))
        return images

    def interpolate(self, rows: npt.ArrayLike, *, frames: int = 9, loop: bool = False,
                    lines: Sequence[tuple[int, int]] | None = None,
                    geodesic: bool = False) -> Interpolation:
        """Connects images, or codes (n, l), by lines in latent space and decodes them.

        Parameters
        ----------
        rows : array_like
        frames : int
            Frames of a line, including both ends.
        loop : bool
            Also connect the last row to the first.
        lines : sequence of (from, to), optional
            Separate lines between these rows; None: one path through all of them.
        geodesic : bool
            Use geodesics on the latent manifold; needs ``train_projection()``.
        """
        tensor = _arrays.Tensor("images", rows)
        ends = ffi.new("struct lb_key_frames[]", [tuple(line) for line in lines or ()])
        geometry = self.geometry() if geodesic else None
        params = ffi.new("struct lb_latent_path_params *", {
            "lines": ends, "count": len(ends), "loop": loop, "frames": frames,
            "geometry": geometry.pointer if geometry is not None else ffi.NULL})
        out = ffi.new("struct lb_latent_path **")
        try:
            self.context.call(lib.lb_latent_path_create_array, out, self.pointer, tensor.pointer,
                              params)
            count = lib.lb_latent_path_frames(out[0])
            latent = np.empty((count, self.encoder.outputs), np.float32)
            lib.lb_latent_path_codes(out[0], _arrays.pointer(latent))
        finally:
            self.context.value(lib.lb_latent_path_destroy, out)
            if geometry is not None:
                geometry.close()
        return Interpolation(self.decode(latent), latent)

    def evaluate(self, *, pairs: int = 8192, points: int = 1024, seed: int = 0,
                 attainable: bool = False, callback: MeasureFunction | None = None,
                 write: bool = False) -> dict[str, Any]:
        """Measures the run, see docs/method.md.

        Parameters
        ----------
        pairs : int
            Number of pairs for the energy.
        points : int
            Number of points for every other measure.
        seed : int
        attainable : bool
            If E* is unknown, train a small network on the manifold's points for up to a minute.
        callback : callable, optional
            Called with each measure, the finished part and the total; return False to stop.
        write : bool
            Write eval.json and its pictures to the folder.

        Returns
        -------
        dict
            The content of eval.json; None for unknown values.
        """
        params = ffi.new("struct lb_evaluate_params *", {
            "pairs": pairs, "points": points, "seed": seed, "no_attainable": not attainable})
        out = ffi.new("struct lb_evaluation *")
        told = Callback(callback)
        handle = ffi.new_handle(told)
        try:
            self.context.call(lib.lb_run_evaluate, self.pointer, params, _measure, handle, out,
                              callback=told)
            if write:
                self.context.call(lib.lb_run_write_evaluation, self.pointer, out)
                self.context.call(lib.lb_run_write_evaluation_pictures, self.pointer, out)
            return dict(json.loads(take_text(lib.lb_evaluation_json(out))))
        finally:
            lib.lb_evaluation_free(out)

    def train_projection(self, *, sigma: float = 0.0, steps: int = 0,
                         dimension: int = 0) -> dict[str, float]:
        """Trains the projection onto the latent manifold, which ``geometry()`` needs; Ctrl-C stops
        with a checkpoint; calling it again continues.

        Parameters
        ----------
        sigma : float
            Standard deviation of the noise on codes; 0: chosen for the run.
        steps : int
            Training steps; 0: the default of ``lowbend geometry``.
        dimension : int
            Dimension of the manifold; 0: the dataset's.

        Returns
        -------
        dict
            ``sigma``, ``curvature``, ``residual``, ``spread``, ``dimension``, ``steps``.
        """
        params = ffi.new("struct lb_projection_params *", {
            "sigma": sigma, "steps": steps, "dimension": dimension})
        stop = ffi.new("sig_atomic_t *")
        control = ffi.new("struct lb_train_control *", {"stop": stop})
        info = ffi.new("struct lb_projection_info *")
        self.context.call_interruptible(stop, lib.lb_run_train_projection, self.pointer, params,
                                        control, info)
        return {name: getattr(info, name)
                for name in ("sigma", "curvature", "residual", "spread", "dimension", "steps")}

    def geometry(self, metric: str = "latent") -> Geometry:
        """The geometry of the latent manifold; raises NotFoundError before ``train_projection()``.

        Parameters
        ----------
        metric : {"latent", "decoder"}
            How geodesics measure length: in latent units, or between decoded images as vectors.
        """
        return Geometry(self, metric)

    def export(self, path: str | os.PathLike[str], part: str = "all") -> None:
        """Writes an ONNX file.

        Parameters
        ----------
        path : path
        part : {"all", "encoder", "decoder"}
        """
        if part not in PARTS:
            raise ValueError(f"part {part!r}: unknown (take {', '.join(PARTS)})")
        self.context.call(lib.lb_run_export_onnx, self.pointer, PARTS[part], os.fsencode(path))

    def to_torch(self) -> tuple[Any, Any]:
        """The networks as ``torch.nn.Sequential``: from images (n, H, W, C) or (n, D) to codes, and
        from codes to images (n, D), or None if there is no decoder. Both can be trained further."""
        torch_model = importlib.import_module(".torch_model", __package__)
        encoder, decoder = torch_model.load_run(self.path)
        return encoder, decoder

    def write_pictures(self) -> None:
        """Writes latent.safetensors and the pictures of ``lowbend train`` to the folder."""
        self.context.call(lib.lb_run_write_latent, self.pointer)
        self.context.call(lib.lb_run_write_pictures, self.pointer)


def _count(tensor: _arrays.Tensor) -> int:
    return len(tensor.array) if tensor.array.ndim > 0 else 0
