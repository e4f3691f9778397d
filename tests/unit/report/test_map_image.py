"""The filled layers of a sheet as one picture: right place, right mix, the smaller polygon on top."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.report.map_frame import fit_frame
from geo.report.map_image import Filled, sign_picture

FRAME = fit_frame((0.0, 0.0, 1000.0, 1000.0), (25.4, 25.4), margin=0.0, scales=(40_000,))


def _pixel(picture: np.ndarray, east: float, north: float) -> tuple[int, ...]:
    rows, columns = picture.shape[:2]
    row = int((FRAME.north - north) / (FRAME.north - FRAME.south) * rows)
    column = int((east - FRAME.west) / (FRAME.east - FRAME.west) * columns)
    return tuple(int(v) for v in picture[row, column])


def test_layers_lie_where_they_are_and_mix_by_opacity() -> None:
    whole, part = shapely.box(0, 0, 1000, 1000), shapely.box(500, 500, 900, 900)
    hole = shapely.box(600, 600, 700, 700)
    ground = Filled(np.array([whole, shapely.box(50, 50, 150, 150)]), np.array([0, 1]), ("#FF0000", "#00FF00"))
    veil = Filled(np.array([shapely.difference(part, hole)]), np.array([0]), ("#0000FF",), 0.5)
    picture = sign_picture([ground, veil], FRAME, dpi=200, paper="#FFFFFF")
    assert picture.shape == (200, 200, 3)
    assert _pixel(picture, 300, 300) == (255, 0, 0)
    assert _pixel(picture, 100, 100) == (0, 255, 0)  # the smaller lies on the larger
    assert _pixel(picture, 800, 800) == (128, 0, 128)
    assert _pixel(picture, 650, 650) == (255, 0, 0)  # through the hole
    assert _pixel(picture, FRAME.west + 3, FRAME.south + 3) == (255, 255, 255)


def test_a_sign_without_fill_hides_nothing_and_odd_geometries_are_no_harm() -> None:
    box = shapely.box(0, 0, 1000, 1000)
    odd = np.array([shapely.Polygon(), None, shapely.GeometryCollection([box, shapely.Point(1, 1)])])
    layers = [
        Filled(np.array([box]), np.array([0]), ("#123456",)), Filled(odd, np.array([0, 0, 0]), ("",)),
        Filled(np.array([], dtype=object), np.array([], dtype=np.intp), ("#FFFFFF",)),
    ]  # fmt: skip
    picture = sign_picture(layers, FRAME, dpi=100)
    assert _pixel(picture, 500, 500) == (0x12, 0x34, 0x56)
    with pytest.raises(ValueError, match="254"):
        sign_picture([Filled(odd, np.array([0, 0, 0]), ("#FFFFFF",) * 255)], FRAME)
