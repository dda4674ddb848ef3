# SPDX-License-Identifier: GPL-2.0-or-later
"""The TCP connections of the streams that a CONNECT line announces: labels, lines, checks, refusals.

What the recordings really hold is worked out here from the payloads alone, as tshark without the plugin has them.
"""

import json
import random
import re
from collections import defaultdict

import pytest

import packets
import streams
import tshark
from streams import Capture, Connection

RECORDED = sorted((tshark.CAPTURES / "recorded").rglob("*.pcap"))
ALL = sorted({*tshark.CAPTURES.glob("*/*.pcap"), *RECORDED})
BSD = [path for path in RECORDED if "bsdtcp" not in path.stem]
IDS = [path.stem for path in BSD]
# The streams of bsdudp share one connection, in frames: test_framed.py.
OWN_CONNECTIONS = [path for path in BSD if "bsdudp" not in path.stem]
each_with_own_connections = pytest.mark.parametrize("capture", OWN_CONNECTIONS, ids=[path.stem for path in OWN_CONNECTIONS])
OUT_OF_ORDER = "-o", "tcp.reassemble_out_of_order:TRUE"

NAMES = tuple(f"amanda.{name}" for name in (
    "stream.name", "stream.disk", "stream.level", "stream.setup_frame", "stream.request_in", "mesg", "index.path",
    "state", "cmd", "data.bytes", "data.format", "dump.format", "dump.check", "dump.result", "dump.size", "dump.bytes", "mesg.failed",
    "mesg.is_strange", "mesg.malformed", "dump.no_end", "dump.crc_wrong", "dump.bytes_wrong", "stream.gap",
    "stream.rest", "stream.line_cut", "stream.unmatched", "stream.unmatched_reply", "stream.mistaken_for",
    "stream.unmatched_refused", "stream.refused", "stream.syn", "stream.unfinished", "stream.unfinished_line"))
LATER = tuple(f"amanda.{name}" for name in (
    "stream.first_frame", "stream.refused_in", "stream.never_opened", "stream.port_refused", "dialogue.answer_in"))
TCP = ("tcp.stream", "tcp.completeness", "tcp.len", "tcp.seq", "tcp.ack", "tcp.analysis.flags",
       "tcp.analysis.acks_frame", "tcp.analysis.ack_rtt", "tcp.analysis.initial_rtt", "tcp.analysis.bytes_in_flight",
       "tcp.time_delta")
FILTERED = tuple(f"amanda.{name}" for name in (
    "stream.name", "stream.disk", "stream.level", "mesg", "index.path", "state", "cmd", "data.bytes", "dump.check",
    "dump.result", "dump.size", "dump.bytes", "dump.no_end", "stream.gap", "stream.rest", "stream.unmatched",
    "stream.refused", "stream.unfinished", "frame.handle", "frame.lost", "ctl.command", "amindexd.code"))


def read_some(capture, names, options=(), passes=2):
    """These fields of each frame, from one run for all that is asked of a capture: most of the time goes into starting
    tshark."""
    everything = tuple(dict.fromkeys(("amanda", "tcp") + NAMES + TCP + FILTERED))
    frames = tshark.read_fields(capture, everything, options, passes)
    return {number: {name: fields[name] for name in names if name in fields} for number, fields in frames.items()}


def read(capture, options=(), passes=2):
    """Everything that concerns streams, by frame number."""
    return {number: fields for number, fields in read_some(capture, NAMES, options, passes).items() if fields}


def values(frames, field, **where):
    """All values of a field, in the order of the frames in which other fields have these values."""
    return [value for fields in frames.values() for value in fields.get(f"amanda.{field}", ())
            if all(fields.get(f"amanda.stream.{key}") == [str(wanted)] for key, wanted in where.items())]


# ---------------------------------------------------------------------------------------------------------------------
# Recordings, against their own payloads


