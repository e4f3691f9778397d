"""The zone of ``bench.map``: the whole sample zone, its largest parcels halved until there are half a million."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely


def build_zone(source: Path, folder: Path, *, rows: int) -> int:
    """Write ``folder`` as a zone of about ``rows`` parcels; their number. Kept when it is already there.

    The largest parcels are halved along the middle of their longer side; each half has its own identifier and its
    official area. Every other layer is the source's own file.
    """
    from geo.geometry.ellipsoid import areas
    from geo.io.vector import read_layer, write_layer

    mark = folder / f".rows-{rows}"
    if mark.is_file():
        return int(mark.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        if path.name == "context":
            shutil.copytree(path, folder / "context", dirs_exist_ok=True)
        elif path.is_file() and not path.name.startswith("DLTB."):
            shutil.copyfile(path, folder / path.name)
    frame = read_layer(source / "DLTB.gpkg", "parcels").frame
    more = max(0, rows - len(frame))
    size = frame["area_m2"].to_numpy()
    chosen = np.sort(np.argsort(-size, kind="stable")[: min(more, len(frame))])
    shapes = frame.geometry.to_numpy()[chosen]
    west, south, east, north = shapely.bounds(shapes).T
    wide = (east - west) >= (north - south)
    middle_x, middle_y = np.where(wide, (west + east) / 2, east), np.where(wide, north, (south + north) / 2)
    first = shapely.intersection(shapes, shapely.box(west, south, middle_x, middle_y))
    second = shapely.intersection(
        shapes, shapely.box(np.where(wide, middle_x, west), np.where(wide, south, middle_y), east, north)
    )
    solid = np.isin(shapely.get_type_id(first), (3, 6)) & np.isin(shapely.get_type_id(second), (3, 6))
    chosen, first, second = chosen[solid], first[solid], second[solid]
    geometry = frame.geometry.to_numpy().copy()
    geometry[chosen] = first
    halves = gpd.GeoDataFrame(frame.iloc[chosen].drop(columns="geometry"), geometry=second, crs=frame.crs)
    halves["parcel_id"] = [f"{v[:6]}1999{i:08d}" for i, v in enumerate(halves["parcel_id"])]
    whole = gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=geometry, crs=frame.crs)
    both = gpd.GeoDataFrame(pd.concat([whole, halves], ignore_index=True), crs=frame.crs)
    cut = np.r_[chosen, np.arange(len(frame), len(both))]
    both.loc[cut, "area_m2"] = areas(both.iloc[cut]).round(2).to_numpy()
    ridge = (both.loc[cut, "area_m2"] * both.loc[cut, "ridge_factor"]).round(2)
    both.loc[cut, "ridge_area_m2"] = ridge
    both.loc[cut, "net_area_m2"] = (both.loc[cut, "area_m2"] - ridge).round(2)
    write_layer(both, folder / "DLTB.gpkg", "parcels")
    mark.write_text(str(len(both)))
    return len(both)


def sample_zone(folder: Path) -> Path:
    """The whole sample zone, made from its seed when no folder is given (some minutes)."""
    from geo.cli import main

    if not (folder / "zone.toml").is_file():
        main(["sample", "--extent", "zone", "-o", str(folder)])
    return folder
