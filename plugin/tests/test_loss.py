# SPDX-License-Identifier: GPL-2.0-or-later
"""What is told of losses, against what really was lost: the recordings know what was dropped on the way."""

import json
import re
import subprocess
from collections import Counter, namedtuple
from ipaddress import ip_address

import pytest

import judge
import packets
import tshark
import variants

RECORDINGS = sorted((tshark.CAPTURES / "recorded").glob("*.injected.json"))
CAPTURES = sorted(tshark.CAPTURES.glob("*/*.pcap*"))
FIELDS = ("lost", "lost.where", "lost.count", "lost.frame", "lost.next_req")

CLIENT = "192.0.2.2"
REQUESTER_SIDE, RESPONDER_SIDE = "between requester and here", "between here and responder"

# What the words leave open
EITHER = {"REQ or its answer": {"REQ", "ACK of the REQ", "REP", "NAK"}, "REP or its ACK": {"REP", "ACK of the REP"}}
REQ_OR, REP_OR = EITHER

# A number in a text
FRAME = re.compile(r"(?<=\bframe )\d+\b")

Loss = namedtuple("Loss", "exchange what where")


def name(path):
    return path.name.split(".")[0]


def capture_of(recording):
    return recording.with_name(name(recording) + ".pcap")


def read_losses(capture, passes=2):
    names = ("handle", "seq", "exchange") + FIELDS
    return tshark.read_fields(capture, tuple(f"amanda.{field}" for field in names), (), passes)


def told(capture):
    """The losses that are told, each once: what one told later settles is left out."""
    counts, open_losses = Counter(), Counter()
    for fields in read_losses(capture).values():
        for what, where, count in zip(*(fields.get(f"amanda.{field}", ()) for field in FIELDS[:3])):
            exchange = fields["amanda.handle"][0], int(fields["amanda.seq"][0])
            loss = Loss(exchange, what, where)
            if what == "lost or late":
                continue
            (open_losses if what in EITHER else counts)[loss] += int(count)
            if what in ("REP", "ACK of the REP"):
                del open_losses[Loss(exchange, REP_OR, REQUESTER_SIDE)]
            elif what == "REQ" and where == RESPONDER_SIDE:
                del open_losses[Loss(exchange, REQ_OR, RESPONDER_SIDE)]
    return counts + open_losses


def kind(decision):
    if decision["type"] != "ACK":
        return decision["type"]
    return "ACK of the REQ" if decision["role"] == "responder" else "ACK of the REP"


def dropped(recording):
    """(decision, loss, whether it passed the capture point before) of each datagram that the switch dropped."""
    here_is_client = name(recording).endswith("-client")
    for decision in json.loads(recording.read_text())["decisions"]:
        if decision["action"] == "drop":
            from_client = decision["src"].split(":")[0] == CLIENT
            passed = from_client == here_is_client
            requester_is_here = (decision["role"] == "requester") == passed
            exchange = decision["handle"], decision["seq"]
            yield decision, Loss(exchange, kind(decision), RESPONDER_SIDE if requester_is_here else REQUESTER_SIDE), passed


def left_a_trace(capture, decision, loss, passed):
    """Whether the one who waited for the datagram sent again what came before it, or somebody what follows, where the
    capture point sees it."""
    rows = [row for row in judge.judge(judge.read(capture))
            if row.datagram.handle and (judge.show(row.datagram.handle), row.datagram.seq) == loss.exchange]
    if not rows or rows[0].datagram.type != "REQ":
        return False  # the capture began later
    types = {row.datagram.type for row in rows if row.datagram.time > (decision["time"] + 1) * 10**9}
    return {"REQ": passed and "REQ" in types, "NAK": passed and "REQ" in types,
            "REP": passed and bool(types & {"REQ", "REP"}), "PREP": False, "ACK of the REP": "REP" in types,
            "ACK of the REQ": False}[loss.what]


def match(capture, losses):
    """(told as it was, told with an "or", not told, told but wrong)"""
    claims, truth = told(capture), Counter(losses)
    right = claims & truth
    claims, truth = claims - right, truth - right
    halves = Counter()
    for loss in sorted(truth.elements()):
        for words, kinds in EITHER.items():
            claim = Loss(loss.exchange, words, loss.where)
            if loss.what in kinds and claims[claim]:
                claims[claim] -= 1
                halves[loss] += 1
                break
    return right, halves, truth - halves, +claims


def test_there_are_recordings():
    assert len(RECORDINGS) > 10


@pytest.mark.parametrize("recording", RECORDINGS, ids=name)
def test_what_is_told_was_lost(recording):
    *_, wrong = match(capture_of(recording), [loss for _, loss, _ in dropped(recording)])
    assert not wrong


@pytest.mark.parametrize("recording", RECORDINGS, ids=name)
def test_what_left_a_trace_is_told(recording):
    capture = capture_of(recording)
    traces = [loss for decision, loss, passed in dropped(recording) if left_a_trace(capture, decision, loss, passed)]
    *_, missed, _ = match(capture, traces)
    assert not missed


