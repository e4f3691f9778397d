"""Study ``relocate``: the 零星 farmland inside the lines leaves, better land comes in, and the plan is proven.

Measure (conflicts, fragments, candidates), judge (caps before, all twelve checks after), decide (the relocation
problem, solved within a proven gap), tell (layers, workbook, maps, record).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem, PlanProblem
from geo.finding import Finding
from geo.study import conflicts as conflicts_study
from geo.study.conflicts import LINE_INPUTS, ConflictsResult, block_indices, editions, teller
from geo.study.record import run_id
from geo.study.relocation_facts import PlanState, plan_facts, town_farmland_m2
from geo.study.relocation_places import pieces_at, resolved
from geo.study.relocation_result import SPEC, Ground, RelocationResult, ground_key
from geo.study.relocation_tell import lines, summary, told_values, write
from geo.study.relocation_terms import faults_of, further, lets_unstable_in, unstable_candidates
from geo.study.spec import Progress
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.measure.fragmentation import PatchIndices
    from geo.plan.candidates import CandidateParams, CandidateTable
    from geo.plan.relocation.constraints import Constraint, TownCap
    from geo.plan.relocation.objective import Weights
    from geo.plan.relocation.problem import Problem
    from geo.plan.relocation.solution import Progress as SolverProgress
    from geo.plan.relocation.solution import Solution
    from geo.policy.rule import Judgement
    from geo.policy.scenario import Scenario

__all__ = [
    "SPEC",
    "Ground",
    "RelocationResult",
    "finish",
    "leaving",
    "lines",
    "measure",
    "run",
    "summary",
    "told_values",
    "write",
]

# What the rule book is asked for beside the inputs of the form.
_PARAMETERS = (
    "candidate.classes", "candidate.unstable_codes", "candidate.excluded_crops", "candidate.min_patch_m2",
    "candidate.reserve_status", "relocation.slope_max_grade", "relocation.lines_tolerance_m2",
    "relocation.contiguity_gap_m", "relocation.county_ratio", "relocation.grade_slack", "relocation.paddy_ratio",
    "relocation.slope_slack", "relocation.cross_county",
)  # fmt: skip
_REASON_PARAMETERS = {
    "PL101": "candidate.classes", "PL102": "relocation.slope_max_grade", "PL103": "candidate.unstable_codes",
    "PL104": "candidate.excluded_crops", "PL105": "relocation.lines_tolerance_m2",
    "PL106": "relocation.lines_tolerance_m2", "PL107": "relocation.lines_tolerance_m2",
    "PL108": "candidate.reserve_status", "PL109": "candidate.min_patch_m2", "PL113": "relocation.contiguity_gap_m",
}  # fmt: skip
HIGH_STANDARD_WAITS, HELD_BACK = "PL404", "PL406"


def run(
    zone: Zone,
    values: Mapping[str, Any],
    *,
    progress: Progress | None = None,
    scenario: Path | Scenario | None = None,
    ground: Ground | None = None,
    start: Solution | None = None,
) -> RelocationResult:
    """Make the plan. ``values`` from ``SPEC.values``; ``scenario`` a what-if or a YAML of overrides.

    ground: of an earlier result; when it was measured for the same terms it is not measured again, so that a change of
    locks, weights or ratios is answered in the time of the solver; start: an earlier plan from which the search begins.
    Cancelling before the solver starts raises Cancelled; after that the best plan so far is kept. Raises InputProblem
    for locks that are unknown or contradict each other, PolicyProblem for a date the rule book does not cover.
    """
    from geo.plan.relocation.model import solve
    from geo.plan.relocation.presolve import presolve

    if faults := faults_of(values):
        raise InputProblem(faults)
    what_if = _scenario(scenario)
    if ground is None or ground.zone is not zone or ground.key != ground_key(values, what_if):
        ground = measure(zone, values, progress=progress, scenario=what_if)
    problem = solution = None
    if len(ground.moved_out):
        values = resolved(zone, ground.candidates.accepted["candidate_id"], values)
        teller(progress)(0.5, "建立模型", "Building the model")
        problem = pose_problem(
            zone, ground.moved_out, ground.candidates.accepted, ground.borders, values, what_if
        )  # fmt: skip
        faults = presolve(problem)
        if faults:
            raise InputProblem(faults)
        solution = solve(
            problem, gap=values["gap"], time_limit_s=values["time_limit_s"], seed=values["seed"],
            progress=_solver_progress(progress), start=start,
        )  # fmt: skip
    result = finish(ground, values, problem, solution, scenario=what_if)
    if progress:
        progress(0.9, "方案已成", "Plan ready", {})
    return result


def measure(
    zone: Zone, values: Mapping[str, Any], *, progress: Progress | None = None, scenario: Scenario | None = None
) -> Ground:
    """The first half of ``run``: what lies where, what leaves, which land may come. Raises Cancelled when stopped."""
    from geo.plan.candidates import candidate_borders, find_candidates
    from geo.plan.retained import retained_farmland

    tell = teller(progress)
    study = conflicts_study.run(zone, _line_values(values), progress=_part(progress, 0.0, 0.25))
    tell(0.25, "确定调出", "Choosing what leaves")
    moved_out, waiting = leaving(study, values, scenario)
    retained = retained_farmland(zone.layer("farmland"), moved_out)
    tell(0.33, "检查图形", "Checking shapes")
    params = candidate_params(zone, values, scenario)
    try:
        candidates = find_candidates(
            zone, outgoing=moved_out, retained=retained, params=params,
            told=lambda share: tell(0.37 + 0.08 * share, "筛选候选", "Sifting candidates"),
        )  # fmt: skip
    except PlanProblem:  # nothing to look at: neither a pool nor cropland where land may come from
        raise InputProblem([Finding("PL201", "error")]) from None
    tell(0.45, "量算相邻", "Measuring shared borders")
    return Ground(
        zone=zone, key=ground_key(values, scenario), study=study, moved_out=moved_out, waiting=waiting,
        retained=retained, params=params, candidates=candidates, borders=candidate_borders(candidates.accepted),
    )  # fmt: skip


def finish(
    ground: Ground,
    values: Mapping[str, Any],
    problem: Problem | None,
    solution: Solution | None,
    *,
    scenario: Scenario | None = None,
) -> RelocationResult:
    """The second half of ``run``: the state after the plan, the facts, the rule book's verdicts."""
    zone, study = ground.zone, ground.study
    moved_out, waiting, retained = ground.moved_out, ground.waiting, ground.retained
    chosen = solution.chosen if solution else ()
    moved_in = incoming(zone, ground.candidates, chosen)
    if not chosen:
        moved_out, waiting, retained = _nothing_moves(moved_out, waiting, zone)
    before, after = study.indices, _after(zone, retained, moved_in, values)
    names = [i.parameter for i in SPEC.inputs if i.parameter] + list(_PARAMETERS)
    facts = facts_of(zone, moved_out, moved_in, before, after, ground.params) if chosen else ()
    return RelocationResult(
        zone=zone, values=dict(values), run_id=run_id(SPEC.name, {**values, "scenario": _told(scenario)}, zone),
        scenario=scenario, study=study, moved_out=moved_out, moved_in=moved_in, waiting=waiting, retained=retained,
        candidates=ground.candidates, params=ground.params, problem=problem, solution=solution, before=before,
        after=after, judgements=judge(facts, on=values["on"], scenario=scenario) if chosen else (),
        editions=editions(values["on"], names, scenario), facts=facts, ground=ground,
    )  # fmt: skip


