"""THE DOOR TO THE SOLVER for consolidation: prices on the limits, a plan of whole measures, a proven bound.

Thousands of small measures under a dozen limits: with the limits priced every measure stands alone, and a plan of whole
measures differs from the best split one in a handful. So:

1. Prices: the problem with split measures.
2. Plans: the split plan rounded up; then the least decided measures decided exactly, the others as priced.
3. Proof: what the prices prove by addition. Where that is not near enough, all measures that a better plan could still
   turn (their price is below the gap) are decided exactly: the bound of that is the bound of the whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from geo.plan.consolidation.problem import Bools, Consolidation, Floats, Line, Scheme, Shortage, floor_of, reduced
from geo.plan.relocation.highs import Outcome, Program, run, solver_name

Watch = Callable[[float], bool]
"""(relative gap so far) -> go on?"""

NODES = 60_000
"""Branchings: unlike the clock, the same on every machine."""
CORE_NODES = 2_000
MANY = 10_000
"""Columns beyond which the solver's presolve costs more than it saves."""
WIDTHS = (400, 2_000)
"""Columns decided exactly around the priced plan, before those that the bound leaves open."""


@dataclass
class Search:
    """A run on one problem: the best plan and the bound so far, and the prices that prove it."""

    problem: Consolidation
    gap: float
    until: float
    seed: int
    watch: Watch | None
    best: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    value: float = np.inf
    bound: float = -np.inf
    floor: float = -np.inf
    prices: dict[str, float] = field(default_factory=dict)
    split: Floats = field(default_factory=lambda: np.zeros(0))
    stopped: bool = False

    def offer(self, chosen: Bools) -> None:
        """Keeps a plan that is the best so far."""
        value = float(self.problem.cost() @ chosen)
        if value < self.value and self.problem.holds(chosen):
            self.best, self.value = chosen, value

    def settled(self) -> bool:
        """Is the best plan within the gap asked?"""
        return (
            np.isfinite(self.value)
            and self.value - self.bound <= max(self.gap, 1e-9) * max(abs(self.value), 1.0) * 1.01
        )

    def tick(self, _seconds: float, _value: float, _bound: float) -> bool:
        """Asks the watcher whether to go on."""
        if self.watch is None or self.stopped:
            return not self.stopped
        off = abs(self.value - self.bound) / max(abs(self.value), 1e-9) if np.isfinite(self.value) else np.inf
        self.stopped = not self.watch(off)
        return not self.stopped

    def left_s(self) -> float:
        return self.until - time.monotonic()


def solve(
    problem: Consolidation, *, gap: float = 1e-4, time_limit_s: float = 60.0, seed: int = 0, watch: Watch | None = None
) -> Scheme:
    """The cheapest scheme within the limits and its proven bound; what is short where there is none.

    The clock ends only the last step: what was found until then is kept with its bound (status feasible).
    """
    begun = time.monotonic()
    search = Search(problem, gap, begun + time_limit_s, seed, watch)

    def answer(status: str) -> Scheme:
        return _answer(search, status, time.monotonic() - begun)

    if not problem.size:
        met = all(line.need <= 0 for line in problem.lines())
        search.best, search.value, search.bound = np.zeros(0, dtype=bool), 0.0, 0.0
        return answer("optimal" if met else "infeasible")
    if not _priced(search):
        return answer("infeasible")
    _rounded(search)
    for width in (*WIDTHS, 0):
        if search.settled() or search.stopped or (not width and search.left_s() <= 0):
            break
        if width and width >= problem.size:
            continue
        out = _decided(search, width)
        if not width and out.status == "infeasible" and not len(search.best):
            return answer("infeasible")
    if not len(search.best):
        return answer("cancelled")
    return answer("optimal" if search.settled() else "feasible")


