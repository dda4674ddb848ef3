# SPDX-License-Identifier: GPL-2.0-or-later
"""Every field and expert info that scripts may depend on: where it stands, with what value, on which bytes, and that it
can be filtered by. One capture has them all, and the tables below say all that there is of each of them in it.
"""

from decimal import Decimal
from functools import lru_cache

import pytest

import judge
import packets
import tshark

SERVER, CLIENT, SECOND = ("192.0.2.1", 842), ("192.0.2.2", 10080), ("192.0.2.3", 10080)
HANDLE = "000-A8D40708"
BODY = "SECURITY USER amanda\nSERVICE {}\nOPTIONS features=fffffeff9ffe0f;maxdumps=1;hostname=client;\n"
REPLY = "OPTIONS features=fffffeff9ffe0f;\n/home 0 SIZE 12345\n"
KRB4 = "SECURITY TICKET \"$04$01abc\"\nSERVICE noop\nOPTIONS features=ffffffff9ffeffffffff00;\n"


def datagram(source, destination, type, seq, body="", version="2.4", handle=HANDLE):
    return source, destination, f"Amanda {version} {type} HANDLE {handle} SEQ {seq}\n{body}".encode()


def to_client(type, seq, body="", **header):
    return datagram(SERVER, CLIENT, type, seq, body, **header)


def to_server(type, seq, body="", **header):
    return datagram(CLIENT, SERVER, type, seq, body, **header)


MODERN = {"version": "3.5", "handle": "000-00000001"}
TICKET = {"version": "2.5", "handle": "1158200000"}

# By frame number, from 1; half a second between them
DATAGRAMS = dict(enumerate([
    to_client("REQ", 100, BODY.format("sendsize")),  # 1
    to_server("ACK", 100),
    to_client("REQ", 100, BODY.format("sendsize")),  # sent again
    to_server("PREP", 100, REPLY),
    to_server("REP", 100, REPLY),
    to_server("REP", 100, REPLY),  # sent again
    to_client("ACK", 100),
    to_client("ACK", 100),  # duplicate
    to_client("REQ", 100, BODY.format("sendsize")),  # late copy
    to_server("REP", 100, REPLY),  # 10: stale
    to_client("REQ", -1, BODY.format("sendbackup")),
    to_server("REP", 100, REPLY),  # SEQ mismatch
    to_client("ACK", -1),  # which was taken
    to_server("REP", 7, REPLY),  # no request
    to_client("REQ", 102, BODY.format("noop")),
    datagram(SECOND, SERVER, "REP", 102, REPLY),  # from another address
    to_server("ACK", 102),
    to_server("NAK", 102, "ERROR amandad busy\n"),  # ignored
    to_client("ACK", 102),  # without a reply
    to_server("NAK", 102, "ERROR amandad busy\n"),  # 20: unexpected
    to_client("ACK", 8),  # unknown
    to_client("REQ", 103, BODY.format("selfcheck"), **MODERN),
    to_server("NAK", 103, "ERROR selfcheck: invalid service\n", **MODERN),
    to_client("REQ", 0, KRB4, **TICKET),
    to_server("REP", 0, 'SECURITY MUTUAL-AUTH "$01$02"\n' + REPLY, **TICKET),
    to_client("ACK", 0, **TICKET),
    to_client("REQ", 2147483647, "SERVICE sendsize PROGRAM DUMP\nOPTIONS ;\n", version="2.3", handle="001-B0D40708"),
    # Copies, by their identification, and a reply behind its ACK
    to_client("REQ", 105, BODY.format("noop"), **MODERN),  # 28
    to_client("REQ", 105, BODY.format("noop"), **MODERN),
    to_client("ACK", 105, **MODERN),
    to_server("REP", 105, REPLY, **MODERN),
], 1))
COPIES = {29: 28}

# What each header says
VERSIONS = {number: "2.4" for number in range(1, 22)} | {
    22: "3.5", 23: "3.5", 24: "2.5", 25: "2.5", 26: "2.5", 27: "2.3", 28: "3.5", 29: "3.5", 30: "3.5", 31: "3.5"}
