# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames as they seldom are, through everything that counts packets, in one pass and in two: several datagrams in one
frame, and time stamps that no clock shows. A build with sanitizers reads beyond no end and overflows nowhere here."""

import pytest

import packets
import test_statistics as tables
import tshark
import variants
from test_cuts import CLIENT, HANDLE, SERVER, payload, wlan_frame

IEEE_802_11 = 105
SECOND = 10**9
EXCHANGES = 12


def datagrams():
    """Rounds of what comes at about the same time: requests, each sent again 10 s later, and all that answers them."""
    requests, replies = ((SERVER, 842), (CLIENT, 10080)), ((CLIENT, 10080), (SERVER, 842))
    sequence = [("REQ", requests, 0), ("REQ", requests, 10), ("ACK", replies, 10), ("REP", replies, 11), ("REP", replies, 21),
                ("ACK", requests, 21)]
    for type, ends, second in sequence:
        yield second, [packets.udp(*ends, payload(type, seq).replace(HANDLE.encode(), b"000-%08X" % seq)) for seq in range(1, EXCHANGES + 1)]


def written(path, frames):
    variants.write(path, frames)
    path.chmod(0o644)
    return path


@pytest.mark.parametrize("passes", (1, 2))
def test_all_that_counts_takes_each_datagram_of_a_frame_for_itself(tmp_path, passes):
    tmp_path.chmod(0o755)
    together, alone = [], []
    for second, group in datagrams():
        frames = [wlan_frame(group)], [wlan_frame([packet]) for packet in group]
        for out, made in zip((together, alone), frames):
            out += [variants.Frame((1000 + second) * SECOND, data, len(data), IEEE_802_11, 0, 0) for data in made]
    assert len(alone) == EXCHANGES * len(together)
    paths = [written(tmp_path / name, frames) for name, frames in (("together.pcapng", together), ("alone.pcapng", alone))]
    told = [tables.printed(path, passes) for path in paths]
    for name in "srt", "losses":
        assert told[0][name] == told[1][name]
    counts = [tables.tree(text["tree"]) for text in told]
    assert counts[0] == counts[1] and counts[0]["Packets by type",] == 6 * EXCHANGES
    assert [len(tables.rows(text["exchanges"])) for text in told] == [EXCHANGES] * 2
    outcomes = [tshark.tshark(*["-2"] * (passes == 2), "-q", "-r", path, "-z", "amanda,outcomes") for path in paths]
    assert [text.count("success") for text in outcomes][0] == [text.count("success") for text in outcomes][1]


# What comes just before and behind the end of signed 64 bits of nanoseconds, in April 2262; the last that pcapng has; none.
TIMES = (2**63 - 2, 2**63 - 1, 2**63, 2**64 - 1, 0, 2**63 + 5, 1, 2**64 - 2)


@pytest.mark.parametrize("passes", (1, 2))
def test_no_time_stamp_changes_a_verdict_or_stops_a_table(tmp_path, passes):
    tmp_path.chmod(0o755)
    ends = (SERVER, 842), (CLIENT, 10080)
    story = [packets.udp(*(ends if type in ("REQ", "ACK+") else ends[::-1]), payload(type[:3], 7))
             for type in ("REQ", "ACK", "REP", "ACK+")]
    for start in range(len(TIMES)):
        times = [TIMES[(start + number) % len(TIMES)] for number in range(len(story))]
        frames = [variants.Frame(time, data, len(data), variants.ETHERNET, 0, 0)
                  for time, data in zip(times, map(packets.ethernet, story))]
        path = written(tmp_path / f"{start}.pcapng", frames)
        read = tshark.read_fields(path, ("amanda.verdict", "amanda.time", "amanda.lost"), (), passes)
        assert [read[number].get("amanda.verdict") for number in (1, 3)] == [["request"], ["answer"]], times
        assert not [fields for fields in read.values() if "amanda.lost" in fields]
        assert len(tables.rows(tables.printed(path, passes)["exchanges"])) == 1
