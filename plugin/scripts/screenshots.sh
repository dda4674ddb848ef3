#!/bin/bash
# Takes the pictures of the documentation anew, from the real Wireshark window on a screen of its own (Xvfb):
#   screenshots.sh BUILD_DIR
# Needs the Debian packages wireshark xvfb xdotool imagemagick fonts-dejavu-core.
set -eu

build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
home=$build/home
display=:$((RANDOM % 1000 + 100))
export DISPLAY=$display QT_QPA_PLATFORM=xcb

Xvfb "$display" -screen 0 1500x900x24 >/dev/null 2>&1 &
xvfb=$!
trap 'kill $xvfb' EXIT

mkdir -p "$home/.config/wireshark" "$home/run"
cat >"$home/.config/wireshark/preferences" <<EOF
gui.update.enabled: FALSE
gui.layout_type: 1
gui.layout_content_1: PLIST
gui.layout_content_2: PDETAILS
gui.layout_content_3: NONE
gui.column.format: "No.", "%m", "Time", "%t", "Source", "%s", "Destination", "%d", "Protocol", "%p", "Info", "%i"
EOF
cat >"$home/.config/wireshark/recent_common" <<EOF
gui.geometry_main_x: 0
gui.geometry_main_y: 0
gui.geometry_main_width: 1496
gui.geometry_main_height: 870
gui.geometry_main_maximized: FALSE
EOF
printf 'column.width: %%m, 45, %%t, 75, %%s, 85, %%d, 85, %%p, 75, %%i, 1000\ngui.geometry_main_upper_pane: 230\n' \
    >"$home/.config/wireshark/recent"
if [ "$(id -u)" -eq 0 ]; then
    chown -R 65534:65534 "$home"
fi
chmod 700 "$home/run"
export XDG_RUNTIME_DIR=$home/run

# shoot CAPTURE FILTER FRAME PICTURE: the capture with the frame selected and its Amanda layer unfolded
shoot() {
    sh "$root/plugin/scripts/with-plugin.sh" "$build" wireshark -r "$root/test-captures/$1" -Y "$2" -g "$3" \
        >/dev/null 2>&1 &
    wireshark=$!
    xdotool search --sync --onlyvisible --name "$(basename "$1")" >/dev/null
    sleep 3
    # The last line of the details is the Amanda layer: select it, unfold everything below it, bring it into view.
    xdotool mousemove 700 600 click 1 key Home key Down key Down key Down key Down key shift+Right
    sleep 1
    import -window root "$root/plugin/doc/$4"
    kill $wireshark
    wait $wireshark 2>/dev/null || true
}

shoot generated/2004-stale-reply-client.pcap 'amanda.type || tcp.flags.syn == 1 || tcp.flags.reset == 1' 31 2004-stale-reply.png
