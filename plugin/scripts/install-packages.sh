#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installs the Debian packages that are missing, for one of these purposes:
#   install-packages.sh build          to build the plugin and try it with tshark
#   install-packages.sh test           to run its tests too
#   install-packages.sh deb|rpm|tar    to make a package of it
# As root, or as a user with sudo. Does nothing where all of them are installed.
set -eu

fail() {
    echo "install-packages.sh: $*" >&2
    exit 1
}

packages="cmake make gcc libc6-dev wireshark-dev tshark"
case ${1:-} in
build | tar) ;;
deb) packages="$packages dpkg-dev file" ;;
rpm) packages="$packages rpm file" ;;
test)
    # wireshark-common: sharkd, editcap; openssl: a certificate for a TLS session
    packages="$packages python3 python3-pytest wireshark-common openssl"
    ;;
*) fail "usage: install-packages.sh {build|test|deb|rpm|tar}" ;;
esac
case ${CC:-} in
clang* | gcc-*) packages="$packages $CC" ;;
esac

if ! command -v apt-get >/dev/null; then
    echo "install-packages.sh: no apt-get here; going on with what is installed (needed on Debian: $packages)" >&2
    exit 0
fi

missing=
for package in $packages; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || :)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
        fail "neither root nor sudo here; as root: apt-get install --no-install-recommends$missing"
    sudo=sudo
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# apt COMMAND ARGUMENT...: says how far it is, a line for each fifth. What apt prints itself is shown only where it fails.
apt() {
    {
        # Through sudo it has no other file to write its status to.
        $sudo env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
            apt-get -q -y -o DPkg::Lock::Timeout=120 -o APT::Status-Fd=1 "$@" </dev/null 2>>"$log" &&
            echo 'ended: 0' || echo 'ended: 1'
    } | {
        status=1 said=
        while IFS= read -r line; do
            case $line in
            dlstatus:*) doing=downloading ;;
            pmstatus:*) doing=installing ;;
            'ended: '*) status=${line#ended: } && continue ;;
            *) printf '%s\n' "$line" >>"$log" && continue ;;
            esac
            # WHAT:WHICH:PERCENT.FRACTION:WORDS
            percent=${line#*:*:}
            percent=${percent%%[.:]*}
            case $percent in '' | *[!0-9]*) continue ;; esac
            [ "$said" = "$doing $((percent / 20))" ] || echo "  $doing: $((percent / 20 * 20)) %"
            said="$doing $((percent / 20))"
        done
        return "$status"
    }
}

echo "Needed and missing:$missing (installing them can take some minutes)"
echo "Asking for the lists of packages"
# A failed update may not matter: the lists may be there already.
apt update || :
echo "Installing the packages"
# The list is split into words here.
# shellcheck disable=SC2086
if ! apt install --no-install-recommends $missing; then
    cat "$log" >&2
    fail "apt-get could not install$missing"
fi
