"""THE DOOR TO THE SOLVER for replacements: wishes one after the other, each with its value and a proven bound.

Demands that share no lot are solved apart. Every level is a small MILP (one column a lot and demand, four rows a
demand) for HiGHS; the value of a level, widened by the tolerance, becomes a row of the next. The prices of the
continuous program prove a floor by addition alone (``proof.floor_of``); branching lifts it to the bound.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from geo.plan.relocation.highs import Outcome, Program, run, solver_name
from geo.plan.relocation.plots import Bools, Floats, Ints
from geo.plan.supplement.problem import Level, Line, Supplement, SupplementProblem

Watch = Callable[[str, float], bool]
"""(what is solved, relative gap so far) -> go on?"""

NODES = 60_000
"""Branchings a level may take: unlike the clock, the same on every machine."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """One column a usable lot and demand: position of the lot and of the demand; fixed: lots locked in."""

    problem: SupplementProblem
    lot: Ints
    demand: Ints
    low: Floats

    def __len__(self) -> int:
        return len(self.lot)

    def cost(self, priority: str) -> Floats:
        cost = np.zeros(len(self))
        for d in range(len(self.problem.demands)):
            mine = self.demand == d
            cost[mine] = self.problem.cost(priority, d, self.lot[mine])
        return cost

    def rows(self) -> list[tuple[str, Floats, float]]:
        """The limits as (name, coefficients over the columns, need), Σ coefficient·x ≥ need."""
        out = []
        for d in range(len(self.problem.demands)):
            mine = np.flatnonzero(self.demand == d)
            for line in self.problem.lines(d, self.lot[mine]):
                row = np.zeros(len(self))
                row[mine] = line.value
                out.append((line.name, row, line.need))
        return out

    def clashes(self) -> list[Ints]:
        """Groups of columns that stand for the same lot: at most one of each."""
        order = np.argsort(self.lot, kind="stable")
        lots, starts, counts = np.unique(self.lot[order], return_index=True, return_counts=True)
        return [order[s : s + c] for _, s, c in zip(lots, starts, counts, strict=True) if c > 1]


def columns_of(problem: SupplementProblem) -> Columns:
    """Every usable lot of every demand as a column."""
    lots = [problem.usable(d) for d in range(len(problem.demands))]
    lot = np.concatenate(lots) if lots else np.zeros(0, dtype=np.int64)
    demand = np.concatenate([np.full(len(at), d) for d, at in enumerate(lots)]) if lots else lot
    counts = np.bincount(lot, minlength=len(problem.pool)) if len(lot) else np.zeros(len(problem.pool), dtype=int)
    inside = np.array([i in problem.locked_in for i in problem.pool.ids], dtype=bool)
    # A lot locked in that only one demand may use is fixed; among several demands a row says that one must take it.
    low = (inside & (counts == 1))[lot].astype(float) if len(lot) else np.zeros(0)
    return Columns(problem, lot.astype(np.int64), demand.astype(np.int64), low)


def program_of(
    columns: Columns, cost: Floats, extra: Sequence[tuple[Floats, float]] = (), *, whole: bool = True
) -> Program:
    """The MILP of one level; ``extra``: rows Σ coefficient·x ≤ limit. Rows are scaled to their largest coefficient."""
    count = len(columns)
    body, low, high = [], [], []
    for _, row, need in columns.rows():
        scale = float(np.abs(row).max(initial=0.0)) or 1.0
        body.append(row / scale)
        low.append(need / scale)
        high.append(np.inf)
    for row, limit in extra:
        scale = float(np.abs(row).max(initial=0.0)) or 1.0
        body.append(row / scale)
        low.append(-np.inf)
        high.append(limit / scale)
    inside = {k for k, i in enumerate(columns.problem.pool.ids) if i in columns.problem.locked_in}
    for group in columns.clashes():
        row = np.zeros(count)
        row[group] = 1.0
        body.append(row)
        low.append(1.0 if int(columns.lot[group[0]]) in inside else -np.inf)
        high.append(1.0)
    return Program(
        cost=cost, low=columns.low, high=np.ones(count), integer=np.full(count, whole),
        matrix=sparse.csr_matrix(np.array(body).reshape(len(body), count)),
        row_low=np.array(low), row_high=np.array(high),
    )  # fmt: skip


def solve(
    problem: SupplementProblem, *, gap: float = 1e-4, time_limit_s: float = 60.0, seed: int = 0,
    watch: Watch | None = None,
) -> Supplement:  # fmt: skip
    """The best replacement by the wishes in order, with a bound for each; no plan is an answer with shortages.

    Same problem and seed: same plan (unless the clock ended the search). Raises PlanProblem for an ill-put problem.
    """
    from geo.plan.supplement.explain import shortages_of

    begun = time.monotonic()
    chosen: dict[str, tuple[str, ...]] = {}
    levels: list[Level] = []
    shortages = []
    status = "optimal"
    for group in _apart(problem):
        left = max(time_limit_s - (time.monotonic() - begun), 0.5)
        part = _part(problem, group)
        found, got = _levels(part, gap=gap, time_limit_s=left, seed=seed, watch=watch)
        if found is None:
            if got:
                status = "cancelled"
                break
            shortages += shortages_of(part)
            continue
        levels += got
        if any(level.gap > max(gap, 1e-3) for level in got) and status == "optimal":
            status = "feasible"
        chosen |= lots_of(columns_of(part), found)
    if shortages:
        status = "infeasible"
    return Supplement(
        status, chosen if status not in ("infeasible", "cancelled") else {}, tuple(levels), tuple(shortages),
        problem.hash(), time.monotonic() - begun, solver_name(),
    )  # fmt: skip


def cheapest(
    problem: SupplementProblem, cost: Floats, extra: Sequence[tuple[Floats, float]], *, gap: float, time_limit_s: float,
    seed: int, start: Floats | None = None, watch: Watch | None = None,
) -> tuple[Outcome, Bools]:  # fmt: skip
    """One level alone: the cheapest choice of columns under extra rows; empty when there is none."""
    columns = columns_of(problem)
    tick = None
    if watch is not None:

        def tick(_s: float, value: float, bound: float) -> bool:
            return bool(watch("", abs(value - bound) / max(abs(value), 1e-9) if np.isfinite(value) else np.inf))

    program = program_of(columns, cost, extra)
    out = run(program, gap=gap, time_limit_s=time_limit_s, seed=seed, start=start, most_nodes=NODES, tick=tick)
    return out, out.values > 0.5 if len(out.values) else np.zeros(0, dtype=bool)


def _levels(
    problem: SupplementProblem, *, gap: float, time_limit_s: float, seed: int, watch: Watch | None
) -> tuple[Bools | None, list[Level]]:
    """All wishes of one group of demands. (None, []) without a plan, (None, [level]) when cancelled."""
    columns = columns_of(problem)
    name = "+".join(d.name for d in problem.demands)
    kept: list[tuple[Floats, float]] = []
    levels: list[Level] = []
    best: Bools | None = None
    if not len(columns):
        return (None, []) if any(d.area_m2 > 0 for d in problem.demands) else (np.zeros(0, dtype=bool), [])
    for number, priority in enumerate(problem.priorities, start=1):
        cost = columns.cost(priority)
        scale = float(np.abs(cost).max(initial=0.0)) or 1.0
        out, found = cheapest(
            problem, cost / scale, kept, gap=gap, seed=seed, start=best.astype(float) if best is not None else None,
            time_limit_s=time_limit_s / len(problem.priorities), watch=watch,
        )  # fmt: skip
        if out.status == "cancelled":
            return None, [Level(name, number, priority, np.inf, -np.inf, np.inf, "cancelled", -np.inf, {}, {})]
        if not len(found):
            if best is None:
                return None, []
            found = best
        if best is not None and float(cost @ best) < float(cost @ found) - 1e-12:
            found = best
        best = found
        value = float(cost @ found)
        floor, prices = floor_by_prices(columns, cost, kept)
        bound = max(min(out.bound * scale if np.isfinite(out.bound) else -np.inf, value), min(floor, value))
        if priority == "plots":
            bound = min(float(np.ceil(bound - 1e-6)), value)
        room = problem.tolerance * abs(value)
        held = value + (np.floor(room + 1e-9) if priority == "plots" else room)
        lots = lots_of(columns, best)
        levels.append(Level(name, number, priority, value, bound, held, out.status, floor, prices, lots))
        kept.append((cost, held + 1e-9 * max(abs(held), 1.0)))
    return best, levels


def lots_of(columns: Columns, chosen: Bools) -> dict[str, tuple[str, ...]]:
    """Lot ids by demand of a choice of columns."""
    ids = np.array(columns.problem.pool.ids, dtype=object)
    return {
        demand.name: tuple(ids[columns.lot[chosen & (columns.demand == d)]])
        for d, demand in enumerate(columns.problem.demands)
    }


def floor_by_prices(
    columns: Columns, cost: Floats, kept: Sequence[tuple[Floats, float]]
) -> tuple[float, dict[str, float]]:
    """The floor that the prices of the continuous program prove, and the prices by row name."""
    from geo.plan.supplement.proof import floor_of

    scale = float(np.abs(cost).max(initial=0.0)) or 1.0
    out = run(program_of(columns, cost / scale, kept, whole=False))
    if not len(out.duals):
        return -np.inf, {}
    rows = columns.rows()
    prices: dict[str, float] = {}
    for k, (name, row, _) in enumerate(rows):
        largest = float(np.abs(row).max(initial=0.0)) or 1.0
        prices[name] = max(float(out.duals[k]) * scale / largest, 0.0)
    for k, (row, _) in enumerate(kept):
        largest = float(np.abs(row).max(initial=0.0)) or 1.0
        prices[f"level{k + 1}"] = max(-float(out.duals[len(rows) + k]) * scale / largest, 0.0)
    return floor_of(columns, cost, kept, prices), prices


def _apart(problem: SupplementProblem) -> list[list[int]]:
    """Demands in groups that share no lot."""
    groups: list[tuple[set[int], list[int]]] = []
    for d in range(len(problem.demands)):
        lots, members = set(problem.usable(d).tolist()), [d]
        rest = []
        for have, old in groups:
            if have & lots:
                lots, members = lots | have, old + members
            else:
                rest.append((have, old))
        groups = [*rest, (lots, members)]
    return sorted((sorted(members) for _, members in groups), key=lambda m: m[0])


def _part(problem: SupplementProblem, group: list[int]) -> SupplementProblem:
    from dataclasses import replace

    if len(group) == len(problem.demands):
        return problem
    reach = np.atleast_1d(np.isfinite(problem.distance_m[group]).any(axis=0))
    mine = {i for i, r in zip(problem.pool.ids, reach, strict=True) if r}
    return replace(
        problem, demands=tuple(problem.demands[d] for d in group), distance_m=problem.distance_m[group],
        locked_in=problem.locked_in & mine,
    )  # fmt: skip


def lines_of(problem: SupplementProblem) -> list[Line]:
    """All limits of all demands."""
    return [line for d in range(len(problem.demands)) for line in problem.lines(d)]
