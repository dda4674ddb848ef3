# SPDX-License-Identifier: GPL-2.0-or-later
"""Words of a request that its client has said not to know: the warning stands at the words, and names the release."""

import pytest

import packets
import tshark
from streams import Capture, Connection, START
from test_framed import packet

OWN = "ffffffff9efefbfffffffffffffff3fffbf71f"
CLIENTS = {"2.4.4": "fffffeff9ffe0f", "2.5.0": "fffffeff9ffeffff07", "2.6.0": "ffffffff9ffeffffffff00",
           "2.6.1": "ffffffff9ffeffffffff7f", "3.3.0": "ffffffff9efefbffffffffff1f", "3.5.1": OWN}
NAMES = "_ws.expert.message", "amanda.type"
TEXT = "OPTIONS features={own};hostname=client;\n{line}\n"
DLE = "OPTIONS features={own};hostname=client;\n<dle>\n  <program>GNUTAR</program>\n  <disk>/home</disk>\n{line}\n</dle>\n"

# (service, what the body has of it, the first release that reads it, the last client that does not)
WORDS = [
    ("sendsize", TEXT, "CALCSIZE GNUTAR /home 0 1970:1:1:0:0:0 -1 OPTIONS |;index;", "2.4.5", "2.4.4"),
    ("selfcheck", TEXT, "CALCSIZE GNUTAR /home 0 OPTIONS |;index;", "2.4.5", "2.4.4"),
    ("selfcheck", TEXT, "STAR /home 0 OPTIONS |;index;", "2.5.1", "2.5.0"),
    ("selfcheck", TEXT, "GNUTAR /home 0 OPTIONS |;comp-cust=/bin/xz;", "2.5.0", "2.4.4"),
    ("sendsize", DLE, "  <level>0<server>YES</server></level>", "3.1", "2.6.1"),
    ("sendbackup", DLE, "  <level>0</level>\n  <datapath>AMANDA</datapath>", "3.1", "2.6.1"),
    ("sendbackup", DLE, "  <level>0</level>\n  <property>\n    <name>a</name>\n    <value>b</value>\n  </property>", "3.3.0",
     "2.6.1"),
]
TIMESTAMP = TEXT.replace("hostname=client;", "hostname=client;timestamp=20261128160000;")
WORDS.append(("sendsize", TIMESTAMP, "GNUTAR /home 0 1970:1:1:0:0:0 -1 OPTIONS |;index;", "3.5", "3.3.0"))


def udp(path, features, service, body, copies=1, snapshot=262144, noop=True):
    server, client = ("192.0.2.1", 848), ("192.0.2.2", 10080)
    says = [(server, client, "REQ", 1, f"SECURITY USER backup\nSERVICE noop\nOPTIONS features={OWN};\n"),
            (client, server, "REP", 1, f"OPTIONS features={features};\n"), (server, client, "ACK", 1, "")] if noop else []
    says.append((server, client, "REQ", 2, f"SECURITY USER backup\nSERVICE {service}\n{body}"))
    frames = [packets.identified(packets.ethernet(packets.udp(
        source, destination, f"Amanda 3.5 {type} HANDLE 000-0000000{seq} SEQ {seq}\n{text}".encode())), number)
        for number, (source, destination, type, seq, text) in enumerate(says)]
    packets.write_pcap(path, [(START + number * 1000, each) for number, each in enumerate(frames) for _ in range(copies)],
                       snapshot)
    return path


def framed(path, features, service, body, **how):
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    connection.data(packet("REQ", 1, f"SECURITY USER backup\nSERVICE noop\nOPTIONS features={OWN};\n"), False)
    connection.data(packet("REP", 1, f"OPTIONS features={features};\n"))
    connection.data(packet("REQ", 2, f"SECURITY USER backup\nSERVICE {service}\n{body}"), False)
    return capture.write(path)


def warnings(path, passes=2):
    return [text for fields in tshark.read_fields(path, NAMES, passes=passes).values()
            for text in fields.get("_ws.expert.message", ()) if text.startswith("The client has said that it cannot read")]


@pytest.mark.parametrize("write", [udp, framed])
@pytest.mark.parametrize("service, body, line, since, last", WORDS, ids=[" ".join(row[::3]) + row[4] for row in WORDS])
def test_words_that_a_client_cannot_read(tmp_path, write, service, body, line, since, last):
    body = body.format(own=OWN, line=line)
    for passes in (1, 2):
        told = warnings(write(tmp_path / "old.pcap", CLIENTS[last], service, body), passes)
        assert sum(text.endswith(f"those before Amanda {since} cannot") for text in told) == 1, told
        assert not warnings(write(tmp_path / "new.pcap", CLIENTS["3.5.1"], service, body), passes)


def test_of_what_a_client_has_not_said_nothing_is_told(tmp_path):
    body = DLE.format(own=OWN, line="  <level>0<server>YES</server></level>")
    assert not warnings(udp(tmp_path / "unknown.pcap", CLIENTS["2.6.1"], "sendsize", body, noop=False))


def test_copies_and_cut_requests(tmp_path):
    body = DLE.format(own=OWN, line="  <level>0<server>YES</server></level>")
    for passes in (1, 2):
        assert len(warnings(udp(tmp_path / "twice.pcap", CLIENTS["2.6.1"], "sendsize", body, copies=2), passes)) == 1
        assert not warnings(udp(tmp_path / "cut.pcap", CLIENTS["2.6.1"], "sendsize", body, snapshot=96), passes)
