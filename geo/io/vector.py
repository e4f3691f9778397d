"""One layer in, one layer out: Shapefile and GeoPackage, in the official field names at the door.

Reading reconciles what the files declare with what was read before anything is computed: a truncated .shp gives
null geometries without a warning, a wrong .dbf count drops parcels silently. Writing keeps the official lengths and
decimals of every field, which GDAL learns from Arrow types.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.crs import HOUSE_EPSG
from geo.io.door import open_files
from geo.io.gdal_guard import guard
from geo.io.layer import Layer, Reading
from geo.standards.schema import schema

__all__ = ["Reading", "fingerprint", "read_layer", "write_layer"]

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_POLYGON = 3  # type of a single polygon in shapely's numbering
_SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def read_layer(
    path: Path | str, layer: str, *, columns: Mapping[str, str] | None = None, inner: str = "", epsg: int = 0
) -> Reading:
    """Read one standard layer of a file that any door opens (Shapefile, zip, GeoPackage, FileGDB, GeoJSON, KML …).

    columns: official field names to the names in the file where they differ, ``#row``, ``#area`` or ``=text``.
    inner: name of the layer where the file holds several. epsg: the system to read a file in that has none, or a
    wrong one (4528, 4549, 4490 …).
    Returns house column names (``standards/tables/layer_<layer>.csv``), EPSG:4528, polygons only, RangeIndex, text
    without None, optional integers as Int64; columns the file lacks are absent, but a missing
    KCXS follows from the areas. Personal fields are dropped.
    Raises InputProblem with every fault: unreadable or inconsistent files, no CRS, a CRS that the coordinates
    contradict, missing columns, null or non-polygon geometry, text in number columns, duplicate identifiers.
    """
    chosen = choose(Path(path), layer, inner)
    if epsg:
        chosen = chosen.placed(epsg)
    return chosen.to_house(layer, mapping=columns or {})


def choose(path: Path, layer: str, inner: str = "") -> Layer:
    """The layer of a file that is meant: the one named, the only one, or the only one recognised as ``layer``.

    Raises InputProblem with the faults of the file, or with the names to choose from (IO146).
    """
    opened = open_files([path])
    faults = [f for f in opened.findings if f.severity == "error"]
    if faults:
        raise InputProblem(faults)
    official = schema(layer).official.upper()
    named = [each for each in opened.layers if each.name == inner] if inner else list(opened.layers)
    if len(named) > 1:
        named = [each for each in named if each.name.upper() == official] or [
            each for each in named if each.recognised is not None and each.recognised.layer == layer
        ]
    if len(named) == 1:
        return named[0]
    names = ", ".join(each.name for each in opened.layers[:20]) or "–"
    if not opened.layers:
        raise InputProblem([Finding("IO104", "error", path.name)])
    raise InputProblem([Finding("IO146", "error", path.name, measured=official, limit=names)])


def write_layer(
    frame: gpd.GeoDataFrame, path: Path | str, layer: str, *, epsg: int = HOUSE_EPSG, gpkg_layer: str = ""
) -> Path:
    """Write a frame in house names as an official layer; Shapefile or GeoPackage by the suffix of ``path``.

    Columns follow the schema's order, lengths and decimals; columns that the schema does not know are not written,
    missing optional ones are left out. A Shapefile is GBK with a .cpg. All or nothing: files are moved into place
    only when complete. Raises KeyError when a required column is missing, ValueError when text exceeds its length.
    """
    guard()
    import pyarrow as pa
    import pyogrio

    path = Path(path)
    spec = schema(layer)
    fields, arrays = [], []
    for field in spec.fields:
        if field.name not in frame.columns:
            if field.required:
                raise KeyError(f"{spec.official} needs {field.official} ({field.name})")
            continue
        arrow, array = _arrow_column(frame[field.name], field.kind, field.length, field.decimals)
        meta = {"GDAL:OGR:width": str(field.length)} if field.kind != "real" else None
        fields.append(pa.field(field.official, arrow, metadata=meta))
        arrays.append(array)
    moved = frame.geometry if epsg == frame.crs.to_epsg() else frame.geometry.to_crs(epsg)
    fields.append(pa.field("geometry", pa.binary(), metadata={"ARROW:extension:name": "ogc.wkb"}))
    multi, shape = bool((frame.geom_type == "MultiPolygon").any()), path.suffix.lower() == ".shp"
    shapes = moved.to_numpy(copy=True)
    if multi and not shape:  # a GeoPackage layer has one geometry type: single polygons become multi ones of one part
        single = shapely.get_type_id(shapes) == _POLYGON
        shapes[single] = shapely.multipolygons(shapes[single][:, None])
    arrays.append(pa.array(shapely.to_wkb(shapes).tolist(), type=pa.binary()))
    table = pa.table(arrays, schema=pa.schema(fields))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
        draft = Path(folder) / path.name
        options: dict[str, str] = {"DBF_DATE_LAST_UPDATE": "2020-01-01"} if shape else {}
        if not shape and path.exists():
            shutil.copyfile(path, draft)
        pyogrio.write_arrow(
            table,
            str(draft),
            layer=None if shape else (gpkg_layer or spec.official),
            driver="ESRI Shapefile" if shape else "GPKG",
            geometry_name="geometry",
            geometry_type="MultiPolygon" if multi else "Polygon",
            crs=f"EPSG:{epsg}",
            encoding="GBK" if shape else None,
            append=False,
            layer_options=options or None,
        )
        for produced in Path(folder).iterdir():
            produced.replace(path.parent / produced.name)
    return path


def fingerprint(path: Path) -> str:
    """SHA-256 of a layer's bytes; for a Shapefile over .shp, .shx, .dbf, .prj, .cpg in that order."""
    digest = hashlib.sha256()
    parts = [path.with_suffix(s) for s in _SIDECARS] if path.suffix.lower() == ".shp" else [path]
    for part in parts:
        if part.is_file():
            with part.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
    return digest.hexdigest()


def _arrow_column(column: pd.Series, kind: str, length: int, decimals: int) -> tuple[Any, Any]:
    import pandas as pd
    import pyarrow as pa

    if kind == "text":
        text = column.astype("string").fillna("")
        worst = int(text.str.encode("gbk", "replace").str.len().max() or 0) if len(text) else 0
        if worst > max(length, 1) * 2 or bool((text.str.len() > length).any()):
            raise ValueError(f"{column.name}: text longer than {length} characters")
        return pa.string(), pa.array(text.to_list(), type=pa.string())
    if kind == "int":
        values = [None if pd.isna(v) else int(v) for v in column]
        return pa.int32(), pa.array(values, type=pa.int32())
    kind_type = pa.decimal128(length, decimals)
    step = Decimal(1).scaleb(-decimals)
    exact = [None if pd.isna(v) else Decimal(repr(float(v))).quantize(step) for v in column]
    return kind_type, pa.array(exact, type=kind_type)
