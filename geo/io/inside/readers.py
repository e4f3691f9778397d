"""Which reader answers for which kind of file, and how its layers leave the process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# code, severity, measured, limit, further words of the message: a Finding without its subject
Note = tuple[str, str, str, str, dict[str, str]]
GEOMETRY = "__geometry__"


class Refused(Exception):
    """The file cannot be read; ``notes`` say why."""

    def __init__(self, *notes: Note) -> None:
        super().__init__(notes)
        self.notes = notes


def note(code: str, severity: str, measured: object = "", limit: object = "", **words: str) -> Note:
    """A finding about the file or layer that is being read."""
    return (code, severity, str(measured), str(limit), words)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader is asked: the file, the folder that it may write to, and what the caller found beside the file."""

    path: Path
    out: Path
    options: dict[str, Any]


@dataclass(slots=True)
class Raw:
    """A layer as the file holds it: an Arrow table (geometry as WKB in ``GEOMETRY``), CRS text, declared row count."""

    name: str
    table: Any
    crs: str = ""
    declared: int | None = None
    encoding: str = "UTF-8"
    kind: str = "vector"
    notes: list[Note] = field(default_factory=list)


def read(kind: str, path: Path, out: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read a file; write each layer as an Arrow file into ``out``; return what to tell about them."""
    import pyarrow as pa

    told: list[dict[str, Any]] = []
    for number, raw in enumerate(_reader(kind)(Asked(path, out, options))):
        name = f"{number}.arrow"
        with pa.OSFile(str(out / name), "wb") as sink, pa.ipc.new_file(sink, raw.table.schema) as writer:
            writer.write_table(raw.table)
        told.append({
            "file": name, "name": raw.name, "crs": raw.crs, "declared": raw.declared, "encoding": raw.encoding,
            "kind": raw.kind, "notes": [list(n) for n in raw.notes],
        })  # fmt: skip
    return {"layers": told}


def warm() -> None:
    """Import what the children will use, once."""
    import csv
    import sqlite3
    import xml.etree.ElementTree

    import geopandas
    import openpyxl
    import pyarrow.parquet
    import pyogrio.raw
    import pyproj
    import rasterio
    import shapely

    from geo.io.inside import databases, geojson, kml, others, shapefile, tables

    assert all((csv, sqlite3, xml, geopandas, openpyxl, pyarrow, pyogrio, rasterio, shapely))
    assert all((databases, geojson, kml, others, shapefile, tables))
    pyproj.CRS(4490).to_wkt()


def _reader(kind: str) -> Callable[[Asked], Iterator[Raw]]:
    from geo.io.inside import databases, geojson, kml, others, shapefile, tables

    return {
        "shapefile": shapefile.read_shapefile,
        "dbf": shapefile.read_dbf,
        "gpkg": databases.read_gpkg,
        "filegdb": databases.read_filegdb,
        "geojson": geojson.read_geojson,
        "kml": kml.read_kml,
        "geoparquet": others.read_geoparquet,
        "wkt": others.read_wkt,
        "geotiff": others.read_geotiff,
        "csv": tables.read_csv,
        "xlsx": tables.read_xlsx,
    }[kind]


def lay_out(out: Path, *parts: tuple[str, Path]) -> Path:
    """A folder in which the parts of a file bear plain names, so that GDAL never sees the given ones."""
    room = out / "room"
    room.mkdir(exist_ok=True)
    for name, path in parts:
        try:
            (room / name).symlink_to(path)
        except OSError:  # Windows without the privilege
            shutil.copyfile(path, room / name)
    return room


def rows_text(rows: Any) -> str:
    """Row numbers for a person, counted from 1, ten at most."""
    shown = ", ".join(str(int(r) + 1) for r in list(rows[:10]))
    return shown + (" …" if len(rows) > 10 else "")


def gdal_table(path: Path, layer: str | None, encoding: str | None = None) -> tuple[Any, str, list[Note]]:
    """A layer through GDAL as an Arrow table in the house's form; its CRS; notes on curves and heights."""
    import pyarrow as pa
    import pyogrio

    meta, table = pyogrio.read_arrow(str(path), layer=layer, encoding=encoding)
    notes: list[Note] = []
    name = meta["geometry_name"] or "wkb_geometry"
    if name not in table.column_names:
        return whole_text(table.combine_chunks(), notes), "", notes
    shapes = table.column(name)
    kinds = wkb_kinds(shapes)
    if any(k % 1000 in (8, 9, 10, 11, 12, 13, 14) for k in kinds):
        from pyogrio import raw

        _, _, linear, _ = raw.read(str(path), layer=layer, columns=[], encoding=encoding)
        shapes = pa.chunked_array([pa.array(list(linear), type=pa.binary())])
        notes.append(note("IO126", "warning"))
        kinds = wkb_kinds(shapes)
    if any(k % 1000 in (15, 16, 17) for k in kinds):
        notes.append(note("IO138", "error", "TIN / PolyhedralSurface"))
        kept = [None if wkb_kind(v.as_buffer()) % 1000 in (15, 16, 17) else v.as_py() for v in shapes if v.is_valid]
        shapes = pa.chunked_array([pa.array(kept, type=pa.binary())])
    if any(k >= 1000 for k in kinds):
        notes.append(note("IO127", "info"))
    table = table.drop_columns([name]).append_column(GEOMETRY, shapes.cast(pa.binary()))
    return whole_text(table.combine_chunks(), notes), str(meta["crs"] or ""), notes


def whole_text(table: Any, notes: list[Note]) -> Any:
    """The table with text columns that are text throughout: half characters at a field's end are left out and noted."""
    import pyarrow as pa

    for at, column in enumerate(table.columns):
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            continue
        try:
            for chunk in column.chunks:
                chunk.validate(full=True)
        except pa.ArrowInvalid:
            raw = column.cast(pa.large_binary()).to_pylist()
            text = pa.array([None if v is None else v.decode("utf-8", "ignore") for v in raw], type=pa.large_string())
            table = table.set_column(at, table.column_names[at], text)
            notes.append(note("IO128", "warning", table.column_names[at]))
    return table


def wkb_kind(buffer: Any) -> int:
    """ISO type number of a WKB geometry (1000 and more: with height or measure)."""
    head = bytes(buffer[:5])
    number = int.from_bytes(head[1:5], "little" if head[:1] == b"\x01" else "big")
    plain = number & 0x0FFFFFFF
    if number & 0x80000000:
        plain += 1000
    return plain


def wkb_kinds(shapes: Any) -> set[int]:
    """The type numbers that occur in a column of WKB."""
    import pyarrow as pa
    import pyarrow.compute as pc

    heads = pc.binary_slice(shapes.cast(pa.binary()), 0, 5)
    return {wkb_kind(v) for v in pc.unique(heads).to_pylist() if v}
