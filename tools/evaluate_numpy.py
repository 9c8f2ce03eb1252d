#!/usr/bin/env python3
"""Measures a trained run with numpy in float64: an independent check of `lowbend eval`.

usage: evaluate_numpy.py RUN [POINTS [SAMPLES]]
RUN was trained on a point dataset: sphere, torus-points or so3-points. Every measure is computed on
SAMPLES (default 20) independent sets of POINTS (default 256) points or pairs. Prints its name, the
mean over the sets and the standard deviation of one set, which is the expected error of an eval.json
computed with as many points. tests/cli/eval.py checks this.
"""

import json
import pathlib
import sys

import numpy as np

import lowbend_numpy

NEIGHBOURS = 10
STEP = 1e-3  # of central differences: in float64, first and second derivatives are accurate to 1e-6
FRAMES = 9


def dot(a, b):
    return (a * b).sum(axis=-1)


def normalise(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def uniform_directions(rng, n, dimension):
    return normalise(rng.normal(size=(n, dimension)))


class Sphere:
    """Unit vectors; the image is the point."""

    dimension = 2
    injectivity_radius = np.pi

    def sample(self, rng, n):
        return uniform_directions(rng, n, 3)

    def radius(self, rng, n, low, high):
        return np.arccos(rng.uniform(np.cos(high), np.cos(low), n))

    def exponential(self, x, v):
        """exp_x of coordinates v (n, 2) in an orthonormal frame that depends only on x."""
        helper = np.where(np.abs(x[:, :1]) < 0.6, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
        first = normalise(np.cross(x, helper))
        second = np.cross(x, first)
        r = np.linalg.norm(v, axis=1, keepdims=True)
        tangent = v[:, :1] * first + v[:, 1:] * second
        return np.cos(r) * x + np.sinc(r / np.pi) * tangent

    def distance(self, x, y):
        return 2.0 * np.arcsin(np.minimum(0.5 * np.linalg.norm(x - y, axis=-1), 1.0))

    def image(self, x):
        return x


class Torus:
    """Two angles; the image is a point on two circles."""

    dimension = 2
    injectivity_radius = np.pi

    def sample(self, rng, n):
        return rng.uniform(0.0, 2.0 * np.pi, (n, 2))

    def radius(self, rng, n, low, high):
        return np.sqrt(rng.uniform(low ** 2, high ** 2, n))

    def exponential(self, x, v):
        return x + v

    def distance(self, x, y):
        turns = (x - y) / (2.0 * np.pi)
        return 2.0 * np.pi * np.linalg.norm(turns - np.round(turns), axis=-1)

    def image(self, x):
        a, b = x[..., 0], x[..., 1]
        return np.stack((np.cos(a), np.sin(a), np.cos(b), np.sin(b)), axis=-1)


class Rotations:
    """Unit quaternions up to sign, distances are rotation angles; the image is R / sqrt 2."""

    dimension = 3
    injectivity_radius = np.pi

    def sample(self, rng, n):
        return uniform_directions(rng, n, 4)

    def radius(self, rng, n, low, high):
        r = np.linspace(low, high, 100001)
        volume = r - np.sin(r)  # the integral of 2 sin^2(r / 2)
        return np.interp(rng.uniform(volume[0], volume[-1], n), volume, r)

    def exponential(self, x, v):
        angle = np.linalg.norm(v, axis=1, keepdims=True)
        real = np.cos(0.5 * angle)
        vector = 0.5 * np.sinc(0.5 * angle / np.pi) * v
        w, u = x[:, :1], x[:, 1:]
        return np.concatenate((w * real - dot(u, vector)[:, None],
                               w * vector + real * u + np.cross(u, vector)), axis=1)

    def distance(self, x, y):
        chord = np.minimum(np.linalg.norm(x - y, axis=-1), np.linalg.norm(x + y, axis=-1))
        return 4.0 * np.arcsin(np.minimum(0.5 * chord, 1.0))

    def image(self, x):
        w, u = x[:, 0], x[:, 1:]
        identity = np.eye(3)[None]
        cross = np.cross(identity, u[:, None, :])  # rows e_i x u
        matrix = ((2.0 * w ** 2 - 1.0)[:, None, None] * identity
                  + 2.0 * u[:, :, None] * u[:, None, :] + 2.0 * w[:, None, None] * cross)
        return matrix.reshape(-1, 9) / np.sqrt(2.0)


GEOMETRIES = {"sphere": Sphere, "sphere-points": Sphere, "torus-points": Torus,
              "so3-points": Rotations}


class Run:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.config = json.loads((folder / "config.json").read_text())
        self.geometry = GEOMETRIES[self.config["dataset"]]()
        self.encoder = lowbend_numpy.Network(folder / "encoder.safetensors")
        decoder = folder / "decoder.safetensors"
        self.decoder = lowbend_numpy.Network(decoder) if decoder.exists() else None

    def code(self, points):
        return self.encoder(self.geometry.image(points))


def energy(run, rng, n):
    g, config = run.geometry, run.config
    x = g.sample(rng, n)
    r = g.radius(rng, n, config["min-distance"], config["epsilon"])[:, None]
    v = r * uniform_directions(rng, n, g.dimension)
    pairs = {"x": g.image(x), "y": g.image(g.exponential(x, v)), "average": g.image(g.exponential(x, v / 2)),
             "distance": r[:, 0]}
    result = lowbend_numpy.energy(run.encoder, pairs, config["lambda"], config["c"])
    return {name: mean for name, (mean, _) in result.items()}


def derivatives(run, points):
    """D phi (n, m, l) and Hess phi (n, m, m, l) in orthonormal frames."""
    g = run.geometry
    n, m = len(points), g.dimension
    unit = STEP * np.eye(m)

    def at(v):
        return run.code(g.exponential(points, np.broadcast_to(v, (n, m))))

    centre = at(np.zeros(m))
    first = [(at(unit[i]) - at(-unit[i])) / (2.0 * STEP) for i in range(m)]
    hessian = np.empty((n, m, m, centre.shape[1]))
    for i in range(m):
        for j in range(m):
            if i == j:
                hessian[:, i, i] = (at(unit[i]) - 2.0 * centre + at(-unit[i])) / STEP ** 2
            else:
                plus, minus = unit[i] + unit[j], unit[i] - unit[j]
                hessian[:, i, j] = (at(plus) + at(-plus) - at(minus) - at(-minus)) / (4 * STEP ** 2)
    return np.stack(first, axis=1), hessian


def differential(run, rng, n):
    """Averages over random directions v, so as not to rely on a formula for the mean."""
    first, hessian = derivatives(run, run.geometry.sample(rng, n))
    m = first.shape[1]
    _, sigma, basis = np.linalg.svd(first, full_matrices=False)
    log = np.log(sigma)
    condition = sigma[:, 0] / sigma[:, -1]
    v = uniform_directions(rng, 200, m)
    second = np.einsum("nijl,vi,vj->nvl", hessian, v, v)
    inner = np.einsum("nvl,nrl->nvr", second, basis)
    outer = second - np.einsum("nvr,nrl->nvl", inner, basis)
    return {"sigma_min": sigma.min(), "sigma_median": np.median(sigma), "sigma_max": sigma.max(),
            "mean_abs_log_sigma": np.abs(log).mean(), "scale": np.exp(log.mean()),
            "scaled_isometry_error": log.std(), "condition_mean": condition.mean(),
            "condition_p95": np.percentile(condition, 95),
            "bending_normal": (outer ** 2).sum(axis=-1).mean(),
            "bending_tangential": (inner ** 2).sum(axis=-1).mean()}


def ranks(matrix):
    """Rank of each entry within its row, from 0."""
    return np.argsort(np.argsort(matrix, axis=1, kind="stable"), axis=1, kind="stable")


def excess(near, rank, k):
    """1 minus the normalised sum of excess ranks of the neighbours `near` (n, n; bool)."""
    n = len(near)
    total = np.where(near & (rank > k), rank - k, 0).sum()
    return 1.0 - 2.0 * total / (n * k * (2 * n - 3 * k - 1))


def distances(run, rng, n):
    g = run.geometry
    points = g.sample(rng, n)
    codes = run.code(points)
    true = g.distance(points[:, None], points[None])
    latent = np.linalg.norm(codes[:, None] - codes[None], axis=-1)
    upper = np.triu_indices(n, 1)
    d, b = true[upper], latent[upper]
    factor = np.linalg.lstsq(b[:, None], d, rcond=None)[0][0]
    result = {"stress": np.linalg.norm(factor * b - d) / np.linalg.norm(d),
              "pearson": np.corrcoef(d, b)[0, 1],
              "spearman": np.corrcoef(ranks(d[None])[0], ranks(b[None])[0])[0, 1],
              "min_ratio": (b / d)[d >= run.config["epsilon"]].min()}
    for matrix in (true, latent):
        np.fill_diagonal(matrix, -1.0)  # rank 0: the point itself
    true_rank, latent_rank = ranks(true), ranks(latent)
    true_near = (true_rank >= 1) & (true_rank <= NEIGHBOURS)
    latent_near = (latent_rank >= 1) & (latent_rank <= NEIGHBOURS)
    result["knn_recall"] = (true_near & latent_near).sum() / (n * NEIGHBOURS)
    result["trustworthiness"] = excess(latent_near, true_rank, NEIGHBOURS)
    result["continuity"] = excess(true_near, latent_rank, NEIGHBOURS)
    variance = np.linalg.eigvalsh(np.cov(codes.T))[::-1]
    for i, share in enumerate(variance / variance.sum()):
        result[f"pca_variance {i}"] = share
    return result


def reconstruction(run, rng, n):
    if run.decoder is None:
        return {}
    images = run.geometry.image(run.geometry.sample(rng, n))
    mse = ((run.decoder(run.encoder(images)) - images) ** 2).mean()
    return {"reconstruction_mse": mse, "psnr": -10.0 * np.log10(mse)}


def interpolation(run, rng, n, d):
    """Interpolation measures at distance d, below the injectivity radius."""
    g = run.geometry
    x = g.sample(rng, n)
    v = d * uniform_directions(rng, n, g.dimension)
    t = np.linspace(0.0, 1.0, FRAMES)
    truth = [g.image(g.exponential(x, s * v)) for s in t]
    zx, zy = run.encoder(truth[0]), run.encoder(truth[-1])
    gap = 0.5 * (zx + zy) - run.encoder(truth[FRAMES // 2])
    result = {"latent_gap": np.linalg.norm(gap, axis=1).mean()}
    inner = range(1, FRAMES - 1)
    blend = [(1.0 - t[i]) * truth[0] + t[i] * truth[-1] - truth[i] for i in inner]
    result["blend_mse"] = np.square(blend).mean()
    if run.decoder is not None:
        decoded = [run.decoder((1.0 - t[i]) * zx + t[i] * zy) - truth[i] for i in inner]
        result["image_mse"] = np.square(decoded).mean()
    return result


def spread(measure, samples):
    """Mean over independent sets and standard deviation of one set, by name."""
    results = [measure(np.random.default_rng(seed)) for seed in range(samples)]
    values = {name: [result[name] for result in results] for name in results[0]}
    return {name: (np.mean(v), np.std(v, ddof=1)) for name, v in values.items()}


def evaluate(folder, n, samples):
    run = Run(folder)
    result = {}
    for measure in (energy, differential, distances, reconstruction):
        result.update(spread(lambda rng, f=measure: f(run, rng, n), samples))
    return result


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__.strip())
    points = int(sys.argv[2]) if len(sys.argv) > 2 else 256
    samples = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    for name, (mean, deviation) in evaluate(sys.argv[1], points, samples).items():
        print(f"{name} {mean:.9g} +- {deviation:.2g}")


if __name__ == "__main__":
    main()
