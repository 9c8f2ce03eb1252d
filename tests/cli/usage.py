"""Usage: help texts, unknown names, malformed values."""

import harness

BUILT = ("devices", "datasets", "render", "sample", "train", "encode", "decode", "converge",
         "interpolate", "eval", "pairs", "export", "report", "info", "bench", "tune")

SHORT = ("--hidden", "8", "--steps", "1", "--decoder-steps", "0")  # in case it is accepted

# Each row: an option and a value that it rejects, for `lowbend train sphere --out RUN`.
MALFORMED = (
    ("--latent", "0"),
    ("--latent", "16x"),
    ("--epsilon", "-1"),
    ("--epsilon", "0"),
    ("--epsilon", "nan"),
    ("--epsilon", "0x1"),
    ("--lambda", "banana"),
    ("--lambda", "-0.1"),
    ("--lambda", ""),
    ("--c", "-1"),
    ("--hidden", "512,,3"),
    ("--hidden", "512,0"),
    ("--hidden", "512,"),
    ("--seed", "1.5"),
    ("--seed", "-1"),
    ("--seed", "9223372036854775808"),
    ("--activation", "gelu2"),
    ("--pairs", "0"),
    ("--steps", "-3"),
    ("--steps", "99999999999999"),
    ("--lr", "0"),
    ("--schedule", "step"),
    ("--optimizer", "sgd"),
    ("--gemm", "fast"),
    ("--cap", "91"),
    ("--size", "-1"),
    ("--samples", "some"),
    ("--samples", "1"),
    ("--held-out", "0"),
    ("--held-out", "1"),
    ("--max-time", "0"),
    ("--max-time", "-5"),
    ("--max-time", "1h30"),
    ("--max-time", "30m1h"),
    ("--max-time", "soon"),
    ("--max-time", "nan"),
    ("--init", ""),
)


class Usage(harness.CommandTest):
    def test_overview(self):
        result = self.run_program()
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        overview = self.succeeds("--help")
        self.assertEqual(result.stderr, overview)
        for command in BUILT:
            self.assertIn(f"  {command} ", overview)

    def test_version(self):
        lines = self.succeeds("--version").splitlines()
        self.assertEqual(lines[0], "lowbend 0.2.0")
        self.assertEqual(len(lines), 2, lines)

    def test_help_of_built_commands(self):
        for command in BUILT:
            text = self.succeeds(command, "--help")
            self.assertTrue(text.startswith(f"usage: lowbend {command}"), text)
            for word in ("--device SEL", "--cl-dir FOLDER", "--seed N", "--quiet", "--verbose",
                         "--help", "default", "example:", f"\n  lowbend {command}"):
                self.assertIn(word, text)
            self.assertEqual(text, self.succeeds(command, "--nonsense", "--help"))
            self.assertLessEqual(max(map(len, text.splitlines())), 100, text)

    def test_help_of_train_names_every_option(self):
        text = self.succeeds("train", "--help")
        for option in ("epsilon lambda c min-distance latent hidden activation pairs steps "
                       "decoder-steps lr schedule optimizer weight-decay size cap mesh samples "
                       "held-out joint plain gemm microbatch log-every checkpoint-every resume overwrite "
                       "skip-nonfinite init max-time out json").split():
            self.assertIn(f"\n  --{option}", text)
        self.assertEqual(text.count("\n  --seed "), 1, text)

    def test_every_option_states_its_default(self):
        for command in BUILT:
            text = self.succeeds(command, "--help")
            options = text.split("options:\n", 1)[1].split("\nexample:")[0]
            for entry in options.split("\n  --")[0:]:
                entry = entry.strip()
                if entry.startswith("help") or entry.startswith("common"):
                    continue
                stated = any(word in entry for word in ("default", "required"))
                self.assertTrue(stated, f"{command}: {entry}")

    def test_unknown_command(self):
        self.fails(2, ["'tarin'", "'train'", "lowbend --help"], "tarin")
        self.fails(2, ["'xyzzyxyzzy'", "lowbend --help"], "xyzzyxyzzy")
        self.fails(2, ["--frobnicate", "lowbend --help"], "--frobnicate")
        self.fails(2, ["''"], "")

    def test_unknown_option(self):
        self.fails(2, ["--epsilom", "did you mean --epsilon?", "lowbend train --help"],
                   "train", "sphere", "--epsilom", "0.1")
        self.fails(2, ["--zzzzzzzz"], "train", "sphere", "--zzzzzzzz")
        self.fails(2, ["--pair", "--pairs"], "sample", "sphere", "--pair", "3")  # not abbreviated
        self.fails(2, ["--pair", "--pairs"], "sample", "sphere", "--pair=3")
        self.fails(2, ["-x"], "sample", "sphere", "-xyz")
        self.fails(2, ["--quiet", "no value"], "devices", "--quiet=1")
        self.fails(2, ["--seed", "missing"], "devices", "--seed")
        self.fails(2, ["--json"], "encode", "RUN", "in.npy", "--out", "out.npy", "--json")

    def test_arguments(self):
        self.fails(2, ["DATASET"], "sample")
        self.fails(2, ["--pairs"], "sample", "sphere")
        self.fails(2, ["--out"], "train", "sphere")
        self.fails(2, ["DATASET"], "train", "--out", self.path("RUN"))
        self.fails(2, ["DATASET"], "train", "--out", self.path("RUN"), "--resume")
        self.fails(2, ["'torus'"], "train", "sphere", "torus", "--out", self.path("RUN"))
        self.fails(2, ["RUN IN --out OUT"], "encode", "RUN")
        self.fails(2, ["--out"], "decode", "RUN", "in.npy")
        self.fails(2, ["'more'"], "devices", "more")
        self.fails(2, ["--resume", "--overwrite"], "train", "sphere", "--out", self.path("RUN"),
                   "--resume", "--overwrite")

    def test_names_of_array_files(self):
        """A bad output name is reported before anything is read: neither the input nor RUN
        exists."""
        for name in ("x.npz", "x", "x.NPY", "safetensors", "x.npy.gz"):
            out = self.path(name)
            for command in (("encode", "RUN", "in.npy"), ("decode", "RUN", "in.npy"),
                            ("interpolate", "RUN", "in.npy")):
                self.fails(2, [f"'{out}'", ".safetensors or .npy"], *command, "--out", out)
            for command in (("sample", "sphere", "--pairs", "4"), ("pairs", "in.npy")):
                self.fails(2, [f"'{out}'", "end in .safetensors"], *command, "--out", out)
        for command in (("sample", "sphere", "--pairs", "4"), ("pairs", "in.npy")):
            self.fails(2, ["several arrays", ".safetensors"], *command, "--out", "x.npy")

    def test_malformed_training_values(self):
        for i, (option, value) in enumerate(MALFORMED):
            run = self.folder / f"RUN-{i}"
            with self.subTest(option=option, value=value):
                text = self.fails(2, ["lowbend train --help"], "train", "sphere", "--out", run,
                                  *SHORT, option, value)
                self.assertIn(option.lstrip("-"), text)
                self.assertFalse(run.exists())

    def test_malformed_sample_values(self):
        for option, value in (("--pairs", "0"), ("--pairs", "1.5"), ("--pairs", " 4"),
                              ("--epsilon", "-1"), ("--epsilon", "1e999"), ("--cap", "0"),
                              ("--min-distance", "-1"), ("--size", "-4"), ("--seed", "x")):
            with self.subTest(option=option, value=value):
                self.fails(2, [option, value], "sample", "sphere", "--pairs", "4", "--out",
                           self.path("pairs.safetensors"), option, value)


harness.main()
