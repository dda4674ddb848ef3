# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs Wireshark's programs with the plugin of the build tree, and reads what they say of each frame.

AMANDA_BUILD_DIR names the build tree; CTest sets it. What a capture was read as is kept for the tests that follow.
"""

import inspect
import json
import os
import re
import tempfile
import xml.etree.ElementTree as ElementTree
from decimal import Decimal
from functools import lru_cache, wraps
from pathlib import Path

import forkserver

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("AMANDA_BUILD_DIR", ROOT / "build")).resolve()
SANITIZED = (BUILD / "preload").exists()  # with AMANDA_SANITIZE
FORK_SERVER = BUILD / "plugin/tests/libfork-server.so"
CAPTURES = ROOT / "test-captures"
GENERATED = CAPTURES / "generated"

# What stands in every Amanda packet, and what an expected list tells besides: fields with a value, and the rest
HEADER = "type", "handle", "seq", "verdict"
FRAME_NUMBERS = ("response_in", "response_to", "ack_in", "retransmission_of", "rep.mistaken_for", "rep.closed_in",
                 "rep.asked_of", "ack.accepted", "copy_of")
BOOLEANS = "retransmission", "rep.unmatched"
NOTES = ("req.retransmission", "req.late_copy", "rep.retransmission", "nak.unexpected", "nak.ignored", "ack.duplicate",
         "ack.unknown", "ack.no_reply", "rep.out_of_order", "copied")
WARNINGS = "rep.stale", "rep.seq_mismatch", "rep.no_request"
ERRORS = "ack.stale_accepted",
MARKS = BOOLEANS + NOTES + WARNINGS + ERRORS
LISTED = FRAME_NUMBERS + ("time", "service", "rep.closed_by") + MARKS

# Those of the plugin that -z and Statistics have
TABLES = "srt", "rtd", "tree", "exchanges", "losses"

# Unlikely in any value
SEPARATOR, AGGREGATOR = "\x1e", "\x1f"


def asked_once(function):
    """lru_cache takes an argument that is given by its name, or left out, for another than the same one in its place."""
    cached, signature = lru_cache(maxsize=None)(function), inspect.signature(function)

    @wraps(function)
    def ask(*arguments, **named):
        bound = signature.bind(*arguments, **named)
        bound.apply_defaults()
        return cached(*bound.args)

    return ask


def run(program, *arguments, plugin=True, check=True, input=None):
    """What the program printed, with the plugin or without it."""
    build = build_with_plugin() if plugin else build_without_plugin()
    result = run_in(build, program, *arguments, input=input)
    if check:
        assert result.returncode == 0, f"{program} {arguments}: status {result.returncode}\n{result.stderr}"
        assert not re.search(r"Dissector bug|CRITICAL|WARNING", result.stderr), result.stderr
    return result


def run_in(build, program, *arguments, input=None):
    """Any bug that Wireshark finds in a dissector ends the program."""
    result = run_bytes(build, program, *arguments, input=None if input is None else input.encode())
    result.stdout, result.stderr = text_of(result.stdout), text_of(result.stderr)
    return result


def run_bytes(build, program, *arguments, input=None):
    """The same, and what it printed as it printed it."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "WIRESHARK_ABORT_ON_DISSECTOR_BUG": "1",
                   "WIRESHARK_ABORT_ON_TOO_MANY_ITEMS": "1"}
    return forkserver.run(FORK_SERVER, Path(build), program, arguments, environment, input)


def text_of(output):
    """As Python reads text: lines end with \\n."""
    return output.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


@lru_cache(maxsize=None)
def build_with_plugin():
    """Nothing means anything if Wireshark does not load the plugin."""
    result = run_in(BUILD, "tshark", "-G", "plugins")
    assert "amanda.so" in result.stdout, f"tshark does not load the plugin from {BUILD}:\n{result.stderr}"
    return BUILD


@lru_cache(maxsize=None)
def build_without_plugin():
    """A build tree whose plugin is for no version of Wireshark, so that none is loaded, not even an installed one."""
    build = tempfile.TemporaryDirectory(prefix="amanda-no-plugin-")
    build_without_plugin.keep = build  # until the end
    Path(build.name).chmod(0o755)
    decoy = Path(build.name, "plugins", "none", "epan", "amanda.so")
    decoy.parent.mkdir(parents=True)
    decoy.touch()
    assert "amanda.so" not in run_in(build.name, "tshark", "-G", "plugins").stdout
    return Path(build.name)


