"""THE RELIEF: a flat plain with bunds, roofs and trees as noise; small, and plainly made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.sample.ground import Ground
from geo.sample.noise import Noise

CELL_M = 30.0


@dataclass(frozen=True, slots=True)
class Relief:
    """Heights (m, steps of 1/8 m so that the file stays small), north-west corner of the grid, cell size."""

    heights: NDArray[np.float32]
    west: float
    north: float
    cell_m: float


def make_relief(ground: Ground) -> Relief:
    """Heights of 2–5 m on average with the 1–2 m of noise that a surface model has on a plain."""
    rng = ground.rng["rest"]
    west, south, east, north = ground.hull.bounds
    west, north = np.floor(west / CELL_M) * CELL_M, np.ceil(north / CELL_M) * CELL_M
    columns, rows = int(np.ceil((east - west) / CELL_M)), int(np.ceil((north - south) / CELL_M))
    x = west + CELL_M * (np.arange(columns) + 0.5)
    y = north - CELL_M * (np.arange(rows) + 0.5)
    broad = 3.3 + 0.7 * Noise(rng, (9000.0, 3500.0))(x[None, :], y[:, None])
    rough = rng.normal(0, 0.9, (rows, columns)) + 1.6 * (rng.random((rows, columns)) < 0.06)
    heights = np.round(np.clip(broad + rough, 0.0, None) * 8) / 8
    return Relief(heights.astype(np.float32), float(west), float(north), CELL_M)


def write_relief(relief: Relief, path: Any) -> None:
    """The relief as a deflated GeoTIFF in EPSG:4528."""
    import rasterio
    from rasterio import Affine

    from geo.geometry.crs import HOUSE_EPSG

    rows, columns = relief.heights.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=rows, width=columns, count=1, dtype="float32", crs=f"EPSG:{HOUSE_EPSG}",
        transform=Affine(relief.cell_m, 0.0, relief.west, 0.0, -relief.cell_m, relief.north), compress="deflate",
        predictor=3, zlevel=9, tiled=True,
    ) as file:  # fmt: skip
        file.write(relief.heights, 1)
        file.update_tags(note="synthetic / 示例数据")
