# SPDX-License-Identifier: GPL-2.0-or-later
#
# The scenarios of ../outcomes: what becomes of dumps, estimates, checks and restores, in each auth, with Amanda's
# own log beside the capture.  Read by record.sh, which has `lab`, `wire`, `capture`, `check`, `dump`, `keep` ...
# `$auth` is the auth of this recording; `how` says in its JSON what was done.
# Variables that are set here alone are read there, and the other way round:
# shellcheck shell=bash disable=SC2034,SC2154

# in every auth, and in those with requests over UDP
OUTCOMES='clean strange failed nodisk est_fail est_timeout check_errors denied noservice down silent cut gone stall stall_start
    slow_start tar_killed sendbackup_killed amandad_killed dumper_killed two_clients levels_fail retry direct_full holding_full
    amandad_hung mixed router_failed calcsize servest est_amandad_killed mtu noamandad restore restore_damaged restore_denied restore_nofile restore_killed_server restore_killed_client'
OUTCOMES_UDP='one_way fw_drop fw_reject lost_ack loss20'

outcomes() {
    local name auth
    for name in $OUTCOMES; do
        for auth in bsd bsdudp bsdtcp ssl; do echo "$name-$auth"; done
    done
    for name in $OUTCOMES_UDP; do echo "$name-bsd"; echo "$name-bsdudp"; done
    printf '%s\n' old_reply-bsd waiting_reply-bsd         # of Amanda 2.4 only
    printf '%s\n' other_auth-bsd other_auth-bsdtcp other_name-ssl wrong_ca-ssl expired-ssl other_program-bsdtcp other_program-ssl
}

outcome_clean() {
    how 'three disks (plain tar; compressed by the client; amgtar), amcheck and amdump, nothing wrong'
    lab tar:d1 targz:d2 amgtar:d3
    start; check; dump; finish
}

outcome_strange() {
    how 'd2 (GNUTAR): tar writes a line of an error and exits 0; d3 (amgtar): an unusual line'
    lab tar:d1 tar:d2 amgtar:d3
    fault amclient_srv_d2.dump 'echo "/usr/bin/tar: ./greeting: Cannot open: Permission denied" >&2; tar "$@"'
    fault amclient_srv_d3.dump 'echo "/usr/bin/tar: ./sub/more: WARNING: something odd happened to this file" >&2; tar "$@"'
    start; dump; finish
}

outcome_failed() {
    how 'd2 (GNUTAR): tar writes an error line and exits 2 without data; d3: the application writes an error line'
    lab tar:d1 tar:d2 odd:d3
    fault amclient_srv_d2.dump "$BROKEN_TAR"
    fault d3.backup 'echo "sendbackup: error [amodd: no snapshot of the volume possible]" >&3; exit 1'
    start; dump; finish
}

outcome_nodisk() {
    how 'the directory /srv/d9 does not exist on the client; amcheck and amdump'
    lab tar:d1 tar:d9 amgtar:d3
    rm -r /srv/d9
    start; check; dump; finish
}

outcome_est_fail() {
    how 'the estimate of d2 fails (tar exits 2 with an error line); d1 and d3 are well'
    lab tar:d1 tar:d2 amgtar:d3
    fault amclient_srv_d2.estimate "$BROKEN_TAR"
    start; dump; finish
}

outcome_est_timeout() {
    how 'the estimate of d2 (tar) sleeps 45 s, etimeout 3 (three disks: 9 s)'
    etimeout=3 lab tar:d1 tar:d2 tar:d3
    fault amclient_srv_d2.estimate 'sleep 45; tar "$@"'
    start; dump; finish
}

outcome_check_errors() {
    how 'amcheck: d9 missing on the client, gnutar-lists not writable, d3 with an application that does not exist; then the dump'
    lab tar:d1 tar:d9 missing:d3
    rm -r /srv/d9
    chown root: /var/lib/amanda/gnutar-lists
    start; check; dump; finish
}

outcome_denied() {
    how ".amandahosts of the client does not name the server's user at all: NAK to everything"
    lab tar:d1 tar:d2
    echo 'amother backup amdump' > /etc/amandahosts
    start; check; dump; finish
}

outcome_noservice() {
    how 'amandad was started with noop selfcheck sendsize as arguments only: NAK to sendbackup; then amservice asks for an unknown service'
    lab tar:d1 tar:d2
    start noop selfcheck sendsize
    check; dump
    as_backup amservice -f /dev/null amclient "$auth" frobnicate > /srv/other.txt 2>&1 || true
    finish
}

