"""WHAT IS MINIMISED, in one unit a planner can weigh: mu·km (one mu of land brought in from one kilometre away)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.errors import PlanProblem
from geo.plan.relocation.plots import Bools, Floats, Ints, Pool
from geo.standards.units import to_mu


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of burden is worth, in mu·km.

    distance: one mu moved one kilometre (the unit itself: 1).
    plot: κ, one more plot (survey, contract, database row).
    exposed_m: λ, one metre of edge that borders neither retained farmland nor another chosen plot.
    outside_pool: one mu that does not come from the reserve pool.
    """

    distance: float = 1.0
    plot: float = 3.0
    exposed_m: float = 0.05
    outside_pool: float = 1.0

    def __post_init__(self) -> None:
        values = (self.distance, self.plot, self.exposed_m, self.outside_pool)
        if not all(np.isfinite(v) and v >= 0 for v in values) or max(values) <= 0:
            raise PlanProblem("weights must be finite, not negative, and one of them above zero")


@dataclass(frozen=True, slots=True)
class Borders:
    """Shared borders between candidates: positions left < right in the pool, and the length in m."""

    left: Ints
    right: Ints
    shared_m: Floats


@dataclass(frozen=True, slots=True)
class Parts:
    """The objective taken apart; ``total`` is what was minimised, in mu·km."""

    total: float
    distance_mu_km: float
    plots: int
    exposed_m: float
    outside_pool_mu: float
    shared_with_retained_m: float
    shared_between_m: float
    outline_m: float


def metre_worth(weights: Weights) -> tuple[float, float]:
    """What one metre of shared border is worth, in mu·km: between two plots that both come in, and with retained land.

    Both plots lose the metre of exposed edge, so between plots it is worth 2λ; along retained farmland λ.
    """
    return 2.0 * weights.exposed_m, weights.exposed_m


def linear_costs(pool: Pool, weights: Weights) -> Floats:
    """c_j + κ + λ·max(P_j − B_j, 0) for every candidate, in mu·km."""
    area_mu = to_mu(1.0) * pool.area_m2
    outside = (pool.source != "reserve").astype(float)
    return np.asarray(
        area_mu * (weights.distance * pool.distance_m / 1000.0 + weights.outside_pool * outside)
        + weights.plot
        + weights.exposed_m * np.maximum(pool.perimeter_m - pool.border_m, 0.0)
    )


def objective_parts(pool: Pool, borders: Borders, weights: Weights, chosen: Bools) -> Parts:
    """The objective and its parts for a plan (0/1 over the pool), added up plainly."""
    rows = np.flatnonzero(chosen)
    area_mu = to_mu(1.0) * pool.area_m2[rows]
    both = chosen[borders.left] & chosen[borders.right]
    between = float(borders.shared_m[both].sum())
    exposed = float(np.maximum(pool.perimeter_m[rows] - pool.border_m[rows], 0.0).sum()) - 2 * between
    distance = float(area_mu @ pool.distance_m[rows]) / 1000.0
    outside = float(area_mu[pool.source[rows] != "reserve"].sum())
    total = (
        weights.distance * distance
        + weights.plot * len(rows)
        + weights.exposed_m * exposed
        + weights.outside_pool * outside
    )
    return Parts(
        total=total,
        distance_mu_km=distance,
        plots=len(rows),
        exposed_m=exposed,
        outside_pool_mu=outside,
        shared_with_retained_m=float(np.minimum(pool.border_m[rows], pool.perimeter_m[rows]).sum()),
        shared_between_m=between,
        outline_m=float(pool.perimeter_m[rows].sum()) - 2 * between,
    )
