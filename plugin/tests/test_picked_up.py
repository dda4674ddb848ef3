# SPDX-License-Identifier: GPL-2.0-or-later
"""Streams whose connections were picked up without their SYN, or in their middle."""

import pytest

import packets
import streams
import tshark
import variants
from streams import Capture, Connection
from test_framed import CONNECT, REQ, frame, packet

DATA = streams.tar(5000)
MESG = streams.mesg(DATA)
INDEX = b"/\n/f1\n/dir/name\n"
NAMES = ("amanda.mesg", "amanda.stream.rest", "amanda.stream.gap", "amanda.stream.no_syn", "amanda.stream.name",
         "amanda.frame.lost", "amanda.frame.bad_length", "amanda.type", "amanda")


def written(path, skip=0, announced=True, handshake=False, copies=1, snapshot=262144, missing=0):
    """The first skip bytes of each stream are not captured; missing: so many of MESG, behind its first segment."""
    capture = Capture()
    if announced:
        capture.exchange(7, "DATA 50023 MESG 50024 INDEX 50025")
    data, mesg, index = (Connection(capture, port, source=50000 + port % 10, handshake=handshake)
                         for port in (50023, 50024, 50025))
    mesg.data(MESG[skip:60])
    mesg.next[True] += missing
    mesg.data(MESG[60 + missing:])
    data.pieces(DATA[skip:2000], DATA[2000:])
    index.pieces(INDEX[skip:])
    for connection in (data, mesg, index):
        connection.close()
    packets.write_pcap(path, [each for each in capture.frames for _ in range(copies)], snapshot)
    return path


def read(path, passes=2):
    return tshark.read_fields(path, NAMES, passes=passes)


def values(frames, name):
    return [value for fields in frames.values() for value in fields.get(f"amanda.{name}", ())]


@pytest.mark.parametrize("copies", [1, 2])
def test_without_its_syn_a_stream_says_that_and_no_more(tmp_path, copies):
    """What begins as every MESG does is whole; whether INDEX is, nobody knows."""
    for passes in (1, 2):
        frames = read(written(tmp_path / "no-syn.pcap", copies=copies), passes)
        assert values(frames, "mesg") == MESG.decode().splitlines()
        assert values(frames, "stream.rest") == ["/"]
        assert (len(values(frames, "stream.no_syn")), values(frames, "stream.gap")) == (1, [])


def test_in_its_middle_a_stream_is_known_by_its_announcement(tmp_path):
    for passes in (1, 2):
        frames = read(written(tmp_path / "middle.pcap", skip=8), passes)
        assert values(frames, "stream.rest") == [MESG[8:].decode().splitlines()[0], INDEX[8:].decode().strip()]
        assert values(frames, "mesg") == MESG.decode().splitlines()[1:]
        assert (len(values(frames, "stream.no_syn")), values(frames, "stream.gap")) == (2, [])


def test_bytes_that_are_missing_are_still_missing(tmp_path):
    for handshake in (False, True):
        for passes in (1, 2):
            frames = read(written(tmp_path / f"gap-{handshake}.pcap", missing=10, handshake=handshake), passes)
            assert len(values(frames, "stream.gap")) == 1
            assert len(values(frames, "stream.no_syn")) == (0 if handshake else 1)  # INDEX


def test_without_announcement_the_middle_of_a_dump_is_tcp(tmp_path):
    for passes in (1, 2):
        assert not any("amanda" in fields for fields in read(written(tmp_path / "tcp.pcap", 8, announced=False), passes).values())


@pytest.mark.parametrize("bytes_of_a_dump", [
    b"\x16\x03\x01 and other bytes that are no handshake", b"\x16\x03\x03\xff\xff\x01" + bytes(40),
    b"\x15\x03\x01\x00\x02\x02\x46" + bytes(40), bytes.fromhex("0000002d6e616d65") + b"\x04text of a file",
    bytes.fromhex("0001000000070001") + b"\x01another"])
def test_in_the_middle_of_a_framed_dump_no_segment_is_taken_for_something_else(tmp_path, bytes_of_a_dump):
    """bsdtcp, captured from the middle of a dump on: any bytes may come first in a segment."""
    capture = Capture()
    connection = Connection(capture, 10080, source=516, handshake=False)
    for piece in (b"\x07" * 1000, bytes_of_a_dump, b"\x08" * 1000):
        connection.data(piece)
    path = capture.write(tmp_path / "middle.pcap")
    for passes in (1, 2):
        assert not any("amanda" in fields for fields in read(path, passes).values())


