#!/usr/bin/env python3
"""Checks the structure of the source tree; docs/developing.md describes the rooms.

The rules: no room includes a later one; every file lies in a known folder; there are no include
cycles; base names are unique; src/cli uses only the public headers; every source file is listed in
a meson.build; every test has a time limit; only base and one file of the program use POSIX headers,
and docs/developing.md lists them. The checks read #include lines, file names, meson.build files and
that list. Prints a line for each violation,
and exits with 1 if there are any.
"""

import argparse
import collections
import pathlib
import posixpath
import re
import sys

import source_files

# ---- the plan -----------------------------------------------------------------------------------

# In order: each room may include itself and those before it.
ROOMS = ("base", "ranks", "io", "draw", "device", "gemm", "geometry", "nn", "loss", "optim", "batch", "run",
         "selftest", "train", "latent", "eval", "report", "bench", "cli")
# Earlier rooms that a room must not include all the same.
BLIND = {"nn": ("geometry",), "loss": ("geometry", "nn")}
WITHOUT_OPENCL = ("base", "ranks", "io", "draw", "report")
ROOM_FOLDERS = {"report": ("html", "page"), "cli": ("completion",)}

KERNEL_ROOMS = ("lib", "gemm", "geometry", "nn", "loss", "optim", "batch", "train")
# In addition, manifolds may include lib, and datasets lib and manifolds. The host combines a dataset
# with geometry's kernels, which therefore include none.
KERNEL_BASES = {"manifold": ("lib", "manifold"), "dataset": ("lib", "manifold", "dataset")}
KERNEL_PROGRAM = "step.cl"  # includes kernels of all rooms in one program

TOP_FILES = ("meson.build", "meson_options.txt", "pyproject.toml", "README.md", "LICENSE",
             "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff")
TEST_FOLDERS = ("cli", "fuzz", "headers", "kernels", "oclgrind", "python", "shim", "suppressions",
                "tools", "cases", "old_runs", "reference")  # the last three hold data
FOLDERS = ({"include/lowbend", "docs", "docs/pictures", "tools", "tools/debian", "tools/debian/source",
            "tools/python", "tools/python/lowbend", "tests", "cl", "src/cli"}
           | {f"src/{room}" for room in ROOMS}
           | {f"src/{room}/{inner}" for room, inners in ROOM_FOLDERS.items() for inner in inners}
           | {f"cl/{room}" for room in (*KERNEL_ROOMS, *KERNEL_BASES)}
           | {f"tests/{name}" for name in TEST_FOLDERS})
DATA = ("tests/cases/", "tests/old_runs/", "tests/fuzz/corpus/")

# Headers of C11 and POSIX that the program may use, and jansson for JSON.
PROGRAM_HEADERS = {f"{name}.h" for name in (
    "assert ctype dirent errno fcntl float getopt inttypes jansson limits locale math poll pthread "
    "signal spawn stdarg stdatomic stdbool stddef stdint stdio stdlib string strings termios time "
    "unistd").split()}

# POSIX headers that C11 lacks, besides sys/*.h. Only base uses them, and one file of the program, which
# may not use base.
POSIX_HEADERS = {f"{name}.h" for name in (
    "aio arpa/inet cpio dirent dlfcn fcntl fmtmsg fnmatch ftw glob grp iconv langinfo libgen monetary "
    "mqueue ndbm net/if netdb netinet/in netinet/tcp nl_types poll pthread pwd regex sched search "
    "semaphore spawn strings stropts syslog tar termios ulimit unistd utime utmpx wordexp").split()}
POSIX_FILES = ("src/cli/system.c",)
POSIX_SWITCH = "src/base/posix.h"  # makes the system's headers declare POSIX
PORTING = "docs/developing.md"     # lists what a port replaces

# ---- reading the files --------------------------------------------------------------------------

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
MESON_COMMENT = re.compile(r"('[^'\n]*')|#[^\n]*")
MESON_TEST = re.compile(r"^[ \t]*(test|benchmark)\(", re.MULTILINE)
MESON_BUILT_NAME = re.compile(r"(?:'([^'\n]*)'\s*\+\s*)?\b\w+(?:\['\w+'\])?\s*\+\s*'(\.c)'")
MESON_TABLE = re.compile(r"'([^'\n]+)'\s*:\s*\[([^]]*)\]")

Include = collections.namedtuple("Include", "line angled name")


class Mistake(collections.namedtuple("Mistake", "path line text")):
    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


def blank(match):
    """Keeps the number of lines and empties them."""
    return re.sub(r"[^\n]", " ", match.group())


