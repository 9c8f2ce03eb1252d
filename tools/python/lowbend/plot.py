"""Plots codes and interpolations with matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots()[1]


def plot_latent(latent: npt.ArrayLike, colors: npt.ArrayLike | None = None, *,
                ax: Any = None) -> Any:
    """Draws codes (n, l) along their first two principal components.

    Parameters
    ----------
    latent : array_like, (n, l)
    colors : array_like, (n), optional
        A number or a colour for each code.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    codes = np.asarray(latent, np.float64)
    centred = codes - codes.mean(axis=0)
    _, _, components = np.linalg.svd(centred, full_matrices=False)
    place = np.zeros((len(codes), 2))
    shown = min(2, len(components))
    place[:, :shown] = centred @ components[:shown].T
    axes = _axes(ax)
    axes.scatter(place[:, 0], place[:, 1], c=colors, s=8)
    axes.set_aspect("equal")
    axes.set_xlabel("first component, latent units")
    axes.set_ylabel("second component, latent units")
    return axes


def plot_interpolation(images: npt.ArrayLike, *, ax: Any = None) -> Any:
    """Draws images (n, H, W), (n, H, W, 1) or (n, H, W, 3), values in [0, 1], in one row.

    Parameters
    ----------
    images : array_like
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    frames = np.asarray(images, np.float64)
    if frames.ndim == 3:
        frames = frames[..., None]
    if frames.ndim != 4 or frames.shape[3] not in (1, 3):
        raise ValueError(f"images are {frames.shape}, but (n,H,W), (n,H,W,1) or (n,H,W,3) is "
                         "needed")
    row = np.concatenate(list(frames), axis=1).clip(0.0, 1.0)
    axes = _axes(ax)
    axes.imshow(row if row.shape[2] == 3 else row[..., 0], cmap="gray", vmin=0.0, vmax=1.0)
    axes.set_axis_off()
    return axes
