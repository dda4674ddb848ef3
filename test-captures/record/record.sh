#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Records real Amanda, 3.5.1 of Debian 12 or any other: server and client in two network namespaces, and between them
# a switch that loses what a scenario asks for.  Needs root; nothing leaves the machine, and nothing of
# /etc, /var or the network of the machine is changed, but for the packages that are installed if missing.
#
#   record.sh [-l] [-k] [-6] [-p PREFIX] [-o DIRECTORY] [-s SCRATCH] [SCENARIO...]
#
#   -l  list the scenarios    -o  where the recordings go (default: ../recorded, ../outcomes beside this script)
#   -k  keep Amanda's own log of each run, and what it says as JSON (those of outcomes.sh always do)
#   -p  records the Amanda that is installed there, see other.sh; its recordings begin with its version, v244p3_
#   -6  over IPv6: ipv6_ (Debian's Amanda is built without)
#   -s  keep the working files (also Amanda's debug logs) in this directory; without it a temporary one is used
#
# Each recording is NAME.pcap, with NAME.injected.json beside it: what the switch did to every datagram.  A scenario
# of outcomes.sh is called with its auth, failed-bsdtcp; beside NAME.pcap are then NAME.log and NAME.json.
set -eu
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/outcomes.sh"
. "$HERE/other.sh"

# ---------------------------------------------------------------- scenarios

# amcheck and amdump, nothing lost: plain tar, compressed by the client, an application, a blank in a name
clean() {
    lab tar:d1 targz:d2 amgtar:d3 'tar:with blank'
    wire; capture; client bsd amdump
    check; dump; finish
    keep server
}

# The ACK of the first sendbackup REP is lost.  The dumper gives that dump up after dtimeout and asks for the
# next ones, while amandad repeats the old REP.  The later REPs are late, so that a REQ is open all the time.
lost-ack-sendbackup() {
    dtimeout=12 lab tar:d1 targz:d2 amgtar:d3 tar:d4 tar:d5
    wire drop,type=ACK,role=requester,service=sendbackup,count=1 delay=8.5,type=REP,service=sendbackup,skip=1,first=1
    capture; client bsd amdump
    dump; finish
    keep server -server; keep client -client
}

# The same, but all requesters of the server use one port: the REP that is repeated is the planner's, and the
# dumper comes to use its handle again with another SEQ.
lost-ack-same-port() {
    port=846 lab tar:d1 tar:d2 tar:d3 tar:d4
    wire drop,type=ACK,role=requester,service=sendsize,count=1 delay=7,type=REP,service=sendbackup,first=1
    capture; client bsd amdump
    dump; finish
    keep server -server; keep client -client
}

lost-req() {
    lab tar:d1 tar:d2
    wire drop,type=REQ,first=1
    capture; client bsd amdump
    check; dump; finish
    keep server -server; keep client -client
}

lost-rep() {
    lab tar:d1 tar:d2
    wire drop,type=REP,first=1
    capture; client bsd amdump
    check; dump; finish
    keep server -server; keep client -client
}

# amandad without sendsize and sendbackup; an unknown service; root, and a host, that .amandahosts does not name
nak() {
    lab tar:d1
    wire; capture; client bsd noop selfcheck
    dump
    as_backup amservice -f /dev/null amclient bsd frobnicate || true
    as_root amservice -f /dev/null amclient bsd noop || true
    ip -n server addr add 192.0.2.3/24 dev vs
    ip -n server route add 192.0.2.2/32 dev vs src 192.0.2.3
    check; finish
    ip -n server route del 192.0.2.2/32
    ip -n server addr del 192.0.2.3/24 dev vs
    keep client -client
}

bsdudp() {
    auth=bsdudp lab tar:d1 targz:d2
    wire; capture; client bsdudp amdump
    check; dump; finish
    keep server
}

bsdtcp() {
    auth=bsdtcp lab tar:d1 targz:d2
    wire; capture; client bsdtcp amdump
    check; dump; finish
    keep server
}

# A dump, and then amrecover on the client: its requests go to the amandad of the server
amrecover-bsd() {
    lab tar:d1
    wire; capture; client bsd amdump
    dump
    inetd server 192.0.2.1 bsd amindexd amidxtaped
    mkdir /srv/restored
    printf '%s\n' 'sethost amclient' 'setdisk /srv/d1' 'lcd /srv/restored' 'add numbers' extract Y Y quit |
        ip netns exec client timeout 120 amrecover lab -s amserver -t amserver -o auth=bsd
    cmp /srv/d1/numbers /srv/restored/numbers
    finish
    keep server
}

