"""A GeoPackage of repaired layers that carries its own undo: layer ``REPAIRS`` keeps every original shape."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.io.gdal_guard import guard

if TYPE_CHECKING:
    import geopandas as gpd

REPAIRS = "REPAIRS"
# Columns of the layer REPAIRS; its geometry is the shape before the repair.
COLUMNS = ("table_name", "row_no", "subject", "codes", "area_before_m2", "area_after_m2", "moved_m")


def write_repaired(layers: Mapping[str, gpd.GeoDataFrame], repairs: gpd.GeoDataFrame, path: Path | str) -> Path:
    """Write layers and the layer ``REPAIRS`` (columns ``COLUMNS`` and the shape before) as one GeoPackage.

    All or nothing: the file appears only when complete. Raises InputProblem (IO118) when it cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
            draft = Path(folder) / "draft.gpkg"
            for name, frame in {**layers, REPAIRS: repairs}.items():
                _write(frame, draft, name)
            draft.replace(path)
    except OSError as fault:
        raise InputProblem([Finding("IO118", "error", path.name, measured=str(fault.strerror or fault))]) from None
    return path


def read_repaired(path: Path | str) -> tuple[dict[str, gpd.GeoDataFrame], gpd.GeoDataFrame]:
    """The layers and the list of repairs of a file that ``write_repaired`` made.

    Raises InputProblem: IO107 when it cannot be read, IO171 when it has no layer ``REPAIRS``.
    """
    guard()
    import pyogrio

    path = Path(path)
    if not path.is_file() or path.read_bytes()[:16] != b"SQLite format 3\x00":
        raise InputProblem([Finding("IO107", "error", path.name, measured="GeoPackage")])
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(str(path))]
        if REPAIRS not in names:
            raise InputProblem([Finding("IO171", "error", path.name)])
        frames = {name: pyogrio.read_dataframe(str(path), layer=name, use_arrow=True) for name in names}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as fault:
        raise InputProblem([Finding("IO107", "error", path.name, measured=str(fault)[:200])]) from None
    return frames, frames.pop(REPAIRS)


def _write(frame: gpd.GeoDataFrame, path: Path, name: str) -> None:
    guard()
    import pyogrio

    taken = {"fid": "fid_", "FID": "FID_", "geom": "geom_"}
    renamed: Any = frame.rename(columns={c: taken[c] for c in frame.columns if c in taken and c != "geometry"})
    pyogrio.write_dataframe(
        renamed, str(path), layer=name, driver="GPKG", geometry_type="Unknown", append=path.exists(),
        layer_options={"GEOMETRY_NAME": "geom"},
    )  # fmt: skip
