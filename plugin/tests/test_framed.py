# SPDX-License-Identifier: GPL-2.0-or-later
"""The TCP transports with frames: bsdtcp, bsdudp, ssl; and amindexd and amidxtaped."""

import os
import random
import ssl
import struct
import subprocess

import pytest

import forkserver
import packets
import streams
import tshark
from streams import Capture, Connection

FEATURES = streams.FEATURES
RECORDED = tshark.CAPTURES / "recorded"
TYPES = {"REQ": 0, "REP": 1, "PREP": 2, "ACK": 3, "NAK": 4}
NAMES = tuple(f"amanda.{name}" for name in (
    "type", "service", "response_to", "time", "frame.handle", "frame.length", "stream.name", "stream.disk",
    "stream.setup_frame", "mesg", "index.path", "state", "data.bytes", "data.format", "dump.check", "dump.result",
    "dump.bytes", "dump.no_end", "frame.bad_length", "frame.text", "frame.lost", "frame.unknown_handle",
    "frame.no_nul", "mesg.malformed", "stream.gap", "stream.rest", "amindexd.command", "amindexd.argument",
    "amindexd.code", "amindexd.text", "amindexd.error", "dialogue.answer_to", "ctl.command", "ctl.argument",
    "fileheader.type", "fileheader.host", "fileheader.disk", "fileheader.key", "cmd"))
PROBLEMS = ("frame.bad_length", "frame.text", "frame.lost", "frame.unknown_handle", "mesg.malformed", "stream.gap",
            "stream.rest")


def read(capture, options=(), passes=2):
    frames = tshark.read_fields(capture, NAMES, options, passes)
    return {number: fields for number, fields in frames.items() if fields}


def values(frames, name):
    return [value for fields in frames.values() for value in fields.get(f"amanda.{name}", ())]


def frame(handle, payload=b""):
    return struct.pack(">II", len(payload), handle) + payload


def packet(type, handle, body="", end=b"\0"):
    return frame(handle, bytes([TYPES[type]]) + body.encode() + end)


REQ = f"SECURITY USER backup\nSERVICE sendbackup\nOPTIONS features={FEATURES};\n<dle>\n  <program>GNUTAR</program>\n  " \
      "<disk>/home</disk>\n  <level>0</level>\n</dle>\n"
CONNECT = f"CONNECT DATA 499999 MESG 499998 INDEX 499997 STATE 499996\nOPTIONS features={FEATURES};\n"
DATA = streams.tar(5000)
MESG = streams.mesg(DATA)
INDEX = b"/\n/f1\n/dir/a long name with blanks\n"

# What both sides write for a noop and a dump, in order: (whether the responder writes, bytes)
DIALOGUE = [
    (False, packet("REQ", 1, f"SECURITY USER backup\nSERVICE noop\nOPTIONS features={FEATURES};\n")),
    (True, packet("ACK", 1)),
    (True, packet("REP", 1, f"OPTIONS features={FEATURES};\n")),
    (False, packet("ACK", 1)),
    (True, frame(1)),
    (False, frame(1)),
    (False, packet("REQ", 2, REQ)),
    (True, packet("ACK", 2)),
    (True, packet("REP", 2, CONNECT)),
    (False, packet("ACK", 2)),
    (True, frame(499998, MESG[:70]) + frame(499999, DATA[:2000]) + frame(499996) + frame(499997, INDEX[:5])
     + frame(499998, MESG[70:75]) + frame(499999, DATA[2000:]) + frame(499999)),
    (True, frame(499997, INDEX[5:]) + frame(499997) + frame(499998, MESG[75:]) + frame(499998)),
    (False, frame(499998)),
]


def assert_all_there(path, options=(), copies=1):
    for passes in (1, 2):
        frames = read(path, options, passes)
        assert values(frames, "type") == ["REQ", "ACK", "REP", "ACK"] * 2 * copies
        assert values(frames, "mesg") == MESG.decode().splitlines() * copies
        assert values(frames, "index.path") == INDEX.decode().splitlines() * copies
        assert values(frames, "dump.check") == ["correct"] * copies
        assert values(frames, "dump.result") == ["success"] * copies
        assert len(values(frames, "response_to")) == 6 * copies
        assert len(values(frames, "time")) == 2 * copies
        for problem in PROBLEMS:
            assert not values(frames, problem), problem


def in_segments(path, cut, port=10080, dialogue=DIALOGUE):
    """cut(bytes) says where each side's writes are divided."""
    capture = Capture()
    connection = Connection(capture, port, source=516)
    for from_responder, data in dialogue:
        for piece in cut(data):
            connection.data(piece, from_responder)
    connection.close()
    return capture.write(path)


def whole(data):
    return [data]


# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bsdtcp", "bsdudp"])
def test_recordings(name):
    for passes in (1, 2):
        frames = read(RECORDED / f"{name}.pcap", passes=passes)
        for problem in PROBLEMS + ("dump.no_end",):
            assert not values(frames, problem), problem
        results = values(frames, "dump.result")
        assert results and results == ["success"] * len(results)
        assert values(frames, "dump.check") == ["correct"] * len(results)
        lines = values(frames, "mesg")
        assert lines.count("sendbackup: end") == len(results)
        assert values(frames, "index.path")
    assert read(RECORDED / f"{name}.pcap", passes=1) == read(RECORDED / f"{name}.pcap")


def test_every_packet_of_a_bsdtcp_recording_has_its_request():
    frames = read(RECORDED / "bsdtcp.pcap")
    for number, fields in frames.items():
        types = fields.get("amanda.type", [])
        answers = [type for type in types if type != "REQ"]
        assert len(fields.get("amanda.response_to", [])) == len(answers)
        assert all(int(request) < number for request in fields.get("amanda.response_to", []))


def test_whole_frames(tmp_path):
    assert_all_there(in_segments(tmp_path / "whole.pcap", whole))


