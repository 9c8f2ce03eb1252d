"""A scikit-learn estimator: fit, transform, inverse_transform."""

from __future__ import annotations

import inspect
import json
import os
import pathlib
import shutil
import tempfile
from typing import Any, Callable, Iterable

import numpy as np
import numpy.typing as npt

from ._arrays import FloatArray
from .device import Device, DeviceLike
from .pairs import make_pairs, write_pairs
from .run import Run
from ._settings import Setting
from .trainer import Progress, train

try:
    from sklearn.base import (BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin)
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import validate_data

    HAS_SKLEARN = True
except ImportError:  # without scikit-learn there are no pipelines
    HAS_SKLEARN = False

    class BaseEstimator:  # type: ignore[no-redef]
        """The parts of scikit-learn's class that are used here."""

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            """The arguments of the constructor."""
            return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

        def set_params(self, **params: Any) -> Any:
            """Sets some of these arguments."""
            for name, value in params.items():
                if name not in self.get_params():
                    raise ValueError(f"{type(self).__name__} has no parameter {name!r}")
                setattr(self, name, value)
            return self

    class ClassNamePrefixFeaturesOutMixin:  # type: ignore[no-redef]
        """Stands in for scikit-learn's class."""

    class TransformerMixin:  # type: ignore[no-redef]
        """The parts of scikit-learn's class that are used here."""

        def fit_transform(self, X: npt.ArrayLike, y: Any = None) -> Any:
            """Fits to images and returns their codes."""
            return self.fit(X, y).transform(X)  # type: ignore[attr-defined]

    class NotFittedError(ValueError, AttributeError):  # type: ignore[no-redef]
        """The estimator is not fitted."""


ESTIMATOR_FILE = "estimator.json"
MIN_IMAGES = 3  # two ends and a midpoint
PAIRS_FILE = "pairs.safetensors"


class _Model:
    """A trained RUN in a temporary folder that is deleted with this object; copies and pickles contain
    its files."""

    def __init__(self, device: DeviceLike) -> None:
        self.device = device
        self._folder = tempfile.TemporaryDirectory(prefix="lowbend-")
        self.path = pathlib.Path(self._folder.name, "RUN")
        self.run: Run | None = None

    def open(self) -> None:
        self.run = Run(self.path, device=self.device, networks_only=True)

    def close(self) -> None:
        if self.run is not None:
            self.run.close()
        self._folder.cleanup()

    def __getstate__(self) -> dict[str, Any]:
        return {"device": self.device,
                "files": {path.name: path.read_bytes() for path in self.path.iterdir()}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["device"])  # type: ignore[misc]
        self.path.mkdir()
        for name, data in state["files"].items():
            (self.path / name).write_bytes(data)
        self.open()


