# SPDX-License-Identifier: GPL-2.0-or-later
"""The judge is the measure of the dissector, so it is measured first: against verdicts that were worked out by hand.

NAME.verdicts holds what the judge has to say about NAME.pcap, NAME.timeout-60.verdicts the same with amanda.timeout.
"""

import re
import struct
import sys
from pathlib import Path

import pytest

import judge
import packets
import simulate

CAPTURES = Path(__file__).resolve().parents[2] / "test-captures"
GENERATED = CAPTURES / "generated"
sys.path.insert(0, str(CAPTURES))
import generate  # noqa: E402 (it lies in another directory)

BY_HAND = sorted(GENERATED.glob("*.verdicts"))


def lines(capture, timeout=0):
    return [str(row) for row in judge.judge(judge.read(capture), timeout)]


@pytest.mark.parametrize("by_hand", BY_HAND, ids=lambda path: path.stem)
def test_verdicts_worked_out_by_hand(by_hand):
    name, timeout = re.fullmatch(r"(.*?)(?:\.timeout-(\d+))?\.verdicts", by_hand.name).groups()
    assert lines(GENERATED / f"{name}.pcap", int(timeout or 0)) == by_hand.read_text().splitlines()


def test_every_capture_has_a_scenario_and_verdicts():
    captures = {path.stem for path in GENERATED.glob("*.pcap")}
    assert captures == set(generate.SCENARIOS) == {path.name.split(".")[0] for path in BY_HAND}


def test_captures_are_what_the_generator_writes(tmp_path):
    generate.write_all(tmp_path)
    for capture in GENERATED.glob("*.pcap"):
        assert (tmp_path / capture.name).read_bytes() == capture.read_bytes(), capture.name


# ---------------------------------------------------------------------------------------------------------------------
# However the same datagrams are captured, the verdicts are the same

LINK_LAYERS = {  # link type, and what stands in front of an IP packet of this EtherType
    "null": (0, lambda ethertype: struct.pack("<I", 2 if ethertype == 0x800 else 30)),
    "vlan": (1, lambda ethertype: bytes(12) + struct.pack(">HHH", 0x8100, 7, ethertype)),
    "qinq": (1, lambda ethertype: bytes(12) + struct.pack(">HHHHH", 0x88A8, 7, 0x8100, 8, ethertype)),
    "raw": (101, lambda ethertype: b""),
    "loop": (108, lambda ethertype: struct.pack(">I", 2 if ethertype == 0x800 else 24)),
    "sll": (113, lambda ethertype: bytes(14) + struct.pack(">H", ethertype)),
    "sll2": (276, lambda ethertype: struct.pack(">H", ethertype) + bytes(18)),
}


