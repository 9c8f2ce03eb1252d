"""report: its metrics against numpy, and reports of unusual RUNs."""

import base64
import json
import os
import pathlib
import shutil
import struct

import numpy as np

import harness
import lowbend_numpy
import pages


def table(rows, width):
    return np.array(rows, np.float64).reshape(-1, width)


class Numbers(pages.ReportTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.train("sphere", "sphere", "--steps", "120")
        cls.train("bare", "sphere", "--steps", "60", "--decoder-steps", "0")
        cls.train("sundial", "sundial", "--size", "20", "--steps", "60")
        cls.sphere = cls("setUp").page("sphere")
        cls.encoder, cls.decoder = (
            lowbend_numpy.Network(cls.folder / "sphere" / f"{name}.safetensors")
            for name in ("encoder", "decoder"))

    def test_loss_curves(self):
        names, *lines = (self.folder / "sphere" / "metrics.csv").read_text().splitlines()
        rows = [dict(zip(names.split(","), line.split(","))) for line in lines]
        for chart, phase, columns in ((0, "encoder", ("loss", "distortion", "bending")),
                                      (1, "decoder", ("reconstruction",))):
            wanted = [row for row in rows if row["phase"] == phase]
            series = self.sphere.data["charts"][chart]["series"]
            for column, found in zip(columns, series):
                np.testing.assert_allclose(found["x"], [int(row["step"]) for row in wanted])
                np.testing.assert_allclose(found["y"], [float(row[column]) for row in wanted],
                                           rtol=1e-4)

    def test_latent_view(self):
        """Codes differ from numpy's only by a rotation; on `sphere` the points are the images."""
        view = self.sphere.data["runs"][0]["view"]
        points = table(view["points"], 3)
        codes = self.encoder(points)
        shown = table(view["codes"], view["components"])
        centred = codes - codes.mean(axis=0)
        variances = np.linalg.svd(centred, compute_uv=False) ** 2
        np.testing.assert_allclose(view["share"][:3], (variances / variances.sum())[:3], atol=1e-4)
        self.assertEqual(len(shown), len(points))
        self.assertEqual(len(view["colors"]), 6 * len(points))
        if view["components"] == codes.shape[1]:
            np.testing.assert_allclose(shown @ shown.T, centred @ centred.T, atol=2e-3)

    def test_local_distortion(self):
        view = self.sphere.data["runs"][0]["view"]
        points = table(view["points"], 3)[:50]
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        sigmas = table(view["sigmas"], 2)[:50]
        for point, expected in zip(points, sigmas):
            frame = np.linalg.svd(point[None])[2][1:]
            h = 1e-4
            ahead, behind = ((point + sign * h * frame) / np.sqrt(1.0 + h * h) for sign in (1, -1))
            derivative = (self.encoder(ahead) - self.encoder(behind)) / (2.0 * h)
            np.testing.assert_allclose(np.linalg.svd(derivative, compute_uv=False), expected,
                                       rtol=0.02)

    def test_paths(self):
        run = self.sphere.data["runs"][0]
        paths, points = run["paths"], table(run["view"]["points"], 3)
        ends, frames = paths["ends"], paths["frames"]
        self.assertEqual(len(ends), 8)
        t = np.linspace(0.0, 1.0, frames)[:, None]
        pair = 0
        for i, a in enumerate(ends):
            for b in ends[i + 1:]:
                x, y = points[a], points[b]
                d = 2.0 * np.arctan2(np.linalg.norm(x - y), np.linalg.norm(x + y))
                self.assertAlmostEqual(paths["distance"][pair], d, delta=1e-3)
                truth = (np.sin((1.0 - t) * d) * x + np.sin(t * d) * y) / np.sin(d)
                zx, zy = self.encoder(np.stack([x, y]))
                decoded = self.decoder((1.0 - t) * zx + t * zy)
                rows = slice(pair * frames, (pair + 1) * frames)
                np.testing.assert_allclose(table(paths["truthNumbers"], 3)[rows], truth, atol=2e-3)
                np.testing.assert_allclose(table(paths["decodedNumbers"], 3)[rows], decoded,
                                           atol=2e-3)
                np.testing.assert_allclose(paths["decodedError"][rows],
                                           ((decoded - truth) ** 2).mean(axis=1), atol=2e-3)
                blend = (1.0 - t) * x + t * y
                np.testing.assert_allclose(paths["blendError"][rows],
                                           ((blend - truth) ** 2).mean(axis=1), atol=2e-3)
                pair += 1

    def test_evaluation_is_taken_over(self):
        run = self.folder / "evaluated"
        shutil.copytree(self.folder / "sphere", run)
        self.assertIn("small evaluation", self.sphere.texts["p"])
        self.succeeds("eval", run, "--no-attainable", "--pairs", "500", "--points", "64", "--quiet")
        values = json.loads((run / "eval.json").read_text())
        values["psnr"] = 12.375
        values["interpolation"][0]["image_mse"] = 0.0625
        (run / "eval.json").write_text(json.dumps(values))
        page = self.page("evaluated")
        self.assertNotIn("small evaluation", page.texts["p"])
        self.assertIn("12.38", page.texts["td"])
        curves = [series["y"][0] for chart in page.data["charts"] for series in chart["series"]
                  if series["label"] == "decoded latent line"]
        self.assertEqual(curves, [0.0625])
        (run / "eval.json").write_text("{")
        self.fails(1, ["eval.json", "damaged"], "report", run, "--quiet")

    def test_images(self):
        run = self.page("sundial").data["runs"][0]
        for images, count in ((run["view"]["images"], 200), (run["paths"]["truth"], 28 * 9),
                              (run["paths"]["decoded"], 28 * 9)):
            kind, encoded = images["src"].split(",")
            self.assertEqual(kind, "data:image/png;base64")
            width, height = struct.unpack(">II", base64.b64decode(encoded)[16:24])
            self.assertEqual((images["width"], images["height"]), (20, 20))
            self.assertEqual(width, 20 * images["columns"])
            self.assertEqual(height, 20 * -(-count // images["columns"]))

    # ---- unusual runs -----------------------------------------------------------------------

    def test_without_decoder(self):
        run = self.page("bare").data["runs"][0]
        self.assertFalse(run["paths"]["decoder"])
        self.assertTrue(all(error is None for error in run["paths"]["decodedError"]))
        self.assertTrue(run["paths"]["geodesic"])

    def test_running(self):
        """Settings and half a metrics.csv, whose last line is incomplete."""
        run = self.folder / "running"
        run.mkdir()
        shutil.copy(self.folder / "sphere" / "config.json", run)
        page = self.page("running")
        self.assertIn("not started", page.texts["p"])
        lines = (self.folder / "sphere" / "metrics.csv").read_text().splitlines()
        (run / "metrics.csv").write_text("\n".join(lines[:5]) + "\n" + lines[5][:-3])
        page = self.page("running")
        self.assertEqual(len(page.data["charts"]), 1)
        self.assertEqual(page.data["charts"][0]["series"][0]["x"], [10, 20, 30, 40])
        self.assertIsNone(page.data["runs"][0]["view"])
        self.assertIn("no encoder yet", page.texts["p"])

    def test_user_pairs(self):
        pairs = self.path("pairs.safetensors")
        self.succeeds("sample", "sundial", "--size", "16", "--pairs", "600", "--out", pairs)
        self.train("own", pairs, "--steps", "40")
        run = self.page("own").data["runs"][0]
        self.assertNotIn("colors", run["view"])
        self.assertFalse(run["paths"]["geodesic"])
        self.assertEqual(run["paths"]["decoded"]["width"], 16)
        os.remove(pairs)
        page = self.page("own")
        self.assertIsNone(page.data["runs"][0]["view"])
        self.assertIn("user pairs has moved or changed", page.texts["p"])

    def test_names_are_text(self):
        """Names that look like markup, and one that is not UTF-8."""
        for name in ("<img src=x onerror=alert(1)>&\"'", os.fsdecode(b"caf\xe9")):
            run = self.folder / name
            run.mkdir()
            shutil.copy(self.folder / "sphere" / "config.json", run)
            page = self.page(name)
            self.assertEqual(page.all("img"), [])
            shown = name.encode("utf-8", "replace").decode()
            self.assertEqual(page.texts["h1"].strip(), shown)
            self.assertEqual(page.data["runs"][0]["label"], shown)

    def test_several(self):
        page = self.page("sphere", "sundial", "bare", out=self.path("three.html"))
        self.assertEqual([run["label"] for run in page.data["runs"]],
                         ["sphere", "sundial", "bare"])
        self.assertEqual(len(page.all("div", **{"class": "explorer"})), 3)
        self.assertGreater(len(page.all("tr", **{"class": "differs"})), 2)

    def test_common_axes(self):
        """Charts of the same quantity have the same ranges, which cover the values of all runs."""
        together = self.page("sphere", "sundial", out=self.path("two.html")).data["charts"]
        alone = self.sphere.data["charts"] + self.page("sundial").data["charts"]
        self.assertEqual(len(together), len(alone))
        axes = {}
        for chart in together:
            own = next(other for other in alone if other["series"] == chart["series"])
            for axis in "xy":
                self.assertLessEqual(chart[axis]["low"], own[axis]["low"] + 1e-9)
                self.assertGreaterEqual(chart[axis]["high"], own[axis]["high"] - 1e-9)
                key = (axis, *((chart[a]["label"], chart[a]["log"]) for a in "xy"))
                axes.setdefault(key, []).append((chart[axis]["low"], chart[axis]["high"],
                                                 own[axis]["low"], own[axis]["high"]))
        shared = [ranges for ranges in axes.values() if len(ranges) == 2]
        self.assertGreaterEqual(len(shared), 14)
        for (low, high, *first), (other_low, other_high, *second) in shared:
            self.assertEqual((low, high), (other_low, other_high))
            self.assertAlmostEqual(low, min(first[0], second[0]))
            self.assertAlmostEqual(high, max(first[1], second[1]))

    def test_many(self):
        """The images shrink until everything fits."""
        path = self.path("twelve.html")
        self.train("large", "sundial", "--size", "64", "--steps", "5", "--decoder-steps", "5")
        self.succeeds("eval", self.folder / "large", "--no-attainable", "--points", "64", "--pairs", "64", "--quiet")
        self.succeeds("report", *([self.folder / "large"] * 12), "--points", "64", "--quiet",
                      "--out", path)
        self.assertLess(os.path.getsize(path), pages.LIMIT)
        run = pages.Page(pathlib.Path(path).read_text(encoding="utf-8")).data["runs"][11]
        self.assertLess(run["paths"]["truth"]["width"], 64)

    def test_the_same_again(self):
        first = (self.folder / "sphere" / "report.html").read_bytes()
        self.page("sphere")
        self.assertEqual((self.folder / "sphere" / "report.html").read_bytes(), first)

    def test_refused(self):
        run = self.folder / "sphere"
        self.fails(2, ["RUN"], "report")
        self.fails(2, ["--out"], "report", run, run)
        self.fails(2, ["--out"], "report", run, "--out", "")
        self.fails(2, ["--points"], "report", run, "--points", "3")
        self.fails(2, ["too many"], "report", *([run] * 13), "--out", self.path("x.html"))
        self.fails(1, ["5 MB", "fewer"], "report", *([run] * 9), "--points", "4000", "--out",
                   self.path("x.html"))
        self.fails(1, ["nowhere"], "report", self.folder / "nowhere")
        self.fails(1, ["/proc/nonesuch"], "report", run, "--out", "/proc/nonesuch/x", "--quiet")


harness.main()
