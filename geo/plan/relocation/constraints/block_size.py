"""Minimum block: a plot comes in only as part of a block that is large enough to be worked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Bools, Plots, Pool


@dataclass(frozen=True, kw_only=True)
class BlockSize(Constraint):
    """Σ a_j (q − k_j) x_j ≤ 0: at least the share q = ``share`` of the incoming net area lies in blocks of a size.

    k: 1 when the plot itself has ``least_m2`` of net area, or borders retained farmland along ``border_m`` and so joins
    a block that is there; else 0. Small plots that come in side by side do not count: the plan may be better than told,
    never worse. With q = 1 no other plot comes in.
    """

    name: ClassVar[str] = "block_size"
    code: ClassVar[str] = "PL320"
    zh: ClassVar[str] = "最小连片规模"
    en: ClassVar[str] = "minimum block"
    share: float
    least_m2: float
    border_m: float

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:  # noqa: ARG002 - part of the interface
        value = pool.area_m2 * (self.share - self._large(pool))
        return [self._row("", np.arange(len(pool)), value, "<=", 0.0, "m2")]

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:  # noqa: ARG002 - part of the interface
        total = float(chosen.area_m2.sum())
        large = float(chosen.area_m2[self._large(chosen)].sum())
        return [self._check("", large / total if total else 1.0, self.share, ">=", "share")]

    def _large(self, pool: Pool) -> Bools:
        return np.asarray((pool.area_m2 >= self.least_m2) | (pool.border_m >= self.border_m))
