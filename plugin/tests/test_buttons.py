# SPDX-License-Identifier: GPL-2.0-or-later
"""What the buttons of the profile "Amanda" show of each recording of real Amanda, held against what the table of outcomes says,
against the lists of verdicts, and against the handles, sequence numbers and ports that the packets themselves have."""

from collections import defaultdict
from functools import lru_cache

import pytest

import tshark
from test_profile import CHOSEN, FAILURES, buttons, literal

RECORDINGS = sorted(path for path in (tshark.CAPTURES / "outcomes").iterdir() if path.suffix in (".pcap", ".pcapng"))
if tshark.SANITIZED:  # other tests have it look at all of them, and a filter is Wireshark's own work
    RECORDINGS = [path for path in RECORDINGS if path.stem.startswith("mixed-")]
# What a selected packet must have for each of these buttons: one of each
CHOOSING = {"This disk": ("amanda.disk", "amanda.client"), "This run": ("amanda.run",), "This exchange": ("amanda.exchange",)}
NAMES = ("ip.src", "ip.dst", "tcp.stream", "tcp.srcport", "tcp.dstport", "amanda.type", "amanda.handle", "amanda.seq",
         "amanda.frame.handle", "amanda.connect.port", "amanda.connect.handle", "amanda.service", "amanda.dle.disk", "amanda.disk",
         "amanda.client", "amanda.run", "amanda.exchange", "amanda.retransmission_of", "amanda.icmp_of",
         "amanda.stream.unmatched_reply",
         "amanda.connection.refused", "amanda.connection.unanswered")


@lru_cache(maxsize=None)
def fields_of(capture):
    return tshark.read_fields(capture, NAMES)


def press(label, capture, number):
    """The filter that the button is, while the packet of this number is selected."""
    packet = {**fields_of(capture)[number], "frame.number": [str(number)]}
    return CHOSEN.sub(lambda name: literal(packet[name.group(1)][0]), buttons()[label])


def first_of_each(capture, *names):
    """values of these fields: the first packet with them"""
    first = {}
    for number, packet in fields_of(capture).items():
        if all(len(packet.get(name, ())) == 1 for name in names):
            first.setdefault(tuple(packet[name][0] for name in names), number)
    return first


@lru_cache(maxsize=None)
def shown(capture):
    """The frames that each button shows, as in Wireshark's window: {label: numbers}, and for those that are for what is selected
    {(label, values of the first packet that is selected): numbers}."""
    filters = {label: expression for label, expression in buttons().items() if "${" not in expression}
    for label, names in CHOOSING.items():
        for values, number in first_of_each(capture, *names).items():
            filters[label, *values] = press(label, capture, number)
    answers = tshark.Sharkd(capture).ask([("frames", {"filter": expression}) for expression in filters.values()])
    return {key: {frame["num"] for frame in answer} for key, answer in zip(filters, answers)}


def failed_rows(capture):
    """(frame that asked, frame that settled or None) of each failure in the table."""
    lines = tshark.tshark("-q", "-r", capture, "-z", "amanda,outcomes").splitlines()
    head = next((line for line in lines if line.startswith("Client ")), None)
    rows = []
    for line in lines[lines.index(head) + 1:lines.index("", lines.index(head))] if head else ():
        outcome, asked, settled = (line[head.index(title) - before:][:width].strip() for title, before, width in (
            ("Outcome", 0, len("not connected")), ("Asked in", 1, len(" Asked in")), ("Settled in", 1, len(" Settled in"))))
        if outcome.split("  ")[0] in FAILURES:
            rows.append((int(asked), int(settled) if settled else None))
    return rows


