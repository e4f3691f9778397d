"""Fairness: no county or township takes much more than its share of the land that comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Plots, Pool

Level = Literal["county", "town"]
By = Literal["out", "farmland"]


@dataclass(frozen=True, kw_only=True)
class FairShare(Constraint):
    """Σ_{j in u} a_j x_j ≤ (q_u + s) · Σ_{j in U} a_j x_j for every unit u.

    Units are the counties, U the zone (``level`` county), or the townships, U their county (``level`` town). q_u is the
    unit's share of the land that leaves (``by`` out) or of the permanent farmland (``by`` farmland, ``farmland_m2`` by
    township); s: ``tolerance``. a: net area (m²). Farmland that is protected is a burden as well as an honour; a
    planner's wish, not law.
    """

    name: ClassVar[str] = "fair_share"
    code: ClassVar[str] = "PL322"
    zh: ClassVar[str] = "县镇公平分担"
    en: ClassVar[str] = "fair shares"
    level: Level = "town"
    by: By = "farmland"
    tolerance: float
    farmland_m2: Mapping[str, float] = field(default_factory=dict)

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:
        found = []
        codes = self._codes(pool)
        for unit in sorted(set(codes.tolist())):
            group = np.flatnonzero(self._in_group(pool, unit))
            most = self.share(leaving, unit) + self.tolerance
            if most < 1.0 and len(group):
                value = pool.area_m2[group] * ((codes[group] == unit) - most)
                found.append(self._row(unit, group, value, "<=", 0.0, "m2"))
        return found

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:
        found = []
        codes = self._codes(chosen)
        for unit in sorted(set(codes.tolist())):
            total = float(chosen.area_m2[self._in_group(chosen, unit)].sum())
            most = self.share(leaving, unit) + self.tolerance
            if most < 1.0:
                mine = float(chosen.area_m2[codes == unit].sum())
                found.append(self._check(unit, mine / total, most, "<=", "share"))
        return found

    def share(self, leaving: Plots, unit: str) -> float:
        """q_u: the unit's part of what its group gives up, or of its group's farmland; 0 of nothing."""
        if self.by == "out":
            group = self._in_group(leaving, unit)
            mine = self._codes(leaving) == unit
            return float(leaving.area_m2[mine].sum()) / max(float(leaving.area_m2[group].sum()), 1e-9)
        total = sum(a for t, a in self.farmland_m2.items() if self.level == "county" or t[:6] == unit[:6])
        return sum(a for t, a in self.farmland_m2.items() if t.startswith(unit)) / max(total, 1e-9)

    def _codes(self, plots: Plots) -> np.ndarray:
        return np.asarray(plots.county if self.level == "county" else plots.town)

    def _in_group(self, plots: Plots, unit: str) -> np.ndarray:
        if self.level == "county":
            return np.ones(len(plots), dtype=bool)
        return np.asarray(plots.county == unit[:6])
