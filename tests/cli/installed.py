"""The installed library from a user's program: pkg-config, headers, symbols, kernels."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess

import numpy as np

import harness
import lowbend_numpy
import onnx_numpy

BUILD = os.environ["LOWBEND_BUILD"]
TOOLS = pathlib.Path(os.environ["LOWBEND_TOOLS"])


def output(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, timeout=harness.TIME_LIMIT,
                            **options)
    if result.returncode != 0:
        raise AssertionError(f"{command}: {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result.stdout


class Installed(harness.CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        output("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.folder / "root")
        (config,) = (cls.folder / "root").rglob("lowbend.pc")
        cls.library = config.parent.parent
        cls.prefix = next(path for path in config.parents if (path / "include").exists())
        cls.environment = {**os.environ, "PKG_CONFIG_PATH": str(config.parent),
                           "PKG_CONFIG_SYSROOT_DIR": str(cls.folder / "root"),
                           "LD_LIBRARY_PATH": str(cls.library),
                           "LOWBEND_CL_DIR": str(cls.prefix / "share" / "lowbend" / "cl")}

    def test_example(self):
        """tools/example.c computes the same codes as `encode`, as its comment promises."""
        shutil.copy(TOOLS / "example.c", self.folder)
        shutil.copy(TOOLS / "pendulum.cl", self.folder)
        flags = shlex.split(output("pkg-config", "--cflags", "--libs", "lowbend",
                                   env=self.environment))
        root = str(self.folder / "root")
        for flag in flags:  # no libraries that only lowbend itself needs
            self.assertTrue(flag == "-llowbend" or flag[:2] in ("-I", "-L") and
                            flag[2:].startswith(root), flag)
        compiler = shlex.split(os.environ["LOWBEND_CC"])
        output(*compiler, "-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror", "example.c",
               *flags, cwd=self.folder)
        text = output(self.folder / "a.out", "pendulum.cl", "RUN", "model.onnx", cwd=self.folder,
                      env=self.environment)
        steps = list(map(int, re.findall(r"^encoder step (\d+): loss", text, re.MULTILINE)))
        self.assertEqual(steps[-1], 300)
        self.assertEqual(steps, sorted(steps))
        arrays, _ = lowbend_numpy.read_safetensors(self.folder / "RUN" / "latent.safetensors")
        self.assertEqual(arrays["latent"].shape, (2048, 3))
        self.succeeds("sample", self.folder / "pendulum.cl", "--pairs", 20, "--out",
                      self.path("pairs.safetensors"))
        images = lowbend_numpy.read_safetensors(self.path("pairs.safetensors"))[0]["x"]
        np.save(self.path("images.npy"), images)
        self.succeeds("encode", "RUN", "images.npy", "--out", "latent.npy", cwd=self.folder)
        codes = onnx_numpy.Model(self.path("model.onnx"))(images=images)["latent"]
        error = np.abs(np.load(self.path("latent.npy")) - codes).max()
        self.assertLess(error, 1e-5 * np.abs(codes).max())
        wrong = subprocess.run([self.folder / "a.out", "missing.cl", "RUN2", "model.onnx"],
                               cwd=self.folder, env=self.environment, capture_output=True,
                               text=True, timeout=harness.TIME_LIMIT)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("missing.cl: ", wrong.stderr)

    def test_symbols(self):
        """The library exports exactly what the headers declare."""
        text = output("nm", "-D", "--defined-only", self.library / "liblowbend.so")
        shown = {line.split()[2].split("@")[0] for line in text.splitlines()}
        declared = set()
        for header in (self.prefix / "include" / "lowbend").iterdir():
            declared.update(re.findall(r"^LB_API[^;]*?\b(lb_\w+)\(", header.read_text(),
                                       re.MULTILINE))
        self.assertGreater(len(declared), 50)
        self.assertEqual(shown, declared)

    def test_version(self):
        version = output("pkg-config", "--modversion", "lowbend", env=self.environment).strip()
        self.assertEqual(self.succeeds("--version").split("\n")[0], f"lowbend {version}")
        name = output("objdump", "-p", self.library / "liblowbend.so")
        self.assertRegex(name, r"SONAME +liblowbend\.so\.1\n")
        self.assertEqual((self.library / "liblowbend.so.1").resolve().name,
                         f"liblowbend.so.{version}")

    def test_files(self):
        share = self.prefix / "share"
        for path in ("man/man1/lowbend.1", "bash-completion/completions/lowbend",
                     "zsh/site-functions/_lowbend", "lowbend/cl/dataset/sundial.cl"):
            self.assertTrue((share / path).is_file(), path)
        sources = {path.relative_to(TOOLS.parent / "cl")
                   for path in (TOOLS.parent / "cl").rglob("*.cl")}
        installed = {path.relative_to(share / "lowbend" / "cl")
                     for path in (share / "lowbend" / "cl").rglob("*.cl")}
        self.assertEqual(installed, sources)
        helper, = self.prefix.rglob("lowbend-self-test")
        self.assertEqual(helper.parent.name, "lowbend")
        self.assertTrue(os.access(helper, os.X_OK))
        program = self.prefix / "bin" / "lowbend"
        listed = output(program, "datasets", env=self.environment)
        self.assertIn("sundial", listed)

    def test_documents(self):
        """The documents that the headers cite are installed, and their links to each other work."""
        folder = self.prefix / "share" / "doc" / "lowbend"
        self.assertTrue((folder / "docs" / "method.md").is_file())
        for path in folder.rglob("*.md"):
            for name in re.findall(r"\]\(([^):#\s]+)[#\s)]", path.read_text(encoding="utf-8")):
                self.assertTrue((path.parent / name).is_file(), f"{path}: {name}")


harness.main()
