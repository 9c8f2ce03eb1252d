"""devices --self-test: a correct device passes; kernels with wrong results are named, and rejected
if there is no alternative."""

import json
import os
import pathlib
import shutil

import harness

SOURCE = pathlib.Path(os.environ["LOWBEND_CL_DIR"])
TRAIN = ("--hidden", "8", "--steps", "2", "--decoder-steps", "0", "--quiet")

# What replaces the fused step and panel.
SEPARATE = "separate kernels"
CLBLAST = "--gemm clblast is used"


def chosen(errors):
    """All errors with LB_TEST_FULL, otherwise the first of each file."""
    files = [row[0] for row in errors]
    return tuple(row for k, row in enumerate(errors)
                 if "LB_TEST_FULL" in os.environ or files.index(row[0]) == k)


# File, correct text, wrong text, the family that the message must name; each mistake compiles and
# looks plausible. The last column is the fallback, or None if there is none.
ERRORS = chosen((
    ("loss/pair_loss.cl", "0.5f * second - first", "0.5f * second + first",
     "loss and gradient", None),
    ("loss/pair_loss.cl", "8.0f / (d * d)", "4.0f / (d * d)", "loss and gradient", None),
    ("optim/adam.cl", "one_minus_beta2 * (g * g)", "one_minus_beta2 * g", "adam", None),
    ("loss/squared_error.cl", "weight * 2.0f / n", "weight / n", "squared error", None),
    ("loss/mean.cl", "total / n", "total / (n - 1)", "loss and gradient", None),
    # Wrong only from the 4097th pair on, and from the second round of a squared error on.
    ("loss/mean.cl", "i += GROUP", "i += 2 * GROUP", "loss and gradient", None),
    ("loss/squared_error.cl", "i += stride", "i += 2 * stride", "squared error", None),
    ("nn/normalise.cl", "out[j] = (in[j] - mean[j]) * scale[j]", "out[j] = in[j] * scale[j]",
     "normalised and pooled images, noisy codes", None),
    ("nn/code_noise.cl", "+= normal.y;", "+= normal.x;",
     "normalised and pooled images, noisy codes", None),
    ("gemm/panel.cl", "start > 0 || (options & OPTION_ADD)", "start > 0",
     "products by panel", CLBLAST),
    ("gemm/store.cl", "part[j] = p[j];", "part[j] = p[0];", "products by panel", None),
    ("gemm/store.cl", "z = elementwise(z, &s);", "z = 1.01f * elementwise(z, &s);",
     "products by panel, elu", None),
    ("train/fused.cl", "sum[r][1] + row[r][at + below] * left",
     "sum[r][1] - row[r][at + below] * left", "small networks, elu", SEPARATE),
    ("train/fused.cl", "column.lane[r] = row[r].lane[c]", "column.lane[r] = row[c].lane[r]",
     "small networks, elu", SEPARATE),
    ("train/fused.cl", "parameters + layer.parameter_weight : work",
     "parameters + layer.parameter_weight + 1 : work", "small networks, elu", SEPARATE),
    ("train/fused.cl", "z *= SLOPE_OF_VALUE", "z += SLOPE_OF_VALUE", "small networks, elu", SEPARATE),
))


# Mistakes that affect only networks with image layers.
IMAGE_ERRORS = chosen((
    ("gemm/patches_transposed.cl", "part + i < parts", "part + i < parts - 1"),
    ("gemm/patches_direct.cl", "above += 2 * n;", "above += n;"),
    ("gemm/patches_direct.cl", "tile[r][0] + bias[0], 0, line", "tile[r][0], 0, line"),
    ("nn/gather.cl", "at[i * step3]", "at[i]"),
    ("nn/resample.cl", "#define SPREAD(LOAD) LOAD(from + j / 2", "#define SPREAD(LOAD) LOAD(from + j"),
))

CHAIN_ERRORS = chosen((
    ("loss/chain.cl", "triple_y[CHAIN_TRIPLES] = {2, 3, 4, 4}",
     "triple_y[CHAIN_TRIPLES] = {2, 3, 4, 2}"),
    ("loss/chain.cl", "gradient[m] -= second", "gradient[m] += second"),
    ("loss/chain.cl", "bending *= 1.0f / CHAIN_TRIPLES", "bending *= 1.0f / CHAIN_PAIRS"),
))

# File, correct text, wrong text, the family, an option that needs it, and one that does not.
UPDATE_ERRORS = (
    ("optim/muon.cl", "q[d] += x;", "q[d] -= x;", "muon by panel", ("--optimizer", "muon"),
     ("--clip", "1")),
    ("optim/clip.cl", "limit / norm;", "limit / (norm + 1.0f);", "clipped gradients, mean weights",
     ("--average", "0.5"), ("--optimizer", "muon")),
    ("optim/average.cl", "count[0] += 1.0f;", "count[0] += 2.0f;",
     "clipped gradients, mean weights", ("--clip", "1"), ()),
)

