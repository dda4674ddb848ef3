#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the captures in generated/: situations that are rare, old or impossible to record, each as a list of steps.

Next to each NAME.pcap lies NAME.verdicts, which this program does not write: these files say what the rules make of
each datagram, and they were worked out by hand. So the steps keep time in a way that can be followed by hand, too:
every packet comes 1 ms after the one before, unless the script waits in between.
"""

import struct
import sys
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "plugin" / "tests"))
import packets  # noqa: E402 (it lies in the directory above)

STEP = 1000  # microseconds
SCENARIOS = {}  # name: (function, arguments, start)

# What these versions of Amanda can do
FEATURES = {"2.3": "", "2.4": "fffffeff9ffe0f", "2.5": "ffffffff9ffeffffffff00", "2.6": "ffffffff9ffeffffffff00",
            "3.5": "ffffffff9efefbfffffffffffffff3fffbf71f"}

NOOP = "SERVICE noop\nOPTIONS features={features};\n"
NOOP_REPLY = "OPTIONS features={features};\n"
SELFCHECK = """SERVICE selfcheck
OPTIONS features={features};maxdumps=1;hostname=client;
GNUTAR /home  0 OPTIONS |;bsd-auth;index;
"""
SELFCHECK_REPLY = "OPTIONS features={features};\nOK /home\nOK /dumps has more than 64 KB available.\n"
SENDSIZE = """SERVICE sendsize
OPTIONS features={features};maxdumps=1;hostname=client;
GNUTAR /home  0 1970:1:1:0:0:0 1 OPTIONS |;bsd-auth;index;
"""
SENDSIZE_REPLY = "OPTIONS features={features};\n/home 0 SIZE 12345\n"
SENDSIZE_23 = "SERVICE sendsize PROGRAM DUMP\nOPTIONS ;\nhda1 0 - 1 DUMP\n"
SENDSIZE_23_REPLY = "OPTIONS MAXDUMPS=1;\nhda1 0 SIZE 12345\n"
SENDBACKUP = """SERVICE sendbackup
OPTIONS features={features};hostname=client;
GNUTAR /home  0 1970:1:1:0:0:0 OPTIONS |;bsd-auth;index;
"""
SENDBACKUP_XML = """SERVICE sendbackup
OPTIONS features={features};maxdumps=1;hostname=client;config=daily;timestamp=20261122080000;
<dle>
  <program>GNUTAR</program>
  <disk>/home</disk>
  <level>0</level>
  <auth>bsd</auth>
  <record>YES</record>
  <index>YES</index>
  <datapath>AMANDA</datapath>
</dle>
"""
SENDBACKUP_REPLY = "CONNECT DATA 32801 MESG 32802 INDEX 32803\nOPTIONS features={features};\n"
MESG_BEGIN = """sendbackup: start [client:/home level 0]
sendbackup: info BACKUP=/bin/tar
sendbackup: info RECOVER_CMD=/bin/tar -f... -
sendbackup: info end
"""
MESG_END = "sendbackup: size 10\nsendbackup: end\n"
BUSY = "ERROR amandad busy\n"
MUTUAL_AUTH = 'SECURITY MUTUAL-AUTH "$01$02$03$04$05$06$07$08"\n'


class Capture:
    """The packets that are seen, and the time that goes by."""

    def __init__(self, start):
        self.now, self.frames = int(start.replace(tzinfo=timezone.utc).timestamp()) * 10**6, []

    def wait(self, seconds):
        self.now += round(seconds * 10**6)

    def see(self, packet, captured_length=None):
        limit = [] if captured_length is None else [captured_length]
        self.frames.append((self.now, packets.ethernet(packet), *limit))
        self.now += STEP

    def pair(self, requester, responder, version="2.4", security="USER amanda"):
        """Two hosts that talk to each other."""
        hosts = Host(self, requester, version, security), Host(self, responder, version, security)
        hosts[0].peer, hosts[1].peer = hosts[1], hosts[0]
        return hosts

    def connect(self, source, destination):
        """A TCP connection that is accepted."""
        stream = Stream(self, source, destination)
        stream.say(source, packets.SYN)
        stream.say(destination, packets.SYN | packets.ACK)
        stream.say(source, packets.ACK)
        return stream

    def refused(self, source, destination):
        """A TCP connection to a port on which nobody listens."""
        stream = Stream(self, source, destination)
        stream.say(source, packets.SYN)
        stream.say(destination, packets.RST | packets.ACK)


class Host:
    """Sends Amanda's datagrams to its peer, unless told otherwise."""

    def __init__(self, capture, endpoint, version="2.4", security="USER amanda"):
        self.capture, self.endpoint, self.version, self.security = capture, endpoint, version, security
        self.peer = None

    def req(self, handle, seq, body, **how):
        self.send("REQ", handle, seq, f"SECURITY {self.security}\n" + body, **how)

    def ack(self, handle, seq, **how):
        self.send("ACK", handle, seq, "", **how)

    def prep(self, handle, seq, body, **how):
        self.send("PREP", handle, seq, body, **how)

    def rep(self, handle, seq, body, **how):
        self.send("REP", handle, seq, body, **how)

    def nak(self, handle, seq, body, **how):
        self.send("NAK", handle, seq, body, **how)

    def text(self, type, handle, seq, body):
        body = body.replace("{features}", FEATURES[self.version])
        return f"Amanda {self.version} {type} HANDLE {handle} SEQ {seq}\n{body}".encode()

    def send(self, type, handle, seq, body, **how):
        self.say(self.text(type, handle, seq, body), **how)

    def say(self, payload, to=None, seen=True, cut_to=None):
        """cut_to: so many bytes of the payload are captured."""
        packet = packets.udp(self.endpoint, (to or self.peer).endpoint, payload)
        if seen:
            headers = 14 + len(packet) - len(payload)
            self.capture.see(packet, None if cut_to is None else headers + cut_to)
        else:
            self.capture.now += STEP

    def quoted(self, type, handle, seq, body, to=None):
        """The ICMP error about a datagram, which itself is not seen."""
        text = self.text(type, handle, seq, body)
        packet = packets.udp(self.endpoint, (to or self.peer).endpoint, text)
        self.capture.see(packets.port_unreachable(packet))

    def rep_in_fragments(self, handle, seq, body, order):
        """In fragments of 512 bytes; order: those that are seen, and when."""
        text = self.text("REP", handle, seq, body)
        packet = packets.udp(self.endpoint, self.peer.endpoint, text)
        pieces = packets.fragments(packet, 512, ident=1000 + len(self.capture.frames))
        for index in order:
            self.capture.see(pieces[index])


