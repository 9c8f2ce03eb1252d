"""Measures the time to the first training step and the peak memory of a training."""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

SHORT = ("--steps", "2", "--decoder-steps", "2", "--log-every", "1")


def environment(folder):
    """The environment, with all caches in this folder."""
    caches = {"POCL_CACHE_DIR": "kernels", "XDG_CACHE_HOME": "checks"}
    for name in caches.values():
        (folder / name).mkdir(exist_ok=True)
    return {**os.environ, **{key: str(folder / name) for key, name in caches.items()}}


def train(program, run, env, *arguments):
    """Seconds from the program's start to the first line of metrics.csv, and the program's peak
    memory in MB."""
    metrics = run / "metrics.csv"
    start = time.perf_counter()
    process = subprocess.Popen([program, "train", "sundial", "--out", run, "--quiet", *SHORT,
                                *arguments], stdout=subprocess.DEVNULL, env=env)
    first = None
    while True:
        if first is None and metrics.exists() and metrics.read_bytes().count(b"\n") > 1:
            first = time.perf_counter() - start
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid != 0:
            break
        time.sleep(0.002)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or first is None:
        sys.exit(f"bench: {program} train failed")
    return first, usage.ru_maxrss / 1024


def bench(program, env):
    """Seconds of the shortest possible `lowbend bench sundial`."""
    start = time.perf_counter()
    subprocess.run([program, "bench", "sundial", "--repeats", "1", "--warm-up", "1", "--json"],
                   stdout=subprocess.DEVNULL, env=env, check=True)
    return time.perf_counter() - start


def table(program, rounds):
    """A Markdown table: with empty caches, and the median over rounds with full caches."""
    program = pathlib.Path(program).resolve()
    with tempfile.TemporaryDirectory(prefix="lowbend-start-") as name:
        folder = pathlib.Path(name)
        env = environment(folder)
        cold, cold_memory = train(program, folder / "cold", env)
        warm = [train(program, folder / f"warm-{i}", env) for i in range(rounds)]
        bench(program, env)
        whole = [bench(program, env) for _ in range(rounds)]
    return "\n".join([
        "| lowbend train sundial | empty caches | full caches | goals |",
        "|---|---|---|---|",
        f"| program's start to the first step's end, s | {cold:.2f} | "
        f"{statistics.median(first for first, _ in warm):.2f} | 4, 0.4 |",
        f"| most memory, MB | {cold_memory:.0f} | {max(memory for _, memory in warm):.0f} | 500 |",
        f"| bench sundial, two steps and a timing, s | | {statistics.median(whole):.2f} | |"])