TYPES = dict(enumerate("REQ ACK REQ PREP REP REP ACK ACK REQ REP REQ REP ACK REP REQ REP ACK NAK ACK NAK ACK REQ NAK "
                       "REQ REP ACK REQ REQ REQ ACK REP".split(), 1))
HANDLES = {number: HANDLE for number in range(1, 22)} | {
    22: "000-00000001", 23: "000-00000001", 24: "1158200000", 25: "1158200000", 26: "1158200000", 27: "001-B0D40708"} | {
    number: "000-00000001" for number in range(28, 32)}
SEQS = dict(enumerate([100] * 10 + [-1, 100, -1, 7, 102, 102, 102, 102, 102, 102, 8, 103, 103, 0, 0, 0, 2147483647] + [105] * 4,
                      1))
USERS = {number: "amanda" for number in (1, 3, 9, 11, 15, 22, 28, 29)}

# On the bytes that they are read from, on these frames and no other
WIRE = {
    "amanda.version": VERSIONS,
    "amanda.type": TYPES,
    "amanda.handle": HANDLES,
    "amanda.seq": SEQS,
    "amanda.security": {number: "USER " + user for number, user in USERS.items()} | {
        24: 'TICKET "$04$01abc"', 25: 'MUTUAL-AUTH "$01$02"'},
    "amanda.security.user": USERS,
    "amanda.service": {1: "sendsize", 3: "sendsize", 9: "sendsize", 11: "sendbackup", 15: "noop", 22: "selfcheck",
                       24: "noop", 27: "sendsize", 28: "noop", 29: "noop"},
}

# Generated, on these frames and no other
GENERATED = {
    "amanda.service": {2: "sendsize", 4: "sendsize", 5: "sendsize", 6: "sendsize", 7: "sendsize", 8: "sendsize",
                       10: "sendsize", 12: "sendsize", 13: "sendbackup", 17: "noop", 18: "noop", 19: "noop", 20: "noop",
                       23: "selfcheck", 25: "noop", 26: "noop", 30: "noop", 31: "noop"},
    "amanda.response_in": {1: 5, 3: 5, 15: 18, 22: 23, 24: 25, 28: 31},
    "amanda.response_to": {2: 1, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1, 10: 1, 12: 1, 13: 11, 17: 15, 18: 15, 19: 15, 20: 15,
                           23: 22, 25: 24, 26: 24, 30: 28, 31: 28},
    "amanda.time": {4: "1.5", 5: "2", 23: "0.5", 25: "0.5", 31: "1.5"},
    "amanda.ack_in": {1: 2, 5: 7, 6: 7, 15: 17, 25: 26, 31: 30},
    "amanda.verdict": {1: "request", 3: "retransmission", 4: "answer", 5: "answer", 6: "retransmission", 9: "late copy",
                       10: "stale", 11: "request", 12: "SEQ mismatch", 14: "no request", 15: "request",
                       16: "no request", 22: "request", 24: "request", 25: "answer", 27: "request", 28: "request",
                       29: "copy", 31: "answer"},
    "amanda.copy_of": COPIES,
    "amanda.retransmission": {3: True, 6: True},
    "amanda.retransmission_of": {3: 1, 6: 5},
    "amanda.rep.unmatched": {10: True, 12: True, 14: True, 16: True},
    "amanda.rep.mistaken_for": {12: 11},
    "amanda.rep.closed_in": {10: 7, 12: 7},
    "amanda.rep.closed_by": {10: "completed", 12: "completed"},
    "amanda.rep.asked_of": {16: 15},
    "amanda.ack.accepted": {13: 12},
}

CHAT, NOTE, WARNING, ERROR = 0x200000, 0x400000, 0x600000, 0x800000
SEQUENCE = 0x02000000

