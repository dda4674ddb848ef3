# SPDX-License-Identifier: GPL-2.0-or-later
"""What reference.py and elastic-mapping.py share: they write a file from what the plugin registers with Wireshark."""

import sys
from collections import namedtuple

Field = namedtuple("Field", "name type base description")


def fields(listing):
    """Fields and expert infos of the plugin, from the lines of tshark -G fields. An expert info has no description."""
    for line in listing:
        columns = line.rstrip("\n").split("\t")
        if columns[0] == "F" and columns[4] == "amanda":
            yield Field(columns[2], columns[3], columns[5], columns[7])


def write(path, text):
    """With --check nothing is written; the status says whether the file is up to date."""
    if "--check" in sys.argv[1:]:
        sys.exit(text != path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
