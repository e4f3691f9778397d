"""Area does not depend on how a polygon is written down, and adds up however it is split."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.geometry.ellipsoid import area_m2, balance_to, strip_area_m2


@st.composite
def polygons(draw: st.DrawFn) -> shapely.Polygon:
    """A simple polygon of 3 to 12 corners somewhere in the zone, 5 m to 5 km across."""
    corners = draw(st.integers(3, 12))
    size = draw(st.floats(5, 5000))
    east, north = draw(st.floats(40_533_000, 40_622_000)), draw(st.floats(3_400_000, 3_480_000))
    wobble = draw(st.lists(st.floats(0.05, 0.6), min_size=corners, max_size=corners))
    radius = draw(st.lists(st.floats(0.3, 1.0), min_size=corners, max_size=corners))
    angle = (np.arange(corners) + np.array(wobble)) * 2 * np.pi / corners
    reach = np.array(radius) * size
    return shapely.Polygon(np.c_[east + reach * np.cos(angle), north + reach * np.sin(angle)])


@given(polygons(), st.integers(0, 11))
def test_start_vertex_and_direction_do_not_matter(polygon: shapely.Polygon, start: int) -> None:
    ring = shapely.get_coordinates(polygon)[:-1]
    turned = np.roll(ring, -(start % len(ring)), axis=0)
    same = [polygon, shapely.Polygon(turned), shapely.Polygon(turned[::-1])]
    for area in (area_m2, strip_area_m2):
        sizes = area(same)
        assert np.ptp(sizes) <= 1e-9 + 1e-11 * sizes[0]


@given(polygons(), st.floats(0.05, 0.95), st.booleans())
def test_splitting_adds_up(polygon: shapely.Polygon, share: float, upright: bool) -> None:
    west, south, east, north = polygon.bounds
    if upright:
        halves = [
            (west, south, west + share * (east - west), north),
            (west + share * (east - west), south, east, north),
        ]
    else:
        halves = [
            (west, south, east, south + share * (north - south)),
            (west, south + share * (north - south), east, north),
        ]
    parts = [polygon.intersection(shapely.box(*half)) for half in halves]
    whole = area_m2([polygon])[0]
    assert area_m2(parts).sum() == pytest.approx(whole, abs=1e-6, rel=1e-9)


@given(polygons())
def test_more_vertices_on_the_edges_change_nothing(polygon: shapely.Polygon) -> None:
    fine = shapely.segmentize(polygon, 7.3)
    assert area_m2([fine])[0] == pytest.approx(area_m2([polygon])[0], abs=1e-6, rel=1e-9)


@given(polygons(), st.floats(0.1, 0.9))
def test_holes_are_taken_away(polygon: shapely.Polygon, scale: float) -> None:
    from shapely.affinity import scale as shrink

    middle = shapely.point_on_surface(polygon)
    hole = shrink(polygon, scale / 10, scale / 10, origin=middle)
    if not polygon.contains_properly(hole):
        return
    ring = shapely.Polygon(polygon.exterior, [hole.exterior])
    assert area_m2([ring])[0] == pytest.approx(area_m2([polygon])[0] - area_m2([hole])[0], abs=1e-6, rel=1e-10)
    both = shapely.MultiPolygon([ring, hole])
    assert area_m2([both])[0] == pytest.approx(area_m2([polygon])[0], abs=1e-6, rel=1e-10)


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=200))
def test_balanced_parts_add_up_to_the_rounded_total(parts: list[float]) -> None:
    total = float(np.sum(parts))
    rounded = balance_to(total, np.array(parts))
    assert round(float(rounded.sum()), 2) == pytest.approx(np.floor(total * 100 + 0.5) / 100, abs=1e-6)
    assert np.abs(rounded - np.array(parts)).max() <= 0.0101
