"""One layer in, one layer out: Shapefile and GeoPackage, in the official field names at the door.

Reading reconciles what the files declare with what was read before anything is computed: a truncated .shp gives
null geometries without a warning, a wrong .dbf count drops parcels silently. Writing keeps the official lengths and
decimals of every field, which GDAL learns from Arrow types.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.crs import GEOGRAPHIC_EPSG, HOUSE_EPSG, ZONE_FRAME_DEG
from geo.io.gdal_guard import guard
from geo.standards.schema import LayerSchema, schema
from geo.zone import Source

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

SUPPORTED_EPSG = (4490, 4528, 4549)
_SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True, slots=True)
class Reading:
    """What came through the door: the frame in house names and EPSG:4528, its source, and notes that are not faults."""

    frame: gpd.GeoDataFrame
    source: Source
    findings: tuple[Finding, ...]


def read_layer(path: Path | str, layer: str, *, columns: Mapping[str, str] | None = None) -> Reading:
    """Read one standard layer. ``columns`` maps official field names to the names in the file where they differ.

    Returns house column names (``standards/tables/layer_<layer>.csv``), EPSG:4528, polygons only, RangeIndex, text
    without None, optional integers as Int64; columns the file lacks are absent, but a missing
    KCXS follows from the areas. Personal fields are dropped.
    Raises InputProblem with every fault: unreadable or inconsistent files, no CRS, a CRS that the coordinates
    contradict, missing columns, null or non-polygon geometry, text in number columns, duplicate identifiers.
    """
    path = Path(path)
    spec = schema(layer)
    faults = _sniff(path)
    if faults:
        raise InputProblem(faults)
    encoding = _encoding(path)
    raw = _read_raw(path, encoding)
    if len(raw) == 0:
        raise InputProblem([Finding("IO104", "error", path.name)])
    epsg, faults = _crs_faults(raw, path.name)
    frame, notes, column_faults = _to_house(raw, spec, path.name, columns or {})
    faults += column_faults + _geometry_faults(raw, path.name)
    if faults:
        raise InputProblem(faults)
    if epsg != HOUSE_EPSG:
        frame = frame.to_crs(HOUSE_EPSG)
        notes.append(Finding("IO113", "info", path.name, measured=f"EPSG:{epsg}"))
    source = Source(path.name, fingerprint(path), encoding, epsg, len(frame))
    return Reading(frame.reset_index(drop=True), source, tuple(notes))


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
    arrays.append(pa.array(moved.to_wkb().to_list(), type=pa.binary()))
    table = pa.table(arrays, schema=pa.schema(fields))
    multi = bool((frame.geom_type == "MultiPolygon").any())
    shape = path.suffix.lower() == ".shp"
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


def _sniff(path: Path) -> list[Finding]:
    """Faults that can be seen before GDAL opens anything: content against name, declared against real lengths."""
    if not path.is_file():
        return [Finding("IO107", "error", path.name, measured="–")]
    with path.open("rb") as file:
        head = file.read(100)
    if path.suffix.lower() == ".gpkg":
        if not head.startswith(b"SQLite format 3\x00"):
            return [Finding("IO119", "error", path.name, measured="GeoPackage ≠ SQLite")]
        return []
    if path.suffix.lower() != ".shp":
        return [Finding("IO119", "error", path.name, measured=path.suffix)]
    if head[:4] != b"\x00\x00\x27\x0a" or len(head) < 100:
        return [Finding("IO119", "error", path.name, measured="Shapefile 0x270A")]
    faults = []
    declared = struct.unpack(">i", head[24:28])[0] * 2
    if declared != path.stat().st_size:
        faults.append(_disagree(path, f".shp {path.stat().st_size} B ≠ {declared} B"))
    shx, dbf = path.with_suffix(".shx"), path.with_suffix(".dbf")
    missing = [p.suffix for p in (shx, dbf) if not p.is_file()]
    if missing:
        return [*faults, _disagree(path, "缺少 / missing " + " ".join(missing))]
    with dbf.open("rb") as file:
        dbf_head = file.read(12)
    rows = (shx.stat().st_size - 100) // 8
    if len(dbf_head) < 12:
        return [*faults, _disagree(path, ".dbf 0 B")]
    count, header, width = struct.unpack("<IHH", dbf_head[4:12])
    if rows != count:
        faults.append(_disagree(path, f".shx {rows} ≠ .dbf {count}"))
    if width and dbf.stat().st_size < header + count * width:
        faults.append(_disagree(path, f".dbf {dbf.stat().st_size} B < {header + count * width} B"))
    return faults


def _disagree(path: Path, what: str) -> Finding:
    return Finding("IO108", "error", path.name, measured=what)


def _encoding(path: Path) -> str:
    """Encoding of a Shapefile's text: the .cpg, else strict UTF-8, else GB18030 (which reads UTF-8 as nonsense)."""
    if path.suffix.lower() != ".shp":
        return "UTF-8"
    body = path.with_suffix(".dbf").read_bytes()[32:]
    cpg = path.with_suffix(".cpg")
    named = cpg.read_text("ascii", "ignore").strip() if cpg.is_file() else ""
    named = {"936": "GBK", "54936": "GB18030", "65001": "UTF-8"}.get(named, named)
    for trial in [named] if named else ["UTF-8", "GB18030"]:
        try:
            body.decode(trial)
        except (UnicodeDecodeError, LookupError):
            continue
        return trial
    if named:
        return "GB18030"
    raise InputProblem([Finding("IO112", "error", path.name)])


