"""Units: square metres inside the house; 公顷 and 亩 only where a person reads.

1 亩 = 2000/3 m² exactly (1/15 ha); 666.67 would be 2,553 m² wrong on the zone's 76.60万亩.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import SupportsFloat

MU_M2 = 2000.0 / 3.0
HA_M2 = 10_000.0


def to_mu(area_m2: float) -> float:
    """亩 from m²."""
    return area_m2 * 3.0 / 2000.0


def from_mu(area_mu: float) -> float:
    """m² from 亩."""
    return area_mu * 2000.0 / 3.0


def to_ha(area_m2: float) -> float:
    """公顷 from m²."""
    return area_m2 / 10_000.0


MINUS = "\u2212"
"""The sign of a negative figure where people read it; a hyphen is for files that machines read."""


def figure_text(value: float, digits: int = 0, *, sign: bool = False) -> str:
    """A figure as people read it: thousands separators, a true minus, no negative zero; ``sign`` marks gains with +."""
    text = f"{value:,.{digits}f}"
    if not any(c in "123456789" for c in text):
        return text.removeprefix("-")
    return f"+{text}" if sign and value > 0 else text.replace("-", MINUS)


def round_half_up(value: SupportsFloat, digits: int) -> float:
    """Commercial rounding as the official forms use it (0.5 goes up, on the shortest decimal form of the float)."""
    step = Decimal(1).scaleb(-digits)
    return float(Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP))
