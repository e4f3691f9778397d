"""Balance in every township: what leaves a township comes back in the same township, as a share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class TownBalance(Constraint):
    """Σ_{j in t} a_j x_j ≥ τ · Σ_{i in t} a_i for every township t that loses something.

    a: net area (m²); τ: ``ratio``, 1 when every township must keep its quantity, less for a part of it. The law strikes
    the balance by county; by township it is a planner's wish.
    """

    name: ClassVar[str] = "town_balance"
    code: ClassVar[str] = "PL316"
    zh: ClassVar[str] = "乡镇内平衡"
    en: ClassVar[str] = "balance in every township"
    ratio: float = 1.0

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:
        found = []
        for town in sorted(set(leaving.town.tolist())):
            inside = np.flatnonzero(pool.town == town)
            limit = self.ratio * float(leaving.area_m2[leaving.town == town].sum())
            found.append(self._row(town, inside, pool.area_m2[inside], ">=", limit, "m2"))
        return found

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:
        found = []
        for town in sorted(set(leaving.town.tolist())):
            came = sum(a for a, t in zip(chosen.area_m2, chosen.town, strict=True) if t == town)
            left = sum(a for a, t in zip(leaving.area_m2, leaving.town, strict=True) if t == town)
            found.append(self._check(town, came, self.ratio * left, ">=", "m2", tolerance=1e-3))
        return found
