"""The one area against numbers from elsewhere: the official text, pyproj.Geod, an equal-area projection."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from geo.geometry.ellipsoid import area_constants, area_m2, length_m, line_scale, scale_density, strip_area_m2

CGCS2000 = Geod(a=6378137.0, rf=298.257222101)


def random_polygons(count: int, *, smallest_m: float, largest_m: float, seed: int) -> np.ndarray:
    """Simple polygons of 6 to 13 corners anywhere in the zone, radius between the two limits."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        corners = int(rng.integers(6, 14))
        angle = (np.arange(corners) + rng.uniform(0, 0.8, corners)) * 2 * np.pi / corners
        radius = rng.uniform(0.4, 1, corners) * math.exp(rng.uniform(math.log(smallest_m), math.log(largest_m)))
        east, north = rng.uniform(40_533_000, 40_622_000), rng.uniform(3_400_000, 3_480_000)
        found.append(shapely.Polygon(np.c_[east + radius * np.cos(angle), north + radius * np.sin(angle)]))
    return np.array(found, dtype=object)


def geod_areas(polygons: np.ndarray, *, max_edge_m: float) -> np.ndarray:
    """Geodesic areas by pyproj after splitting the edges in the plane."""
    back = Transformer.from_crs(4528, 4490, always_xy=True)
    xy, owner = shapely.get_coordinates(shapely.segmentize(polygons, max_edge_m), return_index=True)
    lon, lat = back.transform(xy[:, 0], xy[:, 1])
    cuts = np.searchsorted(owner, np.arange(len(polygons) + 1))
    pairs = itertools.pairwise(cuts)
    return np.array([abs(CGCS2000.polygon_area_perimeter(lon[a:b], lat[a:b])[0]) for a, b in pairs])


def test_constants_of_the_official_text() -> None:
    # domain.md 3.1, confirmed with b = 6356752.31414 as survey software has it
    b2, a, b, c, d, e = area_constants()
    assert math.sqrt(b2) == pytest.approx(6356752.31414, abs=1e-5)
    assert a == pytest.approx(1.0033640898342, rel=1e-12)
    assert b == pytest.approx(0.00112418938194592, rel=1e-10)
    assert (c, d, e) == pytest.approx((1.69945947358e-6, 2.71785784571e-9, 4.35841900512e-12), rel=1e-10)


@pytest.mark.parametrize("area", [area_m2, strip_area_m2])
def test_box_of_the_reference(area) -> None:
    # domain.md 3.1: 0.01° × 0.01° at 121°E 31°N, formula 1,058,796.20841, exact band integral 1,058,796.20840
    box = shapely.box(121.0, 31.0, 121.01, 31.01)
    assert area([box], epsg=4490)[0] == pytest.approx(1_058_796.2084, abs=1e-4)


def test_box_of_the_reference_in_the_plane() -> None:
    # the same box with its sides densified and projected: the way a shapefile would hold it
    sides = shapely.segmentize(shapely.box(121.0, 31.0, 121.01, 31.01), 0.0001)
    ahead = Transformer.from_crs(4490, 4528, always_xy=True)
    plane = shapely.transform(sides, lambda p: np.column_stack(ahead.transform(p[:, 0], p[:, 1])))
    assert area_m2([plane])[0] == pytest.approx(1_058_796.2084, abs=1e-4)
    assert strip_area_m2([plane])[0] == pytest.approx(1_058_796.2084, abs=1e-4)


@pytest.mark.parametrize(
    ("side", "densified"),
    # domain.md 3.1, table: planar square rotated by 30° at E 40600000 N 3440000, edges split at 70 m
    [(25.82, 666.5023), (100, 9997.5336), (1000, 999_752.5439), (5000, 24_993_721.67), (20_000, 399_893_703.4)],
)
def test_rotated_squares(side: float, densified: float) -> None:
    turn = np.radians(30 + 90 * np.arange(4))
    corners = np.c_[40_600_000 + side / math.sqrt(2) * np.cos(turn), 3_440_000 + side / math.sqrt(2) * np.sin(turn)]
    # the table rounds the side of one 亩 to 25.82 m; its planar area is 666.6667
    scale = 666.6667 / 25.82**2 if side < 30 else 1.0
    square = [shapely.Polygon(corners)]
    decimals = 0.5 * 10.0 ** -(len(str(densified).split(".")[1]))
    # the table's square may sit on its corner or its middle; a side's length away the scale differs by 5e-9 a metre
    slack = decimals * 2 + densified * side * 2.6e-9
    assert strip_area_m2(square)[0] * scale == pytest.approx(densified, abs=slack)
    assert area_m2(square)[0] * scale == pytest.approx(densified, abs=slack)


