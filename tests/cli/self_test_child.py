"""The separate processes of the self-test: a driver that crashes or hangs is named with its kernel,
the result is cached, and the general path is used if there is one."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

import harness
import runs

SOURCE = pathlib.Path(os.environ["LOWBEND_CL_DIR"])
SHIMS = pathlib.Path(os.environ["LB_TEST_SHIMS"])
HELPER = pathlib.Path(os.environ["LOWBEND_BUILD"]) / "lowbend-self-test"
TRAIN = ("--hidden", "8", "--latent", "3", "--pairs", "32", "--steps", "40", "--log-every", "10",
         "--decoder-steps", "5", "--no-report", "--quiet")

# A wild pointer and an endless loop at the start of a kernel.
CRASH = "*(global volatile int *)(ulong)(get_global_id(0) + 8) = 1;"
HANG = "volatile int wait = 1; while (wait) { }"
KERNELS = {
    "fused_gradient": ("train/fused.cl",
                       "    const int item = get_global_id(0);\n    const int start"),
    "adam_update": ("optim/adam.cl",
                    "    if (skip[0] != 0) {\n        return;\n    }\n    int i = get_global_id(0) * RUN;"),
    "panel_direct": ("gemm/panel.cl", "    FIND_PART\n    for (int start"),
    "panel_packed": ("gemm/panel.cl", "    FIND_PART\n    if ((options"),
    "epilogue": ("gemm/epilogue.cl", "    const int id = get_global_id(0);"),
}


def is_alive(pid):
    """Counts an orphan that has ended but was not waited for as ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class SelfTestChild(runs.RunTest):
    def setUp(self):
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.starts = self.folder / "starts"
        self.starts.touch()

    def kernels(self, mistake, *names):
        """A copy of the kernel folder with the same mistake in some kernels."""
        folder = self.folder / "-".join(("cl", *names))
        if not folder.exists():
            shutil.copytree(SOURCE, folder)
        for name in names:
            path = folder / KERNELS[name][0]
            text = path.read_text()
            self.assertEqual(text.count(KERNELS[name][1]), 1, name)
            path.write_text(text.replace(KERNELS[name][1], f"    {mistake}\n{KERNELS[name][1]}"))
        return folder

    def helper(self, *lines):
        """A helper program that records its process id and then executes the real one."""
        path = self.folder / "helper"
        path.write_text("\n".join(["#!/bin/sh", f"echo $$ >>'{self.starts}'", *lines,
                                   f"exec '{HELPER}' \"$@\"", ""]))
        path.chmod(0o755)
        return path

    def environment(self, cache="cache", processes=1, **variables):
        return {"XDG_CACHE_HOME": self.path(cache),
                "LOWBEND_SELF_TEST_PROGRAM": str(self.helper()),
                "LOWBEND_SELF_TEST_PROCESSES": str(processes), **variables}

    def cached(self, cache):
        """The files of cached results with their contents."""
        return {path.name: path.read_text()
                for path in (self.folder / cache / "lowbend").glob("self-test-*")}

    def started(self):
        """Process ids of the helpers started since the last call."""
        pids = list(map(int, self.starts.read_text().split()))
        self.starts.write_text("")
        return pids

    def train(self, run, *arguments, environment=None):
        """Messages of a training run that must succeed."""
        result = self.run_program("train", "sphere", "--out", self.path(run), *TRAIN, *arguments,
                                  environment=environment or self.environment())
        self.assertEqual(result.returncode, 0, result.stderr)
        return [line for line in result.stderr.splitlines() if line.startswith("lowbend: ")]

    def refuses(self, words, *arguments, environment=None):
        return self.fails(1, words, "train", "sphere", "--out", self.path("refused"), *TRAIN,
                          *arguments, environment=environment or self.environment())

    def losses(self, run):
        return [[float(line[key] or 0) for key in ("loss", "distortion", "bending")]
                for line in runs.read_metrics(self.folder / run)]

    def assert_close(self, run, wanted, tolerance=1e-3):
        got, want = self.losses(run), self.losses(wanted)
        self.assertEqual(len(got), len(want))
        for one, other in zip(got, want):
            for a, b in zip(one, other):
                self.assertLessEqual(abs(a - b), tolerance * abs(b), (got, want))

    def test_one_process_and_only_once(self):
        self.assertEqual(self.train("first"), [])
        self.assertEqual(len(self.started()), 1)
        self.assertEqual(self.train("second"), [])
        self.assertEqual(self.started(), [])
        self.assert_equal_runs(self.folder / "first", self.folder / "second")

    def test_crash_of_small_networks(self):
        """The general path gives the same numbers; the crash is remembered, and later RUNs are
        equal."""
        self.train("good")
        kernels = self.kernels(CRASH, "fused_gradient")
        self.started()
        first, = self.train("first", "--cl-dir", kernels)
        for word in ("device ", "driver ", "small networks, elu", "kernel fused_gradient",
                     "crashed the driver (SIGSEGV)", "separate kernels"):
            self.assertIn(word, first)
        self.assertEqual(len(self.started()), 1)
        self.assertEqual(self.train("second", "--cl-dir", kernels), [first])
        self.assertEqual(self.started(), [])
        self.assert_equal_runs(self.folder / "first", self.folder / "second")
        self.assert_close("first", "good")
        # `bench` also uses the remembered result.
        result = self.run_program("bench", "sphere", "--hidden", "8", "--repeats", "1", "--json",
                                  "--profile", "--cl-dir", kernels, environment=self.environment())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("kernel fused_gradient", result.stderr)
        names = {kernel["name"] for kernel in json.loads(result.stdout)["profile"]["kernels"]}
        self.assertIn("loss_gradient", names)
        self.assertNotIn("fused_gradient", names)

    def test_two_processes(self):
        """The products and the losses run in one process, small networks and inputs in the other.
        Messages and cached results are those of one process."""
        kernels = self.kernels(CRASH, "fused_gradient")
        texts = []
        for processes, starts in ((1, 1), (2, 3)):  # the other one starts again for the inputs
            name = f"of-{processes}"
            self.started()
            texts += self.train(name, "--cl-dir", kernels,
                                environment=self.environment(f"cache-{name}", processes))
            self.assertEqual(len(self.started()), starts)
        self.assertIn("small networks, elu: kernel fused_gradient crashed", texts[0])
        self.assertEqual(texts, texts[:1] * 2)
        self.assertEqual(len(self.cached("cache-of-1")), 6)
        self.assertEqual(self.cached("cache-of-1"), self.cached("cache-of-2"))
        self.assert_equal_runs(self.folder / "of-1", self.folder / "of-2")
        # The first failure in the order of the cases counts, not the one found first.
        worse = self.kernels(CRASH, "fused_gradient", "adam_update")
        for processes in (1, 2):
            self.refuses(["fails the self-test", "adam: kernel adam_update", "(SIGSEGV)"],
                         "--cl-dir", worse,
                         environment=self.environment(f"worse-{processes}", processes))
        self.started()
        self.assertEqual(self.train("good", environment=self.environment("cache-good", 2)), [])
        self.assertEqual(len(self.started()), 2)

    def test_hang(self):
        """The late case is named, even though another case of its process is waited for first."""
        self.train("good")
        limited = self.environment("late", 2, LOWBEND_SELF_TEST_SECONDS="30")
        kernels = self.kernels(HANG, "fused_gradient")
        self.started()
        first, = self.train("first", "--cl-dir", kernels, environment=limited)
        self.assertIn("kernel fused_gradient did not end within 30 s", first)
        pids = self.started()
        self.assertEqual(len(pids), 3)  # two, and one for the rest of the late one's cases
        self.assertFalse(any(map(is_alive, pids)))
        self.assertEqual(self.train("second", "--cl-dir", kernels, environment=limited), [first])
        self.assertEqual(self.started(), [])
        self.assert_close("second", "good")

    def test_crash_without_another_path(self):
        kernels = self.kernels(CRASH, "adam_update")
        words = ["device ", "driver ", "fails the self-test", "adam: kernel adam_update",
                 "crashed the driver (SIGSEGV)"]
        first = self.refuses(words, "--cl-dir", kernels)
        self.assertEqual(len(self.started()), 1)
        self.assertEqual(self.refuses(words, "--cl-dir", kernels), first)
        self.assertEqual(self.started(), [])
        self.assertFalse((self.folder / "refused").exists())

    @unittest.skipUnless(harness.HAS_CLBLAST, "built without CLBlast")
    def test_crash_of_a_back_end(self):
        """`auto` falls back to the other back end and keeps it; a back end chosen by the user is
        rejected."""
        self.train("good")
        kernels = self.kernels(CRASH, "panel_direct", "panel_packed")
        message, = self.train("run", "--cl-dir", kernels)
        self.assertIn("products by panel, elu: kernel panel_", message)
        self.assertIn("--gemm clblast is used", message)
        self.assertEqual(len(self.started()), 3)  # the first run's, the crashed one, a new one
        config = json.loads((self.folder / "run" / "config.json").read_text())
        self.assertEqual(config["gemm"], "clblast")
        self.assert_close("run", "good")
        self.train("run", "--cl-dir", kernels, "--resume")
        self.refuses(["products by panel, elu: kernel panel_"], "--cl-dir", kernels, "--gemm",
                     "panel")
        self.assertEqual(self.train("asked", "--cl-dir", kernels, "--gemm", "clblast"), [])
        self.assertEqual(self.started(), [])
        worse = self.kernels(CRASH, "epilogue", "panel_direct", "panel_packed")
        self.refuses(["products by panel, elu: kernel panel_"], "--cl-dir", worse)

    def test_command(self):
        """Continues after a crash with a new process, and notices when a failure has been fixed."""
        kernels = self.kernels(CRASH, "fused_gradient")
        result = self.run_program("devices", "--self-test", "--json", "--cl-dir", kernels,
                                  environment=self.environment())
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("kernel fused_gradient crashed the driver", result.stderr)
        wrong = {entry["family"]: entry["failure"] for entry in json.loads(result.stdout)
                 if not entry["passed"]}
        self.assertEqual(len(wrong), 7)
        families = [entry["family"] for entry in json.loads(result.stdout)]
        for family, failure in wrong.items():
            self.assertTrue(family.startswith("small networks, "), family)
            self.assertEqual(failure, "kernel fused_gradient crashed the driver (SIGSEGV)")
        self.assertEqual(len(self.started()), 8)
        self.train("before")
        for kept in (self.folder / "cache" / "lowbend").glob("self-test-*"):
            kept.write_text("crashed\nkernel anything crashed the driver (SIGSEGV)")
        self.refuses(["kernel anything", "lowbend devices --self-test repeats all tests"])
        text = self.succeeds("devices", "--self-test", "--json",
                             environment=self.environment(processes=3))
        self.assertEqual([entry["family"] for entry in json.loads(text)], families)
        self.assertEqual(self.train("after"), [])

    def test_unusable_helper(self):
        """The test then runs in the program itself, with a message; it is never skipped."""
        wrong = shutil.copytree(SOURCE, self.folder / "wrong")
        path = wrong / "loss" / "squared_error.cl"
        path.write_text(path.read_text().replace("weight * 2.0f / n", "weight / n"))
        helpers = (
            ("/nonesuch/helper", None, "/nonesuch/helper: No such file"),
            ("/bin/false", None, "ended at once"),
            (self.path("helper"), "h0.0.0-other", "another version"),
            (self.path("helper"), "rno room", "no room"),
        )
        for number, (helper, says, why) in enumerate(helpers):
            if says is not None:
                self.helper(f"printf '{says}\\0' >&0", "exit 0")
            cache = {"XDG_CACHE_HOME": self.path(f"cache-{number}"),
                     "LOWBEND_SELF_TEST_PROGRAM": helper}
            with self.subTest(helper=why):
                result = self.run_program("train", "sphere", "--out", self.path(f"run-{number}"),
                                          *TRAIN[:-1], environment=cache)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertRegex(result.stderr, f"self-test: runs in this process.*{why}")
                self.refuses(["gives wrong results", "squared error"], "--cl-dir", wrong,
                             environment=cache)

    def wait_for_helper(self, process):
        """The helper's process id, once it hangs in the kernel rather than in the compiler."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            pids = self.starts.read_text().split()
            if pids and pathlib.Path(f"/proc/{pids[0]}/comm").read_text() == "lowbend-self-te\n":
                return int(pids[0])
            time.sleep(0.02)
        raise AssertionError(f"no helper: {process.poll()}, {process.stderr.read()}")

    def test_killed_parent_leaves_nobody(self):
        kernels = self.kernels(HANG, "adam_update", "fused_gradient")
        for number in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
            self.started()
            command = [harness.PROGRAM, "train", "sphere", "--out", self.path("killed"), *TRAIN,
                       "--cl-dir", str(kernels)]
            with self.subTest(signal=number), subprocess.Popen(
                    command, env={**os.environ, **self.environment(processes=2)}, text=True,
                    stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
                self.wait_for_helper(process)
                time.sleep(1.0)
                pids = self.started()
                self.assertEqual(len(pids), 2)
                self.assertTrue(all(map(is_alive, pids)))
                process.send_signal(number)  # only to the parent
                _, stderr = process.communicate(timeout=60)
                self.assertEqual(process.returncode, -number, stderr)
                deadline = time.monotonic() + 30
                while any(map(is_alive, pids)) and time.monotonic() < deadline:
                    time.sleep(0.02)
                self.assertFalse(any(map(is_alive, pids)))
                self.assertFalse((self.folder / "killed").exists())

    def test_failing_calls(self):
        """A failing allocation, OpenCL call or file operation of the process is reported in one
        message and not cached."""
        self.train("good")
        for shim in ("memory", "opencl", "files"):
            count = self.folder / "count"
            calls = 0
            failed = 0
            numbers = [0]
            while numbers:
                number = numbers.pop()
                self.helper(f"LD_PRELOAD='{SHIMS}/fail_{shim}.so' LB_FAIL_AT={number} "
                            f"LB_FAIL_COUNT='{count}' exec '{HELPER}' \"$@\"")
                shutil.rmtree(self.folder / "cache", ignore_errors=True)
                shutil.rmtree(self.folder / "run", ignore_errors=True)
                result = self.run_program(
                    "train", "sphere", "--out", self.path("run"), *TRAIN, environment={
                        "XDG_CACHE_HOME": self.path("cache"),
                        "LOWBEND_SELF_TEST_PROCESSES": "1",
                        "LOWBEND_SELF_TEST_PROGRAM": self.path("helper")})
                said = f"{shim} {number} of {calls}: {result.stderr}"
                self.assertIn(result.returncode, (0, 1) if number > 0 else (0,), said)
                found, held = map(int, count.read_text().split())
                self.assertEqual(held, 0, said)
                if number == 0:
                    calls = found
                    numbers = sorted({1 + i * (calls - 1) // 9 for i in range(10)})
                messages = [line for line in result.stderr.splitlines()
                            if line.startswith("lowbend: ")]
                if result.returncode == 0:
                    self.assertEqual(messages, [], said)
                    self.assert_equal_runs(self.folder / "good", self.folder / "run")
                else:
                    failed += 1
                    self.assertEqual(len(messages), 1, said)
                    self.assertNotIn("crashed", messages[0], said)
            print(f"{shim}: 10 of {calls} calls failed, {failed} ended the program")
            self.assertGreater(calls, 9)


if __name__ == "__main__":
    harness.main()
