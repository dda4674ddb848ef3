#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# In the place of tar, and of the application amodd, within the namespaces of record.sh: does what a scenario asks
# for, and is tar or amgtar otherwise.  The scripts below /srv/faults see the arguments that Amanda gave.

tar() { (exec -a /usr/bin/tar /srv/bin/tar.real "$@"); }

# slowly BYTES: passes its input on, so many bytes a second, and says after two of them that it is at it
slowly() {
    local part count=0
    part=$(mktemp -p /srv/tmp)
    while head -c "$1" > "$part"; [ -s "$part" ]; do
        cat "$part"
        [ $((++count)) != 3 ] || echo $$ > /srv/reached
        sleep 1
    done
    rm -f "$part"
}

# once: the next time this fault is gone
once() { rm -f "$fault"; }

if [ "${0##*/}" = amodd ]; then
    disk=
    for word; do [ "${before-}" != --device ] || disk=${word##*/}; before=$word; done
    fault=/srv/faults/$disk.$1
    # shellcheck source=/dev/null
    [ ! -e "$fault" ] || { . "$fault"; exit; }
    exec /usr/lib/amanda/application/amgtar "$@"
fi

fault=
case " $* " in
*' --create '*)
    phase=dump
    [[ " $* " != *' /dev/null '* ]] || phase=estimate
    # both ends share one file system: only the name of the list tells the host
    [[ ! " $* " =~ gnutar-lists/([^ ]+)_[0-9]\.new ]] || fault=/srv/faults/${BASH_REMATCH[1]}.$phase ;;
*' -x'* | *' --extract '*) fault=/srv/faults/restore ;;
esac
# shellcheck source=/dev/null
[ ! -e "$fault" ] || { . "$fault"; exit; }
exec -a /usr/bin/tar /srv/bin/tar.real "$@"
