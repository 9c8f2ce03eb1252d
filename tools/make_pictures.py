#!/usr/bin/env python3
"""Creates the pictures in docs/pictures, except those of the tutorial (tools/run_tutorial.py) and of
the results (tools/reproduce).

Trains the sundial in build/pictures, or reuses an existing run there. The picture of the report needs
Chromium; without it, that picture is left unchanged.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
DATASETS = ("arcs", "ellipses", "klein-patches", "rotating-object", "se2-shapes", "sundial")

sys.path.insert(0, str(ROOT / "tests" / "cli"))
import browser  # drives Chromium for the tests of the report


def draw_report(page, path):
    """Draws the report half way between points A and C, with the pointer on a code."""
    view = browser.Browser(browser.find())
    try:
        view.resize(1400, 960)
        view.open(page)
        view.click(*view.center("fieldset .end", 8 + 2))
        view.evaluate("""(() => {
            const slider = document.querySelector(".slide input");
            slider.value = 4;
            slider.dispatchEvent(new Event("input"));
            window.scrollTo(0, 0);
        })()""")
        x, y = view.evaluate("""(() => {
            const box = document.querySelector(".stage canvas").getBoundingClientRect();
            return [box.left + box.width / 2, box.top + box.height / 2];
        })()""")
        for step in range(40):  # there are codes to the right of the centre
            view.move(x + 60 + 2 * step, y + 30)
            if not view.evaluate("document.querySelector('.stage .tip').hidden"):
                break
        view.screenshot(path, whole=False)
    finally:
        view.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=pathlib.Path, help="the program lowbend")
    program = parser.parse_args().program.resolve()
    folder = ROOT / "build" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)

    def lowbend(*arguments):
        subprocess.run([program, *arguments], check=True, cwd=folder)

    for name in DATASETS:
        lowbend("render", name, "--count", "16", "--columns", "8",
                "--out", PICTURES / f"dataset-{name}.png")
    lowbend("train", "sundial", "--out", "sundial",
            *(["--resume"] if (folder / "sundial").exists() else []))
    for name in ("interpolation.png", "latent.png"):
        shutil.copy(folder / "sundial" / name, PICTURES)
    if not (folder / "sundial" / "eval.json").exists():
        lowbend("eval", "sundial")
    lowbend("report", "sundial")
    if browser.find():
        draw_report(folder / "sundial" / "report.html", PICTURES / "report.png")
    else:
        print("no Chromium: report.png stays as it is")


main()
