"""Joined to farmland: what comes in lies against permanent farmland that stays, as a share of its edge or area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Bools, Plots, Pool


@dataclass(frozen=True, kw_only=True)
class Joined(Constraint):
    """Σ a_j (q − h_j) x_j ≤ 0: at least the share q = ``share`` of the incoming net area touches retained farmland.

    h: 1 when the border with permanent farmland that stays is at least ``border_m`` long, else 0; a: net area (m²).
    With q = 1 only plots that touch may come in at all.
    """

    name: ClassVar[str] = "joined"
    code: ClassVar[str] = "PL318"
    zh: ClassVar[str] = "与永农相连"
    en: ClassVar[str] = "joined to retained farmland"
    share: float
    border_m: float

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:  # noqa: ARG002 - part of the interface
        value = pool.area_m2 * (self.share - self._touches(pool))
        return [self._row("", np.arange(len(pool)), value, "<=", 0.0, "m2")]

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:  # noqa: ARG002 - part of the interface
        total = float(chosen.area_m2.sum())
        touching = float(chosen.area_m2[self._touches(chosen)].sum())
        return [self._check("", touching / total if total else 1.0, self.share, ">=", "share")]

    def _touches(self, pool: Pool) -> Bools:
        return np.asarray(pool.border_m >= self.border_m)
