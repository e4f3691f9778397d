"""Locks: plots that the planner wants in, and plots that must stay out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class Locks(Constraint):
    """x_j = 1 for j in ``inside``; x_j = 0 for j in ``outside``. A decision of the planner, kept in the run record.

    To a solver locks are bounds of variables, not rows; the two rows here (area locked in, area locked out) serve the
    explanation when a lock is what makes a plan impossible.
    """

    name: ClassVar[str] = "locks"
    code: ClassVar[str] = "PL310"
    zh: ClassVar[str] = "锁定"
    en: ClassVar[str] = "locks"
    inside: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:  # noqa: ARG002 - part of the interface
        found = []
        kept = np.array([k for k, i in enumerate(pool.ids) if i in self.inside], dtype=np.int64)
        barred = np.array([k for k, i in enumerate(pool.ids) if i in self.outside], dtype=np.int64)
        if len(kept):
            area = pool.area_m2[kept]
            found.append(self._row("in", kept, area, ">=", float(area.sum()), "m2"))
        if len(barred):
            found.append(self._row("out", barred, pool.area_m2[barred], "<=", 0.0, "m2"))
        return found

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:  # noqa: ARG002 - part of the interface
        ids = set(chosen.ids)
        return [
            self._check("in", len(self.inside & ids), len(self.inside), ">=", "plots"),
            self._check("out", len(self.outside & ids), 0, "<=", "plots"),
        ]
