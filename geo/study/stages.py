"""A relocation in stages, year by year: each year its own plan under the township cap, until everything has left.

What leaves in a year is chosen exactly (whole blocks, as much as the cap allows); what comes is the best plan of that
year within a proven gap, every rule holding in every year. The cap is taken of the farmland as it stands at the start
of the year. Candidates are measured once against the farmland that stays in the end; plots that came in an earlier year
count as farmland to join in the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import InputProblem
from geo.finding import Finding
from geo.study.relocation import constraints_of, incoming, measure, weights_of
from geo.study.relocation_facts import town_farmland_m2
from geo.study.relocation_places import resolved
from geo.study.relocation_result import SPEC, Ground
from geo.study.relocation_terms import faults_of
from geo.study.spec import Progress
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.plan.relocation.problem import Problem
    from geo.plan.relocation.solution import Solution
    from geo.policy.scenario import Scenario


@dataclass(frozen=True)
class Stage:
    """One year: what leaves, what comes, its problem and plan, the cap's room by township at its start (m²)."""

    year: int
    moved_out: gpd.GeoDataFrame
    moved_in: gpd.GeoDataFrame
    problem: Problem
    solution: Solution
    room_m2: Mapping[str, float]


@dataclass(frozen=True)
class Stages:
    """A plan in years. left: what has not left after the last (reason: PL402 cap, PL405 no plan, PL404, PL406 held).

    ended: done, years (as many as asked were used), stuck (no block fits under the cap in any year), infeasible (the
    last year has no plan; its clashing constraints in ``clashing``). price: what the stages cost together beyond the
    proven bound of one plan for everything without the cap, mu·km (NaN when there is no such plan).
    """

    zone: Zone
    values: Mapping[str, Any]
    stages: tuple[Stage, ...]
    left: gpd.GeoDataFrame
    ended: str
    clashing: tuple[str, ...]
    at_once_bound: float

    @property
    def cost(self) -> float:
        return float(sum(s.solution.objective for s in self.stages))

    @property
    def price(self) -> float:
        return self.cost - self.at_once_bound if self.ended == "done" else float("nan")


def run(
    zone: Zone,
    values: Mapping[str, Any],
    *,
    years: int = 5,
    scenario: Scenario | None = None,
    progress: Progress | None = None,
) -> Stages:
    """Plan year by year with the cap of ``values`` in each. ``values`` from ``relocation.SPEC.values``.

    Raises InputProblem for fewer than one year or a cap of zero, and as ``relocation.run`` does; Cancelled while
    measuring. A cancelled search keeps the years planned so far.
    """
    import pandas as pd

    from geo.plan.relocation.constraints import TownCap
    from geo.plan.relocation.leaving import choose_leaving
    from geo.plan.relocation.model import solve

    faults = [Finding("IO201", "error", "years", measured=str(years), limit="≥ 1")] if years < 1 else []
    faults += faults_of(values)
    if faults:
        raise InputProblem(faults)
    ground = measure(zone, {**values, "town_cap_share": 1.0}, progress=progress, scenario=scenario)
    values = resolved(zone, ground.candidates.accepted["candidate_id"], values)
    rules = constraints_of(zone, values, scenario)
    cap = next(c for c in rules if isinstance(c, TownCap))
    farmland, pieces, accepted = dict(town_farmland_m2(zone)), ground.moved_out, ground.candidates.accepted
    found: list[Stage] = []
    ended, waits = "done", pieces.iloc[:0]
    clashing: tuple[str, ...] = ()
    for year in range(1, years + 1):
        if not len(pieces):
            break
        now = replace(cap, farmland_m2=dict(farmland))
        choice = choose_leaving(pieces, cap=now)
        leaves = choice.leaves
        if not len(leaves):
            ended, waits = "stuck", choice.waits
            break
        problem = _pose(leaves, accepted, ground, [c for c in rules if c is not cap] + [now], values)
        look = _look(progress, year, years)
        solution = solve(
            problem, gap=values["gap"], time_limit_s=values["time_limit_s"], seed=values["seed"], progress=look
        )
        if not solution.has_plan:
            ended, clashing = ("infeasible", solution.clashing) if solution.clashing else ("years", ())
            waits = pieces.assign(reason="PL405")
            break
        moved_in = incoming(zone, replace(ground.candidates, accepted=accepted), solution.chosen)
        found.append(Stage(year, leaves, moved_in, problem, solution, {t: now.share * a for t, a in farmland.items()}))
        for frame, sign in ((leaves, -1.0), (moved_in, 1.0)):
            for town, area in frame.groupby("town_code")["net_area_m2"].sum().items():
                farmland[str(town)] = farmland.get(str(town), 0.0) + sign * float(area)
        gone = set(leaves["farmland_id"] + leaves["block_id"].astype(str))
        pieces = pieces[~(pieces["farmland_id"] + pieces["block_id"].astype(str)).isin(gone)].reset_index(drop=True)
        waits = choice.waits
        accepted = _joined(accepted, ground, solution.chosen)
    if len(pieces) and ended == "done":
        ended = "years"
    left = pd.concat([ground.waiting, waits], ignore_index=True) if len(waits) else ground.waiting
    at_once = _at_once(ground, rules, cap, values) if ended == "done" and len(found) > 1 else _only(found)
    return Stages(zone, dict(values), tuple(found), left, ended, tuple(clashing), at_once)


