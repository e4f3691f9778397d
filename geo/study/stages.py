"""A relocation in stages, year by year: each year its own plan under the township cap, until everything has left.

What leaves in a year is chosen exactly (whole blocks, as much as the cap allows); what comes is the best plan of that
year within a proven gap, every rule holding in every year. The cap is taken of the farmland as it stands at the start
of the year. Candidates are measured once against the farmland that stays in the end; plots that came in an earlier year
count as farmland to join in the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import InputProblem
from geo.finding import Finding
from geo.study.record import run_id
from geo.study.relocation import constraints_of, incoming, measure, weights_of
from geo.study.relocation_facts import town_farmland_m2
from geo.study.relocation_places import resolved
from geo.study.relocation_result import SPEC, Ground, ground_key
from geo.study.relocation_terms import faults_of
from geo.study.spec import Progress
from geo.study.stages_result import MOST_YEARS, Stage, Stages
from geo.study.stages_tell import lines, summary, write
from geo.zone import Zone

if TYPE_CHECKING:
    from geo.plan.relocation.constraints import Constraint
    from geo.plan.relocation.problem import Problem
    from geo.plan.relocation.solution import Shortfall
    from geo.policy.scenario import Scenario

__all__ = ["Stage", "Stages", "lines", "run", "summary", "write"]

CAP_REACHED, NO_PLAN, NOT_YET = "PL402", "PL405", "PL407"


def run(
    zone: Zone,
    values: Mapping[str, Any],
    *,
    years: int = 5,
    scenario: Scenario | None = None,
    progress: Progress | None = None,
    ground: Ground | None = None,
) -> Stages:
    """Plan year by year with the cap of ``values`` in each. ``values`` from ``relocation.SPEC.values``.

    ground: of a plan under the same terms; it is taken up where the cap held nothing back. Raises InputProblem for
    years outside 1 to 50 or a cap of zero, and as ``relocation.run`` does; Cancelled while measuring. When the search
    is cancelled the years planned in full are kept.
    """
    import pandas as pd

    from geo.plan.relocation.constraints import TownCap
    from geo.plan.relocation.leaving import choose_leaving
    from geo.plan.relocation.model import solve

    faults = [] if 1 <= years <= MOST_YEARS else [
        Finding("IO201", "error", "years", measured=str(years), limit=f"1–{MOST_YEARS}")
    ]  # fmt: skip
    faults += faults_of(values)
    if values["town_cap_share"] <= 0:
        faults.append(Finding("PL202", "error", "town_cap_share", measured=values["town_cap_share"]))
    if faults:
        raise InputProblem(faults)
    ground = _everything(zone, values, scenario, ground, progress)
    values = resolved(zone, ground.candidates.accepted["candidate_id"], values)
    rules = constraints_of(zone, values, scenario)
    cap = next(c for c in rules if isinstance(c, TownCap))
    farmland, pieces, accepted = dict(town_farmland_m2(zone)), ground.moved_out, ground.candidates.accepted
    watch, found = _Watch(progress), list[Stage]()
    ended, waits = "done", pieces.iloc[:0]
    shortfalls: tuple[Shortfall, ...] = ()
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
        look = watch.look(0.5 + 0.4 * (year - 0.5) / years, f"第 {year} 年", f"Year {year}")
        solution = solve(
            problem, gap=values["gap"], time_limit_s=values["time_limit_s"], seed=values["seed"], progress=look
        )
        if watch.stopped or not solution.has_plan:
            ended = "cancelled" if watch.stopped else "infeasible" if solution.clashing else "time"
            clashing, shortfalls = solution.clashing, solution.shortfalls
            waits = _waiting(pieces, NO_PLAN if ended == "infeasible" else NOT_YET)
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
    at_once = _at_once(ground, rules, cap, values, watch) if ended == "done" and len(found) > 1 else _only(found)
    told = None if scenario is None else {"name": scenario.name, "overrides": dict(scenario.overrides)}
    return Stages(
        zone=zone, values={**values, "scenario": told}, run_id=run_id(SPEC.name, {**values, "scenario": told}, zone),
        years=years, stages=tuple(found), left=left, ended=ended, clashing=tuple(clashing), shortfalls=shortfalls,
        at_once_bound=at_once,
    )  # fmt: skip


def _everything(
    zone: Zone, values: Mapping[str, Any], scenario: Scenario | None, ground: Ground | None, progress: Progress | None
) -> Ground:
    """The ground with everything leaving at once: an earlier plan's where its cap held nothing back, else measured."""
    fits = ground is not None and ground.zone is zone and ground.key == ground_key(values, scenario)
    if ground is not None and fits and not (ground.waiting["reason"] == CAP_REACHED).any():
        return ground
    return measure(zone, {**values, "town_cap_share": 1.0}, progress=progress, scenario=scenario)


def _waiting(pieces: Any, reason: str) -> Any:
    """Pieces that no year has taken, as the plan's own list of what waits tells them."""
    return pieces.assign(reason=reason, unit_code="", measured=pieces["net_area_m2"], limit=0.0, unit="m2", article="")


class _Watch:
    """Tells each search to who waits for it, and remembers that they asked it to stop."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress, self.stopped = progress, False

    def look(self, fraction: float, zh: str, en: str) -> Any:
        """Called by the solver with where it stands; None when nobody waits."""
        if self.progress is None:
            return None
        tell = self.progress

        def look(now: Any) -> bool:
            figures = {"gap": now.gap, "objective": now.objective, "bound": now.bound}
            self.stopped |= tell(fraction, zh, en, figures) is False
            return not self.stopped

        return look


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


def _at_once(ground: Ground, rules: Any, cap: Constraint, values: Mapping[str, Any], watch: _Watch) -> float:
    """The proven bound of one plan for everything, without the cap; NaN when there is none or nobody waits for it."""
    from geo.plan.relocation.model import solve

    free = [c for c in rules if c is not cap]
    problem = _pose(ground.moved_out, ground.candidates.accepted, ground, free, values)
    found = solve(
        problem, gap=max(values["gap"], 0.01), time_limit_s=values["time_limit_s"], seed=values["seed"],
        progress=watch.look(0.9, "与一次全部调出比较", "Against all at once"),
    )  # fmt: skip
    return found.bound if found.has_plan and not watch.stopped else float("nan")


def _only(found: list[Stage]) -> float:
    return found[0].solution.bound if len(found) == 1 else float("nan")
