"""Safe repairs: offered where nothing but the fault changes, refused elsewhere, undone to the last bit."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.qc.coverage import coverage_faults
from geo.qc.repair import apply_repairs, offer_repairs, undo_repairs
from geo.zone import Zone


def reshaped(zone: Zone, **shapes: shapely.Geometry) -> Zone:
    frame = zone.layer("parcels")
    geoms = frame.geometry.to_numpy().copy()
    for name, shape in shapes.items():
        geoms[int(name[1:])] = shape
    return zone.with_layer("parcels", frame.set_geometry(gpd.GeoSeries(geoms, index=frame.index, crs=frame.crs)))


def with_points(shape: shapely.Polygon, place: int, *points: tuple[float, float]) -> shapely.Polygon:
    ring = shapely.get_coordinates(shape)
    return shapely.Polygon(np.vstack([ring[:place], *(np.array([p]) for p in points), ring[place:]]))


def codes(zone: Zone) -> set[str]:
    return {f.finding.code for f in coverage_faults(zone)}


def repaired(zone: Zone, *kinds: str) -> Zone:
    """The zone with its safe repairs, which answer these codes; nothing else may be found afterwards."""
    repairs = offer_repairs(zone, coverage_faults(zone))
    assert {code for r in repairs for code in r.codes} == set(kinds)
    mended = apply_repairs(zone.layer("parcels"), repairs, "parcels")
    after = zone.with_layer("parcels", mended)
    assert not codes(after) & set(kinds)
    back = undo_repairs(mended, repairs, "parcels")
    assert all(shapely.equals_identical(back.geometry.to_numpy(), zone.layer("parcels").geometry.to_numpy()))
    assert mended.drop(columns="geometry").equals(zone.layer("parcels").drop(columns="geometry"))
    return after


@pytest.fixture
def tiles(sound):
    return sound.layer("parcels").geometry.to_numpy()


def test_nothing_to_repair(sound) -> None:
    assert offer_repairs(sound, coverage_faults(sound)) == []


def test_repeated_points_go(sound, tiles) -> None:
    x, y = shapely.get_coordinates(tiles[0])[1]
    after = repaired(reshaped(sound, r0=with_points(tiles[0], 2, (x, y), (x, y))), "QC208")
    assert shapely.get_num_coordinates(after.layer("parcels").geometry.iloc[0]) == 5


def test_a_hole_is_turned_against_its_shell(sound, at) -> None:
    pond = at(10, 10, 20, 20)
    shell = shapely.get_coordinates(at(0, 0, 60, 50))
    hole = shapely.get_coordinates(pond)
    hole = hole if shapely.LinearRing(hole).is_ccw == shapely.LinearRing(shell).is_ccw else hole[::-1]
    after = repaired(reshaped(sound, r0=shapely.Polygon(shell, [hole]), r3=sound_pond(sound, pond)), "QC210")
    assert len(after.layer("parcels").geometry.iloc[0].interiors) == 1


def test_shells_the_wrong_way_round_are_turned_where_the_format_says_so(sound, tiles) -> None:
    """QC214: one finding for the layer; a direction by itself is no fault in other formats."""
    zone = reshaped(sound, **{f"r{k}": shapely.orient_polygons(t, exterior_cw=k != 1) for k, t in enumerate(tiles)})
    assert "QC214" not in codes(zone)
    faults = coverage_faults(zone, clockwise=("parcels",))
    told = [f for f in faults if f.finding.code == "QC214"]
    assert [f.rows for f in told] == [(1,)]
    repairs = offer_repairs(zone, faults)
    assert [(r.row, r.codes, r.moved_m) for r in repairs] == [(1, ("QC214",), 0.0)]
    assert repairs[0].area_before_m2 == pytest.approx(repairs[0].area_after_m2, abs=1e-6)
    mended = zone.with_layer("parcels", apply_repairs(zone.layer("parcels"), repairs, "parcels"))
    assert not [f for f in coverage_faults(mended, clockwise=("parcels",)) if f.finding.code == "QC214"]


def sound_pond(sound: Zone, pond: shapely.Polygon) -> shapely.Polygon:
    """The fourth parcel moved into the hole, so that the hole is no gap."""
    assert len(sound.layer("parcels")) == 4
    return pond


def test_a_spike_is_cut(sound, tiles, at) -> None:
    tip = shapely.get_coordinates(at(30, -40, 31, -39)).min(axis=0)
    foot = shapely.get_coordinates(at(30, 0, 30.02, 1))
    west, east = foot.min(axis=0), [foot[:, 0].max(), foot[:, 1].min()]
    ring = [*shapely.get_coordinates(tiles[0])[:-1]]
    low = min(range(4), key=lambda k: (ring[k][1], ring[k][0]))
    ring = ring[low:] + ring[:low]
    ccw = shapely.LinearRing(ring).is_ccw
    spiked = shapely.Polygon([ring[0], west, tip, east, *ring[1:]] if ccw else [ring[0], *ring[1:], east, tip, west])
    zone = reshaped(sound, r0=spiked)
    assert "QC209" in codes(zone)
    repaired(zone, "QC209")


def test_a_hair_crack_is_closed(sound, at) -> None:
    ring = shapely.get_coordinates(at(0, 0, 60, 50))
    bent = np.where(np.isclose(ring, shapely.get_coordinates(at(60, 50, 61, 51)).min(axis=0)).all(axis=1)[:, None],
                    ring - np.array([0.03, 0.0]), ring)  # fmt: skip
    zone = reshaped(sound, r0=shapely.Polygon(bent))
    assert "QC203" in codes(zone)
    repaired(zone, "QC203")


def test_a_real_gap_and_a_real_overlap_are_left_to_the_surveyor(sound, at) -> None:
    assert offer(reshaped(sound, r0=at(0, 0, 60, 50) - at(40, 20, 60, 30))) == []
    assert offer(reshaped(sound, r0=at(0, 0, 63, 50))) == []


def test_a_figure_of_eight_is_not_repaired_when_its_area_would_change(sound, at) -> None:
    a, b, c, d = shapely.get_coordinates(at(0, 0, 60, 50))[:-1]
    assert offer(reshaped(sound, r0=shapely.Polygon([a, c, b, d]))) == []


def test_a_small_loop_is_repaired(sound, at) -> None:
    ring = shapely.get_coordinates(at(0, 0, 60, 50))[:-1]
    ahead = (shapely.get_coordinates(at(0, 0, 60, 50).centroid)[0] - ring[0]) / 40
    side = np.array([-ahead[1], ahead[0]])
    loop = [ring[0] + ahead * u + side * v for u, v in ((9, 0.02), (9, -0.02), (12, 0.02), (12, -0.025))]
    broken = shapely.Polygon([ring[0], *loop, *ring])
    assert not broken.is_valid
    repaired(reshaped(sound, r0=broken), "QC201")


def offer(zone: Zone) -> list[tuple[str, tuple[str, ...]]]:
    return [(r.subject, r.codes) for r in offer_repairs(zone, coverage_faults(zone))]
