"""run.py PROGRAM CORPUS SECONDS: fuzzes for a while (LB_FUZZ_SECONDS instead, where it is set),
starting from the corpus, which stays as it is; what makes the program fail is kept beside it."""

import os
import pathlib
import subprocess
import sys
import tempfile

program, corpus, seconds = sys.argv[1:]
seconds = os.environ.get("LB_FUZZ_SECONDS", seconds)
# Inputs for readers of files are kept in memory if there is such a folder.
memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
with tempfile.TemporaryDirectory() as found, tempfile.TemporaryDirectory(dir=memory) as files:
    sys.exit(subprocess.run([pathlib.Path(program).resolve(), found, corpus,
                             f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10",
                             "-rss_limit_mb=2000", "-print_final_stats=1",
                             f"-artifact_prefix={program}-"],
                            env={**os.environ, "TMPDIR": files}, check=False).returncode)
