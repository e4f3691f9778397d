"""A village of squares: fields, a street of houses, a boundary with a hole, three red lines. Small enough to reckon."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.geometry.ellipsoid import area_m2
from geo.zone import Zone

EAST, NORTH = 40_585_000.0, 3_430_000.0


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box told in metres from the village's corner."""
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


@pytest.fixture(scope="session")
def at() -> Callable[..., shapely.Polygon]:
    return box


def layer(name: str, geoms: list[shapely.Geometry], **columns: object) -> gpd.GeoDataFrame:
    """A layer with ids name0, name1, …"""
    ids = [f"{name[0]}{k}" for k in range(len(geoms))]
    return gpd.GeoDataFrame({f"{name}_id": ids, **columns}, geometry=list(geoms), crs=4528)


@pytest.fixture(scope="session")
def make_layer() -> Callable[..., gpd.GeoDataFrame]:
    return layer


def land(geoms: list[shapely.Geometry], codes: list[str], name: str = "parcel") -> gpd.GeoDataFrame:
    """Parcels (or farmland) with areas as the survey would book them."""
    size = area_m2(np.array(geoms, dtype=object))
    ridge = np.where(np.arange(len(geoms)) % 2 == 0, 0.05, 0.0)
    village = ["310118104201" if g.centroid.x < EAST + 500 else "330421103201" for g in geoms]
    return layer(
        name, geoms, class_code=codes, area_m2=size, ridge_factor=ridge, net_area_m2=size * (1 - ridge),
        grade=[5] * len(geoms), slope_grade=[1] * len(geoms), village_code=village,
        town_code=[v[:9] for v in village], county_code=[v[:6] for v in village],
    )  # fmt: skip


@pytest.fixture(scope="session")
def make_land() -> Callable[..., gpd.GeoDataFrame]:
    return land


@pytest.fixture
def village() -> Zone:
    """Farmland f0…f7 (see the comments), urban boundary b0 with a hole and b1 特别用途区, red lines r0, r1, r2."""
    fields = [
        box(100, 100, 140, 140),  # f0 wholly inside the boundary, alone: 1,600 m²
        box(200, 100, 230, 130),  # f1 in the hole of the boundary: 900 m²
        box(290, 100, 330, 130),  # f2 cut by the edge at 300: 300 m² inside, 900 outside
        box(400, 100, 420, 140),  # f3 and f4: one block across a 6 m ditch, outside all lines
        box(426, 100, 446, 140),
        box(600, 100, 640, 140),  # f5 inside the core red line
        box(700, 100, 900, 300),  # f6 large, cut by the general red line: never small
        box(640, 160, 680, 190),  # f7 in the redline outside reserves, and in 特别用途区
    ]
    boundary = [box(50, 50, 300, 200) - box(190, 90, 240, 140), box(650, 150, 690, 200)]
    red = [box(590, 90, 650, 150), box(700, 90, 720, 310), box(630, 155, 690, 195)]
    houses = [box(140, 100, 160, 140), box(100, 140, 140, 160), box(60, 100, 100, 140)]
    rest = [box(100, 80, 140, 100)]
    layers = {
        "farmland": land(fields, ["0101", "0102"] * 4, "farmland"),
        "parcels": land(fields + houses + rest, ["0101", "0102"] * 4 + ["0702"] * 3 + ["1101"]),
        "boundary": layer("boundary", boundary, zone_name=["城镇集中建设区", "特别用途区"]),
        "redline": layer("redline", red, control_zone=["核心保护区", "一般控制区", ""]),
        "highstandard": layer("project", [box(90, 90, 125, 150)]),
    }
    return Zone("t", "村", "village", 2023, layers)
