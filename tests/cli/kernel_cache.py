"""PoCL without a writable kernel cache: the message says so, and how to provide one."""

import os
import unittest

import harness

NOBODY = 65534
ADVICE = ["PoCL cannot write to its kernel cache", "POCL_CACHE_DIR", "XDG_CACHE_HOME"]


class KernelCache(harness.CommandTest):
    def setUp(self):
        if "Portable Computing Language" not in self.succeeds("devices"):
            self.skipTest("needs PoCL")
        self.file = self.folder / "file"
        self.file.touch()
        self.out = ("--out", self.path("pairs.safetensors"))

    def environment(self, **places):
        """The three variables that PoCL reads; those not passed are unset."""
        names = ("POCL_CACHE_DIR", "XDG_CACHE_HOME", "HOME")
        kept = {name: value for name, value in os.environ.items() if name not in names}
        return {**kept, **{name: str(place) for name, place in places.items()}}

    def says(self, status, words, environment, **options):
        """Runs a command in this environment, on a CPU device because other platforms may have
        other devices."""
        result = harness.subprocess.run(
            [harness.PROGRAM, "sample", "sphere", "--pairs", "4", "--device", "cpu", *self.out],
            capture_output=True, text=True, stdin=harness.subprocess.DEVNULL, env=environment,
            timeout=harness.TIME_LIMIT, **options)
        said = f"{environment}\n{result.stdout}\n{result.stderr}"
        self.assertEqual(result.returncode, status, said)
        for word in words:
            self.assertIn(word, result.stderr, said)
        self.assertNotIn("correct the OpenCL C text", result.stderr, said)
        self.assertNotIn("install the OpenCL driver", result.stderr, said)

    def test_no_folder_can_be_made(self):
        below = self.file / "below"
        for places in ({"POCL_CACHE_DIR": below}, {"XDG_CACHE_HOME": below}, {"HOME": below},
                       {"HOME": "/proc/nonesuch"},
                       {"POCL_CACHE_DIR": below, "XDG_CACHE_HOME": self.folder,
                        "HOME": self.folder}):
            place = str(next(iter(places.values())))
            self.says(3, [place, *ADVICE], self.environment(**places))

    def test_not_a_folder(self):
        """PoCL uses this path, has a device, and cannot compile."""
        self.says(1, [str(self.file), *ADVICE], self.environment(POCL_CACHE_DIR=self.file))

    def test_advice_helps(self):
        below = self.file / "below"
        for places in ({"POCL_CACHE_DIR": self.folder / "own", "HOME": below},
                       {"XDG_CACHE_HOME": self.folder / "caches", "HOME": below}):
            self.says(0, [], self.environment(**places))

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_folder_of_another_user(self):
        """The folder exists, so there is a device, but nothing can be compiled."""
        cache = self.folder / "of-root"
        cache.mkdir(mode=0o755)
        self.folder.chmod(0o755)
        environment = self.environment(HOME="/nonexistent", POCL_CACHE_DIR=cache)
        self.out = ("--out", "/dev/null/pairs.safetensors")
        try:
            self.says(1, [str(cache), *ADVICE], environment, user=NOBODY, group=NOBODY,
                      extra_groups=[])
        except PermissionError:
            self.skipTest("the program lies where others may not go")


harness.main()
