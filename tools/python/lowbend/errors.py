"""Exceptions for the library's errors, one per status, with the library's text."""


class Error(Exception):
    """An error of the library; its text is ``WHAT: WHY (WHAT TO DO)``."""


class ArgumentError(Error, ValueError):
    """A value outside its documented range."""


class NotFoundError(Error, LookupError):
    """A dataset, file or array of this name does not exist."""


class DeviceError(Error):
    """No OpenCL platform, or no device matches the selector."""


class FileError(Error, OSError):
    """The operating system failed to read or write."""


class FormatError(Error, ValueError):
    """A file or an array is damaged or not what was expected."""


class OutOfMemoryError(Error, MemoryError):
    """Out of memory on the host or the device."""


class OpenCLError(Error):
    """An OpenCL or CLBlast call failed."""


class BuildError(Error):
    """A .cl file does not compile, or lacks something it must define."""


class NumericError(Error, ArithmeticError):
    """NaN or infinity where a finite number is required."""


class ExistsError(Error, OSError):
    """An output already exists and may not be overwritten."""


class InterruptedTraining(Error):
    """Training was stopped and wrote a checkpoint."""


class UnsupportedError(Error):
    """Not possible for this dataset or run."""
