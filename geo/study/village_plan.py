"""The village problem posed from what was measured, and a scheme's tables measured again from hamlet → place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.errors import InputProblem
from geo.finding import Finding
from geo.plan.village.problem import VillageProblem, VillageScheme
from geo.policy.book import load_book
from geo.standards.units import MU_M2
from geo.study.conflicts import numbers
from geo.study.village_result import MODES

if TYPE_CHECKING:
    from geo.study.village_result import Ground

BANDS_M = (500.0, 1000.0, 2000.0, 4000.0)
MOVE_COLUMNS = (
    "hamlet_id", "place_id", "mode", "households", "persons", "distance_m", "from_village", "from_name", "to_village",
    "to_name", "town_code", "town_name", "county_code", "area", "land_m2", "freed_m2", "reclaimed_m2", "built_m2",
    "net_m2", "joined_m2", "cost_yuan", "source",
)  # fmt: skip


def area_of(frame: Any, reach: str) -> Any:
    """The project area of each row: its township, or its county."""
    return frame["town_code" if reach == "town" else "county_code"].astype(str)


def pose_all(ground: Ground, values: Mapping[str, Any]) -> list[VillageProblem]:
    """One problem a project area, in the order of their codes. Raises InputProblem for pins and musts that clash or
    name no hamlet."""
    known = set(ground.hamlets["hamlet_id"].astype(str))
    pins, must = set(values["pins"]), set(values["must"])
    faults = [Finding("VG103", "error", h) for h in sorted((pins | must) - known)]
    faults += [Finding("VG104", "error", h) for h in sorted(pins & must)]
    if faults:
        raise InputProblem(faults)
    areas = area_of(ground.hamlets, values["reach"])
    return [pose(ground, values, name) for name in sorted(set(areas[ground.hamlets["in_area"]]))]


def pose(ground: Ground, values: Mapping[str, Any], area: str) -> VillageProblem:
    """The problem of one project area."""
    all_hamlets, all_places = ground.hamlets, ground.places
    here = all_hamlets[area_of(all_hamlets, values["reach"]).eq(area).to_numpy()].reset_index(drop=True)
    places = all_places[area_of(all_places, values["reach"]).eq(area).to_numpy()].reset_index(drop=True)
    must = set(values["must"])
    movable = here["in_area"] & (here["small"] | here["hamlet_id"].isin(must)) & ~here["hamlet_id"].isin(values["pins"])
    hamlets = here[movable.to_numpy()].reset_index(drop=True)
    count = hamlets["households"].to_numpy(dtype=np.int64)
    xy, to = hamlets[["east", "north"]].to_numpy(dtype=float), places[["east", "north"]].to_numpy(dtype=float)
    apart = np.round(np.hypot(xy[:, None, 0] - to[None, :, 0], xy[:, None, 1] - to[None, :, 1]), 2)
    mode = _modes(hamlets, places)
    host = _positions(places["host_id"], hamlets["hamlet_id"])
    fit = (apart <= values["max_distance_m"]) & (places["capacity"].to_numpy()[None, :] >= count[:, None])
    fit &= np.isin(mode, values["modes"]) & (host[None, :] != np.arange(len(hamlets))[:, None])
    h, p = np.nonzero(fit)
    each = {name: float(values[f"cost_{name}_yuan"]) for name, _, _ in MODES}
    chosen = mode[h, p]
    reclaim = hamlets["freed_m2"].to_numpy(dtype=float) / MU_M2 * values["reclaim_yuan_mu"]
    cost = count[h] * np.array([each[m] for m in chosen], dtype=float) + reclaim[h]
    lifts = ground.small_fields[ground.small_fields["hamlet_id"].isin(set(hamlets["hamlet_id"]))]
    keys = lifts[["block", "part"]].drop_duplicates().reset_index(drop=True)
    number = {(b, t): k for k, (b, t) in enumerate(zip(keys["block"], keys["part"], strict=True))}
    lift_block = np.array([number[b, t] for b, t in zip(lifts["block"], lifts["part"], strict=True)], dtype=np.int64)
    sizes = lifts.drop_duplicates(["block", "part"])["area_m2"].to_numpy(dtype=float)
    budget = values["budget_wan"] * 10_000 or float("inf")
    ratio = float(load_book().value("quota.build_ratio", on=values["on"]).value)  # type: ignore[arg-type]
    return VillageProblem(
        name=area, hamlets=tuple(hamlets["hamlet_id"]), households=count,
        freed_m2=hamlets["freed_m2"].to_numpy(dtype=float), joined_m2=hamlets["joined_m2"].to_numpy(dtype=float),
        places=tuple(places["place_id"]), capacity=places["capacity"].to_numpy(dtype=np.int64),
        opening_yuan=np.where(places["kind"].eq("village"), float(values["cost_place_yuan"]), 0.0), host=host,
        hamlet=h.astype(np.int64), place=p.astype(np.int64), distance_m=apart[h, p], cost_yuan=cost,
        built_m2=count[h] * places["land_each_m2"].to_numpy(dtype=float)[p], mode=tuple(str(m) for m in chosen),
        lift_hamlet=_positions(lifts["hamlet_id"], hamlets["hamlet_id"]), lift_block=lift_block, block_m2=sizes,
        must=frozenset(must & set(hamlets["hamlet_id"])), build_ratio=ratio, budget_yuan=budget,
        wishes=tuple(values["wishes"]), tolerance=float(values["tolerance"]),
    )  # fmt: skip


def _modes(hamlets: Any, places: Any) -> Any:
    same = hamlets["village_code"].to_numpy()[:, None] == places["village_code"].to_numpy()[None, :]
    town = places["kind"].eq("town").to_numpy()[None, :]
    return np.where(town, "town", np.where(same, "within", "across"))


def _positions(names: Any, among: Any) -> Any:
    at = {name: k for k, name in enumerate(among)}
    return np.array([at.get(name, -1) for name in names], dtype=np.int64)


def tables_of(ground: Ground, schemes: Sequence[VillageScheme]) -> dict[str, Any]:
    """Every table of the answer from the schemes' moves."""
    from geo.measure.field_joins import fields_after
    from geo.study.village_structure import structures

    values = ground.values
    moves = moves_of(ground, schemes)
    limit_m2 = numbers("fragment.hundred_mu", values["on"])[0] * MU_M2
    change = fields_after(
        ground.members, ground.fields, set(moves["hamlet_id"]), gap_m=values["gap_m"], limit_m2=limit_m2,
        yield_share=values["reclaim_share"], near=_near(ground.fields, values["units"]),
    )  # fmt: skip
    hamlets = _states(ground, moves)
    places = _received(ground, moves)
    quota = quota_of(ground, moves, schemes)
    failed = [s for s in schemes if not s.has_plan]
    status = "infeasible" if any(s.status == "infeasible" for s in failed) else "not_found" if failed else "planned"
    if status == "planned" and not len(moves):
        status = "nothing"
    notes = list(ground.findings)
    lost = int(hamlets["state"].eq("no_room").sum())
    if lost:
        notes.append(Finding("VG205", "info", "", measured=str(lost), limit=f"{values['max_distance_m']:g}"))
    notes += [Finding("VG301", "error", f"{s.unit} " + " ".join(s.clash)) for s in failed]
    return {
        "status": status, "moves": moves, "hamlets": hamlets, "places": places, "quota": quota,
        "modes": _sums(moves, "mode", [m for m, _, _ in MODES]), "bands": _bands(moves),
        "towns": _sums(moves, "town_code", sorted(set(moves["town_code"]))), "proof": _proof(schemes),
        **structures(ground, moves, places),
        "fields_change": change, "judgements": _judged(places, quota, values), "findings": tuple(notes),
    }  # fmt: skip


