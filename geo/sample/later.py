"""A LATER SURVEY of an invented zone: borders drawn anew a little apart, and changes planted whose areas are known.

Every corner is moved by the same small step wherever it stands, so parcels stay side by side and roads stay whole;
what really changed is a list of parcels, or halves of them, that got another class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.ellipsoid import area_m2
from geo.sample.noise import Noise
from geo.standards.land import base_code, land_classes

# What a planted change makes of a class, and how many of each in ten thousand parcels.
PLANTED = (
    ("cropland_built", "0101", "0601", 6),
    ("cropland_road", "0101", "1003", 3),
    ("cropland_orchard", "0101", "0201", 8),
    ("cropland_pond", "0101", "1104", 6),
    ("cropland_facility", "0101", "1202", 5),
    ("cropland_forest", "0102", "0307", 4),
    ("orchard_cropland", "0201", "0102", 6),
    ("pond_cropland", "1104", "0101", 6),
    ("village_cropland", "0702", "0102", 5),
)
_PER = 10_000
_LEAST_M2, _MOST_M2 = 1_200.0, 30_000.0


@dataclass(frozen=True, eq=False)
class LaterSurvey:
    """parcels: house columns as the earlier survey has them; key: what was planted, by kind and parcel, with areas."""

    parcels: Any
    key: Mapping[str, Any]


def later_parcels(parcels: Any, *, seed: int, year: int, shift_m: float = 1.0) -> LaterSurvey:
    """The parcels of a zone (EPSG:4528) surveyed again ``year``; corners move by at most about ``shift_m``.

    Raises ValueError for a shift below 0.
    """
    import geopandas as gpd

    if shift_m < 0:
        raise ValueError("shift_m must not be below 0")
    rng = np.random.default_rng([seed, year])
    geoms = parcels.geometry.to_numpy().copy()
    codes = parcels["class_code"].astype(str).to_numpy().copy()
    size = area_m2(geoms)
    planted: list[dict[str, Any]] = []
    taken = np.zeros(len(geoms), dtype=bool)
    extra: list[tuple[int, Any]] = []
    sound = shapely.is_valid(geoms) & (shapely.get_num_interior_rings(geoms) == 0)
    for kind, old, new, often in PLANTED:
        fits = (
            (np.array([base_code(c) for c in codes]) == old) & ~taken & sound & (size > _LEAST_M2) & (size < _MOST_M2)
        )
        pool = np.flatnonzero(fits)
        for row in rng.permutation(pool)[: max(2, round(often * len(geoms) / _PER))]:
            taken[row] = True
            half = _half(geoms[row]) if rng.random() < 0.35 else None
            if half is None:
                codes[row], changed = new, float(size[row])
            else:
                geoms[row], part = half
                extra.append((int(row), part))
                changed = float(area_m2(np.array([part], dtype=object))[0])
            planted.append({"kind": kind, "parcel_id": str(parcels["parcel_id"].iloc[row]), "from": old, "to": new,
                            "whole": half is None, "area_m2": round(changed, 2)})  # fmt: skip
    rows = np.concatenate([np.arange(len(geoms)), [r for r, _ in extra]]).astype(int)
    frame = parcels.iloc[rows].reset_index(drop=True)
    shapes = np.concatenate([geoms, [g for _, g in extra]]) if extra else geoms
    new_code = {p["parcel_id"]: p["to"] for p in planted}
    classes = list(codes) + [new_code[str(parcels["parcel_id"].iloc[r])] for r, _ in extra]
    frame = frame.assign(**_attributes(frame, classes, year, len(geoms)))
    shapes = moved(shapes, rng, shift_m)
    frame = gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=list(shapes), crs=parcels.crs)
    size = np.round(area_m2(frame.geometry.to_numpy()), 2)
    ridge = np.where(_is_crop(classes), frame["ridge_factor"].fillna(0.0).to_numpy(dtype=float), 0.0)
    ridge_area = np.round(size * ridge, 2)
    frame = frame.assign(area_m2=size, ridge_factor=ridge, ridge_area_m2=ridge_area,
                         net_area_m2=np.round(size - ridge_area, 2))  # fmt: skip
    sums: dict[str, float] = {}
    for p in planted:
        sums[p["kind"]] = round(sums.get(p["kind"], 0.0) + p["area_m2"], 2)
    key = {"synthetic": "示例数据，非真实地块 / Sample data, not real parcels", "seed": seed, "year": year,
           "shift_m": shift_m, "planted_m2": round(sum(sums.values()), 2), "by_kind_m2": sums,
           "planted": planted}  # fmt: skip
    return LaterSurvey(frame, key)


def moved(geometries: Any, rng: Any, shift_m: float) -> NDArray[np.object_]:
    """Every corner moved by a smooth step that depends on its place alone, at most about ``shift_m`` on each axis."""
    if shift_m == 0:
        return np.asarray(geometries, dtype=object)
    far = (Noise(rng, (420.0, 130.0)), Noise(rng, (420.0, 130.0)))

    def step(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        told = [np.clip(n(xy[:, 0], xy[:, 1]) / 2.5, -1, 1) * shift_m for n in far]
        return np.round(xy + np.column_stack(told), 3)

    return np.asarray(shapely.transform(geometries, step), dtype=object)


def _half(shape: Any) -> tuple[Any, Any] | None:
    """A polygon cut across its longer side into what stays and what changes; None when that makes pieces."""
    west, south, east, north = shapely.bounds(shape)
    wide = east - west >= north - south
    middle = (west + east) / 2 if wide else (south + north) / 2
    box = (
        shapely.box(west - 1, south - 1, middle, north + 1)
        if wide
        else shapely.box(west - 1, south - 1, east + 1, middle)
    )
    stays, goes = shapely.intersection(shape, box), shapely.difference(shape, box)
    fine = (
        stays.geom_type == goes.geom_type == "Polygon" and min(area_m2(np.array([stays, goes], dtype=object))) > 600.0
    )
    return (stays, goes) if fine else None


def _is_crop(codes: Any) -> NDArray[np.bool_]:
    known = land_classes()
    return np.array([known[base_code(c)].cropland if base_code(c) in known else False for c in codes])


def _attributes(frame: Any, classes: list[str], year: int, own: int) -> dict[str, Any]:
    """Codes, names and identifiers of the later survey; a half that changed is a new parcel."""
    known = land_classes()
    names = [known[base_code(c)].zh if base_code(c) in known else "" for c in classes]
    crop = _is_crop(classes)
    ids = frame["parcel_id"].astype(str).to_numpy().copy()
    known_ids, serial = set(ids), 0
    for k in range(own, len(frame)):
        serial += 1
        while (name := f"{ids[k][:10]}8{serial:07d}") in known_ids:
            serial += 1
        ids[k] = name
    crops = frame["crop_code"].fillna("").astype(str).to_numpy() if "crop_code" in frame else np.full(len(frame), "")
    changed = np.array([a != b for a, b in zip(classes, frame["class_code"].astype(str), strict=True)])
    crops = np.where(changed, np.where(crop, "LS", ""), crops)
    told: dict[str, Any] = {"class_code": classes, "class_name": names, "parcel_id": ids, "survey_year": year,
                            "crop_code": crops}  # fmt: skip
    if "crop_name" in frame:
        told["crop_name"] = np.where(changed, np.where(crop, "种植粮食作物", ""), frame["crop_name"].fillna(""))
    if "grade" in frame:
        told["grade"] = frame["grade"].where(crop)
    if "slope_grade" in frame:
        told["slope_grade"] = frame["slope_grade"].where(crop)
    return told
