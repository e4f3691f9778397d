"""GeoPackage, FileGDB, GeoParquet, GeoTIFF, XLSX, archives and formats that are not read: cut, forged, half empty."""

# ruff: noqa: E501  # tables of cases
from __future__ import annotations

import functools
import shutil
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from .base import PARTS, ROWS, Case, Cases, X, Y, copy_shape, parcels, patched, sound


def cases(room: Path) -> Cases:
    """Every case of this module."""
    yield from _gpkg(room)
    yield from _gdb(room)
    yield from _parquet(room)
    yield from _raster()
    yield from _xlsx()
    yield from _archives(room)
    for name, body in _UNSUPPORTED.items():
        yield Case(f"other/{name}", lambda p, b=body: p.write_bytes(b))


def _gpkg(room: Path) -> Cases:
    def changed(name: str, change: Callable[[Path], object]) -> Case:
        def write(path: Path) -> None:
            shutil.copyfile(sound("gpkg", room), path)
            change(path)

        return Case(f"gpkg/{name}.gpkg", write)

    def cut(path: Path, percent: int) -> None:
        body = path.read_bytes()
        path.write_bytes(body[: len(body) * percent // 100])

    for percent in (0, 1, 5, 10, 25, 50, 75, 90, 99):
        yield changed(f"cut_{percent:02d}", functools.partial(cut, percent=percent))
    for at in (0, 15, 16, 18, 19, 40, 44, 56, 100, 101, 103):
        yield changed(f"byte_{at:03d}", lambda p, a=at: patched(p, a, b"\xff"))
    for name, sql in _SQL.items():
        yield changed(name, functools.partial(_sql, sql=sql))
    yield changed("journal", lambda p: p.with_name(p.name + "-wal").write_bytes(b"\x37\x7f\x06\x82" + b"\x00" * 60))
    yield changed("nan_shape", _nan)
    yield Case("gpkg/plain_sqlite.gpkg", _plain)
    yield Case("gpkg/not_sqlite.gpkg", lambda p: p.write_text("这不是数据库", encoding="utf-8"))
    yield Case("gpkg/two_layers.gpkg", _two_layers)
    for name, frame in _FRAMES.items():
        yield Case(f"gpkg/{name}.gpkg", functools.partial(_frame, frame=frame))


_SQL = {
    "no_contents": "DROP TABLE gpkg_contents", "contents_empty": "DELETE FROM gpkg_contents",
    "contents_names_nothing": "UPDATE gpkg_contents SET table_name = 'nowhere'",
    "no_geometry_columns": "DELETE FROM gpkg_geometry_columns", "unknown_srs": "UPDATE gpkg_geometry_columns SET srs_id = 0",
    "srs_minus_one": "UPDATE gpkg_geometry_columns SET srs_id = -1; UPDATE gpkg_contents SET srs_id = -1",
    "null_shape": "DROP TRIGGER IF EXISTS rtree_DLTB_geom_update1; UPDATE DLTB SET geom = NULL WHERE fid = 2",
    "garbage_shape": "UPDATE DLTB SET geom = x'00112233445566' WHERE fid = 2",
    "cut_shape": "UPDATE DLTB SET geom = substr(geom, 1, 60) WHERE fid = 2",
    "text_area": "UPDATE DLTB SET TBMJ = 'abc' WHERE fid = 2",
    "no_rows": "DELETE FROM DLTB", "dropped_table": "DROP TABLE DLTB",
    "fewer_in_count": "UPDATE gpkg_ogr_contents SET feature_count = 2",
}  # fmt: skip


def _sql(path: Path, *, sql: str) -> None:
    base = sqlite3.connect(path)
    for kind in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
        base.create_function(kind, 1, lambda value: 0)
    try:
        base.executescript(sql)
        base.commit()
    finally:
        base.close()


def _nan(path: Path) -> None:
    """The last northing of the first shape becomes NaN."""
    base = sqlite3.connect(path)
    blob = bytes(base.execute("SELECT geom FROM DLTB WHERE fid = 1").fetchone()[0])
    base.close()
    body = path.read_bytes()
    path.write_bytes(body.replace(blob, blob[:-8] + struct.pack("<d", float("nan"))))


def _plain(path: Path) -> None:
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE t(a)")
    base.commit()
    base.close()


def _two_layers(path: Path) -> None:
    parcels().to_file(path, layer="DLTB", engine="pyogrio")
    parcels()[["BSM", "geometry"]].to_file(path, layer="STBHHX", engine="pyogrio")


def _mixed() -> gpd.GeoDataFrame:
    frame = parcels()
    shapes = frame.geometry.to_numpy().copy()
    shapes[1] = shapely.Point(X, Y)
    shapes[3] = shapely.LineString([(X, Y), (X + 5, Y)])
    return frame.set_geometry(shapes, crs=4528)


def _curved() -> gpd.GeoDataFrame:
    return parcels()


_FRAMES: dict[str, Callable[[], gpd.GeoDataFrame]] = {
    "mixed": _mixed, "points": lambda: parcels().set_geometry(parcels().geometry.centroid),
    "no_system": lambda: parcels().set_crs(None, allow_override=True),
    "wrong_system": lambda: parcels().set_crs(4490, allow_override=True),
    "xian_80": lambda: parcels().set_crs(2364, allow_override=True),
    "web_mercator": lambda: parcels().to_crs(3857), "elsewhere": lambda: parcels().set_geometry(parcels().geometry.translate(0, -900_000)),
    "height": lambda: parcels().set_geometry(shapely.force_3d(parcels().geometry.to_numpy(), 2.0), crs=4528),
    "collection": lambda: parcels().set_geometry([shapely.GeometryCollection([g]) for g in parcels().geometry], crs=4528),
    "chinese_columns": lambda: parcels().rename(columns={"DLBM": "地类编码", "TBMJ": "图斑面积", "BSM": "标识码", "ZLDWDM": "坐落单位代码"}),
    "foreign": lambda: parcels()[["BSM", "geometry"]].rename(columns={"BSM": "plot"}),
}  # fmt: skip


def _frame(path: Path, *, frame: Callable[[], gpd.GeoDataFrame]) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame().to_file(path, engine="pyogrio")


def _gdb(room: Path) -> Cases:
    def changed(name: str, change: Callable[[Path], object]) -> Case:
        def write(path: Path) -> None:
            shutil.copytree(sound("gdb", room), path, dirs_exist_ok=True)
            change(path)

        return Case(f"gdb/{name}.gdb", write)

    def table(path: Path) -> Path:
        """The table of the layer: the largest after the catalogue's own."""
        return max((p for p in path.glob("a0000000[9a-f].gdbtable")), key=lambda p: p.stat().st_size)

    for percent in (0, 10, 40, 60, 90, 99):
        yield changed(
            f"cut_{percent:02d}",
            lambda p, n=percent: table(p).write_bytes(table(p).read_bytes()[: table(p).stat().st_size * n // 100]),
        )
    yield changed("no_index", lambda p: table(p).with_suffix(".gdbtablx").unlink())
    yield changed("no_table", lambda p: table(p).unlink())
    yield changed("no_catalogue", lambda p: (p / "a00000001.gdbtable").unlink())
    yield changed("cut_index", lambda p: table(p).with_suffix(".gdbtablx").write_bytes(b"\x03\x00"))
    yield changed("garbage_table", lambda p: patched(table(p), 48, b"\xff" * 64))
    yield changed("counts_more", lambda p: patched(table(p), 4, b"\x09"))
    yield changed("counts_fewer", lambda p: patched(table(p), 4, b"\x02"))
    yield Case("gdb/empty.gdb", lambda p: p.mkdir(parents=True))
    yield Case("gdb/only_words.gdb", lambda p: (p.mkdir(parents=True), (p / "x.txt").write_text("x")))
    yield Case("gdb/a_file.gdb", lambda p: p.write_bytes(b"not a folder"))


def _parquet(room: Path) -> Cases:
    def changed(name: str, change: Callable[[bytes], bytes]) -> Case:
        return Case(f"parquet/{name}.parquet", lambda p: p.write_bytes(change(sound("parquet", room).read_bytes())))

    for percent in (1, 30, 60, 99):
        yield changed(f"cut_{percent:02d}", lambda body, n=percent: body[: len(body) * n // 100])
    yield changed("garbage_middle", lambda body: body[:40] + b"\xff" * 60 + body[100:])
    yield changed("garbage_footer", lambda body: body[:-60] + b"\xff" * 20 + body[-40:])
    yield Case("parquet/no_geometry.parquet", lambda p: parcels().drop(columns="geometry").to_parquet(p))
    yield Case("parquet/no_system.parquet", lambda p: parcels().set_crs(None, allow_override=True).to_parquet(p))
    yield Case("parquet/no_rows.parquet", lambda p: parcels().iloc[:0].to_parquet(p))


def _raster() -> Cases:
    def tif(path: Path, *, count: int = 1, crs: str | None = "EPSG:4528", kind: str = "float32") -> None:
        import warnings

        import rasterio
        from rasterio import Affine

        shape = Affine(10, 0, X, 0, -10, Y + 300)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with rasterio.open(path, "w", driver="GTiff", width=30, height=30, count=count, dtype=kind, crs=crs,
                               transform=shape) as sink:  # fmt: skip
                for band in range(1, count + 1):
                    sink.write(np.full((30, 30), 3, dtype=kind), band)

    def cut(path: Path, percent: int) -> None:
        tif(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * percent // 100])

    yield Case("tif/three_bands.tif", functools.partial(tif, count=3))
    yield Case("tif/no_system.tif", functools.partial(tif, crs=None))
    yield Case("tif/degrees_system.tif", functools.partial(tif, crs="EPSG:4490"))
    for percent in (0, 1, 3, 50):
        yield Case(f"tif/cut_{percent:02d}.tif", functools.partial(cut, percent=percent))
    yield Case("tif/words.tif", lambda p: p.write_text("II*", encoding="ascii"))
    yield Case(
        "tif/grid.asc", lambda p: p.write_text("ncols 4\nnrows 4\nxllcorner 0\nyllcorner 0\ncellsize 1\n" + "1 " * 16)
    )


def _xlsx() -> Cases:
    import openpyxl

    def book(path: Path, rows: list[list[object]]) -> None:
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(row)
        made.save(path)

    yield Case("xlsx/no_rows.xlsx", functools.partial(book, rows=[]))
    yield Case("xlsx/only_head.xlsx", functools.partial(book, rows=[["BSM", "a"]]))
    yield Case("xlsx/twice.xlsx", functools.partial(book, rows=[["BSM", "BSM"], [1, 2]]))
    yield Case("xlsx/formula.xlsx", functools.partial(book, rows=[["BSM", "a"], [1, "=1+1"]]))
    yield Case("xlsx/blank_rows.xlsx", functools.partial(book, rows=[[None], ["BSM", "a"], [None], [1, 2.0]]))
    yield Case("xlsx/not_a_zip.xlsx", lambda p: p.write_bytes(b"PK\x03\x04" + b"\x00" * 100))
    yield Case("xlsx/other_zip.xlsx", lambda p: _zip(p, {"a.txt": b"x"}))


def _zip(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as sink:
        for name, body in files.items():
            sink.writestr(name, body)


def _archives(room: Path) -> Cases:
    def shape(prefix: str = "", *, without: tuple[str, ...] = ()) -> dict[str, bytes]:
        source = sound("shp", room)
        return {f"{prefix}DLTB{s}": source.with_suffix(s).read_bytes() for s in PARTS if s not in without}

    def packed(name: str, files: Callable[[], dict[str, bytes]]) -> Case:
        return Case(f"zip/{name}.zip", lambda p: _zip(p, files()))

    def spoiled(name: str, change: Callable[[bytes], bytes]) -> Case:
        def write(path: Path) -> None:
            _zip(path, shape())
            path.write_bytes(change(path.read_bytes()))

        return Case(f"zip/{name}.zip", write)

    def gbk(path: Path) -> None:
        _zip(path, {k.encode("utf-8").hex() if not k.isascii() else k: v for k, v in shape("AAAAAAAA/").items()})
        path.write_bytes(path.read_bytes().replace(b"AAAAAAAA", "耕地数据".encode("gbk")))

    def inner(path: Path) -> None:
        first = path.with_name("inner.zip")
        _zip(first, shape())
        _zip(path, {"数据/里层.zip": first.read_bytes()})
        first.unlink()

    def deeper(path: Path) -> None:
        inner(path)
        body = path.read_bytes()
        _zip(path, {"外层.zip": body})

    def gdb_files(prefix: str) -> dict[str, bytes]:
        return {prefix + p.name: p.read_bytes() for p in sorted(sound("gdb", room).iterdir())}

    yield packed("sound", shape)
    yield packed("sub_folder", lambda: shape("资料/2023/"))
    yield Case("zip/gbk_names.zip", gbk)
    yield packed("two_shapes", lambda: {**shape("a/"), **shape("b/")})
    yield packed("with_readme", lambda: {**shape(), "说明.txt": "数据说明".encode(), "README.md": b"x"})
    yield packed("no_dbf", lambda: shape(without=(".dbf",)))
    yield packed("no_prj", lambda: shape(without=(".prj",)))
    yield packed("only_words", lambda: {"a.txt": b"hello"})
    yield packed("nothing", dict)
    yield packed("only_beside", lambda: {"README.md": b"# x", "样式.qml": b"<qgis/>"})
    yield packed("only_dbf", lambda: {k: v for k, v in shape().items() if k.endswith(".dbf")})
    yield packed("gdb_inside", lambda: gdb_files("数据.gdb/"))
    yield packed("gdb_flat", lambda: gdb_files(""))
    yield packed("many_formats", lambda: {**shape(), "b.gpkg": sound("gpkg", room).read_bytes()})
    yield packed("broken_inside", lambda: {k: v[:90] for k, v in shape().items()})
    yield Case("zip/zip_inside.zip", inner)
    yield Case("zip/zip_inside_zip_inside.zip", deeper)
    yield spoiled("cut", lambda body: body[: len(body) // 2])
    yield spoiled("cut_end", lambda body: body[:-30])
    yield spoiled("no_end", lambda body: body.replace(b"PK\x05\x06", b"PKxx"))
    yield spoiled("wrong_sum", lambda body: body[:60] + bytes([body[60] ^ 255]) + body[61:])
    yield spoiled(
        "wrong_method",
        lambda body: body.replace(
            b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x08\x00", b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x63\x00"
        ),
    )
    yield Case("zip/zeros.zip", lambda p: p.write_bytes(b"PK\x03\x04" + b"\x00" * 500))


_UNSUPPORTED = {
    "数据.vct": b"HeadBegin\nDataMark:LANDUSE-VCT\nVersion:3.0\nHeadEnd\n", "图.dwg": b"AC1027" + b"\x00" * 50, "图.dxf": b"0\nSECTION\n2\nHEADER\n0\nEOF\n",
    "图.tab": b"!table\n!version 300\n", "库.mdb": b"\x00\x01\x00\x00Standard Jet DB" + b"\x00" * 50, "包.rar": b"Rar!\x1a\x07\x00" + b"\x00" * 50, "包.7z": b"7z\xbc\xaf\x27\x1c" + b"\x00" * 50,
    "包.tar.gz": b"\x1f\x8b\x08" + b"\x00" * 50, "表.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 50, "文.pdf": b"%PDF-1.7\n", "文.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 50,
    "图.gml": b'<?xml version="1.0"?><gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml"/>', "工程.qgs": b"<qgis/>", "照片.jpg": b"\xff\xd8\xff\xe0" + b"\x00" * 50,
    "无扩展名": b"anything", "程序.exe": b"MZ" + b"\x00" * 100, "图.vct": "文件头开始\n".encode("gbk"),
}  # fmt: skip
assert copy_shape
assert ROWS
