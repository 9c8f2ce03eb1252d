#!/usr/bin/env python3
"""Shows the convergence of minimisers: trains a network at several epsilon, and evaluates each run
at all of them.

The RUNs are written to FOLDER (default study-epsilon). Finished ones are reused, interrupted ones
resumed. Prints a Markdown table with a row for each epsilon of training and a column for each epsilon
of evaluation: E +- its Monte Carlo error, and E* of the limit if it is known.
"""

import argparse
import datetime
import json
import math
import pathlib
import statistics
import subprocess
import sys

NETWORK = ("--hidden", "64,64", "--latent", "6", "--activation", "softplus", "--steps", "2000",
           "--decoder-steps", "0")


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="lowbend")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("study-epsilon"))
    parser.add_argument("--dataset", default="sphere")
    parser.add_argument("--lambda", dest="weight", type=float, default=0.1)
    parser.add_argument("--epsilons", default="1.6,0.8,0.4,0.2,0.1")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--pairs", type=int, default=16384, help="at each epsilon (default 16384)")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("train", nargs="*", help=f"default: {' '.join(NETWORK)}")
    return parser.parse_args()


def run(command):
    """Standard output of a command; its standard error is passed on."""
    return subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def train(options, epsilon, seed):
    """A finished RUN folder: newly trained, resumed, or from an earlier call."""
    folder = options.folder / f"{options.dataset}-epsilon{epsilon:g}-seed{seed}"
    print(f"training {folder}", file=sys.stderr, flush=True)
    run([options.program, "train", options.dataset, "--out", folder, "--resume", "--quiet",
         "--epsilon", f"{epsilon:g}", "--lambda", f"{options.weight:g}", "--seed", seed,
         *(options.train or NETWORK)])
    return folder


def evaluate(options, folder, epsilon):
    """E at one epsilon and a bound of its standard error, as if its terms were fully correlated."""
    text = run([options.program, "converge", folder, "--json", "--quiet", "--levels", 1,
                "--epsilon", f"{epsilon:g}", "--pairs", options.pairs, "--seed", 1])
    result = json.loads(text)
    energy = result["distortion"][0] + options.weight * result["bending"][0]
    error = result["stderr_distortion"][0] + options.weight * result["stderr_bending"][0]
    return energy, error, epsilon < 4.0 * result["rounding_below"]


def cell(results):
    """Mean over the seeds +- the larger of Monte Carlo error and spread; * if rounding matters."""
    energies = [energy for energy, _, _ in results]
    error = math.sqrt(sum(error ** 2 for _, error, _ in results)) / len(results)
    if len(energies) > 1:
        error = max(error, statistics.stdev(energies) / math.sqrt(len(energies)))
    mark = " *" if any(rounded for _, _, rounded in results) else ""
    return f"{statistics.mean(energies):.5f} ± {error:.5f}{mark}"


def main():
    options = read_arguments()
    epsilons = sorted((float(text) for text in options.epsilons.split(",")), reverse=True)
    seeds = [int(text) for text in options.seeds.split(",")]
    options.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for trained in epsilons:
        folders = [train(options, trained, seed) for seed in seeds]
        cells = [cell([evaluate(options, folder, epsilon) for folder in folders])
                 for epsilon in epsilons]
        rows.append(f"| {trained:g} | " + " | ".join(cells) + " |")
    config = json.loads((folders[0] / "config.json").read_text())
    minimum = config.get("dataset_facts", {}).get("E_star")
    known = "not known" if minimum is None else f"E* = {minimum:.5f}"
    device = config["device"]
    heads = " | ".join(f"E at {epsilon:g}" for epsilon in epsilons)
    lines = [
        f"# {options.dataset}: trained at one ε, evaluated at another",
        "",
        f"λ = {options.weight:g}, c = {config['c']:g}; the minimum for ε → 0 is {known}. Every "
        f"number is the mean over {len(seeds)} seed(s)",
        f"on {options.pairs} fresh pairs each, ± the larger of the Monte Carlo error and the "
        "spread of the seeds over √n.",
        "The last column is closest to the limit: there E should fall towards E* as the ε of the "
        "training shrinks.",
        "An asterisk means that the rounding of float32 codes is not negligible.",
        "",
        f"| trained at ε | {heads} |",
        "|---" * (len(epsilons) + 1) + "|",
        *rows,
        "",
        f"Device: {device['name']} ({device['platform']}), driver {device['driver']}; lowbend "
        f"{config['version']}, {datetime.date.today()}.",
        "",
        f"    tools/study_epsilon.py --dataset {options.dataset} --lambda {options.weight:g} \\",
        f"        --epsilons {options.epsilons} --seeds {options.seeds} --pairs {options.pairs} \\",
        f"        -- {' '.join(options.train or NETWORK)}",
        "",
    ]
    text = "\n".join(lines)
    if options.out is not None:
        options.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
