"""WHY THE POOL IS SHORT: which limit fails and by how much, and the smallest relaxations that would do.

A relaxation is one thing given way alone, everything else kept: a limit lowered, or lots let in that were refused for
one reason (too far from farmland, not available). Each is tried by solving, so what is told to work does work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from geo.plan.relocation.highs import Program, run
from geo.plan.relocation.plots import Floats, Pool
from geo.plan.supplement.model import Columns, columns_of, program_of
from geo.plan.supplement.problem import LIMITS, Shortage, SupplementProblem

WHOLE_LOTS_UP_TO = 3000


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One change after which a replacement exists: what gives way, from which value to which, in ``unit``.

    kind: ``quantity``, ``paddy``, ``quality``, ``capacity`` (the limit lowered to that ratio or raised by that slack),
    ``locks`` (all locks lifted), ``share`` (quantity, paddy and capacity together), ``gap`` (lots up to that distance
    from farmland let in), ``status`` (lots in these states let in; to_value: how many lots).
    """

    demand: str
    kind: str
    from_value: float
    to_value: float
    unit: str


def shortages_of(problem: SupplementProblem) -> list[Shortage]:
    """The limits that fail. Those that fail by themselves first (not all lots together would do); when each could be
    reached alone, those that cannot be reached together, each by the least it must give way."""
    alone: list[Shortage] = []
    for d in range(len(problem.demands)):
        lines = problem.lines(d)
        for line in lines:
            most = float(np.maximum(line.value, 0.0).sum())
            if most < line.need - 1e-6 * max(abs(line.need), 1.0):
                alone.append(Shortage(line.demand, line.limit, line.need, most, line.unit))
    if alone:
        return alone
    missed = least_miss(problem, None)
    return [
        Shortage(demand, limit, need, need - miss, unit)
        for (limit, demand, need, unit), miss in zip(_names(problem), missed, strict=True)
        if miss > 1e-6 * max(abs(need), 1.0)
    ]


def limit_relaxations(problem: SupplementProblem) -> list[Relaxation]:
    """For each limit: how far it alone must give way, everything else kept; limits that do not help are left out."""
    found: list[Relaxation] = []
    names = _names(problem)
    for k, (limit, demand, need, _unit) in enumerate(names):
        missed = least_miss(problem, [k])
        if not len(missed) or not missed[k] > 0:
            continue
        if limit == "quality":
            # Σ a (G + s + e − g) x ≥ 0: the slack e is the miss over what the plan brings in.
            extra = _slack_needed(problem)
            if extra is not None:
                old = problem.limits.grade_slack
                found.append(Relaxation(demand, limit, old, old + extra, "grade"))
            continue
        ratio = {"quantity": problem.limits.area_ratio, "paddy": problem.limits.paddy_ratio,
                 "capacity": problem.limits.capacity_ratio}[limit]  # fmt: skip
        found.append(Relaxation(demand, limit, ratio, ratio * (need - float(missed[k])) / need, "ratio"))
    if (problem.locked_in or problem.locked_out) and feasible(
        replace(problem, locked_in=frozenset(), locked_out=frozenset())
    ):
        for demand_ in problem.demands:
            count = float(len(problem.locked_in | problem.locked_out))
            found.append(Relaxation(demand_.name, "locks", count, 0.0, "count"))
    return found


def common_share(problem: SupplementProblem) -> list[Relaxation]:
    """The largest share of quantity, paddy and capacity together that the pool can replace, the mean grade kept."""
    columns = columns_of(problem)
    if not len(columns):
        return []
    rows = columns.rows()
    plain = program_of(columns, np.zeros(len(columns)))
    scale = np.array([float(np.abs(row).max(initial=0.0)) or 1.0 for _, row, _ in rows])
    need = np.concatenate([[n for _, _, n in rows] / scale, np.zeros(plain.matrix.shape[0] - len(rows))])
    out = run(
        Program(
            cost=np.concatenate([np.zeros(len(columns)), [-1.0]]), low=np.concatenate([plain.low, [0.0]]),
            high=np.concatenate([plain.high, [1.0]]),
            integer=np.concatenate([np.full(len(columns), len(columns) <= WHOLE_LOTS_UP_TO), [False]]),
            matrix=sparse.hstack([plain.matrix, sparse.csr_matrix(-need[:, None])], format="csr"),
            row_low=plain.row_low - need, row_high=plain.row_high,
        ),
        gap=1e-6, time_limit_s=20.0,
    )  # fmt: skip
    if not len(out.values):
        return []
    return [Relaxation(demand.name, "share", 1.0, float(out.values[-1]), "ratio") for demand in problem.demands]