def test_each_kind_is_told_somewhere():
    """Or the tests above say little."""
    right, halves = Counter(), Counter()
    for recording in RECORDINGS:
        found = match(capture_of(recording), [loss for _, loss, _ in dropped(recording)])
        right.update(loss.what for loss in found[0].elements())
        halves.update(loss.what for loss in found[1].elements())
    assert {"REQ", "REP", "ACK of the REP"} <= set(right), (right, halves)


def test_the_plainest_case_seen_from_the_client():
    """No ACK came, the requester has gone on, and the client repeats the old REP."""
    losses = read_losses(tshark.GENERATED / "2004-stale-reply-client.pcap")
    shown = {number: {field: fields[f"amanda.{field}"] for field in FIELDS if f"amanda.{field}" in fields}
             for number, fields in losses.items() if "amanda.lost" in fields}
    assert shown == {31: {"lost": ["ACK of the REP"], "lost.where": [REQUESTER_SIDE], "lost.count": ["1"],
                          "lost.next_req": ["30"]}}


def test_the_same_loss_seen_from_the_server():
    losses = read_losses(tshark.GENERATED / "2004-stale-reply-server.pcap")
    shown = {number: (fields["amanda.lost"], fields["amanda.lost.where"], fields["amanda.lost.frame"])
             for number, fields in losses.items() if "amanda.lost" in fields}
    assert shown == {32: (["ACK of the REP"], [RESPONDER_SIDE], ["4"])}


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_all_passes_tell_the_same(capture):
    one, two = ({number: {field: fields.get(f"amanda.{field}") for field in FIELDS}
                 for number, fields in read_losses(capture, passes).items()} for passes in (1, 2))
    assert one == two
    numbers = [number for number, fields in one.items() if fields["lost"]]
    frames = tshark.Sharkd(capture).frames(numbers[::-1]) if numbers else []
    for number, frame in zip(numbers[::-1], frames):
        texts = [node["f"].partition(" == ")[2].strip('"') for node in tshark.nodes(frame["tree"])
                 if node.get("f", "").startswith("amanda.lost == ")]
        assert texts == one[number]["lost"]


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_frames_that_are_named_are_earlier_ones(capture):
    for number, fields in read_losses(capture, 1).items():
        for field in "lost.frame", "lost.next_req":
            assert all(int(value) < number for value in fields.get(f"amanda.{field}", ()))


def lost_in(path, *said):
    """Of packets of 2.6 with the same key: (seconds, type, whether the requester sent it)."""
    server, client, frames = ("192.0.2.1", 800), ("192.0.2.2", 10080), []
    for seconds, type, from_requester in said:
        text = f"Amanda 2.6 {type} HANDLE 000-00000000 SEQ 7\n" + ("SERVICE sendsize\n" if type == "REQ" else "")
        ends = (server, client) if from_requester else (client, server)
        frames.append((int(seconds * 10**6), packets.ethernet(packets.udp(*ends, text.encode()))))
    before = packets.udp(("192.0.2.3", 800), client, b"Amanda 2.6 REQ HANDLE 000-00000001 SEQ 1\nSERVICE noop\n")
    packets.write_pcap(path, [(0, packets.ethernet(before)), *((100 * 10**6 + time, frame) for time, frame in frames)])
    path.parent.chmod(0o755)
    return sorted(what for loss in read_losses(path).values() for what in loss.get("amanda.lost", ()))


REQUESTER, RESPONDER = True, False
ASKED, REPLIED, DONE = (0, "REQ", REQUESTER), (1, "REP", RESPONDER), (1.1, "ACK", REQUESTER)


@pytest.mark.parametrize("said, lost", (
    ((ASKED, REPLIED, DONE), ["ACK of the REQ"]),
    # Without that the requester would have asked again after 10 seconds
    ((ASKED, (12, "REP", RESPONDER), (12.1, "ACK", REQUESTER)), []),
    # The file is out of order
    (((-0.1, "REP", RESPONDER), ASKED, REPLIED, DONE), []),
    ((ASKED, (0.1, "ACK", RESPONDER), REPLIED, DONE, (11, "REP", RESPONDER)), ["ACK of the REP"]),
    # The request came to the responder once more
    ((ASKED, (0.1, "ACK", RESPONDER), REPLIED, DONE, (10.9, "ACK", RESPONDER), (11, "REP", RESPONDER)), []),
), ids=("quick", "late", "out of order", "sent again", "asked again"))
def test_what_other_packets_show_to_have_arrived_is_not_lost(said, lost, tmp_path):
    assert lost_in(tmp_path / "told.pcap", *said) == lost


def is_later_fragment(frame):
    at, kind = variants.network_layer(frame) or (0, None)
    return kind == variants.IPV4 and int.from_bytes(frame.data[at + 6:at + 8], "big") & 0x1FFF


