"""The replacement of a study ``project``: demand by county, the pool, the plan, its alternatives, why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.errors import InputProblem
from geo.finding import Finding
from geo.measure.occupation import cents
from geo.plan.supplement.alternatives import Alternative, alternatives, wish
from geo.plan.supplement.problem import UNITS, Demand, Limits, Supplement, SupplementProblem
from geo.policy.book import load_book
from geo.standards.land import admin_units
from geo.study.project_judge import capacity_kg

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.plan.candidates import CandidateParams, CandidateTable
    from geo.policy.rule import Judgement
    from geo.study.project_result import Taken
    from geo.zone import Zone

DEMAND_COLUMNS = (
    "county_code", "county_name", "pieces", "area_m2", "paddy_m2", "grade", "capacity_kg", "slope_grade",
)  # fmt: skip
PROOF_COLUMNS = (
    "county_code", "level", "priority", "value", "bound", "gap", "unit", "held_to", "status", "floor", "prices",
    "lots",
)  # fmt: skip
REPLACEMENT_COLUMNS = (
    "lot_id", "candidate_id", "lot_no", "parcel_no", "part", "for_county", "class_code", "class_name", "paddy", "grade",
    "slope_grade", "village_code", "village_name", "town_code", "town_name", "county_code", "county_name", "lot_kind",
    "area_m2", "ridge_area_m2", "net_area_m2", "distance_m", "gap_m", "border_farmland_m", "capacity_kg", "locked",
    "geometry",
)  # fmt: skip
# Wanted of the rule book beside the inputs of the form.
PARAMETERS = (
    "candidate.classes", "candidate.unstable_codes", "candidate.excluded_crops", "candidate.min_patch_m2",
    "candidate.reserve_status", "relocation.slope_max_grade", "relocation.lines_tolerance_m2",
    "replacement.eligible_kinds", "replacement.outside_reserve_max_m2", "approval.pilot_towns",
    "approval.cross_region_counties", "approval.province_quota_kinds", "approval.cropland_ha", "approval.other_ha",
    "offset.regime", "offset.capacity_kg_per_ha", "offset.capacity_grade_base", "relocation.scope",
)  # fmt: skip
_REASONS = {
    "PL101": "candidate.classes", "PL102": "relocation.slope_max_grade", "PL103": "candidate.unstable_codes",
    "PL104": "candidate.excluded_crops", "PL105": "relocation.lines_tolerance_m2",
    "PL106": "relocation.lines_tolerance_m2", "PL107": "relocation.lines_tolerance_m2",
    "PL108": "candidate.reserve_status", "PL109": "candidate.min_patch_m2", "PL113": "relocation.contiguity_gap_m",
}  # fmt: skip

Tell = Callable[[float, str, str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A problem, its answer and its alternatives, with the pool they came from."""

    table: CandidateTable
    problem: SupplementProblem | None
    solution: Supplement | None
    others: tuple[Alternative, ...]


