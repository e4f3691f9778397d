"""FARMLAND, RESERVE AND PROJECTS AS FRAMES: the layers drawn from the chosen parcels, invented persons and dates."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.crs import HOUSE_EPSG
from geo.geometry.ellipsoid import area_m2
from geo.sample.attributes import serial_ids
from geo.sample.farmland import Choice
from geo.sample.fragments import inside
from geo.sample.ground import Ground
from geo.sample.land import Land
from geo.standards.land import admin_units
from geo.standards.schema import schema

_SHARED = (
    "parcel_no", "class_code", "class_name", "owner_kind", "owner_code", "village_code", "village_name", "area_m2",
    "deduct_code", "ridge_factor", "ridge_area_m2", "net_area_m2", "terrace_kind", "slope_grade", "refine_code",
    "refine_name", "crop_code", "crop_name", "grade", "survey_year",
)  # fmt: skip
# Reserve wanted in each county as a multiple of what has to move out, within what the county can give.
_RESERVE_MULTIPLE = 9.0
_RESERVE_CEILING = 0.85


def farmland_frame(parcels: Any, choice: Choice, ground: Ground) -> Any:
    """The farmland layer: copies of the chosen parcels with numbers of their own and persons that do not exist."""
    rng = ground.rng["rest"]
    base = parcels.iloc[choice.rows].reset_index(drop=True)
    town = base["village_code"].str.slice(0, 9)
    county = town.str.slice(0, 6).to_numpy(dtype="U6")
    names = admin_units()
    frame = base[[*_SHARED, "geometry"]].copy()
    count = len(frame)
    frame["farmland_id"] = serial_ids(county, "farmland")
    frame["feature_code"] = schema("farmland").feature_code
    frame["unit_code"] = town.to_numpy()
    frame["unit_name"] = [names[c].zh for c in town]
    frame["farmland_no"] = np.char.add(town.to_numpy(dtype="U9"), [f"{k + 1:06d}" for k in range(count)])
    frame["irrigation"] = np.where(base["class_code"] == "0101", "充分满足", "满足")
    frame["soil_grade"] = (base["grade"] - rng.integers(1, 3, count)).clip(lower=1)
    frame["stable"] = np.where(base["refine_code"] != "", "否", "是")
    frame["was_farmland"] = np.where(rng.random(count) < 0.93, "是", "否")
    frame["group_name"] = [f"第{k}组" for k in rng.integers(1, 19, count)]
    frame["duty_name"] = [f"示例户{k + 1:05d}" for k in range(count)]
    frame["responsible"] = "示例（虚构）"
    frame["duty_id_number"] = "000000000000000000"
    frame["phone"] = "00000000000"
    frame["address"] = "示例地址（虚构）"
    return frame


def reserve_frame(parcels: Any, land: Land, choice: Choice, lines_area: Any, ground: Ground) -> Any:
    """The reserve pool: cropland that is not farmland, mostly usable, a few lots that a planner must refuse."""
    rng = ground.rng["rest"]
    free = parcels["slope_grade"].notna().to_numpy().copy()
    free[choice.rows] = False
    rows = np.flatnonzero(free & np.isin(land.role, ("field", "odd")) & (parcels["net_area_m2"].to_numpy() > 500))
    lies = inside(land.geoms[rows], lines_area)
    net = parcels["net_area_m2"].to_numpy()
    grade = parcels["grade"].fillna(9).to_numpy(dtype="float64")
    county = land.village.astype("U6")
    blocks = choice.blocks
    if blocks is None:
        raise ValueError("the choice has no blocks")
    out = blocks.fragmented()
    moving = np.isin(blocks.label, out)
    picked: list[NDArray[np.intp]] = []
    _, block = np.unique(land.block, return_inverse=True)
    roll = rng.random(block.max() + 1)[block]
    for code in np.unique(county):
        mine = rows[(county[rows] == code) & ~lies.partly & ~lies.whole]
        # Better land first, though not strictly: a pool is not all of one quality.
        mine = mine[np.lexsort((mine, roll[mine] + 0.13 * grade[mine]))]
        need = _RESERVE_MULTIPLE * float(net[choice.rows[moving & (county[choice.rows] == code)]].sum())
        most = min(max(need, 60_000.0), _RESERVE_CEILING * float(net[mine].sum()))
        picked.append(mine[np.cumsum(net[mine]) <= most])
        crossing = rows[(county[rows] == code) & lies.partly]
        picked.append(rng.permutation(crossing)[:3])
    chosen = np.sort(np.concatenate(picked))
    base = parcels.iloc[chosen].reset_index(drop=True)
    count = len(base)
    columns = [c for c in _SHARED if c in {f.name for f in schema("reserve").fields}]
    frame = base[[*columns, "geometry"]].copy()
    mine = base["village_code"].str.slice(0, 6).to_numpy(dtype="U6")
    frame["lot_id"] = serial_ids(mine, "reserve")
    frame["feature_code"] = schema("reserve").feature_code
    frame["lot_no"] = np.char.add(np.char.add("CB", mine), [f"{k + 1:05d}" for k in range(count)])
    frame["stable"] = np.where((base["refine_code"] != "") | (rng.random(count) < 0.04), "否", "是")
    frame["lot_kind"] = rng.choice(["高标准", "整治新增", "其他"], count, p=[0.4, 0.25, 0.35])
    months = zip(rng.integers(20, 24, count), rng.integers(1, 13, count), strict=True)
    frame["booked_on"] = [f"20{year}-{month:02d}-15" for year, month in months]
    frame["status"] = rng.choice(["可用", "锁定", "已补划"], count, p=[0.82, 0.11, 0.07])
    used = frame["status"] == "已补划"
    frame["project_no"] = np.where(used, [f"SL-BH-{k:04d}" for k in range(count)], "")
    return frame


def projects_frame(ground: Ground, pieces: Any, lines_area: Any) -> Any:
    """High-standard projects: groups of neighbouring polders, one a county around a planted piece.

    pieces: county code to the points of planted pieces in that county.
    """
    import geopandas as gpd

    rng = ground.rng["rest"]
    county = ground.units.village.astype("U6")
    rural = ~np.isin(ground.kind, ("town", "works")) & ~np.array([p.open_water for p in ground.polders])
    shapes: list[Any] = []
    codes: list[str] = []
    taken = np.zeros(len(rural), dtype=bool)
    away = ~shapely.intersects(ground.shape, lines_area)
    for code in np.unique(county):
        mine = np.flatnonzero((county == code) & rural)
        starts = [int(k) for k in rng.permutation(mine[away[mine]])[: max(2, len(mine) // 60)]]
        spots = pieces.get(str(code), np.zeros((0, 2)))
        near = [int(k) for k in ground.units.nearest(spots)] if len(spots) else []
        starts += [k for k in near if rural[k] and county[k] == code][:1]
        for start in starts:
            gaps = np.hypot(*(ground.units.centres[mine] - ground.units.centres[start]).T)
            group = [int(k) for k in mine[np.argsort(gaps, kind="stable")][:4] if not taken[k]]
            if not group:
                continue
            taken[group] = True
            joined = shapely.union_all(ground.shape[group])
            joined = joined.buffer(25.0, join_style="mitre", mitre_limit=2).buffer(-28.0)
            for part in shapely.get_parts(shapely.set_precision(joined & ground.hull, 0.001)):
                shapes.append(part)
                codes.append(str(code))
    outline = np.array(shapes, dtype=object)
    return gpd.GeoDataFrame(
        {
            "project_id": serial_ids(np.array(codes, dtype="U6"), "highstandard"),
            "project_name": [f"示例高标准农田项目{k + 1:02d}" for k in range(len(codes))],
            "built_year": rng.integers(2012, 2023, len(codes)),
            "declared_area_m2": np.round(area_m2(outline), 2),
        },
        geometry=outline,
        crs=HOUSE_EPSG,
    )


def footprint_frame(farmland: Any, towns: dict[str, Any], ground: Ground) -> Any:
    """The footprint of an invented link road across the county line, the one of many that takes most farmland."""
    import geopandas as gpd

    rng = ground.rng["rest"]
    counties = [shapely.union_all([t for k, t in towns.items() if k[:6] == c]) for c in sorted({k[:6] for k in towns})]
    border = shapely.union_all(
        [
            shapely.intersection(shapely.boundary(a), shapely.boundary(b))
            for k, a in enumerate(counties)
            for b in counties[:k]
        ]
    )
    parts = [p for p in shapely.get_parts(border) if p.geom_type == "LineString"]
    geoms = farmland.geometry.to_numpy()
    tree = shapely.STRtree(geoms)
    best, most = None, -1.0
    for _ in range(160):
        middle = parts[int(rng.integers(len(parts)))].interpolate(float(rng.random()), normalized=True)
        turn, bend = rng.uniform(0, np.pi), rng.normal(0, 60)
        ux, uy = np.cos(turn), np.sin(turn)
        steps = np.linspace(-1, 1, 13)
        x = middle.x + 660 * steps * ux - bend * (1 - steps**2) * uy
        y = middle.y + 660 * steps * uy + bend * (1 - steps**2) * ux
        strip = shapely.set_precision(shapely.LineString(np.column_stack([x, y])).buffer(15.0, cap_style="flat"), 0.001)
        if not ground.hull.contains(strip):
            continue
        hit = tree.query(strip, predicate="intersects")
        amount = float(area_m2(shapely.intersection(geoms[hit], strip)).sum())
        if amount > most:
            best, most = strip, amount
    if best is None:
        raise ValueError("no place for a link road in this extent")
    return gpd.GeoDataFrame(
        {"project_no": ["SL-2024-01"], "project_name": ["示例省际断头路（虚构）"], "use": ["公路用地"]},
        geometry=[best],
        crs=HOUSE_EPSG,
    )


def unit_frames(
    parcels: Any, units: dict[str, Any], villages: dict[str, Any], names: dict[str, str]
) -> tuple[Any, Any]:
    """Towns and villages as frames, with the sum of their parcels as survey area."""
    import geopandas as gpd

    admin = admin_units()
    code = parcels["village_code"].str.slice(0, 12)
    frames = []
    for layer, table, cut in (("towns", units, 9), ("villages", villages, 12)):
        keys = list(table)
        surveyed = parcels["area_m2"].groupby(code.str.slice(0, cut)).sum()
        shapes = np.array([table[k] for k in keys], dtype=object)
        frames.append(
            gpd.GeoDataFrame(
                {
                    "unit_id": serial_ids(np.array(keys).astype("U6"), layer),
                    "feature_code": schema(layer).feature_code,
                    "unit_code": [k if cut == 9 else k + "0000000" for k in keys],
                    "unit_name": [admin[k].zh if cut == 9 else names[k] for k in keys],
                    "declared_area_m2": [round(float(surveyed[k]), 2) for k in keys],
                    "control_area_m2": np.round(area_m2(shapes), 2),
                },
                geometry=shapes,
                crs=HOUSE_EPSG,
            )
        )
    return frames[0], frames[1]
