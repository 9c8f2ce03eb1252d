#!/usr/bin/env python3
"""Trains and evaluates the networks of docs/results.md and their baselines, and writes its tables.

For each image dataset and seed: the defaults of `lowbend train` (ours), the same with λ = 0
(lambda0), a plain autoencoder with the same networks and optimiser (plain), and the settings of
version 0.1.0 (old, one seed); then the point datasets with known minimum energy. Datasets for which
`lowbend geometry` is evaluated are also trained with a weaker λ and a decoder without code noise, for
which straight lines leave the latent manifold (curved). The script can be interrupted at any time
and continues when run again. FOLDER/results.json records the finished runs; after every run the
tables and pictures are rewritten from it.
"""

import argparse
import csv
import dataclasses
import json
import math
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import reproduce_geometry
import reproduce_tables

TOOLS = pathlib.Path(__file__).resolve().parent
BUNNY = pathlib.Path("/usr/share/glmark2/models/bunny.obj")  # from Debian's package glmark2-data
VARIANTS = ("ours", "lambda0", "plain", "old", "curved")
CURVED = ["--lambda", 0.01, "--code-noise", 0]
FACTORS = (0.3, 1, 3)  # times our learning rates: the rates tried for a plain autoencoder
OLD = ("--hidden 512,512,512 --decoder-hidden mirror --activation elu --optimizer adam "
       "--strategy ball --epsilon-start 0 --cross-weight 0 --lr 1e-3 --decoder-lr 4e-3").split()
OLD_STEPS = "--steps 1200 --decoder-steps 1500".split()
FRESH_PAIRS = 4096
FRESH_SEED = 20000  # plus the run's seed; the program evaluates with other seeds
# Settings of --smoke, with which a run takes seconds.
SMOKE_TRAIN = "--pairs 16 --no-report".split()
SMOKE_NETWORKS = "--hidden 16 --decoder-hidden mirror".split()
SMOKE_STEPS = "--steps 4 --decoder-steps 4".split()
SMOKE_EVAL = "--pairs 256 --points 64".split()
SMOKE_GEOMETRY = "--steps 20 --pairs 2 --segments 4".split()


@dataclasses.dataclass(frozen=True)
class Row:
    """A dataset, its settings and the goals of its runs."""
    name: str
    dataset: str
    lambda_: float
    epsilon: float
    limit: float         # for E over E*, or over the attainable E
    size: int = 0        # of images; 0: a point dataset, trained without a decoder
    attainable: float = None  # final E of training on the manifold's points, if E* is unknown
    recall: float = None
    blend: tuple = ()    # blended pixels' error over ours at 2, 3, 4 epsilon
    mesh: pathlib.Path = None
    geometry: bool = False  # geodesics of the latent manifold are measured
    curved: bool = False    # train the variant 'curved', too
    decoded: bool = False   # a point dataset with a decoder

    def drawn(self):
        """Options of train and sample that define the images."""
        return ["--size", self.size] * (self.size > 0) + ["--mesh", self.mesh] * bool(self.mesh)


# The attainable energies are those after 4000 steps of a network of 128,128 with softplus; one found
# by an evaluation takes precedence.
ROWS = (
    Row("sundial", "sundial", 0.1, 0.3, 1.04, 64, 0.0233, 0.98, (8, 20, 25), None, True,
        True),
    Row("rotating-object", "rotating-object", 0.3, 0.5, 1.08, 32, None, 0.98, (6, 8, 5), None, True),
    Row("arcs", "arcs", 0.1, 0.4, 1.015, 64, None, 0.99, (15, 25, 20), None, True),
    Row("klein-patches", "klein-patches", 0.01, 0.05, 1.02, 32, 0.2985, 0.98, (10, 20, 15), None,
        True, True),
    Row("ellipses", "ellipses", 0.01, 0.1, 1.07, 64, 0.0024, 0.98, (3, 12, 25)),
    Row("se2-shapes", "se2-shapes", 0.02, 0.1, 1.1, 64, 0.0612, 0.93, (4, 8, 10)),
    Row("bunny", "rotating-object", 0.3, 0.5, 1.5, 32, None, 0.95, (2, 2, 2), BUNNY),
    Row("sphere-points", "sphere-points", 0.5, 0.3, 1.02),
    Row("so3-points", "so3-points", 0.5, 0.3, 1.02),
    Row("torus-points", "torus-points", 0.5, 0.3, 1.02),
    Row("rp2-points", "rp2-points", 0.5, 0.3, 1.02),
    Row("sphere", "sphere-points", 0.03, 0.3, 1.02, geometry=True, decoded=True),
)
SMOKE_ROWS = (
    dataclasses.replace(ROWS[2], size=16, curved=True),
    ROWS[7],
)


