"""A RUN keeps its CLBlast parameters: tuning before resuming does not change a bit."""

import json
import os
import shutil
import subprocess

import harness

TRAIN = ("sphere", "--gemm", "clblast", "--hidden", "16", "--latent", "3", "--pairs", "8",
         "--steps", "6", "--decoder-steps", "0", "--no-report", "--quiet")
KEY = "clblast_parameters"


class KeptTuning(harness.CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.environment = {"XDG_CACHE_HOME": str(cls.folder / "cache")}
        # Made once for both tests, because compiling CLBlast takes long.
        result = subprocess.run([harness.PROGRAM, "train", "--out", cls.folder / "whole", *TRAIN],
                                env={**os.environ, **cls.environment}, timeout=harness.TIME_LIMIT,
                                check=False)
        if result.returncode != 0:
            raise RuntimeError("lowbend train failed")

    def train(self, run, *arguments, **options):
        self.succeeds("train", "--out", self.path(run), *arguments, environment=self.environment,
                      **options)

    def config(self, run):
        return json.loads((self.folder / run / "config.json").read_text())

    def weights(self, run):
        return (self.folder / run / "encoder.safetensors").read_bytes()

    def write_tuning(self, **direct):
        """Writes the result of another `lowbend tune`."""
        result = json.loads(self.succeeds("tune", "sphere", "--hidden", "16", "--latent", "3",
                                          "--pairs", "8", "--budget", "0", "--json", "--gemm",
                                          "clblast",
                                          environment=self.environment))
        with open(result["file"], encoding="utf-8") as file:
            kept = json.load(file)
        kept["direct"].update(direct)
        with open(result["file"], "w", encoding="utf-8") as file:
            json.dump(kept, file)

    def test_resuming_after_tuning(self):
        before = self.config("whole")[KEY]
        self.assertEqual(set(before), {"min_indirect", "direct", "indirect"})
        # Started before tuning, and killed before the first checkpoint.
        shutil.copytree(self.folder / "whole", self.folder / "half")
        (self.folder / "half" / "checkpoint.safetensors").unlink()
        (self.folder / "half" / "encoder.safetensors").unlink()
        self.write_tuning(WGD=before["direct"]["WGD"] // 2, KWID=1)
        said = self.run_program("train", "--out", self.path("half"), "--resume", "--no-report",
                                "--verbose", environment=self.environment)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertNotIn("tuned parameters", said.stderr)
        self.assertEqual(self.config("half")[KEY], before)
        self.assertEqual(self.weights("half"), self.weights("whole"))

    def test_other_configurations(self):
        """A RUN without the key uses the device's cached parameters; a damaged key is rejected."""
        shutil.copytree(self.folder / "whole", self.folder / "old")
        path = self.folder / "old" / "config.json"
        config = self.config("old")
        parameters = config.pop(KEY)
        path.write_text(json.dumps(config))
        (self.folder / "old" / "checkpoint.safetensors").unlink()
        weights = self.weights("old")
        self.succeeds("train", "--out", self.path("old"), "--resume", "--no-report", "--quiet",
                      environment={"XDG_CACHE_HOME": self.path("untuned")})
        self.assertEqual(self.weights("old"), weights)
        for damage in (None, [], {}, {**parameters, "min_indirect": -1},
                       {**parameters, "direct": {"WGD": 8}}):
            path.write_text(json.dumps({**config, KEY: damage}))
            self.fails(1, [KEY, "--overwrite"], "train", "--out", self.path("old"), "--resume",
                       environment=self.environment)

    def test_networks_of_another_run(self):
        """--init copies only the weights; the panel back end has no parameters to keep."""
        panel = [word if word != "clblast" else "panel" for word in TRAIN]
        self.train("panel", *panel)
        self.assertNotIn(KEY, self.config("panel"))
        self.train("after", *TRAIN, "--init", self.path("panel"))
        self.assertEqual(self.config("after")[KEY], self.config("whole")[KEY])


if __name__ == "__main__":
    harness.main()
