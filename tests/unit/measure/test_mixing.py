"""Walks along road parcels and neighbours of different use, on shapes whose answers are known by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from geo.geometry.crs import HOUSE_EPSG
from geo.measure.mixing import neighbours, to_facilities, with_walks
from geo.measure.road_walk import walks

X, Y = 40_585_000.0, 3_432_000.0


def layer(rows: list[tuple[str, str, tuple[float, float, float, float]]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"parcel_id": [r[0] for r in rows], "class_code": [r[1] for r in rows]},
        geometry=[box(X + a, Y + b, X + c, Y + d) for _, _, (a, b, c, d) in rows], crs=HOUSE_EPSG,
    )  # fmt: skip


def street() -> gpd.GeoDataFrame:
    """Two road parcels, 100 m and 50 m long, that meet at x = 100; another road far away."""
    return layer([("r1", "1004", (0, 0, 100, 4)), ("r2", "1006", (100, 0, 150, 4)), ("r3", "1003", (900, 0, 990, 4))])


def test_a_walk_follows_the_road_from_entry_to_entry() -> None:
    plots = np.array([box(X + 0, Y + 4, X + 1, Y + 9), box(X + 149, Y + 4, X + 150, Y + 9)], dtype=object)
    net = walks(street(), plots, access_m=10)
    metres = net.between((np.array([0]), np.array([1])), limit_m=1000)[0]
    assert 145 < metres < 155  # along 150 m of road, entries at its edge
    assert net.part[0] == net.part[1] >= 0


def test_no_road_is_told_apart_and_measured_straight() -> None:
    frame = gpd.GeoDataFrame(
        {"use": ["工业", "商业", "办公"]},
        geometry=[box(X, Y + 4, X + 10, Y + 14), box(X + 12, Y + 4, X + 20, Y + 14), box(X, Y + 500, X + 5, Y + 505)],
        crs=HOUSE_EPSG,
    )
    net = walks(street(), frame.geometry.to_numpy(), access_m=10)
    pairs = with_walks(neighbours(frame, reach_m=30), net, limit_m=500)
    assert pairs[["first", "second"]].to_numpy().tolist() == [[0, 1]]
    assert pairs["by"].tolist() == ["road"]
    assert pairs["gap_m"].tolist() == [2.0]
    assert net.entry[2] == -1


def test_facilities_by_road_where_one_leads_else_straight() -> None:
    plots = np.array([box(X, Y + 4, X + 5, Y + 9), box(X + 400, Y + 4, X + 405, Y + 9)], dtype=object)
    park = np.array([box(X + 145, Y + 4, X + 150, Y + 9)], dtype=object)
    net = walks(street(), np.concatenate([plots, park]), access_m=10)
    told = to_facilities(plots, {"park": park, "bus": park[:0]}, net, {"park": np.array([2]), "bus": np.zeros(0, int)},
                         np.arange(2))  # fmt: skip
    metres, by = told["park"]
    assert by.tolist() == ["road", "straight"]
    assert 130 < metres[0] < 155
    assert metres[1] == pytest.approx(250.0, abs=0.01)
    assert np.isinf(told["bus"][0]).all()
    assert set(told["bus"][1]) == {"none"}
