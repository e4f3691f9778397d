"""PLOTS OF DIFFERENT USE SIDE BY SIDE: which lie close enough to share land, in sites, and how far apart by road."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.geometry.ellipsoid import areas
from geo.geometry.topology import MILLIMETRE
from geo.measure.clusters import block_labels
from geo.standards.land import base_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from geo.measure.road_walk import Walks

PLOT_COLUMNS = ("plot_id", "use", "class_code", "village_name", "town_code", "county_code", "area_m2", "in_boundary")


def plots_of(
    parcels: gpd.GeoDataFrame, uses: Mapping[str, str], *, boundary: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """Parcels whose class stands for a use: PLOT_COLUMNS and geometry, in the order of the layer.

    uses: class code → use. in_boundary: the inner point lies inside the growth boundary (False without the layer).
    """
    import geopandas as gpd

    use = parcels["class_code"].map(base_code).map(dict(uses))
    rows = parcels[use.notna().to_numpy()].reset_index(drop=True)
    inside = np.zeros(len(rows), dtype=bool)
    if boundary is not None and len(boundary) and len(rows):
        points = shapely.point_on_surface(rows.geometry.to_numpy())
        a, _ = shapely.STRtree(boundary.geometry.to_numpy()).query(points, predicate="intersects")
        inside[a] = True
    frame = pd.DataFrame({
        "plot_id": rows["parcel_id"], "use": use.dropna().to_numpy(), "class_code": rows["class_code"],
        "village_name": rows["village_name"] if "village_name" in rows.columns else "",
        "town_code": rows["town_code"], "county_code": rows["county_code"],
        "area_m2": areas(rows).to_numpy() if len(rows) else np.zeros(0), "in_boundary": inside,
    })  # fmt: skip
    return gpd.GeoDataFrame(frame[list(PLOT_COLUMNS)], geometry=rows.geometry.to_numpy(), crs=parcels.crs)


def neighbours(plots: gpd.GeoDataFrame, *, reach_m: float) -> pd.DataFrame:
    """Pairs of plots of different use at most reach_m apart: first, second (positions), gap_m, touch."""
    shapes = plots.geometry.to_numpy()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=reach_m + MILLIMETRE)
    use = plots["use"].to_numpy()
    keep = (a < b) & (use[a] != use[b])
    a, b = a[keep], b[keep]
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    gap = np.round(shapely.distance(shapes[a], shapes[b]), 2)
    return pd.DataFrame({"first": a, "second": b, "gap_m": gap, "touch": gap <= MILLIMETRE})


def with_walks(pairs: pd.DataFrame, net: Walks, *, limit_m: float) -> pd.DataFrame:
    """The pairs with walk_m and by: ``road`` along the network, ``straight`` where no road joins the two."""
    a, b = pairs["first"].to_numpy(dtype=np.int64), pairs["second"].to_numpy(dtype=np.int64)
    metres = net.between((a, b), limit_m=limit_m)
    joined = (net.part[a] >= 0) & (net.part[a] == net.part[b])
    found = np.isfinite(metres)
    walk = np.where(joined & found, metres, np.where(joined, np.nan, pairs["gap_m"].to_numpy(dtype=float)))
    by = np.where(joined & found, "road", np.where(joined, "road_far", "straight"))
    return pairs.assign(walk_m=np.round(walk, 1), by=by)


def to_facilities(
    shapes: Any, kinds: Mapping[str, Any], net: Walks, offsets: Mapping[str, Any], own: Any
) -> dict[str, tuple[Any, Any]]:
    """Metres from each plot to the nearest facility of each kind, and how measured.

    kinds: kind → facility geometries; offsets: kind → their positions on the network; own: positions of the plots.
    By road where the network joins the plot to one of them, else straight, edge to edge; inf and ``none`` where the
    kind has no facility at all.
    """
    told = {}
    for kind, places in kinds.items():
        if not len(places):
            told[kind] = np.full(len(shapes), np.inf), np.full(len(shapes), "none", dtype=object)
            continue
        road = net.to_nearest(offsets[kind])[own]
        tree = shapely.STRtree(places)
        (at, _), away = tree.query_nearest(shapes, return_distance=True, all_matches=False)
        straight = np.full(len(shapes), np.inf)
        straight[at] = away
        by = np.where(np.isfinite(road), "road", "straight")
        told[kind] = np.where(np.isfinite(road), road, straight), by
    return told


def sites_of(plots: gpd.GeoDataFrame, *, reach_m: float) -> Any:
    """A site number for each plot: plots at most reach_m apart, in chains."""
    return block_labels(plots.geometry.to_numpy(), gap_m=reach_m)
