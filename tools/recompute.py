#!/usr/bin/env python3
"""Recomputes the energy of a trained encoder with numpy in float64.

PAIRS is a file written by `lowbend sample DATASET --pairs N --out PAIRS`. Prints E, distortion and
bending, each with its Monte Carlo standard error; compare them with the line `encoder-final` of
RUN/metrics.csv. If the manifold's minimum energy E* is known, also prints E / E*.
"""

import argparse
import json
import pathlib

import numpy as np

import lowbend_numpy


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", metavar="RUN", type=pathlib.Path)
    parser.add_argument("pairs", metavar="PAIRS", help="a .safetensors file")
    options = parser.parse_args()
    config = json.loads((options.run / "config.json").read_text())
    encoder = lowbend_numpy.Network(options.run / "encoder.safetensors")
    pairs, _ = lowbend_numpy.read_safetensors(options.pairs)
    for name in ("x", "y", "average"):
        if pairs[name].dtype == np.float32:
            pairs[name] = pairs[name] / np.float32(config.get("scale") or 1)
    result = lowbend_numpy.energy(encoder, pairs, config["lambda"], config["c"])
    for name, (mean, stderr) in result.items():
        print(f"{name} {mean:.9g} +- {stderr:.2g}")
    minimum = (config.get("dataset_facts") or {}).get("E_star")
    if minimum:
        mean, stderr = (value / minimum for value in result["E"])
        print(f"E/E* {mean:.9g} +- {stderr:.2g}")


main()
