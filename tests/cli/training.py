"""train: the files of a RUN, equal bytes for equal settings, interruption and resuming."""

import json
import os
import signal
import subprocess
import time

import harness
import runs
from runs import comparable, read_metrics

HEADER = "step,phase,loss,distortion,bending,reconstruction,lr,seconds,epsilon,cross,muon_lr"
FILES = {"config.json", "metrics.csv", "encoder.safetensors", "decoder.safetensors",
         "checkpoint.safetensors", "latent.safetensors", "samples.png", "reconstruction.png",
         "interpolation.png", "latent.png", "loss.png", "report.html"}
DECODER_FILES = {"decoder.safetensors", "reconstruction.png", "interpolation.png"}
SMALL = ("--hidden", "16,16", "--latent", "5", "--pairs", "32", "--log-every", "10",
         "--lambda", "0.1")


class Training(runs.RunTest):
    def train(self, run, *arguments):
        return ("train", "sphere", "--out", self.path(run), *SMALL, *arguments)

    def test_files_and_equal_bytes(self):
        command = ("--steps", "50", "--decoder-steps", "30", "--seed", "3")
        results = self.succeeds(*self.train("a", *command)).splitlines()
        self.assertEqual([line.split()[0] for line in results], ["encoder", "decoder"], results)
        for word in (" E ", " +- ", " distortion ", " bending ", " E* ", " gap "):
            self.assertIn(word, results[0])
        run = self.folder / "a"
        self.assertEqual({path.name for path in run.iterdir()}, FILES)
        self.check_metrics(run)
        self.check_config(run)
        self.succeeds(*self.train("b", *command, "--quiet"))
        self.assert_equal_runs(run, self.folder / "b")
        self.succeeds(*self.train("c", *command[:-1], "4"))
        self.assertNotEqual((run / "encoder.safetensors").read_bytes(),
                            (self.folder / "c" / "encoder.safetensors").read_bytes())
        self.check_finished(run, command)

    def check_metrics(self, run):
        lines = (run / "metrics.csv").read_text(encoding="ascii").splitlines()
        self.assertEqual(lines[0], HEADER)
        rows = read_metrics(run)
        self.assertEqual([row["phase"] for row in rows],
                         5 * ["encoder"] + ["encoder-final"] + 3 * ["decoder"] + ["decoder-final"])
        self.assertEqual([row["step"] for row in rows],
                         ["10", "20", "30", "40", "50", "50", "10", "20", "30", "30"])
        for row in rows:
            encoder = row["phase"].startswith("encoder")
            self.assertEqual(row["reconstruction"] == "", encoder, row)
            self.assertEqual(row["distortion"] == "", not encoder, row)
            self.assertEqual(row["bending"] == "", not encoder, row)
            if encoder:
                energy = float(row["distortion"]) + 0.1 * float(row["bending"])
                self.assertAlmostEqual(float(row["loss"]), energy, delta=1e-5 * energy)
            else:
                self.assertEqual(row["loss"], row["reconstruction"])

    def check_config(self, run):
        config = json.loads((run / "config.json").read_text())
        for key, value in (("dataset", "sphere"), ("epsilon", 0.3), ("lambda", 0.1), ("c", 0.0),
                           ("latent", 5), ("steps", 50), ("decoder-steps", 30), ("seed", 3)):
            self.assertEqual(config[key], value, key)

    def check_finished(self, run, command):
        before = comparable(run)
        started = time.monotonic()
        self.succeeds("train", "--out", run, "--resume")
        self.succeeds(*self.train("a", *command, "--resume"))
        self.assertLess(time.monotonic() - started, 30.0)
        self.assertEqual(comparable(run), before)
        self.fails(1, ["--resume", "--overwrite"], *self.train("a", *command))
        for option, value in (("--epsilon", "0.2"), ("--hidden", "16"), ("--seed", "9")):
            self.fails(1, [option[2:]], *self.train("a", *command, "--resume", option, value))
        self.fails(1, ["dataset"], "train", "hemisphere", "--out", run, "--resume")
        self.assertEqual(comparable(run), before)
        self.succeeds("eval", run, "--no-attainable", "--points", "64", "--quiet")
        self.succeeds(*self.train("a", "--steps", "10", "--decoder-steps", "0", "--overwrite"))
        self.assertEqual({path.name for path in run.iterdir()}, FILES - DECODER_FILES)

    def test_json(self):
        text = self.succeeds(*self.train("json", "--steps", "20", "--decoder-steps", "10",
                                         "--json"))
        results = json.loads(text)
        self.assertEqual(list(results), ["encoder", "decoder"])
        encoder = results["encoder"]
        self.assertAlmostEqual(encoder["E_star"], 0.0976, places=4)
        self.assertAlmostEqual(encoder["gap"], encoder["E"] - encoder["E_star"], places=9)
        last = [row for row in read_metrics(self.folder / "json")
                if row["phase"] == "encoder-final"][0]
        self.assertAlmostEqual(encoder["E"], float(last["loss"]), delta=1e-5 * encoder["E"])

    def test_codes_of_too_few_numbers(self):
        """The dimensions required for E* are those spanned by the points of its embedding."""
        import numpy
        import lowbend_numpy
        points = self.folder / "points.safetensors"
        short = ("--hidden", "16", "--pairs", "32", "--steps", "2", "--decoder-steps", "0",
                 "--overwrite", "--out", self.path("few"))
        for name in ("sphere", "torus-points", "rp2-points", "so3-points"):
            self.succeeds("sample", name, "--pairs", "40", "--out", points)
            x = lowbend_numpy.read_safetensors(points)[0]["x"].reshape(40, -1).astype(float)
            rank = int(numpy.linalg.matrix_rank(x - x.mean(axis=0), tol=1e-3))
            result = self.run_program("train", name, "--latent", str(rank - 1), *short)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(f"warning: --latent {rank - 1}: the embedding that attains E* has {rank} ",
                          result.stderr)
            self.assertIn(f" with {rank} latent dimensions or more", result.stdout)
            self.assertNotIn("gap", result.stdout)
            page = (self.folder / "few" / "report.html").read_text(encoding="utf-8")
            self.assertIn(f"The embedding that attains E* has {rank} dimensions", page)
            self.assertIn('<th scope="row">E*<small>', page)
            self.assertNotIn('<th scope="row">attainable E<small>', page)  # a row of dashes only
        result = self.run_program("train", "torus-points", "--latent", "4", *short)
        self.assertNotIn("warning", result.stderr)
        self.assertIn("gap", result.stdout)
        result = self.run_program("train", "klein-points", "--latent", "1", *short)
        self.assertIn("warning: --latent 1: the manifold has 2 dimensions", result.stderr)

    def test_joint_and_plain(self):
        self.succeeds(*self.train("joint", "--steps", "20", "--joint"))
        phases = [row["phase"] for row in read_metrics(self.folder / "joint")]
        self.assertEqual(phases, ["joint", "joint", "joint-final"])
        self.succeeds(*self.train("plain", "--steps", "20", "--plain"))
        rows = read_metrics(self.folder / "plain")
        self.assertEqual([row["phase"] for row in rows], ["joint", "joint", "joint-final"])
        self.assertEqual({row["distortion"] for row in rows}, {""})

    def test_resume_without_run(self):
        command = ("--steps", "10", "--decoder-steps", "10")
        self.succeeds(*self.train("plain-start", *command))
        self.succeeds(*self.train("resume-start", *command, "--resume"))
        self.assert_equal_runs(self.folder / "plain-start", self.folder / "resume-start")

    def test_collapse_is_announced(self):
        result = self.run_program(*self.train("collapse", "--steps", "2", "--decoder-steps", "0",
                                              "--lambda", "100", "--c", "1"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("constant", result.stderr)

    def test_quiet(self):
        result = self.run_program(*self.train("quiet", "--steps", "10", "--decoder-steps", "0",
                                              "--quiet"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_interrupt_and_resume(self):
        command = ("--steps", "2000", "--decoder-steps", "2000", "--log-every", "7",
                   "--checkpoint-every", "130")
        self.succeeds(*self.train("whole", *command, "--quiet"))
        run = self.folder / "stopped"
        stops = ((("encoder"), signal.SIGINT, 130), (("decoder"), signal.SIGTERM, 143))
        for phase, number, status in stops:
            code, stderr = self.interrupt(self.train("stopped", *command, "--resume"), run, phase,
                                          number)
            self.assertEqual(code, status, stderr)
            self.assertTrue((run / "checkpoint.safetensors").exists())
            self.assertIn("--resume", stderr)
        result = self.run_program("train", "--out", run, "--resume", "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, r"resuming decoder at step [0-9]+\n")
        self.assert_equal_runs(self.folder / "whole", run)

    def test_interrupt_while_compiling(self):
        """Nothing has been written yet, so a signal need not wait for the compiler."""
        run = self.folder / "cold"
        places = [self.folder / "cold-kernels", self.folder / "cold-cache"]
        places[0].mkdir()
        cold = {**os.environ, "POCL_CACHE_DIR": str(places[0]), "XDG_CACHE_HOME": str(places[1])}

        def compiled():  # by PoCL, or by a driver whose programs lowbend caches
            return [*places[0].iterdir(), *places[1].rglob("program-*")]

        with subprocess.Popen([harness.PROGRAM, *map(str, self.train("cold"))], env=cold,
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            while process.poll() is None and not compiled():
                time.sleep(0.005)
            process.send_signal(signal.SIGINT)
            sent = time.monotonic()
            process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertLess(time.monotonic() - sent, 2.0)
        self.assertFalse(run.exists())

    def test_kill_and_resume(self):
        command = ("--steps", "2000", "--decoder-steps", "0", "--checkpoint-every", "50")
        self.succeeds(*self.train("unkilled", *command, "--quiet"))
        run = self.folder / "killed"
        code, stderr = self.interrupt(self.train("killed", *command), run, "encoder", signal.SIGKILL)
        self.assertEqual(code, -signal.SIGKILL, stderr)
        self.succeeds("train", "sphere", "--out", run, "--resume", *SMALL, *command)
        self.assert_equal_runs(self.folder / "unkilled", run)


harness.main()
