"""LAND THAT COULD BECOME CROPLAND: ponds, orchards marked for recovery, idle and village land, ridges, bare land; and
cropland that could become better: poor fields improved (提质改造), dry and irrigated fields made paddy (旱改水).

One row a parcel and source, with what it would yield, and every refusal with its reason. Which classes are sources
stands here; what they cost and yield comes in as data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.geometry.ellipsoid import areas
from geo.geometry.topology import shared_borders
from geo.measure.conflicts import fill_holes
from geo.measure.overlay import overlay
from geo.standards.land import base_code, cropland_codes

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.zone import Zone

# source: classes (base codes), survey mark (种植属性) that is needed, class of the new cropland
SOURCES: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "pond": (("1104",), "", "0101"),
    "orchard_ready": (("0201", "0202", "0204"), "JKHF", "0102"),
    "orchard_works": (("0201", "0202", "0204"), "GCHF", "0102"),
    "idle": (("1201",), "", "0102"),
    "village": (("0702",), "", "0102"),
    "unused": (("0404", "1204", "1205", "1206"), "", "0102"),
}
RIDGE = "ridge"
# Cropland below the unit's mean grade: paddy is improved, what is not paddy yet and lies beside some becomes paddy.
UPGRADE, REPADDY = "upgrade", "repaddy"
PADDY = "0101"
FOREST = "03"
MARKED = ("JKHF", "GCHF")
COLUMNS = (
    "measure_id", "source", "parcel_id", "class_code", "new_class", "village_code", "town_code", "county_code",
    "area_m2", "gain_m2", "lift", "border_m", "grade", "slope_grade", "geometry",
)  # fmt: skip
REFUSED = (
    "measure_id", "source", "parcel_id", "class_code", "town_code", "area_m2", "reason", "measured", "limit", "unit",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SourceParams:
    """Figures of the rule book: yields by source (share of the area), smallest patch, tolerance of overlap (m²), how
    many grades new cropland lies below its neighbours, sources wanted, parcels that the data checks condemn; lifts:
    by which share of a grade works make cropland better.
    """

    yields: Mapping[str, float]
    min_patch_m2: float
    tolerance_m2: float
    grade_penalty: float
    wanted: frozenset[str]
    faulty: frozenset[str] = frozenset()
    lifts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class NewLand:
    """measures: COLUMNS, one row a measure; refused: REFUSED, one row a measure that may not be and its reason."""

    measures: gpd.GeoDataFrame
    refused: pd.DataFrame


def new_land(zone: Zone, parcels: gpd.GeoDataFrame, params: SourceParams) -> NewLand:
    """The measures that a unit's parcels allow. ``parcels``: rows of the zone's layer that belong to the unit.

    Reasons of refusal: CN201 orchard without a mark, CN202 forest, CN203 red line, CN204 growth boundary, CN205
    permanent farmland, CN206 too small, CN207 faulty geometry, CN208 source not wanted, CN209 high-standard farmland
    already.
    """
    area = areas(parcels).to_numpy()
    code = parcels["class_code"].astype(str).map(base_code).to_numpy()
    crop = parcels["crop_code"].fillna("").astype(str).to_numpy() if "crop_code" in parcels else np.full(len(code), "")
    kind = np.full(len(parcels), "", dtype=object)
    for name, (classes, mark, _) in SOURCES.items():
        kind[np.isin(code, classes) & ((crop == mark) if mark else True)] = name
    unmarked = np.isin(code, ("0201", "0202", "0204")) & ~np.isin(crop, MARKED)
    forest = np.array([c.startswith(FOREST) for c in code]) & np.isin(crop, MARKED)
    ridge_m2 = _ridges(parcels, code)
    rows = np.flatnonzero(kind != "")
    ridged = np.flatnonzero(ridge_m2 * params.yields[RIDGE] > params.min_patch_m2)
    poor = np.flatnonzero(_poor(parcels, area, ridge_m2)) if params.lifts else np.zeros(0, dtype=np.int64)
    works = np.where(code[poor] == PADDY, UPGRADE, REPADDY).astype(object)
    row = np.concatenate([rows, ridged, poor])
    source = np.concatenate([kind[rows], np.full(len(ridged), RIDGE, dtype=object), works])
    size = np.concatenate([area[rows], ridge_m2[ridged], (area - ridge_m2)[poor]])
    frame = _frame(parcels, row, source, size, params)
    refused = [_refused(_frame(parcels, np.flatnonzero(unmarked), "orchard_ready", area[unmarked], params), "CN201"),
               _refused(_frame(parcels, np.flatnonzero(forest), "unused", area[forest], params), "CN202")]  # fmt: skip
    refused += [*_by_place(zone, frame, params), _refused(_dry(frame, parcels, code), "CN210")]
    out = pd.concat([r for r in refused if len(r)], ignore_index=True) if any(map(len, refused)) else _refused(
        frame.iloc[:0], "CN206")  # fmt: skip
    out = out.drop_duplicates("measure_id", keep="first").reset_index(drop=True)
    kept = frame[~frame["measure_id"].isin(set(out["measure_id"]))].reset_index(drop=True)
    return NewLand(_joined(kept, zone.layer("parcels"), params), out)


def cropland_grade(parcels: gpd.GeoDataFrame) -> tuple[float, float]:
    """Net area (m²) of the cropland whose grade is known, and its area-weighted mean grade (1 is best; nan: none)."""
    area = areas(parcels).to_numpy()
    crop = parcels["class_code"].astype(str).map(base_code).isin(cropland_codes()).to_numpy()
    grade = _grades(parcels)
    net = area - _ridges(parcels, np.where(crop, PADDY, ""))
    known = crop & np.isfinite(grade)
    total = float(net[known].sum())
    return total, float((net * grade)[known].sum()) / total if total > 0 else float("nan")


def _grades(parcels: gpd.GeoDataFrame) -> Any:
    """Grade of each parcel, nan where it is not told."""
    if "grade" not in parcels:
        return np.full(len(parcels), np.nan)
    grade = pd.to_numeric(parcels["grade"], errors="coerce").to_numpy(dtype=float)
    return np.where(grade > 0, grade, np.nan)


def _poor(parcels: gpd.GeoDataFrame, area: Any, ridge_m2: Any) -> Any:
    """Cropland below the mean grade of the unit's cropland."""
    crop = parcels["class_code"].astype(str).map(base_code).isin(cropland_codes()).to_numpy()
    mean = cropland_grade(parcels)[1]
    with np.errstate(invalid="ignore"):
        return crop & (_grades(parcels) > mean) & (area > ridge_m2)


