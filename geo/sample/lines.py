"""THE TWO LINES: the urban growth boundary around the towns, the ecological red line around lakes and wetlands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry.ellipsoid import area_m2
from geo.sample.ground import Ground

Floats = NDArray[np.float64]
_CANAL_M = 48.0
ZONES = (("010", "城镇集中建设区"), ("020", "城镇弹性发展区"), ("030", "特别用途区"))
CONTROLS = ("核心保护区", "一般控制区", "")


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines before they are cut along towns: boundary without holes, red line by control zone (disjoint)."""

    boundary: Any
    redline: dict[str, Any]

    @property
    def red(self) -> Any:
        return shapely.union_all(list(self.redline.values()))


def make_lines(ground: Ground) -> Lines:
    """Both lines, calibrated to the extent's targets (m², ellipsoidal), not touching each other."""
    rng = ground.rng["lines"]
    boundary = _boundary(ground, rng)
    return Lines(boundary, _redline(ground, boundary, rng))


def _boundary(ground: Ground, rng: np.random.Generator) -> Any:
    """Built polders, canals between them closed, pushed out or in until the target is met; no holes.

    The line does not follow the canals: it runs through the fields outside, and cuts them.
    """
    built = np.isin(ground.kind, ("town", "works"))
    fringe = np.flatnonzero(ground.kind == "fringe")
    fringe = fringe[np.argsort(-ground.score[fringe], kind="stable")]
    built[fringe[: round(len(fringe) * ground.extent.boundary_fringe)]] = True
    core = shapely.union_all(ground.shape[built]).buffer(_CANAL_M, join_style="mitre", mitre_limit=1.5)
    bites = _bites(core, rng)
    shore = shapely.union_all([g.buffer(25.0) for g in ground.lakes])

    def at(offset: float) -> Any:
        grown = core.buffer(offset - _CANAL_M, join_style="mitre", mitre_limit=1.5)
        grown = (grown - bites) - shore
        parts = [shapely.Polygon(p.exterior) for p in shapely.get_parts(grown & ground.hull)]
        sizes = area_m2(np.array(parts, dtype=object))
        return shapely.union_all([p for p, s in zip(parts, sizes, strict=True) if s > 20_000])

    return _dense(_meet(at, ground.extent.target["boundary_m2"], -120.0, 260.0))


def _bites(core: Any, rng: np.random.Generator) -> Any:
    """Pieces that the planners left out along the edge: the line is drawn by hand, not by a buffer."""
    edge = shapely.boundary(core)
    size = float(shapely.get_num_coordinates(edge))
    count = int(size / 9)
    rings = shapely.get_parts(edge)[rng.integers(0, shapely.get_num_geometries(edge), count)]
    spots = shapely.line_interpolate_point(rings, rng.random(count), normalized=True)
    turns = rng.uniform(0, np.pi, count)
    wide, deep = rng.uniform(40, 170, count), rng.uniform(20, 80, count)
    xy = shapely.get_coordinates(spots)
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=float)
    shapes = []
    for (x, y), turn, a, b in zip(xy, turns, wide, deep, strict=True):
        c, s = np.cos(turn), np.sin(turn)
        u, v = corners[:, 0] * a, corners[:, 1] * b
        shapes.append(shapely.Polygon(np.column_stack([x + u * c - v * s, y + u * s + v * c])))
    return shapely.union_all(shapes)


