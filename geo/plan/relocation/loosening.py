"""HOW A CONSTRAINT GIVES WAY, in its own terms: the smallest change of its own figure after which all rows can hold."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from geo.plan.relocation.constraints import (
    Area,
    BlockSize,
    Budget,
    Capacity,
    Constraint,
    Distance,
    FairShare,
    Joined,
    Paddy,
    PlotsLimit,
    Quality,
    ReserveShare,
    Row,
    Slope,
    Stability,
    TownBalance,
    TownCap,
)
from geo.plan.relocation.infeasible import WHOLE_PLOTS_UP_TO, least_miss, misses
from geo.plan.relocation.plots import Bools
from geo.plan.relocation.problem import Problem

Kind = Literal["relax", "unlock", "hold_back"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a problem, before it is tried: see ``ways_out.WayOut``."""

    kind: Kind
    constraint: str
    before: float
    after: float
    unit: str
    problem: Problem
    ids: tuple[str, ...] = ()
    article: str = ""


def loosened(problem: Problem, constraint: Constraint, more: float = 1.0) -> Change | None:
    """The smallest change of a constraint after which all rows can hold; None when it alone is not enough.

    more: times that change, for whole plots where the smallest change would split one.
    """
    if isinstance(constraint, TownCap):
        return _raise_cap(problem, constraint)
    if isinstance(constraint, Area | Paddy | TownBalance | Capacity | PlotsLimit | Budget):
        return _by_amount(problem, constraint, more)
    if type(constraint) in _FIGURES:
        return _by_mean(problem, constraint, more)
    return None


def _raise_cap(problem: Problem, cap: TownCap) -> Change | None:
    checks = cap.check(problem.leaving, problem.pool.take(np.zeros(0, dtype=int)))
    need = max((c.measured / max(c.limit / cap.share, 1e-9) for c in checks if c.limit > 0), default=cap.share)
    after = math.ceil(need * 1e4 - 1e-6) / 1e4
    eased = problem.with_constraint(replace(cap, share=after))
    return Change("relax", cap.name, cap.share, after, "share", eased, article=cap.article)


def _by_amount(
    problem: Problem, constraint: Area | Paddy | TownBalance | Capacity | PlotsLimit | Budget, more: float
) -> Change | None:
    """Constraints whose limit is an amount: what their rows miss at least, alone, is what the limit gives."""
    rows, yields = rows_of(problem, constraint)
    gives = least(problem, rows, yields)
    if gives is None:
        return None
    missed = {k: float(gives[k]) for k in np.flatnonzero(yields) if gives[k] > rows[k].tolerance}
    if not missed:
        return None
    if isinstance(constraint, PlotsLimit):
        most = constraint.limit + math.ceil(more * max(missed.values()) - 1e-6)
        eased = problem.with_constraint(replace(constraint, limit=most))
        return Change(
            "relax", constraint.name, float(constraint.limit), float(most), "plots", eased, article=constraint.article
        )
    if isinstance(constraint, Budget):
        yuan = math.ceil(constraint.limit_yuan + more * max(missed.values()))
        eased = problem.with_constraint(replace(constraint, limit_yuan=float(yuan)))
        return Change("relax", constraint.name, constraint.limit_yuan, yuan, "yuan", eased, article=constraint.article)
    if isinstance(constraint, Capacity):
        limits = dict(constraint.limit_m2)
        for k, amount in missed.items():
            limits[rows[k].scope] += more * amount + 1.0
        before = sum(constraint.limit_m2[rows[k].scope] for k in missed)
        eased = problem.with_constraint(replace(constraint, limit_m2=limits))
        after_m2 = before + more * sum(missed.values()) + len(missed)
        return Change("relax", constraint.name, before, after_m2, "m2", eased, article=constraint.article)
    ratios = {k: (rows[k].limit - amount) / rows[k].limit / more for k, amount in missed.items()}

    def lower(ratio: float, scale: float) -> float:
        return math.floor(ratio * scale * 1e4 + 1e-6) / 1e4

    worst = min(ratios.values())
    if isinstance(constraint, Paddy | TownBalance):
        after = lower(constraint.ratio, worst)
        eased = problem.with_constraint(replace(constraint, ratio=max(after, 0.0)))
        return Change("relax", constraint.name, constraint.ratio, after, "ratio", eased, article=constraint.article)
    after = lower(constraint.ratio, worst)
    county = constraint.county_ratio
    if county is not None:
        county = min(county, lower(max(county, 1e-9) if len(problem.leaving.counties()) > 1 else constraint.ratio,
                                   min((r for k, r in ratios.items() if rows[k].scope), default=1.0)))  # fmt: skip
    eased = problem.with_constraint(replace(constraint, ratio=after, county_ratio=county))
    return Change("relax", constraint.name, constraint.ratio, after, "ratio", eased, article=constraint.article)


