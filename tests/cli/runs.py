"""RUN folders in the tests of the command line: comparing them, interrupting training."""

import csv
import pathlib
import subprocess
import time

import harness


def read_metrics(run):
    with open(run / "metrics.csv", encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def comparable(run):
    """All content of a RUN that must be equal for equal settings, by file name. report.html is
    excluded because it contains the folder's name."""
    contents = {}
    for path in sorted(pathlib.Path(run).iterdir()):
        if path.name == "metrics.csv":
            contents[path.name] = [{**row, "seconds": ""} for row in read_metrics(run)]
        elif path.name != "report.html":
            contents[path.name] = path.read_bytes()
    return contents


class RunTest(harness.CommandTest):
    """A test that trains."""

    def assert_equal_runs(self, a, b):
        first, second = comparable(a), comparable(b)
        self.assertEqual(sorted(first), sorted(second))
        self.assertEqual(first["metrics.csv"], second["metrics.csv"])
        different = [name for name in first if first[name] != second[name]]
        self.assertEqual(different, [])

    def interrupt(self, command, run, phase, signal_number):
        """Starts the program and sends the signal (twice) once the phase appears in metrics.csv.
        Returns the exit status and standard error."""
        with subprocess.Popen([harness.PROGRAM, *command], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 60.0
            while process.poll() is None and time.monotonic() < deadline:
                metrics = run / "metrics.csv"
                if metrics.exists() and f",{phase}," in metrics.read_text(encoding="ascii"):
                    break
                time.sleep(0.005)
            process.send_signal(signal_number)
            process.send_signal(signal_number)
            _, stderr = process.communicate(timeout=60)
            return process.returncode, stderr