def test_in_the_middle_of_a_framed_dump_the_next_request_tells(tmp_path):
    capture = Capture()
    connection = Connection(capture, 10080, source=516, handshake=False)
    connection.data(b"\x07" * 1000)
    connection.data(packet("REQ", 2, REQ), False)
    connection.data(packet("ACK", 2) + packet("REP", 2, CONNECT))
    connection.data(frame(499998, MESG))
    path = capture.write(tmp_path / "later.pcap")
    for passes in (1, 2):
        frames = read(path, passes)
        assert values(frames, "type") == ["REQ", "ACK", "REP"] and values(frames, "mesg") == MESG.decode().splitlines()
        assert not values(frames, "frame.bad_length")


@pytest.mark.parametrize("copies", [1, 2])
@pytest.mark.parametrize("together", [False, True])
def test_the_end_of_an_exchange_may_stand_in_front_of_the_request_that_tells(tmp_path, together, copies):
    capture = Capture()
    connection = Connection(capture, 10080, source=516, handshake=False)
    for piece in [frame(1, b"") + packet("REQ", 2, REQ)] if together else [frame(1, b""), packet("REQ", 2, REQ)]:
        connection.data(piece, False)
    connection.data(packet("ACK", 2) + packet("REP", 2, CONNECT))
    path = tmp_path / "behind-an-end.pcap"
    packets.write_pcap(path, [each for each in capture.frames for _ in range(copies)])
    for passes in (1, 2):
        assert values(read(path, passes), "type") == ["REQ", "ACK", "REP"]


# ---------------------------------------------------------------------------------------------------------------------
# The same two ports again

AGAIN = [("dumper_killed", "the responder's side"), ("mixed", "the responder's side"), ("mixed", "all but SYNs"),
         ("strange", "all but SYNs"), ("strange", "the responder's side but SYNs")]
OF_CONNECTIONS = ("amanda.disk", "amanda.level", "amanda.mesg", "amanda.frame.after_end", "_ws.malformed")
SYN, ACK = 2, 16


def flags_of(frame):
    """Of TCP; 0 where it is something else."""
    at, kind = variants.network_layer(frame) or (0, None)
    if kind != variants.IPV4 or frame.data[at + 9] != variants.TCP:
        return 0
    return frame.data[at + (frame.data[at] & 15) * 4 + 13]


def from_responder(frame):
    """By its port."""
    at, _ = variants.network_layer(frame)
    at += (frame.data[at] & 15) * 4
    return frame.data[at:at + 2] == (10080).to_bytes(2, "big")


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("name, kept", AGAIN)
def test_connections_of_the_same_ports_are_told_apart(name, kept, passes, tmp_path):
    """By their SYN-ACK alone, or without a SYN, too: of what is told, nothing is another disk's."""
    capture = tshark.CAPTURES / f"outcomes/{name}-bsdtcp.pcap"
    frames = [frame for frame in variants.read(capture) if flags_of(frame)]
    assert sum(flags_of(frame) & (SYN | ACK) == SYN for frame in frames) > 1
    if "side" in kept:
        frames = [frame for frame in frames if from_responder(frame)]
    if "SYNs" in kept:
        frames = [frame for frame in frames if not flags_of(frame) & SYN]
    path = tmp_path / "again.pcapng"
    variants.write(path, frames)
    tmp_path.chmod(0o755)
    path.chmod(0o644)
    whole = tshark.read_fields(capture, OF_CONNECTIONS, (), 2)
    told = tshark.read_fields(path, OF_CONNECTIONS, (), passes)
    texts = 0
    for number, fields in told.items():
        right = whole[frames[number - 1].source + 1]
        assert not {"amanda.frame.after_end", "_ws.malformed"} & {*fields}
        assert {*fields.get("amanda.mesg", ())} <= {*right.get("amanda.mesg", ())}
        for field in ("amanda.disk", "amanda.level"):
            assert {*fields.get(field, ())} <= {*right.get(field, ())}, number
        texts += len(fields.get("amanda.mesg", ()))
    assert texts > 3
