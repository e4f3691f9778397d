"""WHY A PLOT IS IN OR OUT: what it costs, what it earns under the rules' prices, what the other way would cost.

A plot's reckoning: its own burdens (distance, plot, exposed edge, outside the pool), less the edge it hides by touching
chosen neighbours, less what it earns, which is its part in every row times the row's price in the certificate.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from geo.errors import PlanProblem
from geo.plan.relocation.core import reduced_weights
from geo.plan.relocation.cut_model import CutModel, cut_model
from geo.plan.relocation.model import solve
from geo.plan.relocation.plots import Bools, Floats
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.solution import Solution, Watcher
from geo.standards.units import to_mu


@dataclass(frozen=True, slots=True)
class Reason:
    """One candidate's reckoning in mu·km.

    costs: distance, plot, edge, outside; together: edge hidden by ``neighbours`` chosen plots it touches; earns: by row
    name, what it contributes to a rule that binds (negative: it strains it); at_least: what a plan that decides the
    other way costs more than this plan, at least, by the certificate (0: it may cost nothing).
    """

    candidate_id: str
    chosen: bool
    costs: dict[str, float]
    together: float
    neighbours: int
    earns: dict[str, float]
    at_least: float

    @property
    def net(self) -> float:
        """Costs less togetherness less earnings: negative plots pay for themselves."""
        return sum(self.costs.values()) - self.together - sum(self.earns.values())


@dataclass(frozen=True, slots=True, eq=False)
class WhatIfNot:
    """The problem solved again with one plot decided the other way.

    at_least, at_most: what that costs beyond the best plan, mu·km, proven; comes, goes: candidate ids that enter and
    leave the plan because of it; ``solution.has_plan`` False: there is no plan without (or with) the plot.
    """

    candidate_id: str
    was_chosen: bool
    problem: Problem
    solution: Solution
    at_least: float
    at_most: float
    comes: tuple[str, ...] = field(default=())
    goes: tuple[str, ...] = field(default=())


def why(problem: Problem, plan: Solution, candidate_id: str) -> Reason:
    """The reckoning of one candidate against a plan. Raises PlanProblem for an unknown id or without a plan."""
    j = _position(problem, candidate_id)
    chosen = _chosen(problem, plan)
    pool, weights, borders = problem.pool, problem.weights, problem.borders
    area_mu = to_mu(float(pool.area_m2[j]))
    costs = {
        "distance": weights.distance * area_mu * float(pool.distance_m[j]) / 1000.0,
        "plot": weights.plot,
        "edge": weights.exposed_m * max(float(pool.perimeter_m[j] - pool.border_m[j]), 0.0),
        "outside": weights.outside_pool * area_mu * float(pool.source[j] != "reserve"),
    }
    touching = np.concatenate([borders.right[borders.left == j], borders.left[borders.right == j]])
    shared = np.concatenate([borders.shared_m[borders.left == j], borders.shared_m[borders.right == j]])
    near = chosen[touching]
    model = cut_model(problem)
    column = model.matrix[:, [j]].toarray().ravel()
    price = _prices(model, plan)
    earns = {n: float(p * c) for n, p, c in zip(model.names, price, column, strict=True) if abs(p * c) > 1e-9}
    return Reason(
        candidate_id=candidate_id,
        chosen=bool(chosen[j]),
        costs=costs,
        together=2 * weights.exposed_m * float(shared[near].sum()),
        neighbours=int(near.sum()),
        earns=earns,
        at_least=float(switching_costs(problem, plan, model)[j]),
    )


def switching_costs(problem: Problem, plan: Solution, model: CutModel | None = None) -> Floats:
    """For every candidate, what a plan that decides it the other way costs more than this plan, at least (mu·km).

    From the certificate alone, nothing is solved: the proven bound rises by a node's reduced weight when the node is
    forced to its other side. Zero where the proof is not sharp enough to say, or where there is no certificate.
    """
    chosen = _chosen(problem, plan)
    if plan.certificate is None:
        return np.zeros(len(problem.pool))
    model = model or cut_model(problem)
    node = reduced_weights(model, _prices(model, plan), plan.certificate.flow)
    against = np.where(chosen, np.maximum(-node, 0.0), np.maximum(node, 0.0))
    return np.asarray(np.maximum(plan.certificate.bound + against - plan.objective, 0.0))


def what_if_not(
    problem: Problem,
    plan: Solution,
    candidate_id: str,
    *,
    gap: float = 1e-3,
    time_limit_s: float = 60.0,
    progress: Watcher | None = None,
) -> WhatIfNot:
    """The best plan that decides one candidate the other way: without a chosen plot, or with one that is not chosen.

    Raises PlanProblem for an unknown id, a plot that is locked, or without a plan.
    """
    j = _position(problem, candidate_id)
    chosen = bool(_chosen(problem, plan)[j])
    if candidate_id in problem.locks.inside | problem.locks.outside:
        raise PlanProblem(f"locked: {candidate_id}")
    other = problem.lock(out=[candidate_id]) if chosen else problem.lock(inn=[candidate_id])
    found = solve(other, gap=gap, time_limit_s=time_limit_s, seed=plan.seed, progress=progress, start=plan)
    if not found.has_plan:
        worst = np.inf if found.status == "infeasible" else max(found.bound - plan.objective, 0.0)
        return WhatIfNot(candidate_id, chosen, other, found, worst, np.inf)
    before, after = set(plan.chosen), set(found.chosen)
    return WhatIfNot(
        candidate_id,
        chosen,
        other,
        found,
        max(found.bound - plan.objective, 0.0),
        max(found.objective - plan.bound, 0.0),
        tuple(sorted(after - before)),
        tuple(sorted(before - after)),
    )


def _prices(model: CutModel, plan: Solution) -> Floats:
    given = plan.certificate.multipliers if plan.certificate else {}
    return np.array([max(given.get(name, 0.0), 0.0) for name in model.names])


def _position(problem: Problem, candidate_id: str) -> int:
    try:
        return problem.pool.ids.index(candidate_id)
    except ValueError:
        raise PlanProblem(f"not a candidate: {candidate_id}") from None


def _chosen(problem: Problem, plan: Solution) -> Bools:
    if not plan.has_plan:
        raise PlanProblem("there is no plan")
    return problem.chosen_mask(plan.chosen)
