# SPDX-License-Identifier: GPL-2.0-or-later
#
# Traffic for the benchmarks: captures of as many packets as one likes, of protocols that can be compared.
#
# Each exchange of Amanda is four datagrams. DNS and RADIUS have two, of about the same size, between as many pairs of
# hosts; what they send is nothing but well-formed.
import random
import struct

PAIRS = 4000

FEATURES = 'ffffffff9efefbfffffffffffffff3fffbf71f'


def frame(forth, pair, requester_port, responder_port, payload):
    server = bytes([192, 0, 2, 1])
    client = bytes([10, 9, pair // 250, 1 + pair % 250])
    source, destination = (server, client) if forth else (client, server)
    ports = (requester_port, responder_port) if forth else (responder_port, requester_port)
    udp = struct.pack('>HHHH', *ports, 8 + len(payload), 0) + payload
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, source, destination)
    return b'\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0' + ip + udp


def amanda(number):
    """An exchange is four datagrams: REQ, ACK, REP, ACK."""
    exchange, step = divmod(number, 4)
    head = 'HANDLE 000-%08X SEQ %d\n' % (0x80000000 + exchange, 1700000000 + exchange)
    if step == 0:
        text = 'REQ ' + head + 'SECURITY USER backup\nSERVICE noop\nOPTIONS features=%s;\n' % FEATURES
    elif step == 2:
        text = 'REP ' + head + 'OPTIONS features=%s;\n' % FEATURES
    else:
        text = 'ACK ' + head
    return frame(step in (0, 3), exchange % PAIRS, 842, 10080, ('Amanda 3.5 ' + text).encode())


def amanda_without_acks(number):
    """Two datagrams an exchange, so that there are as many exchanges as DNS and RADIUS have."""
    exchange, step = divmod(number, 2)
    return amanda(4 * exchange + 2 * step)


def dns(number):
    """A question and its answer, with the cookies that today's hosts send (RFC 7873)."""
    transaction, step = divmod(number, 2)
    pair = transaction % PAIRS
    question = b'\x0ca%011d\x07example\x03org\0' % transaction + b'\0\1\0\1'
    cookie = b'\0\0\x29\x04\xd0\0\0\0\0\0\x0c\0\x0a\0\x08' + struct.pack('>Q', transaction)
    if step == 0:
        message = struct.pack('>HHHHHH', transaction & 0xffff, 0x100, 1, 0, 0, 1) + question + cookie
    else:
        answer = b'\xc0\x0c\0\1\0\1\0\0\0\1\0\4' + bytes([10, 0, transaction >> 8 & 255, transaction & 255])
        message = struct.pack('>HHHHHH', transaction & 0xffff, 0x8180, 1, 1, 0, 1) + question + answer + cookie
    return frame(step == 0, pair, 30842, 53, message)


def radius(number):
    transaction, step = divmod(number, 2)
    pair = transaction % PAIRS
    authenticator = struct.pack('>QQ', transaction, ~transaction & 0xffffffffffffffff)
    name = b'user%012d' % transaction
    attributes = bytes([1, 2 + len(name)]) + name + b'\x04\x06\xc0\0\2\1' + b'\x05\x06\0\0\0\1'
    if step:
        attributes += b'\x12\x1aGood day to you, stranger.'[:26]
    packet = struct.pack('>BBH', 2 if step else 1, (transaction // PAIRS) & 255, 20 + len(attributes))
    return frame(step == 0, pair, 30842, 1812, packet + authenticator + attributes)


def unclaimed(number):
    """Random bytes between ports that no dissector has."""
    transaction, step = divmod(number, 2)
    return frame(step == 0, transaction % PAIRS, 30842, 40842, random.Random(number).randbytes(72))


def tcp_frame(forth, port, sequence, flags, payload):
    """A segment between a server and a client; forth is from the server, port the client's."""
    server, client = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
    source, destination = (server, client) if forth else (client, server)
    ports = (40000, port) if forth else (port, 40000)
    segment = struct.pack('>HHIIBBHHH', *ports, sequence[forth], sequence[not forth], 0x50, flags, 8192, 0, 0) + payload
    sequence[forth] = (sequence[forth] + len(payload) + (flags & 3 != 0)) & 0xffffffff
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0, source, destination)
    return b'\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0' + ip + segment


def bulk_tcp(packets, port=5001):
    """Much data in one connection; every third segment is an ACK without data. The client sends, as in a dump."""
    sequence = {True: 1000, False: 2000}
    yield tcp_frame(True, port, sequence, 0x02, b'')
    yield tcp_frame(False, port, sequence, 0x12, b'')
    data = random.Random(1).randbytes(1448)
    for number in range(packets - 2):
        yield tcp_frame(number % 3 == 2, port, sequence, 0x10, b'' if number % 3 == 2 else data)


def sendbackup(ports):
    """The exchange that announces a dump's streams."""
    head = 'HANDLE 001-80000001 SEQ 1700000001\n'
    for forth, text in (
            (True, 'REQ ' + head + 'SECURITY USER backup\nSERVICE sendbackup\n'
             'OPTIONS features=%s;hostname=client;\nGNUTAR /srv 0 1970:1:1:0:0:0 OPTIONS |;auth=bsd;index;\n' % FEATURES),
            (False, 'ACK ' + head),
            (False, 'REP ' + head + 'CONNECT DATA %d MESG %d INDEX %d\nOPTIONS features=%s;\n' % (*ports, FEATURES)),
            (True, 'ACK ' + head)):
        packet = frame(forth, 0, 842, 10080, ('Amanda 3.5 ' + text).encode())
        yield packet[:26] + (b'\xc0\0\2\1\xc0\0\2\2' if forth else b'\xc0\0\2\2\xc0\0\2\1') + packet[34:]


def bulk_beside_dump(packets):
    """The same data behind a dump's exchange, whose own streams stay silent."""
    yield from sendbackup((50001, 50002, 50003))
    yield from bulk_tcp(packets - 4)


def dump(packets):
    """The same data in the DATA stream of a dump."""
    yield from sendbackup((50001, 50002, 50003))
    yield from bulk_tcp(packets - 4, 50001)


def numbered(make):
    return lambda packets: (make(number) for number in range(packets))


TRAFFIC = {
    'DNS': numbered(dns),
    'Amanda': numbered(amanda),
    'Amanda without ACKs': numbered(amanda_without_acks),
    'RADIUS': numbered(radius),
    'UDP, unclaimed': numbered(unclaimed),
    'TCP': bulk_tcp,
    'TCP beside a dump': bulk_beside_dump,
    'dump': dump,
}


def write(path, kind, packets):
    """A capture file of this many packets, a millisecond apart each."""
    with open(path, 'wb') as capture:
        capture.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for number, data in enumerate(TRAFFIC[kind](packets)):
            when = divmod(number, 1000)
            capture.write(struct.pack('<IIII', 1700000000 + when[0], 1000 * when[1], len(data), len(data)))
            capture.write(data)
