# SPDX-License-Identifier: GPL-2.0-or-later
"""Every command in batch.md runs as it stands there and prints what stands below it; and the index template fits what
tshark writes for an index."""

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
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


COMMANDS = documents.typed_commands(PAGE)


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
    for part in ("to_csv.py", "outcomes.py failed", "xargs -0", "status $?", "-T json", "-T ek", "_bulk", "sharkd", "mergecap"):
        assert part in text, part
    assert text.count("tshark -n") > 4


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
# Names of files, and texts of packets

# A name begins as the plain one does, so that the recipes for folders find it. The first was a command of sed's once.
NAMES = ["|e;touch pwned;#", " two  blanks 'single' \"double\" & <2", "$(touch pwned) `touch pwned`", "back\\nslash *?[a] %s%n",
         "line\nend", "\x1b[2J\u202eeman\u009b2J", "\udcff"]
PLAIN = "lost-ack-same-port-server"


def quoted(name):
    return shlex.quote(str(name))


def run_in_folder(folder, command, check=True):
    """As bytes: a name need not be text."""
    os.chmod(folder, 0o777)
    result = subprocess.run(["sh", tshark.ROOT / "plugin/scripts/with-plugin.sh", tshark.build_with_plugin(), "sh", "-c",
                             f'cd {quoted(folder)} && PATH={quoted(folder)}:$PATH:/usr/sbin && {command}'], capture_output=True)
    assert not check or result.returncode == 0, result.stderr
    return result


def here_document(name):
    command, = (command for command, _ in COMMANDS if command.startswith(f"cat >{name} <<"))
    return command


def printable(name):
    """As a recipe for the terminal writes it"""
    name = re.sub("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", "?", name)
    return os.fsencode(name)


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """The folder of the recipes, with captures of odd names in it and in the folders that they look into"""
    path = tmp_path_factory.mktemp("odd")
    for parent in (path, path.parent):
        parent.chmod(0o777)
    (path / "mergecap").write_text(MERGECAP)
    (path / "mergecap").chmod(0o755)
    recorded = path / "test-captures/recorded"
    recorded.mkdir(parents=True)
    for name in NAMES:
        shutil.copy(tshark.CAPTURES / f"recorded/{PLAIN}.pcap", recorded / f"lost-ack-x{name}.pcap")
        shutil.copy(tshark.CAPTURES / f"recorded/{PLAIN}.pcap", recorded / f"lost-rep-x{name}.pcap")
        shutil.copy(tshark.CAPTURES / f"recorded/{PLAIN}.pcap", path / f"-{name}.pcap")
    for script in ("cells.py", "to_csv.py", "outcomes.py", "compare.py", "check.sh", "tables.py", "watch.sh"):
        run_in_folder(path, here_document(script))
    return path


def test_a_folder_is_checked_whatever_the_captures_are_called(odd):
    """One line for each reply of each capture, with a name that is no more than a name"""
    command, = (command for command, _ in COMMANDS if command.startswith("find ") and "sort -V" in command)
    lines = run_in_folder(odd, command).stdout.split(b"\n")
    assert lines.pop() == b""
    want = [b"test-captures/recorded/lost-ack-x" + printable(name) + b".pcap " + reply
            for name in NAMES for reply in (b"66 192.0.2.2\tsendsize\tSEQ mismatch", b"121 192.0.2.2\tsendsize\tstale",
                                            b"229 192.0.2.2\tsendsize\tstale", b"231 192.0.2.2\tsendsize\tstale")]
    assert sorted(line.replace(b"\t", b" ", 1) for line in lines) == sorted(want)
    assert not list(odd.rglob("*pwned"))


def test_the_line_for_cron(odd):
    line, = re.findall(r"^    0 7 \* \* \* (.*)$", PAGE, re.MULTILINE)
    assert "%" not in line, "cron takes it for a line end"
    (odd / "night").mkdir()
    for name in NAMES:
        shutil.copy(tshark.CAPTURES / "outcomes/failed-bsdudp.pcap", odd / f"night/{name}.pcap")
    command = line.replace("/var/captures", quoted(odd / "night")).replace("/usr/local/lib/amanda", quoted(odd))
    result = run_in_folder(odd, command, check=False)
    assert result.returncode == 123 and result.stdout.count(b"\n") == 4 * len(NAMES)