def _redline(ground: Ground, boundary: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Lakes with their shores, large ones first, and some woods; the shore's depth meets the target."""
    target = ground.extent.target["redline_m2"]
    sizes = area_m2(np.array(ground.lakes, dtype=object))
    order = np.argsort(-sizes, kind="stable")
    # In the corner shores are broad, so that farmland lies in the line too.
    share = ground.extent.redline_lakes
    chosen: list[Any] = []
    total = 0.0
    for k in order:
        lake = ground.lakes[k]
        if total + sizes[k] > share * target:
            continue
        if lake.distance(boundary) < 5.0 and rng.random() < 0.3:
            continue
        chosen.append(lake)
        total += float(sizes[k])
    woods = ground.shape[(ground.kind == "wood")]
    wet = shapely.union_all(list(ground.lakes))
    woods = [w for w in woods if w.distance(boundary) > 300.0 and w.distance(wet) > 60.0][: max(1, len(woods) // 12)]
    away = shapely.union_all([boundary.buffer(6.0)])

    def at(depth: float) -> Any:
        shores = [lake.buffer(depth * f) for lake, f in zip(chosen, reach, strict=True)]
        grown = shapely.union_all([*shores, *woods]) & ground.hull
        return shapely.union_all(_large(grown - away, 30_000))

    reach = rng.uniform(0.6, 1.4, len(chosen))
    whole = _dense(_meet(at, target, 0.0, 900.0))
    # Of three lakes one is a core zone with a general ring, one a core zone up to its shores, one outside any reserve.
    core = [g.buffer(15.0) for g in chosen[::3]] + [g.buffer(1500.0) for g in chosen[1::3]]
    others = shapely.union_all([g.buffer(1500.0) for g in chosen[2::3]])
    cores = (shapely.union_all(core) - others) & whole
    general = shapely.union_all([g.buffer(1500.0) for g in chosen[::3]]) - others
    rest = whole - cores
    zones = {CONTROLS[0]: cores, CONTROLS[1]: rest & general, CONTROLS[2]: rest - general}
    return {k: _precise(v) for k, v in zones.items() if not v.is_empty}


def _large(shape: Any, floor: float) -> list[Any]:
    parts = shapely.get_parts(shape)
    return [p for p, s in zip(parts, area_m2(parts), strict=True) if s > floor]


def _meet(shape_at: Callable[[float], Any], target: float, low: float, high: float) -> Any:
    """The shape whose area meets the target (m²) to 0.03 %, its parameter sought between low and high."""

    def size_at(value: float) -> tuple[Any, float]:
        shape = shape_at(value)
        return shape, float(area_m2(shapely.get_parts(shape)).sum()) - target

    below, above = size_at(low)[1], size_at(high)[1]
    shape: Any = None
    for step in range(22):
        # The area is smooth in the parameter: false position, now and then a plain halving.
        slope = -below / (above - below) if above > below else 0.5
        middle = low + (high - low) * (0.5 if step % 2 else float(np.clip(slope, 0.03, 0.97)))
        shape, miss = size_at(middle)
        if abs(miss) < 3e-4 * target:
            break
        if miss < 0:
            low, below = middle, miss
        else:
            high, above = middle, miss
    return shape


def _precise(shape: Any) -> Any:
    return shapely.set_precision(shape, 0.001)


def _dense(shape: Any) -> Any:
    """On the 1 mm grid, edges short enough to be the same line in metres and in degrees."""
    return _precise(shapely.segmentize(shape, 90.0))


def by_unit(shape: Any, units: dict[str, Any], *, floor_m2: float) -> list[tuple[str, Any]]:
    """Parts of a line in each town or county: (code, polygon), crumbs left out."""
    rows: list[tuple[str, Any]] = []
    for code, unit in units.items():
        part = shapely.intersection(shape, unit, grid_size=0.001)
        parts = [p for p in shapely.get_parts(part) if p.geom_type == "Polygon"]
        sizes = area_m2(np.array(parts, dtype=object))
        rows += [(code, shapely.Polygon(p.exterior)) for p, s in zip(parts, sizes, strict=True) if s > floor_m2]
    return rows


def line_frames(lines: Lines, towns: dict[str, Any]) -> tuple[Any, Any]:
    """Boundary (without holes) and red line as frames in house names: a row a town or county and zone."""
    import geopandas as gpd

    from geo.geometry.crs import HOUSE_EPSG
    from geo.sample.attributes import serial_ids
    from geo.standards.land import admin_units
    from geo.standards.schema import schema

    names = admin_units()
    county = {c: shapely.union_all([t for k, t in towns.items() if k[:6] == c]) for c in sorted({k[:6] for k in towns})}
    rows = by_unit(lines.boundary, towns, floor_m2=600.0)
    codes = np.array([c for c, _ in rows], dtype="U9")
    shapes = np.array([g for _, g in rows], dtype=object)
    sizes = area_m2(shapes)
    kind = np.where(sizes > 250_000, 0, 1)
    kind[(kind == 1) & (np.arange(len(kind)) % 4 == 3)] = 2
    for code in np.unique(codes):
        mine = np.flatnonzero(codes == code)
        kind[mine[sizes[mine].argmax()]] = 0
    boundary = gpd.GeoDataFrame(
        {
            "boundary_id": serial_ids(codes.astype("U6"), "boundary"),
            "feature_code": schema("boundary").feature_code,
            "unit_code": codes,
            "unit_name": [names[c].zh for c in codes.tolist()],
            "zone_code": [ZONES[k][0] for k in kind],
            "zone_name": [ZONES[k][1] for k in kind],
            "declared_area_m2": np.round(sizes, 2),
        },
        geometry=shapes,
        crs=HOUSE_EPSG,
    )
    parts = [(c, g, z) for z, shape in lines.redline.items() for c, g in by_unit(shape, county, floor_m2=600.0)]
    red_codes = np.array([c for c, _, _ in parts], dtype="U6")
    red_shapes = np.array([g for _, g, _ in parts], dtype=object)
    zones = [z for _, _, z in parts]
    redline = gpd.GeoDataFrame(
        {
            "redline_id": serial_ids(red_codes, "redline"),
            "feature_code": schema("redline").feature_code,
            "unit_code": red_codes,
            "unit_name": [names[c].zh for c in red_codes.tolist()],
            "redline_no": [f"SL{c}{k + 1:04d}" for k, c in enumerate(red_codes.tolist())],
            "redline_name": "示例湖荡生态保护红线",
            "kind_code": "01",
            "kind": "水源涵养",
            "declared_area_m2": np.round(area_m2(red_shapes), 2),
            "reserve_name": ["示例湿地公园" if z else "" for z in zones],
            "reserve_level": ["省级" if z else "" for z in zones],
            "reserve_kind": ["湿地公园" if z else "" for z in zones],
            "control_zone": zones,
        },
        geometry=red_shapes,
        crs=HOUSE_EPSG,
    )
    return boundary, redline


def with_holes(boundary: Any, blocks: NDArray[Any], rng: np.random.Generator) -> tuple[Any, NDArray[np.bool_]]:
    """The boundary with holes cut for part of the farmland blocks that lie well inside it (开天窗); which were cut."""
    shapes = boundary.geometry.to_numpy().copy()
    cut = np.zeros(len(blocks), dtype=bool)
    for k, shape in enumerate(shapes):
        shapely.prepare(shape)
        well = np.flatnonzero(
            shapely.contains_properly(shape, blocks)
            & (shapely.get_num_interior_rings(blocks) == 0)
            & (shapely.get_type_id(blocks) == 3)
            & (shapely.distance(shape.exterior, blocks) > 2.0)
        )
        well = well[rng.random(len(well)) < 0.58]
        if len(well):
            shapes[k] = shapely.difference(shape, shapely.union_all(blocks[well]), grid_size=0.001)
            cut[well] = True
    holed = boundary.set_geometry(shapes, crs=boundary.crs)
    return holed.assign(declared_area_m2=np.round(area_m2(shapes), 2)), cut