class Stream:
    """A TCP connection, whose two ends take turns."""

    def __init__(self, capture, source, destination):
        self.capture, self.source, self.destination = capture, source, destination
        self.next = {source: 1000 + source[1], destination: 5000 + destination[1]}

    def say(self, sender, flags, data=b""):
        receiver = self.destination if sender == self.source else self.source
        acknowledged = self.next[receiver] if flags & packets.ACK else 0
        self.capture.see(packets.tcp(sender, receiver, flags, self.next[sender], acknowledged, data))
        self.next[sender] += len(data) + bool(flags & (packets.SYN | packets.FIN))

    def data(self, text):
        """From the side that listened: Amanda's client."""
        self.say(self.destination, packets.PSH | packets.ACK, text.encode())
        self.say(self.source, packets.ACK)

    def close(self):
        self.say(self.destination, packets.FIN | packets.ACK)
        self.say(self.source, packets.FIN | packets.ACK)
        self.say(self.destination, packets.ACK)


def scenario(name, *arguments, start=datetime(2004, 7, 8, 8)):
    def register(function):
        SCENARIOS[name] = function, arguments, start
        return function
    return register


NOW = datetime(2026, 11, 22, 8)
SERVER, CLIENT = ("192.0.2.1", 842), ("192.0.2.2", 10080)
H = "000-A8D40708"

# ---------------------------------------------------------------------------------------------------------------------
# The case of 2004


@scenario("2004-stale-reply-server", "server")
@scenario("2004-stale-reply-client", "client")
def stale_reply(capture, side):
    """The ACK of the first reply is lost between server and client."""
    server, client = capture.pair(SERVER, CLIENT)
    server.req(H, 100, SENDBACKUP)
    client.ack(H, 100)
    capture.wait(0.5)
    client.rep(H, 100, SENDBACKUP_REPLY)
    server.ack(H, 100, seen=side == "server")
    data, mesg, index = [capture.connect(("192.0.2.1", port - 1), ("192.0.2.2", port))
                         for port in (32801, 32802, 32803)]
    mesg.data(MESG_BEGIN)
    data.data("the archive\n")
    index.data("/\n/f1\n")
    mesg.data(MESG_END)
    for stream in (data, index, mesg):
        stream.close()
    # The dumper is done, and its next request gets the same handle. But amandad still waits for its ACK.
    capture.wait(3)
    server.req(H, 101, SENDBACKUP.replace("/home", "/usr"))
    client.rep(H, 100, SENDBACKUP_REPLY)
    server.ack(H, 101)
    for port in (32801, 32802, 32803):
        capture.refused(("192.0.2.1", port + 10), ("192.0.2.2", port))


@scenario("2004-harmless-reack")
def harmless_reack(capture):
    """The same loss, but nothing is outstanding when the old reply comes again: it is acknowledged again."""
    server, client = capture.pair(("192.0.2.1", 859), CLIENT)
    server.req(H, 100, SENDSIZE)
    client.ack(H, 100)
    capture.wait(4)
    client.rep(H, 100, SENDSIZE_REPLY)
    server.ack(H, 100)
    capture.wait(10)
    client.rep(H, 100, SENDSIZE_REPLY)
    server.ack(H, 100)
    # Amanda 2.3 does the same.
    server, client = capture.pair(("192.0.2.1", 860), CLIENT, "2.3")
    server.req(H, 900000000, SENDSIZE_23)
    client.ack(H, 900000000)
    client.rep(H, 900000000, SENDSIZE_23_REPLY)
    server.ack(H, 900000000)
    capture.wait(10)
    client.rep(H, 900000000, SENDSIZE_23_REPLY)
    server.ack(H, 900000000)


@scenario("off-by-one-chain")
def off_by_one_chain(capture):
    """Once a reply was taken for the next request, each request can get the reply to the one before."""
    server, client = capture.pair(("192.0.2.1", 859), CLIENT)
    server.req(H, 100, SENDSIZE)
    client.ack(H, 100)
    client.rep(H, 100, SENDSIZE_REPLY)
    server.ack(H, 100)  # lost
    capture.wait(9.996)
    server.req(H, 101, SENDSIZE)
    client.rep(H, 100, SENDSIZE_REPLY)  # 10 s without an ACK: it crosses the request
    server.ack(H, 101)
    server.req(H, 102, SENDSIZE)
    client.rep(H, 100, SENDSIZE_REPLY)  # request 101 was no ACK
    server.ack(H, 102)
    client.ack(H, 102)  # the next amandad
    server.req(H, 103, SENDSIZE)
    client.rep(H, 102, SENDSIZE_REPLY)
    server.ack(H, 103)
    client.rep(H, 102, SENDSIZE_REPLY)
    server.ack(H, 102)


