#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes reports/: what people have reported of Amanda and of captures elsewhere, made again with other names.

    reports.py [DIRECTORY]
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "plugin/tests"))

import packets  # noqa: E402
import streams  # noqa: E402
from streams import Capture, Connection, FEATURES  # noqa: E402

SERVER, CLIENT = ("192.0.2.1", 848), ("192.0.2.2", 10080)
OLD = "fffffeff9ffe0f"
HANDLE = "000-00000001"
REPORTS = {}


def report(function):
    REPORTS[function.__name__.replace("_", "-")] = function
    return function


def say(capture, source, destination, version, type, seq, body=""):
    text = f"Amanda {version} {type} HANDLE {HANDLE} SEQ {seq}\n{body}"
    return capture.see(packets.udp(source, destination, text.encode()))


def served(capture, seq, request, reply, version="3.5", reply_version=None):
    """A request by UDP that is acknowledged and answered."""
    say(capture, SERVER, CLIENT, version, "REQ", seq, f"SECURITY USER backup\n{request}")
    say(capture, CLIENT, SERVER, reply_version or version, "ACK", seq)
    say(capture, CLIENT, SERVER, reply_version or version, "REP", seq, reply)
    say(capture, SERVER, CLIENT, version, "ACK", seq)


def dumped(capture, mesg, data=b"", index=b"", disk="/srv"):
    """A dump by UDP and TCP, whose client says this."""
    capture.exchange(7, "DATA 50023 MESG 50024 INDEX 50025", disk)
    lines = [Connection(capture, port, source=50000 + port % 10) for port in (50023, 50024, 50025)]
    for connection, content in zip(lines, (data, mesg, index)):
        connection.pieces(content)
    for connection in lines:
        connection.close()


def frame(type, handle, text, end=b"\0"):
    payload = bytes([("REQ", "REP", "PREP", "ACK", "NAK").index(type)]) + text.encode() + end
    return len(payload).to_bytes(4, "big") + handle.to_bytes(4, "big") + payload


NOOP = f"SECURITY USER backup\nSERVICE noop\nOPTIONS features={FEATURES};\n"


def framed(capture, *dialogue, source=516):
    connection = Connection(capture, 10080, source=source)
    for from_responder, data in dialogue:
        connection.data(data, from_responder)
    connection.close()


@report
def runtar_option(capture):
    """The runtar of a distribution's 3.5.1 refuses an option that sendbackup gives it."""
    dumped(capture, b"sendbackup: start [client:/srv level 1]\nsendbackup: info BACKUP=/bin/tar\nsendbackup: info end\n"
           b"? runtar: error [runtar invalid option: -]\nsendbackup: error [no backup size line]\n")


@report
def two_terabytes(capture):
    """A disk of more than 2^31 KiB: estimate and dump."""
    served(capture, 5, f"SERVICE sendsize\nOPTIONS features={FEATURES};hostname=client;\n<dle>\n  <program>GNUTAR</program>\n"
           "  <disk>/srv</disk>\n  <level>0</level>\n</dle>\n", f"OPTIONS features={FEATURES};\n/srv 0 SIZE 3221225473\n")
    dumped(capture, b"sendbackup: start [client:/srv level 0]\nsendbackup: info BACKUP=/bin/tar\nsendbackup: info end\n"
           b"| Total bytes written: 3298534884352 (3.0TiB, 90MiB/s)\nsendbackup: size 3221225473\nsendbackup: end\n",
           b"the archive", b"/\n")


@report
def did_not_resolve(capture):
    """amandad cannot resolve the server's address to its name, and refuses the connection before it has read anything."""
    framed(capture, (True, frame("NAK", 1, "server.example: did not resolve to server.example", b"")),
           (False, frame("REQ", 3, NOOP)))
    framed(capture, (False, frame("REQ", 1, NOOP)), (True, frame("NAK", 1, "etnameinfo failed: Temporary failure in name "
                                                                           "resolution", b"")), source=517)


@report
def windows_client(capture):
    """The client for Windows of Amanda's vendor."""
    served(capture, 9, f"SERVICE noop\nOPTIONS features={FEATURES};\n", "OPTIONS features=ff7ffeff9cfeffffd3cf1300;\n",
           reply_version="2.6")


