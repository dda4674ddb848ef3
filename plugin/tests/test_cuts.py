# SPDX-License-Identifier: GPL-2.0-or-later
"""What a capture holds of a datagram: cut at every byte, quoted in an ICMP error, in fragments, two in one frame.

For the cuts each datagram has a requester port of its own, so that none of them has a part in the exchange of another.
"""

import struct

import pytest

import judge
import packets
import tshark

SERVER, CLIENT = "192.0.2.1", "192.0.2.2"
SERVER6, CLIENT6 = "2001:db8::1", "2001:db8::2"
HANDLE = "000-A8D40708"

BODIES = {
    "REQ": "SECURITY USER amanda\nSERVICE sendbackup\nOPTIONS features=fffffeff9ffe0f;hostname=client;\nGNUTAR /home 0 "
           "1970:1:1:0:0:0 OPTIONS |;auth=bsd;index;exclude-list=.exclude;\n",
    "REP": "CONNECT DATA 32801 MESG 32802 INDEX 32803\nOPTIONS features=fffffeff9ffe0f;\n",
    "PREP": "OPTIONS features=fffffeff9ffe0f;\n/home 0 SIZE 12345\n",
    "NAK": "ERROR amandad busy\n",
    "ACK": "",
}


def payload(type, seq=100, version="2.4", body=None):
    return f"Amanda {version} {type} HANDLE {HANDLE} SEQ {seq}\n{BODIES[type] if body is None else body}".encode()


def header_length(text):
    return text.index(b"\n") + 1


class Capture:
    def __init__(self, path, hosts=(SERVER, CLIENT)):
        self.path, self.hosts, self.frames = path, hosts, []

    def say(self, port, text, from_client=False, captured=None):
        """captured: so many bytes of the text. Returns the frame number."""
        ends = (self.hosts[0], port), (self.hosts[1], 10080)
        return self.see(packets.udp(*(ends[::-1] if from_client else ends), text), len(text), captured)

    def see(self, packet, length=0, captured=None):
        frame = packets.ethernet(packet)
        limit = [] if captured is None else [len(frame) - length + captured]
        self.frames.append((len(self.frames) * 1000, frame, *limit))
        return len(self.frames)

    def write(self):
        packets.write_pcap(self.path, self.frames)
        return self.path


@pytest.fixture
def capture(tmp_path):
    tmp_path.chmod(0o755)
    return Capture(tmp_path / "capture.pcap")


def cuts(text):
    return range(len(text) + 1)


# ---------------------------------------------------------------------------------------------------------------------
# The snapshot length


@pytest.mark.parametrize("hosts", ((SERVER, CLIENT), (SERVER6, CLIENT6)), ids=("IPv4", "IPv6"))
def test_a_cut_request_counts_as_soon_as_its_header_line_is_whole(capture, hosts):
    capture.hosts, text = hosts, payload("REQ")
    frames = {length: (capture.say(20000 + length, text, captured=length),
                       capture.say(20000 + length, payload("REP"), from_client=True)) for length in cuts(text)}
    read = tshark.read_listed(capture.write())
    for length, (request, reply) in frames.items():
        whole = length >= header_length(text)
        assert read.get(request, {}).get("verdict") == ("request" if whole else None), f"{length} bytes"
        assert read[reply]["verdict"] == ("answer" if whole else "no request"), f"{length} bytes"


@pytest.mark.parametrize("type, whole, cut", (("REP", "answer", None), ("PREP", "answer", None)))
def test_a_cut_reply_has_a_verdict_as_soon_as_its_header_line_is_whole(capture, type, whole, cut):
    text, frames = payload(type), {}
    for length in cuts(text):
        capture.say(20000 + length, payload("REQ"))
        frames[length] = capture.say(20000 + length, text, from_client=True, captured=length)
    read = tshark.read_listed(capture.write())
    for length, reply in frames.items():
        expected = whole if length >= header_length(text) else cut
        assert read.get(reply, {}).get("verdict") == expected, f"{length} bytes"
        assert ("time" in read.get(reply, {})) == bool(expected), f"{length} bytes"