_FIGURES: dict[type[Constraint], tuple[str, str, float, float]] = {
    Quality: ("slack", "grade", 1e-3, 1.0),
    Slope: ("slack", "grade", 1e-3, 1.0),
    Distance: ("limit_m", "m", 1.0, 1.0),
    ReserveShare: ("share", "share", 1e-4, -1.0),
    FairShare: ("tolerance", "share", 1e-4, 1.0),
    Joined: ("share", "share", 1e-4, -1.0),
    BlockSize: ("share", "share", 1e-4, -1.0),
    Stability: ("share", "share", 1e-4, 1.0),
}
"""Which figure of a constraint gives way, its unit, the step it is told in, whether more (+1) or less (−1) eases."""


def _by_mean(problem: Problem, constraint: Constraint, more: float) -> Change | None:
    """Constraints on a mean or a share: the least figure that lets all rows hold, by halving (more never hurts)."""
    figure, unit, step, way = _FIGURES[type(constraint)]
    before = float(getattr(constraint, figure))
    low, high = 0.0, {"grade": 20.0, "m": 1e6, "share": 1.0}[unit]

    def holds(ease: float) -> bool:
        eased = problem.with_constraint(_eased(constraint, figure, before + way * ease))
        rows, _ = rows_of(eased, constraint)
        return split_plots_hold(eased, rows)

    if not holds(high):
        return None
    while high - low > step / 2:
        # Most answers are small: look low first.
        middle = (low + high) / 2 if high < 64 * step else low + (high - low) / 8
        low, high = (low, middle) if holds(middle) else (middle, high)
    after = before + way * math.ceil(high * more / step) * step
    eased = problem.with_constraint(_eased(constraint, figure, after))
    return Change("relax", constraint.name, before, after, unit, eased, article=constraint.article)


def _eased(constraint: Constraint, figure: str, value: float) -> Constraint:
    given: Any = {figure: value}
    return replace(constraint, **given)


def rows_of(problem: Problem, constraint: Constraint) -> tuple[list[Row], Bools]:
    """Every row of the problem, locks included, and which are the constraint's."""
    rows = [r for c in problem.named() for r in c.rows(problem.leaving, problem.pool)]
    return rows, np.array([r.constraint == constraint.name for r in rows])


def least(problem: Problem, rows: list[Row], yields: Bools) -> np.ndarray | None:
    """What the yielding rows miss at least, whole plots where the pool is small; None when they alone do not help."""
    size = len(problem.pool)
    gives = least_miss(rows, yields, size, whole=size <= WHOLE_PLOTS_UP_TO, time_limit_s=5.0)
    return gives if len(gives) else None


def split_plots_hold(problem: Problem, rows: list[Row]) -> bool:
    """Whether all rows can hold when plots may be split: quick, and never wrong when it says no."""
    gives = least_miss(rows, np.ones(len(rows), dtype=bool), len(problem.pool), whole=False, time_limit_s=5.0)
    return bool(len(gives)) and not misses(rows, gives)
