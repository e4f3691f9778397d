"""Coordinate systems of the house: CGCS2000, 3° zone 40 (EPSG:4528, eastings with the zone number) inside.

The whole zone (120.35–121.3°E) lies in 3° zone 40, central meridian 120°E. Other systems are brought to it
at the doors; nothing is guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd

HOUSE_EPSG = 4528
GEOGRAPHIC_EPSG = 4490
CENTRAL_MERIDIAN_DEG = 120.0
FALSE_EASTING_M = 40_500_000.0
# A generous frame around the three counties in degrees: west, south, east, north.
ZONE_FRAME_DEG = (119.9, 30.3, 121.8, 31.8)


def to_house(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame in EPSG:4528 (a new one; the argument is untouched). Raises ValueError when it has no CRS."""
    if frame.crs is None:
        raise ValueError("the layer has no CRS")
    if frame.crs.to_epsg() == HOUSE_EPSG:
        return frame.copy()
    return frame.to_crs(HOUSE_EPSG)


def epsg_of(frame: gpd.GeoDataFrame) -> int:
    """EPSG code of the system that a layer is in, 0 when it has none. Raises ValueError when the layer has no CRS."""
    if frame.crs is None:
        raise ValueError("the layer has no CRS: neither areas nor lengths can be known")
    return int(frame.crs.to_epsg() or 0)


def to_degrees(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame in CGCS2000 longitude and latitude (EPSG:4490)."""
    return frame.to_crs(GEOGRAPHIC_EPSG)
