# SPDX-License-Identifier: GPL-2.0-or-later
"""What scripts and eyes get: tshark's formats, the table of expert infos, the Info column."""

import json
import re

import pytest

import tshark

RECORDED = tshark.CAPTURES / "recorded"
CASE_2004 = tshark.GENERATED / "2004-stale-reply-server.pcap"
REACK = tshark.GENERATED / "2004-harmless-reack.pcap"
FIELDS = "amanda.type", "amanda.seq", "amanda.verdict"


def rows(capture, *fields, options=()):
    """What a script sees of -T fields: split at tabs."""
    arguments = [word for field in fields for word in ("-e", field)]
    output = tshark.tshark("-r", capture, *options, "-T", "fields", *arguments)
    return [tuple(line.split("\t")) for line in output.split("\n") if line]


# ---------------------------------------------------------------------------------------------------------------------
# Filters and fields


def test_filter_for_unmatched_replies_finds_them():
    assert rows(CASE_2004, "frame.number", options=("-Y", "amanda.rep.unmatched")) == [("32",)]
    assert rows(REACK, "frame.number", options=("-Y", "amanda.rep.unmatched")) == [("5",), ("11",)]


def test_filter_for_stale_replies_finds_them_alone():
    assert rows(CASE_2004, "frame.number", options=("-Y", "amanda.rep.stale")) == []
    assert rows(REACK, "frame.number", options=("-Y", "amanda.rep.stale")) == [("5",), ("11",)]


def test_filter_by_frame_number_links_a_reply_to_its_request():
    belonging, mistaken = ("-Y", "amanda.response_to == 1"), ("-Y", "amanda.rep.mistaken_for == 31")
    assert rows(CASE_2004, "frame.number", options=belonging) == [("2",), ("3",), ("4",), ("32",)]
    assert rows(CASE_2004, "frame.number", options=mistaken) == [("32",)]


def test_fields_are_clean_columns():
    assert rows(CASE_2004, "frame.number", *FIELDS, options=("-Y", "amanda && udp")) == [
        ("1", "REQ", "100", "request"), ("2", "ACK", "100", ""), ("3", "REP", "100", "answer"), ("4", "ACK", "100", ""),
        ("31", "REQ", "101", "request"), ("32", "REP", "100", "SEQ mismatch"), ("33", "ACK", "101", "")]


def test_an_expert_field_says_1():
    unmatched = rows(REACK, "amanda.rep.stale", "_ws.expert.message", options=("-Y", "amanda.rep.stale"))
    assert [mark for mark, _ in unmatched] == ["1", "1"]
    assert all(message.startswith("Stale reply") for _, message in unmatched)


# ---------------------------------------------------------------------------------------------------------------------
# JSON and EK


def json_layers(capture, display_filter):
    output = tshark.tshark("-2", "-r", capture, "-Y", display_filter, "-T", "json")
    return [packet["_source"]["layers"]["amanda"] for packet in json.loads(output)]


def values_in(layer, prefix="amanda."):
    """All values of a layer, whatever subtree they are in."""
    for key, value in layer.items():
        if isinstance(value, dict):
            yield from values_in(value, prefix)
        elif key.startswith(prefix):
            yield key, value


def test_json_has_every_value_once():
    layer, = json_layers(CASE_2004, "frame.number == 32")
    expected = {"version": "2.4", "type": "REP", "handle": "000-A8D40708", "seq": "100", "verdict": "SEQ mismatch",
                "service": "sendbackup", "response_to": "1", "rep.mistaken_for": "31", "rep.closed_by": "completed",
                "rep.closed_in": "4", "rep.seq_mismatch": ""}
    values = list(values_in(layer))
    for field, value in expected.items():
        assert [found for key, found in values if key == f"amanda.{field}"] == [value], field
    assert [found for key, found in values if key == "amanda.rep.unmatched"] in (["1"], [True])
    assert {key for key, _ in values} & {f"amanda.{field}" for field in tshark.LISTED} == {
        f"amanda.{field}" for field in {*expected, "rep.unmatched"} & {*tshark.LISTED}}


