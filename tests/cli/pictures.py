"""Real-world pictures: formats, depths, transparency, folders, sizes."""

import json
import os
import pathlib
import shutil
import struct

import numpy as np

import harness
import jpeg_numpy
import lowbend_numpy
import png_numpy

CASES = pathlib.Path(__file__).resolve().parent.parent / "cases"
TINY = ("--hidden", "16", "--latent", "3", "--pairs", "16", "--steps", "20", "--decoder-steps",
        "20", "--quiet", "--no-report")
N = 6


def write_wide(path, samples, colour, **options):
    """A PNG file with 16 bits per sample, stored as two bytes."""
    height, width = samples.shape[:2]
    content = np.ascontiguousarray(samples.astype(">u2")).view(np.uint8)
    png_numpy.write(path, content.reshape(height, width, -1), colour, depth=16, **options)


def write_bmp(path, pixels, palette=None, from_top=False):
    """(height, width, 3) with 24 bits, or (height, width) of palette indices."""
    height, width = pixels.shape[:2]
    colours = b"" if palette is None else np.pad(palette[:, ::-1], ((0, 0), (0, 1))).tobytes()
    rows = pixels[..., ::-1] if palette is None else pixels
    lines = [row.tobytes() for row in (rows if from_top else rows[::-1])]
    data = b"".join(line + bytes(-len(line) % 4) for line in lines)
    begin = 54 + len(colours)
    with open(path, "wb") as file:
        file.write(struct.pack("<2sIHHI", b"BM", begin + len(data), 0, 0, begin))
        file.write(struct.pack("<IiiHHIIiiII", 40, width, -height if from_top else height, 1,
                               24 if palette is None else 8, 0, len(data), 0, 0,
                               0 if palette is None else len(palette), 0))
        file.write(colours + data)


def resize(images, size):
    """(n, H, W, C) to (n, size, size, C) with a triangle filter as wide as a new pixel, or an old
    one if that is wider, cut off at the borders."""
    def weights(length):
        ratio = length / size
        middles = (np.arange(size)[:, None] + 0.5) * ratio
        w = np.maximum(0, 1 - np.abs(np.arange(length) + 0.5 - middles) / max(ratio, 1))
        return w / w.sum(axis=1, keepdims=True)
    _, height, width, _ = images.shape
    return np.einsum("yi,xj,nijc->nyxc", weights(height), weights(width), images)


