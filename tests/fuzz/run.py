"""run.py PROGRAM CORPUS SECONDS: fuzzes for a while, starting from the corpus, which stays as it
is; what makes the program fail is kept beside the program."""

import subprocess
import sys
import tempfile

program, corpus, seconds = sys.argv[1:]
with tempfile.TemporaryDirectory() as found:
    sys.exit(subprocess.run([program, found, corpus, f"-max_total_time={seconds}", "-max_len=4096",
                             "-timeout=10", "-rss_limit_mb=2000", "-print_final_stats=1",
                             f"-artifact_prefix={program}-"], check=False).returncode)