def _near(fields: Any, units: Sequence[str]) -> Any:
    """Which cropland lies in the area chosen; None when all of it does."""
    return fields["village_code"].str.startswith(tuple(units)).to_numpy() if units else None


def moves_of(ground: Ground, schemes: Sequence[VillageScheme]) -> Any:
    """A row a hamlet that moves, with MOVE_COLUMNS and a line from where it is to where it goes."""
    import geopandas as gpd
    import shapely

    values = ground.values
    pairs = pd.DataFrame(
        [(h, p, s.unit) for s in schemes for h, p in sorted(s.moves.items())],
        columns=["hamlet_id", "place_id", "area"], dtype=object,
    )  # fmt: skip
    own = ground.hamlets.drop(columns="geometry").set_index("hamlet_id").reindex(pairs["hamlet_id"]).reset_index()
    to = ground.places.drop(columns="geometry").set_index("place_id").reindex(pairs["place_id"]).reset_index()
    same = own["village_code"].to_numpy() == to["village_code"].to_numpy()
    mode = np.where(to["kind"].eq("town"), "town", np.where(same, "within", "across"))
    count = own["households"].to_numpy(dtype=float)
    apart = np.round(np.hypot(own["east"] - to["east"], own["north"] - to["north"]).to_numpy(dtype=float), 2)
    built = count * to["land_each_m2"].to_numpy(dtype=float)
    freed = own["freed_m2"].to_numpy(dtype=float)
    each = {name: float(values[f"cost_{name}_yuan"]) for name, _, _ in MODES}
    cost = count * np.array([each[m] for m in mode], dtype=float) + freed / MU_M2 * values["reclaim_yuan_mu"]
    ends = np.stack([own[["east", "north"]].to_numpy(dtype=float), to[["east", "north"]].to_numpy(dtype=float)], axis=1)
    frame = pd.DataFrame({
        "hamlet_id": pairs["hamlet_id"], "place_id": pairs["place_id"], "mode": mode,
        "households": count.astype(np.int64), "persons": own["persons"].to_numpy(dtype=float), "distance_m": apart,
        "from_village": own["village_code"], "from_name": own["village_name"], "to_village": to["village_code"],
        "to_name": to["village_name"], "town_code": own["town_code"], "town_name": own["town_name"],
        "county_code": own["county_code"], "area": pairs["area"], "land_m2": own["land_m2"], "freed_m2": freed,
        "reclaimed_m2": freed * values["reclaim_share"], "built_m2": built, "net_m2": freed - built,
        "joined_m2": own["joined_m2"].to_numpy(dtype=float), "cost_yuan": cost, "source": own["source"],
    })  # fmt: skip
    lines = shapely.linestrings(ends) if len(frame) else []
    return gpd.GeoDataFrame(frame[list(MOVE_COLUMNS)], geometry=lines, crs=ground.hamlets.crs)


