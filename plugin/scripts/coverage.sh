#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Says how much of the plugin the tests and the fuzzer's corpus reach: coverage.sh [CTEST_REGEX]
# Builds the plugin with clang's source-based coverage, runs the tests (those that match), and the inputs of
# BUILD_DIR/corpus and those made from test-captures/. BUILD_DIR is build-fuzz/ unless it is set. Prints lines and
# branches per file, and writes the lines that nothing reaches to BUILD_DIR/coverage/missed.txt.
set -eu

scripts=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$scripts/../.." && pwd)
build=${BUILD_DIR:-$root/build-fuzz}
tests=${1:-.}
here=$build/coverage
flags='-fprofile-instr-generate -fcoverage-mapping'

mkdir -p "$here/profiles"
chmod 777 "$here/profiles" # the tests run tshark as another user
rm -f "$here"/profiles/*
cmake -S "$root" -B "$here" -DCMAKE_C_COMPILER=clang -DAMANDA_FUZZ=ON -DAMANDA_FUZZ_SANITIZERS= \
    -DCMAKE_C_FLAGS="$flags" >/dev/null
cmake --build "$here" --parallel "$(nproc)" --target all tests fuzz-amanda >/dev/null
# %4m: what several programs ran of one library goes into four files.
export LLVM_PROFILE_FILE="$here/profiles/%4m.profraw"
ctest --test-dir "$here" -R "$tests" --parallel "$(nproc)" || :
fuzzer=$here/plugin/tests/fuzz/fuzz-amanda
find "$root/test-captures" -name '*.pcap' -exec python3 "$root/plugin/tests/fuzz/seeds.py" "$build/seeds" {} +
mkdir -p "$build/corpus"
sh "$scripts/unprivileged.sh" "$fuzzer" -runs=0 "$build/corpus" "$build/seeds" >"$here/corpus.log" 2>&1
llvm-profdata merge -sparse -o "$here/all.profdata" "$here"/profiles/*.profraw
library=$(find "$here/plugins" -name amanda.so)
report() {
    what=$1
    shift
    llvm-cov "$what" -instr-profile="$here/all.profdata" "$library" -object "$fuzzer" \
        -ignore-filename-regex='/plugin/tests/|/usr/' "$@"
}
report report -show-branch-summary -show-region-summary=false
report show | grep -E '^ +[0-9]+\| +0\||^/' >"$here/missed.txt" || :
