"""THE WHOLE ZONE AS A BACKDROP: outlines of counties, towns, lakes and the two lines, few vertices, schematic."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geo.geometry.crs import HOUSE_EPSG
from geo.sample import outline
from geo.sample.ground import Ground
from geo.sample.lines import Lines
from geo.standards.land import admin_units

_TOLERANCE_M = 45.0


def context_frames(zone: Ground, zone_lines: Lines, corner: Ground | None, lines: Lines | None) -> dict[str, Any]:
    """Frames counties, towns, boundary, redline, lakes (code, name, schematic).

    zone, zone_lines: ground and lines of the whole zone; corner, lines: those of a corner, which replace them there.
    """
    names = admin_units()
    town = zone.units.village.astype("U9")
    towns = {}
    for code in np.unique(town).tolist():
        joined = shapely.union_all(zone.shape[town == code]).buffer(60.0).buffer(-55.0)
        towns[code] = shapely.union_all([shapely.Polygon(p.exterior) for p in shapely.get_parts(joined)])
    boundary, red, lakes = zone_lines.boundary, zone_lines.red, shapely.union_all(list(zone.lakes))
    if corner is not None and lines is not None:
        hull = corner.hull
        boundary = (boundary - hull) | lines.boundary
        red = (red - hull) | lines.red
        lakes = (lakes - hull) | (shapely.union_all(list(corner.lakes)) & hull)
    frames = {
        "counties": [(c, names[c].zh, g) for c, g in outline.counties().items()],
        "towns": [(c, names[c].zh, g) for c, g in towns.items()],
        "boundary": [("", "城镇开发边界（示意）", g) for g in _parts(boundary, 30_000)],
        "redline": [("", "生态保护红线（示意）", g) for g in _parts(red, 30_000)],
        "lakes": [("", "湖泊（示意）", g) for g in _parts(lakes, 60_000)],
    }
    return {name: _frame(rows) for name, rows in frames.items()}


def _parts(shape: Any, floor: float) -> list[Any]:
    from geo.geometry.ellipsoid import area_m2

    parts = np.array([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"], dtype=object)
    return [p for p, s in zip(parts, area_m2(parts), strict=True) if s > floor]


def _frame(rows: list[tuple[str, str, Any]]) -> Any:
    import geopandas as gpd

    shapes = shapely.simplify(np.array([g for _, _, g in rows], dtype=object), _TOLERANCE_M)
    shapes = shapely.set_precision(shapes, 1.0)
    return gpd.GeoDataFrame(
        {
            "code": [c for c, _, _ in rows],
            "name": [n for _, n, _ in rows],
            "schematic": np.ones(len(rows), dtype="int32"),
        },
        geometry=shapes,
        crs=HOUSE_EPSG,
    )
