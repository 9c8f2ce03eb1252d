"""render: contact sheets of images, clouds of point datasets."""

import struct

import harness


class Render(harness.CommandTest):
    def render(self, name, *arguments):
        """Bytes, width and height of the PNG."""
        file = self.folder / f"{name}.png"
        self.assertEqual(self.succeeds("render", *arguments, "--out", file), "")
        data = file.read_bytes()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        return data, *struct.unpack(">II", data[16:24])

    def test_sheet(self):
        data, width, height = self.render("a", "sundial", "--count", "12", "--columns", "4")
        self.assertGreaterEqual(width, 4 * 64)
        self.assertGreaterEqual(height, 3 * 64)
        self.assertEqual(self.render("b", "sundial", "--count", "12", "--columns", "4")[0], data)
        self.assertNotEqual(self.render("c", "sundial", "--count", "12", "--columns", "4",
                                        "--seed", "1")[0], data)
        _, wide, low = self.render("d", "sundial", "--count", "3", "--size", "100",
                                   "--cap", "20")
        self.assertGreaterEqual(wide, 300)
        self.assertLess(low, 200)

    def test_cloud(self):
        _, width, height = self.render("cloud", "sphere", "--count", "50")
        self.assertGreater(min(width, height), 300)

    def test_refused(self):
        out = ("--out", self.path("x.png"))
        self.fails(2, ["--out"], "render", "sphere")
        self.fails(2, ["--count"], "render", "sphere", *out, "--count", "0")
        self.fails(2, ["--columns"], "render", "sphere", *out, "--columns", "x")
        self.fails(1, ["spheer"], "render", "spheer", *out)
        self.fails(1, ["picture"], "render", "sundial", *out, "--count", "1000", "--columns",
                   "1000")
        self.fails(1, ["/proc/nonesuch"], "render", "sphere", "--out", "/proc/nonesuch/x.png")


harness.main()
