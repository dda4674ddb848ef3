# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps over the network, made: the exchange, and the TCP connections of its streams in any shape."""

import packets

SERVER, CLIENT = ("192.0.2.1", 842), ("192.0.2.2", 10080)
FEATURES = "ffffffff9efefbfffffffffffffff3fffbf71f"
START = 1795334400 * 10**6
STEP = 100


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def tar(size=1024):
    """Enough of a tar archive to be recognised."""
    header = b"file".ljust(257, b"\0") + b"ustar\0" + b"00"
    return header.ljust(512, b"\0") + bytes(number * 7 % 256 for number in range(size - 512))


def mesg(data, disk="/home", crc=None, count=None, end=True):
    crc = crc32c(data) if crc is None else crc
    text = (f"sendbackup: start [client:{disk} level 0]\nsendbackup: info BACKUP=/bin/tar\nsendbackup: info end\n"
            f"| Total bytes written: {len(data)}\nsendbackup: native-CRC {crc:08x}:{len(data)}\n"
            f"sendbackup: client-CRC {crc:08x}:{len(data) if count is None else count}\nsendbackup: size 1\n")
    return (text + ("sendbackup: end\n" if end else "")).encode()


class Capture:
    def __init__(self):
        self.frames, self.now = [], START

    def see(self, packet, captured=None):
        self.frames.append((self.now, packets.ethernet(packet), *([] if captured is None else [captured])))
        self.now += STEP
        return len(self.frames)

    def wait(self, seconds):
        self.now += seconds * 10**6

    def write(self, path):
        packets.write_pcap(path, self.frames)
        return path

    def datagram(self, source, destination, type, seq, body):
        return self.see(packets.udp(source, destination, f"Amanda 3.5 {type} HANDLE 000-00000000 SEQ {seq}\n{body}".encode()))

    def exchange(self, seq, connect, disk="/home", ack=True, service="sendbackup"):
        """The frames of REQ and REP."""
        body = (f"SECURITY USER amanda\nSERVICE {service}\nOPTIONS features={FEATURES};hostname=client;\n<dle>\n"
                f"  <program>GNUTAR</program>\n  <disk>{disk}</disk>\n  <level>0</level>\n</dle>\n")
        req = self.datagram(SERVER, CLIENT, "REQ", seq, body)
        self.datagram(CLIENT, SERVER, "ACK", seq, "")
        rep = self.datagram(CLIENT, SERVER, "REP", seq, f"CONNECT {connect}\nOPTIONS features={FEATURES};\n")
        if ack:
            self.datagram(SERVER, CLIENT, "ACK", seq, "")
        return req, rep


class Connection:
    """From the server to a port of the client, which sends."""

    def __init__(self, capture, port, source=50000, handshake=True, server=SERVER[0], client=CLIENT[0]):
        self.capture = capture
        self.ends = {True: (client, port), False: (server, source)}  # whether the responder sends
        self.next = {True: 7000 + port, False: 3000 + port}
        self.first = len(capture.frames) + 1
        if handshake:
            self.send(packets.SYN, from_responder=False)
            self.send(packets.SYN | packets.ACK)
            self.send(packets.ACK, from_responder=False)

    def segment(self, flags, seq, data=b"", from_responder=True, captured=None):
        packet = packets.tcp(self.ends[from_responder], self.ends[not from_responder], flags, seq,
                             self.next[not from_responder] if flags & packets.ACK else 0, data)
        return self.capture.see(packet, captured)

    def send(self, flags, data=b"", from_responder=True, captured=None):
        frame = self.segment(flags, self.next[from_responder], data, from_responder, captured)
        self.next[from_responder] += len(data) + bool(flags & (packets.SYN | packets.FIN))
        return frame

    def data(self, data, from_responder=True):
        """One segment, and its acknowledgement."""
        frame = self.send(packets.PSH | packets.ACK, data, from_responder)
        self.send(packets.ACK, from_responder=not from_responder)
        return frame

    def pieces(self, *pieces):
        for piece in pieces:
            if piece:
                self.data(piece)

    def out_of_order(self, pieces, order):
        starts, seq = [], self.next[True]
        for piece in pieces:
            starts.append(seq)
            seq += len(piece)
        for index in order:
            self.segment(packets.PSH | packets.ACK, starts[index], pieces[index])
        self.next[True] = seq
        self.send(packets.ACK, from_responder=False)

    def close(self):
        self.send(packets.FIN | packets.ACK)
        self.send(packets.FIN | packets.ACK, from_responder=False)
        self.send(packets.ACK)
