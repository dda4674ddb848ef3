#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A wire between two interfaces that loses, delays and copies chosen Amanda datagrams.

    switch.py IF-A IF-B LOG [RULE...]

A RULE is a list of words with commas between them, for example

    drop,type=ACK,role=requester,service=sendbackup,count=1

    drop | delay=SECONDS | copy=SECONDS     lose it; send it late; send it now and again later
    type= service= handle= role=            which datagrams (role: who sends it)
    first=K                                 only the first K transmissions of each one
    skip=N count=N                          not the first N that match; only N of them
    chance=P                                one that matches with this probability

A rule longer=BYTES loses all frames that are longer.

The first RULE that fits a datagram decides.  Whatever no rule fits, and whatever is not Amanda over
UDP, passes unchanged.  From SIGUSR1 to SIGUSR2 nothing passes at all.  LOG becomes one JSON object: the rules, and a line for every Amanda datagram
that came by with what was done to it.  It is complete once the switch was ended with SIGTERM.
"""
import heapq
import json
import random
import re
import select
import signal
import socket
import struct
import sys
import time

HEADER = re.compile(rb"Amanda \d+\.\d+ (REQ|REP|PREP|ACK|NAK) HANDLE (\S+) SEQ (-?\d+)")
SERVICE = re.compile(rb"\nSERVICE (\S+)")
MATCHED = ("type", "service", "handle", "role")


class Rule:
    def __init__(self, text):
        self.text = text
        words = dict(word.partition("=")[::2] for word in text.split(","))
        self.wanted = {k: words.pop(k) for k in MATCHED if k in words}
        self.first = int(words.pop("first", 0))
        self.skip = int(words.pop("skip", 0))
        self.count = int(words.pop("count", 0))
        self.chance = float(words.pop("chance", 1))
        (self.action, seconds), = words.items()     # one action, and no word is left over
        if self.action not in ("drop", "delay", "copy"):
            raise SystemExit(f"unknown word in rule: {text}")
        self.seconds = float(seconds or 0)
        self.seen = 0

    def fits(self, datagram):
        if any(datagram[k] != v for k, v in self.wanted.items()):
            return False
        if self.first and datagram["transmission"] > self.first:
            return False
        if random.random() >= self.chance:
            return False
        self.seen += 1
        return self.seen > self.skip and not (self.count and self.seen > self.skip + self.count)


class Amanda:
    """Knows the exchanges so far: only a REQ names the service, and only who sent the REQ tells the roles."""

    def __init__(self):
        self.services = {}
        self.transmissions = {}

    def parse(self, src, dst, payload):
        found = HEADER.match(payload)
        if not found:
            return None
        kind, handle, seq = found[1].decode(), found[2].decode(), int(found[3])
        forth, back = (src, dst, handle, seq), (dst, src, handle, seq)
        if kind == "REQ":
            service = SERVICE.search(payload)
            self.services.setdefault(forth, service[1].decode() if service else "")
        if forth in self.services:
            role, service = "requester", self.services[forth]
        elif back in self.services:
            role, service = "responder", self.services[back]
        else:
            role = service = ""
        number = self.transmissions[kind, forth] = self.transmissions.get((kind, forth), 0) + 1
        return {"type": kind, "handle": handle, "seq": seq, "service": service, "role": role,
                "transmission": number, "src": src, "dst": dst}


def udp_of(frame):
    """(source, destination, what its fragments share, is it the first, is it the last, UDP) of an Ethernet frame, or None"""
    ip = frame[14:]
    if frame[12:14] == b"\x08\x00" and len(ip) >= 28 and ip[9] == socket.IPPROTO_UDP:
        offset = struct.unpack(">H", ip[6:8])[0]
        return (socket.inet_ntoa(ip[12:16]), socket.inet_ntoa(ip[16:20]), ip[12:20] + ip[4:6],
                not offset & 0x1fff, not offset & 0x2000, ip[(ip[0] & 15) * 4:])
    if frame[12:14] == b"\x86\xdd" and len(ip) >= 48:
        src, dst = (f"[{socket.inet_ntop(socket.AF_INET6, ip[at:at + 16])}]" for at in (8, 24))
        if ip[6] == socket.IPPROTO_UDP:
            return src, dst, b"", True, True, ip[40:]
        if ip[6] == socket.IPPROTO_FRAGMENT and ip[40] == socket.IPPROTO_UDP:
            offset = struct.unpack(">H", ip[42:44])[0]
            return src, dst, ip[8:40] + ip[44:48], offset < 8, not offset & 1, ip[48:]
    return None


class Switch:
    def __init__(self, interfaces, log, rules):
        self.ports = []
        for name in interfaces:
            port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))   # ETH_P_ALL
            port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            port.bind((name, 0))
            self.ports.append(port)
        self.longest = next((int(text[7:]) for text in rules if text.startswith("longer=")), 0)
        self.rules = [Rule(text) for text in rules if not text.startswith("longer=")]
        self.amanda = Amanda()
        self.fragments = {}     # (addresses, IP id) -> what was decided on the first fragment
        self.waiting = []       # heap of (time, number, port, frame)
        self.number = self.order = 0
        self.cut = False
        self.log = open(log, "w")
        self.log.write('{"rules": ' + json.dumps(rules) + ',\n "decisions": [')
        self.log.flush()        # there now: the sockets are open

    def decide(self, now, frame):
        """('pass' | 'drop' | 'delay' | 'copy', seconds) for one Ethernet frame"""
        found = udp_of(frame)
        if not found:
            return "pass", 0
        src, dst, fragment, first, last, udp = found
        if not first:
            return self.fragments.get(fragment, ("pass", 0))
        sport, dport = struct.unpack(">HH", udp[:4])
        datagram = self.amanda.parse(f"{src}:{sport}", f"{dst}:{dport}", udp[8:])
        verdict = ("pass", 0)
        if datagram:
            rule = next((r for r in self.rules if r.fits(datagram)), None)
            if rule:
                verdict = (rule.action, rule.seconds)
            comma = "," if self.number else ""
            self.number += 1
            entry = {"time": round(now, 6), "action": verdict[0]}
            if verdict[1]:
                entry["seconds"] = verdict[1]
            self.log.write(f"{comma}\n  {json.dumps({**entry, **datagram})}")
            self.log.flush()
        if not last:            # more fragments follow: they share its fate
            self.fragments[fragment] = verdict
        else:
            self.fragments.pop(fragment, None)
        return verdict

    def later(self, when, port, frame):
        self.order += 1     # keeps fragments in their order, and sockets out of the comparison
        heapq.heappush(self.waiting, (when, self.order, port, frame))

    def run(self):
        while True:
            pause = max(0, self.waiting[0][0] - time.time()) if self.waiting else None
            for port in select.select(self.ports, [], [], pause)[0]:
                frame, address = port.recvfrom(65535)
                # what we sent ourselves, the cable is cut, or a packet is too long for it
                if address[2] == socket.PACKET_OUTGOING or self.cut or 0 < self.longest < len(frame):
                    continue
                now = time.time()
                other = self.ports[1 - self.ports.index(port)]
                action, seconds = self.decide(now, frame)
                if action in ("pass", "copy"):
                    other.send(frame)
                if action in ("delay", "copy"):
                    self.later(now + seconds, other, frame)
            while self.waiting and self.waiting[0][0] <= time.time():
                _, _, port, frame = heapq.heappop(self.waiting)
                port.send(frame)

    def set_cut(self, cut):
        self.cut = cut

    def close(self):
        self.log.write("\n ]}\n")
        self.log.close()


def main():
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    switch = Switch(sys.argv[1:3], sys.argv[3], sys.argv[4:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGUSR1, lambda *_: switch.set_cut(True))
    signal.signal(signal.SIGUSR2, lambda *_: switch.set_cut(False))
    try:
        switch.run()
    finally:
        switch.close()


if __name__ == "__main__":
    main()