@dataclasses.dataclass(frozen=True)
class Job:
    """One run. `factor` multiplies the learning rates of a plain autoencoder."""
    row: Row
    variant: str
    seed: int
    factor: float = None

    @property
    def name(self):
        factor = f"-x{self.factor:g}" if self.factor else ""
        return f"{self.row.name}-{self.variant}{factor}-{self.seed}"

    @property
    def geometry(self):
        return self.row.geometry and self.variant in ("ours", "curved")


def replace_file(path, text):
    """Writes a file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


class Study:
    """The folder, the program, and the finished runs."""

    def __init__(self, arguments):
        self.folder = arguments.folder
        self.program = arguments.lowbend
        self.smoke = arguments.smoke
        self.seeds = arguments.seeds or (1 if arguments.smoke else 3)
        self.chosen = arguments.only or list(VARIANTS)
        self.results = arguments.results
        self.note = arguments.note
        self.child = None
        self.interrupted = None
        self.log = self.folder / "results.json"
        # runs: records by name. strips: by row, the runs shown in the pictures.
        self.done = {"runs": {}, "strips": {}}
        if self.log.exists():
            self.done = json.loads(self.log.read_text(encoding="utf-8"))
        listed = json.loads(self.output("datasets", "--json"))
        self.h = {entry["name"]: entry["h"] for entry in listed}
        self.names = {number["key"]: number["name"]
                      for number in json.loads(self.output("eval", "--list-numbers", "--json"))}
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.interrupt)

    def interrupt(self, number, _):
        """Stops the program, which first writes a checkpoint."""
        self.interrupted = number
        if self.child:
            self.child.terminate()

    def output(self, *arguments):
        return subprocess.run([self.program, *map(str, arguments)], check=True,
                              stdout=subprocess.PIPE).stdout

    def call(self, *arguments):
        """Runs the program; returns its exit status and CPU seconds. It runs in a new session, so that
        Ctrl-C does not signal it a second time."""
        self.child = subprocess.Popen([self.program, *map(str, arguments), "--quiet"],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      start_new_session=True)
        if self.interrupted:
            self.child.terminate()
        _, status, usage = os.wait4(self.child.pid, 0)
        self.child.returncode = os.waitstatus_to_exitcode(status)
        status, self.child = self.child.returncode, None
        return status, usage.ru_utime + usage.ru_stime

    def must(self, *arguments):
        status, _ = self.call(*arguments)
        self.stop_if_interrupted()
        if status != 0:
            raise RuntimeError(f"lowbend {arguments[0]} ended with status {status}")

    def stop_if_interrupted(self):
        if self.interrupted:
            sys.exit(128 + self.interrupted)

    def save(self):
        replace_file(self.log, json.dumps(self.done, indent=1) + "\n")

    def record(self, job):
        return self.done["runs"].get(job.name, {})

    def finished(self, job):
        record = self.record(job)
        return "recomputed" in record and (not job.geometry or "geometry" in record)

    def minimum(self, row):
        """E* = 2 sqrt(1 + lambda h) - 2, or None (method.md)."""
        h = self.h[row.dataset]
        return None if h is None else 2 * math.sqrt(1 + row.lambda_ * h) - 2

    def best_factor(self, row):
        """The factor of the plain autoencoder of seed 0 with the smallest error on fresh images; None
        until all are finished."""
        trials = [Job(row, "plain", 0, factor) for factor in FACTORS]
        if not all(map(self.finished, trials)):
            return None
        errors = {trial.factor: self.record(trial)["eval"]["reconstruction_mse"] for trial in trials}
        return min(errors, key=errors.get)

    def jobs(self, rows):
        """All runs, in order. Evaluate this lazily: a plain autoencoder's settings depend on finished
        runs, those of ours (steps and rates) and of seed 0 (the best factor)."""
        for variant in VARIANTS:
            for row in rows:
                if row.size == 0 and variant != "ours" or variant == "curved" and not row.curved:
                    continue
                for seed in range(1 if variant == "old" else self.seeds):
                    needed = variant == "ours" and seed == 0 and row.size and "plain" in self.chosen
                    if variant not in self.chosen and not needed:
                        continue
                    if variant != "plain":
                        yield Job(row, variant, seed)
                    elif seed == 0:
                        yield from (Job(row, variant, 0, factor) for factor in FACTORS)
                    elif self.best_factor(row):
                        yield Job(row, variant, seed, self.best_factor(row))

    def settings(self, job):
        """Options of `lowbend train` for a job."""
        row = job.row
        steps = SMOKE_STEPS if self.smoke else OLD_STEPS if job.variant == "old" else []
        options = row.drawn() + ["--lambda", 0 if job.variant == "lambda0" else row.lambda_,
                                 "--epsilon", row.epsilon, "--seed", job.seed]
        if job.variant == "old":
            options += OLD
        if job.variant == "curved":
            options = row.drawn() + CURVED + ["--epsilon", row.epsilon, "--seed", job.seed]
        if job.variant != "old" and self.smoke and row.size:
            options += SMOKE_NETWORKS
        if job.variant == "plain":
            ours = self.record(Job(row, "ours", 0)).get("settings")
            if not ours:
                raise RuntimeError("needs ours of seed 0 for its steps and rates")
            steps = ["--steps", ours["steps"] + ours["decoder-steps"]]
            options += ["--plain", "--lr", f"{job.factor * ours['lr']:.6g}"]
            if ours["optimizer"] == "muon":
                options += ["--muon-lr", f"{job.factor * ours['muon-lr']:.6g}"]
        if row.size == 0 and not row.decoded:
            steps = steps[:2] + ["--decoder-steps", 0]
        options += steps + (SMOKE_TRAIN if self.smoke else [])
        return list(map(str, options))

    def perform(self, job):
        """Trains, evaluates and recomputes, unless already done."""
        run = self.folder / job.name
        record = self.done["runs"].setdefault(job.name, {
            "row": job.row.name, "variant": job.variant, "seed": job.seed, "factor": job.factor,
            "options": self.settings(job), "cpu_seconds": []})
        if record["options"] != self.settings(job):
            raise RuntimeError(f"{run} has other settings: {' '.join(record['options'])} (move it "
                               f"away and take its entry out of {self.log})")
        if "seconds" not in record:
            self.train(job, run, record)
        if "eval" not in record:
            # Finding the attainable E takes a minute, and the tables show it only for ours.
            self.must("eval", run,
                      *["--no-attainable"] * (job.variant in ("lambda0", "plain", "curved")),
                      *(SMOKE_EVAL if self.smoke else []))
            record["eval"] = json.loads((run / "eval.json").read_text())
            self.save()
        if "recomputed" not in record:
            record["recomputed"] = self.recompute(job, run)
            self.save()
        if job.geometry and "geometry" not in record:
            start = time.monotonic()
            self.must("geometry", run, *(SMOKE_GEOMETRY if self.smoke else []))
            record["geometry"] = json.loads((run / "geometry.json").read_text())
            record["seconds"]["geometry"] = time.monotonic() - start
            self.save()

    def train(self, job, run, record):
        # The entry stays null if this script is killed: the time of that part is unknown.
        record["cpu_seconds"].append(None)
        self.save()
        status, cpu_seconds = self.call("train", job.row.dataset, "--out", run,
                                        *["--resume"] * run.exists(), *record["options"])
        record["cpu_seconds"][-1] = round(cpu_seconds, 2)
        if status == 0:
            config = json.loads((run / "config.json").read_text())
            record["device"] = config.pop("device")
            record["version"] = config["version"]
            config.pop("dataset_facts")
            record["settings"] = config
            record.update(read_metrics(run, config["lambda"]))
        self.save()
        self.stop_if_interrupted()
        if status != 0:
            raise RuntimeError(f"lowbend train ended with status {status}")

    def recompute(self, job, run):
        """E, distortion and bending with their standard errors, computed from the files with numpy."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            pairs = pathlib.Path(folder) / "pairs.safetensors"
            self.must("sample", job.row.dataset, *job.row.drawn(), "--epsilon", job.row.epsilon,
                      "--pairs", 256 if self.smoke else FRESH_PAIRS,
                      "--seed", FRESH_SEED + job.seed, "--out", pairs)
            result = subprocess.run([sys.executable, TOOLS / "recompute.py", run, pairs],
                                    stdout=subprocess.PIPE, text=True, start_new_session=True,
                                    check=False)
            self.stop_if_interrupted()
            if result.returncode != 0:
                raise RuntimeError(f"recompute.py ended with status {result.returncode}")
        lines = (line.replace("+-", "").split() for line in result.stdout.splitlines())
        return {name: [float(mean), float(stderr)] for name, mean, stderr in lines}

    def draw_strips(self, row, pictures):
        """Draws straight latent lines of the first seed's three runs, once these are finished."""
        factor = self.best_factor(row)
        shown = [Job(row, "ours", 0), Job(row, "lambda0", 0), Job(row, "plain", 0, factor)]
        names = [job.name for job in shown]
        if not factor or not all(map(self.finished, shown)) or \
                self.done["strips"].get(row.name) == names:
            return
        ours, *others = (self.folder / name for name in names)
        pictures.mkdir(parents=True, exist_ok=True)
        self.must("interpolate", ours, *(word for run in others for word in ("--compare", run)),
                  "--out", pictures / f"results-{row.name}.png")
        self.done["strips"][row.name] = names
        self.save()

    def write(self, rows):
        """Writes the tables and pictures of all finished runs."""
        pictures = self.results.parent / "pictures"
        for row in rows:
            if row.size:
                self.draw_strips(row, pictures)
        text, curves = reproduce_tables.results(self, rows)
        if curves:
            replace_file(pictures / "results-curves.svg", curves)
        replace_file(self.results, reproduce_tables.inserted(self.results, text))


