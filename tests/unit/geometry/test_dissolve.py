"""Parcels to villages: coverages by their borders, what overlaps by overlay."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.geometry.dissolve import dissolve

EAST, NORTH = 40_585_000.0, 3_432_000.0


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def test_groups_in_order_with_their_land() -> None:
    cells = [box(10 * x, 10 * y, 10 * x + 10, 10 * y + 10) for x in range(6) for y in range(6)]
    frame = gpd.GeoDataFrame({"village": ["b", "a"] * 18}, geometry=cells, crs=4528)
    frame.loc[35, "village"] = None
    got = dissolve(frame, by="village")
    assert got["village"].tolist() == ["a", "b"]
    assert got["features"].tolist() == [17, 18]
    for name, shape in zip(got["village"], got.geometry, strict=True):
        plain = shapely.union_all(frame.geometry[frame["village"] == name].to_numpy())
        assert shape.symmetric_difference(plain).area == 0.0
    assert got.crs == frame.crs


def test_features_without_a_surface_are_not_counted() -> None:
    geoms = [box(0, 0, 10, 10), None, shapely.Polygon(), shapely.Point(EAST, NORTH), None]
    got = dissolve(gpd.GeoDataFrame({"v": list("aaaab")}, geometry=geoms, crs=4528), by="v")
    assert got[["v", "features"]].to_numpy().tolist() == [["a", 1]]


@pytest.mark.parametrize(
    "cells",
    [
        [box(0, 0, 10, 10), box(5, 5, 15, 15)],
        [box(0, 0, 10, 10), box(0, 0, 10, 10)],
        [box(0, 0, 10, 10), None, shapely.Polygon()],
        [shapely.Polygon([(EAST, NORTH), (EAST + 9, NORTH + 9), (EAST + 9, NORTH), (EAST, NORTH + 9)])],
    ],
)
def test_what_is_no_coverage_is_united_all_the_same(cells) -> None:
    got = dissolve(gpd.GeoDataFrame({"v": np.zeros(len(cells), int)}, geometry=cells, crs=4528), by="v")
    plain = shapely.union_all(shapely.make_valid(np.array(cells, dtype=object), method="structure"))
    assert got.geometry.iloc[0].is_valid
    assert got.geometry.iloc[0].symmetric_difference(plain).area < 1e-9


def test_any_pattern_of_cells_is_their_union() -> None:
    """Cells that touch in corners, lakes in islands in lakes, rings drawn either way."""
    rng = np.random.default_rng(20261126)
    for _ in range(120):
        side = int(rng.integers(2, 9))
        node = rng.integers(-3, 4, (side + 1, side + 1, 2)) + 10 * np.stack(np.mgrid[: side + 1, : side + 1], axis=-1)
        cells = []
        for x, y in np.argwhere(rng.random((side, side)) < rng.uniform(0.3, 0.95)):
            ring = [node[x, y], node[x + 1, y], node[x + 1, y + 1], node[x, y + 1]]
            cells.append(shapely.Polygon(np.add(ring[:: rng.choice([-1, 1])], (EAST, NORTH))))
        if not cells:
            continue
        got = dissolve(gpd.GeoDataFrame({"v": "a"}, geometry=cells, index=range(len(cells)), crs=4528), by="v")
        shape = got.geometry.iloc[0]
        assert shape.is_valid
        assert shape.equals(shapely.union_all(cells))
        assert not shapely.symmetric_difference(shape, shapely.union_all(cells)).area


def test_shared_borders_keep_every_corner() -> None:
    rng = np.random.default_rng(7)
    lake = shapely.Point(EAST + 50, NORTH + 50).buffer(12)
    island = shapely.Point(EAST + 50, NORTH + 50).buffer(4)
    cells = [
        shapely.difference(box(10 * x, 10 * y, 10 * x + 10, 10 * y + 10), lake) for x in range(10) for y in range(10)
    ]
    noded = shapely.get_parts(
        shapely.polygonize(shapely.get_parts(shapely.node(shapely.union_all([s.boundary for s in cells]))))
    )
    land = [s for s in noded if shapely.difference(s, lake).area > 1e-6] + [island]
    order = rng.permutation(len(land))
    got = dissolve(gpd.GeoDataFrame({"v": 1}, geometry=[land[k] for k in order], index=order, crs=4528), by="v")
    plain = shapely.coverage_union_all(land)
    assert got.geometry.iloc[0].normalize().equals_exact(plain.normalize(), 0.0)