def test_a_cut_ack_ends_an_exchange_as_soon_as_its_header_line_is_whole(capture):
    text, frames = payload("ACK"), {}
    for length in cuts(text):
        capture.say(20000 + length, payload("REQ"))
        capture.say(20000 + length, text, captured=length)
        frames[length] = capture.say(20000 + length, payload("REP"), from_client=True)
    read = tshark.read_listed(capture.write())
    for length, reply in frames.items():
        whole = length >= header_length(text)
        assert read[reply]["verdict"] == "answer", f"{length} bytes"
        assert read[reply].get("rep.out_of_order", False) == whole, f"{length} bytes"


def test_a_cut_nak_ends_an_exchange_as_soon_as_its_header_line_is_whole(capture):
    text, frames = payload("NAK"), {}
    for length in cuts(text):
        capture.say(20000 + length, payload("REQ"))
        capture.say(20000 + length, text, from_client=True, captured=length)
        frames[length] = capture.say(20000 + length, payload("REP"), from_client=True)
    read = tshark.read_listed(capture.write())
    for length, reply in frames.items():
        whole = length >= header_length(text)
        assert read[reply].get("rep.closed_by") == ("refused" if whole else None), f"{length} bytes"


def test_a_cut_nak_refuses_by_its_type_alone(capture):
    """Whatever is left of its words; and nothing is said of words that are not there."""
    text = payload("NAK")
    frames = {length: capture.say(20000 + length, text, from_client=True, captured=length) for length in cuts(text)}
    read = tshark.read_fields(capture.write(), ("amanda.nak.refused", "amanda.error"))
    for length, number in frames.items():
        whole = length >= header_length(text)
        assert len(read.get(number, {}).get("amanda.nak.refused", ())) == whole, f"{length} bytes"
        assert ("amanda.error" in read.get(number, {})) == (length == len(text)), f"{length} bytes"


def test_a_line_that_is_cut_is_not_called_unknown(capture):
    """Nor is one of a service that the capture does not name."""
    text = payload("REQ")
    cut = [capture.say(20000 + length, text, captured=length) for length in cuts(text)]
    whole = capture.say(30000, b"Amanda 3.5 REQ HANDLE 000-00000000 SEQ 1\nSERVICE amindexd\nno such line\n")
    read = tshark.read_fields(capture.write(), ("amanda.req.rest", "amanda.type"))
    assert not [number for number in cut if "amanda.req.rest" in read.get(number, {})]
    assert "amanda.req.rest" in read[whole]


@pytest.mark.parametrize("type", BODIES)
def test_a_cut_header_shows_the_values_that_it_holds_whole_and_no_others(capture, type):
    text = payload(type)
    frames = {length: capture.say(20000 + length, text, type != "REQ", length) for length in cuts(text)}
    names = tuple(f"amanda.{name}" for name in ("version", "type", "handle", "seq"))
    read = tshark.read_fields(capture.write(), names)
    for length, number in frames.items():
        for name, value in zip(names, ("2.4", type, HANDLE, "100")):
            ends = text.index(b" " + value.encode()) + 1 + len(value)
            assert read[number].get(name) == ([value] if length > ends else None), f"{name}, {length} bytes"


@pytest.mark.parametrize("type", BODIES)
def test_a_cut_packet_is_not_called_malformed(capture, type):
    text = payload(type)
    for length in cuts(text):
        capture.say(20000 + length, text, type != "REQ", length)
    read = tshark.read_fields(capture.write(), ("amanda", "amanda.header.malformed", "_ws.malformed"))
    assert any("amanda" in fields for fields in read.values())
    for fields in read.values():
        assert "amanda.header.malformed" not in fields
        assert not {"amanda", "_ws.malformed"} <= {*fields}


def test_a_cut_header_is_noted(capture):
    text = payload("REQ")
    frames = {length: capture.say(20000 + length, text, captured=length) for length in cuts(text)}
    read = tshark.read_fields(capture.write(), ("amanda.header.cut", "amanda.type"))
    for length, number in frames.items():
        if length > len("Amanda "):
            assert ("amanda.header.cut" in read[number]) == (length < header_length(text)), f"{length} bytes"


