"""pairs: graph distances and midpoints against numpy, folders of PNG files, rejected input."""

import json
import os
import pathlib
import zlib

import numpy as np

import harness
import lowbend_numpy
import png_numpy

COUNT = 240
NEIGHBOURS = 6


def graph_distances(images, k):
    """All distances by Floyd-Warshall in the symmetric graph of the k nearest neighbours."""
    images = images.reshape(len(images), -1).astype(np.float64)
    direct = np.linalg.norm(images[:, None] - images[None], axis=-1)
    near = np.argsort(direct, axis=1, kind="stable")[:, 1:k + 1]
    distance = np.full_like(direct, np.inf)
    np.put_along_axis(distance, near, np.take_along_axis(direct, near, 1), 1)
    distance = np.minimum(distance, distance.T)
    edges = np.isfinite(distance)
    np.fill_diagonal(distance, 0.0)
    lengths = distance[edges]
    for m in range(len(distance)):
        distance = np.minimum(distance, distance[:, m, None] + distance[None, m])
    return distance, edges, lengths


class Pairs(harness.CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rng = np.random.default_rng(5)
        angle = rng.uniform(0.0, 1.5, COUNT)
        height = rng.uniform(0.0, 1.0, COUNT)
        sheet = np.stack([np.cos(angle), np.sin(angle), height, 0.0 * angle], axis=1)
        turn, _ = np.linalg.qr(rng.normal(size=(4, 4)))  # aligned with none of its axes
        cls.images = (sheet @ turn).astype(np.float32)
        np.save(cls.folder / "sheet.npy", cls.images)

    def make(self, *arguments, images="sheet.npy"):
        path = self.path("pairs.safetensors")
        text = self.succeeds("pairs", self.path(images), "--out", path, "--json", "--quiet",
                             *arguments)
        arrays, _ = lowbend_numpy.read_safetensors(path)
        return arrays, json.loads(text)

    def test_every_pair_equals_numpy(self):
        arrays, facts = self.make("--neighbours", NEIGHBOURS, "--tolerance", 0.2)
        distance, edges, lengths = graph_distances(self.images, NEIGHBOURS)
        self.assertEqual(facts["images"], COUNT)
        self.assertEqual(facts["edges"], edges.sum() // 2)
        self.assertAlmostEqual(facts["longest_edge"], lengths.max(), places=6)
        self.assertAlmostEqual(facts["median_edge"], np.median(lengths), delta=1e-3)
        self.assertAlmostEqual(facts["epsilon"], 4.0 * facts["median_edge"], places=12)
        x, y, middle = arrays["index"].T
        for name, index in (("x", x), ("y", y), ("average", middle)):
            self.assertTrue(np.array_equal(arrays[name], self.images[index]), name)
        self.assertTrue((x < y).all())
        d = distance[x, y]
        self.assertLess(np.abs(arrays["distance"] / d - 1.0).max(), 1e-6)
        # The average is on a shortest path, and its offset equals the reported one.
        through = distance[x, middle] + distance[middle, y]
        self.assertLess(np.abs(through / d - 1.0).max(), 1e-12)
        offset = np.abs(distance[x, middle] - d / 2.0) / d
        self.assertLess(offset.max(), 0.2)
        self.assertAlmostEqual(facts["offset_mean"], offset.mean(), places=9)
        self.assertAlmostEqual(facts["offset_max"], offset.max(), places=9)
        self.assertAlmostEqual(facts["bending_bias"] / np.mean((8.0 * offset / d) ** 2), 1.0)
        self.assertAlmostEqual(facts["smallest"], d.min(), places=12)
        self.assertAlmostEqual(facts["largest"], d.max(), places=12)
        # All pairs with such an image on their path are included.
        candidates = (distance <= facts["epsilon"]) & ~edges & (distance > 0.0)
        self.assertEqual(facts["candidates"], candidates.sum() // 2)
        best = np.full_like(distance, np.inf)
        for m in range(COUNT):
            on_path = np.abs(distance[:, m, None] + distance[None, m] - distance) < 1e-12
            away = np.abs(distance[:, m, None] - distance / 2.0)
            best = np.where(on_path, np.minimum(best, away), best)
        within = candidates & (best <= 0.2 * distance)
        self.assertEqual(facts["within"], within.sum() // 2)
        self.assertEqual(facts["pairs"], len(x))
        self.assertEqual(len(x), facts["within"])

    def test_limits(self):
        arrays, facts = self.make("--epsilon", 0.5, "--tolerance", 0.02, "--pairs", 40, "--seed", 1)
        self.assertEqual(len(arrays["x"]), 40)
        self.assertGreater(facts["within"], 40)
        self.assertLessEqual(arrays["distance"].max(), 0.5)
        self.assertLess(facts["offset_max"], 0.02)
        again, _ = self.make("--epsilon", 0.5, "--tolerance", 0.02, "--pairs", 40, "--seed", 1)
        other, _ = self.make("--epsilon", 0.5, "--tolerance", 0.02, "--pairs", 40, "--seed", 2)
        self.assertTrue(np.array_equal(arrays["index"], again["index"]))
        self.assertFalse(np.array_equal(arrays["index"], other["index"]))

    def test_training(self):
        path = self.path("train.safetensors")
        text = self.succeeds("pairs", self.path("sheet.npy"), "--out", path, "--quiet")
        self.assertEqual([line.split()[0] for line in text.splitlines()],
                         ["images", "found", "written", "bias", "suggested"])
        self.succeeds("train", path, "--out", self.path("RUN"), "--hidden", "16", "--latent", 3,
                      "--pairs", 32, "--steps", 20, "--decoder-steps", 10, "--quiet")
        # train used the suggested values, which are in units of the distances.
        config = json.loads((self.folder / "RUN" / "config.json").read_text())
        words = text.splitlines()[-1].replace(":", "").split()
        self.assertAlmostEqual(float(words[2]), config["epsilon"], delta=1e-3 * config["epsilon"])
        self.assertAlmostEqual(float(words[5]), config["lambda"], delta=1e-3 * config["lambda"])
        self.assertAlmostEqual(config["lambda"], config["epsilon"] ** 2,
                               delta=0.1 * config["lambda"])
        facts = json.loads(self.succeeds("pairs", self.path("sheet.npy"), "--out", path, "--json",
                                         "--quiet"))
        self.assertAlmostEqual(facts["suggested_epsilon"], config["epsilon"], places=6)
        self.assertEqual(facts["suggested_lambda"], config["lambda"])

    def test_too_few_neighbours(self):
        rows = np.arange(40.0, dtype=np.float32)[:, None]
        rows[25:] += 100.0
        rows[37:] += 100.0
        np.save(self.path("parts.npy"), rows)
        self.fails(1, ["parts.npy", "3 components of 25, 12, 3 images", "--neighbours"], "pairs",
                   self.path("parts.npy"), "--neighbours", 2, "--out", self.path("no.safetensors"))
        self.assertFalse(os.path.exists(self.path("no.safetensors")))

    def refused(self, words, array, *arguments, name="bad.npy"):
        np.save(self.path(name), array)
        self.fails(1, words, "pairs", self.path(name), "--out", self.path("no.safetensors"),
                   *arguments)

    def test_refused(self):
        self.refused(["<c8", "float32"], np.zeros((30, 4), np.complex64))
        self.refused(["bad.npy"], np.zeros((0, 4), np.float32))
        self.refused(["too few"], np.zeros((5, 4), np.float32))
        self.refused(["equal"], np.zeros((30, 4), np.float32))
        self.refused(["NaN", "element 5"],
                     np.where(np.arange(120) == 5, np.nan, 0).reshape(30, 4).astype(np.float32))
        self.refused(["midpoint", "--epsilon"], self.images, "--epsilon", 1e-3)
        self.fails(1, ["missing"], "pairs", self.path("missing.npy"), "--out",
                   self.path("no.safetensors"))
        self.fails(2, ["--out"], "pairs", self.path("sheet.npy"))
        for option, value in (("--neighbours", 0), ("--tolerance", 0), ("--tolerance", 0.5),
                              ("--pairs", 0), ("--epsilon", 0)):
            self.fails(2, [option], "pairs", self.path("sheet.npy"), "--out", self.path("no"),
                       option, value)


class Folder(harness.CommandTest):
    """A folder of PNG files: blobs along a line, so the graph is connected."""

    SHAPE = (7, 9)

    def blob(self, i):
        rows, columns = np.mgrid[:self.SHAPE[0], :self.SHAPE[1]]
        return (255 * np.exp(-((columns - 1.0 - 0.3 * i) ** 2 + (rows - 3) ** 2) / 6)).astype(
            np.uint8)

    def fill(self, name, write_one):
        folder = self.folder / name
        folder.mkdir()
        for i in range(24):
            write_one(str(folder / f"{i:02}.png"), self.blob(i), i)
        (folder / "notes.txt").write_text("not a picture")
        return folder

    def check(self, folder, images):
        path = self.path("pairs.safetensors")
        self.succeeds("pairs", folder, "--neighbours", 3, "--tolerance", 0.2, "--out", path)
        arrays, _ = lowbend_numpy.read_safetensors(path)
        self.assertEqual(arrays["x"].dtype, np.uint8)
        x, y, middle = arrays["index"].T
        for name, index in (("x", x), ("y", y), ("average", middle)):
            self.assertTrue(np.array_equal(arrays[name], images[index]), name)

    def test_grey(self):
        """Every second file interlaced, with an opaque alpha channel, and with an upper-case
        extension."""
        def write(path, samples, i):
            path = path if i % 3 else path.replace(".png", ".PNG")
            if i % 2 == 0:
                png_numpy.write(path, samples, png_numpy.GREY, interlaced=i % 4 == 0)
            else:
                opaque = np.full_like(samples, 255)
                png_numpy.write(path, np.stack([samples, opaque], -1), png_numpy.GREY_ALPHA,
                                interlaced=i % 4 == 1)
        images = np.stack([self.blob(i) for i in range(24)])[..., None]
        self.check(self.fill("grey", write), images)

    def test_colour(self):
        """RGB, opaque RGBA and a palette."""
        def colours(samples):
            return np.stack([samples, samples // 2, 255 - samples], -1)

        def write(path, samples, i):
            if i % 3 == 0:
                png_numpy.write(path, colours(samples), png_numpy.RGB)
            elif i % 3 == 1:
                full = np.full(self.SHAPE + (1,), 255)
                png_numpy.write(path, np.concatenate([colours(samples), full], -1), png_numpy.RGBA)
            else:
                palette = colours(np.arange(256, dtype=np.uint8)).astype(np.uint8).tobytes()
                png_numpy.write(path, samples, png_numpy.PALETTE, extra=[(b"PLTE", palette)])
        images = np.stack([colours(self.blob(i)) for i in range(24)])
        self.check(self.fill("colour", write), images)

    def test_few_bits(self):
        def write(path, samples, i):
            png_numpy.write(path, samples // 16, png_numpy.GREY, depth=4)
        images = np.stack([self.blob(i) // 16 * 17 for i in range(24)])[..., None]
        self.check(self.fill("bits", write), images)

    def test_refused(self):
        folder = self.fill("bad", lambda path, samples, i: png_numpy.write(path, samples,
                                                                           png_numpy.GREY))
        last = folder / "23.png"
        whole = last.read_bytes()

        def refused(*words):
            self.fails(1, ["23.png", *words], "pairs", folder, "--neighbours", 3, "--out",
                       self.path("no.safetensors"))

        png_numpy.write(last, self.blob(0)[:, :8], png_numpy.GREY)
        refused("8 x 7", "9 x 7")
        for damaged in (b"", whole[:-1], whole[:40], whole.replace(b"IDAT", b"IDAX")):
            last.write_bytes(damaged)
            refused("damaged")
        last.write_bytes(whole[:33] + png_numpy.chunk(b"IDAT", zlib.compress(bytes(1 << 29), 9)) +
                         png_numpy.chunk(b"IEND", b""))
        refused("damaged")  # half a gigabyte for 63 pixels
        last.write_bytes(whole)
        self.fails(1, ["temporary file", "TMPDIR"], "pairs", folder, "--neighbours", 3, "--out",
                   self.path("no.safetensors"), environment={"TMPDIR": self.path("nonesuch")})
        scratch = self.folder / "scratch"
        scratch.mkdir()
        self.succeeds("pairs", folder, "--neighbours", 3, "--tolerance", 0.2, "--out",
                      self.path("yes.safetensors"), environment={"TMPDIR": str(scratch)})
        self.assertEqual(list(scratch.iterdir()), [])
        empty = self.folder / "empty"
        pathlib.Path(empty).mkdir()
        self.fails(1, ["contains no picture"], "pairs", empty, "--out", self.path("no.safetensors"))


harness.main()
