"""Random replacement problems, and two other ways to solve them: every subset looked at, and SciPy's general MILP."""

from __future__ import annotations

import numpy as np
from scipy import optimize

from geo.plan.relocation.plots import Pool
from geo.plan.supplement.problem import PRIORITIES, Demand, Limits, SupplementProblem

COUNTY = "320509"
MU = 3.0 / 2000.0


def random_pool(seed: int, size: int, *, share: float = 0.3, tolerance: float = 0.02) -> SupplementProblem:
    """One county's demand (about ``share`` of the pool) and a pool; some seeds are short of paddy or grade."""
    rng = np.random.default_rng(seed)
    area = np.round(rng.lognormal(8.3, 0.8, size), 2)
    grade = rng.integers(3, 9, size).astype(float)
    paddy = rng.random(size) < rng.uniform(0.4, 1.0)
    need = float(np.round(share * area.sum() * rng.uniform(0.4, 1.3), 2))
    mean = float(np.round(rng.uniform(4.5, 7.0), 3))
    demand = Demand(
        COUNTY, need, float(np.round(need * rng.uniform(0.2, 0.95), 2)), mean, need / 1e4 * (16 - mean) * 1500
    )
    pool = Pool(
        ids=tuple(f"L{k:04d}" for k in range(size)), area_m2=area, grade=grade, slope=np.ones(size), paddy=paddy,
        county=np.full(size, COUNTY), town=np.full(size, COUNTY + "110"), source=np.full(size, "reserve"),
        distance_m=np.zeros(size), perimeter_m=np.full(size, 100.0), border_m=np.zeros(size),
    )  # fmt: skip
    order = list(rng.permutation(PRIORITIES))
    if size > 14 and order[0] == "leftover":
        # Hitting a sum to the cent is number theory, not planning: minutes for any solver.
        order = [*order[1:], order[0]]
    return SupplementProblem(
        demands=(demand,),
        pool=pool,
        capacity_kg=area / 1e4 * (16 - grade) * 1500,
        distance_m=rng.uniform(50, 9000, (1, size)),
        limits=Limits(area_ratio=1.0, paddy_ratio=1.0, grade_slack=0.0),
        priorities=tuple(str(p) for p in order),
        tolerance=tolerance,
        locked_out=frozenset({"L0001"} if seed % 5 == 0 else ()),
        locked_in=frozenset({"L0002"} if seed % 7 == 0 else ()),
    )


def costs(problem: SupplementProblem) -> dict[str, np.ndarray]:
    """The four wishes over all lots, written out again from the text, not from the model."""
    area = problem.pool.area_m2 * MU
    return {
        "distance": area * problem.distance_m[0] / 1000.0,
        "quality": area * problem.pool.grade,
        "plots": np.ones(len(area)),
        "leftover": area,
    }


def holds(problem: SupplementProblem, subsets: np.ndarray) -> np.ndarray:
    """Which 0/1 rows keep every limit and lock."""
    pool, demand = problem.pool, problem.demands[0]
    area = subsets @ pool.area_m2
    ok = area >= demand.area_m2 - 1e-6
    ok &= subsets @ (pool.area_m2 * pool.paddy) >= demand.paddy_m2 - 1e-6
    ok &= subsets @ (pool.area_m2 * pool.grade) <= demand.grade * area + 1e-6
    ok &= subsets @ problem.capacity_kg >= demand.capacity_kg - 1e-6
    for name, wanted in ((problem.locked_in, 1.0), (problem.locked_out, 0.0)):
        for lot in name:
            ok &= subsets[:, pool.ids.index(lot)] == wanted
    return ok


def by_looking_at_all(problem: SupplementProblem) -> list[float] | None:
    """The wishes' best values one after the other by trying every subset; None when no subset keeps the limits."""
    size = len(problem.pool)
    subsets = ((np.arange(1 << size)[:, None] >> np.arange(size)) & 1).astype(float)
    left = subsets[holds(problem, subsets)]
    values: list[float] = []
    for priority in problem.priorities:
        if not len(left):
            return None
        cost = left @ costs(problem)[priority]
        best = float(cost.min())
        values.append(best)
        room = problem.tolerance * best
        held = best + (np.floor(room + 1e-9) if priority == "plots" else room)
        left = left[cost <= held + 1e-9 * max(held, 1.0)]
    return values


def by_scipy(problem: SupplementProblem) -> float | None:
    """The best value of the first wish by SciPy's MILP at a gap of 1e-6; None when there is none."""
    pool, demand = problem.pool, problem.demands[0]
    area = pool.area_m2 * MU
    rows = np.array([area, area * pool.paddy, area * (demand.grade - pool.grade), problem.capacity_kg])
    need = np.array([demand.area_m2 * MU, demand.paddy_m2 * MU, 0.0, demand.capacity_kg])
    low, high = np.zeros(len(area)), np.ones(len(area))
    for lot in problem.locked_in:
        low[pool.ids.index(lot)] = 1.0
    for lot in problem.locked_out:
        high[pool.ids.index(lot)] = 0.0
    found = optimize.milp(
        costs(problem)[problem.priorities[0]], constraints=optimize.LinearConstraint(rows, need, np.inf),
        bounds=optimize.Bounds(low, high), integrality=np.ones(len(area)), options={"mip_rel_gap": 1e-6},
    )  # fmt: skip
    return float(found.fun) if found.status == 0 else None
