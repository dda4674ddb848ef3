#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An independent judge: the verdict on every Amanda datagram of a capture.

The dissector needs something to be tested against that can be checked by reading. So this program shares no code
with it: it reads the capture file itself and applies the rules as they are written, each quoted next to its code.
It favours the obvious over the fast.

One line per Amanda datagram, tab separated: frame, type, handle, SEQ, verdict ("-" where there is none, also for what
a malformed or cut header does not tell), then, where there are any, the generated fields as they are known at the end
of the capture: name=value, or the bare name of a Boolean or of an expert item, sorted, without the prefix "amanda.".
"""

import argparse
import re
import struct
from dataclasses import dataclass, field
from ipaddress import ip_address

# ---------------------------------------------------------------------------------------------------------------------
# Capture files: (frame number, time in nanoseconds, link type, captured bytes)


def frames(path):
    """All frames of a pcap or pcapng file; a last record that the file does not hold whole is left out."""
    with open(path, "rb") as file:
        data = file.read()
    read_file = pcapng_frames if data[:4] == b"\x0a\x0d\x0d\x0a" else pcap_frames
    for number, (time, link, packet) in enumerate(read_file(data), 1):
        yield number, time, link, packet


def pcap_frames(data):
    for order in "<>":
        magic, = struct.unpack_from(order + "I", data)
        if magic in (0xA1B2C3D4, 0xA1B23C4D):
            break
    else:
        raise ValueError("neither pcap nor pcapng")
    unit = 1000 if magic == 0xA1B2C3D4 else 1
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    offset = 24
    while offset + 16 <= len(data):
        seconds, fraction, captured, _ = struct.unpack_from(order + "4I", data, offset)
        offset += 16
        if offset + captured > len(data):
            break
        yield seconds * 10**9 + fraction * unit, link, data[offset:offset + captured]
        offset += captured


def pcapng_frames(data):
    order, interfaces, offset = "<", [], 0
    while offset + 12 <= len(data):
        kind, = struct.unpack_from(order + "I", data, offset)
        if kind == 0x0A0D0D0A:  # section header: byte order, and a new list of interfaces
            order = "<" if data[offset + 8:offset + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        length, = struct.unpack_from(order + "I", data, offset + 4)
        if length < 12 or offset + length > len(data):
            break
        body = data[offset + 8:offset + length - 4]
        if kind == 1:
            interfaces.append(pcapng_interface(body, order))
        elif kind == 6:  # enhanced packet
            index, high, low, captured, _ = struct.unpack_from(order + "5I", body)
            link, _, ticks_per_second = interfaces[index]
            yield (high << 32 | low) * 10**9 // ticks_per_second, link, body[20:20 + captured]
        elif kind == 3:  # simple packet: no time
            link, snapshot_length, _ = interfaces[0]
            captured = min(struct.unpack_from(order + "I", body)[0], snapshot_length or 2**32)
            yield 0, link, body[4:4 + captured]
        offset += length


def pcapng_interface(body, order):
    """Link type, snapshot length, ticks per second."""
    link, _, snapshot_length = struct.unpack_from(order + "HHI", body)
    ticks_per_second, offset = 10**6, 8
    while offset + 4 <= len(body):
        code, length = struct.unpack_from(order + "HH", body, offset)
        if code == 0:
            break
        if code == 9:  # if_tsresol
            exponent = body[offset + 4]
            ticks_per_second = 2**(exponent & 0x7F) if exponent & 0x80 else 10**exponent
        offset += 4 + (length + 3) // 4 * 4
    return link, snapshot_length, ticks_per_second


# ---------------------------------------------------------------------------------------------------------------------
# Link layer, IP, UDP

NULL, ETHERNET, RAW_BSD, RAW_OPENBSD, RAW, LOOP, SLL, IPV4, IPV6, SLL2 = 0, 1, 12, 14, 101, 108, 113, 228, 229, 276
VLAN_TAGS = 0x8100, 0x88A8, 0x9100
UDP, IPV6_FRAGMENT, IPV6_OPTIONS = 17, 44, (0, 43, 60)  # hop-by-hop options, routing, destination options


def ip_packet(link, data):
    """What the link layer carries, if it is IP, else nothing."""
    if link in (RAW, RAW_BSD, RAW_OPENBSD, IPV4, IPV6):
        return data
    if link in (NULL, LOOP):
        return data[4:]
    at, header = {ETHERNET: (12, 14), SLL: (14, 16), SLL2: (0, 20)}.get(link, (0, len(data)))
    ethertype, data = data[at:at + 2], data[header:]
    while int.from_bytes(ethertype, "big") in VLAN_TAGS:
        ethertype, data = data[2:4], data[4:]
    return data if ethertype in (b"\x08\x00", b"\x86\xdd") else b""


@dataclass
class Packet:
    """An IP packet, or one fragment of it (ident is None where it is not fragmented)."""
    source: str
    destination: str
    protocol: int
    payload: bytes  # as captured
    length: int  # as sent
    ident: int = None
    offset: int = 0
    more: bool = False
    identification: int = 0  # of IPv4, not fragmented; 0 where it is not known


def parse_ip(data):
    if len(data) >= 20 and data[0] >> 4 == 4:
        return parse_ipv4(data)
    if len(data) >= 40 and data[0] >> 4 == 6:
        return parse_ipv6(data)
    return None


def parse_ipv4(data):
    header, (total, ident, flags) = (data[0] & 15) * 4, struct.unpack_from(">HHH", data, 2)
    packet = Packet(str(ip_address(data[12:16])), str(ip_address(data[16:20])), data[9],
                    data[header:total], total - header)
    if flags & 0x3FFF:
        packet.ident, packet.offset, packet.more = ident, (flags & 0x1FFF) * 8, bool(flags & 0x2000)
    else:
        packet.identification = ident
    return packet


def parse_ipv6(data):
    length, protocol = struct.unpack_from(">HB", data, 4)
    packet = Packet(str(ip_address(data[8:24])), str(ip_address(data[24:40])), protocol, data[40:40 + length], length)
    skip_ipv6_options(packet)
    if packet.protocol == IPV6_FRAGMENT and len(packet.payload) >= 8:
        packet.protocol, _, offset, packet.ident = struct.unpack_from(">BBHI", packet.payload)
        packet.offset, packet.more = offset & 0xFFF8, bool(offset & 1)
        packet.payload, packet.length = packet.payload[8:], packet.length - 8
        if packet.offset == 0 and not packet.more:
            packet.ident = None
            skip_ipv6_options(packet)
    return packet


def skip_ipv6_options(packet):
    while packet.protocol in IPV6_OPTIONS and len(packet.payload) >= 8:
        size = (packet.payload[1] + 1) * 8
        packet.protocol, packet.payload, packet.length = packet.payload[0], packet.payload[size:], packet.length - size


class Reassembly:
    """IP fragments; the datagram counts at the frame that completes it."""

    def __init__(self):
        self.parts = {}

    def add(self, fragment):
        """The whole packet, once its last missing fragment is there. A cut fragment is none."""
        if len(fragment.payload) < fragment.length:
            return None
        key = fragment.source, fragment.destination, fragment.protocol, fragment.ident
        parts = self.parts.setdefault(key, {})
        parts.setdefault(fragment.offset, fragment)
        payload = b""
        for offset, part in sorted(parts.items()):
            if offset != len(payload):
                return None
            payload += part.payload
        if part.more:
            return None
        del self.parts[key]
        whole = Packet(fragment.source, fragment.destination, parts[0].protocol, payload, len(payload))
        skip_ipv6_options(whole)
        return whole


def udp_datagrams(path):
    """(frame, time, source, destination, captured payload, length as sent, IPv4 identification or 0); never what an ICMP
    error quotes."""
    reassembly = Reassembly()
    for number, time, link, data in frames(path):
        packet = parse_ip(ip_packet(link, data))
        if packet and packet.ident is not None:
            packet = reassembly.add(packet)
        if not packet or packet.protocol != UDP or len(packet.payload) < 8:
            continue
        source_port, destination_port, length = struct.unpack_from(">HHH", packet.payload)
        payload = packet.payload[8:length]
        yield (number, time, (packet.source, source_port), (packet.destination, destination_port),
               payload, length - 8, packet.identification)


# ---------------------------------------------------------------------------------------------------------------------
# The header line, read as tolerantly as Amanda's own parsers do it

TYPES = "REQ", "REP", "PREP", "ACK", "NAK"

# 2.4 accepts any white space between the tokens, and blanks around the dot of the version. From 2.5 on SEQ is text up
# to the LF that goes through atoi: what is no number is 0.
HEADER = re.compile(rb"""
    Amanda \s+ (?P<version> \d+\s*\.\s*\d+ | \S*\.\S* ) (?!\S)
    (?: \s+ (?P<type> \S+ )
        (?: \s+ HANDLE \s+ (?P<handle> \S+ ) \s+ SEQ (?: \s+ (?P<seq> [+-]?\d+ ) | [ ]+\S ) )? )?
    """, re.VERBOSE)
TICKET = re.compile(rb"\s*SECURITY[ \t]+TICKET(\s|$)")
SERVICE = re.compile(rb"\s*(?:SECURITY[^\n]*\n\s*)?SERVICE[ \t]+(\S+)[^\n]*(\n|$)")


@dataclass(eq=False)
class Datagram:
    """One Amanda datagram. Only one whose header is whole and well-formed has a handle and a SEQ."""
    frame: int
    time: int  # nanoseconds
    source: tuple  # address and port
    destination: tuple
    version: tuple = (0, 0)
    type: str = "-"
    handle: bytes = None
    seq: int = None
    payload: bytes = b""  # captured bytes
    length: int = 0  # as sent
    identification: int = 0
    ticket: bool = False  # SECURITY TICKET (krb4)
    service: str = None

    @property
    def has_verdict(self):
        """None for "a packet with an unknown type or an empty HANDLE (malformed); a header line that a cut packet does
        not hold whole"."""
        return self.type in TYPES and self.handle is not None