@scenario("mistaken-other-responder")
def mistaken_other_responder(capture):
    """Before 2.5 not even the sender of a reply was compared: the planner credits estimates to another host."""
    planner, first = capture.pair(("192.0.2.1", 859), ("192.0.2.11", 10080))
    second, third = [Host(capture, (address, 10080)) for address in ("192.0.2.12", "192.0.2.13")]
    second.peer = third.peer = planner
    planner.req(H, 100, SENDSIZE)
    first.ack(H, 100)
    first.rep(H, 100, SENDSIZE_REPLY)
    planner.ack(H, 100)  # lost
    planner.req(H, 101, SENDSIZE, to=second)
    second.ack(H, 101)
    capture.wait(10)
    first.rep(H, 100, SENDSIZE_REPLY)
    planner.ack(H, 101, to=second)
    second.rep(H, 101, SENDSIZE_REPLY)
    planner.ack(H, 101, to=second)
    # Several requests that the reply of a third host could be taken to answer: the ACKs are missing from the capture.
    planner.req(H, 102, SENDSIZE)
    planner.req(H, 103, SENDSIZE, to=second)
    planner.req(H, 102, SENDSIZE)
    third.rep(H, 99, SENDSIZE_REPLY)
    third.rep(H, 102, SENDSIZE_REPLY)
    planner.ack(H, 103, to=second)
    planner.ack(H, 102)
    # A requester of 3.5 is never mistaken, and nobody takes a partial reply for the answer.
    modern, _ = capture.pair(("192.0.2.1", 860), ("192.0.2.11", 10080), "3.5")
    modern.req(H, 104, SENDSIZE)
    third.rep(H, 98, SENDSIZE_REPLY, to=modern)
    planner.req(H, 105, SENDSIZE, to=second)
    third.prep(H, 97, SENDSIZE_REPLY)
    planner.ack(H, 105, to=second)


@scenario("krb4-ticket")
def krb4_ticket(capture):
    """The krb4 requesters of 2.5 and 2.6 compare addresses and handles, but no SEQ; others of these versions do."""
    ticket = 'TICKET "$04$01abc$FF"'
    server, client = capture.pair(("192.0.2.1", 50100), ("192.0.2.2", 10081), "2.5", ticket)
    server.req("1158200000", 0, SENDSIZE)
    client.ack("1158200000", 0)
    client.rep("1158200000", 0, MUTUAL_AUTH + SENDSIZE_REPLY)
    server.ack("1158200000", 0)
    server.req("1158200000", 1, SENDBACKUP)
    client.rep("1158200000", 0, MUTUAL_AUTH + SENDSIZE_REPLY)
    server.ack("1158200000", 0)  # it copies the SEQ that it gets
    server, client = capture.pair(("192.0.2.1", 50101), ("192.0.2.2", 10081), "2.6", ticket)
    server.req("1158200001", 0, SENDSIZE)
    client.ack("1158200001", 0)
    client.rep("1158200001", 0, MUTUAL_AUTH + SENDSIZE_REPLY)
    server.ack("1158200001", 0)
    server.req("1158200001", 1, SENDBACKUP)
    client.rep("1158200001", 0, MUTUAL_AUTH + SENDSIZE_REPLY)
    server.ack("1158200001", 1)
    server, client = capture.pair(("192.0.2.1", 842), CLIENT, "2.5")
    server.req("000-00000000", 0, SENDSIZE)
    client.ack("000-00000000", 0)
    client.rep("000-00000000", 0, SENDSIZE_REPLY)
    server.ack("000-00000000", 0)
    server.req("000-00000000", 1, SENDBACKUP)
    client.rep("000-00000000", 0, SENDSIZE_REPLY)
    server.ack("000-00000000", 1)


# ---------------------------------------------------------------------------------------------------------------------
# What belongs together


@scenario("handles-64bit")
def handles_64bit(capture):
    """2.4 on a 64-bit host: the handles differ in their slot or at their very end."""
    one, two, three = "000-50F7AB0500000000", "001-50F7AB0500000000", "000-50F7AB05FF7F0000"
    server, first = capture.pair(("192.0.2.1", 859), ("192.0.2.11", 10080))
    second = Host(capture, ("192.0.2.12", 10080))
    second.peer = server
    server.req(one, 200, SELFCHECK)
    server.req(two, 201, SELFCHECK, to=second)
    first.ack(one, 200)
    second.ack(two, 201)
    second.rep(two, 201, SELFCHECK_REPLY)
    server.ack(two, 201, to=second)
    first.rep(one, 200, SELFCHECK_REPLY)
    server.ack(one, 200)
    server.req(one, 202, SENDSIZE, to=second)
    second.rep(three, 203, SENDSIZE_REPLY)
    server.ack(three, 203, to=second)
    second.ack(one, 202)
    second.rep(one, 202, SENDSIZE_REPLY)
    server.ack(one, 202, to=second)


@scenario("negative-seq")
def negative_seq(capture):
    """SEQ is a signed 32-bit number, and a few texts say the same number."""
    server, client = capture.pair(SERVER, CLIENT)
    for seq in (-1, 0, 2147483647, -2147483648):
        server.req(H, seq, NOOP)
        client.ack(H, seq)
        client.rep(H, seq, NOOP_REPLY)
        server.ack(H, seq)
    server.req("001-B0D40708", 4294967294, NOOP)
    client.ack("001-B0D40708", -2)
    client.rep("001-B0D40708", -2, NOOP_REPLY)
    server.ack("001-B0D40708", 4294967294)
    server.req(H, 2147483648, NOOP)
    client.rep(H, 2147483648, NOOP_REPLY)


