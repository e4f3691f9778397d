"""SLOPE FROM THE ELEVATION MODEL, beside the grade that the survey booked: a flag for a second look, nothing more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.ellipsoid import INVERSE_FLATTENING, SEMI_MAJOR_M

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Floats = NDArray[np.float64]

# Rows of fine cells that are told to parcels at once: bounds the memory on a large model.
_STRIP_ROWS = 2048


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


def slope_classes(
    parcels: gpd.GeoDataFrame,
    dem_path: Path | str,
    *,
    class_limits_deg: Sequence[float],
    id_column: str = "parcel_id",
    finer: int = 3,
) -> pd.DataFrame:
    """Slope of each parcel from the elevation model: the class that most of it has, as the survey determines it.

    ``class_limits_deg``: upper limits of grades 1, 2, …; above the last comes one more. Each cell is divided into
    finer × finer before it is told to the parcel its centre lies in; a parcel without any takes the cell below its
    inner point. Columns: id_column, dem_slope_deg (mean), dem_slope_grade (Int64, NA without elevation), cells
    (of the model, whole and parts), differs (from ``slope_grade``, False where either is missing). Rows as in parcels.
    Raises InputProblem for a file that is no GeoTIFF.
    """
    import pandas as pd

    elevation = read_elevation(dem_path)
    steep = slope_deg(elevation)
    grade = np.searchsorted(np.asarray(class_limits_deg, dtype=float), steep, side="left")
    grade[np.isnan(steep)] = -1
    there = parcels if parcels.crs == elevation.crs else parcels.to_crs(elevation.crs)
    geoms = there.geometry.to_numpy()
    count, kinds = len(geoms), len(class_limits_deg) + 1
    tally, total = np.zeros((count, kinds)), np.zeros(count)
    for cells in _cells(geoms, elevation, finer):
        owner, row, col = (v[grade[cells[1], cells[2]] >= 0] for v in cells)
        kind = grade[row, col]
        tally += np.bincount(owner * kinds + kind, minlength=count * kinds).reshape(count, kinds)
        total += np.bincount(owner, weights=steep[row, col], minlength=count)
    seen = tally.sum(axis=1)
    known = seen > 0
    best = pd.array(np.where(known, tally.argmax(axis=1) + 1, 0), dtype="Int64")
    best[~known] = pd.NA
    out = pd.DataFrame(
        {
            id_column: parcels[id_column].to_numpy(),
            "dem_slope_deg": np.where(known, total / np.maximum(seen, 1), np.nan),
            "dem_slope_grade": best,
            "cells": seen / finer**2,
        }
    )
    booked = pd.array(parcels["slope_grade"], dtype="Int64") if "slope_grade" in parcels.columns else best
    out["differs"] = (pd.Series(best) != pd.Series(booked)).fillna(False).to_numpy(dtype=bool)
    return out


def _cells(geoms: Any, elevation: Elevation, finer: int) -> Iterator[tuple[Any, Any, Any]]:
    """Which cells lie in which parcel: (parcel row, cell row, cell column), one triple a fine cell."""
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    rows, cols = elevation.heights.shape
    wide, high = elevation.cell[0] / finer, elevation.cell[1] / finer
    bounds = shapely.bounds(geoms)
    found = np.zeros(len(geoms), dtype=bool)
    for top in range(0, rows * finer, _STRIP_ROWS):
        depth = min(_STRIP_ROWS, rows * finer - top)
        north = elevation.north - top * high
        use = np.flatnonzero((bounds[:, 3] > north - depth * high) & (bounds[:, 1] < north))
        if not len(use):
            continue
        grid = rasterize(
            zip(geoms[use], use + 1, strict=True), out_shape=(depth, cols * finer), fill=0, dtype="int32",
            transform=Affine(wide, 0.0, elevation.west, 0.0, -high, north),
        )  # fmt: skip
        row, col = np.nonzero(grid)
        owner = grid[row, col].astype(np.int64) - 1
        found[owner] = True
        yield owner, (row + top) // finer, col // finer
    lost = np.flatnonzero(~found & np.isfinite(bounds[:, 0]))
    if len(lost):
        inner = shapely.get_coordinates(shapely.point_on_surface(geoms[lost]))
        row = np.floor((elevation.north - inner[:, 1]) / elevation.cell[1]).astype(np.int64)
        col = np.floor((inner[:, 0] - elevation.west) / elevation.cell[0]).astype(np.int64)
        ok = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
        yield lost[ok], row[ok], col[ok]
