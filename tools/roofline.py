#!/usr/bin/env python3
"""Lower bounds of a training step's time on GPUs, from its bytes, FLOPs and launches.

usage: roofline.py [PROGRAM]

PROGRAM (build/src/cli/lowbend) trains one step with each dataset's defaults. The layers come from the
network that it writes, the launches from its `bench --profile` on the GPU path (LOWBEND_ASSUME=gpu),
on any device. The output is the Markdown tables of docs/performance.md.

Bytes are the global memory traffic of the GPU path, assuming that each launch reads its input once
and that caches keep nothing between launches: patches of convolutions are written and read again,
activations are a separate pass, and slopes are stored for all activations but elu, relu, tanh and
sigmoid. FLOPs are those of the matrix products and the optimizer; for rendering only bytes count.
An operation takes the longer of bytes / bandwidth and FLOPs / peak. A step takes the longer of the
sum over its operations and the time to launch its kernels.
"""

import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import lowbend_numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
TIME_LIMIT = 900

# Vendors' numbers: TFLOP/s in float32 and GB/s. For RDNA 3, AMD counts dual-issued instructions,
# which compilers seldom generate: this is half of AMD's number.
GPUS = {
    "Iris Xe, 96 units, LPDDR4X": (2.1, 68.0),
    "Radeon 780M, LPDDR5": (4.1, 102.0),
    "RX 7600": (10.8, 288.0),
    "H200": (67.0, 4800.0),
}
LAUNCH = 4e-6  # seconds between short kernels in an in-order queue; drivers usually take 3 to 8 us

CASES = (("sundial", "sundial, 64×64×1"), ("rotating-object", "rotating-object, 32×32×3"),
         ("sphere-points", "sphere-points"))
FLOAT = 4
SLOPE_FROM_VALUE = ("linear", "elu", "relu", "tanh", "sigmoid")
CHAIN_IMAGES, PAIR_IMAGES = 5, 3


class Step:
    """The operations of a step."""

    def __init__(self):
        self.operations = []

    def add(self, numbers, flops=0.0):
        """Adds an operation that reads and writes this many numbers in total."""
        self.operations.append((FLOAT * numbers, flops))

    @property
    def megabytes(self):
        return sum(size for size, _ in self.operations) / 1e6

    @property
    def gigaflops(self):
        return sum(flops for _, flops in self.operations) / 1e9

    def seconds(self, tera_flops, giga_bytes):
        return sum(max(size / (giga_bytes * 1e9), flops / (tera_flops * 1e12))
                   for size, flops in self.operations)


def add_product(step, layer, m, k, n, patches, backward):
    """Adds a product (m,k) (k,n) and its passes over patches."""
    if patches:
        step.add(math.prod(layer.shape_in) * m // math.prod(layer.shape[:2]) + m * k)
    step.add(m * k + k * n + m * n, 2.0 * m * k * n)
    if not backward:
        stored = 2 if layer.activation in SLOPE_FROM_VALUE else 3
        step.add(stored * m * n)


def add_layer(step, layer, images, first):
    """Adds the three products of a layer and its other operations; the first layer needs no gradient
    of its input."""
    size_in, size_out = math.prod(layer.shape_in), math.prod(layer.shape)
    if not layer.has_parameters:
        step.add(images * (size_in + size_out))
        if not first:
            step.add(images * (size_in + size_out))
        return
    n = layer.shape[2] if layer.kind == "conv" else size_out
    m = images * size_out // n
    k = layer.weight.size // n
    patches = layer.kind == "conv"
    add_product(step, layer, m, k, n, patches, False)
    if layer.activation != "linear":
        step.add(3 * m * n)  # dZ = dY act'
    step.add(m * n)  # gradient of the bias
    add_product(step, layer, m, k, n, patches, True)  # gradient of the weights
    if not first:
        add_product(step, layer, m, k, n, patches, True)


def add_optimizer(step, layers, config):
    """Adds Adam, or Muon for all weights but those of the last layer."""
    with_parameters = [layer for layer in layers if layer.has_parameters]
    adam = sum(layer.bias.size for layer in with_parameters)
    for layer in with_parameters:
        size = layer.weight.size
        if config["optimizer"] != "muon" or layer is with_parameters[-1]:
            adam += size
            continue
        columns = layer.weight.shape[-1]
        small, large = sorted((columns, size // columns))
        step.add(4 * size, 4.0 * size)  # momentum
        for _ in range(config["muon-steps"]):
            step.add(2 * size + small * small, 2.0 * small * small * large)
            step.add(2 * small * small, 2.0 * small**3)
            step.add(3 * small * small)
            step.add(2 * size + small * small, 2.0 * small * small * large)
        step.add(3 * size)
    step.add(7 * adam, 12.0 * adam)


def count(config, layers):
    """The operations of an encoder step."""
    step = Step()
    images = (CHAIN_IMAGES * (3 * config["pairs"] // 5) if config["strategy"] == "chain" else
              PAIR_IMAGES * config["pairs"])
    step.add(images * math.prod(layers[0].shape_in))  # rendering
    first = True
    for layer in layers:
        add_layer(step, layer, images, first)
        first = first and not layer.has_parameters
    step.add(3 * images * config["latent"])  # loss and gradient
    add_optimizer(step, layers, config)
    return step


def run(program, *arguments, environment=None):
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True,
                            timeout=TIME_LIMIT, env={**os.environ, **(environment or {})},
                            check=False)
    if result.returncode != 0:
        sys.exit(result.stderr)
    return result.stdout


def launches(program, dataset):
    table = run(program, "bench", dataset, "--profile", "--repeats", 1, "--warm-up", 1,
                environment={"LOWBEND_ASSUME": "gpu"})
    return sum(map(int, re.findall(r"^[a-z]\w+ +(\d+) +[\d.]+ +[\d.]+ %", table, re.MULTILINE)))


def main():
    if len(sys.argv) > 2 or sys.argv[1:] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    program = sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "src" / "cli" / "lowbend"
    print("| step | MB | GFLOP | FLOPs a byte | launches | launching, ms |")
    print("|---|---|---|---|---|---|")
    rows = []
    for dataset, title in CASES:
        with tempfile.TemporaryDirectory(prefix="lowbend-roofline-") as folder:
            out = pathlib.Path(folder) / "run"
            run(program, "train", dataset, "--steps", 1, "--decoder-steps", 0, "--out", out)
            config = json.loads((out / "config.json").read_text())
            layers = lowbend_numpy.read_layers(
                *lowbend_numpy.read_safetensors(out / "encoder.safetensors"))
        step = count(config, layers)
        n = launches(program, dataset)
        print(f"| {title} | {step.megabytes:.3g} | {step.gigaflops:.3g} | "
              f"{1e3 * step.gigaflops / step.megabytes:.1f} | {n} | {1e3 * n * LAUNCH:.2f} |")
        cells = []
        for limits in GPUS.values():
            work, launching = step.seconds(*limits), n * LAUNCH
            bound = "launches" if launching > work else "work"
            cells.append(f"{1e3 * max(work, launching):.2f} ({bound})")
        rows.append(f"| {title} | " + " | ".join(cells) + " |")
    print("\n| least ms a step | " + " | ".join(GPUS) + " |")
    print("|---|" + "---|" * len(GPUS))
    print("\n".join(rows))


if __name__ == "__main__":
    main()
