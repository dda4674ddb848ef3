# SPDX-License-Identifier: GPL-2.0-or-later
"""Every capture against its expected list, and the same in one pass, in two, and in any order of frames. What else is
promised of all packets is asked here, too, for each capture is read once for all of it.
"""

import random
import re

import pytest

import tshark

CAPTURES = sorted(path for path in tshark.CAPTURES.glob("*/*.pcap*") if path.parent.name != "outcomes")
EXPECTED = sorted(path for path in tshark.CAPTURES.glob("*/*.verdicts") if path.parent.name != "outcomes")
# Those are about what became of dumps: each has its faults, and many of them no datagrams.
OUTCOMES = sorted((tshark.CAPTURES / "outcomes").glob("*.verdicts"))

# What only a later frame can tell about an earlier one
LATER = "response_in", "ack_in", "service"


def capture_of(expected):
    """The capture of an expected list, and the options that the list is for: NAME.timeout-60.verdicts is for 60 s."""
    capture, _, timeout = expected.stem.partition(".timeout-")
    return expected.with_name(capture + ".pcap"), ("-o", f"amanda.timeout:{timeout}") if timeout else ()


def name(path):
    return f"{path.parent.name}/{path.stem}"


each_capture = pytest.mark.parametrize("capture", CAPTURES, ids=name)
each_list = pytest.mark.parametrize("expected", EXPECTED, ids=name)


def test_there_are_captures_and_expected_lists():
    assert {path.parent.name for path in EXPECTED} == {"generated", "recorded"}
    # Those of reports are about words, most of them in streams: test_reports.py.
    with_lists = {path for path in CAPTURES if path.parent.name != "reports"}
    assert with_lists == {capture_of(path)[0] for path in EXPECTED}


# ---------------------------------------------------------------------------------------------------------------------
# Verdicts


@pytest.mark.parametrize("expected", OUTCOMES, ids=name)
def test_recordings_of_outcomes_have_their_verdicts(expected):
    capture, options = capture_of(expected)
    tshark.assert_same(tshark.read_expected(expected), tshark.read_listed(capture, options))


def test_there_are_recordings_of_outcomes():
    assert len(OUTCOMES) > 60


@each_list
def test_two_passes_show_what_is_expected(expected):
    capture, options = capture_of(expected)
    tshark.assert_same(tshark.read_expected(expected), tshark.read_listed(capture, options))


@each_list
def test_one_pass_shows_the_same_but_for_what_comes_later(expected):
    capture, options = capture_of(expected)
    names = [field for field in tshark.HEADER + tshark.LISTED if field not in LATER]
    tshark.assert_same(tshark.read_expected(expected), tshark.read_listed(capture, options, passes=1), names)


@each_capture
def test_one_pass_knows_nothing_of_later_frames(capture):
    for number, packet in tshark.read_listed(capture, passes=1).items():
        assert packet.get("response_in", 0) < number
        assert packet.get("ack_in", 0) < number


@each_capture
def test_what_one_pass_knows_of_a_service_two_passes_know_too(capture):
    two_passes = tshark.read_listed(capture)
    for number, packet in tshark.read_listed(capture, passes=1).items():
        assert packet.get("service") in (None, two_passes[number].get("service"))


@each_capture
def test_jumping_about_in_any_order_changes_nothing(capture):
    expected, columns = tshark.read_listed(capture), tshark.read_columns(capture)
    order = sorted(random.Random(1).sample(sorted(expected), min(len(expected), 100)))
    shuffled = order * 2
    random.Random(2).shuffle(shuffled)
    numbers = order + shuffled + order[::-1]
    trees = {}
    for number, frame in zip(numbers, tshark.Sharkd(capture).frames(numbers)):
        first = trees.setdefault(number, frame)
        assert frame["tree"] == first["tree"], f"the tree of frame {number} has changed"
        assert frame["col"] == first["col"], f"the columns of frame {number} have changed"
    tshark.assert_same({number: expected[number] for number in order},
                       {number: tshark.listed_in_tree(frame["tree"]) for number, frame in trees.items()})
    for number, frame in trees.items():
        # Since 4.2 tshark takes -e _ws.col.Info before a postdissector adds to the column what is settled in the packet.
        for text in columns[number]:
            assert any(re.fullmatch(r"(\[.*\] )?" + re.escape(text) + r"( \[.*\])*", shown)
                       for shown in frame["col"]), text


