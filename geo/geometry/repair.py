"""Polygons fit to be measured: rings that cross themselves repaired, everything that is not a surface dropped."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]


def polygons_only(geometries: Any) -> Geometries:
    """The areal part of each geometry, as a polygon or multipolygon; None where there is none.

    Intersections of touching parcels come back as points, lines or collections: only their surface counts.
    """
    out = np.array(geometries, dtype=object).ravel()
    kinds = shapely.get_type_id(out)
    out[(kinds != 3) & (kinds != 6) & (kinds != 7)] = None
    for i in np.flatnonzero(kinds == 7):
        parts = shapely.get_parts(out[i])
        areal = parts[np.isin(shapely.get_type_id(parts), (3, 6))]
        out[i] = shapely.union_all(areal) if len(areal) else None
    out[shapely.is_empty(out)] = None
    return out


def valid_polygons(geometries: Any) -> Geometries:
    """Each geometry as a valid polygon or multipolygon; None for what has no surface (None, empty, lines).

    Valid ones are passed on as they are. Broken ones are rebuilt with ``make_valid(method="structure")``, which
    keeps the surface that the rings enclose; ``buffer(0)`` is never used, it drops lobes of a figure of eight.
    """
    out = np.array(geometries, dtype=object).ravel()
    broken = np.flatnonzero(~shapely.is_valid(out) & ~shapely.is_missing(out))
    if len(broken):
        out[broken] = shapely.make_valid(out[broken], method="structure", keep_collapsed=False)
    return polygons_only(out)


def mean_width_m(geometries: Any) -> NDArray[np.float64]:
    """How wide each polygon is on the mean in the plane, 2·A/P, m; 0.0 for what has no surface."""
    geoms = np.asarray(geometries, dtype=object).ravel()
    around = np.nan_to_num(shapely.length(geoms))
    surface = np.nan_to_num(shapely.area(geoms))
    return np.asarray(np.where(around > 0, 2 * surface / np.where(around > 0, around, 1.0), 0.0), dtype=np.float64)


def moved_m(before: Any, after: Any) -> NDArray[np.float64]:
    """How far each outline moved: the greatest distance of a corner of either from the other, m (in the plane)."""
    a, b = (shapely.boundary(np.asarray(g, dtype=object).ravel()) for g in (before, after))
    return np.asarray(shapely.hausdorff_distance(a, b), dtype=np.float64)


def without_points(geometry: Any, points: NDArray[np.float64]) -> Any:
    """The polygon without these corners (exact coordinates); rings that fall below a triangle go."""
    gone = {(float(x), float(y)) for x, y in points}
    parts = []
    for part in shapely.get_parts(geometry):
        rings = []
        for ring in shapely.get_rings(part):
            xy = [p for p in shapely.get_coordinates(ring)[:-1].tolist() if tuple(p) not in gone]
            rings.append(xy if len(xy) > 2 else [])
        if rings[0]:
            parts.append(shapely.Polygon(rings[0], [r for r in rings[1:] if r]))
    if not parts:
        return shapely.Polygon()
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def without_holes(geometry: Any) -> Any:
    """What the shells enclose; None stays None."""
    if geometry is None:
        return None
    parts = [shapely.Polygon(part.exterior) for part in shapely.get_parts(geometry)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def turned(geometry: Any) -> Any:
    """The polygon with every hole running against its shell, which keeps its own direction."""
    shells = [part.exterior.is_ccw for part in shapely.get_parts(geometry)]
    return shapely.orient_polygons(geometry, exterior_cw=not shells[0])


def snapped(a: Any, b: Any, *, tolerance_m: float) -> tuple[Any, Any]:
    """Two neighbours whose borders are nearer than the tolerance, on one border: corners of either stand in both."""
    first = shapely.snap(a, b, tolerance_m)
    second = shapely.snap(b, first, tolerance_m)
    return first, second
