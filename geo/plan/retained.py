"""The permanent basic farmland that stays once the outgoing pieces have left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.geometry.ellipsoid import area_m2
from geo.geometry.repair import polygons_only, valid_polygons

if TYPE_CHECKING:
    import geopandas as gpd

NOISE_M2 = 1e-3


def retained_farmland(farmland: gpd.GeoDataFrame, outgoing: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Farmland (farmland_id, geometry) without the outgoing pieces (farmland_id, geometry); wholly gone rows dropped.

    Columns: farmland_id, geometry. Only parcels that lose something are cut; rows keep the order of the layer.
    """
    import geopandas as gpd

    ids = farmland["farmland_id"].to_numpy()
    geoms = farmland.geometry.to_numpy().copy()
    kept = np.ones(len(ids), dtype=bool)
    pieces = outgoing.groupby("farmland_id").indices
    place = {identifier: k for k, identifier in enumerate(ids)}
    out = outgoing.geometry.to_numpy()
    for identifier, rows in pieces.items():
        k = place.get(identifier)
        if k is None:
            continue
        gone = valid_polygons(out[rows])
        whole = valid_polygons(geoms[k : k + 1])[0]
        rest = polygons_only(np.array([shapely.difference(whole, shapely.union_all(gone))], dtype=object))
        left = float(area_m2(rest)[0]) if rest[0] is not None else 0.0
        kept[k] = left > NOISE_M2
        geoms[k] = rest[0]
    return gpd.GeoDataFrame({"farmland_id": ids[kept]}, geometry=list(geoms[kept]), crs=farmland.crs)
