"""Rejected input: datasets, radii, RUN folders, kernel files, sizes."""

import os

import harness


class BadInput(harness.CommandTest):
    def train(self, *arguments):
        return ("train", *arguments, "--hidden", "8", "--steps", "2", "--decoder-steps", "0")

    def test_unknown_dataset(self):
        for command in (("sample", "spheer", "--pairs", "4", "--out", self.path("p.safetensors")),
                        self.train("spheer", "--out", self.path("RUN-unknown"))):
            self.fails(1, ["spheer", "sphere", "sundial"], *command)
        self.assertFalse((self.folder / "RUN-unknown").exists())
        missing = self.path("missing.cl")
        self.fails(1, [missing], "sample", missing, "--pairs", "4", "--out",
                   self.path("p.safetensors"))

    def test_radius_not_below_injectivity_radius(self):
        for epsilon in ("3.15", "100"):
            self.fails(1, ["epsilon", "injectivity radius"],
                       *self.train("sphere", "--out", self.path("RUN-wide"), "--epsilon", epsilon))
            self.fails(1, ["epsilon", "injectivity radius"], "sample", "sphere", "--pairs", "4",
                       "--out", self.path("p.safetensors"), "--epsilon", epsilon)
        self.assertFalse((self.folder / "RUN-wide" / "checkpoint.safetensors").exists())
        self.fails(1, ["epsilon"], "sample", "sphere", "--pairs", "4", "--out",
                   self.path("p.safetensors"), "--epsilon", "0.1", "--min-distance", "0.2")
        for start, words in (("0.2", "below --epsilon 0.3"), ("3.2", "injectivity radius")):
            self.fails(1, [f"--epsilon-start {start}", words],
                       *self.train("sphere", "--out", self.path("RUN-start"), "--epsilon", "0.3",
                                   "--epsilon-start", start))

    def test_sizes(self):
        out = ("--out", self.path("p.safetensors"))
        self.fails(1, ["memory"], "sample", "sphere", "--pairs", "1000000000000000", *out)
        self.fails(1, ["memory"], "sample", "sundial", "--pairs", "1000000000", *out)
        self.fails(1, [], "sample", "sphere", "--pairs", "4", "--cap", "30", *out)

    def test_run_not_writable(self):
        self.fails(1, ["/proc/nonesuch"], *self.train("sphere", "--out", "/proc/nonesuch"))
        parent = self.path("file")
        with open(parent, "w", encoding="ascii") as file:
            file.write("not a folder")
        self.fails(1, [parent], *self.train("sphere", "--out", parent + "/RUN"))
        self.fails(1, [parent], *self.train("sphere", "--out", parent))
        self.fails(1, ["/proc/nonesuch"], "sample", "sphere", "--pairs", "4", "--out",
                   "/proc/nonesuch/p.safetensors")
        if os.geteuid() != 0:
            locked = self.folder / "locked"
            locked.mkdir(mode=0o500)
            self.fails(1, [str(locked)], *self.train("sphere", "--out", str(locked / "RUN")))

    def test_run_not_empty(self):
        run = self.folder / "RUN-full"
        run.mkdir()
        (run / "notes.txt").write_text("mine")
        self.fails(1, [str(run), "--resume", "--overwrite"],
                   *self.train("sphere", "--out", str(run)))
        self.assertEqual([path.name for path in run.iterdir()], ["notes.txt"])

    def test_run_missing(self):
        for command in ("encode", "decode"):
            self.fails(1, ["RUN-none"], command, self.path("RUN-none"), "in.npy", "--out",
                       self.path("out.npy"))
        empty = self.folder / "RUN-empty"
        empty.mkdir()
        self.fails(1, ["RUN-empty"], "encode", str(empty), "in.npy", "--out", self.path("out.npy"))

    def test_damaged_config(self):
        run = self.folder / "RUN-damaged"
        run.mkdir()
        for text in ("", "{", "[]", "{}", '{"epsilon": "wide"}', '{"epsilon": -1}'):
            (run / "config.json").write_text(text)
            self.fails(1, ["config.json"], *self.train("--out", str(run), "--resume"))
            self.fails(1, ["config.json"], "encode", str(run), "in.npy", "--out",
                       self.path("out.npy"))

    def test_syntax_error_in_dataset(self):
        source = (self.kernel_folder() / "dataset" / "sphere.cl").read_text()
        broken = self.folder / "broken.cl"
        broken.write_text(source + "\nfloat lb_broken(void)\n{\n    return 1.0f +;\n}\n")
        line = source.count("\n") + 4
        out = ("--pairs", "4", "--out", self.path("p.safetensors"))
        for command in (("sample", str(broken), *out),
                        self.train(str(broken), "--out", self.path("RUN-broken"))):
            text = self.fails(1, ["broken.cl", f"{line}", "return 1.0f +;"], *command, lines=None)
            self.assertLess(len(text), 4500, text)
        empty = self.folder / "empty.cl"
        empty.write_text("")
        self.fails(1, ["empty.cl"], "sample", str(empty), *out, lines=None)

    def test_dataset_of_the_user(self):
        source = (self.kernel_folder() / "dataset" / "sphere.cl").read_text()
        own = self.folder / "own.cl"
        own.write_text(source)
        self.succeeds("sample", str(own), "--pairs", "4", "--out", self.path("own.safetensors"))

    def test_kernel_folder_missing(self):
        self.fails(1, [self.path("no-kernels")], "sample", "sphere", "--pairs", "4", "--out",
                   self.path("p.safetensors"), "--cl-dir", self.path("no-kernels"))

    def kernel_folder(self):
        return harness.pathlib.Path(os.environ["LOWBEND_CL_DIR"])


harness.main()
