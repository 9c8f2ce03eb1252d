#!/usr/bin/env python3
"""Generates the cffi bindings from the library's public headers.

usage: make_bindings.py OUT INCLUDE COMPILER [OPTION]...

The C preprocessor expands INCLUDE/lowbend/lowbend.h. Empty files replace the standard headers, whose
types cffi knows. Numeric macros are declared separately.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import cffi

# Declarations that cffi lacks; the type is that of <signal.h> in the GNU C library and in musl.
KNOWN = "typedef int sig_atomic_t;\nvoid free(void *);\n"
INCLUDE = re.compile(r"^#include <(?!lowbend/)([\w./]+)>", re.MULTILINE)
NUMBER = re.compile(r"^#define (LB_\w+) +(\d+)\b", re.MULTILINE)


def declarations(include, compiler):
    """The declarations of all public headers, in the form that cffi accepts."""
    headers = [path.read_text(encoding="utf-8")
               for path in sorted((include / "lowbend").glob("*.h"))]
    with tempfile.TemporaryDirectory() as folder:
        for name in {name for text in headers for name in INCLUDE.findall(text)}:
            empty = pathlib.Path(folder, name)
            empty.parent.mkdir(parents=True, exist_ok=True)
            empty.touch()
        source = pathlib.Path(folder, "all.c")
        source.write_text("#include <lowbend/lowbend.h>\n", encoding="ascii")
        # -U__GNUC__ disables attributes, which cffi cannot parse.
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