def summary(stages: Stages) -> dict[str, Any]:
    """Every figure of the stages as plain data; areas m²."""
    rows = []
    for s in stages.stages:
        towns = s.moved_out.groupby("town_code")["net_area_m2"].sum()
        used = {str(t): float(a) / max(s.room_m2.get(str(t), 0.0), 1e-9) for t, a in towns.items()}
        rows.append({
            "year": s.year, "out_pieces": len(s.moved_out), "out_net_m2": float(s.moved_out["net_area_m2"].sum()),
            "in_plots": len(s.moved_in), "in_net_m2": float(s.moved_in["net_area_m2"].sum()),
            "cost_mu_km": s.solution.objective, "gap": s.solution.gap, "status": s.solution.status,
            "cap_used": used, "fullest_town": max(used, key=lambda t: used[t]), "checks_hold": all(
                c.holds for c in s.solution.checks),
        })  # fmt: skip
    return {
        "ended": stages.ended, "years": rows, "cost_mu_km": stages.cost, "at_once_bound_mu_km": stages.at_once_bound,
        "price_mu_km": stages.price, "left": len(stages.left),
        "left_net_m2": float(stages.left["net_area_m2"].sum()) if len(stages.left) else 0.0,
        "clashing": list(stages.clashing), "town_cap_share": stages.values["town_cap_share"],
    }  # fmt: skip


def write(stages: Stages, folder: Path | str) -> list[Path]:
    """``stages.json`` and ``stages.gpkg`` (moved_out and moved_in with their year, left). All or none.

    Raises InputProblem when the folder cannot be written.
    """
    import geopandas as gpd
    import pandas as pd

    from geo.io.plan_folder import write_tables
    from geo.study.record import record, write_json

    folder = Path(folder)
    tables: dict[str, Any] = {}
    for side in ("moved_out", "moved_in"):
        parts = [getattr(s, side).assign(year=s.year) for s in stages.stages]
        if parts:
            tables[side] = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=parts[0].crs)
    tables["left"] = stages.left
    made = [write_tables(tables, folder / "stages.gpkg")]
    data = record(f"{SPEC.name}.stages", stages.zone, stages.values, editions=(), results=summary(stages))
    return [*made, write_json(data, folder / "stages.json")]


def _pose(leaves: Any, accepted: Any, ground: Ground, rules: list[Any], values: Mapping[str, Any]) -> Problem:
    """The problem of one year; distances run to what leaves in it."""
    from geo.plan.candidates import distance_to_outgoing
    from geo.plan.relocation.problem import pose

    near = accepted.assign(distance_m=distance_to_outgoing(accepted, leaves, same_county=ground.params.same_county))
    problem = pose(leaves, near, ground.borders, constraints=rules, weights=weights_of(values))
    known = set(problem.pool.ids)
    return problem.lock(
        inn=[i for i in values["lock_in"] if i in known], out=[i for i in values["lock_out"] if i in known]
    )


def _joined(accepted: Any, ground: Ground, chosen: tuple[str, ...]) -> Any:
    """The candidates that are left; where they touch what came, that border now lies on farmland."""
    came = set(chosen)
    pairs = ground.borders
    gained: dict[str, float] = {}
    for here, there in (("left", "right"), ("right", "left")):
        touching = pairs[pairs[there].isin(came) & ~pairs[here].isin(came)]
        for identifier, length in touching.groupby(here)["border_m"].sum().items():
            gained[str(identifier)] = gained.get(str(identifier), 0.0) + float(length)
    rest = accepted[~accepted["candidate_id"].isin(came)].reset_index(drop=True)
    border = rest["border_retained_m"] + rest["candidate_id"].map(gained).fillna(0.0)
    return rest.assign(border_retained_m=np.minimum(border, rest["perimeter_m"]))


def _at_once(ground: Ground, rules: Any, cap: Any, values: Mapping[str, Any]) -> float:
    """The proven bound of one plan for everything, without the cap; NaN when there is none."""
    from geo.plan.relocation.model import solve

    free = [c for c in rules if c is not cap]
    problem = _pose(ground.moved_out, ground.candidates.accepted, ground, free, values)
    found = solve(problem, gap=max(values["gap"], 0.01), time_limit_s=values["time_limit_s"], seed=values["seed"])
    return found.bound if found.has_plan else float("nan")


def _only(found: list[Stage]) -> float:
    return found[0].solution.bound if len(found) == 1 else float("nan")


def _look(progress: Progress | None, year: int, years: int) -> Any:
    if progress is None:
        return None

    def look(now: Any) -> bool:
        figures = {"gap": now.gap, "objective": now.objective, "bound": now.bound}
        return progress(0.5 + 0.4 * (year - 0.5) / years, f"第 {year} 年", f"Year {year}", figures)

    return look
