"""A run killed by SIGKILL at random moments and resumed each time ends as if never disturbed."""

import random
import shutil
import subprocess
import time

import harness
import runs

SMALL = ("--hidden", "16,16", "--latent", "5", "--pairs", "32", "--log-every", "7",
         "--checkpoint-every", "5", "--lambda", "0.1", "--steps", "600", "--decoder-steps", "400",
         "--quiet")
KILLED = -9


class Kills(runs.RunTest):
    def kill(self, command, metrics, delay, moved):
        """Exit status and standard error of the program. It is killed `delay` seconds after its
        start or, with `moved`, after it starts writing metrics; it may end earlier."""
        before = metrics.read_bytes() if metrics.exists() else b""
        with subprocess.Popen([harness.PROGRAM, *command], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            deadline = time.monotonic() + harness.TIME_LIMIT
            while moved and process.poll() is None and time.monotonic() < deadline:
                moved = (metrics.read_bytes() if metrics.exists() else b"") == before
                time.sleep(0.001)
            try:
                _, stderr = process.communicate(timeout=delay)
            except subprocess.TimeoutExpired:
                process.kill()
                _, stderr = process.communicate()
            self.assertIn(process.returncode, (KILLED, 0), stderr)
            return process.returncode, stderr

    def survive(self, name, kills, dataset, *arguments):
        """Kills and resumes until `kills` kills have happened. Runs that end earlier are compared,
        deleted and started again."""
        whole, run = self.folder / f"{name}-whole", self.folder / name
        command = ("train", dataset, *SMALL, *arguments, "--out")
        self.succeeds(*command, whole)
        seconds = float(runs.read_metrics(whole)[-1]["seconds"])
        moments = random.Random(name)
        killed = finished = resumed = 0
        while killed < kills:
            # One in four is killed at any time from the start, the others while they train.
            moved = killed % 4 != 0
            delay = moments.uniform(0.0, 0.3 * seconds if moved else 0.5)
            status, stderr = self.kill((*command, run, "--resume"), run / "metrics.csv", delay,
                                       moved)
            resumed += "resuming" in stderr and "encoder at step 0\n" not in stderr
            if status == KILLED:
                killed += 1
            else:
                finished += 1
                self.assert_equal_runs(whole, run)
                shutil.rmtree(run)
        self.succeeds(*command, run, "--resume")
        self.assert_equal_runs(whole, run)
        print(f"{name}: {killed} kills, {resumed} resumed from a checkpoint, "
              f"{finished + 1} runs finished; training takes {seconds:.2f} s")
        self.assertGreaterEqual(resumed, kills // 4)

    def test_fresh_pairs(self):
        self.survive("fresh", 20, "sphere")

    def test_points(self):
        self.survive("points", 6, "sphere", "--samples", "150")

    def test_user_pairs(self):
        pairs = self.path("pairs.safetensors")
        self.succeeds("sample", "so3-points", "--pairs", "300", "--out", pairs)
        self.survive("own", 6, pairs)

    def test_joint(self):
        self.survive("joint", 4, "sphere", "--joint")


harness.main()
