#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installs the Amanda plugin, with its profile, for the user who runs this script, or removes it again:
#   sh install.sh [install|uninstall] [FOLDER [PROGRAMS]]
# FOLDER has plugins/VERSION/epan/amanda.so and profiles/Amanda; without it, that of this script is meant, as in the tarball.
# PROGRAMS is the folder of the Wireshark that it is for, if that is not the first one in PATH.
# Says what to do instead where that would not work. What it installs it enters in a list (installed-files.sh), and only
# that is replaced by another version, or removed: your own changes, and a profile Amanda of your own, stay.
set -eu
unset DESTDIR CDPATH

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

# quoted PATH: as one types it in a shell
quoted() {
    case $1 in
    *[!A-Za-z0-9_./:=@%+,-]*) printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf %s "$1" ;;
    esac
}

here=$(cd -- "$(dirname -- "$0")" && pwd)
action=${1:-install}
from=${2:-$here}
programs=${3:-}
case $action in
install | uninstall) ;;
*) fail "usage: sh install.sh [install|uninstall]" ;;
esac

# What a folder of another version, which is still there in a build tree, was built for does not count.
built_for=
for plugin in "$from"/plugins/*/epan/amanda.so; do
    [ -e "$plugin" ] || fail "no plugin in $from"
    version=${plugin%/epan/amanda.so}
    built_for="$built_for ${version##*/}"
done
built_for=${built_for# }

case ${HOME-/} in
/*) ;;
*) fail "HOME does not name your home folder: set it first" ;;
esac
case ${HOME:-}${XDG_CONFIG_HOME:-} in
*"
"*) fail "there is a line end in the name of your home or configuration folder: copy the files yourself" ;;
esac

wireshark=
for program in ${programs:+"$programs/tshark" "$programs/wireshark"} tshark wireshark; do
    if command -v "$program" >/dev/null; then
        wireshark=$program
        break
    fi
done

folders=
[ -z "$wireshark" ] || folders=$("$wireshark" -G folders 2>/dev/null)
# folder WHICH: what Wireshark says where it is
folder() {
    printf '%s\n' "$folders" | sed -n "s/^$1:[[:space:]]*//p"
}

if [ "$action" = uninstall ]; then
    # Also where Wireshark is another one by now, or gone.
    personal=${HOME:-}/.local/lib/wireshark/plugins
    profiles=${XDG_CONFIG_HOME:-${HOME:-}/.config}/wireshark/profiles
    if [ -n "$wireshark" ]; then
        personal=$(folder 'Personal Plugins')
        personal=${personal%/*}
        profiles=$(folder 'Personal configuration')/profiles
    fi
    # The list is split into words here.
    for version in $built_for; do
        sh "$here/installed-files.sh" remove "$personal/$version/epan/amanda.sha256"
    done
    for list in "$personal"/*/epan/amanda.sha256; do
        if [ -e "$list" ]; then
            echo "Kept $profiles/Amanda, which belongs to ${list%/*}, too"
            exit 0
        fi
    done
    sh "$here/installed-files.sh" remove "$profiles/Amanda/installed.sha256"
    exit 0
fi

for_everybody=
[ ! -e "$from/cmake_install.cmake" ] || for_everybody=", or install it for everybody: cmake --install $(quoted "$from")"
[ "$(id -u)" -ne 0 ] ||
    fail "Wireshark ignores the plugins in root's own folder: run this as the user who runs Wireshark$for_everybody"
[ -n "$wireshark" ] ||
    fail "no tshark here, so the Wireshark that it is for cannot be told: install tshark (Fedora: wireshark-cli) first"

# What it says of itself; the words around the version have changed over time.
version=$("$wireshark" --version 2>/dev/null |
    sed -n -e 's/^TShark[^0-9]*\([0-9]*\.[0-9]*\)\..*/\1/p' -e 's/^Wireshark[^0-9]*\([0-9]*\.[0-9]*\)\..*/\1/p')
plugin=$from/plugins/$version/epan/amanda.so
[ -e "$plugin" ] ||
    fail "this plugin is for Wireshark $built_for, and here is ${version:-another one};" \
        "take the package for Wireshark ${version:-that one}, or build the plugin from its sources here"

plugins=$(folder 'Personal Plugins')/epan
profile=$(folder 'Personal configuration')/profiles/Amanda

# Which amanda.so Wireshark loads: one that is installed for everybody comes before a user's own.
loaded() {
    "$wireshark" -G plugins 2>/dev/null | sed -n 's/^amanda\.so[^/]*//p' | head -n 1
}
other=$(loaded)
[ -z "$other" ] || [ "$other" = "$plugins/amanda.so" ] ||
    fail "Wireshark takes $other, which is installed for everybody, and would not look at yours: have that one updated"

mkdir -p -- "$plugins"
new=$plugins/.amanda.so.new
before=$plugins/.amanda.so.before
trap 'rm -f -- "$new" "$before"' EXIT
rm -f -- "$before"
[ ! -e "$plugins/amanda.so" ] || cp -p -- "$plugins/amanda.so" "$before"
# In one step, and not into the file that a running Wireshark has open
cp -- "$plugin" "$new"
mv -f -- "$new" "$plugins/amanda.so"
if [ "$(loaded)" != "$plugins/amanda.so" ]; then
    errors=$("$wireshark" -G plugins 2>&1 >/dev/null | grep amanda || :)
    if [ -e "$before" ]; then mv -f -- "$before" "$plugins/amanda.so"; else rm -f -- "$plugins/amanda.so"; fi
    fail "Wireshark does not load it, so it was removed again: ${errors:-no reason given}"
fi
sh "$here/installed-files.sh" enter "$plugins/amanda.sha256" amanda.so
echo "Installed $plugins/amanda.so"
sh "$here/installed-files.sh" add "$profile/installed.sha256" "$from/profiles/Amanda"
capture=$from/test-captures/recorded/lost-ack-same-port-server.pcap
[ ! -e "$capture" ] || echo "Try it: tshark -r $(quoted "$capture") -Y amanda.rep.unmatched"
echo "In Wireshark, choose the profile Amanda: wireshark -C Amanda, or the right end of the status bar"