class LowBend(ClassNamePrefixFeaturesOutMixin, TransformerMixin,
              BaseEstimator):
    """A low-bending, low-distortion encoder and its decoder.

    Distances between codes approximate distances between images along their manifold, and the
    midpoint of two codes approximates the code of the midpoint image.

    Parameters
    ----------
    latent_dim : int
        Dimension of the codes.
    epsilon : float, optional
        Largest distance of the pairs used; longer ones are ignored. None: for images the default
        of ``make_pairs()``, for pairs their largest distance, for a dataset its recommended value.
    lam : float, optional
        Weight of the bending relative to the distortion, a squared distance; None: epsilon
        squared, for a dataset its recommended value.
    network : str or sequence of int
        "auto", "mlp", "conv", or the hidden layers, (512, 512) or as in docs/networks.md.
    steps : int, optional
        Training steps of the encoder, and of the decoder; None: recommended for the images.
    device : str or Device
        Device for all computations.
    random_state : int, RandomState instance or None
        Seed of initial weights, batches and the choice of pairs. The same integer gives the same
        bits.

    Attributes
    ----------
    run_ : Run
        The networks: ``run_.encoder``, ``run_.to_torch()``, ``run_.export()``, ...
    shape_in_ : tuple of int
        Shape of an image in ``fit()``; ``inverse_transform()`` returns the same shape.
    n_features_in_ : int
        Size of the second axis of the fitted array, as in scikit-learn; not set for a dataset.
    pairs_ : dict
        After ``fit()``: the result of ``make_pairs()``.
    """

    def __init__(self, latent_dim: int = 16, epsilon: float | None = None,
                 lam: float | None = None, network: str | Iterable[int] = "auto",
                 steps: int | None = None, device: DeviceLike = "auto",
                 random_state: Any = 0) -> None:
        self.latent_dim = latent_dim
        self.epsilon = epsilon
        self.lam = lam
        self.network = network
        self.steps = steps
        self.device = device
        self.random_state = random_state

    # ---- fitting -------------------------------------------------------------------------------

    def fit(self, X: npt.ArrayLike, y: Any = None, **graph: Any) -> LowBend:
        """Fits to images only: distances and midpoints come from a graph of nearest neighbours.

        Parameters
        ----------
        X : array_like, (n, H, W), (n, H, W, C) or (n, D)
            Images: floats in [0, 1] or uint8. Vectors: any values.
        y : ignored
        **graph
            Arguments of ``make_pairs()``: ``neighbours=12``, ``tolerance=0.1``, ...

        Returns
        -------
        self
        """
        images = self._validate(X, reset=True)
        options: dict[str, Any] = {"neighbours": min(8, len(images) - 2), "seed": self._seed()}
        options.update(self._epsilon(), **graph)
        return self._fit(lambda path: make_pairs(path, images, device=self.device, **options),
                         images.shape[1:])

    def fit_pairs(self, x: npt.ArrayLike, y: npt.ArrayLike, average: npt.ArrayLike,
                  distance: npt.ArrayLike) -> LowBend:
        """Fits to pairs of images with known distances and midpoints.

        Parameters
        ----------
        x, y, average : array_like, as in ``fit()``
        distance : array_like, (n)

        Returns
        -------
        self
        """
        arrays = [self._validate(x, reset=True), *map(np.asarray, (y, average, distance))]
        shape = arrays[0].shape[1:]
        if self.epsilon is not None:
            near = arrays[3] <= self.epsilon
            if not near.any():
                raise ValueError(f"epsilon {self.epsilon}: no pair is as near (raise it)")
            arrays = [array[near] for array in arrays]
        return self._fit(lambda path: write_pairs(path, *arrays), shape)

    def fit_dataset(self, name: str | os.PathLike[str], **settings: Setting) -> LowBend:
        """Fits to fresh pairs of a known manifold.

        Parameters
        ----------
        name : str or path
            A name, see ``datasets()``, or the path of a .cl file.
        **settings
            See ``settings()``.

        Returns
        -------
        self
        """
        self.__dict__.pop("n_features_in_", None)  # from an earlier fit
        return self._fit(None, None, os.fspath(name), **{**self._epsilon(), **settings})

    def _fit(self, write: Callable[[str], dict[str, Any] | None] | None,
             shape: tuple[int, ...] | None, dataset: str | None = None,
             **settings: Setting) -> LowBend:
        model = _Model(self.device)
        try:
            found = None
            if write is not None:
                dataset = str(model.path.with_name(PAIRS_FILE))
                found = write(dataset)
            with _Bar() as bar:
                train(model.path, dataset, device=self.device, callback=bar.show,
                      **{**self._settings(), **settings}).close()
            model.open()
        except BaseException:
            model.close()
            raise
        if write is not None and dataset is not None:
            os.unlink(dataset)
        self._set_model(model, shape)
        if found is not None:
            self.pairs_ = found
        return self

    def _set_model(self, model: _Model, shape: tuple[int, ...] | None) -> None:
        assert model.run is not None
        self._model = model
        self.shape_in_ = model.run.info.image_shape if shape is None else shape
        self._n_features_out = model.run.encoder.outputs

    def _seed(self) -> int:
        if self.random_state is None:
            return int(np.random.default_rng().integers(2**31))
        if isinstance(self.random_state, (int, np.integer)):
            return int(self.random_state)
        return int(self.random_state.randint(2**31))

    def _epsilon(self) -> dict[str, Setting]:
        return {} if self.epsilon is None else {"epsilon": self.epsilon}

    def _settings(self) -> dict[str, Any]:
        found: dict[str, Any] = {"latent": self.latent_dim, "lam": self.lam, "steps": self.steps,
                                 "decoder_steps": self.steps, "seed": self._seed()}
        if self.network in ("mlp", "conv"):
            found["network"] = self.network
        elif self.network != "auto":
            found["hidden"] = self.network
        return found

    def _validate(self, X: npt.ArrayLike, reset: bool) -> npt.NDArray[Any]:
        if HAS_SKLEARN:
            return np.asarray(validate_data(self, X, reset=reset, allow_nd=True,
                                            ensure_min_samples=MIN_IMAGES if reset else 1))
        images = np.asarray(X)
        if reset:
            self.n_features_in_ = images.shape[1]
        return images

    # ---- using it ------------------------------------------------------------------------------

    @property
    def run_(self) -> Run:
        """The networks; raises NotFittedError before fit()."""
        model = self.__dict__.get("_model")
        if model is None:
            raise NotFittedError(f"{type(self).__name__}: nothing is fitted yet (call fit())")
        assert model.run is not None
        return model.run  # type: ignore[no-any-return]

    def __sklearn_is_fitted__(self) -> bool:
        return "_model" in self.__dict__

    def transform(self, X: npt.ArrayLike) -> FloatArray:
        """Codes (n, latent_dim) of images (n, ...), float32."""
        run = self.run_
        return run.encode(self._validate(X, reset=False))

    def inverse_transform(self, X: npt.ArrayLike) -> FloatArray:
        """Images of codes (n, latent_dim), float32, in the shape of the fitted images."""
        images = self.run_.decode(X)
        return images.reshape(len(images), *self.shape_in_)

    def score(self, X: npt.ArrayLike, y: Any = None) -> float:
        """Negative mean squared error of reconstructed images."""
        run = self.run_
        images = self._validate(X, reset=False)
        full = np.iinfo(images.dtype).max if images.dtype in (np.uint8, np.uint16) else 1
        error = images / full - self.inverse_transform(run.encode(images)).reshape(images.shape)
        return -float(np.mean(np.square(error, dtype=np.float64)))

    def interpolate(self, X: npt.ArrayLike, frames: int = 9) -> FloatArray:
        """Decoded frames of the straight latent lines from each image to the next."""
        images = self.run_.interpolate(self._validate(X, reset=False), frames=frames).images
        return images.reshape(len(images), *self.shape_in_)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a RUN folder, also readable by the program and ``Run``.

        Parameters
        ----------
        path : path
            A folder that does not exist yet.
        """
        run = self.run_
        shutil.copytree(run.path, path)
        params = {**self.get_params(), "random_state": run.settings["seed"]}
        del params["device"]
        if not isinstance(self.network, str):
            params["network"] = ",".join(map(str, self.network))
        text = json.dumps({"params": params, "shape_in": list(self.shape_in_),
                           "n_features_in": getattr(self, "n_features_in_", None)})
        pathlib.Path(path, ESTIMATOR_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str], device: DeviceLike = "auto") -> LowBend:
        """Loads a RUN folder written by ``save()``; the result is fitted.

        Parameters
        ----------
        path : path
        device : str or Device
        """
        saved = json.loads(pathlib.Path(path, ESTIMATOR_FILE).read_text(encoding="utf-8"))
        estimator = cls(**saved["params"], device=device)
        model = _Model(device)
        shutil.copytree(path, model.path)
        model.open()
        estimator._set_model(model, tuple(saved["shape_in"]))
        if saved["n_features_in"] is not None:
            estimator.n_features_in_ = saved["n_features_in"]
        return estimator

    def close(self) -> None:
        """Frees the fitted networks; transform() no longer works."""
        if "_model" in self.__dict__:
            self._model.close()
            del self._model

    def __enter__(self) -> LowBend:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- scikit-learn --------------------------------------------------------------------------

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


class _Bar:
    """A progress bar, if tqdm is installed and standard error is a terminal."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            tqdm = None
        self._make = tqdm
        self._bar: Any = None
        self._phase = ""

    def show(self, progress: Progress) -> None:
        """Updates the bar; a callback of train()."""
        if self._make is None:
            return
        if progress.phase != self._phase:
            self._end()
            self._phase = progress.phase
            self._bar = self._make(total=progress.steps, desc=progress.phase, disable=None)
        self._bar.update(progress.step - self._bar.n)
        self._bar.set_postfix(loss=progress.means["loss"], refresh=False)

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
