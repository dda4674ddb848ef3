# SPDX-License-Identifier: GPL-2.0-or-later
"""Features strings: every bit on its digit, the releases that send a string, and what two sides have in common."""

import re
from functools import lru_cache

import pytest

import packets
import tshark

# By hand from amfeatures.c: what 2.4.3 and 2.4.4 announce
OLD = "fffffeff9ffe0f"
OLD_FEATURES = """
    have_feature_support options_auth selfcheck_req selfcheck_req_device selfcheck_rep sendsize_req_no_options
    sendsize_req_options sendsize_req_device sendsize_rep sendbackup_req sendbackup_req_device sendbackup_rep noop_req
    noop_rep program_dump program_gnutar options_compress_fast options_compress_best options_srvcomp_fast
    options_srvcomp_best options_no_record options_index options_exclude_file options_exclude_list
    options_multiple_exclude options_optional_exclude options_include_file options_include_list
    options_multiple_include options_optional_include options_bsd_auth options_krb4_auth options_kencrypt
    req_options_maxdumps req_options_hostname req_options_features rep_options_features amindexd_fileno_in_olsd
    amindexd_fileno_in_orld amidxtaped_fsf amidxtaped_label amidxtaped_device amidxtaped_host amidxtaped_disk
    amidxtaped_datestamp amidxtaped_header amidxtaped_nargs amidxtaped_config""".split()

RELEASES = {
    OLD: "2.4.3, 2.4.4",
    "fffffeff9ffe7f": "2.4.5",
    "fffffeff9ffeffff07": "2.5.0",
    "fffffeff9ffeffffff7f": "2.5.1",
    "ffffffff9ffeffffffff00": "2.5.2, 2.6.0",
    "ffffffff9ffeffffffff7f": "2.6.1",
    "ffffffff9efefbffffffffff00": "3.1",
    "ffffffff9efefbffffffffff01": "3.2",
    "ffffffff9efefbffffffffff1f": "3.3.0 to 3.3.3",
    "FFFFFFFF9EFEFBFFFFFFFFFF3F": "3.3.4 to 3.3.9",
    "ffffffff9efefbfffffffffffffff3fffbf70f": "3.4",
    "ffffffff9efefbfffffffffffffff3fffbf71f": "3.5.0, 3.5.1",
    "ffffffff9efefbfffffffffffffff3fffbf79f00": "3.5.2 to 3.6",
    "ff7ffeff9cfeffffd3cf1300": "Zmanda Client for Windows",
    "00": None,
}


@lru_cache(maxsize=None)
def numbers():
    """Number and field of each feature, from what tshark -G says."""
    fields = {}
    for line in tshark.list_of_fields().splitlines():
        columns = line.split("\t")
        if len(columns) > 7 and columns[2].startswith("amanda.feature."):
            fields[int(re.match(r"Feature (\d+),", columns[7])[1])] = columns[2]
    return fields


def exchange(seconds, handle, request, reply):
    """A noop, its ACK, and the reply."""
    client, server = ("192.0.2.1", 842), ("192.0.2.2", 10080)
    header = f"HANDLE 000-{handle:08x} SEQ 7\n"
    texts = [(client, server, f"Amanda 3.5 REQ {header}SECURITY USER amanda\nSERVICE noop\nOPTIONS {request};\n"),
             (server, client, f"Amanda 3.5 ACK {header}"),
             (server, client, f"Amanda 3.5 REP {header}OPTIONS {reply};\n")]
    return [(seconds * 10**6 + number, packets.ethernet(packets.udp(source, destination, text.encode())))
            for number, (source, destination, text) in enumerate(texts)]


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    path = tmp_path_factory.mktemp("features") / "features.pcap"
    frames = []
    for number, string in enumerate(RELEASES):
        frames += exchange(10**9 + number, number, f"features={string}", f"features={OLD}")
    frames += exchange(10**9 + 100, 100, "hostname=h", f"features={OLD}")
    packets.write_pcap(path, frames)
    return path


def test_there_are_152_features_with_a_field_each():
    assert sorted(numbers()) == list(range(152))


def test_the_features_of_an_old_release(capture):
    names = tuple(numbers().values())
    found = tshark.read_fields(capture, names)[1]
    assert set(found) == {f"amanda.feature.{name}" for name in OLD_FEATURES}


@pytest.mark.parametrize("string", RELEASES)
def test_each_bit_is_on_its_digit(capture, string):
    frame = 1 + 3 * list(RELEASES).index(string)
    packet = tshark.read_pdml(capture)[frame][0]
    digits = next(field for field in packet.walk() if field.name == "amanda.options.features")
    bits = [field for field in packet.walk() if field.name.startswith("amanda.feature.")]
    names = {name: number for number, name in numbers().items()}
    value = bytes.fromhex(string)
    assert digits.text == string
    assert {names[bit.name] for bit in bits} == {n for n in range(len(value) * 8) if value[n >> 3] >> (n & 7) & 1}
    for bit in bits:
        # The second digit of a byte is the low one.
        at = names[bit.name] >> 3 << 1 | (names[bit.name] & 4 == 0)
        assert (bit.position - digits.position, bit.bytes.decode()) == (at, string[at])


@pytest.mark.parametrize("string", RELEASES)
def test_releases(capture, string):
    fields = tshark.read_fields(capture, ("amanda.features.release",))[1 + 3 * list(RELEASES).index(string)]
    assert fields.get("amanda.features.release", [None]) == [RELEASES[string]]


def test_unset_features_are_shown_where_wanted(capture):
    options = ("-o", "amanda.show_unset_features:TRUE")
    for frame, string in (1, OLD), (1 + 3 * list(RELEASES).index("00"), "00"):
        found = tshark.read_fields(capture, tuple(numbers().values()), options)[frame]
        assert len(found) == 152
        assert sum(values[0] in ("1", "True") for values in found.values()) == bin(int(string, 16)).count("1")


def test_a_feature_can_be_filtered_on(capture):
    assert tshark.count(capture, "amanda.feature.req_xml == 1") == 9
    assert tshark.count(capture, "amanda.feature.req_xml == 0") == 0
    assert tshark.count(capture, "amanda.feature.amindexd_dle && amanda.type == REQ") == 8


def test_what_two_sides_have_in_common(capture):
    """In the reply: nothing if they are equal, else how many features both have, and which only one has."""
    names = tuple(f"amanda.features.{name}" for name in ("common", "only_req", "only_rep"))
    frames = tshark.read_fields(capture, names)
    assert frames[3] == {}
    # 2.4.5 has three features more than 2.4.4.
    assert frames[6] == {"amanda.features.common": ["48"],
                         "amanda.features.only_req": ["partial_estimate", "calcsize_estimate", "selfcheck_calcsize"]}
    none = 3 * len(RELEASES)
    assert frames[none]["amanda.features.common"] == ["0"]
    assert len(frames[none]["amanda.features.only_rep"]) == 48


def test_a_request_without_features_stands_for_those_of_2_4_2(capture):
    """amfeatures.c, am_set_default_feature_set()"""
    frame = tshark.read_fields(capture, ("amanda.features.common", "amanda.features.only_req"))[3 * len(RELEASES) + 3]
    assert frame == {"amanda.features.common": ["21"], "amanda.features.only_req": ["rep_options_sendbackup_options"]}
