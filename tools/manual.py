#!/usr/bin/env python3
"""Prints the manual page, made of the program's --help and the text in this file.

    tools/manual.py build/src/cli/lowbend > src/cli/lowbend.1
"""

import argparse
import re
import subprocess
import sys

HEAD = """\
.\\" Made by tools/manual.py from the program's --help.
.TH LOWBEND 1 "" "lowbend {version}" "User Commands"
.SH NAME
lowbend \\- low-bending, low-distortion embeddings of image manifolds
.SH SYNOPSIS
.B lowbend
.I COMMAND
.RI [ ARGUMENT ]...
.RI [ OPTION ]...
.br
.B lowbend
.I COMMAND
.B \\-\\-help
.br
.B lowbend
.B \\-\\-version
.SH DESCRIPTION
Trains an encoder that maps images of a known manifold to a latent space in which straight lines are
nearly geodesics, then a decoder for the way back, on any OpenCL device. The energy is the mean of a
distortion term over pairs of nearby points and of a bending term over their geodesic midpoints.
.PP
A
.I DATASET
is a built-in name, the path of a
.I .cl
file, or a
.I .safetensors
file with user pairs. A
.I RUN
is the folder that
.B lowbend train
writes. Results go to standard output, progress and messages to standard error.
"""

TAIL = """\
.SH FILES
.TP
.I RUN/config.json
every setting, the dataset, device and driver
.TP
.I RUN/metrics.csv
loss and its terms by step
.TP
.IR RUN/encoder.safetensors ", " RUN/decoder.safetensors
the networks: layer k is act(x W + b) with
.I layerK.weight
(in,out) and
.I layerK.bias
(out); activations are in the metadata
.TP
.I RUN/checkpoint.safetensors
state for
.B \\-\\-resume
.TP
.I RUN/latent.safetensors
latent codes of a fixed sample
.TP
.IR RUN/*.png ", " RUN/eval.json ", " RUN/report.html
pictures and results
.SH ENVIRONMENT
.TP
.B LOWBEND_DEVICE
what
.B \\-\\-device
is without it
.TP
.B LOWBEND_CL_DIR
what
.B \\-\\-cl\\-dir
is without it
.TP
.BR XDG_CACHE_HOME ", " HOME
what is known of devices is kept in
.IR XDG_CACHE_HOME/lowbend ,
else
.IR HOME/.cache/lowbend ,
else nowhere
.TP
.B LOWBEND_PROGRAM_CACHE
folder of the compiled programs that lowbend keeps for drivers that keep none, or
.B off
(default
.I programs
in the folder above)
.TP
.B LOWBEND_SELF_TEST_SECONDS
how long a kernel of the self-test, or its compiler, may take before it counts as hanging (default
300)
.TP
.B LOWBEND_SELF_TEST_PROCESSES
how many processes the self-test uses, 1 to 4 (default: the number of cores of a CPU, 1 for other
devices)
.TP
.B LOWBEND_SELF_TEST_PROGRAM
the helper program that runs the self-test in a process of its own, where it is not in the place
that it was installed in
.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
failed; the message says what, why and what to do
.TP
.B 2
wrong usage
.TP
.B 3
no OpenCL platform, or no device that matches the selector
.TP
.BR 130 ", " 143
ended by SIGINT or SIGTERM; a training run has written its checkpoint. 143 also at the end of
.B \\-\\-max\\-time
.TP
.B 141
what read the standard output went away before its end (SIGPIPE); the work is done
"""


def program_output(*arguments):
    return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def option_rows(lines):
    """Parses an options block: [("--out FILE", "help text")]."""
    rows = []
    for line in lines:
        match = re.match(r"  (--\S+(?: \S+)?)(?:  +(.*))?$", line)
        if match:
            rows.append([match[1], match[2] or ""])
        else:
            rows[-1][1] = (rows[-1][1] + " " + line.strip()).strip()
    return rows


def roff_options(rows):
    for option, text in rows:
        name, _, value = option.partition(" ")
        yield ".TP"
        yield f".BI {escape(name)} \" {escape(value)}\"" if value else f".B {escape(name)}"
        yield escape(text)


class Help:
    """The parsed help of one command."""

    def __init__(self, text):
        usage, *blocks = text.rstrip("\n").split("\n\n")
        self.usage = usage.removeprefix("usage: ")
        self.summary = []
        self.options = []
        self.common = []
        self.example = ""
        for block in blocks:
            heading, *lines = block.split("\n")
            if heading == "options:":
                self.options = option_rows(lines)
            elif heading == "common options:":
                self.common = option_rows(lines)
            elif heading == "example:":
                self.example = lines[0].strip()
            else:
                self.summary += [heading, *lines]


def manual(program):
    overview = program_output(program, "--help")
    commands = re.findall(r"^  ([\w-]+) +(.*)$", overview.split("commands:\n")[1].split("\n\n")[0],
                          re.MULTILINE)
    version = program_output(program, "--version").split()[1]
    lines = [HEAD.format(version=version).rstrip("\n"), ".SH COMMANDS"]
    common = {}
    for name, summary in commands:
        text = Help(program_output(program, name, "--help"))
        common.update(text.common)
        lines += [f".SS {escape(name)}: {escape(summary)}", f".B {escape(text.usage)}"]
        lines.append(".PP")
        for line, following in zip(text.summary, [*text.summary[1:], ""]):
            lines.append(escape(line))
            if line.endswith(".") and following:  # other lines were only wrapped at the terminal's width
                lines.append(".br")
        lines += roff_options(text.options)
        if text.example:
            lines += [".PP", "Example:", f".B {escape(text.example)}"]
    lines += [".SH COMMON OPTIONS", "Not every command has each of them."]
    lines += roff_options(common.items())
    return "\n".join(lines) + "\n" + TAIL


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="PROGRAM")
    sys.stdout.write(manual(parser.parse_args().program))
