# SPDX-License-Identifier: GPL-2.0-or-later
"""Who refuses: the host itself, or something between, which its time to live or its address gives away."""

import pytest

import packets
import streams
import tshark
from streams import CLIENT, SERVER, Capture, Connection

ROUTER = "192.0.2.254"
UNREACHABLE, HOST_UNREACHABLE, PROHIBITED = (3, 3), (3, 1), (3, 10)


def with_ttl(frame, ttl):
    """With another time to live; write_pcap() mends the checksum."""
    return frame[:22] + bytes([ttl]) + frame[23:]


def far(capture, host, ttl):
    """Everything that this host has sent so far comes with this time to live."""
    address = bytes(map(int, host.split(".")))
    capture.frames = [(time, with_ttl(frame, ttl) if frame[26:30] == address else frame, *rest)
                      for time, frame, *rest in capture.frames]


def outcomes(path, *options):
    """[(outcome, why)] of what one pass settles."""
    names = "amanda.outcome", "amanda.outcome.why"
    found = tshark.read_fields(path, names, ("-Y", "amanda.outcome", *options), passes=1)
    return [pair for packet in found.values() for pair in zip(packet["amanda.outcome"], packet.get("amanda.outcome.why", [""]))]


def experts(path):
    return {name for packet in tshark.read_fields(path, ("amanda.outcome.firewall_refuses", "amanda.outcome.port_refused",
                                                         "amanda.outcome.idle_reset"), passes=2).values() for name in packet}


def icmp(capture, quoted, kind, sender=ROUTER):
    return capture.see(packets.icmp_error(capture.frames[quoted - 1][1][14:], *kind, sender=sender))


def refuse(capture, ttl, port=50010):
    syn = Connection(capture, port, handshake=False)
    syn.send(packets.SYN, from_responder=False)
    syn.send(packets.RST | packets.ACK)
    capture.frames[-1] = (capture.frames[-1][0], with_ttl(capture.frames[-1][1], ttl))


@pytest.mark.parametrize("ttl, foreign", [(61, False), (62, True), (64, True), (254, True)])
def test_a_refused_port(tmp_path, ttl, foreign):
    capture = Capture()
    capture.exchange(1, "DATA 50010 MESG 50011")
    far(capture, CLIENT[0], 61)
    refuse(capture, ttl)
    path = capture.write(tmp_path / "refused.pcap")
    who = "A firewall" if foreign else "client"
    how = f"RST with a time to live of {ttl}, where the host's other packets have 61" if foreign else "RST"
    assert outcomes(path) == [("not connected", f"{who} refused the connection to the DATA port 50010 of client ({how})")]
    assert experts(path) == {"amanda.outcome.firewall_refuses" if foreign else "amanda.outcome.port_refused"}


def test_where_udp_has_a_time_to_live_of_its_own(tmp_path):
    """Solaris: 255 in UDP, 64 in TCP."""
    capture = Capture()
    capture.exchange(1, "DATA 50010 MESG 50011")
    far(capture, CLIENT[0], 252)
    refuse(capture, 61)
    assert [why.split()[0] for _, why in outcomes(capture.write(tmp_path / "solaris.pcap"))] == ["client"]


@pytest.mark.parametrize("kind, text", [(UNREACHABLE, "port unreachable"), (PROHIBITED, "prohibited")])
@pytest.mark.parametrize("sender", [ROUTER, CLIENT[0]])
def test_icmp_that_returns_the_syn(tmp_path, kind, text, sender):
    capture = Capture()
    capture.exchange(1, "DATA 50010 MESG 50011")
    syn = Connection(capture, 50010, handshake=False).send(packets.SYN, from_responder=False)
    icmp(capture, syn, kind, sender)
    path = capture.write(tmp_path / "icmp.pcap")
    assert outcomes(path) == [
        ("not connected", f"A firewall refused the connection to the DATA port 50010 of client (ICMP {text} from {sender})")]
    assert experts(path) == {"amanda.outcome.firewall_refuses"}


@pytest.mark.parametrize("kind, why", [
    (PROHIBITED, f"A firewall refuses connections to port 10080 of 192.0.2.2 (ICMP prohibited from {ROUTER})"),
    (HOST_UNREACHABLE, f"There is no way to 192.0.2.2 (ICMP host unreachable from {ROUTER})")])
def test_icmp_that_returns_the_syn_to_amandas_own_port(tmp_path, kind, why):
    capture = Capture()
    syn = Connection(capture, 10080, source=516, handshake=False).send(packets.SYN, from_responder=False)
    icmp(capture, syn, kind)
    assert outcomes(capture.write(tmp_path / "own.pcap")) == [("unanswered", why)]