# On these frames and no other
EXPERT = {
    "amanda.rep.stale": (WARNING, {10}),
    "amanda.rep.seq_mismatch": (WARNING, {12}),
    "amanda.rep.no_request": (WARNING, {14, 16}),
    "amanda.ack.stale_accepted": (ERROR, {13}),
    "amanda.req.retransmission": (NOTE, {3}),
    "amanda.req.late_copy": (NOTE, {9}),
    "amanda.rep.retransmission": (NOTE, {6}),
    "amanda.nak.unexpected": (NOTE, {20}),
    "amanda.nak.ignored": (NOTE, {18}),
    "amanda.ack.duplicate": (NOTE, {8}),
    "amanda.ack.unknown": (NOTE, {21}),
    "amanda.ack.no_reply": (NOTE, {19, 30}),
    "amanda.rep.out_of_order": (NOTE, {31}),
    "amanda.copied": (CHAT, {29}),
}

FRAME_NUMBER = "FT_FRAMENUM"
TYPES_OF_FIELDS = {"amanda.seq": "FT_INT32", "amanda.time": "FT_RELATIVE_TIME", "amanda.retransmission": "FT_BOOLEAN",
                   "amanda.rep.unmatched": "FT_BOOLEAN"}
TYPES_OF_FIELDS |= {f"amanda.{name}": FRAME_NUMBER for name in tshark.FRAME_NUMBERS}
TYPES_OF_FIELDS |= {name: "FT_NONE" for name in EXPERT}


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    path = tmp_path_factory.mktemp("fields") / "all.pcap"
    path.parent.chmod(0o755)
    packets.write_pcap(path, [
        (number * 500000, packets.identified(packets.ethernet(packets.udp(*datagram)), COPIES.get(number, number)))
        for number, datagram in DATAGRAMS.items()])
    return path


@pytest.fixture(scope="module")
def filtered(capture):
    """The frames that a display filter lets through."""
    expressions = dict.fromkeys(filters())
    answers = tshark.Sharkd(capture).ask([("frames", {"filter": expression}) for expression in expressions])
    return {expression: {frame["num"] for frame in answer} for expression, answer in zip(expressions, answers)}


def merged():
    """All frames of each field that has a value."""
    fields = {name: dict(values) for name, values in WIRE.items()}
    for name, values in GENERATED.items():
        fields.setdefault(name, {}).update(values)
    return fields


def frames_by_value(values):
    frames = {}
    for number, value in values.items():
        frames.setdefault(value, set()).add(number)
    return frames


def equals(name, value):
    if value is True:
        return f"{name} == 1"
    return f'{name} == "{value}"' if TYPES_OF_FIELDS.get(name, "FT_STRING") == "FT_STRING" else f"{name} == {value}"


def quoted(value):
    return value.replace("\\", "\\\\").replace('"', '\\"') if isinstance(value, str) else value


def filters():
    for name, values in merged().items():
        yield name
        for value in frames_by_value(values):
            yield equals(name, quoted(value))
    yield from EXPERT


def fields_in(frame, name):
    """The fields of this name in a frame of PDML."""
    return [field for protocol in frame for field in protocol.walk() if field.name == name]


def value_of(field, like):
    if like is True:
        return field.text in ("1", "True")
    return int(field.text) if isinstance(like, int) else field.text


@pytest.mark.parametrize("name", WIRE)
def test_wire_field_selects_exactly_its_own_bytes(capture, name):
    frames = {number: data for number, _, _, data in judge.frames(capture)}
    for number, value in WIRE[name].items():
        found = [field for field in fields_in(tshark.read_pdml(capture)[number], name) if field.size > 0]
        assert [value_of(field, value) for field in found] == [value], f"frame {number}"
        word = {"amanda.version": "Amanda ", "amanda.type": f"Amanda {VERSIONS[number]} ", "amanda.handle": "HANDLE ",
                "amanda.seq": "SEQ ", "amanda.security": "SECURITY ", "amanda.security.user": "SECURITY USER ",
                "amanda.service": "SERVICE "}[name].encode()
        position = frames[number].index(word) + len(word)
        assert (found[0].position, found[0].size) == (position, len(str(value))), f"frame {number}"
        assert found[0].bytes == str(value).encode()


@pytest.mark.parametrize("name", WIRE)
def test_wire_field_stands_nowhere_else(capture, name):
    pdml = tshark.read_pdml(capture)
    assert {number for number, frame in pdml.items()
            if any(field.size > 0 for field in fields_in(frame, name))} == set(WIRE[name])


