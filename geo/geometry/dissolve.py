"""PARCELS TO VILLAGES: the land of many parcels as one polygon a group, by the borders that they share."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

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
    try:
        whole = shapely.coverage_union_all(geoms)
        sound = abs(shapely.area(whole) - np.nansum(sizes)) <= _RESIDUAL * np.nansum(sizes)
    except shapely.GEOSException:
        sound = False
    if sound and shapely.is_valid(whole):
        return whole
    return shapely.union_all(valid_polygons(geoms))