class House:
    """The files below a folder and their includes."""

    def __init__(self, root):
        self.root = root
        self.files = [str(name) for name in source_files.source_files(root)]
        self.known = set(self.files)
        self.includes = {name: list(self.included(name)) for name in self.files
                         if name.endswith((".c", ".h", ".cl", ".c.in"))
                         and not name.startswith(DATA)}

    def text(self, name):
        return (self.root / name).read_text(encoding="utf-8")

    def included(self, name):
        code = COMMENT.sub(blank, self.text(name))
        for match in INCLUDE.finditer(code):
            yield Include(code.count("\n", 0, match.start(1)) + 1, match.group(1) == "<",
                          match.group(2))

    def resolve(self, name, include):
        """The file that an #include in file `name` refers to; None: a system header."""
        if include.name.startswith("lowbend/"):
            return f"include/{include.name}"
        if include.angled:
            return None
        bases = [posixpath.dirname(name), "cl" if name.endswith(".cl") else "src"]
        if name.startswith("tests/"):
            bases.insert(1, "tests")
        places = [posixpath.normpath(posixpath.join(base, include.name)) for base in bases]
        return next(filter(self.known.__contains__, places), places[-1])

    def sources(self, folder, *suffixes):
        return [name for name in self.files
                if name.startswith(f"{folder}/") and name.endswith(suffixes)]


def room_of(name):
    """The room of a file: `gemm` for src/gemm/panel.c and cl/gemm/panel.cl."""
    parts = name.split("/")
    return parts[1] if len(parts) > 2 else ""


# ---- rules: each yields violations --------------------------------------------------------------

def check_places(house):
    """Every file lies in a known folder."""
    for name in house.files:
        folder = posixpath.dirname(name)
        if name.startswith((".", *DATA)) or folder in FOLDERS:
            continue
        if folder:
            yield Mistake(name, 1, f"the folder {folder} is not in the plan")
        elif name not in TOP_FILES:
            yield Mistake(name, 1, "a file at the top that is not in the plan")


def check_found(house):
    """Included files exist."""
    for name, includes in house.includes.items():
        for include in includes:
            found = house.resolve(name, include)
            if found is not None and found not in house.known and "@" not in found:
                yield Mistake(name, include.line, f"includes {include.name}: there is no {found}")


def up_to(room, rooms):
    """The rooms of this ordered list that files of `room` may include."""
    return [name for name in rooms[:rooms.index(room) + 1] if name not in BLIND.get(room, ())]


def check_arrows(house):
    """No file in src includes a later room, or an earlier one that is excluded."""
    for name in house.sources("src", ".c", ".h"):
        room = room_of(name)
        if room not in ROOMS:
            continue
        for include in house.includes[name]:
            found = house.resolve(name, include)
            if found is None or found.startswith("include/"):
                if include.name.startswith("CL/") and room in WITHOUT_OPENCL:
                    yield Mistake(name, include.line, f"includes {include.name}: "
                                  f"{room} knows nothing of OpenCL")
                continue
            other = room_of(found)
            if not found.startswith("src/"):
                yield Mistake(name, include.line, f"includes {found}, which is not of the library")
            elif other not in up_to(room, ROOMS):
                why = "is above it" if other not in BLIND.get(room, ()) else "is not its business"
                yield Mistake(name, include.line,
                              f"includes {include.name}: for {room}, {other} {why}")


def check_posix(house):
    """Only base and the listed files use POSIX, and the document for ports names them."""
    listed = house.text(PORTING) if PORTING in house.known else ""
    for name in house.sources("src", ".c", ".h"):
        uses = [include for include in house.includes[name]
                if include.name in POSIX_HEADERS or include.name.startswith("sys/")
                or house.resolve(name, include) == POSIX_SWITCH]
        if uses and room_of(name) != "base" and name not in POSIX_FILES:
            yield Mistake(name, uses[0].line, f"includes {uses[0].name}, which not every system has: "
                          "only base may")
        elif uses and f"`{name}`" not in listed:
            yield Mistake(name, uses[0].line, f"uses POSIX, but {PORTING} does not list it")


def check_public(house):
    """Public headers include only public headers and the C library; the program includes only
    public headers of the library."""
    for name, includes in house.includes.items():
        public = name.startswith("include/")
        program = name.startswith("src/cli/") or (name.startswith("tools/") and name.endswith(".c"))
        if not public and not program:
            continue
        own = "include/lowbend/" if public else posixpath.dirname(name) + "/"
        for include in includes:
            found = house.resolve(name, include)
            if found is None:
                known = include.name in PROGRAM_HEADERS or include.name.startswith("sys/")
                if not known or (public and include.name == "jansson.h"):
                    yield Mistake(name, include.line, f"includes {include.name}: only "
                                  "the C library" + ("" if public else ", jansson")
                                  + " and public headers are used here")
            elif not found.startswith(("include/lowbend/", own)):
                yield Mistake(name, include.line,
                              f"includes {include.name}: only public headers are used here")


