# SPDX-License-Identifier: GPL-2.0-or-later
"""Which datagrams are Amanda's: ports, the user's own choices, the heuristic, and what belongs to other protocols."""

import pytest

import packets
import tshark

LOW_PORTS = tshark.GENERATED / "low-ports.pcap"
FOREIGN = tshark.GENERATED / "foreign-protocols.pcap"
PORTS = range(512, 1024)

SERVER, CLIENT = "192.0.2.1", "192.0.2.2"
REQUEST = b"Amanda 3.5 REQ HANDLE 000-00000001 SEQ 5\nSECURITY USER backup\nSERVICE noop\nOPTIONS ;\n"
REPLY = b"Amanda 3.5 REP HANDLE 000-00000001 SEQ 5\nOPTIONS ;\n"

NO_HEURISTIC = ("--disable-heuristic", "amanda_udp")


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    """Writes a capture of (source port, destination port, payload); all but the reply are from server to client."""
    directory = tmp_path_factory.mktemp("ports")
    directory.chmod(0o755)

    def write(name, *datagrams):
        frames = []
        for number, (source, destination, payload) in enumerate(datagrams):
            ends = (SERVER, source), (CLIENT, destination)
            if payload == REPLY:
                ends = (CLIENT, source), (SERVER, destination)
            frames.append((number * 1000, packets.ethernet(packets.udp(*ends, payload))))
        path = directory / f"{name}.pcap"
        packets.write_pcap(path, frames)
        return path

    return write


def protocols(capture, *options, **how):
    """The Protocol column of each frame, in order."""
    return [protocol for protocol, _ in tshark.read_columns(capture, tuple(options), **how).values()]


def ports_of(capture):
    return {number: (int(fields["udp.srcport"][0]), int(fields["udp.dstport"][0]))
            for number, fields in tshark.read_fields(capture, ("udp.srcport", "udp.dstport")).items()}


# ---------------------------------------------------------------------------------------------------------------------
# All 512 ports


@pytest.mark.parametrize("passes", (1, 2))
def test_every_low_port_is_amandas_in_both_directions(passes):
    ports = ports_of(LOW_PORTS)
    assert set(ports.values()) == {pair for port in PORTS for pair in ((port, 10080), (10080, port))}
    others = [(ports[number], protocol) for number, (protocol, _) in
              tshark.read_columns(LOW_PORTS, passes=passes).items() if protocol != "Amanda"]
    assert others == []


def test_every_low_port_is_amandas_without_the_heuristic():
    assert set(protocols(LOW_PORTS, *NO_HEURISTIC)) == {"Amanda"}


def test_every_low_port_has_its_verdicts():
    packets_by_port = {}
    ports = ports_of(LOW_PORTS)
    for number, packet in tshark.read_listed(LOW_PORTS).items():
        packets_by_port.setdefault(min(ports[number]), []).append((packet["type"], packet.get("verdict")))
    assert packets_by_port == {
        port: [("REQ", "request"), ("ACK", None), ("REP", "answer"), ("ACK", None)] for port in PORTS}


def test_every_low_port_is_amandas_to_port_10081(write):
    capture = write("kamanda", *[datagram for port in PORTS
                                 for datagram in ((port, 10081, REQUEST), (10081, port, REPLY))])
    assert set(protocols(capture)) == {"Amanda"}


# ---------------------------------------------------------------------------------------------------------------------
# Other protocols


def test_other_protocols_between_amandas_packets_are_unharmed():
    amanda = set(tshark.read_listed(FOREIGN))
    alone = tshark.read_columns(FOREIGN, plugin=False)
    both = tshark.read_columns(FOREIGN)
    assert {number for number, (protocol, _) in both.items() if protocol == "Amanda"} == amanda
    assert 0 < len(amanda) < len(both)
    assert {number: both[number] for number in both if number not in amanda} == {
        number: alone[number] for number in alone if number not in amanda}
    assert {"Syslog", "RIPv2", "CUPS", "DHCPv6", "DNS", "TFTP", "NTP", "RADIUS"} <= {
        protocol for protocol, _ in both.values()}


@pytest.mark.parametrize("payload", (
    b"<34>Nov 22 08:00:00 client su: 'su root' failed",
    bytes(range(48)),
    b"",
    b"amanda 3.5 REQ HANDLE 000-00000001 SEQ 5\n",
    b"Amanda3.5 REQ HANDLE 000-00000001 SEQ 5\n",
), ids=("text", "binary", "empty", "lower case", "no blank"))
def test_what_is_not_amandas_is_left_to_others_on_every_low_port(write, payload):
    capture = write("other", *[datagram for port in PORTS
                               for datagram in ((port, 10080, payload), (10080, port, payload))])
    assert tshark.read_columns(capture) == tshark.read_columns(capture, plugin=False)


def test_what_begins_like_amandas_and_goes_wrong_is_shown_as_malformed(write):
    capture = write("malformed", (842, 10080, b"Amanda 35 REQ HANDLE h SEQ 1\n"))
    assert protocols(capture) == ["Amanda"]
    assert tshark.count(capture, "amanda.header.malformed && _ws.expert.severity == error") == 1
    assert tshark.count(capture, "amanda.verdict") == 0


