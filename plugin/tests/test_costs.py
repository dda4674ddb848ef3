# SPDX-License-Identifier: GPL-2.0-or-later
"""Of captures made to slow down whoever opens them (hostile.py), the plugin's work grows as they do. Its own blocks of code are
counted: neither the machine, nor the version of Wireshark, has a say. Nor is more kept of their packets than is written
here, of which each block of memory is counted."""

import os
import re

import pytest

import forkserver
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


BYTES_OF_A_PACKET = 1024  # that are kept of it, above what tshark keeps without the plugin
# Wireshark keeps what it puts together for as long as the file is open: bytes for each of a packet in a frame.
BYTES_OF_A_BYTE = 1.25
IN_A_FRAME = hostile.options_in_a_frame, hostile.disks_in_a_frame, hostile.xml_in_a_frame, hostile.json_in_a_frame


@pytest.fixture(scope="module")
def memory_held():
    """What tshark holds at the end of a capture after two passes, with the plugin and without, counted with each block: the
    same on each run."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "WIRESHARK_DEBUG_WMEM_OVERRIDE": "simple"}
    libraries = f"{tshark.FORK_SERVER}:{tshark.BUILD}/plugin/tests/libcount-memory.so"
    builds = tshark.build_with_plugin(), tshark.build_without_plugin()
    servers = [forkserver.ForkServer(libraries, build, "tshark", environment) for build in builds]

    def held(capture):
        said = [server.run(["-n", "-2", "-r", str(capture)], None).stderr.decode() for server in servers]
        return [int(re.search(r"^memory held: (\d+)$", text, re.MULTILINE).group(1)) for text in said]

    yield held
    for server in servers:
        server.close()


@pytest.mark.parametrize("maker", hostile.GROWING, ids=lambda maker: maker.__name__)
def test_memory_kept_of_a_packet_is_limited(maker, capture, memory_held):
    packets, sizes, kept = [], [], []
    count = hostile.GROWING[maker]
    if maker is not hostile.acks_in_a_segment:  # a segment holds no more of them
        count *= hostile.PARTS  # what is kept of the last datagrams only is full by then
    for count in (count, 2 * count):  # tables double with the packets
        frames = hostile.write(capture, maker(count))
        packets.append(count if maker is hostile.acks_in_a_segment else frames)
        sizes.append(capture.stat().st_size)
        with_plugin, without = memory_held(capture)
        kept.append(with_plugin - without)
    more = packets[1] - packets[0]
    allowed = BYTES_OF_A_PACKET * more + (BYTES_OF_A_BYTE * (sizes[1] - sizes[0]) if maker in IN_A_FRAME else 0)
    assert kept[1] - kept[0] <= allowed, f"{(kept[1] - kept[0]) / more:.0f} bytes a packet: {kept}"
