"""Relocation plans: this house against a planner's greedy choice, HiGHS and SCIP on the same model and instances.

    python -m bench.planner [--sizes 2000 10000 50000] [--kinds mixed belt dear] [--peer-seconds 20] [--zone FOLDER]
                            [--table docs/planner-benchmark.md]

Same rules for all: quantity, quality, paddy and slope by county, room by township. Processor seconds; the gap is to the
best bound that any way proved. ``--zone`` adds a zone folder with every parcel a candidate, and ``--sizes 300000`` a
made instance of that size. Each run of ours is followed by a re-plan after a lock. ``--table`` writes the comparison as
Markdown. prioritizr is left out: its example data and code are GPL-3 and come as an R package, which this environment
does not hold.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from bench._instances import KINDS, instance
from geo.plan.relocation.cut_model import CutModel, cut_model
from geo.plan.relocation.highs import one_sided
from geo.plan.relocation.model import solve
from geo.plan.relocation.objective import objective_parts
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.solution import Solution

Row = tuple[str, float, float, np.ndarray, float]
HEAD = (
    "candidates", "kind", "way", "mu·km", "bound", "gap", "plots", "blocks", "mean block mu", "exposed m", "mean km",
    "cpu s", "peak GB",
)  # fmt: skip


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


def scip(model: CutModel, gap: float, seconds: float) -> tuple[float, float, np.ndarray]:
    """SCIP on the same one-sided model: objective, bound, plan."""
    from pyscipopt import Model, quicksum

    program = one_sided(model)
    solver = Model()
    solver.hideOutput()
    solver.setParams({"limits/time": seconds, "limits/gap": gap, "timing/clocktype": 1, "lp/threads": 1})
    variables = [
        solver.addVar(vtype="B" if whole else "C", lb=low, ub=high, obj=cost)
        for whole, low, high, cost in zip(program.integer, program.low, program.high, program.cost, strict=True)
    ]
    matrix = program.matrix.tocsr()
    for row in range(matrix.shape[0]):
        at = slice(matrix.indptr[row], matrix.indptr[row + 1])
        terms = zip(matrix.data[at], matrix.indices[at], strict=True)
        solver.addCons(quicksum(float(v) * variables[k] for v, k in terms) >= float(program.row_low[row]))
    solver.optimize()
    if not solver.getNSols():
        return np.inf, solver.getDualbound() + model.constant, np.zeros(0, dtype=bool)
    best = solver.getBestSol()
    plan = np.array([best[v] > 0.5 for v in variables[: model.size]])
    return model.value(plan), solver.getDualbound() + model.constant, plan


def ways(problem: Problem, gap: float, peer_seconds: float, our_seconds: float) -> list[tuple[Row, float]]:
    """Every way: name, objective, bound, plan, processor seconds; and the peak memory of the run so far (GB)."""
    model = cut_model(problem)
    rows: list[tuple[Row, float]] = []
    held: list[Solution] = []

    def clock(name: str, run: Callable[[], tuple[float, float, np.ndarray]]) -> None:
        begun = time.process_time()
        objective, bound, plan = run()
        spent = time.process_time() - begun
        rows.append(((name, objective, bound, plan, spent), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6))

    def ours() -> tuple[float, float, np.ndarray]:
        found = solve(problem, gap=gap, time_limit_s=our_seconds)
        held.append(found)
        return found.objective, found.bound, problem.chosen_mask(found.chosen)

    def again() -> tuple[float, float, np.ndarray]:
        locked = problem.lock(out=[held[0].chosen[len(held[0].chosen) // 2]])
        found = solve(locked, gap=gap, time_limit_s=our_seconds, start=held[0])
        return found.objective, -np.inf, problem.chosen_mask(found.chosen)

    def highs() -> tuple[float, float, np.ndarray]:
        found = solve(problem, gap=gap, time_limit_s=peer_seconds, method="exact")
        return found.objective, found.bound, problem.chosen_mask(found.chosen)

    def simple(nearest: bool) -> Callable[[], tuple[float, float, np.ndarray]]:
        def run() -> tuple[float, float, np.ndarray]:
            plan = greedy(problem, nearest=nearest)
            return (model.value(plan) if model.holds(plan) else np.inf), -np.inf, plan

        return run

    clock("田畴", ours)
    if held[0].has_plan:
        clock("田畴, one plot locked out", again)
    clock("greedy, best first", simple(False))
    clock("greedy, nearest first", simple(True))
    if peer_seconds > 0:
        clock("HiGHS, whole model", highs)
        clock("SCIP, whole model", lambda: scip(model, gap, peer_seconds))
    return rows


def blocks_of(problem: Problem, plan: np.ndarray) -> tuple[int, float]:
    """Blocks of plots that touch, and their mean size in mu."""
    ties = plan[problem.borders.left] & plan[problem.borders.right]
    ends = (problem.borders.left[ties], problem.borders.right[ties])
    graph = sparse.coo_matrix((np.ones(int(ties.sum())), ends), shape=(len(plan), len(plan)))
    _, label = connected_components(graph, directed=False)
    count = len(np.unique(label[plan]))
    return count, float(problem.pool.area_m2[plan].sum()) * 3 / 2000 / max(count, 1)


def lines_of(problem: Problem, kind: str, found: list[tuple[Row, float]]) -> list[tuple[str, ...]]:
    """The comparison on one instance, a row a way."""
    best = max(row[2] for row, _ in found)
    made = []
    for (name, objective, bound, plan, seconds), memory in found:
        start = (f"{len(problem.pool):,}", kind, name)
        end = (f"{seconds:.1f}", f"{memory:.2f}")
        shown = f"{bound:.1f}" if np.isfinite(bound) else "–"
        if not np.isfinite(objective):
            made.append((*start, "breaks a rule" if plan.any() else "no plan in the time", shown, *["–"] * 6, *end))
            continue
        parts = objective_parts(problem.pool, problem.borders, problem.weights, plan)
        mean_km = parts.distance_mu_km / (problem.pool.area_m2[plan].sum() * 3 / 2000)
        blocks, size = blocks_of(problem, plan)
        gap = f"{max(objective - best, 0.0) / objective:.3%}" if "locked" not in name else "–"
        figures = (f"{objective:.1f}", shown, gap, str(parts.plots), str(blocks), f"{size:.1f}")
        made.append((*start, *figures, f"{parts.exposed_m:.0f}", f"{mean_km:.2f}", *end))
    return made


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.planner", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=[2_000, 10_000, 50_000])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--peer-seconds", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the clock, for each of our runs")
    parser.add_argument("--gap", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--zone", type=Path, default=None)
    parser.add_argument("--table", type=Path, default=None)
    chosen = parser.parse_args(arguments)
    solve(instance(300, "mixed"), gap=0.5)  # the compiled parts are loaded before any clock runs
    made: list[tuple[str, ...]] = []
    widths = (10, 6, 26, 12, 12, 8, 6, 6, 13, 9, 7, 7, 7)
    print("  ".join(f"{h:<{w}}" for h, w in zip(HEAD, widths, strict=True)))

    def show(problem: Problem, kind: str, peer_seconds: float) -> None:
        for line in lines_of(problem, kind, ways(problem, chosen.gap, peer_seconds, chosen.seconds)):
            made.append(line)
            print("  ".join(f"{c:<{w}}" for c, w in zip(line, widths, strict=True)), flush=True)

    for size in chosen.sizes:
        for kind in chosen.kinds:
            show(instance(size, kind, chosen.seed), kind, chosen.peer_seconds if size <= 50_000 else 0.0)
    if chosen.zone is not None:
        from bench._zone_instance import zone_problem

        show(zone_problem(chosen.zone), "zone", 0.0)
    if chosen.table is not None:
        chosen.table.write_text(markdown(made, arguments), encoding="utf-8")


def markdown(made: list[tuple[str, ...]], arguments: list[str]) -> str:
    """The comparison as a page."""
    head = [
        "# 布局调整求解对比 / Relocation plans compared",
        "",
        "`" + " ".join(["python -m bench.planner", *arguments]) + "`",
        "",
    ]
    text = (__doc__ or "").split("\n\n")[-1].strip()
    table = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    return "\n".join([*head, text, "", *table, *("| " + " | ".join(line) + " |" for line in made), ""])


if __name__ == "__main__":
    main(sys.argv[1:])
