"""What four projects take against PostGIS (other overlay, other area): to 0.01 m² in total and per class.

PostGIS gets the raw geometries of DLTB (read by geopandas, untouched by our code) and the footprints, repairs them
with ST_MakeValid, intersects with ST_Intersection, and takes areas on the spheroid by GeographicLib after splitting
edges to 10 m in the plane. Ours is the table ``occupation`` of the study. On another zone (a whole one takes minutes):

    TIANCHOU_PROJECT_ZONE=/some/zone python -m pytest tests/reference/test_occupation_postgis.py
"""

from __future__ import annotations

import geopandas as gpd
import pytest

from tests.reference.test_conflicts_postgis import DEGREES, HOUSE
from tests.unit.study import project_cases

pytestmark = pytest.mark.postgis

NAMES = ("own", "road", "park", "canal")
AGREE_M2 = 0.01

SQL = """
WITH pieces AS (
    SELECT f.name, p.class, ST_CollectionExtract(ST_Intersection(ST_MakeValid(p.geom), f.geom), 3) AS geom
    FROM parcels p JOIN footprints f ON ST_Intersects(p.geom, f.geom)
)
SELECT name, class, sum(ST_Area(geography(ST_Transform(ST_Segmentize(geom, 10.0), 990002)))), count(*)
FROM pieces WHERE NOT ST_IsEmpty(geom) GROUP BY name, class
"""


@pytest.fixture(scope="module")
def by_postgis(postgis: str) -> dict[tuple[str, str], float]:
    """Area in m² by project and land class, as PostGIS finds it."""
    import psycopg

    parcels = gpd.read_file(next(p for p in project_cases.ZONE.iterdir() if p.name in ("DLTB.shp", "DLTB.gpkg")))
    assert parcels.crs.to_epsg() == 4528
    put = "INSERT INTO {} VALUES (%s, ST_SetSRID(ST_GeomFromWKB(%s), 990001))"
    plots = [(name, shape.wkb) for name in NAMES for shape in project_cases.footprint(name).geometry]
    with psycopg.connect(postgis) as connection:
        connection.execute("DELETE FROM spatial_ref_sys WHERE srid IN (990001, 990002)")
        cursor = connection.cursor()
        cursor.executemany(
            "INSERT INTO spatial_ref_sys (srid, proj4text) VALUES (%s, %s)", [(990001, HOUSE), (990002, DEGREES)]
        )
        cursor.execute("CREATE TEMP TABLE parcels (class text, geom geometry)")
        cursor.execute("CREATE TEMP TABLE footprints (name text, geom geometry)")
        with cursor.copy("COPY parcels FROM STDIN") as rows:
            for code, shape in zip(parcels["DLBM"], parcels.geometry.to_wkb(hex=True), strict=True):
                rows.write_row((code, shape))
        cursor.execute("UPDATE parcels SET geom = ST_SetSRID(geom, 990001)")
        cursor.executemany(put.format("footprints"), plots)
        cursor.execute("CREATE INDEX ON parcels USING gist (geom)")
        cursor.execute("ANALYZE parcels")
        found = cursor.execute(SQL).fetchall()
        connection.rollback()
    return {(str(name), str(code)): float(area) for name, code, area, _ in found}


@pytest.mark.parametrize("name", NAMES)
def test_total_and_every_class_agree(name: str, by_postgis: dict[tuple[str, str], float]) -> None:
    pieces = project_cases.taken(name).occupation
    ours = pieces.groupby("class_code")["measured_m2"].sum().to_dict()
    theirs = {code: area for (project, code), area in by_postgis.items() if project == name}
    assert len(ours) >= 5, "too few classes to prove anything"
    assert sum(ours.values()) == pytest.approx(sum(theirs.values()), abs=AGREE_M2)
    for code in ours.keys() | theirs.keys():
        assert ours.get(code, 0.0) == pytest.approx(theirs.get(code, 0.0), abs=AGREE_M2), code