def atoi(digits):
    """As a C int: junk is 0, large numbers wrap at 32 bits."""
    value = int(re.match(rb"[+-]?\d+|", digits.strip())[0] or 0) & 0xFFFFFFFF
    return value - 2**32 if value >= 2**31 else value


def show(text):
    return text.decode("utf-8", "replace")


def parse(frame, time, source, destination, payload, length, identification):
    """The Amanda datagram in a UDP payload, or None."""
    text, nul, _ = payload.partition(b"\0")  # a NUL byte ends the text
    text_is_whole = nul or len(payload) >= length
    header = HEADER.match(text)
    if not header:
        return None
    datagram = Datagram(frame, time, source, destination, payload=payload, length=length, identification=identification)
    rest_of_line, lf, body = text[header.end():].partition(b"\n")
    if not lf and not text_is_whole:
        return datagram
    major, minor = header["version"].split(b".", 1)
    datagram.version = atoi(major), atoi(minor)
    datagram.type = show(header["type"] or b"-")
    datagram.handle = header["handle"]
    if datagram.handle is not None:
        datagram.seq = atoi(header["seq"] or b"")
    if datagram.type == "REQ":
        ticket, service = TICKET.match(body), SERVICE.match(body)
        datagram.ticket = bool(ticket and (ticket[1] or text_is_whole))
        if service and (service[2] or text_is_whole):  # "from a whole line only"
            datagram.service = show(service[1])
    return datagram


