"""GeoPackage and FileGDB: the tables that the file itself registers, counted before and after reading."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from geo.io.inside.readers import Asked, Note, Raw, Refused, gdal_table, lay_out, note, rows_text

_CHECKED_WHOLE = 200_000_000  # bytes up to which every page of a GeoPackage is checked
_MOST_LAYERS = 200


def read_gpkg(asked: Asked) -> Iterator[Raw]:
    """Every layer and attribute table of a GeoPackage. Views are refused: a view is a program."""
    path = asked.path
    journal = path.with_name(path.name + "-wal")
    if journal.is_file() and journal.stat().st_size:
        raise Refused(note("IO108", "error", f"{journal.name} {journal.stat().st_size} B"))
    tables, counts, texts = _registered(path)
    room = lay_out(asked.out, ("layer.gpkg", path))
    wanted = asked.options.get("layer")
    for name, kind in tables:
        if wanted and name != wanted:
            continue
        frame, crs, notes = gdal_table(room / "layer.gpkg", name)
        notes += texts[name]
        if frame.num_rows != counts[name]:
            notes.append(note("IO125", "error", counts[name], frame.num_rows))
        yield Raw(name, frame, crs, counts[name], "UTF-8", "vector" if kind == "features" else "table", notes)


_NUMBERS = ("INT", "REAL", "DOUBLE", "FLOAT", "NUMERIC", "DECIMAL")


def _text_in_numbers(base: sqlite3.Connection, quoted: str) -> list[Note]:
    """Number columns of a table that hold text in some rows: a driver would make noughts of it."""
    notes = []
    columns = [
        str(name) for _, name, kind, *_ in base.execute(f"PRAGMA table_info({quoted})")
        if str(kind).upper().startswith(_NUMBERS) or "INT" in str(kind).upper()
    ]  # fmt: skip
    cells = ['"' + column.replace('"', '""') + '"' for column in columns]
    if not cells:
        return []
    counts = ", ".join(f"total(typeof({cell}) IN ('text', 'blob'))" for cell in cells)
    found = base.execute(f"SELECT {counts} FROM {quoted}").fetchone()  # noqa: S608
    for column, cell, count in zip(columns, cells, found, strict=True):
        if count:
            rows = base.execute(
                f"SELECT n FROM (SELECT row_number() OVER () - 1 AS n, typeof({cell}) AS k FROM {quoted}) "  # noqa: S608
                "WHERE k IN ('text', 'blob') LIMIT 11"
            ).fetchall()
            notes.append(note("IO110", "error", column, rows_text([r[0] for r in rows])))
    return notes


def _registered(path: Path) -> tuple[list[tuple[str, str]], dict[str, int], dict[str, list[Note]]]:
    """Names and kinds of the tables in gpkg_contents, their row counts, and notes on their number columns."""
    head = path.open("rb").read(100)
    pages = int.from_bytes(head[28:32], "big")
    width = int.from_bytes(head[16:18], "big")
    size = pages * (65536 if width == 1 else width)
    # The page count is only kept by programs that also keep the change counter.
    if head[24:28] == head[92:96] and size != path.stat().st_size:
        raise Refused(note("IO108", "error", f"{path.stat().st_size} B ≠ {size} B"))
    try:
        base = sqlite3.connect(f"file:{_quoted(path)}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error as fault:
        raise Refused(note("IO107", "error", f"SQLite: {fault}")) from None
    try:
        base.execute("PRAGMA trusted_schema=OFF")
        if path.stat().st_size <= _CHECKED_WHOLE:
            said = str(base.execute("PRAGMA quick_check(1)").fetchone()[0])
            if said != "ok":
                raise Refused(note("IO107", "error", "SQLite: " + said.splitlines()[0][:120]))
        kinds = dict(base.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"))
        if "gpkg_contents" not in kinds or kinds["gpkg_contents"] != "table":
            raise Refused(note("IO119", "error", "GeoPackage: gpkg_contents"))
        rows = base.execute("SELECT table_name, data_type FROM gpkg_contents ORDER BY rowid").fetchall()
        tables = [(str(n), str(k)) for n, k in rows if k in ("features", "attributes")]
        if any(kinds.get(name) == "view" for name, _ in tables) or kinds.get("gpkg_geometry_columns") == "view":
            raise Refused(note("IO136", "error", ", ".join(n for n, _ in tables if kinds.get(n) == "view")))
        gone = [name for name, _ in tables if name not in kinds]
        if gone:
            raise Refused(note("IO108", "error", "gpkg_contents: " + ", ".join(gone)))
        if not tables:
            raise Refused(note("IO104", "error"))
        if len(tables) > _MOST_LAYERS:
            raise Refused(note("IO130", "error", f"{len(tables)} layers", _MOST_LAYERS))
        counts, texts = {}, {}
        for name, _ in tables:
            quoted = '"' + name.replace('"', '""') + '"'
            counts[name] = int(base.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0])  # noqa: S608
            texts[name] = _text_in_numbers(base, quoted)
        return tables, counts, texts
    except sqlite3.Error as fault:
        raise Refused(note("IO107", "error", f"SQLite: {fault}")) from None
    finally:
        base.close()


def _quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(str(path))


def read_filegdb(asked: Asked) -> Iterator[Raw]:
    """Every layer and table of a FileGDB folder. Refused when a table is shorter than its own header says."""
    path = asked.path
    import pyogrio

    faults = []
    for table in sorted(p for p in path.iterdir() if p.suffix.lower() == ".gdbtable"):
        head = table.open("rb").read(40)
        declared = int.from_bytes(head[24:32], "little")
        if len(head) < 40 or declared != table.stat().st_size:
            faults.append(note("IO108", "error", f"{table.name} {table.stat().st_size} B ≠ {declared} B"))
        elif not table.with_suffix(".gdbtablx").is_file() and int.from_bytes(head[4:8], "little"):
            faults.append(note("IO108", "error", f"缺少 / missing {table.with_suffix('.gdbtablx').name}"))
    if faults:
        raise Refused(*faults)
    room = lay_out(asked.out, ("layer.gdb", path))
    base = room / "layer.gdb"
    numbers = _table_numbers(base)
    wanted = asked.options.get("layer")
    layers = [str(n) for n in pyogrio.list_layers(base)[:, 0]]
    if not layers:
        raise Refused(note("IO104", "error"))
    if len(layers) > _MOST_LAYERS:
        raise Refused(note("IO130", "error", f"{len(layers)} layers", _MOST_LAYERS))
    for name in layers:
        if wanted and name != wanted:
            continue
        frame, crs, notes = gdal_table(base, name)
        declared = numbers.get(name, frame.num_rows)
        if declared != frame.num_rows:
            notes.append(note("IO125", "error", declared, frame.num_rows))
        kind = "vector" if "__geometry__" in frame.column_names else "table"
        yield Raw(name, frame, crs, declared, "UTF-8", kind, notes)


def _table_numbers(base: Path) -> dict[str, int]:
    """Rows of each table as the header of its file counts them, by the table's name (GDB_SystemCatalog)."""
    import pyogrio

    try:
        _, catalog = pyogrio.read_arrow(
            str(base), layer="GDB_SystemCatalog", columns=["Name"], return_fids=True, LIST_ALL_TABLES="YES"
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError):
        return {}
    fids = catalog.column(0).to_pylist()
    counts = {}
    for number, name in zip(fids, catalog.column("Name").to_pylist(), strict=True):
        file = base / f"a{int(number):08x}.gdbtable"
        if name and file.is_file():
            counts[str(name)] = int.from_bytes(file.open("rb").read(8)[4:8], "little")
    return counts
