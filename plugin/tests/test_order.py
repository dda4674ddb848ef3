# SPDX-License-Identifier: GPL-2.0-or-later
"""The order in which TCP segments come changes nothing of what they are decoded to.

TCP's preferences are the defaults here, with which it hands over no segment that it takes for a retransmission or out of
order. Each stream is compared with what its bytes say when they come in order.
"""

import random

import pytest

import packets
import streams
import test_framed
import test_streams
import tshark
from streams import Capture, Connection
from test_streams import DATA, INDEX, MESG, assert_all_there, dump, values

DEFAULTS, OUT_OF_ORDER = (), test_streams.OUT_OF_ORDER
LINES = tuple(f"amanda.{name}" for name in ("stream.name", "mesg", "index.path", "state", "dump.check", "dump.result",
                                            "dump.no_end", "stream.gap", "stream.rest", "stream.dissected_in",
                                            "data.bytes", "stream.setup_frame"))


def read(path, names=LINES, options=(), passes=2):
    return {number: fields for number, fields in tshark.read_fields(path, names, options, passes).items() if fields}


def parts(payload, *cuts):
    edges = [0, *sorted({min(max(cut, 0), len(payload)) for cut in cuts}), len(payload)]
    return [payload[start:end] for start, end in zip(edges, edges[1:]) if start < end]


def backwards(connection, payload, *cuts):
    pieces = parts(payload, *cuts)
    connection.out_of_order(pieces, range(len(pieces))[::-1])


# ---------------------------------------------------------------------------------------------------------------------
# Streams with a port of their own


@pytest.mark.parametrize("options", (DEFAULTS, OUT_OF_ORDER, ("-o", "tcp.analyze_sequence_numbers:FALSE"),
                                     ("-o", "tcp.relative_sequence_numbers:FALSE"),
                                     ("-o", "tcp.desegment_tcp_streams:FALSE"),
                                     ("-o", "tcp.no_subdissector_on_error:FALSE")), ids=lambda options: options[1:] or "")
def test_two_segments_swapped_at_every_byte(tmp_path, options):
    capture = Capture()
    replies = [dump(capture, at, lambda connection, payload: backwards(connection, payload, at))
               for at in range(1, len(MESG), 1 if options == DEFAULTS else 40)]
    assert_all_there(capture.write(tmp_path / "swapped.pcap"), replies, options)


@pytest.mark.parametrize("count", (3, 5, 12))
def test_segments_in_any_order(tmp_path, count):
    capture, shuffle = Capture(), random.Random(count)

    def send(connection, payload):
        pieces = parts(payload, *shuffle.sample(range(1, len(payload)), min(count, len(payload)) - 1))
        connection.out_of_order(pieces, shuffle.sample(range(len(pieces)), len(pieces)))

    replies = [dump(capture, number, send) for number in range(30)]
    assert_all_there(capture.write(tmp_path / "order.pcap"), replies)


@pytest.mark.parametrize("options", (DEFAULTS, OUT_OF_ORDER), ids=("defaults", "out of order"))
@pytest.mark.parametrize("seconds", (0, 0.001, 0.3, 5))
def test_a_segment_lost_and_sent_again(tmp_path, seconds, options):
    """As a capture behind the loss has it: TCP takes the late segment for a retransmission, and hands over nothing."""
    capture = Capture()

    def send(connection, payload):
        first, lost, *others = parts(payload, *range(0, len(payload), 9))
        connection.data(first)
        seq = connection.next[True]
        connection.next[True] += len(lost)
        for other in others:
            connection.send(packets.PSH | packets.ACK, other)
            end, connection.next[True] = connection.next[True], seq
            connection.send(packets.ACK, from_responder=False)  # the receiver misses it, too
            connection.next[True] = end
        capture.wait(0)
        capture.now += int(seconds * 10**6)
        connection.segment(packets.PSH | packets.ACK, seq, lost)
        connection.send(packets.ACK, from_responder=False)

    replies = [dump(capture, number, send) for number in range(5)]
    assert_all_there(capture.write(tmp_path / "lost.pcap"), replies, options)


