# SPDX-License-Identifier: GPL-2.0-or-later
"""What networks, clocks and those who capture do to packets: they are left out, come twice, late or cut, several of them stand
in one frame, the clock is set back, and a bit is not what it was.

A packet is (time in microseconds, IP packet, captured bytes of it or None for all).
"""

import struct

import packets
import variants

RAW_IP, IEEE_802_11, COOKED = 101, 105, 113
AGGREGATE_MAX = 7935  # bytes
HEADERS = 34  # of a link and of IP, which remain as they are
LLC = b"\xaa\xaa\3\0\0\0"


def read(path):
    """The packets of a capture, as far as they are IP."""
    for frame in variants.read(path):
        at = {variants.ETHERNET: 14, variants.SLL: 16, variants.SLL2: 20}.get(frame.link, 0)
        packet = frame.data[at:]
        if packet and packet[0] >> 4 in (4, 6) and frame.link != variants.NULL:
            yield frame.time // 1000, packet + bytes(frame.length - len(frame.data)), len(packet)


def ethertype(packet):
    return b"\x08\x00" if packet[:1] and packet[0] >> 4 == 4 else b"\x86\xdd"


def aggregate(ip_packets):
    """A frame of IEEE 802.11 (A-MSDU) with all of these packets."""
    stations = [bytes([2, 0, 0, 0, 0, number]) for number in range(3)]
    frame = struct.pack("<BBH", 0x88, 0, 0) + b"".join(stations) + struct.pack("<HH", 0, 0x80)
    for packet in ip_packets:
        unit = LLC + ethertype(packet) + packet
        frame += bytes(-(len(frame) - 26) % 4) + stations[1] + stations[0] + struct.pack(">H", len(unit)) + unit
    return frame


def tunnelled(packet):
    """IP in IP."""
    return packets.ip("198.51.100.1", "198.51.100.2", 4 if packet[0] >> 4 == 4 else 41, packet)


def disturbed(made, chance):
    """Packets as a capture has them that is not a good one."""
    rate, late = chance.choice([0, 0.003, 0.02, 0.1]), []
    for time, packet, captured in made:
        if chance.random() < rate:
            how = chance.randrange(6)
            if how == 0:
                continue
            if how == 1:
                yield time, packet, captured
            if how == 2:
                late.append((time, packet, captured))
                continue
            if how == 3:
                time += chance.choice([-10**9, -10**6, -1, 1, 10**7, 10**9])
            if how == 4:
                captured = chance.randrange(len(packet) + 1)
            if how == 5 and len(packet) < 60000:
                packet, captured = tunnelled(packet), None
        yield time, packet, captured
        if late and chance.random() < 0.2:
            yield late.pop(chance.randrange(len(late)))
    yield from late


def several_in_a_frame(made, chance):
    """(time, frame, captured), each with as many packets as come up."""
    waiting, begun = [], 0
    for time, packet, captured in made:
        if waiting and (sum(map(len, waiting)) + len(packet) > AGGREGATE_MAX or chance.random() < 0.4):
            frame = aggregate(waiting)
            yield begun, frame, len(frame)
            waiting = []
        if captured not in (None, len(packet)):
            frame = aggregate([packet])
            yield time, frame, len(frame) - len(packet) + captured
            continue
        begun = begun if waiting else time
        waiting.append(packet)
    if waiting:
        frame = aggregate(waiting)
        yield begun, frame, len(frame)


def framed(made, chance):
    """Link type and frames of the packets."""
    link = chance.choice([packets.ETHERNET, packets.ETHERNET, RAW_IP, COOKED, IEEE_802_11])
    if link == IEEE_802_11:
        return link, several_in_a_frame(made, chance)
    head = {packets.ETHERNET: lambda packet: packets.ethernet(packet.ljust(40, b"\0"))[:12] + ethertype(packet),
            RAW_IP: lambda _: b"",
            COOKED: lambda packet: struct.pack(">HHH8s", 0, 1, 6, b"\2\0\0\0\0\1") + ethertype(packet)}[link]
    return link, ((time, head(packet) + packet, len(head(packet)) + (len(packet) if captured is None else captured))
                  for time, packet, captured in made)


def with_bad_bits(frame, rate, chance):
    bad = bytearray(frame)
    at = HEADERS
    while rate and at < len(bad):
        at += int(chance.expovariate(rate))
        if at < len(bad):
            bad[at] = chance.choice([chance.randrange(256), bad[at] ^ 1 << chance.randrange(8), 0, 10, 32])
            at += 1
    return bytes(bad)


def write(path, made, chance):
    """The packets, disturbed, in frames of some kind of link."""
    link, frames = framed(disturbed(made, chance), chance)
    rate = chance.choice([0, 0, 0.0005, 0.005])
    packets.write_pcap(path, [(max(0, time), with_bad_bits(frame, rate, chance), captured)
                              for time, frame, captured in frames], link=link)
