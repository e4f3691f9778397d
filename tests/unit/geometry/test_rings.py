"""The compiled walk over rings against GEOS and against the plain way with sorted keys."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.geometry.ellipsoid import area_m2
from geo.geometry.rings import Rings
from geo.geometry.topology import lone_edges, segments

EAST, NORTH = 40_585_000.0, 3_430_000.0


def moved(xy: np.ndarray) -> np.ndarray:
    return np.asarray(xy, dtype=float) + np.array([EAST, NORTH])


@pytest.mark.parametrize("seed", range(4))
def test_broken_is_what_geos_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    geoms: list[shapely.Geometry | None] = [None, shapely.Polygon(), shapely.Point(EAST, NORTH)]
    for _ in range(400):
        n = int(rng.integers(3, 24))
        if rng.random() < 0.5:  # a star is simple, points at random mostly are not
            turn = np.sort(rng.random(n)) * 2 * np.pi
            xy = np.stack([np.cos(turn), np.sin(turn)], axis=1) * rng.uniform(20, 60, (n, 1))
        else:
            xy = np.round(rng.uniform(0, 6, (n, 2)))  # a coarse grid: touches, repeats, fold-backs
        shape = shapely.Polygon(moved(xy))
        if rng.random() < 0.3:
            hole = moved(rng.uniform(-3, 3, (4, 2)))
            shape = shapely.Polygon(moved(xy), [hole])
        geoms.append(shapely.MultiPolygon([shape]) if rng.random() < 0.2 else shape)
    array = np.array(geoms, dtype=object)
    want = ~shapely.is_valid(array) & ~shapely.is_missing(array)
    assert (Rings(array).broken(array) == want).all()
    assert 50 < want.sum() < len(array) - 50


def test_lone_edges_are_those_of_the_plain_way(sample_zone) -> None:
    geoms = sample_zone.layer("farmland").geometry.to_numpy()[:1500]
    rows, ends = Rings(geoms).lone_edges()
    edges = segments(geoms)
    lone = lone_edges(edges)
    ours = sorted(zip(rows.tolist(), map(tuple, np.round(ends, 3)), strict=True))
    assert ours == sorted(zip(edges.owner[lone].tolist(), map(tuple, np.round(edges.ends[lone], 3)), strict=True))


def test_three_on_one_edge_are_all_lone() -> None:
    box = shapely.box(EAST, NORTH, EAST + 10, NORTH + 10)
    rows, _ = Rings([box, box, shapely.box(EAST + 10, NORTH, EAST + 20, NORTH + 10)]).lone_edges()
    assert np.bincount(rows).tolist() == [4, 4, 4]
    rows, _ = Rings([box, shapely.box(EAST + 10, NORTH, EAST + 20, NORTH + 10)]).lone_edges()
    assert np.bincount(rows).tolist() == [3, 3]


def test_repeats_and_spikes() -> None:
    ring = moved([(0, 0), (0, 0.0002), (50, 0), (50, 20), (49.99, 60), (49.9, 20), (0, 20), (0.0003, 0.0001)])
    rings = Rings([shapely.Polygon(ring)])
    assert np.flatnonzero(rings.walk.repeat).tolist() == [1, 7]
    assert np.flatnonzero(rings.walk.spike).tolist() == [4]


def test_holes_that_run_with_their_shell() -> None:
    shell = moved([(0, 0), (0, 50), (50, 50), (50, 0)])
    hole = moved([(10, 10), (10, 20), (20, 20), (20, 10)])
    with_it, against = shapely.Polygon(shell, [hole]), shapely.Polygon(shell, [hole[::-1]])
    assert Rings([against, with_it, shapely.Polygon(shell)]).misdirected().tolist() == [1]


def test_areas_and_endless_rows() -> None:
    box = shapely.box(EAST, NORTH, EAST + 10, NORTH + 10)
    with np.errstate(invalid="ignore"):
        bad = shapely.Polygon(moved([(0, 0), (0, np.nan), (5, 5)]))
    array = np.array([box, bad, None, shapely.MultiPolygon([box, shapely.box(EAST + 20, NORTH, EAST + 30, NORTH + 9)])])
    rings = Rings(array)
    assert rings.endless.tolist() == [1]
    assert rings.parts.tolist() == [1, 0, 0, 2]
    assert rings.area_m2(epsg=4528)[[0, 3]] == pytest.approx(area_m2(array[[0, 3]]))
