"""info: summary of a RUN, finished or not, of this program and of older ones, without a device."""

import json
import os
import pathlib
import shutil
import signal

import harness
import lowbend_numpy
import runs

OLD_RUNS = pathlib.Path(os.environ["LB_TEST_OLD_RUNS"]) / "0.1.0"
SMALL = ("--size", "8", "--hidden", "16,8", "--latent", "5", "--pairs", "32", "--log-every", "10")
KEYS = {"run", "version", "format", "settings", "dataset", "own_pairs", "device", "finished",
        "phase", "step", "steps", "skipped", "seconds", "encoder", "decoder", "results",
        "evaluation", "files"}


class Info(runs.RunTest):
    def info(self, run, **options):
        """The JSON object; also checks that the text fits on one screen."""
        text = self.succeeds("info", run, **options)
        lines = text.splitlines()
        self.assertLessEqual(len(lines), 40, text)
        self.assertLessEqual(max(map(len, lines)), 160, text)
        info = json.loads(self.succeeds("info", run, "--json", **options))
        self.assertEqual(set(info), KEYS)
        self.assertEqual(info["run"], str(run))
        self.assertEqual(info["files"], {path.name: path.stat().st_size
                                         for path in pathlib.Path(run).iterdir()})
        for name in info["files"]:
            self.assertIn(name, text)
        return info, text

    def check_network(self, network, path, layers):
        arrays, metadata = lowbend_numpy.read_safetensors(path)
        self.assertEqual(network["layers"], layers)
        self.assertEqual(network["parameters"], sum(array.size for array in arrays.values()))
        self.assertEqual(network["inputs"], arrays["layer0.weight"].shape[0])
        for key in ("activation", "output_activation"):
            self.assertEqual(network[key], metadata[key])
        self.assertEqual(network["normalises"], "input_mean" in metadata)

    def check_against_files(self, run):
        """Every fact about a finished RUN agrees with its files."""
        info, text = self.info(run)
        config = json.loads((run / "config.json").read_text())
        self.assertEqual({key: config[key] for key in info["settings"]}, info["settings"])
        self.assertEqual((info["version"], info["format"]), (config["version"], config["format"]))
        self.assertEqual(info["dataset"], config["dataset_facts"])
        self.assertEqual((info["device"], info["own_pairs"]), (config["device"], None))
        self.check_network(info["encoder"], run / "encoder.safetensors", "16,8,5")
        self.check_network(info["decoder"], run / "decoder.safetensors", "8,16,64")
        rows = {row["phase"]: row for row in runs.read_metrics(run)}
        for phase in ("encoder", "decoder"):
            row = rows[f"{phase}-final"]
            result = info["results"][phase]
            self.assertEqual(result.pop("step"), int(row["step"]))
            self.assertEqual(result, {key: float(row[key]) for key in
                                      ("loss", "distortion", "bending", "reconstruction")
                                      if row[key] != ""})
        self.assertEqual(info["seconds"], float(rows["decoder-final"]["seconds"]))
        self.assertEqual((info["finished"], info["phase"], info["step"], info["steps"]),
                         (True, "decoder", 20, 20))
        self.assertIn("finished", text)
        self.assertNotIn("--resume", text)
        return info

    def test_finished(self):
        run = self.folder / "finished"
        self.succeeds("train", "arcs", "--out", run, *SMALL, "--steps", "30", "--decoder-steps",
                      "20", "--no-report")
        self.assertIsNone(self.check_against_files(run)["evaluation"])
        self.succeeds("eval", run, "--no-attainable", "--points", "64", "--pairs", "256")
        evaluation = json.loads((run / "eval.json").read_text())
        info = self.check_against_files(run)
        self.assertEqual(info["evaluation"], {key: value for key, value in evaluation.items()
                                              if not isinstance(value, list)})
        self.assertIn(f"E {evaluation['E']:.6g}", self.succeeds("info", run))
        (run / "checkpoint.safetensors").unlink()  # users may delete it to save space
        self.assertEqual(self.check_against_files(run)["evaluation"], info["evaluation"])

    def test_no_decoder_and_joint(self):
        run = self.folder / "alone"
        self.succeeds("train", "sphere", "--out", run, *SMALL[2:], "--steps", "20",
                      "--decoder-steps", "0", "--no-report")
        info, text = self.info(run)
        self.assertEqual((info["finished"], info["phase"], info["step"], info["steps"],
                          info["decoder"]), (True, "encoder", 20, 20, None))
        self.assertRegex(text, r"\ndecoder +none\n")
        run = self.folder / "joint"
        self.succeeds("train", "sphere", "--out", run, *SMALL[2:], "--steps", "20", "--joint",
                      "--no-report")
        info, text = self.info(run)
        self.assertEqual((info["finished"], info["phase"], info["step"], set(info["results"])),
                         (True, "joint", 20, {"joint"}))
        self.assertIn(" joint", text)

    def test_unfinished(self):
        run = self.folder / "unfinished"
        command = ("train", "sphere", "--out", run, *SMALL[2:], "--steps", "1000000")
        status, stderr = self.interrupt(command, run, "encoder", signal.SIGTERM)
        self.assertEqual(status, 128 + signal.SIGTERM, stderr)
        info, text = self.info(run)
        self.assertEqual((info["finished"], info["phase"], info["steps"], info["encoder"],
                          info["results"]), (False, "encoder", 1000000, None, {}))
        self.assertIn(f"step {info['step']} ", stderr)
        self.assertIn(f"encoder at step {info['step']} of 1000000", text)
        self.assertIn(f"lowbend train --out {run} --resume", text)
        (run / "checkpoint.safetensors").unlink()  # killed before the first checkpoint
        self.assertEqual(self.info(run)[0]["step"], 0)

    def test_old_runs_without_a_device(self):
        empty = self.folder / "no-vendors"
        empty.mkdir()
        options = {"environment": {"OCL_ICD_VENDORS": str(empty)}}
        self.fails(3, ["install"], "devices", **options)
        info, text = self.info(OLD_RUNS / "finished", **options)
        self.assertEqual((info["version"], info["format"], info["finished"], info["phase"]),
                         ("0.1.0", 1, True, "decoder"))
        self.check_network(info["encoder"], OLD_RUNS / "finished" / "encoder.safetensors", "8,3")
        self.assertEqual(info["settings"]["code-noise"], 0.0)  # as before the key existed
        self.assertIn("E 1.8155", text)
        for name, steps in (("stopped", (125, 300)), ("mesh", (20, 40)), ("own", (20, 40)),
                            ("pairs", (20, 60))):  # their files no longer exist
            info, _ = self.info(OLD_RUNS / name, **options)
            self.assertEqual((info["finished"], info["phase"], info["step"], info["steps"]),
                             (False, "encoder", *steps), name)
        self.assertEqual(info["own_pairs"]["training"], 36)
        self.assertIn("36 user pairs, 4 held out", self.succeeds("info", OLD_RUNS / "pairs",
                                                                **options))

    def test_no_run(self):
        self.fails(1, ["is not a run"], "info", self.path("nothing"))
        self.fails(1, ["is not a run"], "info", str(self.folder))
        self.fails(2, ["RUN"], "info")

    def test_damaged_files(self):
        for name, text in (("config.json", "{"), ("metrics.csv", "loss\n"), ("eval.json", "[1]"),
                           ("encoder.safetensors", "x"), ("checkpoint.safetensors", "x"),
                           ("config.json", '{"format": 99}')):
            run = self.folder / "damaged"
            shutil.copytree(OLD_RUNS / "finished", run)
            (run / name).write_text(text)
            self.fails(1, [name], "info", run)
            shutil.rmtree(run)


harness.main()
