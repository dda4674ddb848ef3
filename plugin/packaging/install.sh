#!/bin/sh
# Installs the Amanda plugin of this folder, with its profile, for the user who runs this script:
#   sh install.sh              install
#   sh install.sh uninstall    remove
# Says what to do instead where that would not work.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
for plugin in "$here"/plugins/*/epan/amanda.so; do :; done
built_for=${plugin#"$here"/plugins/}
built_for=${built_for%%/*}

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

case ${1:-install} in
install | uninstall) action=${1:-install} ;;
*) fail "usage: sh install.sh [install|uninstall]" ;;
esac

[ "$(id -u)" -ne 0 ] ||
    fail "Wireshark ignores the plugins in root's own folder: run this as the user who runs Wireshark"
command -v tshark >/dev/null ||
    fail "no tshark here, so the Wireshark that it is for cannot be told: install tshark (Fedora: wireshark-cli) first"

# What it says of itself; the words around the version have changed over time.
version=$(tshark --version 2>/dev/null | sed -n 's/^TShark[^0-9]*\([0-9]*\.[0-9]*\)\..*/\1/p')
[ "$version" = "$built_for" ] || fail "this plugin is for Wireshark $built_for, and here is ${version:-another one};" \
    "take the package for Wireshark ${version:-that one}, or build the plugin from its sources here"

folder() {
    tshark -G folders 2>/dev/null | sed -n "s/^$1:[[:space:]]*//p"
}
plugins=$(folder 'Personal Plugins')/epan
profiles=$(folder 'Personal configuration')/profiles

if [ "$action" = uninstall ]; then
    rm -rf "$plugins/amanda.so" "$profiles/Amanda"
    echo "Removed $plugins/amanda.so and $profiles/Amanda"
    exit 0
fi

mkdir -p "$plugins" "$profiles"
cp "$plugin" "$plugins/"
errors=$(tshark -G plugins 2>&1 >/dev/null | grep amanda || :)
tshark -G plugins 2>/dev/null | grep -q '^amanda\.so' || {
    rm -f "$plugins/amanda.so"
    fail "Wireshark does not load it, so it was removed again: ${errors:-no reason given}"
}
echo "Installed $plugins/amanda.so"

if [ -e "$profiles/Amanda" ]; then
    # Wireshark writes the user's changes into it.
    echo "Kept your profile $profiles/Amanda as it is"
else
    cp -R "$here/profiles/Amanda" "$profiles/"
    echo "Installed $profiles/Amanda"
fi
echo "Try it: tshark -r $here/test-captures/recorded/lost-ack-same-port-server.pcap -Y amanda.rep.unmatched"
