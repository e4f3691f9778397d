"""Study ``village``: which scattered hamlets could move where, what comes free, and how many large fields it joins.

Measure (hamlets, receiving places, fields that vacated land would join), judge (house lots by province, 建新 ≤ 拆旧,
turnover within the term), decide (a facility-location model by wishes in order, with a proven gap), tell. ``take`` and
``plan`` are the two halves: running again with other pins does not measure again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import InputProblem
from geo.finding import Finding
from geo.policy.book import load_book
from geo.standards.units import MU_M2
from geo.study.conflicts import editions, numbers, teller
from geo.study.record import run_id
from geo.study.spec import Progress
from geo.study.village_households import households_of
from geo.study.village_result import SPEC, Ground, VillageResult
from geo.zone import Zone

__all__ = ["SPEC", "Ground", "VillageResult", "plan", "run", "take"]

# Values that change only what is decided, not what is measured.
PLANNING = ("modes", "reach", "max_distance_m", "wishes", "pins", "must", "budget_wan", "tolerance", "gap",
            "time_limit_s", "seed", "cost_within_yuan", "cost_across_yuan", "cost_town_yuan", "cost_place_yuan",
            "reclaim_yuan_mu", "term_years")  # fmt: skip
PARAMETERS = (
    "village.house_lot_m2", "village.house_lot_scarce_m2", "village.scarce_cropland_mu", "village.lots_per_household",
    "village.build_classes", "village.reclaim_classes", "fragment.hundred_mu", "quota.build_ratio",
    "fragment.min_patch_m2", "relocation.lines_tolerance_m2",
)  # fmt: skip
JIANGSU = "32"


def run(
    zone: Zone, values: Mapping[str, Any], *, households: Sequence[Mapping[str, Any]] = (),
    capacities: Sequence[Mapping[str, Any]] = (), progress: Progress | None = None,
) -> VillageResult:  # fmt: skip
    """Take and plan. ``values`` from ``SPEC.values``; households and capacities from ``village_households``.

    Raises InputProblem with every fault, Cancelled when ``progress`` says stop.
    """
    return plan(take(zone, values, households=households, capacities=capacities, progress=progress), values,
                progress=progress)  # fmt: skip


def take(
    zone: Zone, values: Mapping[str, Any], *, households: Sequence[Mapping[str, Any]] = (),
    capacities: Sequence[Mapping[str, Any]] = (), progress: Progress | None = None,
) -> Ground:  # fmt: skip
    """Hamlets, households, receiving places and the fields that vacated land would join. Raises InputProblem."""
    from geo.measure.field_joins import cropland_of, joins
    from geo.measure.hamlets import hamlets, lots_in_town
    from geo.measure.receiving import building_land, town_places, village_places
    from geo.standards.land import cropland_codes

    tell = teller(progress)
    begun = time.monotonic()
    on, book = values["on"], load_book()
    tell(0.05, "归并居民点", "Joining hamlets")
    parcels = zone.layer("parcels")
    reclaimed = [str(c) for c in _listed("village.reclaim_classes", on)]
    found, members = hamlets(parcels, gap_m=values["hamlet_gap_m"], reclaimed=reclaimed)
    notes: list[Finding] = []
    in_town = lots_in_town(parcels)
    if in_town:
        notes.append(Finding("VG201", "info", "", measured=str(in_town)))
    area = _area(zone, found, values["units"])
    towns = set(found.loc[area, "town_code"])
    near = found["town_code"].isin(towns).to_numpy()
    found = found[near].reset_index(drop=True)
    scope = area[near]
    members = members[members["hamlet_id"].isin(set(found["hamlet_id"]))].reset_index(drop=True)
    count, people, source = households_of(
        found, members, households, lot_m2=values["lot_assumed_m2"], persons=values["persons"]
    )
    assumed = int((source[scope] == "assumed").sum())
    if assumed:
        notes.append(Finding("VG203", "warning", "", measured=str(assumed), limit=f"{values['lot_assumed_m2']:g}"))
    tell(0.25, "连接耕地", "Joining the fields")
    limit_m2 = numbers("fragment.hundred_mu", on)[0] * MU_M2
    crops = cropland_of(parcels, cropland_codes())
    members = members.assign(town_code=members["hamlet_id"].map(found.set_index("hamlet_id")["town_code"]))
    gain = joins(members, crops, gap_m=values["gap_m"], limit_m2=limit_m2, yield_share=values["reclaim_share"])
    tell(0.45, "寻找安置点", "Finding receiving places")
    own = gain.own.set_index("hamlet_id").reindex(found["hamlet_id"])
    small = count <= values["small_households"]
    order = pd.DataFrame({"village": found["village_code"], "n": count, "at": np.arange(len(found))})
    leads = order.sort_values(["n", "at"], ascending=[False, True]).drop_duplicates("village")["at"].to_numpy()
    hosts = ~small
    hosts[leads] = True
    found = found.assign(
        households=count, persons=people, source=source, small=small, in_area=scope, host=hosts,
        joined_m2=own["joined_m2"].fillna(0.0).to_numpy(), touches=own["touches"].fillna(0).to_numpy(dtype=int),
        lot_mean_m2=found["lot_m2"].to_numpy() / np.maximum(count, 1), town_name=_town_names(zone, found["town_code"]),
    )  # fmt: skip
    found["lot_limit_m2"] = _lot_limits(found, parcels, on)
    over = int((found["lot_mean_m2"] > found["lot_limit_m2"])[scope].sum())
    if over:
        notes.append(Finding("VG204", "info", "", measured=str(over)))
    min_patch = numbers("fragment.min_patch_m2", on)[0]
    tolerance = float(book.value("relocation.lines_tolerance_m2", on=on).value)  # type: ignore[arg-type]
    classes = [str(c) for c in _listed("village.build_classes", on)]
    land = building_land(zone, classes=classes, min_patch_m2=min_patch, tolerance_m2=tolerance)
    land = land[land["town_code"].isin(towns).to_numpy()].reset_index(drop=True)
    # Idle land of a hamlet that moves is reclaimed: only land outside hamlets, or inside one that stays, is built on.
    inside = members.set_index("parcel_id")["hamlet_id"]
    stays = set(found.loc[found["host"], "hamlet_id"])
    kept = [inside.get(p, "") in stays or p not in inside.index for p in land["parcel_id"]]
    land = land[np.array(kept, dtype=bool)].reset_index(drop=True)
    rural = _outside_boundary(zone, land)
    places, sites = village_places(found, stays, land[rural].reset_index(drop=True), reach_m=values["build_reach_m"])
    if not zone.has("boundary"):
        notes.append(Finding("VG202", "warning", "boundary"))
    in_towns, town_sites = town_places(zone, land, taken=set(sites["parcel_id"]))
    in_towns = in_towns[in_towns["town_code"].isin(towns).to_numpy()]
    places = pd.concat([places, in_towns], ignore_index=True) if len(in_towns) else places
    sites = pd.concat([sites, town_sites[town_sites["place_id"].isin(set(places["place_id"]))]], ignore_index=True)
    places = _rooms(places, found, values, capacities)
    notes.append(Finding("VG206", "warning", "", measured=str(sum(e["sure"] == "low" for e in _editions(on)))))
    return Ground(
        zone=zone, values=dict(values), run_id=run_id(SPEC.name, values, zone), hamlets=found, members=members,
        places=places, sites=sites.reset_index(drop=True), fields=crops, small_fields=gain.small,
        given={"households": [dict(r) for r in households], "capacities": [dict(r) for r in capacities]},
        findings=tuple(notes), editions=_editions(on), seconds={"measure": time.monotonic() - begun},
    )  # fmt: skip


def plan(ground: Ground, values: Mapping[str, Any], *, progress: Progress | None = None) -> VillageResult:
    """The scheme of every project area, and what it comes to. Raises InputProblem for pins that nothing has."""
    from geo.plan.village.model import solve
    from geo.study.village_plan import pose_all

    tell = teller(progress)
    begun = time.monotonic()
    ground = replace(ground, values=dict(values), run_id=_run_id(ground, values))
    problems = pose_all(ground, values)
    schemes = []
    for number, problem in enumerate(problems):
        share = 0.55 + 0.35 * number / max(len(problems), 1)
        tell(share, f"求解 {problem.name}", f"Solving {problem.name}")

        def watch(_what: str, gap: float, share: float = share, name: str = problem.name) -> bool:
            return progress is None or progress(share, f"求解 {name}", f"Solving {name}", {"gap": gap})

        found = solve(problem, gap=values["gap"], time_limit_s=values["time_limit_s"], seed=values["seed"], watch=watch)
        if found.status == "cancelled":
            from geo.errors import Cancelled

            raise Cancelled
        schemes.append(found)
    tell(0.92, "汇总方案", "Summing up")
    result = assemble(ground, tuple(schemes))
    return replace(result, seconds={**ground.seconds, "plan": time.monotonic() - begun})


def assemble(ground: Ground, schemes: tuple[Any, ...]) -> VillageResult:
    """The answer as plain tables from schemes as hamlet → place: everything is measured again here."""
    from geo.study.village_plan import tables_of

    told = tables_of(ground, schemes)
    return VillageResult(**{f.name: getattr(ground, f.name) for f in fields(Ground)} | told, schemes=schemes)


def _run_id(ground: Ground, values: Mapping[str, Any]) -> str:
    given = ground.given
    if not given["households"] and not given["capacities"]:
        return run_id(SPEC.name, values, ground.zone)
    return run_id(SPEC.name, {**values, "given": given}, ground.zone)


def _editions(on: Any) -> tuple[Mapping[str, Any], ...]:
    """Every parameter read, in each province of the zone where it differs."""
    book = load_book()
    told = list(editions(on, [i.parameter for i in SPEC.inputs if i.parameter]))
    for name in PARAMETERS:
        spec = book.parameters[name]
        for edition in spec.editions:
            if edition.covers(on):
                p = spec.resolve(edition)
                told.append({"id": p.id, "zh": p.zh, "en": p.en, "value": p.value, "unit": p.unit,
                             "article": p.article, "sure": p.sure, "region": p.region})  # fmt: skip
    return tuple(told)


def _listed(name: str, on: Any) -> tuple[Any, ...]:
    value = load_book().value(name, on=on).value
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _area(zone: Zone, found: Any, units: Sequence[str]) -> Any:
    """Which hamlets lie in the area chosen. Raises InputProblem for codes that no hamlet has, or when there is none."""
    if not len(found):
        raise InputProblem([Finding("VG101", "error", zone.code)])
    if not units:
        return np.ones(len(found), dtype=bool)
    village = found["village_code"].astype(str)
    inside = np.zeros(len(found), dtype=bool)
    faults = []
    for unit in units:
        mine = village.str.startswith(unit).to_numpy()
        if not mine.any() or len(unit) < 6:
            known = sorted(set(found["town_code"].astype(str)))
            faults.append(Finding("VG102", "error", unit, limit=", ".join(known)[:300]))
        inside |= mine
    if faults:
        raise InputProblem(faults)
    return inside


def _town_names(zone: Zone, codes: Any) -> list[str]:
    names: dict[str, str] = {}
    if zone.has("towns"):
        towns = zone.layer("towns")
        names = dict(zip(towns["unit_code"].astype(str).str[:9], towns["unit_name"].astype(str), strict=True))
    return [names.get(str(c), str(c)) for c in codes]


def _lot_limits(found: Any, parcels: Any, on: Any) -> Any:
    """The largest house lot of each hamlet's village: by province, and where it counts by cropland a head."""
    from geo.standards.land import base_code, cropland_codes

    book = load_book()
    crops = parcels[parcels["class_code"].map(base_code).isin(cropland_codes())]
    by_village = crops["area_m2"].groupby(crops["village_code"].astype(str).str[:12]).sum()
    heads = found.groupby("village_code")["persons"].sum()
    scarce = {}
    for village in heads.index:
        county = str(village)[:6]
        value = float(book.value("village.house_lot_m2", on=on, region=county).si)  # type: ignore[arg-type]
        if county.startswith(JIANGSU):
            line = float(book.value("village.scarce_cropland_mu", on=on, region=county).si)  # type: ignore[arg-type]
            if float(by_village.get(village, 0.0)) < line * float(heads[village]):
                value = float(book.value("village.house_lot_scarce_m2", on=on, region=county).si)  # type: ignore[arg-type]
        scarce[village] = value
    return found["village_code"].map(scarce).to_numpy(dtype=float)