@report
def localhost(capture):
    """A disklist that names localhost: the client takes the server for somebody else."""
    served(capture, 3, f"SERVICE selfcheck\nOPTIONS features={OLD};hostname=localhost;\nGNUTAR /home 0 OPTIONS |;bsd-auth;\n",
           "ERROR [access as amanda not allowed from amanda@localhost.example] amandahostsauth failed\n", "2.4")


@report
def ip_list(capture):
    """The client's address for the server's name is another one."""
    served(capture, 4, f"SERVICE selfcheck\nOPTIONS features={OLD};hostname=client;\nGNUTAR /home 0 OPTIONS |;bsd-auth;\n",
           "ERROR [ip address 192.0.2.1 is not in the ip list for server.example]\n", "2.4")


@report
def amandad_cannot_start(capture):
    """inetd starts amandad as the wrong user; a library is missing; and a web server has the port."""
    framed(capture, (False, frame("REQ", 1, NOOP)),
           (True, b'amandad: error: running as user "root" instead of "amandabackup"\n'))
    framed(capture, (True, b"amandad: error while loading shared libraries: libamglue-3.so: cannot open shared object file\n"),
           (False, frame("REQ", 1, NOOP)), source=517)
    framed(capture, (False, frame("REQ", 1, NOOP)), (True, b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"), source=518)


@report
def auth_differs(capture):
    """auth bsdtcp at the server and ssl at the client; then the other way round; then ssl to one that says nothing."""
    hello = bytes.fromhex("160301002f0100002b0303") + bytes(32) + bytes.fromhex("000004130213010100")
    framed(capture, (False, frame("REQ", 1, NOOP)), (True, bytes.fromhex("15030100020246")))
    framed(capture, (False, hello), (True, frame("NAK", 1, "etnameinfo failed: Name or service not known", b"")), source=517)
    capture.wait(60)
    framed(capture, (False, hello), source=518)


@report
def keepalive(capture):
    """Keep-alive segments of TCP carry a byte that was sent before, or some other byte, in the middle of MESG."""
    capture.exchange(7, "DATA 50023 MESG 50024 INDEX 50025", "/srv")
    data, mesg, index = [Connection(capture, port, source=50000 + port % 10) for port in (50023, 50024, 50025)]
    content = streams.tar(2048)
    said = streams.mesg(content, "/srv")
    mesg.data(said[:70])
    for byte in (said[69:70], b"\0"):
        mesg.segment(packets.ACK, mesg.next[True] - 1, byte)
        mesg.send(packets.ACK, from_responder=False)
        data.segment(packets.ACK, data.next[True] - 1, byte)
        data.send(packets.ACK, from_responder=False)
        capture.wait(7200)
    data.data(content)
    mesg.data(said[70:])
    index.data(b"/\n")
    for connection in (data, mesg, index):
        connection.close()


@report
def other_segments(capture):
    """Segments that are sent again, cut in other places."""
    capture.exchange(7, "DATA 50023 MESG 50024 INDEX 50025", "/srv")
    data, mesg, index = [Connection(capture, port, source=50000 + port % 10) for port in (50023, 50024, 50025)]
    content = streams.tar(4096)
    said = streams.mesg(content, "/srv")
    for connection, bytes_of_it in ((data, content), (mesg, said)):
        first = connection.next[True]
        third = len(bytes_of_it) // 3
        for begin, end in ((0, third), (third, 2 * third), (0, 2 * third), (third - 5, third + 5), (third, len(bytes_of_it)),
                           (0, len(bytes_of_it))):
            connection.segment(packets.PSH | packets.ACK, first + begin, bytes_of_it[begin:end])
        connection.next[True] = first + len(bytes_of_it)
        connection.send(packets.ACK, from_responder=False)
    index.data(b"/\n")
    for connection in (data, mesg, index):
        connection.close()


def write_all(directory):
    for name, function in REPORTS.items():
        capture = Capture()
        function(capture)
        capture.write(Path(directory) / f"{name}.pcap")


if __name__ == "__main__":
    write_all(sys.argv[1] if len(sys.argv) > 1 else HERE / "reports")
