"""Working tables of a run as one GeoPackage: house names, every row with its parents, complete or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.crs import HOUSE_EPSG
from geo.io.gdal_guard import guard

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def write_tables(tables: Mapping[str, gpd.GeoDataFrame | pd.DataFrame], path: Path | str) -> Path:
    """Write frames as layers of one GeoPackage in EPSG:4528 (plain tables without geometry as they are).

    An existing file is replaced only when all are written.

    Raises InputProblem when the folder cannot be written.
    """
    guard()
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
            draft = Path(folder) / path.name
            for number, (name, frame) in enumerate(tables.items()):
                _write(frame, draft, name, append=number > 0)
            draft.replace(path)
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", str(path.parent), measured=str(fault))]) from None
    return path


def _write(frame: gpd.GeoDataFrame | pd.DataFrame, path: Path, layer: str, *, append: bool) -> None:
    import geopandas as gpd
    import pyogrio

    if not isinstance(frame, gpd.GeoDataFrame):
        pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG", append=append)
        return
    kinds = set(frame.geom_type.dropna())
    kind = "MultiPolygon" if kinds - {"Polygon"} or not kinds else "Polygon"
    pyogrio.write_dataframe(
        frame.to_crs(HOUSE_EPSG),
        path,
        layer=layer,
        driver="GPKG",
        append=append,
        geometry_type=kind,
        promote_to_multi=kind == "MultiPolygon",
    )


def table_names(path: Path | str) -> list[str]:
    """Names of the layers of a run's GeoPackage. Raises InputProblem when it cannot be read."""
    guard()
    import pyogrio

    path = Path(path)
    if not path.is_file():
        raise InputProblem([Finding("IO107", "error", path.name, measured="–")])
    try:
        return [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    except pyogrio.errors.DataSourceError as fault:
        raise InputProblem([Finding("IO107", "error", path.name, measured=str(fault)[:200])]) from None


def read_table(path: Path | str, layer: str) -> gpd.GeoDataFrame:
    """One layer of a run's GeoPackage. Raises InputProblem when it cannot be read."""
    guard()
    import pyogrio

    path = Path(path)
    if not path.is_file():
        raise InputProblem([Finding("IO107", "error", path.name, measured="–")])
    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\x00":
            raise InputProblem([Finding("IO119", "error", path.name, measured="GeoPackage ≠ SQLite")])
    try:
        return pyogrio.read_dataframe(path, layer=layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as fault:
        raise InputProblem([Finding("IO107", "error", f"{path.name}:{layer}", measured=str(fault)[:200])]) from None
