# SPDX-License-Identifier: GPL-2.0-or-later
"""What an independent judge says of the packets in the frames of one TCP connection (bsdtcp), without keys.

judge.py has the rules for UDP; here is what differs: the connection and the handle of the frame are the key, TCP loses
nothing, and a REQ on a handle whose exchange has ended opens a new one. Shares no code with the plugin.
"""

import struct
from collections import defaultdict
from dataclasses import dataclass, field

import judge

TYPES = dict(enumerate(("REQ", "REP", "PREP", "ACK", "NAK")))
TCP, SYN = 6, 0x02
HEADER = struct.Struct(">II")  # length, handle
PORTS = 10080, 10081
LONGEST = 10**6  # of the body of a packet; what is longer is not Amanda's
FIRST_STREAM = 400000  # handles that a REP announces for streams count down from 499999


@dataclass
class Way:
    """One direction of a connection."""
    next: int = None  # sequence number of the first byte that is still missing
    early: dict = field(default_factory=dict)  # by sequence number: what came before its time
    bytes: bytearray = field(default_factory=bytearray)  # not yet taken as frames

    def add(self, seq, data):
        if self.next is None:
            self.next = seq
        self.early[seq] = max(data, self.early.get(seq, b""), key=len)
        while True:
            usable = [at for at in self.early if (self.next - at) % 2**32 < 2**31]
            if not usable:
                return
            for at in usable:
                fresh = self.early.pop(at)[(self.next - at) % 2**32:]
                self.bytes += fresh
                self.next = (self.next + len(fresh)) % 2**32

    def frames(self):
        while len(self.bytes) >= HEADER.size:
            length, handle = HEADER.unpack_from(self.bytes)
            if len(self.bytes) < HEADER.size + length:
                return
            yield handle, bytes(self.bytes[HEADER.size:HEADER.size + length])
            del self.bytes[:HEADER.size + length]


def segments(path):
    """(frame, time, source, destination, sequence number, whether it opens the connection, data) of each TCP segment"""
    for number, time, link, data in judge.frames(path):
        packet = judge.parse_ip(judge.ip_packet(link, data))
        if packet and packet.ident is None and packet.protocol == TCP and len(packet.payload) >= 20:
            source, destination, seq, _, offset, flags = struct.unpack_from(">HHIIBB", packet.payload)
            yield (number, time, (packet.source, source), (packet.destination, destination), seq, bool(flags & SYN),
                   packet.payload[(offset >> 4) * 4:])


def packets(path):
    """(connection, datagram) for each packet, at the segment that completes it: connection is a number."""
    ways, connections = defaultdict(Way), {}
    for number, time, source, destination, seq, opens, data in segments(path):
        if not {source[1], destination[1]} & set(PORTS):
            continue
        ends = frozenset((source, destination))
        if opens:
            if ways[source, destination].next != (seq + 1) % 2**32:  # else it is the same SYN again
                ways[source, destination] = Way((seq + 1) % 2**32)
                if destination[1] in PORTS:
                    connections[ends] = number
            continue
        way = ways[source, destination]
        if data:
            way.add(seq, data)
        for handle, payload in way.frames():
            if payload and payload[0] in TYPES and handle < FIRST_STREAM and len(payload) < LONGEST:
                body = payload[1:].partition(b"\0")[0]
                datagram = judge.Datagram(number, time, source, destination, None, TYPES[payload[0]],
                                          str(handle).encode(), 0, body)
                if datagram.type == "REQ":
                    service = judge.SERVICE.match(body)
                    datagram.service = judge.show(service[1]) if service else None
                yield connections.get(ends, 0), datagram


def rows(path):
    """One judge.Row for each packet."""
    latest = {}  # exchange of each connection and handle
    first = {}  # that of each connection's first REQ, or the NAK that came before any
    answered = set()  # connections whose responder has said something
    for connection, packet in packets(path):
        row = judge.Row(packet)
        exchange = latest.get((connection, packet.handle))
        early = packet.type == "NAK" and connection not in answered
        if early:  # amandad knows no handle of a request that it has not read
            exchange = exchange or first.get(connection)
        if packet.type != "REQ" and packet.source[1] in PORTS:
            answered.add(connection)
        if packet.type == "REQ":
            row.verdict = "retransmission" if exchange and exchange.outstanding else "request"
            if row.verdict == "request":
                exchange = judge.Exchange(packet.source, packet.destination, packet.handle, 0, packet, packet,
                                          service=packet.service)
                latest[connection, packet.handle] = exchange
                refusal = first.setdefault(connection, exchange)
                if isinstance(refusal, judge.Datagram):
                    exchange.close(judge.REFUSED, refusal)
                    first[connection] = exchange
        elif exchange:
            see(row, exchange, packet)
        elif packet.type in ("REP", "PREP"):
            row.verdict = "no request"
        elif packet.type == "NAK":
            row.mark("nak.unexpected")
            if early:
                first[connection] = packet
        row.exchange = exchange
        if exchange and exchange.service:
            row.fields["service"] = exchange.service
        yield row


def see(row, exchange, packet):
    if packet.type == "NAK":
        if exchange.outstanding:
            exchange.close(judge.REFUSED, packet)
        else:
            row.mark("nak.unexpected")
    elif packet.type == "ACK":
        acks = exchange.requester_acks if packet.source == exchange.requester else exchange.responder_acks
        if packet.source == exchange.requester and exchange.outstanding:
            exchange.close(judge.COMPLETED, packet)
            if not exchange.answer:
                row.mark("ack.no_reply")
        elif acks:
            row.mark("ack.duplicate")
        acks.append(packet)
    elif not exchange.outstanding:
        row.verdict = "stale"
        row.mark("rep.unmatched", "rep.stale")
    elif packet.type == "REP" and exchange.answer:
        row.verdict = "retransmission"
    else:
        row.verdict = "answer"
        if packet.type == "REP":
            exchange.answer = packet
            row.fields["time"] = judge.elapsed(exchange.first_req, packet)