def test_the_loop_over_files(odd):
    command, = (command for command, _ in COMMANDS if command.startswith("for file in "))
    output = run_in_folder(odd, command).stdout
    assert all(os.fsencode(f"test-captures/recorded/lost-rep-x{name}.pcap\n") in output for name in NAMES)
    assert output.count(b"192.0.2.1") == len(NAMES)
    # As for the captures in the folder itself
    output = run_in_folder(odd, command.replace("test-captures/recorded/lost-re*.pcap", "./*.pcap")).stdout
    assert output.count(b"192.0.2.1") == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_that_is_named_gives_what_the_plain_one_gives(odd, name):
    """With a dash in front, too"""
    file = quoted(f"-{name}.pcap")
    script = f"""sh check.sh {file}; echo "status $?"
        python3 to_csv.py {file} amanda.rep.unmatched frame.number amanda.verdict
        python3 outcomes.py failed {file}; echo "status $?"
        python3 tables.py {file} | cut -c 1-60
        mergecap -w merged.pcapng ./{file} && tshark -n -r merged.pcapng -Y amanda.rep.unmatched -T fields -e frame.number"""
    lines = run_in_folder(odd, script).stdout.split(b"\n")
    assert lines[:3] == [b"./-" + printable(name) + b".pcap 66\t192.0.2.2\tsendsize\tSEQ mismatch", *(
        b"./-" + printable(name) + f".pcap {frame}\t192.0.2.2\tsendsize\tstale".encode() for frame in (121, 229))]
    assert lines[4:6] == [b"status 1", b'"frame.number","amanda.verdict"']
    assert lines[6:10] == [b'"66","SEQ mismatch"', b'"121","stale"', b'"229","stale"', b'"231","stale"']
    assert lines[10] == b"status 0"
    assert lines[11].startswith(b'[{"tap": "nstat:amanda,exchanges"') and lines[12:16] == [b"66", b"121", b"229", b"231"]


def test_a_capture_that_is_none_gives_an_error(odd):
    (odd / "none.pcap").write_text("no capture\n" * 20)
    for script in ("sh check.sh", "python3 tables.py", "python3 outcomes.py failed"):
        assert run_in_folder(odd, f"{script} none.pcap", check=False).returncode in (1, 2)
    (odd / "none.pcap").unlink()


def cut_off(folder, name, end):
    """A capture whose last packet is not there as a whole"""
    (folder / "cut.pcap").write_bytes((tshark.CAPTURES / name).read_bytes()[:end])
    return f"{folder}/cut.pcap"


def test_of_a_capture_that_was_cut_off_there_is_what_stands_before(odd):
    """tcpdump was killed, or is still at work."""
    path = cut_off(odd, f"recorded/{PLAIN}.pcap", -10)
    command = (f"sh check.sh {path}; echo status $?; python3 to_csv.py {path} amanda.rep.unmatched frame.number || echo failed; "
               f"python3 tables.py {path} >cut.json; echo status $?")
    lines = run_in_folder(odd, command).stdout.decode().splitlines()
    assert [line.removeprefix(f"{path} ").split()[0] for line in lines[:4]] == ["66", "121", "229", "231"]
    assert lines[4:] == ["status 2", '"frame.number"', '"66"', '"121"', '"229"', '"231"', "failed", "status 1"]
    assert [table["tap"] for table in json.loads((odd / "cut.json").read_text())][:2] == ["nstat:amanda,exchanges", "nstat:amanda,losses"]
    path = cut_off(odd, "outcomes/failed-bsdudp.pcap", -10)
    result = run_in_folder(odd, f"python3 outcomes.py failed {path}", check=False)
    assert result.returncode == 2 and result.stdout.count(b'"failed"') == 4
    log = tshark.CAPTURES / "outcomes/failed-bsdudp.log"
    result = run_in_folder(odd, f"python3 compare.py {log} {path}", check=False)
    assert result.returncode == 2 and result.stdout.count(b" agrees\n") == 3


# What a packet may call a disk, and what a cell is then
CELLS = {"=1+1": "'=1+1", "+1": "'+1", "-1+1": "'-1+1", "@SUM(A1)": "'@SUM(A1)", "\t=1+1": "\\t=1+1", "-12": "-12", 'a","=1+1': 'a","=1+1',
         "a;=1+1": "a;'=1+1", "/srv; =x": "/srv; '=x", "/srv/\u00e4": "/srv/\u00e4", "\x1b[2J": "\\x1b[2J", "\u202e\u2028\x9b": "\\u202e\\u2028\\x9b",
         "/srv/d-1=2": "/srv/d-1=2", "a\rb": "a\\rb"}