def _outside_boundary(zone: Zone, land: Any) -> Any:
    """Whether a parcel's inner point lies outside the growth boundary: inside it the land is the town's."""
    import shapely

    out = np.ones(len(land), dtype=bool)
    if zone.has("boundary") and len(land):
        points = shapely.point_on_surface(land.geometry.to_numpy())
        a, _ = shapely.STRtree(zone.layer("boundary").geometry.to_numpy()).query(points, predicate="intersects")
        out[a] = False
    return out


def _rooms(places: Any, found: Any, values: Mapping[str, Any], capacities: Sequence[Mapping[str, Any]]) -> Any:
    """Land a household and room in households of each place; given rooms replace measured ones."""
    limits = dict(zip(found["village_code"], found["lot_limit_m2"], strict=True))
    village = places["kind"].eq("village").to_numpy()
    lot = places["village_code"].map(limits).to_numpy(dtype=float)
    each = np.where(village, lot * values["site_factor"], values["town_land_m2"])
    share = np.where(village, 1.0, values["town_share"])
    room = np.floor(places["build_m2"].to_numpy(dtype=float) * share / each + 1e-9).astype(np.int64)
    source = np.full(len(places), "measured", dtype=object)
    at = {p: k for k, p in enumerate(places["place_id"].astype(str))}
    faults = []
    for row in capacities:
        k = at.get(str(row["id"]))
        if k is None:
            faults.append(Finding("VG109", "error", str(row["id"]), measured=str(row["row"]), limit="?"))
        else:
            room[k], source[k] = int(row["capacity"]), "given"
    if faults:
        raise InputProblem(faults)
    names = found.set_index("hamlet_id")["town_name"].to_dict()
    town = [names.get(h, v) for h, v in zip(places["host_id"], places["village_name"], strict=True)]
    return places.assign(lot_m2=lot, land_each_m2=each, capacity=room, capacity_source=source, town_name=town)
