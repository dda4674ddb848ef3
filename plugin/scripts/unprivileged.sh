#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a program as another user where root runs this, and just runs it otherwise:
#   unprivileged.sh PROGRAM [ARGUMENT...]
# As root, Wireshark ignores WIRESHARK_PLUGIN_DIR, and reads its large tables of names anew for each file that it opens.
# The other user may read what root may: the build tree and the captures may be where only root looks. It may write only
# where everybody may.
set -eu

[ "$(id -u)" -eq 0 ] || exec "$@"
# Not in a container that is not given it: what everybody may read is enough there, mostly.
capability='--inh-caps=+dac_read_search --ambient-caps=+dac_read_search'
user='--reuid=65534 --regid=65534 --clear-groups'
# Both are split into words here.
# shellcheck disable=SC2086
setpriv $user $capability -- true 2>/dev/null || capability=
# shellcheck disable=SC2086
exec setpriv $user $capability -- "$@"
