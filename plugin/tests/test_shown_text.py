# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing out of a packet moves the cursor of a terminal, sets its title, changes the direction of writing, or prints a packet
that does not exist: whatever word of whatever kind of packet holds such bytes, and in whatever output it is shown.

Each word of each kind of packet is a variant of its own, all of them in one capture. Wireshark itself shows what is in a
plain string field, and lets line separators through there: that is not the plugin's.
"""

import base64
import re
import unicodedata

import pytest

import packets
import streams
import tshark
from streams import CLIENT, FEATURES, SERVER, Capture, Connection

CONTROLS = [*range(1, 0x20), 0x7F, *range(0x80, 0xA0)]
DIRECTIONS = [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
SEPARATORS = [0x2028, 0x2029]
WHITE = "\t\n\v\f\r"
FORGED = "\n  FORGED 0.000000 192.0.2.9"
ALL = "".join(map(chr, CONTROLS + DIRECTIONS + SEPARATORS))
BAD = b"\xff\xc3(\xed\xa0\x80"  # no UTF-8

# What is put into each word: all that does not end it, and what may end the line
HOSTILE = ["".join(c for c in ALL if c not in WHITE).encode() + BAD, (FORGED + WHITE + FORGED).encode()]
LONG = b"\xc3\xa4" * 500  # no label, and no cell, may end within such a letter

OPTIONS = f"OPTIONS features={FEATURES};maxdumps=1;hostname=h;config=c;timestamp=20261122063431;auth=bsd;x=y;\n"
XML = ("<dle>\n  <program>APPLICATION</program>\n  <backup-program>\n    <plugin>amgtar</plugin>\n    <property>\n      "
       "<name>N</name>\n      <value>V</value>\n    </property>\n  </backup-program>\n  <disk>/home</disk>\n  <level>0</level>\n"
       "  <exclude>\n    <file>./x</file>\n  </exclude>\n  <unknown>element</unknown>\n</dle>\n")
CODED = ('<dle>\n  <program>GNUTAR</program>\n  <disk encoding="raw" raw="%s">/home</disk>\n  <level>0</level>\n</dle>\n'
         % base64.b64encode((ALL + FORGED).encode() + BAD).decode())
MESSAGE = ('MESSAGE JSON\n[\n  {\n    "source_filename" : "selfcheck.c",\n    "severity" : "error",\n    "code" : "3600071",\n'
           '    "message" : "Could not access",\n    "disk" : "/home",\n    "list" : [ "a", { "b" : "c" } ]\n  }\n]\n')
ESCAPED = MESSAGE.replace("Could", "".join(f"\\u{ord(c):04x}" for c in ALL + FORGED)).replace("/home", "\\u001b]0;x\\u0007")

REQUESTS = {
    "noop": OPTIONS,
    "selfcheck": OPTIONS + 'GNUTAR "/my disk" /dev/sda1 0 OPTIONS |;bsd-auth;compress-fast;exclude-list="./a b";no-such;\n',
    "sendsize": OPTIONS + 'GNUTAR "/a\\n b" 0 1970:1:1:0:0:0 1 OPTIONS |;auth=bsd;\nDUMP sda1 1 2020:1:1:0:0:0 -1 OPTIONS ;\n',
    "sendbackup": OPTIONS + XML,
    "ambackupd": OPTIONS + 'BACKUP "/my disk"\n',
    "amindexd": "what no service explains\n",
}
REPLIES = {
    "noop": OPTIONS + "some words\n",
    "selfcheck": OPTIONS + 'OK version 3.5.1\nOK distro Debian\nOK "/my disk"\nOK /home\nOK /bin/tar executable (ruid:0 euid:34)\n'
                 "OK /tmp has more than 64 KB available.\nOK amgtar gtar-version 1.29\nERROR [can not read /etc/x: no such file]\n"
                 "WARNING [strange things]\nsomething else\n",
    "sendsize": OPTIONS + '/home 0 SIZE 12\n"/my disk" 1 ERROR "[no dumpdate]"\n/x 0 WARNING [x y]\n/y 0 SIZE -1\n',
    "sendbackup": "CONNECT DATA 50100 MESG 50101 INDEX 50102 STATE -1\n" + OPTIONS,
    "ambackupd": 'RETRY delay 300 level 1 message "busy now"\n',
    "amindexd": "ERROR [first]\nA ERROR second\nFORMAT ERROR IN REQUEST PACKET\n",
}
MORE_REPLIES = {"selfcheck": [MESSAGE, ESCAPED], "sendsize": ["ERROR [service sendsize failed]\n"]}
NAKS = ["ERROR user not allowed from host\n", "unknown words\n"]
MESG = streams.mesg(b"x" * 10).decode() + "? strange\n| normal\nsendbackup: error [no space left]\nsendbackup: no-such thing\n"
FILE_HEADER = 'AMANDA: FILE 20261122 host "/my disk"  lev 0 comp .gz program /bin/tar\nTo restore, position tape\n\tdd if=<tape>\n'


def words(text):
    return [match.start() for match in re.finditer(rb"[^\s<>=\"';,:\[\]{}]+", text)]


def variants(text, hostile):
    text = text.encode()
    for at in words(text):
        yield text[:at + 1] + hostile + text[at + 1:]


class Session(Capture):
    seq = 0

    def packet(self, source, destination, type, body, handle=b"000-00000000"):
        header = b"Amanda 3.5 %s HANDLE %s SEQ %d\n" % (type, handle, self.seq)
        self.see(packets.udp(source, destination, header + body))

    def exchange_of(self, service, request, reply, type=b"REP", handle=b"000-00000000"):
        """What is in the first packet may be shown again in all others."""
        self.seq += 1
        self.packet(SERVER, CLIENT, b"REQ", b"SECURITY USER amanda\nSERVICE %s\n" % service + request, handle)
        self.packet(CLIENT, SERVER, b"ACK", b"", handle)
        self.packet(CLIENT, SERVER, type, reply, handle)
        self.packet(SERVER, CLIENT, b"ACK", b"", handle)


def datagrams(hostile):
    capture = Session()
    for service, request in REQUESTS.items():
        plain, name = request.encode(), service.encode()
        for body in variants(request, hostile):
            capture.exchange_of(name, body, REPLIES[service].encode())
        for text in [REPLIES[service], *MORE_REPLIES.get(service, [])]:
            for body in variants(text, hostile):
                capture.exchange_of(name, plain, body)
        for text in NAKS:
            for body in variants(text, hostile):
                capture.exchange_of(name, plain, body, b"NAK")
        capture.exchange_of(name[:1] + hostile + name[1:], plain, REPLIES[service].encode())
        capture.exchange_of(name, plain, REPLIES[service].encode(), handle=b"h" + hostile.translate(None, b" \t\n\v\f\r"))
    capture.exchange_of(b"sendbackup", CODED.encode(), REPLIES["sendbackup"].encode())
    capture.exchange_of(b"selfcheck", b"", ESCAPED.encode())
    capture.packet(SERVER, CLIENT, b"R" + hostile, b"")
    return capture


def framed(type, handle, body):
    return len(b"%c%s\0" % (type, body)).to_bytes(4, "big") + handle.to_bytes(4, "big") + b"%c%s\0" % (type, body)


def connections(hostile):
    capture, port = Capture(), 20000
    for name, text in (("MESG", MESG), ("INDEX", "/dir/a name\n"), ("STATE", "12 /dir/a name\n"), ("DATA", FILE_HEADER)):
        for body in variants(text, hostile):
            port += 1
            capture.exchange(port, f"{name} {port}")
            connection = Connection(capture, port)
            connection.data(body if name != "DATA" else body.ljust(32768, b"\0")[:32768])
            connection.close()
    for text in ("SCNF daily\r\n", "200 Config set to daily.\r\n", "500 Command not recognised: FOO\r\n", "501 no\r\n"):
        for body in variants(text, hostile):
            port += 1
            connection = Connection(capture, 10082, source=port)
            connection.data(b"220 srv AMANDA index server (3.5.1) ready.\r\n")
            connection.data(b"FEATURES ff\r\n" if text[0].isdigit() else body, from_responder=False)
            connection.data(body if text[0].isdigit() else b"200 ok\r\n")
    for service, request in REQUESTS.items():
        reply = REPLIES[service].encode()
        request = f"SECURITY USER amanda\nSERVICE {service}\n" + request
        for body, answer in [*((body, reply) for body in variants(request, hostile)),
                             *((request.encode(), body) for body in variants(REPLIES[service], hostile))]:
            port += 1
            connection = Connection(capture, 10080, source=port)
            connection.data(framed(0, 1, body), from_responder=False)
            connection.data(framed(3, 1, b"") + framed(1, 1, answer))
            connection.data(framed(3, 1, b""), from_responder=False)
    for body in variants("amandad: no such user\n", hostile):
        port += 1
        connection = Connection(capture, 10080, source=port)
        connection.data(framed(0, 1, REQUESTS["noop"].encode()), from_responder=False)
        connection.data(body)
    return capture


def printed(path, *arguments):
    """All output, which must be UTF-8, in lines."""
    result = tshark.run_bytes(tshark.build_with_plugin(), "tshark", "-n", "-r", path, *arguments)
    assert result.returncode == 0 and b"Dissector bug" not in result.stderr
    return result.stdout.decode("utf-8").split("\n")


def is_hostile(character, but=()):
    return ord(character) not in but and (unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp"))


@pytest.mark.parametrize("hostile", [*HOSTILE, LONG], ids=["controls", "lines", "long"])
@pytest.mark.parametrize("make", [datagrams, connections])
def test_nothing_is_printed_raw(tmp_path, make, hostile):
    path = make(hostile).write(tmp_path / "hostile.pcap")
    frames = len(make(hostile).frames)
    listed = printed(path, "-2")
    assert len(listed) == frames + 1, "a line for each frame"
    for kind, lines, allowed in (("list", listed, ()), ("-V", printed(path, "-V"), (*SEPARATORS, 0x200B)),
                                 ("tables", printed(path, "-q", *tshark.table_options(), "-z", "amanda,outcomes"), ())):
        for line in lines:
            # Since 4.2 Wireshark lets marks of direction through where it cuts the label of a plain string field.
            passing = (*allowed, *DIRECTIONS) if kind == "-V" and " […]: " in line else allowed
            # What Python calls printable is of no such category, and nearly every line is that.
            assert line.isprintable() or not any(is_hostile(character, passing) for character in line), f"{kind}: {line!r}"
            assert not re.match(r"\s*FORGED", line), f"{kind}: {line!r}"
