"""Permanent farmland as it would lie after a plan, for the right-hand side of the comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd


def farmland_after(
    farmland: gpd.GeoDataFrame, moved_out: gpd.GeoDataFrame, moved_in: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Farmland without the pieces moved out and with those moved in; to look at, not to measure.

    farmland: farmland_id, geometry; moved_out: farmland_id and exactly the part that leaves; moved_in: candidate_id,
    geometry; all in one CRS. Returns farmland_id (the candidate's id for land moved in), arrived (bool), geometry;
    RangeIndex. A parcel cut by a line keeps its remainder.
    """
    import geopandas as gpd
    import pandas as pd
    import shapely

    ids = farmland["farmland_id"].astype(str)
    gone = moved_out.assign(farmland_id=moved_out["farmland_id"].astype(str))
    leaves = ids.isin(gone["farmland_id"]).to_numpy()
    kept = gpd.GeoDataFrame({"farmland_id": ids[~leaves]}, geometry=farmland.geometry[~leaves], crs=farmland.crs)
    parents = farmland[leaves]
    parts = gone.groupby("farmland_id")["geometry"].agg(lambda g: shapely.union_all(g.to_numpy()))
    rest = shapely.difference(
        shapely.make_valid(parents.geometry.to_numpy()), parts.reindex(ids[leaves]).to_numpy(), grid_size=0.001
    )
    solid = ~shapely.is_empty(rest) & (shapely.get_dimensions(rest) == 2)
    remainder = gpd.GeoDataFrame({"farmland_id": ids[leaves][solid]}, geometry=rest[solid], crs=farmland.crs)
    arrived = gpd.GeoDataFrame(
        {"farmland_id": moved_in["candidate_id"].astype(str)}, geometry=moved_in.geometry, crs=farmland.crs
    )
    both = pd.concat([kept, remainder, arrived], ignore_index=True)
    both["arrived"] = np.arange(len(both)) >= len(kept) + len(remainder)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=farmland.crs)
