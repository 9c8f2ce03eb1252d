"""The C library: loads it, converts errors to exceptions, and serialises calls on a context."""

from __future__ import annotations

import collections
import logging
import pathlib
import threading
import weakref
from typing import Any, Callable

from . import errors
from ._bindings import ffi as _ffi

ffi: Any = _ffi
FOLDER = pathlib.Path(__file__).resolve().parent
lib: Any = ffi.dlopen(str(FOLDER / "liblowbend.so"))

logger = logging.getLogger("lowbend")
logger.addHandler(logging.NullHandler())

EXCEPTIONS: dict[int, type[errors.Error]] = {
    lib.LB_ERR_ARGUMENT: errors.ArgumentError,
    lib.LB_ERR_NOT_FOUND: errors.NotFoundError,
    lib.LB_ERR_DEVICE: errors.DeviceError,
    lib.LB_ERR_IO: errors.FileError,
    lib.LB_ERR_FORMAT: errors.FormatError,
    lib.LB_ERR_MEMORY: errors.OutOfMemoryError,
    lib.LB_ERR_OPENCL: errors.OpenCLError,
    lib.LB_ERR_BUILD: errors.BuildError,
    lib.LB_ERR_NUMERIC: errors.NumericError,
    lib.LB_ERR_EXISTS: errors.ExistsError,
    lib.LB_ERR_INTERRUPTED: errors.InterruptedTraining,
    lib.LB_ERR_UNSUPPORTED: errors.UnsupportedError,
}
LOG_LEVELS = {
    lib.LB_LOG_ERROR: logging.ERROR,
    lib.LB_LOG_WARNING: logging.WARNING,
    lib.LB_LOG_INFO: logging.INFO,
    lib.LB_LOG_DEBUG: logging.DEBUG,
}


def text(pointer: Any) -> str:
    """Converts a string of the library; "" for NULL."""
    return "" if pointer == ffi.NULL else ffi.string(pointer).decode("utf-8", "replace")


def take_text(pointer: Any) -> str:
    """Converts a string that the caller owns, and frees it."""
    if pointer == ffi.NULL:
        raise errors.OutOfMemoryError("JSON: out of memory on the host (use smaller sizes)")
    try:
        return text(pointer)
    finally:
        lib.free(pointer)


@ffi.callback("void(void *, enum lb_log_level, const char *)")  # type: ignore[untyped-decorator]
def _log(_user: Any, level: int, message: Any) -> None:
    logger.log(LOG_LEVELS.get(level, logging.INFO), "%s", text(message))


class Callback:
    """A Python function that the library calls. An exception stops the operation and is stored.

    The function returns False to stop; any other value continues. Pass ``ffi.new_handle()`` of this
    object to the library.
    """

    def __init__(self, function: Callable[..., Any] | None) -> None:
        self.function = function
        self.error: BaseException | None = None

    def __call__(self, *arguments: Any) -> bool:
        try:
            return self.function is None or self.function(*arguments) is not False
        except BaseException as error:  # including KeyboardInterrupt
            self.error = error
            return False


class Context:
    """A context of the library. Calls on it and on objects created from it are serialised."""

    def __init__(self) -> None:
        folder = ffi.new("char[]", str(FOLDER / "cl").encode())
        program = ffi.new("char[]", str(FOLDER / "lowbend-self-test").encode())
        params = ffi.new("struct lb_context_params *", {
            "log": _log, "cl_dir": folder, "self_test_program": program})
        out = ffi.new("struct lb_context **")
        if lib.lb_context_create(out, params) != lib.LB_OK:
            raise errors.OutOfMemoryError(text(lib.lb_context_error(ffi.NULL)))
        self.pointer: Any = ffi.gc(
            out[0], lambda pointer: lib.lb_context_destroy(
                ffi.new("struct lb_context **", pointer)))
        self._lock = threading.Lock()
        self._owner: int | None = None
        self._waiting: collections.deque[tuple[Any, Any]] = collections.deque()

    def __enter__(self) -> None:
        if self._owner == threading.get_ident():
            raise RuntimeError("lowbend: a callback called the library on the device that calls it "
                               "(open another device)")
        self._lock.acquire()
        self._owner = threading.get_ident()

    def __exit__(self, *_: object) -> None:
        self._destroy_waiting()
        self._owner = None
        self._lock.release()

    def _destroy_waiting(self) -> None:
        while self._waiting:
            destroy, out = self._waiting.popleft()
            destroy(out)

    def call(self, function: Any, *arguments: Any, callback: Callback | None = None) -> None:
        """Calls a function that returns a status; raises its error."""
        with self:
            status = function(*arguments)
            message = "" if status == lib.LB_OK else text(lib.lb_context_error(self.pointer))
        if callback is not None and callback.error is not None:
            raise callback.error
        if status != lib.LB_OK:
            raise EXCEPTIONS[status](message)

    def value(self, function: Any, *arguments: Any) -> Any:
        """Calls a function that cannot fail."""
        with self:
            return function(*arguments)

    def call_interruptible(self, stop: Any, function: Any, *arguments: Any,
                           callback: Callback | None = None) -> None:
        """call() for a long operation that ends early when the flag `stop` is set; Ctrl-C sets it.

        Python handles signals only in its main thread, and not during a C call. If called in the
        main thread, the operation therefore runs in a second thread.
        """
        if threading.current_thread() is not threading.main_thread():
            self.call(function, *arguments, callback=callback)
            return
        failures: list[BaseException] = []
        interruption: BaseException | None = None
        done = threading.Event()

        def work() -> None:
            try:
                self.call(function, *arguments, callback=callback)
            except BaseException as error:
                failures.append(error)
            finally:
                done.set()

        threading.Thread(target=work, name="lowbend").start()
        while not done.is_set():
            try:
                done.wait()
            except BaseException as error:
                stop[0] = 1
                interruption = error
        if interruption is not None:
            raise interruption
        if failures:
            raise failures[0]

    def release(self, destroy: Any, out: Any, _parent: object) -> None:
        """Destroys an unreferenced object: now, or at the end of the call in progress. The garbage
        collector may call this in any thread."""
        self._waiting.append((destroy, out))
        while self._waiting and self._lock.acquire(blocking=False):
            self._destroy_waiting()
            self._lock.release()


class Handle:
    """An object of the library; close() or the end of a ``with`` block frees it.

    Closing it first closes its children, and children keep it alive. With `owns_parent`, closing it
    also closes its parent.
    """

    def __init__(self, context: Context, out: Any, destroy: Any, parent: Handle | None = None,
                 owns_parent: bool = False) -> None:
        self.context = context
        self._out = out
        self._owned = parent if owns_parent else None
        self._children: weakref.WeakSet[Handle] = weakref.WeakSet()
        self._finalizer = weakref.finalize(self, context.release, destroy, out, parent)
        if parent is not None:
            parent._children.add(self)

    @property
    def pointer(self) -> Any:
        """The library's object; raises ValueError if closed."""
        if not self._finalizer.alive:
            raise ValueError(f"lowbend: this {type(self).__name__} is closed (open another)")
        return self._out[0]

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return not self._finalizer.alive

    def close(self) -> None:
        """Frees the object and its children. Further calls do nothing."""
        if self.closed:
            return
        for child in list(self._children):
            child.close()
        self._finalizer()
        if self._owned is not None:
            self._owned.close()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def version() -> str:
    """The library's version, "0.2.0"."""
    return text(lib.lb_version())


def build_facts() -> str:
    """Compiler, OpenCL target and CLBlast version, in one line."""
    return text(lib.lb_build_facts())