def asked_for(capture):
    """{(client, disk, key of the request): packet numbers of the streams that its REP announces}, for requests of one disk, by the
    numbers in the packets alone: a port, or a handle within a connection, is a stream's until it is announced anew."""
    asked, owner, found = {}, {}, defaultdict(set)
    for number, packet in fields_of(capture).items():
        source, destination = packet.get("ip.src", [""])[0], packet.get("ip.dst", [""])[0]
        connection = packet.get("tcp.stream", [None])[0]
        if packet.get("amanda.type") == ["REQ"] and "amanda.icmp_of" not in packet:
            asked[key_of(packet, destination)] = packet
        elif packet.get("amanda.type") == ["REP"]:
            request = asked.get(key_of(packet, source), {})
            what = tuple(request.get(name, [""])[0] for name in ("amanda.exchange", "amanda.client", "amanda.dle.disk"))
            for name, place in (("amanda.connect.port", source), ("amanda.connect.handle", connection)):
                owner.update({(place, end): what for end in packet.get(name, ())})
        # Who takes an old reply for the answer connects for another request, and perhaps for another disk.
        if "amanda.stream.unmatched_reply" in packet:
            continue
        ends = [(source, *packet.get("tcp.srcport", ())), (destination, *packet.get("tcp.dstport", ())),
                *((connection, handle) for handle in packet.get("amanda.frame.handle", ()))]
        for end in ends:
            if end in owner:
                found[owner[end]].add(number)
    return found


def key_of(packet, client):
    if "amanda.seq" in packet:
        return client, packet["amanda.handle"][0], packet["amanda.seq"][0]
    return packet["tcp.stream"][0], packet["amanda.frame.handle"][-1]


each_recording = pytest.mark.parametrize("capture", RECORDINGS, ids=lambda path: path.stem)


@each_recording
def test_failures(capture):
    """Each row of the table that is a failure, and nothing else"""
    rows = failed_rows(capture)
    found = shown(capture)["Failures"]
    assert {number for row in rows for number in row if number} <= found
    for number in found - {number for row in rows for number in row}:
        packet = fields_of(capture)[number]
        assert "amanda.connection.refused" in packet or "amanda.connection.unanswered" in packet or \
            int(packet["amanda.retransmission_of"][0]) in {asked for asked, _ in rows}, number


@pytest.mark.parametrize("capture", [path for path in RECORDINGS if path.with_suffix(".verdicts").exists()],
                         ids=lambda path: path.stem)
def test_unmatched(capture):
    expected = tshark.read_expected(capture.with_suffix(".verdicts"))
    assert {number for number, packet in expected.items() if "rep.unmatched" in packet or "ack.stale_accepted" in packet} == \
        shown(capture)["Unmatched"] & set(expected)


@each_recording
def test_what_is_selected(capture):
    """All packets of a dump's streams, SYN and FIN included, and none of another disk's, client's or request's"""
    streams = asked_for(capture)
    for (exchange, client, disk), numbers in streams.items():
        others = [(other, packets) for other, packets in streams.items() if other[0] != exchange]
        if not disk:
            continue
        assert numbers <= shown(capture)["This disk", disk, client]
        assert not any(packets & shown(capture)["This disk", disk, client] for other, packets in others
                       if other[1:] != (client, disk))
        assert numbers <= shown(capture)["This exchange", exchange]
        assert not any(packets & shown(capture)["This exchange", exchange] for _, packets in others)
    for (run, number) in first_of_each(capture, "amanda.run").items():
        exchange = fields_of(capture)[number]["amanda.exchange"][0]
        assert shown(capture)["This exchange", exchange] <= shown(capture)["This run", *run]


def test_there_is_something_to_show():
    """So that what is shown means something, for each of the transports"""
    rows, requests, packets = (3, 5, 40) if tshark.SANITIZED else (20, 20, 500)
    for auth in "bsd", "bsdudp", "bsdtcp", "ssl":
        captures = [path for path in RECORDINGS if path.stem.endswith("-" + auth)]
        assert sum(len(failed_rows(path)) for path in captures) >= rows, auth
        assert sum(len(asked_for(path)) for path in captures) >= requests, auth
        assert sum(map(len, (found for path in captures for found in asked_for(path).values()))) >= packets, auth