def read(path, ports=None):
    """The Amanda datagrams of a capture: whatever begins like one, or only what comes from or goes to these ports."""
    for frame, time, source, destination, *rest in udp_datagrams(path):
        if not ports or source[1] in ports or destination[1] in ports:
            datagram = parse(frame, time, source, destination, *rest)
            if datagram:
                yield datagram


# ---------------------------------------------------------------------------------------------------------------------
# The rules

OUTSTANDING = "outstanding"
COMPLETED, REFUSED, SUPERSEDED, TIMED_OUT = "completed", "refused", "superseded", "timed_out"


@dataclass(eq=False)
class Exchange:
    """The packets that share "one key (requester address and port, responder address and port, HANDLE text compared
    byte for byte, SEQ as a signed 32-bit number)"."""
    requester: tuple
    responder: tuple
    handle: bytes
    seq: int
    first_req: Datagram
    last_req: Datagram
    state: str = OUTSTANDING
    closed_in: Datagram = None
    answer: Datagram = None  # the REP with the verdict answer
    nak: Datagram = None  # the first one that came while it was outstanding
    responder_heard: bool = False  # an ACK or PREP of the responder since its latest REQ
    mistaken_reply: Datagram = None  # the latest reply that the requester took for the answer to this request
    requester_acks: list = field(default_factory=list)
    responder_acks: list = field(default_factory=list)
    service: str = None

    @property
    def outstanding(self):
        return self.state == OUTSTANDING

    @property
    def takes_any_seq(self):
        """A reply with another SEQ: "below 2.5, and 2.5/2.6 with SECURITY TICKET (krb4) in the first REQ, it takes it
        for the answer; others drop it"."""
        version = self.first_req.version
        return version < (2, 5) or version in ((2, 5), (2, 6)) and self.first_req.ticket

    def close(self, state, datagram):
        self.state, self.closed_in = state, datagram


