#!/usr/bin/python3
"""Trains encoders in PyTorch with lowbend's recipe, for tools/bench --quality.

    bench_quality_peer.py DATASET START PAIRS [--threads 1,2] [--seconds 2] [--no-compile]

START is a RUN that holds the initial weights and the normalisation, PAIRS a file of `lowbend
sample`. Like lowbend, the training draws and renders new pairs at every step; images and energy are
checked against PAIRS. The peer times eager and compiled steps with each number of threads, uses the
fastest, and prints one line of JSON about it. Then it answers requests on standard input, one line of
JSON each:

    {"judge": RUN}                  E of RUN's encoder on PAIRS, in float64
    {"train": RUN, "start": START}  trains from START's weights with the settings of RUN; seconds of
                                    the training loop, and E on PAIRS
"""

import argparse
import copy
import json
import math
import pathlib
import re
import sys
import time

import bench_peer

bench_peer.name_core()  # before numpy loads OpenBLAS

import numpy as np
import torch

import lowbend_numpy
import torch_model

KERNELS = pathlib.Path(__file__).resolve().parent.parent / "cl"
TRIES = 32  # attempts to draw an end inside the cap; at the rim nearly half of them succeed


class Rotations:
    """rotating-object: cl/dataset/rotating-object.cl on cl/manifold/so3.cl."""

    def __init__(self, side):
        text = (KERNELS / "dataset" / "rotating-object.cl").read_text()
        rows = re.findall(r"\(float4\)\(([-0-9.f, ]+)\)", text)
        numbers = [[float(word.rstrip("f")) for word in row.split(", ")] for row in rows]
        self.balls = numbers[:len(numbers) // 2]
        self.colors = numbers[len(numbers) // 2:]
        self.centres = torch.tensor(self.balls)[:, :3]
        self.radii = torch.tensor(self.balls)[:, 3]
        self.px = (2.0 * (torch.arange(side) + 0.5) / side - 1.0).view(1, 1, side)
        self.py = (1.0 - 2.0 * (torch.arange(side) + 0.5) / side).view(1, side, 1)

    @staticmethod
    def noise(n):
        return torch.randn(n, 4), torch.randn(n, 3), torch.rand(n, 1, dtype=torch.float64)

    @staticmethod
    def product(p, q):
        (a, u), (b, v) = (p[:, :1], p[:, 1:]), (q[:, :1], q[:, 1:])
        return torch.cat([a * b - (u * v).sum(1, keepdim=True),
                          a * v + b * u + torch.linalg.cross(u, v)], 1)

    def pairs(self, noise, r_min, r_max):
        """Points x, y, average (3n,4), and distances (n,1). Radii have the density sin^2(r/2), so
        r - sin r is uniform; Newton's method inverts it."""
        x, u, share = noise
        x, u = x / x.norm(dim=1, keepdim=True), u / u.norm(dim=1, keepdim=True)
        low, high = r_min - torch.sin(r_min), r_max - torch.sin(r_max)
        volume = low + share * (high - low)
        r = (6.0 * volume) ** (1.0 / 3.0)
        for _ in range(5):
            r = r - (r - torch.sin(r) - volume) / (1.0 - torch.cos(r))
        r = r.float()
        ends = [self.product(x, torch.cat([torch.cos(h), torch.sin(h) * u], 1))
                for h in (r / 2.0, r / 4.0)]
        return torch.cat([x, *ends]), r

    def images(self, points):
        """(n,H,W,3)"""
        w, x, y, z = points.unbind(1)
        rows = [[w * w + x * x - y * y - z * z, 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
                [2.0 * (x * y + w * z), w * w - x * x + y * y - z * z, 2.0 * (y * z - w * x)],
                [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), w * w - x * x - y * y + z * z]]
        matrices = torch.stack([torch.stack(row, 1) for row in rows], 1)
        at = torch.einsum("nij,bj->nbi", matrices, self.centres)
        scale = 3.0 / (3.0 - at[:, :, 2])
        inverse = 1.0 / (scale * self.radii)
        depth = 12.0 * at[:, :, 2]
        total, weights, sums = 0.0, 1e-6, [1e-6] * 3
        for i, color in enumerate(self.colors):
            of = lambda values: values[:, i].view(-1, 1, 1)
            dx = (self.px - of(scale * at[:, :, 0])) * of(inverse)
            dy = (self.py - of(scale * at[:, :, 1])) * of(inverse)
            square = dx * dx + dy * dy
            bump = torch.exp(-square.clamp(max=50.0))
            weight = bump * torch.exp(of(depth) + 12.0 * self.balls[i][3] * bump)
            light = 0.6 + 0.4 * (0.62 - 0.5 * dx + 0.6 * dy) * torch.rsqrt(1.0 + square)
            total = total + 9.0 * bump
            weights = weights + weight
            sums = [value + weight * light * part for value, part in zip(sums, color)]
        clear = torch.exp(-total)
        share = (1.0 - clear) / weights
        return torch.stack([clear + share * value for value in sums], 3)


class Cap:
    """sundial: cl/dataset/sundial.cl on the spherical cap of 60 degrees, cl/manifold/sphere.cl."""

    def __init__(self, side):
        self.height = 1.0 - math.cos(math.radians(60.0))
        self.tip = 0.8 / (0.11 * math.tan(math.radians(60.0)))
        places = (torch.arange(side) + 0.5 - 0.5 * side) * (2.0 / (side * 0.11))
        self.east = torch.tensor([1.0, 0.0])
        self.qx, self.qy = places.view(1, 1, side), -places.view(1, side, 1)

    @staticmethod
    def noise(n):
        return torch.rand(n, 2), torch.rand(n, TRIES, 2)

    def pairs(self, noise, r_min, r_max):
        """Points x, y, average (3n,3), and distances (n,1). Radii have the density sin r. Takes
        the first of TRIES directions and radii whose end lies inside."""
        start, tries = noise
        depth = self.height * start[:, :1]
        longitude = 2.0 * math.pi * start[:, 1:]
        radius = torch.sqrt(depth * (2.0 - depth))
        x = torch.cat([radius * torch.cos(longitude), radius * torch.sin(longitude), 1.0 - depth],
                      1)
        a = -1.0 / (1.0 + x[:, 2])  # a frame at x; needs positive z
        b = x[:, 0] * x[:, 1] * a
        first = torch.stack([1.0 + x[:, 0] ** 2 * a, b, -x[:, 0]], 1)
        second = torch.stack([b, 1.0 + x[:, 1] ** 2 * a, -x[:, 1]], 1)
        angle = 2.0 * math.pi * tries[:, :, 0]
        low, high = torch.sin(0.5 * r_min) ** 2, torch.sin(0.5 * r_max) ** 2
        r = 2.0 * torch.asin(torch.sqrt(low + tries[:, :, 1] * (high - low))).float()
        up = torch.cos(angle) * first[:, 2:] + torch.sin(angle) * second[:, 2:]
        inside = torch.cos(r) * x[:, 2:] + torch.sin(r) * up >= 1.0 - self.height
        taken = inside.int().argmax(1, keepdim=True)
        r, angle = r.gather(1, taken), angle.gather(1, taken)
        u = torch.cos(angle) * first + torch.sin(angle) * second
        ends = [torch.cos(h) * x + torch.sin(h) * u for h in (r, r / 2.0)]
        return torch.cat([x, *ends]), r

    def images(self, points):
        """(n,H,W,1)"""
        z = points[:, 2].view(-1, 1, 1)
        shadow = points[:, :2] * (-self.tip / points[:, 2:])
        reach = shadow.norm(dim=1).view(-1, 1, 1)
        along = torch.where(reach.unsqueeze(3) > 0.0,
                            shadow.view(-1, 1, 1, 2) / reach.unsqueeze(3), self.east)
        cosine, sine = along.unbind(3)
        s = self.qx * cosine + self.qy * sine
        across = self.qx * sine - self.qy * cosine
        b = 1.0 + across * across

        def density(s):
            return torch.rsqrt(b + s * s) ** 5

        def antiderivative(s):
            u = s * torch.rsqrt(b + s * s)
            return u * (3.0 - u * u)

        middle, step = s - 0.5 * reach, 0.387298335 * reach
        sides = density(middle - step) + density(middle + step)
        near = (8.0 * density(middle) + 5.0 * sides) / 18.0
        far = (antiderivative(s) - antiderivative(s - reach)) / (
            b * b * (3.0 * reach.clamp(min=0.15)))
        mean = torch.where(reach < 0.15, near, far)
        return torch.exp(-9.0 / z * mean).unsqueeze(3)


DATASETS = {"rotating-object": Rotations, "sundial": Cap}


class Trainer:
    """A network and its training, eager or compiled."""

    def __init__(self, dataset, network, config, compiled):
        compile_ = torch.compile if compiled else lambda function, **_: function
        self.dataset, self.network, self.config = dataset, network, config
        self.orthogonalised = compile_(bench_peer.orthogonalised, dynamic=False)

        def batch(noise, r_min, r_max):
            points, distance = dataset.pairs(noise, r_min, r_max)
            return dataset.images(points), distance

        def energy(images, distance):
            x, y, middle = network(images).chunk(3)
            square = (((y - x) / distance) ** 2).sum(1).clamp(min=1e-12)
            second = 0.5 * ((x - middle) + (y - middle)) * (8.0 / distance**2)
            gamma = (square - 1.0) ** 2 / square
            return gamma.mean() + config["lambda"] * (second**2).sum(1).mean()

        self.batch = compile_(batch)
        self.energy = compile_(energy)

    def radius(self, step, steps):
        """The largest distance of a step's pairs: lb_epsilon_at() of the program."""
        end, start = self.config["epsilon"], self.config["epsilon-start"]
        fall = self.config["epsilon-share"] * steps
        if start <= 0.0 or step >= fall:
            return end
        return start * (end / start) ** (step / fall)

    def draw(self, n, r_max):
        share = self.config["min-distance"] / self.config["epsilon"]
        radii = torch.tensor([share * r_max, r_max], dtype=torch.float64)
        with torch.no_grad():
            return self.batch(self.dataset.noise(n), *radii)

    def train(self, config, steps, seconds=math.inf):
        """Trains for some steps, or until the seconds are up; returns the seconds of each step."""
        update = bench_peer.make_update(torch, self.network,
                                        argparse.Namespace(optimizer=config["optimizer"]),
                                        self.orthogonalised)
        times = [time.perf_counter()]
        while len(times) <= steps and times[-1] < times[0] + seconds:
            step = len(times) - 1
            images, distance = self.draw(config["pairs"], self.radius(step, config["steps"]))
            factor = 0.5 * (1.0 + math.cos(math.pi * step / config["steps"]))
            bench_peer.set_rates(update, factor * config["lr"], factor * config["muon-lr"])
            update.zero_grad(set_to_none=True)
            self.energy(images, distance).backward()
            update.step()
            times.append(time.perf_counter())
        return np.diff(times)


def judge(network, pairs, config):
    """E and its standard error on the pairs, in float64."""
    network = copy.deepcopy(network).double()

    def encoder(images):
        with torch.no_grad():
            parts = torch.from_numpy(images).flatten(1).split(256)
            return torch.cat([network(part.double()) for part in parts]).numpy()

    mean, stderr = lowbend_numpy.energy(encoder, pairs, config["lambda"], config["c"])["E"]
    return {"E": mean, "stderr": stderr}


def differences(trainer, pairs):
    """Compares this implementation with PAIRS: the largest difference between images of the same
    point, and the difference in E in standard errors."""
    dataset, config = trainer.dataset, trainer.config
    apart = 0.0
    for name in ("x", "y", "average"):
        points, images = (torch.tensor(pairs[key][:256]) for key in (f"point_{name}", name))
        apart = max(apart, (dataset.images(points) - images).abs().max().item())
    drawn = [], [], [], []
    for _ in range(0, len(pairs["distance"]), 128):
        images, distance = trainer.draw(128, config["epsilon"])
        for part, values in zip(drawn, (*images.chunk(3), distance.flatten())):
            part.append(values)
    own = dict(zip(("x", "y", "average", "distance"),
                   (torch.cat(part).numpy() for part in drawn)))
    one, other = (judge(trainer.network, some, config) for some in (own, pairs))
    spread = math.hypot(one["stderr"], other["stderr"])
    return {"image_difference": apart, "energy_difference": abs(one["E"] - other["E"]) / spread}


def fastest(make, config, options):
    """The mode with the shortest median step, and the milliseconds of all modes."""
    ways = {}
    for threads in map(int, options.threads.split(",")):
        for compiled in (False, True)[:2 if hasattr(torch, "compile") and options.compile else 1]:
            torch.set_num_threads(threads)
            if compiled:
                torch._dynamo.reset()  # avoids recompilation for another number of threads
            trainer = make(compiled)
            trainer.train({**config, "steps": 10**6}, 3)
            times = trainer.train({**config, "steps": 10**6}, 10**6, options.seconds)
            ways[f"{'compiled' if compiled else 'eager'}, {threads}"] = (
                1e3 * float(np.median(times)), threads, trainer)
    taken = min(ways, key=lambda name: ways[name][0])
    return taken, {name: way[0] for name, way in ways.items()}, *ways[taken][1:]


def main():
    started = time.perf_counter()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", choices=DATASETS)
    parser.add_argument("start", type=pathlib.Path)
    parser.add_argument("pairs")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each timing")
    parser.add_argument("--no-compile", dest="compile", action="store_false")
    options = parser.parse_args()
    config = json.loads((options.start / "config.json").read_text())
    arrays, _ = lowbend_numpy.read_safetensors(options.pairs)
    pairs = {name: np.array(array) for name, array in arrays.items()}  # torch needs writable arrays
    torch.set_num_threads(int(options.threads.split(",")[0]))
    torch.manual_seed(config["seed"])
    network = torch_model.load_network(options.start / "encoder.safetensors")
    dataset = DATASETS[options.dataset](config["size"])
    checked = differences(Trainer(dataset, network, config, False), pairs)
    taken, ways, threads, trainer = fastest(
        lambda compiled: Trainer(dataset, network, config, compiled), config, options)
    torch.set_num_threads(threads)
    print(json.dumps({"torch": torch.__version__, "taken": taken, "ms": ways, **checked,
                      "setup_seconds": time.perf_counter() - started}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        run = pathlib.Path(request.get("train") or request["judge"])
        config = json.loads((run / "config.json").read_text())
        result = {}
        if "train" in request:
            start = torch_model.load_network(pathlib.Path(request["start"]) / "encoder.safetensors")
            network.load_state_dict(start.state_dict())
            torch.manual_seed(config["seed"])
            result["seconds"] = float(trainer.train(config, config["steps"]).sum())
            judged = network
        else:
            judged = torch_model.load_network(run / "encoder.safetensors")
        print(json.dumps({**result, **judge(judged, pairs, config)}), flush=True)


if __name__ == "__main__":
    main()
