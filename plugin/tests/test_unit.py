# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests in C of the parts that know nothing of trees and columns: one test here for each one there."""

import os
import re
import subprocess
from pathlib import Path

import pytest

import tshark

PROGRAMS = [Path(program) for program in os.environ.get("AMANDA_UNIT_TESTS", "").split(":") if program]
if not PROGRAMS:
    PROGRAMS = sorted(path for path in tshark.BUILD.glob("plugin/tests/test-*") if os.access(path, os.X_OK))


def unit_tests():
    for program in PROGRAMS:
        output = subprocess.run([program, "-l"], capture_output=True, text=True, check=True).stdout
        # Newer versions of GLib list them as comments.
        yield from [(program, path) for path in re.findall(r"^(?:# )?(/\S+)$", output, re.MULTILINE)]


TESTS = list(unit_tests())


def test_the_programs_were_built():
    assert {program.stem for program, _ in TESTS} == {
        path.stem for path in Path(__file__).parent.glob("unit/test-*.c")}


@pytest.mark.parametrize("program, path", TESTS, ids=[program.stem + path for program, path in TESTS])
def test_unit(program, path):
    result = subprocess.run([program, "-p", path], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr + result.stdout
    assert f"ok 1 {path}" in result.stdout.splitlines(), result.stdout