@pytest.mark.parametrize("name", GENERATED)
def test_generated_field_has_its_value_and_no_bytes(capture, name):
    pdml = tshark.read_pdml(capture)
    for number, value in GENERATED[name].items():
        found = [field for field in fields_in(pdml[number], name) if field.size == 0]
        assert len(found) == 1, f"frame {number}"
        if name == "amanda.time":
            assert Decimal(found[0].text) == Decimal(value), f"frame {number}"
        else:
            assert value_of(found[0], value) == value, f"frame {number}"


@pytest.mark.parametrize("name", GENERATED)
def test_generated_field_stands_nowhere_else(capture, name):
    pdml = tshark.read_pdml(capture)
    assert {number for number, frame in pdml.items()
            if any(field.size == 0 for field in fields_in(frame, name))} == set(GENERATED[name])


@pytest.mark.parametrize("name", EXPERT)
def test_expert_info_stands_where_it_belongs_with_its_severity(capture, name):
    severity, numbers = EXPERT[name]
    pdml = tshark.read_pdml(capture)
    found = {number: [field for protocol in frame for field in protocol.walk()
                      if field.name == "_ws.expert" and any(below.name == name for below in field.below)]
             for number, frame in pdml.items()}
    assert {number for number, fields in found.items() if fields} == numbers
    for number in numbers:
        assert len(found[number]) == 1
        values = {below.name: below.text for below in found[number][0].below}
        assert int(values["_ws.expert.severity"]) == severity
        assert int(values["_ws.expert.group"]) == SEQUENCE
        assert values["_ws.expert.message"]


@pytest.mark.parametrize("name", merged())
def test_field_can_be_filtered_by(filtered, name):
    values = merged()[name]
    assert filtered[name] == set(values)
    for value, numbers in frames_by_value(values).items():
        assert filtered[equals(name, quoted(value))] == numbers, equals(name, quoted(value))


@pytest.mark.parametrize("name", EXPERT)
def test_expert_info_can_be_filtered_by(filtered, name):
    assert filtered[name] == EXPERT[name][1]


@pytest.mark.parametrize("name", [*merged(), *EXPERT])
def test_field_is_of_its_type(name):
    assert registered()[name][0] == TYPES_OF_FIELDS.get(name, "FT_STRING")


@lru_cache(maxsize=None)
def registered():
    """Type, description and label of each field of the plugin."""
    lines = [line.split("\t") for line in tshark.list_of_fields().split("\n")]
    return {line[2]: (line[3], line[7] if len(line) > 7 else "", line[1]) for line in lines
            if line[0] == "F" and line[2].startswith("amanda.")}


def test_every_field_is_described():
    fields = registered()
    assert set(merged()) | set(EXPERT) <= set(fields)
    for name, (type, description, label) in fields.items():
        assert label, name
        # An expert info has its text as its name, and no room for a description.
        assert description or type == "FT_NONE", name


def test_all_that_the_tables_are_for_is_in_them():
    assert {name[len("amanda."):] for name in [*merged(), *EXPERT]} == {
        "version", "security", "security.user", *tshark.HEADER, *tshark.LISTED}


ODD = "odd-headers", "negative-seq", "ipv6", "handles-64bit", "truncated-snaplen", "krb4-ticket"


@pytest.mark.parametrize("name", ODD)
def test_header_fields_are_where_they_say_in_odd_packets_too(name):
    path = tshark.GENERATED / f"{name}.pcap"
    frames = {number: data for number, _, _, data in judge.frames(path)}
    checked = 0
    for number, protocols in tshark.read_pdml(path).items():
        for name in "amanda.version", "amanda.type", "amanda.handle", "amanda.seq":
            for field in fields_in(protocols, name):
                assert frames[number][field.position:][:field.size] == field.bytes
                if name == "amanda.seq":
                    assert judge.atoi(field.bytes) == int(field.text)
                else:
                    assert field.bytes == field.text.encode()
                checked += 1
    assert checked