@scenario("ipv6", start=NOW)
def ipv6(capture):
    server, client = capture.pair(("2001:db8::1", 848), ("2001:db8::2", 10080), "3.5", "USER backup")
    server.req("000-00000000", 1795925167, NOOP)
    client.ack("000-00000000", 1795925167)
    client.rep("000-00000000", 1795925167, NOOP_REPLY)
    server.ack("000-00000000", 1795925167)
    server.req("000-00000001", 1796138363, SENDSIZE)
    client.ack("000-00000001", 1796138363)
    client.prep("000-00000001", 1796138363, "OPTIONS features={features};\n")
    client.rep("000-00000001", 1796138363, SENDSIZE_REPLY)
    server.ack("000-00000001", 1796138363)  # lost
    capture.wait(2)
    server.req("000-00000000", 1796174058, SENDBACKUP_XML)
    client.ack("000-00000000", 1796174058)
    capture.wait(7.998)
    client.rep("000-00000001", 1796138363, SENDSIZE_REPLY)
    client.rep("000-00000000", 1796174058, SENDBACKUP_REPLY)
    server.ack("000-00000000", 1796174058)
    data = capture.connect(("2001:db8::1", 50000), ("2001:db8::2", 32801))
    data.data("the archive\n")
    data.close()


@scenario("equal-handles", start=NOW)
def equal_handles(capture):
    """Two requesters and two responders, every handle and SEQ the same."""
    key = "000-00000000", 1795925167
    one, first = capture.pair(("192.0.2.1", 848), ("192.0.2.11", 10080), "3.5", "USER backup")
    two, second = capture.pair(("192.0.2.3", 848), ("192.0.2.12", 10080), "3.5", "USER backup")
    third = Host(capture, ("192.0.2.13", 10080), "3.5")
    one.req(*key, NOOP, to=first)
    one.req(*key, NOOP, to=second)
    two.req(*key, NOOP, to=first)
    two.req(*key, NOOP, to=second)
    first.ack(*key, to=one)
    second.ack(*key, to=one)
    first.ack(*key, to=two)
    second.ack(*key, to=two)
    third.rep(*key, NOOP_REPLY, to=one)  # that of the second or of the first: the last one asked
    first.rep(*key, NOOP_REPLY, to=one)
    one.ack(*key, to=first)
    second.rep(*key, NOOP_REPLY, to=two)
    two.ack(*key, to=second)
    second.rep(*key, NOOP_REPLY, to=two)
    first.rep(*key, NOOP_REPLY, to=two)
    two.ack(*key, to=first)
    second.rep(*key, NOOP_REPLY, to=one)
    one.ack(*key, to=second)
    first.rep(*key, NOOP_REPLY, to=one)
    first.rep(*key, NOOP_REPLY, to=Host(capture, ("192.0.2.1", 849)))  # another process


@scenario("both-ways", start=NOW)
def both_ways(capture):
    """Both hosts ask each other from the same ports: an ACK counts as that of the requester."""
    one, two = capture.pair(("192.0.2.1", 10080), ("192.0.2.2", 10080), "3.5")
    one.req("000-00000000", 5, NOOP)
    two.req("000-00000000", 5, SELFCHECK)
    two.ack("000-00000000", 5)
    one.ack("000-00000000", 5)
    two.rep("000-00000000", 5, NOOP_REPLY)
    one.req("000-00000001", 6, NOOP)
    two.ack("000-00000001", 6)
    two.rep("000-00000001", 6, NOOP_REPLY)
    two.req("000-00000001", 6, SELFCHECK)
    one.rep("000-00000001", 6, SELFCHECK_REPLY)
    one.ack("000-00000001", 6)
    two.ack("000-00000001", 6)


@scenario("other-address")
def other_address(capture):
    """A client with two addresses answers from the one that was not asked."""
    server, client = capture.pair(SERVER, CLIENT)
    other = Host(capture, ("192.0.2.22", 10080))
    server.req(H, 100, NOOP)
    other.ack(H, 100, to=server)
    other.rep(H, 100, NOOP_REPLY, to=server)
    server.ack(H, 100)  # 2.4 takes it, and answers where it had asked
    server, client = capture.pair(("192.0.2.1", 848), CLIENT, "3.5", "USER backup")
    other = Host(capture, ("192.0.2.22", 10080), "3.5")
    server.req("000-00000000", 1795925167, NOOP)
    other.ack("000-00000000", 1795925167, to=server)
    other.rep("000-00000000", 1795925167, NOOP_REPLY, to=server)
    capture.wait(9.997)
    server.req("000-00000000", 1795925167, NOOP)
    other.rep("000-00000000", 1795925167, NOOP_REPLY, to=server)
    capture.wait(9.998)
    server.req("000-00000000", 1795925167, NOOP)
    other.rep("000-00000000", 1795925167, NOOP_REPLY, to=server)


# ---------------------------------------------------------------------------------------------------------------------
# How exchanges end, and begin again


@scenario("late-copies")
def late_copies(capture):
    """Copies that the network kept."""
    server, client = capture.pair(("192.0.2.1", 848), CLIENT, "3.5", "USER backup")
    server.req("000-00000000", 1795925167, NOOP)
    client.ack("000-00000000", 1795925167)
    client.rep("000-00000000", 1795925167, NOOP_REPLY)
    server.ack("000-00000000", 1795925167)
    capture.wait(3)
    server.req("000-00000000", 1795925167, NOOP)  # the copy, for which amandad runs the service again
    client.ack("000-00000000", 1795925167)
    client.rep("000-00000000", 1795925167, NOOP_REPLY)
    server.ack("000-00000000", 1795925167)  # a copy as well
    # A copy while the next request is outstanding
    server, client = capture.pair(SERVER, CLIENT)
    server.req(H, 100, SENDSIZE)
    client.ack(H, 100)
    client.rep(H, 100, SENDSIZE_REPLY)
    server.ack(H, 100)
    server.req(H, 101, SENDBACKUP)
    server.req(H, 100, SENDSIZE)
    client.ack(H, 100)
    client.rep(H, 100, SENDSIZE_REPLY)
    server.ack(H, 101)
    # A copy of what was given up for another request
    server.req(H, 102, SENDBACKUP)
    server.req(H, 103, SENDBACKUP)
    server.req(H, 102, SENDBACKUP)
    client.rep(H, 103, SENDBACKUP_REPLY)
    server.ack(H, 103)
    client.rep(H, 102, SENDBACKUP_REPLY)
    server.ack(H, 102)


