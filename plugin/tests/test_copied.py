# SPDX-License-Identifier: GPL-2.0-or-later
"""What is captured twice or three times, or mixed with another capture, tells the same: see matrix.py."""

import pytest

import matrix


@pytest.mark.parametrize("part", matrix.in_parts(matrix.CAPTURES, 12), ids=lambda part: part[0].stem)
def test_nothing_false_is_told(tmp_path, part):
    matrix.nothing_false_is_told(part, exact=True, directory=tmp_path)