def ip_packets(capture):
    """(time in microseconds, EtherType, IP packet) of an Ethernet capture."""
    return [(time // 1000, int.from_bytes(frame[12:14], "big"), frame[14:])
            for _, time, _, frame in judge.frames(capture)]


@pytest.mark.parametrize("name", ["2004-stale-reply-server", "ipv6", "fragments"])
@pytest.mark.parametrize("layer", LINK_LAYERS)
def test_link_layers(name, layer, tmp_path):
    capture = GENERATED / f"{name}.pcap"
    link, header = LINK_LAYERS[layer]
    packets.write_pcap(tmp_path / "other.pcap", [(time, header(ethertype) + packet)
                                                 for time, ethertype, packet in ip_packets(capture)], link=link)
    assert lines(tmp_path / "other.pcap") == lines(capture)


@pytest.mark.parametrize("name", ["2004-stale-reply-server", "ipv6"])
def test_all_in_fragments_out_of_order(name, tmp_path):
    """The smallest fragments there are: every datagram is completed by what would be its first one. 3 seconds lie between
    the packets, for what is sent again sooner, and came in fragments, is a copy."""
    whole, frames, capture = [], [], tmp_path / "whole.pcap"
    for number, (_, _, packet) in enumerate(ip_packets(GENERATED / f"{name}.pcap")):
        time = 3 * 10**6 * number
        whole.append((time, packets.ethernet(packet)))
        frames += [(time, packets.ethernet(piece)) for piece in reversed(packets.fragments(packet, 8, number + 1))]
    packets.write_pcap(capture, whole)
    packets.write_pcap(tmp_path / "other.pcap", frames)
    # Only the frame numbers are others, so what does not hold any has to be the same.
    assert ([(row.datagram.seq, row.verdict, sorted(row.fields), row.fields.get("time"))
             for row in judge.judge(judge.read(tmp_path / "other.pcap"))]
            == [(row.datagram.seq, row.verdict, sorted(row.fields), row.fields.get("time"))
                for row in judge.judge(judge.read(capture))])


@pytest.mark.parametrize("order", "<>")
def test_pcap_of_both_byte_orders_in_nanoseconds(order, tmp_path):
    capture = GENERATED / "refused-and-again.pcap"
    with open(tmp_path / "other.pcap", "wb") as file:
        file.write(struct.pack(order + "IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for _, time, _, frame in judge.frames(capture):
            file.write(struct.pack(order + "4I", *divmod(time, 10**9), len(frame), len(frame)) + frame)
    assert lines(tmp_path / "other.pcap") == lines(capture)


@pytest.mark.parametrize("order", "<>")
def test_pcapng(order, tmp_path):
    """With an interface of another link type before the one in use, and times in nanoseconds."""
    def block(kind, body):
        length = 12 + len(body)
        return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)

    capture = GENERATED / "refused-and-again.pcap"
    content = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    content += block(1, struct.pack(order + "HHI", 101, 0, 0))
    content += block(1, struct.pack(order + "HHIHHB3xHH", 1, 0, 0, 9, 1, 9, 0, 0))
    for _, time, _, frame in judge.frames(capture):
        body = struct.pack(order + "5I", 1, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame))
        content += block(6, body + frame + bytes(-len(frame) % 4))
    (tmp_path / "other.pcapng").write_bytes(content)
    assert lines(tmp_path / "other.pcapng") == lines(capture)


def test_ports():
    capture = GENERATED / "low-ports.pcap"
    frames = [datagram.frame for datagram in judge.read(capture, [513, 1023])]
    assert frames == [5, 6, 7, 8, 2045, 2046, 2047, 2048]


# ---------------------------------------------------------------------------------------------------------------------
# Simulated traffic: what must hold for every packet


@pytest.mark.parametrize("style", simulate.STYLES)
@pytest.mark.parametrize("seed", range(3))
def test_simulations(style, seed, tmp_path):
    for name in "one.pcap", "two.pcap":
        simulate.simulate(tmp_path / name, seed, 1000, style)
    assert (tmp_path / "one.pcap").read_bytes() == (tmp_path / "two.pcap").read_bytes()
    rows = judge.judge(judge.read(tmp_path / "one.pcap"), timeout=60)
    assert len(rows) == 1000
    for row in rows:
        check_row(row)


VERDICTS = {"REQ": {"request", "retransmission", "late copy", "copy"},
            "REP": {"answer", "retransmission", "stale", "SEQ mismatch", "no request", "copy"},
            "PREP": {"answer", "stale", "SEQ mismatch", "no request", "copy"}, "ACK": {"-"}, "NAK": {"-"}}


def check_row(row):
    fields, unmatched = row.fields, row.verdict in ("stale", "SEQ mismatch", "no request")
    assert row.verdict in VERDICTS[row.datagram.type]
    assert ("rep.unmatched" in fields) == unmatched
    assert len(fields.keys() & {"rep.stale", "rep.seq_mismatch", "rep.no_request"}) == unmatched
    assert ("retransmission" in fields) == ("retransmission_of" in fields) == (row.verdict == "retransmission")
    assert ("rep.closed_by" in fields) == (unmatched and "response_to" in fields)
    assert ("ack.accepted" in fields) == ("ack.stale_accepted" in fields)
    for earlier in ("response_to", "retransmission_of", "rep.closed_in", "rep.mistaken_for", "rep.asked_of",
                    "ack.accepted", "copy_of"):
        assert fields.get(earlier, 0) < row.datagram.frame
    if "rep.out_of_order" not in fields:
        assert fields.get("ack_in", row.datagram.frame + 1) > row.datagram.frame
