"""Two processes on one RUN: the second is rejected, and a process that dies leaves nothing
behind."""

import fcntl
import os
import signal
import subprocess
import time

import numpy
import runs

SMALL = ("--hidden", "8,8", "--latent", "4", "--pairs", "16", "--log-every", "10")
REFUSED = ["another process is writing there"]


class Lock(runs.RunTest):
    def train(self, run, *arguments):
        return ("train", "sphere", "--out", self.path(run), *SMALL, *arguments)

    def test_locked_run(self):
        """The lock is an ordinary flock() on the folder; the test holds it."""
        command = ("--steps", "20", "--decoder-steps", "10")
        self.succeeds(*self.train("done", *command))
        run = self.folder / "done"
        before = runs.comparable(run)
        numpy.save(self.path("images.npy"), numpy.eye(3, dtype=numpy.float32))
        held = os.open(run, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        for option in ("--resume", "--overwrite"):
            self.fails(1, [str(run), *REFUSED], *self.train("done", *command, option))
        self.fails(1, [str(run), *REFUSED], "train", "--out", run, "--resume")
        self.succeeds("encode", run, self.path("images.npy"), "--out", self.path("codes.npy"))
        self.succeeds("eval", run, "--json")
        (run / "eval.json").unlink(missing_ok=True)
        os.close(held)
        for path in set(run.iterdir()) - {run / name for name in before}:
            path.unlink()
        self.assertEqual(runs.comparable(run), before)
        self.succeeds(*self.train("done", *command, "--resume"))
        self.succeeds(*self.train("done", *command, "--overwrite"))
        self.assertEqual(runs.comparable(run), before)

    def test_empty_folder(self):
        run = self.folder / "empty"
        run.mkdir()
        held = os.open(run, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        self.fails(1, [str(run), *REFUSED], *self.train("empty", "--steps", "5"))
        self.assertEqual(list(run.iterdir()), [])
        os.close(held)

    def test_two_processes(self):
        command = self.train("two", "--steps", "1000000", "--decoder-steps", "0",
                             "--checkpoint-every", "100", "--quiet")
        run = self.folder / "two"
        with subprocess.Popen([runs.harness.PROGRAM, *command], stdin=subprocess.DEVNULL) as first:
            deadline = time.monotonic() + 60
            while not (run / "checkpoint.safetensors").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            for option in ("--resume", "--overwrite"):
                self.fails(1, [str(run), *REFUSED], *command, option)
            self.assertIsNone(first.poll())
            first.send_signal(signal.SIGKILL)
        names = {path.name for path in run.iterdir() if not path.name.endswith(".partial")}
        self.assertEqual(names, {"config.json", "metrics.csv", "checkpoint.safetensors"})
        with subprocess.Popen([runs.harness.PROGRAM, *command, "--resume"], text=True,
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as second:
            line = second.stderr.readline()
            second.send_signal(signal.SIGINT)
            second.communicate(timeout=60)
        self.assertRegex(line, "resuming encoder at step [0-9]+")
        self.assertEqual(second.returncode, 130)


runs.harness.main()
