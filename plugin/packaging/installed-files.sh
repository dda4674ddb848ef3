#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Keeps a list of what an installation has put into a folder, so that nothing else is ever replaced or removed there:
#   installed-files.sh enter LIST NAME...   enters these files, which are beside LIST, as they are now
#   installed-files.sh add LIST FOLDER      copies the files of FOLDER beside LIST and enters them. What is there already is
#                                           replaced only if LIST has it and nobody changed it since; and in a folder that
#                                           has files, but no LIST, nothing is touched
#   installed-files.sh remove LIST          removes what LIST has and nobody changed since; then LIST and its folder, if
#                                           nothing else is left there
# LIST is what sha256sum writes, of files in LIST's own folder: `sha256sum -c` checks it. It is below DESTDIR, if that is set.
set -eu

fail() {
    echo "$*" >&2
    exit 1
}

[ $# -ge 2 ] || fail "usage: installed-files.sh {enter|add|remove} LIST [NAME...|FOLDER]"
action=$1
list=${DESTDIR:-}$2
folder=${list%/*}
shift 2
command -v sha256sum >/dev/null || fail "installed-files.sh: needs sha256sum, of the GNU coreutils or busybox"
# For everybody, whatever root's own files are like
[ "$(id -u)" -ne 0 ] || umask 022

# The checksum of a file, of whatever name
sum_of() {
    sha256sum <"$1" | cut -d ' ' -f 1
}

# listed NAME: the checksum that the list has for it, or nothing
listed() {
    [ ! -f "$list" ] || awk -v name="$1" '$2 == name { print $1; exit }' "$list"
}

# is_unchanged NAME: whether it is there as the list has it
is_unchanged() {
    [ -f "$folder/$1" ] && [ ! -L "$folder/$1" ] && [ "$(listed "$1")" = "$(sum_of "$folder/$1")" ]
}

# is_free NAME: whether nothing is there, not even a link that leads nowhere
is_free() {
    [ ! -e "$folder/$1" ] && [ ! -L "$folder/$1" ]
}

# enter NAME, in place of what the list had for it
enter() {
    sum=$(sum_of "$folder/$1")
    [ -n "$sum" ] || fail "installed-files.sh: cannot read $folder/$1"
    {
        [ ! -f "$list" ] || awk -v name="$1" '$2 != name' "$list"
        echo "$sum  $1"
    } >"$list.new"
    mv -f -- "$list.new" "$list"
}

# add FILE
add() {
    name=${1##*/}
    if is_free "$name" || is_unchanged "$name"; then
        # In one step: whoever reads it has the old file or the new one.
        cp -- "$1" "$list.new" && chmod u+w -- "$list.new" && mv -f -- "$list.new" "$folder/$name"
        enter "$name"
        echo "Installed $folder/$name"
    else
        echo "Kept $folder/$name as it is: it was changed since it was installed"
    fi
}

remove() {
    [ -f "$list" ] || {
        echo "Nothing to remove in $folder: no list of what was installed there"
        return
    }
    kept=
    while read -r sum name; do
        # Whoever wrote into the list: never anything outside of its folder
        case $name in '' | */*) continue ;; esac
        if is_unchanged "$name"; then
            rm -f -- "$folder/$name" || fail "You may not remove $folder/$name: run this with sudo"
            echo "Removed $folder/$name"
        elif ! is_free "$name"; then
            kept="$kept$sum  $name
"
            echo "Kept $folder/$name: it was changed since it was installed"
        fi
    done <"$list"
    if [ -n "$kept" ]; then
        # To be known again if the same is installed once more
        printf %s "$kept" >"$list"
        echo "Delete yourself what was kept, if you do not want it. Wireshark, too, changes a profile: recent, when it ends"
    else
        rm -f -- "$list"
        rmdir -- "$folder" 2>/dev/null || :
    fi
}

case $action in
enter)
    for name; do enter "$name"; done
    ;;
add)
    mkdir -p -- "$folder"
    if [ ! -f "$list" ] && [ -n "$(ls -A -- "$folder")" ]; then
        echo "Kept $folder as it is: it was there before"
    else
        for file in "$1"/*; do add "$file"; done
    fi
    ;;
remove) remove ;;
*) fail "installed-files.sh: $action?" ;;
esac
