"""Coordinates as people write them; lengths and areas of what is drawn."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from geo.geometry.coordinates import read_coordinates
from geo.geometry.drawn import line_length_m, measure_outline
from geo.geometry.ellipsoid import strip_area_m2

LON, LAT = 120.9123, 31.0456


def written(epsg: int, digits: int = 3) -> tuple[str, str]:
    x, y = Transformer.from_crs(4490, epsg, always_xy=True).transform(LON, LAT)
    return f"{x:.{digits}f}", f"{y:.{digits}f}"


@pytest.mark.parametrize("epsg", [4528, 4529, 4498, 4499, 4549, 4550, 4548, 32651, 3857])
def test_every_system_is_read_in_either_order(epsg: int) -> None:
    x, y = written(epsg)
    for text in (f"{x} {y}", f"{y}, {x}", f"X={y}，Y={x}"):
        assert any(abs(r.lon - LON) < 1e-7 and abs(r.lat - LAT) < 1e-7 for r in read_coordinates(text)), text


@pytest.mark.parametrize(
    "text",
    ["120.9123 31.0456", "31.0456,120.9123", "120.9123°E 31.0456°N", "东经120.9123，北纬31.0456",
     "１２０．９１２３，３１．０４５６",
     "120°54′44.28″ 31°2′44.16″", "31度2分44.16秒 120度54分44.28秒"],
)  # fmt: skip
def test_degrees_however_written(text: str) -> None:
    (found,) = read_coordinates(text)
    assert (found.lon, found.lat) == (pytest.approx(LON, abs=1e-6), pytest.approx(LAT, abs=1e-6))


@pytest.mark.parametrize(
    "text", ["", "金泽镇", "0287", "330421100100005288", "1 2 3", "12 34", "999999999 1", "nan inf"]
)
def test_what_is_no_place_of_the_zone_gives_nothing(text: str) -> None:
    assert read_coordinates(text) == []


def test_two_systems_that_fit_are_both_told() -> None:
    """UTM 51N and Gauss–Krüger at 123° lie 1.4 km apart for the same numbers: the person must choose."""
    x, y = written(32651)
    systems = {r.zh for r in read_coordinates(f"{x} {y}")}
    assert any("UTM" in s for s in systems)
    assert any("123" in s for s in systems)


def test_a_line_is_the_sum_of_its_geodesics() -> None:
    line = [(120.6, 31.0), (120.9, 31.2), (121.2, 30.9)]
    geod = Geod(ellps="GRS80")  # differs from CGCS2000 by 0.1 mm in the polar axis
    parts = [geod.inv(*a, *b)[2] for a, b in pairwise(line)]
    assert line_length_m(line) == pytest.approx(sum(parts), abs=0.01)


def test_an_outlines_area_is_the_official_one() -> None:
    ring = [(120.9, 31.0), (120.95, 31.0), (120.95, 31.05), (120.9, 31.05)]
    x, y = Transformer.from_crs(4490, 4528, always_xy=True).transform(*np.array(ring).T)
    wanted = float(strip_area_m2([shapely.Polygon(np.column_stack((x, y)))], epsg=4528)[0])
    found = measure_outline(ring)
    assert found.area_m2 == pytest.approx(wanted, abs=0.01)
    assert measure_outline([*ring, ring[0]]).area_m2 == pytest.approx(found.area_m2, abs=1e-6)
    assert found.length_m == pytest.approx(2 * (4776 + 5544), rel=0.01)


@pytest.mark.parametrize(
    ("ring", "fault"),
    [([(120.9, 31), (121, 31.1), (121, 31), (120.9, 31.1)], "crossing"), ([(10, 31), (11, 31), (11, 32)], "far"),
     ([(120, 31), (121, 31)], "few"), ([(120, 91), (121, 31), (120, 30)], "places"),
     ([(float("nan"), 31), (121, 31), (120, 30)], "places"), ([("a", 1)], "places")],
)  # fmt: skip
def test_an_outline_without_an_area_is_refused(ring: list[tuple[float, float]], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        measure_outline(ring)