def test_segments_that_overlap(tmp_path):
    capture, shuffle = Capture(), random.Random(7)

    def send(connection, payload):
        start = connection.next[True]
        for _ in range(40):
            first, last = sorted(shuffle.sample(range(len(payload) + 1), 2))
            connection.segment(packets.PSH | packets.ACK, start + first, payload[first:last])
        for at in shuffle.sample(range(0, len(payload), 10), len(range(0, len(payload), 10))):
            connection.segment(packets.PSH | packets.ACK, start + at, payload[at:at + 15])
        connection.next[True] = start + len(payload)
        connection.send(packets.ACK, from_responder=False)

    replies = [dump(capture, number, send) for number in range(20)]
    assert_all_there(capture.write(tmp_path / "overlap.pcap"), replies)


def test_the_end_comes_before_the_last_segment(tmp_path):
    capture = Capture()

    def send(connection, payload):
        connection.data(payload[:-20])
        seq = connection.next[True]
        connection.next[True] += 20
        connection.close = lambda: None
        connection.send(packets.FIN | packets.ACK)
        connection.segment(packets.PSH | packets.ACK, seq, payload[-20:])
        connection.send(packets.FIN | packets.ACK, from_responder=False)
        connection.send(packets.ACK)

    replies = [dump(capture, number, send) for number in range(3)]
    assert_all_there(capture.write(tmp_path / "end.pcap"), replies)


def test_a_wrong_crc_is_found_in_any_order(tmp_path):
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    data, mesg = Connection(capture, 20000), Connection(capture, 20001)
    backwards(data, DATA, 300, 700)
    data.close()
    mesg.data(streams.mesg(DATA, crc=0x12345678))
    mesg.close()
    assert values(read(capture.write(tmp_path / "crc.pcap")), "dump.check") == ["wrong CRC"]


def test_where_a_segment_was_dissected_is_told(tmp_path):
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    mesg = Connection(capture, 20001)
    early = len(capture.frames) + 1
    backwards(mesg, MESG, 100)
    path = capture.write(tmp_path / "told.pcap")
    frames = read(path)
    assert frames[early]["amanda.stream.dissected_in"] == [str(early + 1)]
    assert "amanda.mesg" not in frames[early]
    assert frames[early + 1]["amanda.mesg"] == MESG.decode().splitlines()
    assert "amanda.stream.dissected_in" not in read(path, passes=1)[early]


def test_what_the_receiver_has_is_not_waited_for(tmp_path):
    """Bytes that the capture lacks: the lines behind them are shown once the receiver has acknowledged them."""
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX 20002")
    connection = Connection(capture, 20002)
    connection.data(b"/a\n/b")
    connection.next[True] += 5
    for line in (b"/x\n", b"/c\n", b"/d\n"):
        connection.data(line)
    connection.close()
    for passes in (1, 2):
        frames = read(capture.write(tmp_path / "gap.pcap"), passes=passes)
        assert values(frames, "index.path") == ["/a", "/c", "/d"]
        assert len(values(frames, "stream.gap")) == 1


def test_a_capture_of_one_direction(tmp_path):
    """There, nothing tells what the receiver has; what is missing is waited for until the end."""
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX 20002")
    connection = Connection(capture, 20002, handshake=False)
    connection.send(packets.SYN | packets.ACK)
    for line in (b"/a\n", b"/b\n", None, b"/c\n/", b"d\n"):
        if line:
            connection.send(packets.PSH | packets.ACK, line)
        else:
            connection.next[True] += 7
    connection.send(packets.FIN | packets.ACK)
    path = capture.write(tmp_path / "one.pcap")
    for passes in (1, 2):
        frames = read(path, passes=passes)
        assert set(values(frames, "index.path")) >= {"/a", "/b", "/d"}
    assert read(path, passes=1).keys() == read(path).keys()


# ---------------------------------------------------------------------------------------------------------------------
# Frames


def framed(capture, source, send, dialogue=test_framed.DIALOGUE, port=10080):
    connection = Connection(capture, port, source=source)
    for from_responder, data in dialogue:
        send(connection, from_responder, data)
    connection.close()


def swap(connection, from_responder, data, *cuts):
    starts = []
    for piece in parts(data, *cuts):
        starts.append((connection.next[from_responder], piece))
        connection.next[from_responder] += len(piece)
    for seq, piece in reversed(starts):
        connection.segment(packets.PSH | packets.ACK, seq, piece, from_responder)
    connection.send(packets.ACK, from_responder=not from_responder)


