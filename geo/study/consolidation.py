"""Study ``consolidate`` (全域整治, article 7): a unit, what could become cropland there, a scheme and its proof.

Measure (parcels of the unit, sources with reasons, farmland inside the lines), decide (one MILP under the rules), judge
(the rule book on the scheme's facts), tell. ``take`` and ``plan`` are the two halves; ``assemble`` makes every figure
again from ids alone, which is also how the recheck works.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.errors import InputProblem
from geo.finding import Finding
from geo.policy.book import load_book
from geo.standards.comparison import comparison_classes, comparison_key
from geo.standards.land import base_code
from geo.study.conflicts import block_indices, editions, teller
from geo.study.consolidation_result import EVERY, KINDS, SPEC, WORKS, Blocks, ConsolidationResult, Ground, what_if
from geo.study.record import input_hashes, plain
from geo.study.spec import Progress
from geo.zone import Zone

if TYPE_CHECKING:
    from geo.plan.consolidation.problem import Consolidation, Scheme

__all__ = ["SPEC", "ConsolidationResult", "Ground", "assemble", "plan", "pose", "run", "take"]

COSTS = tuple(f"consolidation.cost_{k}_yuan_mu" for k, _, _ in EVERY)
YIELDS = tuple(f"consolidation.yield_{k}" for k, _, _ in KINDS)
LIFTS = tuple(f"consolidation.lift_{k}" for k, _, _ in WORKS)
PARAMETERS = (
    *COSTS, *YIELDS, *LIFTS, "consolidation.grade_slack", "consolidation.farmland_grade_gain",
    "consolidation.plot_yuan", "consolidation.new_grade_penalty",
    "consolidation.construction_growth_m2", "consolidation.forest_clear_m2", "consolidation.redline_touch_m2",
    "relocation.area_ratio", "relocation.paddy_ratio", "relocation.county_ratio",
    "relocation.town_cap_share", "relocation.lines_tolerance_m2", "fragment.min_patch_m2",
)  # fmt: skip
EDITION = "survey3"
# Measures on cropland that is there: nothing new that could become permanent farmland.
FIELDS = ("ridge", *(k for k, _, _ in WORKS))


def run(
    zone: Zone, values: Mapping[str, Any], *, area: Any = None, progress: Progress | None = None
) -> ConsolidationResult:
    """Take and plan. ``values`` from ``SPEC.values``; ``area``: a polygon (EPSG:4528) in place of units.

    Raises InputProblem with every fault of the unit or of the locks, Cancelled when ``progress`` says stop.
    """
    return plan(take(zone, values, area=area, progress=progress), values, progress=progress)


def law(name: str, values: Mapping[str, Any]) -> Any:
    """A figure of the rule book on the study's date, or of the user's own rates where they have one."""
    return load_book().value(name, on=values["on"], scenario=what_if(values)).value


def take(zone: Zone, values: Mapping[str, Any], *, area: Any = None, progress: Progress | None = None) -> Ground:
    """What the unit has. Raises InputProblem (CN101–CN103), Cancelled."""
    from geo.measure.newland import SourceParams, cropland_grade, new_land
    from geo.study import relocation
    from geo.study.relocation_result import SPEC as RELOCATE

    tell = teller(progress)
    tell(0.05, "确定整治单元", "Choosing the unit")
    mine = unit_rows(zone, values["units"], area)
    parcels = zone.layer("parcels")[mine].reset_index(drop=True)
    asked = RELOCATE.values({"on": values["on"]})
    tell(0.1, "检查图形", "Checking geometry")
    params = relocation.candidate_params(zone, asked, what_if(values))
    tell(0.2, "量算新增耕地来源", "Measuring sources of cropland")
    sources = SourceParams(
        yields={k: float(law(f"consolidation.yield_{k}", values)) for k, _, _ in KINDS},
        min_patch_m2=float(law("fragment.min_patch_m2", values)), tolerance_m2=params.overlap_tolerance_m2,
        grade_penalty=float(law("consolidation.new_grade_penalty", values)), wanted=frozenset(values["sources"]),
        faulty=params.faulty, lifts={k: float(law(f"consolidation.lift_{k}", values)) for k, _, _ in WORKS},
    )  # fmt: skip
    new = new_land(zone, parcels, sources)
    book, own = load_book(), what_if(values)
    given = own.overrides if own else {}
    assumed = sum(book.value(p, on=values["on"]).sure == "low" for p in PARAMETERS if p not in given)
    notes = [Finding("CN104", "warning", "", measured=str(assumed))]
    if own is not None:
        notes.append(Finding("CN106", "info", own.name, measured=str(len(given))))
    if not np.isfinite(cropland_grade(parcels)[1]):
        notes.append(Finding("CN105", "warning", ""))
    ground = Ground(zone=zone, values=dict(values), outline="" if area is None else str(shapely.to_wkt(area)),
                    parcels=parcels, new=new, study=None, moved_out=None, waiting=None, retained=None, candidates=None,
                    params=None, findings=tuple(notes))  # fmt: skip
    return _adjusted(ground, asked, tell) if values["adjust"] else ground


def _adjusted(ground: Ground, asked: Mapping[str, Any], tell: Any) -> Ground:
    """The fragments of the unit that leave, and the cropland of the unit that may come in."""
    from geo.plan.retained import retained_farmland
    from geo.study import conflicts as lines
    from geo.study import relocation

    zone = ground.zone
    tell(0.35, "识别零星永久基本农田", "Finding fragmented farmland")
    study = lines.run(zone, {i.name: asked[i.name] for i in lines.LINE_INPUTS})
    leaves, waits = relocation.leaving(study, asked, what_if(ground.values))
    farmland = zone.layer("farmland")
    points = shapely.point_on_surface(leaves.geometry.to_numpy())
    inside = _covered(ground.parcels, points) if len(leaves) else np.zeros(0, dtype=bool)
    # A block leaves as a whole or not at all: one that only partly lies in the unit stays.
    partly = set(leaves.loc[~inside, "block_id"]) if len(leaves) else set()
    moved_out = leaves[inside & ~leaves["block_id"].isin(partly).to_numpy()].reset_index(drop=True)
    retained = retained_farmland(farmland, moved_out)
    tell(0.5, "筛选调入地块", "Sifting plots that may come in")
    params = relocation.candidate_params(zone, asked, what_if(ground.values))
    found = _candidates(ground, moved_out, retained, params)
    taken = replace(ground, study=study, moved_out=moved_out, waiting=waits, retained=retained, candidates=found,
                    params=params)  # fmt: skip
    return replace(taken, blocks=_blocks(taken)) if len(moved_out) else taken


def _blocks(ground: Ground) -> Blocks:
    """The farmland that stays in blocks, and which of them each plot and each measure would join."""
    from geo.measure.clusters import block_labels, largest_joined
    from geo.study.consolidation_figures import incoming_empty
    from geo.study.relocation import after_farmland

    g: Any = ground  # measured together: where farmland moves, all of it is there
    stays = after_farmland(g.zone, g.retained, incoming_empty(g))
    gap, geoms = float(g.study.values["gap_m"]), stays.geometry.to_numpy()
    number = block_labels(geoms, gap_m=gap)
    sizes = np.bincount(number, weights=stays["net_area_m2"].to_numpy(dtype=float))
    of = [largest_joined(shapes.geometry.to_numpy(), geoms, sizes[number], gap_m=gap)
          for shapes in (g.candidates.accepted, g.new.measures)]  # fmt: skip
    return Blocks(float(sizes.sum()), float((sizes**2).sum()), len(sizes), *of)


def _candidates(ground: Ground, moved_out: Any, retained: Any, params: Any) -> Any:
    """Cropland and reserve lots of the unit that may become farmland (all of a township's when the unit is large)."""
    from geo.plan.candidates import CandidateTable, find_candidates

    zone = ground.zone
    ids = set(ground.parcels["parcel_id"])
    small = zone.with_layer("parcels", ground.parcels)
    if zone.has("reserve"):
        lots = zone.layer("reserve")
        mine = _covered(ground.parcels, shapely.point_on_surface(lots.geometry.to_numpy()))
        small = small.with_layer("reserve", lots[mine].reset_index(drop=True))
    if not len(moved_out):
        empty = zone.layer("parcels").iloc[:0]
        return CandidateTable(empty, pd.DataFrame(columns=["candidate_id", "reason"]))
    found = find_candidates(small, outgoing=moved_out, retained=retained, params=params)
    ridged = set(ground.new.measures.loc[ground.new.measures["source"] == "ridge", "parcel_id"])
    rows = found.accepted
    kept = rows[(rows["source"] == "reserve") | (rows["parent_id"].isin(ids) & ~rows["parent_id"].isin(ridged))]
    return CandidateTable(kept.reset_index(drop=True), found.refused)


def unit_rows(zone: Zone, units: Sequence[str], area: Any) -> Any:
    """Which parcels belong to the unit: by their place code, or by their inner point for an area drawn.

    Raises InputProblem (CN101 nothing there, CN102 unknown codes, CN103 no polygon).
    """
    parcels = zone.layer("parcels")
    if area is not None:
        if area.geom_type not in ("Polygon", "MultiPolygon") or area.is_empty or not area.is_valid:
            raise InputProblem([Finding("CN103", "error", "")])
        shapely.prepare(area)
        mine = shapely.covers(area, shapely.point_on_surface(parcels.geometry.to_numpy()))
    else:
        code = parcels["village_code"].astype(str)
        known = set(code) | set(code.str.slice(0, 9)) | set(code.str.slice(0, 6))
        faults = [Finding("CN102", "error", u) for u in units if u not in known]
        if faults:
            raise InputProblem(faults)
        mine = np.ones(len(parcels), dtype=bool)
        if units:
            mine = np.logical_or.reduce([code.str.startswith(u).to_numpy() for u in units])
    if not mine.any():
        raise InputProblem([Finding("CN101", "error", " ".join(units) or "–")])
    return mine


def _covered(parcels: Any, points: Any) -> Any:
    """Which points lie in a parcel of the unit."""
    found = np.zeros(len(points), dtype=bool)
    at, _ = shapely.STRtree(parcels.geometry.to_numpy()).query(points, predicate="intersects")
    found[at] = True
    return found


def pose(ground: Ground, values: Mapping[str, Any]) -> Consolidation:
    """The problem of a ground and values. Raises InputProblem (CN402) for locks that nothing has."""
    from geo.measure.newland import cropland_grade
    from geo.plan.consolidation.problem import Consolidation, Limits, Measures, Plots
    from geo.standards.units import MU_M2
    from geo.study.relocation_facts import mean

    new = ground.new.measures
    cost = {k: float(law(f"consolidation.cost_{k}_yuan_mu", values)) for k, _, _ in EVERY}
    area = new["area_m2"].to_numpy(dtype=float)
    source = new["source"].to_numpy()
    blocks = ground.blocks
    measures = Measures(
        ids=tuple(new["measure_id"]), gain_m2=new["gain_m2"].to_numpy(dtype=float),
        lift_m2=area * new["lift"].to_numpy(dtype=float), pond_m2=np.where(source == "pond", area, 0.0),
        built_m2=np.where(np.isin(source, ("idle", "village")), area, 0.0),
        cost_yuan=np.array([cost[s] for s in source]) * area / MU_M2 if len(new) else np.zeros(0),
        border_m=new["border_m"].to_numpy(dtype=float), grade=new["grade"].to_numpy(dtype=float),
        slope=new["slope_grade"].to_numpy(dtype=float), paddy=(new["new_class"] == "0101").to_numpy(),
        farmland=~np.isin(source, FIELDS), county=tuple(new["county_code"].astype(str)),
        block_m2=np.zeros(len(new)) if blocks is None else blocks.measures_m2,
    )  # fmt: skip
    inn = ground.candidates.accepted if ground.candidates is not None else new.iloc[:0]
    some = ground.moved_out is not None and len(ground.moved_out) > 0
    plots = Plots(
        ids=tuple(inn["candidate_id"].astype(str)), net_m2=inn["net_area_m2"].to_numpy(dtype=float),
        grade=inn["grade"].to_numpy(dtype=float), slope=inn["slope_grade"].to_numpy(dtype=float),
        paddy=inn["paddy"].to_numpy(dtype=bool), county=tuple(inn["county_code"].astype(str)),
        block_m2=np.zeros(len(inn)) if blocks is None else blocks.plots_m2,
    ) if some else Plots((), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool), ())  # fmt: skip
    state = areas_of(ground)
    graded, mean_grade = cropland_grade(ground.parcels)
    limits: dict[str, Any] = {}
    if some and ground.moved_out is not None:
        out = ground.moved_out
        net = out.groupby(out["county_code"].astype(str))["net_area_m2"].sum()
        limits = {
            "out_m2": float(out["net_area_m2"].sum()),
            # As the review form prints it: quality is raised, not only kept.
            "out_grade": mean(out, "grade") - float(law("consolidation.farmland_grade_gain", values)),
            "out_slope": mean(out, "slope_grade"),
            "out_paddy_m2": float(out.loc[out["paddy"].astype(bool), "net_area_m2"].sum()),
            "farmland_ratio": float(law("relocation.area_ratio", values)),
            "paddy_ratio": float(law("relocation.paddy_ratio", values)),
            "county_out_m2": tuple((str(k), float(v)) for k, v in net.items()),
            "county_ratio": float(law("relocation.county_ratio", values)),
        }  # fmt: skip
        if blocks is not None and ground.study is not None:
            before = ground.study.indices
            limits |= {
                "stays_m2": blocks.area_m2, "stays_squares_m4": blocks.squares_m4, "stays_blocks": blocks.count,
                "contiguity_before": before.contiguity, "mean_patch_before_m2": before.mean_patch_m2,
            }  # fmt: skip
    ids = {*measures.ids, *plots.ids}
    faults = [Finding("CN402", "error", i) for i in (*values["lock_in"], *values["lock_out"]) if i not in ids]
    faults += [Finding("PL205", "error", i) for i in sorted(set(values["lock_in"]) & set(values["lock_out"]))]
    if faults:
        raise InputProblem(faults)
    budget = float(values["budget_wan"]) * 1e4
    return Consolidation(
        measures=measures, plots=plots, border_yuan_m=float(values["border_yuan"]),
        plot_yuan=float(law("consolidation.plot_yuan", values)), locked_in=frozenset(values["lock_in"]),
        locked_out=frozenset(values["lock_out"]),
        limits=Limits(
            cropland_before_m2=state["cropland"], new_cropland_share=float(values["new_cropland_share"]),
            ponds_m2=state["ponds"], pond_keep_share=float(values["pond_keep_share"]),
            construction_growth_m2=float(law("consolidation.construction_growth_m2", values)),
            cropland_grade=mean_grade, graded_m2=graded, grade_slack=float(law("consolidation.grade_slack", values)),
            budget_yuan=budget if budget > 0 else float("inf"), **limits,
        ),
    )  # fmt: skip


