"""A pool that is short: the limits that fail, county by county, and the smallest relaxations that would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.plan.supplement.explain import Relaxation, limit_relaxations, pool_relaxation, with_pool
from geo.plan.supplement.problem import Supplement, SupplementProblem
from geo.policy.book import load_book
from geo.standards.units import from_mu

if TYPE_CHECKING:
    from geo.plan.candidates import CandidateTable
    from geo.study.project_result import Taken

SHORT_COLUMNS = ("county_code", "limit", "zh", "en", "needed", "possible", "short", "unit")
RELAX_COLUMNS = ("county_code", "kind", "zh", "en", "from_value", "to_value", "unit", "lawful", "article")
_LIMITS = {
    "quantity": ("数量（净面积）", "Quantity (net area)"), "paddy": ("水田", "Paddy"),
    "quality": ("平均等别", "Mean grade"), "capacity": ("粮食产能", "Grain capacity"),
}  # fmt: skip
_KINDS = {
    "quantity": ("补划面积比降至", "Area ratio lowered to", "replacement.area_ratio"),
    "paddy": ("水田比降至", "Paddy ratio lowered to", "replacement.paddy_ratio"),
    "quality": ("平均等别允许劣于占用", "Mean grade allowed to be worse by", "replacement.grade_slack"),
    "capacity": ("产能比降至", "Capacity ratio lowered to", "offset.ratio"),
    "locks": ("解除锁定（块数）", "Locks lifted (lots)", ""),
    "gap": ("相连间隙放宽至", "Gap that still joins, widened to", "relocation.contiguity_gap_m"),
    "status": (
        "先解除占用状态的储备地块数",
        "Reserve lots whose state would have to be released",
        "candidate.reserve_status",
    ),
}
# "In principle contiguous" leaves room; everything else would need a change of the rule or of the pool.
_LAWFUL = frozenset({"locks", "gap", "status"})


def shortfalls_of(solution: Supplement | None) -> pd.DataFrame:
    """SHORT_COLUMNS: needed, possible and short in m² or kg, one row a limit that fails."""
    rows = []
    for s in solution.shortages if solution else ():
        area = s.unit.startswith("mu")
        change = from_mu if area else float
        unit = "m2·grade" if s.unit == "mu_grade" else "m2" if area else s.unit
        zh, en = _LIMITS[s.limit]
        rows.append(
            {"county_code": s.demand, "limit": s.limit, "zh": zh, "en": en, "needed": change(s.needed),
             "possible": change(s.possible), "short": change(s.short), "unit": unit}
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(SHORT_COLUMNS))


def relaxations_of(
    taken: Taken, table: CandidateTable, problem: SupplementProblem, solution: Supplement, values: Mapping[str, Any]
) -> pd.DataFrame:
    """RELAX_COLUMNS: for each county that is short, each single change after which a replacement exists."""
    book, on = load_book(), values["on"]
    rows = []
    failing = {s.demand for s in solution.shortages}
    for d, demand in enumerate(problem.demands):
        if demand.name not in failing:
            continue
        alone = problem.only(d)
        found = limit_relaxations(alone)
        found += _wider_gap(taken, alone, values)
        found += _released(taken, alone, values)
        for r in found:
            zh, en, parameter = _KINDS[r.kind]
            article = book.value(parameter, on=on).article if parameter and parameter in book.parameters else ""
            rows.append(
                {"county_code": r.demand, "kind": r.kind, "zh": zh, "en": en, "from_value": r.from_value,
                 "to_value": r.to_value, "unit": r.unit, "lawful": r.kind in _LAWFUL, "article": article}
            )  # fmt: skip
    del table
    return pd.DataFrame(rows, columns=list(RELAX_COLUMNS))


def _wider_gap(taken: Taken, alone: SupplementProblem, values: Mapping[str, Any]) -> list[Relaxation]:
    """Lots that only their distance from farmland keeps out, let in nearest first."""
    if not values["require_contiguity"]:
        return []
    wide = _pools(taken, alone, {**values, "require_contiguity": False})
    steps = sorted({float(g) for g in wide["gap_m"] if values["gap_m"] < g < float("inf")})
    if not steps:
        return []
    problems = [_grown(alone, wide[wide["gap_m"] <= g], taken) for g in steps]
    return pool_relaxation(alone, problems, steps, kind="gap", from_value=float(values["gap_m"]), unit="m")


def _released(taken: Taken, alone: SupplementProblem, values: Mapping[str, Any]) -> list[Relaxation]:
    """Lots that only their state (锁定 …) keeps out, nearest first."""
    zone = taken.zone
    if not zone.has("reserve"):
        return []
    lots = zone.layer("reserve")
    allowed = tuple(load_book().value("candidate.reserve_status", on=values["on"]).value)  # type: ignore[arg-type]
    held = lots[(lots["status"] == "锁定") & ~lots["status"].isin(allowed)]
    if not len(held):
        return []
    freed = lots.assign(status=lots["status"].where(~lots["lot_id"].isin(held["lot_id"]), allowed[0]))
    wide = _pools(replace(taken, zone=zone.with_layer("reserve", freed)), alone, values)
    known = set(alone.pool.ids)
    more = wide[~wide["candidate_id"].isin(known) & (wide["county_code"] == alone.demands[0].county)]
    more = more.sort_values(["distance_m", "candidate_id"], kind="stable")
    if not len(more):
        return []
    base = wide[wide["candidate_id"].isin(known)]
    problems = [
        _grown(alone, pd.concat([base, more.iloc[: k + 1]], ignore_index=True), taken) for k in range(len(more))
    ]
    counts = [float(k + 1) for k in range(len(more))]
    return pool_relaxation(alone, problems, counts, kind="status", from_value=0.0, unit="count")


def _pools(taken: Taken, alone: SupplementProblem, values: Mapping[str, Any]) -> Any:
    from geo.study.project_plan import pool_table

    accepted = pool_table(taken, values).accepted
    return accepted[accepted["county_code"] == alone.demands[0].county].reset_index(drop=True)


def _grown(alone: SupplementProblem, accepted: Any, taken: Taken) -> SupplementProblem:
    from geo.plan.supplement.pool import distances, pool_of

    accepted = accepted.sort_values("candidate_id", kind="stable").reset_index(drop=True)
    away = distances(accepted, taken.farmland_taken, alone.demands)
    return with_pool(alone, pool_of(accepted), accepted["capacity_kg"].to_numpy(dtype=float), away)
