# SPDX-License-Identifier: GPL-2.0-or-later
"""Every byte of every datagram must belong to a field that says what it is, byte against byte, from PDML.

A byte counts where a field of ours selects it that is more than a line of text or a container of others, or where it is
one of the words of the grammar (OPTIONS, hostname=, <disk>, ...) that stand between the values. White space does not
count. Run as a program, with captures as arguments, this prints what it finds.
"""

import re
import sys
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

import packets
import tshark

LEAST = 0.99

# Fields that select more than one value, and the words that may stand between those values. What is in no other field
# is in "amanda".
ELEMENTS = ("dle program backup-program plugin property name value priority client_name estimate calcsize disk "
            "diskdevice level server dumpdate spindle auth compress custom-compress-program encrypt "
            "custom-encrypt-program decrypt-option record index kencrypt datapath directtcp exclude include file list "
            "optional script execute_where execute_on").split()
TAGS = r'<(?:%s)(?:\s+encoding="raw"\s+raw="|>)|">|</(?:%s)>' % ("|".join(ELEMENTS), "|".join(ELEMENTS))
OPTIONS = r"[;|]|[A-Za-z-]+="
WORDS = {
    "amanda": r"Amanda\b|HANDLE\b|SEQ\b|SECURITY\b|SERVICE\b|PROGRAM\b",
    "amanda.security": r"USER\b|TICKET\b|MUTUAL-AUTH\b",
    "amanda.body": r"G?OPTIONS\b",
    "amanda.body.line": r"(?!)",
    "amanda.options": OPTIONS,
    "amanda.dle": TAGS + r"|OPTIONS\b|DATESTAMP\b|(?:ex|in)clude-(?:file|list)=",
    "amanda.dle.application": TAGS,
    "amanda.dle.exclude": TAGS,
    "amanda.dle.include": TAGS,
    "amanda.dle.script": TAGS + "|,",
    "amanda.dle.property": TAGS,
    "amanda.dle.element": r"<[^<>]*>",
    "amanda.dle.options": OPTIONS,
    "amanda.connect": r"CONNECT\b",
    "amanda.retry": r"RETRY\b|delay\b|level\b|message\b",
    "amanda.estimate": r"SIZE\b|ERROR\b|WARNING\b",
    "amanda.error.line": r"(?:A )?ERROR\b|[][]",
    "amanda.warning.line": r"WARNING\b|[][]",
    "amanda.selfcheck.ok": r"OK\b|version\b|distro\b|platform\b|disk\b|[\w-]*version\b|dir\b|'"
                           r"|has more than|KB available\.?|\((?=ruid:)|[re]uid:|\)",
    "amanda.messages": r"MESSAGE\b|[][,]",
    "amanda.message": r'(?:source_filename|source_line|severity|process|running_on|component|module|code|merrno|'
                      r'errnocode|errnostr|message|hint)(?=")|[{}:,"]',
    "amanda.message.argument": r'[][{}:,"]',
}
WORDS = {field: re.compile(words.encode()) for field, words in WORDS.items()}


def datagrams(capture):
    """(frame number, payload, field of all of it) of every Amanda datagram with a whole header line, but for those that
    ICMP errors quote, and copies of what came before."""
    seen = {}
    # All other protocols are most of what is to be read.
    output = tshark.tshark("-2", "-r", capture, "-T", "pdml", "-Y", "amanda", "-J", "udp amanda")
    for packet in ElementTree.fromstring(output).iter("packet"):
        number = next(int(field.get("show")) for field in packet.iter("field") if field.get("name") == "num")
        payloads = [tshark.Field(field) for field in packet.iter("field") if field.get("name") == "udp.payload"]
        for proto in packet.iter("proto"):
            if proto.get("name") != "amanda":
                continue
            whole = tshark.Field(proto)
            names = {field.name for field in whole.walk()}
            if "amanda.icmp.kind" in names:
                continue  # a quote, whose words are explained where they were said
            copied = next((int(field.text) for field in whole.walk() if field.name == "amanda.copy_of"), None)
            if copied:
                assert seen[copied] == whole.size, f"{number} is no copy of {copied}"
                continue  # the same words again, which are explained there
            seen[number] = max(whole.size, seen.get(number, 0))  # what is told of a frame has no bytes
            for payload in payloads:
                if payload.position == whole.position and not names & {"amanda.header.cut", "amanda.header.malformed"}:
                    yield number, payload.bytes, whole


