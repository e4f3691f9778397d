"""The one area: kinds of geometry, systems, refusals, balancing to a total."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.geometry.ellipsoid import area_m2, areas, balance_to, length_m, strip_area_m2

FIELD = shapely.box(40_585_000, 3_430_000, 40_585_100, 3_430_080)


def test_kinds_without_surface_have_none() -> None:
    geoms = [None, shapely.Polygon(), shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 1)]), FIELD]
    assert area_m2(geoms)[:4].tolist() == [0, 0, 0, 0]
    assert area_m2(geoms)[4] > 0
    assert area_m2([]).tolist() == []
    assert strip_area_m2([None]).tolist() == [0]


def test_multipolygons_and_holes() -> None:
    hole = shapely.box(40_585_010, 3_430_010, 40_585_020, 3_430_020)
    apart = shapely.box(40_586_000, 3_430_000, 40_586_010, 3_430_010)
    ring = FIELD - hole
    many = shapely.MultiPolygon([ring, apart])
    a = {name: area_m2([g])[0] for name, g in {"f": FIELD, "h": hole, "a": apart, "r": ring, "m": many}.items()}
    assert a["r"] == pytest.approx(a["f"] - a["h"], abs=1e-7)
    assert a["m"] == pytest.approx(a["r"] + a["a"], abs=1e-7)


def test_the_two_planar_systems_are_the_same_place() -> None:
    there = shapely.transform(FIELD, lambda p: p - np.array([40_000_000.0, 0.0]))
    assert area_m2([there], epsg=4549)[0] == pytest.approx(area_m2([FIELD])[0], rel=1e-12)
    assert length_m([there], epsg=4549)[0] == pytest.approx(length_m([FIELD])[0], rel=1e-12)


def test_outside_the_range_of_the_fit_strips_are_used() -> None:
    far = shapely.transform(FIELD, lambda p: p + np.array([0.0, 400_000.0]))
    fine = strip_area_m2([far], max_edge_m=0.5)[0]
    assert area_m2([far])[0] == pytest.approx(fine, rel=2e-8)
    # no jump at the border of the range
    edge = shapely.box(40_585_000, 3_649_900, 40_585_100, 3_649_999)
    beyond = shapely.transform(edge, lambda p: p + np.array([0.0, 2.0]))
    assert area_m2([beyond])[0] == pytest.approx(area_m2([edge])[0], rel=1e-7)


@pytest.mark.parametrize("function", [area_m2, strip_area_m2])
def test_other_systems_and_numbers_are_refused(function) -> None:
    with pytest.raises(ValueError, match="EPSG:3857"):
        function([FIELD], epsg=3857)
    with np.errstate(invalid="ignore"):
        broken = shapely.Polygon([(0, 0), (1, float("nan")), (1, 1), (0, 1)])
    with pytest.raises(ValueError, match="finite"):
        function([broken])


def test_lengths() -> None:
    with pytest.raises(ValueError, match="EPSG"):
        length_m([FIELD], epsg=4490)
    line = shapely.LineString([(40_500_000, 3_430_000), (40_500_000, 3_431_000)])
    assert length_m([line, None, shapely.LineString()]).tolist() == pytest.approx([1000, 0, 0], rel=1e-12)


def test_areas_of_a_frame() -> None:
    frame = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[FIELD, FIELD], crs=4528, index=[7, 3])
    got = areas(frame)
    assert got.name == "area_m2"
    assert got.index.tolist() == [7, 3]
    assert got.iloc[0] == area_m2([FIELD])[0]
    with pytest.raises(ValueError, match="CRS"):
        areas(frame.set_crs(None, allow_override=True))


def test_balancing_gives_the_missing_steps_to_the_largest_remainders() -> None:
    assert balance_to(1.0, np.array([0.333, 0.333, 0.334])).tolist() == [0.33, 0.33, 0.34]
    # a tie goes to the earlier row
    assert balance_to(0.03, np.array([0.005, 0.005, 0.02])).tolist() == [0.01, 0.0, 0.02]
    assert balance_to(0.0, np.array([])).tolist() == []
    with pytest.raises(ValueError, match="not a matter of rounding"):
        balance_to(10.0, np.array([1.0, 2.0]))