def test_ten_thousand_polygons_agree_with_geod() -> None:
    # From about 30 ha up: below, the rounding of Geod itself (3e-4 m² a polygon) is more than 1e-9.
    polygons = random_polygons(10_000, smallest_m=700, largest_m=1500, seed=20231)
    ours = area_m2(polygons)
    assert np.abs(geod_areas(polygons, max_edge_m=50) / ours - 1).max() < 1e-9


def test_parcels_agree_with_geod_to_its_own_noise() -> None:
    polygons = random_polygons(2_000, smallest_m=15, largest_m=300, seed=20232)
    off = geod_areas(polygons, max_edge_m=20) - area_m2(polygons)
    assert np.abs(off).max() < 1e-3
    # noise, not bias: it goes away in the mean
    assert abs(off.mean()) < 2e-5


def test_parcels_agree_with_an_equal_area_projection() -> None:
    # A cylindrical equal-area map of the ellipsoid (PROJ's cea): exact for curved edges, so finely densified ones.
    polygons = random_polygons(400, smallest_m=15, largest_m=300, seed=20233)
    ours = area_m2(polygons)
    ahead = Transformer.from_crs(4528, "+proj=cea +lon_0=120.8 +lat_ts=31 +ellps=GRS80 +units=m", always_xy=True)
    fine = shapely.segmentize(polygons, 1.0)
    east, north = ahead.transform(*shapely.get_coordinates(fine).T)
    there = shapely.set_coordinates(fine, np.c_[east - east.mean(), north - north.mean()])
    assert np.abs(shapely.area(there) / ours - 1).max() < 2e-9


def test_strips_go_to_the_integral_as_edges_get_shorter() -> None:
    # docs/decisions/0001-area.md: what separates the two falls with the square of the length of the edges.
    polygons = random_polygons(500, smallest_m=40, largest_m=150, seed=20234)
    ours = area_m2(polygons)
    off = [np.abs(strip_area_m2(polygons, max_edge_m=edge) - ours).max() for edge in (16.0, 4.0, 1.0)]
    assert off[1] < off[0] / 10
    assert off[2] < off[1] / 10
    assert np.abs(strip_area_m2(polygons, max_edge_m=1.0) / ours - 1).max() < 1e-9


def test_density_is_the_inverse_square_of_projs_scale() -> None:
    from pyproj import Proj

    east, north = np.meshgrid(np.linspace(40_300_000, 40_700_000, 9), np.linspace(3_260_000, 3_640_000, 9))
    lon, lat = Transformer.from_crs(4528, 4490, always_xy=True).transform(east.ravel(), north.ravel())
    scale = Proj(4528).get_factors(lon, lat).areal_scale
    ours = scale_density(north.ravel(), east.ravel() - 40_500_000.0)
    # PROJ differentiates numerically, good to about 1e-9
    assert np.abs(ours * scale - 1).max() < 1e-8


def test_lengths_agree_with_geod() -> None:
    rng = np.random.default_rng(5)
    start = np.c_[rng.uniform(40_533_000, 40_622_000, 300), rng.uniform(3_400_000, 3_480_000, 300)]
    turn, size = rng.uniform(0, 2 * np.pi, 300), rng.uniform(1, 5000, 300)
    lines = shapely.linestrings(np.stack([start, start + np.c_[np.cos(turn), np.sin(turn)] * size[:, None]], axis=1))
    lon, lat = Transformer.from_crs(4528, 4490, always_xy=True).transform(*shapely.get_coordinates(lines).T)
    geodesic = CGCS2000.inv(lon[0::2], lat[0::2], lon[1::2], lat[1::2])[2]
    assert np.abs(length_m(lines) / geodesic - 1).max() < 3e-7
    assert line_scale(np.array([40_500_000.0]))[0] == 1.0