def test_a_service_is_known_from_its_whole_line_only(capture):
    text, frames = payload("REQ"), {}
    for length in cuts(text):
        frames[length] = (capture.say(20000 + length, text, captured=length),
                          capture.say(20000 + length, payload("REP"), from_client=True))
    read = tshark.read_listed(capture.write())
    for length, numbers in frames.items():
        whole = length >= text.index(b"SERVICE sendbackup\n") + len("SERVICE sendbackup\n")
        for number in numbers:
            expected = "sendbackup" if whole else None
            assert read.get(number, {}).get("service") == expected, f"{length} bytes"


def test_a_ticket_counts_as_soon_as_its_word_is_whole(capture):
    text = payload("REQ", 101, "2.5", "SECURITY TICKET abc\nSERVICE noop\nOPTIONS ;\n")
    frames = {}
    for length in range(header_length(text), len(text) + 1):
        capture.say(20000 + length, text, captured=length)
        capture.say(20000 + length, payload("REP", 100, "2.5"), from_client=True)
        frames[length] = capture.say(20000 + length, payload("ACK", 101, "2.5"))
    read = tshark.read_listed(capture.write())
    for length, number in frames.items():
        known = length > text.index(b"TICKET") + len("TICKET")
        assert ("ack.stale_accepted" in read[number]) == known, f"{length} bytes"


def test_cut_packets_are_the_same_in_any_order_of_frames(capture):
    for type, body in BODIES.items():
        for length in cuts(payload(type)):
            capture.say(20000 + length, payload(type), type not in ("REQ", "ACK"), length)
    expected = tshark.read_listed(capture.write())
    numbers = sorted(expected)[::-3]
    for number, frame in zip(numbers, tshark.Sharkd(capture.path).frames(numbers)):
        tshark.assert_same({number: expected[number]}, {number: tshark.listed_in_tree(frame["tree"])})


def has_fragments(path):
    """Those cannot be reassembled once they are cut, and are out of any plugin's reach."""
    ip_packets = (judge.parse_ip(judge.ip_packet(link, data)) for _, _, link, data in judge.frames(path))
    return any(packet and packet.ident is not None for packet in ip_packets)