outcome_down() {
    how 'nobody listens on the client: ICMP port unreachable (UDP) or RST (bsdtcp)'
    lab tar:d1 tar:d2
    wire; capture
    check; dump; outlast; finish
    keep_client
}

outcome_silent() {
    how "a firewall before the client drops everything that goes to port 10080; ctimeout 8, amcheck and amdump"
    ctimeout=8 lab tar:d1 tar:d2
    ip netns exec client iptables -A INPUT -p udp --dport 10080 -j DROP
    ip netns exec client iptables -A INPUT -p tcp --dport 10080 -j DROP
    start; check; dump; outlast; finish
}

outcome_other_auth() {
    local theirs=bsdtcp
    [ "$auth" != bsdtcp ] || theirs=bsd
    how "the server asks with auth $auth, the client's amandad listens with auth $theirs only"
    lab tar:d1
    wire; capture; client $theirs amdump
    check; dump; outlast; finish
}

outcome_other_name() {
    how "the name in the client's certificate is not that of its address: the server resets the connection after the handshake"
    check_name=yes lab tar:d1 tar:d2
    start; check; dump; finish
}

outcome_one_way() {
    how 'all UDP packets of the client are lost on the way; ctimeout 8, amcheck and amdump'
    ctimeout=8 lab tar:d1
    rules='drop,role=responder' start; check; dump; outlast; finish
    keep_client
}

outcome_fw_drop() {
    how "a firewall drops the SYNs to the client's ports other than 10080"
    lab tar:d1 tar:d2
    ip netns exec client iptables -A INPUT -p tcp --syn ! --dport 10080 -j DROP
    start; dump; outlast; finish
    keep_client
}

outcome_fw_reject() {
    how "a firewall on the way answers the SYNs to the client's ports other than 10080 with a RST (time to live 254)"
    lab tar:d1 tar:d2
    ip netns exec client iptables -A INPUT -p tcp --syn ! --dport 10080 -j REJECT --reject-with tcp-reset
    ip netns exec client iptables -t mangle -A OUTPUT -p tcp --tcp-flags RST RST ! --sport 10080 -j TTL --ttl-set 254
    start; dump; outlast; finish
}

outcome_lost_ack() {
    how "the ACK of the first sendbackup REP is lost behind the server's capture; dtimeout 12"
    dtimeout=12 lab tar:d1 tar:d2
    rules='drop,type=ACK,role=requester,service=sendbackup,count=1' start
    dump; finish
    keep_client
}

# A handle of Amanda 2.4 is an address in memory.  It is the last one again, unless the text of the request has the same size
# and gets that memory first; so the disks are compressed, which makes the request longer.
outcome_old_reply() {
    how 'the case of 2004: the ACK of the first sendbackup REP is lost, and so is that REP when it is sent again after 10 s; the next request has its handle, and makes the client send the old REP once more'
    lab targz:d1 targz:d2 targz:d3
    rules='drop,type=ACK,role=requester,service=sendbackup,count=1 drop,type=REP,service=sendbackup,skip=1,count=1' start
    dump; finish
    keep_client
}

# The REP that is sent again waits in the socket of the dumper, which reads it when the next request is out.
outcome_waiting_reply() {
    how 'the ACK of the first sendbackup REP is lost; the REP that is sent again after 10 s comes before the next request, which has its handle, and waits in the socket'
    lab targz:d1 targz:d2 targz:d3
    rules='drop,type=ACK,role=requester,service=sendbackup,count=1' start
    dump; finish
}

outcome_loss20() {
    how 'two clients with two disks each; 20 % of the UDP packets of each direction are lost at random between the captures'
    local hosts='amclient amclient2'
    lab tar:d1 tar:d2
    rules='drop,chance=0.2' start
    dump; finish
    keep_client
}

outcome_cut() {
    how 'everything is lost on the way, from 3 s into the data of d2 until 20 s later; dtimeout 8'
    dtimeout=8 lab tar:d1 tar:d2
    slow_disk d2 once
    start
    dump & local dumping=$!
    reached; sleep 2
    kill -USR1 $wire; sleep 20; kill -USR2 $wire
    wait $dumping; finish
    keep_client
}

outcome_gone() {
    how 'everything is lost on the way, from 3 s into the data of d2 on, for ever: the client has lost its power; dtimeout 8, ctimeout 8'
    dtimeout=8 ctimeout=8 lab tar:d1 tar:d2
    slow_disk d2
    start
    limit=150 dump & local dumping=$!
    reached; sleep 2
    kill -USR1 $wire
    wait $dumping; outlast; finish
    keep_client
}

