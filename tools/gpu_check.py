#!/usr/bin/env python3
"""Compiles all kernels for GPUs and checks their use of registers and memory; needs no GPU.

usage: gpu_check.py [BUILD]

BUILD (default build/test) contains lowbend built with its tests. The programs of tests/oclgrind
launch every kernel of cl/ on the GPU path, with every dataset, on any device. clang then compiles the
same sources with libclc (Debian: clang-19, libclc-19) for GPUs of AMD and NVIDIA; for NVIDIA, ptxas
from PyPI counts registers (without it, the numbers are LLVM's). A table shows each kernel's largest
use in any program.

Exit status 77: no suitable compiler.
"""

import collections
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import virtual_environment

ROOT = pathlib.Path(__file__).resolve().parent.parent

# tests/oclgrind/kernels.py reads these when imported; only its lists are used here.
os.environ.update(LOWBEND_CL_DIR=str(ROOT / "cl"), LB_TEST_CLBLAST="1", LB_TEST_LAUNCHES="")
sys.path.insert(0, str(ROOT / "tests" / "oclgrind"))
import kernels

SKIPPED = 77
TIME_LIMIT = 300  # seconds for one command
CLANG_VERSIONS = range(30, 14, -1)
PTXAS_PACKAGE = "nvidia-cuda-nvcc-cu12"

# Processor: clang's triple and libclc's library.
TARGETS = {
    "gfx1102": ("amdgcn-unknown-amdhsa", "amdgcn--amdhsa.bc"),  # RX 7600
    "gfx90a": ("amdgcn-unknown-amdhsa", "amdgcn--amdhsa.bc"),  # MI210, MI250
    "sm_75": ("nvptx64-unknown-nvidiacl", "nvptx64--nvidiacl.bc"),  # Turing: RTX 20, T4
}

REGISTERS = 128  # per work-item: with more, fewer than four waves fit on a SIMD unit of gfx90a
LOCAL = 16384  # bytes per group
# Kernels of the CPU path (src/device/path.h), which never run on GPUs.
CPU_PATH = {"fused_gradient", "fused_terms", "pack_b", "panel_direct", "panel_packed",
            "patches_direct", "patches_narrow", "patches_transposed", "sum_parts"}

# Bytes of scratch memory that a kernel may use. Sampling draws normal numbers in pairs in a loop too
# long to be unrolled for NVIDIA's targets; sampling is a small part of a step.
SCRATCH = {name: 8 for name in ("sample_chain_images", "sample_pair_images", "sample_paths",
                                "sample_pairs", "sample_points")}

# A kernel whose private array cannot stay in registers. The check must report its scratch memory, or
# it would miss the same fault in cl/.
PLANTED = """
__kernel void planted(__global const int *where, __global float *out)
{
    float table[64];
    for (int i = 0; i < 64; i++) {
        table[where[i] & 63] = i * out[i];
    }
    out[get_global_id(0)] = table[where[get_global_id(0)] & 63];
}
"""


class Use:
    """Resources of a kernel: registers per work-item, bytes of scratch, bytes of local memory."""

    def __init__(self, registers=0, scratch=0, local=0):
        self.registers, self.scratch, self.local = registers, scratch, local

    def raise_to(self, other):
        self.registers = max(self.registers, other.registers)
        self.scratch = max(self.scratch, other.scratch)
        self.local = max(self.local, other.local)


def find_compiler():
    """Finds the newest clang with libclc's libraries for all targets: (program, library folder), or
    None."""
    for version in CLANG_VERSIONS:
        program = shutil.which(f"clang-{version}")
        if program is None:
            continue
        for folder in (pathlib.Path(f"/usr/lib/llvm-{version}/lib/clc"),
                       pathlib.Path(f"/usr/lib/clc-{version}"), pathlib.Path("/usr/lib/clc")):
            if (all((folder / library).exists() for _, library in TARGETS.values()) and
                    compiles(program, folder)):
                return program, folder
    return None


def compiles(program, folder):
    """Whether this clang can read these libraries; those of another version may be incompatible."""
    with tempfile.TemporaryDirectory() as work:
        text = pathlib.Path(work) / "empty.cl"
        text.write_text("__kernel void empty(void) {}\n")
        return all(not assemble((program, folder), text, target, text.with_suffix(".s"))
                   for target in TARGETS)