CROSS_ERRORS = (
    ("if (j > i)", "if (j >= i + 1 && j != GROUP)"),
    ("2.0f * gamma.y * scale * scale", "2.0f * gamma.y * scale"),
    ("dz[at] += scale", "dz[at] = 1.01f * scale"),
)


class SelfTest(harness.CommandTest):
    def broken(self, number):
        """A copy of the kernel folder with one mistake."""
        name, right, wrong, *_ = ERRORS[number]
        folder = self.folder / f"broken-{number}"
        shutil.copytree(SOURCE, folder)
        text = (folder / name).read_text()
        self.assertIn(right, text, name)
        (folder / name).write_text(text.replace(right, wrong, 1))
        return folder

    def environment(self, name):
        return {"XDG_CACHE_HOME": self.path(name)}

    def test_every_mistake_is_found_before_training(self):
        good = self.environment("cache")
        self.succeeds("train", "sphere", "--out", self.path("good"), *TRAIN, environment=good)
        kept = list((self.folder / "cache" / "lowbend").glob("self-test-*"))
        # Loss, squared error, adam, input of networks, products, and the fused step.
        self.assertEqual(len(kept), 6)
        # A second run does not rewrite the cached results.
        before = [path.stat().st_mtime_ns for path in kept]
        self.succeeds("train", "sphere", "--out", self.path("again"), *TRAIN, environment=good)
        self.assertEqual([path.stat().st_mtime_ns for path in kept], before)
        # Only a changed kernel is tested again.
        changed = shutil.copytree(SOURCE, self.folder / "changed")
        with open(changed / "train" / "fused.cl", "a", encoding="utf-8") as file:
            file.write("\n")
        self.succeeds("train", "sphere", "--out", self.path("changed-run"), *TRAIN, "--cl-dir",
                      changed, environment=good)
        self.assertEqual(len(list((self.folder / "cache" / "lowbend").glob("self-test-*"))), 7)
        for number, (name, _, _, family, instead) in enumerate(ERRORS):
            if instead == CLBLAST and not harness.HAS_CLBLAST:
                instead = None
            with self.subTest(kernel=name):
                self.check_mistake(self.path(f"run-{number}"), self.broken(number), family, instead)

    def check_mistake(self, run, kernels, family, instead):
        command = ("train", "sphere", "--out", run, *TRAIN, "--cl-dir", kernels)
        words = ["gives wrong results", family, "driver "]
        cache = self.environment("cache")
        if instead is None:
            self.fails(1, words, *command, environment=cache)
            self.assertFalse(os.path.exists(run))
            return
        result = self.run_program(*command, environment=cache)
        self.assertEqual(result.returncode, 0, result.stderr)
        message, = (line for line in result.stderr.splitlines() if line.startswith("lowbend: "))
        for word in (*words, instead):
            self.assertIn(word, message)

    def test_image_layers(self):
        """Image layers are tested only if a network has some."""
        cache = self.environment("image-cache")
        images = ("sundial", "--size", "8", "--latent", "3", "--decoder-steps", "0",
                  "--activation", "elu", "--optimizer", "adam")
        for number, (name, right, wrong) in enumerate(IMAGE_ERRORS):
            with self.subTest(kernel=name):
                folder = shutil.copytree(SOURCE, self.folder / f"image-{number}")
                text = (folder / name).read_text()
                self.assertIn(right, text)
                (folder / name).write_text(text.replace(right, wrong))
                self.fails(1, ["gives wrong results", "image layers by panel, elu"], "train", *images,
                           "--out", self.path("run"), *TRAIN, "--hidden", "conv4s2,up,8",
                           "--cl-dir", folder, environment=cache)
        self.succeeds("train", *images, "--out", self.path("dense"), *TRAIN, "--cl-dir", folder,
                      environment=cache)

    def test_update_rules(self):
        """Muon, and largest norms and means of weights, are tested if a run uses them."""
        cache = self.environment("update-cache")
        for number, (name, right, wrong, family, needs, spares) in enumerate(UPDATE_ERRORS):
            with self.subTest(kernel=name):
                folder = shutil.copytree(SOURCE, self.folder / f"update-{number}")
                text = (folder / name).read_text()
                self.assertIn(right, text)
                (folder / name).write_text(text.replace(right, wrong))
                self.fails(1, ["gives wrong results", family], "train", "sphere", "--out",
                           self.path("run"), *TRAIN, *needs, "--cl-dir", folder, environment=cache)
                self.succeeds("train", "sphere", "--out", self.path(f"spared-{number}"), *TRAIN,
                              *spares, "--cl-dir", folder, environment=cache)

    def test_broken_chains(self):
        """Chains are rejected if their loss is wrong; runs of pairs do not need it."""
        cache = self.environment("chains")
        for number, (name, right, wrong) in enumerate(CHAIN_ERRORS):
            with self.subTest(kernel=name, wrong=wrong):
                folder = shutil.copytree(SOURCE, self.folder / f"chains-{number}")
                text = (folder / name).read_text()
                self.assertIn(right, text)
                (folder / name).write_text(text.replace(right, wrong))
                self.fails(1, ["gives wrong results", "chains"], "train", "sphere", "--out",
                           self.path("run"), *TRAIN, "--strategy", "chain", "--cl-dir", folder,
                           environment=cache)
        self.succeeds("train", "sphere", "--out", self.path("pairs"), *TRAIN, "--cl-dir", folder,
                      environment=cache)

    def test_cross_pairs(self):
        """Cross pairs are tested only if a run has some."""
        cache = self.environment("cross-cache")
        for number, (right, wrong) in enumerate(CROSS_ERRORS):
            with self.subTest(right=right):
                folder = shutil.copytree(SOURCE, self.folder / f"cross-{number}")
                path = folder / "loss" / "cross.cl"
                text = path.read_text()
                self.assertIn(right, text)
                path.write_text(text.replace(right, wrong))
                self.fails(1, ["gives wrong results", "cross pairs"], "train", "sphere", "--out",
                           self.path("run"), *TRAIN, "--cross-weight", "0.5", "--cl-dir", folder,
                           environment=cache)
        self.succeeds("train", "sphere", "--out", self.path("none"), *TRAIN, "--cl-dir", folder,
                      environment=cache)

    def test_missing_kernel(self):
        """The message names the missing kernel and does not claim wrong results."""
        folder = shutil.copytree(SOURCE, self.folder / "no-kernel")
        path = folder / "loss" / "squared_error.cl"
        path.write_text(path.read_text().replace("void squared_error", "void another_name"))
        message = self.fails(1, ["self-test of device ", ": squared error: ", "defines no kernel"],
                             "train", "sphere", "--out", self.path("run"), *TRAIN, "--cl-dir",
                             folder, environment=self.environment("no-kernel-cache"))
        self.assertNotIn("gives wrong results", message)

    def test_no_cache_folder(self):
        """Without a cache folder the test runs each time, and nothing else changes."""
        nowhere = {"XDG_CACHE_HOME": "", "HOME": ""}
        self.succeeds("train", "sphere", "--out", self.path("nowhere"), *TRAIN, environment=nowhere)
        locked = {"XDG_CACHE_HOME": "/proc/nonesuch"}
        self.succeeds("train", "sphere", "--out", self.path("locked"), *TRAIN, environment=locked)

    def test_nothing_expected(self):
        """Commands other than train, and GPUs, ask for one case after the other."""
        run = self.path("projected")
        self.succeeds("train", "sphere", "--out", run, *TRAIN,
                      environment=self.environment("before"))
        text = self.succeeds("geometry", run, "--steps", "2", "--pairs", "1",
                             environment={**self.environment("after"),
                                          "LOWBEND_SELF_TEST_SECONDS": "60"})
        self.assertIn("projection", text)

    def test_command(self):
        cache = self.environment("command")
        text = self.succeeds("devices", "--self-test", environment=cache)
        lines = text.splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["ok"] * len(lines), text)
        for family in ("loss and gradient", "squared error", "adam", "sampling", "chains",
                       "products by panel, elu", "small networks, elu",
                       "image layers by panel, elu", "muon by panel",
                       "clipped gradients, mean weights"):
            self.assertTrue(any(family in line for line in lines), text)
        for family in ("products by clblast, elu", "image layers by clblast, elu",
                       "muon by clblast"):
            self.assertEqual(family in text, harness.HAS_CLBLAST, text)
        broken = shutil.copytree(SOURCE, self.folder / "sampling")
        path = broken / "lib" / "sphere.cl"
        changed = path.read_text().replace("point.x * x.", "0.9f * point.x * x.")
        self.assertNotEqual(changed, path.read_text())
        path.write_text(changed)
        result = self.run_program("devices", "--self-test", "--json", "--cl-dir", broken,
                                  environment=cache)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("sampling", result.stderr)
        passed = {entry["family"]: entry["passed"] for entry in json.loads(result.stdout)}
        self.assertEqual([name for name in passed if not passed[name]], ["sampling"])


harness.main()
