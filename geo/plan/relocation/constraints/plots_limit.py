"""Effort: no more plots come in than the office can survey and sign for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class PlotsLimit(Constraint):
    """Σ x_j ≤ N = ``limit``. A planner's wish: every plot is a contract, a survey and a row in the database."""

    name: ClassVar[str] = "plots_limit"
    code: ClassVar[str] = "PL308"
    zh: ClassVar[str] = "调入图斑数上限"
    en: ClassVar[str] = "number of plots"
    limit: int

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:  # noqa: ARG002 - part of the interface
        return [self._row("", np.arange(len(pool)), np.ones(len(pool)), "<=", self.limit, "plots")]

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:  # noqa: ARG002 - part of the interface
        return [self._check("", len(chosen), self.limit, "<=", "plots")]
