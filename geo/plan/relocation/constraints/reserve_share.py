"""Pool first: a share of what comes in must come from the reserve pool (储备区)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class ReserveShare(Constraint):
    """Σ a_j (q − r_j) x_j ≤ 0: at least the share q = ``share`` of the incoming net area is from the reserve pool.

    r: 1 for a lot of the reserve pool, else 0; a: net area (m²).
    """

    name: ClassVar[str] = "reserve_share"
    code: ClassVar[str] = "PL309"
    zh: ClassVar[str] = "储备区优先"
    en: ClassVar[str] = "reserve pool first"
    share: float

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:  # noqa: ARG002 - part of the interface
        value = pool.area_m2 * (self.share - (pool.source == "reserve"))
        return [self._row("", np.arange(len(pool)), value, "<=", 0.0, "m2")]

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:  # noqa: ARG002 - part of the interface
        total = float(chosen.area_m2.sum())
        from_pool = float(chosen.area_m2[chosen.source == "reserve"].sum())
        return [self._check("", from_pool / total if total else 1.0, self.share, ">=", "share")]
