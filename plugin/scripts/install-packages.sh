#!/bin/sh
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

# What apt prints is shown only where it fails.
apt() {
    $sudo env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get -q -y -o DPkg::Lock::Timeout=120 "$@" </dev/null >>"$log" 2>&1
}

echo "Installing$missing (this can take some minutes)"
# A failed update may not matter: the lists may be there already.
apt update || :
# The list is split into words here.
# shellcheck disable=SC2086
if ! apt install --no-install-recommends $missing; then
    cat "$log" >&2
    fail "apt-get could not install$missing"
fi
