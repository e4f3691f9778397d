"""What quality and slope share: a mean weighted by net area that the plan must not raise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row, Scope, mean, scopes
from geo.plan.relocation.plots import Floats, Plots, Pool


@dataclass(frozen=True, kw_only=True)
class MeanNotWorse(Constraint):
    """Σ a_j (v_j − V − s) x_j ≤ 0, V = Σ a_i v_i / Σ a_i, v the column ``of`` of the plots; linear in x."""

    of: ClassVar[str]
    step: ClassVar[str]
    scope: Scope = "county"
    slack: float = 0.0

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:
        found = []
        for unit in scopes(self.scope, leaving, total=True):
            inside, out = np.flatnonzero(pool.in_unit(unit)), leaving.in_unit(unit)
            limit = mean(self._values(leaving)[out], leaving.area_m2[out]) + self.slack
            value = pool.area_m2[inside] * (self._values(pool)[inside] - limit)
            found.append(self._row(unit, inside, value, "<=", 0.0, f"m2·{self.step}"))
        return found

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:
        found = []
        for unit in scopes(self.scope, leaving, total=True):
            came, left = chosen.in_unit(unit), leaving.in_unit(unit)
            if came.any():
                after = mean(self._values(chosen)[came], chosen.area_m2[came])
                before = mean(self._values(leaving)[left], leaving.area_m2[left])
                found.append(self._check(unit, after, before + self.slack, "<=", self.step))
        return found

    def _values(self, plots: Plots | Pool) -> Floats:
        values: Floats = getattr(plots, self.of)
        return values
