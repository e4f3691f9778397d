"""Relocation plans: this house against a planner's greedy choice, HiGHS and SCIP on the same model and instances.

    python -m bench.planner                          measures what bench/planner.jsonl does not hold yet
    python -m bench.planner --zone FOLDER            the same with a zone folder, every parcel a candidate
    python -m bench.planner --instances zone --zone FOLDER --ways ours replan --anew      one line measured again
    python -m bench.planner --table [zh]             prints the table of what is kept and measures nothing
    python -m bench.planner --write                  writes that table into both READMEs and measures nothing

Same rules for all ways on an instance: quantity, quality, paddy and slope by county, room by township. Seconds are of
the processor over the planning problem (reading and measuring the layers is the same for all and not counted); every
solver stops at the gap asked (0.1 %) or after its seconds. The gap of the table is to the best bound that any way
proved. Every line is kept as soon as it is measured. prioritizr is left out: its example data and code are GPL-3 and
come as an R package, which this environment does not hold.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench._greedy import greedy
from bench._instances import KINDS, instance
from bench._planner_table import table, write
from geo.plan.relocation.cut_model import CutModel, cut_model
from geo.plan.relocation.highs import one_sided
from geo.plan.relocation.model import solve
from geo.plan.relocation.objective import objective_parts
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.solution import Progress, Solution

KEPT = Path(__file__).with_name("planner.jsonl")
SHIPPED = Path(__file__).parents[1] / "data" / "shapefiles"
README = Path(__file__).parents[1] / "README.md"
READMES = {"README.md": "en", "README.zh-CN.md": "zh"}
SIZES = (2_000, 10_000, 50_000, 300_000)
PEERS_UP_TO = 50_000
WAYS = ("ours", "replan", "best", "nearest", "highs", "scip")
Found = tuple[float, float, np.ndarray, float]
"""Objective, bound, plan, bound by certificate alone."""


def scip(model: CutModel, gap: float, seconds: float) -> Found:
    """SCIP on the same one-sided model."""
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
    bound = solver.getDualbound() + model.constant
    if not solver.getNSols():
        return np.inf, bound, np.zeros(0, dtype=bool), np.nan
    best = solver.getBestSol()
    plan = np.array([best[v] > 0.5 for v in variables[: model.size]])
    return model.value(plan), bound, plan, np.nan


class Runs:
    """The ways on one instance; the plan of ours is kept for the re-plan after a lock."""

    def __init__(self, problem: Problem, gap: float, seconds: float, peer_seconds: float) -> None:
        self.problem, self.gap, self.seconds, self.peer_seconds = problem, gap, seconds, peer_seconds
        self.first: Solution | None = None

    def run(self, way: str) -> Found:
        problem = self.problem
        if way in ("best", "nearest"):
            model, plan = cut_model(problem), greedy(problem, nearest=way == "nearest")
            return (model.value(plan) if model.holds(plan) else np.inf), -np.inf, plan, np.nan
        if way == "scip":
            return scip(cut_model(problem), self.gap, self.peer_seconds)
        if way == "highs":
            return self._told(self._solve(problem, self.peer_seconds, method="exact"))
        if way == "ours":
            self.first = self._solve(problem, self.seconds)
            return self._told(self.first)
        if self.first is None or not self.first.has_plan:
            return np.inf, -np.inf, np.zeros(0, dtype=bool), np.nan
        locked = problem.lock(out=[self.first.chosen[len(self.first.chosen) // 2]])
        return self._told(self._solve(locked, self.seconds, start=self.first))

    def _solve(self, problem: Problem, seconds: float, **more: Any) -> Solution:
        end = time.process_time() + seconds

        def watch(_: Progress) -> bool:
            return time.process_time() < end

        # The clock on the wall never ends a run here, the processor's does: a busy machine changes nothing.
        return solve(problem, gap=self.gap, time_limit_s=40 * seconds, progress=watch, **more)

    def _told(self, found: Solution) -> Found:
        proven = found.certificate.proven if found.certificate is not None else np.nan
        return found.objective, found.bound, self.problem.chosen_mask(found.chosen), proven


def peak_gb(*, reset: bool = False) -> float:
    """The largest memory of this process since the last reset (Linux), GB."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return 0.0
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.split("VmHWM:")[1].split()[0]) / 1e6