def _priced(search: Search) -> bool:
    """Prices of the limits, their floor and the split plan; False when not even split measures keep the limits."""
    problem = search.problem
    every = np.ones(problem.size, dtype=bool)
    part = _restricted(problem, np.zeros(problem.size), every, whole=False)
    out = run(part, time_limit_s=np.inf, presolve=False)
    if not len(out.duals):
        return False
    scale = _scale(problem)
    search.prices = {
        line.name: max(float(out.duals[k]) * scale / _size(line.row), 0.0) + 0.0
        for k, line in enumerate(problem.lines())
    }
    search.floor = search.bound = floor_of(problem, search.prices)
    search.split = np.clip(out.values, *problem.bounds())
    return True


def _least(problem: Consolidation, prices: dict[str, float], count: int) -> Bools:
    """The ``count`` columns that the prices decide least, a measure with its w."""
    _, far = _states(problem, prices)
    open_ = np.zeros(problem.size, dtype=bool)
    free = np.flatnonzero(np.isfinite(far))
    open_[free[np.argsort(far[free], kind="stable")[:count]]] = True
    return _paired(problem, open_)


def _paired(problem: Consolidation, open_: Bools) -> Bools:
    """A measure is open together with its w, where it has one."""
    m, size = len(problem.measures), problem.size
    either = open_[:m] | open_[size - m :]
    return np.concatenate([either, open_[m : size - m], either & (problem.bounds()[1][size - m :] > 0.5)])


def _states(problem: Consolidation, prices: dict[str, float]) -> tuple[Floats, Floats]:
    """The best value of every column at prices, and what the next best costs more (inf: none; w goes with its x)."""
    m, n = len(problem.measures), len(problem.plots)
    left, _ = reduced(problem, prices)
    low, high = problem.bounds()
    x, w = left[:m], left[m + n :]
    table = np.array([
        np.where(low[:m] > 0.5, np.inf, 0.0), np.where(high[:m] > 0.5, x, np.inf),
        np.where((high[:m] > 0.5) & (high[m + n :] > 0.5), x + w, np.inf),
    ]).reshape(3, m)  # fmt: skip
    pick = table.argmin(axis=0)
    order = np.sort(table, axis=0)
    far = np.full(problem.size, np.inf)
    fixed = ~np.isfinite(order[1])
    far[:m] = np.where(fixed, np.inf, order[1] - np.where(fixed, 0.0, order[0]))
    z = left[m : m + n]
    free = (low[m : m + n] < 0.5) & (high[m : m + n] > 0.5)
    far[m : m + n] = np.where(free, np.abs(z), np.inf)
    plots = np.where(free, z < 0, low[m : m + n] > 0.5)
    return np.concatenate([pick > 0, plots, pick > 1]).astype(float), far


def _rounded(search: Search) -> None:
    """Plans from the split one: every fraction taken, or those above a half."""
    for least in (1e-9, 0.5) if len(search.split) else ():
        search.offer(search.split > least)


def _decided(search: Search, width: int) -> Outcome:
    """Decides exactly the ``width`` least decided columns, the others as priced; 0: every one still open."""
    problem = search.problem
    wanted, far = _states(problem, search.prices)
    if width:
        split = search.split
        wanted, open_ = (split > 0.5).astype(float), _least(problem, search.prices, width)
        open_ = _paired(problem, open_ | (np.abs(split - wanted) > 1e-9))
    else:  # a plan better than the best so far has every other column as priced
        open_ = _paired(problem, far <= search.value - search.floor + 1e-6 * max(abs(search.floor), 1.0))
    base = np.where(open_, 0.0, wanted)
    aside = float(problem.cost() @ base)
    scale = _scale(problem)
    start = None
    if len(search.best) and not (search.best != (wanted > 0.5))[~open_].any():
        start = search.best[open_].astype(float)
    room = search.gap * max(abs(search.bound), 1.0) if np.isfinite(search.bound) else 0.0
    inside = abs(min(search.value, search.bound + room) - aside)  # the gap of the part, so that the whole keeps its own
    gap = min(max(0.9 * room / max(inside, 1e-9), 1e-9), 0.5) if inside else search.gap
    out = run(
        _restricted(problem, base, open_), gap=gap, seed=search.seed, start=start, tick=search.tick,
        time_limit_s=np.inf if width else max(search.left_s(), 1.0), most_nodes=CORE_NODES if width else NODES,
        enough=(search.bound + 0.9 * room - aside) / scale, presolve=int(open_.sum()) <= MANY,
    )  # fmt: skip
    if len(out.values):
        chosen = base > 0.5
        chosen[open_] = out.values > 0.5
        search.offer(chosen)
    if not width and np.isfinite(out.bound):
        search.bound = max(search.bound, min(out.bound * scale + aside, search.value))
    elif not width and out.status == "infeasible":
        search.bound = search.value
    return out


