"""Another plan: a share of each earlier plan's land is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from geo.plan.relocation.constraints.constraint import Check, Constraint, Row
from geo.plan.relocation.plots import Plots, Pool


@dataclass(frozen=True, kw_only=True)
class Differ(Constraint):
    """Σ_{j in S} a_j x_j ≤ K_S, K_S = (1 − y) · Σ_{j in S} a_j, for every earlier plan S: the share y is replaced.

    a: net area (m²); S: ``plans``, candidate ids by the label of the plan; K_S: ``keep_m2`` by the same labels. A
    planner's wish; plots that are locked in are left out of S, since they cannot be replaced. Made by ``differ_from``.
    """

    name: ClassVar[str] = "differ"
    code: ClassVar[str] = "PL321"
    zh: ClassVar[str] = "与已有方案不同"
    en: ClassVar[str] = "different from earlier plans"
    plans: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keep_m2: Mapping[str, float] = field(default_factory=dict)

    def rows(self, leaving: Plots, pool: Pool) -> list[Row]:  # noqa: ARG002 - part of the interface
        found = []
        for label, ids in sorted(self.plans.items()):
            inside = _inside(pool, ids)
            found.append(self._row(label, inside, pool.area_m2[inside], "<=", self.keep_m2[label], "m2"))
        return found

    def check(self, leaving: Plots, chosen: Pool) -> list[Check]:  # noqa: ARG002 - part of the interface
        return [
            self._check(
                label, float(chosen.area_m2[_inside(chosen, ids)].sum()), self.keep_m2[label], "<=", "m2",
                tolerance=1e-3,
            )
            for label, ids in sorted(self.plans.items())
        ]  # fmt: skip


def differ_from(pool: Pool, plans: Mapping[str, tuple[str, ...]], share: float) -> Differ:
    """The constraint that a plan replaces at least ``share`` of the net area of each of these plans."""
    kept = {label: tuple(sorted(ids)) for label, ids in plans.items()}
    area = {label: (1.0 - share) * float(pool.area_m2[_inside(pool, ids)].sum()) for label, ids in kept.items()}
    return Differ(plans=kept, keep_m2=area)


def _inside(pool: Pool, ids: tuple[str, ...]) -> np.ndarray:
    wanted = set(ids)
    return np.array([k for k, i in enumerate(pool.ids) if i in wanted], dtype=np.int64)