@scenario("nak-in-repwait")
def nak_in_repwait(capture):
    """Before 2.6 a requester that waits for the reply does not listen to a NAK."""
    server, client = capture.pair(SERVER, CLIENT)
    server.req(H, 100, SENDSIZE)
    client.ack(H, 100)
    client.nak(H, 100, BUSY)
    client.rep(H, 100, SENDSIZE_REPLY)
    server.ack(H, 100)
    server, client = capture.pair(SERVER, CLIENT, "2.5")
    server.req("000-00000000", 200, SENDSIZE)
    client.prep("000-00000000", 200, SENDSIZE_REPLY)
    client.nak("000-00000000", 200, "ERROR timeout on reply pipe\n")
    capture.wait(30)
    server.req("000-00000000", 200, SENDSIZE)
    client.nak("000-00000000", 200, "ERROR sendsize: invalid service\n")
    server.req("000-00000001", 201, SENDSIZE)
    client.nak("000-00000001", 201, "ERROR sendsize: invalid service\n")
    server, client = capture.pair(SERVER, CLIENT, "2.6")
    server.req("000-00000002", 300, SENDSIZE)
    client.ack("000-00000002", 300)
    client.nak("000-00000002", 300, "ERROR timeout on reply pipe\n")
    client.rep("000-00000002", 300, SENDSIZE_REPLY)
    server, client = capture.pair(SERVER, CLIENT, "3.5")
    server.req("000-00000003", 400, SENDSIZE)
    client.ack("000-00000003", 400)
    client.nak("000-00000003", 400, "ERROR timeout on reply pipe\n")
    client.nak("000-00000003", 400, "ERROR timeout on reply pipe\n")


@scenario("refused-and-again")
def refused_and_again(capture):
    """A NAK that the requester does not get: the refused request comes again, and is outstanding again."""
    server, client = capture.pair(SERVER, CLIENT)
    server.req(H, 100, SENDSIZE)
    client.nak(H, 100, BUSY)
    capture.wait(9.998)
    server.req(H, 100, SENDSIZE)
    client.ack(H, 100)
    client.rep(H, 100, SENDSIZE_REPLY)
    server.ack(H, 100)
    # Refused again
    server, client = capture.pair(SERVER, CLIENT, "3.5", "USER backup")
    refusal = "ERROR sendsize: invalid service, add 'sendsize' as argument to amandad\n"
    server.req("000-00000000", 1, SENDSIZE)
    client.nak("000-00000000", 1, refusal)
    capture.wait(9.998)
    server.req("000-00000000", 1, SENDSIZE)
    client.nak("000-00000000", 1, refusal)
    client.nak("000-00000000", 1, refusal)
    # Refused after the reply, which then comes again
    server.req("000-00000001", 2, SENDSIZE)
    client.ack("000-00000001", 2)
    client.rep("000-00000001", 2, SENDSIZE_REPLY)
    client.nak("000-00000001", 2, "ERROR unexpected packet type REP\n")
    server.req("000-00000001", 2, SENDSIZE)
    client.rep("000-00000001", 2, SENDSIZE_REPLY)
    server.ack("000-00000001", 2)
    # The refused request comes again in the middle of the next one with its handle
    server.req("000-00000002", 3, SENDSIZE)
    client.nak("000-00000002", 3, refusal)
    server.req("000-00000002", 4, NOOP)
    server.req("000-00000002", 3, SENDSIZE)
    client.rep("000-00000002", 4, NOOP_REPLY)
    client.rep("000-00000002", 3, SENDSIZE_REPLY)
    server.ack("000-00000002", 3)
    # An ACK of the refused request
    server.req("000-00000003", 5, SENDSIZE)
    client.nak("000-00000003", 5, refusal)
    server.ack("000-00000003", 5)
    server.req("000-00000003", 5, SENDSIZE)
    client.ack("000-00000003", 5)
    client.rep("000-00000003", 5, SENDSIZE_REPLY)
    server.ack("000-00000003", 5)
    server.ack("000-00000003", 5)
    # The ACKs of the responder are not counted anew
    server.req("000-00000004", 6, SENDSIZE)
    client.ack("000-00000004", 6)
    client.nak("000-00000004", 6, "ERROR timeout on reply pipe\n")
    server.req("000-00000004", 6, SENDSIZE)
    client.ack("000-00000004", 6)
    client.rep("000-00000004", 6, SENDSIZE_REPLY)
    server.ack("000-00000004", 6)


@scenario("superseded")
def superseded(capture):
    """A handle is used again, although the capture does not show how the request before ended."""
    server, client = capture.pair(SERVER, CLIENT)
    server.req(H, 100, SENDSIZE)
    client.ack(H, 100)
    server.req(H, 101, SENDBACKUP)
    server.ack(H, 100)
    client.rep(H, 100, SENDSIZE_REPLY)
    client.nak(H, 100, BUSY)
    client.prep(H, 100, SENDSIZE_REPLY)
    client.rep(H, 101, SENDBACKUP_REPLY)
    server.ack(H, 101)
    client.rep(H, 100, SENDSIZE_REPLY)
    server.req(H, 100, SENDSIZE)
    # Several old replies: the latest one was taken
    server.req(H, 102, SENDBACKUP)
    server.req(H, 103, SENDBACKUP)
    server.req(H, 104, SENDBACKUP)
    client.rep(H, 103, SENDBACKUP_REPLY)
    client.rep(H, 102, SENDBACKUP_REPLY)
    server.ack(H, 104)
    # An old partial reply is not taken for the answer
    server.req(H, 105, SENDBACKUP)
    client.prep(H, 104, SENDSIZE_REPLY)
    server.ack(H, 105)