def pool_relaxation(
    problem: SupplementProblem, more: Sequence[SupplementProblem], values: Sequence[float], *, kind: str,
    from_value: float, unit: str,
) -> list[Relaxation]:  # fmt: skip
    """The first of ever larger pools with which a replacement exists, found by halving; empty when none is enough.

    more: the same problem with the larger pools; values: what each stands for, rising.
    """
    if not more or not feasible(more[-1]):
        return []
    low, high = 0, len(more) - 1
    while low < high:
        middle = (low + high) // 2
        if feasible(more[middle]):
            high = middle
        else:
            low = middle + 1
    return [Relaxation(problem.demands[0].name, kind, from_value, values[low], unit)]


def feasible(problem: SupplementProblem) -> bool:
    """Whether any choice of whole lots keeps every limit."""
    columns = columns_of(problem)
    if not len(columns):
        return all(line.need <= 0 for d in range(len(problem.demands)) for line in problem.lines(d))
    out = run(program_of(columns, np.zeros(len(columns))), time_limit_s=20.0)
    return bool(len(out.values))


def with_pool(problem: SupplementProblem, pool: Pool, capacity_kg: Floats, distance_m: Floats) -> SupplementProblem:
    """The same problem with another pool."""
    known = set(pool.ids)
    return replace(
        problem, pool=pool, capacity_kg=capacity_kg, distance_m=distance_m,
        locked_in=problem.locked_in & known, locked_out=problem.locked_out & known,
    )  # fmt: skip


def _names(problem: SupplementProblem) -> list[tuple[str, str, float, str]]:
    return [
        (line.limit, line.demand, line.need, line.unit)
        for d in range(len(problem.demands))
        for line in problem.lines(d)
    ]


def least_miss(problem: SupplementProblem, yields: Sequence[int] | None) -> Floats:
    """The least by which limits are missed, in their units: all may miss, or only ``yields``; empty: no way."""
    columns = columns_of(problem)
    rows = columns.rows()
    count = len(rows)
    if not len(columns):
        needs = np.array([max(need, 0.0) for _, _, need in rows])
        only = yields is not None and any(n > 0 for k, n in enumerate(needs) if k not in yields)
        return np.zeros(0) if only else needs
    return _solve_miss(columns, rows, yields, count)


def _solve_miss(
    columns: Columns, rows: list[tuple[str, Floats, float]], yields: Sequence[int] | None, count: int
) -> Floats:
    plain = program_of(columns, np.zeros(len(columns)))
    scale = np.array([float(np.abs(row).max(initial=0.0)) or 1.0 for _, row, _ in rows])
    # Misses count by their share of the need, so that mu and kg can be weighed against each other.
    weight = np.array([s / max(abs(need), s) for s, (_, _, need) in zip(scale, rows, strict=True)])
    may = np.array([yields is None or k in yields for k in range(count)])
    extra = plain.matrix.shape[0] - count
    gives = sparse.vstack([sparse.identity(count), sparse.csr_matrix((extra, count))], format="csr")
    out = run(
        Program(
            cost=np.concatenate([np.zeros(len(columns)), weight]),
            low=np.concatenate([plain.low, np.zeros(count)]),
            high=np.concatenate([plain.high, np.where(may, np.inf, 0.0)]),
            integer=np.concatenate(
                [np.full(len(columns), len(columns) <= WHOLE_LOTS_UP_TO), np.zeros(count, dtype=bool)]
            ),
            matrix=sparse.hstack([plain.matrix, gives], format="csr"),
            row_low=plain.row_low,
            row_high=plain.row_high,
        ),
        gap=1e-6,
        time_limit_s=20.0,
    )
    return np.asarray(out.values[len(columns) :] * scale) if len(out.values) else np.zeros(0)


def _slack_needed(problem: SupplementProblem) -> float | None:
    """The smallest extra slack on the mean grade with which a replacement exists; to 0.0001 of a grade."""
    low, high = 0.0, 15.0

    def wider(extra: float) -> bool:
        limits = replace(problem.limits, grade_slack=problem.limits.grade_slack + extra)
        return feasible(replace(problem, limits=limits))

    if not wider(high):
        return None
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (low, middle) if wider(middle) else (middle, high)
    return float(np.ceil(high * 1e4) / 1e4)


def limit_names() -> tuple[str, ...]:
    """The limits in their order."""
    return LIMITS
