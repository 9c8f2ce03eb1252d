#!/usr/bin/env python3
"""Makes the module of cffi that calls the library, from its public headers alone.

usage: make_bindings.py OUT INCLUDE COMPILER [OPTION]...

The C preprocessor expands INCLUDE/lowbend/lowbend.h, with empty files in place of the standard
headers, whose types cffi knows; numbers that are macros are declared beside that.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import cffi

# What cffi does not know by itself; see <signal.h> of the GNU C library and of musl.
KNOWN = "typedef int sig_atomic_t;\nvoid free(void *);\n"
INCLUDE = re.compile(r"^#include <(?!lowbend/)([\w./]+)>", re.MULTILINE)
NUMBER = re.compile(r"^#define (LB_\w+) +(\d+)\b", re.MULTILINE)


def declarations(include, compiler):
    """The text of all public headers as cffi takes it."""
    headers = [path.read_text(encoding="utf-8")
               for path in sorted((include / "lowbend").glob("*.h"))]
    with tempfile.TemporaryDirectory() as folder:
        for name in {name for text in headers for name in INCLUDE.findall(text)}:
            empty = pathlib.Path(folder, name)
            empty.parent.mkdir(parents=True, exist_ok=True)
            empty.touch()
        source = pathlib.Path(folder, "all.c")
        source.write_text("#include <lowbend/lowbend.h>\n", encoding="ascii")
        # Attributes, which cffi does not read, are for compilers that say that they know them.
        expanded = subprocess.run(
            [*compiler, "-E", "-P", "-nostdinc", "-U__GNUC__", "-I", folder, "-I", include, source],
            check=True, stdout=subprocess.PIPE, text=True).stdout
    numbers = {match for text in headers for match in NUMBER.findall(text)}
    return KNOWN + "".join(f"#define {name} {value}\n" for name, value in sorted(numbers)) + expanded


def main():
    out, include, *compiler = sys.argv[1:]
    ffi = cffi.FFI()
    ffi.cdef(declarations(pathlib.Path(include), compiler))
    ffi.set_source("lowbend._bindings", None)
    ffi.emit_python_code(out)


main()
