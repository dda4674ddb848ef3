# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing false is told of what is begun late, ended early, one-sided, cut short or out of order: see matrix.py."""

import pytest

import matrix


@pytest.mark.parametrize("part", matrix.in_parts(matrix.SAMPLE, 12), ids=lambda part: part[0].stem)
def test_nothing_false_is_told(tmp_path, part):
    matrix.nothing_false_is_told(part, exact=False, directory=tmp_path)