def streams_in(capture):
    """(reply's frame, name, disk, stream number, payload of the responder) of every bsd stream that was connected to."""
    version = "ipv6" if "ipv6" in capture.stem else "ip"
    fields = (f"{version}.src", f"{version}.dst", "udp.payload", "tcp.stream", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.flags",
              "tcp.payload")
    raw = tshark.read_fields(capture, fields, passes=1, plugin=False)
    disks, waiting, found = {}, {}, {}
    for number, frame in raw.items():
        frame = {name.replace("ipv6.", "ip."): value for name, value in frame.items()}
        text = bytes.fromhex(frame.get("udp.payload", [""])[0].replace(":", "")).decode("latin-1")
        header = re.match(r"Amanda \S+ (\S+) HANDLE (\S+ SEQ \S+)\n", text)
        if header:
            # What comes in answer to a reply that was announced before is no new announcement.
            disk = re.search(r"<disk>(.*)</disk>", text) or re.search(r"\n\S+ (/\S*) +\d+ \d", text)
            if header[1] == "REQ" and disk and "SERVICE sendbackup" in text:
                disks[header[2]] = disk[1]
            connect = re.search(r"\nCONNECT (.*)\n", text)
            if header[1] == "REP" and connect and header[2] in disks:
                words = connect[1].split()
                for name, port in zip(words[::2], words[1::2]):
                    key = frame["ip.src"][0], port
                    again = waiting.get(key, ("",))[0] == header[2]
                    if (header[2], port) not in found and int(port) > 0 and not again:
                        waiting[key] = header[2], number, name
        elif "tcp.stream" in frame:
            follow(frame, waiting, found)
    return [(number, name, disks[key], stream, reassemble(parts))
            for (key, port), (number, name, stream, parts) in found.items()]


def follow(frame, waiting, found):
    """Notes a segment of the connections to the ports that are waited for."""
    destination, source = (frame["ip.dst"][0], frame["tcp.dstport"][0]), (frame["ip.src"][0], frame["tcp.srcport"][0])
    if int(frame["tcp.flags"][0], 16) & 0x12 == 2 and destination in waiting:
        key, number, name = waiting.pop(destination)
        found[key, destination[1]] = number, name, frame["tcp.stream"][0], {}
    for (key, port), (number, name, stream, parts) in found.items():
        if stream == frame["tcp.stream"][0] and source[1] == port and "tcp.payload" in frame:
            parts.setdefault(int(frame["tcp.seq_raw"][0]), bytes.fromhex(frame["tcp.payload"][0].replace(":", "")))


def reassemble(parts):
    return b"".join(parts[seq] for seq in sorted(parts))


@each_with_own_connections
def test_every_connection_has_its_stream_disk_and_reply(capture):
    label = ("tcp.stream", "amanda.stream.name", "amanda.stream.disk", "amanda.stream.setup_frame")
    frames = read_some(capture, label)
    for number, name, disk, stream, _ in streams_in(capture):
        segments = [fields for fields in frames.values() if fields.get("tcp.stream") == [stream]]
        assert segments
        for fields in segments:
            assert fields.get("amanda.stream.name") == [name]
            assert fields.get("amanda.stream.disk") == [disk]
            assert fields.get("amanda.stream.setup_frame") == [str(number)]


@each_with_own_connections
def test_every_line_is_decoded(capture):
    frames = read(capture)
    fields = {"MESG": "mesg", "INDEX": "index.path", "STATE": "state"}
    for number, name, _, _, payload in streams_in(capture):
        if name in fields:
            lines = payload.decode().splitlines()
            assert values(frames, fields[name], setup_frame=number, name=name) == lines


@pytest.mark.parametrize("capture", BSD, ids=IDS)
def test_every_crc_is_right(capture):
    """As the client counted them, and as they are counted here."""
    frames = read(capture)
    told = {}
    data = {}
    for number, name, _, _, payload in streams_in(capture):
        crc = re.search(rb"client-CRC ([0-9a-f]+):(\d+)", payload) if name == "MESG" else None
        if crc:
            told[number] = int(crc[1], 16), int(crc[2])
        if name == "DATA":
            data[number] = payload
    for number, (crc, count) in told.items():
        if number in data:
            assert (crc, count) == (streams.crc32c(data[number]), len(data[number]))
            assert values(frames, "dump.check", setup_frame=number) == ["correct"]
    for problem in ("dump.crc_wrong", "dump.bytes_wrong", "mesg.malformed", "stream.gap"):
        assert not values(frames, problem)