outcome_slow_start() {
    how 'd2: the application takes 130 s to say what it can do: the streams are connected, and nothing comes; dtimeout 60'
    lab tar:d1 odd:d2
    fault .support '[ "$(ps -o comm= $PPID)" != sendbackup ] || sleep 130
/usr/lib/amanda/application/amgtar "$@"'
    start; dump; finish
}

outcome_stall() {
    how 'tar on the client sends half of its data of d2 and then hangs for 25 s; dtimeout 8'
    dtimeout=8 lab tar:d1 tar:d2
    blob d2 160000
    fault amclient_srv_d2.dump 'tar "$@" | { head -c 80000; sleep 25; cat; }'
    start; dump; finish
}

outcome_stall_start() {
    how "d2: tar does not write a byte for 25 s, dtimeout 8"
    dtimeout=8 lab tar:d1 tar:d2
    fault amclient_srv_d2.dump 'sleep 25; tar "$@"'
    start; dump; finish
}

outcome_tar_killed() {
    how "tar on the client is killed (-9) in the middle of the data of d2's first try"
    lab tar:d1 tar:d2
    slow_disk d2 once
    start
    dump & local dumping=$!
    reached
    local pid; pid=$(cat /srv/reached)
    kill -9 $(pgrep -P $pid) $pid
    wait $dumping; finish
}

outcome_sendbackup_killed() {
    how "sendbackup on the client is killed (-9) in the middle of the data of d2's first try; 160 kB at 20 kB/s"
    lab tar:d1 tar:d2
    slow_disk d2 once
    start
    dump & local dumping=$!
    reached; pkill -9 -x sendbackup
    wait $dumping; outlast; finish
}

outcome_amandad_killed() {
    how "amandad on the client is killed (-9) in the middle of the data of d2's first try"
    lab tar:d1 tar:d2
    slow_disk d2 once
    start
    dump & local dumping=$!
    reached; pkill -9 -x amandad
    wait $dumping; finish
}

outcome_dumper_killed() {
    how "the server's dumper is killed (-9) in the middle of the data of d2; 160 kB at 20 kB/s"
    lab tar:d1 tar:d2 tar:d3
    slow_disk d2
    start
    limit=40 dump & local dumping=$!
    reached; pkill -9 -x dumper
    wait $dumping; finish
}

outcome_amandad_hung() {
    how "amandad on the client is stopped (SIGSTOP) in the middle of the data of d2, and not continued; dtimeout 8, ctimeout 8"
    dtimeout=8 ctimeout=8 lab tar:d1 tar:d2
    slow_disk d2 once
    start
    limit=150 dump & local dumping=$!
    reached; pkill -STOP -x amandad
    wait $dumping; outlast
    pkill -9 -x amandad || true
    finish
}

outcome_mixed() {
    how "three clients in parallel: d2 of amclient is strange, tar of amclient2's d1 exits 2, nobody listens on amclient3"
    local hosts='amclient amclient2 amclient3'
    inparallel=3 ctimeout=8 lab tar:d1 tar:d2
    fault amclient_srv_d2.dump 'echo "/usr/bin/tar: ./greeting: Cannot open: Permission denied" >&2; tar "$@"'
    fault amclient2_srv_d1.dump "$BROKEN_TAR"
    start; check; dump; outlast; finish
}

outcome_router_failed() {
    how 'd2: tar exits 2 without data; captured on "any" of the switch between: each packet twice'
    lab tar:d1 tar:d2
    fault amclient_srv_d2.dump "$BROKEN_TAR"
    start
    background ip netns exec middle tcpdump -Z root -i any -U -s 0 -w /srv/router.pcap 2> /srv/tcpdump-router
    until_true 10 grep -q 'listening on' /srv/tcpdump-router
    check; dump; finish
    mv /srv/router.pcap /srv/server.pcap
}

outcome_calcsize() {
    how 'estimate calcsize for d1 and d9, of which d9 does not exist on the client; d3 as always'
    lab calcsize:d1 calcsize:d9 tar:d3
    rm -r /srv/d9
    start; dump; finish
}

outcome_two_clients() {
    how "amclient and amclient2 in parallel, same disk names; tar of amclient2's d2 exits 2, of amclient's not"
    local hosts='amclient amclient2'
    inparallel=2 lab tar:d1 tar:d2
    fault amclient2_srv_d2.dump "$BROKEN_TAR"
    start; dump; finish
}

