"""Two raster-made surveys of one place, the second moved by half a cell: how much false change is found, against what
laying one over the other alone would say.

    python -m bench.change_shift [--zone data/shapefiles] [--cell 10] [--half-window 900]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import geopandas as gpd
import rasterio.features
import shapely
from rasterio import Affine

from geo.study import change
from geo.study.change_intake import Survey

PLACES = ((0.5, 0.5), (0.3, 0.35), (0.7, 0.3), (0.35, 0.7))
WINDOW_M = 900.0


def rastered(frame: gpd.GeoDataFrame, east: float, north: float, *, cell_m: float = 10.0) -> Survey:
    """The parcels as a raster of ``cell_m`` would tell them, its grid moved by (east, north), made polygons again."""
    west, south, far, top = frame.total_bounds
    x, y = (west + far) / 2, (south + top) / 2
    codes = {c: k + 1 for k, c in enumerate(sorted(frame["class_code"].unique()))}
    named = {k: c for c, k in codes.items()}
    size = int(1600 / cell_m)
    grid = Affine(cell_m, 0.0, x - 800 + east, 0.0, -cell_m, y + 800 + north)
    cells = rasterio.features.rasterize(
        zip(frame.geometry, frame["class_code"].map(codes), strict=True), (size, size), transform=grid, dtype="int32"
    )
    found = rasterio.features.shapes(cells, mask=cells > 0, transform=grid)
    shapes, values = zip(*((shapely.geometry.shape(s), named[int(v)]) for s, v in found), strict=True)
    parcels = gpd.GeoDataFrame(
        {"parcel_id": [f"R{k}" for k in range(len(values))], "class_code": values}, geometry=list(shapes), crs=frame.crs
    )
    return Survey(f"raster {east:g}", 2020, parcels, {}, {})


def main(argv: list[str] | None = None) -> int:
    """Prints one row a place and shift."""
    from geo.io.zone_folder import read_zone

    ask = argparse.ArgumentParser(prog="bench.change_shift", description=__doc__)
    ask.add_argument("--zone", type=Path, default=Path("data/shapefiles"))
    ask.add_argument("--cell", type=float, default=10.0)
    ask.add_argument("--half-window", type=float, default=WINDOW_M)
    given = ask.parse_args(argv)
    parcels: Any = read_zone(given.zone, layers=("parcels",)).layer("parcels")
    west, south, east, north = parcels.total_bounds
    print("| place | moved | overlay alone, ha | real | small pieces | re-survey |\n|---|---|---|---|---|---|")
    for right, up in PLACES:
        x, y, w = west + (east - west) * right, south + (north - south) * up, given.half_window
        frame = parcels.cx[x - w : x + w, y - w : y + w].reset_index(drop=True)
        if len(frame) < 100:
            continue
        for down in (0.0, given.cell / 2):
            pair = [rastered(frame, 0, 0, cell_m=given.cell), rastered(frame, given.cell / 2, down, cell_m=given.cell)]
            told = change.run(*pair, change.SPEC.values({}))
            parts = [f"{told.kind_m2(kind) / told.naive_m2:.2%}" for kind in ("real", "small", "resurvey")]
            moved = f"{given.cell / 2:g}, {down:g} m"
            print(f"| {right:g}, {up:g} | {moved} | {told.naive_m2 / 1e4:.2f} | {' | '.join(parts)} |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
