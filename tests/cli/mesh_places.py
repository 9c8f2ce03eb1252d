"""The picture of a mesh does not depend on its units, its position, or the order in which the
corners of its faces are listed."""

import pathlib

import numpy

import harness
import lowbend_numpy

CASES = pathlib.Path(__file__).resolve().parent.parent / "cases" / "mesh"
SIZES = (16, 32, 48, 64, 100)
# Rounding error of the surfels' places in float32, times the slope of a picture. It grows with the
# size because pixels get narrower; 2e-6 was measured at 100. A surfel in another cluster changes
# some pixels by 0.01 or more.
ROUNDING = 1e-5
OCTAHEDRON = """v 1 0 0
v -1 0 0
v 0 1 0
v 0 -1 0
v 0 0 1
v 0 0 -1
f 1 3 5
f 3 2 5
f 2 4 5
f 4 1 5
f 3 1 6
f 2 3 6
f 4 2 6
f 1 4 6
"""
# Its volume is 0; rounding must not decide which side is the front.
TILTED_PLATE = """v 0.1 0.2 0.3
v 1.1 0.5 0.7
v 1.4 1.6 0.2
v 0.4 1.3 -0.2
f 1 2 3 4
"""


def moved(text, scale, shift):
    lines = []
    for line in text.splitlines():
        words = line.split()
        if words and words[0] == "v":
            words[1:] = [repr(float(x) * scale + s) for x, s in zip(words[1:], shift)]
        lines.append(" ".join(words))
    return "\n".join(lines) + "\n"


class MeshPlaces(harness.CommandTest):
    def images(self, mesh, size):
        file = self.folder / "images.safetensors"
        self.succeeds("sample", "rotating-object", "--mesh", mesh, "--pairs", "4", "--size", size,
                      "--out", file)
        return lowbend_numpy.read_safetensors(file)[0]["x"]

    def images_of(self, text, size):
        file = self.folder / "mesh.obj"
        file.write_text(text)
        return self.images(file, size)

    def check_same(self, images, wanted, what):
        self.assertGreater(wanted.max() - wanted.min(), 0.2)
        self.assertLessEqual(abs(images - wanted).max(), ROUNDING, what)

    def test_tiny_and_far(self):
        for size in SIZES:
            wanted = self.images(CASES / "ok.obj", size)
            for name in ("tiny.obj", "far.obj"):
                self.check_same(self.images(CASES / name, size), wanted, (name, size))

    def test_ties(self):
        """Equal sides, edges and faces, which rounding must not distinguish."""
        box = (CASES / "ok.obj").read_text()
        for name, text in (("box", box), ("octahedron", OCTAHEDRON), ("plate", TILTED_PLATE)):
            for size in (32, 48):
                wanted = self.images_of(text, size)
                for scale, shift in ((1e20, (0, 0, 0)), (0.1, (0, 0, 0)),
                                     (0.1, (4.5e6 + 0.3, 1000.1, 7.7)), (1, (0, 4.5e6, -0.1))):
                    self.check_same(self.images_of(moved(text, scale, shift), size), wanted,
                                    (name, size, scale, shift))

    def test_concave_face(self):
        """The L starting at any of its corners, in OBJ and OFF, looks like the L of two rectangles.
        Its triangles are cut into different pieces, so its edges differ by up to a tenth."""
        lines = (CASES / "concave.obj").read_text().splitlines()
        points = [line for line in lines if line.startswith("v ")]
        vertices = "\n".join(points) + "\n"
        wanted = self.images_of(vertices + "v 0 1 0\nf 4 7 2 3\nf 5 6 1 7\n", 32)
        fan = self.images_of(vertices + "f 1 2 3\nf 1 3 4\nf 1 4 5\nf 1 5 6\n", 32)
        off = self.folder / "l.off"
        off.write_text("OFF\n6 1 6\n" + "\n".join(p[2:] for p in points) + "\n6 0 1 2 3 4 5\n")
        images = [self.images(CASES / "concave.obj", 32), self.images(off, 32)]
        for first in range(6):
            corners = [str((first + i) % 6 + 1) for i in range(6)]
            images.append(self.images_of(vertices + "f " + " ".join(corners) + "\n", 32))
        for i, l in enumerate(images):
            self.assertLess(numpy.abs(l - wanted).mean(), 0.2 * numpy.abs(fan - wanted).mean(), i)

    def test_formats(self):
        """The same box in binary, written by numpy; float32 represents its values exactly."""
        lines = [line.split() for line in (CASES / "ok.obj").read_text().splitlines()]
        points = numpy.array([line[1:] for line in lines if line[0] == "v"], dtype=numpy.float32)
        faces = numpy.array([line[1:] for line in lines if line[0] == "f"], dtype=numpy.int64) - 1
        triangles = faces[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)
        facets = numpy.zeros(len(triangles), dtype=[("normal", "<f4", 3), ("points", "<f4", (3, 3)),
                                                    ("attribute", "<u2")])
        facets["points"] = points[triangles]
        files = {"box.stl": bytes(80) + numpy.uint32(len(facets)).tobytes() + facets.tobytes()}
        for order, name in (("<", "little"), (">", "big")):
            rows = numpy.zeros(len(faces), dtype=[("count", "u1"), ("corners", order + "i4", 4)])
            rows["count"], rows["corners"] = 4, faces
            header = (f"ply\nformat binary_{name}_endian 1.0\nelement vertex {len(points)}\n"
                      "property float x\nproperty float y\nproperty float z\n"
                      f"element face {len(faces)}\nproperty list uchar int vertex_indices\n"
                      "end_header\n")
            files[name + ".ply"] = (header.encode() + points.astype(order + "f4").tobytes() +
                                    rows.tobytes())
        wanted = self.images(CASES / "ok.obj", 32)
        for name, content in files.items():
            file = self.folder / name
            file.write_bytes(content)
            self.check_same(self.images(file, 32), wanted, name)


harness.main()
