# SPDX-License-Identifier: GPL-2.0-or-later
"""What is forged, late or cut: a RST that no receiver takes, a reply that announces other protocols' ports, an overlap."""

import pytest

import packets
import streams
import tshark
from streams import Capture, Connection

DATA = streams.tar(3000)
MESG = streams.mesg(DATA)


def read(path, names, passes=2):
    return tshark.read_fields(path, names, passes=passes)


def values(frames, name):
    return [value for fields in frames.values() for value in fields.get(name, ())]


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("from_responder", [True, False])
@pytest.mark.parametrize("flags", [packets.RST, packets.FIN | packets.ACK])
@pytest.mark.parametrize("away", [-1000, 65536, 1 << 29])  # no window that is not scaled is that large
def test_a_forged_or_late_end_of_mesg_is_none(tmp_path, passes, from_responder, flags, away):
    capture = Capture()
    capture.exchange(1, "DATA 50010 MESG 50011")
    data, mesg = (Connection(capture, port, source=port + 100) for port in (50010, 50011))
    mesg.data(MESG[:70])
    mesg.segment(flags, mesg.next[from_responder] + away, from_responder=from_responder)
    data.pieces(DATA)
    data.close()
    mesg.data(MESG[70:])
    mesg.close()
    frames = read(capture.write(tmp_path / "forged.pcap"), ("amanda.dump.result", "amanda.dump.no_end"), passes)
    assert values(frames, "amanda.dump.result") == ["success"] and not values(frames, "amanda.dump.no_end")