def _scale(problem: Consolidation) -> float:
    return float(np.abs(problem.cost()).max(initial=0.0)) or 1.0


def _restricted(problem: Consolidation, base: Floats, open_: Bools, *, whole: bool = True) -> Program:
    """The problem over the open columns, the others as in ``base``; rows and costs scaled; then w ≤ x."""
    m, size, lines = len(problem.measures), problem.size, problem.lines()
    at = np.flatnonzero(open_)
    place = np.full(size, -1)
    place[at] = np.arange(len(at))
    low, high = problem.bounds()
    # Where w is 0 whatever x is, nothing links them.
    w = np.flatnonzero(open_[size - m :] & (high[size - m :] > 0.5))
    links = sparse.csr_matrix(
        (np.concatenate([np.ones(len(w)), -np.ones(len(w))]),
         (np.tile(np.arange(len(w)), 2), np.concatenate([place[w], place[size - m + w]]))),
        shape=(len(w), len(at)),
    )  # fmt: skip
    body = np.array([line.row[at] / _size(line.row) for line in lines]).reshape(len(lines), len(at))
    need = [(line.need - float(line.row @ base)) / _size(line.row) for line in lines]
    return Program(
        cost=problem.cost()[at] / _scale(problem), low=low[at], high=high[at], integer=np.full(len(at), whole),
        matrix=sparse.vstack([sparse.csr_matrix(body), links], format="csr"),
        row_low=np.concatenate([need, np.zeros(len(w))]), row_high=np.full(len(lines) + len(w), np.inf),
    )  # fmt: skip


def _size(row: Floats) -> float:
    return float(np.abs(row).max(initial=0.0)) or 1.0


def _answer(search: Search, status: str, seconds: float) -> Scheme:
    problem, chosen = search.problem, search.best
    m, n, lines = len(problem.measures), len(problem.plots), problem.lines()
    planned = status in ("optimal", "feasible")
    return Scheme(
        status=status,
        measures=tuple(i for i, c in zip(problem.measures.ids, chosen[:m], strict=False) if c),
        plots=tuple(i for i, c in zip(problem.plots.ids, chosen[m : m + n], strict=False) if c),
        farmland=tuple(i for i, c in zip(problem.measures.ids, chosen[m + n :], strict=False) if c),
        objective=search.value if planned else float("inf"),
        bound=min(search.bound, search.value) if planned else -np.inf,
        floor=floor_of(problem, search.prices) if planned else -np.inf, prices=search.prices if planned else {},
        slacks={line.name: float(line.row @ chosen) - line.need for line in lines} if planned else {},
        shortages=() if planned or status == "cancelled" else _shortages(problem, lines),
        problem_hash=problem.hash(), seconds=seconds, solver=solver_name(),
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
    hard = _restricted(problem, np.zeros(problem.size), np.ones(problem.size, dtype=bool))
    k, rows = len(lines), hard.matrix.shape[0]
    slack = sparse.csr_matrix((np.ones(k), (np.arange(k), np.arange(k))), shape=(rows, k))
    return Program(
        cost=np.concatenate([np.zeros(problem.size), np.ones(k)]),
        low=np.concatenate([hard.low, np.zeros(k)]), high=np.concatenate([hard.high, np.full(k, np.inf)]),
        integer=np.concatenate([hard.integer, np.zeros(k, dtype=bool)]),
        matrix=sparse.hstack([hard.matrix, slack], format="csr"), row_low=hard.row_low, row_high=hard.row_high,
    )  # fmt: skip
