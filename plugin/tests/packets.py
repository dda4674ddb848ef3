# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets with true lengths and checksums, and the pcap files that hold them.

Captures that are made rather than recorded have to be as good as recorded ones, or a reader stumbles over something
other than what they were made for. Endpoints are (address, port), times are seconds since 1970 in microseconds.
"""

import struct
from ipaddress import ip_address

TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
ETHERNET = 1


def checksum(data):
    total = sum(struct.unpack(">%dH" % ((len(data) + 1) // 2), data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def pseudo_header(source, destination, protocol, length):
    source, destination = ip_address(source).packed, ip_address(destination).packed
    if len(source) == 4:
        return source + destination + struct.pack(">BBH", 0, protocol, length)
    return source + destination + struct.pack(">II", length, protocol)


def checked(packet, at, pseudo=b""):
    """The packet with its checksum filled in."""
    return packet[:at] + struct.pack(">H", checksum(pseudo + packet) or 0xFFFF) + packet[at + 2:]


def ip(source, destination, protocol, payload, ident=0, fragment=0x4000):
    """An IP packet; fragment is the word of flags and offset (IPv4 only, usually Don't Fragment)."""
    source, destination = ip_address(source), ip_address(destination)
    if source.version == 6:
        header = struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64)
        return header + source.packed + destination.packed + payload
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), ident, fragment, 64, protocol, 0)
    return checked(header + source.packed + destination.packed, 10) + payload


def udp(source, destination, payload):
    datagram = struct.pack(">4H", source[1], destination[1], 8 + len(payload), 0) + payload
    pseudo = pseudo_header(source[0], destination[0], UDP, len(datagram))
    return ip(source[0], destination[0], UDP, checked(datagram, 6, pseudo))


def tcp(source, destination, flags, seq, ack, payload=b""):
    segment = struct.pack(">HHIIBBHHH", source[1], destination[1], seq, ack, 5 << 4, flags, 64240, 0, 0) + payload
    pseudo = pseudo_header(source[0], destination[0], TCP, len(segment))
    return ip(source[0], destination[0], TCP, checked(segment, 16, pseudo))


def port_unreachable(quoted, limit=None):
    """The ICMP error that the destination of this IP packet answers with. limit: bytes of the packet that it quotes."""
    return icmp_error(quoted, *((3, 3) if quoted[0] >> 4 == 4 else (1, 4)), limit=limit)


def icmp_error(quoted, type, code, sender=None, limit=None):
    """Any ICMP or ICMPv6 error about this IP packet; sender: of the error, where that is not the packet's destination."""
    header = struct.pack(">BBHI", type, code, 0, 0)
    if quoted[0] >> 4 == 4:
        source, destination = str(ip_address(quoted[12:16])), str(ip_address(quoted[16:20]))
        return ip(sender or destination, source, ICMP, checked(header + quoted[:548 if limit is None else limit], 2))
    source, destination = str(ip_address(quoted[8:24])), str(ip_address(quoted[24:40]))
    error = header + quoted[:1232 if limit is None else limit]
    pseudo = pseudo_header(sender or destination, source, ICMPV6, len(error))
    return ip(sender or destination, source, ICMPV6, checked(error, 2, pseudo))


def fragments(packet, size, ident):
    """An unfragmented IP packet in pieces of at most size payload bytes (a multiple of 8)."""
    version4 = packet[0] >> 4 == 4
    header, payload = (packet[:20], packet[20:]) if version4 else (packet[:40], packet[40:])
    pieces = []
    for offset in range(0, len(payload), size):
        piece, more = payload[offset:offset + size], offset + size < len(payload)
        if version4:
            source, destination = ip_address(header[12:16]), ip_address(header[16:20])
            pieces.append(ip(source, destination, header[9], piece, ident, more << 13 | offset // 8))
        else:
            source, destination = ip_address(header[8:24]), ip_address(header[24:40])
            extension = struct.pack(">BBHI", header[6], 0, offset | more, ident)
            pieces.append(ip(source, destination, 44, extension + piece))
    return pieces


def ethernet(packet):
    """In an Ethernet frame whose addresses come from the IP addresses."""
    version4 = packet[0] >> 4 == 4
    source, destination = (packet[12:16], packet[16:20]) if version4 else (packet[20:24], packet[36:40])
    return b"\x02\0" + destination + b"\x02\0" + source + (b"\x08\x00" if version4 else b"\x86\xdd") + packet


def identified(frame, number):
    """The frame with an identification in its IPv4 packet, where that has none: hosts count them up from packet to packet."""
    if frame[12:14] != b"\x08\x00" or len(frame) < 34 or frame[18:20] != b"\0\0":
        return frame
    end = 14 + (frame[14] & 15) * 4
    header = frame[14:18] + struct.pack(">H", number % 0xFFFF + 1) + frame[20:24] + b"\0\0" + frame[26:end]
    return frame[:14] + checked(header, 10) + frame[end:]


def write_pcap(path, frames, snapshot_length=262144, link=ETHERNET):
    """frames: (time, frame); or (time, frame, captured length) where it differs from the snapshot length."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snapshot_length, link))
        for number, (time, frame, *limit) in enumerate(frames):
            frame = identified(frame, number) if link == ETHERNET else frame
            captured = frame[:min(limit + [snapshot_length])]
            file.write(struct.pack("<4I", *divmod(time, 10**6), len(captured), len(frame)) + captured)