@pytest.mark.parametrize("passes", [1, 2])
def test_a_rst_that_is_taken_ends_mesg(tmp_path, passes):
    capture = Capture()
    capture.exchange(1, "DATA 50010 MESG 50011")
    mesg = Connection(capture, 50011)
    mesg.data(MESG[:70])
    mesg.send(packets.RST, from_responder=False)
    frames = read(capture.write(tmp_path / "reset.pcap"), ("amanda.dump.result",), passes)
    assert values(frames, "amanda.dump.result") == ["not finished"]


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("port, request_seen", [(80, False), (80, True), (8080, False), (8080, True), (8093, False)])
def test_http_stays_http(tmp_path, passes, port, request_seen):
    """Whether a REP announces its port, forged or not; at 8093 it is known by its bytes alone."""
    capture = Capture()
    if request_seen:
        capture.exchange(1, f"DATA {port} MESG 50011")
    else:
        capture.datagram(streams.CLIENT, streams.SERVER, "REP", 1, f"CONNECT DATA {port} MESG 50011\n")
    http = Connection(capture, port)
    http.data(b"GET /secret HTTP/1.1\r\nHost: h\r\n\r\n", from_responder=False)
    http.data(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    http.close()
    # Since 4.2 a response repeats the URI of its request, but not its method.
    frames = read(capture.write(tmp_path / "http.pcap"), ("http.request.method", "http.response.code", "amanda.data"),
                  passes)
    assert values(frames, "http.request.method") == ["GET"] and values(frames, "http.response.code") == ["200"]
    assert not values(frames, "amanda.data")


# The requester speaks first here: its words decide, and those of one service are none of another's.
ASKED = {
    ("amidxtaped", "CTL"): (b"FEATURES=ff\r\n", b"LABEL=TAPE01:1\r\n", b"HEADER\r\n", b"6\n", b"DATAPATH-OK\r\n", b"DATA-READY\r\n"),
    ("amidxtaped", "DATA"): (b"SECURITY USER root\n",),
    ("amdumpd", "CTL"): (b"CONFIG daily\n", b"LIST\n"),
    ("restore", "CTL"): (b"TARGET /srv\r\n", b"EXCLUDE-GLOB-SEND 3\r\n"),
    ("amindexd", "MESG"): (b"FEATURES ff\r\n", b"SCNF daily\r\n"),
}
OTHERS = (b"GET /secret HTTP/1.1\r\n", b"INVITE sip:a@h SIP/2.0\r\n", b"M-SEARCH * HTTP/1.1\r\n", b"*1\r\n$4\r\nPING\r\n",
          b"\x00\x1d\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04disk\x00\x00\x01\x00\x01", b"SSH-2.0-x\r\n")


@pytest.mark.parametrize("passes", [1, 2])
def test_the_words_of_a_requester_that_speaks_first_decide_at_anothers_port(tmp_path, passes):
    """8080 is HTTP's; at 50010 the port is enough."""
    capture, wanted, handle = Capture(), {}, 0
    for (service, role), lines in ASKED.items():
        for line in lines + OTHERS:
            for port in 8080, 50010:
                handle += 1
                capture.exchange(handle, f"{role} {port}", service=service)
                wanted[Connection(capture, port, source=2000 + handle).data(line, from_responder=False)] = line in lines or port == 50010
    frames = tshark.read_fields(capture.write(tmp_path / "words.pcap"), ("_ws.col.Protocol",), passes=passes)
    assert {frame: frames[frame]["_ws.col.Protocol"] == ["Amanda"] for frame in wanted} == wanted


def dump_at(capture, data_port, mesg_port, request_seen):
    """The dump by streams at these ports; the frame of the last line of MESG."""
    connect = f"DATA {data_port} MESG {mesg_port}"
    if request_seen:
        capture.exchange(1, connect)
    else:
        capture.datagram(streams.CLIENT, streams.SERVER, "REP", 1, f"CONNECT {connect}\n")
    data, mesg = (Connection(capture, port) for port in (data_port, mesg_port))
    data.pieces(DATA[:1000], DATA[1000:])
    mesg.data(MESG[:70])
    last = mesg.data(MESG[70:])
    data.close()
    mesg.close()
    return last


# 8080 is HTTP's, 3306 is MySQL's.
@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("ports, request_seen", [((8080, 3306), True), ((8080, 3306), False), ((50010, 50011), False)])
def test_what_begins_as_a_stream_is_one_at_any_port(tmp_path, passes, ports, request_seen):
    capture = Capture()
    last = dump_at(capture, *ports, request_seen)
    frames = read(capture.write(tmp_path / "ports.pcap"), ("amanda.dump.result", "amanda.data.bytes", "amanda.dump.check",
                                                           "amanda.data.format"), passes)
    assert frames[last]["amanda.dump.result"] == ["success"] and frames[last]["amanda.dump.check"] == ["correct"]
    assert values(frames, "amanda.data.bytes") == ["1000", "3000"]


@pytest.mark.parametrize("passes", [1, 2])
def test_reserved_ports_are_streams_where_a_preference_says_so(tmp_path, passes):
    capture = Capture()
    dump_at(capture, 901, 903, True)
    path = capture.write(tmp_path / "reserved.pcap")
    assert not values(read(path, ("amanda.dump.result",), passes), "amanda.dump.result")
    frames = tshark.read_fields(path, ("amanda.dump.result",), ("-o", "amanda.reserved_ports:TRUE"), passes)
    assert values(frames, "amanda.dump.result") == ["success"]


@pytest.mark.parametrize("passes", [1, 2])
def test_a_first_segment_that_comes_late_is_waited_for(tmp_path, passes):
    """Nobody but the bytes tells what an unmatched reply's port is, and they are there before their time."""
    capture = Capture()
    capture.datagram(streams.CLIENT, streams.SERVER, "REP", 1, "CONNECT DATA 50010 MESG 50011\n")
    mesg = Connection(capture, 50011)
    mesg.out_of_order([MESG[:40], MESG[40:90], MESG[90:]], [1, 0, 2])
    mesg.close()
    names = ("amanda.mesg",)
    frames = read(capture.write(tmp_path / "late.pcap"), names, passes)
    assert "".join(line + "\n" for line in values(frames, "amanda.mesg")).encode() == MESG


@pytest.mark.parametrize("passes", [1, 2])
def test_bytes_of_a_cut_segment_that_overlaps_are_counted_once(tmp_path, passes):
    capture = Capture()
    capture.exchange(1, "DATA 50010 MESG 50011")
    data = Connection(capture, 50010)
    begin = data.next[True]
    data.segment(packets.PSH | packets.ACK, begin, bytes(1000))
    data.segment(packets.PSH | packets.ACK, begin + 600, bytes(1000), captured=154)
    data.segment(packets.PSH | packets.ACK, begin + 1600, bytes(100))
    frames = read(capture.write(tmp_path / "overlap.pcap"), ("amanda.data.bytes",), passes)
    assert values(frames, "amanda.data.bytes") == ["1000", "1600", "1700"]
