"""COST AGAINST CONTIGUITY: what a metre less of exposed edge costs, from plans at a range of weights, and what no plan
can do.

At a weight λ a solve proves cost + λ·edge ≥ bound for every plan under the rules: the lines of all weights together
bound a region that holds no plan at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from geo.errors import PlanProblem
from geo.plan.relocation.model import solve
from geo.plan.relocation.objective import Parts, Weights, objective_parts
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.solution import Progress, Solution

FACTORS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
USUAL_WEIGHT = 0.02
"""The weight that the factors multiply when the problem itself puts none on edges."""

Watch = Callable[[int, Progress], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A plan at a weight of edges. cost_mu_km: all burdens but the edge; exposed_m: the edge; bound: proven for cost +
    edge_weight · exposed over all plans; given: this is the plan that was asked about; worse: another point is no
    dearer and no more exposed."""

    edge_weight: float
    cost_mu_km: float
    exposed_m: float
    parts: Parts
    weights: Weights
    solution: Solution
    bound: float
    given: bool = False
    worse: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Frontier:
    """Points from the least exposed edge to the most; the given plan is one of them."""

    points: tuple[Point, ...]

    def least_cost(self, exposed_m: float) -> float:
        """A proven lower bound (mu·km) on the cost of any plan with this much exposed edge (m)."""
        return max((p.bound - p.edge_weight * exposed_m for p in self.points), default=0.0)

    def exchange(self) -> list[tuple[Point, Point, float]]:
        """Neighbouring good points and what a metre less of edge costs between them, mu·km a metre."""
        good = [p for p in self.points if not p.worse]
        return [
            (a, b, (a.cost_mu_km - b.cost_mu_km) / (b.exposed_m - a.exposed_m))
            for a, b in pairwise(good)
            if b.exposed_m > a.exposed_m
        ]


def frontier(
    problem: Problem,
    plan: Solution,
    *,
    factors: Sequence[float] = FACTORS,
    gap: float = 5e-3,
    time_limit_s: float = 30.0,
    progress: Watch | None = None,
) -> Frontier:
    """Plans at multiples of the problem's weight on exposed edge, and the given plan among them.

    ``time_limit_s`` and ``gap`` are for each solve. Stopped by ``progress``, the points so far are kept. Raises
    PlanProblem without a plan or with a factor below 0.
    """
    if not plan.has_plan:
        raise PlanProblem("there is no plan")
    if not factors or min(factors) < 0:
        raise PlanProblem("frontier: factors must be 0 or more")
    base = problem.weights.exposed_m or USUAL_WEIGHT
    points = [_point(problem, plan, given=True)]
    for number, factor in enumerate(sorted(set(factors)), start=1):
        weight = factor * base
        if np.isclose(weight, problem.weights.exposed_m):
            continue
        asked = problem.with_weights(replace(problem.weights, exposed_m=weight))
        stopped = [False]

        def look(now: Progress, number: int = number, stopped: list[bool] = stopped) -> bool:
            stopped[0] = progress is not None and not progress(number, now)
            return not stopped[0]

        found = solve(asked, gap=gap, time_limit_s=time_limit_s, seed=plan.seed, progress=look, start=plan)
        if found.has_plan:
            points.append(_point(asked, found))
        if stopped[0]:
            break
    return Frontier(_marked(points))


def _point(problem: Problem, solution: Solution, *, given: bool = False) -> Point:
    chosen = problem.chosen_mask(solution.chosen)
    parts = objective_parts(problem.pool, problem.borders, problem.weights, chosen)
    weight = problem.weights.exposed_m
    return Point(
        weight,
        parts.total - weight * parts.exposed_m,
        parts.exposed_m,
        parts,
        problem.weights,
        solution,
        solution.bound,
        given,
    )


def _marked(points: list[Point]) -> tuple[Point, ...]:
    """In order of exposed edge; points that another one beats in both are marked."""
    found = []
    for p in points:
        beaten = any(
            q is not p and q.cost_mu_km <= p.cost_mu_km and q.exposed_m <= p.exposed_m
            and (q.cost_mu_km, q.exposed_m) != (p.cost_mu_km, p.exposed_m)
            for q in points
        )  # fmt: skip
        found.append(replace(p, worse=beaten))
    return tuple(sorted(found, key=lambda p: (p.exposed_m, p.cost_mu_km)))