class PictureTest(harness.CommandTest):
    def setUp(self):
        self.pictures = self.folder / "pictures"
        shutil.rmtree(self.pictures, ignore_errors=True)
        self.pictures.mkdir()
        self.rng = np.random.default_rng(7)

    def noise(self, *shape, below=256):
        return self.rng.integers(0, below, (N, *shape))

    def save(self, ending, images, write, *arguments, **options):
        for i, image in enumerate(images):
            write(str(self.pictures / f"{i}{ending}"), image, *arguments, **options)

    def reads(self, *arguments, folder=None):
        """The images that `pairs` finds in the folder, and its messages."""
        out = self.path("pairs.safetensors")
        result = self.run_program("pairs", folder or self.pictures, "--out", out, "--neighbours",
                                  N - 2, "--tolerance", 0.49, "--epsilon", 1e3, "--json",
                                  *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        arrays, _ = lowbend_numpy.read_safetensors(out)
        images = np.zeros((json.loads(result.stdout)["images"], *arrays["x"].shape[1:]),
                          arrays["x"].dtype)
        for name, index in zip(("x", "y", "average"), arrays["index"].T):
            images[index] = arrays[name]
        return images, result.stderr, np.unique(arrays["index"])

    def reads_as(self, wanted, *arguments, said=(), tolerance=0.0, folder=None):
        images, text, seen = self.reads(*arguments, folder=folder)
        self.assertEqual(images.shape, wanted.shape)
        self.assertEqual(images.dtype, wanted.dtype)
        self.assertGreaterEqual(len(seen), min(3, len(wanted)))
        off = np.abs(images[seen].astype(np.float64) - wanted[seen].astype(np.float64)).max()
        self.assertLessEqual(off, tolerance)
        for words in said:
            self.assertEqual(text.count(words), 1, text)
        if not said:
            self.assertEqual(len(text.splitlines()), 1, text)  # only the note about the output file

    def refuses(self, words, *arguments, source=None):
        self.fails(1, words, "pairs", source or self.pictures, "--out",
                   self.path("no.safetensors"), *arguments)


class Png(PictureTest):
    def test_sixteen_bits(self):
        for shape, colour in (((5, 7), png_numpy.GREY), ((5, 7, 3), png_numpy.RGB)):
            for interlaced in (False, True):
                wide = self.noise(*shape, below=65536)
                self.save(".png", wide, write_wide, colour, interlaced=interlaced)
                self.reads_as((wide.reshape(N, 5, 7, -1) / np.float32(65535)).astype(np.float32))

    def test_mixed(self):
        """Converted to the widest channels, depth, or both; each change is reported once."""
        grey = self.noise(5, 7)
        self.save(".png", grey, png_numpy.write, png_numpy.GREY)
        colour = self.noise(5, 7, 3)[0]
        png_numpy.write(str(self.pictures / "3.png"), colour, png_numpy.RGB)
        wanted = np.repeat(grey[..., None], 3, axis=-1)
        wanted[3] = colour
        self.reads_as(wanted.astype(np.uint8),
                      said=["5 of 6 pictures are grey and are read as RGB"])
        wide = self.noise(5, 7, below=65536)[0]
        write_wide(str(self.pictures / "4.png"), wide, png_numpy.GREY)
        floats = wanted / np.float32(255)
        floats[4] = wide[..., None] / np.float32(65535)
        self.reads_as(floats.astype(np.float32), said=["5 of 6 pictures are grey",
                                                       "5 of 6 pictures have 8 bits"])

    def test_case_mixed_grey_rgb(self):
        images, text, _ = self.reads(folder=CASES / "png" / "mixed_grey_rgb")
        self.assertEqual(images.shape, (10, 8, 8, 3))
        self.assertEqual(text.count("are grey and are read as RGB"), 1)

    def test_transparency(self):
        for channels, colour in ((1, png_numpy.GREY_ALPHA), (3, png_numpy.RGBA)):
            samples = self.noise(5, 7, channels + 1)
            alpha = samples[..., -1:] / 255
            self.save(".png", samples, png_numpy.write, colour)
            for name, back in (("white", 255), ("black", 0)):
                wanted = np.floor(samples[..., :-1] * alpha + back * (1 - alpha) + 0.5)
                self.reads_as(wanted.astype(np.uint8), "--background", name,
                              said=[f"6 of 6 pictures are partly transparent and are "
                                    f"blended with {name}"])
            wanted = np.floor(samples[..., :-1] * alpha + 255 * (1 - alpha) + 0.5)
            self.reads_as(wanted.astype(np.uint8), said=["--background black for the other"])
            wide = self.noise(5, 7, channels + 1, below=65536)
            self.save(".png", wide, write_wide, colour)
            alpha = wide[..., -1:] / 65535
            wanted = wide[..., :-1] / 65535 * alpha + 1 - alpha
            self.reads_as(wanted.astype(np.float32), said=["blended with white"], tolerance=2e-7)
            samples[..., -1] = 255
            self.save(".png", samples, png_numpy.write, colour)
            self.reads_as(samples[..., :-1].astype(np.uint8))
        self.fails(2, ["--background"], "pairs", self.pictures, "--out", self.path("no.safetensors"),
                   "--background", "green")

    def test_palettes(self):
        palette = self.rng.integers(0, 256, (16, 3)).astype(np.uint8)
        numbers = self.noise(5, 8, below=16)
        self.save(".png", numbers, png_numpy.write, png_numpy.PALETTE, depth=4,
                  extra=[(b"PLTE", palette.tobytes())])
        self.reads_as(palette[numbers])
        self.save(".png", numbers, png_numpy.write, png_numpy.PALETTE, depth=4,
                  extra=[(b"PLTE", palette.tobytes()), (b"tRNS", bytes([0, 255]))])
        wanted = palette.copy()
        wanted[0] = 255
        self.reads_as(wanted[numbers], said=["blended with white"])


class OtherFormats(PictureTest):
    def test_bmp(self):
        colours = self.noise(5, 7, 3).astype(np.uint8)
        for from_top in (False, True):
            self.save(".bmp", colours, write_bmp, from_top=from_top)
            self.reads_as(colours)
        palette = self.rng.integers(0, 256, (256, 3)).astype(np.uint8)
        numbers = self.noise(5, 7).astype(np.uint8)
        self.save(".bmp", numbers, write_bmp, palette)
        self.reads_as(palette[numbers])
        self.cut("0.bmp", 20)

    def cut(self, name, most):
        """The file is rejected wherever it is truncated."""
        path = self.pictures / name
        content = path.read_bytes()
        for less in (1, most, len(content) - 20, len(content) - 3):
            path.write_bytes(content[:len(content) - less])
            self.refuses([name])
        path.write_bytes(content)

    def netpbm(self, kind, images, maximum, comment=b"# a comment\n"):
        height, width = images.shape[1:3]
        for i, image in enumerate(images):
            if kind in "23":
                body = "\n".join(map(str, image.ravel())).encode() + b"\n"
            else:
                body = image.astype(">u2" if maximum > 255 else "u1").tobytes()
            head = b"P" + kind.encode() + b"\n" + comment
            head += b"%d %d\n%d\n" % (width, height, maximum)
            (self.pictures / f"{i}.pnm").write_bytes(head + body)

    def test_netpbm(self):
        for maximum in (255, 15, 65535, 1000):
            for kind, channels in (("2", 1), ("3", 3), ("5", 1), ("6", 3)):
                samples = self.noise(5, 7, channels, below=maximum + 1)
                self.netpbm(kind, samples, maximum)
                exact = 255 % maximum == 0
                self.reads_as((samples * (255 // maximum)).astype(np.uint8) if exact else
                              (samples / np.float32(maximum)).astype(np.float32))
        self.cut("0.pnm", 30)
        path = self.pictures / "0.pnm"
        for content, words in ((b"P5 2 2 0 aaaa", "maximum of 0"), (b"P5 2 2 9 aaaa", "above its"),
                               (b"P2 2 1 9 3 x", "other than a number"), (b"P2 2 1 9 3 10", "too large"),
                               (b"P2 1 1 9 3 P2 1 1 9 3", "one picture per file"),
                               (b"P5 99999 99999 255 a", "at most 2^24"),
                               (b"P4 8 1 a", "PBM picture"), (b"Pf 8 1 a", "PFM picture")):
            path.write_bytes(content)
            self.refuses([words])

    def test_jpeg(self):
        """Smooth pictures, which change only by rounding when quantised by 1."""
        y, x = np.mgrid[:16, :24]
        grey = np.stack([127 + 100 * np.sin(0.2 * x + 0.3 * y + i) for i in range(N)])
        grey = grey.round().astype(np.uint8)
        self.save(".jpg", grey, jpeg_numpy.write)
        self.reads_as(grey[..., None], tolerance=1)
        colours = np.stack([grey, np.roll(grey, 1, axis=0), np.roll(grey, 2, axis=0)], axis=-1)
        self.save(".jpg", colours, jpeg_numpy.write)
        self.reads_as(colours, tolerance=3)
        self.cut("0.jpg", 30)
        path = self.pictures / "3.jpg"
        upright = path.read_bytes()
        for order in "<>":
            for orientation in (1, 6):
                tiff = struct.pack(order + "2sHIHHHIHH", b"II" if order == "<" else b"MM", 42, 8, 1,
                                   0x112, 3, 1, orientation, 0)
                path.write_bytes(b"\xff\xd8" + jpeg_numpy.segment(0xe1, b"Exif\0\0" + tiff) +
                                 upright[2:])
                self.reads_as(colours, tolerance=3, said=[] if orientation == 1 else
                              ["1 of 6 pictures have an orientation tag"])
        tables = upright.replace(bytes([0, 0, 0, 12]) + bytes(12), bytes([0, 0, 0, 12] + [255] * 12))
        self.assertNotEqual(tables, upright)
        path.write_bytes(tables)
        self.refuses(["3.jpg", "invalid Huffman table"])
        path.write_bytes(upright.replace(b"\xff\xc4", b"\xff\xef"))
        self.refuses(["3.jpg", "lacks a Huffman table"])
        path.write_bytes(upright)
        for i in range(N):  # the content of a file decides, not its name
            (self.pictures / f"{i}.jpg").rename(self.pictures / f"{i}.PNG")
        self.reads_as(colours, tolerance=3)

    def test_formats_that_are_not_read(self):
        for name, content, kind in (("a.webp", b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
                                    ("a.tif", b"II*\0" + bytes(20), "TIFF"),
                                    ("a.TIFF", b"MM\0*" + bytes(20), "TIFF"),
                                    ("a.gif", b"GIF89a" + bytes(20), "GIF"),
                                    ("a.heic", b"\0\0\0\x18ftypheic" + bytes(20), "HEIC")):
            path = self.pictures / name
            path.write_bytes(content)
            for source in (self.pictures, path):
                self.refuses([f"{name}: is a {kind} picture", "PNG, JPEG, BMP", "magick"],
                             source=source)
            path.unlink()
        (self.pictures / "a.png").write_bytes(b"something else")
        self.refuses(["a.png: is not a picture"])


class Folders(PictureTest):
    def test_recursive(self):
        """Subfolders are sorted among the names; other files are skipped."""
        images = self.noise(5, 7).astype(np.uint8)
        names = ["1.png", "2/1.png", "2/10/3.png", "2/11.png", "10.png", "11/a.png"]
        for name, image in zip(names, images):
            (self.pictures / name).parent.mkdir(parents=True, exist_ok=True)
            png_numpy.write(str(self.pictures / name), image, png_numpy.GREY)
        for name in (".DS_Store", "Thumbs.db", "._1.png", "labels.csv", "2/._1.png"):
            (self.pictures / name).write_bytes(b"\0\0\0\1Bud1")
        (self.pictures / ".hidden").mkdir()
        (self.pictures / ".hidden" / "1.png").write_bytes(b"no picture")
        os.symlink(self.pictures, self.pictures / "2" / "loop")
        self.reads_as(images[..., None], "--recursive")
        images_above, _, _ = self.reads("--neighbours", 1, folder=self.one_folder(images))
        self.assertEqual(len(images_above), 3)
        shutil.rmtree(self.folder / "above")
        (self.folder / "above" / "below").mkdir(parents=True)
        self.refuses(["contains no picture", "--recursive"], source=self.folder / "above")
        self.fails(1, ["would become one of the input pictures"], "interpolate", self.path("RUN"),
                   self.pictures, "--recursive", "--picture", self.pictures / "2" / "new.png")

    def one_folder(self, images):
        """Three pictures, and one in a subfolder, which is not included."""
        folder = self.folder / "above"
        (folder / "below").mkdir(parents=True)
        for name, image in zip(("1.png", "2.png", "3.png", "below/4.png"), images):
            png_numpy.write(str(folder / name), image, png_numpy.GREY)
        return folder

    def test_sizes(self):
        """Compared with the formula, for pictures and arrays, shrinking and growing."""
        images = self.noise(9, 14, 3)
        self.save(".png", images, png_numpy.write, png_numpy.RGB)
        for size in (4, 20):
            wanted = np.floor(resize(images, size) + 0.5).astype(np.uint8)
            self.reads_as(wanted, "--size", size, said=["6 of 6 pictures are not square"],
                          tolerance=1)
        np.save(self.path("a.npy"), images.astype(np.uint8))
        self.reads_as(np.floor(resize(images, 4) + 0.5).astype(np.uint8), "--size", 4,
                      folder=self.path("a.npy"), said=["14 x 9 pixels are stretched"], tolerance=1)
        floats = self.rng.random((N, 3, 12, 12))
        np.save(self.path("a.npy"), floats)
        self.reads_as(resize(floats.transpose(0, 2, 3, 1), 5).astype(np.float32), "--layout", "chw",
                      "--size", 5, folder=self.path("a.npy"), tolerance=1e-6)
        np.save(self.path("a.npy"), floats[:, 0])
        wanted = resize(floats[:, 0, ..., None], 5)[..., 0].astype(np.float32)
        self.reads_as(wanted, "--size", 5, folder=self.path("a.npy"), tolerance=1e-6)
        np.save(self.path("a.npy"), floats.reshape(N, -1))
        self.refuses(["no rows and columns"], "--size", 5, source=self.path("a.npy"))

    def test_unlike_sizes(self):
        for i in range(N):
            png_numpy.write(str(self.pictures / f"{i}.png"), self.noise(5 + i, 5 + i)[0],
                            png_numpy.GREY)
        self.refuses(["1.png: is 6 x 6", "are 5 x 5", "--size N"])
        images, _, _ = self.reads("--size", 8)
        self.assertEqual(images.shape, (N, 8, 8, 1))

    def test_encode(self):
        """One picture, a folder, and an array of the same pictures give the same codes; resized on
        request."""
        images = np.load(CASES / "arrays" / "f32_0_255.npy").astype(np.uint8)
        self.save(".png", images, png_numpy.write, png_numpy.GREY)
        self.succeeds("pairs", self.pictures, "--out", self.path("pairs.safetensors"),
                      "--tolerance", 0.49)
        self.succeeds("train", self.path("pairs.safetensors"), "--out", self.path("RUN"), *TINY)
        np.save(self.path("images.npy"), images)

        def encode(source, *arguments):
            self.succeeds("encode", self.path("RUN"), source, "--out", self.path("z.npy"),
                          *arguments)
            return np.load(self.path("z.npy"))
        codes = encode(self.path("images.npy"))
        np.testing.assert_array_equal(encode(self.pictures), codes)
        np.testing.assert_array_equal(encode(self.pictures / "2.png"), codes[2:3])
        wide = np.kron(images[2], np.ones((3, 3), np.uint8))
        png_numpy.write(str(self.pictures / "2.png"), wide, png_numpy.GREY)
        self.fails(1, ["(1,24,24,1)", "use --size 8"], "encode", self.path("RUN"),
                   self.pictures / "2.png", "--out", self.path("no.npy"))
        self.assertEqual(encode(self.pictures / "2.png", "--size", 8).shape, (1, 3))


if __name__ == "__main__":
    harness.main()
