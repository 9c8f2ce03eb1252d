#!/usr/bin/env python3
"""Trains and evaluates every image dataset with bending, without, and as a plain autoencoder.

For each dataset and seed: the energy with lambda > 0, the same with lambda = 0, and an autoencoder
of the same networks trained on its reconstruction alone, for as many steps as encoder and decoder
had together. Writes FOLDER/results.md and FOLDER/pictures; what is finished is not done again.
"""

import argparse
import csv
import datetime
import json
import math
import pathlib
import signal
import statistics
import subprocess
import sys
import time

SEEDS = 3
MULTIPLES = (1, 2, 3, 4)  # of epsilon: the distances of the tables
CLAIMED = (2, 3, 4)       # those that the comparison is about
ENCODER_STEPS = 800
DECODER_STEPS = 1200
COMMON = ["--size", "32", "--hidden", "256,256,256"]
PLAIN_RATE = "0.0005"     # the best of 0.0005, 0.001, 0.002 on rotating-object

# Name, epsilon, lambda: both follow the manifold's size and the range at which images overlap.
DATASETS = (
    ("sundial", 0.3, 0.1),
    ("rotating-object", 0.5, 0.3),
    ("arcs", 0.4, 0.1),
    ("klein-patches", 0.05, 0.01),
    ("ellipses", 0.1, 0.01),
    ("se2-shapes", 0.1, 0.02),
)
VARIANTS = ("bending", "isometry", "plain")
# Of eval.json: the numbers of the tables.
SHOWN = ("E", "distortion", "bending", "sigma_median", "scaled_isometry_error", "stress",
         "knn_recall", "reconstruction_mse")


class Study:
    """The folder, the program, and how to call it."""

    def __init__(self, folder, program, seeds, note):
        self.note = note
        self.folder = folder
        self.program = program
        self.seeds = seeds
        self.interrupted = False
        # Ctrl-C reaches the program too, which then writes a checkpoint: wait for it.
        signal.signal(signal.SIGINT, self.note_interrupt)

    def note_interrupt(self, *_):
        self.interrupted = True

    def run_folder(self, dataset, variant, seed):
        return self.folder / f"{dataset}-{variant}-{seed}"

    def call(self, *arguments):
        result = subprocess.run([self.program, *map(str, arguments)], stdout=subprocess.DEVNULL,
                                stdin=subprocess.DEVNULL, check=False)
        if result.returncode != 0 or self.interrupted:
            sys.exit(result.returncode or 130)

    def names(self):
        """What the program calls the numbers of eval.json, by their keys."""
        listed = subprocess.run([self.program, "eval", "--list-numbers", "--json"], check=True,
                                stdout=subprocess.PIPE).stdout
        return {number["key"]: number["name"] for number in json.loads(listed)}

    def train(self, dataset, epsilon, lambda_, variant, seed):
        options = ["--epsilon", epsilon, "--seed", seed, *COMMON]
        if variant == "plain":
            options += ["--plain", "--steps", ENCODER_STEPS + DECODER_STEPS, "--lr", PLAIN_RATE]
        else:
            options += ["--lambda", lambda_ if variant == "bending" else 0,
                        "--steps", ENCODER_STEPS, "--decoder-steps", DECODER_STEPS]
        run = self.run_folder(dataset, variant, seed)
        self.call("train", dataset, "--out", run, "--resume", *options)
        began = time.monotonic()
        self.call("eval", run)
        return trained_seconds(run) + time.monotonic() - began


def trained_seconds(run):
    """What the training took, all its parts together if it was interrupted."""
    with open(run / "metrics.csv", encoding="ascii", newline="") as file:
        return float(list(csv.DictReader(file))[-1]["seconds"])


def measured(run):
    """The numbers of a run's eval.json; of interpolation, one entry a multiple of epsilon."""
    result = json.loads((run / "eval.json").read_text())
    epsilon = json.loads((run / "config.json").read_text())["epsilon"]
    for row in result.pop("interpolation"):
        multiple = round(row["d"] / epsilon)
        for key, value in row.items():
            result[f"{key}@{multiple}"] = value
    return result


def mean_and_stderr(values):
    """Mean and standard error over seeds; (nan, nan) where a value is missing."""
    if any(value is None for value in values):
        return math.nan, math.nan
    error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return statistics.fmean(values), error


def text(value, error=None):
    if math.isnan(value):
        return ""
    if error is None or math.isnan(error):
        return f"{value:.3g}"
    return f"{value:.3g} ± {error:.1g}"


def over_seeds(results, key):
    """Of blended pixels, which no training changes, over the geodesics of one evaluation."""
    if key.startswith("blend_mse"):
        return results[0].get(key, math.nan), results[0].get(
            key.replace("blend_mse", "blend_mse_stderr"), math.nan)
    return mean_and_stderr([result.get(key) for result in results])


def title(variant, lambda_):
    return {"bending": f"λ = {lambda_}", "isometry": "λ = 0", "plain": "plain"}[variant]


def quality_table(names, lambda_, results):
    yield "| encoder | " + " | ".join(names[key] for key in SHOWN) + " |"
    yield "|---" * (len(SHOWN) + 1) + "|"
    for variant in VARIANTS:
        cells = [text(*over_seeds(results[variant], key)) for key in SHOWN]
        yield f"| {title(variant, lambda_)} | " + " | ".join(cells) + " |"


