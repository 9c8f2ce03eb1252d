"""interpolate between the images of a file: frames against encode, decode and numpy, the picture,
rejected input."""

import json
import pathlib
import struct

import numpy as np

import harness
import lowbend_numpy
import png_numpy

TINY = ("--hidden", "24,24", "--latent", "4", "--steps", "60", "--decoder-steps", "60",
        "--pairs", "32", "--quiet")
SHAPE = (7, 9)
COUNT = 40


def blobs(n):
    """A blob that moves across a picture, so neighbouring images are close."""
    rows, columns = np.mgrid[:SHAPE[0], :SHAPE[1]]
    at = np.linspace(1.0, 7.0, n)[:, None, None]
    return (255 * np.exp(-((columns - at) ** 2 + (rows - 3) ** 2) / 6)).astype(np.uint8)


class LatentPath(harness.CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        images = blobs(COUNT)
        np.save(cls.folder / "images.npy", images)
        np.save(cls.folder / "keys.npy", images[::9])  # 5 rows
        (cls.folder / "pictures").mkdir()
        for i, image in enumerate(images[::9]):
            png_numpy.write(str(cls.folder / "pictures" / f"{i}.png"), image, png_numpy.GREY)
        test = cls("setUp")
        test.succeeds("pairs", test.path("images.npy"), "--neighbours", 3, "--tolerance", 0.2,
                      "--out", test.path("own.safetensors"))
        for name, arguments in (("OWN", (test.path("own.safetensors"),)), ("RUN", ("sphere",)),
                                ("BARE", ("sphere", "--decoder-steps", "0"))):
            test.succeeds("train", *arguments[:1], "--out", test.path(name), *TINY, *arguments[1:])

    def interpolate(self, run, images, *arguments):
        """The arrays of the file and the printed summary."""
        out = self.path("out.safetensors")
        text = self.succeeds("interpolate", self.path(run), self.path(images), "--out", out,
                             "--json", "--quiet", *arguments)
        arrays, _ = lowbend_numpy.read_safetensors(out)
        return arrays, json.loads(text)

    def codes(self, run, images):
        self.succeeds("encode", self.path(run), self.path(images), "--out", self.path("z.npy"))
        return np.load(self.path("z.npy"))

    def check(self, run, arrays, codes, places):
        """Frames at (from, to, line, t): their codes are on the lines, and their images are the
        decoded codes."""
        start, end, line, t = (np.array(column) for column in zip(*places))
        line_codes = ((1.0 - t)[:, None] * codes[start].astype(np.float64) +
                      t[:, None] * codes[end].astype(np.float64))
        self.assertEqual(arrays["latent"].dtype, np.float32)
        np.testing.assert_allclose(arrays["latent"], line_codes, rtol=0,
                                   atol=1e-6 * np.abs(codes).max())
        np.testing.assert_array_equal(arrays["line"], line)
        np.testing.assert_array_equal(arrays["t"], t.astype(np.float32))
        at_ends = (t == 0.0) | (t == 1.0)
        keys = np.where(t == 0.0, start, end)[at_ends]
        np.testing.assert_array_equal(arrays["latent"][at_ends], codes[keys])
        np.save(self.path("latent.npy"), arrays["latent"])
        self.succeeds("decode", self.path(run), self.path("latent.npy"), "--out",
                      self.path("decoded.npy"))
        decoded = np.load(self.path("decoded.npy"))
        self.assertEqual(arrays["images"].shape, decoded.shape)
        np.testing.assert_allclose(arrays["images"], decoded, rtol=0, atol=1e-6)

    def check_lengths(self, facts, codes, lines, images=None):
        lengths = [np.linalg.norm(codes[b].astype(np.float64) - codes[a]) for a, b in lines]
        self.assertEqual([(line["from"], line["to"]) for line in facts["lines"]], lines)
        np.testing.assert_allclose([line["length"] for line in facts["lines"]], lengths, rtol=1e-9)
        self.assertAlmostEqual(facts["length"] / sum(lengths), 1.0, places=9)
        for line, (a, b) in zip(facts["lines"], lines):
            if images is None:
                self.assertIsNone(line["image_distance"])
            else:
                distance = np.linalg.norm(images[a].astype(np.float64) - images[b])
                self.assertAlmostEqual(line["image_distance"], distance / 255.0, places=5)

    def test_path(self):
        """Images from a file and from a folder of the same pictures."""
        codes = self.codes("OWN", "keys.npy")
        lines = [(i, i + 1) for i in range(4)]
        places = [(0, 1, 0, 0.0)] + [(a, b, a, j / 4) for a, b in lines for j in range(1, 5)]
        places = [(a, b, a, t) if t < 1.0 or b == 4 else (b, b + 1, b, 0.0)
                  for a, b, _, t in places]
        for name in ("keys.npy", "pictures"):
            arrays, facts = self.interpolate("OWN", name, "--frames", 5)
            self.assertEqual(facts["frames"], 17)
            self.check("OWN", arrays, codes, places)
            self.check_lengths(facts, codes, lines, np.load(self.path("keys.npy")))

    def test_folder_is_encoded_as_its_array(self):
        np.testing.assert_array_equal(self.codes("OWN", "keys.npy"), self.codes("OWN", "pictures"))

    def test_loop(self):
        codes = self.codes("OWN", "keys.npy")
        lines = [(i, (i + 1) % 5) for i in range(5)]
        arrays, facts = self.interpolate("OWN", "keys.npy", "--frames", 4, "--loop")
        self.assertEqual(facts["frames"], 15)
        self.check("OWN", arrays, codes, [(a, b, a, j / 3) for a, b in lines for j in range(3)])
        self.check_lengths(facts, codes, lines, np.load(self.path("keys.npy")))

    def test_separate_lines(self):
        codes = self.codes("OWN", "images.npy")
        lines = [(0, 39), (7, 7), (20, 3)]
        arrays, facts = self.interpolate("OWN", "images.npy", "--between", "0:39,7:7,20:3",
                                         "--frames", 2)
        self.check("OWN", arrays, codes,
                   [(a, b, i, float(j)) for i, (a, b) in enumerate(lines) for j in range(2)])
        self.check_lengths(facts, codes, lines, np.load(self.path("images.npy")))

    def test_codes_and_default_frames(self):
        """Codes instead of images, and a RUN of a dataset whose images are vectors."""
        codes = np.random.default_rng(3).normal(size=(3, 4)).astype(np.float32)
        np.save(self.path("codes.npy"), codes)
        arrays, facts = self.interpolate("RUN", "codes.npy")
        self.check("RUN", arrays, codes, [(min(i // 8, 1), min(i // 8, 1) + 1, min(i // 8, 1),
                                           i / 8 - min(i // 8, 1)) for i in range(17)])
        self.check_lengths(facts, codes, [(0, 1), (1, 2)])
        images = np.random.default_rng(4).normal(size=(3, 3)).astype(np.float32)
        lowbend_numpy.write_safetensors(self.path("both.safetensors"),
                                        {"latent": codes, "images": images})
        np.save(self.path("images3.npy"), images)
        arrays, _ = self.interpolate("RUN", "both.safetensors", "--frames", 2)
        np.testing.assert_array_equal(arrays["latent"], self.codes("RUN", "images3.npy"))

    def test_npy_gets_the_images(self):
        arrays, _ = self.interpolate("OWN", "keys.npy")
        out = self.path("frames.npy")
        self.succeeds("interpolate", self.path("OWN"), self.path("keys.npy"), "--out", out)
        np.testing.assert_array_equal(np.load(out), arrays["images"])

    def test_many_frames(self):
        """More than one batch: a batch has 2^22 numbers, an image 63."""
        count = 70000
        codes = self.codes("OWN", "keys.npy")
        arrays, facts = self.interpolate("OWN", "keys.npy", "--between", "1:4", "--frames", count)
        self.assertEqual(facts["frames"], count)
        t = np.arange(count) / (count - 1)
        self.check("OWN", arrays, codes, [(1, 4, 0, x) for x in t])

    def test_table(self):
        text = self.succeeds("interpolate", self.path("OWN"), self.path("images.npy"), "--out",
                             self.path("out.npy"), "--frames", 3)
        lines = text.splitlines()
        self.assertEqual(len(lines), 23)
        self.assertEqual(lines[1].split()[:2], ["0", "1"])
        self.assertIn("19 more lines", lines[21])
        self.assertIn("79 frames of 39 lines", lines[22])

    def picture_size(self, *arguments):
        path = self.path("strips.png")
        self.succeeds("interpolate", self.path("OWN"), *arguments, "--picture", path)
        data = pathlib.Path(path).read_bytes()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        return struct.unpack(">II", data[16:24])

    def test_pictures(self):
        keys = self.path("keys.npy")
        width, height = self.picture_size(keys, "--between", "0:4", "--frames", 3)
        wide, high = self.picture_size(keys, "--between", "0:4,1:2", "--frames", 5)
        self.assertGreater(wide, width + 2 * 72)  # two more images, enlarged 8 times
        self.assertGreater(high, height + 2 * 56)
        most, _ = self.picture_size(keys, "--between", "0:4", "--frames", 1000)
        self.assertEqual(most, self.picture_size(keys, "--between", "0:4", "--frames", 11)[0])
        self.codes("OWN", "keys.npy")
        without_keys, low = self.picture_size(self.path("z.npy"), "--between", "0:4", "--frames", 3)
        self.assertLess(without_keys, width)
        self.assertLess(low, height)

    def refused(self, status, words, *arguments):
        self.fails(status, words, "interpolate", *arguments)
        self.assertFalse((self.folder / "no.npy").exists())

    def test_refused(self):
        own, run, keys = self.path("OWN"), self.path("RUN"), self.path("keys.npy")
        out = ("--out", self.path("no.npy"))
        self.refused(1, ["keys.npy", "5 rows"], own, keys, *out, "--between", "0:5")
        self.refused(1, ["keys.npy", "(5,7,9)", "(n,1,1,3)", "(n,4)"], run, keys, *out)
        self.refused(1, ["BARE", "no decoder"], self.path("BARE"), keys, *out)
        self.refused(1, ["missing.npy"], own, self.path("missing.npy"), *out)
        np.save(self.path("one.npy"), blobs(1))
        self.refused(1, ["one.npy", "one row"], own, self.path("one.npy"), *out)
        images = np.zeros((3,) + SHAPE, np.float32)
        images[1, 2, 3] = np.nan
        np.save(self.path("nan.npy"), images)
        self.refused(1, ["nan.npy", "NaN", "element 84"], own, self.path("nan.npy"), *out)
        np.save(self.path("points.npy"), np.zeros((3, 3), np.float32))
        self.refused(1, ["1 or 3 channels"], run, self.path("points.npy"), *out, "--picture",
                     self.path("no.png"))
        self.refused(1, ["/proc/nonesuch"], own, keys, "--out", "/proc/nonesuch/x.npy")
        for between in ("", "0", "0:", ":1", "0:1,", "a:b", "0:1:2", "-1:0", "0-1", "0:1;2:3"):
            self.refused(2, ["--between"], own, keys, *out, f"--between={between}")
        self.refused(2, ["--frames"], own, keys, *out, "--frames", 1)
        self.refused(2, ["--loop"], own, keys, *out, "--between", "0:1", "--loop")
        self.refused(2, ["--out or --picture"], own, keys)
        self.refused(2, ["--picture", "no.png"], own, keys, "--out", self.path("no.png"))
        self.refused(2, ["no.jpg", ".png"], own, keys, "--picture", self.path("no.jpg"))
        self.refused(2, ["without IMAGES"], own, keys, *out, "--pairs", 3)
        self.refused(2, ["RUN IMAGES"], run, "--out", self.path("no.png"), "--loop")

    def test_other_pictures_are_png_too(self):
        jpg = ("--out", self.path("no.jpg"))
        for command in (("render", "sundial"), ("interpolate", self.path("RUN")),
                        ("converge", "sphere")):
            self.fails(2, ["no.jpg", ".png"], *command, *jpg)


harness.main()