@scenario("timeouts")
def timeouts(capture):
    """For the preference amanda.timeout, with 60 seconds in mind."""
    server, client = capture.pair(SERVER, CLIENT)
    server.req(H, 100, SENDSIZE)
    client.ack(H, 100)
    capture.wait(59.998)
    client.rep(H, 100, SENDSIZE_REPLY)  # exactly 60 s after the request
    server.ack(H, 100)
    client.rep(H, 100, SENDSIZE_REPLY)
    server.req(H, 101, SENDSIZE)
    client.ack(H, 101)
    capture.wait(61)
    client.rep(H, 100, SENDSIZE_REPLY)
    client.rep(H, 101, SENDSIZE_REPLY)
    server.req(H, 101, SENDSIZE)
    client.rep(H, 101, SENDSIZE_REPLY)
    server.ack(H, 101)
    client.rep(H, 101, SENDSIZE_REPLY)
    # A late NAK, and a late ACK
    server.req("001-A8D40708", 5, SENDSIZE)
    capture.wait(61)
    client.nak("001-A8D40708", 5, BUSY)
    server.req("001-A8D40708", 5, SENDSIZE)
    client.rep("001-A8D40708", 5, SENDSIZE_REPLY)
    capture.wait(61)
    server.ack("001-A8D40708", 5)
    server.ack("001-A8D40708", 5)
    # The last request counts, not the first
    server.req("002-A8D40708", 1, SENDSIZE)
    capture.wait(40)
    server.req("002-A8D40708", 1, SENDSIZE)
    capture.wait(40)
    client.rep("002-A8D40708", 1, SENDSIZE_REPLY)
    server.ack("002-A8D40708", 1)
    # What is timed out is not superseded, and its own request opens it again
    server.req("003-A8D40708", 1, SENDSIZE)
    capture.wait(61)
    server.req("003-A8D40708", 2, SENDSIZE)
    client.rep("003-A8D40708", 1, SENDSIZE_REPLY)
    server.req("003-A8D40708", 1, SENDSIZE)
    client.rep("003-A8D40708", 2, SENDSIZE_REPLY)
    client.rep("003-A8D40708", 1, SENDSIZE_REPLY)
    server.ack("003-A8D40708", 1)
    server.ack("003-A8D40708", 2)


# ---------------------------------------------------------------------------------------------------------------------
# What a capture holds of a datagram


@scenario("truncated-snaplen")
def truncated_snaplen(capture):
    """Every frame is cut at another place."""
    header = len(f"Amanda 2.4 REQ HANDLE {H} SEQ 100\n")
    security = header + len("SECURITY USER amanda\n")
    server, client = capture.pair(SERVER, CLIENT)
    server.req(H, 100, SENDBACKUP, cut_to=header - 12)
    client.ack(H, 100)
    client.rep(H, 100, SENDBACKUP_REPLY, cut_to=header)
    server.req(H, 101, SENDBACKUP, cut_to=header)
    client.ack(H, 101)
    client.rep(H, 101, SENDBACKUP_REPLY, cut_to=header + 8)
    server.ack(H, 101)
    server.req(H, 102, SENDBACKUP, cut_to=header - 1)
    server.req(H, 103, SENDBACKUP, cut_to=header + len("SECURITY"))
    client.ack(H, 103)
    server.req(H, 103, SENDBACKUP, cut_to=security + len("SERVICE sendba"))
    client.ack(H, 103)
    server.req(H, 103, SENDBACKUP, cut_to=security + len("SERVICE sendbackup"))
    server.req(H, 103, SENDBACKUP, cut_to=security + len("SERVICE sendbackup\n"))
    client.rep(H, 103, SENDBACKUP_REPLY, cut_to=header + 20)
    server.ack(H, 103)
    client.rep(H, 103, SENDBACKUP_REPLY, cut_to=0)
    client.rep(H, 103, SENDBACKUP_REPLY, cut_to=len("Amanda"))


@scenario("fragments", start=NOW)
def fragments(capture):
    """A datagram counts where its last fragment comes; not at all, if one is missing."""
    estimates = NOOP_REPLY.replace("{features}", FEATURES["3.5"])
    estimates += "".join(f"/srv/project{number:03} 0 SIZE 12345\n" for number in range(40))
    server, client = capture.pair(("192.0.2.1", 848), CLIENT, "3.5", "USER backup")
    server.req("000-00000000", 1795925167, SENDSIZE)
    client.ack("000-00000000", 1795925167)
    client.rep_in_fragments("000-00000000", 1795925167, estimates, (0, 1, 2))
    server.ack("000-00000000", 1795925167)
    server.req("000-00000001", 1795925168, SENDSIZE)
    client.ack("000-00000001", 1795925168)
    client.rep_in_fragments("000-00000001", 1795925168, estimates, (1, 2))
    capture.wait(10)
    client.rep_in_fragments("000-00000001", 1795925168, estimates, (2, 0, 1))
    server.ack("000-00000001", 1795925168)
    server, client = capture.pair(("2001:db8::1", 848), ("2001:db8::2", 10080), "3.5", "USER backup")
    server.req("000-00000000", 1795925167, SENDSIZE)
    client.ack("000-00000000", 1795925167)
    client.rep_in_fragments("000-00000000", 1795925167, estimates, (1, 0, 2))
    server.ack("000-00000000", 1795925167)


