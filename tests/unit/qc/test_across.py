"""Farmland on its parcels, lines within the townships, farmland cut out of the boundary."""

from __future__ import annotations

import geopandas as gpd
import pytest

from geo.geometry.ellipsoid import area_m2
from geo.qc.across import check_across
from geo.zone import Zone


def lines(zone: Zone, layer: str, *shapes) -> Zone:  # type: ignore[no-untyped-def]
    frame = gpd.GeoDataFrame({f"{layer}_id": [f"L{k}" for k in range(len(shapes))]}, geometry=list(shapes), crs=4528)
    return zone.with_layer(layer, frame)


def told(zone: Zone) -> list[tuple[str, str, float]]:
    found = check_across(zone)
    for finding in found:
        for lang in ("zh", "en"):
            assert "{" not in finding.text(lang)
    return [(f.code, f.subject, round(f.measured, 2) if isinstance(f.measured, float) else 0.0) for f in found]


def size(shape) -> float:  # type: ignore[no-untyped-def]
    return round(float(area_m2([shape])[0]), 2)


FARM = "YJJBNTBHTB#31011810010000000"


def test_a_sound_village(sound, at) -> None:
    zone = lines(lines(sound, "redline", at(0, 55, 50, 100)), "boundary", at(60, 55, 120, 100))
    assert told(zone) == []


def test_farmland_on_a_parcel_that_is_no_cropland(sound) -> None:
    parcels = sound.layer("parcels").copy()
    parcels.loc[0, "class_code"] = "0201"
    zone = sound.with_layer("parcels", parcels)
    whole = size(parcels.geometry.iloc[0])
    assert told(zone) == [("QC301", f"{FARM}0", whole), ("QC305", f"{FARM}0", 0.0)]


def test_farmland_over_the_road(sound, at) -> None:
    farmland = sound.layer("farmland").set_geometry([at(0, 0, 60, 53), at(60, 0, 120, 50)], crs=4528)
    (row,) = told(sound.with_layer("farmland", farmland))
    assert row == ("QC301", f"{FARM}0", pytest.approx(size(at(0, 50, 60, 53)), abs=0.01))
    assert check_across(sound.with_layer("farmland", farmland))[0].values["class_code"] == "1006"


def test_farmland_outside_every_parcel(sound, at) -> None:
    farmland = sound.layer("farmland").set_geometry([at(-4, 0, 60, 50), at(60, 0, 120, 50)], crs=4528)
    assert told(sound.with_layer("farmland", farmland)) == [
        ("QC302", f"{FARM}0", pytest.approx(size(at(-4, 0, 0, 50)), abs=0.01))
    ]


def test_a_line_beyond_the_township(sound, at) -> None:
    zone = lines(sound, "redline", at(100, 55, 130, 90), at(0, 55, 50, 100))
    assert told(zone) == [("QC303", "STBHHX#L0", pytest.approx(size(at(120, 55, 130, 90)), abs=0.01))]
    zone = lines(sound, "boundary", at(0, 90, 50, 110))
    assert told(zone) == [("QC303", "CZKFBJ#L0", pytest.approx(size(at(0, 100, 50, 110)), abs=0.01))]


def test_farmland_in_the_boundary_needs_a_hole(sound, at) -> None:
    around = at(0, 0, 60, 100)
    assert told(lines(sound, "boundary", around - at(0, 0, 60, 50))) == []
    assert told(lines(sound, "boundary", around)) == [("QC304", f"{FARM}0", size(at(0, 0, 60, 50)))]


def test_layers_that_are_not_there(sound) -> None:
    assert told(Zone("t", "t", "t", 2023, {})) == []
    bare = Zone("t", "t", "t", 2023, {"farmland": sound.layer("farmland")})
    assert told(bare) == []
