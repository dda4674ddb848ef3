#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the plugin and shows what it finds in two recordings of real Amanda traffic; installs the packages needed for
# that, but not the plugin. BUILD_DIR names another build directory than build/.
set -eu

scripts=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$scripts/../.." && pwd)
build=${BUILD_DIR:-$root/build}
captures=$root/test-captures
failures=outcomes/mixed-bsd
replies=recorded/lost-ack-same-port-server

sh "$scripts/install-packages.sh" build

echo "Building the plugin in $build"
mkdir -p "$build"
log=$build/first-look.log
if ! { cmake -S "$root" -B "$build" && cmake --build "$build" --parallel "$(nproc)" --target amanda; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "first-look.sh: the build failed" >&2
    exit 1
fi

# ask CAPTURE ARGUMENT...: tshark over one of the captures, a line for each packet; the fields in their order, separated by
# tabs; nothing stands for a field that is not there.
ask() {
    asked=$captures/$1.pcap
    shift
    sh "$scripts/with-plugin.sh" "$build" tshark -n -r "$asked" -T fields -E separator=/t -E occurrence=a -E aggregator=/s "$@"
}

rows='
    function row(name, value) {
        if (value != "")
            printf "  %-16s%s\n", name, value
    }'

echo
echo "What failed in test-captures/$failures.pcap, a night with three clients:"
ask "$failures" -2 -Y 'amanda.outcome.asked_in == frame.number and not amanda.outcome in {"success", "strange", "running", "unknown"}' \
    -e frame.number -e amanda.service -e amanda.outcome -e amanda.outcome.client -e amanda.outcome.disk -e amanda.outcome.level \
    -e amanda.outcome.why -e amanda.outcome.remedy -e amanda.outcome_in | awk -F '\t' "$rows"'
    {
        failed++
        printf "\n%s of %s: %s\n", $2, $4 ($5 == "" ? "" : " " $5 " level " $6), $3
        row("why", $7)
        row("what to do", $8)
        row("asked in", "frame " $1)
        row("settled in", $9 == "" ? "" : "frame " $9)
    }
    END { exit failed == 0 }' || {
    echo "first-look.sh: nothing has failed, though this recording has failures" >&2
    exit 1
}

echo
echo "Replies in test-captures/$replies.pcap that answer no outstanding request:"
ask "$replies" -Y 'amanda.type == "REP" or amanda.type == "PREP"' \
    -e frame.number -e frame.time_relative -e amanda.rep.unmatched -e amanda.verdict -e _ws.col.Info \
    -e _ws.expert.message -e amanda.response_to -e amanda.rep.closed_in -e amanda.rep.closed_by \
    -e amanda.rep.mistaken_for -e amanda.rep.asked_of | awk -F '\t' "$rows"'
    { replies++ }
    $3 == "" { next }
    {
        unmatched++
        printf "\nFrame %s, %.3f s: %s\n", $1, $2, $4
        row("packet", $5)
        row("reason", $6)
        row("really answers", $7 == "" ? "" : "REQ in frame " $7)
        row("which was", $9 == "" ? "" : $9 ($8 == "" ? "" : " in frame " $8))
        row("seems to answer", $10 == "" ? "" : "REQ in frame " $10)
        row("asked elsewhere", $11 == "" ? "" : "REQ in frame " $11)
    }
    END {
        printf "\n%d of %d replies are flagged.\n", unmatched, replies
        exit unmatched == 0
    }' || {
    echo "first-look.sh: no reply was flagged, though this recording has some" >&2
    exit 1
}

show() { # a path as one would type it here
    path=${1#"$PWD"/}
    case $path in
    -* | *[!A-Za-z0-9_./:=@%+,-]*) printf "'%s'\n" "$(printf %s "$path" | sed "s/'/'\\\\''/g; 1s/^-/.\\/-/")" ;;
    *) printf '%s\n' "$path" ;;
    esac
}
echo
echo "To install the plugin:"
if [ "$(id -u)" -eq 0 ]; then
    echo "  cmake --install $(show "$build")"
else
    echo "  cmake --build $(show "$build") --target install-user    (for yourself)"
    echo "  sudo cmake --install $(show "$build")                   (for all users)"
fi
echo "Then open a recording in Wireshark (Debian package wireshark), not as root:"
echo "  wireshark -C Amanda $(show "$captures/$failures.pcap")"
