# SPDX-License-Identifier: GPL-2.0-or-later
"""What people have reported of Amanda and of captures elsewhere, made again: what the plugin says of each."""

import sys

import pytest

import tshark

sys.path.insert(0, str(tshark.CAPTURES))

import reports  # noqa: E402

REPORTS = tshark.CAPTURES / "reports"
NAMES = tuple(f"amanda.{name}" for name in (
    "type", "frame.said", "frame.tls", "frame.not_tls", "error", "error.remedy", "nak.reason", "req.refused_before",
    "outcome", "outcome.why", "outcome.remedy", "dump.check", "mesg", "estimate.size", "features.release",
    "mesg.malformed", "stream.gap", "verdict", "response_in", "response_to")) + ("_ws.expert.message",)


def read(name, passes):
    return {number: {field.removeprefix("amanda."): value for field, value in fields.items()}
            for number, fields in tshark.read_fields(REPORTS / f"{name}.pcap", NAMES, passes=passes).items()}


def settled(name):
    """The outcomes of one pass, in their order: what, why, remedy."""
    return [tuple(fields.get(f"outcome{part}", [""])[0] for part in ("", ".why", ".remedy"))
            for fields in read(name, 1).values() if "outcome" in fields]


def test_the_captures_are_what_the_script_writes(tmp_path):
    reports.write_all(tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.glob("*.pcap")}
    assert written == {path.name: path.read_bytes() for path in REPORTS.glob("*.pcap")} and len(written) == 10


@pytest.mark.parametrize("name", sorted(path.stem for path in REPORTS.glob("*.pcap")))
def test_both_passes_tell_of_the_same_outcomes(name):
    later = [outcome for number, fields in read(name, 2).items() for outcome in fields.get("outcome", ())]
    assert sorted(set(later)) == sorted({outcome for outcome, _, _ in settled(name)})


def test_what_cannot_start_amandad_says_so():
    for passes in (1, 2):
        said = [fields["frame.said"][0].partition("\\")[0] for fields in read("amandad-cannot-start", passes).values()
                if "frame.said" in fields]
        assert [text[:24] for text in said] == ['amandad: error: running ', "amandad: error while loa", "HTTP/1.1 400 Bad Request"]
    assert [why for _, why, _ in settled("amandad-cannot-start")] == said


def test_the_other_auth():
    for passes in (1, 2):
        frames = read("auth-differs", passes)
        assert [number for number, fields in frames.items() if "frame.tls" in fields] == [6]
        assert [number for number, fields in frames.items() if "frame.not_tls" in fields] == [16]
    outcomes = settled("auth-differs")
    assert [outcome for outcome, _, _ in outcomes] == ["unanswered", "refused", "unanswered"]
    assert all("same auth" in outcomes[number][2] for number in (0, 2)) and "can be started" in outcomes[2][2]


def test_a_connection_that_is_refused_before_the_request():
    frames = read("did-not-resolve", 2)
    assert frames[4]["response_to"] == ["6"] and frames[6]["response_in"] == ["4"] and "req.refused_before" in frames[6]
    assert [frames[number]["nak.reason"] for number in (4, 16)] == [["host name mismatch"], ["host name unknown"]]
    assert all(outcome == "refused" and remedy for outcome, _, remedy in settled("did-not-resolve"))


@pytest.mark.parametrize("name, says, does", [
    ("ip-list", "ip address 192.0.2.1 is not in the ip list for server.example", "mind all addresses"),
    ("localhost", "[access as amanda not allowed from amanda@localhost.example] amandahostsauth failed", ".amandahosts")])
def test_refusals_of_2_4(name, says, does):
    for passes in (1, 2):
        error = read(name, passes)[3]
        assert error["error"] == [says] and does in error["error.remedy"][0]
    (outcome, why, remedy), = settled(name)
    assert (outcome, why) == ("failed", says) and does in remedy


def test_the_remedy_is_that_of_the_cause():
    (outcome, why, remedy), = settled("runtar-option")
    assert outcome == "failed" and "invalid option" in why and remedy.startswith("Update Amanda on the client")


def test_more_than_two_terabytes():
    assert [fields["estimate.size"] for fields in read("two-terabytes", 1).values() if "estimate.size" in fields] == [
        ["3221225473"]]
    assert [outcome for outcome, _, _ in settled("two-terabytes")] == ["success", "success"]


def test_the_client_for_windows():
    assert read("windows-client", 1)[3]["features.release"] == ["Zmanda Client for Windows"]
    assert not any("unknown" in text for text in read("windows-client", 1)[3].get("_ws.expert.message", ()))


@pytest.mark.parametrize("name, size", [("keepalive", 2048), ("other-segments", 4096)])
def test_bytes_that_were_there_before_count_once(name, size):
    said = reports.streams.mesg(reports.streams.tar(size), "/srv").decode().splitlines()
    for passes in (1, 2):
        frames = read(name, passes)
        assert [line for fields in frames.values() for line in fields.get("mesg", ())] == said
        assert [check for fields in frames.values() for check in fields.get("dump.check", ())] == ["correct"]
        assert not any("mesg.malformed" in fields or "stream.gap" in fields for fields in frames.values())
    assert [outcome for outcome, _, _ in settled(name)] == ["success"]
