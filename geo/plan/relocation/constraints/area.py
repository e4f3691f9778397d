"""Quantity: not less land comes in than goes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row, Scope, scopes
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class Area(Constraint):
    """Σ a_j x_j ≥ ρ · Σ a_i, for every county (scope ``county``) or for all together (scope ``zone``).

    a: net area after field ridges (m²); ρ: ``ratio``, 1 or more. i runs over the pieces that leave, j over candidates.
    """

    name: ClassVar[str] = "area"
    code: ClassVar[str] = "PL301"
    zh: ClassVar[str] = "数量不减少"
    en: ClassVar[str] = "quantity not less"
    ratio: float
    scope: Scope = "county"

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:
        found = []
        for unit in scopes(self.scope, leaving, total=False):
            inside = np.flatnonzero(pool.in_unit(unit))
            out_m2 = float(leaving.area_m2[leaving.in_unit(unit)].sum())
            found.append(self._row(unit, inside, pool.area_m2[inside], ">=", self.ratio * out_m2, "m2"))
        return found

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:
        found = []
        for unit in scopes(self.scope, leaving, total=False):
            came = sum(a for a, c in zip(chosen.area_m2, chosen.county, strict=True) if unit in ("", c))
            left = sum(a for a, c in zip(leaving.area_m2, leaving.county, strict=True) if unit in ("", c))
            found.append(self._check(unit, came, self.ratio * left, ">=", "m2", tolerance=1e-3))
        return found
