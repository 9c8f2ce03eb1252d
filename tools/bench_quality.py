"""Measures how long lowbend and PyTorch (bench_quality_peer.py) train to reach a good embedding.

Both train the same network from the same weights with the same recipe. Each number of steps is
a complete training with its own schedule. E is computed on the same fresh pairs for both, in float64.
Only the training loop is timed: start-up, compilation and evaluation do not count.
"""

import csv
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import typing

HERE = pathlib.Path(__file__).resolve().parent
PAIRS_SEED = 1000  # for the evaluation pairs; no training uses it
SIDES = ("lowbend", "PyTorch")


class Task(typing.NamedTuple):
    """What to train, and the target values of E: multiples of E* if it is known."""
    dataset: str
    lambda_: float
    epsilon: float
    steps: int  # the dataset's default
    thresholds: tuple


TASKS = [
    Task("rotating-object", 0.3, 0.5, 2000, (2.0, 1.5, 1.25, 1.1)),
    Task("sundial", 0.1, 0.3, 1000, (0.026,)),
]


def check(condition, message):
    if not condition:
        sys.exit(f"bench: {message}")


def lowbend(program, *arguments):
    """Runs the program; returns its seconds."""
    start = time.perf_counter()
    done = subprocess.run([program, *map(str, arguments), "--quiet"], capture_output=True, text=True,
                          check=False)
    check(done.returncode == 0, f"{' '.join(map(str, arguments))}\n{done.stderr}")
    return time.perf_counter() - start


def size_of(options):
    return ("--size", options.size) if options.size else ()


