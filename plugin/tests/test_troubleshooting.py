# SPDX-License-Identifier: GPL-2.0-or-later
"""Each row of troubleshooting.md finds its case over UDP (bsd) and over TCP (bsdtcp), unless it says that there is none:
in the examples that it names, or, where no capture has it, in one that is made here."""

import re

import pytest

import documents
import streams
import test_framed
import tshark
from streams import Capture, Connection
from test_framed import frame, packet

FEATURES = streams.FEATURES
ROWS = [row for row in documents.rows(documents.TEXTS["plugin/doc/troubleshooting.md"]) if len(row) == 5]
DLE = "<dle>\n  <program>GNUTAR</program>\n  <disk>{}</disk>\n  <level>0</level>\n</dle>\n"

# What the row begins with: service, disks, type and body of the answer. The texts are of Amanda 3.5.
ANSWERS = {
    "host HOST: port N": ("noop", (), "NAK", "ERROR host server: port 40000 not secure\n"),
    "client configured for": ("selfcheck", ("/home",), "REP",
                              f"OPTIONS features={FEATURES};\n"
                              "ERROR [client configured for auth=bsd while server requested 'bsdtcp']\n"),
    "FORMAT ERROR": ("sendsize", ("/home",), "REP", f"OPTIONS features={FEATURES};\nERROR FORMAT ERROR IN REQUEST PACKET\n"),
    "missing result": ("sendsize", ("/home", "/usr"), "REP", f"OPTIONS features={FEATURES};\n/home 0 SIZE 10\n"),
    "parse of reply": ("sendbackup", ("/home",), "REP", "CONNECT DATA here MESG there\n"),
    "service SERVICE failed": ("selfcheck", ("/home",), "REP",
                               "ERROR service selfcheck failed: pid 4711 exited with code 1\n"),
    "recover program ask": ("amindexd", (), "REP", "ERROR recover program ask for auth=bsd while amindexd is configured "
                                                   "for 'bsdtcp'\n"),
}


def has_example(row, over_tcp):
    names = re.findall(r"`([\w/-]+)` \d", row[4])
    return any(bool(re.search(r"-(bsdtcp|ssl)$|/bsdtcp$", name)) == over_tcp for name in names)


def made(row):
    return next((key for key in ANSWERS if row[0].startswith(f"`{key}")), None)


def name(row):
    return f"{row[0]} {row[1]}"


def filter_of(row):
    return re.fullmatch(r"`([^`]+)`", row[1])[1]


def shown(path, row):
    return tshark.tshark("-2", "-r", path, "-Y", filter_of(row), "-T", "fields", "-e", "frame.number").split()


def request(service, disks):
    return f"SECURITY USER backup\nSERVICE {service}\nOPTIONS features={FEATURES};\n" + "".join(map(DLE.format, disks))


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_each_row_has_its_cases(row):
    crc = "amanda.dump.crc_wrong" in row[1]
    only = {over_tcp: f"{'TCP' if over_tcp else 'UDP'} only" in row[4] for over_tcp in (False, True)}
    assert only[False] or only[True] or made(row) or has_example(row, False) and (has_example(row, True) or crc)


def test_what_is_made_is_needed():
    assert {made(row) for row in ROWS} - {None} == ANSWERS.keys()


@pytest.mark.parametrize("row", [row for row in ROWS if made(row)], ids=name)
def test_over_udp(tmp_path, row):
    service, disks, type, body = ANSWERS[made(row)]
    capture = Capture()
    capture.datagram(streams.SERVER, streams.CLIENT, "REQ", 1, request(service, disks))
    capture.datagram(streams.CLIENT, streams.SERVER, "ACK", 1, "")
    told = capture.datagram(streams.CLIENT, streams.SERVER, type, 1, body)
    assert str(told) in shown(capture.write(tmp_path / "udp.pcap"), row)


def connection(capture):
    return Connection(capture, 10080, source=516)


@pytest.mark.parametrize("row", [row for row in ROWS if made(row)], ids=name)
def test_over_tcp(tmp_path, row):
    service, disks, type, body = ANSWERS[made(row)]
    capture = Capture()
    tcp = connection(capture)
    tcp.data(packet("REQ", 1, request(service, disks)), from_responder=False)
    tcp.data(packet("ACK", 1))
    told = tcp.data(packet(type, 1, body))
    assert str(told) in shown(capture.write(tmp_path / "tcp.pcap"), row)


def test_a_wrong_crc_over_tcp(tmp_path):
    row, = [row for row in ROWS if "amanda.dump.crc_wrong" in row[1]]
    capture = Capture()
    tcp = connection(capture)
    data = streams.tar()
    tcp.data(packet("REQ", 1, test_framed.REQ), from_responder=False)
    tcp.data(packet("REP", 1, test_framed.CONNECT))
    tcp.data(packet("ACK", 1), from_responder=False)
    tcp.data(frame(499999, data) + frame(499999))
    tcp.data(frame(499998, streams.mesg(data, crc=1)) + frame(499998) + frame(499997))
    tcp.close()
    assert shown(capture.write(tmp_path / "crc.pcap"), row)
