"""A program that links the library and calls setlocale(LC_ALL, ""), under locales whose decimal
point is not '.': the same files, the same messages."""

import os
import pathlib
import re
import shutil
import subprocess

import harness
import runs

PROGRAM = os.environ["LOCALE_PROGRAM"]
PENDULUM = pathlib.Path(os.environ["LOWBEND_TOOLS"]) / "pendulum.cl"
SMALL = ("latent", "3", "hidden", "16,16", "pairs", "16", "steps", "20", "decoder-steps", "20",
         "log-every", "5", "lambda", "0.05", "seed", "3")
DATASETS = {
    "sundial": ("sundial", "size", "16", "cap", "40", "epsilon", "0.25"),
    "own": (PENDULUM, "epsilon", "0.125"),
}


class CommaLocale(runs.RunTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.german = harness.make_locale(cls.folder, "de_DE")
        cls.pashto = harness.make_locale(cls.folder, "ps_AF")  # its decimal point has two bytes
        cls.places = {"C": ({"LC_ALL": "C"}, "1.5"), "german": (cls.german, "1,5"),
                      "pashto": (cls.pashto, "1\u066b5")}

    def program(self, place, *arguments, status=0, cwd=None):
        """The program's standard output without times."""
        environment, number = self.places[place]
        result = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True,
                                encoding="utf-8", env={**os.environ, **environment}, cwd=cwd,
                                stdin=subprocess.DEVNULL, timeout=harness.TIME_LIMIT)
        said = f"{place} {arguments}\n{result.stdout}\n{result.stderr}"
        self.assertEqual(result.returncode, status, said)
        self.assertIn(f"1.5 is {number}\n", result.stderr)
        return re.sub(r"[0-9.]+ (?=s\b|ms\b|GFLOP/s)", "", result.stdout)

    def test_training(self):
        """Stopped and resumed, also in a different locale."""
        for name, dataset in DATASETS.items():
            said = {}
            for first, then in (("C", "C"), ("german", "german"), ("pashto", "pashto"),
                                ("C", "german"), ("german", "C")):
                run = self.folder / f"{name}-{first}-{then}" / "RUN"
                run.parent.mkdir()
                said[run] = [
                    self.program(first, "train", "RUN", 10, *dataset, *SMALL, cwd=run.parent),
                    self.program(then, "train", "RUN", 1000, *dataset, *SMALL, cwd=run.parent)]
                reference = self.folder / f"{name}-C-C" / "RUN"
                with self.subTest(dataset=name, first=first, then=then):
                    self.assert_equal_runs(reference, run)
                    self.assertEqual(said[reference], said[run])

    def test_use(self):
        """Open, evaluate, draw and export a RUN made in the C locale."""
        for name, dataset in DATASETS.items():
            made = self.folder / f"{name}-made"
            self.program("C", "train", made, 1000, *dataset, *SMALL)
            # The first evaluation stores its training results, and only that one reports the
            # training.
            shutil.copytree(made, first := self.folder / f"{name}-first")
            self.program("C", "use", cwd=first)
            reference = said = page = None
            for place in self.places:
                run = self.folder / f"{name}-used-{place}"
                shutil.copytree(made, run)
                text = self.program(place, "use", cwd=run)
                if reference is None:
                    reference, said, page = run, text, (run / "report.html").read_bytes()
                with self.subTest(dataset=name, place=place):
                    self.assert_equal_runs(reference, run)
                    self.assertEqual(page, (run / "report.html").read_bytes())
                    self.assertEqual(text, said)
            self.assertIn("lambda 0.05", said)
            files = {path.name for path in reference.iterdir()}
            self.assertLessEqual({"eval.json", "latent.safetensors", "distances.png", "limits.png",
                                  "interpolation.png", "sheet.png", "model.onnx"}, files)

    def test_messages(self):
        for arguments, words in (
                (("sundial", "min-distance", "0.5"), "distance 0.5: must be at least 0 and below "
                                                     "epsilon 0.3"),
                (("sundial", "epsilon", "3.5"), "epsilon 3.5: not below the injectivity radius"),
                (("sundial", "lambda", "0,5"), "0,5")):
            for place in self.places:
                with self.subTest(words=words, place=place):
                    text = self.program(place, "train", self.folder / "none", 1, *arguments,
                                        status=1)
                    self.assertIn(words, text)


if __name__ == "__main__":
    harness.main()
