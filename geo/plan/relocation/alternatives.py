"""PLANS NEARLY AS GOOD AND REALLY DIFFERENT: each is the best plan that replaces a share of every earlier one's land.

One solve a plan: the problem with one more constraint (``constraints.differ``). Because each is searched with a proven
bound, the end is told for sure: no further plan differs that much, or every one that does costs more than was allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from geo.errors import PlanProblem
from geo.plan.relocation.constraints.differ import differ_from
from geo.plan.relocation.model import solve
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.solution import Progress, Solution, Watcher

Ended = Literal["enough", "none_left", "too_dear", "not_found", "cancelled"]
"""enough: as many as asked; none_left: proven, no plan differs that much; too_dear: proven, all that do cost more than
allowed; not_found: none was found, and none was ruled out, in the time; cancelled."""

Watch = Callable[[int, Progress], bool]
"""(number of the plan being looked for, progress of its search) -> go on?"""


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """A plan with its letter. ``worse_by``: its objective over that of plan A, less one; ``replaces``: the share of
    each earlier plan's incoming net area that it does without, by letter."""

    label: str
    solution: Solution
    worse_by: float
    replaces: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Alternatives:
    """Plan A and those found beside it, in the order found; why the search ended, and the bound of the last search."""

    plans: tuple[Alternative, ...]
    within: float
    differ: float
    ended: Ended
    bound: float

    @property
    def base(self) -> Solution:
        return self.plans[0].solution

    def by_label(self) -> dict[str, tuple[str, ...]]:
        """Candidate ids of every plan by its letter."""
        return {p.label: p.solution.chosen for p in self.plans}


def alternatives(
    problem: Problem,
    plan: Solution,
    *,
    count: int = 3,
    within: float = 0.02,
    differ: float = 0.2,
    time_limit_s: float = 60.0,
    progress: Watch | None = None,
) -> Alternatives:
    """Up to ``count`` further plans, each within ``within`` of the plan's objective and replacing ``differ`` of each
    earlier plan's land.

    Each search may stop once its plan is within a quarter of ``within`` of its own best; ``time_limit_s`` is for each.
    Raises PlanProblem when there is no plan to begin with or a share is not between 0 and 1.
    """
    if not plan.has_plan:
        raise PlanProblem("no plan: there is nothing to find alternatives to")
    if not (0 < differ <= 1 and within >= 0 and count >= 1):
        raise PlanProblem("alternatives: differ must lie between 0 and 1, within be 0 or more, count 1 or more")
    plans = [Alternative(letter(0), plan, 0.0, {})]
    locked = problem.locks.inside
    most = (1.0 + within) * plan.objective
    ended: Ended = "enough"
    bound = plan.bound
    for number in range(1, count + 1):
        earlier = {p.label: tuple(i for i in p.solution.chosen if i not in locked) for p in plans}
        if not all(earlier.values()):
            ended = "none_left"
            break
        asked = problem.with_constraint(differ_from(problem.pool, earlier, differ))
        found = plan
        for gap in (max(within / 4, 1e-3), 1e-4):
            found = solve(
                asked, gap=gap, time_limit_s=time_limit_s, seed=plan.seed, start=found,
                progress=_watch(progress, number, most),
            )  # fmt: skip
            # A plan that is too dear says nothing while its bound leaves room for a better one: asked more closely.
            if not (found.has_plan and found.bound <= most < found.objective):
                break
        bound = found.bound
        if found.has_plan and found.objective <= most:
            worse = found.objective / max(plan.objective, 1e-9) - 1.0
            plans.append(Alternative(letter(number), found, worse, replaced(problem, earlier, found.chosen)))
            continue
        if found.status == "infeasible" or np.isposinf(found.bound):
            ended = "none_left"
        elif np.isfinite(found.bound) and found.bound > most:
            ended = "too_dear"
        else:
            ended = "cancelled" if found.status == "cancelled" else "not_found"
        break
    return Alternatives(tuple(plans), within, differ, ended, bound)


def replaced(problem: Problem, plans: dict[str, tuple[str, ...]], chosen: tuple[str, ...]) -> dict[str, float]:
    """Share of each plan's net area that ``chosen`` does without."""
    area = dict(zip(problem.pool.ids, problem.pool.area_m2.tolist(), strict=True))
    kept = set(chosen)
    return {
        label: 1.0 - sum(area[i] for i in ids if i in kept) / max(sum(area[i] for i in ids), 1e-9)
        for label, ids in plans.items()
    }


def letter(number: int) -> str:
    """0 → A, 1 → B … 25 → Z, 26 → A2."""
    return chr(ord("A") + number % 26) + (str(number // 26 + 1) if number >= 26 else "")


def _watch(progress: Watch | None, number: int, most: float) -> Watcher | None:
    """The search's looks passed on; a search that has proven itself too dear is over."""
    ruled_out = [False]

    def look(now: Progress) -> bool:
        ruled_out[0] = ruled_out[0] or now.bound > most
        return not ruled_out[0] and (progress is None or progress(number, now))

    return look
