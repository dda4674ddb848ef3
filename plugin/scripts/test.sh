#!/bin/sh
# Builds the plugin and runs all its tests; installs the packages needed for that, but not the plugin.
# BUILD_DIR names another build directory than build/; CC and CFLAGS count when that directory is new.
# The last line is "N passed, N failed"; the status is 0 only where tests ran and none failed.
set -eu

scripts=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$scripts/../.." && pwd)
build=${BUILD_DIR:-$root/build}
log=$build/Testing/Temporary/LastTest.log

sh "$scripts/install-packages.sh" test
cmake -S "$root" -B "$build"
cmake --build "$build" --parallel "$(nproc)"

rm -f "$log"
status=0
ctest --test-dir "$build" --output-on-failure --no-tests=error || status=$?
[ -e "$log" ] || exit 1

# CTest counts programs. This counts the tests in them, from the closing line of each ("12 passed, 1 failed in 3.2s" of
# pytest, or a plain "12 passed, 1 failed"); a program without such a line is one test.
awk '
    function count(line, what) {
        return match(line, "[0-9]+ " what) ? substr(line, RSTART, RLENGTH) + 0 : 0
    }
    function finish() {
        if (program == "")
            return
        good = count(closing, "passed")
        bad = count(closing, "failed") + count(closing, "error")
        if (ok && good + bad == 0)
            good = 1
        if (!ok && bad == 0)
            bad = 1
        passed += good
        failed += bad
        skipped += count(closing, "skipped")
        program = closing = ""
        ok = 0
    }
    /^[0-9]+\/[0-9]+ Testing: / { finish(); program = $3 }
    /^[= ]*([A-Za-z]+: )?([0-9]+ [a-z]+,? ?)+( in [0-9.]+s.*)?$/ && /[0-9]+ (passed|failed|error)/ { closing = $0 }
    /^Test Passed\.$/ { ok = 1 }
    END {
        finish()
        printf "%d passed, %d failed", passed, failed
        if (skipped)
            printf ", %d skipped", skipped
        print ""
        exit failed || !passed
    }' "$log" || status=1
exit "$status"
