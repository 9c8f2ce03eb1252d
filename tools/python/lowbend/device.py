"""OpenCL devices: listing and opening."""

from __future__ import annotations

import dataclasses
from typing import Any, Union

from ._library import Context, Handle, ffi, lib, text


@dataclasses.dataclass(frozen=True)
class DeviceInfo:
    """Properties of a device."""

    selector: str  #: "P:D", platform and device: selects this device again
    name: str
    vendor: str
    platform: str
    driver: str
    version: str
    type: str  #: "gpu", "accelerator", "cpu" or "other"
    is_default: bool  #: the device that "auto" selects
    usable: bool
    compute_units: int
    memory_bytes: int


def _info(struct: Any) -> DeviceInfo:
    values: dict[str, Any] = {}
    for field in dataclasses.fields(DeviceInfo):
        value = getattr(struct, field.name)
        values[field.name] = (text(lib.lb_device_type_name(value)) if field.name == "type"
                              else text(value) if isinstance(value, ffi.CData) else value)
    return DeviceInfo(**values)


def devices() -> list[DeviceInfo]:
    """Lists all OpenCL devices of all platforms.

    Returns
    -------
    list of DeviceInfo

    Raises
    ------
    DeviceError
        There is no platform or no device at all.
    """
    context = Context()
    out = ffi.new("struct lb_device_info **")
    count = ffi.new("size_t *")
    context.call(lib.lb_device_list, context.pointer, out, count)
    try:
        return [_info(out[0][i]) for i in range(count[0])]
    finally:
        lib.lb_device_list_free(out)


class Device(Handle):
    """An open device. Any thread may use it, but calls on it and on objects created from it are
    serialised. To compute in parallel, open a device in each thread.

    Parameters
    ----------
    selector : str
        ``auto``, ``gpu``, ``cpu``, ``accelerator``, a number, ``P:D``, or a part of the names of
        platform, device and vendor that matches a single device.
    """

    def __init__(self, selector: str = "auto") -> None:
        context = Context()
        out = ffi.new("struct lb_device **")
        context.call(lib.lb_device_open, out, context.pointer, selector.encode())
        super().__init__(context, out, lib.lb_device_close)
        self.info = _info(lib.lb_device_get_info(out[0]))

    def __repr__(self) -> str:
        return f"Device({self.info.selector!r})  # {self.info.name}"

    def __deepcopy__(self, _memo: object) -> Device:  # scikit-learn copies estimators
        return self

    def __reduce__(self) -> Any:  # other processes reopen it
        return Device, (self.info.selector,)

    def self_test(self) -> dict[str, str]:
        """Runs every kernel once and compares the results with plain C, like ``lowbend devices
        --self-test``.

        Returns
        -------
        dict
            For each family of kernels the error message; "" if it passed.

        Raises
        ------
        NumericError, OpenCLError
            The first family that fails.
        """
        found: dict[str, str] = {}

        @ffi.callback("void(void *, const char *, const char *)")  # type: ignore[untyped-decorator]
        def report(_user: Any, family: Any, failure: Any) -> None:
            found[text(family)] = text(failure)

        self.context.call(lib.lb_device_self_test, self.pointer, report, ffi.NULL)
        return found


DeviceLike = Union[str, Device]


def open_device(device: DeviceLike) -> tuple[Device, bool]:
    """The device itself, or a new one for a selector, which the caller owns (True)."""
    return (device, False) if isinstance(device, Device) else (Device(device), True)
