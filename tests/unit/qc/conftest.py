"""A village without a fault: four parcels that cover their land, farmland, a township, a village."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.geometry.ellipsoid import area_m2
from geo.zone import Zone

EAST, NORTH = 40_585_000.0, 3_430_000.0
VILLAGE = "310118104201"


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


@pytest.fixture(scope="session")
def at():
    return box


def booked(geoms: list[shapely.Geometry], factor: list[float]) -> dict[str, list[float]]:
    """Areas as the survey books them: to two decimals."""
    area = [round(float(v), 2) for v in area_m2(np.array(geoms, dtype=object))]
    ridge = [round(a * f, 2) for a, f in zip(area, factor, strict=True)]
    net = [round(a - r, 2) for a, r in zip(area, ridge, strict=True)]
    return {"area_m2": area, "ridge_factor": factor, "ridge_area_m2": ridge, "net_area_m2": net}


@pytest.fixture(scope="session")
def book():
    return booked


@pytest.fixture
def sound() -> Zone:
    """Rows of the parcels: paddy on the flat, a terrace of slope 2, a rural road, houses."""
    import pandas as pd

    tiles = [box(0, 0, 60, 50), box(60, 0, 120, 50), box(0, 50, 120, 55), box(0, 55, 120, 100)]
    parcels = gpd.GeoDataFrame(
        {
            "parcel_id": [f"31011810010000000{k}" for k in range(4)],
            "parcel_no": ["0001", "0002", "0003", "0004"],
            "class_code": ["0101", "0103", "1006", "0702"],
            **booked(tiles, [0.0, 0.08, 0.0, 0.0]),
            "deduct_code": ["", "1203", "", ""],
            "terrace_kind": ["", "TT", "", ""],
            "slope_grade": pd.array([1, 2, None, None], dtype="Int64"),
            "grade": pd.array([5, 8, None, None], dtype="Int64"),
            "line_width_m": [np.nan, np.nan, 5.0, np.nan],
            "refine_code": ["", "HDGD", "", ""],
            "crop_code": ["LS", "LYFL", "", ""],
            "settlement_code": ["", "", "", "203"],
            "village_code": [VILLAGE] * 4,
            "town_code": [VILLAGE[:9]] * 4,
            "county_code": [VILLAGE[:6]] * 4,
        },
        geometry=tiles,
        crs=4528,
    )
    farmland = parcels.iloc[[0, 1]].drop(columns=["line_width_m", "settlement_code"])
    farmland = farmland.rename(columns={"parcel_id": "farmland_id"}).reset_index(drop=True)
    unit = {"geometry": [box(0, 0, 120, 100)], "crs": 4528}
    towns = gpd.GeoDataFrame({"unit_id": ["4001"], "unit_code": [VILLAGE[:9]]}, **unit)
    villages = gpd.GeoDataFrame({"unit_id": ["4002"], "unit_code": [VILLAGE]}, **unit)
    layers = {"parcels": parcels, "farmland": farmland, "towns": towns, "villages": villages}
    return Zone("t", "村", "village", 2023, layers)
