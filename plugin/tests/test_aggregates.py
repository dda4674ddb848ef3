# SPDX-License-Identifier: GPL-2.0-or-later
"""Several TCP segments in one frame, as the aggregates (A-MSDU) of IEEE 802.11 have them: each is read as if it stood alone."""

import re
import struct

import pytest

import packets
import streams
import tshark
from streams import Capture, Connection
from test_framed import tls_session

IEEE_802_11 = 105
DATA = streams.tar(3000)
MESG = streams.mesg(DATA)
INDEX = b"/\n/etc/\n/etc/passwd\n"
NAMES = ("amanda.data.bytes", "amanda.mesg", "amanda.index.path", "amanda.dump.result", "amanda.dump.check", "amanda.dump.calculated_bytes",
         "amanda.frame.handle", "amanda.verdict", "amanda.outcome")
V6 = "2001:db8::1", "2001:db8::2"


def aggregate(ip_packets):
    stations = [bytes([2, 0, 0, 0, 0, number]) for number in range(3)]
    frame = struct.pack("<BBH", 0x88, 0, 0) + b"".join(stations) + struct.pack("<HH", 0, 0x80)
    for packet in ip_packets:
        unit = b"\xaa\xaa\3\0\0\0" + (b"\x08\0" if packet[0] >> 4 == 4 else b"\x86\xdd") + packet
        frame += bytes(-(len(frame) - 26) % 4) + stations[1] + stations[0] + struct.pack(">H", len(unit)) + unit
    return frame


def carries_data(packet):
    at = 20 if packet[0] >> 4 == 4 else 40
    return packet[9 if at == 20 else 6] == packets.TCP and len(packet) > at + 20


def sender(packet):
    return packet[12:16] if packet[0] >> 4 == 4 else packet[8:24]


def is_tcp(packet):
    return packet[9 if packet[0] >> 4 == 4 else 6] == packets.TCP


def write_aggregated(path, capture, size, joins=carries_data, behind=()):
    """The frames of a capture; those of one sender that follow each other and that join are in aggregates of at most so many
    packets. behind: what comes last in each of these."""
    frames = []
    for time, frame, *_ in capture.frames:
        packet = frame[14:]
        if joins(packet) and frames and len(frames[-1][1]) < size and all(
                joins(other) and sender(other) == sender(packet) for other in frames[-1][1]):
            frames[-1][1].append(packet)
        else:
            frames.append((time, [packet]))
    packets.write_pcap(path, [(time, aggregate(together + list(behind) if joins(together[0]) else together)) for time, together in frames],
                       link=IEEE_802_11)
    return path


def values(path, passes):
    """All values of each field, in the order in which they came."""
    frames = tshark.read_fields(path, NAMES, passes=passes)
    return {name: [value for frame in sorted(frames) for value in frames[frame].get(name, ())] for name in NAMES}


def dump(server=streams.SERVER[0], client=streams.CLIENT[0]):
    """A dump whose streams alternate, none of whose packets are acknowledged one by one."""
    capture = Capture()
    body = (f"SECURITY USER amanda\nSERVICE sendbackup\nOPTIONS features={streams.FEATURES};\n<dle>\n"
            "  <program>GNUTAR</program>\n  <disk>/home</disk>\n  <level>0</level>\n</dle>\n")
    ends = (server, 842), (client, 10080)
    capture.datagram(*ends, "REQ", 1, body)
    capture.datagram(*ends[::-1], "REP", 1, "CONNECT DATA 50010 MESG 50011 INDEX 50012\n")
    ways = [Connection(capture, port, source=port + 1000, server=server, client=client) for port in (50010, 50011, 50012)]
    cuts = [DATA[:700], DATA[700:1400], DATA[1400:]], [MESG[:30], MESG[30:90], MESG[90:]], [INDEX[:5], INDEX[5:9], INDEX[9:]]
    for parts in zip(*cuts):
        for way, part in zip(ways, parts):
            way.send(packets.PSH | packets.ACK, part[:10])
            way.send(packets.PSH | packets.ACK, part[10:])
    for way in ways:
        way.close()
    return capture