@scenario("icmp-quotes", start=NOW)
def icmp_quotes(capture):
    """An ICMP error holds the datagram that it is about: this is no request and no reply."""
    server, client = capture.pair(("192.0.2.1", 848), CLIENT, "3.5", "USER backup")
    server.req("000-00000000", 1, NOOP)
    client.ack("000-00000000", 1)
    client.rep("000-00000000", 1, NOOP_REPLY)
    server.ack("000-00000000", 1)
    capture.wait(9.998)
    client.rep("000-00000000", 1, NOOP_REPLY)
    client.quoted("REP", "000-00000000", 1, NOOP_REPLY)
    server.quoted("REQ", "000-00000001", 2, NOOP)
    client.rep("000-00000001", 2, NOOP_REPLY)
    server.req("000-00000002", 3, NOOP)
    server.quoted("REQ", "000-00000002", 3, NOOP)
    capture.wait(9.998)
    server.req("000-00000002", 3, NOOP)
    client.quoted("REP", "000-00000002", 3, NOOP_REPLY)
    server.quoted("ACK", "000-00000002", 3, "")
    client.rep("000-00000002", 3, NOOP_REPLY)
    server.ack("000-00000002", 3)
    server, client = capture.pair(("2001:db8::1", 848), ("2001:db8::2", 10080), "3.5", "USER backup")
    server.quoted("REQ", "000-00000000", 1, NOOP)
    client.rep("000-00000000", 1, NOOP_REPLY)


@scenario("odd-headers", start=NOW)
def odd_headers(capture):
    """What some parser of Amanda accepts, what none accepts, and what is not Amanda at all."""
    server, client = capture.pair(SERVER, CLIENT, "3.5")
    for text in ("Amanda  2.4   REQ HANDLE  000-1 SEQ  100\nSECURITY USER amanda\nSERVICE noop\nOPTIONS ;\n",
                 "Amanda\t2.4\nREQ\tHANDLE\r\n000-2 SEQ\n101\nSERVICE noop\nOPTIONS ;\n",
                 "Amanda 2 . 4 REQ HANDLE 000-3 SEQ 102\nSERVICE noop\nOPTIONS ;\n",
                 "Amanda 3.5 REQ HANDLE 000-4 SEQ 103abc\nSECURITY USER amanda\nSERVICE noop\nOPTIONS ;\n",
                 "Amanda 3.5 REQ HANDLE 000-5 SEQ abc\nSECURITY USER amanda\nSERVICE noop\nOPTIONS ;\n",
                 "Amanda 3.5 REQ HANDLE 000-6 SEQ 4294967397\nSECURITY USER amanda\nSERVICE noop\nOPTIONS ;\n",
                 "Amanda 3.5 REQ HANDLE 000-7 SEQ 105",
                 "Amanda 3.5 REQ HANDLE 000-8 SEQ 106\nSECURITY USER amanda\nSERVICE noop\n\0OPTIONS ;\n",
                 "Amanda 3.5 REQ HANDLE 000-9 SEQ 107\0\nSECURITY USER amanda\nSERVICE noop\nOPTIONS ;\n",
                 "Amanda 9.9 REQ HANDLE h SEQ 1",
                 "Amanda 3.5 ACK HANDLE x SEQ 0\n"):
        server.say(text.encode())
    for text in ("Amanda 3.5 FOO HANDLE 000-4 SEQ 103\n",  # from here on malformed
                 "Amanda 3.5 rep HANDLE 000-4 SEQ 103\n",
                 "Amanda 3.5 REP HANDLE  SEQ 103\n",
                 "Amanda 3.5 REP HANDLE 000-4\nOPTIONS ;\n",
                 "Amanda 2.4 REP HANDLE 000-4 SEQ\nOPTIONS ;\n",
                 "Amanda 3.5 REP handle 000-4 SEQ 103\n",
                 "amanda 3.5 REP HANDLE 000-4 SEQ 103\n",  # from here on not Amanda
                 "Amanda3.5 REP HANDLE 000-4 SEQ 103\n",
                 "Amanda 35 REP HANDLE 000-4 SEQ 103\n",
                 "Amanda",
                 "Amanda 3.5 REP HANDLE 000-4 SEQ 103\nOPTIONS ;\n",  # and now the answers
                 "Amanda 3.5 REP HANDLE 000-5 SEQ 0\nOPTIONS ;\n",
                 "Amanda 3.5 REP HANDLE 000-6 SEQ 101\nOPTIONS ;\n",
                 "Amanda 2.4 REP HANDLE 000-1 SEQ 0100\nOPTIONS ;\n",
                 "Amanda 3.5 REP HANDLE h SEQ 1junk"):
        client.say(text.encode())


# ---------------------------------------------------------------------------------------------------------------------
# Neighbours


@scenario("low-ports", start=NOW)
def low_ports(capture):
    """All ports that a requester can have; some of them belong to other protocols."""
    for port in range(512, 1024):
        server, client = capture.pair(("192.0.2.1", port), CLIENT, "3.5", "USER backup")
        server.req("000-00000000", port, "SERVICE noop\nOPTIONS ;\n")
        client.ack("000-00000000", port)
        client.rep("000-00000000", port, "OPTIONS ;\n")
        server.ack("000-00000000", port)


def dns_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


FOREIGN = {  # by port: a datagram to it
    514: b"<34>Nov 22 08:00:00 client su: 'su root' failed for amanda on /dev/pts/8",
    520: struct.pack(">BBHHH4s4s4sI", 2, 2, 0, 2, 0, bytes([198, 51, 100, 0]), bytes([255, 255, 255, 0]), bytes(4), 1),
    123: struct.pack(">BBbbII4s4Q", 0x23, 0, 6, -20, 0, 0, b"", 0, 0, 0, 0xEA9B_2C80_0000_0000),
    53: struct.pack(">6H", 0x1234, 0x0100, 1, 0, 0, 0) + dns_name("client.example") + struct.pack(">HH", 1, 1),
    631: b'6 3 ipp://192.0.2.2:631/printers/lp "Room 1" "Printer" "Generic"\n',
    69: b"\0\1pxelinux.0\0octet\0",
    1812: struct.pack(">BBH16s", 1, 7, 28, bytes(range(16))) + b"\1\x08amanda",
    547: struct.pack(">I", 0x01123456) + struct.pack(">HH10s", 1, 10, bytes.fromhex("00030001020000000002"))
    + struct.pack(">HHH", 8, 2, 0) + struct.pack(">HHIII", 3, 12, 1, 0, 0),
}


