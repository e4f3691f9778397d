"""Pieces with their parents: whole, cut, many, broken, none."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from geo.geometry.ellipsoid import area_m2
from geo.measure import overlay as module
from geo.measure.overlay import OverlayProblem, overlay, split_by


def test_columns_whole_and_parents(at, make_layer) -> None:
    left = make_layer("parcel", [at(0, 0, 10, 10), at(20, 0, 40, 10), at(60, 0, 70, 10)])
    right = make_layer("zone", [at(-5, -5, 30, 15), at(25, -5, 50, 15)])
    before = left.copy(deep=True)
    got = overlay(left, right, left_id="parcel_id", right_id="zone_id")
    assert list(got.columns) == ["parcel_id", "zone_id", "area_m2", "whole", "geometry"]
    assert got[["parcel_id", "zone_id"]].to_numpy().tolist() == [["p0", "z0"], ["p1", "z0"], ["p1", "z1"]]
    assert got["whole"].tolist() == [True, False, False]
    # pieces of overlapping zones are separate rows: 25 to 30 m counts in both
    assert got["area_m2"].tolist() == pytest.approx(area_m2([at(0, 0, 10, 10), at(20, 0, 30, 10), at(25, 0, 40, 10)]))
    assert got.crs == left.crs
    assert_geodataframe_equal(left, before)


def test_touching_gives_no_row(at, make_layer) -> None:
    left = make_layer("parcel", [at(0, 0, 10, 10)])
    right = make_layer("zone", [at(10, 0, 20, 10), at(10, 10, 20, 20)])
    assert overlay(left, right, left_id="parcel_id", right_id="zone_id").empty


def test_inside_one_ring_and_in_the_hole_of_another(at, make_layer) -> None:
    left = make_layer("parcel", [at(40, 40, 60, 60), at(5, 5, 15, 15), at(25, 40, 45, 60)])
    right = make_layer("zone", [at(0, 0, 100, 100) - at(30, 30, 70, 70)])
    got = overlay(left, right, left_id="parcel_id", right_id="zone_id")
    assert got["parcel_id"].tolist() == ["p1", "p2"]
    assert got["whole"].tolist() == [True, False]
    assert got["area_m2"].iloc[1] == pytest.approx(area_m2([at(25, 40, 30, 60)])[0])


def test_large_outline_gives_the_same_as_a_single_intersection(at, make_layer) -> None:
    # 6,000 corners: halved again and again, parcels on halving lines included
    angle = np.linspace(0, 2 * np.pi, 6000, endpoint=False)
    reach = 900 + 60 * np.sin(40 * angle) + 5 * np.sin(900 * angle)
    middle = shapely.get_coordinates(at(0, 0, 0.001, 0.001))[0]
    outline = shapely.Polygon(middle + reach[:, None] * np.c_[np.cos(angle), np.sin(angle)]) - at(-200, -200, 200, 200)
    tiles = [at(x, y, x + 37, y + 41) for x in range(-1000, 1000, 37) for y in range(-1000, 1000, 41)]
    left, right = make_layer("parcel", tiles), make_layer("zone", [outline])
    got = overlay(left, right, left_id="parcel_id", right_id="zone_id").set_index("parcel_id")
    plain = area_m2(shapely.intersection(np.array(tiles, dtype=object), outline))
    ours = got["area_m2"].reindex(left["parcel_id"]).fillna(0.0).to_numpy()
    assert np.abs(ours - plain).max() < 1e-6
    whole = got["whole"].reindex(left["parcel_id"]).fillna(False).to_numpy(dtype=bool)
    assert (whole == shapely.covers(outline, tiles)).all()
    inside, outside = split_by(left, [outline], left_id="parcel_id")
    assert inside["area_m2"].sum() + outside["area_m2"].sum() == pytest.approx(area_m2(tiles).sum(), abs=1e-4)
    assert inside["area_m2"].sum() == pytest.approx(plain.sum(), abs=1e-4)


def test_split_counts_overlapping_covers_once(at, make_layer) -> None:
    left = make_layer("parcel", [at(0, 0, 100, 10)])
    inside, outside = split_by(left, [at(10, -5, 50, 15), at(40, -5, 60, 15), at(80, -5, 90, 15)], left_id="parcel_id")
    assert inside["area_m2"].tolist() == pytest.approx([area_m2([at(10, 0, 60, 10), at(80, 0, 90, 10)]).sum()])
    assert outside["area_m2"].tolist() == pytest.approx(
        [area_m2([at(0, 0, 10, 10), at(60, 0, 80, 10), at(90, 0, 100, 10)]).sum()]
    )
    assert not inside["whole"].any()
    assert not outside["whole"].any()


def test_split_keeps_whole_parcels_as_they_are(at, make_layer) -> None:
    left = make_layer("parcel", [at(0, 0, 10, 10), at(50, 0, 60, 10)])
    inside, outside = split_by(left, [at(-5, -5, 20, 20)], left_id="parcel_id")
    assert inside["parcel_id"].tolist() == ["p0"]
    assert outside["parcel_id"].tolist() == ["p1"]
    assert inside["whole"].all()
    assert outside["whole"].all()
    assert inside.geometry.iloc[0].equals_exact(left.geometry.iloc[0], 0.0)


def test_nothing_to_cover_with(at, make_layer) -> None:
    left = make_layer("parcel", [at(0, 0, 10, 10)])
    inside, outside = split_by(left, [], left_id="parcel_id")
    assert inside.empty
    assert outside["whole"].tolist() == [True]
    nothing = left.iloc[:0]
    zones = left.rename(columns={"parcel_id": "zone_id"})
    assert overlay(nothing, zones, left_id="parcel_id", right_id="zone_id").empty
    for part in split_by(nothing, [at(0, 0, 1, 1)], left_id="parcel_id"):
        assert part.empty
        assert list(part.columns) == ["parcel_id", "area_m2", "whole", "geometry"]


def test_broken_rings_are_repaired_and_missing_ones_left_out(at, make_layer) -> None:
    x, y = shapely.get_coordinates(at(0, 0, 1, 1)).min(axis=0)
    eight = shapely.Polygon([(x, y), (x + 10, y + 10), (x + 10, y), (x, y + 10)])
    left = make_layer("parcel", [eight, None, shapely.Polygon(), shapely.LineString([(x, y), (x + 9, y)])])
    inside, outside = split_by(left, [at(-5, -5, 4, 15)], left_id="parcel_id")
    assert set(inside["parcel_id"]) == set(outside["parcel_id"]) == {"p0"}
    # the two lobes are 25 m² each on the map
    assert inside["area_m2"].sum() + outside["area_m2"].sum() == pytest.approx(50, abs=0.02)
    got = overlay(left, make_layer("zone", [at(-5, -5, 25, 25)]), left_id="parcel_id", right_id="zone_id")
    assert got["whole"].tolist() == [True]


def test_layers_in_different_systems_are_refused(at, make_layer) -> None:
    left = make_layer("parcel", [at(0, 0, 10, 10)])
    with pytest.raises(ValueError, match="same coordinate system"):
        overlay(left, left.to_crs(4490), left_id="parcel_id", right_id="parcel_id")
    nowhere = left.set_crs(None, allow_override=True)
    with pytest.raises(ValueError, match="no CRS"):
        overlay(nowhere, nowhere.rename(columns={"parcel_id": "line_id"}), left_id="parcel_id", right_id="line_id")
    with pytest.raises(ValueError, match="no CRS"):
        split_by(nowhere, left.geometry.to_numpy(), left_id="parcel_id")


@pytest.mark.parametrize("name", ["parcel_id", "area_m2"])
def test_ids_that_would_write_over_a_column_are_refused(at, make_layer, name) -> None:
    left = make_layer("parcel", [at(0, 0, 10, 10)])
    with pytest.raises(ValueError, match="names of their own"):
        overlay(left, left.assign(area_m2=["r"]), left_id="parcel_id", right_id=name)


def test_parts_that_do_not_add_up_are_an_error(at, make_layer, monkeypatch) -> None:
    left = make_layer("parcel", [at(0, 0, 10, 10)])
    true = module.shapely.intersection
    monkeypatch.setattr(module.shapely, "intersection", lambda a, b: shapely.buffer(true(a, b), -0.1))
    with pytest.raises(OverlayProblem, match="p0"):
        split_by(left, [at(5, -5, 20, 20)], left_id="parcel_id")


def test_the_kernel_and_the_prepared_tests_give_the_same(at, make_layer, monkeypatch) -> None:
    rng = np.random.default_rng(4)
    tiles = [at(x, y, x + 37, y + 41) for x in range(0, 1000, 37) for y in range(0, 1000, 41)]
    x, y = shapely.get_coordinates(at(0, 0, 1, 1)).min(axis=0)
    eight = shapely.Polygon([(x, y), (x + 90, y + 90), (x + 90, y), (x, y + 90)])
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    middle = rng.uniform(0, 1000, (25, 1, 2)) + (x, y)  # noqa: RUF005
    reach = rng.uniform(60, 140, (25, 90, 1))
    stars = shapely.polygons(middle + reach * np.stack([np.cos(angle), np.sin(angle)], axis=-1))
    left = make_layer("parcel", [*tiles, eight, None, shapely.Polygon()])
    right = make_layer("zone", [*stars, at(100, 100, 700, 700) - at(200, 200, 300, 300), eight])
    plain, split = (
        overlay(left, right, left_id="parcel_id", right_id="zone_id"),
        split_by(left, right.geometry, left_id="parcel_id"),
    )
    monkeypatch.setattr(module, "KERNEL_PAIRS", 0)
    fast, fast_split = (
        overlay(left, right, left_id="parcel_id", right_id="zone_id"),
        split_by(left, right.geometry, left_id="parcel_id"),
    )
    for one, two in ((plain, fast), *zip(split, fast_split, strict=True)):
        assert one.drop(columns=["area_m2", "geometry"]).equals(two.drop(columns=["area_m2", "geometry"]))
        assert two["area_m2"].tolist() == pytest.approx(one["area_m2"].tolist(), rel=1e-9, abs=1e-7)
        assert two.is_valid.all()
