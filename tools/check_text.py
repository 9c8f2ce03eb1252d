#!/usr/bin/env python3
"""Checks the text of all source files: tabs, trailing spaces, final newline, line length. Also
checks that the library calls no function that depends on the locale, which its user may have set."""

import argparse
import re
import sys

import source_files

CODE = (".c", ".h", ".cl")
TEXT = CODE + (".py", ".sh", ".md", ".build", ".txt", ".in")
SCRIPT_FOLDERS = ("tools", ".ci")
LONGEST = 100

LIBRARY = source_files.ROOT / "src"
PROGRAM = LIBRARY / "cli"  # never calls setlocale()
# Functions that depend on the locale, their replacements, and the files that implement those.
LOCALE = (
    (r"strto(d|f|ld)|ato[fl]|\w*scanf", "lb_number_read()", ("base/number.c",)),
    (r"v\w*printf", "lb_format_args()", ("base/number.c",)),
    (r"isw?(alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit)|"
     r"tow?(lower|upper)|strn?casecmp|strcasestr|strcoll|strxfrm", "base/ascii.h", ()),
    (r"json_load\w*|json_dump(s|f|fd|_\w+)", "base/json.h", ("base/json.c",)),
    (r"setlocale|newlocale|uselocale|localeconv", "base/c_locale.h", ("base/c_locale.c",)),
)
PRINTF = re.compile(r"\b(f|d|s|sn|as)?printf\s*\(")
FLOAT = re.compile(r"(?<!%)(%%)*%[-+ #'0-9.*]*[lL]?[aAeEfFgG]")
COMMENT_OR_QUOTE = re.compile(r"""/\*.*?\*/|//[^\n]*|"(\\.|[^"\\])*"|'(\\.|[^'\\])*'""", re.DOTALL)


def text_files():
    for name in source_files.source_files():
        script = name.suffix == "" and name.parent.name in SCRIPT_FOLDERS
        if name.suffix in TEXT or script:
            yield source_files.ROOT / name


def problems(path):
    text = path.read_text(encoding="utf-8")
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no newline at the end of the file"
    for number, line in enumerate(text.splitlines(), 1):
        if "\t" in line:
            yield number, "tab"
        if line != line.rstrip():
            yield number, "space at the end of the line"
        if path.suffix in CODE and len(line) > LONGEST:
            yield number, f"{len(line)} columns, at most {LONGEST}"


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def arguments_end(code, start):
    """Index after the closing parenthesis of a call whose arguments start at `start`."""
    depth, end = 1, start
    while depth > 0 and end < len(code):
        depth += {"(": 1, ")": -1}.get(code[end], 0)
        end += 1
    return end


def locale_problems(path):
    text = path.read_text(encoding="utf-8")
    code = COMMENT_OR_QUOTE.sub(blank, text)
    floats = [match.start() for match in COMMENT_OR_QUOTE.finditer(text)
              if match.group()[0] == '"' and FLOAT.search(match.group())]
    found = []
    for names, instead, allowed in LOCALE:
        if path.relative_to(LIBRARY).as_posix() not in allowed:
            found += [(match, instead) for match in re.finditer(rf"\b({names})\s*\(", code)]
    for match in PRINTF.finditer(code):
        end = arguments_end(code, match.end())
        if any(match.end() <= at < end for at in floats):
            found.append((match, "lb_format()"))
    for match, instead in found:
        yield code.count("\n", 0, match.start()) + 1, \
            f"{match.group()}...) follows the locale: use {instead}"


def all_problems(path):
    yield from problems(path)
    if path.suffix in (".c", ".h") and LIBRARY in path.parents and PROGRAM not in path.parents:
        yield from locale_problems(path)


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    found = 0
    for path in text_files():
        for number, problem in all_problems(path):
            print(f"{path.relative_to(source_files.ROOT)}:{number}: {problem}")
            found += 1
    sys.exit(1 if found else 0)


main()