def leaving(
    study: ConflictsResult, values: Mapping[str, Any], scenario: Scenario | None = None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """What leaves now, and what waits with its reason (high-standard farmland, township cap)."""
    import pandas as pd

    from geo.measure.fragmentation import outgoing_pieces
    from geo.plan.relocation.leaving import choose_leaving

    pieces = outgoing_pieces(study.fragments, study.conflicts, min_patch_m2=values["min_patch_m2"])
    stays, faults = pieces_at(study.zone, values["hold"], pieces)
    if faults:
        raise InputProblem(faults)
    # A block leaves as a whole or not at all: half of one would be a smaller fragment.
    protected = pieces["block_id"].isin(set(pieces.loc[pieces["high_standard"].astype(bool), "block_id"]))
    if values["high_standard"]:
        protected &= False
    kept = pieces[protected].assign(
        reason=HIGH_STANDARD_WAITS, unit_code="", measured=pieces.loc[protected, "net_area_m2"], limit=0.0, unit="m2",
        article="",
    )  # fmt: skip
    held = pieces["block_id"].isin(set(pieces.loc[pieces["farmland_id"].isin(stays), "block_id"])) & ~protected
    told = pieces[held].assign(
        reason=HELD_BACK, unit_code="", measured=pieces.loc[held, "net_area_m2"], limit=0.0, unit="m2", article=""
    )
    kept = pd.concat([kept, told], ignore_index=True) if len(told) else kept
    free = pieces[~(protected | held)].reset_index(drop=True)
    if not len(free):
        return free, kept.reset_index(drop=True)
    if values["town_cap_share"] <= 0:
        raise InputProblem([Finding("PL202", "error", "town_cap_share", measured=values["town_cap_share"])])
    choice = choose_leaving(free, cap=_cap(study.zone, values, scenario))
    return choice.leaves, pd.concat([kept, choice.waits], ignore_index=True) if len(kept) else choice.waits


def candidate_params(zone: Zone, values: Mapping[str, Any], scenario: Scenario | None = None) -> CandidateParams:
    """The limits on incoming land as of the study's date; parcels with broken geometry or overlaps are out."""
    from geo.plan.candidates import CandidateParams
    from geo.qc.coverage import check_coverage

    def law(name: str) -> Any:
        return _book_value(name, values["on"], scenario).value

    broken = [f for f in check_coverage(zone, layers=("parcels", "reserve")) if f.severity == "error"]
    named = [f.subject for f in broken] + [f.values["other"] for f in broken if f.code in ("QC202", "QC205")]
    faulty = {name.partition("#")[2] for name in named}
    return CandidateParams(
        classes=tuple(law("candidate.classes")),
        max_slope_grade=int(law("relocation.slope_max_grade")),
        unstable_codes=tuple(law("candidate.unstable_codes")),
        excluded_crops=tuple(law("candidate.excluded_crops")),
        allowed_status=tuple(law("candidate.reserve_status")),
        min_patch_m2=float(law("candidate.min_patch_m2")),
        overlap_tolerance_m2=float(law("relocation.lines_tolerance_m2")),
        contiguity_gap_m=float(law("relocation.contiguity_gap_m")),
        same_county=not law("relocation.cross_county"),
        use_reserve="reserve" in values["sources"],
        use_cropland="cropland" in values["sources"],
        faulty=frozenset(faulty - {""}),
        unstable_refused=not lets_unstable_in(values),
        articles={c: _book_value(p, values["on"], scenario).article for c, p in _REASON_PARAMETERS.items()},
    )


def pose_problem(
    zone: Zone,
    moved_out: gpd.GeoDataFrame,
    accepted: gpd.GeoDataFrame,
    borders: pd.DataFrame,
    values: Mapping[str, Any],
    scenario: Scenario | None = None,
) -> Problem:
    """The relocation problem of the study's values, with the rule book's constraints and the planner's locks."""
    from geo.plan.relocation.problem import pose

    rules = constraints_of(zone, values, scenario)
    problem = pose(moved_out, accepted, borders, constraints=rules, weights=weights_of(values))
    inside, outside = {str(i) for i in values["lock_in"]}, {str(i) for i in values["lock_out"]}
    faults = [Finding("PL204", "error", i) for i in sorted((inside | outside) - set(problem.pool.ids))]
    faults += [Finding("PL205", "error", i) for i in sorted(inside & outside)]
    if faults:
        raise InputProblem(faults)
    return problem.lock(inn=inside, out=outside)


def constraints_of(zone: Zone, values: Mapping[str, Any], scenario: Scenario | None = None) -> tuple[Constraint, ...]:
    """What must hold: the study's values where it asks for them, the rule book's for the rest."""
    from geo.plan.relocation.constraints import Area, FairShare, Paddy, Quality, Slope

    def law(name: str) -> Any:
        return _book_value(name, values["on"], scenario)

    county = None if law("relocation.cross_county").value else law("relocation.county_ratio").value
    fair: tuple[Constraint, ...] = ()
    if values["fair_level"] != "none":
        fair = (
            FairShare(
                level=values["fair_level"], by=values["fair_by"], tolerance=values["fair_tolerance"],
                farmland_m2=town_farmland_m2(zone),
            ),
        )  # fmt: skip
    return (
        Area(ratio=values["area_ratio"], county_ratio=county, article=law("relocation.area_ratio").article),
        Quality(slack=law("relocation.grade_slack").value, article=law("relocation.grade_slack").article),
        Paddy(ratio=law("relocation.paddy_ratio").value, article=law("relocation.paddy_ratio").article),
        Slope(slack=law("relocation.slope_slack").value, article=law("relocation.slope_slack").article),
        _cap(zone, values, scenario),
        *fair,
        *further(zone, values, unstable_candidates(zone, values, tuple(law("candidate.unstable_codes").value))),
    )


def weights_of(values: Mapping[str, Any]) -> Weights:
    """The planner's weights, in mu·km."""
    from geo.plan.relocation.objective import Weights

    return Weights(
        distance=values["distance_weight"],
        plot=values["plot_weight"],
        exposed_m=values["edge_weight"],
        outside_pool=values["outside_weight"],
    )


def _cap(zone: Zone, values: Mapping[str, Any], scenario: Scenario | None) -> TownCap:
    from geo.plan.relocation.constraints import TownCap

    return TownCap(
        share=values["town_cap_share"],
        farmland_m2=town_farmland_m2(zone),
        article=_book_value("relocation.town_cap_share", values["on"], scenario).article,
    )


def incoming(zone: Zone, candidates: CandidateTable, chosen: tuple[str, ...]) -> gpd.GeoDataFrame:
    """The chosen candidates with what their parents' rows add: class_name, lot_kind, refine_code, crop_code."""
    rows = candidates.accepted[candidates.accepted["candidate_id"].isin(chosen)].reset_index(drop=True)
    extra: dict[str, Any] = {name: [""] * len(rows) for name in ("class_name", "lot_kind", "refine_code", "crop_code")}
    for source, layer, key in (("reserve", "reserve", "lot_id"), ("cropland", "parcels", "parcel_id")):
        if not zone.has(layer):
            continue
        parents = zone.layer(layer).set_index(key)
        mine = rows["source"] == source
        for name, column in extra.items():
            if name in parents.columns:
                found = parents[name].reindex(rows["parent_id"]).to_numpy()
                extra[name] = [f if m else c for f, m, c in zip(found, mine, column, strict=True)]
    return rows.assign(**extra)


def facts_of(
    zone: Zone,
    moved_out: gpd.GeoDataFrame,
    moved_in: gpd.GeoDataFrame,
    before: PatchIndices,
    after: PatchIndices,
    params: CandidateParams,
) -> tuple[Mapping[str, Any], ...]:
    """What the rule book is asked about a finished plan: one row the plan, one a county, one a township."""
    state = PlanState(zone, moved_out, moved_in, before, after, lines_overlap_m2(zone, moved_in))
    facts = plan_facts(
        state,
        allowed_status=params.allowed_status,
        min_patch_m2=params.min_patch_m2,
        unstable_codes=params.unstable_codes,
        excluded_crops=params.excluded_crops,
    )
    return tuple(facts)


def judge(facts: Sequence[Mapping[str, Any]], *, on: date, scenario: Scenario | None = None) -> tuple[Judgement, ...]:
    """The rule book's verdicts on the facts of a plan."""
    from geo.policy.book import load_book

    return tuple(load_book().judge(facts, theme="relocation", on=on, scenario=scenario))


def lines_overlap_m2(zone: Zone, moved_in: gpd.GeoDataFrame) -> dict[str, float]:
    """Incoming area inside the filled boundary, the red line and existing farmland, m² by layer."""
    from geo.measure.conflicts import fill_holes
    from geo.measure.overlay import overlay

    layers = {
        "farmland": (zone.layer("farmland"), "farmland_id"),
        "boundary": (fill_holes(zone.layer("boundary")), "boundary_id"),
        "redline": (zone.layer("redline"), "redline_id"),
    }
    return {
        name: float(overlay(moved_in, layer, left_id="candidate_id", right_id=key)["area_m2"].sum())
        for name, (layer, key) in layers.items()
    }


def after_farmland(zone: Zone, retained: gpd.GeoDataFrame, moved_in: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Permanent farmland once the plan is carried out: farmland_id, net_area_m2, geometry."""
    import geopandas as gpd
    import pandas as pd

    from geo.geometry.ellipsoid import areas

    parents = zone.layer("farmland").set_index("farmland_id")
    whole = parents["net_area_m2"].reindex(retained["farmland_id"]).to_numpy(dtype=float)
    old = parents.geometry.reindex(retained["farmland_id"])
    cut = ~retained.geometry.geom_equals_exact(gpd.GeoSeries(old.to_numpy(), index=retained.index, crs=old.crs), 0.0)
    factor = parents["ridge_factor"].reindex(retained["farmland_id"]).to_numpy(dtype=float)
    measured = areas(retained).to_numpy() * (1.0 - factor)
    stay = retained[["farmland_id", "geometry"]].assign(net_area_m2=_pick(cut.to_numpy(), measured, whole))
    come = moved_in[["candidate_id", "net_area_m2", "geometry"]].rename(columns={"candidate_id": "farmland_id"})
    return gpd.GeoDataFrame(pd.concat([stay, come], ignore_index=True), geometry="geometry", crs=retained.crs)


def _pick(cut: Any, measured: Any, whole: Any) -> Any:
    """Whole patches keep the area of the database, cut ones are measured again (domain 3.2)."""
    import numpy as np

    return np.where(cut, measured, whole)


def _after(zone: Zone, retained: gpd.GeoDataFrame, moved_in: gpd.GeoDataFrame, values: Mapping[str, Any]) -> Any:
    return block_indices(after_farmland(zone, retained, moved_in), gap_m=values["gap_m"], on=values["on"])


def _nothing_moves(
    moved_out: gpd.GeoDataFrame, waiting: gpd.GeoDataFrame, zone: Zone
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Without a plan nothing leaves: what would have left waits for a pool that can replace it."""
    import pandas as pd

    stuck = moved_out.assign(reason="PL405", unit_code="", measured=moved_out["net_area_m2"], limit=0.0, unit="m2",
                             article="")  # fmt: skip
    both = pd.concat([waiting, stuck], ignore_index=True) if len(waiting) else stuck
    return moved_out.iloc[:0], both, zone.layer("farmland")[["farmland_id", "geometry"]]


def _line_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {i.name: values[i.name] for i in LINE_INPUTS}


def _book_value(name: str, on: date, scenario: Scenario | None) -> Any:
    from geo.policy.book import load_book

    return load_book().value(name, on=on, scenario=scenario)


def _scenario(path: Path | Scenario | None) -> Scenario | None:
    from geo.policy.scenario import Scenario, load_scenario

    if path is None or isinstance(path, Scenario):
        return path
    from geo.policy.book import load_book

    return load_scenario(Path(path), parameters=load_book().parameters)


def _told(scenario: Scenario | None) -> Any:
    return None if scenario is None else {"name": scenario.name, "overrides": dict(scenario.overrides)}


def _part(progress: Progress | None, low: float, high: float) -> Progress | None:
    """The same watcher for a step that fills only a part of the bar."""
    if progress is None:
        return None

    def part(fraction: float, zh: str, en: str, figures: Mapping[str, float]) -> bool:
        return progress(low + (high - low) * fraction, zh, en, figures)

    return part


def _solver_progress(progress: Progress | None) -> Callable[[SolverProgress], bool] | None:
    """The solver's looks as progress between 0.55 and 0.85; the bar follows the gap on a logarithmic scale."""
    if progress is None:
        return None
    import math

    def look(now: SolverProgress) -> bool:
        closed = 0.0 if not math.isfinite(now.gap) else min(1.0, max(0.0, 1 + math.log10(max(now.gap, 1e-4)) / -4))
        figures = {"gap": now.gap, "objective": now.objective, "bound": now.bound, "seconds": now.seconds}
        return progress(0.55 + 0.15 * closed, "求解", "Solving", figures)

    return look
