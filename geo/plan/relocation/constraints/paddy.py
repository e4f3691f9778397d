"""Paddy for paddy: not less 水田 comes in than goes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row, Scope, scopes
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class Paddy(Constraint):
    """Σ a_j p_j x_j ≥ ρ · Σ a_i p_i, for every county (scope ``county``) or for all together (scope ``zone``).

    p: 1 for paddy (0101), else 0; a: net area (m²); ρ: ``ratio``, 1 unless a rule asks for more.
    """

    name: ClassVar[str] = "paddy"
    code: ClassVar[str] = "PL303"
    zh: ClassVar[str] = "水田不减少"
    en: ClassVar[str] = "paddy not less"
    ratio: float = 1.0
    scope: Scope = "county"

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:
        found = []
        for unit in scopes(self.scope, leaving, total=False):
            limit = self.ratio * float(leaving.area_m2[leaving.in_unit(unit) & leaving.paddy].sum())
            if limit > 0:
                inside = np.flatnonzero(pool.in_unit(unit) & pool.paddy)
                found.append(self._row(unit, inside, pool.area_m2[inside], ">=", limit, "m2"))
        return found

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:
        found = []
        for unit in scopes(self.scope, leaving, total=False):
            left = sum(
                a for a, p, c in zip(leaving.area_m2, leaving.paddy, leaving.county, strict=True)
                if p and unit in ("", c)
            )  # fmt: skip
            came = sum(
                a for a, p, c in zip(chosen.area_m2, chosen.paddy, chosen.county, strict=True)
                if p and unit in ("", c)
            )  # fmt: skip
            if left > 0:
                found.append(self._check(unit, came, self.ratio * left, ">=", "m2", tolerance=1e-3))
        return found
