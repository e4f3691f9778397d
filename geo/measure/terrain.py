"""SLOPE FROM THE ELEVATION MODEL, beside the grade that the survey booked: a flag for a second look, nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.ellipsoid import INVERSE_FLATTENING, SEMI_MAJOR_M

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Floats = NDArray[np.float64]

# Polygons looked at together: their corners stay in memory that is used again and again.
_AT_ONCE = 16_384


@dataclass(frozen=True, slots=True)
class Elevation:
    """An elevation model with upright cells: heights (m, NaN where none), west and north edge, cell size, system.

    ``metres``: ground size of a cell for each row, (east–west, north–south).
    """

    heights: Floats
    west: float
    north: float
    cell: tuple[float, float]
    crs: Any
    metres: Floats


def read_elevation(path: Path | str) -> Elevation:
    """The first band of a GeoTIFF. Raises InputProblem (IO117) when it is not one, is turned, or has no system."""
    from geo.io.gdal_guard import guard

    guard()
    import rasterio

    name = Path(path).name
    try:
        with rasterio.open(path, driver="GTiff") as source:
            heights = source.read(1, masked=True).astype(np.float64).filled(np.nan)
            crs, transform = source.crs, source.transform
    except rasterio.errors.RasterioError as fault:
        raise InputProblem([Finding("IO117", "error", name, measured=str(fault))]) from None
    if crs is None or transform.b or transform.d or transform.e >= 0:
        what = "没有坐标系 / no CRS" if crs is None else "非正北朝上 / not north-up"
        raise InputProblem([Finding("IO117", "error", name, measured=what)])
    cell = (transform.a, -transform.e)
    metres = np.tile(np.array(cell), (heights.shape[0], 1))
    if crs.is_geographic:
        lat = np.radians(transform.f - cell[1] * (np.arange(heights.shape[0]) + 0.5))
        e2 = (2 - 1 / INVERSE_FLATTENING) / INVERSE_FLATTENING
        curve = 1 - e2 * np.sin(lat) ** 2
        metres = np.radians(metres) * SEMI_MAJOR_M
        metres[:, 0] *= np.cos(lat) / np.sqrt(curve)
        metres[:, 1] *= (1 - e2) / curve**1.5
    return Elevation(heights, transform.c, transform.f, cell, crs.to_wkt(), metres)


def slope_deg(elevation: Elevation) -> Floats:
    """Slope of each cell in degrees by Horn's eight neighbours; NaN beside a cell without height.

    p = [(c + 2f + i) − (a + 2d + g)] / 8Δx, q likewise, slope = arctan √(p² + q²) (B. K. P. Horn 1981, Proc. IEEE
    69:14). Beyond the edge the surface goes on as it came.
    """
    z = elevation.heights
    if min(z.shape) < 2:
        return np.full(z.shape, np.nan)
    z = np.pad(z, 1, mode="reflect", reflect_type="odd")
    down = z[:, :-2] + 2 * z[:, 1:-1] + z[:, 2:]
    across = z[:-2] + 2 * z[1:-1] + z[2:]
    p = (across[:, 2:] - across[:, :-2]) / (8 * elevation.metres[:, :1])
    q = (down[2:] - down[:-2]) / (8 * elevation.metres[:, 1:])
    return np.asarray(np.degrees(np.arctan(np.hypot(p, q))), dtype=np.float64)


def class_shares(geometries: Any, elevation: Elevation, grade: Any, values: Any, kinds: int) -> tuple[Floats, Floats]:
    """Cells of each class under each polygon, every cell by the exact share of it that the polygon covers.

    geometries: in the system of the elevation model; grade: class 0 … kinds − 1 of each cell, −1 for none; values: a
    figure of each cell (NaN adds nothing). Returns cells (one row a polygon, one column a class) and its sum over them.
    The same to 1e-8 as exactextract, for all polygons at once. What lies beyond the model's edge has no cells.
    Raises ValueError for a coordinate that is not finite.
    """
    from geo.geometry.clipping import ordered_rings
    from geo.measure._share_kernel import class_cells

    geoms = np.asarray(geometries, dtype=object).ravel()
    model = (elevation.west, elevation.north, *elevation.cell, np.asarray(grade, dtype=np.int16),
             np.asarray(values, dtype=np.float64), kinds)  # fmt: skip
    cells, total = np.zeros((len(geoms), kinds)), np.zeros(len(geoms))
    for first in range(0, len(geoms), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        xy, cuts, ring0, ringn, _, _ = ordered_rings(geoms[some])
        if not np.isfinite(xy).all():
            raise ValueError("a coordinate is not a finite number")
        cells[some], total[some] = class_cells(xy, cuts, ring0, ringn, *model)
    return cells, total


def slope_classes(
    parcels: gpd.GeoDataFrame,
    dem_path: Path | str,
    *,
    class_limits_deg: Sequence[float],
    id_column: str = "parcel_id",
) -> pd.DataFrame:
    """Slope of each parcel from the elevation model: the class that most of it has, as the survey determines it.

    ``class_limits_deg``: upper limits of grades 1, 2, …; above the last comes one more. Every cell counts by the share
    of it that the parcel covers; of two classes with as much the steeper counts. Columns: id_column, dem_slope_deg
    (mean), dem_slope_grade (Int64, NA without elevation), cells (of the model with elevation, whole and parts),
    dem_share_1, dem_share_2 … (share of each grade in them, 0 to 1), differs (from ``slope_grade``, False where either
    is missing). Rows as in parcels.
    Raises InputProblem for a file that is no GeoTIFF.
    """
    import pandas as pd

    elevation = read_elevation(dem_path)
    steep = slope_deg(elevation)
    grade = np.searchsorted(np.asarray(class_limits_deg, dtype=float), steep, side="left")
    grade[np.isnan(steep)] = -1
    there = parcels if parcels.crs == elevation.crs else parcels.to_crs(elevation.crs)
    kinds = len(class_limits_deg) + 1
    tally, total = class_shares(there.geometry.to_numpy(), elevation, grade, steep, kinds)
    seen = tally.sum(axis=1)
    known = seen > 0
    # Where two classes have as much, the steeper counts.
    most = kinds - np.round(tally, 9)[:, ::-1].argmax(axis=1)
    best = pd.array(np.where(known, most, 0), dtype="Int64")
    best[~known] = pd.NA
    out = pd.DataFrame(
        {
            id_column: parcels[id_column].to_numpy(),
            "dem_slope_deg": np.where(known, total / np.where(known, seen, 1.0), np.nan),
            "dem_slope_grade": best,
            "cells": seen,
        }
    )
    for k in range(kinds):
        out[f"dem_share_{k + 1}"] = np.where(known, tally[:, k] / np.where(known, seen, 1.0), np.nan)
    booked = pd.array(parcels["slope_grade"], dtype="Int64") if "slope_grade" in parcels.columns else best
    out["differs"] = (pd.Series(best) != pd.Series(booked)).fillna(False).to_numpy(dtype=bool)
    return out
