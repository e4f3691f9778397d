"""Shared borders: matched vertices, T-junctions, holes, corners, overlaps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.geometry.ellipsoid import length_m
from geo.geometry.topology import borders_between, lone_edges, perimeter_m, segments, shared_borders

EAST, NORTH = 40_585_000.0, 3_430_000.0


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def frame(*geoms: shapely.Geometry | None, prefix: str = "p") -> gpd.GeoDataFrame:
    ids = [f"{prefix}{k}" for k in range(len(geoms))]
    return gpd.GeoDataFrame({"id": ids}, geometry=list(geoms), crs=4528)


def told(borders) -> dict[tuple[str, str], float]:
    return {(a, b): size for a, b, size in borders.itertuples(index=False)}


def ground(metres: float) -> float:
    """Ground length of so many metres on the map, here."""
    return float(length_m([shapely.LineString([(EAST, NORTH), (EAST + metres, NORTH)])])[0])


def test_neighbours_with_common_vertices() -> None:
    found = told(shared_borders(frame(box(0, 0, 10, 10), box(10, 0, 20, 10), box(20, 10, 30, 20)), id_column="id"))
    # the third touches the second in a corner only
    assert found == {("p0", "p1"): pytest.approx(ground(10), rel=1e-6)}


def test_a_corner_in_the_middle_of_an_edge() -> None:
    found = told(shared_borders(frame(box(0, 0, 10, 30), box(10, 0, 20, 12), box(10, 12, 20, 40)), id_column="id"))
    assert found == {
        ("p0", "p1"): pytest.approx(ground(12), rel=1e-6),
        ("p0", "p2"): pytest.approx(ground(18), rel=1e-6),
        ("p1", "p2"): pytest.approx(ground(10), rel=1e-6),
    }


def test_a_slanting_edge_with_a_corner_told_to_the_millimetre() -> None:
    a, b = np.array([EAST, NORTH]), np.array([EAST + 70.123, NORTH + 31.777])
    middle = np.round(a + 0.377 * (b - a), 3)
    up, down = np.array([0.0, 50.0]), np.array([0.0, -40.0])
    upper = shapely.Polygon([a, b, b + up, a + up])
    left = shapely.Polygon([a, a + down, middle + down, middle])
    right = shapely.Polygon([middle, middle + down, b + down, b])
    found = told(shared_borders(frame(upper, left, right), id_column="id"))
    assert set(found) == {("p0", "p1"), ("p0", "p2"), ("p1", "p2")}
    whole = ground(float(np.hypot(*(b - a))))
    assert found["p0", "p1"] + found["p0", "p2"] == pytest.approx(whole, abs=2e-3)
    assert found["p0", "p1"] == pytest.approx(0.377 * whole, abs=2e-3)


def test_parallel_edges_a_centimetre_apart_are_no_border() -> None:
    assert shared_borders(frame(box(0, 0, 10, 10), box(10.01, 0, 20, 10)), id_column="id").empty


def test_a_pond_in_a_field_and_two_stretches() -> None:
    field = box(0, 0, 40, 40) - box(10, 10, 20, 20)
    comb = shapely.union_all([box(40, 0, 50, 10), box(45, 0, 50, 40), box(40, 30, 50, 40)])
    found = told(shared_borders(frame(field, box(10, 10, 20, 20), comb), id_column="id"))
    assert found[("p0", "p1")] == pytest.approx(ground(40), rel=1e-6)
    assert found[("p0", "p2")] == pytest.approx(ground(20), rel=1e-6)


def test_multipolygons_and_missing_ones() -> None:
    both = shapely.MultiPolygon([box(0, 0, 10, 10), box(20, 0, 30, 10)])
    found = told(shared_borders(frame(both, box(10, 0, 20, 10), None, shapely.Polygon()), id_column="id"))
    assert found == {("p0", "p1"): pytest.approx(ground(20), rel=1e-6)}
    assert shared_borders(frame(), id_column="id").empty
    assert shared_borders(frame(None), id_column="id").empty


def test_borders_between_two_layers() -> None:
    fields = frame(box(0, 0, 10, 10), box(100, 0, 110, 10))
    built = frame(box(10, 0, 20, 4), box(10, 4, 20, 20), box(0, 10, 10, 20), box(-5, -5, 0, 0), prefix="b")
    found = told(borders_between(fields, built, a_id="id", b_id="id"))
    assert found == {
        ("p0", "b0"): pytest.approx(ground(4), rel=1e-6),
        ("p0", "b1"): pytest.approx(ground(6), rel=1e-6),
        ("p0", "b2"): pytest.approx(ground(10), rel=1e-6),
    }
    turned = told(borders_between(built, fields, a_id="id", b_id="id"))
    assert turned == {(b, a): pytest.approx(size) for (a, b), size in found.items()}
    assert borders_between(fields.iloc[:0], built, a_id="id", b_id="id").empty
    with pytest.raises(ValueError, match="same coordinate system"):
        borders_between(fields, built.to_crs(4549), a_id="id", b_id="id")


def test_borders_are_the_same_in_both_systems() -> None:
    layer = frame(box(0, 0, 10, 10), box(10, 0, 20, 10))
    moved = layer.to_crs(4549)
    one, other = shared_borders(layer, id_column="id"), shared_borders(moved, id_column="id")
    assert one["border_m"].tolist() == pytest.approx(other["border_m"].tolist(), rel=1e-9)
    with pytest.raises(ValueError, match="EPSG"):
        shared_borders(layer.to_crs(4490), id_column="id")
    with pytest.raises(ValueError, match="no CRS"):
        shared_borders(layer.set_crs(None, allow_override=True), id_column="id")


def test_perimeter_counts_all_rings() -> None:
    layer = frame(box(0, 0, 40, 40) - box(10, 10, 20, 20), box(0, 0, 1, 1))
    assert perimeter_m(layer).tolist() == pytest.approx([ground(200), ground(4)], rel=1e-6)
    assert perimeter_m(layer).name == "perimeter_m"


def test_edges_that_stand_alone() -> None:
    tiles = [box(0, 0, 10, 10), box(10, 0, 20, 10)]
    for order in (tiles, [shapely.reverse(tiles[0]), tiles[1]]):
        edges = segments(np.array(order, dtype=object))
        assert lone_edges(edges).sum() == 6
    # the same polygon twice: borders on the same side are no borders
    assert lone_edges(segments(np.array([tiles[0], tiles[0]], dtype=object))).all()
    assert len(lone_edges(segments(np.array([], dtype=object)))) == 0
