"""HAMLETS (居民点): village land of the survey joined across small gaps, and what of it would come free.

Village land is what the survey marks 203 (村庄), and rural house lots (0702) that carry no mark; lots inside a town
(201, 202) and detached works (203A) are not hamlets. A hamlet never crosses the border of its village.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.geometry.ellipsoid import areas
from geo.measure.clusters import block_labels
from geo.standards.land import base_code

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd

HOUSE_LOT = "0702"
VILLAGE, TOWNS = "203", ("201", "202")
HAMLET_COLUMNS = (
    "hamlet_id", "village_code", "village_name", "town_code", "county_code", "parcels", "land_m2", "lot_m2",
    "freed_m2", "stays_m2", "east", "north",
)  # fmt: skip


def village_land(parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The parcels of villages: settlement code 203, or class 0702 without a code; rows and columns as they are.

    Uses class_code and, where the layer has it, settlement_code.
    """
    lots = parcels["class_code"].map(base_code).eq(HOUSE_LOT).to_numpy()
    if "settlement_code" not in parcels.columns:
        return parcels[lots]
    mark = parcels["settlement_code"].fillna("").astype(str).str.strip()
    return parcels[(mark.eq(VILLAGE) | (lots & mark.eq(""))).to_numpy()]


def lots_in_town(parcels: gpd.GeoDataFrame) -> int:
    """How many rural house lots (0702) the survey places inside a town."""
    if "settlement_code" not in parcels.columns:
        return 0
    mark = parcels["settlement_code"].fillna("").astype(str).str.strip()
    return int((parcels["class_code"].map(base_code).eq(HOUSE_LOT) & mark.isin(TOWNS)).sum())


def hamlets(
    parcels: gpd.GeoDataFrame, *, gap_m: float, reclaimed: Collection[str]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The hamlets of a parcel layer, and their parcels.

    gap_m: widest gap inside one hamlet; reclaimed: base class codes that would come free when the hamlet moves.
    Returns hamlets with HAMLET_COLUMNS and geometry (the union), ordered by hamlet_id (village code and a number by
    place, north to south), areas in m² on the ellipsoid: land_m2 all parcels, lot_m2 class 0702, freed_m2 classes
    ``reclaimed``, stays_m2 the rest; east and north a point on the hamlet. And parcels: parcel_id, hamlet_id,
    class_code, freed (flag), area_m2, geometry. Land without a single house lot is no hamlet.
    """
    import geopandas as gpd
    import pandas as pd

    land = village_land(parcels).reset_index(drop=True)
    own = land[["parcel_id", "class_code", "village_name", "town_code", "county_code", "geometry"]].copy()
    own["village"] = land["village_code"].astype(str).str[:12]
    own["base"] = own["class_code"].map(base_code)
    own["area_m2"] = areas(land).to_numpy() if len(land) else np.zeros(0)
    own["block"] = _blocks(own, gap_m)
    lots = own["base"].eq(HOUSE_LOT)
    own = own[own["block"].isin(set(own.loc[lots, "block"]))].reset_index(drop=True)
    own["lot"] = np.where(own["base"].eq(HOUSE_LOT), own["area_m2"], 0.0)
    own["freed"] = own["base"].isin(set(reclaimed)).to_numpy(dtype=bool)
    own["freed_m2"] = np.where(own["freed"], own["area_m2"], 0.0)
    rows = own.groupby("block", sort=True).agg(
        village_code=("village", "first"), village_name=("village_name", "first"), town_code=("town_code", "first"),
        county_code=("county_code", "first"), parcels=("area_m2", "size"), land_m2=("area_m2", "sum"),
        lot_m2=("lot", "sum"), freed_m2=("freed_m2", "sum"),
    )  # fmt: skip
    shapes = own.groupby("block", sort=True)["geometry"].agg(lambda g: shapely.union_all(_valid(g.to_numpy())))
    points = shapely.get_coordinates(shapely.point_on_surface(shapes.to_numpy())) if len(rows) else np.zeros((0, 2))
    rows = rows.assign(stays_m2=rows["land_m2"] - rows["freed_m2"], east=points[:, 0], north=points[:, 1])
    rows["geometry"] = shapes
    rows = rows.reset_index().sort_values(["village_code", "north", "east"], ascending=[True, False, True])
    number = rows.groupby("village_code").cumcount() + 1
    rows["hamlet_id"] = rows["village_code"] + "-" + number.astype(str).str.zfill(3)
    named = rows.set_index("block")["hamlet_id"]
    frame = gpd.GeoDataFrame(rows[[*HAMLET_COLUMNS, "geometry"]].reset_index(drop=True), crs=parcels.crs)
    members = own.assign(hamlet_id=own["block"].map(named))
    members = members[["parcel_id", "hamlet_id", "class_code", "freed", "area_m2", "geometry"]]
    return frame, gpd.GeoDataFrame(pd.DataFrame(members), geometry="geometry", crs=parcels.crs)


def _blocks(own: Any, gap_m: float) -> Any:
    """A number for each cluster within one village; different villages never share one."""
    import pandas as pd

    if not len(own):
        return np.zeros(0, dtype=int)
    near = np.zeros(len(own), dtype=np.int64)
    for rows in own.groupby("village", sort=True).indices.values():
        near[rows] = block_labels(own.geometry.to_numpy()[rows], gap_m=gap_m)
    return pd.factorize(pd.Series(own["village"].to_numpy() + "#" + near.astype(str)))[0]


def _valid(geometries: Any) -> Any:
    from geo.geometry.repair import valid_polygons

    return valid_polygons(geometries)
