"""The three indicators of an occupation, and whether what is supplied covers them (国土资规〔2017〕13号)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from geo.ledger.asset import asset, check_amount
from geo.ledger.refusal import refuse


def capacity(areas: Mapping[int, int], *, kg_per_ha_grade: int, grade_base: int) -> int:
    """Grain capacity of land, in 0.01 kg, from its area by 国家利用等.

    areas: smallest area units (0.01 m²) by grade, 1 … grade_base − 1.
    Formula: Z = Σ Aᵢ·(grade_base − i)·kg_per_ha_grade, Aᵢ in hectares; added exactly, rounded once, half up.
    Raises Refused LG136 for a grade outside the table.
    """
    total = Fraction(0)
    hectare, kilogram = asset("QTY").told_size, asset("CAP").told_size
    for grade, area in areas.items():
        if type(grade) is not int or not 1 <= grade < grade_base:
            raise refuse("LG136", str(grade), limit=f"1 – {grade_base - 1}")
        check_amount(area, f"grade {grade}")
        total += Fraction(area, hectare) * (grade_base - grade) * kg_per_ha_grade * kilogram
    return int(total + Fraction(1, 2))


def occupation(
    areas: Mapping[int, int], *, paddy: int, kg_per_ha_grade: int, grade_base: int
) -> dict[str, int]:  # fmt: skip
    """What a project takes: QTY, CAP and PADDY in smallest units, from areas by grade and the paddy among them."""
    quantity = sum(areas.values())
    if type(paddy) is not int or not 0 <= paddy <= quantity:
        raise refuse("LG102", "PADDY", measured=str(paddy), limit=f"0 – {quantity}")
    return {
        "QTY": quantity,
        "CAP": capacity(areas, kg_per_ha_grade=kg_per_ha_grade, grade_base=grade_base),
        "PADDY": paddy,
    }


@dataclass(frozen=True, slots=True)
class Comparison:
    """H = B − Z by indicator. ``verdict``: pass, promise (only promisable indicators are short) or fail."""

    difference: dict[str, int]
    promisable: tuple[str, ...]

    @property
    def short(self) -> dict[str, int]:
        """What is missing, positive, by indicator."""
        return {code: -h for code, h in self.difference.items() if h < 0}

    @property
    def verdict(self) -> str:
        if not self.short:
            return "pass"
        return "promise" if all(code in self.promisable for code in self.short) else "fail"


def compare(supply: Mapping[str, int], demand: Mapping[str, int], *, promisable: tuple[str, ...] = ()) -> Comparison:
    """Supply minus demand for each indicator of the demand, by direct comparison."""
    return Comparison({code: supply.get(code, 0) - need for code, need in demand.items()}, promisable)
