"""Recipes: train starts from the dataset's recipe, and given options override it."""

import json
import os
import pathlib

import harness
import lowbend_numpy

PENDULUM = pathlib.Path(os.environ["LOWBEND_TOOLS"]) / "pendulum.cl"
SHORT = ("--size", "8", "--steps", "2", "--decoder-steps", "2", "--no-report")


class Recipe(harness.CommandTest):
    def train(self, run, *arguments):
        """Trains; returns config.json and the header line about the recipe."""
        result = self.run_program("train", "--out", self.path(run), *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        header = [line for line in result.stderr.splitlines() if line.startswith("recipe ")]
        self.assertEqual(len(header), 1, result.stderr)
        return json.loads((self.folder / run / "config.json").read_text()), header[0]

    def check(self, config, **wanted):
        for name, value in wanted.items():
            self.assertEqual(config[name.replace("_", "-")], value, name)

    def test_dataset(self):
        config, header = self.train("object", "rotating-object", *SHORT)
        self.assertEqual(config["lambda"], 0.3)
        self.check(config, epsilon=0.5, epsilon_start=2.5, strategy="chain", optimizer="muon",
                   activation="silu", hidden="conv32,pool,256,256", steps=2, code_noise=0.05)
        for word in ("2 steps of 128 pairs in chains", "decreasing from 2.5 over 0.75", "muon",
                     "cosine", "decoder 2"):
            self.assertIn(word, header)

    def test_what_is_given_wins(self):
        given = ("--lambda", "0.7", "--optimizer", "adam", "--strategy", "ball", "--epsilon",
                 "0.4", "--epsilon-start", "0", "--hidden", "9,8")
        for run, arguments in (("before", (*given, *SHORT, "se2-shapes")),
                               ("behind", ("se2-shapes", *SHORT, *given))):
            config, header = self.train(run, *arguments)
            self.assertEqual(config["lambda"], 0.7)
            self.check(config, optimizer="adam", strategy="ball", epsilon=0.4, epsilon_start=0,
                       hidden="9,8", decoder_hidden="mirror", activation="silu",
                       cross_weight=0.5)
            self.assertIn("adam", header)
            self.assertNotIn("falling", header)

    def test_what_is_not_possible_gives_way(self):
        for run, arguments in (("plain", ("--plain",)), ("samples", ("--samples", "300"))):
            config, header = self.train(run, "rotating-object", *SHORT, *arguments)
            self.check(config, strategy="ball", epsilon_start=0, cross_weight=0, optimizer="muon")
            self.assertNotIn("chains", header)

    def test_sizes(self):
        for size, hidden in ((64, "pool,conv8,pool,conv16,pool,conv32,pool,256,256"),
                             (32, "pool,conv16,pool,conv32,pool,256,256")):
            config, _ = self.train(f"size{size}", "arcs", "--size", size, "--steps", "0",
                                   "--decoder-steps", "0", "--no-report")
            self.check(config, hidden=hidden, epsilon=0.4)

    def test_own_file(self):
        file = self.folder / "mine.cl"
        text = PENDULUM.read_text()
        self.assertIn("#define RECIPE", text)
        define = text[text.index("#define RECIPE"):].split("\n", 1)[0]
        file.write_text(text.replace(define, '#define RECIPE "lambda=0.9 hidden=7 steps=1"'))
        config, _ = self.train("mine", file, "--size", "8", "--decoder-steps", "0", "--no-report")
        self.assertEqual(config["lambda"], 0.9)
        self.check(config, hidden="7", steps=1, epsilon=0.31, optimizer="muon")
        self.assertIn(" lambda=0.9 ", self.succeeds("datasets", file))
        file.write_text(text.replace(define, '#define RECIPE "lambda=0.9 step=1"'))
        for command in (("train", file, "--out", self.path("wrong")), ("datasets", file),
                        ("datasets", "--check", file), ("bench", file)):
            self.fails(1, ["mine.cl", "RECIPE: step=1", "no such setting"], *command)
        self.assertFalse((self.folder / "wrong").exists())

    def test_shown(self):
        lines = self.succeeds("datasets", "rotating-object", "--size", "64").splitlines()
        self.assertEqual(len(lines), 3)
        self.assertIn("64x64x3", lines[1])
        self.assertIn(" lambda=0.3 ", lines[2])
        self.assertIn(" network=conv ", lines[2])
        recipe = json.loads(self.succeeds("datasets", "klein-patches", "--json"))["recipe"]
        self.assertEqual((recipe["lambda"], recipe["epsilon"], recipe["optimizer"]),
                         (0.01, 0.05, "muon"))
        self.assertIn("default: the dataset's recipe", self.succeeds("train", "--help"))
        self.fails(2, ["--check"], "datasets", "arcs", "--check", "arcs")
        self.fails(1, ["nosuch"], "datasets", "nosuch")

    def test_sample_takes_its_epsilon(self):
        for options, largest in (((), 0.05), (("--epsilon", "0.2"), 0.2)):
            file = self.path("pairs.safetensors")
            self.succeeds("sample", "klein-patches", "--size", "4", "--pairs", "500", "--out",
                          file, *options)
            distance = lowbend_numpy.read_safetensors(file)[0]["distance"].max()
            self.assertTrue(0.9 * largest < distance <= 1.0001 * largest, distance)

    def test_user_pairs(self):
        file = self.path("own.safetensors")
        self.succeeds("sample", "arcs", "--size", "8", "--pairs", "200", "--out", file)
        config, header = self.train("own", file, *SHORT[2:])
        self.check(config, optimizer="muon", strategy="ball", epsilon_start=0, cross_weight=0,
                   activation="silu", hidden="conv32,pool,256,256")
        self.assertAlmostEqual(config["lambda"], 0.16, delta=0.02)
        self.assertIn("network=conv", self.succeeds("datasets", file))
        self.assertNotIn(" epsilon=", self.succeeds("datasets", file))

    def test_resuming(self):
        """A RUN resumes with the command that started it, even if the recipe has changed since."""
        command = ("arcs", *SHORT, "--lambda", "0.2")
        self.train("old", *command)
        path = self.folder / "old" / "config.json"
        config = json.loads(path.read_text())
        config.update({"strategy": "ball", "warmup": 1})
        path.write_text(json.dumps(config))
        self.succeeds("train", "--out", self.path("old"), *command, "--resume")
        self.assertEqual(json.loads(path.read_text())["strategy"], "ball")


if __name__ == "__main__":
    harness.main()
