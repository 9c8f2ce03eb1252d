"""tools/quickstart: installs a driver if there is no device, and rejects unknown options."""

import os
import pathlib
import shutil
import subprocess

import harness

TOOLS = pathlib.Path(os.environ["LOWBEND_TOOLS"])
DRIVERS = pathlib.Path(os.environ.get("OCL_ICD_VENDORS", "/etc/OpenCL/vendors"))

# Each row: a command and its stand-in. Initially only the driver's package is not installed.
COMMANDS = {
    "apt-get": '''echo "apt-get $*" >>"$LOG"
for word; do
    if [[ $word == pocl-opencl-icd ]]; then
        cp "$DRIVERS"/*.icd "$OCL_ICD_VENDORS"
    fi
done''',
    "dpkg-query": '''if [[ ${*: -1} != pocl-opencl-icd ]] || grep -qs pocl "$LOG"; then
    echo -n "install ok installed"
fi''',
    "id": "echo 0",
    "meson": '''mkdir -p build/src/cli && touch build/build.ninja
echo "meson $*" >>"$LOG"''',
    "ninja": 'cp "$STAND_IN" build/src/cli/lowbend',
    "lowbend": '''echo "lowbend $*" >>"$LOG"
if [[ $1 != train ]]; then
    exec "$LOWBEND_PROGRAM" "$@"
fi
mkdir -p "$4" && touch "$4/latent.png"''',
}


class Quickstart(harness.CommandTest):
    def setUp(self):
        shutil.rmtree(self.folder)
        self.log = self.folder / "log"
        self.drivers = self.folder / "drivers"
        commands = self.folder / "bin"
        for folder in (self.drivers, commands, self.folder / "project" / "tools"):
            folder.mkdir(parents=True)
        for name in ("quickstart", "packages.sh"):
            shutil.copy(TOOLS / name, self.folder / "project" / "tools")
        for name, text in COMMANDS.items():
            path = commands / name
            path.write_text(f"#!/usr/bin/env bash\n{text}\n")
            path.chmod(0o755)

    def quickstart(self, *arguments):
        env = {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
               "LOG": str(self.log), "DRIVERS": str(DRIVERS),
               "OCL_ICD_VENDORS": str(self.drivers), "STAND_IN": f"{self.folder}/bin/lowbend"}
        result = subprocess.run([self.folder / "project" / "tools" / "quickstart", *arguments],
                                capture_output=True, text=True, env=env, cwd=self.folder,
                                timeout=harness.TIME_LIMIT, check=False)
        result.log = self.log.read_text().splitlines() if self.log.exists() else []
        return result

    def installed(self, result):
        return [line for line in result.log if line.startswith("apt-get install")]

    def test_drivers_without_a_device(self):
        """Like Mesa's two files; a driver without a device does not count."""
        for name in ("mesa", "rusticl"):
            (self.drivers / f"{name}.icd").write_text("libno-such-driver.so.1\n")
        result = self.quickstart()
        self.assertEqual(result.returncode, 0, f"{result.stdout}\n{result.stderr}\n{result.log}")
        line, = self.installed(result)
        self.assertTrue(line.endswith(" pocl-opencl-icd"), line)
        self.assertEqual(result.log[-1], f"lowbend train sundial --out {self.folder}/sundial-run")
        self.assertIn("sundial-run/latent.png", result.stdout)

    def test_a_device_needs_no_other_driver(self):
        for path in DRIVERS.glob("*.icd"):
            shutil.copy(path, self.drivers)
        for number, more in enumerate(([], ["--resume"])):  # the second call resumes
            result = self.quickstart("run")
            self.assertEqual(result.returncode, 0, f"{result.stdout}\n{result.stderr}")
            self.assertEqual(self.installed(result), [])
            train = [line for line in result.log if line.startswith("lowbend train")][number]
            self.assertEqual(train.split()[3:], ["--out", f"{self.folder}/run", *more])

    def test_usage(self):
        result = self.quickstart("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertTrue(result.stdout.startswith("usage: tools/quickstart [RUN]\n"))
        for arguments, word in ((["--steps"], "--steps"), (["-x", "run"], "-x"),
                                (["one", "two"], "one RUN")):
            refused = self.quickstart(*arguments)
            self.assertEqual((refused.returncode, refused.stdout), (2, ""), arguments)
            self.assertEqual(refused.stderr.count("\n"), 1, refused.stderr)
            self.assertIn(word, refused.stderr)
            self.assertEqual(refused.log, [])


if __name__ == "__main__":
    harness.main()