outcome_levels_fail() {
    how 'three runs in one capture, dumpcycle 7; run 2: tar of d2 exits 2; run 3: tar of d1 strange, d2 well'
    dumpcycle=7 lab tar:d1 tar:d2
    start
    dump; sleep 1
    fault amclient_srv_d2.dump "$BROKEN_TAR"
    dump; sleep 1
    rm /srv/faults/amclient_srv_d2.dump
    fault amclient_srv_d1.dump 'echo "/usr/bin/tar: ./greeting: Cannot open: Permission denied" >&2; tar "$@"'
    dump
    finish
}

outcome_retry() {
    how "d2: the application prints 'sendbackup: retry delay 3 level 0 message ...' once, then the dump is well"
    lab tar:d1 odd:d2 amgtar:d3
    fault d2.backup 'once; echo "sendbackup: retry delay 3 level 0 message \"snapshot is busy\"" >&3; exit 1'
    start; dump; finish
}

outcome_direct_full() {
    how 'no holding disk, tape of 100 kb, one tape: d2 (1 MB) does not fit, the taper ends the dump'
    holdingdisk=never length=100 lab tar:d1 tar:d2
    blob d2 1000000
    # the driver would not begin a dump that does not fit
    fault amclient_srv_d2.estimate 'echo "Total bytes written: 10240 (10KiB, 1MiB/s)" >&2'
    fault amclient_srv_d2.dump 'tar "$@" | slowly 100000'
    start; dump; finish
}

outcome_holding_full() {
    how 'the holding disk has 100 kb, the estimate of d2 says 10 kb and it has 250 kB'
    size=100 lab tar:d1 tar:d2
    blob d2 250000
    fault amclient_srv_d2.estimate 'echo "Total bytes written: 10240 (10KiB, 1MiB/s)" >&2'
    fault amclient_srv_d2.dump 'tar "$@" | slowly 30000'
    start; limit=90 dump; finish
}

outcome_restore() {
    how 'amrecover of one file of 100 kB on the client: well'
    lab tar:d1 tar:d2
    blob d1 100000
    start; dump; serve
    recover blob; finish
}

outcome_restore_denied() {
    how ".amandahosts of the server does not name the client's root: amrecover is refused"
    lab tar:d1
    start; dump; serve
    echo 'amserver backup amdump' > /etc/amandahosts
    recover numbers; finish
}

outcome_restore_nofile() {
    how 'amrecover on the client; the virtual tape is gone before'
    lab tar:d1
    start; dump
    rm -f /srv/var/slots/slot1/0*; serve
    recover numbers; finish
}

outcome_restore_killed_server() {
    how 'amrecover of one file of 500 kB, tar on the client reads slowly; amidxtaped on the server is killed (-9) in the middle'
    lab tar:d1; small_buffers
    blob d1 500000
    start; dump; serve
    fault restore 'slowly 15000 | tar "$@"'
    recover blob & local recovering=$!
    reached; pkill -9 -f '^[^ ]*perl.*/amidxtaped'
    wait $recovering; finish
}

outcome_restore_killed_client() {
    how 'amrecover of one file of 500 kB, tar on the client reads slowly; amrecover is killed (-9) in the middle'
    lab tar:d1; small_buffers
    blob d1 500000
    start; dump; serve
    fault restore 'slowly 15000 | tar "$@"'
    recover blob & local recovering=$!
    reached; pkill -9 -x amrecover
    wait $recovering; finish
}

outcome_servest() {
    how 'estimate server for d1, of which nothing is known in the first of two runs; calcsize for d2'
    dumpcycle=7 lab servest:d1 calcsize:d2
    start; dump; sleep 1; dump; finish
}

outcome_est_amandad_killed() {
    how 'amandad on the client is killed (-9) in the middle of the estimates; etimeout 8'
    etimeout=8 lab tar:d1 tar:d2
    fault amclient_srv_d2.estimate 'sleep 6; tar "$@"'
    start; limit=120 dump & local dumping=$!
    until_true 60 pgrep -x sendsize; sleep 2; pkill -9 -x amandad
    wait $dumping; outlast; finish
}

outcome_mtu() {
    how 'frames of more than 1000 bytes are lost on the way, and nobody says so; dtimeout 8, ctimeout 8, etimeout 4'
    dtimeout=8 ctimeout=8 etimeout=4 lab tar:d1 targz:d2
    blob d1 20000; blob d2 20000
    rules='longer=1000' start; limit=60 check; limit=150 dump; outlast; finish
}

outcome_noamandad() {
    how "inetd on the client cannot start amandad: it closes each connection at once"
    ctimeout=8 lab tar:d1
    mount --bind /dev/null /usr/lib/amanda/amandad
    start; limit=60 check; limit=100 dump; outlast; finish
    umount /usr/lib/amanda/amandad
}

