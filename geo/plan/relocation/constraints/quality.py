"""Quality: the land that comes is on average not of a worse grade than the land that goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row, Scope, mean, scopes
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class Quality(Constraint):
    """Σ a_j (g_j − G − s) x_j ≤ 0, G = Σ a_i g_i / Σ a_i; for every county and for all together, or for all only.

    g: national use grade of cropland, 1 best to 15; G: mean grade of what leaves, weighted by net area; s: ``slack``
    in grades, 0 unless a rule allows more. The form is linear because it never divides by the unknown area.
    """

    name: ClassVar[str] = "quality"
    code: ClassVar[str] = "PL302"
    zh: ClassVar[str] = "质量等别不降低"
    en: ClassVar[str] = "grade not worse"
    scope: Scope = "county"
    slack: float = 0.0

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:
        found = []
        for unit in scopes(self.scope, leaving, total=True):
            inside, out = np.flatnonzero(pool.in_unit(unit)), leaving.in_unit(unit)
            limit = mean(leaving.grade[out], leaving.area_m2[out]) + self.slack
            value = pool.area_m2[inside] * (pool.grade[inside] - limit)
            found.append(self._row(unit, inside, value, "<=", 0.0, "m2·grade"))
        return found

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:
        found = []
        for unit in scopes(self.scope, leaving, total=True):
            came, left = chosen.in_unit(unit), leaving.in_unit(unit)
            if came.any():
                after = mean(chosen.grade[came], chosen.area_m2[came])
                before = mean(leaving.grade[left], leaving.area_m2[left])
                found.append(self._check(unit, after, before + self.slack, "<=", "grade"))
        return found
