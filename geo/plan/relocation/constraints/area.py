"""Quantity: not less land comes in than goes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class Area(Constraint):
    """Σ a_j x_j ≥ ρ · Σ a_i for all together, and Σ_{j in k} a_j x_j ≥ ρ_k · Σ_{i in k} a_i for every county k.

    a: net area after field ridges (m²); i runs over the pieces that leave, j over candidates; ρ: ``ratio`` for the
    whole plan, 1 or more; ρ_k: ``county_ratio`` for each county, None when land of one county may replace another's.
    """

    name: ClassVar[str] = "area"
    code: ClassVar[str] = "PL301"
    zh: ClassVar[str] = "数量不减少"
    en: ClassVar[str] = "quantity not less"
    ratio: float
    county_ratio: float | None = None

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:
        found = []
        for unit, ratio in self._units(leaving):
            inside = np.flatnonzero(pool.in_unit(unit))
            out_m2 = float(leaving.area_m2[leaving.in_unit(unit)].sum())
            found.append(self._row(unit, inside, pool.area_m2[inside], ">=", ratio * out_m2, "m2"))
        return found

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:
        found = []
        for unit, ratio in self._units(leaving):
            came = sum(a for a, c in zip(chosen.area_m2, chosen.county, strict=True) if unit in ("", c))
            left = sum(a for a, c in zip(leaving.area_m2, leaving.county, strict=True) if unit in ("", c))
            found.append(self._check(unit, came, ratio * left, ">=", "m2", tolerance=1e-3))
        return found

    def _units(self, leaving: Plots) -> list[tuple[str, float]]:
        if self.county_ratio is None:
            return [("", self.ratio)]
        counties = leaving.counties()
        if self.county_ratio >= self.ratio or len(counties) == 1:
            # The counties together already ask for as much as the whole does.
            return [(unit, max(self.ratio if len(counties) == 1 else 0.0, self.county_ratio)) for unit in counties]
        return [*((unit, self.county_ratio) for unit in counties), ("", self.ratio)]
