"""Arrays of every dtype, order and container written by numpy and PyTorch: each reads like the
float32, C-order array of the same values."""

import io
import json
import os
import pathlib
import random
import struct
import subprocess
import warnings
import zipfile

import numpy as np

import harness
import lowbend_numpy

ARRAYS = pathlib.Path(__file__).resolve().parent.parent / "cases" / "arrays"
TINY = ("--hidden", "16", "--latent", "3", "--pairs", "16", "--steps", "20", "--decoder-steps",
        "20", "--quiet", "--no-report")


def write_raw(path, tensors):
    """A safetensors file of (name, dtype, shape, bytes)."""
    header, data = {}, b""
    for name, dtype, shape, content in tensors:
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def bfloat16(values):
    """Bytes of bfloat16 and the floats they represent: bfloat16 is the upper half of a float32."""
    upper = np.ascontiguousarray(values, np.float32).view(np.uint32) >> 16
    return upper.astype("<u2").tobytes(), (upper << 16).astype(np.uint32).view(np.float32)


class ArrayTest(harness.CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counts = np.load(ARRAYS / "f32_0_255.npy")  # (24,8,8), integers from 4 to 223
        cls.unit = cls.counts / np.float32(255)

    def reads_as(self, path, images, *arguments):
        """Checks that `pairs` reads the file as exactly these images."""
        out = self.path("pairs.safetensors")
        facts = json.loads(self.succeeds("pairs", path, "--out", out, "--neighbours", 3,
                                         "--tolerance", 0.49, "--json", "--quiet", *arguments))
        self.assertEqual(facts["images"], len(images))
        arrays, _ = lowbend_numpy.read_safetensors(out)
        for name, index in zip(("x", "y", "average"), arrays["index"].T):
            self.assertEqual(arrays[name].dtype, images.dtype)
            np.testing.assert_array_equal(arrays[name], images[index], name)

    def refuses(self, words, path, *arguments):
        out = self.path("no.safetensors")
        message = self.fails(1, words, "pairs", path, "--out", out, *arguments)
        self.assertFalse(os.path.exists(out))
        return message


class Cases(ArrayTest):
    """Files of tests/cases; the README of the shared cases describes each."""

    def test_cases(self):
        for name in ("f64.npy", "fortran.npy", "extra_bf16.safetensors"):
            self.reads_as(ARRAYS / name, self.unit)


class Numpy(ArrayTest):
    def test_dtypes(self):
        """Both byte orders and both axis orders, with three and with four axes."""
        whole = (np.arange(24 * 6 * 5 * 2) * 37 % 101 - 40).reshape(24, 6, 5, 2)
        for code in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u4", "u8"):
            values = np.abs(whole) if code[0] == "u" else whole
            for order, axes in ("<F", ">C") if code != "f8" else ("<C", "<F", ">C", ">F"):
                np.save(self.path("a.npy"), np.asarray(values, order + code, order=axes))
                self.reads_as(self.path("a.npy"), values.astype(np.float32), "--scale", 1)
        np.save(self.path("a.npy"), np.asfortranarray(whole.astype(np.uint8)))
        self.reads_as(self.path("a.npy"), whole.astype(np.uint8))
        np.save(self.path("a.npy"), np.asfortranarray(whole.astype(np.float32)))
        self.reads_as(self.path("a.npy"), whole.transpose(0, 2, 3, 1).astype(np.float32),
                      "--scale", 1, "--layout", "chw")

    def test_versions(self):
        for version in ((1, 0), (2, 0), (3, 0)):
            with open(self.path("a.npy"), "wb") as file, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                np.lib.format.write_array(file, np.asfortranarray(self.unit.astype(">f8")),
                                          version)
            self.reads_as(self.path("a.npy"), self.unit)

    def test_rounding(self):
        """float64 is rounded to the nearest float32; the smallest half-precision numbers are
        exact."""
        rng = np.random.default_rng(3)
        wide = rng.random((24, 30))
        np.save(self.path("a.npy"), wide)
        self.reads_as(self.path("a.npy"), wide.astype(np.float32).reshape(24, 30))
        half = (rng.integers(0, 0x3c00, (24, 30))).astype(np.uint16).view(np.float16)
        np.save(self.path("a.npy"), half)
        self.reads_as(self.path("a.npy"), half.astype(np.float32))

    def test_bfloat16(self):
        """As saved by libraries that register bfloat16 with numpy: as two-byte values without a
        type."""
        content, values = bfloat16(self.unit)
        for kind in ("<V2", "|V2"):
            np.save(self.path("a.npy"), np.frombuffer(content, "V2").reshape(24, 8, 8))
            data = pathlib.Path(self.path("a.npy")).read_bytes().replace(b"|V2", kind.encode())
            pathlib.Path(self.path("a.npy")).write_bytes(data)
            self.reads_as(self.path("a.npy"), values)

    def test_bool(self):
        mask = self.unit > 0.3
        np.save(self.path("a.npy"), mask)
        self.reads_as(self.path("a.npy"), mask.astype(np.float32))
        self.refuses(["booleans", "--scale"], self.path("a.npy"), "--scale", 255)

    def test_ranges_of_integers(self):
        """Unsigned 16-bit values mean 0..65535; other integers mean themselves."""
        wide = (self.counts * 257).astype(np.uint16)
        for order in "<>":
            np.save(self.path("a.npy"), wide.astype(order + "u2"))
            self.reads_as(self.path("a.npy"), wide.astype(np.float32) / np.float32(65535))
        camera = (self.counts * 16).astype(np.uint16)
        np.save(self.path("a.npy"), camera)
        self.reads_as(self.path("a.npy"), camera.astype(np.float32) / np.float32(4095), "--scale",
                      4095)
        for dtype in (np.int16, np.int32, np.int64, np.uint32):
            np.save(self.path("a.npy"), self.counts.astype(dtype))
            self.refuses(["from 4 to 223", "--scale 255"], self.path("a.npy"))
            self.reads_as(self.path("a.npy"), self.unit, "--scale", 255)
        np.save(self.path("a.npy"), self.counts.astype(np.uint16))
        result = self.run_program("pairs", self.path("a.npy"), "--out",
                                  self.path("dark.safetensors"),
                                  "--neighbours", 3, "--tolerance", 0.49)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("reaches only 223 (if it holds bytes, use --scale 255)", result.stderr)

    def test_refusals_name_what_is_read(self):
        for array, name in ((self.unit.astype(np.complex64), "<c8"),
                            (self.unit.astype("S4"), "|S4"),
                            (np.zeros((24, 8), [("a", "<f4"), ("b", "<f4")]), "a record"),
                            (np.array([[None, "text"]] * 24), "|O"),
                            (np.zeros((24, 8), "datetime64[s]"), "<M8[s]")):
            np.save(self.path("no.npy"), array, allow_pickle=True)
            self.refuses([name, "floats of 16, 32 or 64 bits, integers, or bool", "float32"],
                         self.path("no.npy"))
        np.save(self.path("no.npy"), np.full((24, 8), 1e300))
        self.refuses(["NaN or infinity at element 0"], self.path("no.npy"))


class Archives(ArrayTest):
    def archive(self, save, **arrays):
        path = self.path("a.npz")
        save(path, **arrays)
        return path

    def test_members(self):
        for save in (np.savez, np.savez_compressed):
            self.reads_as(self.archive(save, labels=np.array([None, 1]), images=self.unit,
                                       z=np.zeros(3, complex)), self.unit)
            self.reads_as(self.archive(save, any_name=np.asfortranarray(self.unit.astype(">f8"))),
                          self.unit)
            self.reads_as(self.archive(save, images=(self.counts * 257).astype(np.uint16)),
                          (self.counts * 257) / np.float32(65535))
        np.savez(self.path("a.npz"), self.unit)
        self.reads_as(self.path("a.npz"), self.unit)

    def test_other_writers(self):
        """A comment at the end, folder entries, compression methods other than deflate."""
        npy = io.BytesIO()
        np.save(npy, self.unit)
        path = self.path("a.npz")
        with zipfile.ZipFile(path, "w") as archive:
            archive.comment = b"PK\5\6 is no end" * 7
            archive.writestr("README", "not an array")
            archive.writestr("other.npy", npy.getvalue(), zipfile.ZIP_LZMA)
            archive.writestr("images.npy", npy.getvalue(), zipfile.ZIP_DEFLATED)
        self.reads_as(path, self.unit)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("images.npy", npy.getvalue())
        content = pathlib.Path(path).read_bytes()
        for header, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
            at = content.index(header) + offset
            content = content[:at] + b"\6" + content[at + 1:]
        pathlib.Path(path).write_bytes(content)
        self.refuses(["`images`", "an unsupported compression method", "numpy.savez_compressed"],
                     path)

    def test_refusals(self):
        self.refuses(["no tensor `images`"], self.archive(np.savez, a=self.unit, b=self.unit))
        self.refuses(["`images`", "<c8", "float32"],
                     self.archive(np.savez, images=self.unit.astype(np.complex64)))
        self.refuses(["no tensor `images`"], self.archive(np.savez))
        for content, words in ((b"", ["zip archive"]), (b"\x93NUMPY....", ["end in .npy"]),
                               (b"PK\3\4" + bytes(60), ["zip archive"])):
            pathlib.Path(self.path("a.npz")).write_bytes(content)
            self.refuses(["a.npz", *words], self.path("a.npz"))

    def test_damage(self):
        """A truncated file or a changed byte is either rejected or, if that byte does not matter,
        read as before."""
        rng = random.Random(5)
        for save in (np.savez, np.savez_compressed):
            path = self.archive(save, images=self.unit)
            good = pathlib.Path(path).read_bytes()
            out = self.path("damaged.safetensors")
            for trial in range(16):
                bad = bytearray(good)
                if trial % 4 == 0:
                    bad = bad[:rng.randrange(len(good))]
                else:
                    bad[rng.randrange(len(good))] ^= 1 << rng.randrange(8)
                pathlib.Path(path).write_bytes(bad)
                result = self.run_program("pairs", path, "--out", out, "--neighbours", 3,
                                          "--tolerance", 0.49, "--quiet")
                self.assertIn(result.returncode, (0, 1), result.stderr)
                if result.returncode == 0:
                    arrays, _ = lowbend_numpy.read_safetensors(out)
                    np.testing.assert_array_equal(arrays["x"], self.unit[arrays["index"][:, 0]])


class Safetensors(ArrayTest):
    def test_dtypes(self):
        shape = [24, 8, 8]
        path = self.path("a.safetensors")
        for name, dtype in (("F16", "<f2"), ("F64", "<f8")):
            values = self.unit.astype(dtype)
            write_raw(path, [("images", name, shape, values.tobytes())])
            self.reads_as(path, values.astype(np.float32))
        content, values = bfloat16(self.unit)
        write_raw(path, [("images", "BF16", shape, content)])
        self.reads_as(path, values)
        for name, dtype in (("I8", "i1"), ("I16", "<i2"), ("I32", "<i4"), ("I64", "<i8"),
                            ("U32", "<u4"), ("U64", "<u8")):
            values = (self.counts // 2).astype(dtype)
            write_raw(path, [("images", name, shape, values.tobytes())])
            self.reads_as(path, values.astype(np.float32) / np.float32(111), "--scale", 111)
        wide = (self.counts * 257).astype("<u2")
        write_raw(path, [("images", "U16", shape, wide.tobytes())])
        self.reads_as(path, wide.astype(np.float32) / np.float32(65535))
        mask = self.unit > 0.3
        write_raw(path, [("images", "BOOL", shape, mask.tobytes())])
        self.reads_as(path, mask.astype(np.float32))

    def test_unneeded_tensors(self):
        """Tensors of any dtype, including later ones and ones smaller than a byte, are ignored."""
        for name, content in (("C64", bytes(16)), ("F8_E4M3", bytes(2)), ("F4", bytes(1)),
                              ("F7_NEW", bytes(5))):
            path = self.path("a.safetensors")
            write_raw(path, [("z", name, [2], content),
                             ("images", "F32", [24, 8, 8], self.unit.tobytes())])
            self.reads_as(path, self.unit)
            write_raw(path, [("images", name, [2], content)])
            self.refuses(["`images`", name, "floats of 16, 32 or 64 bits, integers, or bool"], path)


class Runs(ArrayTest):
    """Input of encode, decode and train."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        test = cls("setUp")
        np.save(cls.folder / "unit.npy", cls.unit)
        test.succeeds("pairs", test.path("unit.npy"), "--out", test.path("own.safetensors"),
                      "--tolerance", 0.49, "--quiet")
        test.succeeds("train", test.path("own.safetensors"), "--out", test.path("RUN"), *TINY)

    def apply(self, command, array, save=np.save):
        name = self.path("in.npy" if save is np.save else "in.npz")
        save(name, array)
        self.succeeds(command, self.path("RUN"), name, "--out", self.path("out.npy"))
        return np.load(self.path("out.npy"))

    def test_codes(self):
        codes = np.random.default_rng(2).normal(size=(5, 3)).astype(np.float16)
        wanted = self.apply("decode", codes.astype(np.float32))
        for array in (codes, codes.astype(np.float64), np.asfortranarray(codes.astype(">f8"))):
            np.testing.assert_array_equal(self.apply("decode", array), wanted)
        np.testing.assert_array_equal(self.apply("decode", codes, np.savez_compressed), wanted)
        np.save(self.path("in.npy"), np.zeros((5, 3), np.int64))
        self.fails(1, ["I64", "F16, BF16, F32 or F64"], "decode", self.path("RUN"),
                   self.path("in.npy"), "--out", self.path("no.npy"))

    def test_images(self):
        wanted = self.apply("encode", self.unit)
        exact = self.unit.astype(np.float64)
        for array in (exact, np.asfortranarray(exact), self.unit.astype(">f4"),
                      self.counts.astype(np.uint8)):
            np.testing.assert_array_equal(self.apply("encode", array), wanted)
        self.assertLess(np.abs(self.apply("encode", (self.counts * 257).astype(np.uint16)) -
                               wanted).max(), 1e-6)

    def test_pairs(self):
        """User pairs in half precision, in .npz files and as 16-bit integers train like float32
        pairs."""
        arrays, _ = lowbend_numpy.read_safetensors(self.path("own.safetensors"))
        wide = {name: (array * np.float32(65535)).round().astype(np.uint16)
                for name, array in arrays.items() if name in ("x", "y", "average")}
        half = {name: array.astype(np.float16) for name, array in arrays.items()
                if name in ("x", "y", "average")}
        distance = arrays["distance"]
        for images, single in ((half, {n: a.astype(np.float32) for n, a in half.items()}),
                               (wide, {n: a / np.float32(65535) for n, a in wide.items()})):
            np.savez_compressed(self.path("p.npz"), distance=distance.astype(np.float64), **images)
            write_raw(self.path("p.safetensors"),
                      [(n, {2: "F16"}.get(a.itemsize) if a.dtype.kind == "f" else "U16",
                        list(a.shape), a.tobytes()) for n, a in images.items()] +
                      [("distance", "F32", list(distance.shape), distance.tobytes())])
            lowbend_numpy.write_safetensors(self.path("single.safetensors"),
                                            {**single, "distance": distance})
            networks = []
            first = "p.npz" if images is half else "p.safetensors"
            for name in (first, "single.safetensors"):
                run = self.path("RUN-" + name)
                subprocess.run(["rm", "-rf", run], check=True)
                self.succeeds("train", self.path(name), "--out", run, *TINY)
                networks.append((pathlib.Path(run) / "encoder.safetensors").read_bytes())
            self.assertEqual(networks[0], networks[1])
            if first == "p.npz":
                self.succeeds("eval", self.path("RUN-p.npz"), "--quiet")


if __name__ == "__main__":
    harness.main()
