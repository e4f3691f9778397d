"""A finished plan opened again to ask it questions: why, what if not, what else, what it costs.

``open_plan`` reads a plan's folder, measures the ground again and poses the same problem, proven to be the same by its
hash; nothing is solved. What follows works on a plan just made and on one opened alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import InputProblem
from geo.finding import Finding
from geo.study.recheck import read_certificate, read_record, scenario_of
from geo.study.relocation import finish, measure, pose_problem
from geo.study.relocation_result import SPEC, RelocationResult
from geo.study.relocation_tell import PLAN_GPKG
from geo.study.spec import Progress

if TYPE_CHECKING:
    import pandas as pd

    from geo.plan.relocation.alternatives import Alternatives
    from geo.plan.relocation.frontier import Frontier
    from geo.plan.relocation.prices import Price
    from geo.plan.relocation.problem import Problem
    from geo.plan.relocation.reasons import Reason, WhatIfNot
    from geo.plan.relocation.solution import Progress as Look
    from geo.plan.relocation.solution import Solution
    from geo.plan.relocation.ways_out import TownShort, WayOut
    from geo.zone import Zone


@dataclass(frozen=True)
class Explanation:
    """Why a plan costs what it costs, or why there is none.

    prices: every rule's room and price at the plan. When there is no plan: clashing, the smallest set of rows that
    cannot hold together; shortfalls, in mu and where; towns, the townships of each shortage by row name; ways, the
    cheapest ways out.
    """

    prices: tuple[Price, ...] = ()
    clashing: tuple[str, ...] = ()
    shortfalls: tuple[Finding, ...] = ()
    towns: Mapping[str, tuple[TownShort, ...]] | None = None
    ways: tuple[WayOut, ...] = ()


def open_plan(folder: Path | str, zone: Zone, *, progress: Progress | None = None) -> RelocationResult:
    """The plan of a folder (``plan.json``, ``plan.gpkg``, ``plan_certificate.csv``) with its problem, to be asked.

    Raises InputProblem when the folder is no plan, or when the data or the version no longer give the same problem.
    """
    from geo.io.plan_folder import read_table

    folder = Path(folder)
    told = read_record(folder)
    given = dict(told["values"])
    scenario = scenario_of(given.pop("scenario", None))
    values = SPEC.values(given)
    ground = measure(zone, values, progress=progress, scenario=scenario)
    said = told["results"]["solution"]
    if said is None or not len(ground.moved_out):
        return finish(ground, values, None, None, scenario=scenario)
    problem = pose_problem(zone, ground.moved_out, ground.candidates.accepted, ground.borders, values, scenario)
    if problem.hash() != said["problem_hash"]:
        raise InputProblem([Finding("PL721", "error", folder.name)])
    chosen = tuple(read_table(folder / PLAN_GPKG, "moved_in")["candidate_id"].astype(str))
    return finish(ground, values, problem, _solution(problem, said, chosen, folder), scenario=scenario)


def _solution(problem: Problem, said: Mapping[str, Any], chosen: tuple[str, ...], folder: Path) -> Solution:
    """The solution as it was told, its figures added up again from the problem."""
    from geo.plan.relocation.certificate import certificate_from
    from geo.plan.relocation.infeasible import explain
    from geo.plan.relocation.objective import objective_parts
    from geo.plan.relocation.solution import Solution

    certificate = None
    table = read_certificate(folder)
    if said.get("certificate") and table is not None:
        certificate = certificate_from(problem, said["certificate"], table)
    mask = problem.chosen_mask(chosen)
    plots = problem.pool.take(np.flatnonzero(mask))
    shortfalls, clashing = explain(problem) if said["status"] == "infeasible" else ((), ())
    return Solution(
        status=said["status"],
        objective=np.inf if said["objective"] is None else float(said["objective"]),
        bound=np.inf if said["bound"] is None else float(said["bound"]),
        gap=np.inf if said["gap"] is None else float(said["gap"]),
        chosen=chosen,
        parts=objective_parts(problem.pool, problem.borders, problem.weights, mask) if chosen else None,
        checks=tuple(c for k in problem.named() for c in k.check(problem.leaving, plots)) if chosen else (),
        slacks={r.name: r.slack(mask.astype(float)) for r in problem.rows()} if chosen else {},
        seconds=float(said["seconds"]), solver=said["solver"], method=said["method"],
        problem_hash=said["problem_hash"], seed=int(said["seed"]), reason=said["reason"], certificate=certificate,
        shadow_prices=dict(said.get("shadow_prices") or {}), shortfalls=shortfalls, clashing=clashing,
    )  # fmt: skip


def explain_plan(result: RelocationResult, *, ways: bool = True, progress: Progress | None = None) -> Explanation:
    """What binds and what it costs at the plan; without a plan what clashes, where, by how much, and the ways out."""
    from geo.plan.relocation.prices import prices
    from geo.plan.relocation.ways_out import short_by_town, ways_out

    problem, solution = result.problem, result.solution
    if problem is None or solution is None:
        return Explanation()
    if solution.has_plan:
        return Explanation(prices=prices(problem, solution))
    blocks = dict(
        zip(problem.leaving.ids, result.ground.moved_out["block_id"].astype(str), strict=True) if result.ground else ()
    )

    def go_on() -> bool:
        return progress is None or progress(0.6, "寻找出路", "Looking for ways out", {})

    found = ways_out(problem, solution.clashing, blocks=blocks, go_on=go_on) if ways else ()
    return Explanation(
        clashing=solution.clashing,
        shortfalls=tuple(s.finding for s in solution.shortfalls),
        towns={s.name: tuple(short_by_town(problem, s.name)) for s in solution.shortfalls},
        ways=found,
    )


def other_plans(
    result: RelocationResult, *, count: int = 3, within: float = 0.02, differ: float = 0.2,
    time_limit_s: float = 60.0, progress: Progress | None = None,
) -> Alternatives:  # fmt: skip
    """Plans nearly as good and really different (``geo.plan.relocation.alternatives``). Raises PlanProblem."""
    from geo.plan.relocation.alternatives import alternatives

    problem, solution = _asked(result)
    look = None
    if progress is not None:

        def look(number: int, now: Look) -> bool:
            return progress(
                (number - 0.5) / count, f"寻找第 {number} 个备选", f"Looking for plan {number}", _figures(now)
            )

    return alternatives(
        problem, solution, count=count, within=within, differ=differ, time_limit_s=time_limit_s, progress=look
    )


def plot_importance(
    result: RelocationResult, found: Alternatives, answers: Mapping[str, WhatIfNot] | None = None
) -> pd.DataFrame:
    """How much each plot matters over the plans found, with township, source and net area: IMPORTANCE_COLUMNS first."""
    from geo.plan.relocation.importance import importance

    problem, _ = _asked(result)
    table = importance(problem, found, answers)
    about = result.candidates.accepted.set_index("candidate_id")[["town_code", "source", "net_area_m2", "grade"]]
    return table.join(about, on="candidate_id")


def cost_and_contiguity(
    result: RelocationResult, *, time_limit_s: float = 30.0, progress: Progress | None = None
) -> Frontier:
    """The plan among plans at a range of weights on exposed edge (``geo.plan.relocation.frontier``)."""
    from geo.plan.relocation.frontier import FACTORS, frontier

    problem, solution = _asked(result)
    look = None
    if progress is not None:

        def look(number: int, now: Look) -> bool:
            part = (number - 0.5) / len(FACTORS)
            return progress(part, f"权重 {number}/{len(FACTORS)}", f"Weight {number} of {len(FACTORS)}", _figures(now))

    return frontier(problem, solution, time_limit_s=time_limit_s, progress=look)


def reason_of(result: RelocationResult, candidate_id: str) -> Reason:
    """Why a candidate is in or out of the plan."""
    from geo.plan.relocation.reasons import why

    return why(*_asked(result), candidate_id)


def without(
    result: RelocationResult, candidate_id: str, *, time_limit_s: float = 60.0, progress: Progress | None = None
) -> WhatIfNot:
    """The best plan without a chosen plot, or with one that is not chosen."""
    from geo.plan.relocation.reasons import what_if_not

    def look(now: Look) -> bool:
        return progress is None or progress(0.5, "重新求解", "Solving again", _figures(now))

    return what_if_not(*_asked(result), candidate_id, time_limit_s=time_limit_s, progress=look)


def as_result(result: RelocationResult, problem: Problem, solution: Solution) -> RelocationResult:
    """An alternative, a point of the frontier or the answer to "what if not" as a whole plan: judged, ready to write.

    problem: the one that the plan is an answer to. A plan found under a further demand (an alternative) is told as a
    plan of ``result``'s own problem, with that problem's proof: how far it is from the best plan under the rules. For
    other locks or another weight the values carry them, so that the plan can be made again and re-checked.
    """
    assert result.ground is not None
    told = solution
    if solution.problem_hash != problem.hash() and result.solution is not None:
        told = restated(problem, result.solution, solution)
    values = {
        **result.values,
        "edge_weight": problem.weights.exposed_m,
        "lock_in": tuple(sorted(problem.locks.inside)),
        "lock_out": tuple(sorted(problem.locks.outside)),
    }
    made = finish(result.ground, values, problem, told, scenario=result.scenario)
    return replace(made, run_id=f"{made.run_id[:8]}{hash_of(told):04x}") if told.method == ALTERNATIVE else made


ALTERNATIVE = "alternative"
"""The method of a plan that was found under a further demand and is told under the proof of the best plan."""


def restated(problem: Problem, best: Solution, other: Solution) -> Solution:
    """The plots of ``other`` as a plan of ``problem``, held against the bound and the certificate of ``best``."""
    from geo.plan.relocation.objective import objective_parts
    from geo.plan.relocation.solution import relative_gap

    mask = problem.chosen_mask(other.chosen)
    plots = problem.pool.take(np.flatnonzero(mask))
    parts = objective_parts(problem.pool, problem.borders, problem.weights, mask)
    gap = relative_gap(parts.total, best.bound)
    return replace(
        other, status="feasible", objective=parts.total, bound=best.bound, gap=gap, chosen=plots.ids, parts=parts,
        checks=tuple(c for k in problem.named() for c in k.check(problem.leaving, plots)),
        slacks={r.name: r.slack(mask.astype(float)) for r in problem.rows()}, method=ALTERNATIVE,
        problem_hash=problem.hash(), certificate=best.certificate, shadow_prices=best.shadow_prices,
        reason="an alternative: replaces land of the best plan",
    )  # fmt: skip


def hash_of(solution: Solution) -> int:
    """A small number that tells plans of the same values apart: the same for the same plots."""
    import zlib

    return zlib.crc32("\n".join(sorted(solution.chosen)).encode()) & 0xFFFF


def _asked(result: RelocationResult) -> tuple[Problem, Solution]:
    from geo.errors import PlanProblem

    if result.problem is None or result.solution is None or not result.solution.has_plan:
        raise PlanProblem("没有方案可问 / there is no plan to ask about")
    return result.problem, result.solution


def _figures(now: Look) -> dict[str, float]:
    return {"gap": now.gap, "objective": now.objective, "bound": now.bound}


def load_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file. Raises InputProblem when it is none."""
    try:
        found = json.loads(path.read_text("utf-8"))
        if not isinstance(found, dict):
            raise ValueError("{…}")
    except (OSError, ValueError) as fault:
        raise InputProblem([Finding("PL608", "error", path.name, measured=str(fault)[:200])]) from None
    return found
