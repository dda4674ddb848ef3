# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of -z amanda,... on the reference recordings, against counts from the JSON beside each of them;
test_statistics.py holds one pass, two, and sharkd against each other on the same recordings.

The JSON was made by programs that share nothing with the plugin or with judge.py, and it has each datagram with its
exchange and the verdict of each reply; what is counted here is counted from that alone.
"""

import json
from collections import Counter, defaultdict
from functools import lru_cache

import pytest

import framed
import test_statistics as tables
import tshark

REFERENCE = sorted((tshark.CAPTURES / "recorded/reference").glob("*.pcap"))

# The network delivered these REPs a second time 3 seconds later, but 36 ms behind the REP of amandad's second run for the same
# request, in the same words; and since they came in fragments, nothing tells them apart.
COPIES = {"dup_late-server": {36}}
MICROSECOND = 1.6e-6  # times in the JSON are rounded, too


def test_there_are_recordings_and_each_has_its_json():
    assert len(REFERENCE) == 26
    assert all(path.with_suffix(".json").exists() for path in REFERENCE)


each_recording = pytest.mark.parametrize("capture", REFERENCE, ids=lambda path: path.stem)
each_pass = pytest.mark.parametrize("passes", (1, 2))


class Exchange:
    def __init__(self, packet):
        self.requester, self.responder = ends(packet)
        self.handle, self.seq = packet["handle"], packet["seq"]
        self.service = None
        self.packets = []
        self.state, self.first_time = "open", None
        self.ack_time = self.rep_time = None
        self.last = {}  # when each type was last sent
        self.acked = set()


def ends(packet):
    """(requester, responder), each (address, port)"""
    both = (packet["src"], packet["sport"]), (packet["dst"], packet["dport"])
    return both if packet["role"] == "requester" else both[::-1]


@lru_cache(maxsize=None)
def truth(capture):
    """What the JSON tells: its packets, and the exchanges in the order of their first REQ."""
    packets = [packet for packet in json.loads(capture.with_suffix(".json").read_text())["packets"]
               if packet["frame"] not in COPIES.get(capture.stem, ())]
    packets += framed_packets(capture)
    exchanges, groups = {}, {}
    times = defaultdict(list)
    for packet in packets:
        key = (*ends(packet), packet["handle"], packet["seq"])
        if not packet["version"]:
            key += packet["how_many"],
        count_packet(exchanges, groups, key, packet, times)
    return packets, list(exchanges.values()), times


def framed_packets(capture):
    """Those in frames of TCP, as the JSON has them; the names of services it has not, they are read from the capture."""
    services = {(datagram.frame, datagram.handle.decode()): datagram.service for _, datagram in framed.packets(capture)}
    packets, now = [], {}
    for token in json.loads(capture.with_suffix(".json").read_text()).get("tcp_tokens", ()):
        if "packet" not in token:
            continue
        packet = {**token, "type": token["packet"], "handle": str(token["handle"]), "seq": 0, "version": None,
                  "role": "requester" if token["dport"] == 10080 else "responder"}
        key = (*ends(packet), packet["handle"])
        if packet["type"] == "REQ":  # none of them is sent again: a REQ opens an exchange of its own
            service = services[packet["frame"], packet["handle"]]
            now[key] = {"how_many": len(packets), "service": service}
        packet.update(now[key])
        if packet["type"] in ("REP", "PREP"):
            packet["verdict"] = "answer"
        packets.append(packet)
    return packets


def count_packet(exchanges, groups, key, packet, times):
    kind, group = packet["type"], key[:3]
    exchange = exchanges.get(key)
    if kind == "REQ":
        if not exchange:
            exchange = exchanges[key] = Exchange(packet)
            exchange.first_time, exchange.service = packet["t"], packet.get("service")
        late = exchange.packets and exchange.state in ("completed", "superseded")
        packet["again"] = bool(exchange.packets)
        packet["counts_as"] = "late copy" if late else "retransmission" if exchange.packets else "request"
        if not late:
            other = groups.get(group)
            if other and other is not exchange and other.state in ("open", "answered"):
                other.state = "superseded"
            groups[group] = exchange
            if exchange.state == "refused":
                exchange.state = "open"
    if not exchange:
        return
    exchange.packets.append(packet)
    if kind == "NAK" and exchange.state in ("open", "answered"):
        exchange.state = "refused"
    if kind == "ACK":
        acknowledge(exchange, packet, times)
    elif kind == "REP":
        if packet["verdict"] == "answer":
            exchange.rep_time = packet["t"] - exchange.first_time
            times["REQ to REP", exchange.service].append(exchange.rep_time)
        if packet["verdict"] in ("answer", "retransmission"):
            exchange.state = "answered"
    if kind in ("REQ", "REP"):
        exchange.last[kind] = packet["t"]


def acknowledge(exchange, packet, times):
    role = packet["role"]
    if role == "responder" and role not in exchange.acked:
        exchange.ack_time = packet["t"] - exchange.first_time
        times["REQ to its ACK", exchange.service].append(packet["t"] - exchange.last["REQ"])
    if role == "requester":
        if role not in exchange.acked and "REP" in exchange.last:
            times["REP to its ACK", exchange.service].append(packet["t"] - exchange.last["REP"])
        if exchange.state in ("open", "answered"):
            exchange.state = "completed"
    exchange.acked.add(role)


def named(service):
    if not service:
        return "not known"
    return service if service in tables.SERVICES else "other service"


def is_unmatched(packet):
    return packet.get("verdict") in ("stale", "no_request")


def assert_close(found, expected):
    assert abs(float(found) - expected) < MICROSECOND, (found, expected)


@each_recording
@each_pass
def test_tree_counts_what_the_json_has(capture, passes):
    packets, _, _ = truth(capture)
    found = tables.tree(tables.printed(capture, passes)["tree"])
    expected = Counter()
    for packet in packets:
        for way in (("Packets by type", packet["type"]), ("Packets by version", packet["version"])):
            if way[1]:
                expected[way[:1]] += 1
                expected[way] += 1
    for top in ("Packets by type", "Packets by version"):
        assert {way: number for way, number in found.items() if way[0] == top} == {
            way: number for way, number in expected.items() if way[0] == top}
    copies = len(COPIES.get(capture.stem, ()))
    assert found.get((tables.COPIES_NODE,), 0) == copies
    assert {tables.copies_left_out(tables.printed(capture, passes)[name])
            for name in ("rtd", "exchanges", "losses")} == {copies}
    assert tables.copies_left_out_of_times(tables.printed(capture, passes)["srt"]) == copies
    top = "Requests and replies by verdict"
    verdicts = Counter((packet["type"], packet["verdict"]) for packet in packets if "verdict" in packet)
    for kind in ("REP", "PREP"):
        have = {way[2]: number for way, number in found.items() if len(way) == 3 and way[:2] == (top, kind)}
        assert have.get("answer", 0) == verdicts[kind, "answer"]
        assert have.get("retransmission", 0) == verdicts[kind, "retransmission"]
        # The JSON has no word of its own for a SEQ mismatch.
        assert sum(have.get(name, 0) for name in ("stale", "SEQ mismatch", "no request")) == (
            verdicts[kind, "stale"] + verdicts[kind, "no_request"])
    requests = Counter(packet["counts_as"] for packet in packets if packet["type"] == "REQ")
    assert {way[2]: number for way, number in found.items() if len(way) == 3 and way[:2] == (top, "REQ")} == requests
    duplicates = sum(bool(packet.get("duplicate_ack")) for packet in packets)
    assert found.get(("ACKs and NAKs out of the ordinary", "Duplicate ACK"), 0) == duplicates
    assert sum(number for way, number in found.items() if len(way) == 2 and way[0] == "NAKs by reason") == sum(
        packet["type"] == "NAK" for packet in packets)


@each_recording
@each_pass
def test_services_are_what_the_json_has(capture, passes):
    packets, exchanges, _ = truth(capture)
    rows = {row["Amanda service"]: row for row in tables.rows(tables.printed(capture, passes)["rtd"])}
    for name in {named(packet.get("service")) for packet in packets} - {"not known"} | rows.keys() - {"not known"}:
        row = rows[name]
        own = [exchange for exchange in exchanges if named(exchange.service) == name]
        states = Counter(exchange.state for exchange in own)
        of_service = [packet for packet in packets if named(packet.get("service")) == name]
        assert int(row["Exchanges"]) == len(own)
        assert int(row["Refused"]) == states["refused"]
        assert int(row["Answered"]) == sum(
            exchange.state == "completed" or exchange.state != "refused" and exchange.rep_time is not None
            for exchange in own)
        assert int(row["Open"]) == len(own) - int(row["Refused"]) - int(row["Answered"])
        assert int(row["REQs again"]) == sum(packet["type"] == "REQ" and packet["again"] for packet in of_service)
        assert int(row["REPs again"]) == sum(packet.get("verdict") == "retransmission" for packet in of_service)
        assert int(row["Unmatched replies"]) == sum(map(is_unmatched, of_service))
        answers = [exchange.rep_time for exchange in own if exchange.rep_time is not None]
        if answers:
            assert_close(row["Min time (s)"], min(answers))
            assert_close(row["Avg time (s)"], sum(answers) / len(answers))
            assert_close(row["Max time (s)"], max(answers))


@each_recording
@each_pass
def test_exchanges_are_those_of_the_json(capture, passes):
    _, exchanges, _ = truth(capture)
    rows = tables.rows(tables.printed(capture, passes)["exchanges"])
    assert len(rows) == len(exchanges)
    for row, exchange in zip(rows, exchanges):
        number = exchange.packets[0]["frame"]
        pattern = "[{}]:{}" if ":" in exchange.requester[0] else "{}:{}"
        assert row["Requester (address:port)"] == pattern.format(*exchange.requester), number
        assert row["Responder (address:port)"] == pattern.format(*exchange.responder), number
        assert row["Service name"] == exchange.service
        assert (row["Amanda handle"], int(row["Sequence no"])) == (exchange.handle, exchange.seq)
        assert int(row["First frame"]) == number
        assert int(row["Last frame"]) == exchange.packets[-1]["frame"]
        assert_close(row["Begins at (s)"], exchange.first_time)
        kinds = Counter(packet["type"] for packet in exchange.packets)
        assert (int(row["REQs"]), int(row["REPs"])) == (kinds["REQ"], kinds["REP"])
        for column, time in (("REQ to ACK (s)", exchange.ack_time), ("REQ to REP (s)", exchange.rep_time)):
            assert bool(row[column]) == (time is not None), (column, number)
            if time is not None:
                assert_close(row[column], time)
        assert row["How it ended"] == exchange.state, number
        stray = [packet["frame"] for packet in exchange.packets if is_unmatched(packet)]
        shown = " ".join(map(str, stray[:10])) + (" ..." if len(stray) > 10 else "")
        assert row["Stray replies"] == shown


@each_recording
@each_pass
def test_response_times_are_those_of_the_json(capture, passes):
    _, _, times = truth(capture)
    found = tables.response_times(tables.printed(capture, passes)["srt"])
    expected = defaultdict(list)
    for (column, service), values in times.items():
        expected[column, named(service)] += values
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        calls, low, high, average = found[key]
        assert calls == len(values), key
        for have, want in ((low, min(values)), (high, max(values)), (average, sum(values) / len(values))):
            assert_close(have, want)


@each_recording
@each_pass
def test_pairs_of_hosts_have_the_packets_of_the_json(capture, passes):
    packets, _, _ = truth(capture)
    rows = tables.rows(tables.printed(capture, passes)["losses"])
    found = {(row["Requesting host"], row["Responding host"]): int(row["Packets seen"]) for row in rows}
    # Nothing tells whether an ACK of an unknown exchange is the requester's; TCP loses nothing.
    assert found == Counter(tuple(end[0] for end in ends(packet)) for packet in packets if packet["version"]
                            and not packet.get("note", "").startswith("ACK for a REQ not in the capture"))


@each_recording
def test_verdicts_are_those_of_the_json(capture):
    packets = [packet for packet in truth(capture)[0] if packet["version"]]
    found = tshark.read_listed(capture)
    # What an ICMP error quotes, and what lacks a fragment, has no verdict.
    others = found.keys() - {packet["frame"] for packet in packets}
    assert {number for number in others if "verdict" in found[number]} == COPIES.get(capture.stem, set())
    told = json.loads(capture.with_suffix(".json").read_text())
    assert others >= {error["frame"] for error in told["icmp_errors_quoting_amanda"]}
    for packet in packets:
        have = found[packet["frame"]]
        assert (have["type"], have["handle"], int(have["seq"])) == (packet["type"], packet["handle"], packet["seq"])
        assert have.get("service") == packet.get("service"), packet["frame"]
        if "verdict" in packet:
            names = {"stale": ("stale", "SEQ mismatch"), "no_request": ("no request", "SEQ mismatch")}
            assert have["verdict"] in names.get(packet["verdict"], (packet["verdict"],)), packet["frame"]
            assert ("rep.unmatched" in have) == is_unmatched(packet)
        if packet.get("req_frame"):
            assert have.get("response_to") == packet["req_frame"], packet["frame"]


@pytest.mark.parametrize("capture", [path for path in REFERENCE if path.stem.endswith("_bsdtcp-server")],
                         ids=lambda path: path.stem)
def test_packets_in_frames_are_those_of_the_json(capture):
    found = []
    for number, fields in tshark.read_fields(capture, ("amanda.type", "amanda.service", "amanda.verdict")).items():
        assert set(fields.get("amanda.verdict", ())) <= {"request", "answer"}, number
        types, services = fields.get("amanda.type", []), fields.get("amanda.service", [])
        assert len(types) == len(services), number
        found += [(number, *both) for both in zip(types, services)]
    packets = truth(capture)[0]
    assert len(packets) > 20
    assert found == [(packet["frame"], packet["type"], packet["service"]) for packet in packets]


@each_recording
def test_sharkd_and_two_passes_have_the_same_tables(capture):
    tables.test_one_pass_and_two_passes_print_the_same(capture)
    tables.test_sharkd_has_the_same(capture)
