#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes a series of patches that puts the plugin into Wireshark's own source tree:
#   upstream.sh TREE [DIRECTORY]
# TREE is a source tree of Wireshark, which stays as it is; the patches go into DIRECTORY, or else into ./upstream, for
# git am or git apply. Each of them builds by itself, and has the tests that belong to it; .ci/in-tree sees to that.
# Needs git and python3. How it is done: upstream.py.
set -eu

[ $# -eq 1 ] || [ $# -eq 2 ] || {
    echo "usage: upstream.sh TREE [DIRECTORY]" >&2
    exit 2
}
exec python3 "$(dirname -- "$0")/upstream.py" "$1" "${2:-upstream}"
