"""The self-check of datasets: built-in ones pass, and users' typical mistakes are named."""

import json
import os
import pathlib
import re

import harness

PENDULUM = (pathlib.Path(os.environ["LOWBEND_TOOLS"]) / "pendulum.cl").read_text()
TRAIN = ("--hidden", "8", "--steps", "1", "--decoder-steps", "0")

# The functions of a dataset, each with the line of the pendulum that defines it.
FUNCTIONS = ("manifold_sample", "manifold_contains", "manifold_radius", "manifold_frame",
             "manifold_exponential", "manifold_distance", "manifold_midpoint", "dataset_pixel")

# Each row: what is replaced in the pendulum, its replacement, words of the message.
WRONG = {
    "distance": ("return fabs(difference(x[0], y[0]));",
                 "return 2.0f * fabs(difference(x[0], y[0]));",
                 ["manifold_distance", "step of length"]),
    "midpoint": ("reduced(x[0] + 0.5f * difference", "reduced(x[0] + 0.4f * difference",
                 ["manifold_midpoint"]),
    "outside": ("return 1;", "return x[0] < 3.0f;", ["manifold_contains"]),
    "nan point": ("x[0] = 2.0f * M_PI_F * rng_uniform(rng);", "x[0] = NAN;", ["not finite"]),
    "nan pixel": ("pixel[0] = exp(-bob - rod);", "pixel[0] = sqrt(point[0] - 3.0f) + 0.0f * bob;",
                  ["pixel at row", "nan", "dataset_pixel"]),
    "too bright": ("pixel[0] = exp(-bob - rod);", "pixel[0] = 1.5f * exp(-bob - rod);",
                   ["pixel at row", "[0,1]"]),
    "jump": ("pixel[0] = exp(-bob - rod);",
             "pixel[0] = exp(-bob - rod) * (point[0] < 1.0f ? 0.9f : 1.0f);", ["jump"]),
    "hard edge": ("pixel[0] = exp(-bob - rod);",
                  "pixel[0] = select((vfloat)(0.0f), (vfloat)(1.0f), bob < (vfloat)(0.5f));",
                  ["jump"]),
    "kink": ("pixel[0] = exp(-bob - rod);",
             "pixel[0] = exp(-bob - rod) * (0.5f + 0.1f * fabs(point[0] - 3.0f));", ["kink"]),
}
SMOOTHNESS = ("jump", "hard edge", "kink")  # not checked before training


class DatasetsCheck(harness.CommandTest):
    def variant(self, name, old, new):
        self.assertIn(old, PENDULUM)
        file = self.folder / (name.replace(" ", "-") + ".cl")
        file.write_text(PENDULUM.replace(old, new))
        return str(file)

    def test_built_in_datasets_pass(self):
        for dataset in json.loads(self.succeeds("datasets", "--json")):
            with self.subTest(dataset=dataset["name"]):
                self.assertEqual(self.succeeds("datasets", "--check", dataset["name"]), "")

    def test_example_passes(self):
        file = self.folder / "own.cl"
        file.write_text(PENDULUM)
        self.succeeds("datasets", "--check", str(file))
        result = json.loads(self.succeeds("datasets", "--check", str(file), "--json"))
        self.assertEqual((result["name"], result["manifold"]), ("own", "circle"))

    def test_wrong_formulas_are_named(self):
        for name, (old, new, words) in WRONG.items():
            file = self.variant(name, old, new)
            stem = pathlib.Path(file).stem
            with self.subTest(name=name):
                self.fails(1, [stem, *words], "datasets", "--check", file, lines=None)
                if name not in SMOOTHNESS:
                    run = self.path("RUN-" + stem)
                    self.fails(1, [stem, *words], "train", file, "--out", run, *TRAIN)
                    self.assertFalse(os.path.exists(run))

    def test_missing_function(self):
        for function in FUNCTIONS:
            text, count = re.subn(rf"\w+ {function}\(.*?\n}}\n", "", PENDULUM, flags=re.S)
            self.assertEqual(count, 1, function)
            file = self.folder / f"no-{function}.cl"
            file.write_text(text + f"/* {function}() {{ }} */\n")
            with self.subTest(function=function):
                for command in (("datasets", "--check", file),
                                ("train", file, "--out", self.path("RUN"), *TRAIN)):
                    self.fails(1, [str(file), function], *command)

    def test_syntax_error_has_file_and_line(self):
        file = self.variant("syntax", "frame[0] = 1.0f;", "frame[0] = 1.0f +;")
        line = PENDULUM[:PENDULUM.index("frame[0] = 1.0f;")].count("\n") + 1
        self.fails(1, [f"syntax.cl:{line}"], "datasets", "--check", file, lines=None)

    def test_other_arguments(self):
        file = self.variant("arguments", "float manifold_distance(const float *x, const float *y)",
                            "float manifold_distance(float x, float y)")
        self.fails(1, ["arguments.cl", "manifold_distance"], "datasets", "--check", file,
                   lines=None)

    def test_wrong_size(self):
        for name, new in (("zero", "#define CHANNELS 0"), ("huge", "#define CHANNELS 99999"),
                          ("none", "")):
            file = self.variant(name, "#define CHANNELS 1", new)
            self.fails(1, [name + ".cl", "CHANNELS"], "datasets", "--check", file, lines=None)

    def test_unknown_name(self):
        self.fails(1, ["nonesuch", "sphere"], "datasets", "--check", "nonesuch")
        self.fails(1, ["missing.cl"], "datasets", "--check", self.path("missing.cl"))


harness.main()