def _read_raw(path: Path, encoding: str) -> gpd.GeoDataFrame:
    guard()
    import geopandas as gpd
    import pyogrio

    try:
        frame = pyogrio.read_dataframe(
            str(path), encoding=encoding if path.suffix.lower() == ".shp" else None, use_arrow=True
        )
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        UnicodeDecodeError,
        ValueError,
    ) as fault:
        raise InputProblem([Finding("IO107", "error", path.name, measured=str(fault)[:200])]) from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputProblem([Finding("IO107", "error", path.name, measured="没有几何 / no geometry")])
    return frame


def _crs_faults(raw: gpd.GeoDataFrame, name: str) -> tuple[int, list[Finding]]:
    import numpy as np

    if raw.crs is None:
        return 0, [Finding("IO105", "error", name)]
    epsg = raw.crs.to_epsg(min_confidence=60) or 0
    if epsg not in SUPPORTED_EPSG:
        return epsg, [Finding("IO115", "error", name, measured=f"{raw.crs.name} (EPSG:{epsg or '?'})")]
    bounds = raw.total_bounds
    if not np.isfinite(bounds).all():
        return epsg, []
    west, south, east, north = ZONE_FRAME_DEG
    if epsg == GEOGRAPHIC_EPSG:
        low, high = (west, south), (east, north)
    else:
        shift = 40_000_000 if epsg == HOUSE_EPSG else 0
        low, high = (shift + 490_000, 3_350_000), (shift + 680_000, 3_530_000)
    inside = low[0] <= bounds[0] and bounds[2] <= high[0] and low[1] <= bounds[1] and bounds[3] <= high[1]
    if inside:
        return epsg, []
    box = f"x {bounds[0]:.4g}–{bounds[2]:.4g}, y {bounds[1]:.4g}–{bounds[3]:.4g}"
    return epsg, [Finding("IO106", "error", name, measured=f"EPSG:{epsg}", limit=box)]


def _geometry_faults(raw: gpd.GeoDataFrame, name: str) -> list[Finding]:
    import numpy as np
    import shapely

    geoms = raw.geometry.to_numpy()
    kinds = shapely.get_type_id(geoms)
    bad = np.flatnonzero(~np.isin(kinds, (3, 6)) | shapely.is_empty(geoms))
    faults = []
    if bad.size:
        faults.append(Finding("IO109", "error", name, measured=str(bad.size), limit=_rows(bad)))
    coords, owner = shapely.get_coordinates(geoms, return_index=True)
    endless = np.unique(owner[~np.isfinite(coords).all(axis=1)])
    if endless.size:
        faults.append(Finding("IO120", "error", name, measured=str(endless.size), limit=_rows(endless)))
    return faults


