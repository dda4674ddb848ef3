#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds a package of the plugin, for the Wireshark that is installed here; installs what is needed for that:
#   package.sh deb     for Debian and its relatives
#   package.sh rpm     for Fedora and its relatives
#   package.sh tar     a tarball with a script that installs it for one user
# BUILD_DIR names another build directory than build/. The last line names the package.
set -eu

case ${1:-} in
deb) generator=DEB pattern='*.deb' ;;
rpm) generator=RPM pattern='*.rpm' ;;
tar) generator=TGZ pattern='*.tar.gz' ;;
*)
    echo "usage: package.sh {deb|rpm|tar}" >&2
    exit 2
    ;;
esac

scripts=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$scripts/../.." && pwd)
build=${BUILD_DIR:-$root/build}

sh "$scripts/install-packages.sh" "$1"
cmake -S "$root" -B "$build"
cmake --build "$build" --parallel "$(nproc)"
# rpmbuild takes no blank in the name of its folder, so the package is made in another one.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$build" && cpack -G "$generator" -B "$work")
mkdir -p "$build/packages"
# None of an earlier version is to be taken for this one's.
rm -f "$build"/packages/$pattern
mv "$work"/$pattern "$build/packages/"
echo "$build"/packages/$pattern
