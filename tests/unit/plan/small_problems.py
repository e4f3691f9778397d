"""Small relocation problems for tests: random ones, and one worked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.plan.relocation.constraints import (
    Area,
    Capacity,
    Constraint,
    Distance,
    Paddy,
    PlotsLimit,
    Quality,
    ReserveShare,
    Slope,
)
from geo.plan.relocation.objective import Weights
from geo.plan.relocation.plots import leaving_plots
from geo.plan.relocation.problem import Problem, pose

COUNTIES = ("310118", "330421")


def pieces(rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    """Outgoing rows: net area, grade, slope class, paddy, county."""
    frame = pd.DataFrame(rows, columns=["net_area_m2", "grade", "slope_grade", "paddy", "county_code"])
    frame["town_code"] = frame["county_code"] + "103"
    frame["farmland_id"] = [f"f{k}" for k in range(len(frame))]
    frame["block_id"] = frame["farmland_id"]
    return frame


def random_problem(seed: int, size: int) -> Problem:
    """A random problem of up to a dozen candidates with a random choice of constraints."""
    rng = np.random.default_rng(seed)
    out = pieces(
        [
            (float(rng.uniform(300, 2500)), float(rng.integers(3, 7)), float(rng.integers(1, 3)),
             bool(rng.random() < 0.6), COUNTIES[int(rng.integers(0, 2))])
            for _ in range(int(rng.integers(1, 5)))
        ]
    )  # fmt: skip
    county = [COUNTIES[int(k)] for k in rng.integers(0, 2, size)]
    area = rng.uniform(400, 6000, size)
    candidates = pd.DataFrame(
        {
            "candidate_id": [f"c{k}" for k in range(size)],
            "source": np.where(rng.random(size) < 0.5, "reserve", "cropland"),
            "net_area_m2": area,
            "grade": rng.integers(2, 8, size).astype(float),
            "slope_grade": rng.integers(1, 3, size).astype(float),
            "paddy": rng.random(size) < 0.7,
            "county_code": county,
            "town_code": [f"{c}10{int(k)}" for c, k in zip(county, rng.integers(1, 4, size), strict=True)],
            "distance_m": rng.uniform(100, 6000, size),
            "perimeter_m": 4.4 * np.sqrt(area),
            "border_retained_m": rng.uniform(0, 60, size) * (rng.random(size) < 0.5),
        }
    )
    pairs = [(a, b) for a in range(size) for b in range(a + 1, size) if rng.random() < 0.25]
    borders = pd.DataFrame(
        [(f"c{a}", f"c{b}", float(rng.uniform(5, 45))) for a, b in pairs], columns=["left", "right", "border_m"]
    )
    rules: list[Constraint] = [Area(ratio=1.05, county_ratio=1.0 if rng.random() < 0.7 else None)]
    scope = "county" if rng.random() < 0.5 else "zone"
    for chance, rule in (
        (0.7, Quality(scope=scope, slack=float(rng.choice([0, 0.5])))),
        (0.6, Paddy(scope=scope)),
        (0.4, Slope(scope=scope)),
        (0.2, PlotsLimit(limit=int(rng.integers(1, 6)))),
        (0.2, Distance(limit_m=float(rng.uniform(1000, 5000)))),
        (0.3, ReserveShare(share=float(rng.uniform(0.2, 0.9)))),
        (0.3, Capacity(limit_m2={"310118101": 5000.0, "330421": 14000.0})),
    ):
        if rng.random() < chance:
            rules.append(rule)
    weights = Weights(exposed_m=float(rng.choice([0.0, 0.02, 0.3])), plot=float(rng.uniform(0, 10)))
    return pose(out, candidates, borders, constraints=rules, weights=weights)


def every_plan(size: int) -> np.ndarray:
    """All 0/1 vectors, one a row."""
    return (np.arange(2**size)[:, None] >> np.arange(size)) & 1 == 1


def best_by_counting(problem: Problem) -> tuple[float, np.ndarray | None]:
    """Objective and plan of the optimum by looking at every subset with the constraints' plain checks' own rows."""
    plans = every_plan(len(problem.pool))
    inside, outside = problem.fixed()
    good = (plans | ~inside).all(axis=1) & ~(plans & outside).any(axis=1)
    for row in problem.rows():
        got = plans[:, row.index] @ row.value
        room = got - row.limit if row.sense == ">=" else row.limit - got
        good &= room >= -row.tolerance
    if not good.any():
        return np.inf, None
    plans = plans[good]
    pool, weights, borders = problem.pool, problem.weights, problem.borders
    mu = pool.area_m2 * 3 / 2000
    cost = mu * (weights.distance * pool.distance_m / 1000 + weights.outside_pool * (pool.source == "cropland"))
    cost = cost + weights.plot + weights.exposed_m * np.maximum(pool.perimeter_m - pool.border_m, 0)
    total = plans @ cost
    together = plans[:, borders.left] & plans[:, borders.right]
    total = total - 2 * weights.exposed_m * (together @ borders.shared_m)
    best = int(total.argmin())
    return float(total[best]), plans[best]


def three_fields() -> Problem:
    """Worked by hand: 2 mu leave; a (1 mu) and b (1.2 mu) touch along 40 m, c (3 mu) stands alone, nearer."""
    mu = 2000.0 / 3.0
    out = pieces([(2 * mu, 5.0, 1.0, True, "310118")])
    candidates = pd.DataFrame(
        {
            "candidate_id": ["a", "b", "c"],
            "source": ["reserve", "reserve", "cropland"],
            "net_area_m2": [mu, 1.2 * mu, 3 * mu],
            "grade": [4.0, 5.0, 6.0],
            "slope_grade": [1.0, 1.0, 2.0],
            "paddy": [True, True, False],
            "county_code": ["310118"] * 3,
            "town_code": ["310118103", "310118103", "310118104"],
            "distance_m": [1000.0, 1000.0, 500.0],
            "perimeter_m": [110.0, 120.0, 200.0],
            "border_retained_m": [10.0, 0.0, 50.0],
        }
    )
    borders = pd.DataFrame({"left": ["a"], "right": ["b"], "border_m": [40.0]})
    return pose(
        out, candidates, borders, constraints=(Area(ratio=1.0),),
        weights=Weights(distance=1.0, plot=2.0, exposed_m=0.1, outside_pool=1.0),
    )  # fmt: skip


def two_counties() -> Problem:
    """The three fields with half a mu of 嘉善 leaving too, and c in 嘉善: every county has its own balance."""
    mu = 2000.0 / 3.0
    problem = three_fields()
    more = leaving_plots(pieces([(2 * mu, 5.0, 1.0, True, "310118"), (0.5 * mu, 6.0, 2.0, False, "330421")]))
    pool = replace(
        problem.pool,
        county=np.array(["310118", "310118", "330421"]),
        town=np.array(["310118103", "310118103", "330421101"]),
    )
    return replace(problem, leaving=more, pool=pool, constraints=(Area(ratio=1.05, county_ratio=1.0),))
