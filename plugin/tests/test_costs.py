# SPDX-License-Identifier: GPL-2.0-or-later
"""Of captures made to slow down whoever opens them (hostile.py), the plugin's work grows as they do. Its own blocks of code are
counted: neither the machine, nor the version of Wireshark, has a say."""

import re

import pytest

import hostile
import tshark

COUNTED = tshark.BUILD / "counted"  # the plugin that counts the blocks of its code that it runs, as no clock does
MODES = {"one-pass": ("-V",), "statistics": hostile.STATISTICS}
GROWTH = 1.15 * hostile.PARTS  # for trees, whose depth grows; what is quadratic grows by far more


@pytest.fixture
def capture(tmp_path):
    tmp_path.chmod(0o755)
    return tmp_path / "hostile.pcap"


def blocks_run(capture, *options):
    result = tshark.run_bytes(COUNTED, "tshark", "-n", "-r", capture, *options)
    assert result.returncode == 0 and b"Dissector bug" not in result.stderr, result.stderr
    return int(re.search(rb"^blocks run: (\d+)$", result.stderr, re.MULTILINE).group(1))


@pytest.fixture(scope="module")
def blocks_of_no_packets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("empty")
    folder.chmod(0o755)
    hostile.write(folder / "empty.pcap", [])
    return {mode: blocks_run(folder / "empty.pcap", *options) for mode, options in MODES.items()}


def assert_linear(some, many, capture, blocks_of_no_packets, modes=tuple(MODES)):
    """Packets, and such as are PARTS times as many, or as long."""
    blocks = {mode: [] for mode in modes}
    for made in some, many:
        hostile.write(capture, made)
        for mode in modes:
            blocks[mode].append(blocks_run(capture, *MODES[mode]) - blocks_of_no_packets[mode])
    for mode, (few, all_of_them) in blocks.items():
        assert few > 1000, f"{mode}: nothing was counted"
        assert all_of_them <= GROWTH * few, f"{mode}: {few} blocks, {all_of_them} for {hostile.PARTS} times as much"


@pytest.mark.parametrize("maker", hostile.GROWING, ids=lambda maker: maker.__name__)
def test_work_grows_no_faster_than_the_capture(maker, capture, blocks_of_no_packets):
    count = hostile.GROWING[maker]
    assert_linear(maker(count), maker(hostile.PARTS * count), capture, blocks_of_no_packets)


@pytest.mark.parametrize("fill", hostile.FILLS)
def test_work_grows_no_faster_than_a_datagram(fill, capture, blocks_of_no_packets):
    longest = hostile.DATAGRAM_MAX
    assert_linear(hostile.long_datagram(hostile.FILLS[fill], longest // hostile.PARTS),
                  hostile.long_datagram(hostile.FILLS[fill], longest), capture, blocks_of_no_packets)
