# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures made to break or to slow down whoever opens them: no crash, no hang, no false text, memory that grows as they do.

What work they make is counted in test_costs.py. The sizes here are for every day; hostile.py measures the full ones.
"""

import re
from collections import Counter

import pytest

import hostile
import judge
import tshark

FOUND = sorted((tshark.CAPTURES / "hostile").glob("found/*.pcap"))
RECORDED = sorted((tshark.CAPTURES / "recorded").glob("*.pcap"))
GENERATED = sorted(tshark.GENERATED.glob("*.pcap"))

TABLES = *tshark.table_options(), "-z", "amanda,outcomes"


@pytest.fixture
def capture(tmp_path):
    tmp_path.chmod(0o755)
    return tmp_path / "hostile.pcap"


def ran(*arguments):
    """tshark, and what it printed as it printed it; any bug that Wireshark or a sanitizer finds ends it."""
    result = tshark.run_bytes(tshark.build_with_plugin(), "tshark", "-n", *arguments)
    assert result.returncode == 0, result.stderr
    assert b"Dissector bug" not in result.stderr and b"CRITICAL" not in result.stderr, result.stderr
    return result


def output_bytes(*arguments):
    return ran(*arguments).stdout


def judged(capture):
    return dict(tshark.expected_packet(str(row)) for row in judge.judge(judge.read(capture)))


def assert_readable(capture):
    """Opened in one pass and in two, with every field and as JSON, with all statistics: text is text."""
    for options in (["-V"], ["-2", "-V"], ["-2", "-T", "json"], ["-2", "-q", "-z", "expert", *TABLES], []):
        output_bytes("-r", capture, *options).decode("utf-8")


@pytest.mark.parametrize("found", FOUND, ids=lambda path: path.stem)
def test_what_a_fuzzer_found_stays_mended(found):
    assert_readable(found)
    options = (f"-o{preference}" for preference in (
        "amanda.show_xml:TRUE", "tcp.reassemble_out_of_order:TRUE", "tcp.analyze_sequence_numbers:FALSE"))
    output_bytes("-2", "-r", found, "-V", *options).decode("utf-8")


# ---------------------------------------------------------------------------------------------------------------------
# Many packets


@pytest.mark.skipif(tshark.SANITIZED, reason="what sanitizers take grows otherwise")
@pytest.mark.parametrize("maker", [hostile.open_requests, hostile.replies_alone, hostile.one_handle, hostile.many_requesters,
                                   hostile.announced_ports, hostile.unfinished_line], ids=lambda maker: maker.__name__)
def test_memory_grows_no_faster_than_the_capture(maker, capture):
    memory = []
    for count in (0, 2500, 2500 * hostile.PARTS):
        hostile.write(capture, maker(count))
        memory.append(hostile.cost(tshark.BUILD, "-r", capture, *hostile.STATISTICS, limit=600)[1])
    # Blocks of memory are allocated ahead, and tables doubled when they are full.
    assert memory[2] - memory[0] <= 2 * hostile.PARTS * max(memory[1] - memory[0], 10), memory


@pytest.mark.parametrize("maker", [hostile.open_requests, hostile.replies_alone, hostile.one_handle,
                                   hostile.retransmissions, hostile.many_requesters, hostile.wrapping_seq],
                         ids=lambda maker: maker.__name__)
def test_verdicts_hold_in_a_flood(maker, capture):
    hostile.write(capture, maker(500))
    tshark.assert_same(judged(capture), tshark.read_listed(capture))


# ---------------------------------------------------------------------------------------------------------------------
# Long datagrams


@pytest.mark.parametrize("fill", hostile.FILLS)
def test_longest_datagrams_of_one_thing_are_shown(fill, capture):
    hostile.write(capture, hostile.long_datagram(hostile.FILLS[fill], hostile.DATAGRAM_MAX))
    output_bytes("-r", capture, "-V").decode("utf-8")


def test_ten_thousand_pairs_of_a_connect_line(capture):
    hostile.write(capture, hostile.many_pairs(10000))
    assert_readable(capture)


WIDE = "\u20ac"  # three bytes


@pytest.mark.parametrize("shift", range(3))
def test_what_is_too_long_for_a_line_ends_in_a_whole_character(shift, capture):
    def wide(length):
        return "x" * shift + WIDE * length

    def both_ways():
        for length in (50, 75, 400, 1500, 5000):
            handle = f"000-{wide(length)}"
            backup = f"SECURITY USER {wide(length)}\nSERVICE sendbackup\nOPTIONS hostname={wide(length)};\n"
            disk = f"<dle>\n  <program>GNUTAR</program>\n  <disk>{wide(length)}</disk>\n  <level>0</level>\n</dle>\n"
            yield hostile.asked(hostile.text("REQ", length, backup + disk, handle))
            yield hostile.told(hostile.text("REP", length, f"CONNECT DATA 50021 {wide(length)}\n", handle))
            yield hostile.asked(hostile.text("REQ", length, f"SERVICE {wide(length)}\n{wide(length)}\n"))
            for body in (f"ERROR [{wide(length)}]\n", f"OPTIONS ;\n{wide(length)} 0 SIZE 12\n", wide(length),
                         f"OPTIONS ;\nOK [{wide(length)}]\nERROR [{wide(length)}]\n", f"{wide(length)} 0 ERROR x\n",
                         '{"severity":"16","message":"%s","code":"%s"}' % (wide(length), wide(length))):
                for type in "REP", "NAK":
                    yield hostile.told(hostile.text(type, length, body))
            port = 50000 + length
            yield hostile.asked(hostile.text("REQ", -length, backup + disk))
            yield hostile.told(hostile.text("REP", -length, f"CONNECT DATA {port} MESG {port + 1} INDEX {port + 2}\n"))
            line = f"? {wide(length)}\nsendbackup: start [{wide(length)} level 0]\n".encode()
            for number in 1, 2:
                yield from hostile.connection([line] * 20, port + number)

    hostile.write(capture, both_ways())
    assert_readable(capture)


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("maker", hostile.RESULTS, ids=lambda maker: maker.__name__)
def test_what_is_hostile_is_read_all_the_same(maker, passes, capture):
    count = hostile.SOME.get(maker, 50)
    hostile.write(capture, maker(count))
    expected = hostile.RESULTS[maker](count)
    names = {name if isinstance(name, str) else name[0] for name in expected}
    found = Counter()
    for fields in tshark.read_fields(capture, tuple(sorted(names)), passes=passes).values():
        for name, values in fields.items():
            found.update([name, *((name, value) for value in values)] + [name] * (len(values) - 1))
    assert {name: found[name] for name in expected} == expected


def test_statistics_are_told_no_more_of_a_segment_than_they_bear(capture):
    """Wireshark complains of each packet beyond 5000."""
    hostile.write(capture, hostile.acks_in_a_segment(7000))
    result = ran("-r", capture, "-q", "-z", "amanda,tree")
    assert not result.stderr
    assert re.search(rb"^ ACK +2000 ", result.stdout, re.MULTILINE)


# ---------------------------------------------------------------------------------------------------------------------
# Mutilated and doubled captures


@pytest.mark.parametrize("captures", [GENERATED, RECORDED], ids=["generated", "recorded"])
def test_every_truncation_of_every_datagram_is_shown(captures, capture):
    assert hostile.write(capture, hostile.truncations(captures, 300)) > 10000
    for options in (["-V"], ["-2", "-q", "-z", "expert", *TABLES]):
        output_bytes("-r", capture, *options).decode("utf-8")


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.stem)
def test_a_capture_merged_with_itself_gets_the_verdicts_of_the_rules(recorded, capture):
    hostile.write_doubled(capture, recorded)
    tshark.assert_same(judged(capture), tshark.read_listed(capture))
    output_bytes("-2", "-r", capture, "-V").decode("utf-8")