def measured(runs: Runs, name: str, way: str) -> dict[str, Any]:
    """One line: what a way found on an instance, how long it took and what it held."""
    peak_gb(reset=True)
    begun = time.process_time()
    objective, bound, plan, proven = runs.run(way)
    spent = time.process_time() - begun
    problem = runs.problem
    line: dict[str, Any] = {
        "instance": name, "candidates": len(problem.pool), "way": way,
        "cpu_s": round(spent, 2), "peak_gb": round(peak_gb(), 2), "gap_asked": runs.gap,
        "objective": float(objective) if np.isfinite(objective) else None,
        "bound": float(bound) if np.isfinite(bound) else None,
        "certificate": float(proven) if np.isfinite(proven) else None,
        "breaks_a_rule": bool(not np.isfinite(objective) and len(plan) and plan.any()),
    }  # fmt: skip
    if np.isfinite(objective):
        line |= figures(problem, plan)
    return line


def figures(problem: Problem, plan: np.ndarray) -> dict[str, float]:
    """Plots, blocks of plots that touch, mean block (mu), exposed edge (m), mean distance (km)."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    ties = plan[problem.borders.left] & plan[problem.borders.right]
    ends = (problem.borders.left[ties], problem.borders.right[ties])
    graph = sparse.coo_matrix((np.ones(int(ties.sum())), ends), shape=(len(plan), len(plan)))
    blocks = len(np.unique(connected_components(graph, directed=False)[1][plan]))
    mu = float(problem.pool.area_m2[plan].sum()) * 3 / 2000
    parts = objective_parts(problem.pool, problem.borders, problem.weights, plan)
    return {
        "plots": parts.plots, "blocks": blocks, "block_mu": mu / max(blocks, 1), "exposed_m": parts.exposed_m,
        "mean_km": parts.distance_mu_km / max(mu, 1e-9),
    }  # fmt: skip


def shipped_problem() -> Problem:
    """The zone that comes with the repository under the study's own rules."""
    from geo.io.zone_folder import read_zone
    from geo.study.relocation import measure, pose_problem
    from geo.study.relocation_result import SPEC

    zone, values = read_zone(SHIPPED), SPEC.values({})
    seen = measure(zone, values)
    return pose_problem(zone, seen.moved_out, seen.candidates.accepted, seen.borders, values, None)


def instances(zone: Path | None) -> Iterator[tuple[str, Callable[[], Problem]]]:
    """Every instance by name, made when it is called."""
    yield "shipped", shipped_problem
    for size in SIZES:
        for kind in KINDS:
            yield f"{kind} {size:,}", lambda size=size, kind=kind: instance(size, kind)
    if zone is not None:
        from bench._zone_instance import zone_problem

        yield "zone", lambda: zone_problem(zone)


def kept() -> list[dict[str, Any]]:
    """The lines measured so far; of two for the same run the later one."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    if KEPT.exists():
        for text in KEPT.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            lines[line["instance"], line["way"]] = line
    return list(lines.values())


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.planner", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--instances", nargs="+", help='by the start of their names: "mixed 2,000", belt, shipped, zone'
    )
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--zone", type=Path, help="folder of a whole zone")
    parser.add_argument("--gap", type=float, default=1e-3)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the processor, for each run of ours")
    parser.add_argument("--peer-seconds", type=float, default=20.0, help="of the processor, for HiGHS and SCIP each")
    parser.add_argument("--anew", action="store_true", help="measure again what is kept already")
    parser.add_argument("--table", nargs="?", const="en", choices=("en", "zh"), help="print the table, measure nothing")
    parser.add_argument("--write", action="store_true", help="write the table into both READMEs, measure nothing")
    chosen = parser.parse_args(arguments)
    if chosen.write:
        for name, lang in READMES.items():
            write(README.with_name(name), table(kept(), lang))
        return
    if chosen.table:
        sys.stdout.write(table(kept(), chosen.table))
        return
    solve(instance(300, "mixed"), gap=0.5)  # the compiled parts are loaded before any clock runs
    solve(instance(20_001, "mixed"), gap=0.5)
    known = set() if chosen.anew else {(line["instance"], line["way"]) for line in kept()}
    for name, make in instances(chosen.zone):
        if chosen.instances and not name.startswith(tuple(chosen.instances)):
            continue
        wanted = [way for way in chosen.ways if (name, way) not in known]
        if "replan" in wanted and "ours" not in wanted:
            wanted = ["ours", *wanted]
        if not wanted:
            continue
        problem = make()
        if len(problem.pool) > PEERS_UP_TO:  # neither finds a plan there in minutes
            wanted = [way for way in wanted if way not in ("highs", "scip")]
        runs = Runs(problem, chosen.gap, chosen.seconds, chosen.peer_seconds)
        for way in wanted:
            line = measured(runs, name, way)
            with KEPT.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
