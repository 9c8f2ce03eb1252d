"""tools/format: finds and mends what is not formatted; without its clang-format it is skipped."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import source_files

FORMAT = source_files.ROOT / "tools" / "format"
SKIPPED = 77
GOOD = "int one(void)\n{\n    return 1;\n}\n"
BAD = "int one(void) {\n  return 1; }\n"


class Format(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lowbend-format-"))
        shutil.copy(source_files.ROOT / ".clang-format", self.root)
        (self.root / "src").mkdir()
        (self.root / "src" / "good.c").write_text(GOOD, encoding="utf-8")

    def tearDown(self):
        shutil.rmtree(self.root)

    def run_format(self, *options, **environment):
        result = subprocess.run([sys.executable, FORMAT, "--no-install", "--root", self.root,
                                 *options], capture_output=True, text=True, check=False,
                                env={**os.environ, **environment})
        return result.returncode, result.stdout

    def test_mends(self):
        self.assertEqual(self.run_format("--check"), (0, ""))
        bad = self.root / "src" / "bad.h"
        bad.write_text(BAD, encoding="utf-8")
        status, said = self.run_format("--check")
        self.assertEqual(status, 1, said)
        for words in ("--- src/bad.h\n", "\n+    return 1;\n", "1 file is not formatted: run tools"):
            self.assertIn(words, said)
        self.assertNotIn("good.c", said)
        self.assertEqual(bad.read_text(encoding="utf-8"), BAD)
        self.assertEqual(self.run_format(), (0, "formatted src/bad.h\n"))
        self.assertEqual(bad.read_text(encoding="utf-8"), GOOD)
        self.assertEqual(self.run_format("--check"), (0, ""))

    def test_another_version(self):
        """A version other than the pinned one is not used."""
        folder = self.root / "bin"
        folder.mkdir()
        for name in ("clang-format", "clang-format-14"):
            (folder / name).write_text("#!/bin/sh\necho clang-format version 14.0.60\n")
            (folder / name).chmod(0o755)
        if (source_files.ROOT / "build" / "tools").exists():
            self.skipTest("the right one is installed in build/tools")
        status, said = self.run_format("--check", PATH=f"{folder}:{os.environ['PATH']}")
        self.assertEqual(status, SKIPPED, said)
        self.assertIn("cannot be had", said)


with tempfile.TemporaryDirectory() as empty:
    looked = subprocess.run([sys.executable, FORMAT, "--no-install", "--root", empty], check=False)
if looked.returncode == SKIPPED:
    sys.exit(SKIPPED)
unittest.main(argv=[sys.argv[0], "--verbose"])