FILTERED = "2004-harmless-reack", "mistaken-other-responder", "equal-handles", "superseded"


def unmatched_in(capture):
    return {number: packet for number, packet in tshark.read_listed(capture).items() if packet.get("rep.unmatched")}


@pytest.mark.parametrize("name", FILTERED)
def test_a_display_filter_changes_nothing(name):
    path = tshark.GENERATED / f"{name}.pcap"
    unmatched = unmatched_in(path)
    assert unmatched
    tshark.assert_same(unmatched, tshark.read_listed(path, ("-Y", "amanda.rep.unmatched")))


@pytest.mark.parametrize("name", FILTERED)
def test_a_read_filter_changes_no_verdict(name):
    """With -2, what it does not let through is forgotten, and the rest is counted anew."""
    path = tshark.GENERATED / f"{name}.pcap"
    verdicts = [(packet["type"], packet["verdict"]) for packet in unmatched_in(path).values()]
    found = tshark.read_listed(path, ("-R", "amanda.rep.unmatched")).values()
    assert [(packet["type"], packet.get("verdict")) for packet in found] == verdicts


# ---------------------------------------------------------------------------------------------------------------------
# What is promised of all packets


@each_capture
def test_no_value_is_repeated(capture):
    for number, packet in tshark.read_all(capture).items():
        for field, values in packet.items():
            if field not in tshark.EXPERT and tshark.FRAMED not in packet:
                assert len(values) == 1, f"frame {number}: {field}"


# What begins in Info the bracket of each
BRACKETS = {"retransmission": "Retransmission of", "req.late_copy": "Late copy of", "rep.stale": "Stale: answers",
            "rep.seq_mismatch": "SEQ mismatch: could be taken", "rep.no_request": "No request",
            "ack.stale_accepted": "Took the stale reply", "ack.duplicate": "Duplicate",
            "ack.unknown": "Unknown exchange", "ack.no_reply": "No reply seen", "nak.unexpected": "Unexpected",
            "nak.ignored": "Ignored", "copied": "Copy of", "rep.out_of_order": "Behind its ACK"}


@each_capture
def test_info_says_in_brackets_what_is_not_normal_and_nowhere_else(capture):
    columns = tshark.read_columns(capture)
    for number, packet in tshark.read_listed(capture).items():
        protocol, text = columns[number]
        if protocol == "Amanda":
            shown = {mark for mark, beginning in BRACKETS.items() if f"[{beginning}" in text}
            assert shown == {*BRACKETS} & {*packet}, f"frame {number}: {text}"


def severities(capture):
    """(frame, severity) of each expert info in a datagram of Amanda."""
    listed = tshark.read_listed(capture)
    return [(number, int(severity)) for number, packet in tshark.read_all(capture).items() if number in listed
            for severity in packet.get("_ws.expert.severity", ())]


WARNING = 0x600000


@each_capture
def test_every_unmatched_reply_has_a_warning(capture):
    unmatched = {number for number, packet in tshark.read_listed(capture).items() if packet.get("rep.unmatched")}
    assert unmatched <= {number for number, severity in severities(capture) if severity >= WARNING}


def is_clean(path):
    """Whether the expected list has nothing but requests and answers, all of which were acknowledged."""
    return not any({*packet} & {*tshark.MARKS} or packet.get("type") == "NAK" or "handle" not in packet
                   for packet in tshark.read_expected(path.with_suffix(".verdicts")).values())


CLEAN = [path for path in CAPTURES if path.with_suffix(".verdicts").exists() and is_clean(path)]


def test_there_are_clean_captures():
    assert {"recorded/clean", "generated/low-ports"} <= {name(path) for path in CLEAN}


@pytest.mark.parametrize("capture", CLEAN, ids=name)
def test_a_clean_exchange_has_no_warning(capture):
    """What a program says over TCP may be an error all the same, and a reply need not speak of each disk."""
    silent = tshark.read_fields(capture, (), ("-Y", "amanda.outcome.not_named_asked"))
    assert [number for number, severity in severities(capture) if severity >= WARNING and number not in silent] == []


@pytest.mark.parametrize("capture", [path for path in CAPTURES if path.stem.startswith("clean")], ids=name)
def test_a_clean_capture_has_no_warning_at_all(capture):
    assert tshark.count(capture, f"amanda && _ws.expert.severity >= {WARNING}") == 0
