"""A pool that is short: the limits that fail, county by county, and the smallest relaxations that would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.plan.supplement.explain import Relaxation, common_share, limit_relaxations, pool_relaxation, with_pool
from geo.plan.supplement.problem import Supplement, SupplementProblem
from geo.policy.book import load_book
from geo.standards.units import from_mu

if TYPE_CHECKING:
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
    "share": (
        "数量、水田、产能三项同时降至需要量的",
        "Quantity, paddy and capacity all lowered to this share",
        "replacement.area_ratio",
    ),
    "locks": ("解除锁定（块数）", "Locks lifted (lots)", ""),
    "gap": ("相连间隙放宽至", "Gap that still joins, widened to", "relocation.contiguity_gap_m"),
    "status": (
        "先解除占用状态的储备地块数",
        "Reserve lots whose state would have to be released",
        "candidate.reserve_status",
    ),
}
# "In principle contiguous" leaves room; everything else would need a change of the rule or of the pool.
HELD = "锁定"
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
    taken: Taken, problem: SupplementProblem, solution: Supplement, values: Mapping[str, Any]
) -> pd.DataFrame:
    """RELAX_COLUMNS: for each county that is short, each single change after which a replacement exists."""
    book, on = load_book(), values["on"]
    rows = []
    wider = _Wider(taken, values)
    failing = {s.demand for s in solution.shortages}
    for d, demand in enumerate(problem.demands):
        if demand.name not in failing:
            continue
        alone = problem.only(d)
        found = limit_relaxations(alone)
        found += _wider_gap(wider, alone)
        found += _released(wider, alone)
        if not any(r.kind in ("quantity", "paddy", "capacity") for r in found):
            found += common_share(alone)
        for r in found:
            zh, en, parameter = _KINDS[r.kind]
            article = book.value(parameter, on=on).article if parameter and parameter in book.parameters else ""
            rows.append(
                {"county_code": r.demand, "kind": r.kind, "zh": zh, "en": en, "from_value": r.from_value,
                 "to_value": r.to_value, "unit": r.unit, "lawful": r.kind in _LAWFUL, "article": article}
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(RELAX_COLUMNS))


class _Wider:
    """The larger pools, measured once for all counties: lots whatever their distance from farmland; held lots freed."""

    def __init__(self, taken: Taken, values: Mapping[str, Any]) -> None:
        self.taken, self.values = taken, values

    @cached_property
    def any_gap(self) -> Any:
        from geo.study.project_plan import pool_table

        return pool_table(self.taken, {**self.values, "require_contiguity": False}).accepted

    @cached_property
    def freed(self) -> Any:
        """Lots when those that are only held (锁定) were available; None when there are none."""
        from geo.study.project_plan import pool_table

        zone = self.taken.zone
        lots = zone.layer("reserve")
        allowed = tuple(load_book().value("candidate.reserve_status", on=self.values["on"]).value)  # type: ignore[arg-type]
        held = (lots["status"] == HELD) & ~lots["status"].isin(allowed)
        if not held.any():
            return None
        freed = lots.assign(status=lots["status"].where(~held, allowed[0]))
        return pool_table(replace(self.taken, zone=zone.with_layer("reserve", freed)), self.values).accepted


def _wider_gap(wider: _Wider, alone: SupplementProblem) -> list[Relaxation]:
    """Lots that only their distance from farmland keeps out, let in nearest first."""
    start = float(wider.values["gap_m"])
    if not wider.values["require_contiguity"]:
        return []
    wide = _mine(wider.any_gap, alone)
    steps = sorted({float(g) for g in wide["gap_m"] if start < g < float("inf")})
    problems = [_grown(alone, wide[wide["gap_m"] <= g], wider.taken) for g in steps]
    return pool_relaxation(alone, problems, steps, kind="gap", from_value=start, unit="m")


def _released(wider: _Wider, alone: SupplementProblem) -> list[Relaxation]:
    """Lots that only their state keeps out, nearest first."""
    if not wider.taken.zone.has("reserve") or wider.freed is None:
        return []
    wide = _mine(wider.freed, alone)
    known = set(alone.pool.ids)
    more = wide[~wide["candidate_id"].isin(known)].sort_values(["distance_m", "candidate_id"], kind="stable")
    base = wide[wide["candidate_id"].isin(known)]
    pools = [pd.concat([base, more.iloc[: k + 1]], ignore_index=True) for k in range(len(more))]
    problems = [_grown(alone, pool, wider.taken) for pool in pools]
    counts = [float(k + 1) for k in range(len(more))]
    return pool_relaxation(alone, problems, counts, kind="status", from_value=0.0, unit="count")


def _mine(accepted: Any, alone: SupplementProblem) -> Any:
    return accepted[accepted["county_code"] == alone.demands[0].county].reset_index(drop=True)


def _grown(alone: SupplementProblem, accepted: Any, taken: Taken) -> SupplementProblem:
    from geo.plan.supplement.pool import distances, pool_of

    accepted = accepted.sort_values("candidate_id", kind="stable").reset_index(drop=True)
    away = distances(accepted, taken.farmland_taken, alone.demands)
    return with_pool(alone, pool_of(accepted), accepted["capacity_kg"].to_numpy(dtype=float), away)
