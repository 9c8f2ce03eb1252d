"""Training settings, named as in ``lowbend train --help``."""

from __future__ import annotations

import os
import pathlib
from typing import Any, Iterable, Union

from ._library import Context, ffi, lib, text
from .device import Device

Setting = Union[str, int, float, bool, Iterable[Any]]


def settings() -> dict[str, str]:
    """The available settings and their meaning.

    Returns
    -------
    dict
        Help by name. Names use ``_`` instead of ``-``; ``lam`` means ``lambda``.
    """
    rows = (lib.lb_setting_at(i) for i in range(lib.lb_setting_count()))
    return {text(row.name): text(row.help) for row in rows}


def _name(keyword: str) -> str:
    return "lambda" if keyword == "lam" else keyword.replace("_", "-")


def _is_flag(name: str) -> bool:
    rows = (lib.lb_setting_at(i) for i in range(lib.lb_setting_count()))
    return any(text(row.name) == name and row.placeholder == ffi.NULL for row in rows)


def _value(value: Setting) -> str:
    if isinstance(value, str) or not isinstance(value, Iterable):
        return str(value)
    return ",".join(map(str, value))


def apply(context: Context, params: Any, given: dict[str, Setting]) -> list[str]:
    """Sets fields by name; returns the names of the settings given."""
    names = []
    for keyword, value in given.items():
        name = _name(keyword)
        if value is None:
            continue
        if _is_flag(name):
            if not value:
                continue
            argument = ffi.NULL
        else:
            argument = _value(value).encode()
        context.call(lib.lb_train_params_set, context.pointer, params, name.encode(), argument)
        names.append(name)
    return names


def make(device: Device, dataset: str | os.PathLike[str] | None, given: dict[str, Setting],
         recommend: bool = True, run: str | os.PathLike[str] | None = None) -> Any:
    """``struct lb_train_params``: the settings of an existing `run`, or the defaults, then those
    given. With `recommend`, a new run uses recommended values for the other settings."""
    context = device.context
    params = ffi.new("struct lb_train_params *")
    lib.lb_train_params_default(params)
    old = run is not None and pathlib.Path(run, "config.json").exists()
    if old:
        context.call(lib.lb_train_params_read, context.pointer, params, os.fsencode(str(run)))
    elif dataset is None:
        raise ValueError("dataset: must be given (a name, or the path of a .cl or .safetensors "
                         "file)")
    if dataset is not None:
        name = os.fsencode(dataset)
        if len(name) >= lib.LB_PATH_BYTES:
            raise ValueError(f"dataset: {len(name)} bytes are too long a path (use a shorter one)")
        params.dataset = name
    names = apply(context, params, given)
    if old:
        context.call(lib.lb_train_params_find_files, context.pointer, params,
                     os.fsencode(str(run)))
    elif recommend:
        texts = [ffi.new("char[]", name.encode()) for name in names]
        keep = ffi.new("char *[]", [*texts, ffi.NULL])
        context.call(lib.lb_train_params_recommend, device.pointer, params, keep)
    return params


def read(params: Any) -> dict[str, Any]:
    """Settings by name; numeric values become numbers."""
    found: dict[str, Any] = {"dataset": text(params.dataset)}
    room = ffi.new("char[]", lib.LB_PATH_BYTES)
    for name in settings():
        lib.lb_train_params_get(params, name.encode(), room, len(room))
        found[name] = _number(text(room))
    return found


def _number(value: str) -> Any:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            pass
    return value
