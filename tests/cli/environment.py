"""Unusual environments: paths, locale, no home, umask, standard output that goes away, a narrow
terminal."""

import fcntl
import os
import pathlib
import pty
import shutil
import struct
import subprocess
import termios

import numpy

import harness
import runs

SMALL = ("--hidden", "8", "--latent", "3", "--pairs", "16", "--steps", "20", "--decoder-steps",
         "10", "--log-every", "5")
STRANGE = "with space, 'quote' \"double\" back\\slash $HOME #1 ü 数据 %s"


class Environment(runs.RunTest):
    def train(self, out, *arguments):
        return ("train", "sphere", "--out", out, *SMALL, "--quiet", *arguments)

    def test_paths(self):
        """Unusual names for kernel folder, dataset, RUN and data give the same results as plain
        ones."""
        folder = self.folder / STRANGE
        folder.mkdir()
        kernels = shutil.copytree(os.environ["LOWBEND_CL_DIR"], folder / "cl")
        own = folder / 'mine "ü".cl'
        (folder / 'a part').mkdir()
        # The dataset includes a file from a subfolder; these names are as unusual as C allows.
        (folder / "a part" / "'ü' #2 $x.cl").write_text("#define UNUSED 1\n")
        text = (kernels / "dataset" / "sphere.cl").read_text()
        own.write_text("#include \"a part/'ü' #2 $x.cl\"\n" + text)
        self.succeeds(*self.train(self.folder / "plain"))
        self.succeeds(*self.train(folder / "RUN 1", "--cl-dir", kernels))
        self.assert_equal_runs(self.folder / "plain", folder / "RUN 1")
        self.succeeds("train", own, "--out", folder / "RUN 2", *SMALL, "--cl-dir", kernels)
        self.succeeds(*self.train(folder / "RUN 4"), environment={"LOWBEND_CL_DIR": str(kernels)})
        self.assert_equal_runs(self.folder / "plain", folder / "RUN 4")
        numpy.save(folder / "in.npy", numpy.eye(3, dtype=numpy.float32))
        self.succeeds("encode", folder / "RUN 2", folder / "in.npy", "--out", folder / "out.npy")
        self.succeeds("eval", folder / "RUN 1")
        own.write_text(own.read_text() + "\nfloat broken = ;\n")
        message = self.fails(1, ['mine "ü".cl'], "train", own, "--out", folder / "RUN 3", *SMALL,
                             "--quiet", lines=None)
        self.assertIn("float broken = ;", message)
        broken = folder / "two\nlines.cl"
        shutil.copy(kernels / "dataset" / "sphere.cl", broken)
        self.fails(1, ["line break", "rename"], "render", broken, "--out", "x.png", lines=None)
        self.fails(1, [str(folder / "none")], "encode", folder / "none", "x", "--out", "y.npy")

    def test_decimal_comma(self):
        german = harness.make_locale(self.folder, "de_DE")
        self.succeeds(*self.train(self.folder / "point"))
        self.succeeds(*self.train(self.folder / "comma"), environment=german)
        self.assert_equal_runs(self.folder / "point", self.folder / "comma")
        self.succeeds(*self.train(self.folder / "comma", "--resume"), environment=german)
        text = self.succeeds("datasets", "--json", environment=german)
        self.assertEqual(text, self.succeeds("datasets", "--json"))
        self.fails(2, ["--lambda"], *self.train(self.folder / "x", "--lambda", "0,1"),
                   environment=german)

    def test_no_home(self):
        for number, name in enumerate(("", "/nonexistent", "relative")):
            nowhere = {"HOME": name, "XDG_CACHE_HOME": ""}
            self.succeeds(*self.train(self.folder / f"home-{number}"), environment=nowhere)
        self.assert_equal_runs(self.folder / "home-0", self.folder / "home-1")

    def test_umask(self):
        for mask, mode in ((0o077, 0o600), (0o022, 0o644)):
            run = self.folder / f"mask-{mask}"
            self.succeeds(*self.train(run), preexec_fn=lambda value=mask: os.umask(value))
            self.assertEqual(run.stat().st_mode & 0o777, 0o777 & ~mask)
            for path in run.iterdir():
                self.assertEqual(path.stat().st_mode & 0o777, mode, path)

    def test_standard_output_goes_away(self):
        for command in (("datasets",), ("devices", "--json"), ("--help",), ("train", "--help"),
                        self.train(self.folder / "gone")):
            read, write = os.pipe()
            os.close(read)
            result = subprocess.run([harness.PROGRAM, *map(str, command)], stdout=write, text=True,
                                    stderr=subprocess.PIPE, check=False)
            os.close(write)
            self.assertEqual((result.returncode, result.stderr), (141, ""), command)
            full = pathlib.Path("/dev/full")
            if full.exists():
                with full.open("w", encoding="ascii") as out:
                    result = subprocess.run([harness.PROGRAM, *map(str, command[:1])], stdout=out,
                                            stderr=subprocess.PIPE, text=True, check=False)
                self.assertIn(result.returncode, (1, 2), result.stderr)
        # The files of the training still exist.
        self.assertTrue((self.folder / "gone" / "latent.png").exists())

    def narrow(self, columns):
        """Standard error of a training run on a terminal of this width."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        command = ("train", "sphere", "--out", self.folder / f"columns-{columns}", *SMALL,
                   "--steps", "2000", "--decoder-steps", "0")
        with subprocess.Popen([harness.PROGRAM, *map(str, command)], stdout=subprocess.DEVNULL,
                              stderr=slave, env={**os.environ, "TERM": "xterm",
                                                 "COLUMNS": str(columns)}) as process:
            os.close(slave)
            text = b""
            while True:
                try:
                    piece = os.read(master, 65536)
                except OSError:  # the other end is closed
                    break
                if not piece:
                    break
                text += piece
        os.close(master)
        self.assertEqual(process.returncode, 0, text)
        return text.decode()

    def test_narrow_terminal(self):
        for columns in (20, 1):
            lines = [piece.split("\x1b[K")[0] for piece in self.narrow(columns).split("\r")
                     if "\x1b[K" in piece]
            self.assertGreater(len(lines), 0)
            self.assertLess(max(map(len, lines)), columns if columns > 1 else 2)


harness.main()