@pytest.mark.parametrize("path", [path for path in sorted(tshark.CAPTURES.glob("*/*.pcap"))
                                  if path.with_suffix(".verdicts").exists() and not has_fragments(path)],
                         ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_snapshot_length_that_holds_the_headers_changes_no_verdict(path, tmp_path):
    tmp_path.chmod(0o777)  # for editcap, which is not run as root
    cut = tmp_path / "cut.pcap"
    tshark.run("editcap", "-s", "128", path, cut)
    names = [name for name in ("verdict", *tshark.LISTED) if name != "service"]
    tshark.assert_same(tshark.read_expected(path.with_suffix(".verdicts")), tshark.read_listed(cut), names)


def test_long_datagrams_can_be_cut(capture):
    """As Amanda itself cuts them: 65504 bytes, of which the last is 0. One byte more or less, and in a snapshot."""
    body = "OPTIONS features=fffffeff9ffe0f;\n" + "/home/someone 0 SIZE 12345\n" * 2500
    frames = {}
    for number, length in enumerate((65503, 65504, 65507)):
        text = payload("REP", body=body)[:length - 1] + b"\0"
        for captured in 300, None:
            port = 20000 + 2 * number + (captured is None)
            capture.say(port, payload("REQ"))
            frames[length, captured] = capture.say(port, text, True, captured)
    read = tshark.read_listed(capture.write())
    assert {read[number]["verdict"] for number in frames.values()} == {"answer"}


# ---------------------------------------------------------------------------------------------------------------------
# ICMP errors


@pytest.mark.parametrize("hosts", ((SERVER, CLIENT), (SERVER6, CLIENT6)), ids=("IPv4", "IPv6"))
@pytest.mark.parametrize("type", BODIES)
def test_what_an_icmp_error_quotes_has_neither_verdict_nor_state(capture, type, hosts):
    capture.hosts = hosts
    ends = (hosts[0], 842), (hosts[1], 10080)
    if type not in ("REQ", "ACK"):
        ends = ends[::-1]
    quote = packets.port_unreachable(packets.udp(*ends, payload(type)))
    unknown = capture.see(quote)
    first = capture.say(842, payload("REQ"))
    known = capture.see(quote)
    reply = capture.say(842, payload("REP"), from_client=True)
    capture.write()
    for passes in 1, 2:
        read = tshark.read_listed(capture.path, passes=passes)
        assert read[first]["verdict"] == "request"
        assert read[reply]["verdict"] == "answer"
        for number in unknown, known:
            assert read[number]["type"] == type  # it is shown,
            assert not {*read[number]} - {"version", "type", "handle", "seq", "service"}  # and nothing is said of it
    assert {tshark.read_columns(capture.path)[number][0] for number in (unknown, known)} <= {"ICMP", "ICMPv6"}


QUOTE = ("amanda.type", "amanda.handle", "amanda.seq", "amanda.service", "amanda.verdict", "amanda.icmp_of",
         "amanda.icmp_in", "amanda.icmp.kind", "amanda.icmp.sender", "amanda.lost", "amanda.outcome",
         "_ws.expert.message")


@pytest.mark.parametrize("hosts", ((SERVER, CLIENT), (SERVER6, CLIENT6)), ids=("IPv4", "IPv6"))
@pytest.mark.parametrize("type", BODIES)
def test_a_quote_that_ends_at_any_byte_says_no_more_than_it_holds(capture, type, hosts):
    capture.hosts, text = hosts, payload(type)
    ends = (hosts[0], 842), (hosts[1], 10080)
    packet = packets.udp(*(ends if type in ("REQ", "ACK") else ends[::-1]), text)
    other = capture.say(842, payload("REQ", seq=99))
    request = capture.say(842, payload("REQ"))
    quoted = request if type == "REQ" else capture.see(packet)
    headers = len(packet) - len(text)
    errors = {length: capture.see(packets.port_unreachable(packet, headers + length)) for length in cuts(text)[1:]}
    capture.write()
    service_line = text.find(b"\n", text.find(b"SERVICE")) + 1 if type == "REQ" else len(text) + 1
    for passes in 1, 2:
        read = tshark.read_fields(capture.path, QUOTE, (), passes)
        for length, number in errors.items():
            told = read[number]
            assert not {*told} & {"amanda.verdict", "amanda.icmp_in", "amanda.lost"}, length
            # That nobody listens settles a job: this is said of the job, not of the quote.
            # Since 4.6 ICMP has an expert info of its own.
            experts = set(told.get("_ws.expert.message", ())) - {"Type indicates an error"}
            assert bool(experts) == ("amanda.outcome" in told), length
            assert told.get("amanda.service") == (["sendbackup"] if length >= service_line else None), length
            assert told.get("amanda.seq", ["100"]) == ["100"] and told.get("amanda.handle", [HANDLE]) == [HANDLE]
            if text[:length].count(b" ") > 2:  # the type is whole
                assert told["amanda.type"] == [type] and told["amanda.icmp_of"] == [str(quoted)], length
                assert told["amanda.icmp.kind"] == ["port unreachable"]
        assert read[quoted].get("amanda.icmp_in") == ([str(errors[1])] if passes == 2 else None)
        assert "amanda.icmp_in" not in read[other]


KINDS = {(3, 0): "network unreachable", (3, 1): "host unreachable", (3, 2): "protocol unreachable",
         (3, 3): "port unreachable", (3, 4): "too big", (3, 9): "prohibited", (3, 10): "prohibited",
         (3, 13): "prohibited", (4, 0): "no refusal", (11, 0): "time exceeded",
         (12, 0): "parameter problem"}
KINDS6 = {(1, 0): "network unreachable", (1, 1): "prohibited", (1, 3): "host unreachable", (1, 4): "port unreachable",
          (1, 5): "prohibited", (2, 0): "too big", (3, 1): "time exceeded", (4, 0): "parameter problem"}


@pytest.mark.parametrize("hosts, kinds, router", (((SERVER, CLIENT), KINDS, "203.0.113.1"),
                                                  ((SERVER6, CLIENT6), KINDS6, "2001:db8:1::1")), ids=("IPv4", "IPv6"))
def test_an_icmp_error_says_what_became_of_the_datagram_and_who_says_so(capture, hosts, kinds, router):
    """Each request is sent three times, ten seconds apart, and each time the same error comes back."""
    capture.hosts, told = hosts, {}
    capture.say(842, payload("REP"), from_client=True)  # so the capture holds that direction
    for port, (error, kind) in enumerate(kinds.items(), 20000):
        packet = packets.udp((hosts[0], port), (hosts[1], 10080), payload("REQ"))
        for time in range(3):
            request = capture.see(packet)
            told[request] = capture.see(packets.icmp_error(packet, *error, sender=router)), kind, time
            for number in -2, -1:
                capture.frames[number] = (10**7 * time + 10**8 * port + 1000 * number, *capture.frames[number][1:])
    read = tshark.read_fields(capture.write(), QUOTE, (), 2)
    for request, (error, kind, time) in told.items():
        assert read[error]["amanda.icmp_of"] == [str(request)] and read[request]["amanda.icmp_in"] == [str(error)]
        for number in request, error:
            assert read[number]["amanda.icmp.kind"] == [kind] and read[number]["amanda.icmp.sender"] == [router]
        assert "amanda.lost" not in read[request], kind
        # What is only slowed down went on, and nothing has come back all the same.
        experts = read[request].get("_ws.expert.message", [])
        assert any("nothing has come back" in text for text in experts) == (kind == "no refusal" and time == 2)
        assert any("only ICMP errors" in text for text in experts) == (kind != "no refusal" and time == 2)


@pytest.mark.parametrize("hosts", ((SERVER, CLIENT), (SERVER6, CLIENT6)), ids=("IPv4", "IPv6"))
def test_a_quote_of_no_more_than_the_header_of_udp_is_that_of_the_datagram(capture, hosts):
    """RFC 792 asks routers for 64 bits of what they quote. Two requests that differ in length, and one that is of no use."""
    capture.hosts = hosts
    packets_of = [packets.udp((hosts[0], 842), (hosts[1], 10080), payload("REQ", seq=seq) + b"x" * seq) for seq in (1, 2, 3)]
    requests = [capture.see(packet) for packet in packets_of[:2]]
    header = len(packets_of[0]) - len(payload("REQ", seq=1)) - 1
    errors = [capture.see(packets.port_unreachable(packet, header)) for packet in packets_of]
    capture.write()
    for passes in 1, 2:
        read = tshark.read_fields(capture.path, QUOTE, (), passes)
        for request, error in zip(requests, errors):
            assert read[error]["amanda.icmp_of"] == [str(request)]
            assert read[error]["amanda.icmp.kind"] == ["port unreachable"]
            assert read[request].get("amanda.icmp_in") == ([str(error)] if passes == 2 else None)
            assert not {*read[error]} & {"amanda.verdict", "amanda.type", "amanda.lost"}
        assert "amanda.icmp_of" not in read.get(errors[2], {})


# ---------------------------------------------------------------------------------------------------------------------
# Fragments


def test_a_datagram_in_fragments_counts_where_its_last_one_comes(capture):
    request = packets.udp((SERVER, 842), (CLIENT, 10080), payload("REQ"))
    pieces = packets.fragments(request, 64, ident=7)
    assert len(pieces) > 3
    numbers = [capture.see(piece) for piece in (*pieces[1:], pieces[0])]
    reply = capture.say(842, payload("REP"), from_client=True)
    capture.write()
    for passes in 1, 2:
        read = tshark.read_listed(capture.path, passes=passes)
        assert {number for number in numbers if number in read} == {numbers[-1]}
        assert read[numbers[-1]]["verdict"] == "request"
        assert read[reply] | {"time": None} == {"version": "2.4", "type": "REP", "handle": HANDLE, "seq": "100",
                                                "verdict": "answer", "response_to": numbers[-1],
                                                "service": "sendbackup", "time": None}


def test_without_reassembly_nothing_breaks(capture):
    pieces = packets.fragments(packets.udp((SERVER, 842), (CLIENT, 10080), payload("REQ")), 64, ident=7)
    for piece in pieces:
        capture.see(piece)
    other = capture.say(843, payload("REQ"))
    answer = capture.say(843, payload("REP"), from_client=True)
    options = ("-o", "ip.defragment:FALSE")
    read = tshark.read_listed(capture.write(), options)
    assert read[other]["verdict"] == "request"
    assert read[answer]["verdict"] == "answer"
    assert not {2, 3} & {*read}  # fragments without a header
    path = tshark.GENERATED / "fragments.pcap"
    whole = set(tshark.read_fields(path, ("udp.length",), ("-Y", "udp && !ip.flags.mf == 1 && !ipv6.fragment")))
    assert whole <= {*tshark.read_listed(path)} | {*tshark.read_listed(path, options)}


# ---------------------------------------------------------------------------------------------------------------------
# More than one IP packet in a frame


def test_a_datagram_in_a_tunnel_is_judged(capture):
    """IP in IP: the innermost addresses count."""
    request = packets.udp((SERVER, 842), (CLIENT, 10080), payload("REQ"))
    reply = packets.udp((CLIENT, 10080), (SERVER, 842), payload("REP"))
    first = capture.see(packets.ip("198.51.100.1", "198.51.100.2", 4, request))
    plain = capture.see(reply)
    again = capture.see(packets.ip("198.51.100.2", "198.51.100.1", 4, reply))
    read = tshark.read_listed(capture.write())
    assert [read[number]["verdict"] for number in (first, plain, again)] == ["request", "answer", "copy"]


def wlan_frame(ip_packets):
    """An aggregated frame (A-MSDU) of IEEE 802.11 with all of these packets."""
    server, client, network = bytes([2, 0, 0, 0, 0, 1]), bytes([2, 0, 0, 0, 0, 2]), bytes([2, 0, 0, 0, 0, 3])
    frame = struct.pack("<BBH", 0x88, 0, 0) + client + server + network + struct.pack("<HH", 0, 0x80)
    for packet in ip_packets:
        frame += bytes(-(len(frame) - 26) % 4)
        unit = b"\xaa\xaa\3\0\0\0\x08\0" + packet
        frame += client + server + struct.pack(">H", len(unit)) + unit
    return frame


def test_two_datagrams_in_one_frame_are_judged_each_for_itself(tmp_path):
    tmp_path.chmod(0o755)
    path, ieee_802_11 = tmp_path / "aggregated.pcap", 105
    request = [packets.udp((SERVER, 842), (CLIENT, 10080), payload("REQ", seq)) for seq in (100, 101)]
    reply = [packets.udp((CLIENT, 10080), (SERVER, 842), payload("REP", seq)) for seq in (100, 101)]
    frames = [request, reply, [reply[1]]]
    packets.write_pcap(path, [(number * 5 * 10**6, wlan_frame(packet)) for number, packet in enumerate(frames)],
                       link=ieee_802_11)
    names = tuple(f"amanda.{name}" for name in (
        "seq", "verdict", "response_in", "response_to", "retransmission_of", "rep.closed_by", "rep.closed_in",
        "rep.mistaken_for"))
    expected = {
        1: [["100", "101"], ["request", "request"], ["2"]],
        2: [["100", "101"], ["SEQ mismatch", "answer"], None, ["1", "1"], None, ["superseded"], ["1"], ["1"]],
        3: [["101"], ["retransmission"], None, ["1"], ["2"]],
    }
    expected = {number: {name: value for name, value in zip(names, values) if value}
                for number, values in expected.items()}
    assert tshark.read_fields(path, names) == expected
    del expected[1]["amanda.response_in"]
    assert tshark.read_fields(path, names, passes=1) == expected


def test_xml_of_one_datagram_takes_nothing_from_the_next_in_its_frame(tmp_path):
    """Only passes with a tree show it."""
    tmp_path.chmod(0o755)
    path, ieee_802_11 = tmp_path / "aggregated.pcap", 105
    body = "SECURITY USER amanda\nSERVICE sendsize\nOPTIONS ;\n<dle>\n<program>GNUTAR</program>\n<disk>/</disk>\n</dle>\n"
    head = f"Amanda 3.5 REQ HANDLE {HANDLE} SEQ "
    requests = [packets.udp((SERVER, 842), (CLIENT, 10080), f"{head}{seq}\n{body}".encode()) for seq in (100, 101, 102)]
    packets.write_pcap(path, [(0, wlan_frame(requests))], link=ieee_802_11)
    for passes in 1, 2:
        frames = tshark.read_fields(path, ("amanda.verdict", "xml.tag"), ("-o", "amanda.show_xml:TRUE"), passes)
        assert frames[1]["amanda.verdict"] == ["request"] * 3 and len(frames[1]["xml.tag"]) == 9
