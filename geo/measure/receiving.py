"""RECEIVING PLACES: where households could move to, and the land that could hold them.

In a village the place is a hamlet that stays; in town it is a part of the growth boundary. Building land is idle land
of given classes, outside permanent farmland and the ecological red line; every parcel of it serves one place only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.geometry.ellipsoid import areas
from geo.geometry.topology import MILLIMETRE
from geo.measure.overlay import overlay
from geo.standards.land import base_code

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd
    import pandas as pd

    from geo.zone import Zone

TOWN_MARKS = ("201", "202")
PLACE_COLUMNS = (
    "place_id", "kind", "host_id", "village_code", "village_name", "town_code", "county_code", "build_m2", "east",
    "north",
)  # fmt: skip


def building_land(
    zone: Zone, *, classes: Collection[str], min_patch_m2: float, tolerance_m2: float
) -> gpd.GeoDataFrame:
    """Parcels that could be built on: of the classes given, at least min_patch_m2, no more than tolerance_m2 of it on
    permanent farmland, reserve or inside the red line. Columns parcel_id, class_code, town_code, county_code, area_m2,
    geometry, in the order of the layer.
    """
    parcels = zone.layer("parcels")
    rows = parcels[parcels["class_code"].map(base_code).isin(set(classes))]
    keep = ["parcel_id", "class_code", "village_code", "town_code", "county_code", "geometry"]
    rows = rows[keep].reset_index(drop=True).assign(at=lambda f: np.arange(len(f)))
    rows["area_m2"] = areas(rows).to_numpy() if len(rows) else np.zeros(0)
    fit = rows["area_m2"].to_numpy() >= min_patch_m2
    for name in ("farmland", "redline", "reserve"):
        if zone.has(name) and len(zone.layer(name)) and len(rows):
            layer = zone.layer(name)[["geometry"]].assign(row=lambda f: np.arange(len(f)))
            met = overlay(rows[["at", "geometry"]], layer, left_id="at", right_id="row")
            fit &= np.bincount(met["at"], weights=met["area_m2"], minlength=len(rows)) <= tolerance_m2
    return rows[fit].drop(columns="at").reset_index(drop=True)


def village_places(
    hamlets: gpd.GeoDataFrame, hosts: Collection[str], land: gpd.GeoDataFrame, *, reach_m: float
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Places at the hamlets ``hosts``, each with the building land of its own village nearest to it within reach_m.

    Returns places with PLACE_COLUMNS and geometry (the hamlet), and sites: place_id, parcel_id, area_m2.
    """
    import geopandas as gpd
    import pandas as pd

    there = hamlets[hamlets["hamlet_id"].isin(set(hosts))].reset_index(drop=True)
    sites = pd.DataFrame({"place_id": np.zeros(0, dtype=object), "parcel_id": [], "area_m2": np.zeros(0)})
    if len(there) and len(land):
        a, b = shapely.STRtree(there.geometry.to_numpy()).query(
            land.geometry.to_numpy(), predicate="dwithin", distance=reach_m + MILLIMETRE
        )
        same = land["village_code"].astype(str).str[:12].to_numpy()[a] == there["village_code"].to_numpy()[b]
        a, b = a[same], b[same]
        apart = shapely.distance(land.geometry.to_numpy()[a], there.geometry.to_numpy()[b])
        pairs = pd.DataFrame({
            "parcel_id": land["parcel_id"].to_numpy()[a], "place_id": there["hamlet_id"].to_numpy()[b],
            "area_m2": land["area_m2"].to_numpy()[a], "apart": np.round(apart, 3),
        })  # fmt: skip
        pairs = pairs.sort_values(["apart", "place_id"]).drop_duplicates("parcel_id")
        sites = pairs.sort_values(["place_id", "parcel_id"])[["place_id", "parcel_id", "area_m2"]].reset_index(
            drop=True
        )
    build = sites.groupby("place_id")["area_m2"].sum() if len(sites) else pd.Series(dtype=float)
    places = there.assign(
        place_id=there["hamlet_id"], host_id=there["hamlet_id"], kind="village",
        build_m2=there["hamlet_id"].map(build).fillna(0.0).astype(float),
    )  # fmt: skip
    return gpd.GeoDataFrame(places[[*PLACE_COLUMNS, "geometry"]], crs=hamlets.crs), sites


