#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the table in plugin/doc/fields.md anew, from what the plugin itself registers.

    tshark -G fields | reference.py [--check]

With --check nothing is written; the status says whether the table is up to date."""

import pathlib
import sys

import registered

PAGE = pathlib.Path(__file__).resolve().parents[1] / "doc/fields.md"
BEGIN, END = "<!-- fields: written by plugin/scripts/reference.py -->\n", "<!-- end of fields -->\n"
TYPES = {
    "FT_STRING": "string", "FT_FRAMENUM": "frame number", "FT_BOOLEAN": "Boolean", "FT_RELATIVE_TIME": "time span",
    "FT_ABSOLUTE_TIME": "time", "FT_BYTES": "bytes", "FT_NONE": "label",
}
FEATURES = "amanda.feature."


def kind(name):
    """FT_INT32 and its like as "signed, 32 bits"."""
    if name in TYPES:
        return TYPES[name]
    bits = name.lstrip("FT_UIN")
    return ("unsigned" if name.startswith("FT_UINT") else "signed") + f", {bits} bits"


def table(listing):
    rows, features = {}, 0
    for name, type, _, description in registered.fields(listing):
        if name.startswith(FEATURES):
            features += 1
        elif description:
            rows[name] = f"| `{name}` | {kind(type)} | {description.replace('|', '&#124;')} |\n"
    rows[FEATURES] = f"| `{FEATURES}*` | Boolean | The {features} bits of a features string, each by its name |\n"
    return "| field | type | meaning |\n|---|---|---|\n" + "".join(rows[name] for name in sorted(rows))


def main():
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    registered.write(PAGE, before + BEGIN + table(sys.stdin) + END + after)


if __name__ == "__main__":
    main()
