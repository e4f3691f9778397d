"""Slope from an elevation model: planes of known slope, parcels without cells, files that are none."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.errors import InputProblem
from geo.measure.terrain import Elevation, class_shares, read_elevation, slope_classes, slope_deg

EAST, NORTH = 40_585_000.0, 3_430_000.0
LIMITS = (2.0, 6.0, 15.0, 25.0)


def write(path: Path, heights: np.ndarray, *, cell: float = 10.0, epsg: int = 4528, turned: bool = False) -> Path:
    import rasterio

    west, north = (EAST, NORTH + cell * len(heights)) if epsg == 4528 else (120.9, 31.0)
    transform = rasterio.Affine(cell, 1.0 if turned else 0.0, west, 0.0, -cell, north)
    profile = {"driver": "GTiff", "height": len(heights), "width": heights.shape[1], "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", crs=epsg, transform=transform, nodata=-9999, **profile) as sink:
        sink.write(heights.astype("float32"), 1)
    return path


def plane(rise_east: float, rise_north: float, *, size: int = 40, cell: float = 10.0) -> np.ndarray:
    """Heights that rise by so much a metre; rows run from north to south."""
    x, y = np.meshgrid(np.arange(size) * cell, -np.arange(size) * cell)
    return 5 + rise_east * x + rise_north * y


@pytest.mark.parametrize(("east", "north"), [(0, 0), (0.05, 0), (0, 0.3), (0.1, -0.2)])
def test_planes_have_their_slope_to_the_edge(tmp_path: Path, east: float, north: float) -> None:
    steep = slope_deg(read_elevation(write(tmp_path / "dem.tif", plane(east, north))))
    assert np.allclose(steep, math.degrees(math.atan(math.hypot(east, north))), atol=1e-3)


def test_cells_without_height_spoil_their_neighbours_only(tmp_path: Path) -> None:
    heights = plane(0.1, 0)
    heights[20, 20] = -9999
    steep = slope_deg(read_elevation(write(tmp_path / "dem.tif", heights)))
    assert np.isnan(steep).sum() == 8 + 0  # Horn's formula does not use the cell itself
    assert np.isfinite(steep[18, 20])


@pytest.mark.parametrize(("slope", "grade"), [(1.9, 1), (2.1, 2), (5.9, 2), (10, 3), (20, 4), (30, 5)])
def test_grades(tmp_path: Path, at, make_land, slope: float, grade: int) -> None:
    dem = write(tmp_path / "dem.tif", plane(math.tan(math.radians(slope)), 0))
    parcels = make_land([at(50, 50, 150, 150), at(200, 200, 204, 204)], ["0101", "0102"]).assign(slope_grade=[1, grade])
    got = slope_classes(parcels, dem, class_limits_deg=LIMITS)
    shares = [f"dem_share_{k}" for k in range(1, 6)]
    assert list(got.columns) == ["parcel_id", "dem_slope_deg", "dem_slope_grade", "cells", *shares, "differs"]
    assert got[shares].sum(axis=1).tolist() == pytest.approx([1.0, 1.0], abs=1e-12)
    assert got["dem_slope_grade"].tolist() == [grade, grade]
    assert got["dem_slope_deg"].tolist() == pytest.approx([slope, slope], abs=1e-3)
    assert got["differs"].tolist() == [grade != 1, False]
    assert got["cells"].iloc[0] == pytest.approx(100, abs=1)


def test_the_class_of_most_of_the_parcel_counts(tmp_path: Path, at, make_land) -> None:
    x = np.arange(40) * 10.0
    heights = np.tile(np.where(x < 200, 0.0, (x - 200) * 0.2), (40, 1))  # flat in the west, 11.3° in the east
    parcels = make_land([at(150, 100, 260, 150), at(100, 100, 240, 150)], ["0101", "0101"])
    got = slope_classes(parcels, write(tmp_path / "dem.tif", heights), class_limits_deg=LIMITS)
    assert got["dem_slope_grade"].tolist() == [3, 1]
    assert 0 < got["dem_slope_deg"].iloc[1] < got["dem_slope_deg"].iloc[0] < 11.4


def test_outside_the_model_nothing_is_said(tmp_path: Path, at, make_land) -> None:
    dem = write(tmp_path / "dem.tif", plane(0.5, 0))
    parcels = make_land([at(5000, 0, 5050, 50), at(100, 100, 150, 150)], ["0101", "0101"])
    parcels["slope_grade"] = parcels["slope_grade"].astype("Int64").mask(parcels["parcel_id"] == "p1")
    got = slope_classes(parcels, dem, class_limits_deg=LIMITS)
    assert got["dem_slope_grade"].isna().tolist() == [True, False]
    assert np.isnan(got["dem_slope_deg"].iloc[0])
    assert got["cells"].iloc[0] == 0
    # neither a parcel without elevation nor one without a booked grade differs
    assert got["differs"].tolist() == [False, False]
    assert slope_classes(parcels.iloc[:0], dem, class_limits_deg=LIMITS).empty


def test_a_model_in_degrees(tmp_path: Path, make_land) -> None:
    cell = 0.0001
    metres = math.radians(cell) * 6_350_000  # a rough cell height; the slope must come out as reckoned on the ellipsoid
    heights = np.tile(np.arange(60)[::-1, None] * 0.1 * metres, (1, 60))
    dem = write(tmp_path / "dem.tif", heights, cell=cell, epsg=4490)
    field = shapely.box(120.901, 30.995, 120.903, 30.997)
    parcels = make_land([field], ["0101"]).set_crs(4490, allow_override=True).to_crs(4528)
    got = slope_classes(parcels, dem, class_limits_deg=LIMITS)
    assert got["dem_slope_deg"].iloc[0] == pytest.approx(math.degrees(math.atan(0.1)), rel=2e-3)


def test_files_that_are_no_elevation_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "dem.tif"
    text.write_text("<VRTDataset/>")
    for path in (text, tmp_path / "none.tif", write(tmp_path / "turned.tif", plane(0, 0), turned=True)):
        with pytest.raises(InputProblem) as problem:
            read_elevation(path)
        assert [f.code for f in problem.value.findings] == ["IO117"]


def test_the_shipped_model_is_flat(sample_zone) -> None:
    got = slope_classes(sample_zone.layer("parcels"), sample_zone.dem, class_limits_deg=LIMITS)
    assert len(got) == len(sample_zone.layer("parcels"))
    assert got["dem_slope_grade"].dropna().le(2).all()


@pytest.mark.parametrize("cell", [3.0, 17.0, 400.0])
def test_shares_are_the_areas_of_the_parts_in_each_cell(cell: float) -> None:
    rng = np.random.default_rng(int(cell))
    angle = (np.arange(12) + rng.uniform(0, 0.8, (40, 12))) * 2 * np.pi / 12
    ring = rng.uniform(20, 280, (40, 1, 2)) + rng.uniform(8, 45, (40, 12, 1)) * np.stack(
        [np.cos(angle), np.sin(angle)], axis=-1
    )
    shapes = shapely.polygons(ring + np.array([EAST, NORTH]))
    shapes[::3] = shapely.difference(shapes[::3], shapely.buffer(shapely.centroid(shapes[::3]), 4.0))
    shapes[1], shapes[2] = shapely.multipolygons([shapes[1], shapely.box(EAST - 50, NORTH, EAST - 40, NORTH + 9)]), None
    size = int(300 / cell) + 1
    grade = rng.integers(-1, 4, (size, size))
    values = rng.uniform(0, 30, (size, size))
    model = Elevation(values, EAST + 5.0, NORTH + 290.0, (cell, cell), None, values)
    cells, total = class_shares(shapes, model, grade, values, 4)
    expected, sums = np.zeros((40, 4)), np.zeros(40)
    for row, col in np.argwhere(grade >= 0):
        west, north = EAST + 5.0 + col * cell, NORTH + 290.0 - row * cell
        part = np.nan_to_num(
            shapely.area(shapely.intersection(shapes, shapely.box(west, north - cell, west + cell, north)))
        )
        expected[:, grade[row, col]] += part / cell**2
        sums += part / cell**2 * values[row, col]
    assert np.abs(cells - expected).max() < 1e-8
    assert np.abs(total - sums).max() < 1e-6


def test_a_coordinate_without_end_is_refused() -> None:
    model = Elevation(np.zeros((3, 3)), EAST, NORTH, (10.0, 10.0), None, np.zeros((3, 2)))
    with pytest.raises(ValueError, match="finite"):
        class_shares([shapely.Polygon([(0, 0), (1, np.inf), (1, 0)])], model, np.zeros((3, 3)), np.zeros((3, 3)), 1)
