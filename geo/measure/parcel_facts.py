"""FACTS OF A PARCEL that decide whether it may come in, and what it is worth: overlaps, borders, outline.

The planner's candidates are judged by these figures. They depend on the parcel and on what touches it, on nothing else,
so they can be measured a part at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.geometry.ellipsoid import areas
from geo.geometry.topology import borders_between, perimeter_m
from geo.measure.overlay import overlay
from geo.standards.land import base_code

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd
    import pandas as pd

FACT_COLUMNS = (
    "parcel_id", "class_code", "grade", "slope_grade", "town_code", "county_code", "area_m2", "net_area_m2",
    "perimeter_m", "in_farmland_m2", "in_boundary_m2", "in_redline_m2", "border_farmland_m",
)  # fmt: skip


def cropland(parcels: gpd.GeoDataFrame, classes: Collection[str]) -> gpd.GeoDataFrame:
    """Parcels of the land classes given (base codes, such as 0101), in their order."""
    return parcels[parcels["class_code"].map(base_code).isin(classes)].reset_index(drop=True)


def parcel_facts(
    parcels: gpd.GeoDataFrame, *, farmland: gpd.GeoDataFrame, filled: gpd.GeoDataFrame, redline: gpd.GeoDataFrame
) -> pd.DataFrame:
    """One row a parcel, in their order, with FACT_COLUMNS: areas in m² on the ellipsoid, lengths in m.

    parcels: parcel_id, class_code, ridge_factor, grade, slope_grade, town_code, county_code, geometry; farmland:
    farmland_id; filled (the boundary with its holes filled) and redline: line_id. Overlaps are sums over the features;
    border_farmland_m is what the outline shares with permanent farmland. Layers need hold no more than what touches
    these parcels. Raises ValueError for layers in different systems.
    """
    import pandas as pd

    area = areas(parcels)
    out = pd.DataFrame({name: parcels[name].to_numpy() for name in FACT_COLUMNS[:6] if name in parcels.columns})
    out["area_m2"] = area
    out["net_area_m2"] = area * (1.0 - parcels["ridge_factor"].fillna(0.0).to_numpy(dtype=float))
    out["perimeter_m"] = perimeter_m(parcels).to_numpy() if len(parcels) else np.zeros(0)
    named = (("in_farmland_m2", farmland, "farmland_id"), ("in_boundary_m2", filled, "line_id"),
             ("in_redline_m2", redline, "line_id"))  # fmt: skip
    numbered = parcels[["geometry"]].assign(at=np.arange(len(parcels)))
    for name, layer, layer_id in named:
        out[name] = 0.0
        if len(layer) and len(parcels):
            met = overlay(numbered, layer[[layer_id, "geometry"]], left_id="at", right_id=layer_id)
            out[name] = np.bincount(met["at"], weights=met["area_m2"], minlength=len(parcels))
    out["border_farmland_m"] = _border(parcels, farmland)
    return out[list(FACT_COLUMNS)]


def _border(parcels: gpd.GeoDataFrame, farmland: gpd.GeoDataFrame) -> Any:
    if not len(parcels) or not len(farmland):
        return np.zeros(len(parcels))
    near = np.unique(shapely.STRtree(farmland.geometry.to_numpy()).query(parcels.geometry.to_numpy())[1])
    pairs = borders_between(parcels, farmland.iloc[near].reset_index(drop=True), a_id="parcel_id", b_id="farmland_id")
    sums = pairs.groupby("left")["border_m"].sum()
    return parcels["parcel_id"].map(sums).fillna(0.0).to_numpy(dtype=float)
