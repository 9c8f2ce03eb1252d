"""Training: step by step in memory, or in a RUN folder."""

from __future__ import annotations

import dataclasses
import math
import os
from typing import Any, Callable, Optional

from . import _settings
from ._library import Callback, Handle, ffi, lib, text
from .dataset import DatasetInfo, read_info
from .device import DeviceLike, open_device
from .network import Network
from .run import Run
from ._settings import Setting


@dataclasses.dataclass(frozen=True)
class State:
    """State of the training."""

    phase: str  #: "encoder", "decoder" or "joint"
    step: int  #: done so far in this phase
    steps: int
    finished: bool  #: whether the last phase is over
    skipped: int  #: steps skipped so far


@dataclasses.dataclass(frozen=True)
class Progress:
    """Argument of the callback of ``train()``."""

    phase: str
    step: int
    steps: int
    means: dict[str, float]  #: "loss" and its terms, over the last steps or of the evaluation
    per_second: float
    seconds_left: float
    skipped: int
    final: bool  #: whether this is the evaluation at the end of a phase


ProgressFunction = Callable[[Progress], Optional[bool]]


def _means(struct: Any) -> dict[str, float]:
    found = {"loss": struct.loss, "stderr": struct.stderr_loss}
    found.update((text(lib.lb_loss_term_name(i)), struct.term[i])
                 for i in range(lib.lb_loss_term_count()))
    return {name: value for name, value in found.items() if not math.isnan(value)}


def _phase(phase: int) -> str:
    return text(lib.lb_phase_name(phase))


class Trainer(Handle):
    """Training in memory, for programs with their own training loop.

    Parameters
    ----------
    dataset : str or path
        A built-in name, the path of a .cl file, or of a .safetensors file with user pairs.
    device : str or Device
    recommend : bool
        Use recommended values for the data where no setting is given; else the values of
        ``lb_train_params_default()``.
    **settings
        See ``settings()``.
    """

    def __init__(self, dataset: str | os.PathLike[str], *, device: DeviceLike = "auto",
                 recommend: bool = True, **settings: Setting) -> None:
        self.device, owned = open_device(device)
        params = _settings.make(self.device, dataset, settings, recommend)
        out = ffi.new("struct lb_trainer **")
        self.device.context.call(lib.lb_trainer_create, out, self.device.pointer, params)
        super().__init__(self.device.context, out, lib.lb_trainer_destroy, self.device, owned)
        self.encoder = Network(self, lib.lb_trainer_encoder)
        self.decoder = (Network(self, lib.lb_trainer_decoder)
                        if lib.lb_trainer_decoder(out[0]) != ffi.NULL else None)

    @property
    def settings(self) -> dict[str, Any]:
        """All settings by name, with defaults resolved."""
        return _settings.read(lib.lb_trainer_params(self.pointer))

    @property
    def dataset(self) -> DatasetInfo:
        """Properties of the training data."""
        return read_info(lib.lb_dataset_get_info(lib.lb_trainer_dataset(self.pointer)))

    @property
    def state(self) -> State:
        """State of the training."""
        state = ffi.new("struct lb_trainer_state *")
        self.context.call(lib.lb_trainer_get_state, self.pointer, state)
        return State(_phase(state.phase), state.step, state.steps, state.finished, state.skipped)

    def step(self, n: int = 1) -> State:
        """Takes n steps, or fewer if the phase ends before; Ctrl-C stops after the current one."""
        for _ in range(n):
            self.context.call(lib.lb_trainer_step, self.pointer, 1)
        return self.state

    def means(self) -> dict[str, float]:
        """The loss and its terms, averaged over the steps since the last multiple of ``log_every``.
        Waits for the device."""
        means = ffi.new("struct lb_means *")
        self.context.call(lib.lb_trainer_means, self.pointer, means)
        return _means(means)

    def evaluate(self) -> dict[str, float]:
        """The phase's loss on fresh or held-out pairs or images."""
        means = ffi.new("struct lb_means *")
        self.context.call(lib.lb_trainer_evaluate, self.pointer, means)
        return _means(means)

    def next_phase(self) -> State:
        """Moves to the next phase, whether or not this one is complete."""
        self.context.call(lib.lb_trainer_next_phase, self.pointer)
        return self.state

    def run(self, callback: Callable[[State, dict[str, float]], bool | None] | None = None,
            every: int = 50) -> State:
        """Takes all steps of all phases.

        Parameters
        ----------
        callback : callable, optional
            Called with state and means after every `every` steps; return False to stop.
        every : int
        """
        state = self.state
        while not state.finished:
            while state.step < state.steps:
                state = self.step(every)
                if callback is not None and callback(state, self.means()) is False:
                    return state
            state = self.next_phase()
        return state


@ffi.callback("bool(void *, const struct lb_progress *)")  # type: ignore[untyped-decorator]
def _progress(user: Any, p: Any) -> bool:
    callback: Callback = ffi.from_handle(user)
    return callback(Progress(_phase(p.phase), p.step, p.steps, _means(p.means), p.per_second,
                             p.seconds_left, p.skipped, p.final))


def train(run: str | os.PathLike[str], dataset: str | os.PathLike[str] | None = None, *,
          device: DeviceLike = "auto", resume: bool = False, overwrite: bool = False,
          init: str | os.PathLike[str] | None = None, max_seconds: float = 0.0,
          callback: ProgressFunction | None = None, recommend: bool = True,
          **settings: Setting) -> Run:
    """Trains and writes a RUN folder, like ``lowbend train`` without pictures.

    Ctrl-C stops with a checkpoint; ``resume=True`` continues from there, with the same bits.

    Parameters
    ----------
    run : path
        The folder.
    dataset : str or path
        A built-in name, the path of a .cl file, or of a .safetensors file with user pairs. To
        resume a run it is only needed if the file has moved.
    device : str or Device
    resume : bool
        Continue from the run's checkpoint with its settings; without one start from the beginning.
    overwrite : bool
        Replace a run that is not empty.
    init : path, optional
        A run whose networks training starts with.
    max_seconds : float
        Stop with a checkpoint after so long; 0: no limit.
    callback : callable, optional
        Called with a Progress every ``log_every`` steps and at the ends of phases; return False to
        stop. It must not use the training's device.
    recommend : bool
        Use recommended values for the data where no setting is given.
    **settings
        See ``settings()``.

    Returns
    -------
    Run
        Opened with ``networks_only`` if it was trained on user pairs.

    Raises
    ------
    InterruptedTraining
        `callback` or `max_seconds` stopped it; a checkpoint was written.
    """
    opened, owned = open_device(device)
    try:
        params = _settings.make(opened, dataset, settings, recommend, run if resume else None)
        stop = ffi.new("sig_atomic_t *")
        told = Callback(callback)
        handle = ffi.new_handle(told)
        first = ffi.NULL if init is None else ffi.new("char[]", os.fsencode(init))
        control = ffi.new("struct lb_train_control *", {
            "progress": _progress, "user": handle, "resume": resume, "overwrite": overwrite,
            "stop": stop, "init": first, "max_seconds": max_seconds})
        opened.context.call_interruptible(stop, lib.lb_train, opened.pointer, params,
                                          os.fsencode(run), control, callback=told)
    except BaseException:
        if owned:
            opened.close()
        raise
    return Run(run, device=opened, _owns_device=owned)