def train(task, options, run, steps, *arguments):
    """Trains an encoder; returns the seconds of the program."""
    if options.hidden:
        arguments += "--hidden", options.hidden
    return lowbend(options.program, "train", task.dataset, "--out", run, "--decoder-steps", 0,
                   "--no-report", "--cross-weight", 0, "--lambda", task.lambda_, "--epsilon",
                   task.epsilon, *size_of(options), "--steps", steps, "--log-every",
                   max(1, steps // 10), *arguments)


def loop_seconds(run):
    """Seconds of the encoder's steps. The first row of metrics.csv also counts the start-up, so the time
    per step comes from the rows after it."""
    with open(run / "metrics.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["phase"] == "encoder"]
    (first, began), (last, ended) = ((int(row["step"]), float(row["seconds"]))
                                     for row in (rows[0], rows[-1]))
    return (ended - began) * last / (last - first)


class Peer:
    """The PyTorch process. It waits for requests, so that it compiles only once."""

    def __init__(self, python, task, start, pairs, options):
        command = [python, HERE / "bench_quality_peer.py", task.dataset, start, pairs, "--threads",
                   options.threads, "--seconds", options.seconds]
        if not options.compile:
            command.append("--no-compile")
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.facts = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        check(line, "the PyTorch process failed")
        return json.loads(line)

    def ask(self, **request):
        print(json.dumps({key: str(value) for key, value in request.items()}),
              file=self.process.stdin)
        self.process.stdin.flush()
        return self.answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def reached(results, threshold):
    """Seconds to reach this E: of the shortest training whose E is below it, and interpolated between
    that and the next shorter one, linearly in log E and log seconds. (None, None) if no training
    reaches it."""
    results = sorted(results)
    for i, (seconds, energy) in enumerate(results):
        if energy < threshold:
            if i == 0:
                return seconds, seconds
            before, above = results[i - 1]
            share = math.log(above / threshold) / math.log(above / energy)
            return seconds, before * (seconds / before) ** share
    return None, None


def measure(python, task, options, folder):
    """{(side, steps): [(seconds, E, standard error) of each round]}, and facts about both sides."""
    pairs = folder / "pairs.safetensors"
    lowbend(options.program, "sample", task.dataset, "--pairs", options.judge_pairs, "--seed",
            PAIRS_SEED, "--epsilon", task.epsilon, *size_of(options), "--out", pairs)
    starts = [folder / f"start-{seed}" for seed in range(options.rounds)]
    for seed, start in enumerate(starts):  # one step with a negligible rate keeps the initial weights
        train(task, options, start, 1, "--strategy", "ball", "--seed", seed, "--lr", 1e-12,
              "--muon-lr", 1e-12)
    budgets = [max(2, round(share * task.steps)) for share in options.shares]
    results = {}
    with Peer(python, task, starts[0], pairs, options) as peer:
        facts = dict(peer.facts, start=[])
        check(facts["image_difference"] < 1e-5,
              f"PyTorch renders {task.dataset} differently (by {facts['image_difference']:.2g})")
        check(facts["energy_difference"] < 6.0, f"PyTorch samples {task.dataset} differently: E is "
              f"{facts['energy_difference']:.1f} standard errors away")
        for seed, start in enumerate(starts):
            for steps in budgets:
                run = folder / f"run-{seed}-{steps}"
                whole = train(task, options, run, steps, "--strategy", options.strategy, "--seed",
                              seed)
                seconds = loop_seconds(run)
                facts["start"].append(whole - seconds)
                own = {"seconds": seconds, **peer.ask(judge=run)}
                for side, one in zip(SIDES, (own, peer.ask(train=run, start=start))):
                    results.setdefault((side, steps), []).append(
                        (one["seconds"], one["E"], one["stderr"]))
                    print(f"bench: {task.dataset}, {steps} steps, seed {seed}, {side}: "
                          f"{one['seconds']:.2f} s, E {one['E']:.5g} +- {one['stderr']:.2g}",
                          file=sys.stderr)
    config = json.loads((starts[0] / "config.json").read_text())
    facts["E_star"] = config["dataset_facts"].get("E_star")
    return results, facts


def task_tables(python, task, options):
    """Two Markdown tables: all trainings, and the times to the thresholds."""
    with tempfile.TemporaryDirectory(prefix="lowbend-quality-") as name:
        results, facts = measure(python, task, options, pathlib.Path(name))
    unit = facts["E_star"] or 1.0
    title = "E / E*" if facts["E_star"] else "E"
    ways = ", ".join(f"{way}: {ms:.3g}" for way, ms in facts["ms"].items())
    lines = [
        f"**{task.dataset}**, λ {task.lambda_}, ε {task.epsilon}, strategy {options.strategy} in "
        f"lowbend, E on {options.judge_pairs} pairs. PyTorch {facts['torch']}, ms per step by mode "
        f"and threads: {ways}; the trainings use {facts['taken']}. Not counted: lowbend's start-up "
        f"and evaluation, {statistics.median(facts['start']):.1f} s per training; PyTorch's start-up, "
        f"compilation, checks and timings, {facts['setup_seconds']:.0f} s once.", "",
        "| steps | " + " | ".join(f"{side}, s | {title}" for side in SIDES) + " | times faster |",
        "|" + "---|" * 6]
    medians = {side: [] for side in SIDES}
    for steps in sorted({steps for _, steps in results}):
        cells = []
        for side in SIDES:
            seconds, energy, stderr = map(statistics.median, zip(*results[side, steps]))
            medians[side].append((seconds, energy / unit))
            cells += [f"{seconds:.3g}", f"{energy / unit:.4g} ± {stderr / unit:.2g}"]
        ratio = medians["PyTorch"][-1][0] / medians["lowbend"][-1][0]
        lines.append(f"| {steps} | " + " | ".join(cells) + f" | {ratio:.2f} |")
    lines += ["", f"| {title} below | " + " | ".join(f"{side}, s" for side in SIDES)
              + " | times faster | " + " | ".join(f"{side}, interpolated, s" for side in SIDES)
              + " | times faster | goal |", "|" + "---|" * 8]
    for threshold in task.thresholds:
        cells = [f"{threshold:g}"]
        for times in zip(*(reached(medians[side], threshold) for side in SIDES)):
            cells += [f"{seconds:.3g}" if seconds else "not reached" for seconds in times]
            cells.append(f"{times[1] / times[0]:.2f}" if all(times) else "-")
        lines.append("| " + " | ".join([*cells, "1.5"]) + " |")
    return lines


def table(python, options):
    """The tables of all chosen tasks, compared with this Python's PyTorch."""
    lines = []
    for task in TASKS:
        if options.datasets is None or task.dataset in options.datasets:
            lines += [*task_tables(python, task, options), ""]
    return "\n".join(lines)
