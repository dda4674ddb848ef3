# SPDX-License-Identifier: GPL-2.0-or-later
"""What the streams of a dump may hold and no recording has: rare lines, rare streams, other addresses."""

import pytest

import packets
import streams
import tshark
from streams import Capture, Connection
from test_streams import DATA, values

SERVER6, CLIENT6 = "2001:db8::1", "2001:db8::2"


def read(path, *names, passes=2):
    return tshark.read_fields(path, tuple(f"amanda.{name}" for name in names), passes=passes)


def dump_saying(tmp_path, text):
    """A dump whose MESG stream has these lines behind its beginning, each in a segment of its own."""
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    connection = Connection(capture, 20001)
    connection.data(b"sendbackup: start [client:/home level 0]\n")
    frames = [connection.data(line) for line in text.splitlines(keepends=True)]
    connection.close()
    return capture.write(tmp_path / "mesg.pcap"), frames


def test_a_warning_of_sendbackup(tmp_path):
    path, (warning, _) = dump_saying(tmp_path, b"sendbackup: warning [no room for the state]\nsendbackup: end\n")
    frames = read(path, "mesg.warning", "mesg.warns", "dump.result")
    assert frames[warning]["amanda.mesg.warning"] == ["no room for the state"]
    assert "amanda.mesg.warns" in frames[warning]


@pytest.mark.parametrize("words, delay, level, message", [
    (b'delay 300 level 1 message "busy now"', ["300"], ["1"], ['"busy now"']),
    (b"delay 300", ["300"], [], []),
    (b"level 0", [], ["0"], []),
    (b'message "busy"', [], [], ['"busy"']),
    (b"delay soon", [], [], []),
    (b"delay 4294967296", [], [], []),
])
def test_sendbackup_asks_to_be_tried_again(tmp_path, words, delay, level, message):
    path, (retry,) = dump_saying(tmp_path, b"sendbackup: retry " + words + b"\n")
    frames = read(path, "mesg.retry", "mesg.retry.delay", "mesg.retry.level", "mesg.retry.message", "mesg.retries")
    assert values(frames, "mesg.retry") == [words.decode()]
    assert values(frames, "mesg.retry.delay") == delay and values(frames, "mesg.retry.level") == level
    assert values(frames, "mesg.retry.message") == message
    assert "amanda.mesg.retries" in frames[retry]


def test_the_states_on_a_mesg_stream(tmp_path):
    path, _ = dump_saying(tmp_path, b"sendbackup: state 12 /etc/passwd\nsendbackup: statedone\n")
    frames = read(path, "mesg.state", "mesg.verb", "mesg.unknown")
    assert values(frames, "mesg.state") == ["12 /etc/passwd"]
    assert values(frames, "mesg.verb") == ["start", "state", "statedone"] and not values(frames, "mesg.unknown")


def test_a_cmd_stream_goes_both_ways(tmp_path):
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1 STATE -1 CMD 20004")
    connection = Connection(capture, 20004)
    asked = connection.data(b"GET_DUMPER_RESULT\n")
    told = connection.data(b"SUCCESS\n", from_responder=False)
    frames = read(capture.write(tmp_path / "cmd.pcap"), "cmd", "stream.name")
    assert {number: fields["amanda.cmd"] for number, fields in frames.items() if "amanda.cmd" in fields} == {
        asked: ["GET_DUMPER_RESULT"], told: ["SUCCESS"]}
    assert frames[asked]["amanda.stream.name"] == frames[told]["amanda.stream.name"] == ["CMD"]


@pytest.mark.parametrize("service, name", [("restore", "MESG"), ("ambackupd", "MESG"), ("amdumpd", "CTL")])
def test_lines_without_a_form_are_shown_as_they_are(tmp_path, service, name):
    """What looks like a line of sendbackup is none here."""
    capture = Capture()
    _, reply = capture.exchange(1, f"{name} 20001", service=service)
    connection = Connection(capture, 20001)
    sent = connection.data(b"sendbackup: end\nall done\n")
    path = capture.write(tmp_path / "lines.pcap")
    for passes in (1, 2):
        frames = read(path, "stream.line", "stream.name", "stream.setup_frame", "mesg", passes=passes)
        assert frames[sent] == {"amanda.stream.line": ["sendbackup: end", "all done"], "amanda.stream.name": [name],
                                "amanda.stream.setup_frame": [str(reply)]}


