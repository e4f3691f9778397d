"""The compiled kernel decides as GEOS does: families of pairs, degenerate ones included, and the checks at run time."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from bench.clipping import FAMILIES, proven
from geo.geometry import clipping
from geo.geometry.clipping import COVER, CUT, NONE, WHOLE, ClippingProblem, clip, doubted, surfaces

EAST, NORTH = 40_585_000.0, 3_432_000.0


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def told(a: shapely.Geometry, b: shapely.Geometry, *, minus: bool = False) -> tuple[int, shapely.Geometry, int]:
    both, left, right = surfaces([a, b]), np.array([0]), np.array([1])
    status, made = clip(both, left, right, minus=minus)
    return int(status[0]), made[0], len(doubted(both, left, right, minus=minus))


# More seeds and a hundred times the pairs: python -m bench.clipping
@pytest.mark.parametrize("name", FAMILIES)
def test_every_pair_is_what_geos_makes_of_it(name: str) -> None:
    for got in proven(name, np.random.default_rng([1, FAMILIES.index(name)]), 1500):
        assert got["pairs"] > 300
        assert got["lost"] == got["extra"] == got["invalid"] == 0
        assert max(got["parent"], got["piece"]) < 1e-9
        if name in ("stars", "coverage", "parts", "outlines"):
            assert got["geos"] < 0.05 * got["pairs"]


def test_neighbours_and_the_same_polygon_need_no_geos() -> None:
    a = box(0, 0, 10, 10)
    assert told(a, box(10, 0, 20, 10)) == (NONE, None, 0)
    assert told(a, a) == (WHOLE, a, 0)
    assert told(a, a, minus=True) == (NONE, None, 0)
    assert told(a, box(-5, -5, 15, 15)) == (WHOLE, a, 0)
    inner = box(2, 2, 4, 4)
    assert told(a, inner) == (COVER, inner, 0)
    status, ring, doubts = told(a, inner, minus=True)
    assert (status, doubts) == (CUT, 0)
    assert ring.equals(a - inner)


def test_a_corner_on_an_edge_is_left_to_geos() -> None:
    a, b = box(0, 0, 10, 10), box(10, 3, 20, 7)
    assert told(a, b) == (NONE, None, 1)
    status, made, doubts = told(a, box(5, 0, 20, 10))
    assert (status, doubts) == (CUT, 1)
    assert made.equals(box(5, 0, 10, 10))


def test_broken_and_missing_polygons_are_never_decided_by_the_kernel() -> None:
    eight = shapely.Polygon([(EAST, NORTH), (EAST + 9, NORTH + 9), (EAST + 9, NORTH), (EAST, NORTH + 9)])
    spike = shapely.Polygon(
        [(EAST, NORTH), (EAST + 9, NORTH), (EAST + 20, NORTH), (EAST + 9, NORTH), (EAST, NORTH + 5)]
    )
    both = surfaces([eight, spike, None, shapely.Polygon(), shapely.Point(EAST, NORTH), box(0, 0, 1, 1)])
    assert both.fit.tolist() == [False] * 5 + [True]


def test_crossings_are_the_points_of_geos() -> None:
    rng = np.random.default_rng(5)
    angle = (np.arange(11) + rng.uniform(0, 0.8, (600, 11))) * 2 * np.pi / 11
    reach = rng.uniform(10, 60, (600, 11))
    ring = rng.uniform(0, 60, (600, 1, 2)) + reach[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    shapes = shapely.polygons(ring + (EAST, NORTH))  # noqa: RUF005
    left, right = np.arange(300), np.arange(300, 600)
    status, made = clip(surfaces(shapes), left, right)
    cut = (status == CUT) & (shapely.get_type_id(made) == 3)
    plain = shapely.intersection(shapes[left], shapes[right])
    same = shapely.equals_exact(shapely.normalize(made[cut]), shapely.normalize(plain[cut]), 1e-8)
    assert cut.sum() > 150
    assert same.all()


def test_a_piece_that_geos_does_not_make_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    by_kernel = clipping._by_kernel

    def shrunk(*arguments):
        status, geoms, doubtful, sizes = by_kernel(*arguments)
        return status, shapely.buffer(geoms, -0.01), doubtful, sizes

    monkeypatch.setattr(clipping, "_by_kernel", shrunk)
    with pytest.raises(ClippingProblem, match="apart"):
        told(box(0, 0, 10, 10), box(5, 5, 15, 15))


def test_room_that_runs_out_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    middle = rng.uniform(0, 300, (600, 1, 2)) + np.array([EAST, NORTH])
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    shapes = shapely.polygons(middle + 30 * np.stack([np.cos(angle), np.sin(angle)], axis=-1))
    j, i = shapely.STRtree(shapes[:300]).query(shapes[300:])
    both = surfaces(shapes)
    whole = clip(both, i, j + 300)[1]
    monkeypatch.setattr(clipping, "_ROOM", 1)
    again = clip(both, i, j + 300)[1]
    assert (
        shapely.equals_exact(again, whole, 0.0).all()
        or (shapely.equals_exact(again, whole, 0.0) == ~shapely.is_missing(whole)).all()
    )
