"""Nearness: the land that comes lies on average within a distance of the land that goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row, mean
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class Distance(Constraint):
    """Σ a_j (d_j − D) x_j ≤ 0: the mean distance, weighted by net area, is at most D = ``limit_m``.

    d: distance (m) from the candidate to the nearest piece that leaves. A planner's wish on top of the objective.
    """

    name: ClassVar[str] = "distance"
    code: ClassVar[str] = "PL307"
    zh: ClassVar[str] = "平均距离上限"
    en: ClassVar[str] = "mean distance"
    limit_m: float

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:  # noqa: ARG002 - part of the interface
        value = pool.area_m2 * (pool.distance_m - self.limit_m) / 1000.0
        return [self._row("", np.arange(len(pool)), value, "<=", 0.0, "m2·km")]

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:  # noqa: ARG002 - part of the interface
        measured = mean(chosen.distance_m, chosen.area_m2)
        return [self._check("", measured, self.limit_m, "<=", "m", tolerance=1e-3)]