def read_metrics(run, lambda_):
    """Reads metrics.csv: seconds of the phases, and the curve of E, with epsilon while it falls."""
    with open(run / "metrics.csv", encoding="ascii", newline="") as file:
        lines = list(csv.DictReader(file))
    encoder = [line for line in lines if line["phase"] == "encoder"]
    ends = {line["phase"]: float(line["seconds"]) for line in lines}
    seconds = {"total": float(lines[-1]["seconds"])}
    if encoder:
        seconds["encoder"] = ends["encoder"]
        if "decoder" in ends:
            seconds["decoder"] = ends["decoder"] - ends["encoder-final"]
    curve = [[float(line["seconds"]),
              float(line["distortion"]) + lambda_ * float(line["bending"]),
              float(line["epsilon"])] for line in encoder]
    return {"seconds": seconds, "curve": curve}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER", type=pathlib.Path)
    parser.add_argument("--lowbend", default="lowbend", help="the program")
    parser.add_argument("--seeds", type=int, help="how many (default 3, with --smoke 1)")
    parser.add_argument("--dataset", action="append", choices=[row.name for row in ROWS],
                        metavar="NAME", help="only this one of " +
                        ", ".join(row.name for row in ROWS) + " (may be repeated)")
    parser.add_argument("--only", action="append", choices=VARIANTS,
                        help="only these runs (may be repeated)")
    parser.add_argument("--results", metavar="FILE", type=pathlib.Path,
                        help="the text whose generated part is replaced; pictures go beside it "
                        "(default docs/results.md, with --smoke FOLDER/results.md)")
    parser.add_argument("--note", default="",
                        help="a sentence for the results, such as what else the machine did")
    parser.add_argument("--smoke", action="store_true",
                        help="two small datasets and a few steps, to see whether all works")
    arguments = parser.parse_args()
    if not arguments.results:
        home = arguments.folder if arguments.smoke else TOOLS.parent / "docs"
        arguments.results = home / "results.md"
    arguments.folder.mkdir(parents=True, exist_ok=True)

    study = Study(arguments)
    rows = SMOKE_ROWS if arguments.smoke else ROWS
    wanted = [row for row in rows if not arguments.dataset or row.name in arguments.dataset]
    for row in wanted:
        if row.mesh and not row.mesh.exists():
            print(f"{row.name} is left out: {row.mesh} is missing (install glmark2-data)")
    wanted = [row for row in wanted if not row.mesh or row.mesh.exists()]
    failed = False
    for job in study.jobs(wanted):
        if study.finished(job):
            continue
        try:
            study.perform(job)
            print(f"{job.name}: {reproduce_tables.line(study, job)}", flush=True)
            study.write(rows)
        except RuntimeError as error:
            print(f"{job.name}: {error}", file=sys.stderr, flush=True)
            failed = True
    study.write(rows)
    print(arguments.results)
    sys.exit(failed)


if __name__ == "__main__":
    main()
