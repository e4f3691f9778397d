"""THE DOOR TO THE SOLVERS: one call, several ways, the same kind of answer.

``lagrangian`` first: a bound from minimum cuts and a plan, for pools of up to ``LARGE_FROM`` candidates from the
contracted core (``dual``, ``core``), for larger ones with a proof by cases (``large``, ``sift``, ``tree``), which
``cases`` asks for at any size. When the gap is wider than asked and little is left undecided, HiGHS solves what is left
exactly (``highs``). ``exact`` gives HiGHS the whole model. The best plan and the highest bound are returned.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from geo.errors import PlanProblem
from geo.plan.relocation.cut_model import CutModel, cut_model
from geo.plan.relocation.highs import solve_cut_model, solver_name
from geo.plan.relocation.infeasible import explain, missed_check
from geo.plan.relocation.objective import objective_parts
from geo.plan.relocation.plots import Bools
from geo.plan.relocation.presolve import presolve
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.solution import (
    Certificate,
    Progress,
    Shortfall,
    Solution,
    Status,
    Watcher,
    relative_gap,
)

if TYPE_CHECKING:
    from geo.plan.relocation.again import Begin

Method = Literal["auto", "exact", "lagrangian", "cases"]
EXACT_UP_TO = 20_000
"""Candidates up to which ``auto`` lets HiGHS finish on the whole model (measured: bench/planner.py)."""
LARGE_FROM = 20_000
"""Candidates above which the proof goes case by case (``large``) instead of by bundle and core (``dual``)."""


@dataclass(slots=True)
class Search:
    """The state of one solve: best plan, best bound, the clock, who watches. Lives only inside ``solve``."""

    model: CutModel
    ids: tuple[str, ...]
    gap: float
    deadline: float
    watcher: Watcher | None
    may_finish: bool = True
    begun: float = field(default_factory=time.monotonic)
    best: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    objective: float = np.inf
    bound: float = 0.0
    cancelled: bool = False
    finished: bool = False
    history: list[Progress] = field(default_factory=list)

    def offer(self, chosen: Bools) -> bool:
        """Takes a plan if it holds every row and is better than the best so far."""
        if not len(chosen) or not self.model.holds(chosen):
            return False
        value = self.model.value(chosen)
        if value >= self.objective - 1e-12:
            return False
        self.best, self.objective = chosen, value
        return True

    def prove(self, bound: float) -> None:
        """Takes a bound if it is higher than the best so far."""
        self.bound = max(self.bound, bound)

    @property
    def allowed_s(self) -> float:
        return self.deadline - self.begun

    def left_s(self) -> float:
        return self.deadline - time.monotonic()

    def settled(self) -> bool:
        return relative_gap(self.objective, self.bound) <= self.gap

    def tell(self, message: str, *, silent: bool = False) -> bool:
        """Reports; False when the search should stop (cancelled or out of time)."""
        now = Progress(
            time.monotonic() - self.begun, self.objective, self.bound,
            relative_gap(self.objective, self.bound), message,
        )  # fmt: skip
        if not silent:
            self.history.append(now)
        if self.watcher is not None and not self.watcher(now):
            self.cancelled = True
        return not self.cancelled and self.left_s() > 0


def solve(
    problem: Problem,
    *,
    gap: float = 1e-3,
    time_limit_s: float = 60.0,
    progress: Watcher | None = None,
    seed: int = 0,
    method: Method = "auto",
    start: Solution | None = None,
) -> Solution:
    """The best plan that can be found and proven within the gap and the time.

    progress: called with every look at the search; returning False cancels it and keeps the best plan so far.
    start: the solution of a like problem (before a lock, a changed limit): its prices are where the bound begins, its
    plan, as far as its plots are candidates here, where the plan begins. A wrong start costs time, never truth.
    Same problem, seed, method and start: same plan, unless the clock or the user ended the search.
    Raises PlanProblem, all faults in words, when the problem is not well put. No plan is an answer: status
    ``infeasible`` with shortfalls and the clashing constraints.
    """
    faults = presolve(problem)
    if faults:
        raise PlanProblem("\n".join(f"{f.text('zh')} / {f.text('en')}" for f in faults))
    begun = time.monotonic()
    rows = [(constraint, constraint.rows(problem.leaving, problem.pool)) for constraint in problem.constraints]
    over = [
        missed_check(c)
        for constraint, mine in rows
        if not mine
        for c in constraint.check(problem.leaving, problem.pool.take(np.zeros(0, dtype=int)))
        if not c.holds
    ]
    if over:
        return _no_plan(problem, tuple(over), tuple(s.name for s in over), begun, seed, "outgoing")
    model = cut_model(problem, [row for _, mine in rows for row in mine])
    search = Search(model=model, ids=problem.pool.ids, gap=gap, deadline=begun + time_limit_s, watcher=progress,
                    may_finish=method == "auto")  # fmt: skip
    search.tell("start")
    impossible, used = False, "exact"
    certificate: Certificate | None = None
    prices: dict[str, float] = {}
    if method != "exact":
        from geo.plan.relocation.again import begin_from

        begin = begin_from(problem, model, start)
        impossible, certificate, prices = _priced(search, begin, seed, method)
        used = "lagrangian+exact" if search.finished else "lagrangian"
    without = method in ("auto", "cases") and len(problem.pool) <= EXACT_UP_TO and not len(search.best)
    small = method == "exact" or without
    if small and not (impossible or search.settled() or search.cancelled) and search.left_s() > 0:
        impossible = _exact(search, seed=seed)
        used = "exact" if method == "exact" else "lagrangian+exact"
    if impossible and not len(search.best):
        shortfalls, clashing = explain(problem)
        return _no_plan(problem, shortfalls, clashing, begun, seed, "rules")
    return _packed(problem, search, certificate, prices, seed, used)


def _priced(
    search: Search, begin: Begin | None, seed: int, method: Method
) -> tuple[bool, Certificate | None, dict[str, float]]:
    """Prices, bound and plan by the way that was measured to be faster at this size."""
    from geo.plan.relocation import dual, large

    if search.model.size > LARGE_FROM or method == "cases":
        return large.lagrangian(search, exact_up_to=EXACT_UP_TO, begin=begin)
    return dual.lagrangian(search, seed=seed, exact_up_to=EXACT_UP_TO, begin=begin)


def _exact(search: Search, *, seed: int) -> bool:
    """HiGHS on the whole model from the best plan so far; True when it proves that there is no plan."""

    def tick(_seconds: float, objective: float, bound: float) -> bool:
        if np.isfinite(bound):
            search.prove(min(bound, search.objective, objective))
        return search.tell("HiGHS")

    out, chosen = solve_cut_model(
        search.model,
        gap=search.gap,
        time_limit_s=search.left_s(),
        seed=seed,
        start=search.best if len(search.best) else None,
        tick=tick,
    )
    search.offer(chosen)
    if np.isfinite(out.bound):
        search.prove(min(out.bound, search.objective))
    return out.status == "infeasible"


def _packed(
    problem: Problem,
    search: Search,
    certificate: Certificate | None,
    prices: dict[str, float],
    seed: int,
    method: str,
) -> Solution:
    gap = relative_gap(search.objective, search.bound)
    status: Status
    if search.cancelled:
        status, reason = "cancelled", "stopped by the user"
    elif gap <= search.gap:
        status, reason = "optimal", f"gap {gap:.2e} within the {search.gap:.2e} asked"
    elif search.left_s() <= 0:
        status, reason = "time", "the time allowed was used up"
    else:
        status, reason = "feasible", "no better plan or bound was found"
    chosen = problem.pool.take(np.flatnonzero(search.best)) if len(search.best) else None
    search.tell(status)
    return Solution(
        status=status,
        objective=search.objective,
        bound=search.bound,
        gap=gap,
        chosen=chosen.ids if chosen is not None else (),
        parts=objective_parts(problem.pool, problem.borders, problem.weights, search.best) if chosen else None,
        checks=tuple(c for k in problem.named() for c in k.check(problem.leaving, chosen)) if chosen else (),
        slacks=search.model.slacks(search.best) if chosen else {},
        seconds=time.monotonic() - search.begun,
        solver=solver_name(),
        method=method,
        problem_hash=problem.hash(),
        seed=seed,
        reason=reason,
        certificate=certificate,
        shadow_prices=prices,
        history=tuple(search.history),
    )


def _no_plan(
    problem: Problem,
    shortfalls: tuple[Shortfall, ...],
    clashing: tuple[str, ...],
    begun: float,
    seed: int,
    where: str,
) -> Solution:
    reason = "what leaves breaks a limit" if where == "outgoing" else "the named constraints cannot hold together"
    return Solution(
        status="infeasible",
        objective=np.inf,
        bound=np.inf,
        gap=np.inf,
        chosen=(),
        parts=None,
        checks=(),
        slacks={},
        seconds=time.monotonic() - begun,
        solver=solver_name(),
        method="exact",
        problem_hash=problem.hash(),
        seed=seed,
        reason=reason,
        shortfalls=shortfalls,
        clashing=clashing,
    )
