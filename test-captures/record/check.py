#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks recordings against what the switch says it did, and their verdicts against what Amanda did.

    check.py [NAME.pcap...]         (default: all of ../recorded)

1. The capture holds exactly the Amanda datagrams that the log (NAME.injected.json) lets one expect on that side of
   the switch, in the same order for each direction: what was dropped is there on one side only, and so on.
2. NAME.verdicts, where there is one, has a line for each of them, and says of each REP and PREP what follows from
   the order in which REQs, replies and ACKs passed that side.
3. Seen from where the requester is, Amanda itself is the witness: it ACKs a REP that it takes, at once, and only that.

Standard library only, and Ethernet and IPv4 only; it shares no code with the dissector or its tests.
"""
import collections
import json
import pathlib
import re
import socket
import struct
import sys

HEADER = re.compile(rb"Amanda \d+\.\d+ (REQ|REP|PREP|ACK|NAK) HANDLE (\S+) SEQ (-?\d+)")
SERVER, CLIENT = {"192.0.2.1", "192.0.2.3"}, {"192.0.2.2"}

Datagram = collections.namedtuple("Datagram", "type handle seq src dst")


def datagrams(pcap):
    """(frame, time, Datagram) of each Amanda datagram, at the frame of its last fragment"""
    data = pcap.read_bytes()
    assert data[:4] == b"\xd4\xc3\xb2\xa1" and data[20:24] == b"\1\0\0\0", "little-endian Ethernet pcap only"
    at, number, parts = 24, 0, {}
    while at < len(data):
        seconds, micros, length, _ = struct.unpack_from("<4I", data, at)
        number, frame, at = number + 1, data[at + 16:at + 16 + length], at + 16 + length
        if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_UDP:
            continue
        ip = frame[14:14 + struct.unpack(">H", frame[16:18])[0]]
        flags = struct.unpack(">H", ip[6:8])[0]
        key = ip[12:20] + ip[4:6]
        if flags & 0x1fff and key not in parts:
            continue        # its beginning is not in the file
        udp = parts[key] = parts.pop(key, b"") + ip[(ip[0] & 15) * 4:]
        if flags & 0x2000:
            continue
        del parts[key]
        found = HEADER.match(udp[8:])
        if found and struct.unpack(">H", udp[4:6])[0] == len(udp):
            ports = struct.unpack(">HH", udp[:4])
            src, dst = (f"{socket.inet_ntoa(ip[i:i + 4])}:{port}" for i, port in zip((12, 16), ports))
            yield number, seconds + micros / 1e6, Datagram(found[1].decode(), found[2].decode(), int(found[3]), src, dst)


def expected(decisions, side):
    """(time, Datagram) as they should pass the capture point on this side of the switch"""
    seen = []
    for d in decisions:
        datagram = Datagram(*(d[field] for field in Datagram._fields))
        if d["src"].split(":")[0] in side:
            seen.append((d["time"], datagram))
            continue
        if d["action"] in ("pass", "copy"):
            seen.append((d["time"], datagram))
        if d["action"] in ("delay", "copy"):
            seen.append((d["time"] + d["seconds"], datagram))
    return sorted(seen, key=lambda event: event[0])


def verdicts(sequence):
    """What follows for each datagram, in the terms of the dissector; None where it is no reply

    Simpler than the dissector's rules: nothing was recorded that repeats the REQ of an exchange that is over."""
    asked, over, replied, open_handle = set(), set(), set(), {}
    for d in sequence:
        verdict = None
        forth, back = (d.src, d.dst, d.handle), (d.dst, d.src, d.handle)
        if d.type == "REQ":
            if open_handle.get(forth, d.seq) != d.seq:
                over.add((forth, open_handle[forth]))
            asked.add((forth, d.seq))
            open_handle[forth] = d.seq
        elif d.type == "NAK" or d.type == "ACK" and (forth, d.seq) in asked:
            exchange = (back if d.type == "NAK" else forth), d.seq
            over.add(exchange)
            if open_handle.get(exchange[0]) == d.seq:
                del open_handle[exchange[0]]
        elif d.type in ("REP", "PREP"):
            exchange = back, d.seq
            if exchange in asked - over:
                verdict = "retransmission" if d.type == "REP" and exchange in replied else "answer"
            elif back in open_handle:
                verdict = "SEQ mismatch"
            else:
                verdict = "stale" if exchange in asked else "no request"
            if d.type == "REP" and verdict == "answer":
                replied.add(exchange)
        yield verdict


def check(pcap):
    problems, name = [], pcap.stem
    side = CLIENT if name.endswith("-client") else SERVER
    decisions = json.loads(pcap.with_suffix(".injected.json").read_text())["decisions"]
    seen = list(datagrams(pcap))

    # 1. A capture that began late is compared from its first datagram on.
    start = seen[0][1] - 0.1 if name.startswith("late-start") else 0
    wanted = [d for time, d in expected(decisions, side) if time >= start]
    for outgoing in True, False:
        there, told = ([d for d in some if (d.src.split(":")[0] in side) == outgoing]
                       for some in ([d for _, _, d in seen], wanted))
        if there != told:
            problems.append(f"the datagrams {'from' if outgoing else 'to'} this side are not those of the log")

    # 2.
    follows = list(verdicts([d for _, _, d in seen]))
    file = pcap.with_suffix(".verdicts")
    if file.exists():
        lines = [line.split("\t") for line in file.read_text().splitlines()]
        if [line[:4] for line in lines] != [[str(n), d.type, d.handle, str(d.seq)] for n, _, d in seen]:
            problems.append("the verdicts are not about the datagrams of the capture")
        for line, verdict in zip(lines, follows):
            if verdict and line[4] != verdict:
                problems.append(f"frame {line[0]}: {line[4]}, should be {verdict}")
    else:
        problems.append("no verdicts")

    # 3. The requesters are on the server, except for amrecover.
    taken = 0
    if not name.endswith("-client"):
        acks = [(time, d[1:]) for _, time, d in seen if d.type == "ACK"]
        for (number, time, d), verdict in zip(seen, follows):
            if d.type == "REP":
                acked = any(0 <= t - time < 1 and rest == (d.handle, d.seq, d.dst, d.src) for t, rest in acks)
                taken += acked
                # without the REQ in the file, only Amanda knows
                if acked != (verdict in ("answer", "retransmission")) and verdict != "no request":
                    problems.append(f"frame {number}: {verdict}, but {'' if acked else 'not '}ACKed")

    count = collections.Counter(filter(None, follows))
    actions = collections.Counter(d["action"] for d in decisions if d["action"] != "pass")
    print(f"{name}: {len(seen)} datagrams; {dict(actions) or 'nothing'} on the way; {dict(count)}; "
          f"{taken} REPs ACKed" + "".join(f"\n  PROBLEM {problem}" for problem in problems))
    return not problems


def main():
    files = sys.argv[1:] or sorted((pathlib.Path(__file__).parent.parent / "recorded").glob("*.pcap"))
    return not all([check(pathlib.Path(file)) for file in files])


if __name__ == "__main__":
    sys.exit(main())
