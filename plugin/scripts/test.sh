#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the plugin and runs all its tests; installs the packages needed for that, but not the plugin.
# Arguments are CTest's, e.g. -R REGEX.
# BUILD_DIR names another build directory than build/; CC and CFLAGS count when that directory is new.
# The last line is "N passed, N failed"; the status is 0 only where tests ran, and none failed or was skipped.
set -eu

scripts=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$scripts/../.." && pwd)
build=${BUILD_DIR:-$root/build}

sh "$scripts/install-packages.sh" test
cmake -S "$root" -B "$build"
cmake --build "$build" --parallel "$(nproc)" --target all tests

echo "Running the tests; all of them take about five minutes on two cores. A line tells of each program that begins or ends."
rm -f "$build"/Testing/*.xml
status=0
ctest --test-dir "$build" --parallel "$(nproc)" --output-on-failure --no-tests=error "$@" || status=$?

# CTest counts programs. This counts the tests in them, from what each wrote; one that did not get so far has failed.
python3 - "$build/Testing" "$status" <<'EOF' || status=1
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

reports = [ElementTree.parse(path).getroot().find("testsuite") for path in Path(sys.argv[1]).glob("*.xml")]
tests, failures, errors, skipped = (sum(int(report.get(key)) for report in reports)
                                    for key in ("tests", "failures", "errors", "skipped"))
failed = failures + errors or int(sys.argv[2] != "0")
passed = tests - failures - errors - skipped
print(f"{passed} passed, {failed} failed" + f", {skipped} skipped" * bool(skipped))
sys.exit(failed or skipped or not passed)
EOF
exit "$status"