# ---------------------------------------------------------------------------------------------------------------------
# The user's own choices


def test_decode_as_something_else_wins_on_amandas_port():
    for protocol, shown in ("data", "UDP"), ("syslog", "Syslog"):
        assert set(protocols(LOW_PORTS, "-d", f"udp.port==10080,{protocol}")) == {shown}
        assert tshark.count(LOW_PORTS, "amanda", ("-d", f"udp.port==10080,{protocol}")) == 0


def test_decode_as_something_else_wins_on_a_requesters_port():
    options = ("-d", "udp.port==514,dns", "-d", "udp.port==700,data")
    others = {514, 700}
    listed = tshark.read_listed(LOW_PORTS, options)
    assert {number for number, pair in ports_of(LOW_PORTS).items() if not others & {*pair}} == set(listed)
    shown = {protocol for number, (protocol, _) in tshark.read_columns(LOW_PORTS, options).items()
             if number not in listed}
    assert shown == {"DNS", "UDP"}


def test_decode_as_amanda_works_on_any_port(write):
    capture = write("decode-as", (50000, 12345, REQUEST), (12345, 50000, REPLY))
    assert protocols(capture, *NO_HEURISTIC) == ["UDP", "UDP"]
    assert protocols(capture, *NO_HEURISTIC, "-d", "udp.port==12345,amanda") == ["Amanda", "Amanda"]


@pytest.mark.parametrize("current", ("Amanda (before lower ports)", "Amanda"))
def test_rows_of_decode_as_that_are_saved_in_a_profile_do_no_harm(write, tmp_path, current):
    """Wireshark writes them with any rule of the user's own; those of earlier versions of the plugin have its name alone."""
    tshark.build_with_plugin()
    for part in "plugins", "preload":  # the latter of a sanitized build
        if (tshark.BUILD / part).exists():
            (tmp_path / part).symlink_to(tshark.BUILD / part)
    profile = tmp_path / "home/.config/wireshark/profiles/Saved"
    profile.mkdir(parents=True)
    (profile / "preferences").write_text("amanda.udp.port: 10080-10081,12345\n")
    (profile / "decode_as_entries").write_text("".join(
        f"decode_as_entry: udp.port,{port},{default},{row}\n" for port, default, row in (
            (10080, "Amanda", current), (10081, "Amanda", current), (700, "(none)", "DNS"))))
    for folder in (tmp_path, *tmp_path.glob("home/**/")):
        folder.chmod(0o755)
    own = write("own", (50000, 12345, REQUEST), (12345, 50000, REPLY), (700, 10080, REQUEST), (50000, 10081, REQUEST))

    def shown(capture):
        result = tshark.run_in(tmp_path, "tshark", "-n", "-C", "Saved", *NO_HEURISTIC, "-r", capture, "-T", "fields",
                               "-e", "_ws.col.Protocol")
        assert (result.returncode, result.stderr) == (0, "")
        return result.stdout.split()

    assert shown(own) == ["Amanda", "Amanda", "DNS", "Amanda"]
    assert [protocol for protocol, ends in zip(shown(LOW_PORTS), ports_of(LOW_PORTS).values()) if 700 not in ends] == [
        "Amanda"] * (4 * len(PORTS) - 4)


def test_decode_as_amanda_changes_nothing_on_its_own_port():
    assert tshark.read_listed(LOW_PORTS, ("-d", "udp.port==10080,amanda")) == tshark.read_listed(LOW_PORTS)


def test_the_port_can_be_set(write):
    capture = write("port", (50000, 12345, REQUEST), (12345, 50000, REPLY), (514, 12345, REQUEST), (12345, 514, REPLY),
                    (514, 10080, REQUEST), (10080, 514, REPLY))
    both = ("-o", "amanda.udp.port:10080-10081,12345", *NO_HEURISTIC)
    assert protocols(capture, *NO_HEURISTIC) == ["UDP", "UDP", "Syslog", "Syslog", "Amanda", "Amanda"]
    assert protocols(capture, *both) == ["Amanda"] * 6
    verdicts = [packet["verdict"] for packet in tshark.read_listed(capture, both).values()]
    assert verdicts == ["request", "answer"] * 3


def test_without_precedence_low_ports_are_left_to_their_protocols():
    options = ("-o", "amanda.precedence:FALSE")
    alone, both = tshark.read_columns(LOW_PORTS, plugin=False), tshark.read_columns(LOW_PORTS, options)
    ports = ports_of(LOW_PORTS)
    at_514 = {number for number, pair in ports.items() if 514 in pair}
    at_700 = {number for number, pair in ports.items() if 700 in pair}
    assert {both[number] for number in at_514} == {alone[number] for number in at_514}
    assert {both[number][0] for number in at_514} == {"Syslog"}
    assert {both[number][0] for number in at_700} == {"Amanda"}


def test_the_protocol_can_be_disabled():
    for capture in LOW_PORTS, FOREIGN:
        assert (tshark.read_columns(capture, ("--disable-protocol", "amanda"))
                == tshark.read_columns(capture, plugin=False))
        assert tshark.read_listed(capture, ("--disable-protocol", "amanda")) == {}