def _to_house(
    raw: gpd.GeoDataFrame, spec: LayerSchema, name: str, columns: Mapping[str, str]
) -> tuple[gpd.GeoDataFrame, list[Finding], list[Finding]]:
    """The frame in house names with proper types; notes; faults."""
    import geopandas as gpd

    present = {str(c).upper(): c for c in raw.columns}
    data: dict[str, Any] = {}
    notes, faults, dropped = [], [], []
    for field in spec.fields:
        wanted = [columns.get(field.official, field.official), *field.aliases]
        hit = next((present[w.upper()] for w in wanted if w.upper() in present), None)
        if hit is None:
            if field.required:
                words = {"zh": field.zh}
                faults.append(Finding("IO103", "error", name, measured=field.official, values=words))
            continue
        if field.personal:
            dropped.append(field.official)
            continue
        column, bad = _typed(raw[hit], field.kind)
        data[field.name] = column
        if len(bad):
            faults.append(Finding("IO110", "error", name, measured=field.official, limit=_rows(bad)))
    if dropped:
        notes.append(Finding("IO114", "info", name, measured=" ".join(dropped)))
    frame = gpd.GeoDataFrame(data, geometry=_flat(raw), crs=raw.crs)
    for code in ("village_code", "unit_code"):
        if code in frame.columns:
            frame[code] = frame[code].str.slice(0, 12)
    if any(field.name == "ridge_factor" for field in spec.fields):
        frame["ridge_factor"] = _ridge_factor(frame)
    if spec.id_column in frame.columns:
        ids = frame[spec.id_column]
        again = sorted(set(ids[ids.duplicated() & (ids != "")]))
        if again:
            more = " …" if len(again) > 10 else ""
            faults.append(Finding("IO111", "error", name, measured=" ".join(again[:10]) + more))
    return frame, notes, faults


def _ridge_factor(frame: gpd.GeoDataFrame) -> Any:
    """KCXS, 0 where empty. A layer without the column tells it by its areas: 1 - net / gross, to KCXS's 4 decimals."""
    if "ridge_factor" in frame.columns:
        return frame["ridge_factor"].fillna(0.0)
    if not {"area_m2", "net_area_m2"} <= set(frame.columns):
        return 0.0
    gross = frame["area_m2"].where(frame["area_m2"] > 0)
    return (1.0 - frame["net_area_m2"] / gross).clip(lower=0.0).round(4).fillna(0.0)


def _flat(raw: gpd.GeoDataFrame) -> Any:
    """Geometries in two dimensions: heights of Z layers are not areas."""
    import shapely

    geoms = raw.geometry.to_numpy()
    return shapely.force_2d(geoms) if bool(raw.geometry.has_z.any()) else geoms


def _typed(column: pd.Series, kind: str) -> tuple[pd.Series, np.ndarray]:
    """The column as text without None, float64 or Int64, and the rows that do not fit."""
    import numpy as np
    import pandas as pd

    none = np.zeros(0, dtype=np.intp)
    if kind == "text":
        text = column
        if pd.api.types.is_float_dtype(column):
            text = column.astype("Int64")
        return text.astype("string").fillna("").str.strip().astype("str"), none
    blank = column.isna()
    if column.dtype == object or pd.api.types.is_string_dtype(column):
        blank |= column.astype("string").fillna("").str.strip().eq("")
    numbers = pd.to_numeric(column.where(~blank), errors="coerce")
    bad = np.flatnonzero((numbers.isna() & ~blank).to_numpy())
    if kind == "real":
        return numbers.astype("float64"), bad
    fraction = np.flatnonzero((numbers.notna() & (numbers != numbers.round())).to_numpy())
    return numbers.round().astype("Int64"), np.union1d(bad, fraction)


def _rows(rows: Sequence[int] | np.ndarray) -> str:
    """Row numbers for a person, counted from 1, ten at most."""
    shown = ", ".join(str(int(r) + 1) for r in list(rows)[:10])
    return shown + (" …" if len(rows) > 10 else "")


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