def framed():
    """The same by frames of one connection."""
    capture = Capture()
    way = Connection(capture, 10080)
    request = (f"\0SECURITY USER amanda\nSERVICE sendbackup\nOPTIONS features={streams.FEATURES};\n<dle>\n"
               "  <program>GNUTAR</program>\n  <disk>/home</disk>\n  <level>0</level>\n</dle>\n").encode()
    reply = b"\1CONNECT DATA 499999 MESG 499998\n\0"

    def frame(handle, body):
        return struct.pack(">II", len(body), handle) + body

    for part in frame(1, request)[:100], frame(1, request)[100:]:
        way.send(packets.PSH | packets.ACK, part, from_responder=False)
    sent = (frame(1, reply) + frame(1, b"") + frame(499999, DATA) + frame(499998, MESG) + frame(499999, b"") +
            frame(499998, b""))
    for at in range(0, len(sent), 333):
        way.send(packets.PSH | packets.ACK, sent[at:at + 333])
    way.close()
    return capture


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("made", [dump, framed, lambda: dump(*V6)], ids=["streams", "frames", "streams over IPv6"])
def test_all_segments_of_a_frame_are_read(tmp_path, made, size, passes):
    tmp_path.chmod(0o755)
    capture = made()
    alone = values(capture.write(tmp_path / "alone.pcap"), passes)
    assert alone["amanda.dump.result"] == ["success"] and alone["amanda.data.bytes"][-1] == "3000"
    together = values(write_aggregated(tmp_path / "aggregated.pcap", capture, size), passes)
    # What is shown once for a frame is not shown for each of its segments.
    assert {name: sorted(set(together[name])) for name in NAMES} == {name: sorted(set(alone[name])) for name in NAMES}


PORTS = 50010, 50011, 50012
STATES = ("amanda.dump.result", "amanda.dump.no_end", "amanda.stream.refused", "amanda.stream.refused_in", "amanda.connection.refused",
          "amanda.outcome", "amanda.outcome.why", "amanda.stream.gap", "amanda.data.bytes")


def opened(server, client, answer, close):
    """A dump whose connections are opened, or refused, and closed at the same time."""
    capture = Capture()
    ends = (server, 842), (client, 10080)
    capture.datagram(*ends, "REQ", 1, f"SECURITY USER amanda\nSERVICE sendbackup\nOPTIONS features={streams.FEATURES};\n<dle>\n"
                     "  <program>GNUTAR</program>\n  <disk>/home</disk>\n  <level>0</level>\n</dle>\n")
    capture.datagram(*ends[::-1], "REP", 1, "CONNECT DATA 50010 MESG 50011 INDEX 50012\n")
    capture.datagram(*ends, "ACK", 1, "")
    ways = [Connection(capture, port, source=port + 1000, handshake=False, server=server, client=client) for port in PORTS]

    def all_send(flags, from_responder):
        for way in ways:
            way.send(flags, from_responder=from_responder)

    all_send(packets.SYN, False)
    all_send(answer, True)
    if answer & packets.RST:
        return capture
    all_send(packets.ACK, False)
    for way, said in zip(ways, (DATA, MESG, INDEX)):
        way.send(packets.PSH | packets.ACK, said)
        way.send(packets.ACK, from_responder=False)
    all_send(close, True)
    all_send(packets.FIN | packets.ACK, False)
    all_send(packets.ACK, True)
    return capture