@pytest.mark.parametrize("sides", (("server",), ("client",), ("server", "client")), ids="-".join)
@pytest.mark.parametrize("name", ("lost-req", "lost-rep", "lost-ack-sendbackup"))
def test_fragments_that_a_filter_dropped_are_not_lost_between_the_ends(name, sides, tmp_path):
    """The filter "udp port 10080" keeps first fragments only, at one end or at both."""
    files = []
    for side in ("server", "client"):
        capture = tshark.CAPTURES / f"recorded/{name}-{side}.pcap"
        frames = variants.read(capture)
        assert any(map(is_later_fragment, frames))
        files.append(tmp_path / capture.name)
        variants.write(files[-1], [frame for frame in frames if side not in sides or not is_later_fragment(frame)])
    merged = tmp_path / "both.pcapng"
    subprocess.run(["mergecap", "-w", merged, *files], check=True)
    tmp_path.chmod(0o755)
    merged.chmod(0o644)
    names = "amanda.type", "amanda.handle", "amanda.seq", "amanda.lost.between_captures"
    found = Counter((packet["amanda.type"][0], packet["amanda.handle"][0], int(packet["amanda.seq"][0]))
                    for packet in tshark.read_fields(merged, names, (), 2).values()
                    if "amanda.lost.between_captures" in packet)
    recording = (tshark.CAPTURES / f"recorded/{name}-server.pcap").with_suffix(".injected.json")
    assert found and not found - Counter((decision["type"], decision["handle"], decision["seq"])
                                         for decision, *_ in dropped(recording))


@pytest.mark.parametrize("name", ("lost-req", "lost-rep", "lost-ack-same-port", "lost-ack-sendbackup"))
def test_files_of_both_ends_show_what_was_lost_between_them(name, tmp_path):
    """All that was dropped, and nothing else: not what was delayed for longer than copies are apart, as in the last two.
    No inferred loss stands beside it."""
    merged = tmp_path / "both.pcapng"
    files = [tshark.CAPTURES / f"recorded/{name}-{side}.pcap" for side in ("server", "client")]
    subprocess.run(["mergecap", "-w", merged, *files], check=True)
    tmp_path.chmod(0o755)
    merged.chmod(0o644)
    names = "amanda.type", "amanda.handle", "amanda.seq", "amanda.lost.between_captures", "amanda.lost"
    packets = tshark.read_fields(merged, names, (), 2).values()
    found = Counter((packet["amanda.type"][0], packet["amanda.handle"][0], int(packet["amanda.seq"][0]))
                    for packet in packets if "amanda.lost.between_captures" in packet)
    assert found == Counter((decision["type"], decision["handle"], decision["seq"])
                            for decision, *_ in dropped(files[0].with_suffix(".injected.json")))
    assert not [packet for packet in packets if "amanda.lost" in packet]


class Renamed(dict):
    """Addresses; of names, none."""

    def __missing__(self, name):
        return name


def what_is_told(path):
    names = [f"amanda.{name}" for name in ("verdict", "lost", "lost.where", "lost.between_captures", "outcome", "outcome.disk",
                                           "outcome.why", "stream.never_opened", "rep.unmatched")]
    return Counter(FRAME.sub("", str([fields.get(name) for name in names]))
                   for fields in tshark.read_fields.__wrapped__(path, tuple(names), (), 2).values())


@pytest.mark.parametrize("side, address, other", (("client", "192.0.2.1", "203.0.113.9"), ("server", "192.0.2.2", "203.0.113.10")),
                         ids=("of the server", "of the client"))
@pytest.mark.parametrize("name", ("lost-req", "lost-rep", "lost-ack-sendbackup"))
def test_files_of_both_sides_of_a_translated_address_tell_what_each_of_them_tells(name, side, address, other, tmp_path):
    """Each packet is there with one address and with another: none is lost, and nobody has gone on to something else."""
    tmp_path.chmod(0o755)
    files = [tmp_path / f"{end}.pcapng" for end in ("server", "client")]
    for file in files:
        frames = variants.read(tshark.CAPTURES / f"recorded/{name}-{file.stem}.pcap")
        new = Renamed({ip_address(address).packed: ip_address(other).packed}) if file.stem == side else Renamed()
        variants.write(file, [variants.rename(frame, new) for frame in frames])
    merged = tmp_path / "both.pcapng"
    subprocess.run(["mergecap", "-w", merged, *files], check=True)
    for file in (*files, merged):
        file.chmod(0o644)
    assert what_is_told(merged) == sum((what_is_told(file) for file in files), Counter())


def test_copies_that_come_another_way_make_no_firewall(tmp_path):
    """The ICMP error of a requester that had gone has the time to live of its requests, not that of their copies."""
    capture = tshark.CAPTURES / "outcomes/est_timeout-bsdudp.pcap"
    doubled = tmp_path / "doubled.pcapng"
    variants.write(doubled, list(variants.copied(variants.read(capture), variants.with_other_ttl)))
    tmp_path.chmod(0o755)
    doubled.chmod(0o644)
    remedies = [sorted(remedy for packet in tshark.read_fields(path, ("amanda.outcome.remedy",), (), 1).values()
                       for remedy in packet.get("amanda.outcome.remedy", ())) for path in (capture, doubled)]
    assert remedies[0] and remedies[0] == remedies[1]