def areas_of(ground: Ground) -> dict[str, float]:
    """Net cropland and paddy, ponds and construction land of the unit, m² (ellipsoidal; cropland net of ridges)."""
    from geo.geometry.ellipsoid import areas

    parcels = ground.parcels
    size = areas(parcels).to_numpy()
    key = np.array([comparison_key(str(c), EDITION) for c in parcels["class_code"]])
    classes = comparison_classes()
    crop = np.array([classes[k].cropland for k in key])
    built = np.array([classes[k].three == "J" for k in key])
    ridge = parcels["ridge_area_m2"].fillna(0.0).to_numpy(dtype=float) if "ridge_area_m2" in parcels else 0.0
    paddy = key == "paddy"
    pond = np.array([base_code(str(c)) == "1104" for c in parcels["class_code"]])
    return {"cropland": float((size - ridge)[crop].sum()), "paddy": float((size - ridge)[paddy].sum()),
            "ponds": float(size[pond].sum()), "construction": float(size[built].sum()),
            "area": float(size.sum())}  # fmt: skip


def plan(ground: Ground, values: Mapping[str, Any], *, progress: Progress | None = None) -> ConsolidationResult:
    """The scheme of a ground and what it comes to; an answer with shortages when there is none."""
    from geo.plan.consolidation.model import solve

    tell, begun = teller(progress), time.monotonic()
    ground = replace(ground, values=dict(values))
    problem = pose(ground, values)
    tell(0.65, "求解", "Solving")

    def watch(gap: float) -> bool:
        return progress is None or progress(0.75, "求解", "Solving", {"gap": gap})

    scheme = solve(problem, gap=values["gap"], time_limit_s=values["time_limit_s"], seed=values["seed"], watch=watch)
    tell(0.85, "依规则判定", "Judging by the rules")
    return replace(assemble(ground, problem, scheme), seconds={"plan": time.monotonic() - begun})