def test_json_repeats_no_key_of_the_contract():
    contract = {f"amanda.{field}" for field in ("version", *tshark.HEADER, *tshark.LISTED)}

    def no_repeats(pairs):
        keys = [key for key, _ in pairs if key in contract]
        assert len(keys) == len(set(keys)), keys
        return dict(pairs)

    for capture in CASE_2004, REACK, tshark.GENERATED / "other-address.pcap":
        output = tshark.tshark("-2", "-r", capture, "-T", "json")
        assert json.loads(output, object_pairs_hook=no_repeats)


def test_json_has_the_expert_info_with_its_item():
    layer, = json_layers(CASE_2004, "frame.number == 33")
    expert = dict(values_in(layer, "_ws.expert."))
    assert expert["_ws.expert.severity"] == str(0x800000)
    assert expert["_ws.expert.group"] == str(0x02000000)
    assert dict(values_in(layer))["amanda.ack.accepted"] == "32"


def test_ek_has_every_value_once():
    output = tshark.tshark("-2", "-r", CASE_2004, "-Y", "frame.number == 32", "-T", "ek")
    layer = json.loads(output.strip().split("\n")[-1])["layers"]["amanda"]
    expected = {"version": "2.4", "type": "REP", "handle": "000-A8D40708", "seq": "100", "verdict": "SEQ mismatch",
                "service": "sendbackup", "response_to": "1", "rep_mistaken_for": "31", "rep_closed_by": "completed",
                "rep_closed_in": "4", "rep_unmatched": "True"}
    for field, value in expected.items():
        assert str(layer[f"amanda_amanda_{field}"]) == value, field


# ---------------------------------------------------------------------------------------------------------------------
# Expert infos


def expert_table(capture, *options):
    """(frequency, group, protocol, text) by severity, from -z expert."""
    table, severity = {}, None
    for line in tshark.tshark("-r", capture, "-q", *options).split("\n"):
        heading = re.fullmatch(r"(\w+) \((\d+)\)", line)
        row = re.fullmatch(r"\s+(\d+)\s+(\S+)\s+(\S+)\s+(.*)", line)
        if heading:
            severity = heading[1]
        elif row:
            table.setdefault(severity, []).append((int(row[1]), row[2], row[3], row[4].strip()))
    return table


def test_the_table_of_expert_warnings_has_the_unmatched_replies():
    table = expert_table(REACK, "-z", "expert,warn,amanda")
    assert [row[:3] for row in table["Warns"] if row[3].startswith("Stale reply")] == [(2, "Sequence", "Amanda")]
    assert not {"Notes", "Chats"} & set(table)


def test_the_table_of_expert_errors_has_the_bug_caught_in_the_act():
    table = expert_table(CASE_2004, "-z", "expert,warn,amanda")
    assert [row[:3] for row in table["Errors"] if row[3].startswith("The requester took")] == [(1, "Sequence", "Amanda")]
    # And what came of it: the dump that got the old reply failed.
    assert [row[:3] for row in table["Errors"] if row[3].startswith("An old reply")] == [(1, "Response", "Amanda")]
    assert len(table["Errors"]) == 2
    assert [row[:3] for row in table["Warns"] if row[3].startswith("SEQ mismatch")] == [(1, "Sequence", "Amanda")]


def message_of(capture, number):
    frame = tshark.read_pdml(capture)[number]
    return next(field.text for protocol in frame for field in protocol.walk() if field.name == "_ws.expert.message")


