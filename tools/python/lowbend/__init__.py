"""Low-bending, low-distortion embeddings of image manifolds on any OpenCL device.

``LowBend`` is a scikit-learn estimator: fit, transform, inverse_transform. ``Dataset``,
``Trainer``, ``train()`` and ``Run`` correspond to objects of the C library. docs/python.md explains
the package.
"""

from __future__ import annotations

import os
import typing

from ._library import build_facts, version
from .dataset import Dataset, DatasetInfo, Pairs, datasets
from .device import Device, DeviceInfo, DeviceLike, devices
from .errors import (ArgumentError, BuildError, DeviceError, Error, ExistsError, FileError,
                     FormatError, InterruptedTraining, NotFoundError, NumericError, OpenCLError,
                     OutOfMemoryError, UnsupportedError)
from .geometry import CurveInfo, Geometry, MeanInfo
from .network import Layer, Network
from .pairs import make_pairs, write_pairs
from .plot import plot_interpolation, plot_latent
from .run import Interpolation, Run, run_info
from ._settings import settings
from .trainer import Progress, State, Trainer, train

if typing.TYPE_CHECKING:
    from .estimator import LowBend

__version__ = version()

__all__ = [
    "ArgumentError", "BuildError", "CurveInfo", "Dataset", "DatasetInfo", "Device", "DeviceError",
    "DeviceInfo", "Error", "ExistsError", "FileError", "FormatError", "Geometry", "Interpolation",
    "InterruptedTraining", "Layer", "LowBend", "MeanInfo", "Network", "NotFoundError",
    "NumericError", "OpenCLError", "OutOfMemoryError", "Pairs", "Progress", "Run", "State",
    "Trainer", "UnsupportedError", "__version__", "build_facts", "datasets", "devices", "load",
    "make_pairs", "plot_interpolation", "plot_latent", "run_info", "settings", "train",
    "write_pairs",
]


def load(path: str | os.PathLike[str], device: DeviceLike = "auto") -> LowBend:
    """Loads a saved LowBend; see ``LowBend.load()``."""
    from .estimator import LowBend

    return LowBend.load(path, device)


def __getattr__(name: str) -> typing.Any:  # lazy: importing scikit-learn takes a second
    if name == "LowBend":
        from .estimator import LowBend

        return LowBend
    raise AttributeError(f"module 'lowbend' has no attribute {name!r}")
