# SPDX-License-Identifier: GPL-2.0-or-later
"""Simulated captures of many thousands of packets: the plugin and the independent judge say the same of each."""

from functools import lru_cache

import pytest

import judge
import simulate
import tshark

PACKETS = 3000
SEEDS = range(5)


@pytest.fixture(scope="module")
def captures(tmp_path_factory):
    """Captures by style and seed, made when they are asked for."""
    directory = tmp_path_factory.mktemp("simulated")
    directory.chmod(0o755)
    made = {}

    def capture(style, seed):
        if (style, seed) not in made:
            made[style, seed] = directory / f"{style}-{seed}.pcap"
            simulate.simulate(made[style, seed], seed, PACKETS, style)
        return made[style, seed]

    return capture


@lru_cache(maxsize=None)
def judged(capture, timeout=0):
    rows = judge.judge(judge.read(capture), timeout)
    assert len(rows) == PACKETS
    return dict(tshark.expected_packet(str(row)) for row in rows)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("style", simulate.STYLES)
def test_plugin_and_judge_agree(captures, style, seed):
    capture = captures(style, seed)
    tshark.assert_same(judged(capture), tshark.read_listed(capture))


@pytest.mark.parametrize("timeout", (20, 60))
@pytest.mark.parametrize("seed", SEEDS[:2])
@pytest.mark.parametrize("style", simulate.STYLES)
def test_plugin_and_judge_agree_on_time_outs(captures, style, seed, timeout):
    capture = captures(style, seed)
    tshark.assert_same(judged(capture, timeout), tshark.read_listed(capture, ("-o", f"amanda.timeout:{timeout}")))


@pytest.mark.parametrize("style", simulate.STYLES)
def test_one_pass_gives_the_same_verdicts(captures, style):
    capture = captures(style, 0)
    names = [name for name in tshark.HEADER + tshark.LISTED if name not in ("response_in", "ack_in")]
    tshark.assert_same(judged(capture), tshark.read_listed(capture, passes=1), names)


def test_between_them_they_show_everything(captures):
    """Nothing above means anything of a verdict or a field that never comes up."""
    packets = [packet for style in simulate.STYLES for seed in SEEDS
               for packet in judged(captures(style, seed)).values()]
    assert {packet.get("verdict") for packet in packets} == {
        None, "request", "retransmission", "late copy", "answer", "stale", "SEQ mismatch", "no request", "copy"}
    assert {packet.get("rep.closed_by") for packet in packets} == {None, "completed", "refused", "superseded"}
    assert {name for packet in packets for name in packet} == {*tshark.HEADER, *tshark.LISTED}
    for style in simulate.STYLES:
        assert "timed_out" in {packet.get("rep.closed_by") for packet in judged(captures(style, 0), 20).values()}


def test_expert_texts_are_constant(captures):
    """-z expert groups by them, in quadratic time: as many texts as there are cases, however many packets there are."""
    packets = tshark.read_all(captures("chaos", 0)).values()
    texts = [text for packet in packets for text in packet.get("_ws.expert.message", ())]
    assert len(texts) > PACKETS / 4
    assert len(set(texts)) < 60