def _states(ground: Ground, moves: Any) -> Any:
    """The hamlets with their state and place: why each is where it is."""
    values, frame = ground.values, ground.hamlets
    to = dict(zip(moves["hamlet_id"], moves["place_id"], strict=True))
    received = set(moves["place_id"])
    reach = set()
    for area in sorted(set(area_of(frame, values["reach"])[frame["in_area"]])):
        problem = pose(ground, values, area)
        reach |= {problem.hamlets[k] for k in np.unique(problem.hamlet)}
    told = []
    for row in frame[["hamlet_id", "in_area", "small"]].itertuples(index=False):
        if row.hamlet_id in to:
            told.append("moves")
        elif row.hamlet_id in received:
            told.append("host")
        elif not row.in_area:
            told.append("outside")
        elif row.hamlet_id in values["pins"]:
            told.append("pinned")
        elif not row.small:
            told.append("large")
        else:
            told.append("stays" if row.hamlet_id in reach else "no_room")
    return frame.assign(state=told, place_id=[to.get(h, "") for h in frame["hamlet_id"]])


def _received(ground: Ground, moves: Any) -> Any:
    sums = moves.groupby("place_id").agg(
        received=("households", "sum"), hamlets=("hamlet_id", "size"), built_m2=("built_m2", "sum")
    )
    told = ground.places.drop(columns=["received", "hamlets_in", "built_m2"], errors="ignore")
    at = sums.reindex(told["place_id"])
    return told.assign(
        received=at["received"].fillna(0).to_numpy(dtype=np.int64),
        hamlets_in=at["hamlets"].fillna(0).to_numpy(dtype=np.int64),
        built_m2=at["built_m2"].fillna(0.0).to_numpy(dtype=float),
    )  # fmt: skip


SUMS = ("households", "persons", "land_m2", "freed_m2", "reclaimed_m2", "built_m2", "net_m2", "joined_m2", "cost_yuan")


