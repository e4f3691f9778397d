"""Gaps, overlaps, slivers and broken rings of the little village."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from geo.geometry.ellipsoid import area_m2
from geo.qc.coverage import check_coverage
from geo.zone import Zone


def reshaped(zone: Zone, layer: str, **shapes: shapely.Geometry | None) -> Zone:
    """A layer with other geometries in the rows named r0, r1, …"""
    frame = zone.layer(layer)
    geoms = list(frame.geometry)
    for name, shape in shapes.items():
        geoms[int(name[1:])] = shape
    return zone.with_layer(layer, frame.set_geometry(gpd.GeoSeries(geoms, index=frame.index, crs=frame.crs)))


def found(zone: Zone, **options: float) -> list[tuple[str, str, float]]:
    findings = check_coverage(zone, **options)
    return [(f.code, f.subject, round(f.measured, 2) if isinstance(f.measured, float) else 0.0) for f in findings]


def size(*shapes: shapely.Polygon) -> float:
    return round(float(area_m2(list(shapes)).sum()), 2)


ID = "DLTB#31011810010000000"


def test_a_sound_village_has_no_findings(sound) -> None:
    assert check_coverage(sound, min_patch_m2=400) == []


def test_overlap(sound, at) -> None:
    zone = reshaped(sound, "parcels", r0=at(0, 0, 63, 50))
    assert ("QC202", f"{ID}0", size(at(60, 0, 63, 50))) in found(zone)
    (finding,) = [f for f in check_coverage(zone) if f.code == "QC202"]
    assert finding.values["other"] == f"{ID}1"


def test_gap(sound, at) -> None:
    zone = reshaped(sound, "parcels", r0=at(0, 0, 60, 50) - at(40, 20, 60, 30))
    assert [row[:2] for row in found(zone)] == [("QC203", "DLTB"), ("QC206", "XZQ#310118104")]
    finding = check_coverage(zone)[0]
    assert finding.measured == pytest.approx(size(at(40, 20, 60, 30)), abs=0.01)
    assert finding.values["other"] == "310118100100000000, 310118100100000001"
    assert finding.values["where"].startswith("(405850")


def test_a_parcel_within_a_parcel(sound, at) -> None:
    pond = reshaped(sound, "parcels", r2=at(10, 60, 20, 70))
    codes = [row for row in found(pond) if row[0] == "QC202"]
    assert codes == [("QC202", f"{ID}2", size(at(10, 60, 20, 70)))]


def test_the_same_polygon_twice(sound, at) -> None:
    twice = reshaped(sound, "parcels", r1=at(0, 0, 60, 50))
    assert ("QC205", f"{ID}0", size(at(0, 0, 60, 50))) in found(twice)


def test_a_gap_at_the_edge_shows_in_the_township(sound, at) -> None:
    zone = reshaped(sound, "parcels", r0=at(5, 0, 60, 50))
    assert found(zone) == [("QC206", "XZQ#310118104", pytest.approx(-size(at(0, 0, 5, 50)), abs=0.02))]


def test_slivers(sound, at) -> None:
    zone = reshaped(sound, "parcels", r0=at(0, 0, 2, 50), r1=at(2, 0, 120, 50))
    assert found(zone, min_patch_m2=400) == [("QC204", f"{ID}0", size(at(0, 0, 2, 50)))]
    assert found(zone) == []


def test_a_ring_that_crosses_itself_is_no_gap(sound, at) -> None:
    ring = shapely.get_coordinates(at(0, 0, 60, 50))[:-1]
    corner = ring[0]
    ahead = (shapely.get_coordinates(at(0, 0, 60, 50).centroid)[0] - corner) / 40
    side = [-ahead[1], ahead[0]]
    loop = [corner + ahead * u + [v * side[0], v * side[1]] for u, v in ((9, 2), (9, -2), (12, 2), (12, -2.5))]
    crossed = shapely.Polygon([corner, *loop, *ring])
    assert not crossed.is_valid
    zone = reshaped(sound, "parcels", r0=crossed)
    codes = [row[:2] for row in found(zone)]
    assert ("QC201", f"{ID}0") in codes
    assert "QC203" not in [code for code, _ in codes]
    assert "Self-intersection" in str(check_coverage(zone)[0].measured)


def test_a_corner_off_by_less_than_a_millimetre_is_no_fault(sound, at) -> None:
    # the neighbour has a corner on the common edge, 0.6 mm off it
    ring = [*shapely.get_coordinates(at(60, 0, 120, 50))[:-1]]
    west = shapely.get_coordinates(at(60.0006, 17.3, 61, 18))[:, :].min(axis=0)
    bent = shapely.Polygon([*ring[:3], west, *ring[3:]])
    assert bent.is_valid
    assert found(reshaped(sound, "parcels", r1=bent)) == []


def test_farmland_is_checked_pair_by_pair(sound, at) -> None:
    # gaps are no fault there, overlaps are
    apart = reshaped(sound, "farmland", r1=at(80, 0, 120, 50))
    assert found(apart) == []
    over = reshaped(sound, "farmland", r1=at(50, 0, 120, 50))
    farmland = "YJJBNTBHTB#31011810010000000"
    assert found(over) == [("QC202", f"{farmland}0", size(at(50, 0, 60, 50)))]
    twice = reshaped(sound, "farmland", r1=at(0, 0, 60, 50))
    assert found(twice) == [("QC205", f"{farmland}0", size(at(0, 0, 60, 50)))]


def test_rows_without_a_surface(sound) -> None:
    zone = reshaped(sound, "farmland", r0=None, r1=shapely.Polygon())
    farmland = "YJJBNTBHTB#31011810010000000"
    assert [row[:2] for row in found(zone)] == [("QC207", f"{farmland}0"), ("QC207", f"{farmland}1")]


def test_empty_layers(sound) -> None:
    nothing = sound
    for name in ("parcels", "farmland", "towns", "villages"):
        nothing = nothing.with_layer(name, sound.layer(name).iloc[:0])
    assert check_coverage(nothing) == []


def test_words_of_every_finding(sound, at) -> None:
    zone = reshaped(sound, "parcels", r0=at(0, 0, 63, 50) - at(10, 10, 20, 20), r1=at(60, 0, 119, 50), r2=None)
    findings = check_coverage(zone, min_patch_m2=10_000)
    assert {f.code for f in findings} == {"QC202", "QC203", "QC204", "QC206", "QC207"}
    for finding in findings:
        for lang in ("zh", "en"):
            assert "{" not in finding.text(lang)


def test_two_whole_blocks_over_each_other_name_every_pair(sound, at) -> None:
    # the edges inside each block have their twins, so that only the outlines are left to look at
    import pandas as pd

    below, above = ([at(x + k * 30, y, x + k * 30 + 30, y + 40) for k in range(3)] for x, y in ((0, 200), (10, 210)))
    rows = [sound.layer("parcels").iloc[[0]].assign(parcel_id=f"3101181001000001{k:02d}") for k in range(6)]
    block = pd.concat(rows, ignore_index=True).set_geometry(below + above, crs=4528)
    zone = sound.with_layer("parcels", pd.concat([sound.layer("parcels"), block], ignore_index=True))
    pairs = {(f.subject[-2:], f.values["other"][-2:]) for f in check_coverage(zone) if f.code == "QC202"}
    assert pairs == {("00", "03"), ("01", "03"), ("01", "04"), ("02", "04"), ("02", "05")}


def test_details_of_rings(sound, at) -> None:
    import numpy as np

    ring = shapely.get_coordinates(at(0, 0, 60, 50))
    repeats = shapely.Polygon(np.insert(ring, 2, ring[1], axis=0))
    assert found(reshaped(sound, "parcels", r0=repeats)) == [("QC208", f"{ID}0", 0.0)]
    parts = shapely.MultiPolygon([at(0, 0, 60, 50), at(-90, 0, -60, 50)])
    assert ("QC211", f"{ID}0", 0.0) in found(reshaped(sound, "parcels", r0=parts))
    with np.errstate(invalid="ignore"):
        endless = shapely.Polygon(np.vstack([ring[:2], [[np.nan, 3.0]], ring[2:]]))
    assert found(reshaped(sound, "parcels", r0=endless))[0][:2] == ("QC213", f"{ID}0")


def test_the_smallest_patch_by_class(sound, at) -> None:
    zone = reshaped(sound, "parcels", r0=at(0, 0, 2, 50), r1=at(2, 0, 120, 50))
    assert found(zone, min_patch_m2={"0101": 99.0}) == []
    assert found(zone, min_patch_m2={"0101": 400.0}) == [("QC204", f"{ID}0", size(at(0, 0, 2, 50)))]
