"""A planner's greedy choice under the same rules: best land first, or nearest land first."""

from __future__ import annotations

import numpy as np

from geo.plan.relocation.problem import Problem


def greedy(problem: Problem, *, nearest: bool) -> np.ndarray:
    """Plots one by one until every county has enough paddy, then enough land, then the total is reached.

    Best first: by grade, then distance. Nearest first: by distance among the plots not worse than what leaves. A plot
    that a township has no room for, or that is steeper than what leaves, is passed over.
    """
    pool, leaving, rows = problem.pool, problem.leaving, problem.rows()
    caps = [r for r in rows if r.sense == "<=" and (r.value >= 0).all()]
    held_by: list[list[tuple[int, float]]] = [[] for _ in range(len(pool))]
    for number, cap in enumerate(caps):
        for plot, value in zip(cap.index.tolist(), cap.value.tolist(), strict=True):
            held_by[plot].append((number, value))
    room = np.array([cap.limit for cap in caps])
    chosen = np.zeros(len(pool), dtype=bool)
    order = np.argsort(pool.distance_m, kind="stable") if nearest else np.lexsort((pool.distance_m, pool.grade))

    def fill(index: np.ndarray, need: float, have: float) -> None:
        for plot in index.tolist():
            if have >= need:
                return
            if chosen[plot] or any(room[number] < value for number, value in held_by[plot]):
                continue
            chosen[plot] = True
            for number, value in held_by[plot]:
                room[number] -= value
            have += pool.area_m2[plot]

    limits = {r.name: r.limit for r in rows}
    steepest = float(leaving.slope @ leaving.area_m2 / leaving.area_m2.sum())
    gentle = pool.slope[order] <= max(steepest, 1.0)
    for county in leaving.counties():
        out = leaving.county == county
        good = float(leaving.grade[out] @ leaving.area_m2[out] / leaving.area_m2[out].sum())
        mine = order[gentle & (pool.county[order] == county)]
        if nearest:
            mine = mine[pool.grade[mine] <= good]
        fill(mine[pool.paddy[mine]], limits.get(f"paddy@{county}", 0.0), 0.0)
        held = float(pool.area_m2[chosen & (pool.county == county)].sum())
        fill(mine, limits.get(f"area@{county}", 0.0), held)
    total = next((r.limit for r in rows if r.constraint == "area" and not r.scope), 0.0)
    fill(order[gentle], total, float(pool.area_m2[chosen].sum()))
    return chosen
