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


def advice(capture):
    """What a reader of the frame that settles an item goes by, and a reader of its REQ: {(REQ, disk): remedy}. Of frames
    with one outcome. And how many of the first go by what followed them."""
    names = ("outcome.asked_in", "outcome.disk", "outcome_in", "outcome.remedy", "outcome.why_by_all", "outcome.remedy_by_all")
    at_end, at_req, followed = {}, {}, 0
    for frame in tshark.read_fields(capture, tuple(f"amanda.{name}" for name in names), ("-Y", "amanda.outcome")).values():
        asked_in, disk, settled_in, remedy, why_by_all, by_all = (frame.get(f"amanda.{name}", []) for name in names)
        if len(asked_in) == 1 and remedy:
            assert bool(by_all) == bool(why_by_all) and len(by_all) <= 1
            followed += len(by_all)
            (at_req if settled_in else at_end)[asked_in[0], *disk] = (by_all or remedy)[0]
    return at_end, at_req, followed


# With how many dumps of which what followed their end tells of another cause: sendsize's errors are told at once.
FOLLOWED = {"mtu-bsdtcp": 4, "gone-bsd": 1, "cut-bsdudp": 1, "amandad_killed-bsd": 1, "stall-ssl": 2, "lost_ack-bsdudp": 0}


# Without the keys, which a pcapng file has of its own, the copies of encrypted packets would tell nothing.
@pytest.mark.parametrize("name, each_twice", [(name, each_twice) for name in FOLLOWED for each_twice in (False, True)
                                              if not (each_twice and name.endswith("ssl"))])
def test_a_remedy_is_the_same_wherever_it_is_read(name, each_twice, tmp_path):
    capture = capture_of(tshark.CAPTURES / f"outcomes/{name}.json")
    if each_twice:
        variants.write(tmp_path / "twice.pcapng", list(variants.copied(variants.read(capture), variants.same)))
        capture = tmp_path / "twice.pcapng"
        tmp_path.chmod(0o755)
        capture.chmod(0o644)
    at_end, at_req, followed = advice(capture)
    assert followed == FOLLOWED[name] and at_end
    assert {key: at_req[key] for key in at_end if key in at_req} == {key: at_end[key] for key in at_end if key in at_req}


def test_the_frame_that_settles_a_dump_has_what_followed_on_a_later_pass_only():
    """The client's long packets never came, which its next short one tells."""
    names = "amanda.outcome.why", "amanda.outcome.why_by_all", "amanda.outcome.remedy_by_all"
    once, twice = (tshark.read_fields(tshark.CAPTURES / "outcomes/mtu-bsdtcp.pcap", names, (), passes)[73] for passes in (1, 2))
    assert list(once) == ["amanda.outcome.why"] and once["amanda.outcome.why"] == twice["amanda.outcome.why"]
    assert twice["amanda.outcome.why_by_all"][0].endswith("; the client had sent more, which was lost on the way")
    assert twice["amanda.outcome.remedy_by_all"][0].startswith("Look for what loses long packets on the way")


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
