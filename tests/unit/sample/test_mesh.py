"""Exact splitting: what is cut adds up, neighbours share every vertex, bending does not tear."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.geometry.ellipsoid import area_m2
from geo.sample.mesh import Mesh, polygons
from geo.sample.noise import Bend
from geo.sample.overlay import Feature, absorb_small, join, lay_over

EAST, NORTH = 40_580_000.0, 3_430_000.0


def square(side: float) -> tuple[Mesh, tuple[list[int], list[int]]]:
    mesh = Mesh()
    cell = mesh.polygon([(EAST, NORTH), (EAST + side, NORTH), (EAST + side, NORTH + side), (EAST, NORTH + side)])
    return mesh, cell


def built(mesh: Mesh, cells: list, spacing: float = 1e9) -> np.ndarray:
    rings, offsets = mesh.rings(cells, spacing_m=spacing)
    return polygons(rings, offsets, np.round(mesh.coordinates(), 3))


def test_a_cut_gives_two_halves_that_share_the_new_border():
    mesh, cell = square(100)
    low, high = mesh.cut(cell, 1.0, 0.0, EAST + 40)
    assert mesh.size(low) == pytest.approx(4000)
    assert mesh.size(high) == pytest.approx(6000)
    assert shapely.coverage_is_valid(built(mesh, [low, high]))


def test_a_line_outside_the_cell_cuts_nothing():
    mesh, cell = square(100)
    assert mesh.cut(cell, 1.0, 0.0, EAST - 5) == (None, cell)
    assert mesh.cut(cell, 1.0, 0.0, EAST + 500) == (cell, None)


def test_a_later_cut_that_ends_on_a_border_gives_the_other_side_its_vertex():
    mesh, cell = square(100)
    low, high = mesh.cut(cell, 1.0, 0.0, EAST + 50)
    below, above = mesh.cut(high, 0.0, 1.0, NORTH + 30)
    shapes = built(mesh, [low, below, above])
    assert shapely.coverage_is_valid(shapes)
    assert (EAST + 50, NORTH + 30) in list(shapes[0].exterior.coords)


@given(st.integers(0, 10_000))
def test_any_sequence_of_cuts_bends_into_an_exact_coverage(seed):
    rng = np.random.default_rng(seed)
    mesh, cell = square(2000)
    cells = [cell]
    for _ in range(25):
        part = cells.pop(int(rng.integers(len(cells))))
        turn = rng.uniform(0, np.pi)
        nx, ny = float(np.cos(turn)), float(np.sin(turn))
        first, last = mesh.span(part, nx, ny)
        pieces = mesh.strip(part, nx, ny, first + (last - first) * float(rng.uniform(0.3, 0.7)), 6.0)
        cells += [p for p in pieces if p is not None]
    rings, offsets = mesh.rings(cells, spacing_m=50)
    shapes = polygons(rings, offsets, Bend(rng)(mesh.coordinates()))
    large = area_m2(shapes) > 1
    assert shapely.is_valid(shapes[large]).all()
    flat = built(mesh, cells)
    assert sum(mesh.size(c) for c in cells) == pytest.approx(2000.0**2)
    assert shapely.area(shapely.union_all(flat)) == pytest.approx(2000.0**2, rel=1e-6)


def test_a_feature_laid_over_keeps_the_coverage_exact_and_names_its_parents():
    mesh, cell = square(300)
    low, high = mesh.cut(cell, 1.0, 0.0, EAST + 140)
    shapes = built(mesh, [low, high])
    lake = Feature(shapely.set_precision(shapely.Point(EAST + 150, NORTH + 150).buffer(60), 0.001), "1102", "lake", 1)
    geoms, parent, cover = lay_over(shapes, [lake])
    assert shapely.coverage_is_valid(geoms)
    assert sorted(parent) == [0, 0, 1, 1]
    assert (cover == 0).sum() == 2
    joined, _ = join(geoms, np.where(cover == 0, 0, -1))
    assert len(joined) == 3
    assert shapely.coverage_is_valid(joined)


def test_small_pieces_join_the_neighbour_with_the_longest_border():
    mesh, cell = square(100)
    low, rest = mesh.cut(cell, 1.0, 0.0, EAST + 3)
    middle, high = mesh.cut(rest, 1.0, 0.0, EAST + 50)
    geoms, origin = absorb_small(built(mesh, [low, middle, high]), floor_m2=430)
    assert list(origin) == [1, 2]
    assert area_m2(geoms)[0] == pytest.approx(5000, rel=1e-3)