def interpolation_table(lambda_, results):
    multiples = [m for m in MULTIPLES if f"image_mse@{m}" in results["bending"][0]]
    yield "| mean squared image error | " + " | ".join(f"d = {m}ε" for m in multiples) + " |"
    yield "|---" * (len(multiples) + 1) + "|"
    for variant in VARIANTS:
        cells = [text(*over_seeds(results[variant], f"image_mse@{m}")) for m in multiples]
        yield f"| {title(variant, lambda_)} | " + " | ".join(cells) + " |"
    cells = [text(*over_seeds(results["bending"], f"blend_mse@{m}")) for m in multiples]
    yield "| pixel blend | " + " | ".join(cells) + " |"


def margins(results):
    """Of each rival and claimed distance: how many standard errors its error is above ours."""
    rivals = {"λ = 0": ("isometry", "image_mse"), "pixel blend": ("bending", "blend_mse"),
              "plain": ("plain", "image_mse")}
    for name, (variant, key) in rivals.items():
        for multiple in CLAIMED:
            ours, our_error = over_seeds(results["bending"], f"image_mse@{multiple}")
            theirs, their_error = over_seeds(results[variant], f"{key}@{multiple}")
            error = math.hypot(our_error, their_error)
            yield name, multiple, theirs / ours, (theirs - ours) / error


def margin_table(all_results):
    heads = [f"{name}, {m}ε" for name in ("λ = 0", "pixel blend", "plain") for m in CLAIMED]
    yield "| dataset | " + " | ".join(heads) + " |"
    yield "|---" * (len(heads) + 1) + "|"
    for dataset, results in all_results.items():
        cells = []
        for _, _, ratio, deviations in margins(results):
            cells.append("" if math.isnan(ratio) else f"{ratio:.2g}× ({deviations:+.0f})")
        yield f"| `{dataset}` | " + " | ".join(cells) + " |"


def report(study, all_results, command):
    config = json.loads(
        (study.run_folder(DATASETS[0][0], "bending", 0) / "config.json").read_text())
    seconds = json.loads((study.folder / "seconds.json").read_text())
    yield "# Results"
    yield ""
    device = config["device"]
    today = datetime.date.today().isoformat()
    yield (f"Device: {device['name']}; driver: {device['platform']} {device['driver']}; "
           f"lowbend {config['version']}; {today}. {study.note}").strip()
    yield ""
    yield "Command, resumable run by run:"
    yield ""
    yield f"    {command}"
    yield ""
    yield (f"32×32 images, hidden layers 256, 256, 256, latent 16; {ENCODER_STEPS} steps of 128 "
           f"pairs for the encoder, {DECODER_STEPS} of 128 images for the decoder; plain "
           f"autoencoders of the same networks have {ENCODER_STEPS + DECODER_STEPS} steps of both, "
           f"at the best learning rate tried ({PLAIN_RATE}). Numbers are means ± "
           f"standard errors over {study.seeds} seeds. A run, training and evaluation, took "
           f"{statistics.median(seconds.values()):.0f} s at the median, "
           f"{max(seconds.values()):.0f} s at most.")
    yield ""
    yield "## Straight latent lines against their rivals"
    yield ""
    yield ("How many times the mean squared image error of λ > 0 a rival has at distance d, and "
           "in brackets the difference in standard errors (above +2: λ > 0 wins): over the seeds, "
           "of the blend over geodesics.")
    yield ""
    yield from margin_table(all_results)
    for dataset, epsilon, lambda_ in DATASETS:
        if dataset not in all_results:
            continue
        yield ""
        yield f"## {dataset}, ε = {epsilon}"
        yield ""
        yield from quality_table(study.names(), lambda_, all_results[dataset])
        yield ""
        yield from interpolation_table(lambda_, all_results[dataset])
        yield ""
        yield f"![Strips and error curves of {dataset}](pictures/results-{dataset}.png)"


def draw_picture(study, dataset):
    """Strips and curves of the first seed's three runs."""
    bending, isometry, plain = (study.run_folder(dataset, variant, 0) for variant in VARIANTS)
    study.call("interpolate", bending, "--compare", isometry, "--compare", plain,
               "--out", study.folder / "pictures" / f"results-{dataset}.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--lowbend", default="lowbend", help="the program")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--dataset", action="append", choices=[name for name, _, _ in DATASETS],
                        help="only this one (may be repeated)")
    parser.add_argument("--note", default="",
                        help="a sentence for the results, such as what else the machine did")
    arguments = parser.parse_args()
    study = Study(arguments.folder, arguments.lowbend, arguments.seeds, arguments.note)
    (study.folder / "pictures").mkdir(parents=True, exist_ok=True)
    log = study.folder / "seconds.json"
    seconds = json.loads(log.read_text()) if log.exists() else {}
    chosen = [row for row in DATASETS if not arguments.dataset or row[0] in arguments.dataset]

    jobs = [(dataset, epsilon, lambda_, variant, seed)
            for seed in range(study.seeds)
            for dataset, epsilon, lambda_ in chosen
            for variant in VARIANTS]
    for number, job in enumerate(jobs, 1):
        dataset, _, _, variant, seed = job
        run = study.run_folder(dataset, variant, seed)
        if run.name in seconds:
            continue
        print(f"[{number}/{len(jobs)}] {run.name}", flush=True)
        seconds[run.name] = round(study.train(*job), 1)
        log.write_text(json.dumps(seconds, indent=1) + "\n")

    all_results = {
        dataset: {variant: [measured(study.run_folder(dataset, variant, seed))
                            for seed in range(study.seeds)] for variant in VARIANTS}
        for dataset, _, _ in chosen}
    for dataset, _, _ in chosen:
        draw_picture(study, dataset)
    lines = report(study, all_results, "tools/reproduce")
    (study.folder / "results.md").write_text("\n".join(lines) + "\n")
    print(f"{study.folder / 'results.md'}")


if __name__ == "__main__":
    main()
