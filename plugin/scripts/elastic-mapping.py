#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes plugin/doc/elastic-mapping.json anew, an index template for Elasticsearch and OpenSearch, from what the plugin
itself registers. It has all fields as tshark -T ek writes them; tshark -G elastic-mapping leaves out strings and labels.

    tshark -G fields | elastic-mapping.py [--check]

With --check nothing is written; the status says whether the file is up to date."""

import json
import pathlib
import sys

import registered

FILE = pathlib.Path(__file__).resolve().parents[1] / "doc/elastic-mapping.json"

NUMBER = {"type": "long"}
ADDRESS = {"type": "ip"}
TEXT = {"type": "keyword", "ignore_above": 8191, "fields": {"text": {"type": "text"}}}
# What is only there or not is written as null, which an index holds as this word.
LABEL = {"type": "keyword", "null_value": "present"}
TYPES = {
    "FT_STRING": TEXT, "FT_NONE": LABEL, "FT_BOOLEAN": {"type": "boolean"},
    "FT_RELATIVE_TIME": {"type": "double"},  # seconds
    "FT_ABSOLUTE_TIME": {"type": "date"}, "FT_FRAMENUM": NUMBER,
    "FT_BYTES": {"type": "keyword", "index": False, "doc_values": False},
    "FT_UINT8": NUMBER, "FT_UINT16": NUMBER, "FT_UINT32": NUMBER, "FT_INT32": NUMBER, "FT_INT64": NUMBER,
    "FT_UINT64": {"type": "long", "ignore_malformed": True},  # a size above 2^63
}


def key(name):
    """As the layer's key in EK: Wireshark puts the layer's own name before that of the field."""
    return "amanda_" + name.replace(".", "_")


def mapping(listing):
    fields, expert = {}, {"_ws_expert__ws_expert_message": TEXT, "_ws_expert__ws_expert_severity": NUMBER,
                          "_ws_expert__ws_expert_group": NUMBER}
    for name, kind, base, description in registered.fields(listing):
        is_expert = kind == "FT_NONE" and not description
        kind = TYPES["FT_STRING" if "HEX" in base else kind]
        (expert if is_expert else fields)[key(name)] = kind
    fields["_ws_expert"] = {"properties": dict(sorted(expert.items()))}
    layers = {
        "amanda": dict(sorted(fields.items())),
        "frame": {"frame_frame_number": NUMBER, "frame_frame_len": NUMBER, "frame_frame_time_epoch": TEXT},
        "ip": {"ip_ip_src": ADDRESS, "ip_ip_dst": ADDRESS},
        "ipv6": {"ipv6_ipv6_src": ADDRESS, "ipv6_ipv6_dst": ADDRESS},
        "tcp": {"tcp_tcp_stream": NUMBER, "tcp_tcp_srcport": NUMBER, "tcp_tcp_dstport": NUMBER},
        "udp": {"udp_udp_srcport": NUMBER, "udp_udp_dstport": NUMBER},
    }
    properties = {name: {"properties": layer} for name, layer in layers.items()}
    return {
        "index_patterns": ["packets-*"],
        "template": {
            "settings": {"index.mapping.total_fields.limit": 2000},
            "mappings": {"dynamic": False,
                         "properties": {"timestamp": {"type": "date"}, "layers": {"properties": properties}}},
        },
    }


def main():
    registered.write(FILE, json.dumps(mapping(sys.stdin), indent=1) + "\n")


if __name__ == "__main__":
    main()