outcome_other_program() {
    how 'another program (a web server) listens on port 10080 of the client'
    lab tar:d1
    wire; capture
    background ip netns exec client python3 -m http.server --bind ${net}2 10080 > /dev/null 2>&1
    until_true 10 listens client t ${net}2:10080
    limit=60 check; limit=60 dump; outlast; finish
}

outcome_wrong_ca() {
    how "the client's certificate is of another authority than that which the server trusts"
    lab tar:d1 tar:d2
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=amother -keyout /etc/amanda/ssl/key2.pem -out /etc/amanda/ssl/crt2.pem 2> /dev/null
    chown backup: /etc/amanda/ssl/*
    sed -i 's/key.pem/key2.pem/; s/\(ssl-cert-file.*\)crt.pem/\1crt2.pem/' /etc/amanda/amanda-client.conf
    start; check; dump; finish
}

outcome_expired() {
    how "the certificates of both are expired"
    lab tar:d1 tar:d2
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -set_serial 1 -subj /CN=amlab -keyout /etc/amanda/ssl/key.pem -out /srv/x.pem 2> /dev/null
    openssl x509 -in /srv/x.pem -signkey /etc/amanda/ssl/key.pem -days -1 -out /etc/amanda/ssl/crt.pem 2>/dev/null || true
    chown backup: /etc/amanda/ssl/*
    start; check; dump; finish
}

outcome_restore_damaged() {
    how 'amrecover of one file; 200 bytes of its dump on the virtual tape are wrong'
    lab tar:d1
    start; dump
    dd if=/dev/zero of="$(ls -S /srv/var/slots/slot*/0* | head -1)" bs=1 seek=34000 count=200 conv=notrunc 2> /dev/null
    serve
    recover numbers; finish
}

# ---------------------------------------------------------------- what they are made of

BROKEN_TAR='echo "/usr/bin/tar: /srv/d2: Cannot open: Input/output error" >&2
echo "/usr/bin/tar: Error is not recoverable: exiting now" >&2
exit 2'

how() { echo "$1$(! is_old || echo '; there are no applications in this version: tar instead')" > /srv/how; }

# start [SERVICE...]: the wire with $rules, both captures, and the client's amandad
start() {
    wire ${rules:-}; capture
    client "$auth" "${@:-amdump}"
}

# outlast: a packet after the last transmission of a request has had its 10 s, or the capture would end before they do
outlast() {
    sleep 11
    ip netns exec server bash -c 'echo > /dev/udp/192.0.2.2/9' || true
}

# fault NAME SCRIPT: tar (NAME is HOST_DISK.estimate, HOST_DISK.dump or restore) or the application amodd (NAME is
# DISK.COMMAND, or .support) runs this script; see faults.sh
fault() { printf '%s\n' "$2" > "/srv/faults/$1"; }

# blob DISK BYTES: a file of that size that nothing compresses
blob() { head -c "$2" /dev/urandom > "/srv/$1/blob"; }

# small_buffers: of TCP, so that a few hundred kB are not all on their way at once
small_buffers() {
    local side
    for side in server client; do
        ip netns exec $side sysctl -qw net.ipv4.tcp_rmem='4096 16384 16384' net.ipv4.tcp_wmem='4096 16384 16384'
    done
}

# slow_disk DISK [once]: its dump takes 8 s, or the first of its dumps does
slow_disk() {
    blob "$1" 160000
    fault "amclient_srv_$1.dump" "${2:-:}; tar \"\$@\" | slowly 20000"
}

# reached: waits until slow data are on their way
reached() { until_true 60 test -s /srv/reached; }

# serve: the server's own amandad
serve() { inetd server ${net}1 "$auth" amindexd amidxtaped; }

# recover FILE: amrecover on the client, and what became of the file
recover() {
    mkdir -p /srv/restored
    local status=0
    printf '%s\n' 'sethost amclient' 'setdisk /srv/d1' 'lcd /srv/restored' "add $1" extract Y Y quit |
        ip netns exec client timeout 60 amrecover lab -s amserver -t amserver -o "auth=$auth" > /srv/other.txt 2>&1 || status=$?
    { echo "exit status $status"
      if cmp "/srv/d1/$1" "/srv/restored/$1" > /srv/cmp.txt 2>&1; then echo "LAB: restored $1: same as the original"
      else echo "LAB: restored $1: NOT the same: $(cat /srv/cmp.txt)"; fi; } >> /srv/other.txt
}

keep_client() { client_too=1; }
