# SPDX-License-Identifier: GPL-2.0-or-later
"""A NAK that amandad sends by TCP before it has read any request: it refuses the first request of its connection."""

import pytest

import packets
import tshark
from streams import Capture, Connection, FEATURES
from test_framed import packet

NOOP = f"SECURITY USER backup\nSERVICE noop\nOPTIONS features={FEATURES};\n"
TEXT = "etnameinfo failed: Name or service not known"  # 3.4.3 to 3.5.2 write the code of the type over its first character
REMEDY = "Let the responding host resolve that address to the requester's name (DNS or /etc/hosts)."
NAMES = tuple(f"amanda.{name}" for name in (
    "type", "verdict", "response_in", "response_to", "service", "nak.reason", "outcome", "outcome.why",
    "outcome.remedy", "outcome.asked_in", "outcome_in", "req.refused_before", "nak.unexpected", "frame.closed_early"))
NAK, REQ = 4, 6  # frames, behind the handshake


def nak(text=TEXT, end=b""):
    return True, packet("NAK", 1, text, end=end)


def req(handle=1):
    return False, packet("REQ", handle, NOOP)


def read(path, *dialogue, seen=None, snapshot=262144, copies=1, passes=2):
    """The fields of each frame. seen: the direction that is captured, by whether the responder sends; None: both."""
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    for from_responder, data in dialogue:
        connection.data(data, from_responder)
    connection.close()
    ways = {0x27: True, 0x02: False}  # the first byte of the source port
    frames = [frame for frame in capture.frames if seen is None or ways[frame[1][34]] == seen for _ in range(copies)]
    packets.write_pcap(path, frames, snapshot)
    return {number: {name[7:]: value for name, value in fields.items()}
            for number, fields in tshark.read_fields(path, NAMES, passes=passes).items() if fields}


@pytest.mark.parametrize("snapshot", [262144, 96])
@pytest.mark.parametrize("end", [b"", b"\0"])
@pytest.mark.parametrize("handle", [1, 7])
def test_what_is_refused_before_it_came(tmp_path, handle, end, snapshot):
    """The program's first handle is 1, which amandad takes; a planner asks its later hosts under others."""
    for passes in (1, 2):
        frames = read(tmp_path / "early.pcap", nak(end=end), req(handle), snapshot=snapshot, passes=passes)
        asked, refusal = frames[REQ], frames[NAK]
        assert (asked["verdict"], asked["response_in"]) == (["request"], [str(NAK)])
        assert "req.refused_before" in asked and "response_to" not in asked
        assert asked["outcome"] == ["refused"] * passes  # as what settles it, and as what asks
        assert asked["outcome.asked_in"] == [str(REQ)] * passes
        assert "nak.unexpected" in refusal and "outcome" not in refusal
        assert refusal.get("response_to") == ([str(REQ)] if passes == 2 else None)
        assert refusal.get("service") == (["noop"] if passes == 2 and snapshot > 96 else None)  # else it is cut
        assert not any("frame.closed_early" in fields for fields in frames.values())
        if snapshot > 96:
            assert set(asked["outcome.why"]) == {TEXT} and set(asked["outcome.remedy"]) == {REMEDY}
            assert refusal["nak.reason"] == ["host name unknown"]


@pytest.mark.parametrize("handle", [1, 7])
def test_what_is_refused_without_having_been_read(tmp_path, handle):
    """The request is on its way when amandad refuses the connection."""
    for passes in (1, 2):
        frames = read(tmp_path / "crossed.pcap", req(handle), nak(), passes=passes)
        assert frames[NAK].get("response_in") == (None if passes == 1 else [str(REQ)])
        assert (frames[REQ]["response_to"], frames[REQ]["outcome"]) == ([str(NAK)], ["refused"])
        assert frames[REQ]["outcome.remedy"] == [REMEDY]
        assert not any("nak.unexpected" in fields or "req.refused_before" in fields for fields in frames.values())


def test_nothing_changes_where_each_frame_is_captured_twice(tmp_path):
    once = read(tmp_path / "once.pcap", nak(), req(7))
    twice = read(tmp_path / "twice.pcap", nak(), req(7), copies=2)
    assert sorted(twice) == [2 * number - 1 for number in sorted(once)]
    for number, fields in once.items():
        assert twice[2 * number - 1].keys() == fields.keys() and twice[2 * number - 1].get("outcome") == fields.get("outcome")


def test_where_the_capture_has_one_direction_nothing_is_made_up(tmp_path):
    asked, = (fields for fields in read(tmp_path / "client.pcap", nak(), req(), seen=False).values() if "type" in fields)
    assert asked["outcome"] == ["unknown"] and "response_in" not in asked
    frames = read(tmp_path / "server.pcap", nak(), req(), seen=True)
    refusal, = (fields for fields in frames.values() if fields.get("type") == ["NAK"])
    assert "response_to" not in refusal and "nak.unexpected" in refusal


def test_a_connection_that_is_refused_before_anything_was_asked(tmp_path):
    for passes in (1, 2):
        frames = read(tmp_path / "alone.pcap", nak(), passes=passes)
        settled = [fields for fields in frames.values() if "outcome" in fields]
        assert len(settled) == passes  # the end, and the SYN
        assert all((fields["outcome"], fields["outcome.why"]) == (["refused"], [TEXT]) for fields in settled)


def test_only_the_first_thing_that_a_responder_says_refuses_a_connection(tmp_path):
    """A NAK behind a reply, or of a connection that began before the capture, is about something else."""
    rep = True, packet("REP", 1, f"OPTIONS features={FEATURES};\n")
    frames = read(tmp_path / "later.pcap", req(1), rep, nak(), req(7))
    later, = (fields for fields in frames.values() if fields.get("verdict") == ["request"] and "response_in" not in fields)
    assert "req.refused_before" not in later and later["outcome"] != ["refused"]


CLIENT_HELLO = bytes.fromhex("160301002d010000290303") + bytes(32) + bytes.fromhex("00000213010100")
NOT_STARTED = b"xinetd: cannot start amandad"
SAID = "amanda.frame.said", "amanda.outcome", "amanda.outcome.why"


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("copies", [1, 2])
@pytest.mark.parametrize("first", ["text", "hello"])
def test_what_cannot_start_amandad_may_say_so_before_tls_has_begun(tmp_path, first, copies, passes):
    path = tmp_path / "text.pcap"
    both = (True, NOT_STARTED), (False, CLIENT_HELLO)
    read(path, *(both if first == "text" else both[::-1]), copies=copies)
    frames = tshark.read_fields(path, SAID, passes=passes).values()
    said = [fields["amanda.frame.said"] for fields in frames if "amanda.frame.said" in fields]
    assert len(said) == 1 and said[0] == [NOT_STARTED.decode()]
    settled = [fields for fields in frames if "amanda.outcome" in fields]
    assert len(settled) == passes and all(fields["amanda.outcome.why"] == said[0] for fields in settled)


def test_the_tables_have_it(tmp_path):
    path = tmp_path / "early.pcap"
    read(path, nak(), req(7))
    table = tshark.tshark("-q", "-r", path, "-z", "amanda,exchanges", "-z", "amanda,tree", "-z", "amanda,outcomes")
    row, = (line.split("|") for line in table.splitlines() if "|noop" in line)
    assert [cell.strip() for cell in row if cell.strip() == "refused"] == ["refused"] * 2
    assert "host name unknown" in table and REMEDY in table and "1 refused" in table