def _dry(frame: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, code: Any) -> gpd.GeoDataFrame:
    """Fields that might become paddy but have none beside them."""
    asked = frame[frame["source"] == REPADDY]
    wet = parcels[code == PADDY]
    if not len(asked) or not len(wet):
        return asked
    near = np.unique(shapely.STRtree(wet.geometry.to_numpy()).query(asked.geometry.to_numpy())[1])
    both = pd.concat([asked[["parcel_id", "geometry"]], wet.iloc[near][["parcel_id", "geometry"]]])
    met = shared_borders(both.drop_duplicates("parcel_id"), id_column="parcel_id")
    water = set(wet["parcel_id"].iloc[near])
    beside = {a for a, b in zip(met["left"], met["right"], strict=True) if b in water}
    beside |= {b for a, b in zip(met["left"], met["right"], strict=True) if a in water}
    return asked[~asked["parcel_id"].isin(beside)]


def _ridges(parcels: gpd.GeoDataFrame, code: Any) -> Any:
    """Area of field ridges in each cropland parcel, m² (扣除地类面积); 0 where nothing is told."""
    crop = np.isin(code, sorted(cropland_codes()))
    told = parcels["ridge_area_m2"] if "ridge_area_m2" in parcels else pd.Series(0.0, index=parcels.index)
    return np.where(crop, told.fillna(0.0).to_numpy(dtype=float), 0.0)


def _frame(parcels: gpd.GeoDataFrame, row: Any, source: Any, size: Any, params: SourceParams) -> gpd.GeoDataFrame:
    names = np.broadcast_to(np.asarray(source, dtype=object), (len(row),))
    mine = parcels.iloc[row]
    gain = [float(v) * params.yields.get(str(s), 0.0) for v, s in zip(size, names, strict=True)]
    codes = mine["class_code"].astype(str)
    becomes = {k: v[2] for k, v in SOURCES.items()} | {REPADDY: PADDY}
    new = [becomes.get(str(s), c) for c, s in zip(codes, names, strict=True)]
    found: gpd.GeoDataFrame = mine[["parcel_id", "class_code", "village_code", "town_code", "county_code", "geometry"]]
    return found.assign(
        measure_id=[f"{s}:{p}" for s, p in zip(names, mine["parcel_id"], strict=True)], source=names, area_m2=size,
        gain_m2=gain, new_class=new, own_grade=_grades(mine), slope_grade=1.0, border_m=0.0,
        grade=np.nan, lift=[params.lifts.get(str(s), 0.0) for s in names],
    ).reset_index(drop=True)  # fmt: skip