def assemble(ground: Ground, problem: Consolidation, scheme: Scheme) -> ConsolidationResult:
    """Every figure of a scheme from its ids and the ground alone."""
    from geo.study import consolidation_figures as figures

    values = ground.values
    measures = ground.new.measures[ground.new.measures["measure_id"].isin(scheme.measures)].reset_index(drop=True)
    moved_in = figures.moved_in_of(ground, measures, scheme)
    moved_out = ground.moved_out if scheme.has_plan else None if ground.moved_out is None else ground.moved_out.iloc[:0]
    before = after = None
    if ground.study is not None and ground.retained is not None and moved_in is not None:
        from geo.study.relocation import after_farmland

        before = ground.study.indices
        later = after_farmland(ground.zone, ground.retained, moved_in) if scheme.has_plan else None
        gap = float(ground.study.values["gap_m"])
        after = before if later is None else block_indices(later, gap_m=gap, on=values["on"])
    facts = figures.facts_of(ground, measures, moved_out, moved_in, before, after) if scheme.has_plan else ()
    names = [i.parameter for i in SPEC.inputs if i.parameter] + list(PARAMETERS)
    short = [
        Finding("CN301", "error", figures.limit_name(s.limit, "zh"), measured=round(s.possible, 2),
                limit=round(s.needed, 2), unit={"mu": "亩", "wan": "万元"}.get(s.unit, s.unit))
        for s in scheme.shortages
    ]  # fmt: skip
    if scheme.status in ("feasible", "cancelled"):
        off = round(100 * scheme.gap, 4) if scheme.has_plan else None
        short.append(Finding("CN302" if scheme.has_plan else "CN303", "warning" if scheme.has_plan else "error", "",
                             measured=off, limit=values["time_limit_s"]))  # fmt: skip
    return ConsolidationResult(
        ground=ground, run_id=_run_id(ground), problem=problem, scheme=scheme, measures=measures, moved_out=moved_out,
        moved_in=moved_in, balance=figures.balance(ground, measures), quality=figures.quality(ground, measures),
        sources=figures.sources(ground, measures, values), fund=figures.fund(ground, measures, values, scheme),
        facts=facts, judgements=figures.judged(facts, values), before=before, after=after,
        editions=editions(values["on"], list(dict.fromkeys(names)), what_if(values)),
        findings=(*ground.findings, *short),
    )  # fmt: skip


def _run_id(ground: Ground) -> str:
    body = json.dumps([SPEC.name, plain(ground.values), ground.outline, input_hashes(ground.zone)], sort_keys=True,
                      ensure_ascii=False)  # fmt: skip
    return hashlib.sha256(body.encode()).hexdigest()[:12]
