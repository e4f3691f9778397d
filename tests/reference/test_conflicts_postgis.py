"""Conflicts of the shipped zone against PostGIS: other software, other overlay, other area.

PostGIS gets the raw geometries of the shapefiles (read by geopandas, untouched by our code), repairs them with
ST_MakeValid, intersects with ST_Intersection, and takes areas on the spheroid by GeographicLib after splitting edges
to 20 m in the plane: ST_Area(geography). Ours comes from the zone folder through our own doors.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from geo.geometry.ellipsoid import area_m2
from geo.measure.conflicts import LINES, farmland_conflicts

pytestmark = pytest.mark.postgis

# Edges split to 20 m: 2e-9 relative. GeographicLib's rounding: 1e-4 m² a piece at most, without bias (0001-area.md).
RELATIVE, PIECE_M2 = 1e-7, 2e-3

# PostGIS has no entry for EPSG:4528 on every build; the definition is given, so that nothing depends on it.
HOUSE = "+proj=tmerc +lat_0=0 +lon_0=120 +k=1 +x_0=40500000 +y_0=0 +ellps=GRS80 +units=m +no_defs"
DEGREES = "+proj=longlat +ellps=GRS80 +no_defs"

SQL = """
CREATE TABLE measured AS
WITH line AS (
    SELECT name, ST_Union(ST_MakeValid(geom)) AS geom FROM lines WHERE name <> 'boundary_filled' GROUP BY name
    UNION ALL
    SELECT 'boundary_filled', ST_Union(ST_MakePolygon(ST_ExteriorRing(part.geom)))
    FROM (SELECT (ST_Dump(ST_Union(ST_MakeValid(geom)))).geom FROM lines WHERE name = 'boundary_net') AS part
), all_lines AS (
    SELECT name, geom FROM line
    UNION ALL SELECT 'any', ST_Union(geom) FROM line
), cells AS (
    SELECT name, ST_Subdivide(geom, 200) AS geom FROM all_lines
), pieces AS (
    SELECT f.id, c.name, f.ridge, ST_CollectionExtract(ST_Intersection(ST_MakeValid(f.geom), c.geom), 3) AS geom
    FROM farmland f JOIN cells c ON ST_Intersects(f.geom, c.geom)
)
SELECT id, name, ridge, sum(ST_Area(geography(ST_Transform(ST_Segmentize(geom, 20.0), 990002)))) AS area
FROM pieces WHERE NOT ST_IsEmpty(geom) GROUP BY id, name, ridge
"""


@pytest.fixture(scope="module")
def by_postgis(postgis: str, zone_folder: Path) -> dict[tuple[str, str], float]:
    """Area in m² by farmland id and line, as PostGIS finds it."""
    import psycopg

    farmland = gpd.read_file(zone_folder / "YJJBNTBHTB.shp").to_crs(4528)
    ridge = farmland["KCXS"].fillna(0.0) if "KCXS" in farmland else np.zeros(len(farmland))
    boundary = gpd.read_file(zone_folder / "CZKFBJ.shp").to_crs(4528)
    redline = gpd.read_file(zone_folder / "STBHHX.shp").to_crs(4528)
    kinds = {"核心保护区": "redline_core", "一般控制区": "redline_general"}
    lines = [("boundary_net", shape.wkb) for shape in boundary.geometry]
    zones = redline["ZRBHDFQ"].map(kinds).fillna("redline_other")
    lines += [(name, shape.wkb) for name, shape in zip(zones, redline.geometry, strict=True)]
    rows = zip(farmland["BSM"], ridge, farmland.geometry.to_wkb(), strict=True)
    with psycopg.connect(postgis) as connection:
        connection.execute("DELETE FROM spatial_ref_sys WHERE srid IN (990001, 990002)")
        connection.cursor().executemany(
            "INSERT INTO spatial_ref_sys (srid, proj4text) VALUES (%s, %s)", [(990001, HOUSE), (990002, DEGREES)]
        )
        connection.execute("CREATE TEMP TABLE farmland (id text, ridge float8, geom geometry)")
        connection.execute("CREATE TEMP TABLE lines (name text, geom geometry)")
        put = "INSERT INTO {} VALUES ({}, ST_SetSRID(ST_GeomFromWKB(%s), 990001))"
        connection.cursor().executemany(put.format("farmland", "%s, %s"), list(rows))
        connection.cursor().executemany(put.format("lines", "%s"), lines)
        connection.execute("CREATE INDEX ON farmland USING gist (geom)")
        connection.execute("ANALYZE farmland")
        connection.execute(SQL.replace("CREATE TABLE", "CREATE TEMP TABLE"))
        found = connection.execute("SELECT id, name, area FROM measured").fetchall()
        connection.rollback()
    return {(str(id_), str(name)): float(area) for id_, name, area in found}


@pytest.fixture(scope="module")
def conflicts(sample_zone):
    return farmland_conflicts(sample_zone)


@pytest.mark.parametrize("line", [*LINES, "any"])
def test_totals_and_pieces_equal_postgis(line: str, conflicts, by_postgis) -> None:
    if line == "any":
        ours = conflicts.inside.set_index("farmland_id")["area_m2"]
    else:
        rows = conflicts.pieces[conflicts.pieces["against"] == line]
        ours = rows.groupby("farmland_id")["area_m2"].sum()
    theirs = {id_: area for (id_, name), area in by_postgis.items() if name == line}
    assert len(ours) > 0, f"the shipped zone has no farmland in {line}: the test proves nothing"
    total = sum(theirs.values())
    assert ours.sum() == pytest.approx(total, rel=RELATIVE, abs=0.01)
    # piece by piece, and none is missing on either side unless it is a touch
    for id_ in set(ours.index) | set(theirs):
        assert ours.get(id_, 0.0) == pytest.approx(theirs.get(id_, 0.0), rel=RELATIVE, abs=PIECE_M2), id_


def test_pieces_and_remainders_make_the_parents(conflicts, sample_zone) -> None:
    farmland = sample_zone.layer("farmland")
    both = conflicts.inside.set_index("farmland_id")["area_m2"].add(
        conflicts.remainders.set_index("farmland_id")["area_m2"], fill_value=0.0
    )
    parents = area_m2(farmland.geometry.to_numpy())
    sound = farmland.is_valid.to_numpy()
    off = np.abs(both.reindex(farmland["farmland_id"]).to_numpy() - parents)
    assert off[sound].max() < 1e-5