def tshark(*arguments, **how):
    return run("tshark", "-n", *arguments, **how).stdout


def table_options(display_filter=None):
    """What makes tshark print all tables of the plugin, of all packets or of those that a filter lets through."""
    with_filter = f",{display_filter}" if display_filter else ""
    return [word for table in TABLES for word in ("-z", f"amanda,{table}{with_filter}")]


# ---------------------------------------------------------------------------------------------------------------------
# Fields


@lru_cache(maxsize=None)
def list_of_fields():
    """All that tshark -G fields says."""
    return run("tshark", "-G", "fields").stdout


@lru_cache(maxsize=None)
def known_names():
    """Of all fields, expert infos and preferences of the plugin; of other protocols, of the fields only."""
    names = {line.split("\t")[2] for line in list_of_fields().splitlines()}
    preferences = run("tshark", "-G", "defaultprefs").stdout
    return names | set(re.findall(r"^#?(amanda\.\w+):", preferences, re.MULTILINE))


@asked_once
def read_fields(capture, names, options=(), passes=2, plugin=True):
    """One dictionary of the values of these fields for each frame, by frame number; what is not there is left out."""
    names = ("frame.number", *names)
    output = tshark(*["-2"] * (passes == 2), "-r", capture, *options, "-T", "fields", "-E", f"separator={SEPARATOR}",
                    "-E", f"aggregator={AGGREGATOR}", "-E", "occurrence=a",
                    *[word for name in names for word in ("-e", name)], plugin=plugin)
    frames = {}
    for line in filter(None, output.split("\n")):
        values = {name: value.split(AGGREGATOR) for name, value in zip(names, line.split(SEPARATOR)) if value}
        frames[int(values.pop("frame.number")[0])] = values
    return frames


COLUMNS = "_ws.col.Protocol", "_ws.col.Info"
EXPERT = "_ws.expert.message", "_ws.expert.severity"

# Only packets of the framed TCP transports have it. They have the links, but no verdict, and no expected list has them.
FRAMED = "amanda.frame.handle"


def read_all(capture, options=(), passes=2, plugin=True):
    """The columns and all fields of the lists at once, for most of the time goes into starting tshark."""
    fields = FRAMED, *(f"amanda.{name}" for name in ("version", *HEADER, *LISTED))
    return read_fields(capture, COLUMNS + EXPERT + (fields if plugin else ()), options, passes, plugin)


def read_columns(capture, options=(), passes=2, plugin=True):
    """(Protocol, Info) of each frame, by frame number."""
    return {number: tuple(fields.get(name, [""])[0] for name in COLUMNS)
            for number, fields in read_all(capture, options, passes, plugin).items()}


def read_listed(capture, options=(), passes=2):
    """What an expected list tells, of every frame with an Amanda packet: name without "amanda.": value."""
    frames = {}
    for number, fields in read_all(capture, options, passes).items():
        packet = {}
        for field, values in fields.items():
            if field in COLUMNS + EXPERT or FRAMED in fields:
                continue
            assert len(values) == 1, f"{field} more than once in frame {number}: {values}"
            name = field[len("amanda."):]
            packet[name] = listed_value(name, values[0])
        if packet:
            frames[number] = packet
    return frames


def listed_value(name, text):
    """As a value that does not depend on the version of tshark or on who wrote the list."""
    if name in MARKS:
        assert text in ("1", "True"), f"{name} is {text}"
        return True
    if name == "time":
        return Decimal(text)
    if name in FRAME_NUMBERS:
        return int(text)
    return text.replace(" ", "_") if name == "rep.closed_by" else text


def read_expected(path):
    """An expected list, in the same form. The format is described in judge.py."""
    frames = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            number, *packet = expected_packet(line)
            assert number not in frames, f"frame {number} twice in {path.name}"
            frames[number] = packet[0]
    return frames


