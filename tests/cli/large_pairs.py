"""train on user pairs of 128x128 colour images: memory for a batch, not for the file."""

import json
import os
import resource
import struct

import numpy as np

import lowbend_numpy
import runs

SIZE = 128
PAIRS = int(os.environ.get("LB_TEST_LARGE_PAIRS", "5000"))  # of 147 kB each
LIMIT = 560 << 20  # bytes besides mapped files: less than the pairs need
# OpenBLAS, if LAPACK uses it, needs 128 MiB per thread and otherwise retries forever.
ENVIRONMENT = {"POCL_MAX_PTHREAD_COUNT": "2", "POCL_CPU_MAX_CU_COUNT": "2",
               "OPENBLAS_NUM_THREADS": "1"}
NETWORK = "pool,conv8,pool,conv12,pool,conv16,pool,conv16,32"


def bumps(positions):
    """Soft bumps on a circle of SIZE pixels, (n, SIZE), at most 255."""
    offset = (np.arange(SIZE) / SIZE - positions[:, None] + 0.5) % 1.0 - 0.5
    return np.round(255.0 * np.exp(-(offset / 0.2) ** 2)).astype(np.uint16)


def draw(points):
    """Images of points of the flat torus as bytes: one bump, and its shadows on both axes."""
    rows, columns = (bumps(positions) for positions in points.T)
    images = np.empty((len(points), SIZE, SIZE, 3), np.uint8)
    images[..., 0] = rows[:, :, None] * columns[:, None, :] // 255
    images[..., 1] = rows[:, :, None]
    images[..., 2] = columns[:, None, :]
    return images.tobytes()


def write_pairs(path, n):
    """Written in parts, since the file may be larger than memory."""
    rng = np.random.default_rng(1)
    x = rng.random((n, 2))
    distance = rng.uniform(0.1, 0.25, n)
    step = rng.normal(size=(n, 2))
    step *= (distance / np.linalg.norm(step, axis=1))[:, None]
    header = {"distance": {"dtype": "F64", "shape": [n], "data_offsets": [0, 8 * n]}}
    end = 8 * n
    for name in ("x", "y", "average"):
        header[name] = {"dtype": "U8", "shape": [n, SIZE, SIZE, 3],
                        "data_offsets": [end, end + n * SIZE * SIZE * 3]}
        end += n * SIZE * SIZE * 3
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.write((2.0 * np.pi * distance).tobytes())  # of angles
        for points in (x, x + step, x + 0.5 * step):
            for first in range(0, n, 100):
                file.write(draw(points[first:first + 100]))


class LargePairs(runs.RunTest):
    def test_memory(self):
        """The limit covers everything but mapped files, and the network still learns."""
        pairs = self.path("pairs.safetensors")
        write_pairs(pairs, PAIRS)
        self.assertGreater(os.path.getsize(pairs), 1.2 * LIMIT)
        run = self.folder / "RUN"
        self.succeeds("train", pairs, "--out", run, "--hidden", NETWORK, "--latent", "6",
                      "--pairs", "8", "--steps", "40", "--decoder-steps", "20", "--log-every", "5",
                      "--no-report", "--quiet", "--activation", "elu", "--optimizer", "adam",
                      "--decoder-lr", "4e-3", environment=ENVIRONMENT,
                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT)))
        rows = runs.read_metrics(run)
        for phase in ("encoder", "decoder"):
            losses = [float(row["loss"]) for row in rows if row["phase"] == phase]
            print(phase, losses)
            self.assertLess(losses[-1], 0.7 * max(losses))
        self.check_codes(run, pairs)

    def check_codes(self, run, pairs):
        """Codes of held-out images, read from their places in the file."""
        latent, _ = lowbend_numpy.read_safetensors(run / "latent.safetensors")
        encoder = lowbend_numpy.Network(run / "encoder.safetensors")
        with open(pairs, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
        images = np.memmap(pairs, np.uint8, "r", 8 + length + header["x"]["data_offsets"][0],
                           tuple(header["x"]["shape"]))
        first = latent["index"][:8]
        codes = encoder(images[first] / 255.0)
        np.testing.assert_allclose(latent["latent"][:8], codes, atol=2e-5 * np.abs(codes).max())


runs.harness.main()
