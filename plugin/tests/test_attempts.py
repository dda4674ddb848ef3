# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections to the ports of Amanda, and to those that replies announce, that are refused or never answered."""

import pytest

import packets
import tshark
from streams import Capture, Connection

NAMES = ("amanda.connection.refused", "amanda.connection.unanswered", "amanda.connection.syn",
         "amanda.stream.never_opened")


def read(path, passes=2):
    return {number: {name.removeprefix("amanda."): values for name, values in fields.items()}
            for number, fields in tshark.read_fields(path, NAMES, passes=passes).items() if fields}


def syns(capture, port, count=3, source=516, seconds=1):
    """Returns the frame of the first one."""
    connection = Connection(capture, port, source=source, handshake=False)
    first = len(capture.frames) + 1
    for _ in range(count):
        connection.segment(packets.SYN, connection.next[False], from_responder=False)
        capture.wait(seconds)
    return first, connection


@pytest.mark.parametrize("port", [10080, 10082, 10083])
@pytest.mark.parametrize("copies", [1, 2])
def test_a_refused_connection(tmp_path, port, copies):
    capture = Capture()
    first, connection = syns(capture, port, 1, seconds=0)
    connection.next[False] += 1
    connection.send(packets.RST | packets.ACK)
    capture.frames = [frame for frame in capture.frames for _ in range(copies)]
    path = capture.write(tmp_path / "refused.pcap")
    for passes in (1, 2):
        assert read(path, passes) == {copies + 1: {"connection.refused": ["1"], "connection.syn": ["1"]}} or copies > 1
        assert sum("connection.refused" in fields for fields in read(path, passes).values()) == 1


def test_other_ports_are_left_alone(tmp_path):
    capture = Capture()
    _, connection = syns(capture, 20080, 3)
    connection.send(packets.RST | packets.ACK)
    assert not read(capture.write(tmp_path / "others.pcap"))


def test_one_blocked_port_is_one_warning(tmp_path):
    capture = Capture()
    first, _ = syns(capture, 10080)
    syns(capture, 10080, source=517)
    other, _ = syns(capture, 10082, source=518)
    path = capture.write(tmp_path / "blocked.pcap")
    assert not read(path, 1)
    assert {number: set(fields) for number, fields in read(path).items()} == {
        first: {"connection.unanswered"}, other: {"connection.unanswered"}}


def test_a_syn_that_is_captured_twice_or_answered_late_is_none(tmp_path):
    capture = Capture()
    syns(capture, 10080, 2, seconds=0)
    _, connection = syns(capture, 10080, 3, source=517)
    connection.next[False] += 1
    connection.send(packets.SYN | packets.ACK)
    assert not read(capture.write(tmp_path / "late.pcap"))


def test_ports_that_a_reply_announced(tmp_path):
    """Nobody connects to MESG; the SYNs to DATA stay unanswered. The REP that is sent again says nothing more."""
    capture = Capture()
    _, rep = capture.exchange(1, "DATA 50010 MESG 50011", ack=False)
    capture.frames.append((capture.now, *capture.frames[rep - 1][1:]))
    first, _ = syns(capture, 50010, source=50100)
    capture.wait(60)
    syns(capture, 40000, source=50101)
    found = read(capture.write(tmp_path / "announced.pcap"))
    assert list(found) == [rep, first]
    assert set(found[rep]) == {"stream.never_opened"} and len(found[rep]["stream.never_opened"]) == 1
    assert set(found[first]) == {"connection.unanswered"}
