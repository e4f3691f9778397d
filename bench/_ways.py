"""The hot paths and the ways to walk them: ours, geopandas, DuckDB spatial, SedonaDB, PostGIS and the field's own tool.

A way prepares on the layers (not counted: loading data into an engine, building its index) and returns the work that is
timed, which returns its answer as two numbers that every way to the same thing must share.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

Work = Callable[[], tuple[float, float]]
Way = Callable[[dict[str, gpd.GeoDataFrame]], Work]

GAP_M = 10.0
CELL_M = 20.0
# Ways that take minutes for a whole layer are timed on the first so many parcels and scaled.
SAMPLES = {"exactextract": 1500, "rasterstats": 300}


def _names(other: str) -> tuple[str, str]:
    return "parcel_id", f"{other}_id"


def _planar(geoms: Any) -> tuple[float, float]:
    sizes = shapely.area(np.asarray(geoms, dtype=object))
    return float((sizes > 1e-6).sum()), float(sizes.sum())


# --- overlay: pieces with both parents, their geometry and area ------------------------------------------------------


def overlay_geo(other: str) -> Way:
    def way(layers: dict[str, gpd.GeoDataFrame]) -> Work:
        from geo.measure.overlay import overlay

        left_id, right_id = _names(other)
        made: list[Any] = []

        def work() -> tuple[float, float]:
            made[:] = [overlay(layers["parcels"], layers[other], left_id=left_id, right_id=right_id)]
            return float(len(made[0])), 0.0

        work.told = lambda: _planar(made[0].geometry.to_numpy())  # type: ignore[attr-defined]
        return work

    return way


def overlay_geopandas(other: str) -> Way:
    def way(layers: dict[str, gpd.GeoDataFrame]) -> Work:
        from geo.geometry.ellipsoid import area_m2

        made: list[Any] = []

        def work() -> tuple[float, float]:
            cut = gpd.overlay(layers["parcels"], layers[other], keep_geom_type=True)
            made[:] = [cut.assign(area_m2=area_m2(cut.geometry.to_numpy()))]
            return float(len(cut)), 0.0

        work.told = lambda: _planar(made[0].geometry.to_numpy())  # type: ignore[attr-defined]
        return work

    return way


SHARED = "SELECT a.{0}, b.{1}, ST_Intersection(a.geometry, b.geometry) AS g FROM parcels a, {2} b"
PIECES = "SELECT *, ST_Area(g) AS area FROM ({0} WHERE ST_Intersects(a.geometry, b.geometry)) x"
TOLD = "SELECT count(*), sum(area) FROM made WHERE area > 1e-6"


def _pieces_sql(other: str) -> str:
    return PIECES.format(SHARED.format(*_names(other), other))


def duckdb_with_spatial() -> Any:
    """A connection with the spatial extension, from the package ``duckdb-extension-spatial`` when it is installed."""
    import duckdb

    connection = duckdb.connect(config={"allow_unsigned_extensions": True})
    with contextlib.suppress(ImportError):
        package = importlib.import_module("duckdb_extension_spatial")
        for file in Path(str(package.__file__)).parent.rglob("spatial.duckdb_extension"):
            connection.execute(f"LOAD '{file}'")
            return connection
    connection.execute("LOAD spatial")
    return connection


def _duckdb(layers: dict[str, gpd.GeoDataFrame], sql: str, told: str) -> Work:
    connection = duckdb_with_spatial()
    for name, frame in layers.items():
        plain = pd.DataFrame(frame.drop(columns="geometry")).assign(wkb=frame.geometry.to_wkb())
        connection.register("given", plain)
        columns = ", ".join(c for c in plain.columns if c != "wkb")
        connection.execute(f"CREATE TABLE {name} AS SELECT {columns}, ST_GeomFromWKB(wkb) AS geometry FROM given")

    def work() -> tuple[float, float]:
        connection.execute(f"CREATE OR REPLACE TABLE made AS {sql}")
        return tuple(map(float, connection.execute(told).fetchone()))  # type: ignore[return-value]

    return work


def _sedona(layers: dict[str, gpd.GeoDataFrame], sql: str, told: str) -> Work:
    import pyarrow as pa
    import sedonadb

    engine = sedonadb.connect()
    with tempfile.TemporaryDirectory(prefix="tianchou-bench-") as folder:
        for name, frame in layers.items():
            plain = pd.DataFrame(frame.drop(columns="geometry"))
            columns = ", ".join(plain.columns)
            plain.assign(wkb=frame.geometry.to_wkb()).to_parquet(Path(folder) / f"{name}.parquet")
            engine.read_parquet(Path(folder) / f"{name}.parquet").to_view("given", overwrite=True)
            made = engine.sql(f"SELECT {columns}, ST_GeomFromWKB(wkb) AS geometry FROM given")
            made.to_memtable().to_view(name, overwrite=True)

    def work() -> tuple[float, float]:
        engine.sql(sql).to_memtable().to_view("made", overwrite=True)
        row = pa.table(engine.sql(told))  # its own to_pandas wants a package that two numbers do not need
        return float(row[0][0].as_py()), float(row[1][0].as_py())

    return work


class Server:
    """A private PostgreSQL server; ``seconds`` is the processor time of the one session used."""

    def __init__(self) -> None:
        import psycopg

        from tests import conftest

        self._made: Iterator[str] = conftest.postgis.__wrapped__()  # type: ignore[attr-defined]
        self.connection = psycopg.connect(next(self._made), autocommit=True)
        self.connection.execute("SET max_parallel_workers_per_gather = 0; SET work_mem = '512MB'; SET jit = off")
        self.pid = self.connection.info.backend_pid

    def load(self, name: str, frame: gpd.GeoDataFrame) -> None:
        columns = [c for c in frame.columns if c != "geometry"]
        spec = ", ".join(f"{c} bigint" for c in columns)
        self.connection.execute(f"CREATE UNLOGGED TABLE {name} ({spec}, geometry geometry)")
        with self.connection.cursor().copy(f"COPY {name} FROM STDIN") as out:
            for row in zip(*(frame[c] for c in columns), frame.geometry.to_wkb(hex=True), strict=True):
                out.write_row(row)
        self.connection.execute(f"CREATE INDEX ON {name} USING gist (geometry); ANALYZE {name}")

    def seconds(self) -> float:
        import psutil

        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    def memory(self) -> float:
        import psutil

        return float(psutil.Process(self.pid).memory_info().rss)

    def close(self) -> None:
        self.connection.close()
        with contextlib.suppress(StopIteration):
            next(self._made)


def _postgis(layers: dict[str, gpd.GeoDataFrame], sql: str, told: str) -> Work:
    server = Server()
    for name, frame in layers.items():
        server.load(name, frame)

    def work() -> tuple[float, float]:
        server.connection.execute("DROP TABLE IF EXISTS made")
        server.connection.execute(f"CREATE UNLOGGED TABLE made AS {sql}")
        return tuple(map(float, server.connection.execute(told).fetchone()))  # type: ignore[return-value,arg-type]

    work.server = server  # type: ignore[attr-defined]
    return work


def engine(kind: str, names: tuple[str, ...], sql: str, told: str) -> Way:
    runs = {"duckdb": _duckdb, "sedona": _sedona, "postgis": _postgis}
    return lambda layers: runs[kind]({n: layers[n] for n in names}, sql, told)


# --- areas ----------------------------------------------------------------------------------------------------------


def areas_geo(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    from geo.geometry.ellipsoid import area_m2

    geoms = layers["parcels"].geometry.to_numpy()
    return lambda: (float(len(geoms)), float(area_m2(geoms).sum()))


def areas_geod(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    from bench.area import geod_loop

    geoms = layers["parcels"].geometry.to_numpy()
    return lambda: (float(len(geoms)), float(geod_loop(geoms).sum()))


# --- blocks across gaps ----------------------------------------------------------------------------------------------


def fields(layers: dict[str, gpd.GeoDataFrame]) -> np.ndarray:
    """Somewhat more than half of the parcels, in patches."""
    frame = layers["parcels"]
    village = frame["village"].to_numpy()
    x, y = np.divmod(np.arange(len(frame)), int(np.ceil(len(frame) / int(np.sqrt(len(frame))))))
    noise = np.random.default_rng(7).uniform(-1.5, 1.5, len(frame))
    return np.asarray(frame.geometry.to_numpy()[np.sin(x / 9) + np.sin(y / 11) + noise + 0 * village > -0.2])


def blocks_geo(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    from geo.measure.clusters import block_labels

    geoms = fields(layers)

    def work() -> tuple[float, float]:
        labels = block_labels(geoms, gap_m=GAP_M)
        return float(labels.max() + 1), float((np.bincount(labels) ** 2.0).sum())

    return work


def blocks_buffer(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    geoms = fields(layers)

    def work() -> tuple[float, float]:
        patches = shapely.get_parts(shapely.union_all(shapely.buffer(geoms, (GAP_M + 0.001) / 2, quad_segs=16)))
        inner = shapely.points(shapely.get_coordinates(geoms)[np.cumsum(shapely.get_num_coordinates(geoms)) - 1])
        labels = shapely.STRtree(patches).query(inner, predicate="within")[1]
        return float(len(patches)), float((np.bincount(labels) ** 2.0).sum())

    return work


DBSCAN = (
    f"SELECT parcel_id, ST_ClusterDBSCAN(geometry, {GAP_M + 0.001}, 1) OVER () AS block FROM fields"  # one a member
)
BLOCKS = "SELECT count(*), sum(n * n) FROM (SELECT count(*) AS n FROM made GROUP BY block) x"


def blocks_postgis(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    geoms = fields(layers)
    frame = gpd.GeoDataFrame({"parcel_id": np.arange(len(geoms))}, geometry=geoms, crs=4528)
    return _postgis({"fields": frame}, DBSCAN, BLOCKS)


# --- shared borders --------------------------------------------------------------------------------------------------


def borders_geo(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    from geo.geometry.topology import shared_borders

    def work() -> tuple[float, float]:
        made = shared_borders(layers["parcels"], id_column="parcel_id")
        return float(len(made)), float(made["border_m"].sum())

    return work


def borders_numpy(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    """Edges by their ends in whole millimetres, sorted; equal neighbours are shared; lengths added up by pair."""
    from geo.geometry.topology import segment_lengths

    geoms = layers["parcels"].geometry.to_numpy()

    def work() -> tuple[float, float]:
        xy, owner = shapely.get_coordinates(geoms, return_index=True)
        whole = np.rint((xy - xy.min(axis=0)) * 1000).astype(np.int64)
        code = (whole[:, 0] << 31) + whole[:, 1]
        first = np.flatnonzero(owner[1:] == owner[:-1])
        low, high = np.minimum(code[first], code[first + 1]), np.maximum(code[first], code[first + 1])
        order = np.lexsort((high, low))
        same = np.flatnonzero((low[order][1:] == low[order][:-1]) & (high[order][1:] == high[order][:-1]))
        a, b = first[order[same]], first[order[same + 1]]
        size = segment_lengths(np.hstack([xy[a], xy[a + 1]]))
        pair = np.minimum(owner[a], owner[b]) * len(geoms) + np.maximum(owner[a], owner[b])
        names, at = np.unique(pair, return_inverse=True)
        return float(len(names)), float(np.bincount(at, weights=size).sum())

    return work


def borders_libpysal(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    from libpysal.graph import Graph

    def work() -> tuple[float, float]:
        graph = Graph.build_contiguity(layers["parcels"], rook=True)
        return float(graph.n_edges / 2), float("nan")

    return work


def borders_momepy(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    import momepy

    return lambda: (float("nan"), float(momepy.shared_walls(layers["parcels"]).sum() / 2))


# --- shares of slope classes -----------------------------------------------------------------------------------------


def ground(layers: dict[str, gpd.GeoDataFrame]) -> tuple[np.ndarray, float, float]:
    """Classes 0 … 4 on a grid a little larger than the parcels."""
    west, south, east, north = layers["parcels"].total_bounds
    shape = int((north - south) / CELL_M) + 3, int((east - west) / CELL_M) + 3
    y, x = np.ogrid[: shape[0], : shape[1]]
    steep = np.sin(x / 23.0) + np.sin(y / 31.0) + np.random.default_rng(3).uniform(-0.6, 0.6, shape)
    return np.clip(np.floor(steep + 2), 0, 4).astype(np.int16), west - 7.3, north + 11.1


def shares_geo(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    from geo.measure.terrain import Elevation, class_shares

    grade, west, north = ground(layers)
    model = Elevation(grade.astype(float), west, north, (CELL_M, CELL_M), None, grade)
    geoms = layers["parcels"].geometry.to_numpy()

    def work() -> tuple[float, float]:
        cells, _ = class_shares(geoms, model, grade, model.heights, 5)
        some = cells[: SAMPLES["exactextract"]]
        return float((some / some.sum(axis=1, keepdims=True))[:, 2].sum()), float(some.sum() * CELL_M**2)

    return work


def _raster(layers: dict[str, gpd.GeoDataFrame]) -> str:
    import rasterio

    grade, west, north = ground(layers)
    path = Path(tempfile.mkdtemp(prefix="tianchou-bench-")) / "grade.tif"
    profile = {"driver": "GTiff", "height": grade.shape[0], "width": grade.shape[1], "count": 1, "dtype": "int16"}
    with rasterio.open(
        path, "w", crs=4528, transform=rasterio.Affine(CELL_M, 0, west, 0, -CELL_M, north), **profile
    ) as sink:
        sink.write(grade, 1)
    return os.fspath(path)


def shares_exactextract(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    from exactextract import exact_extract

    path, some = _raster(layers), layers["parcels"].iloc[: SAMPLES["exactextract"]]

    def work() -> tuple[float, float]:
        rows = exact_extract(path, some, ["count", "unique", "frac"], output="pandas")
        second = sum(
            float(f[np.flatnonzero(u == 2)[0]]) if (u == 2).any() else 0.0
            for u, f in zip(rows["unique"], rows["frac"], strict=True)
        )
        return second, float(rows["count"].sum() * CELL_M**2)

    return work


def shares_rasterstats(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    from rasterstats import zonal_stats

    path, some = _raster(layers), layers["parcels"].iloc[: SAMPLES["rasterstats"]]
    return lambda: (float("nan"), float(sum(sum(r.values()) for r in zonal_stats(some, path, categorical=True))))


# --- villages --------------------------------------------------------------------------------------------------------


def villages_geo(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    from geo.geometry.dissolve import dissolve

    def work() -> tuple[float, float]:
        made = dissolve(layers["parcels"], by="village")
        return float(len(made)), float(shapely.area(made.geometry.to_numpy()).sum())

    return work


def villages_geopandas(layers: dict[str, gpd.GeoDataFrame]) -> Work:
    def work() -> tuple[float, float]:
        made = layers["parcels"][["village", "geometry"]].dissolve(by="village")
        return float(len(made)), float(made.area.sum())

    return work


UNION_DUCKDB = "SELECT village, ST_Union_Agg(geometry) AS g FROM parcels GROUP BY village"
UNION_POSTGIS = "SELECT village, ST_Union(geometry) AS g FROM parcels GROUP BY village"
UNION_TOLD = "SELECT count(*), sum(ST_Area(g)) FROM made"


WORKS: dict[str, tuple[str, dict[str, Way]]] = {
    **{
        other: (
            title,
            {
                "geo": overlay_geo(other),
                "geopandas": overlay_geopandas(other),
                **{
                    name: engine(name, ("parcels", other), _pieces_sql(other), TOLD)
                    for name in ("duckdb", "sedona", "postgis")
                },
            },
        )
        for other, title in (
            ("urban", "叠置：城镇开发边界 / overlay × towns"),
            ("redline", "叠置：生态保护红线 / overlay × red line"),
            ("farmland", "叠置：另绘农田（密集）/ overlay × farmland, dense"),
        )
    },
    "areas": ("椭球面积 / areas", {"geo": areas_geo, "pyproj.Geod": areas_geod}),
    "blocks": (
        "连片（间距 10 m）/ blocks across 10 m",
        {"geo": blocks_geo, "buffer+union": blocks_buffer, "postgis": blocks_postgis},
    ),
    "borders": (
        "公共边长 / shared borders with lengths",
        {"geo": borders_geo, "numpy sort": borders_numpy, "libpysal": borders_libpysal, "momepy": borders_momepy},
    ),
    "shares": (
        "坡度级占比（精确）/ exact slope-class shares",
        {"geo": shares_geo, "exactextract": shares_exactextract, "rasterstats": shares_rasterstats},
    ),
    "villages": (
        "融合到村 / dissolve to villages",
        {
            "geo": villages_geo,
            "geopandas": villages_geopandas,
            "duckdb": engine("duckdb", ("parcels",), UNION_DUCKDB, UNION_TOLD),
            "postgis": engine("postgis", ("parcels",), UNION_POSTGIS, UNION_TOLD),
        },
    ),
}
