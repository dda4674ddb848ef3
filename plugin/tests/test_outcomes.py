# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of each dump and estimate in recordings of real Amanda, against Amanda's own log of each run.

The JSON beside each recording was made from the log alone: each try of each dump in its order, with the word of dumper, and
each estimate with that of the planner. A SUCCESS is a success, a STRANGE strange, and a FAIL one of the failures, try by try.
"""

import json
import re
import struct
from collections import defaultdict
from functools import lru_cache

import pytest

import tshark
import variants

RECORDINGS = sorted(path for path in (tshark.CAPTURES / "outcomes").glob("*.json"))
FAILURES = {"refused", "failed", "unanswered", "not connected", "unfinished", "missing"}
# NONE: dumper itself died, perhaps before it asked.
WORDS = {"SUCCESS": {"success"}, "STRANGE": {"strange"}, "FAIL": FAILURES, "RETRY": FAILURES,
         "NONE": FAILURES | {"running", None}, "OK": {"success", "strange"}}
FIELDS = ("amanda.outcome", "amanda.outcome.client", "amanda.outcome.disk", "amanda.outcome.asked_in",
          "amanda.outcome.why", "amanda.service", "amanda.type")

# What the log calls a success though Amanda 2.4 had taken the reply about another disk for the answer: it has the other
# disk's data under this name.
DECEIVED = {("v244p3_waiting_reply-bsd", "amclient", "/srv/d2", 1)}


def capture_of(path):
    captures = [path.with_suffix(suffix) for suffix in (".pcap", ".pcapng") if path.with_suffix(suffix).exists()]
    return captures[0] if captures else None


@lru_cache(maxsize=None)
def outcomes(path):
    """{(service, client, disk): [outcome of each try, in their order]}"""
    tries = defaultdict(list)
    filter_ = 'amanda.type == "REQ" && amanda.outcome'
    for number, packet in tshark.read_fields(capture_of(path), FIELDS, ("-Y", filter_)).items():
        rows = zip(packet["amanda.outcome"], packet["amanda.outcome.client"],
                   packet.get("amanda.outcome.disk", [""] * len(packet["amanda.outcome"])),
                   packet["amanda.outcome.asked_in"])
        seen = set()
        service = dict(zip(packet["amanda.type"], packet.get("amanda.service", [""])))["REQ"]
        for outcome, client, disk, asked_in in rows:
            if int(asked_in) == number and (client, disk) not in seen:
                seen.add((client, disk))
                tries[service, client, disk].append(outcome)
    return tries


@lru_cache(maxsize=None)
def table(path):
    return tshark.tshark("-q", "-r", capture_of(path), "-z", "amanda,outcomes")


def everything(path):
    """The outcomes of all that the capture has, in the order of the table."""
    return [outcome for outcome in FAILURES for line in table(path).split("\n") if f" {outcome} " in line]


def of_log(path, kind):
    """{(client, disk): [word of each try]}"""
    words = defaultdict(list)
    for entry in json.loads(path.read_text()).get(kind, ()):
        words[entry["host"], entry["disk"]].append(entry["log_result"])
    return words


def differences(path, service, kind):
    found = []
    for (client, disk), words in of_log(path, kind).items():
        tries = outcomes(path).get((service, client, disk), [])
        for number, word in enumerate(words):
            outcome = tries[number] if number < len(tries) else None
            if (path.stem, client, disk, number) in DECEIVED:
                assert word == "SUCCESS"
                word = "FAIL"
            if outcome not in WORDS[word]:
                found.append((client, disk, number, word, outcome))
    return found


each_recording = pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)


def test_there_are_recordings():
    auths = {path.stem.rsplit("-", 1)[1] for path in RECORDINGS}
    assert len(RECORDINGS) >= 29 and auths >= {"bsd", "bsdtcp", "bsdudp", "ssl"}
    assert all(capture_of(path) for path in RECORDINGS)


@each_recording
def test_each_try_of_a_dump_is_as_in_the_log(path):
    assert differences(path, "sendbackup", "dumps") == []


@each_recording
def test_a_restore_is_as_its_files_were_found(path):
    """Each recording of a restore has one, and the JSON says whether the file was the same."""
    restore = json.loads(path.read_text()).get("restore")
    tries = [outcome for key, each in outcomes(path).items() if key[0] == "amidxtaped" for outcome in each]
    if restore and tries:
        assert len(tries) == 1 and tries[0] in WORDS[restore["log_result"]]


@each_recording
def test_each_estimate_is_as_in_the_log(path):
    """The planner logs a failure for each disk of a client that it could ask nothing."""
    found = differences(path, "sendsize", "estimates")
    asked = {client for service, client, _ in outcomes(path) if service == "sendsize"}
    assert [difference for difference in found if difference[0] in asked or difference[3] != "FAIL"] == []
    if found:
        assert any(outcome in FAILURES for outcome in everything(path)) or not outcomes(path)


@each_recording
def test_each_failure_has_a_reason_and_a_remedy(path):
    """Below the table, a line for each cause, and its remedy below that."""
    text = table(path)
    causes = re.findall(r"^\d+ x (.*?): .*\n(    \S.*\n)?", text, re.MULTILINE)
    assert bool(causes) == bool(everything(path)), text
    assert all(why and remedy for why, remedy in causes), text


def test_the_line_before_the_last_says_why():
    """GNU tar's last line only says that it ends."""
    assert ("/usr/bin/tar: /srv/d2: Cannot open: Input/output error; /usr/bin/tar: Error is not recoverable: exiting now "
            "(dump (804) /bin/tar returned 2)") in table(tshark.CAPTURES / "outcomes/levels_fail-bsd.json")


