"""Every command in batch.md runs as it stands there and prints what stands below it; and the index template fits what
tshark writes for an index."""

import json
import re
from datetime import datetime

import pytest

import documents
import tshark

PAGE = documents.TEXTS["plugin/doc/batch.md"]
TEMPLATE = tshark.ROOT / "plugin/doc/elastic-mapping.json"

# No index runs here. This stands for one: it takes what is sent, and keeps it.
CURL = """#!/bin/sh
for word; do
    case $word in @*) cp "${word#@}" "sent-${word#@}" ;; http*) echo "$word" >>asked ;; esac
done
"""

# A sanitizer's library, which tshark needs for a plugin built with it, hangs mergecap (see with-plugin.sh).
MERGECAP = """#!/bin/sh
exec env -u LD_PRELOAD "PATH=${PATH#*:}" mergecap "$@"
"""


def typed(block):
    """(command, what stands below it): a command goes on behind a backslash, a pipe, an open quote or here-document."""
    found, lines = [], list(block)
    while lines:
        line = lines.pop(0)
        if not line.startswith("$ "):
            if found:
                found[-1][1].append(line)
            continue
        command = line[2:]
        end = "END" if "<<'END'" in command else None
        while lines and (end or command.endswith(("\\", "|")) or command.count("'") % 2):
            command += "\n" + lines.pop(0)
            if end and command.endswith("\n" + end):
                break
        found.append((command, []))
    return found


COMMANDS = [found for block in documents.code_blocks(PAGE, join=False) for found in typed(block)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the commands run, one after the other as a reader types them; any user may write there."""
    path = tmp_path_factory.mktemp("batch")
    for parent in (path, path.parent):
        parent.chmod(0o777)
    (path / "test-captures").symlink_to(tshark.CAPTURES)
    (path / "elastic-mapping.json").write_bytes(TEMPLATE.read_bytes())
    (path / "curl").write_text(CURL)
    (path / "mergecap").write_text(MERGECAP)
    for program in ("curl", "mergecap"):
        (path / program).chmod(0o755)
    return path


def test_there_are_commands_of_each_kind():
    text = "\n".join(command for command, _ in COMMANDS)
    for part in ("-E header=y", "xargs -0", "status $?", "-T json", "-T ek", "_bulk", "sharkd", "mergecap"):
        assert part in text, part
    assert text.count("tshark -n") > 5


@pytest.mark.parametrize("number", range(len(COMMANDS)), ids=[command.split("\n")[0] for command, _ in COMMANDS])
def test_command_prints_what_stands_below_it(folder, number):
    command, printed = COMMANDS[number]
    ended = tshark.run("sh", "-c", f'cd {folder} && PATH={folder}:$PATH:/usr/sbin && {command}')
    output = ended.stdout.splitlines()
    if printed:
        documents.assert_printed(printed, output)
    else:
        assert not output


def test_an_index_gets_the_template_and_every_packet(folder):
    """Each packet behind the line that announces it, in the form that Elasticsearch 8 takes."""
    assert (folder / "sent-elastic-mapping.json").read_bytes() == TEMPLATE.read_bytes()
    lines = [json.loads(line) for line in (folder / "sent-packets.ndjson").read_text(encoding="utf-8").splitlines()]
    assert lines and all(set(line["index"]) == {"_index"} for line in lines[::2])
    packets = tshark.read_fields(tshark.CAPTURES / "recorded/lost-ack-same-port-server.pcap", ("amanda.type",))
    streams = tshark.count(tshark.CAPTURES / "recorded/lost-ack-same-port-server.pcap", "amanda")
    assert len(lines[1::2]) == streams >= sum("amanda.type" in fields for fields in packets.values())


# ---------------------------------------------------------------------------------------------------------------------
# The index template


def properties():
    template = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    return template["template"]["mappings"]["properties"]["layers"]["properties"]["amanda"]["properties"]


def test_the_template_has_every_field():
    names = {line.split("\t")[2] for line in tshark.list_of_fields().splitlines()
             if line.startswith("F\t") and line.split("\t")[4] == "amanda"}
    mapped = set(properties()) | set(properties()["_ws_expert"]["properties"])
    assert len(names) > 250
    assert {"amanda_" + name.replace(".", "_") for name in names} <= mapped


def fits(kind, value):
    """Whether an index takes the value for this type; of strings, only whether there is one."""
    if value is None:
        return "null_value" in kind
    if kind["type"] == "boolean":
        return value in (True, False, "true", "false")
    if kind["type"] == "long":
        return bool(re.fullmatch(r"-?\d+", str(value)))
    if kind["type"] == "double":
        return bool(re.fullmatch(r"-?\d+(\.\d+)?", str(value)))
    if kind["type"] == "date":
        try:
            return bool(datetime.fromisoformat(re.sub(r"\.(\d{6})\d*Z$", r".\1+00:00", value)))
        except ValueError:
            return False
    return isinstance(value, str)


def values(layer, kinds):
    """(name, type or None, value) of all that a layer holds, but for the trees of it."""
    for name, value in layer.items():
        kind = kinds.get(name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from values(each, kind.get("properties", {}) if kind else {})
            else:
                yield name, kind, each


CAPTURES = ["recorded/lost-ack-same-port-server", "recorded/clean", "recorded/amrecover-bsd", "recorded/bsdtcp",
            "recorded/nak-client", "generated/2004-stale-reply-server", "generated/timeouts", "generated/odd-headers"]


@pytest.mark.parametrize("name", CAPTURES)
def test_every_value_fits_its_type(name):
    kinds, seen = properties(), set()
    for line in tshark.tshark("-2", "-r", tshark.CAPTURES / f"{name}.pcap", "-Y", "amanda", "-T", "ek").splitlines()[1::2]:
        # What an ICMP error quotes is inside of its layer from Wireshark 4.4 on.
        found = json.loads(line)["layers"].get("amanda", [])
        for layer in found if isinstance(found, list) else [found]:
            for field, kind, value in values(layer, kinds):
                if field.startswith("amanda_amanda_"):
                    assert kind, f"no type for {field}"
                    assert fits(kind, value), f"{field} is {value!r}, which is no {kind['type']}"
                    seen.add(field)
    assert len(seen) > 5