def expected_packet(line):
    number, *header, rest = (line.rstrip("\n").split("\t") + [""])[:6]
    packet = {name: value for name, value in zip(HEADER, header) if value != "-"}
    for word in rest.split():
        name, equals, value = word.partition("=")
        assert name in LISTED, f"unknown field in an expected list: {name}"
        packet[name] = listed_value(name, value if equals else "1")
    return int(number), packet


def differences(expected, found, names=HEADER + LISTED):
    """Where two readings differ, in words. What is not listed must say nothing but what its bytes say: a malformed
    header before it goes wrong, or what an ICMP error quotes."""
    lines = []
    for number in sorted({*expected, *found}):
        want, have = expected.get(number, {}), found.get(number, {})
        for name in names:
            if name in ("type", "handle", "seq") and name not in want or name == "service" and number not in expected:
                continue
            if want.get(name) != have.get(name):
                lines.append(f"frame {number}: {name} is {have.get(name, '-')}, expected {want.get(name, '-')}")
    return lines


def assert_same(expected, found, names=HEADER + LISTED):
    lines = differences(expected, found, names)
    assert not lines, "\n".join([f"{len(lines)} differences:", *lines[:20]])


# ---------------------------------------------------------------------------------------------------------------------
# Other forms of output


class Field:
    """A field as PDML has it: its place among the bytes of the frame, its value, and the fields below it."""

    def __init__(self, element):
        self.name, self.text = element.get("name"), element.get("show")
        self.label = element.get("showname") or element.get("show")
        self.position, self.size = int(element.get("pos") or 0), int(element.get("size") or 0)
        self.bytes = bytes.fromhex(element.get("value") or "")
        self.below = [Field(child) for child in element if child.tag in ("field", "proto")]

    def walk(self):
        yield self
        for field in self.below:
            yield from field.walk()


@asked_once
def read_pdml(capture, options=(), passes=2):
    """The Amanda packets of each frame, by frame number. All other protocols are most of what would be to be read."""
    output = tshark(*["-2"] * (passes == 2), "-r", capture, *options, "-T", "pdml", "-J", "amanda")
    frames = {}
    for number, packet in enumerate(ElementTree.fromstring(output).iter("packet"), 1):
        protocols = [Field(proto) for proto in packet.iter("proto") if proto.get("name") == "amanda"]
        if protocols:
            number = next(int(field.get("show")) for field in packet.iter("field") if field.get("name") == "num")
            frames[number] = protocols
    return frames


def count(capture, display_filter, options=()):
    """How many frames a display filter lets through."""
    return len(tshark("-r", capture, *options, "-Y", display_filter, "-T", "fields", "-e", "frame.number").split())


class Sharkd:
    """What Wireshark's window would show: the file is loaded once, then frames are dissected again in any order."""

    def __init__(self, capture):
        self.capture = capture

    def ask(self, requests):
        """requests: (method, parameters). The results, in the same order."""
        load = ("load", {"file": str(self.capture)})
        lines = [json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": parameters})
                 for number, (method, parameters) in enumerate([load, *requests], 1)]
        output = run("sharkd", "-", input="\n".join(lines) + "\n").stdout
        answers = {}
        for line in filter(None, output.split("\n")):
            if line.startswith("{"):
                answer = json.loads(line)
                assert "error" not in answer, answer
                answers[answer["id"]] = answer["result"]
        assert sorted(answers) == list(range(1, len(lines) + 1))
        return [answers[number] for number in range(2, len(lines) + 1)]

    def frames(self, numbers):
        """Tree and columns of these frames, dissected one after the other."""
        return self.ask([("frame", {"frame": number, "proto": True, "columns": True}) for number in numbers])


def nodes(tree):
    for node in tree:
        yield node
        yield from nodes(node.get("n", ()))


def listed_in_tree(tree):
    """The same as read_listed() has of a frame, from sharkd's tree: each node has a filter for its own value."""
    packet = {}
    for node in nodes(tree):
        name, _, value = node.get("f", "").partition(" == ")
        name = name[len("amanda."):] if name.startswith("amanda.") else None
        if name in ("version", *HEADER, *LISTED):
            assert name not in packet, f"{name} twice"
            packet[name] = listed_value(name, value.strip('"') or "1")
    return packet
