#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures that somebody made to break or to slow down whoever opens them; each in any size.

test_hostile.py and test_costs.py open them in sizes for every day.
  hostile.py BUILD_DIR [NAME...]          the instructions that tshark takes for each, and for one of four times its size
  hostile.py BUILD_DIR --full [NAME...]   the CPU seconds and the memory that it takes for those of hundreds of thousands of
                                          packets, and for a tenth of each
The first needs valgrind, and is the same on a busy machine.
"""

import os
import re
import resource
import struct
import sys
import tempfile
from pathlib import Path

import forkserver
import judge
import packets
import streams
import tshark

sys.path[:0] = [str(tshark.ROOT / "plugin/scripts")]
from cost import measure as measured_run  # noqa: E402 (it lies in that directory)

REQUESTER, RESPONDER = ("192.0.2.1", 842), ("192.0.2.2", 10080)
STEP = 1000  # microseconds
FEATURES = "ffffffff9efefbfffffffffffffff3fffbf71f"
NOOP = f"SECURITY USER amanda\nSERVICE noop\nOPTIONS features={FEATURES};\n"
SENDSIZE = f"SECURITY USER amanda\nSERVICE sendsize\nOPTIONS features={FEATURES};\n"
BACKUP = f"SECURITY USER amanda\nSERVICE sendbackup\nOPTIONS features={FEATURES};\n"
DATAGRAM_MAX = 65507
TCP_PORT_OF_FRAMES = 10080


def text(type, seq, body="", handle="000-00000000", version="3.5"):
    return f"Amanda {version} {type} HANDLE {handle} SEQ {seq}\n".encode() + (
        body if isinstance(body, bytes) else body.encode())


def asked(payload):
    return packets.udp(REQUESTER, RESPONDER, payload)


def told(payload):
    return packets.udp(RESPONDER, REQUESTER, payload)


# ---------------------------------------------------------------------------------------------------------------------
# Many packets


def open_requests(count):
    """Requests with handles of their own, none of which is answered."""
    for number in range(count):
        yield asked(text("REQ", number, NOOP, handle=f"000-{number:08x}"))


def replies_alone(count):
    """Replies that nobody asked for."""
    for number in range(count):
        yield told(text("REP", number, f"OPTIONS features={FEATURES};\n", handle=f"000-{number:08x}"))


def one_handle(count):
    """One handle for all requests, half of which are answered when others have followed."""
    for number in range(count):
        yield asked(text("REQ", number, NOOP))
        if number % 2 and number > 10:
            yield told(text("REP", number - 10, f"OPTIONS features={FEATURES};\n"))


def retransmissions(count):
    """One request, again and again, and then its answer as often."""
    for _ in range(count):
        yield asked(text("REQ", 1, NOOP))
    for _ in range(count):
        yield told(text("REP", 1, f"OPTIONS features={FEATURES};\n"))


def many_requesters(count):
    """Every request from another address, one handle and one SEQ; each answered by the address that was not asked."""
    for number in range(count):
        source = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 842
        yield packets.udp(source, RESPONDER, text("REQ", 1, NOOP))
        yield packets.udp(("192.0.2.3", 10080), source, text("REP", 1, f"OPTIONS features={FEATURES};\n"))


def wrapping_seq(count):
    """SEQs that go over the end of 31 and of 32 bits, with replies that are late by one request."""
    for number in range(count):
        seq = (2**31 - count // 2 + number) % 2**32
        seq -= 2**32 if seq >= 2**31 else 0
        yield asked(text("REQ", seq, NOOP))
        yield told(text("REP", seq - 1, f"OPTIONS features={FEATURES};\n"))


def announced_ports(count):
    """Unmatched replies that announce other ports each, and connections to them."""
    for number in range(count):
        port = 1024 + number * 4 % 60000
        yield told(text("REP", number, f"CONNECT DATA {port} MESG {port + 1} INDEX {port + 2}\n"))
        yield packets.tcp((REQUESTER[0], 50000), (RESPONDER[0], port), packets.SYN, 1000, 0)


def responders_of_one_handle(count):
    """One handle and one SEQ to as many responders, each of which answers."""
    for number in range(count):
        responder = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 10080
        yield packets.udp(REQUESTER, responder, text("REQ", 1, NOOP))
        yield packets.udp(responder, REQUESTER, text("REP", 1, f"OPTIONS features={FEATURES};\n"))


def preps(count):
    """A request, and provisional replies without end."""
    yield asked(text("REQ", 1, NOOP))
    for _ in range(count):
        yield told(text("PREP", 1, f"OPTIONS features={FEATURES};\n"))


def unknown_acks(count):
    """Acknowledgements of what nobody said."""
    for number in range(count):
        yield asked(text("ACK", number, handle=f"000-{number:08x}"))


def dump_of(number):
    """Requester, responder, request and reply of a dump that has both to itself; DATA is at port 50000."""
    requester, responder = ((f"10.{net}.{number >> 8 & 255}.{number & 255}", port)
                            for net, port in ((number >> 16 & 127, 842), (128 + (number >> 16 & 127), 10080)))
    yield requester, responder
    yield packets.udp(requester, responder, text("REQ", 1, BACKUP + "GNUTAR /home  0 1970:1:1:0:0:0 OPTIONS |;bsd-auth;\n"))
    yield packets.udp(responder, requester, text("REP", 1, "CONNECT DATA 50000 MESG 50001 INDEX 50002\n"))


def ports_never_opened(count):
    """Replies to requests that announce ports, to which nobody connects."""
    for number in range(count):
        _, *exchange = dump_of(number)
        yield from exchange


def half_open(count):
    """The same with a SYN to one of the ports, which nobody answers."""
    for number in range(count):
        (requester, responder), *exchange = dump_of(number)
        yield from exchange
        yield packets.tcp((requester[0], 40000), (responder[0], 50000), packets.SYN, 1000, 0)


def copies(count):
    """Exchanges of which the capture has each packet twice; every second one loses its reply."""
    for number in range(count):
        dialogue = [asked(text("REQ", number, NOOP)), told(text("ACK", number)),
                    told(text("REP", number, f"OPTIONS features={FEATURES};\n"))]
        for at, packet in enumerate(dialogue[:2 + number % 2]):
            copy = packets.identified(packets.ethernet(packet), number * 3 + at)[14:]
            yield copy
            yield copy


def one_port(count):
    """Requests of one requester, whose replies all announce the same ports, and a connection to one of them each time."""
    for number in range(count):
        yield asked(text("REQ", number, BACKUP + "GNUTAR /home  0 1970:1:1:0:0:0 OPTIONS |;bsd-auth;\n"))
        yield told(text("REP", number, "CONNECT DATA 50000 MESG 50001 INDEX 50002\n"))
        yield asked(text("ACK", number))
        yield packets.tcp((REQUESTER[0], 1024 + number % 60000), (RESPONDER[0], 50000), packets.SYN, 1000, 0)
        yield packets.tcp((RESPONDER[0], 50000), (REQUESTER[0], 1024 + number % 60000), packets.RST | packets.ACK, 0, 1001)


def one_connection(count):
    """The same connection of one MESG stream again and again, each behind a reply that announces its port."""
    for number in range(count):
        yield asked(text("REQ", number, BACKUP + "GNUTAR /home  0 1970:1:1:0:0:0 OPTIONS |;bsd-auth;\n"))
        yield told(text("REP", number, "CONNECT DATA 50000 MESG 50001\n"))
        way = Way(50001)
        way.next = {False: 1000 + number * 100000, True: 5000 + number * 100000}
        yield from way.opened()
        yield way.packet(True, b"sendbackup: start [client:/home level 0]\nsendbackup: end\n")
        yield way.packet(False, flags=0)
        yield way.packet(True, flags=packets.FIN)


def icmp_errors(count):
    """Requests each of which comes back as an ICMP error, from a host of its own."""
    for number in range(count):
        packet = asked(text("REQ", number, NOOP, handle=f"000-{number:08x}"))
        yield packet
        yield packets.icmp_error(packet, 3, number % 16, f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")


def both_ways(count):
    """A DATA stream on which the requester speaks first, and then the responder."""
    yield asked(text("REQ", 1, BACKUP + "GNUTAR /home  0 1970:1:1:0:0:0 OPTIONS |;bsd-auth;\n"))
    yield told(text("REP", 1, "CONNECT DATA 50002 MESG 50003\n"))
    way = Way(50002)
    yield from way.opened()
    for from_responder in False, True:
        for _ in range(count):
            yield way.packet(from_responder, b"some bytes")
            yield way.packet(not from_responder, flags=0)


ACKED_EVERY = 16  # segments; Wireshark's TCP goes through all that is not acknowledged


def connection(payloads, port=TCP_PORT_OF_FRAMES):
    source, destination, seq = (REQUESTER[0], 900), (RESPONDER[0], port), 1001
    yield packets.tcp(source, destination, packets.SYN, 1000, 0)
    yield packets.tcp(destination, source, packets.SYN | packets.ACK, 5000, 1001)
    yield packets.tcp(source, destination, packets.ACK, 1001, 5001)
    for number, payload in enumerate(payloads, 1):
        yield packets.tcp(source, destination, packets.PSH | packets.ACK, seq % 2**32, 5001, payload)
        seq += len(payload)
        if number % ACKED_EVERY == 0:
            yield packets.tcp(destination, source, packets.ACK, 5001, seq % 2**32)


class Way:
    """A TCP connection from requester to responder, in both directions."""

    def __init__(self, port):
        self.ends = {False: (REQUESTER[0], 901), True: (RESPONDER[0], port)}  # whether the responder sends
        self.next = {False: 1000, True: 5000}

    def packet(self, from_responder, payload=b"", flags=packets.PSH | packets.ACK, seq=None, ack=True):
        flags, other = flags | packets.ACK if ack else flags, not from_responder
        seq = self.next[from_responder] if seq is None else seq
        packet = packets.tcp(self.ends[from_responder], self.ends[other], flags, seq % 2**32,
                             self.next[other] % 2**32 if ack else 0, payload)
        self.next[from_responder] = max(self.next[from_responder], seq + len(payload) + (flags & packets.SYN > 0))
        return packet

    def opened(self):
        yield self.packet(False, flags=packets.SYN, ack=False)
        yield self.packet(True, flags=packets.SYN)
        yield self.packet(False, flags=0)


def frame(handle, body=b""):
    return struct.pack(">II", len(body), handle) + body


def one_handle_in_frames(count):
    """The same handle again and again in one connection."""
    way = Way(TCP_PORT_OF_FRAMES)
    yield from way.opened()
    for _ in range(count):
        yield way.packet(False, frame(1, b"\0" + NOOP.encode()))
        yield way.packet(True, frame(1, f"\1OPTIONS features={FEATURES};\n\0".encode()))
        yield way.packet(False, frame(1, b"\3"))


def streams_and_losses(count):
    """A connection with as many dumps of three streams each, and then as many segments that are missing from the capture,
    each in front of a line of one of the streams."""
    way = Way(TCP_PORT_OF_FRAMES)
    yield from way.opened()
    for number in range(count):
        yield way.packet(False, frame(number + 1, b"\0" + BACKUP.encode()))
        connect = " ".join(f"{name} {500000 + number * 3 + at}" for at, name in enumerate(("DATA", "MESG", "INDEX")))
        yield way.packet(True, frame(number + 1, f"\1CONNECT {connect}\n\0".encode()) + frame(number + 1))
    yield from behind_gaps(way, (frame(500000 + number * 3 + 1, b"| a line\n") for number in range(count)))


def behind_gaps(way, segments):
    """The responder sends these, in front of each of which one is missing from the capture, and ends the connection."""
    for segment in segments:
        way.next[True] += 100
        yield way.packet(True, segment)
        yield way.packet(False, flags=0)
    yield way.packet(True, flags=packets.FIN)


def asked_in_frames(way, count, acknowledged=False):
    """A connection with as many requests in frames."""
    yield from way.opened()
    for number in range(count):
        yield way.packet(False, frame(number + 1, b"\0" + NOOP.encode()))
        if acknowledged:
            yield way.packet(True, flags=0)


def estimates_one_by_one(count):
    """A request for as many disks, and a provisional reply for the estimate of each."""
    way = Way(TCP_PORT_OF_FRAMES)
    yield from way.opened()
    disks = "".join(f"GNUTAR /{number} 0 1970:1:1:0:0:0 1\n" for number in range(count))
    whole = frame(1, b"\0" + (SENDSIZE + disks).encode())
    for at in range(0, len(whole), SEGMENT):
        yield way.packet(False, whole[at:at + SEGMENT])
        yield way.packet(True, flags=0)
    for number in range(count):
        yield way.packet(True, frame(1, f"\2OPTIONS ;\n/{number} 0 SIZE 12\n".encode()))
        yield way.packet(False, flags=0)


def requests_in_frames(count):
    """A connection with as many requests, none of which is answered."""
    yield from asked_in_frames(Way(TCP_PORT_OF_FRAMES), count, acknowledged=True)


def requests_and_losses(count):
    """The same, and then as many segments of the responder, in front of each of which one is missing from the capture."""
    way = Way(TCP_PORT_OF_FRAMES)
    yield from asked_in_frames(way, count)
    yield from behind_gaps(way, (frame(number + 1, b"\3\0") for number in range(count)))


def requests_and_a_late_reply(count):
    """The requester has ended its side, and has acknowledged what is missing from the capture; the responder goes on."""
    way = Way(TCP_PORT_OF_FRAMES)
    yield from asked_in_frames(way, count)
    way.next[True] += 100000000
    yield way.packet(False, flags=packets.FIN)
    for _ in range(count):
        yield way.packet(True, flags=0, seq=5002)


def ends_of_streams(count):
    """A connection with as many dumps, of each of which the requester ends the streams, and the responder reacts."""
    way = Way(TCP_PORT_OF_FRAMES)
    yield from way.opened()
    for number in range(count):
        yield way.packet(False, frame(number + 1, b"\0" + BACKUP.encode()))
        connect = " ".join(f"{name} {500000 + number * 3 + at}" for at, name in enumerate(("DATA", "MESG", "INDEX")))
        yield way.packet(True, frame(number + 1, f"\1CONNECT {connect}\n\0".encode()) + frame(number + 1))
    for number in range(3 * count):
        yield way.packet(False, frame(500000 + number))
        yield way.packet(True, flags=0)


def leaps(count):
    """A connection of which the capture lacks a quarter of all sequence numbers, again and again, behind as many replies."""
    way = Way(TCP_PORT_OF_FRAMES)
    yield from way.opened()
    yield way.packet(False, frame(1, b"\0" + NOOP.encode()))
    for _ in range(count):
        yield way.packet(True, frame(1, b"\3"))
    for _ in range(count):
        way.next[True] += 1 << 30
        yield way.packet(False, flags=0)
        yield way.packet(True, b"x")


BLOCK = 1000  # segments that come in reverse order, before the receiver has the first
LINE = b"| lost in a shuffle, but whole\n"


def reversed_bytes(count):
    """A MESG stream in segments of one byte, the last of each block first."""
    yield asked(text("REQ", 1, BACKUP + "GNUTAR /home  0 1970:1:1:0:0:0 OPTIONS |;bsd-auth;\n"))
    yield told(text("REP", 1, "CONNECT DATA 50001 MESG 50002\n"))
    way = Way(50002)
    yield from way.opened()
    bytes_of_all = (LINE * (count // len(LINE) + 1))[:count]
    for start in range(0, count, BLOCK):
        first, block = way.next[True], bytes_of_all[start:start + BLOCK]
        for at in reversed(range(len(block))):
            yield way.packet(True, block[at:at + 1], seq=first + at)
        yield way.packet(False, flags=0)


SEGMENT = 60000
LONGEST_BODY = 4 << 20


def body_in_frames(type, begin, fill, size):
    """A packet of that many bytes in a frame. A reply comes behind a request."""
    way = Way(TCP_PORT_OF_FRAMES)
    yield from way.opened()
    from_responder = type == 1
    if from_responder:
        yield way.packet(False, frame(1, b"\0" + NOOP.encode()))
    whole = frame(1, filled(bytes([type]) + begin.encode(), fill, size))
    for at in range(0, len(whole), SEGMENT):
        yield way.packet(from_responder, whole[at:at + SEGMENT])
        yield way.packet(not from_responder, flags=0)


def options_in_a_frame(size):
    return body_in_frames(0, SENDSIZE + "OPTIONS ", b"word=value;", size)


def disks_in_a_frame(size):
    return body_in_frames(0, SENDSIZE, b"GNUTAR / 0 1970:1:1:0:0:0 1\n", size)


def xml_in_a_frame(size):
    return body_in_frames(0, SENDSIZE, b"<dle>\n<program>GNUTAR</program>\n<disk>/</disk>\n<level>0</level>\n</dle>\n", size)


def json_in_a_frame(size):
    return body_in_frames(1, "MESSAGE JSON\n[", b'{"code":"1","severity":"16","message":"x"},\n', size)




def frames_of_4_gib(count):
    """A request by TCP, and then frames that announce more than will ever come."""
    body = b"\x00" + NOOP.encode()
    yield from connection([struct.pack(">II", len(body), 1) + body]
                          + [struct.pack(">II", 0xFFFFFFFF - number % 3, number) + b"x" * 1000
                             for number in range(count)])


def unfinished_frame(count):
    """The longest frame that is still believed, in segments of one byte."""
    body = b"\x00" + NOOP.encode()
    yield from connection([struct.pack(">II", len(body), 1) + body, struct.pack(">II", 60000, 1)] + [b"A"] * count)


def unfinished_message(count):
    """The same as DNS."""
    yield from connection([struct.pack(">H", 60000)] + [b"A"] * count, port=53)


def tiny_frames(count):
    """Frames of no length and of unknown handles, as many as a segment holds."""
    body = b"\x00" + NOOP.encode()
    yield from connection([struct.pack(">II", len(body), 1) + body]
                          + [struct.pack(">II", 0, number) * 170 for number in range(count)])


def acks_in_a_segment(count):
    """A request, and then ACKs of other handles in one segment: each is a packet."""
    body = b"\x00" + NOOP.encode()
    yield from connection([struct.pack(">II", len(body), 1) + body,
                           b"".join(struct.pack(">II", 1, number + 2) + b"\x03" for number in range(count))])


def unfinished_line(count):
    """A line of a MESG stream that never ends."""
    yield asked(text("REQ", 1, BACKUP + "GNUTAR /home  0 1970:1:1:0:0:0 OPTIONS |;bsd-auth;\n"))
    yield told(text("REP", 1, "CONNECT DATA 50001 MESG 50002\n"))
    yield from connection([b"| " + b"x" * 998 for _ in range(count)], port=50002)


# ---------------------------------------------------------------------------------------------------------------------
# Long datagrams: what a body is filled with

FILLS = {
    "lines": b"a\n", "semicolons": b";", "elements": b"<dle>", "unclosed": b"<", "quotes": b'"', "nuls": b"\0",
    "not-utf8": b"\xff", "half-characters": b"\xe2\x80", "backslashes": b"\\", "blanks": b" ", "amps": b"&lt;",
    "options": b"OPTIONS ;\n", "disks": b"GNUTAR / 0 1970:1:1:0:0:0 1\n", "sizes": b"/ 0 SIZE 1\n", "ok": b"OK [/]\n",
    "errors": b"ERROR [x]\n", "json": b'{"a":[', "missing": b"0 ", "cdata": b"<![CDATA[", "closed": b"</x>",
}


def filled(head, fill, size):
    return head + (fill * (size // len(fill) + 1))[:size - len(head)]


def long_datagram(fill, size):
    """What the fill makes of a request and of a reply: behind the header, the options, a disk, a line of an answer."""
    requests = NOOP + "", SENDSIZE, SENDSIZE + "<dle><disk>", BACKUP + '<dle>\n  <program>"', \
        NOOP.replace("noop", "selfcheck") + "GNUTAR \"", "SERVICE ", "SECURITY ", "SERVICE noop\nOPTIONS features="
    replies = "", "OPTIONS ", f"OPTIONS features={FEATURES};\n", "ERROR ", "CONNECT DATA ", "MESSAGE JSON\n", '"'
    for number, begin in enumerate(requests):
        service = ["noop", "sendsize", "sendsize", "sendbackup", "selfcheck", "noop", "noop", "noop"][number]
        yield asked(filled(text("REQ", number, begin), fill, size))
        for begin_reply in replies:
            yield told(filled(text("REP", number, begin_reply), fill, size))
        assert service


def many_pairs(count):
    """A CONNECT line with more pairs than TCP has ports, as far as a datagram goes."""
    line = "CONNECT" + "".join(f" S{number % 10} {number % 65536}" for number in range(count))
    yield asked(text("REQ", 1, BACKUP))
    yield told(text("REP", 1, line + "\n")[:DATAGRAM_MAX])


# ---------------------------------------------------------------------------------------------------------------------
# Mutilated and doubled captures


def vectors(captures):
    """Datagrams of these captures that differ in more than numbers."""
    known = {}
    for capture in captures:
        for _, _, source, destination, payload, length, _ in judge.udp_datagrams(capture):
            key = payload.translate(None, b"0123456789abcdefABCDEF")
            if payload.startswith(b"Amanda") and len(payload) == length:
                known.setdefault(key, (source, destination, payload))
    return list(known.values())


def truncations(captures, longest):
    """Every datagram, cut behind each of its bytes: by the capture, and by its sender. (packet, captured length)"""
    for source, destination, payload in vectors(captures):
        whole = packets.udp(source, destination, payload)
        for length in range(min(len(payload), longest)):
            yield packets.udp(source, destination, payload[:length]), None
            yield whole, 14 + len(whole) - len(payload) + length


def write(path, made):
    """made: packets, or (packet, captured length). Returns how many there are."""
    frames = []
    for number, packet in enumerate(made):
        packet, captured = packet if isinstance(packet, tuple) else (packet, None)
        frames.append((streams.START + number * STEP, packets.ethernet(packet),
                       *([] if captured is None else [captured])))
    packets.write_pcap(path, frames)
    return len(frames)


def write_doubled(path, capture):
    """The capture merged with itself: every packet twice."""
    data = capture.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    out, offset = data[:24], 24
    while offset + 16 <= len(data):
        length = 16 + struct.unpack_from(order + "I", data, offset + 8)[0]
        out += data[offset:offset + length] * 2
        offset += length
    path.write_bytes(out)


# ---------------------------------------------------------------------------------------------------------------------
# What it costs


def cost(build, *arguments, limit=3600):
    """CPU seconds and peak memory in MiB of tshark with the plugin of this build tree; a run of more CPU seconds than the
    limit fails."""
    environment = {**os.environ, "WIRESHARK_ABORT_ON_DISSECTOR_BUG": "1", "LC_ALL": "C.UTF-8"}
    run = measured_run(build, arguments, environment=environment, limit=limit)
    assert run.status == 0 and "Dissector bug" not in run.errors, f"{arguments}: {run.status}\n{run.errors}"
    return run.seconds, run.memory / 2**20


# How often each field comes up, or one of its values, in a capture with so many of what it is made of; the same in one pass
# and in two. Worked out by hand.


def only(**verdicts):
    return {"amanda.verdict": sum(verdicts.values()), "_ws.malformed": 0,
            **{("amanda.verdict", verdict): times for verdict, times in verdicts.items()}}


def in_a_frame(head, fill):
    """How often the fill fits whole behind so many bytes."""
    return lambda size: (size - head) // fill


RESULTS = {
    # All of what was not lost is there twice.
    copies: lambda n: only(request=n, answer=n // 2, copy=n + n // 2),
    one_port: lambda n: {"amanda.stream.refused": n, "amanda.dle": n, **only(request=n, answer=n)},
    one_connection: lambda n: {"amanda.mesg": 2 * n, "amanda.stream.gap": 0, ("amanda.dump.result", "success"): n,
                               **only(request=n, answer=n)},
    icmp_errors: lambda n: {"amanda.handle": 2 * n, **only(request=n)},
    both_ways: lambda n: {"amanda.data.bytes": 2 * n, "amanda.stream.gap": 0, **only(request=1, answer=1)},
    estimates_one_by_one: lambda n: {"amanda.dle.disk": n, "amanda.estimate.size": n, **only(request=1, answer=n)},
    requests_in_frames: lambda n: {"amanda.frame.handle": n, **only(request=n)},
    requests_and_losses: lambda n: {"amanda.frame.handle": 2 * n, "amanda.frame.unanswered": 0, **only(request=n)},
    requests_and_a_late_reply: lambda n: {"amanda.frame.handle": n, "amanda.frame.unanswered": 0, **only(request=n)},
    # Request, reply, its end, and three ends
    ends_of_streams: lambda n: {"amanda.frame.handle": 6 * n, "amanda.frame.after_end": 0, **only(request=n, answer=n)},
    leaps: lambda n: {"amanda.frame.handle": n + 1, **only(request=1)},
    responders_of_one_handle: lambda n: only(request=n, answer=n),
    preps: lambda n: only(request=1, answer=n),
    unknown_acks: lambda n: {"amanda.ack.unknown": n, **only()},
    # Nobody waits for half a minute here.
    ports_never_opened: lambda n: {"amanda.stream.never_opened": 0, "amanda.dle": n, **only(request=n, answer=n)},
    half_open: lambda n: {"amanda.stream.name": n, ("amanda.stream.name", "DATA"): n, "amanda.stream.refused": 0,
                          **only(request=n, answer=n)},
    one_handle_in_frames: lambda n: {"amanda.frame.handle": 3 * n, "amanda.frame.unknown_handle": 0,
                                     **only(request=n, answer=n)},
    # Three frames for each exchange; a line that begins behind a gap may be the rest of another.
    streams_and_losses: lambda n: {"amanda.frame.handle": 4 * n, "amanda.stream.gap": n, "amanda.stream.rest": n,
                                   "amanda.mesg": 0, **only(request=n, answer=n)},
    reversed_bytes: lambda n: {("amanda.mesg", LINE.decode().strip()): n // len(LINE), "amanda.mesg": n // len(LINE),
                               "amanda.stream.gap": 0, **only(request=1, answer=1)},
    # Handle 1 is that of the request, and is ended.
    tiny_frames: lambda n: {"amanda.frame.handle": 170 * n + 1, "amanda.frame.unknown_handle": 170 * (n - 1),
                            **only(request=1)},
    # Behind the first nobody knows where a frame begins; but nothing is missing from the capture.
    frames_of_4_gib: lambda n: {**only(request=1), "amanda.frame.bad_length": 1, "_ws.malformed": 1,
                                "amanda.frame.rest": n, "amanda.frame.lost": 0},
    unfinished_frame: lambda n: {"amanda.frame.part": n + 1, **only(request=1)},
    unfinished_line: lambda n: {"amanda.stream.line_cut": 1, "amanda.mesg": 0, **only(request=1, answer=1)},
    options_in_a_frame: lambda n: {"amanda.frame.handle": 1, **only(request=1)},
    disks_in_a_frame: lambda n: {"amanda.dle.disk": in_a_frame(96, 28)(n), **only(request=1)},
    # The last one has no end.
    xml_in_a_frame: lambda n: {**only(request=1), "amanda.dle.disk": in_a_frame(96, 71)(n), "_ws.malformed": 1},
    json_in_a_frame: lambda n: {"amanda.message.severity": in_a_frame(15, 44)(n), **only(request=1, answer=1)},
}
SOME = {tiny_frames: 20, frames_of_4_gib: 20, unfinished_frame: 300, unfinished_line: 30, reversed_bytes: 2400,
        options_in_a_frame: 100000, disks_in_a_frame: 100000, xml_in_a_frame: 90000, json_in_a_frame: 30000}

STATISTICS = "-2", "-q", "-z", "expert", *tshark.table_options(), "-z", "amanda,outcomes"

# Sizes of which one is small and the other four times as large, in which what is quadratic is seen
PARTS = 4
GROWING = {
    **dict.fromkeys((open_requests, replies_alone, one_handle, retransmissions, many_requesters, wrapping_seq, announced_ports,
                     responders_of_one_handle, preps, unknown_acks, ports_never_opened, half_open, one_handle_in_frames,
                     streams_and_losses, frames_of_4_gib, unfinished_line, unfinished_frame, copies, one_port, one_connection,
                     icmp_errors, both_ways, estimates_one_by_one, requests_in_frames, requests_and_losses, requests_and_a_late_reply,
                     ends_of_streams, leaps), 400),
    **dict.fromkeys((options_in_a_frame, disks_in_a_frame, xml_in_a_frame, json_in_a_frame), 100000),
    tiny_frames: 40, reversed_bytes: 2000, acks_in_a_segment: 1500,
}

COUNTED = {"-q -z expert": ["-q", "-z", "expert"], "-2 and all tables": [*STATISTICS]}  # the modes in which instructions are counted
MODES = {"-r": [], "-2 -q -z expert": ["-2", "-q", "-z", "expert"], "-V": ["-V"],
         "-q -z amanda,...": ["-q", *tshark.table_options(), "-z", "amanda,outcomes"]}

# Packets in full, and the part of it that is compared
LARGE = {
    open_requests: (1000000, 10), replies_alone: (1000000, 10), one_handle: (100000, 10), retransmissions: (100000, 10),
    many_requesters: (100000, 10), wrapping_seq: (100000, 10), announced_ports: (100000, 10),
    frames_of_4_gib: (100000, 10), unfinished_frame: (20000, 10), unfinished_message: (20000, 10), tiny_frames: (3000, 10), unfinished_line: (20000, 10),
}


class Instructions:
    """A fork server under callgrind, which counts for each child anew, and for all what went before."""

    def __init__(self, build, folder):
        self.folder = Path(folder, "counts")
        self.folder.mkdir()
        self.folder.chmod(0o777)
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "WIRESHARK_ABORT_ON_DISSECTOR_BUG": "1"}
        self.server = forkserver.ForkServer(
            build / "plugin/tests/libfork-server.so", build, "tshark", environment,
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self.folder}/%p", f"--log-file={self.folder}/%p.log"])
        self.of_no_packets = {}

    def count(self, capture, options):
        """Those of tshark over the capture, beyond those over one without packets."""
        if tuple(options) not in self.of_no_packets:
            empty = self.folder / "empty.pcap"
            write(empty, [])
            self.of_no_packets[tuple(options)] = self.counted(empty, options)
        return self.counted(capture, options) - self.of_no_packets[tuple(options)]

    def counted(self, capture, options):
        ended = self.server.run(["-n", "-r", str(capture), *options], None, timeout=3600)
        log = (self.folder / f"{ended.pid}.log").read_text()
        assert ended.returncode == 0 and b"Dissector bug" not in ended.stderr, ended.stderr
        return int(re.search(r"Collected : (\d+)", log).group(1))


def measure(build, names):
    """A line for each capture and way to open it."""
    with tempfile.TemporaryDirectory(prefix="amanda-hostile-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        instructions, capture = Instructions(build, folder), folder / "hostile.pcap"
        print(f"{'capture':28} {'way':18} {'packets':>8} {'instructions':>12} {'for 4 times':>12} {'growth':>6}")
        cases = {maker.__name__: (maker(count), maker(PARTS * count)) for maker, count in GROWING.items()}
        cases |= {name: (long_datagram(fill, DATAGRAM_MAX // PARTS), long_datagram(fill, DATAGRAM_MAX))
                  for name, fill in FILLS.items()}
        for name, both in cases.items():
            if names and name not in names:
                continue
            packets_of, counts = [], {mode: [] for mode in COUNTED}
            for made in both:
                packets_of.append(write(capture, made))
                for mode, options in COUNTED.items():
                    counts[mode].append(instructions.count(capture, options))
            for mode, (few, many) in counts.items():
                print(f"{name:28} {mode:18} {packets_of[0]:8} {few / 1e6:10.1f} M {many / 1e6:10.1f} M {many / few:6.2f}",
                      flush=True)


def measure_in_full(build, names):
    """The same by the clock, of large ones."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    folder = Path(tempfile.mkdtemp(prefix="amanda-hostile-"))
    folder.chmod(0o755)
    empty = folder / "empty.pcap"
    write(empty, [])
    print(f"{'capture':20} {'mode':18} {'packets':>9} {'us each':>8} {'bytes each':>10} {'growth':>7}")
    for maker, (full, parts) in LARGE.items():
        if names and maker.__name__ not in names:
            continue
        paths = [(count, folder / f"{count}.pcap") for count in (full // parts, full)]
        sizes = [write(path, maker(count)) for count, path in paths]
        for mode, options in MODES.items():
            if mode == "-V" and full > 200000:
                continue
            start, memory = cost(build, "-r", empty, *options)
            each = []
            for (_, path), size in zip(paths, sizes):
                seconds, peak = cost(build, "-r", path, *options)
                each.append(((seconds - start) / size * 1e6, (peak - memory) * 2**20 / size))
            print(f"{maker.__name__:20} {mode:18} {sizes[1]:9} {each[1][0]:8.2f} {each[1][1]:10.0f}"
                  f" {each[1][0] / max(each[0][0], 0.01):7.2f}", flush=True)
        for _, path in paths:
            path.unlink()
    for name, fill in FILLS.items():
        if names and name not in names:
            continue
        path, each = folder / "long.pcap", []
        for size in (8000, DATAGRAM_MAX):
            count = write(path, long_datagram(fill, size))
            seconds, _ = cost(build, "-r", path, "-V")
            each.append((seconds - cost(build, "-r", empty, "-V")[0]) / count)
        print(f"{name:20} {'-V':18} {count:9} {each[1] * 1e6:8.0f} {'':10} {each[1] / each[0] / (DATAGRAM_MAX / 8000):7.2f}",
              flush=True)


if __name__ == "__main__":
    chosen = [word for word in sys.argv[2:] if word != "--full"]
    (measure_in_full if "--full" in sys.argv else measure)(Path(sys.argv[1]).resolve(), chosen)
