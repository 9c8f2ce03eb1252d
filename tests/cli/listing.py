"""devices and datasets: text, JSON, missing devices, a closed standard output."""

import json
import os
import subprocess

import harness


class Listing(harness.CommandTest):
    def test_devices(self):
        devices = json.loads(self.succeeds("devices", "--json"))
        self.assertGreater(len(devices), 0)
        for device in devices:
            for key in ("selector", "name", "type", "platform", "driver"):
                self.assertIsInstance(device[key], str, device)
            self.assertIn(device["type"], ("gpu", "accelerator", "cpu", "other"))
        self.assertEqual([device["default"] for device in devices].count(True), 1, devices)
        text = self.succeeds("devices")
        for device in devices:
            self.assertIn(device["name"], text)

    def test_devices_with_selector(self):
        first = json.loads(self.succeeds("devices", "--json"))[0]
        chosen = json.loads(self.succeeds("devices", "--json", "--device", first["selector"]))
        self.assertEqual(chosen, [first])

    def test_datasets(self):
        datasets = json.loads(self.succeeds("datasets", "--json"))
        names = [dataset["name"] for dataset in datasets]
        self.assertEqual(names, sorted(names))
        by_name = {dataset["name"]: dataset for dataset in datasets}
        for dataset in datasets:
            self.assertEqual(set(dataset), {"name", "manifold", "dimension", "image",
                                            "injectivity_radius", "h", "recipe"})
        sphere = by_name["sphere"]
        self.assertEqual((sphere["dimension"], sphere["image"], sphere["h"]), (2, [1, 1, 3], 1.0))
        self.assertAlmostEqual(sphere["injectivity_radius"], 3.14159265, places=5)
        self.assertEqual(by_name["sundial"]["image"], [64, 64, 1])
        recipe = by_name["rotating-object"]["recipe"]
        self.assertEqual((recipe["epsilon"], recipe["network"], recipe["lambda"]),
                         (0.5, "conv", 0.3))
        self.assertEqual(by_name["sphere"]["recipe"]["network"], "mlp")
        self.assertIn("hemisphere", by_name)
        text = self.succeeds("datasets")
        self.assertEqual(len(text.splitlines()), len(datasets) + 1, text)

    def test_no_such_device(self):
        self.fails(3, ["nonesuch"], "datasets", "--device", "nonesuch")
        self.fails(3, ["nonesuch"], "devices", "--device", "nonesuch")
        self.fails(3, ["99"], "datasets", "--device", "99")
        self.fails(3, ["nonesuch"], "datasets", environment={"LOWBEND_DEVICE": "nonesuch"})
        self.succeeds("datasets", "--device", "auto", environment={"LOWBEND_DEVICE": "nonesuch"})

    def test_no_platform(self):
        empty = self.folder / "no-vendors"
        empty.mkdir()
        environment = {"OCL_ICD_VENDORS": str(empty)}
        for arguments in (("devices",), ("datasets",), ("devices", "--json"),
                          ("sample", "sphere", "--pairs", "4", "--out", self.path("p.safetensors")),
                          ("train", "sphere", "--out", self.path("RUN"))):
            self.fails(3, ["install"], *arguments, environment=environment)

    def test_closed_standard_output(self):
        for arguments in (["devices"], ["devices", "--json"], ["datasets"], ["--help"],
                          ["--version"], ["train", "--help"]):
            result = subprocess.run([harness.PROGRAM, *arguments], stderr=subprocess.PIPE,
                                    text=True, preexec_fn=lambda: os.close(1), timeout=60)
            self.assertEqual(result.returncode, 1, (arguments, result.stderr))
            self.assertIn("standard output", result.stderr)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def test_reader_that_goes_away(self):
        """Exits quietly, whether the first write fails or, in a shell pipe, a later one."""
        for arguments in (("devices",), ("devices", "--json"), ("--help",), ("train", "--help")):
            read_end, write_end = os.pipe()
            os.close(read_end)
            result = subprocess.run([harness.PROGRAM, *arguments], stdout=write_end, text=True,
                                    stderr=subprocess.PIPE, timeout=60)
            os.close(write_end)
            self.assertEqual((result.returncode, result.stderr), (141, ""), arguments)
        result = subprocess.run(["sh", "-c", '"$0" datasets --json | head -n 1; echo done',
                                 harness.PROGRAM], capture_output=True, text=True, timeout=60)
        self.assertEqual((result.stdout, result.stderr), ("[\ndone\n", ""))

    def test_full_disk(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([harness.PROGRAM, "devices"], stdout=full, text=True,
                                    stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("standard output", result.stderr)


harness.main()
