"""Ranks: several processes started by mpirun train one run, with the result of a single process."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import numpy
import runs

PROGRAM = runs.harness.PROGRAM
MPI = os.environ.get("LB_TEST_MPI", "openmpi")
# Prefer Debian's names: the plain name may belong to the other MPI.
MPIRUN = shutil.which(f"mpirun.{MPI}")
PLUGIN = pathlib.Path(os.environ["LOWBEND_BUILD"]) / f"lowbend-ranks-{MPI}.so"
if MPIRUN is None or not PLUGIN.exists():
    sys.exit(77)

# More ranks than cores, and all run as root, as in a container.
os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                  OMPI_MCA_rmaps_base_oversubscribe="1")
SMALL = ("--latent", "4", "--log-every", "4", "--no-report", "--quiet")
DENSE = ("sundial", "--size", "8", "--hidden", "16,16", "--pairs", "17", "--steps", "12",
         "--decoder-steps", "6", *SMALL)
CHAINS = ("--strategy", "chain", "--joint", "--code-noise", "0.05", "--cross-weight", "0.5")
# Options that couple the rows of a batch, and optimisers that use whole gradients.
ALL_AT_ONCE = ("--strategy", "ball", "--cross-weight", "0.5", "--optimizer", "muon", "--clip", "1",
               "--average", "0.3", "--skip-nonfinite")


class Ranks(runs.RunTest):
    def mpirun(self, n, *arguments, environment=None):
        command = [MPIRUN, "-n", str(n), PROGRAM, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                              stdin=subprocess.DEVNULL,
                              env={**os.environ, **(environment or {})})

    def train(self, n, name, *arguments, environment=None):
        """Trains with n ranks; a single rank runs without mpirun. Returns the folder."""
        run = self.folder / f"{name}-{n}"
        command = ("train", *arguments, "--out", run)
        result = self.run_program(*command) if n == 1 else \
            self.mpirun(n, *command, environment=environment)
        self.assertEqual(result.returncode, 0, f"{command}\n{result.stdout}\n{result.stderr}")
        self.assertEqual(result.stderr, "")
        return run

    def close_runs(self, a, b, lines=None):
        """The lines of metrics.csv agree within rounding. Rounding grows with each step, but stays
        far below the effect of one different pair in a batch. Weights may differ more: only
        rounding moves the mean of the codes."""
        first, second = (runs.read_metrics(run) for run in (a, b))
        self.assertEqual(len(first), len(second))
        for line, (row, other) in enumerate(zip(first[:lines], second)):
            self.assertEqual(row["phase"], other["phase"])
            for key in ("loss", "distortion", "bending", "reconstruction", "cross"):
                if row.get(key, "") == "":
                    self.assertEqual(row.get(key), other.get(key))
                else:
                    numpy.testing.assert_allclose(float(other[key]), float(row[key]), rtol=2e-4,
                                                  err_msg=f"{a} {b} line {line}: {key}")

    def all_agree(self, name, *arguments, ranks=(2, 3)):
        alone = self.train(1, name, *arguments)
        for n in ranks:
            self.close_runs(alone, self.train(n, name, *arguments))
        return alone

    def test_dense(self):
        """1, 2 and 3 ranks for 17 pairs; runs with equal numbers of ranks give equal bits,
        including pictures."""
        settings = (*DENSE, *ALL_AT_ONCE, "--hidden", "96,96")  # which the ranks share
        self.all_agree("dense", *settings)
        again = self.train(2, "again", *settings)
        self.assert_equal_runs(self.folder / "dense-2", again)

    def test_shared_memory(self):
        """Ranks on one machine read each other's gradients in shared memory. The bytes are the same
        as with messages, with shares of the weights and with whole gradients."""
        for name, settings in (("adam", ()), ("clip", ("--clip", "1"))):
            settings = (*DENSE, "--optimizer", "adam", "--average", "0", "--hidden", "96,96",
                        *settings)
            self.train(3, name, *settings)
            self.train(3, f"{name}-messages", *settings,
                       environment={"LOWBEND_SHARED_MEMORY": "off"})
            self.assert_equal_runs(self.folder / f"{name}-3", self.folder / f"{name}-messages-3")
        self.assertEqual(list(pathlib.Path("/dev/shm").glob("lowbend-*")), [])

    def test_chains(self):
        """Chains are never split, and the number of images that both networks see is not the number
        of chains."""
        self.all_agree("chains", *DENSE, *CHAINS, ranks=(3,))

    def test_small_network(self):
        """The fused step; and fewer pairs than ranks."""
        points = ("sphere-points", "--hidden", "16,16", "--steps", "12", *SMALL)
        self.all_agree("fused", *points, "--pairs", "40", "--decoder-steps", "0", ranks=(2,))
        self.all_agree("few", *points, "--pairs", "2", "--decoder-steps", "4", ranks=(3,))

    def test_convolutions(self):
        """Layers are fitted to the images of all ranks together; plain, and with a fixed set of
        points."""
        self.all_agree("conv", "rotating-object", "--size", "8", "--hidden", "conv4,pool,16",
                       "--pairs", "9", "--samples", "400", "--plain", "--steps", "8", *SMALL,
                       ranks=(2,))

    def test_user_pairs(self):
        self.succeeds("sample", "sundial", "--size", "8", "--pairs", "90", "--out",
                      self.path("own.safetensors"))
        alone = self.all_agree("own", self.path("own.safetensors"), *DENSE[3:], ranks=(3,))
        # Only rank 0 runs `eval`.
        result = self.mpirun(2, "eval", alone, "--json", "--points", "64")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, self.succeeds("eval", alone, "--json", "--points", "64"))

    def kill_a_rank(self, run, command, step):
        """Kills a rank after the given step; returns the seconds until all ranks ended and the
        output."""
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              stdin=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 60.0
            metrics = run / "metrics.csv"
            while time.monotonic() < deadline and not (
                    metrics.exists() and f"\n{step},encoder," in metrics.read_text("ascii")):
                self.assertIsNone(process.poll())
                time.sleep(0.005)
            victim = self.processes_of(run)[-1]
            os.kill(victim, signal.SIGKILL)
            start = time.monotonic()
            said, _ = process.communicate(timeout=60)
            self.assertNotEqual(process.returncode, 0)
            return time.monotonic() - start, said

    @staticmethod
    def processes_of(run):
        """Ranks that train this run."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0] == os.fsencode(PROGRAM) and os.fsencode(run) in words:
                found.append(int(entry.name))
        return sorted(found)

    def test_dying_rank(self):
        """When a rank dies, the others end and the checkpoint is complete. Resuming gives the same
        bytes, or the same numbers with another number of ranks."""
        settings = ("sundial", "--size", "8", "--hidden", "16,16", "--optimizer", "adam",
                    "--average", "0", "--pairs", "17", "--steps",
                    "400", "--decoder-steps", "0", "--checkpoint-every", "8", *SMALL)
        whole = self.train(2, "whole", *settings)
        killed = self.folder / "killed-2"
        command = [MPIRUN, "-n", "2", PROGRAM, "train", *settings, "--out", str(killed)]
        seconds, said = self.kill_a_rank(killed, command, 24)
        self.assertLess(seconds, 10.0)
        self.assertLessEqual(said.count("lowbend: "), 1, said)
        if MPI == "openmpi":  # MPICH's mpirun ends all ranks and reports it
            self.assertIn("has ended (", said)
        half = self.folder / "half-3"
        shutil.copytree(killed, half)
        done = len(runs.read_metrics(killed))
        result = self.mpirun(2, "train", *settings, "--out", killed, "--resume")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_equal_runs(whole, killed)
        result = self.mpirun(3, "train", *settings, "--out", half, "--resume")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.close_runs(whole, half, lines=done + 2)

    def test_signal(self):
        run = self.folder / "stopped"
        command = [MPIRUN, "-n", "2", PROGRAM, "train", *DENSE[:7], "--steps", "1000000", *SMALL,
                   "--out", str(run)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              stdin=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 60.0
            while time.monotonic() < deadline and not (
                    (run / "metrics.csv").exists() and
                    b"\n4,encoder," in (run / "metrics.csv").read_bytes()):
                time.sleep(0.005)
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=30)
        self.assertEqual(said.count("training: stopped in phase encoder"), 1, said)
        self.assertTrue((run / "checkpoint.safetensors").exists())

    def test_ranks_that_differ(self):
        """The ranks get different command lines."""
        for name, text in (("a", ""), ("b", "// changed\n")):
            (self.folder / name).mkdir()
            source = pathlib.Path(os.environ["LOWBEND_TOOLS"]) / "pendulum.cl"
            (self.folder / name / "own.cl").write_text(text + source.read_text("utf-8"), "utf-8")
        own = [self.folder / name / "own.cl" for name in "ab"]
        for words, first, second in (
                ("its dataset's files are not those of rank 0", (own[0],), (own[1],)),
                ("its settings are not those of rank 0", ("sphere", "--lr", "1e-3"),
                 ("sphere", "--lr", "2e-3"))):
            with self.subTest(words):
                run = self.folder / "differ"
                rest = ("--hidden", "8", *SMALL, "--out", run)
                result = self.two(first, second, *rest)
                self.assertNotEqual(result.returncode, 0)
                self.assertEqual(result.stderr.count("lowbend: "), 1, result.stderr)
                self.assertIn(words, result.stderr)
                self.assertFalse(run.exists())

    def two(self, first, second, *rest):
        """Two ranks, each with different arguments."""
        return self.mpirun(1, "train", *first, *rest, ":", "-n", "1", PROGRAM, "train", *second,
                           *rest)

    def kernels(self, name, right, wrong):
        """A kernel folder with one file changed."""
        folder = shutil.copytree(os.environ["LOWBEND_CL_DIR"],
                                 self.folder / f"cl-{pathlib.Path(name).stem}")
        text = (folder / name).read_text("utf-8")
        self.assertIn(right, text)
        (folder / name).write_text(text.replace(right, wrong), "utf-8")
        return folder

    def test_kernels_that_differ(self):
        """One rank has different kernels: it reports a failed self-test if they are wrong;
        otherwise all ranks stop."""
        run = self.folder / "differ"
        rest = ("--hidden", "8", *SMALL, "--out", run)
        for words, folder in (
                ("its kernel files are not those of rank 0",
                 self.kernels("gemm/patches.cl", "\n", "\n\n")),
                ("gives wrong results: squared error",
                 self.kernels("loss/squared_error.cl", "weight * 2.0f / n", "weight / n"))):
            with self.subTest(words):
                result = self.two(("sphere",), ("sphere", "--cl-dir", folder), *rest)
                self.assertNotEqual(result.returncode, 0)
                self.assertEqual(result.stderr.count("lowbend: "), 1, result.stderr)
                self.assertIn("rank 1 of 2, on ", result.stderr)
                self.assertIn(words, result.stderr)
                self.assertFalse(run.exists())

    @runs.harness.unittest.skipUnless(runs.harness.HAS_CLBLAST, "built without CLBlast")
    def test_devices_that_differ(self):
        """Back ends that round differently: the weights of rank 0 are used."""
        settings = (*DENSE, "--optimizer", "adam")
        alone = self.train(1, "alike", *settings)
        mixed = self.folder / "mixed"
        result = self.two(("--gemm", "panel"), ("--gemm", "clblast"), *settings, "--out", mixed)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.close_runs(alone, mixed)

    def test_wrong_call(self):
        """Errors common to all ranks are reported once."""
        for status, words, arguments in ((2, "unknown option", ("sundial", "--banana")),
                                         (1, "injectivity", ("sphere", "--epsilon", "9"))):
            result = self.mpirun(2, "train", *arguments, "--out", self.path("wrong"))
            self.assertEqual(result.returncode, status, result.stderr)
            self.assertEqual(result.stderr.count("lowbend: "), 1, result.stderr)
            self.assertIn(words, result.stderr)


runs.harness.main()