@pytest.mark.parametrize("capture", ALL, ids=lambda path: path.stem)
def test_one_pass_equals_two(capture):
    assert read(capture, passes=1) == read(capture, passes=2)


@pytest.mark.parametrize("capture", ALL, ids=lambda path: path.stem)
def test_tcp_is_as_it_was(capture):
    assert read_some(capture, TCP) == tshark.read_fields(capture, TCP, plugin=False)


def test_following_a_tcp_stream_is_as_it_was():
    capture = tshark.CAPTURES / "recorded" / "clean.pcap"
    follow = "-r", capture, "-q", *(word for number in range(4) for word in ("-z", f"follow,tcp,ascii,{number}"))
    followed = tshark.tshark(*follow)
    assert all(f"tcp.stream eq {number}\n" in followed for number in range(4))
    assert followed == tshark.tshark(*follow, plugin=False)


# ---------------------------------------------------------------------------------------------------------------------
# The same dump in every shape of segments

DATA = streams.tar()
MESG = streams.mesg(DATA)
INDEX = b"/\n/f1\n/dir/\n/dir/a long name with blanks\n"
STATE = b"0 /\n2 /f1\n"


def dump(capture, number, send):
    """A dump with ports of its own; send(connection, payload) sends each stream. Returns the reply's frame."""
    port = 20000 + 4 * number
    _, reply = capture.exchange(number, f"DATA {port} MESG {port + 1} INDEX {port + 2} STATE {port + 3}")
    data, mesg, index, state = (Connection(capture, port + offset) for offset in range(4))
    for connection, payload in ((index, INDEX), (state, STATE), (data, DATA), (mesg, MESG)):
        send(connection, payload)
        connection.close()
    return reply


def assert_all_there(path, replies, options=()):
    for passes in (1, 2):
        frames = read(path, options, passes)
        by_reply = defaultdict(dict)
        for number, fields in frames.items():
            if "amanda.stream.setup_frame" in fields:
                by_reply[int(fields["amanda.stream.setup_frame"][0])][number] = fields
        for reply in replies:
            own = by_reply[reply]
            assert values(own, "mesg") == MESG.decode().splitlines()
            assert values(own, "index.path") == INDEX.decode().splitlines()
            assert values(own, "state") == STATE.decode().splitlines()
            assert values(own, "dump.check") == ["correct"]
            assert values(own, "dump.result") == ["success"]
            assert values(own, "dump.bytes") == [str(len(DATA))]
            assert max(map(int, values(own, "data.bytes"))) == len(DATA)
            assert values(own, "dump.format") == ["tar"]
            for problem in ("mesg.malformed", "stream.gap", "stream.rest", "dump.no_end", "stream.unfinished"):
                assert not values(own, problem), problem


def test_split_at_every_byte(tmp_path):
    capture = Capture()
    replies = [dump(capture, at, lambda connection, payload: connection.pieces(payload[:at], payload[at:]))
               for at in range(len(MESG))]
    assert_all_there(capture.write(tmp_path / "split.pcap"), replies)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_small_segments(tmp_path, size):
    capture = Capture()
    reply = dump(capture, 0, lambda connection, payload: connection.pieces(
        *(payload[at:at + size] for at in range(0, len(payload), size))))
    assert_all_there(capture.write(tmp_path / "small.pcap"), [reply])


@pytest.mark.parametrize("options", [(), OUT_OF_ORDER, ("-o", "tcp.analyze_sequence_numbers:FALSE"),
                                     ("-o", "tcp.relative_sequence_numbers:FALSE")])
def test_retransmitted(tmp_path, options):
    capture = Capture()

    def send(connection, payload):
        for at in range(0, len(payload), 10):
            seq = connection.next[True]
            connection.data(payload[at:at + 10])
            connection.segment(packets.PSH | packets.ACK, seq, payload[at:at + 10])

    reply = dump(capture, 0, send)
    assert_all_there(capture.write(tmp_path / "again.pcap"), [reply], options)


