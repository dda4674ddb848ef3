#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns captures into the fuzzer's inputs (session.h): seeds.py FOLDER CAPTURE...

Each UDP exchange becomes an input, and each TCP connection with the exchanges that came before it; and each capture in
slices, for what happens between exchanges.
"""

import struct
import sys
from ipaddress import ip_address
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import judge  # noqa: E402 (it lies in the directory above)

TCP, UDP = 6, 17
KIND_UDP, KIND_TCP = 0, 1
AGAIN, GAP_LARGE = 1, 3
SYN, FIN, RST, NO_ACK = 8, 16, 32, 128
# Microseconds, as in network.c; time never goes back in a seed.
STEPS = [0, 1, 100, 1000, 10**4, 10**5, 10**6, 2 * 10**6, 10**7, 11 * 10**6, 3 * 10**7, 6 * 10**7, 3 * 10**8, 36 * 10**8]
SLICE = 24  # packets
DATA_KEPT = 600  # bytes of a segment, enough for any line and the beginning of any data


class Packet:
    def __init__(self, time, ends, payload, how=None, seq=None):
        self.time, self.ends, self.payload, self.how, self.seq = time // 1000, ends, payload, how, seq

    @property
    def connection(self):
        return frozenset(self.ends)


def read(path):
    """The UDP datagrams and TCP segments of a capture, whole ones."""
    reassembly = judge.Reassembly()
    for _, time, link, data in judge.frames(path):
        packet = judge.parse_ip(judge.ip_packet(link, data))
        if packet and packet.ident is not None:
            packet = reassembly.add(packet)
        if not packet or packet.protocol not in (TCP, UDP) or len(packet.payload) < 8:
            continue
        ports = struct.unpack_from(">HH", packet.payload)
        ends = (packet.source, ports[0]), (packet.destination, ports[1])
        if packet.protocol == UDP:
            yield Packet(time, ends, packet.payload[8:])
        elif len(packet.payload) >= 20:
            seq, offset, flags = struct.unpack_from(">I4xBB", packet.payload, 4)
            payload = packet.payload[(offset >> 4) * 4:]
            how = bool(flags & 2) * SYN | bool(flags & 1) * FIN | bool(flags & 4) * RST | (not flags & 16) * NO_ACK
            if payload or flags & 7:
                yield Packet(time, ends, payload, how, seq)


def host(address, known):
    known.setdefault(address, len(known))
    return (8 if ip_address(address).version == 6 else 0) | known[address] % 8


def place(packet, streams):
    """Where a segment stands in its stream."""
    known = streams.get(packet.ends)
    following = (packet.seq + len(packet.payload) + bool(packet.how & SYN) + bool(packet.how & FIN)) % 2**32
    if known is None or packet.seq == known or packet.how & SYN:
        streams[packet.ends] = following
        return 0
    if (packet.seq - known) % 2**32 < 2**31:
        streams[packet.ends] = following
        return GAP_LARGE
    return AGAIN


def session(packets, options=1):
    known, streams, before, data = {}, {}, packets[0].time, struct.pack("<H", options)
    for packet in packets:
        (source, source_port), (destination, destination_port) = packet.ends
        step = max(i for i, size in enumerate(STEPS) if size <= max(0, packet.time - before))
        tcp = packet.how is not None
        payload = packet.payload[:DATA_KEPT] if tcp else packet.payload
        data += struct.pack("<BBHHBBH", KIND_TCP if tcp else KIND_UDP, host(source, known) << 4 | host(destination, known),
                            source_port, destination_port, step, packet.how | place(packet, streams) if tcp else 0,
                            len(payload)) + payload
        before = packet.time
    return data


def first_line(packet):
    return packet.payload.split(b"\n")[0].split(b" HANDLE ")[-1]


def sessions(packets):
    datagrams = [packet for packet in packets if packet.how is None]
    segments = [packet for packet in packets if packet.how is not None]
    for name in sorted(
            {(tuple(sorted(packet.ends)), first_line(packet)) for packet in datagrams}):
        yield [packet for packet in datagrams if (tuple(sorted(packet.ends)), first_line(packet)) == name][:SLICE]
    for ends in sorted({tuple(sorted(packet.ends)) for packet in segments}):
        of_it = [packet for packet in segments if tuple(sorted(packet.ends)) == ends][:SLICE]
        ports = [b" %d" % port for _, port in ends]
        announced = [packet for packet in datagrams if packet.time <= of_it[0].time
                     and any(port in packet.payload.split(b"OPTIONS")[0] for port in ports)][-1:]
        announced = [packet for packet in datagrams if announced and first_line(packet) == first_line(announced[0])
                     and packet.connection == announced[0].connection][:4]
        yield sorted(announced + of_it, key=lambda packet: packet.time)
    for start in range(0, len(packets), SLICE):
        yield packets[start:start + SLICE]


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for path in map(Path, sys.argv[2:]):
        packets = list(read(path))
        for number, chosen in enumerate(sessions(packets)):
            (folder / f"{path.stem}-{number}").write_bytes(session(chosen, options=number % 1024 | 1))


if __name__ == "__main__":
    main()
