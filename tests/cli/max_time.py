"""train --max-time: a RUN that stops by itself, and resumes as if it had never stopped."""

import signal

import harness
import runs

SMALL = ("--hidden", "16,16", "--latent", "5", "--pairs", "32", "--log-every", "7", "--lambda",
         "0.1", "--steps", "4000", "--decoder-steps", "20", "--no-report")
STOPPED = 128 + signal.SIGTERM


class MaxTime(runs.RunTest):
    def test_stops_and_goes_on(self):
        whole, run = self.folder / "whole", self.folder / "run"
        command = ("train", "sphere", *SMALL, "--out")
        self.succeeds(*command, whole)
        limit = f"{0.3 * float(runs.read_metrics(whole)[-1]['seconds']):.3f}"
        result = self.run_program(*command, run, "--max-time", f"0h0m{limit}s")
        self.assertEqual(result.returncode, STOPPED, result.stderr)
        self.assertEqual(result.stdout, "")
        message = result.stderr.splitlines()[-1]
        self.assertRegex(message, r"^lowbend: .*--max-time.* in phase encoder at step \d+ \("
                                  r".*--resume")
        self.assertTrue((run / "checkpoint.safetensors").exists())
        self.assertFalse((run / "encoder.safetensors").exists())
        result = self.run_program("train", "--out", run, "--resume", "--no-report", "--max-time",
                                  "10h")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("resuming encoder at step", result.stderr)
        self.assert_equal_runs(whole, run)

    def test_again_and_again(self):
        """Each call makes at least one step, so a loop of short calls ends."""
        run = self.folder / "loop"
        command = ("train", "sphere", *SMALL[:-5], "--steps", "3", "--decoder-steps", "2",
                   "--no-report", "--out", run, "--resume", "--max-time", "0.001")
        calls = 0
        status = STOPPED
        while status == STOPPED and calls < 20:
            status = self.run_program(*command).returncode
            calls += 1
        self.assertEqual(status, 0)
        self.assertGreaterEqual(calls, 3)

    def test_wrong_times(self):
        for text in ("0", "-1", "x", "", "1h30", "30m1h", "1hh", "h", "1d", "1e999", "0s", "nan"):
            self.fails(2, ["--max-time", "lowbend train --help"], "train", "sphere", "--out",
                       self.path("none"), "--max-time", text)


harness.main()
