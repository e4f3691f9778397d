"""Slope: the land that comes is on average not steeper than the land that goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row, Scope, mean, scopes
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class Slope(Constraint):
    """Σ a_j (s_j − S − t) x_j ≤ 0, S = Σ a_i s_i / Σ a_i; for every county and for all together, or for all only.

    s: slope class of cropland, 1 flattest to 5; S: mean class of what leaves, weighted by net area; t: ``slack`` in
    classes. The zone is flat: the row almost never binds, but a plan that broke it would fail review.
    """

    name: ClassVar[str] = "slope"
    code: ClassVar[str] = "PL304"
    zh: ClassVar[str] = "坡度级不升高"
    en: ClassVar[str] = "slope class not higher"
    scope: Scope = "county"
    slack: float = 0.0

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:
        found = []
        for unit in scopes(self.scope, leaving, total=True):
            inside, out = np.flatnonzero(pool.in_unit(unit)), leaving.in_unit(unit)
            limit = mean(leaving.slope[out], leaving.area_m2[out]) + self.slack
            value = pool.area_m2[inside] * (pool.slope[inside] - limit)
            found.append(self._row(unit, inside, value, "<=", 0.0, "m2·class"))
        return found

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:
        found = []
        for unit in scopes(self.scope, leaving, total=True):
            came, left = chosen.in_unit(unit), leaving.in_unit(unit)
            if came.any():
                after = mean(chosen.slope[came], chosen.area_m2[came])
                before = mean(leaving.slope[left], leaving.area_m2[left])
                found.append(self._check(unit, after, before + self.slack, "<=", "class"))
        return found