@dataclass(eq=False)
class Row:
    """What is said about one datagram."""
    datagram: Datagram
    verdict: str = "-"
    exchange: Exchange = None
    fields: dict = field(default_factory=dict)  # name: value, or True for a bare name

    def mark(self, *names):
        self.fields.update((name, True) for name in names)

    def link(self, name, datagram):
        if datagram:
            self.fields[name] = datagram.frame

    def __str__(self):
        datagram = self.datagram
        known = datagram.handle is not None
        columns = [str(datagram.frame), datagram.type, show(datagram.handle) if known else "-",
                   str(datagram.seq) if known else "-", self.verdict]
        if self.fields:
            columns.append(" ".join(name if value is True else f"{name}={value}"
                                    for name, value in sorted(self.fields.items())))
        return "\t".join(columns)


class Judge:
    def __init__(self, timeout=0):
        self.timeout = int(timeout * 10**9)
        self.exchanges = {}  # by key, in the order of their first transmissions
        self.rows = []  # of all datagrams that a rule may ask for, but for copies
        self.sent = {}  # the same rows, by what was sent

    def see(self, datagram):
        row = Row(datagram)
        if datagram.has_verdict:
            original = self.original_of(datagram)
            if original:
                self.copy(row, original)
                return row
            self.rows.append(row)
            self.sent.setdefault(what_is_sent(datagram), []).append(row)
            self.time_out(datagram.time)
            rule = {"REQ": self.request, "REP": self.reply, "PREP": self.reply, "NAK": self.nak, "ACK": self.ack}
            rule[datagram.type](row, datagram)
        return row

    def time_out(self, now):
        """Rule of amanda.timeout: "once more than that lies between its last REQ and the frame at hand, it is timed
        out". It stays so until its own REQ opens it again."""
        for exchange in self.exchanges.values():
            if self.timeout and exchange.outstanding and now - exchange.last_req.time > self.timeout:
                exchange.close(TIMED_OUT, None)

    def exchange_from(self, requester, responder, datagram):
        return self.exchanges.get((requester, responder, datagram.handle, datagram.seq))

    def outstanding_in_group(self, requester, responder, handle, seq):
        """The group is "the exchanges of one requester, one responder and one HANDLE, whatever their SEQ. At most one
        is outstanding"."""
        for other in self.exchanges.values():
            if (other.outstanding and other.seq != seq
                    and (other.requester, other.responder, other.handle) == (requester, responder, handle)):
                return other
        return None

    def outstanding_elsewhere(self, requester, responder, handle):
        """Of the same requester and HANDLE, but to another responder; the last first transmission comes last."""
        return [other for other in self.exchanges.values()
                if other.outstanding and (other.requester, other.handle) == (requester, handle)
                and other.responder != responder]

    # -- Copies

    def original_of(self, datagram):
        """The row of what it is a copy of: "the same source and destination and the same UDP payload: all captured bytes,
        and the length on the wire", "the earlier one is no copy itself", "at most 2 seconds lie between their time stamps,
        in either order"."""
        same = self.sent.get(what_is_sent(datagram), ())
        # "Their IPv4 identifications are known, and the same (of several such, the latest is the one)."
        for row in reversed(same):
            if datagram.identification and row.datagram.identification == datagram.identification and near(row, datagram):
                return row
        # "Or one of the two is not known; then the earlier one is the latest of rule 1 that is no copy, and since its frame
        # nothing has been seen that makes the sender send it again, no copy itself"
        if not same or (datagram.identification and same[-1].datagram.identification) or not near(same[-1], datagram):
            return None
        since = self.rows[self.rows.index(same[-1]) + 1:]
        return None if any(self.is_reason(row, datagram) for row in since) else same[-1]

    def is_reason(self, row, datagram):
        """For a REQ: "a NAK with its key". For the requester's ACK: "a REP with its key (but the one that is captured out of
        order)". For the responder's ACK, REP, PREP and NAK: "a REQ to that responder's address and port, from anyone"."""
        seen = row.datagram
        answers_it = ((seen.source, seen.destination, seen.handle, seen.seq)
                      == (datagram.destination, datagram.source, datagram.handle, datagram.seq))
        if datagram.type == "REQ":
            return seen.type == "NAK" and answers_it
        if datagram.type == "ACK" and self.exchange_from(datagram.source, datagram.destination, datagram):
            return seen.type == "REP" and answers_it and "rep.out_of_order" not in row.fields
        return seen.type == "REQ" and seen.destination == datagram.source

    def copy(self, row, original):
        """It has "copy_of", one chat, and "of the fields about its exchange those that say where it belongs, exactly as its
        original has them"."""
        row.mark("copied")
        row.link("copy_of", original.datagram)
        row.exchange = original.exchange
        if row.datagram.type in ("REQ", "REP", "PREP"):
            row.verdict = "copy"
        if "response_to" in original.fields:
            row.fields["response_to"] = original.fields["response_to"]

    # -- Requests

    def request(self, row, req):
        exchange = self.exchange_from(req.source, req.destination, req)
        if not exchange:
            # "no exchange with this key: request, opens the exchange"
            row.verdict = "request"
            exchange = Exchange(req.source, req.destination, req.handle, req.seq, req, req)
            self.supersede_others(exchange, req)
            self.exchanges[req.source, req.destination, req.handle, req.seq] = exchange
        elif exchange.state in (COMPLETED, SUPERSEDED):
            # "completed or superseded: late copy (note) [...] It opens nothing and ends nothing"
            row.verdict = "late copy"
            row.mark("req.late_copy")
        else:
            # "outstanding: retransmission (note), linked to its first transmission"
            # "refused (or timed out): retransmission, the exchange is outstanding again"
            row.verdict = "retransmission"
            row.mark("retransmission", "req.retransmission")
            row.link("retransmission_of", exchange.first_req)
            if not exchange.outstanding:
                self.supersede_others(exchange, req)
                exchange.state, exchange.closed_in = OUTSTANDING, None
            # "a REQ sent again makes the requester wait for its ACK anew"
            exchange.responder_heard = False
            exchange.last_req = req
        row.exchange = exchange
        exchange.service = exchange.service or req.service  # "from its first REQ with a whole line"

    def supersede_others(self, exchange, req):
        """What ends the other: "a REQ of the same group with another SEQ that is not a late copy (a refused exchange's
        REQ sent again counts): superseded"."""
        other = self.outstanding_in_group(exchange.requester, exchange.responder, exchange.handle, exchange.seq)
        if other:
            other.close(SUPERSEDED, req)

    # -- Replies

    def reply(self, row, reply):
        row.exchange = exchange = self.exchange_from(reply.destination, reply.source, reply)
        if exchange:
            # "response_to: REP, PREP, NAK and ACK: the first transmission of the REQ of its exchange, where seen"
            row.link("response_to", exchange.first_req)
        if exchange and self.is_out_of_order(exchange, reply):
            # "answer, captured after its ACK [...] It is the exchange's answering REP; a further one is stale" (note)
            row.verdict = "answer"
            row.mark("rep.out_of_order")
            row.fields["time"] = elapsed(exchange.first_req, reply)
            exchange.answer = reply
        elif not exchange or not exchange.outstanding:
            self.unmatched_reply(row, reply)
        elif reply.type == "PREP" or not exchange.answer:
            # "the exchange with its key is outstanding; first REP, or any PREP: answer"
            row.verdict = "answer"
            row.fields["time"] = elapsed(exchange.first_req, reply)
            if reply.type == "PREP":
                exchange.responder_heard = True
            else:
                exchange.answer = reply
        else:
            # "the same, but a REP with the verdict answer was already seen in this exchange (also before a refusal or
            # time-out): retransmission of the reply, linked to the first"
            row.verdict = "retransmission"
            row.mark("retransmission", "rep.retransmission")
            row.link("retransmission_of", exchange.answer)

    def is_out_of_order(self, exchange, reply):
        """"completed by an ACK that nothing explained, the time stamps differ by at most 2 s, in either order; no REP with
        its key has been seen before, whatever its verdict, copies aside; this is no PREP; and since that ACK no REQ, from
        anyone, late copies included, copies not, has been seen to this responder's address and port"."""
        if reply.type == "PREP" or exchange.state != COMPLETED:
            return False
        ack, seen = exchange.closed_in, [row for row in self.rows if row.datagram is not reply]
        row_of_ack = next(row for row in seen if row.datagram is ack)
        since = seen[seen.index(row_of_ack) + 1:]
        return ("ack.no_reply" in row_of_ack.fields and near(row_of_ack, reply)
                and not any(row.datagram.type == "REP" and key_of(row.datagram) == key_of(reply) for row in seen)
                and not any(row.datagram.type == "REQ" and row.datagram.destination == reply.source for row in since))

    def unmatched_reply(self, row, reply):
        exchange, requester, responder = row.exchange, reply.destination, reply.source
        mistaken_for = self.outstanding_in_group(requester, responder, reply.handle, reply.seq)
        elsewhere = self.outstanding_elsewhere(requester, responder, reply.handle)
        row.mark("rep.unmatched")
        if mistaken_for:
            # "[...] not outstanding or was never seen, and another exchange of its group is outstanding: SEQ mismatch"
            row.verdict = "SEQ mismatch"
            row.mark("rep.seq_mismatch")
        else:
            # "seen but no longer outstanding, nothing else of its group is: stale"; "never seen [...]: no request"
            row.verdict = "stale" if exchange else "no request"
            row.mark("rep.stale" if exchange else "rep.no_request")
            # "mistaken_for: an outstanding REQ of the same requester and HANDLE, with another SEQ, to another
            # responder, if its version is below 2.5; of several, the one whose first transmission came last"
            candidates = [other for other in elsewhere
                          if other.seq != reply.seq and other.first_req.version < (2, 5)]
            mistaken_for = candidates[-1] if candidates else None
        if row.verdict == "no request":
            # "asked_of, on a no-request reply: the REQ of the same requester, HANDLE and SEQ that is outstanding with
            # another responder; of several, the one whose first transmission came last"
            asked_of = [other for other in elsewhere if other.seq == reply.seq]
            row.link("rep.asked_of", asked_of[-1].first_req if asked_of else None)
        if exchange:
            # "the frame that ended that exchange, and how [...], as of this frame" (a time-out has no frame)
            row.link("rep.closed_in", exchange.closed_in)
            row.fields["rep.closed_by"] = exchange.state
        if mistaken_for:
            row.link("rep.mistaken_for", mistaken_for.first_req)
            # "a REP (not a PREP) was seen whose mistaken_for names its REQ, and this requester is one that takes such a
            # reply"
            if reply.type == "REP" and mistaken_for.takes_any_seq:
                mistaken_for.mistaken_reply = reply

    # -- NAK and ACK

    def nak(self, row, nak):
        row.exchange = exchange = self.exchange_from(nak.destination, nak.source, nak)
        if exchange:
            row.link("response_to", exchange.first_req)
        if not exchange or not exchange.outstanding:
            # "A NAK with no outstanding exchange: note"
            row.mark("nak.unexpected")
            return
        exchange.nak = exchange.nak or nak
        if exchange.first_req.version < (2, 6) and exchange.responder_heard:
            # "where the version is below 2.6 and an ACK or PREP of the responder was seen since the latest REQ with its
            # key, the NAK is reported but the exchange stays outstanding"
            row.mark("nak.ignored")
        else:
            # "a NAK sent by the responder with its key: refused"
            exchange.close(REFUSED, nak)
            row.fields["time"] = elapsed(exchange.first_req, nak)

    def ack(self, row, ack):
        # "An ACK is the requester's when its source is the requester of an exchange with its key, else the
        # responder's."
        by_requester = self.exchange_from(ack.source, ack.destination, ack)
        row.exchange = exchange = by_requester or self.exchange_from(ack.destination, ack.source, ack)
        if not exchange:
            # "An ACK for no known exchange: note"
            row.mark("ack.unknown")
            return
        row.link("response_to", exchange.first_req)
        acks = exchange.requester_acks if by_requester else exchange.responder_acks
        if by_requester and exchange.outstanding:
            # "an ACK sent by the requester with its key: completed", "never a duplicate"
            exchange.close(COMPLETED, ack)
            if not exchange.answer:
                self.ack_without_answer(row, exchange)
        elif acks:
            # "Further ones from the same side are duplicates (note)"
            row.mark("ack.duplicate")
        # else: "The responder's first ACK acknowledges the REQ", "The requester's first ACK of an exchange that has
        # already ended is no duplicate, and changes nothing."
        if not by_requester:
            exchange.responder_heard = True
        acks.append(ack)

    def ack_without_answer(self, row, exchange):
        """An exchange is completed "in which no REP had the verdict answer". If there was a reply to be mistaken, "it
        has taken the latest of those for its answer: ack.stale_accepted, and ack.accepted: that reply. Otherwise: note
        (ack.no_reply: the reply is missing from the capture)"."""
        if exchange.mistaken_reply:
            row.mark("ack.stale_accepted")
            row.link("ack.accepted", exchange.mistaken_reply)
        else:
            row.mark("ack.no_reply")