@pytest.mark.parametrize("size", [1, 2, 5, 9, 100])
def test_small_segments(tmp_path, size):
    assert_all_there(in_segments(tmp_path / "small.pcap",
                                 lambda data: [data[at:at + size] for at in range(0, len(data), size)]))


def test_split_at_every_byte(tmp_path):
    """Many connections in one capture: each write is divided once, at another place in each."""
    capture = Capture()
    count = 140
    for at in range(count):
        connection = Connection(capture, 10080, source=600 + at)
        for from_responder, data in DIALOGUE:
            for piece in (data[:at], data[at:]):
                if piece:
                    connection.data(piece, from_responder)
        connection.close()
    assert_all_there(capture.write(tmp_path / "split.pcap"), copies=count)


@pytest.mark.parametrize("mtu", [20, 500, 1448])
def test_out_of_order_and_retransmitted(tmp_path, mtu):
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    shuffle = random.Random(mtu)
    for from_responder, data in DIALOGUE:
        pieces = [data[at:at + mtu] for at in range(0, len(data), mtu)]
        if from_responder and len(pieces) > 2:
            order = list(range(len(pieces)))
            at = shuffle.randrange(1, len(pieces) - 1)
            order[at], order[at + 1] = order[at + 1], order[at]
            connection.out_of_order(pieces, order)
        else:
            for piece in pieces:
                seq = connection.next[from_responder]
                connection.data(piece, from_responder)
                connection.segment(packets.PSH | packets.ACK, seq, piece, from_responder)
    connection.close()
    assert_all_there(capture.write(tmp_path / "order.pcap"), ("-o", "tcp.reassemble_out_of_order:TRUE"))


def test_another_port(tmp_path):
    path = in_segments(tmp_path / "port.pcap", whole, port=10123)
    assert not read(path)
    assert_all_there(path, ("-o", "amanda.tcp.port:10123"))


def test_lost_segments_are_noticed(tmp_path):
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    for from_responder, data in DIALOGUE:
        if len(data) > 4000:
            connection.data(data[:3000])
            connection.next[True] += 100
            connection.data(data[3100:])
        else:
            connection.data(data, from_responder)
    path = capture.write(tmp_path / "lost.pcap")
    assert read(path, passes=1) == read(path)
    frames = read(path)
    assert not values(frames, "dump.check")
    assert values(frames, "mesg")[-1] == "sendbackup: end"
    assert not values(frames, "dump.no_end")


def test_nobody_hears_of_a_stream_whose_announcement_is_missing_but_once(tmp_path):
    """The segment with the REP is not in the capture; the client's words on MESG may not be told apart, but all frames."""
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    for from_responder, data in DIALOGUE:
        if b"CONNECT" in data:
            connection.next[True] += len(data)
        else:
            connection.data(data, from_responder)
    connection.close()
    path = capture.write(tmp_path / "missing.pcap")
    names = tuple(f"amanda.frame.{name}" for name in ("handle", "unannounced", "unknown_handle", "lost", "text",
                                                       "bad_length", "closed_early")) + ("_ws.malformed", "amanda.type")
    for passes in (1, 2):
        frames = tshark.read_fields(path, names, passes=passes)
        assert values(frames, "frame.handle").count("499998") == 5
        assert len(values(frames, "frame.unannounced")) + len(values(frames, "frame.lost")) == 1
        for problem in ("unknown_handle", "text", "bad_length", "closed_early"):
            assert not values(frames, f"frame.{problem}")
        assert not any("_ws.malformed" in fields for fields in frames.values())
        assert values(frames, "type") == ["REQ", "ACK", "REP", "ACK", "REQ", "ACK", "ACK"]


def test_where_frames_go_on_after_a_gap(tmp_path):
    """At the next frame with one of the handles that amandad gives to streams: 4,096 of them, down from 499999 and from 4999."""
    capture = Capture()
    handles = {499999: 2, 495904: 2, 4999: 2, 904: 2, 500000: 0, 495903: 0, 5000: 0, 903: 0}
    for number, handle in enumerate(handles):
        connection = Connection(capture, 10080, source=516 + number)
        connection.data(DIALOGUE[0][1], False)
        connection.data(DIALOGUE[1][1], True)
        connection.data(DIALOGUE[2][1][:30], True)  # with the end of this, nothing of what follows may be joined
        connection.next[True] += 100
        frames = b"\xff" * 10 + frame(handle, b"x" * 20) + frame(handle, b"x" * 20)
        pieces = [frames[:-23], frames[-23:]] if number % 2 else [frames]  # inside of a header
        for piece in pieces:
            connection.data(piece, True)
        connection.close()
    path = capture.write(tmp_path / "gap.pcap")
    for passes in (1, 2):
        frames = read(path, passes=passes)
        found = values(frames, "frame.handle")
        assert values(frames, "type") == ["REQ", "ACK"] * len(handles)
        assert {handle: found.count(str(handle)) for handle in handles} == handles


def test_each_gap_interrupts_the_line_at_hand(tmp_path):
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    for from_responder, data in DIALOGUE[:10]:
        connection.data(data, from_responder)
    for number, text in enumerate((b"| one\n| t", b"wo\n| three\n| f", b"our\n| five\n| s", b"ix\n| seven\n")):
        if number > 0:
            connection.next[True] += 100
        connection.data(frame(499998, text), True)
    connection.close()
    path = capture.write(tmp_path / "gaps.pcap")
    for passes in (1, 2):
        frames = read(path, passes=passes)
        assert values(frames, "mesg") == ["| one", "| three", "| five", "| seven"]
        assert values(frames, "stream.rest") == ["wo", "our", "ix"]


def test_a_frame_of_4_mib_is_one(tmp_path):
    path = in_segments(tmp_path / "long.pcap", whole, dialogue=[
        DIALOGUE[0], (True, struct.pack(">II", 4 << 20, 1) + b"\1" + b"x" * 40)])
    assert not values(read(path), "frame.bad_length")


