#!/usr/bin/env python3
"""Recomputes the energy of a trained encoder by numpy in float64.

usage: recompute.py RUN PAIRS.safetensors
PAIRS is what `lowbend sample DATASET --pairs N --out PAIRS` writes. Prints E, distortion and bending,
each with its Monte Carlo standard error; compare with the line `encoder-final` of RUN/metrics.csv.
"""

import json
import pathlib
import sys

import numpy as np

import lowbend_numpy


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    run = pathlib.Path(sys.argv[1])
    config = json.loads((run / "config.json").read_text())
    encoder = lowbend_numpy.Network(run / "encoder.safetensors")
    pairs, _ = lowbend_numpy.read_safetensors(sys.argv[2])
    for name in ("x", "y", "average"):
        if pairs[name].dtype == np.float32:
            pairs[name] = pairs[name] / np.float32(config.get("scale") or 1)
    result = lowbend_numpy.energy(encoder, pairs, config["lambda"], config["c"])
    for name, (mean, stderr) in result.items():
        print(f"{name} {mean:.9g} +- {stderr:.2g}")


main()
