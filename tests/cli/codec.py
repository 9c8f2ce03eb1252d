"""encode, decode and sample against numpy in float64; damaged files."""

import os
import pathlib
import re
import struct
import subprocess
import sys

import numpy as np

import harness
import lowbend_numpy

RECOMPUTE = pathlib.Path(lowbend_numpy.__file__).parent / "recompute.py"
PAIRS = 4096


class Codec(harness.CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_folder = cls.folder / "RUN"
        command = [harness.PROGRAM, "train", "sphere", "--out", str(cls.run_folder), "--hidden",
                   "33,17", "--latent", "5", "--steps", "200", "--decoder-steps", "50", "--pairs",
                   "64", "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=harness.TIME_LIMIT)

    def close(self, actual, expected):
        """Float32 sums of at most 64 terms: 64 * 2^-24 of the largest value, with a margin."""
        self.assertEqual(actual.shape, expected.shape)
        error = np.abs(actual - expected).max()
        allowed = 2e-5 * max(1.0, np.abs(expected).max())
        self.assertLess(error, allowed)

    def test_round_trip_equals_numpy(self):
        rng = np.random.default_rng(1)
        images = rng.normal(size=(77, 3))
        images = (images / np.linalg.norm(images, axis=1, keepdims=True)).astype(np.float32)
        source, latent, back = (self.path(name) for name in ("in.npy", "z.safetensors", "out.npy"))
        np.save(source, images)
        self.succeeds("encode", self.run_folder, source, "--out", latent)
        arrays, _ = lowbend_numpy.read_safetensors(latent)
        codes = arrays["latent"]
        encoder = lowbend_numpy.Network(self.run_folder / "encoder.safetensors")
        decoder = lowbend_numpy.Network(self.run_folder / "decoder.safetensors")
        self.assertEqual(codes.dtype, np.float32)
        self.close(codes, encoder(images))
        self.succeeds("decode", self.run_folder, latent, "--out", back)
        self.close(np.load(back).reshape(77, 3), decoder(codes))

    def test_shapes_of_images(self):
        images = np.linspace(0.0, 1.0, 12, dtype=np.float32)
        outputs = []
        for shape in ((4, 3), (4, 1, 1, 3)):
            name = self.path(f"shape{len(shape)}.safetensors")
            lowbend_numpy.write_safetensors(name, {"images": images.reshape(shape)})
            self.succeeds("encode", self.run_folder, name, "--out", self.path("z.npy"))
            outputs.append(np.load(self.path("z.npy")))
        self.assertEqual(outputs[0].tobytes(), outputs[1].tobytes())

    def test_latent_file(self):
        arrays, _ = lowbend_numpy.read_safetensors(self.run_folder / "latent.safetensors")
        encoder = lowbend_numpy.Network(self.run_folder / "encoder.safetensors")
        self.assertEqual(len(arrays["points"]), len(arrays["latent"]))
        self.close(arrays["latent"], encoder(arrays["points"]))  # on `sphere` points are images

    def test_sample(self):
        path = self.path("pairs.safetensors")
        self.succeeds("sample", "sphere", "--pairs", "500", "--out", path, "--epsilon", "0.5",
                      "--min-distance", "0.2", "--seed", "11")
        pairs, _ = lowbend_numpy.read_safetensors(path)
        self.assertEqual({name: array.shape for name, array in pairs.items()},
                         {"x": (500, 3), "y": (500, 3), "average": (500, 3), "distance": (500,),
                          "point_x": (500, 3), "point_y": (500, 3), "point_average": (500, 3)})
        x, y, m = (pairs[name].astype(np.float64) for name in ("point_x", "point_y",
                                                               "point_average"))
        distance = 2.0 * np.arctan2(np.linalg.norm(x - y, axis=1), np.linalg.norm(x + y, axis=1))
        self.close(pairs["distance"], distance)
        self.assertGreaterEqual(distance.min(), 0.2 - 1e-6)
        self.assertLessEqual(distance.max(), 0.5 + 1e-6)
        middle = (x + y) / np.linalg.norm(x + y, axis=1, keepdims=True)
        self.close(m, middle)
        for name in ("x", "y", "average"):
            self.assertEqual(pairs[name].tobytes(), pairs["point_" + name].tobytes())
        again = self.path("again.safetensors")
        self.succeeds("sample", "sphere", "--pairs", "500", "--out", again, "--epsilon", "0.5",
                      "--min-distance", "0.2", "--seed", "11")
        self.assertEqual(pathlib.Path(path).read_bytes(), pathlib.Path(again).read_bytes())

    def test_sample_of_images(self):
        path = self.path("sundial.safetensors")
        self.succeeds("sample", "sundial", "--pairs", "3", "--size", "20", "--out", path)
        pairs, _ = lowbend_numpy.read_safetensors(path)
        self.assertEqual(pairs["average"].shape, (3, 20, 20, 1))
        self.assertGreaterEqual(pairs["x"].min(), 0.0)
        self.assertLessEqual(pairs["x"].max(), 1.0)

    def test_energy_of_fresh_pairs(self):
        """An independent E agrees with metrics.csv within 4 standard errors of the difference."""
        path = self.path("fresh.safetensors")
        self.succeeds("sample", "sphere", "--pairs", PAIRS, "--out", path, "--seed", "12345")
        output = subprocess.run([sys.executable, RECOMPUTE, self.run_folder, path], check=True,
                                capture_output=True, text=True).stdout
        recomputed = {name: (float(mean), float(error)) for name, mean, error in
                      re.findall(r"^(\w+) (\S+) \+- (\S+)$", output, re.MULTILINE)}
        lines = (self.run_folder / "metrics.csv").read_text().splitlines()
        names = lines[0].split(",")
        final = [dict(zip(names, line.split(","))) for line in lines if ",encoder-final," in line]
        self.assertEqual(len(final), 1, lines)
        for name, column in (("E", "loss"), ("distortion", "distortion"), ("bending", "bending")):
            mean, error = recomputed[name]
            difference = abs(mean - float(final[0][column]))
            print(f"{name}: numpy {mean} +- {error}, metrics.csv {final[0][column]}")
            self.assertLess(difference, 4.0 * np.sqrt(2.0) * error)

    def refused(self, words, name, content):
        path = self.path(name)
        pathlib.Path(path).write_bytes(content)
        self.fails(1, [name, *words], "encode", self.run_folder, path, "--out", self.path("z.npy"))
        self.assertFalse(os.path.exists(self.path("z.npy.tmp")))

    def test_damaged_files(self):
        good = self.path("good.safetensors")
        lowbend_numpy.write_safetensors(good, {"images": np.zeros((4, 3), np.float32)})
        content = pathlib.Path(good).read_bytes()
        for length in (0, 1, 7, 8, 9, 20, len(content) - 1):
            self.refused([], "cut.safetensors", content[:length])
        self.refused([], "garbage.safetensors", bytes(range(256)) * 8)
        self.refused([], "huge.safetensors", struct.pack("<Q", 2 ** 63) + content[8:])
        self.refused([], "json.safetensors", struct.pack("<Q", 8) + b"not json")
        self.refused([], "bad.npy", b"\x93NUMPY\x01\x00\xff\xff")

    def test_wrong_tensors(self):
        for name, array in (("shape", np.zeros((4, 7), np.float32)),
                            ("none", np.zeros((0, 3), np.float32)),
                            ("type", np.zeros((4, 3), np.complex64)),
                            ("rank", np.zeros(3, np.float32))):
            path = self.path(f"{name}.safetensors")
            lowbend_numpy.write_safetensors(path, {"images": array})
            self.fails(1, [f"{name}.safetensors"], "encode", self.run_folder, path, "--out",
                       self.path("z.npy"))
        path = self.path("pictures.safetensors")
        lowbend_numpy.write_safetensors(path, {"pictures": np.zeros((4, 3), np.float32)})
        self.fails(1, ["images"], "encode", self.run_folder, path, "--out", self.path("z.npy"))
        self.fails(1, ["missing.npy"], "encode", self.run_folder, self.path("missing.npy"), "--out",
                   self.path("z.npy"))

    def test_damaged_network(self):
        run = self.folder / "RUN-cut"
        run.mkdir()
        for path in self.run_folder.iterdir():
            (run / path.name).write_bytes(path.read_bytes())
        whole = (run / "encoder.safetensors").read_bytes()
        for content in (b"", whole[:100], whole[:-4]):
            (run / "encoder.safetensors").write_bytes(content)
            self.fails(1, ["encoder.safetensors"], "encode", run, self.path("in.npy"), "--out",
                       self.path("z.npy"))


harness.main()
