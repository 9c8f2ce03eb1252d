"""`lowbend tune`: the cache file is written, used, checked and survives damage."""

import json
import unittest

import harness

SMALL = ["--hidden", "16", "--latent", "3", "--pairs", "8"]


class Tune(harness.CommandTest):
    def tune(self, folder, *arguments, **options):
        return json.loads(self.succeeds("tune", "sphere", *SMALL, "--budget", "0", "--json",
                                        "--gemm", "clblast", *arguments, environment={"XDG_CACHE_HOME": str(folder)},
                                        **options))

    def bench(self, folder):
        """Benchmarks CLBlast with verbose messages and returns them."""
        result = self.run_program("bench", "sphere", *SMALL, "--repeats", "1", "--warm-up", "1",
                                  "--gemm", "clblast", "--verbose",
                                  environment={"XDG_CACHE_HOME": str(folder)})
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr

    @unittest.skipUnless(harness.HAS_CLBLAST, "built without CLBlast")
    def test_life_of_the_cache_file(self):
        folder = self.folder / "cache"
        self.assertNotIn("tuned parameters", self.bench(folder))
        result = self.tune(folder)
        file = folder / "lowbend" / result["file"].rsplit("/", 1)[1]
        self.assertEqual(result["file"], str(file))
        self.assertGreater(result["panel_gflops"], 0)
        self.assertGreaterEqual(result["clblast_gflops"], result["clblast_before_gflops"])
        self.assertEqual(result["tried"], 0)
        kept = json.loads(file.read_text())
        self.assertIn(kept["fastest"], ("panel", "clblast"))
        self.assertIn(f"tuned parameters from {file}", self.bench(folder))
        for damage in ("", "{", "[]", file.read_text().replace("key", "kez"),
                       file.read_text().replace('"WGD": 64', '"WGD": -64'),
                       file.read_text().replace('"WGD": 64', '"WGD": 99999999999')):
            file.write_text(damage)
            said = self.bench(folder)
            self.assertNotIn("tuned parameters from", said)
            self.assertIn(f"{file} cannot be read or is damaged", said)

    @unittest.skipUnless(harness.HAS_CLBLAST, "built without CLBlast")
    def test_cpu_device(self):
        """On CPUs panel is always chosen: this is reported at once, without compiling, whatever the
        budget."""
        environment = {"XDG_CACHE_HOME": str(self.folder / "cpu"),
                       "POCL_CACHE_DIR": str(self.folder / "pocl")}
        result = self.run_program("tune", "sphere", *SMALL, "--budget", "300",
                                  environment=environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("panel is preferred on CPU devices", result.stderr)
        self.assertIn("--gemm clblast", result.stderr)
        lines = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()}
        self.assertGreater(float(lines["panel"][0]), 0)
        self.assertEqual(lines["clblast"][:2], ["not", "tried:"])
        self.assertEqual(lines["fastest"], ["panel"])

    def test_no_cache_folder(self):
        result = self.run_program("tune", "sphere", *SMALL, "--budget", "0", "--json",
                                  environment={"XDG_CACHE_HOME": "", "HOME": ""})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["file"], "")

    def test_wrong_usage(self):
        self.fails(2, ["--budget"], "tune", "--budget", "-1")


if __name__ == "__main__":
    harness.main()
