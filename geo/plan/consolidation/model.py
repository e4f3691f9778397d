"""THE DOOR TO THE SOLVER for consolidation: one MILP for HiGHS, its bound, prices that prove a floor by addition."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy import sparse

from geo.plan.consolidation.problem import Consolidation, Floats, Line, Scheme, Shortage, floor_of
from geo.plan.relocation.highs import Program, run, solver_name

Watch = Callable[[float], bool]
"""(relative gap so far) -> go on?"""

NODES = 60_000
"""Branchings: unlike the clock, the same on every machine."""


def solve(
    problem: Consolidation, *, gap: float = 1e-4, time_limit_s: float = 60.0, seed: int = 0, watch: Watch | None = None
) -> Scheme:
    """The cheapest scheme within the limits and its proven bound; what is short where there is none."""
    begun = time.monotonic()
    lines = problem.lines()
    tick = None
    if watch is not None:

        def tick(_s: float, value: float, bound: float) -> bool:
            return bool(watch(abs(value - bound) / max(abs(value), 1e-9) if np.isfinite(value) else np.inf))

    cost = problem.cost()
    scale = float(np.abs(cost).max(initial=0.0)) or 1.0
    if not problem.size:
        met = all(line.need <= 0 for line in lines)
        return _answer(problem, np.zeros(0), 0.0, "optimal" if met else "infeasible", {}, begun)
    # Thousands of small measures: the relaxation has hardly a fraction, and rounded up it is often within the gap.
    relaxed = run(_program(problem, lines, cost / scale, whole=False))
    prices = {}
    if len(relaxed.duals):
        prices = {
            line.name: max(float(relaxed.duals[k]) * scale / _size(line.row), 0.0) for k, line in enumerate(lines)
        }
    first = _rounded(problem, relaxed.values)
    if len(first):
        value, floor = float(cost @ (first > 0.5)), floor_of(problem, prices)
        if value - floor <= gap * max(abs(value), 1.0):
            return _answer(problem, first, min(floor, value), "optimal", prices, begun)
    out = run(_program(problem, lines, cost / scale), gap=gap, time_limit_s=time_limit_s, seed=seed, most_nodes=NODES,
              tick=tick)  # fmt: skip
    if out.status == "time" and not len(out.values) and len(first):
        floor = floor_of(problem, prices)
        return _answer(problem, first, min(floor, float(cost @ (first > 0.5))), "feasible", prices, begun)
    if out.status == "cancelled" or (out.status == "time" and not len(out.values)):
        return _answer(problem, np.zeros(0), -np.inf, "cancelled", {}, begun)
    if not len(out.values):
        return _answer(problem, np.zeros(0), -np.inf, "infeasible", {}, begun)
    value = float(cost @ (out.values > 0.5))
    bound = out.bound * scale if np.isfinite(out.bound) else -np.inf
    bound = min(max(bound, floor_of(problem, prices)), value)
    near = value - bound <= max(gap, 1e-9) * max(abs(value), 1.0) * 1.01
    return _answer(problem, out.values, bound, "optimal" if near else "feasible", prices, begun)


def _rounded(problem: Consolidation, values: Floats) -> Floats:
    """A scheme from the relaxation: every fraction taken, or those above a half; empty when neither holds."""
    for least in (1e-9, 0.5) if len(values) else ():
        chosen = values > least
        if problem.holds(chosen):
            return chosen.astype(float)
    return np.zeros(0)


def _size(row: Floats) -> float:
    return float(np.abs(row).max(initial=0.0)) or 1.0


def _program(problem: Consolidation, lines: list[Line], cost: Floats, *, whole: bool = True) -> Program:
    """Rows scaled to their largest coefficient; then w ≤ x."""
    m, size = len(problem.measures), problem.size
    body = np.array([line.row / _size(line.row) for line in lines]).reshape(len(lines), size)
    each = np.arange(m)
    links = sparse.csr_matrix(
        (np.concatenate([np.ones(m), -np.ones(m)]), (np.tile(each, 2), np.concatenate([each, size - m + each]))),
        shape=(m, size),
    )
    low, high = problem.bounds()
    return Program(
        cost=cost, low=low, high=high, integer=np.full(size, whole),
        matrix=sparse.vstack([sparse.csr_matrix(body), links], format="csr"),
        row_low=np.concatenate([[line.need / _size(line.row) for line in lines], np.zeros(m)]),
        row_high=np.full(len(lines) + m, np.inf),
    )  # fmt: skip


def _answer(
    problem: Consolidation, values: Floats, bound: float, status: str, prices: dict[str, float], begun: float
) -> Scheme:
    m, n, lines = len(problem.measures), len(problem.plots), problem.lines()
    chosen = values > 0.5
    planned = status in ("optimal", "feasible")
    return Scheme(
        status=status,
        measures=tuple(i for i, c in zip(problem.measures.ids, chosen[:m], strict=False) if c),
        plots=tuple(i for i, c in zip(problem.plots.ids, chosen[m : m + n], strict=False) if c),
        farmland=tuple(i for i, c in zip(problem.measures.ids, chosen[m + n :], strict=False) if c),
        objective=float(problem.cost() @ chosen) if planned and len(chosen) else 0.0 if planned else float("inf"),
        bound=bound, floor=floor_of(problem, prices) if planned else -np.inf, prices=prices,
        slacks={line.name: float(line.row @ chosen) - line.need for line in lines} if planned else {},
        shortages=() if planned or status == "cancelled" else _shortages(problem, lines),
        problem_hash=problem.hash(), seconds=time.monotonic() - begun, solver=solver_name(),
    )  # fmt: skip


def _shortages(problem: Consolidation, lines: list[Line]) -> tuple[Shortage, ...]:
    """Limits that cannot be reached alone; where each can, the smallest shortfalls that let the others be kept."""
    low, high = problem.bounds()
    m = len(problem.measures)
    short = []
    for line in lines:
        row = line.row.copy()
        best = np.where(row > 0, row * high, row * low)
        x, w = best[:m], best[problem.size - m :]
        possible = float(best[m : problem.size - m].sum() + (x + np.where(high[:m] > 0, w, 0.0)).sum())
        if possible < line.need - 1e-9:
            short.append(Shortage(line.name, line.need, possible, line.unit))
    if short:
        return tuple(short)
    out = run(_elastic(problem, lines), gap=1e-6, time_limit_s=10, most_nodes=NODES)
    for k, line in enumerate(lines) if len(out.values) else ():
        lacking = float(out.values[problem.size + k]) * _size(line.row)
        if lacking > 1e-6:
            short.append(Shortage(line.name, line.need, line.need - lacking, line.unit))
    return tuple(short)


def _elastic(problem: Consolidation, lines: list[Line]) -> Program:
    """Every limit with a slack of its own; the sum of the slacks (each in the scale of its row) is least."""
    hard = _program(problem, lines, np.zeros(problem.size))
    k, rows = len(lines), hard.matrix.shape[0]
    slack = sparse.csr_matrix((np.ones(k), (np.arange(k), np.arange(k))), shape=(rows, k))
    return Program(
        cost=np.concatenate([np.zeros(problem.size), np.ones(k)]),
        low=np.concatenate([hard.low, np.zeros(k)]), high=np.concatenate([hard.high, np.full(k, np.inf)]),
        integer=np.concatenate([hard.integer, np.zeros(k, dtype=bool)]),
        matrix=sparse.hstack([hard.matrix, slack], format="csr"), row_low=hard.row_low, row_high=hard.row_high,
    )  # fmt: skip