@pytest.mark.parametrize("name, first, last, says", (
    ("clean-bsd", 0, None, "Nothing failed."),
    ("clean-bsd", 1, None, "Nothing failed, as far as the capture can tell."),
    ("clean-bsd", 0, 100, "Nothing failed, as far as the capture can tell."),
    ("clean-bsd", 1, 3, "Nothing was asked in this capture."),
    ("failed-bsdudp", 1, 4, "Nothing was asked in this capture."),
))
def test_nothing_is_said_of_what_was_not_captured(name, first, last, says, tmp_path):
    """Frames from the first to the last, as in a slice."""
    capture = tmp_path / "part.pcapng"
    variants.write(capture, variants.read(tshark.CAPTURES / f"outcomes/{name}.pcap")[first:last])
    tmp_path.chmod(0o755)
    capture.chmod(0o644)
    assert says in tshark.tshark("-q", "-r", capture, "-z", "amanda,outcomes").splitlines()


def without_secrets(path):
    """A pcapng file of this machine's byte order without its Decryption Secrets Blocks."""
    data, kept, offset = path.read_bytes(), b"", 0
    while offset < len(data):
        kind, length = struct.unpack_from("<II", data, offset)
        kept += b"" if kind == 0x0000000A else data[offset:offset + length]
        offset += length
    return kept


def test_what_is_encrypted_is_unknown_and_no_failure(tmp_path):
    """Without its keys, nobody can tell what was asked in a TLS connection to Amanda's port, nor what became of it."""
    capture = tmp_path / "encrypted.pcapng"
    capture.write_bytes(without_secrets(tshark.CAPTURES / "outcomes/tar_killed-ssl.pcapng"))
    capture.chmod(0o644)
    table = tshark.tshark("-q", "-r", capture, "-z", "amanda,outcomes")
    rows = [line for line in table.splitlines() if " connection " in line]
    assert rows and all(" unknown " in row and "encrypted" in row for row in rows), table
    assert "Nothing failed, as far as the capture can tell." in table
    assert not tshark.tshark("-2", "-r", capture, "-Y", "amanda.connection.unanswered || amanda.connection.refused")
