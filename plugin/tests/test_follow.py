# SPDX-License-Identifier: GPL-2.0-or-later
"""Follow, as Wireshark calls it: the bytes of one stream, also where several share one connection."""

import io
import re
import tarfile
import zlib
from collections import defaultdict

import pytest

import judge
import packets
import streams
import tshark
from streams import Capture, Connection

BSDTCP, BSDUDP = "recorded/bsdtcp.pcap", "recorded/bsdudp.pcap"
RECORDINGS = [("outcomes/clean-bsd.pcap", 1), (BSDTCP, 1), (BSDTCP, 2), (BSDUDP, 1), ("outcomes/clean-ssl.pcapng", 2),
              ("outcomes/mixed-bsdtcp.pcap", 1)]
FOLLOWED = re.compile(r"^Filter: amanda\.stream\.index == (\d+)\n(?:Node .*\n){2}((?:\t?[0-9a-f]*\n)*)", re.M)
MISSING = b"[bytes missing in capture file]"


def follow(path, indices, *options):
    """For each index, what the requester and what the responder said."""
    follows = [word for index in indices for word in ("-z", f"follow,amanda,raw,{index}")]
    printed = tshark.tshark("-q", "-r", path, *options, *follows)
    found = {}
    for index, lines in FOLLOWED.findall(printed):
        sides = [line for line in lines.split("\n") if not line.startswith("\t")], \
            [line for line in lines.split("\n") if line.startswith("\t")]
        found[int(index)] = tuple(bytes.fromhex("".join(side)) for side in sides)
    return [found[index] for index in indices]


