# SPDX-License-Identifier: GPL-2.0-or-later
"""Which client, disk and level a packet is about: amanda.client, amanda.disk and amanda.level."""

import pytest
import tshark

CAPTURES = tshark.ROOT / "test-captures"


def subjects(capture, display_filter, passes):
    """Of each frame: the clients, disks and levels that it names, by its number."""
    output = tshark.tshark("-r", str(capture), *["-2"] * (passes == 2), "-Y", display_filter, "-T", "fields",
                           *[word for name in ("frame.number", "amanda.client", "amanda.disk", "amanda.level")
                             for word in ("-e", name)])
    rows = (line.split("\t") for line in output.splitlines())
    return {int(row[0]): tuple(row[1:]) for row in rows}


@pytest.mark.parametrize("passes", [1, 2])
def test_every_packet_of_a_dump_names_its_disk(passes):
    """recorded/bsdtcp: frames 62 to 68 are the exchange of sendbackup for /srv/d1, 102 to 108 that for /srv/d2."""
    found = subjects(CAPTURES / "recorded/bsdtcp.pcap", 'amanda.type && amanda.service == "sendbackup"', passes)
    for frames, disk in (((62, 64, 66, 68), "/srv/d1"), ((102, 104, 106, 108), "/srv/d2")):
        for frame in frames:
            assert found[frame] == ("amclient", disk, "0"), frame


@pytest.mark.parametrize("passes", [1, 2])
def test_a_request_and_a_reply_about_several_disks_name_each(passes):
    found = subjects(CAPTURES / "recorded/bsdtcp.pcap", 'amanda.type && amanda.service == "sendsize"', passes)
    assert set(found[49][1].split(",")) == {"/srv/d1", "/srv/d2"}
    assert set(found[53][1].split(",")) == {"/srv/d1", "/srv/d2"}
    assert found[51][1] == found[55][1] == ""  # ACKs are about no disk of several


@pytest.mark.parametrize("passes", [1, 2])
def test_the_victim_of_2004_is_the_disk_that_waited(passes):
    """The REQ of /usr (frame 31) got the old reply of /home (32): the dead connections (34 to 39) are those of /usr."""
    found = subjects(CAPTURES / "generated/2004-stale-reply-server.pcap", "frame.number >= 31 && frame.number <= 39",
                     passes)
    assert found[31][1] == "/usr" and found[32][1] == "/home"
    for frame in range(34, 40):
        assert found[frame][:2] == ("client", "/usr"), frame


def test_the_tree_of_a_dead_port_names_the_victim_first_and_says_whose_the_other_disk_is():
    text = tshark.tshark("-2", "-r", CAPTURES / "generated/2004-stale-reply-server.pcap", "-O", "amanda", "-Y", "frame.number == 34")
    assert "connection of DATA for /usr level 0, to a port of the unmatched reply about /home level 0]" in text
    assert "[Disk: /usr]" in text and "[Disk: /home (of the unmatched reply)]" in text and "[Disk: /home]" not in text
