"""Room in a township: no more comes in than it can take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class Capacity(Constraint):
    """Σ_{j in t} a_j x_j ≤ K_t for every unit t that is given a limit.

    a: net area (m²); K_t: ``limit_m2`` by township (9 digits) or county (6 digits) code. A planner's wish, not law.
    """

    name: ClassVar[str] = "capacity"
    code: ClassVar[str] = "PL306"
    zh: ClassVar[str] = "调入容量"
    en: ClassVar[str] = "room for incoming land"
    limit_m2: Mapping[str, float] = field(default_factory=dict)

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:  # noqa: ARG002 - part of the interface
        found = []
        for unit in sorted(self.limit_m2):
            inside = np.flatnonzero(pool.in_unit(unit))
            if len(inside):
                found.append(self._row(unit, inside, pool.area_m2[inside], "<=", self.limit_m2[unit], "m2"))
        return found

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:  # noqa: ARG002 - part of the interface
        return [
            self._check(
                unit, float(chosen.area_m2[chosen.in_unit(unit)].sum()), self.limit_m2[unit], "<=", "m2",
                tolerance=1e-3,
            )
            for unit in sorted(self.limit_m2)
        ]  # fmt: skip
