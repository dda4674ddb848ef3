#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Looks for what breaks the plugin:
#   fuzz.sh libfuzzer [SECONDS]   a libFuzzer program (clang) of the plugin's sources and libwireshark
#   fuzz.sh errors [SECONDS]      the captures of test-captures/ with errors put into them by editcap
#   fuzz.sh grammar [SECONDS]     sessions made by the grammar of the protocol, whose rules are broken now and then
# For a minute, or for so many seconds. The last two run tshark with the plugin built with sanitizers. BUILD_DIR names
# another build directory than build-fuzz/; what is found is kept in its findings/, and the status is then not 0.
set -eu

scripts=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$scripts/../.." && pwd)
build=${BUILD_DIR:-$root/build-fuzz}
how=${1:-}
seconds=${2:-60}

fail() {
    echo "fuzz.sh: $*" >&2
    exit 1
}

# make_in DIRECTORY TARGET OPTION...: quiet where all goes well.
make_in() {
    directory=$1
    target=$2
    shift 2
    mkdir -p "$directory"
    { cmake -S "$root" -B "$directory" "$@" && cmake --build "$directory" --parallel "$(nproc)" --target "$target"; } \
        >"$directory/fuzz.log" 2>&1 || {
        cat "$directory/fuzz.log" >&2
        fail "the build failed"
    }
}

libfuzzer() {
    command -v "${CC:-clang}" >/dev/null || fail "needs clang and its libFuzzer (Debian's clang)"
    make_in "$build/libfuzzer" fuzz-amanda -DAMANDA_FUZZ=ON -DCMAKE_C_COMPILER="${CC:-clang}"
    mkdir -p "$build/corpus" "$build/findings"
    [ "$(id -u)" -ne 0 ] || chmod 777 "$build/corpus" "$build/findings" # it runs as another user
    find "$root/test-captures" -name '*.pcap' -exec python3 "$root/plugin/tests/fuzz/seeds.py" "$build/seeds" {} +
    status=0
    sh "$scripts/unprivileged.sh" "$build/libfuzzer/plugin/tests/fuzz/fuzz-amanda" \
        -max_total_time="$seconds" -max_len=16384 -timeout=60 -dict="$root/plugin/tests/fuzz/amanda.dict" \
        -detect_leaks=0 -artifact_prefix="$build/findings/" \
        -print_final_stats=1 "$build/corpus" "$build/seeds" >"$build/libfuzzer.log" 2>&1 || status=$?
    grep -a -E '^(Done|stat::(number|average)|.*(ERROR|SUMMARY|runtime error|is not UTF-8|second pass))' \
        "$build/libfuzzer.log" || :
    grep -a -E '^#[0-9]+.* cov: ' "$build/libfuzzer.log" | tail -n 1
    return "$status"
}

campaign() {
    make_in "$build/sanitized" amanda -DAMANDA_SANITIZE=ON -DCMAKE_C_COMPILER=gcc
    python3 "$root/plugin/tests/fuzz/campaign.py" "$how" "$build/sanitized" "$seconds"
}

case $how in
libfuzzer) libfuzzer ;;
errors | grammar) campaign ;;
*) fail "usage: fuzz.sh {libfuzzer|errors|grammar} [SECONDS]" ;;
esac