# ---------------------------------------------------------------------------------------------------------------------
# The heuristic

WELL_FORMED = [b"Amanda 3.5 %s HANDLE 000-00000001 SEQ %d\n" % pair for pair in (
    (b"REQ", 5), (b"REP", 5), (b"PREP", 5), (b"ACK", 5), (b"NAK", 5), (b"REQ", -5))]
NOT_WELL_FORMED = [
    b"Amanda", b"Amanda ", b"Amanda is a fine name for a datagram", b"amanda 3.5 REQ HANDLE 000-00000001 SEQ 5\n",
    b"Amanda 35 REQ HANDLE 000-00000001 SEQ 5\n", b"Amanda x.y REQ HANDLE 000-00000001 SEQ 5\n",
    b"Amanda 3.5 FOO HANDLE 000-00000001 SEQ 5\n", b"Amanda 3.5 req HANDLE 000-00000001 SEQ 5\n",
    b"Amanda 3.5 REQ handle 000-00000001 SEQ 5\n", b"Amanda 3.5 REQ HANDLE  SEQ 5\n",
    b"Amanda 3.5 REQ HANDLE 000-00000001\n", b"Amanda 3.5 REQ HANDLE 000-00000001 SEQ\n",
    b"Amanda 3.5 REQ HANDLE 000-00000001 SEQ five\n", b"Amanda 3.5 REQ HANDLE 000-00000001 SEQ 5x\n",
    b"Amanda 3.5 REQ\0HANDLE 000-00000001 SEQ 5\n", b"\0Amanda 3.5 REQ HANDLE 000-00000001 SEQ 5\n",
    b" Amanda 3.5 REQ HANDLE 000-00000001 SEQ 5\n", b"xAmanda 3.5 REQ HANDLE 000-00000001 SEQ 5\n",
]


def test_a_well_formed_header_is_found_on_any_port(write):
    capture = write("well-formed", *[(40000 + number, 20000, payload) for number, payload in enumerate(WELL_FORMED)])
    assert protocols(capture) == ["Amanda"] * len(WELL_FORMED)
    assert protocols(capture, passes=1) == ["Amanda"] * len(WELL_FORMED)


def test_nothing_but_a_well_formed_header_is_taken(write):
    capture = write("not", *[(40000 + number, 20000, payload) for number, payload in enumerate(NOT_WELL_FORMED)])
    assert tshark.read_columns(capture) == tshark.read_columns(capture, plugin=False)


def test_what_is_found_has_verdicts(write):
    capture = write("verdicts", (40000, 20000, REQUEST), (20000, 40000, REPLY), (20000, 40000, REPLY))
    assert [packet["verdict"] for packet in tshark.read_listed(capture).values()] == [
        "request", "answer", "retransmission"]


def test_the_conversation_is_claimed_with_the_first_well_formed_header(write):
    capture = write("claimed", (40000, 20000, REQUEST), (40000, 20000, NOT_WELL_FORMED[6]), (20000, 40000, REPLY),
                    (40000, 20000, b"something else"), (40001, 20000, NOT_WELL_FORMED[6]))
    assert protocols(capture) == ["Amanda", "Amanda", "Amanda", "UDP", "UDP"]


@pytest.mark.parametrize("passes", (1, 2))
def test_what_came_before_the_claim_stays_unclaimed(write, passes):
    capture = write("before", (40000, 20000, NOT_WELL_FORMED[6]), (40000, 20000, REQUEST))
    assert protocols(capture, passes=passes) == ["UDP", "Amanda"]


def test_another_conversation_is_not_claimed(write):
    capture = write("another", (40000, 20000, REQUEST), (40001, 20000, NOT_WELL_FORMED[6]))
    assert protocols(capture) == ["Amanda", "UDP"]


def test_the_heuristic_can_be_disabled(write):
    capture = write("disabled", *[(40000 + number, 20000, payload) for number, payload in enumerate(WELL_FORMED)],
                    (842, 10080, REQUEST))
    assert protocols(capture, *NO_HEURISTIC) == ["UDP"] * len(WELL_FORMED) + ["Amanda"]


def test_the_heuristic_is_on_by_default():
    lines = [line.split("\t") for line in tshark.run("tshark", "-G", "heuristic-decodes").stdout.split("\n")]
    assert [line[:3] for line in lines if line[:2] == ["udp", "amanda"]] == [["udp", "amanda", "T"]]


def test_a_cut_datagram_is_found_once_its_header_is_whole(tmp_path):
    tmp_path.chmod(0o755)
    frames, header = [], REQUEST.index(b"\n") + 1
    for captured in range(len(REQUEST) + 1):
        frame = packets.ethernet(packets.udp((SERVER, 40000 + captured), (CLIENT, 20000), REQUEST))
        frames.append((captured, frame, len(frame) - len(REQUEST) + captured))
    packets.write_pcap(tmp_path / "cut.pcap", frames)
    assert protocols(tmp_path / "cut.pcap") == ["UDP"] * header + ["Amanda"] * (len(REQUEST) + 1 - header)
