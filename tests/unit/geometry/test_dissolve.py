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