@scenario("foreign-protocols", start=NOW)
def foreign_protocols(capture):
    """Genuine datagrams of other protocols on the ports that Amanda's requesters use too, between Amanda's own."""
    def foreign(source, destination):
        capture.see(packets.udp(source, destination, FOREIGN[destination[1]]))

    def amanda(port, handle, address="192.0.2.%d"):
        server, client = capture.pair((address % 1, port), (address % 2, 10080), "3.5", "USER backup")
        server.req(handle, port, NOOP)
        client.ack(handle, port)
        client.rep(handle, port, NOOP_REPLY)
        server.ack(handle, port)

    foreign(("192.0.2.2", 514), ("192.0.2.1", 514))
    amanda(514, "000-00000000")
    foreign(("192.0.2.2", 514), ("192.0.2.1", 514))
    foreign(("192.0.2.2", 10080), ("192.0.2.1", 514))
    foreign(("192.0.2.2", 520), ("192.0.2.1", 520))
    amanda(520, "000-00000001")
    foreign(("192.0.2.2", 10080), ("192.0.2.1", 520))
    foreign(("192.0.2.1", 631), ("192.0.2.2", 631))
    amanda(631, "000-00000002")
    foreign(("192.0.2.2", 10080), ("192.0.2.1", 631))
    foreign(("2001:db8::2", 546), ("2001:db8::1", 547))
    amanda(546, "000-00000003", "2001:db8::%d")
    amanda(547, "000-00000004", "2001:db8::%d")
    foreign(("2001:db8::2", 10080), ("2001:db8::1", 547))
    for port in (53, 123, 1812, 69):
        foreign(("192.0.2.2", 40000), ("192.0.2.1", port))
        foreign(("192.0.2.2", 10080), ("192.0.2.1", port))


# ---------------------------------------------------------------------------------------------------------------------
# What stands behind the texts of Amanda's reports


NOT_ANSWERED_BY_TCP = 1, 2, 4  # seconds after which Linux repeats a SYN


@scenario("troubleshooting", start=NOW)
def troubleshooting(capture):
    """Failures of which Amanda's reports have a line, a client for each. No recording has them."""
    def client(number, version="3.5", port=848):
        return capture.pair(("192.0.2.1", port), (f"192.0.2.{number}", 10080), version, "USER backup")

    def served(number, request, reply, version="3.5"):
        requester, responder = client(number, version)
        requester.req("000-00000001", number, request)
        responder.ack("000-00000001", number)
        responder.rep("000-00000001", number, reply)
        requester.ack("000-00000001", number)

    def dumped(number, reply=SENDBACKUP_REPLY):
        """A dump that is announced; the ends of its DATA, MESG and INDEX connections."""
        served(number, SENDBACKUP_XML, reply)
        return [(("192.0.2.1", port + 100), (f"192.0.2.{number}", port)) for port in (32801, 32802, 32803)]

    # The client is down, or does not want to hear.
    server, _ = client(11)
    for _ in range(3):
        server.req("000-00000000", 11, NOOP)
        capture.wait(9.999)
    # No inetd listens there.
    server, _ = client(12)
    for _ in range(3):
        server.req("000-00000000", 12, NOOP)
        server.quoted("REQ", "000-00000000", 12, NOOP)
        capture.wait(9.998)
    # A NAT, or programs that are not set-uid root
    server, refusing = client(13, port=33000)
    server.req("000-00000000", 13, NOOP)
    refusing.nak("000-00000000", 13, "ERROR host server: port 33000 not secure\n")
    # Amanda 2.4 acknowledges first, and refuses with a REP.
    served(14, NOOP, "ERROR [access as backup not allowed from backup@server]\n", "2.4")
    served(15, NOOP, "ERROR [addr 192.0.2.1: hostname lookup failed]\n", "2.4")
    served(16, SELFCHECK, "OPTIONS features={features};\n"
           "ERROR [client configured for auth=bsdtcp while server requested 'bsd']\n")
    served(17, SENDSIZE, "OPTIONS features={features};\nERROR FORMAT ERROR IN REQUEST PACKET\n")
    served(18, SENDSIZE, "OPTIONS features={features};\n/home 0 SIZE -1\n")
    # The service has ended already, or a firewall refuses.
    for ends in dumped(19):
        capture.refused(*ends)
    # A firewall drops what it does not know.
    stream = Stream(capture, *dumped(20)[0])
    for seconds in NOT_ANSWERED_BY_TCP:
        stream.say(stream.source, packets.SYN)
        stream.next[stream.source] -= 1
        capture.wait(seconds)
    # tar fails.
    data, mesg, index = [capture.connect(*ends) for ends in dumped(21)]
    mesg.data(MESG_BEGIN)
    mesg.data("? /bin/tar: /home/a: Cannot open: Permission denied\nsendbackup: error [/bin/tar returned 2]\n")
    for stream in (data, index, mesg):
        stream.close()
    # The data are others than the client has read.
    data, mesg, index = [capture.connect(*ends) for ends in dumped(22)]
    mesg.data(MESG_BEGIN)
    data.data("the archive\n")
    mesg.data("sendbackup: native-CRC 00000000:12\nsendbackup: client-CRC 00000000:12\n" + MESG_END)
    for stream in (data, index, mesg):
        stream.close()
    # sendbackup dies.
    data, mesg, index = [capture.connect(*ends) for ends in dumped(23)]
    mesg.data(MESG_BEGIN)
    for stream in (data, index, mesg):
        stream.close()


# ---------------------------------------------------------------------------------------------------------------------


def write_all(directory):
    for name, (function, arguments, start) in SCENARIOS.items():
        capture = Capture(start)
        function(capture, *arguments)
        packets.write_pcap(Path(directory) / f"{name}.pcap", capture.frames)


if __name__ == "__main__":
    write_all(sys.argv[1] if len(sys.argv) > 1 else HERE / "generated")