def check_kernels(house):
    """No file in cl includes a later room."""
    for name in house.sources("cl", ".cl"):
        room = room_of(name)
        if name == f"cl/{KERNEL_PROGRAM}":
            allowed = KERNEL_ROOMS
        elif room in KERNEL_BASES:
            allowed = KERNEL_BASES[room]
        elif room in KERNEL_ROOMS:
            allowed = up_to(room, KERNEL_ROOMS)
        elif room == "":
            yield Mistake(name, 1, f"a program at the top of cl; only {KERNEL_PROGRAM} is in the plan")
            continue
        else:
            continue
        for include in house.includes[name]:
            found = house.resolve(name, include)
            other = room_of(found) if found else include.name
            if other not in allowed:
                yield Mistake(name, include.line,
                              f"includes {include.name}: {room or 'a program'} may use only "
                              f"{', '.join(allowed)}")


def shortest_circle(start, arrows):
    """The shortest cycle of includes through this module, or None."""
    came_from = {}
    queue = collections.deque([start])
    while queue:
        module = queue.popleft()
        for other in sorted(arrows[module]):
            if other == start:
                path = [module]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if other not in came_from:
                came_from[other] = module
                queue.append(other)
    return None


def check_circles(house, folder, *suffixes):
    """There are no include cycles between modules; x.c and x.h are one module. Reports each shortest
    cycle once."""
    arrows = collections.defaultdict(dict)  # module -> other -> (file, line)
    for name in house.sources(folder, *suffixes):
        module = posixpath.splitext(name)[0]
        for include in house.includes[name]:
            found = house.resolve(name, include)
            other = posixpath.splitext(found)[0] if found in house.known else module
            if other != module and other.startswith(f"{folder}/"):
                arrows[module].setdefault(other, (name, include.line))
    said = set()
    for module in sorted(arrows):
        circle = shortest_circle(module, arrows)
        if circle is None or frozenset(circle) in said:
            continue
        said.add(frozenset(circle))
        path, line = arrows[module][(circle + [module])[1]]
        shown = " -> ".join(part[len(folder) + 1:] for part in [*circle, module])
        yield Mistake(path, line, f"modules include each other in a circle: {shown}")


def check_names(house):
    """Base names are unique in src. A private header may share its name with the public header of
    the same object, which it must then include."""
    owners = {}
    public = {posixpath.basename(name) for name in house.sources("include", ".h")}
    for name in house.sources("src", ".c", ".h"):
        module = posixpath.splitext(name)[0]
        base = posixpath.basename(module)
        first = owners.setdefault(base, module)
        if first != module:
            yield Mistake(name, 1, f"the base name {base} is taken by {first}")
        header = posixpath.basename(name)
        if header.endswith(".h") and header in public:
            if f"lowbend/{header}" not in [include.name for include in house.includes[name]]:
                yield Mistake(name, 1, f"has the name of include/lowbend/{header} but does not "
                              "include it: it is another thing")


def meson_code(text):
    """The text with comments blanked out; all other characters keep their positions."""
    return MESON_COMMENT.sub(lambda match: match.group(1) or blank(match), text)


def names_in(text):
    """Files listed in a meson.build, relative to its folder: 'x.c', 'test_' + name + '.c', and tables
    of 'folder': ['x.cl', ...]."""
    words = re.findall(r"'([^'\n]*)'", text)
    names = set(words)
    for prefix, suffix in MESON_BUILT_NAME.findall(text):
        names |= {f"{prefix}{word}{suffix}" for word in words}
    for folder, listed in MESON_TABLE.findall(text):
        names |= {posixpath.normpath(f"{folder}/{word}") for word in re.findall(r"'([^']*)'", listed)}
    return names


def check_built(house):
    """Every source file is listed in the meson.build of its folder or of a parent folder."""
    named = set()
    for name in house.files:
        if posixpath.basename(name) == "meson.build":
            folder = posixpath.dirname(name)
            named |= {posixpath.normpath(posixpath.join(folder, word))
                      for word in names_in(meson_code(house.text(name)))}
    for name in (*house.sources("src", ".c"), *house.sources("tests", ".c"),
                 *house.sources("cl", ".cl")):
        if name not in named and not name.startswith(DATA):
            yield Mistake(name, 1, "no meson.build names it")


def check_limits(house):
    """Every test and benchmark sets a time limit."""
    for name in house.files:
        if posixpath.basename(name) != "meson.build":
            continue
        text = meson_code(house.text(name))
        for match in MESON_TEST.finditer(text):
            depth, end = 1, match.end()
            while depth > 0 and end < len(text):
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                end += 1
            if not re.search(r"\btimeout\s*:", text[match.end():end]):
                yield Mistake(name, text.count("\n", 0, match.start(1)) + 1,
                              f"a {match.group(1)} without timeout:")


def mistakes(root):
    house = House(root)
    for rule in (check_places, check_found, check_arrows, check_posix, check_public, check_kernels,
                 check_names, check_built, check_limits):
        yield from rule(house)
    yield from check_circles(house, "src", ".c", ".h")
    yield from check_circles(house, "include/lowbend", ".h")
    yield from check_circles(house, "cl", ".cl")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=source_files.ROOT,
                        help="of another tree than this one")
    found = sorted(set(mistakes(parser.parse_args().root.resolve())))
    for mistake in found:
        print(mistake)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