def _sums(moves: Any, by: str, keys: Sequence[str]) -> pd.DataFrame:
    """A row a key: hamlets, sums, the farthest and the mean distance of a household."""
    rows = []
    for key in keys:
        mine = moves[moves[by].eq(key).to_numpy()]
        weight = float(mine["households"].sum())
        rows.append({
            by: key, "hamlets": len(mine), **{c: float(mine[c].sum()) for c in SUMS},
            "farthest_m": float(mine["distance_m"].max()) if len(mine) else 0.0,
            "mean_m": float((mine["distance_m"] * mine["households"]).sum() / weight) if weight else 0.0,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=[by, "hamlets", *SUMS, "farthest_m", "mean_m"])


def _bands(moves: Any) -> pd.DataFrame:
    """Households by how far they move: what the scheme asks of whom."""
    edges = (*BANDS_M, float("inf"))
    low = 0.0
    rows = []
    for edge in edges:
        mine = moves[(moves["distance_m"] > low) & (moves["distance_m"] <= edge)]
        rows.append({"above_m": low, "up_to_m": edge if np.isfinite(edge) else None, "hamlets": len(mine),
                     "households": int(mine["households"].sum())})  # fmt: skip
        low = edge
    return pd.DataFrame(rows)


def quota_of(ground: Ground, moves: Any, schemes: Sequence[VillageScheme]) -> pd.DataFrame:
    """拆旧建新 of each project area: what is torn down and reclaimed, what is built, the quota lent, when it is due."""
    values = ground.values
    due = _years_on(values["on"], int(values["term_years"]))
    names = dict(zip(ground.hamlets["town_code"], ground.hamlets["town_name"], strict=True))
    opened = set(moves["place_id"])
    open_places = ground.places[ground.places["place_id"].isin(opened) & ground.places["kind"].eq("village")]
    rows = []
    for scheme in schemes:
        mine = moves[moves["area"].eq(scheme.unit).to_numpy()]
        here = area_of(open_places, values["reach"]).eq(scheme.unit) if len(open_places) else pd.Series(dtype=bool)
        opening = float(here.sum()) * float(values["cost_place_yuan"])
        rows.append({
            "area": scheme.unit, "name": names.get(scheme.unit, scheme.unit), "county_code": scheme.unit[:6],
            "hamlets": len(mine), "households": int(mine["households"].sum()), "old_m2": float(mine["freed_m2"].sum()),
            "reclaimed_m2": float(mine["reclaimed_m2"].sum()), "built_m2": float(mine["built_m2"].sum()),
            "built_cropland_m2": 0.0, "lent_m2": float(mine["built_m2"].sum()), "spare_m2": float(mine["net_m2"].sum()),
            "years": int(values["term_years"]), "due_on": due.isoformat(), "places": int(here.sum()),
            "cost_yuan": float(mine["cost_yuan"].sum()) + opening,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _proof(schemes: Sequence[VillageScheme]) -> pd.DataFrame:
    import json

    rows = [
        {"area": x.unit, "level": x.level, "wish": x.wish, "value": x.value, "bound": x.bound, "held": x.held,
         "gap": x.gap, "floor": x.floor, "status": x.status, "prices": json.dumps(dict(sorted(x.prices.items()))),
         "moves": json.dumps(dict(sorted(x.moves.items())))}
        for s in schemes for x in s.levels
    ]  # fmt: skip
    names = ["area", "level", "wish", "value", "bound", "held", "gap", "floor", "status", "prices", "moves"]
    return pd.DataFrame(rows, columns=names)


def _judged(places: Any, quota: pd.DataFrame, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """New house lots by province; 建新 ≤ 拆旧 and the term of every project area that lends quota."""
    book, on = load_book(), values["on"]
    told: list[Any] = []
    used = places[(places["received"] > 0) & places["kind"].eq("village")]
    lots = [
        {"subject": str(p), "kind": "household", "region": str(c), "lots": 1, "lot_m2": float(m)}
        for p, c, m in zip(used["place_id"], used["county_code"], used["lot_m2"], strict=True)
    ]
    if lots:
        told += book.judge(lots, theme="village", on=on)
    loops = [
        {"subject": r["area"], "kind": "quota", "built_m2": r["built_m2"], "reclaimed_m2": r["old_m2"],
         "years_out": r["years"]}
        for r in quota.to_dict("records") if r["hamlets"]
    ]  # fmt: skip
    if loops:
        told += book.judge(loops, theme="quota", on=on)
    return tuple(told)
