"""Counts meson's test results: prints `passed failed skipped`, and the logs of failed tests.

The file contains one JSON object per line. A test that neither passed nor was skipped has failed;
this includes tests killed at their time limit.
"""

import argparse
import json
import sys

PASSED = ("OK", "EXPECTEDFAIL")
LAST_LINES = 60


def print_failure(test):
    print(f"---- {test['name']}: {test['result']} after {test['duration']:.1f} s", file=sys.stderr)
    for stream in ("stdout", "stderr"):
        lines = (test.get(stream) or "").splitlines()
        if lines:
            print(f"-- {stream}, last {min(LAST_LINES, len(lines))} of {len(lines)} lines",
                  file=sys.stderr)
            print("\n".join(lines[-LAST_LINES:]), file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", metavar="TESTLOG.json")
    passed = failed = skipped = 0
    with open(parser.parse_args().log, encoding="utf-8", errors="replace") as log:
        for line in log:
            test = json.loads(line)
            if test["result"] in PASSED:
                passed += 1
            elif test["result"] == "SKIP":
                skipped += 1
            else:
                failed += 1
                print_failure(test)
    print(passed, failed, skipped)


main()