# The capture begins while a slow estimate runs, so its PREPs and REPs have no REQ.  The ACK of the REP is lost.
late-start() {
    slow=4 lab slow:d1 slow:d2 tar:d3
    wire drop,type=ACK,role=requester,service=sendsize,count=1
    client bsd amdump
    dump & local dumping=$!
    passed '"type": "ACK".*"service": "sendsize"'
    capture
    wait $dumping; finish
    keep server -server
}

# Slow estimates: PREPs.  The first ACK of the sendsize REQ comes after the REQ was repeated and ACKed again: a
# duplicate.  A copy of the first PREP comes when the exchange is over.
slow-prep() {
    slow=13 lab slow:d1 slow:d2 tar:d3
    wire delay=11,type=ACK,role=responder,service=sendsize,count=1 copy=20,type=PREP,count=1
    capture; client bsd amdump
    dump
    sleep 8         # the copy is still on its way
    finish
    keep server -server
}

SCENARIOS="clean lost-ack-sendbackup lost-ack-same-port lost-req lost-rep nak bsdudp bsdtcp amrecover-bsd late-start slow-prep"

# ---------------------------------------------------------------- what they are made of (inside the namespaces)

# lab DUMPTYPE:DIRECTORY...: an empty Amanda configuration `lab` with these disks below /srv
lab() {
    rm -rf /srv/d? /srv/var /srv/restored /srv/faults /srv/reached /srv/{check,amdump,other}.txt /etc/amanda/lab /var/log/amanda/* /var/lib/amanda/*
    install -d -o backup -g backup /srv/faults
    printf '%s\n' 'amserver backup amdump' 'amclient root amindexd amidxtaped' > /etc/amandahosts
    : > /etc/amanda/amanda-client.conf
    [ "${auth-}" != ssl ] || certificate
    install -d -o backup -g backup /etc/amanda/lab /srv/var/{info,index,log,holding,slots,slots/slot1,slots/slot2} \
        /var/log/amanda /var/lib/amanda /var/lib/amanda/gnutar-lists
    install -o backup -g backup /dev/null /var/lib/amanda/amandates
    cat > /etc/amanda/lab/amanda.conf <<CONF
org "lab"
dumpuser "backup"
infofile "/srv/var/info"
indexdir "/srv/var/index"
logdir "/srv/var/log"
tpchanger "chg-disk:/srv/var/slots"
tapetype small
tapecycle ${dumpcycle:-2}
dumpcycle ${dumpcycle:-1}
labelstr "VOL[0-9]"
autolabel "VOL%" empty volume_error
inparallel ${inparallel:-1}
maxdumps 1
ctimeout ${ctimeout:-30}
etimeout ${etimeout:-60}
dtimeout ${dtimeout:-60}
${port:+reserved-udp-port $port,$port}
define tapetype small {
    length ${length:-51200} kbytes
}
define holdingdisk disk {
    directory "/srv/var/holding"
    use ${size:-20480} kbytes
}
${holding:+holdingdisk disk}
define application amgtar {
    plugin "amgtar"
}
define application amslowtar {
    plugin "amslowtar"
}
define application amodd {
    plugin "amodd"
}
define application ammissing {
    plugin "ammissing"
}
define dumptype tar {
    auth "${auth:-bsd}"
    program "GNUTAR"
    compress none
    index yes
    holdingdisk ${holdingdisk:-auto}
$(cat /etc/amanda/amanda-client.conf)
}
define dumptype targz {
    tar
    compress client fast
}
define dumptype calcsize {
    tar
    estimate calcsize
}
define dumptype servest {
    tar
    estimate server
}
define dumptype amgtar {
    tar
    program "APPLICATION"
    application "amgtar"
}
define dumptype slow {
    tar
    program "APPLICATION"
    application "amslowtar"
}
define dumptype odd {
    tar
    program "APPLICATION"
    application "amodd"
}
define dumptype missing {
    tar
    program "APPLICATION"
    application "ammissing"
}
CONF
    echo "${slow:-0}" > /srv/estimate-seconds
    echo "${auth:-bsd}" > /srv/auth
    local host disk
    for host in ${hosts:-amclient}; do
        for disk; do
            install -d "/srv/${disk#*:}"
            seq 1 800 > "/srv/${disk#*:}/numbers"
            if is_old; then echo "$host /srv/${disk#*:} ${disk%%:*}"        # it takes the quotes for a part of the name
            else echo "$host \"/srv/${disk#*:}\" ${disk%%:*}"; fi
        done
    done > /etc/amanda/lab/disklist
    chown -R backup:backup /etc/amanda/lab
    ! is_old || old_configuration
}

# certificate: of auth ssl, one for both ends, which trust it; the library that gives its keys away
certificate() {
    install -d -o backup -g backup /etc/amanda/ssl
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=amlab -keyout /etc/amanda/ssl/key.pem -out /etc/amanda/ssl/crt.pem 2> /dev/null
    chown backup: /etc/amanda/ssl/*
    printf 'ssl-%s-file "/etc/amanda/ssl/%s.pem"\n' cert crt key key ca-cert crt > /etc/amanda/amanda-client.conf
    echo "ssl-check-certificate-host ${check_name:-no}" >> /etc/amanda/amanda-client.conf
    gcc -shared -fPIC -o /srv/bin/keylog.so /srv/bin/keylog.c
    install -m 666 /dev/null /srv/keys.txt
    printf '%s\n' 'amlab backup amdump' 'amlab root amindexd amidxtaped' >> /etc/amandahosts    # the certificate's name
}

# background COMMAND...: starts it; `finish` ends it
background() {
    "$@" & started=$! pids="$! $pids"
}

# until_true SECONDS COMMAND...
until_true() {
    local tries=$(($1 * 5)); shift
    until "$@"; do
        [ $((tries--)) -gt 0 ] || { echo "gave up waiting: $*" >&2; return 1; }
        sleep 0.2
    done
}

# wire RULE...: the switch
wire() {
    rm -f /srv/wire.json
    background ip netns exec middle python3 /srv/bin/switch.py ms mc /srv/wire.json "$@"
    # shellcheck disable=SC2034 # scenarios of outcomes.sh stop and break it
    wire=$started
    until_true 10 test -s /srv/wire.json
}

# passed REGEX: waits until the switch has seen such a datagram
passed() {
    until_true 60 grep -q -e "$1" /srv/wire.json
}

capture() {
    local side
    for side in server client; do
        # -Z root: tcpdump would give up root and then could not write here
        background ip netns exec $side tcpdump -Z root -i v${side:0:1} -U -s 0 -w /srv/$side.pcap 2> /srv/tcpdump-$side
        until_true 10 grep -q 'listening on' /srv/tcpdump-$side
    done
}

# listens NAMESPACE PROTOCOL ADDRESS:PORT
listens() {
    [ -n "$(ip netns exec "$1" ss "-Hln$2" src "$3")" ]
}

# inetd NAMESPACE ADDRESS AUTH SERVICE...
inetd() {
    local side=$1 protocol=u; shift
    case $2 in bsdtcp | ssl) protocol=t ;; esac        # each connection gets an amandad of its own
    # env: only there, the library is not for Python
    local env=; [ "$2" != ssl ] || env='env LD_PRELOAD=/srv/bin/keylog.so SSLKEYLOGFILE=/srv/keys.txt'
    background ip netns exec "$side" $env python3 /srv/bin/inetd.py "$@"
    local address=$1; [ -z "$ipv6" ] || address="[$1]"
    until_true 10 listens "$side" "$protocol" "$address:10080"
}

client() {
    inetd client ${net}2 "$@"
    [[ " ${hosts-} " != *' amclient2 '* ]] || inetd client ${net}4 "$@"
}

as_root() {
    ip netns exec server timeout "${limit:-300}" "$@"
}

as_backup() {
    as_root setpriv --reuid=backup --regid=backup --init-groups \
        env -i HOME=/var/backups PATH="${prefix:+$prefix/sbin:}/usr/sbin:/usr/bin:/sbin:/bin" "$@"
}

# Lost dumps are what the scenarios are about: amcheck and amdump may fail, but not before they have begun.
check() { as_backup amcheck -c lab > /srv/check.txt 2>&1 || true; }
dump() {
    local status=0
    as_backup amdump lab || status=$?
    echo "amdump: $status" | tee /srv/amdump.txt
    ls /srv/var/log/log.* > /dev/null
}

# finish: waits until no amandad repeats a REP any more (5 transmissions, 10 s apart), then ends everything
finish() {
    until_true 90 no_amandad || true
    sleep 1
    stop
}
# `ip netns exec` becomes the program it starts: the pids are those of the captures and the switch
stop() {
    kill $pids $(pgrep -x amandad) 2>/dev/null || true
    wait $pids 2>/dev/null || true
    pkill -9 -u backup || true      # what an amdump that was given up has left
    pkill -9 -x amrecover || true
    pids=
}
no_amandad() { ! pgrep -x amandad > /dev/null; }

# keep SIDE [SUFFIX]: the capture of this side becomes the recording SCENARIO+SUFFIX
keep() {
    mv /srv/$1.pcap "/srv/out/recorded/$scenario${2-}.pcap"
    cp /srv/wire.json "/srv/out/recorded/$scenario${2-}.injected.json"
    [ -z "$keep_log" ] || amanda_log recorded "$scenario${2-}" "scenario $scenario of record.sh"
}

# keep_outcome: a recording of outcomes.sh, called SCENARIO-AUTH
keep_outcome() {
    local name=$scenario-$auth
    if [ "$ipv6" ]; then name=ipv6_$name; elif [ "$prefix" ]; then name=v$(version | tr -d .)_$name; fi
    if [ "$auth" = ssl ]; then editcap --inject-secrets tls,/srv/keys.txt /srv/server.pcap "/srv/out/outcomes/$name.pcapng"
    else mv /srv/server.pcap "/srv/out/outcomes/$name.pcap"; fi
    [ -z "${client_too-}" ] || mv /srv/client.pcap "/srv/out/outcomes/$name-client.pcap"
    amanda_log outcomes "$name" "$(cat /srv/how)"
}

# amanda_log FOLDER NAME HOW: Amanda's own log of all runs, and the JSON of what it says
amanda_log() {
    local captures
    captures=$(find "/srv/out/$1" -name '*.pcap*' -printf '%f\n' | grep -xE -e "$2(-client)?\.pcap(ng)?" | sort)
    cat /srv/var/log/log.2* > "/srv/out/$1/$2.log"
    if [ "$prefix" ]; then AMANDA_VERSION="$(version), both sides"; export AMANDA_VERSION; fi
    python3 /srv/bin/amanda_log.py /srv/var/log "$scenario" "$(cat /srv/auth)" "$3" $captures > "/srv/out/$1/$2.json"
}

# ---------------------------------------------------------------- the machine

# Runs in mount, PID, UTS and network namespaces of its own; the scratch directory is $1, seen as /srv from now on
inside() {
    mount --bind "$1" /srv; shift; cd /srv
    net=192.0.2.; [ -z "$ipv6" ] || net=2001:db8::
    [ -z "$prefix" ] || other_amanda
    hostname lab
    mount -t tmpfs tmpfs /tmp -o mode=1777
    local d
    # /dev/shm: shared memory is called after process numbers, which other labs have too
    for d in /run /dev/shm /etc/amanda /var/log/amanda /var/lib/amanda; do mount -t tmpfs tmpfs $d -o mode=755; done
    chown backup:backup /etc/amanda /var/log/amanda /var/lib/amanda

    mkdir -p /srv/etc
    install -d -m 1777 /dev/shm /srv/tmp
    { cat /etc/services; echo 'amanda 10080/udp'; } > /srv/etc/services      # Debian 12 has the tcp line only
    printf '%s\n' '127.0.0.1 localhost lab' "${net}1 amserver" "${net}2 amclient" "${net}3 stranger" "${net}4 amclient2" "${net}5 amclient3" > /srv/etc/hosts
    touch /srv/etc/amandahosts
    chown backup:backup /srv/etc/amandahosts; chmod 600 /srv/etc/amandahosts
    local f
    for f in services hosts amandahosts; do mount --bind /srv/etc/$f /etc/$f; done

    # an application whose estimates take their time
    cp -a /usr/lib/amanda/application /srv/application
    cat > /srv/application/amslowtar <<'SLOW'
#!/bin/sh
[ "$1" != estimate ] || sleep "$(cat /srv/estimate-seconds)"
exec /usr/lib/amanda/application/amgtar "$@"
SLOW
    chmod 755 /srv/application/amslowtar
    cp /srv/bin/faults.sh /srv/application/amodd
    mount --bind /srv/application /usr/lib/amanda/application
    [ ! -d "$prefix/libexec/amanda/application" ] || mount --bind /srv/application "$prefix/libexec/amanda/application"
    cp /usr/bin/tar /srv/bin/tar.real
    mount --bind /srv/bin/faults.sh /usr/bin/tar

    network
    local failed=
    for scenario; do
        echo "== $scenario"
        # a subshell that may fail alone; not in a condition, where set -e would have no effect
        set +e; (set -e; pids=; trap stop EXIT; run); local status=$?; set -e
        [ $status = 0 ] || { echo "$scenario FAILED"; failed=1; }
        mkdir -p "/srv/logs/$scenario"
        cp -a /var/log/amanda /srv/var/log "/srv/logs/$scenario/"
    done
    [ -z "$failed" ]
}

# run: $scenario
run() {
    if [[ " $SCENARIOS " = *" $scenario "* ]]; then "$scenario"; return; fi
    local name=$scenario
    local holding=yes
    auth=${name##*-} scenario=${name%-*}
    "outcome_$scenario"
    keep_outcome
    local side
    for side in server client; do
        ip netns exec $side iptables -F
        ip netns exec $side iptables -t mangle -F
    done
}

# server (vs) -- (ms) middle (mc) -- (vc) client; the middle only has the switch, no IP
network() {
    local n i
    for n in server client middle; do ip netns add $n; ip -n $n link set lo up; done
    ip link add vs netns server address 02:00:00:00:00:01 type veth peer name ms netns middle
    ip link add vc netns client address 02:00:00:00:00:02 type veth peer name mc netns middle
    for i in 'server vs' 'client vc' 'middle ms' 'middle mc'; do
        set -- $i
        # offloads would show frames and checksums that never were on a wire
        ip netns exec $1 ethtool -K $2 rx off tx off tso off gso off gro off > /dev/null
        ip netns exec $1 sysctl -qw net.ipv6.conf.$2.disable_ipv6=1
        ip -n $1 link set $2 up
    done
    ip -n server addr add 192.0.2.1/24 dev vs
    ip -n client addr add 192.0.2.2/24 dev vc
    ip -n client addr add 192.0.2.4/24 dev vc
    ip -n client addr add 192.0.2.5/24 dev vc
    # fixed neighbours: no ARP in the captures
    ip -n server neigh replace 192.0.2.2 lladdr 02:00:00:00:00:02 nud permanent dev vs
    ip -n server neigh replace 192.0.2.4 lladdr 02:00:00:00:00:02 nud permanent dev vs
    ip -n server neigh replace 192.0.2.5 lladdr 02:00:00:00:00:02 nud permanent dev vs
    ip -n client neigh replace 192.0.2.1 lladdr 02:00:00:00:00:01 nud permanent dev vc
    ip -n client neigh replace 192.0.2.3 lladdr 02:00:00:00:00:01 nud permanent dev vc
    [ -z "$ipv6" ] || addresses_6
}

packages() {
    local missing= p
    # libencode-locale-perl: amdump needs it, but Debian's package does not say so
    for p in amanda-server amanda-client libencode-locale-perl iproute2 iptables ethtool tcpdump procps python3 util-linux; do
        dpkg -s $p > /dev/null 2>&1 || missing="$missing $p"
    done
    [ -z "$missing" ] && return
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
}

main() {
    local out= scratch= given= option
    export keep_log= prefix= ipv6=
    while getopts 6klo:p:s: option; do
        case $option in
        6) ipv6=1 ;;
        p) prefix=$(realpath "$OPTARG") ;;
        k) keep_log=1 ;;
        l) printf '%s\n' $SCENARIOS; outcomes; return ;;
        o) out=$OPTARG ;;
        s) given=$OPTARG ;;
        *) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; return 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    [ $# -gt 0 ] || set -- $SCENARIOS
    for option; do
        case " $SCENARIOS $(outcomes | tr '\n' ' ') " in *" $option "*) ;; *) echo "no scenario $option" >&2; return 2 ;; esac
    done
    [ "$(id -u)" = 0 ] || { echo "$0: needs root" >&2; return 1; }
    packages

    if [ "$given" ]; then
        mkdir -p "$given"; scratch=$(cd "$given" && pwd)
        [ -z "$(ls -A "$scratch")" ] || { echo "$scratch is not empty" >&2; return 1; }
    else
        scratch=$(mktemp -d)
    fi
    # The namespaces, their mounts and all processes in them end with their first process, whatever happens.
    trap 'kill -9 ${lab_pid-} 2>/dev/null || true; [ "'"$given"'" ] || rm -rf "'"$scratch"'"' EXIT
    trap 'exit 1' INT TERM HUP
    chmod 755 "$scratch"        # user backup works in it
    mkdir -p "$scratch/bin" "$scratch/out"/{recorded,outcomes}
    cp "$HERE"/*.sh "$HERE"/*.py "$HERE"/*.c "$scratch/bin/"
    local status=0
    unshare --mount --pid --net --uts --ipc --fork --mount-proc --kill-child \
        bash "$scratch/bin/record.sh" --inside "$scratch" "$@" < /dev/null & lab_pid=$!
    wait $lab_pid || status=$?
    unset lab_pid
    local folder
    for folder in recorded outcomes; do
        mkdir -p "${out:-$HERE/../$folder}"
        cp -R "$scratch/out/$folder/." "${out:-$HERE/../$folder}"
    done
    return $status
}

if [ "${1-}" = --inside ]; then shift; inside "$@"; else main "$@"; fi
