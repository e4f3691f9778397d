"""Stability: land that is not stable cropland stays out, or stays under a share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Bools, Plots, Pool


@dataclass(frozen=True, kw_only=True)
class Stability(Constraint):
    """Σ a_j (u_j − s) x_j ≤ 0: at most the share s = ``share`` of the incoming net area is not stable cropland.

    u: 1 for a candidate named in ``unstable``, else 0; a: net area (m²). ``candidates`` refuses such land before it
    comes here (PL103); this is for a pool from elsewhere, or where a part of it is let in.
    """

    name: ClassVar[str] = "stability"
    code: ClassVar[str] = "PL319"
    zh: ClassVar[str] = "稳定利用耕地"
    en: ClassVar[str] = "stable cropland"
    unstable: frozenset[str]
    share: float = 0.0

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:  # noqa: ARG002 - part of the interface
        value = pool.area_m2 * (self._unstable(pool) - self.share)
        return [self._row("", np.arange(len(pool)), value, "<=", 0.0, "m2")]

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:  # noqa: ARG002 - part of the interface
        total = float(chosen.area_m2.sum())
        loose = float(chosen.area_m2[self._unstable(chosen)].sum())
        return [self._check("", loose / total if total else 0.0, self.share, "<=", "share")]

    def _unstable(self, pool: Pool) -> Bools:
        return np.fromiter((i in self.unstable for i in pool.ids), bool, len(pool))