def demand_of(farmland: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """What must be replaced, one row a county: DEMAND_COLUMNS. Grade and slope are area-weighted means.

    Raises InputProblem naming every piece without a quality grade: it is never guessed.
    """
    blind = farmland[farmland["grade"].isna() | ~(farmland["grade"] >= 1)]
    if len(blind):
        raise InputProblem([Finding("PJ207", "error", str(i)) for i in blind["farmland_id"].unique()])
    names = admin_units()
    rows = []
    for county, group in farmland.groupby("county_code", sort=True):
        net = group["net_area_m2"].to_numpy(dtype=float)
        slope = group["slope_grade"].fillna(1.0).to_numpy(dtype=float)
        total = float(cents(net.sum()))
        if not total > 0:
            continue
        rows.append(
            {
                "county_code": str(county),
                "county_name": names[str(county)].zh if str(county) in names else str(county),
                "pieces": len(group),
                "area_m2": total,
                "paddy_m2": float(cents(net[group["paddy"].to_numpy(dtype=bool)].sum())),
                "grade": float(group["grade"].to_numpy(dtype=float) @ net / net.sum()),
                "capacity_kg": float(capacity_kg(net, group["grade"], values).sum()),
                "slope_grade": float(slope @ net / net.sum()),
            }
        )
    return pd.DataFrame(rows, columns=list(DEMAND_COLUMNS))


def candidate_params(zone: Zone, values: Mapping[str, Any]) -> CandidateParams:
    """The limits on reserve lots as of the study's date; lots with broken geometry or overlaps are out."""
    from geo.plan.candidates import CandidateParams
    from geo.qc.coverage import check_coverage

    book, on = load_book(), values["on"]

    def law(name: str) -> Any:
        return book.value(name, on=on).value

    broken = [f for f in check_coverage(zone, layers=("reserve",)) if f.severity == "error"]
    named = [f.subject for f in broken] + [f.values["other"] for f in broken if f.code in ("QC202", "QC205")]
    return CandidateParams(
        classes=tuple(law("candidate.classes")), max_slope_grade=int(law("relocation.slope_max_grade")),
        unstable_codes=tuple(law("candidate.unstable_codes")), excluded_crops=tuple(law("candidate.excluded_crops")),
        allowed_status=tuple(law("candidate.reserve_status")), min_patch_m2=float(law("candidate.min_patch_m2")),
        overlap_tolerance_m2=float(law("relocation.lines_tolerance_m2")), contiguity_gap_m=float(values["gap_m"]),
        require_contiguity=bool(values["require_contiguity"]), same_county=True, use_cropland=False,
        faulty=frozenset({n.partition("#")[2] for n in named} - {""}),
        articles={c: book.value(p, on=on).article for c, p in _REASONS.items()},
    )  # fmt: skip


def pool_table(taken: Taken, values: Mapping[str, Any]) -> CandidateTable:
    """Reserve lots that may replace what is taken, with capacity_kg and gap_m, and every refusal."""
    import geopandas as gpd

    from geo.plan.retained import retained_farmland
    from geo.plan.supplement.pool import reserve_candidates

    zone, farmland = taken.zone, taken.farmland_taken
    retained = retained_farmland(zone.layer("farmland"), farmland)
    mine = taken.footprint[["geometry"]].assign(project_no="")
    others = zone.footprints[["project_no", "geometry"]] if zone.footprints is not None else mine.iloc[:0]
    both = gpd.GeoDataFrame(pd.concat([mine, others], ignore_index=True), geometry="geometry", crs=mine.crs)
    table = reserve_candidates(
        replace(zone, footprints=both), taken=farmland, retained=retained, params=candidate_params(zone, values)
    )
    accepted = table.accepted
    accepted = accepted.assign(capacity_kg=capacity_kg(accepted["net_area_m2"], accepted["grade"], values))
    return replace(table, accepted=accepted)


def pose(taken: Taken, table: CandidateTable, values: Mapping[str, Any]) -> SupplementProblem:
    """The replacement problem; raises InputProblem for locks that are unknown, refused or contradict each other."""
    from geo.plan.supplement.pool import distances, pool_of

    accepted = table.accepted
    demands = tuple(
        Demand(r.county_code, r.area_m2, r.paddy_m2, r.grade, r.capacity_kg) for r in taken.demand.itertuples()
    )
    _lock_faults(taken, table, values)
    away = distances(accepted, taken.farmland_taken, demands)
    return SupplementProblem(
        demands=demands,
        pool=pool_of(accepted),
        capacity_kg=accepted["capacity_kg"].to_numpy(dtype=float),
        distance_m=away,
        limits=Limits(
            area_ratio=values["area_ratio"], paddy_ratio=values["paddy_ratio"], grade_slack=values["grade_slack"]
        ),
        priorities=tuple(values["priorities"]),
        tolerance=float(values["tolerance"]),
        locked_in=frozenset(values["lock_in"]),
        locked_out=frozenset(set(values["lock_out"]) & set(accepted["candidate_id"])),
    )


def make_plan(taken: Taken, values: Mapping[str, Any], tell: Tell) -> Planned:
    """The pool, the plan and its alternatives."""
    from geo.plan.supplement.model import solve

    tell(0.55, "筛选储备地块", "Sifting reserve lots")
    table = pool_table(taken, values)
    tell(0.65, "优选补划地块", "Choosing lots")
    problem = pose(taken, table, values)

    def watch(_what: str, gap: float) -> bool:
        tell(0.7, f"优选补划地块（误差 {gap:.2%}）", f"Choosing lots (gap {gap:.2%})")
        return True

    solution = solve(problem, gap=values["gap"], time_limit_s=values["time_limit_s"], seed=values["seed"], watch=watch)
    others: list[Alternative] = []
    if solution.has_plan and values["alternatives"] > 0:
        tell(0.8, "编制备选方案", "Making alternatives")
        others = alternatives(
            problem,
            solution,
            count=int(values["alternatives"]),
            difference=values["difference"],
            gap=max(values["gap"], 1e-3),
            time_limit_s=values["time_limit_s"] / 2,
            seed=values["seed"],
        )
    return Planned(table, problem, solution, tuple(others))


def replacement_of(
    zone: Zone, table: CandidateTable, problem: SupplementProblem, chosen: Mapping[str, Sequence[str]]
) -> gpd.GeoDataFrame:
    """The chosen lots with their facts: REPLACEMENT_COLUMNS, ordered by county and distance."""
    import geopandas as gpd

    place = {i: k for k, i in enumerate(table.accepted["candidate_id"])}
    by_name = {d.name: (k, d.county) for k, d in enumerate(problem.demands)}
    parts = []
    # Without a plan nothing is looked up: the zone may have no reserve at all.
    lots: Any = zone.layer("reserve").drop_duplicates("lot_id").set_index("lot_id") if chosen else None
    names = admin_units()
    for name, ids in chosen.items():
        d, county = by_name[name]
        rows = table.accepted.iloc[[place[i] for i in ids]]
        own = lots.reindex(rows["candidate_id"])
        at = np.array([place[i] for i in ids], dtype=np.int64)
        parts.append(
            rows.assign(
                lot_id=rows["candidate_id"],
                part="whole",
                for_county=county,
                distance_m=problem.distance_m[d][at],
                ridge_area_m2=cents(rows["area_m2"] - rows["net_area_m2"]),
                border_farmland_m=rows["border_retained_m"],
                locked=rows["candidate_id"].isin(problem.locked_in),
                town_name=[names[c].zh if c in names else c for c in rows["town_code"]],
                county_name=[names[c].zh if c in names else c for c in rows["county_code"]],
                **{
                    c: _text(own, c)
                    for c in ("lot_no", "parcel_no", "class_name", "village_code", "village_name", "lot_kind")
                },
            )
        )
    if not parts:
        blank = table.accepted.iloc[:0]
        return blank.reindex(columns=list(REPLACEMENT_COLUMNS)).set_geometry("geometry", crs=blank.crs)
    out = pd.concat(parts, ignore_index=True)
    out = out.sort_values(["for_county", "distance_m", "lot_id"], kind="stable").reset_index(drop=True)
    return gpd.GeoDataFrame(out[list(REPLACEMENT_COLUMNS)], geometry="geometry", crs=table.accepted.crs)


def with_cuts(
    taken: Taken,
    replacement: gpd.GeoDataFrame,
    table: CandidateTable,
    problem: SupplementProblem,
    values: Mapping[str, Any],
) -> gpd.GeoDataFrame:
    """The replacement with at most one lot a county cut by a straight line; what is cut off stays in the pool."""
    from geo.plan.retained import retained_farmland
    from geo.plan.supplement.split import CutRules, cut_surplus

    book, on = load_book(), values["on"]
    rules = CutRules(
        min_patch_m2=float(book.value("candidate.min_patch_m2", on=on).value),  # type: ignore[arg-type]
        min_width_m=float(book.value("fragment.width_m", on=on).value),  # type: ignore[arg-type]
        gap_m=float(values["gap_m"]) if values["require_contiguity"] else float("inf"),
    )
    stays = retained_farmland(taken.zone.layer("farmland"), taken.farmland_taken).geometry.to_numpy()
    shapes = dict(zip(table.accepted["candidate_id"], table.accepted.geometry, strict=True))
    factor = dict(
        zip(table.accepted["candidate_id"], table.accepted["net_area_m2"] / table.accepted["area_m2"], strict=True)
    )
    out = replacement.copy()
    for d, demand in enumerate(problem.demands):
        lots = out.loc[out["for_county"] == demand.county, "lot_id"].tolist()
        cut = cut_surplus(problem, d, lots, shapes, factor, rules, stays)
        if cut is None:
            continue
        at = int(out.index[out["lot_id"] == cut.lot_id][0])
        net = float(np.ceil(cut.kept_m2 * factor[cut.lot_id] * 100.0 - 1e-6) / 100.0)
        grade = float(out.loc[at, "grade"])
        changed = {
            "part": "cut", "area_m2": cut.kept_m2, "net_area_m2": net, "ridge_area_m2": float(cents(cut.kept_m2 - net)),
            "capacity_kg": float(capacity_kg([net], [grade], values)[0]),
        }  # fmt: skip
        for column, value in changed.items():
            out.loc[at, column] = value
        geoms = out.geometry.to_numpy().copy()
        geoms[at] = cut.kept
        out = out.set_geometry(list(geoms), crs=out.crs)
    return out


def comparison_of(demand: pd.DataFrame, replacement: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """Out against in, one row a county and one for all (``all``): quantity, quality, paddy, capacity."""
    rows = [
        _compared(row, replacement[replacement["for_county"] == row["county_code"]], values)
        for row in demand.to_dict("records")
    ]
    if rows:
        whole = {
            "county_code": "all", "county_name": "合计", "pieces": int(demand["pieces"].sum()),
            "area_m2": float(cents(demand["area_m2"].sum())), "paddy_m2": float(cents(demand["paddy_m2"].sum())),
            "grade": float(demand["grade"] @ demand["area_m2"] / demand["area_m2"].sum()),
            "capacity_kg": float(demand["capacity_kg"].sum()),
        }  # fmt: skip
        rows.append(_compared(whole, replacement, values))
    return pd.DataFrame(rows)


def _compared(out: Mapping[str, Any], lots: pd.DataFrame, values: Mapping[str, Any]) -> dict[str, Any]:
    net = lots["net_area_m2"].to_numpy(dtype=float)
    area = float(cents(net.sum()))
    paddy = float(cents(net[lots["paddy"].to_numpy(dtype=bool)].sum()))
    grade = float(lots["grade"].to_numpy(dtype=float) @ net / net.sum()) if net.sum() > 0 else float("nan")
    capacity = float(lots["capacity_kg"].sum())
    need = out["area_m2"] * values["area_ratio"]
    return {
        "county_code": out["county_code"], "county_name": out["county_name"], "out_pieces": out["pieces"],
        "out_area_m2": out["area_m2"], "out_paddy_m2": out["paddy_m2"], "out_grade": out["grade"],
        "out_capacity_kg": out["capacity_kg"], "in_plots": len(lots), "in_area_m2": area, "in_paddy_m2": paddy,
        "in_grade": grade, "in_capacity_kg": capacity, "surplus_m2": float(cents(area - need)),
        "quantity_ok": area >= float(cents(need)) - 1e-9,
        "quality_ok": bool(grade <= out["grade"] + values["grade_slack"] + 1e-9),
        "paddy_ok": paddy >= float(cents(out["paddy_m2"] * values["paddy_ratio"])) - 1e-9,
        "capacity_ok": capacity >= out["capacity_kg"] * (1 - 1e-9),
    }  # fmt: skip


def plans_of(
    problem: SupplementProblem, solution: Supplement, others: Sequence[Alternative], values: Mapping[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The plan (A) and its alternatives side by side, and their lots."""
    place = {i: k for k, i in enumerate(problem.pool.ids)}
    pool = problem.pool
    need = sum(d.area_m2 for d in problem.demands) * problem.limits.area_ratio
    rows, lots = [], []
    told = [("A", solution.chosen, 0.0, 1.0)] + [(o.label, o.chosen, o.worse_by, o.shared) for o in others]
    for label, chosen, worse, shared in told:
        at = np.array([place[i] for ids in chosen.values() for i in ids], dtype=np.int64)
        area = pool.area_m2[at]
        total = float(cents(area.sum()))
        rows.append(
            {
                "alternative": label,
                "plots": len(at),
                "area_m2": total,
                "paddy_m2": float(cents(area[pool.paddy[at]].sum())),
                "grade": float(pool.grade[at] @ area / area.sum()) if len(at) else float("nan"),
                "distance_mu_km": wish(problem, "distance", chosen),
                "leftover_m2": float(cents(total - need)),
                "worse_by": worse,
                "shared": shared,
                "near_equal": bool(worse <= values["near_equal"] + 1e-9),
            }
        )
        for d, demand in enumerate(problem.demands):
            for i in chosen.get(demand.name, ()):
                k = place[i]
                lots.append(
                    {
                        "alternative": label,
                        "lot_id": i,
                        "county_code": demand.county,
                        "net_area_m2": float(pool.area_m2[k]),
                        "grade": float(pool.grade[k]),
                        "paddy": bool(pool.paddy[k]),
                        "distance_m": float(problem.distance_m[d][k]),
                    }
                )
    return pd.DataFrame(rows), pd.DataFrame(lots)


def proof_of(solution: Supplement | None) -> pd.DataFrame:
    """Every level of every county: PROOF_COLUMNS; ``prices`` as JSON."""
    import json

    rows = [
        {
            "county_code": level.demand, "level": level.level, "priority": level.priority, "value": level.value,
            "bound": level.bound, "gap": level.gap, "unit": UNITS[level.priority], "held_to": level.held_to,
            "status": level.status, "floor": level.floor, "prices": json.dumps(dict(level.prices), sort_keys=True),
            "lots": json.dumps({k: list(v) for k, v in level.lots.items()}, sort_keys=True),
        }
        for level in (solution.levels if solution else ())
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(PROOF_COLUMNS))


def judged(
    taken: Taken, comparison: pd.DataFrame, replacement: pd.DataFrame, values: Mapping[str, Any]
) -> tuple[Judgement, ...]:
    """The rule book's verdicts on the replacement, county by county and all together."""
    from geo.study.project_judge import kind_of

    kind = kind_of(values)
    facts = []
    for row in comparison.to_dict("records"):
        mine = (
            replacement if row["county_code"] == "all" else replacement[replacement["for_county"] == row["county_code"]]
        )
        facts.append(
            {
                "subject": row["county_name"], "kind": "project", "project_kind": kind.eligible_as or kind.id,
                "out_area_m2": row["out_area_m2"], "in_area_m2": row["in_area_m2"], "out_grade": row["out_grade"],
                "in_grade": row["in_grade"], "out_paddy_m2": row["out_paddy_m2"], "in_paddy_m2": row["in_paddy_m2"],
                "max_slope_grade_in": float(mine["slope_grade"].max()) if len(mine) else float("nan"),
                "out_of_reserve_m2": 0.0,
            }
        )  # fmt: skip
    if not facts:
        return (taken.eligible,)
    return tuple(load_book().judge(facts, theme="replacement", on=values["on"]))


def _lock_faults(taken: Taken, table: CandidateTable, values: Mapping[str, Any]) -> None:
    known = set(taken.zone.layer("reserve")["lot_id"]) if taken.zone.has("reserve") else set()
    accepted = set(table.accepted["candidate_id"])
    inside, outside = set(values["lock_in"]), set(values["lock_out"])
    reasons = table.refused.groupby("candidate_id")["reason"].agg(" ".join) if len(table.refused) else {}
    faults = [Finding("PL204", "error", i) for i in sorted((inside | outside) - known)]
    faults += [
        Finding("PJ401", "error", i, measured=str(reasons.get(i, ""))) for i in sorted((inside & known) - accepted)
    ]
    faults += [Finding("PL205", "error", i) for i in sorted(inside & outside)]
    counties = set(taken.demand["county_code"])
    where = dict(zip(table.accepted["candidate_id"], table.accepted["county_code"], strict=True))
    faults += [Finding("PJ402", "error", i) for i in sorted(inside & accepted) if where[i] not in counties]
    if faults:
        raise InputProblem(faults)


def _text(frame: pd.DataFrame, name: str) -> Any:
    if name not in frame.columns:
        return [""] * len(frame)
    return frame[name].fillna("").astype(str).to_numpy(dtype=object)
