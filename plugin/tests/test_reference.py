# SPDX-License-Identifier: GPL-2.0-or-later
"""The table in plugin/doc/fields.md and the index template beside it are what the plugin registers."""

import subprocess
import sys

import pytest

import tshark

SCRIPTS = "reference.py", "elastic-mapping.py"


def check(script, listing):
    command = [sys.executable, str(tshark.ROOT / "plugin/scripts" / script), "--check"]
    return subprocess.run(command, input=listing, encoding="utf-8", check=False).returncode


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_is_written_from_the_fields_is_up_to_date(script):
    assert check(script, tshark.list_of_fields()) == 0, f"run {script}"


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_field_that_is_missing_is_noticed(script):
    listing = tshark.list_of_fields()
    assert check(script, "\n".join(line for line in listing.split("\n") if "\tamanda.seq\t" not in line)) != 0