def test_no_cell_runs_in_a_spreadsheet_or_moves_a_cursor(odd):
    """tshark is one that has these names in its packets."""
    packets = [{"_source": {"layers": {"frame.number": [str(number)], "amanda.disk": [text]}}}
               for number, text in enumerate(CELLS)]
    (odd / "packets.json").write_text(json.dumps(packets))
    (odd / "fake").mkdir()
    (odd / "fake/tshark").write_text("#!/bin/sh\ncat packets.json\n")
    (odd / "fake/tshark").chmod(0o755)
    output = run_in_folder(odd, "PATH=fake:$PATH python3 to_csv.py x y frame.number amanda.disk").stdout.decode()
    rows = list(csv.reader(output.splitlines()))
    assert rows == [["frame.number", "amanda.disk"], *([str(number), cell] for number, cell in enumerate(CELLS.values()))]
    assert all(char.isprintable() for char in output.replace("\n", ""))


def test_check_prints_nothing_of_a_packet_that_moves_a_cursor(odd):
    (odd / "hostile").mkdir()
    (odd / "hostile/tshark").write_text("#!/bin/sh\nprintf '1\\t192.0.2.2\\tno\\033[2Jop\\302\\233\\342\\200\\256\\tstale\\n'\n")
    (odd / "hostile/tshark").chmod(0o755)
    result = run_in_folder(odd, "PATH=hostile:$PATH sh check.sh x.pcap", check=False)
    assert (result.returncode, result.stdout) == (1, b"x.pcap 1\t192.0.2.2\tno?[2Jop??\tstale\n")


# ---------------------------------------------------------------------------------------------------------------------
# Outcomes

LOGS = ["strange-bsdtcp", "failed-bsdudp", "mixed-bsdtcp", "noservice-bsd", "two_clients-bsd", "retry-ssl"]


@pytest.mark.parametrize("name", LOGS)
def test_the_table_says_what_amandas_log_says(odd, name):
    log, capture = (next((tshark.CAPTURES / "outcomes").glob(f"{name}.{kind}")) for kind in ("log", "pcap*"))
    output = run_in_folder(odd, f"python3 compare.py {log} {capture}").stdout.decode()
    assert output and all(line.endswith(" agrees") for line in output.splitlines())


def test_a_difference_is_told(odd):
    recordings = tshark.CAPTURES / "outcomes"
    result = run_in_folder(odd, f"python3 compare.py {recordings}/clean-bsd.log {recordings}/failed-bsdudp.pcap", check=False)
    assert result.returncode == 1 and b"differs: FAIL FAIL" in result.stdout


def test_json_is_an_object_on_each_line(odd):
    capture = tshark.CAPTURES / "outcomes/mixed-bsd.pcap"
    rows = [json.loads(line) for line in run_in_folder(odd, f"python3 outcomes.py json {capture}").stdout.splitlines()]
    failed = [(row["client"], row["disk"], row["outcome"], row["service"]) for row in rows if row["outcome"] == "failed"]
    assert failed == [("amclient2", "/srv/d1", "failed", "sendbackup")] * 2


def packets_of(capture):
    """The file's header, and each packet as it stands there"""
    data = capture.read_bytes()
    yield data[:24]
    at = 24
    while at < len(data):
        end = at + 16 + int.from_bytes(data[at + 8:at + 12], "little")
        yield data[at:end]
        at = end


def test_a_failure_is_told_while_it_happens(odd):
    """A pipe stands for the interface: after the packet that settles it, 36, nothing more comes before the line is there."""
    os.mkfifo(odd / "interface")
    os.chmod(odd / "interface", 0o666)
    watch = subprocess.Popen(["sh", tshark.ROOT / "plugin/scripts/with-plugin.sh", tshark.build_with_plugin(), "sh", "-c",
                              f"cd {quoted(odd)} && PATH=$PATH:/usr/sbin exec sh watch.sh interface"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    header, *packets = packets_of(tshark.CAPTURES / "outcomes/failed-bsdudp.pcap")
    fields = tshark.read_fields(tshark.CAPTURES / "outcomes/failed-bsdudp.pcap", ("amanda.outcome",), (), 1)
    first = min(frame for frame, found in fields.items() if "failed" in found.get("amanda.outcome", ()))
    with open(odd / "interface", "wb", buffering=0) as pipe:
        pipe.write(header + b"".join(packets[:first]))
        line = watch.stdout.readline()
        assert re.match("failed\t.*\tamclient\t/srv/d3\tamodd: no snapshot of the volume possible", line)
        pipe.write(b"".join(packets[first:]))
    rest, errors = watch.communicate(timeout=60)
    assert rest.count("\n") == 3 and f"Packets captured: {len(packets)}" in errors


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
