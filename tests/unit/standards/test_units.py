"""Figures as people read them."""

from __future__ import annotations

import pytest

from geo.standards import units


@pytest.mark.parametrize(
    ("value", "digits", "sign", "text"),
    [(-1234.5, 2, False, "−1,234.50"), (1234.5, 1, True, "+1,234.5"), (-0.004, 2, True, "0.00"), (0.0, 0, True, "0")],
)
def test_a_figure_is_told_with_a_true_minus(value: float, digits: int, sign: bool, text: str) -> None:
    assert units.figure_text(value, digits, sign=sign) == text