def counted(path, passes):
    """How many frames have each value of each of these fields; of the refusals, how many there are."""
    frames = tshark.read_fields(path, STATES, passes=passes).values()
    found = {name: sorted({re.sub(r"frame \d+", "frame", value) for frame in frames for value in frame.get(name, ())})
             for name in STATES}
    return {**found, "amanda.stream.refused_in": None,
            **{name: sum(len(frame.get(name, ())) for frame in frames) for name in STATES if name.endswith("refused")}}


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("ends", [(streams.SERVER[0], streams.CLIENT[0]), V6], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("answer, close", [(packets.SYN | packets.ACK, packets.FIN | packets.ACK),
                                           (packets.SYN | packets.ACK, packets.RST | packets.ACK),
                                           (packets.RST | packets.ACK, 0)], ids=["closed", "reset", "refused"])
def test_segments_without_payload_are_seen_wherever_they_stand(tmp_path, answer, close, ends, size, passes):
    tmp_path.chmod(0o755)
    capture = opened(*ends, answer, close)
    alone = counted(capture.write(tmp_path / "alone.pcap"), passes)
    refused = bool(answer & packets.RST)
    assert alone["amanda.dump.result"] == ([] if refused else ["success"])
    assert alone["amanda.stream.refused"] == 3 * refused
    assert alone["amanda.outcome"] == ["not connected" if refused else "unfinished" if close & packets.RST else "success"]
    assert counted(write_aggregated(tmp_path / "aggregated.pcap", capture, size, joins=is_tcp), passes) == alone


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("size", [1, 2])
def test_a_segment_of_others_at_the_end_of_a_frame_hides_none(tmp_path, size, passes):
    tmp_path.chmod(0o755)
    capture = opened(streams.SERVER[0], streams.CLIENT[0], packets.RST | packets.ACK, 0)
    alone = counted(capture.write(tmp_path / "alone.pcap"), passes)
    others = packets.tcp((streams.SERVER[0], 40000), (streams.CLIENT[0], 40001), packets.ACK, 1, 1, b"x")
    assert alone["amanda.stream.refused"] == 3
    assert counted(write_aggregated(tmp_path / "aggregated.pcap", capture, size, joins=is_tcp, behind=[others]), passes) == alone


def first_packets(between):
    """A connection with frames, whose responder speaks too early. between: the packets from the SYN to the request, as
    (flags, bytes, from_responder)."""
    capture = Capture()
    way = Connection(capture, 10080, handshake=False)
    request = "\0SECURITY USER amanda\nSERVICE noop\nOPTIONS ;\n".encode()

    way.send(packets.SYN, from_responder=False)
    for flags, data, from_responder in between:
        way.send(flags, data, from_responder)
    way.send(packets.PSH | packets.ACK, struct.pack(">II", len(request), 1) + request, from_responder=False)
    way.send(packets.PSH | packets.ACK, b"more of it\n")
    way.close()
    return capture


TOLD = "amanda.exchange", "amanda.verdict", "amanda.frame.handle", "amanda.frame.lost", "amanda.type", "_ws.malformed"
EARLY = b"sh: amandad: not found\n"


def written_together(path, capture, first, end):
    """With those packets in one frame, whoever sent them."""
    frames = [(time, [frame[14:]]) for time, frame, *_ in capture.frames]
    frames[first:end] = [(frames[first][0], [packet for _, [packet] in frames[first:end]])]
    packets.write_pcap(path, [(time, aggregate(inside)) for time, inside in frames], link=IEEE_802_11)
    return path


@pytest.mark.parametrize("together", [(1, 3), (2, 4), (0, 4), (0, 8)])
@pytest.mark.parametrize("between", [
    [(packets.SYN | packets.ACK, EARLY, True), (packets.ACK, b"", False)],
    [(packets.SYN | packets.ACK, b"", True), (packets.PSH | packets.ACK, EARLY, True)],
    [(packets.SYN | packets.ACK, b"", True), (packets.PSH | packets.ACK, EARLY[:5], True), (packets.PSH | packets.ACK, EARLY[5:], True)],
], ids=["with the SYN", "by itself", "in pieces"])
def test_what_stands_in_front_of_the_segment_that_tells_what_a_connection_is_stays_what_it_was(tmp_path, between, together):
    tmp_path.chmod(0o755)
    path = written_together(tmp_path / "early.pcap", first_packets(between), *together)
    passes = [tshark.read_fields(path, ("frame.protocols", *TOLD), passes=n) for n in (1, 2)]
    assert passes[0] == passes[1]
    assert [frame["amanda.verdict"] for frame in passes[0].values() if "amanda.verdict" in frame] == [["request"]]


def followed_by_the_next(lacks, connections=2):
    """Connections with frames between the same ports, of which the capture lacks so many packets of all but the first one, and
    the number of packets in front of the last one."""
    capture = framed()
    for number in range(1, connections):
        begin = len(capture.frames)
        for time, frame, *_ in framed().frames[lacks:]:
            packet = bytearray(frame[14:])
            for at in (24, 28):  # sequence numbers
                packet[at:at + 4] = struct.pack(">I", (struct.unpack_from(">I", packet, at)[0] + number * 0x7000000) % 2**32)
            capture.see(bytes(packet))
    return capture, begin


# On its second pass, SMPP's heuristic takes what TCP still has of the next one's first bytes.
WITHOUT_SMPP = "--disable-protocol", "smpp"


@pytest.mark.parametrize("last, connections", [(1, 2), (2, 2), (3, 2), (5, 2), (5, 3)])
def test_a_frame_in_which_one_connection_ends_and_the_next_begins(tmp_path, last, connections):
    """Of the next one between the same ports, the capture lacks the SYN."""
    tmp_path.chmod(0o755)
    capture, begin = followed_by_the_next(lacks=3, connections=connections)
    alone = capture.write(tmp_path / "alone.pcap")
    together = written_together(tmp_path / "next.pcap", capture, begin - last, begin + 1)
    once, twice, apart = (tshark.read_fields(path, ("tcp.stream", *TOLD), WITHOUT_SMPP, passes)
                          for path, passes in ((together, 1), (together, 2), (alone, 2)))
    verdicts, apart = ([verdict for frame in frames.values() for verdict in frame.get("amanda.verdict", ())] for frames in (once, apart))
    assert once == twice
    assert verdicts == apart and verdicts.count("request") == connections


@pytest.mark.parametrize("begun_by", ["SYN-ACK", "bytes"])
def test_a_connection_that_begins_once_tcp_is_through_with_a_frame_began_there_on_each_pass(tmp_path, begun_by):
    """What TCP had handed over of the frame was of the connection before; and so are segments in front of its begin."""
    tmp_path.chmod(0o755)
    if begun_by == "bytes":
        capture, begin = followed_by_the_next(lacks=3)
        together = begin - 3, begin + 2
    else:
        # The responder's side alone, of which a segment is missing: its end tells what waited.
        capture, begin = followed_by_the_next(lacks=0)
        of_responder = [(number, frame) for number, frame in enumerate(capture.frames) if sender(frame[1][14:]) == bytes([192, 0, 2, 2])]
        capture.frames = [frame for number, frame in of_responder if number != 6]
        begin = sum(number < begin for number, _ in of_responder) - 1
        together = begin - 2, begin + 1
    path = written_together(tmp_path / "next.pcap", capture, *together)
    once, twice = (tshark.read_fields(path, ("frame.protocols", *TOLD), WITHOUT_SMPP, passes) for passes in (1, 2))
    assert once == twice
    frame = once[together[0] + 1]
    if begun_by == "bytes":
        assert frame["frame.protocols"][0].count("amanda") >= 2
    elif tshark.count(path, "tcp.stream == 1", WITHOUT_SMPP) == 0:
        # Since 4.4, TCP takes the whole frame for the next connection's.
        assert "amanda.frame.handle" in frame


@pytest.mark.parametrize("before", [[(True, b"220 welcome\n")], [(False, b"hello, is anybody there\n"), (False, b"or not\n")]],
                         ids=["greeting", "words"])
def test_records_of_one_tls_connection_in_a_frame_are_not_counted_with_those_of_another(tmp_path, before):
    """On a port that nobody knows, TLS asks of each record who knows it; on Amanda's, on the second pass of none."""
    capture, logs = Capture(), []
    ways = [Connection(capture, port, source=600 + port, handshake=False) for port in (10080, 20080)]
    wires = []
    for way, said in zip(ways, (before, ())):
        folder = tmp_path / str(way.ends[True][1])
        folder.mkdir()
        wire, log = tls_session(folder, before=said)
        wires.append(wire)
        logs.append(log.read_text())
    log = tmp_path / "keys.log"
    log.write_text("".join(logs))
    for flags, from_responder in ((packets.SYN, False), (packets.SYN | packets.ACK, True), (packets.ACK, False)):
        for way in ways:
            way.send(flags, from_responder=from_responder)
    for pair in zip(*wires):
        for way, (from_responder, data) in zip(ways, pair):
            way.send(packets.PSH | packets.ACK, data, from_responder)
    path = write_aggregated(tmp_path / "two.pcap", capture, 2)
    tmp_path.chmod(0o755)
    once, twice = (tshark.read_fields(path, TOLD, ("-o", f"tls.keylog_file:{log}"), passes) for passes in (1, 2))
    assert once == twice
    assert ["request", "request"] in [frame.get("amanda.verdict") for frame in once.values()]


def records(data):
    """The records of TLS that these bytes are."""
    while data:
        length = 5 + struct.unpack_from(">H", data, 3)[0]
        yield data[:length]
        data = data[length:]


def test_words_of_tls_in_front_of_the_first_frame_stay_what_they_were_in_segments_of_one_frame(tmp_path):
    capture = Capture()
    way = Connection(capture, 20080)
    said = b"hello, is anybody there\n", b"or not\n"
    wire, log = tls_session(tmp_path, before=[(False, words) for words in said])
    first = 0
    for from_responder, data in wire:
        for record in records(data) if data[0] == 23 else [data]:
            number = way.send(packets.PSH | packets.ACK, record, from_responder)
            if not first and len(record) == 5 + len(said[0]) + 17:  # TLS 1.3 adds a byte and its tag
                first = number
    way.close()
    tmp_path.chmod(0o755)
    # The words, the request, and what came of it
    path = written_together(tmp_path / "words.pcap", capture, first - 1, first + 4)
    once, twice = (tshark.read_fields(path, ("data.data", *TOLD), ("-o", f"tls.keylog_file:{log}"), passes) for passes in (1, 2))
    assert once == twice
    assert once[first]["data.data"] == [words.hex() for words in said]
    assert once[first]["amanda.type"] == ["REQ", "ACK", "REP"]


def test_the_end_of_one_connection_is_not_that_of_the_next_in_the_same_frame(tmp_path):
    """A responder ends its side in front of the next request, and has not answered the one before."""
    tmp_path.chmod(0o755)
    capture = Capture()

    def frame(body):
        return struct.pack(">II", len(body), 1) + body

    request = frame(b"\0SECURITY USER amanda\nSERVICE noop\nOPTIONS ;\n")
    way = Connection(capture, 10080)
    way.send(packets.PSH | packets.ACK, request, from_responder=False)
    way.send(packets.FIN | packets.ACK, from_responder=False)
    ended = way.send(packets.FIN | packets.ACK)
    for side in way.next:
        way.next[side] += 0x7000000
    way.send(packets.PSH | packets.ACK, request, from_responder=False)
    way.send(packets.PSH | packets.ACK, frame(b"\1OPTIONS features=ffff;\n\0") + frame(b""))
    way.close()
    path = written_together(tmp_path / "next.pcap", capture, ended - 1, ended + 1)
    frames = tshark.read_fields(path, ("amanda.verdict", "amanda.outcome", "amanda.outcome.asked_in"), WITHOUT_SMPP)
    assert [fields["amanda.verdict"] for fields in frames.values() if "amanda.verdict" in fields] == [["request"], ["request"], ["answer"]]
    assert [fields["amanda.outcome"] for number, fields in frames.items() if fields.get("amanda.outcome.asked_in") == [str(number)]] == [
        ["unanswered"], ["success"]]
    assert frames[ended + 1]["amanda.outcome"] == ["success"]


@pytest.mark.parametrize("beside", [False, True])
def test_of_several_requests_in_one_frame_the_number_does_not_tell_which(tmp_path, beside):
    """What an old reply could be taken to answer is told by the number of its frame."""
    tmp_path.chmod(0o755)
    capture = Capture()
    capture.exchange(1, "DATA 50010")
    reply = capture.frames[2][1][14:]
    asked = capture.datagram(streams.SERVER, streams.CLIENT, "REQ", 2, "SERVICE noop\nOPTIONS ;\n")
    if beside:
        capture.datagram(streams.SERVER, ("192.0.2.9", 10080), "REQ", 3, "SERVICE noop\nOPTIONS ;\n")
    old = capture.see(reply) - beside
    path = written_together(tmp_path / "asked.pcap", capture, asked - 1, asked + beside)
    shown = tshark.tshark("-2", "-r", path, "-V", "-Y", f"frame.number == {old}")
    assert "[Verdict: " in shown
    assert (f"[It could be taken to answer {asked}: " in shown) == (not beside)
