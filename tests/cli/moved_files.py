"""RUN folders whose mesh, .cl file or user pairs have moved or changed."""

import json
import os
import pathlib
import shutil

import harness
import numpy

OLD_RUNS = pathlib.Path(os.environ["LB_TEST_OLD_RUNS"]) / "0.1.0"


class MovedFiles(harness.CommandTest):
    """Each RUN was stopped halfway, and its file has moved since then."""

    def take(self, name, file):
        """Copies a RUN, and its file both unchanged to a new place and changed to another."""
        run = self.folder / name
        shutil.copytree(OLD_RUNS / name, run)
        new = self.folder / "new" / file
        other = self.folder / "other" / file
        for path in (new, other):
            path.parent.mkdir(exist_ok=True)
            shutil.copy(OLD_RUNS / file, path)
        return run, new, other

    def config(self, run):
        return json.loads((run / "config.json").read_text())

    def note_unknown_key(self, run):
        config = self.config(run)
        config["of-tomorrow"] = {"kept": 1.5}
        (run / "config.json").write_text(json.dumps(config))

    def check_networks(self, run, shape):
        """Commands that need only the networks work."""
        images = run.with_suffix(".images.npy")
        codes = run.with_suffix(".codes.npy")
        numpy.save(images, numpy.random.default_rng(1).random((3, *shape), "f4"))
        self.succeeds("encode", run, images, "--out", codes)
        self.assertEqual(numpy.load(codes).shape[0], 3)
        self.succeeds("decode", run, codes, "--out", run.with_suffix(".decoded.npy"))
        self.assertEqual(numpy.load(run.with_suffix(".decoded.npy")).shape, (3, *shape))
        self.succeeds("export", run, "--onnx", run.with_suffix(".onnx"))
        self.succeeds("interpolate", run, images, "--out", run.with_suffix(".frames.npy"))
        return codes.read_bytes()

    def check_report(self, run, shown, *options):
        result = self.run_program("report", run, "--points", "64", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual("will not show its images" in result.stderr, not shown, result.stderr)
        page = (run / "report.html").read_text()
        self.assertEqual("there are no images to encode" in page, not shown)

    def check_resume(self, run, new, other, key, message, at_place):
        """Resumes only with the same content at the new place, and then records it in the RUN."""
        resume = ("train", "--out", run, "--resume", "--no-report")
        before = self.config(run)
        self.fails(1, [before[key], "no such file", *message], *resume)
        self.fails(1, [str(other), run.name], *resume, *at_place(other))
        self.assertEqual(self.config(run), before)
        self.note_unknown_key(run)
        result = self.run_program(*resume, *at_place(new))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("step 20", result.stderr)
        self.assertEqual(self.config(run), {**before, key: str(new.resolve()),
                                            "of-tomorrow": {"kept": 1.5}})
        self.succeeds(*resume)

    def refused(self, words, *command):
        """Like fails(), but notes may come first, because user pairs are opened later."""
        result = self.run_program(*command)
        self.assertEqual(result.returncode, 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr.splitlines()[-1])

    def check_moved_again(self, run, new, other, option, commands):
        """`new` has moved once more: commands that need it accept an option."""
        third = self.folder / f"third-{new.name}"
        new.rename(third)
        for command in commands:
            self.refused([str(new), "no such file", option], *command)
            self.refused([str(other), run.name], *command, option, other)
            self.succeeds(*command, option, third)
        self.check_report(run, False)
        self.check_report(run, True, option, third)
        # A different file at the old place.
        shutil.copy(other, new)
        self.refused([str(new), run.name], *commands[0])
        self.check_report(run, False)

    def commands(self, run):
        return [("eval", run, "--no-attainable", "--pairs", "256", "--points", "64"),
                ("interpolate", run, "--pairs", "16", "--out", run.with_suffix(".png")),
                ("converge", run, "--levels", "2", "--pairs", "256")]

    def test_mesh(self):
        run, new, other = self.take("mesh", "tetra.obj")
        other.write_text(other.read_text().replace("1.5", "1.25"))
        self.check_resume(run, new, other, "mesh", ["--mesh"], lambda path: ("--mesh", path))
        codes = self.check_networks(run, (8, 8, 3))
        self.check_moved_again(run, new, other, "--mesh", self.commands(run))
        new.unlink()
        self.assertEqual(self.check_networks(run, (8, 8, 3)), codes)

    def test_dataset(self):
        run, new, other = self.take("own", "pendulum.cl")
        other.write_text(other.read_text() + "\n")
        self.check_resume(run, new, other, "dataset", ["lowbend train"], lambda path: (path,))
        codes = self.check_networks(run, (8, 8, 1))
        self.check_moved_again(run, new, other, "--dataset", self.commands(run))
        new.unlink()
        self.assertEqual(self.check_networks(run, (8, 8, 1)), codes)

    def test_pairs(self):
        run, new, other = self.take("pairs", "pairs.safetensors")
        content = bytearray(other.read_bytes())
        content[-1000] ^= 1
        other.write_bytes(content)
        self.check_resume(run, new, other, "dataset", ["lowbend train"], lambda path: (path,))
        codes = self.check_networks(run, (6, 6, 1))
        self.check_moved_again(run, new, other, "--dataset", self.commands(run)[:1])
        new.unlink()
        self.assertEqual(self.check_networks(run, (6, 6, 1)), codes)

    def test_options_that_do_not_fit(self):
        run = self.folder / "built-in"
        shutil.copytree(OLD_RUNS / "finished", run)
        for option, file in (("--mesh", "tetra.obj"), ("--dataset", "pendulum.cl"),
                             ("--dataset", "pairs.safetensors")):
            self.fails(1, [option, run.name, "leave it out"], "eval", run, option,
                       OLD_RUNS / file)
        self.fails(2, ["--dataset", "IMAGES"], "interpolate", run, "in.npy", "--out", "out.npy",
                   "--dataset", OLD_RUNS / "pendulum.cl")
        self.fails(2, ["--mesh", "RUN"], "converge", "sphere", "--mesh", OLD_RUNS / "tetra.obj")


harness.main()
