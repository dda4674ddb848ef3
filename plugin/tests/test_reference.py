"""The table in plugin/doc/fields.md is what the plugin registers."""

import subprocess
import sys

import tshark

SCRIPT = tshark.ROOT / "plugin/scripts/reference.py"


def check(listing):
    return subprocess.run([sys.executable, str(SCRIPT), "--check"], input=listing, encoding="utf-8", check=False).returncode


def test_the_table_of_fields_is_up_to_date():
    assert check(tshark.run("tshark", "-G", "fields").stdout) == 0


def test_a_field_that_is_missing_is_noticed():
    listing = tshark.run("tshark", "-G", "fields").stdout
    assert check("\n".join(line for line in listing.split("\n") if "\tamanda.seq\t" not in line)) != 0