@pytest.mark.parametrize("size", [5, 1448])
def test_a_frame_without_bytes_that_nobody_announced(tmp_path, size):
    """What is dissected behind it is in step."""
    strange = [(True, frame(77) + frame(0x12345678))]
    path = in_segments(tmp_path / "zero.pcap", lambda data: [data[at:at + size] for at in range(0, len(data), size)],
                       dialogue=DIALOGUE[:9] + strange + DIALOGUE[9:])
    for passes in (1, 2):
        frames = read(path, passes=passes)
        assert values(frames, "dump.result") == ["success"] and values(frames, "dump.check") == ["correct"]
        assert len(values(frames, "frame.unknown_handle")) == 2


def test_the_server_ends_a_stream_with_a_frame_without_bytes(tmp_path):
    """As where the client is silent for too long: whoever closes MESG first, the dump has not ended."""
    path = in_segments(tmp_path / "server.pcap", whole,
                       dialogue=DIALOGUE[:10] + [(False, frame(499999) + frame(499998) + frame(499997))])
    for passes in (1, 2):
        frames = tshark.read_fields(path, END, passes=passes)
        assert values(frames, "dump.result") == ["not finished"] and len(values(frames, "dump.no_end")) == 1


@pytest.mark.parametrize("sent, outcomes", ((False, ["unfinished"]), (True, [])))
def test_the_last_segment_is_not_captured(tmp_path, sent, outcomes):
    """The end of MESG may have been in it; or the client ended everything without a word."""
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    for from_responder, data in DIALOGUE[6:11]:
        connection.data(data, from_responder)
    connection.next[True] += len(DIALOGUE[11][1]) if sent else 0
    connection.close()
    path = capture.write(tmp_path / "last.pcap")
    for passes in (1, 2):
        frames = tshark.read_fields(path, (*END, "amanda.outcome"), ("-Y", "tcp.flags.fin == 1"), passes)
        assert values(frames, "outcome") == outcomes
        assert len(values(frames, "dump.no_end")) == len(outcomes)


VERDICTS = ("amanda.verdict", "amanda.exchange", "amanda.run", "amanda.disk", "amanda.level", "amanda.stream.name")


@pytest.mark.parametrize("passes", [1, 2])
def test_packets_have_verdicts_and_streams_their_exchange(tmp_path, passes):
    frames = tshark.read_fields(in_segments(tmp_path / "verdicts.pcap", whole), VERDICTS, passes=passes)
    assert values(frames, "verdict") == ["request", "answer"] * 2
    assert set(values(frames, "exchange")) == {"0", "1"}
    assert set(values(frames, "run")) <= {"0", "1"}
    for fields in frames.values():
        if "amanda.stream.name" in fields:
            assert set(fields["amanda.exchange"]) == {"1"}
            assert set(fields["amanda.disk"]) == {"/home"} and set(fields["amanda.level"]) == {"0"}


def test_a_connection_that_began_before_the_capture(tmp_path):
    """A reply without its request is no warning then."""
    capture = Capture()
    connection = Connection(capture, 10080, source=516, handshake=False)
    for from_responder, data in DIALOGUE[7:]:
        connection.data(data, from_responder)
    path = capture.write(tmp_path / "late.pcap")
    names = ("amanda.verdict", "amanda.rep.no_request", "amanda.rep.begun_before", "amanda.dump.result")
    for passes in (1, 2):
        frames = tshark.read_fields(path, names, passes=passes)
        assert values(frames, "verdict") == ["no request"]
        assert not values(frames, "rep.no_request") and len(values(frames, "rep.begun_before")) == 1
        assert values(frames, "dump.result") == ["success"]


def test_tables_count_frames_of_tcp(tmp_path):
    path = in_segments(tmp_path / "tables.pcap", whole)
    table = tshark.tshark("-r", path, "-n", "-q", "-z", "amanda,exchanges")
    assert [line.split("|")[3].strip() for line in table.splitlines() if "completed" in line] == ["noop", "sendbackup"]


