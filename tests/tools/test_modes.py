"""tools/test: its modes, its counts, and what it does where tools are missing or checks fail.

A copy of it runs in a folder of its own, with stand-ins for all that it starts.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import source_files

TOOLS = source_files.ROOT / "tools"
TIME_LIMIT = 50

# Each row: a command and its stand-in. All of them record their arguments.
COMMANDS = {
    "apt-get": "",
    "dpkg-query": 'echo -n "install ok installed"',
    "pkg-config": '''if [[ $* == "--exists $SLOW" ]]; then
    sleep 6
fi
[[ $* != "--exists $LACKING" ]]''',
    "meson": '''if [[ $1 == setup ]]; then
    mkdir -p "$2/src/cli" && touch "$2/build.ninja"
    printf '#!/bin/sh\\n' >"$2/src/cli/lowbend"
    chmod +x "$2/src/cli/lowbend"
else
    mkdir -p "$3/meson-logs" && touch "$3/meson-logs/testlog.json"
fi''',
    "ninja": '[[ $2 != "$BROKEN" ]]',
    "python3": '''case $1 in
    */test_results.py) echo 3 "${FAILING:-0}" 1 ;;
    */format) exit "${FORMAT:-0}" ;;
esac''',
    "cppcheck": "",
    "clang-tidy": "",
    "gcc": "",
}


class Modes(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lowbend-modes-"))
        self.log = self.folder / "log"
        for name in ("bin", "project/tools", "project/src", "project/tests"):
            (self.folder / name).mkdir(parents=True)
        for name in ("test", "packages.sh"):
            shutil.copy(TOOLS / name, self.folder / "project" / "tools")
        (self.folder / "project" / "src" / "one.c").touch()
        platform = self.folder / "project" / "tools" / "test_platform"
        platform.write_text('#!/bin/sh\necho "test_platform $*" >>"$LOG"\nexit 77\n')
        platform.chmod(0o755)
        for name, text in COMMANDS.items():
            path = self.folder / "bin" / name
            path.write_text(f'#!/usr/bin/env bash\necho "{name} $*" >>"$LOG"\n{text}\n')
            path.chmod(0o755)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def run_test(self, *arguments, **environment):
        """Exit status, output, and the commands that were started."""
        self.log.write_text("")
        env = {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
               "LOG": str(self.log), "LACKING": "", "SLOW": "", "BROKEN": "", **environment}
        result = subprocess.run([self.folder / "project" / "tools" / "test", *arguments], env=env,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                timeout=TIME_LIMIT, check=False)
        return result.returncode, result.stdout, self.log.read_text()

    def test_usage(self):
        status, said, started = self.run_test("--help")
        self.assertEqual((status, started), (0, ""), said)
        for arguments in (["--quick"], ["fast"], ["--fast", "--full"]):
            with self.subTest(arguments):
                status, said, started = self.run_test(*arguments)
                self.assertEqual((status, started, said.count("\n")), (2, "", 1), said)
                self.assertIn("--help", said)

    def test_fast(self):
        status, said, started = self.run_test("--fast")
        self.assertEqual(status, 0, said)
        # packages, text, rooms, format, build; tests.
        self.assertTrue(said.endswith("\n8 passed, 0 failed, 1 skipped\n"), said)
        self.assertIn("meson test -C build/test --no-rebuild --suite headers --suite host --suite "
                      "tools\n", started)
        self.assertIn("format --check --no-install", started)
        for name in ("apt-get", "dpkg-query", "cppcheck", "clang-tidy"):
            self.assertNotIn(name, started)

    def test_fast_lacks_something(self):
        status, said, started = self.run_test("--fast", LACKING="cmocka")
        self.assertEqual(status, 1, said)
        self.assertIn("\n    pkg-config module cmocka\n", said)
        self.assertTrue(said.endswith("\n0 passed, 1 failed, 0 skipped\n"), said)
        self.assertNotIn("ninja", started)

    def test_default(self):
        status, said, started = self.run_test()
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r"\n\d+ passed, 0 failed, 4 skipped\n$")
        self.assertIn("meson test -C build/test --no-rebuild\n", started)
        for words in ("cppcheck ", "clang-tidy ", "--suite fuzz", "--suite leaks", "threads"):
            self.assertIn(words, started)
        parts = re.findall(r"^-- (.*): \d+ s of (\d+)$", said, re.MULTILINE)
        self.assertEqual(said.count("\n== ") + 1, len(parts), said)
        self.assertLessEqual(sum(int(budget) for _, budget in parts), 45 * 60)

    def test_full(self):
        _, default, _ = self.run_test()
        status, said, started = self.run_test("--full")
        self.assertEqual(status, 0, said)
        self.assertGreater(said.count("\n== "), default.count("\n== "))
        for words in ("--suite cl", "-Dclblast=disabled", "meson test -C build/test-no-clblast",
                      "test_platform trixie", "test_platform sid", "test_platform intel"):
            self.assertIn(words, started)

    def test_over_budget(self):
        status, said, _ = self.run_test("--fast", SLOW="jansson")
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r"\nover their time budget:\n    packages \(\d+ s of 5\)\n"
                               r"8 passed, 0 failed, 1 skipped\n$")

    def test_failures(self):
        status, said, _ = self.run_test("--fast", FAILING="2")
        self.assertEqual(status, 1, said)
        self.assertTrue(said.endswith("\n8 passed, 2 failed, 1 skipped\n"), said)
        status, said, _ = self.run_test("--fast", FORMAT="1")
        self.assertEqual(status, 1, said)
        self.assertIn("\nFAILED: format\n", said)
        self.assertTrue(said.endswith("\n7 passed, 1 failed, 1 skipped\n"), said)
        status, said, started = self.run_test(BROKEN="build/test")
        self.assertEqual(status, 1, said)
        self.assertNotIn("-C build/test ", started.replace("ninja -C build/test\n", ""))
        self.assertIn("-C build/test-clang-sanitize ", started)

    def test_format_cannot_be_had(self):
        status, said, _ = self.run_test("--fast", FORMAT="77")
        self.assertEqual(status, 0, said)
        self.assertIn("\nSKIPPED: format\n", said)
        self.assertTrue(said.endswith("\n7 passed, 0 failed, 2 skipped\n"), said)


unittest.main(argv=[sys.argv[0], "--verbose"])
