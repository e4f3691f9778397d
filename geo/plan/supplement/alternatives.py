"""OTHER PLANS ABOUT AS GOOD that really differ: each uses at most a given share of the area of every plan before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.plan.relocation.plots import Floats
from geo.plan.supplement.model import Watch, cheapest, columns_of
from geo.plan.supplement.problem import Supplement, SupplementProblem

EASIER = (1.0, 0.5, 0.25, 0.0)
"""When a county's pool allows no plan so different, the difference asked is lowered by these factors; last: any."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One more plan: lots by demand; worse_by: share by which its first wish exceeds the best; shared: share of the
    best plan's area that it uses as well; same: demands for which the pool allows no other plan."""

    label: str
    chosen: Mapping[str, tuple[str, ...]]
    worse_by: float
    shared: float
    same: tuple[str, ...]


def alternatives(
    problem: SupplementProblem, plan: Supplement, *, count: int, difference: float, gap: float, time_limit_s: float,
    seed: int = 0, watch: Watch | None = None,
) -> list[Alternative]:  # fmt: skip
    """Up to ``count`` plans labelled B, C, …: the best by the first wish that differ enough from all before.

    difference: least share of the area of each earlier plan that is not used again (per demand, net area). Locks hold.
    """
    found: list[Alternative] = []
    before: list[Mapping[str, tuple[str, ...]]] = [plan.chosen]
    for k in range(count):
        chosen: dict[str, tuple[str, ...]] = {}
        same: list[str] = []
        for d, demand in enumerate(problem.demands):
            taken = {i for name, ids in chosen.items() for i in ids if name != demand.name}
            lots = _another(
                problem.only(d), [p[demand.name] for p in before], taken, difference=difference, gap=gap,
                time_limit_s=time_limit_s / (count * len(problem.demands)), seed=seed, watch=watch,
            )  # fmt: skip
            if lots is None:
                same.append(demand.name)
                lots = plan.chosen[demand.name]
            chosen[demand.name] = lots
        if len(same) == len(problem.demands):
            break
        label = chr(ord("B") + k)
        found.append(measured(problem, plan.chosen, label, chosen, tuple(same)))
        before.append(chosen)
    return found


def _another(
    problem: SupplementProblem, before: list[tuple[str, ...]], taken: set[str], *, difference: float, gap: float,
    time_limit_s: float, seed: int, watch: Watch | None,
) -> tuple[str, ...] | None:  # fmt: skip
    columns = columns_of(problem)
    ids = np.array(problem.pool.ids, dtype=object)[columns.lot]
    area = columns.cost("leftover")
    cost = columns.cost(problem.priorities[0])
    scale = float(np.abs(cost).max(initial=0.0)) or 1.0
    fixed = columns.low > 0.5
    for ease in EASIER:
        rows: list[tuple[Floats, float]] = []
        for lots in before:
            mine = np.isin(ids, lots) & ~fixed
            if not mine.any():
                continue
            if ease == 0.0:
                # Any other plan: not all of these lots again.
                rows.append((mine.astype(float), float(mine.sum()) - 1.0))
            else:
                rows.append((area * mine, (1.0 - difference * ease) * float(area[mine].sum())))
        if taken:
            rows.append((np.isin(ids, list(taken)).astype(float), 0.0))
        out, chosen = cheapest(
            problem, cost / scale, rows, gap=gap, time_limit_s=max(time_limit_s, 0.5), seed=seed, watch=watch
        )
        if len(chosen) and out.status != "infeasible":
            picked = tuple(ids[chosen])
            if all(set(picked) != set(lots) for lots in before):
                return picked
    return None


def measured(
    problem: SupplementProblem,
    plan: Mapping[str, tuple[str, ...]],
    label: str,
    chosen: Mapping[str, tuple[str, ...]],
    same: tuple[str, ...] = (),
) -> Alternative:
    """An alternative with its figures against the plan, both as lot ids by demand."""
    best = first_wish(problem, plan)
    place = {i: k for k, i in enumerate(problem.pool.ids)}
    area = problem.pool.area_m2
    mine = {i for ids in plan.values() for i in ids}
    theirs = {i for ids in chosen.values() for i in ids}
    whole = float(sum(area[place[i]] for i in mine)) or 1.0
    shared = float(sum(area[place[i]] for i in mine & theirs)) / whole
    return Alternative(label, dict(chosen), first_wish(problem, chosen) / max(best, 1e-12) - 1.0, shared, same)


def first_wish(problem: SupplementProblem, chosen: Mapping[str, tuple[str, ...]]) -> float:
    """The value of the first wish of a plan, all demands together."""
    return wish(problem, problem.priorities[0], chosen)


def wish(problem: SupplementProblem, priority: str, chosen: Mapping[str, tuple[str, ...]]) -> float:
    """The value of a wish for a plan given by lot ids."""
    place = {i: k for k, i in enumerate(problem.pool.ids)}
    total = 0.0
    for d, demand in enumerate(problem.demands):
        at = np.array([place[i] for i in chosen.get(demand.name, ())], dtype=np.int64)
        total += float(problem.cost(priority, d, at).sum()) if len(at) else 0.0
    return total
