"""pairs on real images: handwritten digits; photographs rotated and shifted, with known true
distances."""

import json
import sys

import peers

peers.need("images", sklearn="scikit-learn", skimage="scikit-image", scipy="scipy")

import numpy as np  # noqa: E402 (only after they were made importable)
import scipy.fft  # noqa: E402
import scipy.ndimage  # noqa: E402
import skimage.data  # noqa: E402
import skimage.transform  # noqa: E402
import sklearn.datasets  # noqa: E402

import harness  # noqa: E402
import lowbend_numpy  # noqa: E402

SIZE = 32


def photograph():
    """The middle of a photograph, blurred to be as smooth as the method requires."""
    image = skimage.data.camera().astype(np.float64) / 255.0
    image = skimage.transform.resize(image, (2 * SIZE, 2 * SIZE), anti_aliasing=True)
    return scipy.ndimage.gaussian_filter(image, 4.0)


def turned(angles):
    """The photograph rotated about its middle, seen through a soft round window."""
    image = photograph()
    rows, columns = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2.0
    window = np.clip((SIZE / 2.0 - np.hypot(rows, columns)) / 4.0, 0.0, 1.0)
    images = []
    for angle in angles:
        c, s = np.cos(angle), np.sin(angle)
        at = np.stack([c * rows - s * columns, s * rows + c * columns]) + SIZE - 0.5
        images.append(window * scipy.ndimage.map_coordinates(image, at, order=3))
    return np.stack(images).astype(np.float32)


def shifted(shifts):
    """The photograph under a window with soft edges, shifted on a torus by its Fourier series."""
    image = skimage.transform.resize(photograph(), (SIZE, SIZE))
    fade = np.sin(np.pi * (np.arange(SIZE) + 0.5) / SIZE) ** 2
    image = scipy.ndimage.gaussian_filter(image * np.outer(fade, fade), 2.5, mode="wrap")
    rows, columns = np.meshgrid(*[scipy.fft.fftfreq(SIZE)] * 2, indexing="ij")
    series = scipy.fft.fft2(image)
    images = [scipy.fft.ifft2(series * np.exp(-2j * np.pi * (rows * a + columns * b))).real
              for a, b in shifts * SIZE]
    gradient = [scipy.fft.ifft2(2j * np.pi * f * SIZE * series).real for f in (rows, columns)]
    metric = np.array([[np.sum(a * b) for b in gradient] for a in gradient])
    return np.stack(images).astype(np.float32), metric


class RealImages(harness.CommandTest):
    def pairs(self, images, *arguments):
        source, path = self.path("images.npy"), self.path("pairs.safetensors")
        np.save(source, images)
        text = self.succeeds("pairs", source, "--out", path, "--json", "--quiet", *arguments)
        arrays, _ = lowbend_numpy.read_safetensors(path)
        return arrays, json.loads(text)

    def compare(self, name, arrays, facts, true, off_middle):
        """Correlation and ratio of found to true distances, and the distance of averages from true
        midpoints as a share of the true distance."""
        found = arrays["distance"].astype(np.float64)
        correlation = np.corrcoef(found, true)[0, 1]
        ratio = found / true
        print(f"{name}: {len(found)} pairs, correlation {correlation:.4f}, found / true "
              f"{ratio.mean():.3f} +- {ratio.std():.3f}, average off the true middle "
              f"{np.mean(off_middle / true):.3f} d (along the path {facts['offset_mean']:.3f} d)",
              file=sys.stderr)
        return correlation, ratio

    def test_turned_photograph(self):
        """A circle on which rotations act by isometries: distances are proportional to angles."""
        rng = np.random.default_rng(1)
        angles = rng.uniform(0.0, 2.0 * np.pi, 400)
        images = turned(angles)
        speed = np.mean(np.linalg.norm(turned(angles + 1e-2) - images, axis=(1, 2))) / 1e-2

        def between(a, b):
            return np.abs((a - b + np.pi) % (2.0 * np.pi) - np.pi)

        arrays, facts = self.pairs(images, "--neighbours", 8)
        x, y, middle = (angles[index] for index in arrays["index"].T)
        true = speed * between(x, y)
        off = speed * np.abs(between(x, middle) - between(y, middle)) / 2.0
        correlation, ratio = self.compare("turned", arrays, facts, true, off)
        self.assertGreater(correlation, 0.98)
        self.assertLess(np.abs(ratio - 1.0).max(), 0.15)

    def test_shifted_photograph(self):
        """A flat torus: shifts by v are at distance sqrt(v G v), where G is built from the
        gradients."""
        rng = np.random.default_rng(2)
        shifts = rng.uniform(0.0, 1.0, (1500, 2))
        images, metric = shifted(shifts)

        def length(v):
            wraps = np.array([(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)])
            v = (v + 0.5) % 1.0 - 0.5 + wraps[:, None]
            return np.sqrt(np.einsum("wni,ij,wnj->wn", v, metric, v).min(axis=0))

        arrays, facts = self.pairs(images, "--neighbours", 10)
        x, y, middle = (shifts[index] for index in arrays["index"].T)
        true = length(y - x)
        half = ((y - x + 0.5) % 1.0 - 0.5) / 2.0
        off = length(middle - x - half)
        correlation, ratio = self.compare("shifted", arrays, facts, true, off)
        self.assertGreater(correlation, 0.95)
        self.assertLess(ratio.std(), 0.1)

    def test_digits(self):
        digits = sklearn.datasets.load_digits()
        images = (digits.images / 16.0).astype(np.float32)
        arrays, facts = self.pairs(images, "--neighbours", 8)
        x, y, _ = (digits.target[index] for index in arrays["index"].T)
        print(f"digits: {facts}; same digit at both ends: {np.mean(x == y):.3f}", file=sys.stderr)
        self.assertEqual(facts["images"], 1797)
        self.assertGreater(np.mean(x == y), 0.5)  # 0.1 by chance
        # No path is shorter than the straight line.
        straight = np.linalg.norm((arrays["x"] - arrays["y"]).reshape(len(x), -1), axis=1)
        self.assertTrue((arrays["distance"] > straight * (1.0 - 1e-6)).all())
        run = self.path("RUN")
        self.succeeds("train", self.path("pairs.safetensors"), "--out", run, "--hidden", "64,64",
                      "--steps", 100, "--decoder-steps", 50, "--latent", 8, "--quiet")
        self.succeeds("encode", run, self.path("images.npy"), "--out", self.path("latent.npy"))
        self.assertTrue(np.isfinite(np.load(self.path("latent.npy"))).all())


harness.main()
