"""GeoParquet, lines of WKT, and the GeoTIFF of elevations."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from geo.io.inside.geojson import decoded
from geo.io.inside.readers import GEOMETRY, Asked, Note, Raw, Refused, note, rows_text

_SRID = re.compile(r"SRID=(\d{4,6});\s*", re.IGNORECASE)
_NAMED = re.compile(r"epsg[_\-: ]?(\d{4,6})", re.IGNORECASE)
_MOST_CELLS = 400_000_000
_READ_WHOLE = 50_000_000  # cells up to which every block is tried


def read_geoparquet(asked: Asked) -> Iterator[Raw]:
    """A GeoParquet file with one geometry column in use."""
    path = asked.path
    import geopandas as gpd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.ParquetFile(path).metadata.num_rows
        frame = gpd.read_parquet(path)
    except (pa.ArrowException, ValueError, KeyError, TypeError, AttributeError) as fault:
        if "geo metadata" in str(fault):  # a table without shapes
            raise Refused(note("IO107", "error", "Parquet: 没有图形列 / no geometry (GeoParquet)")) from None
        raise Refused(note("IO107", "error", f"Parquet: {str(fault)[:120]}")) from None
    notes: list[Note] = []
    if bool(frame.geometry.has_z.any()):
        notes.append(note("IO127", "info"))
    spare = [c for c, kind in frame.dtypes.items() if str(kind) == "geometry" and c != frame.geometry.name]
    shapes = pa.array(frame.geometry.to_wkb(), type=pa.binary())
    plain = frame.drop(columns=[*spare, frame.geometry.name])
    table = pa.Table.from_pandas(plain, preserve_index=False)
    table = pa.table({n: c for n, c in zip(table.column_names, table.columns, strict=True) if n != "bbox"})
    table = table.replace_schema_metadata(None).append_column(GEOMETRY, shapes)
    crs = frame.crs.to_wkt() if frame.crs is not None else ""
    if (epsg := frame.crs.to_epsg() if frame.crs is not None else None) is not None:
        crs = f"EPSG:{epsg}"
    yield Raw(path.stem, table, crs, rows, "UTF-8", "vector", notes)


def read_wkt(asked: Asked) -> Iterator[Raw]:
    """One geometry a line (or one collection, whose members are the rows); the system from ``SRID=…;`` of EWKT."""
    path = asked.path
    import pyarrow as pa
    import shapely

    text, encoding = decoded(path.read_bytes())
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    srids = {m[1] for line in lines if (m := _SRID.match(line))}
    shapes = shapely.from_wkt([_SRID.sub("", line, count=1) for line in lines], on_invalid="ignore")
    bad = [i for i, shape in enumerate(shapes) if shape is None]
    if len(bad) == len(lines):
        raise Refused(note("IO107", "error", "WKT"))
    notes = [note("IO138", "error", len(bad), rows_text(bad))] if bad else []
    if len(lines) == 1 and shapely.get_type_id(shapes[0]) in (4, 5, 6, 7):
        shapes = shapely.get_parts(shapes[0])
    if len(srids) > 1:
        notes.append(note("IO108", "error", "SRID " + ", ".join(sorted(srids))))
    crs = f"EPSG:{srids.pop()}" if len(srids) == 1 else ""
    hint = _NAMED.search(path.stem)
    if not crs and hint:
        crs = f"EPSG:{hint[1]}"
        notes.append(note("IO153", "warning", crs))
    table = pa.table({
        "row": pa.array(np.arange(1, len(shapes) + 1)),
        GEOMETRY: pa.array(list(shapely.to_wkb(shapes)), type=pa.binary()),
    })  # fmt: skip
    yield Raw(path.stem, table, crs, len(shapes), encoding, "vector", notes)


def read_geotiff(asked: Asked) -> Iterator[Raw]:
    """The frame of a GeoTIFF as one row: columns, rows, cell size, kind of number, no-data value, bands."""
    path = asked.path
    import pyarrow as pa
    import rasterio
    import shapely

    try:
        with rasterio.open(path, driver="GTiff") as source:
            cells = source.width * source.height * source.count
            if cells > _MOST_CELLS:
                raise Refused(note("IO130", "error", f"{source.width} x {source.height} x {source.count}", _MOST_CELLS))
            if cells <= _READ_WHOLE:
                for _, window in source.block_windows(1):
                    source.read(1, window=window)
            frame = shapely.box(*source.bounds)
            crs = source.crs.to_wkt() if source.crs else ""
            notes = [] if source.count == 1 else [note("IO117", "warning", f"{source.count} bands")]
            notes += [] if source.crs else [note("IO105", "error")]
            row = {
                "columns": source.width, "rows": source.height, "bands": source.count,
                "cell_x": float(abs(source.transform.a)), "cell_y": float(abs(source.transform.e)),
                "number": str(source.dtypes[0]), "nodata": None if source.nodata is None else float(source.nodata),
            }  # fmt: skip
    except rasterio.errors.RasterioError as fault:
        raise Refused(note("IO117", "error", str(fault).splitlines()[0][-80:])) from None
    table = pa.table({k: pa.array([v]) for k, v in row.items()} | {GEOMETRY: pa.array([shapely.to_wkb(frame)])})
    yield Raw(path.stem, table, crs, 1, "", "raster", notes)