@pytest.mark.parametrize("line, type, datestamp, label", [
    (b"AMANDA: TAPESTART DATE 20261122010203 TAPE DAILY-01\n\x0c\n", "TAPESTART", ["20261122010203"], ["DAILY-01"]),
    (b"AMANDA: TAPEEND DATE 20261122010203\n\x0c\n", "TAPEEND", ["20261122010203"], []),
    (b'AMANDA: TAPESTART DATE X TAPE "my tape"\n\x0c\n', "TAPESTART", ["X"], ['"my tape"']),
])
def test_the_header_of_a_tape(tmp_path, line, type, datestamp, label):
    capture = Capture()
    connection = Connection(capture, 10083, source=516)
    connection.data(b"SECURITY USER root\r\nLABEL=TAPE01\r\nHEADER\r\nEND\r\n", from_responder=False)
    connection.data(line.ljust(1400, b"\0"))
    connection.data(b"\0" * 1400)
    frames = read(capture.write(tmp_path / "tape.pcap"), "fileheader.type", "fileheader.datestamp", "fileheader.label")
    assert values(frames, "fileheader.type") == [type]
    assert values(frames, "fileheader.datestamp") == datestamp and values(frames, "fileheader.label") == label


def test_the_port_that_a_tape_server_names_for_the_dump(tmp_path):
    """amidxtaped, asked over TCP itself: the dump comes by a connection of its own."""
    capture = Capture()
    control = Connection(capture, 10083, source=516)
    control.data(b"SECURITY USER root\r\nFEATURES=" + streams.FEATURES.encode() + b"\r\nEND\r\n", from_responder=False)
    told = control.data(b"CONNECT 20000\r\n")
    data = Connection(capture, 20000)
    sent = data.data(DATA)
    path = capture.write(tmp_path / "port.pcap")
    for passes in (1, 2):
        frames = read(path, "stream.name", "stream.setup_frame", "data.bytes", passes=passes)
        assert frames[sent]["amanda.stream.name"] == ["DATA"]
        assert frames[sent]["amanda.stream.setup_frame"] == [str(told)]
        assert frames[sent]["amanda.data.bytes"] == [str(len(DATA))]


@pytest.mark.parametrize("options", [(), ("-o", "tcp.reassemble_out_of_order:TRUE")], ids=["", "in order"])
@pytest.mark.parametrize("extension", [None, 0, 43, 60])
def test_streams_over_ipv6_in_any_order_with_any_header(tmp_path, extension, options):
    """Extension headers stand between IPv6's header and TCP's: hop by hop, routing, destination."""
    class Capture6(Capture):
        def see(self, packet, captured=None):
            if extension is not None and packet[6] == packets.TCP:
                header = bytes((packet[6], 0)) + (bytes(6) if extension == 43 else b"\x01\x04\0\0\0\0")
                length = int.from_bytes(packet[4:6], "big") + len(header)
                packet = packet[:4] + length.to_bytes(2, "big") + bytes((extension,)) + packet[7:40] + header + packet[40:]
            return super().see(packet, captured)

        def datagram(self, source, destination, *rest):
            moved = {streams.SERVER: (SERVER6, 842), streams.CLIENT: (CLIENT6, 10080)}
            return super().datagram(moved[source], moved[destination], *rest)

    capture = Capture6()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    data = Connection(capture, 20000, server=SERVER6, client=CLIENT6)
    mesg = Connection(capture, 20001, server=SERVER6, client=CLIENT6)
    text = streams.mesg(DATA)
    data.out_of_order([DATA[:500], DATA[500:900], DATA[900:]], (0, 2, 1))
    mesg.out_of_order([text[:70], text[70:200], text[200:]], (2, 1, 0))
    for connection in (data, mesg):
        connection.close()
    path = capture.write(tmp_path / "ipv6.pcap")
    frames = tshark.read_fields(path, ("amanda.mesg", "amanda.dump.check", "amanda.dump.result"), options)
    assert values(frames, "mesg") == text.decode().splitlines()
    assert set(values(frames, "dump.check")) == {"correct"}
    assert set(values(frames, "dump.result")) == {"success"}