def _refused(frame: Any, reason: str, measured: Any = None, limit: float = 0.0, unit: str = "m2") -> pd.DataFrame:
    told = frame["area_m2"].to_numpy() if measured is None else measured
    out = pd.DataFrame(frame.drop(columns="geometry")).assign(reason=reason, measured=told, limit=limit, unit=unit)
    return out[list(REFUSED)]


def _by_place(zone: Zone, frame: gpd.GeoDataFrame, params: SourceParams) -> list[pd.DataFrame]:
    """Refusals by size, geometry and the lines; ridges stay where their field is, whatever line runs through it but
    the red line."""
    found = [
        _refused(frame[~frame["source"].isin(params.wanted)], "CN208"),
        _refused(frame[frame["parcel_id"].isin(params.faulty) | ~shapely.is_valid(frame.geometry)], "CN207"),
    ]
    better = frame["source"].isin((UPGRADE, REPADDY))
    size = frame["gain_m2"].where(~better, frame["area_m2"])
    small = size < params.min_patch_m2
    found.append(_refused(frame[small], "CN206", size[small].to_numpy(), params.min_patch_m2))
    ridge = frame["source"] == RIDGE
    layers: list[tuple[str, Any, str, Any]] = [
        ("CN203", zone.layer("redline"), "redline_id", ridge | True),
        ("CN204", fill_holes(zone.layer("boundary")), "boundary_id", ~ridge),
        ("CN205", zone.layer("farmland"), "farmland_id", ~ridge & ~better),
    ]
    if zone.has("highstandard"):
        layers.append(("CN209", zone.layer("highstandard"), "project_id", better))
    for reason, layer, key, which in layers:
        asked = frame[which & frame["source"].isin(params.wanted)]
        asked = asked[shapely.is_valid(asked.geometry)]
        if not len(asked):
            continue
        met = overlay(asked[["measure_id", "geometry"]], layer[[key, "geometry"]], left_id="measure_id", right_id=key)
        over = met.groupby("measure_id")["area_m2"].sum()
        over = over[over > params.tolerance_m2]
        rows = asked[asked["measure_id"].isin(over.index)]
        found.append(_refused(rows, reason, over.reindex(rows["measure_id"]).to_numpy(), params.tolerance_m2))
    return found


def _joined(frame: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, params: SourceParams) -> gpd.GeoDataFrame:
    """Border with cropland (m), and the grade that new cropland is counted with: that of the cropland beside it,
    weighted by border, and the penalty; of the nearest kind of the unit where none is beside it."""
    if not len(frame):
        return frame[list(COLUMNS)]
    better = frame["source"].isin((UPGRADE, REPADDY)).to_numpy()
    near = np.unique(shapely.STRtree(parcels.geometry.to_numpy()).query(frame.geometry.to_numpy()[~better])[1])
    around = parcels.iloc[near]
    met = shared_borders(around[["parcel_id", "geometry"]], id_column="parcel_id")
    both = pd.concat([met, met.rename(columns={"left": "right", "right": "left"})], ignore_index=True)
    beside = around.drop_duplicates("parcel_id").set_index("parcel_id")
    crop = beside["class_code"].astype(str).map(base_code).isin(cropland_codes())
    grade = pd.Series(_grades(beside), beside.index)
    both = both[crop.reindex(both["right"]).to_numpy(dtype=bool)]
    both = both.assign(weighted=both["border_m"].to_numpy() * grade.reindex(both["right"]).to_numpy(dtype=float))
    sums = both.groupby("left")[["border_m", "weighted"]].sum(min_count=1)
    mine = sums.reindex(frame["parcel_id"])
    border = mine["border_m"].fillna(0.0).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        beside_grade = mine["weighted"].to_numpy() / border
    mean = float(np.nanmean(grade[crop])) if grade[crop].notna().any() else 8.0
    new = np.where(np.isfinite(beside_grade), beside_grade, mean) + params.grade_penalty
    field_ = better | (frame["source"] == RIDGE).to_numpy()
    own = frame["own_grade"].fillna(mean).to_numpy(dtype=float) - frame["lift"].to_numpy(dtype=float)
    told = frame.assign(border_m=np.where(field_, 0.0, border), grade=np.round(np.where(field_, own, new), 4))
    return told[list(COLUMNS)]