def test_the_expert_text_says_what_the_requester_does_with_the_reply():
    names = "krb4-ticket", "off-by-one-chain", "mistaken-other-responder", "other-address"
    taken = {name: set() for name in names}
    for name in names:
        capture = tshark.GENERATED / f"{name}.pcap"
        for number, packet in tshark.read_listed(capture).items():
            if packet.get("rep.unmatched"):
                taken[name].add((packet["verdict"], "takes" in message_of(capture, number)))
    assert taken["off-by-one-chain"] == {("SEQ mismatch", True), ("stale", False)}
    assert taken["krb4-ticket"] == {("SEQ mismatch", True), ("SEQ mismatch", False)}
    assert {("stale", True), ("no request", True)} <= taken["mistaken-other-responder"]
    assert taken["other-address"] == {("no request", True), ("no request", False)}


# ---------------------------------------------------------------------------------------------------------------------
# The Info column


def info(capture, number, passes=2):
    return tshark.read_columns(tshark.GENERATED / f"{capture}.pcap", passes=passes)[number][1]


def brackets(capture, number):
    """What is not normal about a packet. Both passes say the same of verdicts."""
    one_pass, two_passes = (re.findall(r"\[.*?\]", info(capture, number, passes)) for passes in (1, 2))
    assert one_pass[:1] == two_passes[:1]
    return two_passes


def test_info_says_what_happens_in_a_glance():
    assert re.fullmatch(r"REQ sendbackup (.+ )?handle=000-A8D40708 seq=100", info("2004-stale-reply-server", 1))
    assert re.fullmatch(r"ACK sendbackup (.+ )?handle=000-A8D40708 seq=100", info("2004-stale-reply-server", 2))


def test_info_names_what_a_reply_carries():
    assert info("2004-stale-reply-server", 3).startswith(
        "REP sendbackup /home level 0, CONNECT DATA 32801 MESG 32802 INDEX 32803 handle=")
    assert "amandad busy" in info("refused-and-again", 2)


def number_of(capture, condition):
    """The first frame whose packet is like that."""
    packets = tshark.read_listed(tshark.GENERATED / f"{capture}.pcap")
    return next((number, packet) for number, packet in packets.items() if condition(packet))


def test_info_names_a_retransmission():
    assert "[Retransmission of 1]" in brackets("refused-and-again", 3)


def test_info_names_a_retransmission_of_a_reply():
    number, packet = number_of("refused-and-again", lambda packet: "rep.retransmission" in packet)
    assert f"[Retransmission of {packet['retransmission_of']}]" in brackets("refused-and-again", number)


def test_info_names_a_late_copy():
    assert "[Late copy of 1]" in brackets("late-copies", 5)


def test_info_names_a_stale_reply():
    assert "[Stale: answers 1]" in brackets("2004-harmless-reack", 5)


@pytest.mark.parametrize("capture, number, begin", [
    ("2004-harmless-reack", 5, "[Stale: answers 1] REP sendsize 1 estimate "),
    ("2004-stale-reply-server", 32, "[SEQ mismatch: could be taken for the answer to 31] REP sendbackup /home level 0, "),
    ("2004-stale-reply-server", 33, "[Took the stale reply 32 for the answer] ACK sendbackup"),
    ("refused-and-again", 3, "[Retransmission of 1] REQ "),
    ("late-copies", 5, "[Late copy of 1] REQ "),
])
def test_info_begins_with_what_is_not_normal(capture, number, begin):
    assert info(capture, number, 1).startswith(begin) and info(capture, number, 2).startswith(begin)


def list_of(path, *options):
    """The packet list as tshark prints it, which has what a postdissector adds in every version."""
    printed = tshark.tshark("-r", path, *options, "-o", 'gui.column.format:"Info","%i"')
    return dict(enumerate(printed.splitlines(), 1))


@pytest.mark.parametrize("passes", [(), ("-2",)])
def test_info_begins_with_the_outcome_of_what_a_packet_settles(passes):
    shown = list_of(tshark.GENERATED / "2004-stale-reply-server.pcap", *passes)
    assert shown[35].startswith("[dump of client /usr: not connected: An old reply to another request was taken ")
    assert "] 32801 → 32811 [RST, ACK]" in shown[35]
    assert shown[28].startswith("[dump of client /home: success] 32802 → 32801 [FIN, ACK]")
    assert sum("dump of client" in line for line in shown.values()) == 2


