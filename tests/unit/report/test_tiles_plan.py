"""Farmland after a plan: what left is gone, what came is there, a cut parcel keeps its remainder."""

from __future__ import annotations

import geopandas as gpd
import shapely

from geo.report.tiles_plan import farmland_after

X, Y = 40_583_000, 3_430_000


def frame(rows: dict[str, shapely.Geometry], key: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({key: list(rows)}, geometry=list(rows.values()), crs=4528)


def box(x: float, y: float, side: float = 100) -> shapely.Polygon:
    return shapely.box(X + x, Y + y, X + x + side, Y + y + side)


def test_states() -> None:
    farmland = frame({"KEPT": box(0, 0), "GONE": box(200, 0), "CUT": box(400, 0)}, "farmland_id")
    out = frame({"GONE": box(200, 0), "CUT": shapely.box(X + 400, Y, X + 440, Y + 100)}, "farmland_id")
    inn = frame({"NEW": box(600, 0)}, "candidate_id")
    before = farmland.copy(), out.copy(), inn.copy()
    after = farmland_after(farmland, out, inn)
    assert list(after["farmland_id"]) == ["KEPT", "CUT", "NEW"]
    assert list(after["arrived"]) == [False, False, True]
    assert list(after.index) == [0, 1, 2]
    assert after.geometry.iloc[1].equals(shapely.box(X + 440, Y, X + 500, Y + 100))
    for old, now in zip(before, (farmland, out, inn), strict=True):
        assert old.equals(now)


def test_nothing_moves() -> None:
    farmland = frame({"A": box(0, 0)}, "farmland_id")
    none = farmland.head(0)
    after = farmland_after(farmland, none, frame({}, "candidate_id"))
    assert list(after["farmland_id"]) == ["A"]
