#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a Wireshark program with the plugin from a build tree, without installing it:
#   with-plugin.sh BUILD_DIR PROGRAM [ARGUMENT...]
# The program gets an empty home directory, so that nobody's settings play a part, and UTC.
set -eu

[ $# -ge 2 ] || {
    echo "usage: with-plugin.sh BUILD_DIR PROGRAM [ARGUMENT...]" >&2
    exit 2
}
scripts=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
build=$(CDPATH= cd -- "$1" && pwd)
shift

plugins=$build/plugins # Wireshark looks in VERSION/epan below it
for plugin in "$plugins"/*/epan/amanda.so; do
    [ -e "$plugin" ] || {
        echo "with-plugin.sh: no $plugin: build the plugin first" >&2
        exit 2
    }
done

home=$build/home
[ -d "$home" ] || mkdir -p "$home"
unset XDG_CONFIG_HOME WIRESHARK_CONFIG_DIR WIRESHARK_DATA_DIR WIRESHARK_RUN_FROM_BUILD_DIRECTORY
# No extcap programs: they take time at each start, and some hang where a sanitizer's library is loaded into them.
export HOME="$home" TZ=UTC WIRESHARK_PLUGIN_DIR="$plugins" WIRESHARK_EXTCAP_DIR="$home"

# A plugin built with AMANDA_SANITIZE. What Wireshark leaks is not ours, and its own pools hide what is. Programs that
# dissect nothing hang at their end with the sanitizer's library in them (in libp11-kit).
case ${1##*/} in
editcap | mergecap) dissects=no ;;
*) dissects=yes ;;
esac
if [ "$dissects" = yes ] && [ -e "$build/preload" ]; then
    export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}" WIRESHARK_DEBUG_WMEM_OVERRIDE=simple
    set -- env LD_PRELOAD="$(cat "$build/preload")" "$@"
fi

# Wireshark ignores WIRESHARK_PLUGIN_DIR when root runs it.
exec sh "$scripts/unprivileged.sh" "$@"