def test_bytes_that_came_earlier_are_shown_as_they_came(tmp_path):
    """In one pass they are let go of once they have had their turn, and their packet is shown after that."""
    data = streams.tar(4096)
    pieces = [data[start:start + 1000] for start in range(0, len(data), 1000)]
    capture = Capture()
    capture.exchange(1, "DATA 50010 MESG 50011")
    Connection(capture, 50010).out_of_order(pieces, [0, 2, 3, 1, 4])
    printed = tshark.tshark("-x", "-r", capture.write(tmp_path / "order.pcap"))
    earlier = re.findall(r"^Segment that came earlier .*\n((?:[0-9a-f]{4}  .*\n)+)", printed, re.M)
    shown = [bytes.fromhex("".join(line[6:54] for line in lines.splitlines())) for lines in earlier]
    assert len(shown) >= 2 and set(shown) == set(pieces[2:4])


def test_without_reassembly(tmp_path):
    """The preference of TCP is for other protocols."""
    capture = Capture()
    reply = dump(capture, 0, lambda connection, payload: connection.pieces(payload[:30], payload[30:]))
    assert_all_there(capture.write(tmp_path / "split.pcap"), [reply], ("-o", "tcp.desegment_tcp_streams:FALSE"))


# ---------------------------------------------------------------------------------------------------------------------
# Checks


def one_dump(tmp_path, mesg, data=DATA, **how):
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    data_connection, mesg_connection = Connection(capture, 20000), Connection(capture, 20001)
    data_connection.pieces(data[:700], data[700:])
    if how.get("mesg_first"):
        mesg_connection.data(mesg)
    data_connection.close()
    if not how.get("mesg_first"):
        mesg_connection.data(mesg)
    mesg_connection.close()
    path = capture.write(tmp_path / "dump.pcap")
    assert read(path, passes=1) == read(path, passes=2)
    return read(path)


def test_a_wrong_crc_is_an_error(tmp_path):
    frames = one_dump(tmp_path, streams.mesg(DATA, crc=0x12345678))
    assert values(frames, "dump.check") == ["wrong CRC"]
    assert values(frames, "dump.crc_wrong")


def old_tar(written):
    """A header of Unix V7's tar, with its checksum written as this says; all bytes count, those of the checksum as blanks."""
    name = b"etc/motd".ljust(100, b"\0")
    mode = b"100644 \0" + b"     0 \0" * 2 + b"         12 " + b"14000000000 "
    link = b"\0" * 355 + b"!"
    total = sum(name + mode + b" " * 8 + link)
    return name + mode + (written % total).encode("latin-1") + link


# As tars of several makers write it; in each place that belongs to it, another byte than a blank
CHECKSUMS = ["%6o\0 ", "%06o\0 ", "%07o\0", " %06o\0", "%08o"]


