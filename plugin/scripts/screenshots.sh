#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Takes the pictures of the documentation anew, from the real windows of Wireshark on a screen of its own (Xvfb), with the
# profile "Amanda":
#   screenshots.sh BUILD_DIR [PICTURE...]
# Needs the Debian packages wireshark xvfb xdotool imagemagick fonts-dejavu-core. Where things are in the menus is as in
# Wireshark 4.0: look at each picture.
set -eu

build=$(cd "$1" && pwd)
shift
wanted=" $* "
root=$(cd "$(dirname "$0")/../.." && pwd)
width=1280
height=860

# Wireshark's home, which with-plugin.sh gives it; nobody's settings but these play a part
export XDG_RUNTIME_DIR=$build/home/run QT_QPA_PLATFORM=xcb
settings=$build/home/.config/wireshark
profile=$settings/profiles/Amanda
xvfb=
wireshark=

clean_up() {
    [ -z "$wireshark" ] || kill "$wireshark"
    [ -z "$xvfb" ] || kill "$xvfb"
    rm -rf "$settings"
}
trap clean_up EXIT

exec 3< <(exec Xvfb -displayfd 1 -screen 0 1800x1000x24 2>/dev/null)
xvfb=$!
read -r -u 3 display
export DISPLAY=:$display

# arrange HEIGHT: settings for a packet list of this height
arrange() {
    rm -rf "$settings"
    mkdir -p "$settings/profiles" "$XDG_RUNTIME_DIR"
    cp -r "$root/plugin/profile/Amanda" "$profile"
    cat >"$settings/recent_common" <<EOF
gui.geometry_main_x: 0
gui.geometry_main_y: 0
gui.geometry_main_width: $width
gui.geometry_main_height: $height
gui.geometry_main_maximized: FALSE
EOF
    cat >>"$profile/preferences" <<EOF

gui.update.enabled: FALSE
gui.layout_type: 1
gui.layout_content_1: PLIST
gui.layout_content_2: PDETAILS
gui.layout_content_3: NONE
EOF
    sed -i '/^gui.geometry_main_lower_pane/d' "$profile/recent" # there is none here
    printf '\ngui.geometry_main_upper_pane: %s\n' "$1" >>"$profile/recent"
    chmod 700 "$XDG_RUNTIME_DIR"
    [ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$build/home"
}

# Waits until nothing on the screen changes any more.
settle() {
    local before="" now same=0 tries=0
    while [ $same -lt 3 ] && [ $tries -lt 120 ]; do
        sleep 0.4
        now=$(import -window root rgb:- | md5sum)
        if [ "$now" = "$before" ]; then same=$((same + 1)); else same=0; fi
        before=$now
        tries=$((tries + 1))
    done
}

# window NAME: its number, as soon as it is there
window() {
    timeout 60 xdotool search --sync --onlyvisible --name "$1" | tail -n 1
}

# start HEIGHT CAPTURE [ARGUMENT...]: Wireshark with the capture loaded, and a packet list of this height
start() {
    arrange "$1"
    sh "$root/plugin/scripts/with-plugin.sh" "$build" wireshark -C Amanda -r "$root/test-captures/$2" "${@:3}" \
        >/dev/null 2>&1 &
    wireshark=$!
    main=$(window "^$(basename "$2")$")
    settle
}

stop() {
    kill "$wireshark"
    wait "$wireshark" 2>/dev/null || true
    wireshark=
}

# keys KEY...: one after the other, and what they bring about
keys() {
    xdotool key --delay 60 "$@"
    settle
}

# click X Y: and the mouse out of the way again
click() {
    xdotool mousemove "$1" "$2" click 1 mousemove 1790 990
    settle
}

# picture NAME WINDOW [WIDTH HEIGHT]: of the window, in this size
picture() {
    if [ $# -eq 4 ]; then
        xdotool windowsize "$2" "$3" "$4" windowmove "$2" 0 0
        settle
    fi
    import -window "$2" +dither -colors 64 -depth 8 -strip "$root/plugin/doc/$1.png"
    echo "$1.png"
}

is_wanted() {
    [ "$wanted" = "  " ] || [ "${wanted/ $1 /}" != "$wanted" ]
}

case_of_2004=generated/2004-stale-reply-server.pcap
recording=recorded/lost-ack-sendbackup-server.pcap

if is_wanted guide-list; then
    start 725 $case_of_2004
    click 700 785
    picture guide-list "$main"
    stop
fi

# The old reply, as its details open by themselves
if is_wanted 2004-stale-reply; then
    start 255 $case_of_2004 -g 32 -Y 'amanda.type or amanda.stream.unmatched or amanda.stream.unmatched_refused'
    xdotool mousemove 1790 990
    settle
    picture 2004-stale-reply "$main"
    stop
fi

# The same without a filter, and a double click on its last line, which leads to the lost ACK
if is_wanted guide-lost-ack; then
    start 255 $case_of_2004 -g 32
    click 900 560
    keys End Right
    xdotool mousemove 250 826 click --repeat 20 5
    settle
    xdotool click --repeat 2 --delay 80 1 mousemove 1790 990
    settle
    picture guide-lost-ack "$main"
    stop
fi

if is_wanted guide-expert; then
    start 255 $case_of_2004
    click 12 $((height - 12)) # the circle at the left end of the status line
    picture guide-expert "$(window 'Expert Information')" 900 300
    stop
fi

if is_wanted guide-exchanges; then
    start 255 $recording -z amanda,exchanges
    picture guide-exchanges "$(window 'Amanda Exchanges')" 1780 300
    stop
fi

if is_wanted guide-losses; then
    start 255 $recording -z amanda,losses
    picture guide-losses "$(window 'Amanda Losses')" 1500 200
    stop
fi

if is_wanted guide-packets; then
    start 255 $recording -z amanda,tree
    picture guide-packets "$(window 'Amanda Packets')" 700 640
    stop
fi

if is_wanted guide-times; then
    start 255 $recording -z amanda,srt
    picture guide-times "$(window 'Amanda Service Response Time')" 800 400
    stop
fi
