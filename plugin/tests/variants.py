# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures as people make them, out of captures that were made well: each frame twice, begun late, cut, one-sided, out
of order. Many such variants stand in one file, each with IP addresses and names of its own, so that Wireshark starts once for all
of them and none has a part in another.
"""

import re
import struct
from collections import namedtuple
from functools import lru_cache
from ipaddress import ip_address

# time: nanoseconds since 1970. length: on the wire; data is what was captured of it. source: index in the recording.
# again: 0, or for another copy of the same frame 1, 2, ...
Frame = namedtuple("Frame", "time data length link source again")

ETHERNET, NULL, SLL, SLL2 = 1, 0, 113, 276
RAW = 12, 14, 101, 228, 229
IPV4, IPV6, VLAN = 0x0800, 0x86DD, (0x8100, 0x88A8)
ICMP, TCP, UDP, ICMPV6, FRAGMENT, IPV4_IN_IP, IPV6_IN_IP = 1, 6, 17, 58, 44, 4, 41
ICMP_ERRORS, ICMPV6_ERRORS = (3, 4, 5, 11, 12), (1, 2, 3, 4)

# As much as the rules of verdicts allow for a reply behind its ACK
SWAPPED_NANOSECONDS = 2 * 10**9


# ---------------------------------------------------------------------------------------------------------------------
# Files


def read(path):
    """The frames of a pcap or pcapng file."""
    data = path.read_bytes()
    frames = read_pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else read_pcap(data)
    return [Frame(*frame, index, 0) for index, frame in enumerate(frames)]


def read_pcap(data):
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    magic, link = struct.unpack(order + "I16xI", data[:24])
    fraction, at = 1 if magic == 0xA1B23C4D else 1000, 24
    while at + 16 <= len(data):
        seconds, parts, captured, length = struct.unpack(order + "4I", data[at:at + 16])
        yield seconds * 10**9 + parts * fraction, data[at + 16:at + 16 + captured], length, link & 0xFFFF
        at += 16 + captured


def read_pcapng(data):
    at, order, interfaces = 0, "<", []
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order, interfaces = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">", []
        kind, size = struct.unpack(order + "II", data[at:at + 8])
        body = data[at + 8:at + size - 4]
        if kind == 1:
            interfaces.append((struct.unpack(order + "H", body[:2])[0], units_per_second(body[8:], order)))
        elif kind == 6:
            number, high, low, captured, length = struct.unpack(order + "5I", body[:20])
            link, units = interfaces[number]
            yield (high << 32 | low) * 10**9 // units, body[20:20 + captured], length, link
        at += size


def units_per_second(options, order):
    at = 0
    while at + 4 <= len(options):
        code, size = struct.unpack(order + "HH", options[at:at + 4])
        if code == 9:
            return 2 ** (options[at + 4] & 0x7F) if options[at + 4] & 0x80 else 10 ** options[at + 4]
        at += 4 + (size + 3) // 4 * 4
    return 10**6


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))


def write(path, frames):
    """A pcapng file with an interface for each link type, in nanoseconds."""
    links = sorted({frame.link for frame in frames})
    with open(path, "wb") as file:
        file.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        for link in links:
            file.write(block(1, struct.pack("<HHIHHB3xI", link, 0, 0, 9, 1, 9, 0)))
        for frame in frames:
            head = struct.pack("<5I", links.index(frame.link), frame.time >> 32, frame.time & 0xFFFFFFFF,
                               len(frame.data), frame.length)
            file.write(block(6, head + frame.data))


# ---------------------------------------------------------------------------------------------------------------------
# Packets


def network_layer(frame):
    """(offset, IPV4 or IPV6) of the IP header, or None."""
    data, link = frame.data, frame.link
    if link == ETHERNET:
        at = 12
        while struct.unpack_from(">H", data, at)[0] in VLAN if len(data) >= at + 2 else False:
            at += 4
        return network_of(data, at + 2, data[at:at + 2])
    if link == SLL:
        return network_of(data, 16, data[14:16])
    if link == SLL2:
        return network_of(data, 20, data[:2])
    if link == NULL or link in RAW:
        at = 4 if link == NULL else 0
        version = data[at] >> 4 if len(data) > at else 0
        return {4: (at, IPV4), 6: (at, IPV6)}.get(version)
    return None


def network_of(data, at, kind):
    kind = struct.unpack(">H", kind)[0] if len(kind) == 2 else 0
    size = {IPV4: 20, IPV6: 40}.get(kind)
    return (at, kind) if size and len(data) >= at + size else None


def words(data):
    """The sum of its 16-bit words as the checksums need it: modulo 0xffff."""
    return int.from_bytes(data[:len(data) // 2 * 2], "big") % 0xFFFF


def adjust(packet, at, before, after):
    """Makes up in the checksum at this offset, if it was captured, for the difference between two sums of words. What
    was wrong, as in a frame that a network card is still to complete, stays as wrong as it was."""
    if len(packet) < at + 2:
        return
    total = (~struct.unpack_from(">H", packet, at)[0] & 0xFFFF) + (after - before) % 0xFFFF
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into(">H", packet, at, total ^ 0xFFFF)


# The name of a client in the options of a REQ, by which Amanda knows it whatever its address
HOSTNAME = re.compile(rb"(?<=hostname=)[\w.-]+(?=;)")


class Names:
    """Gives each variant addresses of its own, in the order of those that they stand for, and names of its own."""

    def __init__(self):
        self.used, self.variants = 0x0B000000, 0

    def for_variant(self, frames):
        """What each address and name is to be replaced by."""
        seen = sorted({address for frame in frames for address in addresses_of(frame)}, key=lambda a: (len(a), a))
        new = {}
        for address in seen:
            number = struct.pack(">I", self.used + len(new))
            new[address] = number if len(address) == 4 else bytes.fromhex("20010db8") + b"\0" * 8 + number
        self.used += len(new)
        self.variants += 1
        names = {name[0] for frame in frames for name in names_in(frame.data)}
        new.update((name, self.name(name)) for name in names)
        return new

    def name(self, name):
        """Another of the same length."""
        text, rest = "", self.variants
        while rest:
            text, rest = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % 36] + text, rest // 36
        return name[:-len(text)] + text.encode() if len(name) > len(text) else text[-len(name):].encode()


def as_text(name):
    """An address or name as Wireshark shows it."""
    return str(ip_address(name)) if len(name) in (4, 16) and not name.isalnum() else name.decode()


@lru_cache(maxsize=1 << 16)  # most frames stand in many variants
def addresses_of(frame):
    found, network = [], network_layer(frame)
    if network:
        visit_ip(bytearray(frame.data), *network, found.append)
    return tuple(found)


@lru_cache(maxsize=1 << 16)
def names_in(data):
    return tuple(HOSTNAME.finditer(data)) if b"hostname=" in data else ()


def rename(frame, new):
    network = network_layer(frame)
    if not network:
        return frame
    packet = bytearray(frame.data)
    visit_ip(packet, *network, new.get)
    for name in names_in(frame.data):
        replace_text(packet, name.span(), new[name[0]], *network)
    return frame._replace(data=bytes(packet))


def replace_text(packet, span, text, at, kind):
    """The checksum is made up for where it stands in the same packet, which is not so of later fragments."""
    transport, protocol = (at + (packet[at] & 15) * 4, packet[at + 9]) if kind == IPV4 else (at + 40, packet[at + 6])
    if kind == IPV4 and struct.unpack_from(">H", packet, at + 6)[0] & 0x1FFF:
        protocol = FRAGMENT
    before = words(packet[transport:] + b"\0")
    packet[slice(*span)] = text
    place = {UDP: 6, TCP: 16}.get(protocol)
    if place and packet[transport + place:transport + place + 2] != b"\0\0":
        adjust(packet, transport + place, before, words(packet[transport:] + b"\0"))


def visit_ip(packet, at, kind, new):
    """Calls new for each address, also of packets in this one, and puts what it returns, if anything, in its place."""
    where, size = (at + 12, 4) if kind == IPV4 else (at + 8, 16)
    before = words(packet[where:where + 2 * size])
    for place in (where, where + size):
        address = new(bytes(packet[place:place + size]))
        if address and len(packet) >= place + size:
            packet[place:place + size] = address
    after = words(packet[where:where + 2 * size])
    transport, protocol, first = at + 40, packet[at + 6] if kind == IPV6 else packet[at + 9], True
    if kind == IPV4:
        adjust(packet, at + 10, before, after)
        transport = at + (packet[at] & 15) * 4
        first = struct.unpack_from(">H", packet, at + 6)[0] & 0x1FFF == 0
    elif protocol == FRAGMENT and len(packet) >= transport + 8:
        protocol, first = packet[transport], struct.unpack_from(">H", packet, transport + 2)[0] >> 3 == 0
        transport += 8
    if first:
        visit_transport(packet, transport, protocol, before, after, new)


def visit_transport(packet, at, protocol, before, after, new):
    if protocol == TCP:
        adjust(packet, at + 16, before, after)
    elif protocol == UDP:
        if packet[at + 6:at + 8] != b"\0\0":
            adjust(packet, at + 6, before, after)
    elif protocol in (ICMP, ICMPV6) and len(packet) > at:
        inner = words(packet[at:]), at + 8
        if packet[at] in (ICMP_ERRORS if protocol == ICMP else ICMPV6_ERRORS):
            visit_inner(packet, at + 8, new)
        if protocol == ICMP:
            adjust(packet, at + 2, inner[0], words(packet[at:]))
        else:
            adjust(packet, at + 2, before + inner[0], after + words(packet[at:]))
    elif protocol in (IPV4_IN_IP, IPV6_IN_IP):
        visit_inner(packet, at, new)


def visit_inner(packet, at, new):
    kind = {4: IPV4, 6: IPV6}.get(packet[at] >> 4 if len(packet) > at else 0)
    if kind and len(packet) >= at + (20 if kind == IPV4 else 40):
        visit_ip(packet, at, kind, new)


# ---------------------------------------------------------------------------------------------------------------------
# Another copy of a frame, as it looks elsewhere


def same(frame):
    return frame.data


def with_other_addresses(frame):
    """As behind a router; where there are no MAC addresses, the same."""
    return bytes.fromhex("02f0f0f0f0f1" "02f0f0f0f0f2") + frame.data[12:] if frame.link == ETHERNET else frame.data


def with_vlan_tag(frame):
    return frame.data[:12] + bytes.fromhex("8100" "0007") + frame.data[12:] if frame.link == ETHERNET else frame.data


def with_other_ttl(frame):
    network, packet = network_layer(frame), bytearray(frame.data)
    if network:
        at, kind = network
        place = at + 8 if kind == IPV4 else at + 7
        before = packet[place] << 8
        packet[place] = (packet[place] - 1) % 256 or 64
        if kind == IPV4:
            adjust(packet, at + 10, before, packet[place] << 8)
    return bytes(packet)


def copied(frames, *looks):
    """Each frame, and right behind it, microseconds later, one more for each look."""
    for frame in frames:
        yield frame
        for number, look in enumerate(looks, 1):
            data = look(frame)
            yield frame._replace(time=frame.time + 3000 * number, data=data, again=number,
                                 length=frame.length + len(data) - len(frame.data))


# ---------------------------------------------------------------------------------------------------------------------
# What is missing, and what is in another order


def cut(frames, snapshot_length):
    return [frame._replace(data=frame.data[:snapshot_length]) for frame in frames]


def without(frames, index):
    return frames[:index] + frames[index + 1:]


def swapped(frames, places):
    """Two neighbours in each other's place, with their own times; no further apart than what queues and clocks swap."""
    frames = list(frames)
    for place in places:
        if frames[place + 1].time - frames[place].time <= SWAPPED_NANOSECONDS:
            frames[place:place + 2] = frames[place:place + 2][::-1]
    return frames


def ending_at(frames, time):
    """The same frames, as if the last had come then: what is late or missing at the end of a capture is so by its clock."""
    later = time - max((frame.time for frame in frames), default=time)
    return [frame._replace(time=frame.time + later) for frame in frames]


def spread(count, most):
    """At most so many of range(count), evenly."""
    return sorted({index * count // most for index in range(most)}) if count > most else list(range(count))


def interleaved(first, second):
    """Both recordings as if they had ended at the same time: pairs of (0 or 1, frame)."""
    pairs = [(which, frame) for which, frames in enumerate((first, ending_at(second, max(frame.time for frame in first))))
             for frame in frames]
    return sorted(pairs, key=lambda pair: (pair[1].time, pair[0]))