@pytest.mark.parametrize("options", (DEFAULTS, OUT_OF_ORDER), ids=("defaults", "out of order"))
def test_frames_swapped_at_every_byte(tmp_path, options):
    capture, count = Capture(), 140
    for at in range(1, count):
        framed(capture, 600 + at, lambda *write: swap(*write, at))
    test_framed.assert_all_there(capture.write(tmp_path / "frames.pcap"), options, copies=count - 1)


@pytest.mark.parametrize("mtu", (3, 20, 500, 1448))
def test_frames_backwards(tmp_path, mtu):
    capture = Capture()
    framed(capture, 600, lambda connection, side, data: swap(connection, side, data, *range(0, len(data), mtu)))
    test_framed.assert_all_there(capture.write(tmp_path / "backwards.pcap"))


@pytest.mark.parametrize("mtu", (20, 1448))
def test_frames_lost_and_sent_again(tmp_path, mtu):
    """Every second segment comes half a second late."""
    capture = Capture()

    def send(connection, from_responder, data):
        seq, late = connection.next[from_responder], []
        for number, piece in enumerate(parts(data, *range(0, len(data), mtu))):
            if number % 2:
                late.append((seq, piece))
            else:
                connection.segment(packets.PSH | packets.ACK, seq, piece, from_responder)
            seq += len(piece)
        capture.now += 500000
        for place, piece in late:
            connection.segment(packets.PSH | packets.ACK, place, piece, from_responder)
        connection.next[from_responder] = seq
        connection.send(packets.ACK, from_responder=not from_responder)

    framed(capture, 600, send)
    test_framed.assert_all_there(capture.write(tmp_path / "late.pcap"))


@pytest.mark.parametrize("at", (1, 4, 5, 8, 9, 20))
def test_bsdudp_swapped(tmp_path, at):
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 499999 INDEX 499998 STATE 499997")
    connection = Connection(capture, 20000)
    frame = test_framed.frame
    for written in (frame(499999, MESG[:50]) + frame(499997), frame(20000, DATA), frame(499998, INDEX) + frame(499998)
                    + frame(20000) + frame(499999, MESG[50:]) + frame(499999)):
        swap(connection, True, written, at, len(written) - at)
    connection.close()
    for passes in (1, 2):
        frames = read(capture.write(tmp_path / "bsdudp.pcap"), passes=passes)
        assert values(frames, "mesg") == MESG.decode().splitlines()
        assert values(frames, "index.path") == INDEX.decode().splitlines()
        assert values(frames, "dump.check") == ["correct"]


# ---------------------------------------------------------------------------------------------------------------------
# amindexd


def test_amindexd_swapped_at_every_byte(tmp_path):
    capture, count = Capture(), 90
    for at in range(1, count):
        framed(capture, 600 + at, lambda *write: swap(*write, at), test_framed.INDEX_SERVER, port=10082)
    names = tuple(f"amanda.amindexd.{name}" for name in ("command", "code", "text")) + ("tcp.srcport", "tcp.dstport")
    path = capture.write(tmp_path / "amindexd.pcap")
    for passes in (1, 2):
        frames = read(path, names, passes=passes)
        for at in range(1, count):
            own = {number: fields for number, fields in frames.items()
                   if str(600 + at) in fields["tcp.srcport"] + fields["tcp.dstport"]}
            assert values(own, "amindexd.command") == ["SECURITY", "SCNF", "DHST", "FOO", "QUIT"], at
            assert values(own, "amindexd.code") == ["220", "200", "200", "200", "201", "200", "500", "200"], at


def test_foreign_segments_out_of_order_are_left_alone(tmp_path):
    capture = Capture()
    http = b"GET / HTTP/1.1\r\nHost: example\r\n\r\n" * 3
    for number, port in enumerate((10080, 10082, 10083)):
        framed(capture, 700 + number, lambda *write: swap(*write, 1, 7, 40), [(False, http), (True, http)], port)
    path = capture.write(tmp_path / "foreign.pcap")
    assert tshark.count(path, "amanda") == 0
    assert tshark.read_columns(path) == tshark.read_columns(path, plugin=False)