def what_is_sent(datagram):
    return datagram.source, datagram.destination, datagram.payload, datagram.length


def key_of(reply):
    return reply.destination, reply.source, reply.handle, reply.seq


def near(row, datagram):
    return abs(row.datagram.time - datagram.time) <= 2 * 10**9


def elapsed(first, last):
    """Seconds with 9 decimals, kept in integers so that nothing is rounded."""
    nanoseconds = last.time - first.time
    sign = "-" if nanoseconds < 0 else ""
    return "%s%d.%09d" % (sign, *divmod(abs(nanoseconds), 10**9))


def add_later_links(row):
    """The fields that only later frames make known."""
    datagram, exchange = row.datagram, row.exchange
    if datagram.service or exchange and exchange.service:
        # "REQ; generated on the other packets of the same exchange"
        row.fields["service"] = datagram.service or exchange.service
    if datagram.type == "REQ" and row.verdict in ("request", "retransmission"):
        # "REQ (not a late copy): its first answering REP, else its first NAK that came while it was outstanding"
        row.link("response_in", exchange.answer or exchange.nak)
        # "REQ (every copy but a late one): the responder's first ACK of its exchange after this packet"
        row.link("ack_in", first_after(datagram, exchange.responder_acks))
    if datagram.type == "REP" and exchange and row.verdict != "copy":
        # "REP (unmatched ones too, where the exchange was seen): the requester's; not PREP (of one captured out of order:
        # the ACK before it)"
        row.link("ack_in", exchange.closed_in if "rep.out_of_order" in row.fields
                 else first_after(datagram, exchange.requester_acks))


def first_after(datagram, acks):
    return next((ack for ack in acks if ack.frame > datagram.frame), None)


def judge(datagrams, timeout=0):
    """One row per datagram."""
    court = Judge(timeout)
    rows = [court.see(datagram) for datagram in datagrams]
    for row in rows:
        add_later_links(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description="The verdict on every Amanda datagram of a capture.")
    parser.add_argument("capture", help="pcap or pcapng")
    parser.add_argument("--timeout", type=float, default=0, metavar="SECONDS", help="as the preference amanda.timeout")
    parser.add_argument("--port", type=int, action="append", help="only this UDP port (may be repeated)")
    arguments = parser.parse_args()
    for row in judge(read(arguments.capture, arguments.port), arguments.timeout):
        print(row)


if __name__ == "__main__":
    main()