@pytest.mark.parametrize("copies", [2, 3])
def test_frames_that_are_captured_more_than_once_change_nothing(tmp_path, copies):
    once, again = Capture(), Capture()
    for capture, times in ((once, 1), (again, copies)):
        connection = Connection(capture, 10080, source=516)
        for from_responder, data in DIALOGUE:
            connection.data(data, from_responder)
        connection.close()
        if times > 1:
            capture.frames = [frame for frame in capture.frames for _ in range(times)]
    first, second = once.write(tmp_path / "once.pcap"), again.write(tmp_path / "again.pcap")
    frame_numbers = ("amanda.response_to", "amanda.stream.setup_frame")
    for passes in (1, 2):
        doubled = {(number - 1) // copies + 1: fields for number, fields in read(second, passes=passes).items()
                   if (number - 1) % copies == 0}
        for fields in doubled.values():
            for name in set(frame_numbers) & set(fields):
                fields[name] = [str((int(number) - 1) // copies + 1) for number in fields[name]]
        assert doubled == read(first, passes=passes)
        for name in ("frame.closed_early", "rep.retransmission", "stream.unmatched"):
            assert values(tshark.read_fields(second, (f"amanda.{name}",), passes=passes), name) == values(
                tshark.read_fields(first, (f"amanda.{name}",), passes=passes), name)


@pytest.mark.parametrize("bad, expert", [
    (b"Permission denied (publickey).\r\n", "frame.text"),
    (struct.pack(">II", 0xFFFFFFF0, 1) + b"x" * 40, "frame.bad_length"),
    (struct.pack(">II", (4 << 20) + 1, 1) + b"z" * 40, "frame.bad_length"),
    (struct.pack(">II", 0x80000000, 2) + b"y" * 3000, "frame.bad_length"),
])
def test_what_is_no_frame(tmp_path, bad, expert):
    """4 GiB are not waited for."""
    path = in_segments(tmp_path / "bad.pcap", whole, dialogue=[DIALOGUE[0], (True, bad), (True, bad)])
    for passes in (1, 2):
        frames = read(path, passes=passes)
        assert len(values(frames, expert)) == 1
        assert not values(frames, "frame.lost")  # every byte is there
        assert values(frames, "type") == ["REQ"]


def test_foreign_protocols_on_the_ports_are_left_alone(tmp_path):
    capture = Capture()
    for number, (port, data) in enumerate([
            (10080, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), (10080, b"\0" * 50), (10082, b"220 mail ESMTP\r\n"),
            (10083, b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a"), (10080, b"\0\0\0\x05\0\0\0\x01\x09abcd")]):
        connection = Connection(capture, port, source=40000 + number)
        connection.data(data, from_responder=data.startswith(b"220"))
        connection.close()
    assert not read(capture.write(tmp_path / "foreign.pcap"))


def test_a_nak_without_its_nul(tmp_path):
    path = in_segments(tmp_path / "nak.pcap", whole, dialogue=[
        DIALOGUE[0], (True, packet("NAK", 1, "getnameinfo failed: Name or service not known", end=b""))])
    frames = read(path)
    assert values(frames, "frame.no_nul") and values(frames, "type") == ["REQ", "NAK"]


def test_noise_in_frames(tmp_path):
    noise = random.Random(3)
    dialogue = [DIALOGUE[0]] + [
        (bool(noise.getrandbits(1)), frame(noise.choice([0, 1, 2, 499999, 2**32 - 1]), noise.randbytes(noise.randrange(90))))
        for _ in range(300)]
    path = in_segments(tmp_path / "noise.pcap", whole, dialogue=dialogue)
    assert read(path, passes=1) == read(path)


# ---------------------------------------------------------------------------------------------------------------------
# Ends


END = tuple(f"amanda.{name}" for name in ("frame.after_end", "frame.closed_early", "frame.unanswered", "dump.no_end",
                                          "dump.result", "stream.unfinished"))


ERRORS_IN_ONE = {
    "lines of a reply": packet("REP", 1, "".join(f"ERROR [line {n}]\n" for n in range(3000))),
    "packets of a segment": b"".join(packet("ACK", handle) for handle in range(100, 6100)),
    "disks": packet("REP", 1, "OPTIONS ;\n" + "".join(f"/d{n} 0 SIZE -2\n" for n in range(3000))),
}


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("what", ERRORS_IN_ONE)
def test_a_packet_has_no_more_expert_infos_than_wireshark_bears(tmp_path, what, passes):
    """Beyond 5,000 of what listeners are told of a packet, Wireshark prints a line for each."""
    capture = Capture()
    connection = Connection(capture, 10080)
    service = "sendsize" if what == "disks" else "selfcheck"
    connection.data(packet("REQ", 1, f"SECURITY USER backup\nSERVICE {service}\nOPTIONS features={FEATURES};\n"
                           + "".join(f"GNUTAR /d{n} 0 OPTIONS |;\n" for n in range(3))), from_responder=False)
    connection.data(packet("ACK", 1) + ERRORS_IN_ONE[what])
    path = capture.write(tmp_path / "many.pcap")
    result = forkserver.run(tshark.FORK_SERVER, tshark.build_with_plugin(), "tshark", [
        "-n", *["-2"] * (passes == 2), "-r", path, "-q", "-z", "expert", "-z", "amanda,exchanges"],
        {**os.environ, "LC_ALL": "C.UTF-8"})
    assert result.returncode == 0 and result.stderr == b""
    infos = [line.split(None, 3) for line in tshark.text_of(result.stdout).splitlines()
             if line.split(None, 3)[2:3] == ["Amanda"]]
    assert 900 <= sum(int(frequency) for frequency, *_ in infos) <= 910
    assert [frequency for frequency, *_, text in infos if text.startswith("More expert infos than")] == ["1"]


@pytest.mark.parametrize("passes", [1, 2])
def test_requests_behind_one_that_has_no_room_in_the_tree_are_remembered(tmp_path, passes):
    """Wireshark throws where the tree of a packet gets too large. The requests behind that in its segment have their replies."""
    capture = Capture()
    connection = Connection(capture, 10080)
    ask = f"SECURITY USER backup\nSERVICE %s\nOPTIONS features={FEATURES};\n"
    disks = "".join(f"GNUTAR /disk{n} 0 OPTIONS |;\n" for n in range(400))
    asked = connection.data(packet("REQ", 1, ask % "selfcheck" + disks) + packet("REQ", 2, ask % "noop")
                            + packet("REQ", 3, ask % "selfcheck"), from_responder=False)
    answered = connection.data(packet("REP", 2, f"OPTIONS features={FEATURES};\n") + packet("REP", 3, "OK /home\n"))
    # As Wireshark is, which the tests have end at what may be a bug.
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    result = forkserver.run(tshark.FORK_SERVER, tshark.build_with_plugin(), "tshark", [
        "-n", *["-2"] * (passes == 2), "-r", capture.write(tmp_path / "room.pcap"), "-o", "gui.max_tree_items:500", "-T",
        "fields", "-e", "frame.number", "-e", "amanda.response_to", "-Y", "amanda"], environment)
    assert result.returncode == 0 and b"Dissector bug" in result.stderr
    lines = dict(line.split("\t") for line in tshark.text_of(result.stdout).splitlines())
    assert lines[str(asked)] == ""
    assert lines[str(answered)] == f"{asked},{asked}"


def test_a_stream_that_goes_on_after_its_end(tmp_path):
    late = frame(499997, b"/late\n")
    path = in_segments(tmp_path / "late.pcap", whole, dialogue=DIALOGUE[:-1] + [(True, late), DIALOGUE[-1]])
    for passes in (1, 2):
        frames = tshark.read_fields(path, END + ("amanda.index.path",), passes=passes)
        assert [fields["amanda.index.path"] for fields in frames.values() if "amanda.frame.after_end" in fields] == [
            ["/late"]]
    assert not values(tshark.read_fields(in_segments(tmp_path / "good.pcap", whole), END), "frame.after_end")


@pytest.mark.parametrize("how", ["FIN of the responder", "RST of the responder"])
def test_a_connection_that_is_closed_before_the_answer(tmp_path, how):
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    for from_responder, data in DIALOGUE[:8]:
        number = connection.data(data, from_responder)
        if data.startswith(b"\0\0\0\xdb") or b"sendbackup" in data:
            request = number
    if "FIN" in how:
        connection.close()
    else:
        connection.send(packets.RST | packets.ACK)
    path = capture.write(tmp_path / "early.pcap")
    for passes in (1, 2):
        frames = tshark.read_fields(path, END, passes=passes)
        assert values(frames, "frame.unanswered") == [str(request)]
        assert len(values(frames, "frame.closed_early")) == 1


@pytest.mark.parametrize("passes", [1, 2])
def test_the_next_connection_does_not_go_on_from_the_syn_of_the_one_before(tmp_path, passes):
    """Between the same ports, and the capture lacks its own SYN: its bytes do not wait for those behind the one that there is."""
    capture = Capture()
    way = Connection(capture, 10080)
    request = packet("REQ", 1, "SECURITY USER backup\nSERVICE noop\nOPTIONS ;\n")
    asked = [way.send(packets.PSH | packets.ACK, request, from_responder=False)]
    way.send(packets.FIN | packets.ACK, from_responder=False)
    way.send(packets.FIN | packets.ACK)
    for side in way.next:
        way.next[side] += 0x7000000
    asked.append(way.send(packets.PSH | packets.ACK, request, from_responder=False))
    answered = way.send(packets.PSH | packets.ACK, packet("REP", 1, f"OPTIONS features={FEATURES};\n") + frame(1))
    way.close()
    names = "amanda.verdict", "amanda.outcome", "amanda.outcome.asked_in", "amanda.frame.lost"
    frames = tshark.read_fields(capture.write(tmp_path / "next.pcap"), names, ("--disable-protocol", "smpp"), passes)
    assert {number: fields["amanda.verdict"] for number, fields in frames.items() if "amanda.verdict" in fields} == {
        asked[0]: ["request"], asked[1]: ["request"], answered: ["answer"]}
    assert not values(frames, "frame.lost")
    assert frames[answered]["amanda.outcome"] == ["success"]


@pytest.mark.parametrize("captured", range(11))
def test_an_answer_that_was_not_captured_is_not_missed(tmp_path, captured):
    """The ACK is whole; of the frame of the REP, in the same segment, there are so many bytes."""
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    connection.data(DIALOGUE[0][1], False)
    number = connection.data(DIALOGUE[1][1] + DIALOGUE[2][1], True)
    connection.close()
    time, cut, *_ = capture.frames[number - 1]
    capture.frames[number - 1] = time, cut, 14 + 20 + 20 + len(DIALOGUE[1][1]) + captured
    path = capture.write(tmp_path / "cut.pcap")
    names = END + ("amanda.frame.no_nul", "amanda.frame.unknown_handle", "amanda.type")
    for passes in (1, 2):
        frames = tshark.read_fields(path, names, passes=passes)
        assert values(frames, "type") == ["REQ", "ACK", "REP"][:3 if captured > 8 else 2]
        for problem in ("frame.closed_early", "frame.unanswered", "frame.no_nul", "frame.unknown_handle"):
            assert not values(frames, problem), problem


def test_a_connection_that_is_closed_after_a_nak(tmp_path):
    path = in_segments(tmp_path / "nak.pcap", whole, dialogue=[DIALOGUE[0], (True, packet("NAK", 1, "ERROR no\n"))])
    frames = tshark.read_fields(path, END + ("amanda.type",))
    assert values(frames, "type") == ["REQ", "NAK"] and not values(frames, "frame.closed_early")


def test_a_connection_that_is_closed_before_the_dump_has_ended(tmp_path):
    path = in_segments(tmp_path / "early.pcap", whole, dialogue=DIALOGUE[:11])
    for passes in (1, 2):
        frames = tshark.read_fields(path, END, passes=passes)
        assert len(values(frames, "dump.no_end")) == 1 and values(frames, "dump.result") == ["not finished"]
        assert not values(frames, "frame.closed_early")


def test_a_connection_that_ends_as_it_should(tmp_path):
    path = in_segments(tmp_path / "good.pcap", whole)
    frames = tshark.read_fields(path, END)
    assert values(frames, "dump.result") == ["success"]
    for problem in ("frame.after_end", "frame.closed_early", "frame.unanswered", "dump.no_end", "stream.unfinished"):
        assert not values(frames, problem)


# ---------------------------------------------------------------------------------------------------------------------
# krb5


# A token as RFC 2743, 3.1 has it, of the mechanism 1.2.840.113554.1.2.2: an AP-REQ in which nothing else is right
TOKEN = bytes.fromhex("60820084" "06092a864886f712010202" "0100") + b"\x6e" + bytes(118)
SEALED = bytes.fromhex("050406ff0000000000000000") + bytes(range(60))


@pytest.mark.parametrize("size", [1, 5, 9, 17, 1448])
def test_krb5_with_sealed_payload(tmp_path, size):
    dialogue = [(False, frame(4999, TOKEN)), (True, frame(0, TOKEN))]
    dialogue += [(bool(number % 2), frame(1, SEALED + bytes(number))) for number in range(6)]
    path = in_segments(tmp_path / "krb5.pcap", lambda data: [data[at:at + size] for at in range(0, len(data), size)],
                       port=10082, dialogue=dialogue)
    names = ("amanda", "gss-api.OID", *(f"amanda.{name}" for name in ("frame.token", "frame.protected", "type")), *NAMES)
    for passes in (1, 2):
        frames = tshark.read_fields(path, names, passes=passes)
        assert len(values(frames, "frame.token")) == 2
        assert len(values(frames, "frame.protected")) == 6
        for problem in PROBLEMS + ("type", "amindexd.command"):
            assert not values(frames, problem), problem
        assert sum("amanda" in fields and "1.2.840.113554.1.2.2" in fields.get("gss-api.OID", ())
                   for fields in frames.values()) == 2


def test_krb5_in_the_clear(tmp_path):
    """Without kencrypt; the request begins with its service."""
    dialogue = [(False, frame(4999, TOKEN)), (True, frame(0, TOKEN))] + [
        (side, data.replace(b"\0\0\0\x5d", b"\0\0\0\x48").replace(b"SECURITY USER backup\n", b"")
         if b"noop" in data else data) for side, data in DIALOGUE[:6]]
    path = in_segments(tmp_path / "krb5.pcap", whole, port=10082, dialogue=dialogue)
    for passes in (1, 2):
        frames = read(path, passes=passes)
        assert values(frames, "type") == ["REQ", "ACK", "REP", "ACK"]
        assert values(frames, "service")[0] == "noop"
        for problem in PROBLEMS:
            assert not values(frames, problem), problem


# ---------------------------------------------------------------------------------------------------------------------
# bsdudp


@pytest.mark.parametrize("size", [1, 7, 5000])
def test_bsdudp(tmp_path, size):
    capture = Capture()
    _, reply = capture.exchange(1, "DATA 20000 MESG 499999 INDEX 499998 STATE 499997")
    connection = Connection(capture, 20000)
    written = (frame(499999, MESG[:50]) + frame(499997) + frame(20000, DATA) + frame(499998, INDEX) + frame(499998)
               + frame(20000) + frame(499999, MESG[50:]) + frame(499999))
    connection.pieces(*(written[at:at + size] for at in range(0, len(written), size)))
    connection.close()
    path = capture.write(tmp_path / "bsdudp.pcap")
    for passes in (1, 2):
        frames = read(path, passes=passes)
        assert values(frames, "mesg") == MESG.decode().splitlines()
        assert values(frames, "index.path") == INDEX.decode().splitlines()
        assert values(frames, "dump.check") == ["correct"]
        assert set(values(frames, "stream.setup_frame")) == {str(reply)}
        for problem in PROBLEMS:
            assert not values(frames, problem), problem


# ---------------------------------------------------------------------------------------------------------------------
# ssl


def tls_session(tmp_path, heads=None, before=()):
    """The same dialogue in a real TLS session: (from_responder, bytes on the wire), and the key log. heads: Amanda writes
    so many bytes in front of a frame for themselves, and then its payload. before: what is said in front of it."""
    key, certificate, log = tmp_path / "key.pem", tmp_path / "cert.pem", tmp_path / "keys.log"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", "/CN=client", "-days", "1", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    contexts = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    contexts[0].check_hostname, contexts[0].verify_mode = False, ssl.CERT_NONE
    contexts[0].keylog_filename = log
    contexts[1].load_cert_chain(certificate, key)
    bios = [(ssl.MemoryBIO(), ssl.MemoryBIO()) for _ in contexts]
    sides = [context.wrap_bio(*bio, server_side=bool(side)) for side, (context, bio) in enumerate(zip(contexts, bios))]
    wire = []

    def carry():
        for side in (0, 1):
            data = bios[side][1].read()
            if data:
                wire.append((bool(side), data))
                bios[1 - side][0].write(data)

    done = [False, False]
    while not all(done):
        for side in (0, 1):
            try:
                sides[side].do_handshake()
                done[side] = True
            except ssl.SSLWantReadError:
                pass
            carry()
    for from_responder, data in before:
        sides[from_responder].write(data)
    for from_responder, data in DIALOGUE:
        for piece in writes(data, heads) if heads else [data]:
            sides[from_responder].write(piece)
        carry()
    return wire, log


def writes(data, heads):
    """Each frame as its first 8 bytes, in pieces of these lengths, and its payload."""
    while data:
        length = struct.unpack(">I", data[:4])[0]
        for head in heads + (length,):
            piece, data = data[:head], data[head:]
            if piece:
                yield piece


@pytest.mark.parametrize("size", [100000, 1448, 100])
def test_ssl(tmp_path, size):
    wire, log = tls_session(tmp_path)
    path = in_segments(tmp_path / "tls.pcap", lambda data: [data[at:at + size] for at in range(0, len(data), size)],
                       dialogue=wire)
    tmp_path.chmod(0o755)
    assert_all_there(path, ("-o", f"tls.keylog_file:{log}"))
    without_key = tshark.read_fields(path, ("tls.app_data", *NAMES))
    assert {name for fields in without_key.values() for name in fields} == {"tls.app_data"}


@pytest.mark.parametrize("heads", [(8,), (4, 4)])
@pytest.mark.parametrize("port", [10080, 20080])
def test_ssl_with_headers_in_records_of_their_own(tmp_path, heads, port):
    wire, log = tls_session(tmp_path, heads)
    path = in_segments(tmp_path / "tls.pcap", whole, port=port, dialogue=wire)
    tmp_path.chmod(0o755)
    assert_all_there(path, ("-o", f"tls.keylog_file:{log}"))


@pytest.mark.parametrize("cut", [lambda data: [data[at:at + 60] for at in range(0, len(data), 60)], whole], ids=["segments", "whole"])
@pytest.mark.parametrize("heuristic", [True, False])
@pytest.mark.parametrize("port", [10080, 20080])
@pytest.mark.parametrize("before", [[(True, b"220 welcome\n")], [(False, b"hello, is anybody there\n"), (False, b"or not\n")]],
                         ids=["greeting", "words"])
def test_what_tls_carries_in_front_of_the_first_frame_stays_what_it_was(tmp_path, before, port, heuristic, cut):
    wire, log = tls_session(tmp_path, before=before)
    path = in_segments(tmp_path / "tls.pcap", cut, port=port, dialogue=wire)
    tmp_path.chmod(0o755)
    options = "-o", f"tls.keylog_file:{log}"
    if not heuristic:
        # Without it, SMPP's can take the request.
        options += "--disable-heuristic", "amanda_tls", "--disable-protocol", "smpp"
    names = "amanda.frame.handle", "amanda.frame.lost", "amanda.type", "amanda.verdict", "amanda.exchange", "data.data"
    passes = [tshark.read_fields(path, names, options, passes=n) for n in (1, 2)]
    assert passes[0] == passes[1]
    if port == 10080 or heuristic:
        assert [type for frame in passes[0].values() for type in frame.get("amanda.type", ())] == ["REQ", "ACK", "REP", "ACK"] * 2


def test_ssl_on_a_port_that_nobody_knows(tmp_path):
    """A request is enough to know it by, once TLS is deciphered."""
    wire, log = tls_session(tmp_path)
    path = in_segments(tmp_path / "tls.pcap", whole, port=20080, dialogue=wire)
    tmp_path.chmod(0o755)
    assert_all_there(path, ("-o", f"tls.keylog_file:{log}"))


def test_following_a_stream_is_as_it_was(tmp_path):
    wire, log = tls_session(tmp_path)
    path = in_segments(tmp_path / "tls.pcap", whole, dialogue=wire)
    tmp_path.chmod(0o755)
    of_tls = "-r", path, "-o", f"tls.keylog_file:{log}", "-q", "-z", "follow,tls,hex,0", "-z", "follow,tls,ascii,0", \
        "-z", "follow,tcp,hex,0"
    of_tcp = "-r", RECORDED / "bsdtcp.pcap", "-q", "-z", "follow,tcp,hex,0"
    followed = tshark.tshark(*of_tls)
    assert "sendbackup" in followed
    assert all(f"Follow: {how}\n" in followed for how in ("tls,hex", "tls,ascii", "tcp,hex"))
    assert followed == tshark.tshark(*of_tls, plugin=False)
    assert tshark.tshark(*of_tcp) == tshark.tshark(*of_tcp, plugin=False)


# ---------------------------------------------------------------------------------------------------------------------
# amindexd and amidxtaped

INDEX_SERVER = [
    (True, b"220 srv AMANDA index server (2.4.4) ready.\r\n"),
    (False, b"SECURITY USER root\r\n"),
    (True, b"200 Access OK\r\n"),
    (False, b"SCNF daily\r\n"),
    (True, b"200 Config set to daily.\r\n"),
    (False, b"DHST\r\n"),
    (True, b"200- Dump history for config \"daily\"\r\n201- 2026-11-22 0 TAPE01:1 1\r\n200 Dump history\r\n"),
    (False, b"FOO\r\n"),
    (True, b"500 Command not recognised/incorrect: FOO\r\n"),
    (False, b"QUIT\r\n"),
    (True, b"200 Good bye.\r\n"),
]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_amindexd_itself(tmp_path, size):
    path = in_segments(tmp_path / "index.pcap", lambda data: [data[at:at + size] for at in range(0, len(data), size)],
                       port=10082, dialogue=INDEX_SERVER)
    for passes in (1, 2):
        frames = read(path, passes=passes)
        assert values(frames, "amindexd.command") == ["SECURITY", "SCNF", "DHST", "FOO", "QUIT"]
        assert values(frames, "amindexd.code") == ["220", "200", "200", "200", "201", "200", "500", "200"]
        assert len(values(frames, "amindexd.error")) == 1
        replies = [fields for fields in frames.values() if "amanda.amindexd.code" in fields]
        assert replies[3]["amanda.amindexd.code"] == ["200", "201", "200"], "a reply is shown whole"
        commands = [number for number, fields in frames.items() if "amanda.amindexd.command" in fields]
        assert [int(reply["amanda.dialogue.answer_to"][0]) for reply in replies[1:]] == commands


@pytest.mark.parametrize("name", ["amrecover-bsd"])
def test_amrecover(name):
    for passes in (1, 2):
        frames = read(RECORDED / f"{name}.pcap", passes=passes)
        commands = values(frames, "amindexd.command")
        assert commands[0] == "FEATURES"
        assert len(values(frames, "dialogue.answer_to")) >= len(commands)
        assert {"FEATURES", "LABEL", "FSF", "HEADER", "DEVICE", "HOST", "DISK", "DATESTAMP", "END", "DATA-SEND",
                "DATA-READY"} <= set(values(frames, "ctl.command"))
        assert values(frames, "fileheader.type") == ["FILE"]
        assert "CLIENT-CRC" in values(frames, "fileheader.key")
    assert read(RECORDED / f"{name}.pcap", passes=1) == read(RECORDED / f"{name}.pcap")


def test_amidxtaped_itself(tmp_path):
    """Amanda 2.4: the dump comes in the same connection, behind its header."""
    header = b"AMANDA: FILE 20040708 client /home lev 0 comp N program /bin/tar\nTo restore, run:\n\tdd\n\x0c\n"
    dialogue = [(False, b"SECURITY USER root\r\n"), (False, b"LABEL=TAPE01\r\nHEADER\r\nHOST=^client$\r\nEND\r\n"),
                (True, header.ljust(32768, b"\0")[:1400]), (True, b"\0" * 1400)]
    frames = read(in_segments(tmp_path / "tape.pcap", whole, port=10083, dialogue=dialogue))
    assert values(frames, "ctl.command") == ["SECURITY", "LABEL", "HEADER", "HOST", "END"]
    assert values(frames, "fileheader.disk") == ["/home"]
    assert values(frames, "data.bytes") == ["1400", "2800"]


# ---------------------------------------------------------------------------------------------------------------------
# The header in front of a dump

HEADER = (b"AMANDA: FILE 20040708 client /home lev 0 comp N program /bin/tar\nORIGSIZE=5\nDLE=<<ENDDLE\n<dle>\n"
          b"  <program>GNUTAR</program>\n</dle>\nENDDLE\nTo restore, position tape at start of file and run:\n"
          b"\tdd if=<tape> bs=32k skip=1 | /bin/tar -xpGf -\n\x0c\n")
IMAGES = {"tar": DATA, "gzip": b"\x1f\x8b\x08" + bytes(700), "unknown format": b"x" * 700}
FILE = "fileheader.type", "fileheader.host", "fileheader.disk", "fileheader.key", "fileheader.dle", "fileheader.cut"


def assert_header_and_image(path, format, length=32768, passes=(1, 2)):
    for number in passes:
        frames = tshark.read_fields(path, tuple(f"amanda.{name}" for name in FILE + ("data.bytes", "data.format")),
                                    passes=number)
        found = {name: values(frames, name) for name in FILE}
        assert found == {"fileheader.type": ["FILE"], "fileheader.host": ["client"], "fileheader.disk": ["/home"],
                         "fileheader.key": ["ORIGSIZE"], "fileheader.cut": [],
                         "fileheader.dle": ["<dle>\\n  <program>GNUTAR</program>\\n</dle>"]}, f"pass {number}"
        for fields in frames.values():
            for end, shown in zip(fields.get("amanda.data.bytes", ()), fields.get("amanda.data.format", ())):
                assert shown == format if int(end) >= length + 512 else shown in ("Amanda header", format)
                assert int(end) > length or shown == "Amanda header"
        assert values(frames, "data.format")[-1] == format


@pytest.mark.parametrize("format", IMAGES)
@pytest.mark.parametrize("size", [1, 7, 100, 1448, 32768, 40000])
def test_a_header_in_several_segments_is_whole_and_the_image_behind_it_is_recognised(tmp_path, size, format):
    """Amanda 2.4's amidxtaped; segments of one size, but none smaller behind the text."""
    image = HEADER.ljust(32768, b"\0") + IMAGES[format]
    first = [image[at:at + size] for at in range(0, len(HEADER), size)]
    rest = image[sum(map(len, first)):]
    pieces = first + [rest[at:at + max(size, 1448)] for at in range(0, len(rest), max(size, 1448))]
    dialogue = [(False, b"SECURITY USER root\r\nLABEL=TAPE01\r\nHEADER\r\nEND\r\n")] + [(True, piece) for piece in pieces]
    assert_header_and_image(in_segments(tmp_path / "tape.pcap", whole, port=10083, dialogue=dialogue), format)


@pytest.mark.parametrize("size", [100, 1448])
def test_a_header_of_another_size_in_frames(tmp_path, size):
    """As both sides agreed on it."""
    image = HEADER.ljust(600, b"\0") + DATA
    connect = f"CONNECT CTL 499999 DATA 499998\nOPTIONS features={FEATURES};\n"
    dialogue = [(False, packet("REQ", 1, "SECURITY USER root\nSERVICE amidxtaped\nOPTIONS ;\n")),
                (True, packet("ACK", 1)), (True, packet("REP", 1, connect)), (False, packet("ACK", 1)),
                (True, frame(499999, b"HEADER-SEND-SIZE 600\r\n")), (False, frame(499999, b"HEADER-READY\r\n")),
                (True, frame(499998, image[:600])), (True, frame(499998, image[600:]) + frame(499998))]
    path = in_segments(tmp_path / "header.pcap", lambda data: [data[at:at + size] for at in range(0, len(data), size)],
                       dialogue=dialogue)
    assert_header_and_image(path, "tar", length=600)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 0, 3, 2)])
def test_a_header_in_the_data_stream_of_amanda_2_3(tmp_path, order):
    image = HEADER.ljust(32768, b"\0") + DATA
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    connection = Connection(capture, 20000)
    connection.out_of_order([image[:50], image[50:200], image[200:32000], image[32000:]], order)
    connection.data(b"and so on")
    connection.close()
    path = capture.write(tmp_path / "data.pcap")
    if order == (0, 1, 2, 3):
        assert_header_and_image(path, "tar")
    for passes in (1, 2):
        frames = read(path, passes=passes)
        assert values(frames, "fileheader.disk") == ["/home"]
        assert values(frames, "data.format")[-1] == "tar"


def test_a_header_whose_end_is_missing(tmp_path):
    dialogue = [(False, b"SECURITY USER root\r\nLABEL=TAPE01\r\nHEADER\r\nEND\r\n")]
    capture = Capture()
    connection = Connection(capture, 10083, source=516)
    connection.data(dialogue[0][1], from_responder=False)
    connection.data(HEADER[:100])
    connection.next[True] += 500
    connection.data(b"\0" * 1400)
    connection.data(b"\0" * 1400)
    path = capture.write(tmp_path / "missing.pcap")
    for passes in (1, 2):
        frames = tshark.read_fields(path, tuple(f"amanda.{name}" for name in FILE), passes=passes)
        assert values(frames, "fileheader.disk") == ["/home"] and len(values(frames, "fileheader.cut")) == 1


def test_an_early_nak_whose_first_character_is_overwritten(tmp_path):
    """amandad 3.4.3 to 3.5.2 writes the code of the type over the first character of what it says."""
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    connection.data(packet("REQ", 1, f"SECURITY USER backup\nSERVICE noop\nOPTIONS features={FEATURES};\n"), False)
    connection.data(packet("NAK", 1, "etnameinfo failed: Name or service not known", end=b""))
    connection.close()
    names = ("amanda.nak.reason", "amanda.error.explanation", "amanda.error.remedy")
    shown, = tshark.read_fields(capture.write(tmp_path / "early.pcap"), names, ("-Y", "amanda.nak.reason")).values()
    assert shown["amanda.nak.reason"] == ["host name unknown"] and len(shown) == 3