@pytest.mark.parametrize("passes", [(), ("-2",)])
def test_info_sums_up_what_went_well(passes):
    shown = list_of(RECORDED / "lost-ack-sendbackup-server.pcap", *passes)
    assert shown[10].startswith("[estimate of amclient, 5 disks: success] ACK sendsize")


def test_info_begins_with_what_a_connection_says_of_its_dump():
    shown = list_of(RECORDED / "lost-ack-sendbackup-server.pcap")
    assert shown[29].startswith("[MESG of /srv/d5 closed before the dump had ended] 50000 → 50087 [FIN, ACK]")
    shown = list_of(tshark.GENERATED / "2004-stale-reply-server.pcap")
    assert shown[36].startswith("[Amanda MESG: port of the unmatched reply 32] 32812 → 32802 [SYN]")
    assert shown[37].startswith("[Amanda MESG: refused, announced in 32] 32802 → 32812 [RST, ACK]")


def test_info_of_mesg_tells_its_end():
    shown = list_of(tshark.GENERATED / "2004-stale-reply-server.pcap")
    assert shown[20] == "MESG /home level 0: sendbackup: size 10, end"


def tree_of(path, number, *options):
    """The lines of Amanda's tree of one packet."""
    printed = tshark.tshark("-r", path, *options, "-V", "-O", "amanda", "-Y", f"frame.number == {number}").splitlines()
    return printed[next(n for n, line in enumerate(printed) if "Amanda Network Backup Protocol" in line) + 1:]


def test_what_it_came_to_is_read_first():
    path = tshark.GENERATED / "2004-stale-reply-server.pcap"
    for number in 31, 35:
        lines = tree_of(path, number, "-2")
        assert lines[0].strip() == "[Outcome: not connected, dump of client /usr]"
        assert lines[1].strip().startswith("[Why: ") and lines[2].strip().startswith("[Remedy: ")
    reply = [line.strip() for line in tree_of(path, 32, "-2")]
    assert reply[:4] == ["[Client: client]", "[Disk: /home]", "[Level: 0]", "[Verdict: SEQ mismatch]"]
    harm = reply.index("[It could be taken to answer 31: dump of client /usr, not connected]")
    assert reply[harm + 1].startswith("[Why: An old reply ") and reply[harm + 2].startswith("[Remedy: Update ")
    assert harm < reply.index("Version: 2.4")


def test_what_is_not_known_yet_is_not_told():
    assert not any("to answer 31: dump" in line for line in tree_of(tshark.GENERATED / "2004-stale-reply-server.pcap", 32))


def test_info_names_a_seq_mismatch():
    assert "[SEQ mismatch: could be taken for the answer to 31]" in brackets("2004-stale-reply-server", 32)


def test_info_names_a_stale_reply_that_another_request_could_be_taken_to_have():
    capture = "mistaken-other-responder"
    number, packet = number_of(capture, lambda packet: {"rep.stale", "rep.mistaken_for"} <= {*packet})
    assert (f"[Stale: answers {packet['response_to']}, could be taken for the answer to "
            f"{packet['rep.mistaken_for']}]") in brackets(capture, number)


def test_info_names_a_reply_without_a_request():
    number, _ = number_of("icmp-quotes", lambda packet: "rep.no_request" in packet)
    assert any(text.startswith("[No request") for text in brackets("icmp-quotes", number))


def test_info_names_what_was_asked_of_another_address():
    number, packet = number_of("other-address", lambda packet: "rep.asked_of" in packet)
    assert any(text.startswith("[No request") and str(packet["rep.asked_of"]) in text
               for text in brackets("other-address", number))


def test_info_names_the_bug_caught_in_the_act():
    assert "[Took the stale reply 32 for the answer]" in brackets("2004-stale-reply-server", 33)
