"""train --resume --steps MORE: a finished RUN gets more steps. Where the learning rate is constant it
comes out as if it had had them from the start."""

import json
import math
import os
import shutil

import harness
import lowbend_numpy
import runs
from runs import comparable, read_metrics

SMALL = ("--hidden", "16,16", "--latent", "5", "--pairs", "32", "--log-every", "10",
         "--lambda", "0.1", "--no-report")


class Extend(runs.RunTest):
    def train(self, run, *arguments):
        self.succeeds("train", "sphere", "--out", self.path(run), *SMALL, *arguments, "--quiet")

    def extend(self, run, *arguments):
        result = self.run_program("train", "--out", self.path(run), "--resume", "--no-report",
                                  *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr

    def check_same(self, run, whole, before):
        """Compares everything except the previous step counts in config.json."""
        first, second = comparable(self.folder / run), comparable(self.folder / whole)
        config = json.loads(first.pop("config.json"))
        self.assertEqual([(e["steps"], e["decoder-steps"]) for e in config.pop("extended")], before)
        self.assertEqual(config, json.loads(second.pop("config.json")))
        self.assertEqual(sorted(first), sorted(second))
        self.assertEqual([name for name in first if first[name] != second[name]], [])

    def test_as_if_never_finished(self):
        constant = ("--schedule", "constant")
        self.train("whole", *constant, "--steps", "60", "--decoder-steps", "40")
        self.train("part", *constant, "--steps", "30", "--decoder-steps", "20")
        shutil.copytree(self.folder / "part", self.folder / "stopped")
        said = self.extend("part", "--steps", "60", "--decoder-steps", "40")
        self.assertIn("extended encoder from 30 to 60 steps", said)
        self.assertIn("resuming encoder at step 30", said)
        self.assertIn("the decoder is trained from scratch", said)
        self.check_same("part", "whole", [(30, 20)])
        # Extended twice; the first extension is stopped at once.
        result = self.run_program("train", "--out", self.path("stopped"), "--resume", "--steps",
                                  "50", "--no-report", "--max-time", "0.001")
        self.assertEqual(result.returncode, 143, result.stderr)
        self.assertNotIn("extended", self.extend("stopped"))
        rows = read_metrics(self.folder / "stopped")
        self.assertEqual([row["step"] for row in rows if row["phase"] == "encoder"],
                         ["10", "20", "30", "40", "50"])
        self.assertEqual([row["phase"] for row in rows].count("encoder-final"), 1)
        self.extend("stopped", "--steps", "60", "--decoder-steps", "40")
        self.check_same("stopped", "whole", [(30, 20), (50, 20)])
        # Only the decoder, even if there was none before.
        self.train("decoder", *constant, "--steps", "60", "--decoder-steps", "0")
        self.extend("decoder", "--decoder-steps", "20")
        said = self.extend("decoder", "--decoder-steps", "40")
        self.assertIn("extended decoder from 20 to 40 steps", said)
        self.assertNotIn("anew", said)
        self.check_same("decoder", "whole", [(60, 0), (60, 20)])

    def test_joint(self):
        joint = ("--schedule", "constant", "--joint")
        self.train("joint-whole", *joint, "--steps", "40")
        self.train("joint", *joint, "--steps", "20")
        self.extend("joint", "--steps", "40")
        steps = json.loads((self.folder / "joint" / "config.json").read_text())["decoder-steps"]
        self.check_same("joint", "joint-whole", [(20, steps)])

    def test_schedule(self):
        """The cosine schedule counts all steps, so the learning rate rises again; earlier results
        are removed."""
        self.train("cosine", "--schedule", "cosine", "--lr", "0.002", "--steps", "20",
                   "--decoder-steps", "0")
        run = self.folder / "cosine"
        self.succeeds("eval", run, "--no-attainable", "--pairs", "64", "--points", "64", "--quiet")
        self.assertTrue((run / "eval.json").exists())
        said = self.extend("cosine", "--steps", "40")
        self.assertIn("the schedule cosine covers all 40 steps, so lr continues "
                      "at 0.001", said)
        rates = {row["step"]: float(row["lr"]) for row in read_metrics(run)
                 if row["phase"] == "encoder"}
        self.assertEqual(list(rates), ["10", "20", "30", "40"])
        for step, total in ((20, 20), (30, 40), (40, 40)):
            wanted = 0.001 * (1 + math.cos(math.pi * (step - 1) / total))
            self.assertAlmostEqual(rates[str(step)], wanted, delta=1e-6 * 0.001)
        for name in ("eval.json", "singular_values.png", "distances.png"):
            self.assertFalse((run / name).exists(), name)
        self.succeeds("eval", run, "--no-attainable", "--pairs", "64", "--points", "64", "--quiet")

    def test_average_begins_again(self):
        self.train("average", "--average", "0.5", "--steps", "20", "--decoder-steps", "0")
        self.assertIn("from the averaged weights", self.extend("average", "--steps", "30"))
        tensors = lowbend_numpy.read_safetensors(self.folder / "average" /
                                                 "checkpoint.safetensors")[0]
        self.assertEqual(float(tensors["encoder.averaged"][0]), 10.0)  # over the last 15 steps

    def test_refused(self):
        run = self.path("unfinished")
        self.train("unfinished", "--steps", "20", "--decoder-steps", "10")
        again = ("train", "--out", run, "--resume", "--no-report", "--quiet")
        self.fails(1, ["--steps 10", "was trained with 20"], *again, "--steps", "10")
        self.fails(1, ["--lr"], *again, "--steps", "40", "--lr", "0.5")
        os.remove(self.folder / "unfinished" / "checkpoint.safetensors")
        self.fails(1, ["--steps 40", "not finished its present 20"], *again, "--steps", "40")
        self.fails(1, ["--decoder-steps 40", "not finished its present 10"], *again, "--decoder-steps",
                   "40")
        self.succeeds(*again)
        config = json.loads((self.folder / "unfinished" / "config.json").read_text())
        self.assertNotIn("extended", config)


harness.main()
