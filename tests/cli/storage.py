"""Failing storage: a full disk, an unwritable or missing folder, checkpoints that are truncated or
belong to another run. Each gives one message, and the older checkpoint can be resumed."""

import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time
import unittest

import numpy

import harness
import lowbend_numpy
import runs

SMALL = ("--hidden", "48,48", "--latent", "5", "--pairs", "32", "--log-every", "10",
         "--checkpoint-every", "20", "--steps", "300", "--decoder-steps", "40")
NOBODY = 65534


def limit_files(size):
    """Runs in the child: limits the size of files, as if the disk were full."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def become_nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


class Storage(runs.RunTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.whole = cls.folder / "whole"
        subprocess.run([harness.PROGRAM, "train", "sphere", *SMALL, "--out", str(cls.whole)],
                       check=True, capture_output=True)

    def train(self, run, *arguments):
        return ("train", "sphere", "--out", run, *SMALL, "--quiet", *arguments)

    def stopped(self, name):
        """A RUN that was killed after a checkpoint."""
        run = self.folder / name
        with subprocess.Popen([harness.PROGRAM, *map(str, self.train(run))],
                              stdin=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + harness.TIME_LIMIT
            while not (run / "checkpoint.safetensors").exists() and time.monotonic() < deadline:
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
        return run

    def resumes(self, run):
        self.succeeds(*self.train(run, "--resume"))
        self.assert_equal_runs(self.whole, run)

    def full(self, path):
        """Writing the temporary file of `path` finds no space left."""
        beside = path.with_name(path.name + ".partial")
        beside.unlink(missing_ok=True)  # a killed process may have left one behind
        beside.symlink_to("/dev/full")

    def refused(self, name, *command):
        """The command fails because there is no space for the file `name`, with one message."""
        message = self.fails(1, [f"{name}: cannot write: No space left on device"], *command)
        self.assertIn("free space", message)

    def test_full_disk(self):
        run = self.stopped("full")
        checkpoint = (run / "checkpoint.safetensors").read_bytes()
        files = ("checkpoint.safetensors", "encoder.safetensors", "decoder.safetensors",
                 "latent.safetensors", "samples.png", "loss.png")
        for name in files:
            self.full(run / name)
            result = self.run_program(*self.train(run, "--resume"))
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertRegex(result.stderr, rf"(?:resuming .*\n)?lowbend: {run}/{name}: cannot "
                                            r"write: No space left on device \(.*\)\n$")
            self.assertEqual([path.name for path in run.glob("*.partial")], [])
            if name == "checkpoint.safetensors":
                self.assertEqual((run / name).read_bytes(), checkpoint)
        self.resumes(run)

    def test_full_disk_elsewhere(self):
        run = self.folder / "config"
        run.mkdir()
        self.full(run / "config.json")
        self.refused("config.json", *self.train(run, "--overwrite"))
        copy = self.folder / "copy"
        shutil.copytree(self.whole, copy)
        commands = {
            "p.safetensors": ("sample", "sphere", "--pairs", "64"),
            "sheet.png": ("render", "sphere"),
            "codes.npy": ("encode", copy, self.path("images.npy")),
            "images.npy": ("decode", copy, self.path("codes.npy")),
        }
        numpy.save(self.path("images.npy"), numpy.eye(3, dtype=numpy.float32))
        numpy.save(self.path("codes.npy"), numpy.eye(5, dtype=numpy.float32))
        for name, command in commands.items():
            self.full(self.folder / name)
            self.refused(name, *command, "--out", self.path(name))
        self.full(copy / "eval.json")
        self.refused("eval.json", "eval", copy, "--quiet")

    def test_file_limit(self):
        """Exceeding the system's limit on file sizes gives one message; the signal does not kill
        the program."""
        run = self.stopped("limit")
        result = self.run_program(*self.train(run, "--resume"), preexec_fn=limit_files(16384))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.resumes(run)

    def test_folder_gone(self):
        run = self.folder / "gone"
        with subprocess.Popen([harness.PROGRAM, *map(str, self.train(run, "--steps", "1000000"))],
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True) as process:
            deadline = time.monotonic() + harness.TIME_LIMIT
            while not (run / "checkpoint.safetensors").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            run.rename(self.folder / "elsewhere")
            _, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, stderr)
        self.assertRegex(stderr, rf"^lowbend: {run}/.*: cannot write: No such file .*\(.+\)\n$")
        self.assertFalse(run.exists())

    def test_folder_read_only(self):
        if os.geteuid() != 0:
            locked, options = self.folder / "locked", {}
        else:
            locked = pathlib.Path(self.path("for-nobody")) / "locked"
            options = {"preexec_fn": become_nobody,
                       "environment": {"HOME": str(locked.parent), "XDG_CACHE_HOME": "",
                                       "POCL_CACHE_DIR": str(locked.parent / "cache")}}
            locked.parent.mkdir()
            (locked.parent / "cache").mkdir()
            self.folder.chmod(0o755)
            os.chown(locked.parent / "cache", NOBODY, NOBODY)
        try:
            self.run_program("--version", **options).check_returncode()
        except (OSError, subprocess.SubprocessError) as error:
            raise unittest.SkipTest(f"nobody cannot run the program: {error}")
        locked.mkdir()
        for run in (locked, locked / "RUN"):
            message = self.fails(1, [str(run), "Permission denied"], *self.train(run), **options)
            self.assertIn("permissions", message)
        self.assertEqual(list(locked.iterdir()), [])

    def test_half_begun(self):
        """A process killed while it wrote config.json does not block --resume."""
        run = self.folder / "half"
        run.mkdir()
        (run / "config.json.partial").write_text("{")
        self.fails(1, [str(run), "--resume"], *self.train(run))
        self.resumes(run)

    def test_damaged_checkpoint(self):
        run = self.stopped("damaged")
        path = run / "checkpoint.safetensors"
        good = path.read_bytes()
        tensors, metadata = lowbend_numpy.read_safetensors(path)
        self.assertEqual(metadata["phase"], "encoder")
        start = 8 + int.from_bytes(good[:8], "little")
        bad = [good[:n] for n in (0, 1, 7, 8, 100, start, start + 1000, len(good) - 1)]
        bad += [good + b"x", good[:start].replace(b"encoder.moment1", b"encoder.momentX") +
                good[start:], good.replace(b'"encoder"', b'"nonesuch"', 1)]
        nan = numpy.float32("nan").tobytes()
        bad.append(good[:start] + nan + good[start + 4:])
        for content in bad:
            path.write_bytes(content)
            self.fails(1, ["checkpoint.safetensors"], *self.train(run, "--resume"))
            self.assertEqual(path.read_bytes(), content)
        other = self.folder / "other"
        self.succeeds("train", "sphere", "--out", other, *SMALL, "--hidden", "8", "--steps", "5",
                      "--quiet")
        shutil.copy(other / "checkpoint.safetensors", path)
        self.fails(1, ["checkpoint.safetensors", "another run"], *self.train(run, "--resume"))
        path.write_bytes(good)
        self.resumes(run)
        self.assertTrue(tensors)

    def test_damaged_metrics(self):
        run = self.stopped("metrics")
        path = run / "metrics.csv"
        good = path.read_bytes()
        # Lines after those of the checkpoint may be missing: they are written again.
        _, checkpoint = lowbend_numpy.read_safetensors(run / "checkpoint.safetensors")
        needed = good.splitlines(keepends=True)[:int(checkpoint["metrics_lines"])]
        for content in (b"", good[:60], b"".join(needed)[:-1], b"".join(needed[:-1])):
            path.write_bytes(content)
            self.fails(1, ["metrics.csv", "fewer lines"], *self.train(run, "--resume"))
        path.write_bytes(good)
        self.resumes(run)


harness.main()