@pytest.mark.parametrize("written", CHECKSUMS)
def test_a_tar_without_magic_is_known_by_its_checksum(tmp_path, written):
    header = old_tar(written)
    assert len(header) == 512 and re.fullmatch(rb"[ 0]*[1-7][0-7]{3,}[ \0]*", header[148:156])
    image = header + bytes(512)
    others = [image[:at] + bytes([image[at] ^ 1]) + image[at + 1:] for at in (0, 147, 156, 511)]
    others.append(image[:148] + b"     0\0 " + image[156:])
    for number, (data, format) in enumerate([(image, "tar"), *((other, "unknown format") for other in others)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert values(one_dump(folder, streams.mesg(data), data), "data.format")[-1] == format, number


@pytest.mark.parametrize("mesg_first", [False, True])
@pytest.mark.parametrize("count", [len(DATA) - 1, len(DATA) + 1])
def test_a_wrong_number_of_bytes_is_an_error(tmp_path, count, mesg_first):
    frames = one_dump(tmp_path, streams.mesg(DATA, count=count), mesg_first=mesg_first)
    assert values(frames, "dump.check") == ["wrong number of bytes"]
    assert values(frames, "dump.bytes_wrong")


def test_the_end_of_mesg_may_come_first(tmp_path):
    frames = one_dump(tmp_path, streams.mesg(DATA), mesg_first=True)
    assert values(frames, "dump.check") == ["correct"]
    assert values(frames, "dump.result") == ["success"]


@pytest.mark.parametrize("cut", [False, True])
def test_nothing_is_said_where_bytes_are_missing(tmp_path, cut):
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    data, mesg = Connection(capture, 20000), Connection(capture, 20001)
    data.data(DATA[:300])
    if cut:
        data.send(packets.PSH | packets.ACK, DATA[300:600], captured=200)
    else:
        data.next[True] += 300
    data.data(DATA[600:])
    data.close()
    mesg.data(MESG)
    mesg.close()
    frames = read(capture.write(tmp_path / "gap.pcap"))
    assert values(frames, "mesg") == MESG.decode().splitlines()
    assert not values(frames, "dump.check")
    assert not values(frames, "dump.crc_wrong") and not values(frames, "dump.bytes_wrong")
    assert values(frames, "dump.result") == ["success"]


@pytest.mark.parametrize("there", [0, 1, 6, 18])
def test_what_follows_a_cut_segment_may_be_the_rest_of_a_line(tmp_path, there):
    """Also where not one byte of the segment was captured"""
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    mesg = Connection(capture, 20001)
    mesg.send(packets.PSH | packets.ACK, b"sendbackup: start [client:/home level 0]\n| sendback", captured=54 + there)
    frame = mesg.data(b"up: error [no such file]\n| next\n")
    read_there = read(capture.write(tmp_path / "cut.pcap"))[frame]
    assert read_there["amanda.stream.rest"] == ["up: error [no such file]"] and read_there["amanda.stream.gap"]
    assert read_there["amanda.mesg"] == ["| next"]


def test_errors_and_strange_lines(tmp_path):
    frames = one_dump(tmp_path, b"? tar: /home/x: Cannot open\nsendbackup: error [/bin/tar returned 2]\n")
    assert len(values(frames, "mesg.is_strange")) == len(values(frames, "mesg.failed")) == 1
    assert values(frames, "dump.result") == ["failed"]


@pytest.mark.parametrize("last, missing", [(b"error [/bin/tar returned 2]", 0), (b"end", 0), (b"info end", 1)])
def test_the_end_of_a_dump_is_missing_unless_end_or_error_is_its_last_word(tmp_path, last, missing):
    assert len(values(one_dump(tmp_path, b"sendbackup: " + last + b"\n"), "dump.no_end")) == missing


@pytest.mark.parametrize("together", [False, True])
def test_a_last_line_without_its_end(tmp_path, together):
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    mesg = Connection(capture, 20001)
    mesg.data(b"sendbackup: info end\nsendb")
    if together:
        mesg.send(packets.FIN | packets.PSH | packets.ACK, b"ackup: no-op")
    else:
        mesg.data(b"ackup: no-op")
        mesg.send(packets.FIN | packets.ACK)
    path = capture.write(tmp_path / "end.pcap")
    assert read(path, passes=1) == read(path)
    frames = read(path)
    last = "sendbackup: no-op"
    assert values(frames, "mesg")[1:] + values(frames, "stream.unfinished") == [last]
    assert values(frames, "dump.no_end")


def test_the_longest_line_that_is_waited_for(tmp_path):
    """16 KiB are no line of Amanda's: they are shown where they come."""
    capture = Capture()
    for number, length in enumerate((16383, 16384)):
        capture.exchange(number, f"DATA {20000 + 4 * number} MESG {20001 + 4 * number} INDEX -1")
        mesg = Connection(capture, 20001 + 4 * number)
        mesg.data(b"| " + b"x" * (length - 2))
        mesg.data(b"\n")
        mesg.close()
    frames = read(capture.write(tmp_path / "long.pcap"))
    assert [len(line) for line in values(frames, "mesg")] == [16383]


def test_of_lines_that_say_as_much_the_first_is_in_the_info_column(tmp_path):
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    mesg = Connection(capture, 20001)
    mesg.data(b"? tar: /one: Cannot open\n? tar: /two: Cannot open\n")
    mesg.close()
    columns = tshark.read_fields(capture.write(tmp_path / "two.pcap"), ("_ws.col.Info",)).values()
    told, = [fields["_ws.col.Info"][0] for fields in columns if "Cannot open" in fields["_ws.col.Info"][0]]
    assert "/one" in told and "/two" not in told


def test_garbage_in_place_of_lines(tmp_path):
    """No newline for long, and bytes that are no text."""
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX 20002 STATE 20003")
    noise = random.Random(5)
    for port in range(20000, 20004):
        connection = Connection(capture, port)
        for _ in range(60):
            connection.data(noise.randbytes(1400).replace(b"\n", b"x"))
        connection.close()
    path = capture.write(tmp_path / "noise.pcap")
    assert read(path, passes=1) == read(path)


@pytest.mark.parametrize("how", [packets.FIN, packets.RST])
def test_the_server_closes_data_first(tmp_path, how):
    """It reads to the end; a client that then closes without having sent all that it told of is found out."""
    capture = Capture()
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    data, mesg = Connection(capture, 20000), Connection(capture, 20001)
    data.data(DATA)
    mesg.data(streams.mesg(DATA, count=len(DATA) + 7))
    mesg.close()
    data.send(how | packets.ACK, from_responder=False)
    end = data.send(packets.FIN | packets.ACK)
    path = capture.write(tmp_path / "first.pcap")
    for passes in (1, 2):
        frames = read(path, passes=passes)
        assert frames[end].get("amanda.dump.check") == (["wrong number of bytes"])


@pytest.mark.parametrize("capture", sorted(tshark.CAPTURES.glob("recorded/*.pcap")), ids=lambda path: path.stem)
@pytest.mark.parametrize("kept", ["amanda", "tcp", "amanda.stream.name == \"MESG\""])
def test_a_read_filter_changes_nothing_of_what_is_left(capture, kept):
    """tshark -2 -R numbers the frames anew before the second pass."""
    field, _, value = kept.partition(" == ")
    whole = [{name: fields[name] for name in FILTERED if name in fields}
             for fields in read_some(capture, (field, *FILTERED)).values()
             if field in fields and (not value or value.strip('"') in fields[field])]
    assert list(tshark.read_fields(capture, FILTERED, ("-R", kept)).values()) == whole


# ---------------------------------------------------------------------------------------------------------------------
# Ports that nobody listens on, and connections that nobody made


def test_ports_of_an_unmatched_reply():
    for side in ("server", "client"):
        capture = tshark.GENERATED / f"2004-stale-reply-{side}.pcap"
        shift = 0 if side == "server" else -1
        for passes in (1, 2):
            frames = read(capture, passes=passes)
            flagged = [number for number, fields in frames.items() if "amanda.stream.unmatched" in fields]
            refused = [number for number, fields in frames.items() if "amanda.stream.unmatched_refused" in fields]
            assert flagged == [34 + shift, 36 + shift, 38 + shift]
            exchanges = tshark.read_fields(capture, ("amanda.exchange",), passes=passes)
            assert not any("amanda.exchange" in exchanges[number] for number in flagged), "whose they are is not known"
            assert refused == [35 + shift, 37 + shift, 39 + shift]
            for number in flagged + refused:
                assert frames[number]["amanda.stream.unmatched_reply"] == [str(32 + shift)]
                assert frames[number]["amanda.stream.mistaken_for"] == [str(31 + shift)]
            assert [frames[number]["amanda.stream.syn"] for number in refused] == [[str(number)] for number in flagged]
            assert not values(frames, "stream.refused")


@pytest.mark.parametrize("side", ["server", "client"])
def test_connections_that_carry_nothing_since_an_ack_was_lost(side):
    """The recording's own log tells which ACK it dropped: the client never sends a byte, and the server gives up."""
    capture = tshark.CAPTURES / "recorded" / f"lost-ack-sendbackup-{side}.pcap"
    log = json.loads(capture.with_suffix(".injected.json").read_text(encoding="utf-8"))
    lost, = (decision["seq"] for decision in log["decisions"] if decision["action"] == "drop")
    names = ("amanda.stream.name", "amanda.stream.setup_frame", "tcp.stream", "tcp.len", "amanda.dump.no_end")
    reply = min(number for number, packet in tshark.read_listed(capture).items()
                if packet["type"] == "REP" and packet["seq"] == str(lost))
    own = [fields for fields in tshark.read_fields(capture, names).values()
           if fields.get("amanda.stream.setup_frame") == [str(reply)] and "tcp.stream" in fields]
    assert {fields["amanda.stream.name"][0] for fields in own} == {"DATA", "MESG", "INDEX", "STATE"}
    assert len({fields["tcp.stream"][0] for fields in own}) == 4
    assert all(fields["tcp.len"] == ["0"] for fields in own)
    assert sum("amanda.dump.no_end" in fields for fields in own) == 1


def test_a_refused_port_of_a_matched_reply(tmp_path):
    capture = Capture()
    _, reply = capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    refused = Connection(capture, 20000, handshake=False)
    syn = refused.send(packets.SYN, from_responder=False)
    refused.send(packets.RST | packets.ACK)
    path = capture.write(tmp_path / "refused.pcap")
    frames = read(path)
    assert frames[syn + 1]["amanda.stream.syn"] == [str(syn)]
    assert "amanda.stream.refused" in frames[syn + 1]
    later = tshark.read_fields(path, LATER)
    assert later[reply]["amanda.stream.refused_in"] == [str(syn + 1)]
    assert "amanda.stream.port_refused" in later[reply]


@pytest.mark.parametrize("tcp", [True, False])
def test_ports_that_nobody_connects_to(tmp_path, tcp):
    """Flagged, but not where the capture has no TCP at all."""
    capture = Capture()
    _, reply = capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    capture.wait(60)
    if tcp:
        Connection(capture, 22)
    else:
        capture.exchange(2, "DATA 20004 MESG 20005 INDEX -1")
    later = tshark.read_fields(capture.write(tmp_path / "missed.pcap"), LATER)
    assert ("amanda.stream.never_opened" in later[reply]) == tcp


def test_other_connections_are_left_alone(tmp_path):
    """Another host, the same port later, and a connection that was there before."""
    capture = Capture()
    before = Connection(capture, 20000, source=40000)
    before.data(b"before\n")
    capture.exchange(1, "DATA 20000 MESG 20001 INDEX -1")
    before.data(b"still\n")
    Connection(capture, 20001, server="192.0.2.77").data(b"other\n")
    capture.wait(700)
    Connection(capture, 20001, source=40001).data(b"late\n")
    assert not values(read(capture.write(tmp_path / "others.pcap")), "stream.name")


def sent_by(capture, ports):
    for port in ports:
        connection = Connection(capture, port)
        connection.data(DATA)
        connection.close()


def test_no_more_than_16_ports_of_a_reply_are_amandas(tmp_path):
    """Amanda announces 4 at most: nobody gets many ports of others by one reply."""
    capture = Capture()
    capture.exchange(1, " ".join(f"DATA {20000 + n}" for n in range(18)))
    sent_by(capture, range(20000, 20018))
    assert values(read(capture.write(tmp_path / "many.pcap")), "data.bytes") == [str(len(DATA))] * 16


def test_no_more_than_15_ports_of_a_tape_server_are_amandas(tmp_path):
    """Nor by lines of amidxtaped, each of which announces a port. Its own stream is the sixteenth."""
    capture = Capture()
    control = Connection(capture, 10083)
    control.data(b"SECURITY USER root\r\nDEVICE=tape\r\nEND\r\n", from_responder=False)
    for n in range(18):
        control.data(b"CONNECT %d\r\n" % (20000 + n))
    sent_by(capture, range(20000, 20018))
    assert values(read(capture.write(tmp_path / "many.pcap")), "data.bytes") == [str(len(DATA))] * 15


def test_ports_used_again(tmp_path):
    """The same client port and the same server port for one dump after the other."""
    capture = Capture()
    replies = []
    for number in range(5):
        _, reply = capture.exchange(number, "DATA 20000 MESG 20001 INDEX -1", disk=f"/disk{number}")
        replies.append(reply)
        for port in (20000, 20001):
            connection = Connection(capture, port, handshake=False)
            connection.next = {True: 7000 + number * 10000, False: 3000 + number * 10000}
            connection.send(packets.SYN, from_responder=False)
            connection.send(packets.SYN | packets.ACK)
            connection.send(packets.ACK, from_responder=False)
            connection.data(DATA if port == 20000 else MESG)
            connection.close()
    frames = read(capture.write(tmp_path / "ports.pcap"))
    for number, reply in enumerate(replies):
        assert values(frames, "mesg", setup_frame=reply, disk=f"/disk{number}") == MESG.decode().splitlines()
        assert values(frames, "dump.check", setup_frame=reply) == ["correct"]
