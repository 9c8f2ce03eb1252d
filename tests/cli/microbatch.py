"""train --microbatch: batches pass through the networks in parts, where a device lacks memory for all
at once."""

import json

import harness
import runs

TRAIN = ("train", "sphere", "--latent", "3", "--pairs", "64", "--decoder-steps", "3", "--gemm",
         "panel", "--schedule", "constant", "--no-report", "--quiet", "--hidden", "40,9")


class Microbatch(runs.RunTest):
    def train(self, name, *options, environment=None):
        run = self.path(name)
        self.succeeds(*TRAIN, "--out", run, *options, environment=environment or {})
        return self.folder / name

    def test_a_device_too_small_for_the_batch(self):
        """A layer of 30000 numbers for 3000 images needs more than a quarter of one GB."""
        small = {"POCL_MEMORY_LIMIT": "1"}
        wide = ("--hidden", "30000", "--pairs", "1000", "--steps", "1", "--decoder-steps", "0")
        if "pthread" not in self.succeeds("devices"):
            self.skipTest("only PoCL's memory can be limited")
        self.fails(1, ["--pairs 1000: memory", "--microbatch"], *TRAIN, *wide, "--out",
                   self.path("no"), environment=small)
        run = self.train("yes", *wide, "--microbatch", "100", environment=small)
        with open(run / "config.json", encoding="utf-8") as file:
            self.assertEqual(json.load(file)["microbatch"], 100)

    def test_bytes(self):
        """Bytes depend neither on the number of threads, nor on a stop, nor on microbatches of the
        whole batch. Older RUNs had no such key."""
        parts = ("--microbatch", "50")
        one = self.train("one", "--steps", "4", *parts, environment={"POCL_MAX_PTHREAD_COUNT": "1"})
        five = self.train("five", "--steps", "4", *parts,
                          environment={"POCL_MAX_PTHREAD_COUNT": "5"})
        self.assert_equal_runs(one, five)
        half = self.train("half", "--steps", "2", "--decoder-steps", "0", *parts)
        whole = self.train("whole", "--steps", "4", "--decoder-steps", "0", *parts)
        self.succeeds("train", "--out", half, "--resume", "--steps", "4", "--no-report", "--quiet")
        self.assertEqual((half / "encoder.safetensors").read_bytes(),
                         (whole / "encoder.safetensors").read_bytes())
        large = self.train("large", "--steps", "2", "--decoder-steps", "0", "--microbatch", "192")
        without = self.train("without", "--steps", "2", "--decoder-steps", "0")
        self.assertEqual((large / "encoder.safetensors").read_bytes(),
                         (without / "encoder.safetensors").read_bytes())
        config = without / "config.json"
        settings = json.loads(config.read_text())
        self.assertEqual(settings.pop("microbatch"), 0)
        config.write_text(json.dumps(settings))
        self.succeeds("train", "--out", without, "--resume", "--steps", "3", "--no-report",
                      "--quiet")


harness.main()
