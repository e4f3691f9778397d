"""IS THE PROBLEM WELL PUT? Found before any solver runs, in words."""

from __future__ import annotations

import numpy as np

from geo.finding import Finding
from geo.plan.relocation.constraints import Budget, Capacity, PlotsLimit, TownCap
from geo.plan.relocation.objective import linear_costs
from geo.plan.relocation.problem import Problem

SWAMPED = 1e9
"""Costs further apart than this cannot be told apart in double precision sums over a county."""


def presolve(problem: Problem) -> list[Finding]:
    """Every fault of how the problem is put; an empty list when it can be given to a solver."""
    faults = []
    if not len(problem.pool):
        faults.append(Finding("PL201", "error"))
    for constraint in problem.constraints:
        if isinstance(constraint, TownCap) and constraint.share <= 0:
            faults.append(Finding("PL202", "error", constraint.name, constraint.share, 0.0, "share"))
        if isinstance(constraint, PlotsLimit) and constraint.limit <= 0:
            faults.append(Finding("PL202", "error", constraint.name, float(constraint.limit), 0.0, "plots"))
        if isinstance(constraint, Budget) and constraint.limit_yuan <= 0:
            faults.append(Finding("PL202", "error", constraint.name, constraint.limit_yuan, 0.0, "yuan"))
        if isinstance(constraint, Capacity) and constraint.limit_m2 and max(constraint.limit_m2.values()) <= 0:
            faults.append(Finding("PL202", "error", constraint.name, 0.0, 0.0, "m2"))
    if len(problem.pool):
        costs = linear_costs(problem.pool, problem.weights)
        above = costs[costs > 0]
        if not np.isfinite(costs).all() or (len(above) and above.max() / above.min() > SWAMPED):
            faults.append(Finding("PL203", "error", "", float(costs.max()), SWAMPED))
    return faults
