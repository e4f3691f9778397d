"""Scale of the adjustment: what leaves a township stays under a share of its permanent basic farmland."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class TownCap(Constraint):
    """Σ_{i in t} a_i ≤ c · F_t for every township t, or over all townships involved together (``together``).

    a: net area of what leaves (m²); F_t: net area of the township's permanent basic farmland before the adjustment
    (``farmland_m2``); c: ``share``. The text caps the adjustment of "the townships involved"; both readings are here.
    It binds what leaves, so it has no row over the candidates: ``leaving.choose_leaving`` obeys it beforehand.
    """

    name: ClassVar[str] = "town_cap"
    code: ClassVar[str] = "PL305"
    zh: ClassVar[str] = "乡镇调整规模上限"
    en: ClassVar[str] = "township adjustment cap"
    share: float
    farmland_m2: Mapping[str, float] = field(default_factory=dict)
    together: bool = False

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:  # noqa: ARG002 - part of the interface
        return []

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:  # noqa: ARG002 - part of the interface
        out: dict[str, float] = {}
        for area, town in zip(leaving.area_m2.tolist(), leaving.town.tolist(), strict=True):
            out[town] = out.get(town, 0.0) + area
        if self.together:
            farmland = sum(self.farmland_m2.get(t, 0.0) for t in out)
            return [self._check("", sum(out.values()), self.share * farmland, "<=", "m2", tolerance=1e-3)]
        return [
            self._check(t, out[t], self.share * self.farmland_m2.get(t, 0.0), "<=", "m2", tolerance=1e-3)
            for t in sorted(out)
        ]