def owners(payload, whole):
    """The name of the innermost field that selects each byte."""
    names = ["amanda"] * len(payload)

    def mark(field):
        start = field.position - whole.position
        if field.name.startswith("amanda.") and field.size and 0 <= start and start + field.size <= len(payload):
            names[start:start + field.size] = [field.name] * field.size
        for below in field.below:
            # What belongs to an expert info is a remark, not a value.
            if below.name != "_ws.expert":
                mark(below)

    for field in whole.below:
        mark(field)
    return names


def unexplained(payload, names):
    """Offsets of the bytes that neither a value nor the grammar accounts for."""
    offsets = set()
    start = 0
    while start < len(payload):
        end = start
        while end < len(payload) and names[end] == names[start]:
            end += 1
        if names[start] in WORDS:
            rest = set(range(start, end))
            for word in WORDS[names[start]].finditer(payload, start, end):
                rest -= set(range(*word.span()))
            offsets |= {offset for offset in rest if not payload[offset:offset + 1].isspace() and payload[offset]}
        start = end
    return offsets


@lru_cache(maxsize=None)
def measure_each(capture):
    """(frame number, types, payload, offsets of unexplained bytes) of every datagram."""
    return [(number, {field.text for field in whole.walk() if field.name == "amanda.type"}, payload,
             unexplained(payload, owners(payload, whole))) for number, payload, whole in datagrams(capture)]


def measure(capture, types):
    """How many bytes there are that are not white space, and where unexplained ones are: {frame: text}."""
    total, missing, where = 0, 0, {}
    for number, own_types, payload, offsets in measure_each(capture):
        if not own_types & types:
            continue
        total += len(payload) - sum(payload[i:i + 1].isspace() or not payload[i] for i in range(len(payload)))
        missing += len(offsets)
        if offsets:
            where[number] = bytes(payload[offset] for offset in sorted(offsets)).decode("utf-8", "replace")
    return total, missing, where


def name(path):
    return f"{path.parent.name}/{path.stem}"


CAPTURES = sorted(tshark.CAPTURES.glob("*/*.pcap"))
# Requests that are made to be something other than what Amanda sends
STRANGE = {"generated/odd-headers", "generated/truncated-snaplen"}


def check(capture, types):
    total, missing, where = measure(capture, types)
    assert missing <= (1 - LEAST) * total, f"{missing} of {total} bytes: {where}"


@pytest.mark.parametrize("capture", [path for path in CAPTURES if name(path) not in STRANGE], ids=name)
def test_every_byte_of_requests(capture):
    check(capture, {"REQ"})


@pytest.mark.parametrize("capture", [path for path in CAPTURES if name(path) not in STRANGE], ids=name)
def test_every_byte_of_replies(capture):
    check(capture, {"ACK", "PREP", "REP", "NAK"})


def test_the_measure_finds_what_is_only_a_line_of_text(tmp_path):
    """And white space does not count."""
    path = tmp_path / "text.pcap"
    text = b"Amanda 3.5 REQ HANDLE h SEQ 1\nSECURITY USER amanda\nSERVICE frobnicate\nOPTIONS hostname=h;\nFROB it\n"
    packets.write_pcap(path, [(10**15, packets.ethernet(packets.udp(
        ("192.0.2.1", 842), ("192.0.2.2", 10080), text)))])
    assert measure(path, {"REQ"}) == (len(text) - sum(map(text.count, (b" ", b"\n"))), 6, {1: "FROBit"})


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        for kind in {"REQ"}, {"ACK", "PREP", "REP", "NAK"}:
            everything, lost, places = measure(Path(argument), kind)
            share = 100 * (1 - lost / everything) if everything else 100
            print(f"{share:6.2f} % of {everything:7} bytes  {'/'.join(sorted(kind)):17} {Path(argument).name}")
            for frame, text in list(places.items())[:3]:
                print(f"         frame {frame}: {text[:150]!r}")
