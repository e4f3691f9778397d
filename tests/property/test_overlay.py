"""Parts and remainder make the whole, whatever is laid over whatever."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.geometry.ellipsoid import area_m2
from geo.geometry.topology import borders_between, perimeter_m, shared_borders
from geo.measure.clusters import block_labels
from geo.measure.overlay import overlay, split_by

EAST, NORTH = 40_585_000.0, 3_432_000.0


def stars(rng: np.random.Generator, count: int, corners: int, size: float, spread: float) -> np.ndarray:
    """Star-shaped polygons, some with a hole, coordinates told to the millimetre."""
    found = []
    for _ in range(count):
        angle = (np.arange(corners) + rng.uniform(0, 0.7, corners)) * 2 * np.pi / corners
        radius = size * rng.uniform(0.3, 1, corners)
        middle = np.array([EAST, NORTH]) + rng.uniform(0, spread, 2)
        ring = np.round(middle + radius[:, None] * np.c_[np.cos(angle), np.sin(angle)], 3)
        shape = shapely.Polygon(ring)
        if rng.random() < 0.3:
            shape = shape.difference(shapely.box(*(middle - size / 10), *(middle + size / 10)))
        found.append(shape)
    return np.array(found, dtype=object)


def frame(name: str, geoms: np.ndarray) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({name: [f"{name}{k}" for k in range(len(geoms))]}, geometry=list(geoms), crs=4528)


def tiling(rng: np.random.Generator, size: int) -> np.ndarray:
    """A coverage of quadrilaterals without gaps or overlaps, 60 m each."""
    corners = np.stack(np.meshgrid(np.arange(size + 1), np.arange(size + 1), indexing="ij"), axis=-1) * 60.0
    corners = np.round(corners + rng.uniform(-15, 15, corners.shape) + (EAST, NORTH), 3)
    ring = [corners[:-1, :-1], corners[1:, :-1], corners[1:, 1:], corners[:-1, 1:], corners[:-1, :-1]]
    return shapely.polygons(np.stack(ring, axis=2).reshape(-1, 5, 2))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 5), st.sampled_from([8, 60, 250]))
def test_parts_and_remainder_make_the_whole(seed: int, parcels: int, covers: int, corners: int) -> None:
    rng = np.random.default_rng(seed)
    left = frame("p", stars(rng, parcels, 7, 60, 600))
    cover = stars(rng, covers, corners, 300, 600)
    inside, outside = split_by(left, cover, left_id="p")
    both = inside.set_index("p")["area_m2"].add(outside.set_index("p")["area_m2"], fill_value=0.0)
    assert np.abs(both.reindex(left["p"]).to_numpy() - area_m2(left.geometry.to_numpy())).max() < 1e-5
    assert inside.is_valid.all()
    assert outside.is_valid.all()
    # GEOS in one go, on the cover as a whole
    union = shapely.union_all(cover)
    plain = area_m2(shapely.intersection(left.geometry.to_numpy(), union))
    ours = inside.set_index("p")["area_m2"].reindex(left["p"]).fillna(0.0).to_numpy()
    assert np.abs(plain - ours).max() < 1e-5
    whole = left["p"].isin(inside.loc[inside["whole"], "p"]).to_numpy()
    assert (whole == (plain > area_m2(left.geometry.to_numpy()) - 1e-5)).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 8), st.sampled_from([8, 400]))
def test_overlay_is_the_plain_intersection_of_every_pair(seed: int, many: int, few: int, corners: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = frame("p", stars(rng, many, 7, 60, 500)), frame("q", stars(rng, few, corners, 250, 500))
    got = overlay(left, right, left_id="p", right_id="q").set_index(["p", "q"])["area_m2"]
    for q, shape in zip(right["q"], right.geometry, strict=True):
        plain = area_m2(shapely.intersection(left.geometry.to_numpy(), shape))
        ours = got.reindex([(p, q) for p in left["p"]]).fillna(0.0).to_numpy()
        assert np.abs(plain - ours).max() < 1e-5
    turned = overlay(right, left, left_id="q", right_id="p").set_index(["p", "q"])["area_m2"]
    assert turned.sum() == pytest.approx(got.sum(), abs=1e-5)
    assert len(turned) == len(got)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 40), st.integers(2, 40))
def test_blocks_are_the_components_within_the_gap(seed: int, gap: float, count: int) -> None:
    rng = np.random.default_rng(seed)
    geoms = stars(rng, count, 6, 30, 400)
    labels = block_labels(geoms, gap_m=gap)
    # by hand: every pair measured, then joined until nothing changes
    apart = shapely.distance(geoms[:, None], geoms[None, :])
    group = np.arange(count)
    for _ in range(count):
        near = np.where(apart <= gap + 0.001, group[None, :], count)
        group = np.minimum(group, near.min(axis=1))
    assert all((labels == labels[i]).tolist() == (group == group[i]).tolist() for i in range(count))
    order = rng.permutation(count)
    again = block_labels(geoms[order], gap_m=gap)
    assert len(set(zip(labels[order].tolist(), again.tolist(), strict=True))) == len(set(labels.tolist()))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 8))
def test_borders_of_a_coverage_close(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    tiles = frame("p", tiling(rng, size))
    borders = shared_borders(tiles, id_column="p")
    assert len(borders) == 2 * size * (size - 1)
    hull = frame("u", np.array([shapely.union_all(tiles.geometry.to_numpy())], dtype=object))
    rest = perimeter_m(tiles).sum() - 2 * borders["border_m"].sum()
    # the scale of the map is taken at the middle of each geometry: 1e-8 over a few hundred metres
    assert rest == pytest.approx(perimeter_m(hull).iloc[0], rel=1e-6)
    some = rng.random(len(tiles)) < 0.5
    across = borders_between(tiles[some], tiles[~some], a_id="p", b_id="p")
    left, right = set(tiles["p"][some]), set(tiles["p"][~some])
    told = borders[
        (borders["left"].isin(left) & borders["right"].isin(right))
        | (borders["left"].isin(right) & borders["right"].isin(left))
    ]
    assert len(across) == len(told)
    assert across["border_m"].sum() == pytest.approx(told["border_m"].sum(), abs=1e-6)
