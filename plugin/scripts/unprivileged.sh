#!/bin/sh
# Runs a program as another user where root runs this, and just runs it otherwise:
#   unprivileged.sh PROGRAM [ARGUMENT...]
# As root, Wireshark ignores WIRESHARK_PLUGIN_DIR, and reads its large tables of names anew for each file that it opens.
# The other user keeps root's access to files: the build tree and the captures may be where only root may look.
set -eu

[ "$(id -u)" -eq 0 ] || exec "$@"
exec setpriv --reuid=65534 --regid=65534 --clear-groups \
    --inh-caps=+dac_override --ambient-caps=+dac_override -- "$@"