def town_places(
    zone: Zone, land: gpd.GeoDataFrame, *, taken: Collection[str] = ()
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Places in town: each part of the growth boundary that holds town land (201, 202), by township.

    land: building land; parcels ``taken`` already serve a village place. A parcel belongs to the part that its inner
    point lies in. Returns the same two tables as ``village_places``; without the boundary layer both are empty.
    """
    import geopandas as gpd
    import pandas as pd

    parcels = zone.layer("parcels")
    empty = gpd.GeoDataFrame({c: [] for c in PLACE_COLUMNS}, geometry=[], crs=parcels.crs)
    none = pd.DataFrame({"place_id": np.zeros(0, dtype=object), "parcel_id": [], "area_m2": np.zeros(0)})
    if not zone.has("boundary") or not len(zone.layer("boundary")) or "settlement_code" not in parcels.columns:
        return empty, none
    shapes = np.array(
        [part for g in zone.layer("boundary").geometry.to_numpy() for part in shapely.get_parts(g)], dtype=object
    )
    mark = parcels["settlement_code"].fillna("").astype(str).str.strip()
    town = parcels[mark.isin(TOWN_MARKS).to_numpy()]
    a, b = _inside(town.geometry.to_numpy(), shapes)
    owned = pd.DataFrame({
        "part": b, "town_code": town["town_code"].to_numpy()[a], "county_code": town["county_code"].to_numpy()[a],
        "area_m2": areas(town).to_numpy()[a] if len(town) else np.zeros(0), "at": a,
    })  # fmt: skip
    if not len(owned):
        return empty, none
    sums = owned.groupby(["town_code", "part", "county_code"], as_index=False)["area_m2"].sum()
    sums = sums.sort_values(["town_code", "area_m2", "part"], ascending=[True, False, True]).reset_index(drop=True)
    sums["place_id"] = sums["town_code"] + "-T" + (sums.groupby("town_code").cumcount() + 1).astype(str).str.zfill(2)
    # The place is where the largest parcel of the town lies.
    owned = owned.sort_values(["area_m2", "at"], ascending=[False, True]).drop_duplicates(["town_code", "part"])
    seat = sums.merge(owned[["town_code", "part", "at"]], on=["town_code", "part"])
    points = shapely.get_coordinates(shapely.point_on_surface(town.geometry.to_numpy()[seat["at"].to_numpy()]))
    free = land[~land["parcel_id"].isin(set(taken))].reset_index(drop=True)
    a, b = _inside(free.geometry.to_numpy(), shapes)
    found = pd.DataFrame({
        "parcel_id": free["parcel_id"].to_numpy()[a], "part": b, "town_code": free["town_code"].to_numpy()[a],
        "area_m2": free["area_m2"].to_numpy()[a],
    })  # fmt: skip
    found = found.merge(sums[["place_id", "part", "town_code"]], on=["part", "town_code"]).drop_duplicates("parcel_id")
    sites = found.sort_values(["place_id", "parcel_id"])[["place_id", "parcel_id", "area_m2"]].reset_index(drop=True)
    names = _town_names(zone)
    build = sites.groupby("place_id")["area_m2"].sum() if len(sites) else pd.Series(dtype=float)
    places = seat.assign(
        kind="town", host_id="", village_code="", village_name=[names.get(c, c) for c in seat["town_code"]],
        build_m2=seat["place_id"].map(build).fillna(0.0).astype(float), east=points[:, 0], north=points[:, 1],
    )  # fmt: skip
    at = shapes[seat["part"].to_numpy()]
    return gpd.GeoDataFrame(places[list(PLACE_COLUMNS)], geometry=at, crs=parcels.crs), sites


def _inside(shapes: Any, covers: Any) -> tuple[Any, Any]:
    """Pairs (shape, cover) where the shape's inner point lies in the cover."""
    if not len(shapes) or not len(covers):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    a, b = shapely.STRtree(covers).query(shapely.point_on_surface(shapes), predicate="intersects")
    order = np.argsort(a, kind="stable")
    a, b = a[order], b[order]
    first = np.concatenate([[True], a[1:] != a[:-1]]) if len(a) else np.zeros(0, dtype=bool)
    return a[first], b[first]


def _town_names(zone: Zone) -> dict[str, str]:
    if not zone.has("towns"):
        return {}
    towns = zone.layer("towns")
    return dict(zip(towns["unit_code"].astype(str).str[:9], towns["unit_name"].astype(str), strict=True))
