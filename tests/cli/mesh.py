"""--mesh: a mesh of the user's in every command that takes one, kept by its RUN, refused if it is
damaged, gone or another one."""

import csv
import json
import math
import pathlib

import harness

BUNNY = pathlib.Path("/usr/share/glmark2/models/bunny.obj")  # from Debian's glmark2-data
SMALL = ("--size", "16", "--hidden", "32", "--latent", "9", "--pairs", "16", "--log-every", "20",
         "--decoder-steps", "10")


def ball(n, inside=0.7):
    """A bumpy ball in OFF with about 4 n^2 triangles and no symmetry."""
    points, faces = [], []
    for row in range(n + 1):
        for column in range(2 * n):
            a, b = math.pi * row / n, math.pi * column / n
            r = 1 + 0.3 * math.sin(3 * a) * math.cos(2 * b + a)
            points.append((r * math.sin(a) * math.cos(b), inside * r * math.sin(a) * math.sin(b),
                           1.3 * r * math.cos(a)))
    for row in range(n):
        for column in range(2 * n):
            right = (column + 1) % (2 * n)
            a, b = row * 2 * n + column, row * 2 * n + right
            faces.append((a, a + 2 * n, b + 2 * n))
            faces.append((a, b + 2 * n, b))
    lines = [f"OFF\n{len(points)} {len(faces)} 0"]
    lines += ["%.6f %.6f %.6f" % point for point in points]
    lines += ["3 %d %d %d" % face for face in faces]
    return "\n".join(lines) + "\n"


class Mesh(harness.CommandTest):
    def write(self, name, text):
        file = self.folder / name
        file.write_text(text)
        return str(file)

    def losses(self, run):
        with open(self.folder / run / "metrics.csv", encoding="ascii", newline="") as file:
            return [float(row["loss"]) for row in csv.DictReader(file)
                    if row["phase"] == "encoder"]

    def check_training(self, mesh, run, steps):
        self.succeeds("train", "rotating-object", "--mesh", mesh, "--out", self.path(run), *SMALL,
                      "--steps", str(steps), "--quiet")
        losses = self.losses(run)
        self.assertTrue(all(map(math.isfinite, losses)), losses)
        self.assertLess(sum(losses[-3:]), 0.8 * sum(losses[:3]), losses)

    def test_real_mesh(self):
        if not BUNNY.exists():
            self.skipTest(f"{BUNNY} is not installed (package glmark2-data)")
        self.succeeds("datasets", "--check", "rotating-object", "--mesh", BUNNY, "--size", "24")
        self.succeeds("render", "rotating-object", "--mesh", BUNNY, "--out", self.path("b.png"),
                      "--size", "64", "--count", "8")
        self.assertGreater((self.folder / "b.png").stat().st_size, 4000)
        self.check_training(BUNNY, "RUN-bunny", 300)

    def test_large_generated_mesh(self):
        mesh = self.write("large.off", ball(132))  # 69,696 triangles
        self.check_training(mesh, "RUN-large", 200)

    def test_pictures_differ_by_mesh(self):
        mesh = self.write("round.off", ball(20))
        flat = self.write("flat.off", ball(20, 0.3))
        pictures = set()
        for name, options in (("own", ()), ("round", ("--mesh", mesh)), ("flat", ("--mesh", flat))):
            self.succeeds("sample", "rotating-object", "--pairs", "2", "--size", "16", "--out",
                          self.path(name + ".safetensors"), *options)
            pictures.add((self.folder / (name + ".safetensors")).read_bytes())
        self.assertEqual(len(pictures), 3)

    def test_run_keeps_its_mesh(self):
        mesh = self.write("kept.off", ball(16))
        old = pathlib.Path(mesh).read_text()
        run = self.path("RUN-kept")
        train = ("train", "rotating-object", "--out", run, *SMALL, "--steps", "20")
        # A relative path, which the RUN must still find from elsewhere.
        self.succeeds(*train, "--mesh", "kept.off", cwd=self.folder)
        config = json.loads((self.folder / "RUN-kept" / "config.json").read_text())
        self.assertTrue(pathlib.Path(config["mesh"]).samefile(mesh), config["mesh"])
        self.assertRegex(config["mesh_fingerprint"], "^[0-9a-f]{16}$")
        self.succeeds("sample", "rotating-object", "--mesh", mesh, "--pairs", "2", "--size", "16",
                      "--out", self.path("in.safetensors"))
        latent = self.path("latent.npy")
        decode = ("decode", run, latent, "--out", self.path("decoded.npy"))
        # Resume a finished RUN.
        self.succeeds(*train, "--mesh", mesh, "--resume")
        self.succeeds("train", "--out", run, "--resume")
        import numpy
        numpy.save(latent, numpy.zeros((2, 9), dtype=numpy.float32))
        self.succeeds(*decode)
        # Another mesh: detected by its name, then by its content; then a missing one.
        other = self.write("other.off", ball(12))
        self.fails(1, ["--mesh", "other.off"], *train, "--mesh", other, "--resume")
        pathlib.Path(mesh).write_text(old.replace("\n3 ", "\n3  ", 1))
        evaluate = ("eval", run, "--pairs", "64", "--points", "64")
        for command in (("train", "--out", run, "--resume"), evaluate):
            self.fails(1, ["kept.off", run], *command)
        self.succeeds(*decode)
        pathlib.Path(mesh).unlink()
        for command in (("train", "--out", run, "--resume"), evaluate):
            self.fails(1, ["kept.off", "no such file", "--mesh"], *command)
        self.succeeds(*decode)  # does not need a mesh

    def test_refused(self):
        good = self.write("good.off", ball(8))
        out = ("--out", self.path("p.safetensors"), "--pairs", "2")
        self.fails(1, ["sundial", "--mesh"], "sample", "sundial", "--mesh", good, *out)
        self.fails(1, ["sundial", "--mesh"], "render", "sundial", "--mesh", good, "--out",
                   self.path("s.png"))
        self.fails(1, ["sundial", "--mesh"], "train", "sundial", "--mesh", good, "--out",
                   self.path("RUN-no"))
        self.fails(1, ["sundial", "--mesh"], "datasets", "--check", "sundial", "--mesh", good)
        self.fails(2, ["--check"], "datasets", "--mesh", good)
        self.assertFalse((self.folder / "RUN-no").exists())
        for name, text, words in (
                ("cut.off", pathlib.Path(good).read_text()[:900], ["cut.off:"]),
                ("index.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n", ["index.obj:4", "corner 4"]),
                ("nan.obj", "v 0 0 0\nv nan 0 0\n", ["nan.obj:2", "nan"]),
                ("empty.obj", "", ["empty.obj", "no triangle"]),
                ("mesh.stl", "solid\n", ["mesh.stl", "no triangle"]),
                ("mesh.stp", "solid\n", ["mesh.stp", ".obj", ".stl"])):
            file = self.write(name, text)
            self.fails(1, words, "sample", "rotating-object", "--mesh", file, *out)
        self.fails(1, ["missing.obj"], "sample", "rotating-object", "--mesh",
                   self.path("missing.obj"), *out)
        self.fails(1, ["no such file"], "render", "rotating-object", "--mesh",
                   self.path("missing.obj"), "--out", self.path("r.png"))
        self.assertFalse((self.folder / "p.safetensors").exists())


harness.main()
