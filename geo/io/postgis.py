"""A table of a PostGIS server as a layer like any other. The server is the user's own; nothing else is connected to."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.crs import ZONE_FRAME_DEG
from geo.io.door import shown_name
from geo.io.layer import Frame, Layer, Told, make_layer

if TYPE_CHECKING:
    import geopandas as gpd

_TIMEOUT_MS = 300_000


def read_postgis(connection: str, table: str, *, zone_frame: Frame | None = ZONE_FRAME_DEG) -> Layer:
    """All rows of ``table`` or ``schema.table`` with its geometry column, in the system of that column.

    connection: a libpq string (``host=… dbname=… user=…``) or URL; the session is read-only. Rows are counted by the
    server and compared with those that came. Raises InputProblem: no connection (IO107), no such table or no single
    geometry column (IO104, IO146), psycopg missing (IO107).
    """
    try:
        import psycopg
    except ImportError:
        raise InputProblem([Finding("IO107", "error", shown_name(table), measured="pip install psycopg")]) from None
    try:
        with psycopg.connect(connection, connect_timeout=10, options="-c default_transaction_read_only=on") as session:
            session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            session.execute(f"SET statement_timeout = {_TIMEOUT_MS}")
            frame, srid, count = _read(session, table)
            system = _system(session, srid)
    except psycopg.Error as fault:
        said = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise InputProblem([Finding("IO107", "error", shown_name(table), measured=shown_name(said))]) from None
    notes = []
    if count != len(frame):
        notes.append(Finding("IO125", "error", shown_name(table), measured=str(count), limit=str(len(frame))))
    digest = hashlib.sha256()
    for shape in frame.geometry.to_wkb():
        digest.update(shape or b"\x00")
    shown = shown_name(table)
    name, sha256 = shown.rpartition(".")[2], digest.hexdigest()
    told = Told(f"PostGIS/{shown}", name, "vector", system, count, sha256, "UTF-8", notes)
    return make_layer(frame, told, zone_frame=zone_frame)


def _read(session: Any, table: str) -> tuple[gpd.GeoDataFrame, int, int]:
    import geopandas as gpd
    import pandas as pd
    import shapely
    from psycopg import sql

    schema, _, name = table.rpartition(".")
    columns = session.execute(
        """SELECT n.nspname, a.attname, t.typname, postgis_typmod_srid(a.atttypmod)
           FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_type t ON t.oid = a.atttypid
           WHERE c.relname = %s AND (n.nspname = %s OR (%s = '' AND pg_table_is_visible(c.oid)))
             AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm', 'f') ORDER BY a.attnum""",
        (name, schema, schema),
    ).fetchall()
    if not columns:
        raise InputProblem([Finding("IO104", "error", shown_name(table))])
    shapes = [c[1] for c in columns if c[2] == "geometry"]
    if len(shapes) != 1:
        raise InputProblem(
            [Finding("IO146", "error", shown_name(table), measured="geometry", limit=", ".join(shapes) or "–")]
        )
    srid = next(int(c[3] or 0) for c in columns if c[1] == shapes[0])
    whole = sql.Identifier(columns[0][0], name)
    others = [c[1] for c in columns if c[2] not in ("geometry", "geography", "raster")]
    picked = sql.SQL(", ").join(
        [*(sql.Identifier(c) for c in others), sql.SQL("ST_AsBinary({})").format(sql.Identifier(shapes[0]))]
    )
    count = int(session.execute(sql.SQL("SELECT count(*) FROM {}").format(whole)).fetchone()[0])
    if not srid:
        ask = sql.SQL("SELECT DISTINCT ST_SRID({}) FROM {} LIMIT 2").format(sql.Identifier(shapes[0]), whole)
        found = [int(r[0]) for r in session.execute(ask).fetchall() if r[0]]
        srid = found[0] if len(found) == 1 else 0
    rows = session.execute(sql.SQL("SELECT {} FROM {}").format(picked, whole)).fetchall()
    data = {c: [_plain(r[i]) for r in rows] for i, c in enumerate(others)}
    geometry = shapely.from_wkb([None if r[-1] is None else bytes(r[-1]) for r in rows], on_invalid="ignore")
    return gpd.GeoDataFrame(pd.DataFrame(data), geometry=geometry), srid, count


def _plain(value: Any) -> Any:
    """Decimals as numbers; everything that is no number or text as text."""
    from decimal import Decimal

    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _system(session: Any, srid: int) -> str:
    """The system of a SRID as EPSG code or WKT; empty when the server does not know it."""
    if not srid:
        return ""
    row = session.execute(
        "SELECT auth_name, auth_srid, srtext FROM spatial_ref_sys WHERE srid = %s", (srid,)
    ).fetchone()
    if row is None:
        return ""
    return f"EPSG:{row[1]}" if str(row[0]).upper() == "EPSG" else str(row[2] or "")
