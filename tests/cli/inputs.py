"""Users' files: order and names of pictures, ranges, layouts, duplicates, files of other kinds; and
that no output overwrites an input."""

import io
import json
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np

import harness
import lowbend_numpy
import png_numpy

CASES = pathlib.Path(__file__).resolve().parent.parent / "cases"
ARRAYS = CASES / "arrays"
RECOMPUTE = pathlib.Path(lowbend_numpy.__file__).parent / "recompute.py"
TINY = ("--hidden", "16", "--latent", "3", "--pairs", "16", "--steps", "20", "--decoder-steps",
        "20", "--quiet", "--no-report")


class InputTest(harness.CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shutil.copytree(CASES, cls.folder / "cases")
        cls.array_folder = cls.folder / "cases" / "arrays"

    def case(self, name):
        return str(self.array_folder / name)

    def pairs(self, images, *arguments):
        """The arrays of the pairs of all images, and the printed summary."""
        out = self.path("pairs.safetensors")
        text = self.succeeds("pairs", images, "--out", out, "--tolerance", 0.49, "--json",
                             "--quiet", *arguments)
        arrays, _ = lowbend_numpy.read_safetensors(out)
        return arrays, json.loads(text)

    def check_images(self, arrays, images):
        """The pairs hold exactly these images."""
        for name, index in zip(("x", "y", "average"), arrays["index"].T):
            self.assertEqual(arrays[name].dtype, images.dtype)
            np.testing.assert_array_equal(arrays[name], images[index], name)

    def refuses(self, words, *arguments, status=1):
        """Rejected before anything is written."""
        self.fails(status, words, *arguments)
        for name in ("no.safetensors", "no.npy", "no.png", "RUN-no"):
            self.assertFalse((self.folder / name).exists(), name)


class Pictures(InputTest):
    def test_natural_order(self):
        folder = self.folder / "cases" / "png" / "natural_order"
        images = np.load(ARRAYS / "f32_0_255.npy")  # the source of these pictures
        arrays, facts = self.pairs(folder, "--neighbours", 3)
        self.assertEqual(facts["images"], 12)
        self.check_images(arrays, images[:12, :, :, None].astype(np.uint8))

    def test_long_numbers_and_zeros(self):
        folder = self.folder / "numbers"
        folder.mkdir()
        names = ["01.png", "1.png", "2.PNG", "10.png", "99999999999999999999998.png",
                 "99999999999999999999999.png", "a2b.png", "a10b.png"]
        images = np.load(ARRAYS / "f32_0_255.npy").astype(np.uint8)[:len(names)]
        for name, image in zip(names, images):
            png_numpy.write(str(folder / name), image, png_numpy.GREY)
        arrays, _ = self.pairs(folder, "--neighbours", 3)
        self.check_images(arrays, images[..., None])

    def test_dot_files(self):
        folder = self.folder / "cases" / "png" / "macos_dot_underscore"
        self.assertTrue((folder / "._0.png").exists())
        _, facts = self.pairs(folder, "--neighbours", 3)
        self.assertEqual(facts["images"], 10)


class Arrays(InputTest):
    """Messages and input of `pairs`."""

    def test_channels_first(self):
        images = np.load(ARRAYS / "chw.npy")
        self.refuses(["(24,3,8,8)", "channels first", "--layout chw", "--layout hwc"], "pairs",
                     self.case("chw.npy"), "--out", self.path("no.safetensors"))
        arrays, facts = self.pairs(self.case("chw.npy"), "--layout", "chw")
        self.assertEqual(facts["shape"], [8, 8, 3])
        self.check_images(arrays, images.transpose(0, 2, 3, 1))
        arrays, facts = self.pairs(self.case("chw.npy"), "--layout", "hwc")
        self.assertEqual(facts["shape"], [3, 8, 8])
        self.check_images(arrays, images)
        np.save(self.path("last.npy"), images.transpose(0, 2, 3, 1))
        arrays, _ = self.pairs(self.path("last.npy"))
        self.check_images(arrays, images.transpose(0, 2, 3, 1))
        np.save(self.path("one.npy"), images[:, :1])
        self.refuses(["channels first"], "pairs", self.path("one.npy"), "--out",
                     self.path("no.safetensors"))
        self.refuses(["--layout"], "pairs", self.case("chw.npy"), "--out",
                     self.path("no.safetensors"), "--layout", "whc", status=2)

    def test_range(self):
        images = np.load(ARRAYS / "f32_0_255.npy")
        self.refuses(["from 4 to 223", "[0,1]", "--scale 255", "--scale 1"], "pairs",
                     self.case("f32_0_255.npy"), "--out", self.path("no.safetensors"))
        arrays, facts = self.pairs(self.case("f32_0_255.npy"), "--scale", 255)
        self.check_images(arrays, images / np.float32(255))
        self.assertAlmostEqual(facts["low"], 4 / 255, places=6)
        self.assertAlmostEqual(facts["high"], 223 / 255, places=6)
        arrays, _ = self.pairs(self.case("f32_0_255.npy"), "--scale", 1)
        self.check_images(arrays, images)
        self.refuses(["bytes", "--scale"], "pairs", self.case("copies.npy"), "--out",
                     self.path("no.safetensors"), "--scale", 255)
        self.refuses(["--scale"], "pairs", self.case("f32_0_255.npy"), "--out",
                     self.path("no.safetensors"), "--scale", 0, status=2)

    def test_advice_of_ranges(self):
        unit = np.load(ARRAYS / "f32_0_255.npy") / np.float32(223)
        for array, advice in ((unit * 65535, "--scale 65535"), (unit * 2, "--scale 2"),
                              (unit * 300, "--scale 300"), (2 * unit - 1, "rescale them to [0,1]")):
            np.save(self.path("range.npy"), array)
            self.refuses([advice], "pairs", self.path("range.npy"), "--out",
                         self.path("no.safetensors"))

    def test_ranges_that_pass(self):
        """Rounding errors, overshoot of a filter, black and white pictures, and vectors are
        accepted."""
        unit = np.load(ARRAYS / "f32_0_255.npy") / np.float32(223)
        for array in (unit * np.float32(1 + 1e-6), 1.3 * unit - 0.2, np.round(unit),
                      (200 * unit - 100).reshape(24, 64), (200 * unit).reshape(24, 1, 1, 64)):
            np.save(self.path("range.npy"), array.astype(np.float32))
            self.pairs(self.path("range.npy"))

    def test_scale_and_layout_together(self):
        images = np.load(ARRAYS / "chw.npy").astype(np.float32)
        lowbend_numpy.write_safetensors(self.path("both.safetensors"), {"images": images})
        arrays, _ = self.pairs(self.path("both.safetensors"), "--layout", "chw", "--scale", 255)
        self.check_images(arrays, images.transpose(0, 2, 3, 1) / np.float32(255))

    def test_one_image(self):
        """Its rows are read as images; the message says so."""
        source, out = self.case("one_image_hw.npy"), self.path("no.safetensors")
        self.refuses(["8 images, the rows of the array", "(1,H,W)"], "pairs", source, "--out", out)
        text = self.succeeds("pairs", source, "--neighbours", 3, "--tolerance", 0.4, "--out",
                             self.path("rows.safetensors"))
        self.assertIn("8, each a row of 8 numbers", text)

    def test_copies(self):
        _, facts = self.pairs(self.case("copies.npy"))
        self.assertEqual(facts["images"], 36)
        self.assertEqual(facts["copies"], 12)
        text = self.succeeds("pairs", self.case("copies.npy"), "--tolerance", 0.49, "--out",
                             self.path("pairs.safetensors"))
        self.assertIn("12 of them duplicates", text.splitlines()[0])
        np.save(self.path("no_copies.npy"), np.load(ARRAYS / "copies.npy")[:24])
        text = self.succeeds("pairs", self.path("no_copies.npy"), "--tolerance", 0.49, "--out",
                             self.path("pairs.safetensors"))
        self.assertNotIn("copies", text)

    def test_constant_images(self):
        out = self.path("no.safetensors")
        np.save(self.path("grey.npy"), np.full((30, 8, 8), 7, np.uint8))
        self.refuses(["all 30 images are equal"], "pairs", self.path("grey.npy"), "--out", out)
        most = np.full((30, 8, 8), 7, np.uint8)
        most[0, 0, 0] = 8
        np.save(self.path("most.npy"), most)
        self.refuses(["28 of 30 images are duplicates"], "pairs", self.path("most.npy"), "--out", out)


class Networks(InputTest):
    """Input of encode, interpolate and train."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        test = cls("setUp")
        bytes_ = np.load(ARRAYS / "f32_0_255.npy")
        np.save(cls.folder / "unit.npy", bytes_ / np.float32(255))
        cls.make(test, "unit.npy", "UNIT", ())
        cls.make(test, "cases/arrays/chw.npy", "COLOUR", (), "--layout", "chw")

    @staticmethod
    def make(test, images, run, training, *reading):
        pairs = test.path(run + ".safetensors")
        test.succeeds("pairs", test.path(images), "--out", pairs, "--tolerance", 0.49, *reading)
        test.succeeds("train", pairs, "--out", test.path(run), *TINY, *training)

    def codes(self, run, images, *arguments):
        self.succeeds("encode", self.path(run), images, "--out", self.path("z.npy"), *arguments)
        return np.load(self.path("z.npy"))

    def frames(self, run, images, *arguments):
        self.succeeds("interpolate", self.path(run), images, "--out", self.path("frames.npy"),
                      "--frames", 2, *arguments)
        return np.load(self.path("frames.npy"))

    def test_range(self):
        wanted, frames = self.codes("UNIT", self.path("unit.npy")), self.frames(
            "UNIT", self.path("unit.npy"))
        wide = self.case("f32_0_255.npy")
        words = ["from 4 to 223", "--scale 255"]
        self.refuses(words, "encode", self.path("UNIT"), wide, "--out", self.path("no.npy"))
        self.refuses(words, "interpolate", self.path("UNIT"), wide, "--out", self.path("no.npy"))
        np.testing.assert_array_equal(self.codes("UNIT", wide, "--scale", 255), wanted)
        np.testing.assert_array_equal(self.frames("UNIT", wide, "--scale", 255), frames)
        self.assertGreater(np.abs(self.codes("UNIT", wide, "--scale", 1) - wanted).max(), 1.0)
        flat = np.load(wide).reshape(24, 64)  # read as images: the RUN has their shape
        np.save(self.path("flat.npy"), flat)
        self.refuses(words, "encode", self.path("UNIT"), self.path("flat.npy"), "--out",
                     self.path("no.npy"))

    def test_layout(self):
        images = np.load(ARRAYS / "chw.npy")
        np.save(self.path("last.npy"), images.transpose(0, 2, 3, 1))
        wanted = self.codes("COLOUR", self.path("last.npy"))
        first = self.case("chw.npy")
        for command in ("encode", "interpolate"):
            self.refuses(["channels first", "(n,8,8,3)", "--layout chw"], command,
                         self.path("COLOUR"), first, "--out", self.path("no.npy"))
        np.testing.assert_array_equal(self.codes("COLOUR", first, "--layout", "chw"), wanted)
        self.refuses(["pictures have their channels last"], "encode", self.path("UNIT"),
                     self.folder / "cases" / "png" / "natural_order", "--out", self.path("no.npy"),
                     "--layout", "chw")
        np.testing.assert_array_equal(self.frames("COLOUR", first, "--layout", "chw"),
                                      self.frames("COLOUR", self.path("last.npy")))
        self.refuses(["RUN IMAGES"], "interpolate", self.path("COLOUR"), "--out",
                     self.path("no.png"), "--layout", "chw", status=2)

    def test_codes_need_no_options(self):
        """Codes have no fixed range."""
        np.save(self.path("codes.npy"), np.array([[900, -900, 5], [1, 2, 3]], np.float32))
        self.frames("UNIT", self.path("codes.npy"))

    def test_training_on_a_range(self):
        """The RUN keeps --scale of the training: the bytes are the same as from scaled pairs."""
        wide = self.path("WIDE.safetensors")
        pairs, _ = lowbend_numpy.read_safetensors(self.path("UNIT.safetensors"))
        index = pairs["index"].T
        images = np.load(ARRAYS / "f32_0_255.npy")
        pairs.update({name: images[i] for name, i in zip(("x", "y", "average"), index)})
        lowbend_numpy.write_safetensors(wide, pairs)
        self.refuses(["WIDE.safetensors", "from 4 to 223", "--scale 255"], "train", wide, "--out",
                     self.path("RUN-no"), *TINY)
        self.succeeds("train", wide, "--out", self.path("WIDE"), *TINY, "--scale", 255)
        for name in ("encoder.safetensors", "decoder.safetensors", "latent.safetensors"):
            self.assertEqual((self.folder / "WIDE" / name).read_bytes(),
                             (self.folder / "UNIT" / name).read_bytes(), name)
        config = json.loads((self.folder / "WIDE" / "config.json").read_text())
        self.assertEqual(config["scale"], 255)
        self.succeeds("train", "--out", self.path("WIDE"), "--resume", "--quiet")
        self.fails(1, ["--scale", "255"], "train", "--out", self.path("WIDE"), "--resume",
                   "--scale", 1)
        results = [json.loads(self.succeeds("eval", self.path(run), "--json", "--quiet"))
                   for run in ("UNIT", "WIDE")]
        self.assertEqual(results[0]["E"], results[1]["E"])
        self.assertEqual(results[0]["reconstruction_mse"], results[1]["reconstruction_mse"])
        recomputed = [subprocess.run(
            [sys.executable, RECOMPUTE, self.path(run), self.path(run + ".safetensors")],
            check=True, capture_output=True, text=True).stdout for run in ("UNIT", "WIDE")]
        self.assertEqual(*recomputed)
        # Its original images have its range, bytes are read as everywhere, and --scale still
        # overrides.
        wanted = self.codes("UNIT", self.path("unit.npy"))
        np.testing.assert_array_equal(self.codes("WIDE", self.case("f32_0_255.npy")), wanted)
        np.save(self.path("bytes.npy"), images.astype(np.uint8))
        np.testing.assert_allclose(self.codes("WIDE", self.path("bytes.npy")), wanted, atol=1e-5)
        np.testing.assert_array_equal(self.codes("WIDE", self.path("unit.npy"), "--scale", 1),
                                      wanted)
        self.succeeds("train", wide, "--out", self.path("ASIS"), *TINY, "--scale", 1)
        self.codes("ASIS", self.case("f32_0_255.npy"))

    def test_a_run_without_scale(self):
        """Older RUNs do not have the key."""
        old = self.folder / "OLD"
        shutil.copytree(self.folder / "UNIT", old)
        config = json.loads((old / "config.json").read_text())
        del config["scale"]
        (old / "config.json").write_text(json.dumps(config))
        np.testing.assert_array_equal(self.codes("OLD", self.path("unit.npy")),
                                      self.codes("UNIT", self.path("unit.npy")))

    def test_scale_is_for_user_pairs(self):
        self.refuses(["sphere", "--scale"], "train", "sphere", "--out", self.path("RUN-no"), *TINY,
                     "--scale", 255)
        self.make(self, "cases/arrays/copies.npy", "BYTES", ())
        self.refuses(["bytes", "--scale"], "train", self.path("BYTES.safetensors"), "--out",
                     self.path("RUN-no"), *TINY, "--scale", 255)

    def test_points_have_any_range(self):
        self.succeeds("sample", "sphere", "--pairs", 200, "--out", self.path("s.safetensors"))
        self.succeeds("train", self.path("s.safetensors"), "--out", self.path("SPHERE"), *TINY)
        np.save(self.path("far.npy"), np.array([[9, -9, 0]], np.float32))
        self.codes("SPHERE", self.path("far.npy"))

    def test_epsilon_of_user_pairs(self):
        pairs = self.path("UNIT.safetensors")
        words = ["UNIT.safetensors", "--epsilon", "leave out --epsilon"]
        self.refuses(words, "train", pairs, "--out", self.path("RUN-no"), *TINY, "--epsilon", 0.2)
        self.refuses(words, "train", "--out", self.path("UNIT"), "--resume", "--epsilon", 0.2)
        self.refuses(words, "bench", pairs, "--epsilon", 0.2)

    def test_channels_first_pairs(self):
        """User pairs of such a shape are used unchanged, with a note."""
        pairs = self.path("rows.safetensors")
        self.succeeds("pairs", self.case("chw.npy"), "--layout", "hwc", "--tolerance", 0.49,
                      "--out", pairs)
        result = self.run_program("train", pairs, "--out", self.path("ROWS"), *TINY)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("channels first", result.stderr)


class OtherFiles(InputTest):
    """Files of the wrong kind: the message says what they are and which command accepts them."""

    def refused_by_all(self, name, words):
        path = self.path(name)
        self.refuses([name, *words], "pairs", path, "--out", self.path("no.safetensors"))
        if name.endswith(".safetensors"):
            self.refuses([name, *words], "train", path, "--out", self.path("RUN-no"), *TINY)

    def write(self, name, content):
        (self.folder / name).write_bytes(content)

    def test_foreign_files(self):
        array = np.arange(600, dtype=np.float32).reshape(100, 6) / 600
        npy, npz, text = io.BytesIO(), io.BytesIO(), io.StringIO()
        np.save(npy, array)
        np.savez(npz, array)
        np.savetxt(text, array, delimiter=",")
        png = (CASES / "png" / "natural_order" / "1.png").read_bytes()
        lowbend_numpy.write_safetensors(self.path("good.safetensors"), {"images": array})
        good = (self.folder / "good.safetensors").read_bytes()
        for ending in (".safetensors", ".npy", ".npz", ".csv"):
            for kind, content, words in (
                    ("npz", npz.getvalue(), ["zip", "end in .npz"]),
                    ("csv", text.getvalue().encode(), ["text", "CSV", "numpy.save"]),
                    ("png", png, ["PNG", "end in .png"]),
                    ("jpeg", b"\xff\xd8\xff\xe0" + bytes(60), ["JPEG", ".jpg"]),
                    ("npy", npy.getvalue(), [".npy array", "end in .npy"]),
                    ("good", good, ["safetensors", "end in .safetensors"])):
                if ending == "." + kind or kind == "good" and ending != ".npy":
                    continue
                name = "foreign" + ending
                self.write(name, content)
                self.refused_by_all(name, words)

    def test_pipes(self):
        pipe = self.path("pipe.safetensors")
        os.mkfifo(pipe)
        self.refuses(["pipe.safetensors", "is a pipe", "regular file"], "train", pipe, "--out",
                     self.path("RUN-no"), *TINY)
        folder = self.folder / "folder.safetensors"
        folder.mkdir()
        self.refuses(["is a folder"], "train", folder, "--out", self.path("RUN-no"), *TINY)

    def test_training_on_other_things(self):
        folder = self.folder / "cases" / "png" / "natural_order"
        mesh = self.path("bunny.obj")
        self.write("bunny.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
        out = ("--out", self.path("RUN-no"), *TINY)
        self.refuses([f"lowbend pairs {folder} --out"], "train", folder, *out)
        array = self.case("chw.npy")
        self.refuses([f"lowbend pairs {array} --out"], "train", array, *out)
        self.refuses(["mesh", f"rotating-object --mesh {mesh}"], "train", mesh, *out)
        for name in (self.path("x.csv"), "x.csv"):
            self.refuses([name, "numpy.save", "lowbend pairs"], "train", name, *out)
        np.savez(self.path("x.npz"), images=np.zeros((3, 4)))
        self.refuses(["no tensor `x`", "lowbend pairs"], "train", self.path("x.npz"), *out)
        self.refuses(["mesh", f"rotating-object --mesh {mesh}"], "render", mesh, "--out",
                     self.path("no.png"))
        result = self.run_program("train", "natural_order", *out, cwd=folder.parent)
        self.assertEqual(result.returncode, 1)
        self.assertIn("lowbend pairs natural_order --out", result.stderr)


class Outputs(InputTest):
    """An output that would overwrite an input is rejected, whatever its name, and the input stays
    unchanged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        test = cls("setUp")
        np.save(cls.folder / "images.npy", np.load(ARRAYS / "f32_0_255.npy") / np.float32(255))
        test.succeeds("pairs", test.path("images.npy"), "--out", test.path("own.safetensors"),
                      "--tolerance", 0.49)
        test.succeeds("train", test.path("own.safetensors"), "--out", test.path("RUN"), *TINY)
        shutil.copytree(cls.folder / "cases" / "png" / "natural_order", cls.folder / "pictures")
        (cls.folder / "cone.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n"
                                             "f 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n")

    def snapshot(self):
        return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}

    def stays(self, words, *arguments, **options):
        before = self.snapshot()
        self.fails(1, [*words, "use another"], *arguments, **options)
        self.assertEqual(self.snapshot(), before)

    def names(self, name, ending):
        """Other names of a file: links and indirect paths."""
        path = self.folder / name
        links = [self.folder / f"soft{ending}", self.folder / f"hard{ending}"]
        for link in links:
            link.unlink(missing_ok=True)
        links[0].symlink_to(path)
        os.link(path, links[1])
        return [path, *links, f"{self.folder}/RUN/../{name}"]

    def test_encode_and_decode(self):
        run = self.path("RUN")
        for out in self.names("images.npy", ".npy"):
            self.stays([str(out), "images.npy"], "encode", run, self.path("images.npy"), "--out",
                       out)
        self.stays(["images.npy"], "encode", "RUN", "images.npy", "--out", "./images.npy",
                   cwd=self.folder)
        self.succeeds("encode", run, self.path("images.npy"), "--out", self.path("codes.npy"))
        for out in self.names("codes.npy", ".npy"):
            self.stays(["codes.npy"], "decode", run, self.path("codes.npy"), "--out", out)
        shutil.copy(self.path("images.npy"), self.path("x.npy.partial"))
        os.symlink(self.path("x.npy.partial"), self.path("part.npy"))
        self.stays(["x.npy"], "encode", run, self.path("part.npy"), "--out", self.path("x.npy"))

    def test_files_of_a_run(self):
        run = self.path("RUN")
        for name in ("encoder", "decoder", "checkpoint", "latent"):
            for command, images in (("encode", "images.npy"), ("decode", "RUN/latent.safetensors")):
                self.stays([name], command, run, self.path(images), "--out",
                           f"{run}/{name}.safetensors")
        for out in ("encoder.safetensors", "config.json", "metrics.csv"):
            self.stays([out], "report", run, "--out", f"{run}/{out}")
            self.stays([out], "export", run, "--onnx", f"{run}/{out}")
        self.stays(["own.safetensors"], "encode", run, self.path("images.npy"), "--out",
                   self.path("own.safetensors"))
        os.symlink(f"{run}/encoder.safetensors", self.path("encoder.png"))
        for command in (("interpolate", run, self.path("images.npy"), "--picture"),
                        ("interpolate", run, "--out"), ("converge", run, "--out")):
            self.stays(["encoder.png"], *command, self.path("encoder.png"))
        # Files for people may be overwritten, and new files may be written to the folder.
        self.succeeds("report", run, "--out", f"{run}/report.html")
        self.succeeds("export", run, "--onnx", f"{run}/model.onnx")
        self.succeeds("export", run, "--onnx", f"{run}/model.onnx")
        self.succeeds("encode", run, self.path("images.npy"), "--out", f"{run}/codes.npy")

    def test_pairs(self):
        lowbend_numpy.write_safetensors(self.path("images.safetensors"),
                                        {"images": np.load(self.path("images.npy"))})
        for out in self.names("images.safetensors", ".safetensors"):
            self.stays(["images.safetensors"], "pairs", self.path("images.safetensors"), "--out",
                       out)
        os.link(self.path("pictures/3.png"), self.path("picture.safetensors"))
        self.stays(["3.png"], "pairs", self.path("pictures"), "--out",
                   self.path("picture.safetensors"))
        self.succeeds("pairs", self.path("pictures"), "--neighbours", 3, "--tolerance", 0.4,
                      "--out", self.path("pictures/pairs.safetensors"))

    def test_interpolate(self):
        run, folder = self.path("RUN"), self.path("pictures")
        for out in self.names("images.npy", ".npy"):
            self.stays(["images.npy"], "interpolate", run, self.path("images.npy"), "--out", out)
        for picture in ("pictures/1.png", "pictures/strips.png", "pictures/../pictures/new.PNG"):
            self.stays(["pictures"], "interpolate", run, folder, "--picture", self.path(picture))
        self.stays(["1.png"], "interpolate", "RUN", "pictures", "--out", "frames.npy", "--picture",
                   "pictures/1.png", cwd=self.folder)
        self.stays(["pictures"], "interpolate", "../RUN", ".", "--picture", "new.png",
                   cwd=folder)
        os.link(self.path("pictures/3.png"), self.path("three.png"))
        self.stays(["3.png"], "interpolate", run, folder, "--picture", self.path("three.png"))
        self.succeeds("interpolate", run, folder, "--picture", self.path("strips.png"))

    def test_datasets(self):
        own = self.path("own.cl")
        shutil.copy(pathlib.Path(os.environ["LOWBEND_CL_DIR"]) / "dataset" / "sphere.cl", own)
        for ending, command in ((".png", ("render",)), (".safetensors", ("sample", "--pairs", 4))):
            for source in ("own.cl", "cone.obj"):
                arguments = (("rotating-object", "--mesh", self.path(source))
                             if source == "cone.obj" else (own,))
                for out in self.names(source, ending)[1:3]:
                    self.stays([source], command[0], *arguments, *command[1:], "--out", out)

    def test_training(self):
        """The old files of a RUN are removed, except those that the new RUN is made from."""
        run = self.folder / "INSIDE"
        run.mkdir()
        shutil.copy(self.path("own.safetensors"), run / "latent.safetensors")
        self.stays(["latent.safetensors"], "train", run / "latent.safetensors", "--out", run,
                   "--overwrite", *TINY)
        (run / "latent.safetensors").unlink()
        os.link(self.path("own.safetensors"), run / "latent.safetensors")
        self.stays(["own.safetensors"], "train", self.path("own.safetensors"), "--out", run,
                   "--overwrite", *TINY)
        shutil.copy(self.path("own.safetensors"), run / "mine.safetensors")
        self.succeeds("train", run / "mine.safetensors", "--out", run, "--overwrite", *TINY)
        self.assertTrue((run / "mine.safetensors").exists())


harness.main()
