"""Networks as text: options, header, config.json, resuming, presets."""

import json

import harness

SMALL = ("--size", "8", "--latent", "3", "--pairs", "8", "--steps", "2", "--decoder-steps", "2",
         "--no-report", "--activation", "elu")
ENCODER = "pool,conv4,9"


class Layers(harness.CommandTest):
    def train(self, run, *arguments):
        """Trains; returns the header's description of the networks, and config.json."""
        result = self.run_program("train", "sundial", "--out", self.path(run), *SMALL, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        header = dict(line.split(maxsplit=1) for line in result.stderr.splitlines()
                      if line.startswith(("encoder  ", "decoder  ")) and "/" not in line)
        return header, self.config(run)

    def config(self, run):
        return json.loads((self.folder / run / "config.json").read_text())

    def refused(self, status, words, *arguments):
        self.fails(status, words, "train", "sundial", "--out", self.path("refused"), *SMALL,
                   *arguments)
        self.assertFalse((self.folder / "refused").exists())

    def files(self, run):
        return {path.name: path.read_bytes() for path in (self.folder / run).iterdir()}

    def test_header_and_config(self):
        header, config = self.train("mirror", "--hidden", "pool,conv04k3,9")
        self.assertEqual(header, {
            "encoder": "8x8x1 -> pool 4x4x1 -> conv 4x4x4 -> 9 -> 3, elu",
            "decoder": "the reverse, linear output"})
        self.assertEqual((config["hidden"], config["decoder-hidden"]), (ENCODER, "mirror"))
        self.assertNotIn("network", config)
        text = self.succeeds("info", self.path("mirror"))
        self.assertIn("8x8x1 to pool,conv4,9,3,", text)
        self.assertIn("3 numbers to 9,dense4x4x4,up,conv1,", text)
        self.assertIn("hidden pool,conv4,9,", text)
        info = json.loads(self.succeeds("info", self.path("mirror"), "--json"))
        self.assertEqual(info["settings"]["hidden"], ENCODER)
        self.assertEqual((info["encoder"]["layers"], info["encoder"]["inputs"]),
                         ("pool,conv4,9,3", 64))

        header, config = self.train("own", "--hidden", "7,6", "--decoder-hidden",
                                    "dense2x2x5,deconv4", "--output-activation", "sigmoid")
        self.assertEqual(header, {
            "encoder": "64-7-6-3, elu",
            "decoder": "3 -> 2x2x5 -> deconv 4x4x4 -> deconv 8x8x1, sigmoid output"})
        self.assertEqual((config["hidden"], config["decoder-hidden"]),
                         ("7,6", "dense2x2x5,deconv4"))

    def test_long_network(self):
        """The header shows all layers of the longest network."""
        header, _ = self.train("long", "--decoder-steps", "0", "--hidden", ",".join(["conv1"] * 30))
        self.assertEqual(header["encoder"],
                         " -> ".join(["8x8x1"] + ["conv 8x8x1"] * 30 + ["3"]) + ", elu")

    def test_resume(self):
        run = self.path("resume")
        self.train("resume", "--hidden", ENCODER)
        before = self.files("resume")
        resume = ("train", "--out", run, "--resume", "--no-report")
        for same in ((), ("--hidden", ENCODER), ("--hidden", "pool,conv4k3s1,9"),
                     ("--decoder-hidden", "mirror")):
            self.succeeds(*resume, *same)
        self.fails(1, [f"--hidden pool,conv5,9: {run} was trained with {ENCODER}"], *resume,
                   "--hidden", "pool,conv5,9")
        self.fails(1, ["--hidden 9,9:", ENCODER], *resume, "--hidden", "9,9")
        self.fails(1, ["--decoder-hidden 9:", "was trained with mirror"], *resume,
                   "--decoder-hidden", "9")
        # A preset keeps its meaning from the start of the RUN, even that of an older version.
        self.succeeds(*resume, "--network", "conv")
        self.fails(1, ["--hidden 512,512,512:", ENCODER], *resume, "--network", "mlp")
        after = self.files("resume")
        for name in after:
            if name.endswith(".safetensors"):
                self.assertEqual(after[name], before[name], name)
        self.assertEqual(after["config.json"], before["config.json"])

    def test_lists_of_widths(self):
        """config.json of 0.1.0 has a list; it can be resumed with the text form."""
        run = self.path("list")
        self.train("list", "--hidden", "7,6")
        config = self.config("list")
        self.assertEqual(config["hidden"], "7,6")
        config["hidden"] = [7, 6]
        del config["decoder-hidden"]
        (self.folder / "list" / "config.json").write_text(json.dumps(config))
        self.succeeds("train", "--out", run, "--resume", "--no-report", "--hidden", "7,6")
        self.fails(1, ["--hidden 7,5:", "7,6"], "train", "--out", run, "--resume", "--hidden",
                   "7,5")
        self.succeeds("eval", run, "--no-attainable", "--points", "64", "--pairs", "256", "--quiet")
        for damaged in ([], [7, "6"], "7,", 7, ["pool"]):
            config["hidden"] = damaged
            (self.folder / "list" / "config.json").write_text(json.dumps(config))
            self.fails(1, ['"hidden"'], "info", run)

    def test_presets(self):
        header, config = self.train("conv", "--network", "conv")
        self.assertEqual(header["encoder"],
                         "8x8x1 -> conv 8x8x32 -> pool 4x4x32 -> 256 -> 256 -> 3, elu")
        self.assertEqual((config["hidden"], config["decoder-hidden"]),
                         ("conv32,pool,256,256", "256,dense4x4x64,deconv32"))
        self.assertNotIn("network", config)
        before = self.files("conv")["config.json"]
        for same in (("--network", "conv"), ("--hidden", "conv32,pool,256,256"), ()):
            self.succeeds("train", "--out", self.path("conv"), "--resume", "--no-report", *same)
        self.assertEqual(self.files("conv")["config.json"], before)

        header, config = self.train("odd", "--network", "conv", "--size", "21")
        self.assertEqual((config["hidden"], config["decoder-hidden"]),
                         ("conv32s2,256,256", "256,512"))
        self.assertEqual(header["decoder"], "3-256-512-441, linear output")
        self.succeeds("train", "--out", self.path("odd"), "--resume", "--no-report", "--network",
                      "conv")

        _, config = self.train("mlp", "--network", "mlp", "--steps", "0", "--decoder-steps", "0")
        self.assertEqual(config["hidden"], "512,512,512")

        self.refused(2, ["--network and --hidden", "give one"], "--network", "mlp", "--hidden",
                     "512")
        self.refused(2, ["mlp|conv"], "--network", "resnet")
        self.fails(1, ["--network conv", "vectors of 3 numbers"], "train", "sphere", "--out",
                   self.path("points"), "--network", "conv")

    def test_refused(self):
        self.refused(2, ["--hidden", "token 2, 'cnn8'", "is not a layer"], "--hidden", "pool,cnn8")
        self.refused(2, ["token 2, 'conv8'", "64 numbers"], "--hidden", "64,conv8")
        self.refused(2, ["--decoder-hidden", "token 1, ''"], "--decoder-hidden", "")
        self.refused(2, ["at most 255"], "--hidden", "1" * 300)
        self.refused(1, ["--hidden", "token 4, 'pool'", "1x1"], "--hidden", "pool,pool,pool,pool,9")
        self.refused(1, ["--decoder-hidden dense3x3x4,up", "6x6", "8x8"], "--decoder-hidden",
                     "dense3x3x4,up")
        self.refused(1, ["--hidden conv4s2,conv4s2,9", "token 2", "3x3", "5x5",
                         "--decoder-hidden"],
                     "--size", "10", "--hidden", "conv4s2,conv4s2,9")
        # Without a decoder nothing needs mirroring.
        _, config = self.train("encoder", "--size", "10", "--hidden", "conv4s2,conv4s2,9",
                               "--decoder-steps", "0")
        self.assertEqual(config["hidden"], "conv4s2,conv4s2,9")

    def test_other_commands(self):
        options = ("--size", "8", "--latent", "3", "--pairs", "8", "--network", "conv")
        bench = json.loads(self.succeeds("bench", "sundial", *options, "--repeats", "1", "--json"))
        self.assertGreater(bench["step_ms"], 0)


harness.main()
