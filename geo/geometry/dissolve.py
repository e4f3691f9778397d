"""PARCELS TO VILLAGES: the land of many parcels as one polygon a group, by the borders that they share."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geometry._union_kernel import outline
from geo.geometry.clipping import ordered_rings
from geo.geometry.repair import valid_polygons

# What a union may lack or have too much of the sum of its parts, of their area: rounding, not land.
_RESIDUAL = 1e-9


def dissolve(frame: gpd.GeoDataFrame, *, by: str) -> gpd.GeoDataFrame:
    """The land of each group of features as one polygon or multipolygon, groups in the order of their names.

    Columns: ``by``, features (how many), geometry. Features of one group are taken to lie side by side, edges equal
    (a coverage); where the union by shared borders does not have the area of its parts or is broken, they overlap or
    their corners differ, and the group is united by overlay instead. Features without a surface count for nothing, as
    do those whose ``by`` is missing: a group of nothing else is not told.
    """
    keys = frame[by].to_numpy()
    geoms = frame.geometry.to_numpy()
    known = ~frame[by].isna().to_numpy() & (shapely.get_dimensions(geoms) == 2) & ~shapely.is_empty(geoms)
    names, group = np.unique(keys[known], return_inverse=True)
    geoms = geoms[known]
    order = np.argsort(group, kind="stable")
    cuts = np.searchsorted(group[order], np.arange(len(names) + 1))
    made = np.full(len(names), None, dtype=object)
    for k in range(len(names)):
        made[k] = _united(geoms[order[cuts[k] : cuts[k + 1]]])
    return gpd.GeoDataFrame({by: names, "features": np.diff(cuts)}, geometry=made, crs=frame.crs)


def _united(geoms: NDArray[Any]) -> Any:
    sizes = shapely.area(geoms)
    whole = _by_borders(geoms)
    if whole is None or abs(shapely.area(whole) - sizes.sum()) > _RESIDUAL * sizes.sum() or not shapely.is_valid(whole):
        return shapely.union_all(valid_polygons(geoms))
    return whole


def _by_borders(geoms: NDArray[Any]) -> Any:
    """The land inside the borders that only one feature has; None when features are no coverage."""
    xy, cuts, _, _, _, bad = ordered_rings(geoms)
    if bad.any():
        return None
    points, starts = outline(xy, xy.view(np.int64), cuts)
    if not len(points):
        return None
    corners = xy[points]
    rings = shapely.from_ragged_array(shapely.GeometryType.POLYGON, corners, (starts, np.arange(len(starts))))
    inner = ~shapely.is_ccw(shapely.get_exterior_ring(rings))
    shells, holes = rings[~inner], rings[inner]
    if not len(shells):
        return None
    if len(holes):
        # The smallest shell around a hole is its own: shells that lie in holes lie in larger shells too.
        shells = shells[np.argsort(shapely.area(shells), kind="stable")]
        hole, shell = shapely.STRtree(shells).query(holes, predicate="covered_by")
        own, at = np.unique(hole, return_index=True)
        if len(own) < len(holes):
            return None
        owner = np.minimum.reduceat(shell, at)
        edges = shapely.get_exterior_ring(holes)
        for k in np.unique(owner):
            shells[k] = shapely.polygons(shapely.get_exterior_ring(shells[k]), holes=edges[owner == k])
    return shells[0] if len(shells) == 1 else shapely.multipolygons(shells)