def files_of(archive):
    """Their names, which INDEX has without the dot in front; GNU tar has a time in front of them where it is incremental."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        names = [archive[member.offset:member.offset + 100].partition(b"\0")[0] for member in tar]
    return {name.decode().removeprefix(".") for name in names}


def dumps_of(path):
    """{name: index} of the streams of each dump."""
    dumps = defaultdict(dict)
    fields = "amanda.stream.index", "amanda.stream.name", "amanda.stream.setup_frame"
    for packet in tshark.read_fields(path, fields, ("-Y", "amanda.stream.index")).values():
        for index, name, announced in zip(*(packet[field] for field in fields)):
            dumps[int(announced)][name] = int(index)
    return [names for names in dumps.values() if {"DATA", "MESG", "INDEX"} <= names.keys()]


@pytest.mark.parametrize("capture, passes", RECORDINGS)
def test_a_dump_is_what_the_client_sent(capture, passes):
    """The client has told the number of its bytes and their CRC; the archive has the files that INDEX names."""
    path = tshark.CAPTURES / capture
    dumps = dumps_of(path)
    assert dumps
    wanted = [names[name] for names in dumps for name in ("DATA", "MESG", "INDEX")]
    said = follow(path, wanted, *["-2"] * (passes - 1))
    checked = 0
    for data, mesg, index in zip(said[::3], said[1::3], said[2::3]):
        crc = re.search(rb"^sendbackup: client-CRC ([0-9a-f]+):(\d+)$", mesg[1], re.M)
        if not crc:
            continue
        assert len(data[1]) == int(crc[2]) and streams.crc32c(data[1]) == int(crc[1], 16)
        assert mesg[1].endswith(b"sendbackup: end\n")
        archive = data[1] if data[1][:2] != b"\x1f\x8b" else zlib.decompress(data[1], 31)
        assert set(index[1].decode().split("\n")[:-1]) == files_of(archive)
        checked += 1
    assert checked


def test_streams_share_segments():
    """What the test of the recordings relies on."""
    found = tshark.read_fields(tshark.CAPTURES / BSDTCP, ("amanda.stream.index",), ("-Y", "amanda.stream.index")).values()
    assert any(len(set(packet["amanda.stream.index"])) > 1 for packet in found)


PIECES = [b"x" * 10 + bytes([number]) * 90 for number in range(5)]


def dump_out_of_order(tmp_path, order, leave_out=()):
    capture = Capture()
    capture.exchange(1, "DATA 50010 MESG 50011")
    data, mesg = Connection(capture, 50010), Connection(capture, 50011, source=50001)
    start = len(capture.frames)
    data.out_of_order(PIECES, order)
    left = [start + order.index(number) for number in leave_out]
    mesg.data(streams.mesg(b"".join(PIECES)))
    data.close()
    mesg.close()
    capture.frames = [frame for number, frame in enumerate(capture.frames) if number not in left]
    return capture.write(tmp_path / "order.pcap")


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [0, 2, 1, 3, 4], [4, 3, 2, 1, 0], [1, 0, 4, 2, 3], [0, 1, 1, 2, 0, 3, 4]])
@pytest.mark.parametrize("passes", [1, 2])
def test_bytes_are_in_their_order(tmp_path, order, passes):
    path = dump_out_of_order(tmp_path, order)
    assert follow(path, [0], *["-2"] * (passes - 1)) == [(b"", b"".join(PIECES))]


@pytest.mark.parametrize("passes", [1, 2])
def test_what_the_capture_lacks_is_told(tmp_path, passes):
    path = dump_out_of_order(tmp_path, [0, 1, 2, 3, 4], leave_out=[2])
    [(_, said)] = follow(path, [0], *["-2"] * (passes - 1))
    assert said == b"".join(PIECES[:2]) + MISSING + b"".join(PIECES[3:])


def test_what_frames_lack_is_told(tmp_path):
    """The second segment with lines of MESG is not in the capture."""
    whole = tshark.CAPTURES / BSDTCP
    mesg = dumps_of(whole)[0]["MESG"]
    segments = list(tshark.read_fields(whole, (), ("-Y", f"amanda.stream.index == {mesg}")))
    frames = [(time // 1000, bytes(frame)) for _, time, _, frame in judge.frames(whole)]
    del frames[segments[1] - 1]
    packets.write_pcap(tmp_path / "lack.pcap", frames)
    [(_, all_bytes)], [(_, said)] = follow(whole, [mesg]), follow(tmp_path / "lack.pcap", [mesg])
    before, _, after = said.partition(MISSING)
    assert before and after and all_bytes.startswith(before) and all_bytes.endswith(after)


@pytest.mark.parametrize("passes", [1, 2])
def test_what_both_sides_say_stands_as_they_said_it(tmp_path, passes):
    talk = [(True, b"220 server AMANDA index server (3.5) ready.\r\n"), (False, b"SECURITY USER root\r\n"),
            (True, b"200 Security file passed.\r\n"), (False, b"FEATURES ffff\r\n"), (False, b"DATE 2026-11-28\r\n"),
            (True, b"200 Working date set.\r\n"), (False, b"QUIT\r\n"), (True, b"200 Good bye.\r\n")]
    capture = Capture()
    connection = Connection(capture, 10082)
    for from_responder, line in talk:
        connection.data(line, from_responder)
    connection.close()
    path = capture.write(tmp_path / "talk.pcap")
    printed = tshark.tshark("-q", *["-2"] * (passes - 1), "-r", path, "-z", "follow,amanda,raw,0")
    [(_, lines)] = FOLLOWED.findall(printed)
    assert [(line.startswith("\t"), bytes.fromhex(line)) for line in lines.split("\n") if line] == talk


def test_by_the_ends_of_a_connection():
    printed = tshark.tshark("-q", "-r", tshark.CAPTURES / BSDTCP, "-z", "follow,amanda,ascii,192.0.2.1:516,192.0.2.2:10080")
    assert "sendbackup: end" in printed and "SECURITY USER" not in printed


def test_a_stream_that_is_not_there():
    assert follow(tshark.CAPTURES / BSDTCP, [4711]) == [(b"", b"")]
