"""Study ``project``: from a project's footprint to a signed-off 占用补划 plan.

Measure (every parcel cut, every layer overlaid), judge (who approves, may it take farmland, what must balance), decide
(reserve lots that replace it, with a proof), tell (tables, layers, record). ``take`` and ``plan`` are the two halves:
planning again with other locks does not cut again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.errors import InputProblem
from geo.finding import Finding
from geo.measure.occupation import cents
from geo.policy.book import load_book
from geo.study.conflicts import editions, teller
from geo.study.project_intake import check_footprint
from geo.study.project_result import SPEC, ProjectResult, Taken
from geo.study.project_tell import lines, summary, write
from geo.study.record import run_id
from geo.study.spec import Progress
from geo.zone import Zone

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.study.project_plan import Planned

__all__ = ["SPEC", "ProjectResult", "Taken", "choose", "lines", "plan", "run", "summary", "take", "write"]

OPTION_COLUMNS = (
    "option",
    "name",
    "plots",
    "area_m2",
    "cropland_m2",
    "paddy_m2",
    "irrigated_m2",
    "farmland_m2",
    "farmland_paddy_m2",
    "farmland_irrigated_m2",
    "farmland_grade",
    "farmland_parcels",
    "redline_m2",
    "boundary_m2",
    "parcels",
    "counties",
    "chosen",
)
PADDY, IRRIGATED = "0101", "0102"


def run(
    zone: Zone, footprint: gpd.GeoDataFrame, values: Mapping[str, Any], *, progress: Progress | None = None
) -> ProjectResult:
    """Take and plan. ``values`` from ``SPEC.values``; footprint from ``geo.study.project_intake``.

    Raises InputProblem with every fault of the footprint or of the locks, Cancelled when ``progress`` says stop.
    """
    return plan(take(zone, footprint, values, progress=progress), values, progress=progress)


def take(
    zone: Zone, footprint: gpd.GeoDataFrame, values: Mapping[str, Any], *, progress: Progress | None = None
) -> Taken:
    """What the footprint takes and how it is judged. Raises InputProblem, Cancelled as ``run`` does."""
    from geo.study.project_judge import approval_route, conflicts, eligibility, offsets, project_facts, promises
    from geo.study.project_occupation import farmland_taken, occupation
    from geo.study.project_overlays import overlays, same_project
    from geo.study.project_plan import demand_of

    tell = teller(progress)
    clock = {"cut": time.monotonic()}
    tell(0.05, "检查范围", "Checking the footprint")
    tolerance = float(load_book().value("relocation.lines_tolerance_m2", on=values["on"]).value)  # type: ignore[arg-type]
    checked, notes = check_footprint(zone, footprint, tolerance_m2=tolerance)
    option, plots = _chosen_option(checked, values)
    tell(0.15, "切割地类图斑", "Cutting parcels")
    taken = occupation(zone, plots)
    if not len(taken.pieces):
        raise InputProblem([Finding("PJ111", "error", str(n)) for n in plots["plot_no"]])
    tell(0.3, "切割永久基本农田", "Cutting permanent farmland")
    farmland = farmland_taken(zone, plots)
    tell(0.4, "叠加各图层", "Overlaying the layers")
    told, shapes = overlays(zone, plots, taken.pieces, farmland)
    options = _options(zone, checked, option, (taken.pieces, farmland, told))
    cut_s = time.monotonic() - clock.pop("cut")
    begun = time.monotonic()
    tell(0.5, "依规则判定", "Judging by the rules")
    open_m2 = float(taken.uncovered["area_m2"].sum())
    subject = " ".join(dict.fromkeys(plots["plot_name"])) or option
    facts = project_facts(taken.pieces, farmland, open_m2, values, subject)
    eligible = eligibility(facts, values)
    findings = [*notes, *taken.findings, *conflicts(told, farmland, eligible, values)]
    if same_project(zone, plots, tolerance_m2=tolerance).any():
        findings.append(Finding("PJ308", "info", subject))
    return Taken(
        zone=zone, values=dict(values), footprints=checked, footprint=plots, options=options, occupation=taken.pieces,
        remainders=taken.remainders, closing=taken.closing, uncovered=taken.uncovered, totals=taken.totals,
        crosstab=taken.crosstab, farmland_taken=farmland, overlays=told, overlay_pieces=shapes,
        route=approval_route(facts, values), eligible=eligible, findings=tuple(findings),
        offsets=offsets(taken.pieces, values), promises=promises(taken.pieces, farmland, values),
        demand=demand_of(farmland, values), facts=facts,
        seconds={"cut": cut_s, "judge": time.monotonic() - begun},
    )  # fmt: skip


def plan(taken: Taken, values: Mapping[str, Any], *, progress: Progress | None = None) -> ProjectResult:
    """The replacement of what is taken, its alternatives and its judgement; an answer also when the pool is short."""
    from geo.study.project_plan import Planned, make_plan, pool_table
    from geo.study.project_short import relaxations_of

    tell = teller(progress)
    begun = time.monotonic()
    taken = replace(taken, values=dict(values))
    empty = not len(taken.demand)
    made = Planned(pool_table(taken, values), None, None, ()) if empty else make_plan(taken, values, tell)
    relaxations = None
    if made.problem is not None and made.solution is not None and made.solution.status == "infeasible":
        tell(0.85, "查找缺口与最小放宽", "Finding what is short")
        relaxations = relaxations_of(taken, made.problem, made.solution, values)
    result = assemble(taken, made, relaxations, seconds={"plan": time.monotonic() - begun})
    tell(0.9, "方案已成", "Plan ready")
    return result


def assemble(
    taken: Taken, made: Planned, relaxations: pd.DataFrame | None, *, seconds: Mapping[str, float] | None = None
) -> ProjectResult:
    """The answer as plain tables, from what is taken and a plan as lot ids: everything is measured again here."""
    from geo.study.project_plan import PARAMETERS, comparison_of, judged, plans_of, proof_of
    from geo.study.project_short import RELAX_COLUMNS, shortfalls_of

    values, table, problem, solution = taken.values, made.table, made.problem, made.solution
    plans, plan_lots = pd.DataFrame(), pd.DataFrame()
    chosen: Mapping[str, Any] = {}
    status = "nothing"
    if problem is not None and solution is not None:
        known = {"optimal": "planned", "feasible": "planned", "infeasible": "infeasible"}
        status = known.get(solution.status, "not_found")
        if solution.has_plan:
            chosen = solution.chosen
            plans, plan_lots = plans_of(problem, solution, made.others, values)
    replacement = _replacement(taken, table, problem, chosen)
    comparison = comparison_of(taken.demand, replacement, values)
    names = [i.parameter for i in SPEC.inputs if i.parameter] + list(PARAMETERS)
    own = {f.name: getattr(taken, f.name) for f in fields(Taken)} | {"seconds": {**taken.seconds, **(seconds or {})}}
    return ProjectResult(
        **own, run_id=run_id(SPEC.name, {**values, "footprint": footprint_hash(taken.footprints)}, taken.zone),
        status=status, candidates=table.accepted, refused=table.refused, problem=problem, solution=solution, label="A",
        replacement=replacement, comparison=comparison, plans=plans, plan_lots=plan_lots, proof=proof_of(solution),
        shortfalls=shortfalls_of(solution),
        relaxations=pd.DataFrame(columns=list(RELAX_COLUMNS)) if relaxations is None else relaxations,
        judgements=judged(taken, comparison, replacement, values) if status == "planned" else (taken.eligible,),
        editions=editions(values["on"], list(dict.fromkeys(names)), None),
    )  # fmt: skip


def choose(result: ProjectResult, label: str) -> ProjectResult:
    """The same result with another of its alternatives as the plan. Raises KeyError for a label it does not have."""
    from geo.study.project_plan import comparison_of, judged

    if label == result.label:
        return result
    if result.problem is None or label not in set(result.plans["alternative"]):
        raise KeyError(label)
    mine = result.plan_lots[result.plan_lots["alternative"] == label]
    chosen = {d.name: tuple(mine.loc[mine["county_code"] == d.county, "lot_id"]) for d in result.problem.demands}
    from geo.plan.candidates import CandidateTable

    table = CandidateTable(result.candidates, result.refused)
    replacement = _replacement(result, table, result.problem, chosen)
    comparison = comparison_of(result.demand, replacement, result.values)
    return replace(
        result, label=label, replacement=replacement, comparison=comparison,
        judgements=judged(result, comparison, replacement, result.values),
    )  # fmt: skip


def footprint_hash(footprint: gpd.GeoDataFrame) -> str:
    """Twelve hex digits of the plots and their shapes."""
    import hashlib

    digest = hashlib.sha256()
    for row in footprint.itertuples():
        digest.update(f"{row.option}|{row.plot_no}|{row.phase}|".encode())
        digest.update(row.geometry.normalize().wkb)
    return digest.hexdigest()[:12]


def _replacement(taken: Taken, table: Any, problem: Any, chosen: Mapping[str, Any]) -> Any:
    from geo.study.project_plan import REPLACEMENT_COLUMNS, replacement_of, with_cuts

    if problem is None:
        return table.accepted.iloc[:0].reindex(columns=list(REPLACEMENT_COLUMNS))
    whole = replacement_of(taken.zone, table, problem, chosen)
    if not taken.values["allow_split"] or not len(whole):
        return whole
    return with_cuts(taken, whole, table, problem, taken.values)


def _chosen_option(footprint: gpd.GeoDataFrame, values: Mapping[str, Any]) -> tuple[str, gpd.GeoDataFrame]:
    """The option that is planned and its plots. Raises InputProblem for an option that is not there."""
    there = list(dict.fromkeys(footprint["option"]))
    wanted = values["option"][0] if values["option"] else there[0]
    if wanted not in there:
        raise InputProblem([Finding("PJ403", "error", str(wanted), limit=" / ".join(there))])
    return wanted, footprint[footprint["option"] == wanted].reset_index(drop=True)


def _options(zone: Zone, footprint: gpd.GeoDataFrame, chosen: str, done: tuple[Any, Any, Any]) -> pd.DataFrame:
    """What each route option takes: OPTION_COLUMNS, in their order."""
    from geo.study.project_occupation import farmland_taken, occupation
    from geo.study.project_overlays import overlays

    rows = []
    for option, own in footprint.groupby("option", sort=False):
        plots = own.reset_index(drop=True)
        if option == chosen:
            pieces, farmland, told = done
        else:
            pieces = occupation(zone, plots).pieces
            farmland = farmland_taken(zone, plots)
            told = overlays(zone, plots, pieces, farmland)[0]
        rows.append(_option(str(option), plots, pieces, farmland, told, chosen=option == chosen))
    return pd.DataFrame(rows, columns=list(OPTION_COLUMNS))


def _option(option: str, plots: Any, pieces: Any, farmland: Any, told: Any, *, chosen: bool) -> dict[str, Any]:
    net = farmland["net_area_m2"].to_numpy(dtype=float)
    code = pieces["class_code"].str[:4]
    own = farmland["class_code"].str[:4]

    def total(values: Any) -> float:
        return float(cents(np.asarray(values, dtype=float).sum()))

    return {
        "option": option,
        "name": " ".join(dict.fromkeys(plots["plot_name"])),
        "plots": len(plots),
        "area_m2": total(plots["area_m2"]),
        "cropland_m2": total(pieces.loc[pieces["cropland"].astype(bool), "net_area_m2"]),
        "paddy_m2": total(pieces.loc[code == PADDY, "net_area_m2"]),
        "irrigated_m2": total(pieces.loc[code == IRRIGATED, "net_area_m2"]),
        "farmland_m2": total(net),
        "farmland_paddy_m2": total(net[farmland["paddy"].to_numpy(dtype=bool)]),
        "farmland_irrigated_m2": total(net[(own == IRRIGATED).to_numpy()]),
        "farmland_grade": float(farmland["grade"].to_numpy(dtype=float) @ net / net.sum())
        if net.sum() > 0
        else float("nan"),
        "farmland_parcels": int(farmland["farmland_id"].nunique()),
        "redline_m2": total(told.loc[told["analysis"] == "redline", "area_m2"]),
        "boundary_m2": total(told.loc[told["analysis"] == "boundary", "area_m2"]),
        "parcels": int(pieces["parcel_id"].nunique()),
        "counties": int(pieces["county_code"].nunique()),
        "chosen": chosen,
    }
