# SPDX-License-Identifier: GPL-2.0-or-later
#
# Another Amanda than that of the packages (record.sh -p PREFIX), and IPv6 (record.sh -6).  Read by record.sh.
#
# PREFIX is where `make install` of Amanda put its programs, configured with
#
#     --prefix=PREFIX --sysconfdir=/etc --localstatedir=/var/lib --with-user=backup --with-group=backup
#     --with-debugging=/var/log/amanda --with-amandahosts --with-gnutar=/usr/bin/tar --with-config=lab
#
# and, for IPv6, --with-ipv6; Amanda 2.4 also with --without-force-uid.  Root needs not own anything there.
# Variables that are set here alone are read there, and the other way round:
# shellcheck shell=bash disable=SC2034,SC2154

# since 3.5, ambind has the ports below 1024 for all others
SETUID='ambind application/amgtar calcsize killpgrp rundump runtar'
SETUID_BEFORE="$SETUID amcheck dumper planner"

# other_amanda: its programs, some of them setuid root, in the places of the packages' own
other_amanda() {
    local libexec=$prefix/libexec/amanda name program
    [ -d "$libexec" ] || libexec=$prefix/libexec
    # Amanda 2.4 keeps the dates of its dumps in /etc
    cp -a /etc /srv/etc.copy; mount --bind /srv/etc.copy /etc; touch /etc/amandates; chown backup:backup /etc/amandates
    # Debian's ports are compiled into its programs, too
    sed -i 's/^udp_port_range=.*/udp_port_range=512,1023/' /etc/amanda-security.conf
    cp -a "$libexec" /srv/libexec; cp -a "$prefix/sbin" /srv/sbin
    mkdir -p /srv/libexec/application
    [ -e "$libexec/ambind" ] || SETUID=$SETUID_BEFORE
    for name in $SETUID; do
        for program in "/srv/libexec/$name" "/srv/sbin/$name"; do
            [ ! -e "$program" ] || { chown root:backup "$program"; chmod 4750 "$program"; }
        done
    done
    mount --bind /srv/sbin "$prefix/sbin"
    mount --bind /srv/libexec "$libexec"
    mount --bind /srv/libexec /usr/lib/amanda
    PATH=$prefix/sbin:$PATH
}

# version: of the Amanda that is recorded, for example 3.5.1
version() { as_backup amadmin lab version | sed -n 's/.*VERSION="[A-Za-z-]*\([0-9][^"]*\)".*/\1/p'; }

is_old() { [ -n "$prefix" ] && [ ! -e "$prefix/sbin/amservice" ]; }

# addresses_6: those of the lab's names, in the places of the addresses of IPv4, which stay
addresses_6() {
    local side preferred i
    for side in server client; do
        ip netns exec $side sysctl -qw "net.ipv6.conf.v${side:0:1}.disable_ipv6=0" "net.ipv6.conf.v${side:0:1}.accept_ra=0" \
            "net.ipv6.conf.v${side:0:1}.router_solicitations=0" "net.ipv6.conf.v${side:0:1}.dad_transmits=0"
    done
    ip -n server addr add 2001:db8::1/64 dev vs nodad
    for i in 2 4 5; do
        # the client asks from the first, as it does over IPv4
        preferred=0; [ $i != 2 ] || preferred=forever
        ip -n client addr add 2001:db8::$i/64 dev vc valid_lft forever preferred_lft $preferred nodad
        ip -n server neigh replace 2001:db8::$i lladdr 02:00:00:00:00:02 nud permanent dev vs
    done
    ip -n client neigh replace 2001:db8::1 lladdr 02:00:00:00:00:01 nud permanent dev vc
}

# old_configuration: of Amanda 2.4, which has neither applications (tar instead) nor auths to choose, and a virtual tape of its own kind
old_configuration() {
    cat > /etc/amanda/lab/amanda.conf <<CONF
org "lab"
mailto "backup"
dumpuser "backup"
infofile "/srv/var/info"
indexdir "/srv/var/index"
logdir "/srv/var/log"
tapedev "file:/srv/var/tape"
tapetype small
tapecycle 1 tapes
runtapes 1
dumpcycle ${dumpcycle:-1} days
labelstr "^VOL[0-9]*$"
netusage 80000 Kbps
inparallel ${inparallel:-1}
maxdumps 1
ctimeout ${ctimeout:-30}
etimeout ${etimeout:-60}
dtimeout ${dtimeout:-60}
reserve 0
define tapetype small {
    comment "a directory"
    length ${length:-51200} kbytes
    filemark 4 kbytes
    speed 1000 kbytes
}
holdingdisk disk {
    directory "/srv/var/holding"
    use ${size:-20480} Kb
}
define dumptype tar {
    program "GNUTAR"
    compress none
    index yes
}
define dumptype targz {
    tar
    compress client fast
}
define dumptype amgtar {
    tar
}
define dumptype odd {
    tar
}
CONF
    install -d -o backup -g backup /srv/var/tape /srv/var/tape/data
    install -o backup -g backup /dev/null /etc/amanda/lab/tapelist
    as_backup amlabel -f lab VOL1 > /dev/null
}