def assemble(compiler, text, target, to):
    """Compiles text for target; returns the errors."""
    triple, library = TARGETS[target]
    command = [compiler[0], "-x", "cl", "-cl-std=CL1.2", "-O3", "-w", "-S", "-nogpulib",
               f"--target={triple}", "-Xclang", "-target-cpu", "-Xclang", target,
               "-Xclang", "-mlink-builtin-bitcode", "-Xclang", compiler[1] / library,
               # The drivers of both vendors inline aggressively, too.
               "-mllvm", "-inline-threshold=100000",
               "-o", to, text]
    result = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    return "" if result.returncode == 0 else result.stderr or "clang failed"


def uses_of_amd(text):
    """Reads the metadata at the end of amdgcn's assembly."""
    uses = {}
    for block in re.split(r"^  - ", text[text.index("amdhsa.kernels:"):], flags=re.MULTILINE)[1:]:
        block = "    " + block
        field = {name: value for name, value in
                 re.findall(r"^    \.(\w+): +(\S+)$", block, re.MULTILINE)}
        if "vgpr_count" not in field:
            break  # other metadata follows
        uses[field["name"]] = Use(int(field["vgpr_count"]),
                                  int(field["private_segment_fixed_size"]) +
                                  4 * int(field["vgpr_spill_count"]),
                                  int(field["group_segment_fixed_size"]))
    return uses


