"""Overlaps and gaps of random layers against all pairs and what their union encloses, by GEOS alone."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.geometry.ellipsoid import area_m2
from geo.geometry.repair import polygons_only
from geo.qc.coverage import check_coverage
from geo.qc.limits import number
from geo.zone import Zone

EAST, NORTH = 40_585_000.0, 3_430_000.0


def zone(shapes: list[shapely.Geometry]) -> Zone:
    frame = gpd.GeoDataFrame({"parcel_id": [f"{k:03d}" for k in range(len(shapes))]}, geometry=shapes, crs=4528)
    return Zone("t", "t", "t", 2023, {"parcels": frame})


def grid(rng: np.random.Generator, side: int, push: float) -> list[shapely.Geometry]:
    """A grid of quadrilaterals that share their corners, some of which were pushed in one parcel only."""
    even = np.moveaxis(np.mgrid[0 : side + 1, 0 : side + 1] * 50.0, 0, -1)
    corner = np.round(even + rng.uniform(-8, 8, even.shape) + np.array([EAST, NORTH]), 3)
    shapes = []
    for i in range(side):
        for j in range(side):
            ring = np.array([corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1]])
            if rng.random() < push:
                ring[rng.integers(4)] += rng.uniform(-6, 6, 2).round(3)
            shapes.append(shapely.Polygon(ring))
    return shapes


def squares(rng: np.random.Generator, count: int) -> list[shapely.Geometry]:
    low = rng.uniform(0, 600, (count, 2)).round(3) + np.array([EAST, NORTH])
    size = rng.uniform(10, 90, (count, 2)).round(3)
    return [shapely.box(*a, *(a + s)) for a, s in zip(low, size, strict=True)]


@pytest.mark.parametrize("seed", range(12))
def test_overlaps_and_gaps_are_those_of_geos(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = grid(rng, 9, 0.15) if seed % 2 else squares(rng, 80)
    if seed % 3 == 0:
        shapes += shapes[:5]  # delivered twice
    array = np.array([s for s in shapes if s.is_valid], dtype=object)
    noise = number("surface_noise_m2")
    a, b = np.triu_indices(len(array), 1)
    common = area_m2(polygons_only(shapely.intersection(array[a], array[b])))
    want = {(f"DLTB#{i:03d}", f"DLTB#{j:03d}"): v for i, j, v in zip(a, b, common, strict=True) if v > noise}
    findings = check_coverage(zone(list(array)))
    found = {(f.subject, f.values["other"]): f.measured for f in findings if f.code in ("QC202", "QC205")}
    clear = {pair for pair, v in want.items() if v > 2 * noise}
    assert clear <= set(found) <= set(want)
    for pair, value in found.items():
        assert value == pytest.approx(want[pair], abs=0.01)
    same = {f.subject for f in findings if f.code == "QC205"}
    assert len(same) >= (4 if seed % 3 == 0 else 0)
    # Two parts that touch in points may enclose a gap that is a hole of neither: all that the union's rim encloses.
    union = shapely.union_all(array)
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(shapely.boundary(union))]))
    holes = faces[~shapely.intersects(union, shapely.point_on_surface(faces))]
    sizes = sorted(v for v in area_m2(holes) if v > 2 * noise)
    gaps = sorted(f.measured for f in findings if f.code == "QC203" and f.measured > 2 * noise)
    assert gaps == pytest.approx(sizes, abs=0.02)
