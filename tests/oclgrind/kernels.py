"""Every kernel of cl/ under Oclgrind: no access out of bounds, no data race, no wrong API call; and
Oclgrind sees those that are planted."""

import collections
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

CL = pathlib.Path(os.environ["LOWBEND_CL_DIR"])
HAS_CLBLAST = os.environ["LB_TEST_CLBLAST"] == "1"
PROGRAMS = pathlib.Path(os.environ["LB_TEST_LAUNCHES"])
DATASETS = sorted(path.stem for path in (CL / "dataset").glob("*.cl"))
# Vector widths; 1 means a GPU. LB_TEST_FULL adds the widths between and CLBlast's parameters for
# CPUs.
FULL = "LB_TEST_FULL" in os.environ
WIDTHS = (1, 4, 8, 16) if FULL else (1, 16)
TIME_LIMIT = 300  # seconds per program
WITH_CLBLAST = {"add_parts", "epilogue", "write_patches"}  # kernels of the CLBlast back end

# Mistakes that must be reported. Each row: file, correct text, wrong text, the program that runs
# it, and words of the report with the kernel.
PLANTED = (
    ("nn/scale.cl", "x[i] *= factor[i];", "x[i] *= factor[i + 1];",
     ("numbers", 1), r"Invalid read of size 4 at global memory [^\n]*\s+Kernel: +scale_by\n"),
    ("gemm/pack.cl", "if (valid < width) {", "if (valid < 0) {", ("products", 4, "panel"),
     r"Invalid read .* global memory [^\n]*\s+Kernel: +pack_b\n"),
    ("geometry/render.cl", "min(VECTOR_WIDTH, HEIGHT * WIDTH - start);", "VECTOR_WIDTH;",
     ("geometry", 4, "sundial"),
     r"Invalid write .* global memory [^\n]*\s+Kernel: +render\n"),
    ("geometry/query.cl", "float m[POINT_SIZE];", "float m[POINT_SIZE - 1];",
     ("geometry", 1, "torus-points"),
     r"Invalid write .* private memory [^\n]*\s+Kernel: +query_midpoint\n"),
    ("lib/reduce.cl", "sums[local_id] = value;\n    barrier(CLK_LOCAL_MEM_FENCE);",
     "sums[local_id] = value;", ("numbers", 1), r"data race at local memory"),
    ("nn/column_sum.cl", "sum + sum_offset + j);", "sum + sum_offset);", ("numbers", 1),
     r"Write-write data race at global memory [^\n]*\s+Kernel: +column_sum\n"),
)


def find_oclgrind():
    """Oclgrind's OpenCL driver, or None."""
    program = shutil.which("oclgrind")
    if program is None:
        return None
    prefix = pathlib.Path(program).resolve().parent.parent
    for pattern in ("lib*/oclgrind", "lib*/*/oclgrind", "lib*", "lib*/*"):
        for path in prefix.glob(f"{pattern}/liboclgrind-rt-icd.so"):
            return path
    return None


def kernel_names():
    """The kernels that the files of cl/ define. ##name## stands for the argument of
    DEFINE_...()."""
    names = set()
    for path in CL.rglob("*.cl"):
        text = path.read_text().replace("__kernel", "kernel")
        for name in re.findall(r"\bkernel\s+(?:\w+\s+)?void\s+([\w#]+)\s*\(", text):
            if "##" in name:
                macro = re.findall(r"#define (DEFINE_\w+)\(name", text)[0]
                given = re.findall(rf"^{macro}\((\w+)", text, re.MULTILINE)
                names.update(re.sub(r"##\w+##", one, name) for one in given)
            else:
                names.add(name)
    return names


def write_pairs(path):
    """User pairs as bytes: 5 pairs of images with 7 pixels, which a network normalises."""
    images, at, header = bytes(range(105)), 0, []
    for name in ("x", "y", "average"):
        header.append(f'"{name}":{{"dtype":"U8","shape":[5,7,1],"data_offsets":[{at},{at + 35}]}}')
        at += 35
    header.append(f'"distance":{{"dtype":"F32","shape":[5],"data_offsets":[{at},{at + 20}]}}')
    text = ("{" + ",".join(header) + "}").encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + images + struct.pack("<5f", *[0.3] * 5))


