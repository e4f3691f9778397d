"""Relocation plans: this house against a planner's greedy choice and HiGHS on the same model, on the same instances.

    python -m bench.planner [--sizes 2000 10000 50000] [--kinds mixed belt] [--highs-seconds 20] [--seed 0]

Same rules for all: quantity, quality, paddy and slope by county, room by township. Processor seconds; the gap is to the
best bound that any way proved. ``--sizes 300000`` shows the whole zone with every parcel a candidate.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable

import numpy as np

from bench._instances import KINDS, instance
from geo.plan.relocation.cut_model import cut_model
from geo.plan.relocation.model import solve
from geo.plan.relocation.objective import objective_parts
from geo.plan.relocation.problem import Problem

Row = tuple[str, float, float, np.ndarray, float]


def greedy(problem: Problem, *, nearest: bool) -> np.ndarray:
    """Plots one by one until every county has enough paddy, then enough land, then the total is reached.

    Best first: by grade, then distance. Nearest first: by distance among the plots not worse than what leaves.
    """
    pool, leaving = problem.pool, problem.leaving
    room = {r.scope: r.limit for r in problem.rows() if r.constraint == "capacity"}
    chosen = np.zeros(len(pool), dtype=bool)
    order = np.lexsort((pool.distance_m, pool.grade))
    if nearest:
        order = np.argsort(pool.distance_m, kind="stable")

    def fill(index: np.ndarray, need: float, have: float) -> None:
        for k in index:
            if have >= need:
                return
            town = pool.town[k]
            if not chosen[k] and pool.slope[k] <= 1 and room.get(town, np.inf) >= pool.area_m2[k]:
                chosen[k] = True
                room[town] = room.get(town, np.inf) - pool.area_m2[k]
                have += pool.area_m2[k]

    limits = {r.name: r.limit for r in problem.rows()}
    for county in leaving.counties():
        out = leaving.county == county
        good = float(leaving.grade[out] @ leaving.area_m2[out] / leaving.area_m2[out].sum())
        mine = order[pool.county[order] == county]
        if nearest:
            mine = mine[pool.grade[mine] <= good]
        fill(mine[pool.paddy[mine]], limits.get(f"paddy@{county}", 0.0), 0.0)
        held = float(pool.area_m2[chosen & (pool.county == county)].sum())
        fill(mine, limits[f"area@{county}"] * 1.05, held)
    return chosen


def ways(problem: Problem, gap: float, highs_seconds: float) -> list[Row]:
    """Every way: name, objective, bound, plan, processor seconds."""
    model = cut_model(problem)
    rows: list[Row] = []

    def clock(name: str, run: Callable[[], tuple[float, float, np.ndarray]]) -> None:
        begun = time.process_time()
        objective, bound, plan = run()
        rows.append((name, objective, bound, plan, time.process_time() - begun))

    def ours() -> tuple[float, float, np.ndarray]:
        found = solve(problem, gap=gap, time_limit_s=30)
        return found.objective, found.bound, problem.chosen_mask(found.chosen)

    def highs() -> tuple[float, float, np.ndarray]:
        found = solve(problem, gap=gap, time_limit_s=highs_seconds, method="exact")
        return found.objective, found.bound, problem.chosen_mask(found.chosen)

    def simple(nearest: bool) -> Callable[[], tuple[float, float, np.ndarray]]:
        def run() -> tuple[float, float, np.ndarray]:
            plan = greedy(problem, nearest=nearest)
            return (model.value(plan) if model.holds(plan) else np.inf), -np.inf, plan

        return run

    clock("田畴", ours)
    clock("greedy, best first", simple(False))
    clock("greedy, nearest first", simple(True))
    if highs_seconds > 0:
        clock("HiGHS, whole model", highs)
    return rows


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.planner", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 10_000, 50_000])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=["mixed", "belt"])
    parser.add_argument("--highs-seconds", type=float, default=20.0)
    parser.add_argument("--gap", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    head = f"{'candidates':>10} {'kind':<6} {'way':<22} {'mu·km':>12} {'bound':>12} {'gap':>9} {'plots':>6}"
    print(f"{head} {'edge m':>9} {'km':>6} {'cpu s':>7}")
    for size in chosen.sizes:
        for kind in chosen.kinds:
            problem = instance(size, kind, chosen.seed)
            rows = ways(problem, chosen.gap, chosen.highs_seconds)
            best = max(row[2] for row in rows)
            for name, objective, bound, plan, seconds in rows:
                start = f"{size:>10,} {kind:<6} {name:<22}"
                if not np.isfinite(objective):
                    why = "breaks a rule" if plan.any() else "no plan in the time"
                    print(f"{start} {why:>12} {'':>47} {seconds:7.1f}")
                    continue
                parts = objective_parts(problem.pool, problem.borders, problem.weights, plan)
                mean_km = parts.distance_mu_km / (problem.pool.area_m2[plan].sum() * 3 / 2000)
                shown = f"{bound:12.1f}" if np.isfinite(bound) else f"{'–':>12}"
                print(
                    f"{start} {objective:12.1f} {shown} {(objective - best) / objective:9.2%} {parts.plots:6d}"
                    f" {parts.exposed_m:9.0f} {mean_km:6.2f} {seconds:7.1f}"
                )
    print(f"peak memory of the whole run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main(sys.argv[1:])
