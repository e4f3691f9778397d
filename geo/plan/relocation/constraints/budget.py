"""Budget: what the land that comes in costs, by where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Floats, Plots, Pool
from geo.standards.units import to_mu


@dataclass(frozen=True, kw_only=True)
class Budget(Constraint):
    """Σ c_j x_j ≤ M, c_j = (mu of j) · ``yuan_mu`` of its source + ``yuan_plot``.

    M: ``limit_yuan``; ``yuan_mu``: what a mu costs by source (``reserve``, ``cropland``), 0 for one not named;
    ``yuan_plot``: survey and contract of one plot. A planner's wish.
    """

    name: ClassVar[str] = "budget"
    code: ClassVar[str] = "PL317"
    zh: ClassVar[str] = "经费上限"
    en: ClassVar[str] = "budget"
    limit_yuan: float
    yuan_mu: Mapping[str, float] = field(default_factory=dict)
    yuan_plot: float = 0.0

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:  # noqa: ARG002 - part of the interface
        return [self._row("", np.arange(len(pool)), self._yuan(pool), "<=", self.limit_yuan, "yuan")]

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:  # noqa: ARG002 - part of the interface
        spent = sum(
            to_mu(float(a)) * self.yuan_mu.get(str(s), 0.0) + self.yuan_plot
            for a, s in zip(chosen.area_m2, chosen.source, strict=True)
        )
        return [self._check("", spent, self.limit_yuan, "<=", "yuan", tolerance=1e-3)]

    def _yuan(self, pool: Pool) -> Floats:
        price = np.zeros(len(pool))
        for source, yuan in self.yuan_mu.items():
            price[pool.source == source] = yuan
        return to_mu(1.0) * pool.area_m2 * price + self.yuan_plot