def uses_of_ptxas(ptxas, ptx, target):
    """Runs ptxas -v, which compiles PTX as NVIDIA's driver does."""
    result = subprocess.run([ptxas, f"-arch={target}", "-v", ptx, "-o", os.devnull],
                            capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    if result.returncode != 0:
        return result.stderr, {}
    uses = {}
    for block in result.stderr.split("Compiling entry function ")[1:]:
        # Entries of functions that were not inlined follow, without a register count.
        stack = re.search(r"(\d+) bytes cumulative stack size", block)
        frames = re.findall(r"(\d+) bytes stack frame", block)
        local = re.search(r"(\d+) bytes smem", block)
        uses[re.match(r"'(\w+)'", block)[1]] = Use(
            int(re.search(r"Used (\d+) registers", block)[1]),
            max(int(stack[1]) if stack else 0, int(frames[0])), int(local[1]) if local else 0)
    return "", uses


def uses_of_ptx(text):
    """Counts from the PTX itself, whose registers are virtual."""
    uses = {}
    for name, body in re.findall(r"^\.entry (\w+)\((.*?)^\}", text.replace(".visible ", ""),
                                 re.MULTILINE | re.DOTALL):
        scratch = sum(map(int, re.findall(r"\.local .*__local_depot\w+\[(\d+)\]", body)))
        uses[name] = Use(0, scratch, 0)
    return uses


def measure(compiler, ptxas, text, target):
    """Errors, and the resources of each kernel in a source text on a target."""
    to = text.with_suffix(f".{target}.s")
    errors = assemble(compiler, text, target, to)
    if errors:
        return errors, {}
    if not target.startswith("sm_"):
        return "", uses_of_amd(to.read_text())
    if ptxas:
        return uses_of_ptxas(ptxas, to, target)
    return "", uses_of_ptx(to.read_text())


def find_ptxas(work):
    """Path of ptxas, installed or from PyPI, or None."""
    program = shutil.which("ptxas")
    if program is None and virtual_environment.create(work / "python", [PTXAS_PACKAGE]):
        for path in (work / "python").rglob("bin/ptxas"):
            program = str(path)
    return program


def launches(clblast):
    """Command lines of the programs of tests/oclgrind that launch every kernel of the GPU path."""
    for path in sorted((ROOT / "cl" / "dataset").glob("*.cl")):
        yield "geometry", path.stem
    yield "geometry", "rotating-object", "mesh.off"
    yield ("numbers",)
    yield "steps", "pairs.safetensors"
    for kind in ("panel", "clblast") if clblast else ("panel",):
        yield "layers", kind
        yield "products", kind


def collect(build, folder, clblast):
    """Runs the programs to collect all source texts; returns these with the names of their kernels."""
    kernels.write_pairs(folder / "pairs.safetensors")
    kernels.write_mesh(folder / "mesh.off")
    environment = {**os.environ, "LOWBEND_DEVICE": "auto",
                   "LD_PRELOAD": str(build / "tests" / "shim" / "keep_sources.so"),
                   "LB_SHIM_SOURCES": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    environment.setdefault("POCL_CACHE_DIR", str(build / "pocl-cache"))
    for program, *arguments in launches(clblast):
        subprocess.run([build / "tests" / "oclgrind" / f"launch_{program}", "1", *arguments],
                       check=True, stdout=subprocess.DEVNULL, env=environment, cwd=folder,
                       timeout=TIME_LIMIT)
    texts = {}
    for path in sorted(folder.glob("*.kernels")):
        text = path.with_suffix(".cl")
        if text.read_text().startswith("#line 1 "):  # not CLBlast's kernels
            texts[text] = set(path.read_text().split())
    return texts


def judge(name, use, target):
    """The limits that a kernel exceeds."""
    if use.scratch > SCRATCH.get(name, 0):
        yield f"{name} takes {use.scratch} bytes of scratch on {target}"
    if use.registers > REGISTERS:
        yield f"{name} takes {use.registers} registers on {target}, {REGISTERS} are allowed"
    if use.local > LOCAL:
        yield f"{name} takes {use.local} bytes of local memory on {target}, {LOCAL} are allowed"


def print_table(most, counts):
    """Prints a line per kernel; for each target: registers, bytes of scratch, bytes of local memory."""
    print(f"{'kernel':<22}{'programs':>9}" + "".join(f"{target:>20}" for target in TARGETS))
    print(f"{'':<31}" + f"{'regs scratch local':>20}" * len(TARGETS))
    for name in sorted(most):
        columns = "".join(f"{use.registers or '-':>6}{use.scratch:>8}{use.local:>6}"
                          for use in (most[name][target] for target in TARGETS))
        print(f"{name:<22}{counts[name]:>9}{columns}")


def check(build, folder):
    """Prints the table and the violations; returns the exit status."""
    compiler = find_compiler()
    if compiler is None:
        print("no clang with libclc for AMD's and NVIDIA's GPUs (Debian: clang-19, libclc-19)")
        return SKIPPED
    ptxas = find_ptxas(folder)
    print(f"{compiler[0]}, {ptxas or 'no ptxas: registers of NVIDIA are not counted'}")
    version = subprocess.run([build / "src" / "cli" / "lowbend", "--version"], check=True,
                             capture_output=True, text=True).stdout
    clblast = "without CLBlast" not in version
    texts = collect(build, folder, clblast)
    planted = folder / "planted.cl"
    planted.write_text(PLANTED)
    texts[planted] = {"planted"}
    most, counts, mistakes = {}, collections.Counter(), []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [(text, target, pool.submit(measure, compiler, ptxas, text, target))
                for text in texts for target in TARGETS]
        for text, target, job in jobs:
            errors, uses = job.result()
            if errors:
                mistakes.append(f"{text.name} for {target}: {errors}")
                continue
            for name in texts[text]:
                counts[name] += 1
                most.setdefault(name, {each: Use() for each in TARGETS})
                most[name][target].raise_to(uses[name])
    for target in TARGETS:
        if most["planted"][target].scratch < 256:
            mistakes.append(f"the planted kernel shows no scratch on {target}")
    del most["planted"]
    print_table(most, {name: count // len(TARGETS) for name, count in counts.items()})
    for name, uses in most.items():
        for target, use in uses.items():
            mistakes.extend(judge(name, use, target))
    unseen = kernels.kernel_names() - set(most) - CPU_PATH
    if not clblast:
        unseen -= kernels.WITH_CLBLAST
    if unseen:
        mistakes.append(f"kernels that were not compiled: {', '.join(sorted(unseen))}")
    print("\n".join(mistakes) or f"{len(texts) - 1} programs, {sum(counts.values())} kernels: none "
          "takes more than it may")
    return 1 if mistakes else 0


def main():
    if len(sys.argv) > 2 or sys.argv[1:] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "test").resolve()
    with tempfile.TemporaryDirectory(prefix="lowbend-gpu-") as folder:
        sys.exit(check(build, pathlib.Path(folder)))


if __name__ == "__main__":
    main()