def test_icmp_by_ipv6(tmp_path):
    capture = Capture()
    syn = Connection(capture, 10080, source=516, handshake=False, server="2001:db8::1", client="2001:db8::2")
    frame = syn.send(packets.SYN, from_responder=False)
    icmp(capture, frame, (1, 1), "2001:db8::fe")
    assert outcomes(capture.write(tmp_path / "ipv6.pcap")) == [
        ("unanswered", "A firewall refuses connections to port 10080 of 2001:db8::2 (ICMP prohibited from 2001:db8::fe)")]


def test_icmp_that_comes_after_the_answer_refuses_nothing(tmp_path):
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    icmp(capture, connection.first, PROHIBITED)
    assert outcomes(capture.write(tmp_path / "late.pcap")) == []


@pytest.mark.parametrize("kind, text", [(PROHIBITED, "prohibited"), (UNREACHABLE, "port unreachable")])
def test_a_request_that_something_between_returns(tmp_path, kind, text):
    capture = Capture()
    for number in range(3):
        req = capture.datagram(SERVER, CLIENT, "REQ", 1, "SECURITY USER amanda\nSERVICE noop\n")
        icmp(capture, req, kind)
        capture.wait(10)
    capture.datagram(SERVER, CLIENT, "REQ", 2, "SECURITY USER amanda\nSERVICE noop\n")
    assert outcomes(capture.write(tmp_path / "returned.pcap")) == [
        ("unanswered", f"A firewall refuses the request to port 10080 of 192.0.2.2 (ICMP {text} from {ROUTER}, frame 2)")]


@pytest.mark.parametrize("returned, waits, outcome", [
    ([True] * 3, 0, "unanswered"), ([True] * 2, 0, "running"), ([True] * 2, 11, "unanswered"), ([True] * 2, 9, "running"),
    ([True, True, False], 0, "running"), ([False, False, True], 0, "unanswered"), ([True, False], 11, "running")])
def test_nobody_answers_any_more_where_the_last_transmission_was_returned(tmp_path, returned, waits, outcome):
    capture = Capture()
    for number, is_returned in enumerate(returned):
        capture.wait(10 if number else 0)
        req = capture.datagram(SERVER, CLIENT, "REQ", 1, "SECURITY USER amanda\nSERVICE noop\n")
        if is_returned:
            icmp(capture, req, UNREACHABLE, CLIENT[0])
    capture.wait(waits)
    capture.see(packets.udp(("192.0.2.7", 4000), ("192.0.2.8", 4001), b"something else"))
    names = "amanda.outcome", "amanda.outcome.nobody_listens_asked", "amanda.outcome.remedy", "amanda.outcome.asked_in"
    path = capture.write(tmp_path / "returned.pcap")
    asked = tshark.read_fields(path, names, ("-Y", "amanda.outcome"))[1]
    assert asked["amanda.outcome"] == [outcome] and asked["amanda.outcome.asked_in"] == ["1"]
    assert (names[1] in asked) == (names[2] in asked) == (outcome == "unanswered")
    assert outcomes(path) == []


@pytest.mark.parametrize("ttl, silence, cause", [(63, 40, "idle_reset"), (63, 1, "firewall_refuses")])
def test_a_reset_in_the_name_of_the_client(tmp_path, ttl, silence, cause):
    capture = Capture()
    capture.exchange(1, "DATA 50010 MESG 50011")
    data = Connection(capture, 50010)
    Connection(capture, 50011, source=50001)
    data.data(streams.tar())
    far(capture, CLIENT[0], 61)
    capture.wait(silence)
    data.send(packets.RST | packets.ACK)
    capture.frames[-1] = (capture.frames[-1][0], with_ttl(capture.frames[-1][1], ttl))
    path = capture.write(tmp_path / "reset.pcap")
    [(outcome, why)] = outcomes(path)
    assert outcome == "unfinished" and f"RST with a time to live of {ttl}, where the host's other packets have 61" in why
    assert why.endswith("something between the hosts did so in its name")
    assert experts(path) == {f"amanda.outcome.{cause}"}


def test_packets_that_come_by_several_ways_prove_nothing(tmp_path):
    """The same capture of two places: each packet twice, and so the RST."""
    capture = Capture()
    capture.exchange(1, "DATA 50010 MESG 50011")
    refuse(capture, 64)
    frames = [(time, packets.identified(frame, number)) for number, (time, frame) in enumerate(capture.frames)]
    capture.frames = [(time + later, with_ttl(frame, 64 - later)) for time, frame in frames for later in (0, 1)]
    # The RST is seen at the other place first.
    capture.frames[-2:] = [(capture.frames[-2][0], frame) for _, frame in capture.frames[:-3:-1]]
    assert [why.split()[0] for _, why in outcomes(capture.write(tmp_path / "twice.pcap"))] == ["client"]
