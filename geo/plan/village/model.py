"""THE DOOR TO THE SOLVER for villages: wishes one after the other, each with its value, a bound and its prices.

The strong form (one row an arc) keeps the continuous program close to the whole-number one, so that its prices prove
most of the bound by addition alone; branching lifts the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from scipy import sparse

from geo.plan.relocation.highs import Outcome, Program, run, solver_name
from geo.plan.relocation.plots import Floats
from geo.plan.village.improve import guided, improved
from geo.plan.village.problem import Level, VillageProblem, VillageScheme
from geo.plan.village.proof import Kept, floor_of

Watch = Callable[[str, float], bool]
"""(what is solved, relative gap so far) -> go on?"""

NODES = 20_000
"""Branchings a level may take: unlike the clock, the same on every machine."""


def solve(
    problem: VillageProblem, *, gap: float = 1e-4, time_limit_s: float = 60.0, seed: int = 0,
    watch: Watch | None = None,
) -> VillageScheme:  # fmt: skip
    """The best scheme of one project area by its wishes in order. Same problem and seed: same scheme (unless the clock
    ended the search). Infeasible only by hamlets that must move or a budget; ``clash`` names the conditions."""
    begun = time.monotonic()
    kept: list[Kept] = []
    levels: list[Level] = []
    # Nobody moves: a scheme whenever nobody must, so that a clock that ends early never reads as infeasible.
    best: Floats | None = None if problem.must else np.zeros(problem.size)

    def answer(status: str, clash: tuple[str, ...] = ()) -> VillageScheme:
        moves = problem.moves_of(best) if best is not None and status in ("optimal", "feasible") else {}
        return VillageScheme(problem.name, status, moves, tuple(levels), clash, problem.hash(),
                             time.monotonic() - begun, solver_name())  # fmt: skip

    if not problem.arcs and not problem.must and not len(problem.block_m2):
        best = np.zeros(problem.size)
        levels += [
            Level(problem.name, k, wish, 0.0, 0.0, 0.0, "optimal", 0.0, {}, {})
            for k, wish in enumerate(problem.wishes, start=1)
        ]
        return answer("optimal")
    status = "optimal"
    for number, wish in enumerate(problem.wishes, start=1):
        cost = problem.costs(wish)
        scale = float(np.abs(cost).max(initial=0.0)) or 1.0
        left = max((time_limit_s - (time.monotonic() - begun)) / (len(problem.wishes) - number + 1), 0.5)
        floor, prices = _prices(problem, cost, kept)
        if best is not None:
            best = guided(problem, cost, kept, best, prices)
        out = _whole(problem, cost / scale, kept, gap=gap, time_limit_s=left, seed=seed, start=best, watch=watch)
        if out.status == "cancelled":
            return answer("cancelled")
        if not len(out.values):
            if best is None:
                return answer("infeasible", _clash(problem)) if out.status == "infeasible" else answer("not_found")
        else:
            found = improved(problem, cost, kept, problem.columns_of(problem.moves_of(out.values)))
            if best is None or float(cost @ found) < float(cost @ best) - 1e-12:
                best = found
        assert best is not None
        value = float(cost @ best)
        told = out.bound * scale if np.isfinite(out.bound) else -np.inf
        bound = min(max(told, floor), value)
        held = problem.held_to(value)
        level = Level(problem.name, number, wish, value, bound, held, out.status, floor, prices, problem.moves_of(best))
        levels.append(level)
        if level.gap > max(gap, 1e-3):
            status = "feasible"
        kept.append((cost, held + 1e-9 * max(abs(held), 1.0)))
    return answer(status)


def program_of(problem: VillageProblem, cost: Floats, kept: Sequence[Kept], *, whole: bool) -> Program:
    """The program of one level: conditions, then levels kept; rows scaled to their largest coefficient."""
    matrix, limits, _ = problem.rows
    if kept:
        matrix = sparse.vstack([matrix, sparse.csr_matrix(np.array([row for row, _ in kept]))], format="csr")
        limits = np.concatenate([limits, [limit for _, limit in kept]])
    scale = np.asarray(abs(matrix).max(axis=1).todense()).ravel()
    scale[scale == 0] = 1.0
    matrix = sparse.csr_matrix(sparse.diags(1.0 / scale) @ matrix)
    integer = np.zeros(problem.size, dtype=bool)
    integer[: problem.arcs + len(problem.places)] = whole
    return Program(
        cost=cost, low=np.zeros(problem.size), high=np.ones(problem.size), integer=integer, matrix=matrix,
        row_low=np.full(len(limits), -np.inf), row_high=limits / scale,
    )  # fmt: skip


def _whole(
    problem: VillageProblem, cost: Floats, kept: Sequence[Kept], *, gap: float, time_limit_s: float, seed: int,
    start: Floats | None, watch: Watch | None,
) -> Outcome:  # fmt: skip
    tick = None
    if watch is not None:

        def tick(_s: float, value: float, bound: float) -> bool:
            return bool(watch("", abs(value - bound) / max(abs(value), 1e-9) if np.isfinite(value) else np.inf))

    program = program_of(problem, cost, kept, whole=True)
    return run(program, gap=gap, time_limit_s=time_limit_s, seed=seed, start=start, most_nodes=NODES, tick=tick)


def _prices(problem: VillageProblem, cost: Floats, kept: Sequence[Kept]) -> tuple[float, dict[str, float]]:
    """The floor that the prices of the continuous program prove, and the prices that are not nought, by row name."""
    scale = float(np.abs(cost).max(initial=0.0)) or 1.0
    program = program_of(problem, cost / scale, kept, whole=False)
    out = run(program)
    if not len(out.duals):
        return -np.inf, {}
    matrix, _, names = problem.rows
    labels = [*names, *(f"level{k + 1}" for k in range(len(kept)))]
    rows = sparse.vstack([matrix, sparse.csr_matrix(np.array([r for r, _ in kept]))]) if kept else matrix
    largest = np.asarray(abs(rows).max(axis=1).todense()).ravel()
    largest[largest == 0] = 1.0
    prices = np.maximum(-out.duals, 0.0) * scale / largest
    keep = np.flatnonzero(prices > 1e-12 * scale)
    told = {labels[k]: float(prices[k]) for k in keep}
    return floor_of(problem, cost, kept, told), told


def _clash(problem: VillageProblem) -> tuple[str, ...]:
    """Which conditions cannot hold together: hamlets that must move but cannot, else budget and quota."""
    from dataclasses import replace

    reach = set(problem.hamlet.tolist())
    alone = [h for k, h in enumerate(problem.hamlets) if h in problem.must and k not in reach]
    if alone:
        return tuple(f"must:{h}" for h in alone)
    out = ["must"]
    if np.isfinite(problem.budget_yuan):
        free = replace(problem, budget_yuan=float("inf"))
        if len(run(program_of(free, free.costs("cost") * 1e-6, (), whole=True), time_limit_s=10).values):
            return ("must", "budget")
    return (*out, "room", "quota")
