"""interpolate: errors against numpy with separate pairs, the picture, rejected input."""

import json
import struct

import numpy as np

import harness
import lowbend_numpy

TIMES = np.arange(1, 8) / 8.0
TINY = ("--hidden", "24,24", "--latent", "4", "--steps", "60", "--decoder-steps", "60",
        "--pairs", "32", "--quiet")
PAIRS = 2000


def geodesics(x, y, distance, times):
    """Points (n, t, 3) on the great circles from x to y, both (n, 3)."""
    weights = [np.sin((1.0 - times) * distance), np.sin(times * distance)]
    return sum(w[None, :, None] * end[:, None, :] for w, end in zip(weights, (x, y))) / np.sin(
        distance)


class Interpolate(harness.CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, arguments in (("RUN", ("sphere",)), ("PLAIN", ("sphere", "--plain")),
                                ("LATE", ("sphere", "--lambda", "0.5")),
                                ("SUNDIAL", ("sundial", "--size", "16")),
                                ("CAP", ("sundial", "--size", "16", "--cap", "30")),
                                ("BARE", ("sphere", "--decoder-steps", "0"))):
            command = cls("setUp").run_program("train", *arguments[:1], "--out", cls.folder / name,
                                               *TINY, *arguments[1:])
            assert command.returncode == 0, command.stderr

    def setUp(self):
        self.png = self.path("out.png")

    def interpolate(self, run, *arguments):
        text = self.succeeds("interpolate", self.folder / run, "--out", self.png, "--json",
                             *arguments)
        return json.loads(text)

    def png_size(self):
        data = (self.folder / "out.png").read_bytes()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        return struct.unpack(">II", data[16:24])

    def expected(self, run, distance):
        """Mean and standard error of each measure, from pairs with another seed; on `sphere` the
        points are the images."""
        path = self.path("pairs.safetensors")
        self.succeeds("sample", "sphere", "--pairs", PAIRS, "--out", path, "--epsilon", distance,
                      "--min-distance", distance * (1.0 - 1e-6), "--seed", "77")
        pairs, _ = lowbend_numpy.read_safetensors(path)
        x, y = (pairs[name].astype(np.float64) for name in ("point_x", "point_y"))
        encoder = lowbend_numpy.Network(self.folder / run / "encoder.safetensors")
        decoder = lowbend_numpy.Network(self.folder / run / "decoder.safetensors")
        truth = geodesics(x, y, distance, TIMES)
        middle = geodesics(x, y, distance, np.array([0.5]))[:, 0]
        t = TIMES[None, :, None]
        codes = (1.0 - t) * encoder(x)[:, None] + t * encoder(y)[:, None]
        blend = (1.0 - t) * x[:, None] + t * y[:, None]
        decoded = decoder(codes.reshape(-1, codes.shape[-1])).reshape(truth.shape)
        gap = np.linalg.norm((encoder(x) + encoder(y)) / 2.0 - encoder(middle), axis=1)
        return {"latent_gap": lowbend_numpy.mean_and_stderr(gap),
                "image_mse": lowbend_numpy.mean_and_stderr(((decoded - truth) ** 2).mean((1, 2))),
                "blend_mse": lowbend_numpy.mean_and_stderr(((blend - truth) ** 2).mean((1, 2)))}

    def test_numpy_agrees(self):
        result = self.interpolate("RUN", "--compare", self.folder / "PLAIN", "--pairs", PAIRS,
                                  "--distances", "1,4")
        self.assertEqual([run["label"] for run in result["runs"]], ["lambda 0.03", "plain"])
        for name, run in zip(("RUN", "PLAIN"), result["runs"]):
            self.assertEqual(len(run["interpolation"]), 2)
            for entry, multiple in zip(run["interpolation"], (1.0, 4.0)):
                self.assertAlmostEqual(entry["d"], 0.3 * multiple)
                for key, (mean, error) in self.expected(name, entry["d"]).items():
                    print(f"{name} d {entry['d']:.2f} {key}: {entry[key]:.6g} +- "
                          f"{entry[key + '_stderr']:.2g}, numpy {mean:.6g} +- {error:.2g}")
                    both = np.hypot(error, entry[key + "_stderr"])
                    self.assertLess(abs(entry[key] - mean), 4.5 * both + 1e-5 * mean)
                    # The standard errors agree too, except that the blend's is only rounding.
                    if key != "blend_mse":
                        self.assertLess(abs(np.log(entry[key + "_stderr"] / error)), 0.2)

    def test_blend_error_grows_as_the_fourth_power(self):
        """The error of the blend on a smooth curve is t (1-t) d^2 / 2 times its second
        derivative."""
        for run, distances, tolerance in (("RUN", "0.2,0.4", 0.02), ("SUNDIAL", "0.05,0.1", 0.3)):
            result = self.interpolate(run, "--distances", distances, "--pairs",
                                      "1000")
            small, large = (entry["blend_mse"] for entry in result["runs"][0]["interpolation"])
            print(f"{run}: exponent {np.log2(large / small):.4f}")
            self.assertAlmostEqual(np.log2(large / small), 4.0, delta=tolerance)

    def test_pictures(self):
        self.interpolate("SUNDIAL", "--distances", "1,2")
        width, height = self.png_size()
        self.interpolate("SUNDIAL", "--distances", "1,2,4")
        wide, high = self.png_size()
        self.assertEqual(wide, width)
        self.assertGreater(high, height + 3 * 80)
        self.interpolate("RUN", "--pairs", "20")  # vectors have curves but no pictures
        self.assertGreater(min(self.png_size()), 300)

    def test_as_far_as_the_manifold(self):
        entries = self.interpolate("CAP", "--pairs", "20")["runs"][0]["interpolation"]
        np.testing.assert_allclose([entry["d"] for entry in entries], [0.3, 0.6, 0.9])
        self.fails(1, ["1.2", "--distances"], "interpolate", self.folder / "CAP", "--quiet",
                   "--out", self.png, "--distances", "1,4")

    def test_table_and_labels(self):
        run, late = self.folder / "RUN", self.folder / "LATE"
        text = self.succeeds("interpolate", run, "--out", self.png, "--compare", late,
                             "--compare", run, "--pairs", "10")
        self.assertIn("lambda 0.5 ", text)
        self.assertIn("lambda 0.03 (RUN)", text)
        self.assertEqual(len(text.splitlines()), 6)
        one = self.interpolate("RUN", "--pairs", "10")
        self.assertEqual(one, self.interpolate("RUN", "--pairs", "10"))
        self.assertNotEqual(one, self.interpolate("RUN", "--pairs", "10", "--seed", "3"))

    def test_refused(self):
        run, out = self.folder / "RUN", ("--out", self.path("refused.png"))
        self.fails(2, ["--out"], "interpolate", run)
        for distances in ("", "1,,2", "2,1", "0", "-1", "1,1", "x", "nan", ",".join(
                map(str, range(1, 40)))):
            self.fails(2, ["--distances"], "interpolate", run, *out, f"--distances={distances}")
        self.fails(2, ["--pairs"], "interpolate", run, *out, "--pairs", "0")
        self.fails(1, ["BARE", "no decoder", "--decoder-steps"], "interpolate",
                   self.folder / "BARE", *out)
        self.fails(1, ["BARE", "no decoder"], "interpolate", run, *out, "--compare",
                   self.folder / "BARE")
        self.fails(1, ["SUNDIAL", "sundial", "sphere"], "interpolate", run, *out, "--compare",
                   self.folder / "SUNDIAL")
        self.fails(1, ["cap"], "interpolate", self.folder / "CAP", *out, "--compare",
                   self.folder / "SUNDIAL")
        self.fails(1, ["nowhere"], "interpolate", self.folder / "nowhere", *out)
        self.fails(1, ["/proc/nonesuch"], "interpolate", run, "--out", "/proc/nonesuch/x.png",
                   "--pairs", "4", "--quiet")
        many = [word for _ in range(17) for word in ("--compare", run)]
        self.fails(2, ["--compare"], "interpolate", run, *out, *many)
        self.assertFalse((self.folder / "refused.png").exists())


harness.main()
