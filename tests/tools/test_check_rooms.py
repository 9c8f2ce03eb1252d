"""tools/check_rooms.py: a small tree in order has no mistakes; each mistake planted in it is said
in one line that names the file and the rule."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import check_rooms
import source_files

TREE = {
    "meson.build": "subdir('src/base')",
    "README.md": "",
    ".clang-format": "",
    "include/lowbend/network.h": "#include <lowbend/status.h>\n#include <stddef.h>",
    "include/lowbend/status.h": "",
    "include/lowbend/meson.build": "",
    "src/base/text.h": "#include <stdarg.h>",
    "src/base/text.c": '#include "base/text.h"\n#include <stdio.h>',
    "src/base/meson.build": "library_sources += files(\n  'text.c')",
    "src/gemm/panel.c": '#include "base/text.h"\n#include <CL/cl.h>',
    "src/gemm/meson.build": "library_sources += files('panel.c')",
    "src/geometry/dataset.h": '#include "base/text.h"',
    "src/nn/network.h": "#include <lowbend/network.h>",
    "src/nn/network.c": '#include "nn/network.h"\n\n#include "base/text.h"',
    "src/nn/meson.build": "library_sources += files('network.c')",
    "src/report/html/page.c": '#include "nn/network.h"',
    "src/report/html/meson.build": "library_sources += files('page.c')",
    "src/cli/main.c": '#include <lowbend/network.h>\n#include <getopt.h>\n#include <jansson.h>\n'
                      '#include "common.h"',
    "src/cli/common.h": "",
    "src/cli/meson.build": "executable('lowbend', 'main.c')",
    "cl/meson.build": "kernel_files = {\n  '.': ['step.cl'],\n  'dataset': ['arcs.cl'],\n"
                      "  'geometry': ['render.cl'],\n  'lib': ['turn.cl'],\n  'loss': ['mean.cl'],\n"
                      "  'manifold': ['torus.cl'],\n  'nn': ['scale.cl'],\n}",
    "cl/step.cl": '#include "loss/mean.cl"\n#include "nn/scale.cl"',
    "cl/lib/turn.cl": "",
    "cl/nn/scale.cl": '#include "lib/turn.cl"',
    "cl/loss/mean.cl": '#include "lib/turn.cl"',
    "cl/geometry/render.cl": "",
    "cl/manifold/torus.cl": '#include "lib/turn.cl"',
    "cl/dataset/arcs.cl": '#include "manifold/torus.cl"',
    "tests/meson.build": "tests = {'text': 30}\nforeach name, limit : tests\n"
                         "  test(name, executable('test_' + name, 'test_' + name + '.c'),\n"
                         "    timeout: limit)\nendforeach",
    "tests/test_text.c": '#include "base/text.h"',
    "tests/cases/mesh/tetra.obj": "",
}

# Mistakes, and the message that each must cause. Text is appended to a file.
MISTAKES = (
    ("arrow up", {"src/base/text.c": '#include "eval/pca.h"', "src/eval/pca.h": ""},
     r"src/base/text\.c:3: .*for base, eval is above it"),
    ("arrow up by the place beside", {"src/nn/network.h": '#include "../report/html/sheet.h"',
                                      "src/report/html/sheet.h": ""},
     r"src/nn/network\.h:2: .*for nn, report is above it"),
    ("blind", {"src/nn/network.c": '#include "geometry/dataset.h"'},
     r"src/nn/network\.c:4: .*for nn, geometry is not its business"),
    ("OpenCL", {"src/base/text.h": "#include <CL/cl.h>"},
     r"src/base/text\.h:2: .*base knows nothing of OpenCL"),
    ("POSIX", {"src/nn/network.c": "#include <unistd.h>"},
     r"src/nn/network\.c:4: .*only base may"),
    ("POSIX switched on", {"src/nn/network.c": '#include "base/posix.h"', "src/base/posix.h": ""},
     r"src/nn/network\.c:4: .*only base may"),
    ("POSIX that ports do not know of", {"src/base/text.c": "#include <unistd.h>"},
     r"src/base/text\.c:3: uses POSIX, but docs/developing\.md does not list it"),
    ("file of the tests", {"src/nn/network.c": '#include "../../tests/support.h"',
                           "tests/support.h": ""},
     r"src/nn/network\.c:4: .*not of the library"),
    ("missing file", {"src/nn/network.c": '#include "nn/layer.h"'},
     r"src/nn/network\.c:4: .*there is no src/nn/layer\.h"),
    ("circle", {"src/base/text.h": '#include "base/file.h"', "src/base/file.h": "",
                "src/base/file.c": '#include "base/text.h"',
                "src/base/meson.build": "library_sources += files('file.c')"},
     r"src/base/file\.c:1: .*circle: base/file -> base/text -> base/file"),
    ("circle of public headers", {"include/lowbend/status.h": "#include <lowbend/network.h>"},
     r"include/lowbend/network\.h:1: .*circle: network -> status -> network"),
    ("circle of kernels", {"cl/lib/turn.cl": '#include "lib/ball.cl"',
                           "cl/lib/ball.cl": '#include "lib/turn.cl"',
                           "cl/meson.build": "more = {'lib': ['ball.cl']}"},
     r"cl/lib/ball\.cl:1: .*circle: lib/ball -> lib/turn -> lib/ball"),
    ("a folder of its own", {"src/data/points.h": ""},
     r"src/data/points\.h:1: the folder src/data is not in the plan"),
    ("a folder in a room", {"src/nn/layers/layer.h": ""},
     r"src/nn/layers/layer\.h:1: the folder src/nn/layers is not in the plan"),
    ("a folder at the top", {"scripts/run.py": ""},
     r"scripts/run\.py:1: the folder scripts is not in the plan"),
    ("a file at the top", {"notes.md": ""}, r"notes\.md:1: .*not in the plan"),
    ("a program at the top of cl", {"cl/serve.cl": "", "cl/meson.build": "x = {'.': ['serve.cl']}"},
     r"cl/serve\.cl:1: .*only step\.cl"),
    ("one name for two things", {"src/nn/text.h": ""},
     r"src/nn/text\.h:1: the base name text is taken by src/base/text"),
    ("a public header's name", {"src/base/status.h": ""},
     r"src/base/status\.h:1: .*another thing"),
    ("program uses a room", {"src/cli/main.c": '#include "base/text.h"'},
     r"src/cli/main\.c:5: .*only public headers"),
    ("program uses a library", {"src/cli/main.c": "#include <zlib.h>"},
     r"src/cli/main\.c:5: .*only the C library, jansson and public headers"),
    ("public header uses a room", {"include/lowbend/status.h": '#include "base/text.h"'},
     r"include/lowbend/status\.h:2: .*only public headers"),
    ("public header uses a library", {"include/lowbend/status.h": "#include <jansson.h>"},
     r"include/lowbend/status\.h:2: .*only the C library"),
    ("kernel's arrow up", {"cl/nn/scale.cl": '#include "loss/mean.cl"'},
     r"cl/nn/scale\.cl:2: .*nn may use only lib, gemm, nn"),
    ("kernel is blind", {"cl/loss/mean.cl": '#include "nn/scale.cl"'},
     r"cl/loss/mean\.cl:2: .*loss may use only lib, gemm, loss"),
    ("lib uses a manifold", {"cl/lib/turn.cl": '#include "../manifold/box.cl"',
                            "cl/manifold/box.cl": "",
                            "cl/meson.build": "more = {'manifold': ['box.cl']}"},
     r"cl/lib/turn\.cl:2: .*lib may use only lib"),
    ("dataset uses a kernel", {"cl/dataset/arcs.cl": '#include "geometry/render.cl"'},
     r"cl/dataset/arcs\.cl:2: .*dataset may use only"),
    ("unnamed source", {"src/nn/layer.c": ""}, r"src/nn/layer\.c:1: no meson\.build names it"),
    ("unnamed kernel", {"cl/nn/mean.cl": ""}, r"cl/nn/mean\.cl:1: no meson\.build names it"),
    ("unnamed test", {"tests/test_file.c": ""}, r"tests/test_file\.c:1: no meson\.build names it"),
    ("named in a comment alone", {"src/nn/layer.c": "", "src/nn/meson.build": "# 'layer.c'"},
     r"src/nn/layer\.c:1: no meson\.build names it"),
    ("no time limit", {"tests/meson.build": "test('file', program, # timeout:\n  suite: 'host')"},
     r"tests/meson\.build:6: a test without timeout:"),
)


class Rooms(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lowbend-rooms-"))
        self.add(TREE)

    def tearDown(self):
        shutil.rmtree(self.root)

    def add(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(text + "\n")

    def run_script(self):
        script = source_files.ROOT / "tools" / "check_rooms.py"
        return subprocess.run([sys.executable, script, "--root", self.root], capture_output=True,
                              text=True, check=False)

    def test_order(self):
        result = self.run_script()
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_status(self):
        self.add({"notes.md": "", "todo.md": ""})
        result = self.run_script()
        self.assertEqual((result.returncode, result.stdout.count("\n")), (1, 2), result)

    def test_mistakes(self):
        for name, files, line in MISTAKES:
            with self.subTest(name):
                self.tearDown()
                self.setUp()
                self.add(files)
                said = [str(mistake) for mistake in check_rooms.mistakes(self.root)]
                self.assertEqual(len(said), 1, said)
                self.assertTrue(re.match(line, said[0]), said[0])


unittest.main(argv=[sys.argv[0], "--verbose"])