def write_mesh(path):
    """A tetrahedron."""
    path.write_text(
        "OFF\n4 4 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 2 1\n3 0 1 3\n3 0 3 2\n3 1 2 3\n")


class Kernels(unittest.TestCase):
    launched = collections.Counter()

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="lowbend-oclgrind-"))
        (cls.folder / "vendors").mkdir()
        (cls.folder / "vendors" / "oclgrind.icd").write_text(f"{find_oclgrind()}\n")
        write_pairs(cls.folder / "pairs.safetensors")
        write_mesh(cls.folder / "mesh.off")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def watch(self, program, *arguments, cl_dir=CL):
        """Runs a program of this folder; returns its exit status, output and Oclgrind's reports."""
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        environment = {**os.environ, "LOWBEND_CL_DIR": str(cl_dir), "LOWBEND_DEVICE": "auto",
                       "XDG_CACHE_HOME": str(self.folder / "cache"),
                       "OCL_ICD_VENDORS": str(self.folder / "vendors"),
                       "OCLGRIND_LOG": str(log), "OCLGRIND_MAX_ERRORS": "20",
                       "OCLGRIND_DATA_RACES": "1", "OCLGRIND_CHECK_API": "1",
                       # Optimised code no longer makes all accesses of the source; CLBlast's
                       # kernels are optimised to save time.
                       "OCLGRIND_BUILD_OPTIONS": "" if "clblast" in arguments else "-O0",
                       # CLBlast's kernels for CPUs need more than the default of 32 KiB.
                       "OCLGRIND_LOCAL_MEM_SIZE": str(1 << 20)}
        result = subprocess.run([PROGRAMS / f"launch_{program}", *map(str, arguments)],
                                capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                env=environment, timeout=TIME_LIMIT, check=False)
        return result, log.read_text() if log.exists() else ""

    def clean(self, program, *arguments):
        with self.subTest(program=program, arguments=arguments):
            result, reports = self.watch(program, *arguments)
            self.assertEqual(reports, "", f"{program} {arguments}")
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            for name, calls in re.findall(r"^launched (\w+) (\d+)$", result.stdout, re.MULTILINE):
                self.launched[name] += int(calls)

    def test_every_kernel_is_clean(self):
        for dataset in DATASETS:
            for width in WIDTHS:
                self.clean("geometry", width, dataset)
        for width in WIDTHS:
            self.clean("geometry", width, "rotating-object", self.folder / "mesh.off")
            self.clean("numbers", width)
            self.clean("layers", width, "panel")
            self.clean("products", width, "panel")
        for width in (WIDTHS[0], WIDTHS[-1]):
            self.clean("steps", width, self.folder / "pairs.safetensors")
        if HAS_CLBLAST:
            # CLBlast has parameters for GPUs and for CPUs.
            self.clean("products", 1, "clblast")
            if FULL:
                self.clean("products", 16, "clblast")
            self.clean("layers", 1, "clblast")
        names = kernel_names()
        if not HAS_CLBLAST:
            names -= WITH_CLBLAST
        print(f"{sum(self.launched[name] for name in names)} launches of {len(names)} kernels",
              file=sys.stderr)
        self.assertEqual(names - set(self.launched), set(), "kernels that were not launched")

    def test_planted_mistakes_are_reported(self):
        for number, (name, right, wrong, command, words) in enumerate(PLANTED):
            with self.subTest(kernel=name):
                folder = shutil.copytree(CL, self.folder / f"cl-{number}")
                text = (folder / name).read_text()
                self.assertIn(right, text)
                (folder / name).write_text(text.replace(right, wrong))
                _, reports = self.watch(*command, cl_dir=folder)
                self.assertRegex(reports, words)


def main():
    if find_oclgrind() is None:
        print("Oclgrind is not installed")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], "--verbose"])


if __name__ == "__main__":
    main()
