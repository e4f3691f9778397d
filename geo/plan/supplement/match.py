"""SEVERAL PROJECTS AGAINST ONE POOL: earlier deadlines first, then the best replacement of all that can be served.

A project is served whole or not at all: it loses nothing that the pool could give it in part. In the order of their
deadlines projects are taken in as long as all taken so far can be served together (each step an exact question to the
solver); those left out are told what they miss. The plan of the served ones is then made jointly, so no lot is spent
twice and none is given to one project that another needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo.plan.supplement.explain import feasible, least_miss
from geo.plan.supplement.model import Watch, solve
from geo.plan.supplement.problem import Shortage, Supplement, SupplementProblem


@dataclass(frozen=True, slots=True)
class Match:
    """served: projects in the order asked; missing: for each project left out, what it misses beside the served ones;
    plan: the joint replacement of the served ones (lots by demand name ``project@county``)."""

    served: tuple[str, ...]
    missing: dict[str, tuple[Shortage, ...]]
    plan: Supplement | None


def match(
    problem: SupplementProblem, order: Sequence[str], *, gap: float = 1e-4, time_limit_s: float = 60.0, seed: int = 0,
    watch: Watch | None = None,
) -> Match:  # fmt: skip
    """Serve projects in this order (earliest deadline first). problem: one demand a project and county."""
    served: list[str] = []
    missing: dict[str, tuple[Shortage, ...]] = {}
    for project in order:
        trial = of_projects(problem, [*served, project])
        if feasible(trial):
            served.append(project)
        else:
            missing[project] = _missing(trial, project)
    if not served:
        return Match((), missing, None)
    plan = solve(of_projects(problem, served), gap=gap, time_limit_s=time_limit_s, seed=seed, watch=watch)
    return Match(tuple(served), missing, plan)


def of_projects(problem: SupplementProblem, projects: Sequence[str]) -> SupplementProblem:
    """The same problem for some of its projects; locks on lots that none of them may use fall away."""
    at = [d for d, demand in enumerate(problem.demands) if demand.project in projects]
    reach = np.atleast_1d(np.isfinite(problem.distance_m[at]).any(axis=0))
    mine = {i for i, r in zip(problem.pool.ids, reach, strict=True) if r}
    return replace(
        problem, demands=tuple(problem.demands[d] for d in at), distance_m=problem.distance_m[at],
        locked_in=problem.locked_in & mine,
    )  # fmt: skip


def _missing(trial: SupplementProblem, project: str) -> tuple[Shortage, ...]:
    """What a project misses at least when all the others keep what they need."""
    lines = [line for d in range(len(trial.demands)) for line in trial.lines(d)]
    own = {d.name for d in trial.demands if d.project == project}
    yields = [k for k, line in enumerate(lines) if line.demand in own]
    missed = least_miss(trial, yields)
    return tuple(
        Shortage(lines[k].demand, lines[k].limit, lines[k].need, lines[k].need - float(missed[k]), lines[k].unit)
        for k in yields
        if len(missed) and missed[k] > 1e-6 * max(abs(lines[k].need), 1.0)
    )
