"""Shapefiles as they arrive on USB sticks: cut short, half copied, in the wrong alphabet."""

# tables of cases
from __future__ import annotations

import functools
import math
import struct
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from .base import ROWS, Case, Cases, X, Y, big, copy_shape, little, parcels, patched, sound

_WKT = dict.fromkeys((4326, 4490, 4528, 4549, 4547, 4529, 4527, 4499, 2364, 2416, 4610, 3857, 32651, 28992))


def cases(room: Path) -> Cases:
    """Every shapefile case."""
    shape = functools.partial(_shape, room)
    for percent in (0, 1, 5, 12, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99):
        for suffix in (".shp", ".shx", ".dbf"):
            yield shape(f"cut_{suffix[1:]}_{percent:02d}", functools.partial(_cut, suffix=suffix, percent=percent))
    for extra in (1, 4, 100, 5000):
        for suffix in (".shp", ".shx", ".dbf"):
            yield shape(f"longer_{suffix[1:]}_{extra}", functools.partial(_longer, suffix=suffix, extra=extra))
    for kind in (2, 7, 99, 31, -1):
        yield shape(f"type_{kind}", lambda p, k=kind: patched(p, 32, little(k)))
    for length in (0, 50, 51, 1_000_000, -1, 2**31 - 1):
        yield shape(f"declared_{length}", lambda p, n=length: patched(p, 24, big(n)))
    for count in (0, 1, 3, 4, 6, 1000, 2**31 - 1, 2**32 - 1):
        value = struct.pack("<I", count)
        yield shape(f"dbf_rows_{count}", lambda p, v=value: patched(p.with_suffix(".dbf"), 4, v))
    for number in (2**31 - 1, -1, 0, 2, 1000):
        yield shape(f"parts_{number}", lambda p, n=number: patched(p, 100 + 8 + 36, little(n)))
        yield shape(f"points_{number}", lambda p, n=number: patched(p, 100 + 8 + 40, little(n)))
    for number in (2**31 - 1, -1, 0, 3, 70):
        yield shape(f"record_length_{number}", lambda p, n=number: patched(p, 104, big(n)))
        yield shape(f"index_offset_{number}", lambda p, n=number: patched(p.with_suffix(".shx"), 108, big(n)))
    for row in range(ROWS):
        yield shape(f"deleted_{row}", functools.partial(_deleted, rows=(row,)))
    yield shape("deleted_all", functools.partial(_deleted, rows=tuple(range(ROWS))))
    for name, text in _NUMBERS.items():
        yield shape(f"number_{name}", functools.partial(_number, text=text))
    for gone in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
        yield shape(f"without_{gone[1:]}", functools.partial(_without, gone=(gone,)))
    yield shape("without_prj_cpg", functools.partial(_without, gone=(".prj", ".cpg")))
    yield shape("without_all_but_shp", functools.partial(_without, gone=(".shx", ".dbf", ".prj", ".cpg")))
    for suffix in (".shx", ".dbf", ".prj", ".cpg", ".shp"):
        yield shape(f"garbage_{suffix[1:]}", lambda p, s=suffix: p.with_suffix(s).write_bytes(b"\x8f\x01nonsense" * 40))
    for name, body in _PRJ.items():
        yield shape(f"prj_{name}", lambda p, b=body: p.with_suffix(".prj").write_bytes(b))
    for declared, actual in _CRS_PAIRS:
        yield shape(f"crs_{declared}_holds_{actual}", functools.partial(_crs, declared=declared, actual=actual))
    for name, change in _PLACES.items():
        yield Case(f"shp/{name}/DLTB.shp", functools.partial(_moved, change=change))
    for encoding in ("GBK", "GB18030", "UTF-8", "BIG5"):
        for cpg in ("", "GBK", "UTF-8", "936", "65001", "ISO-8859-1", "rubbish"):
            yield Case(f"shp/alphabet_{encoding}_{cpg or 'none'}/DLTB.shp",
                       functools.partial(_alphabet, encoding=encoding, cpg=cpg))  # fmt: skip
    for name, shapes in _SHAPES.items():
        yield Case(f"shp/{name}/DLTB.shp", functools.partial(_shapes, shapes=shapes))
    for name, value in (("nan", math.nan), ("inf", math.inf), ("huge", 1e300)):
        yield shape(f"{name}_shape", lambda p, v=value: patched(p, _FIRST_NORTHING, struct.pack("<d", v)))
    yield shape("capital_suffixes", _capitals)
    yield shape("field_beyond_width", lambda p: patched(p.with_suffix(".dbf"), 32 + 16, b"\xff"))
    yield shape("header_beyond_file", lambda p: patched(p.with_suffix(".dbf"), 8, b"\xff\xff"))
    yield shape("record_width_zero", lambda p: patched(p.with_suffix(".dbf"), 10, b"\x00\x00"))
    yield shape("overlapping_records", lambda p: patched(p.with_suffix(".shx"), 108, big(50)))


def _shape(room: Path, name: str, change: Callable[[Path], object]) -> Case:
    def write(path: Path) -> None:
        copy_shape(sound("shp", room), path)
        change(path)

    return Case(f"shp/{name}/DLTB.shp", write)


_FIRST_NORTHING = 164  # of the first record of the sound shapefile
_NUMBERS = {
    "thousands": b"12,345.67", "nan": b"nan", "inf": b"inf", "huge": b"1e999", "minus": b"--5", "hex": b"0x10",
    "full_width": "１２".encode("gbk"), "unit": b"12.5m2", "two": b"12 13", "underscore": b"1_000", "date": b"2023/1/2",
    "stars": b"*" * 24, "blank": b" " * 24, "zeros": b"\x00" * 24, "dot": b".", "exponent": b"1.5e3",
}  # fmt: skip
_PRJ = {
    "empty": b"", "words": "坐标系：国家2000".encode(), "binary": bytes(range(256)), "code": b"EPSG:4528",
    "url": b"http://127.0.0.1:9/4528.wkt", "path": b"/etc/passwd", "half": b'PROJCS["CGCS2000 / 3-degree',
    "utf16": 'PROJCS["x"]'.encode("utf-16"), "local": b'LOCAL_CS["Shanghai",UNIT["metre",1]]',
    "vertical": b'VERT_CS["1985",VERT_DATUM["1985",2005],UNIT["metre",1]]', "nested": b"PROJCS[" * 5000,
    "unknown_datum": b'GEOGCS["x",DATUM["unknown",SPHEROID["x",6378140,298.257]],PRIMEM["Greenwich",0],'
    b'UNIT["degree",0.0174532925199433]]',
}  # fmt: skip
_CRS_PAIRS = (
    (4490, 4528), (4326, 4528), (4528, 4490), (4549, 4490), (4528, 4549), (4549, 4528), (4547, 4549), (4529, 4528),
    (4527, 4528), (4499, 4528), (2364, 2364), (2416, 2416), (4610, 4610), (3857, 3857), (32651, 32651), (4326, 4326),
    (28992, 4528), (4549, 4549), (4490, 4490), (32651, 4528), (3857, 4490), (4490, 3857), (4550, 4549), (4548, 4549),
)  # fmt: skip


def _cut(path: Path, *, suffix: str, percent: int) -> None:
    part = path.with_suffix(suffix)
    body = part.read_bytes()
    part.write_bytes(body[: len(body) * percent // 100])


def _longer(path: Path, *, suffix: str, extra: int) -> None:
    part = path.with_suffix(suffix)
    part.write_bytes(part.read_bytes() + b"\x00" * extra)


def _layout(path: Path) -> tuple[bytearray, int, int, dict[str, tuple[int, int]]]:
    """Body, start of records, width, and offset and length of each field of the .dbf."""
    body = bytearray(path.with_suffix(".dbf").read_bytes())
    start, width = struct.unpack("<HH", body[8:12])
    fields, at = {}, 1
    for place in range(32, start - 1, 32):
        name = bytes(body[place : place + 11]).split(b"\0")[0].decode("ascii")
        fields[name] = (at, body[place + 16])
        at += body[place + 16]
    return body, start, width, fields


def _deleted(path: Path, *, rows: tuple[int, ...]) -> None:
    body, start, width, _ = _layout(path)
    for row in rows:
        body[start + row * width] = ord("*")
    path.with_suffix(".dbf").write_bytes(bytes(body))


def _number(path: Path, *, text: bytes) -> None:
    body, start, width, fields = _layout(path)
    at, length = fields["TBMJ"]
    body[start + width + at : start + width + at + length] = text[:length].rjust(length)
    path.with_suffix(".dbf").write_bytes(bytes(body))


def _without(path: Path, *, gone: tuple[str, ...]) -> None:
    for suffix in gone:
        path.with_suffix(suffix).unlink(missing_ok=True)


def _write(frame: gpd.GeoDataFrame, path: Path, encoding: str = "GBK") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_file(path, encoding=encoding, engine="pyogrio")


def _crs(path: Path, *, declared: int, actual: int) -> None:
    import pyproj

    frame = parcels()
    datum = {2364: 4528, 2416: 4528, 4610: 4490}
    moved = frame.to_crs(datum.get(actual, actual)).set_crs(declared, allow_override=True)
    for suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
        path.with_suffix(suffix).unlink(missing_ok=True)
    _write(moved, path)
    path.with_suffix(".prj").write_text(pyproj.CRS(declared).to_wkt("WKT1_ESRI"), encoding="utf-8")


def _move(transform: Callable[[np.ndarray], np.ndarray]) -> gpd.GeoDataFrame:
    frame = parcels()
    return frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), transform), crs=4528)


_PLACES: dict[str, Callable[[], gpd.GeoDataFrame]] = {
    "swapped_axes": lambda: _move(lambda xy: xy[:, ::-1]),
    "swapped_degrees": lambda: parcels().to_crs(4490).set_geometry(
        shapely.transform(parcels().to_crs(4490).geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=4490),
    "local_grid": lambda: _move(lambda xy: xy - [X + 40_000, Y - 30_000]),
    "local_grid_no_prj": lambda: _move(lambda xy: xy - [X + 40_000, Y - 30_000]).set_crs(None, allow_override=True),
    "no_prj_degrees": lambda: parcels().to_crs(4490).set_crs(None, allow_override=True),
    "no_prj_4549": lambda: parcels().to_crs(4549).set_crs(None, allow_override=True),
    "no_prj_swapped": lambda: _move(lambda xy: xy[:, ::-1]).set_crs(None, allow_override=True),
    "zone_41_prefix": lambda: _move(lambda xy: xy + np.array([1_000_000, 0])),
    "another_county": lambda: _move(lambda xy: xy + np.array([0, 300_000])),
    "kilometres": lambda: _move(lambda xy: xy / 1000),
    "at_null_island": lambda: _move(lambda xy: xy - [X, Y]),
    "far_away": lambda: _move(lambda xy: xy * 1e6),
    "huge_numbers": lambda: _move(lambda xy: xy * 1e290),
}  # fmt: skip


def _moved(path: Path, *, change: Callable[[], gpd.GeoDataFrame]) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _write(change(), path)


def _alphabet(path: Path, *, encoding: str, cpg: str) -> None:
    frame = parcels().assign(ZLDWMC="金澤鎮示例村" if encoding == "BIG5" else "金泽镇示例村")
    if encoding == "BIG5":
        frame = frame.assign(DLMC="水田")
    if encoding == "GB18030":
        frame = frame.assign(ZLDWMC="金泽镇㐂示例村")
    _write(frame, path, "UTF-8")
    body, start, width, fields = _layout(path)
    for row in range(ROWS):
        for name in ("DLMC", "ZLDWMC"):
            at, length = fields[name]
            text = str(frame[name].iloc[row]).encode(encoding)[:length]
            body[start + row * width + at : start + row * width + at + length] = text.ljust(length)
    path.with_suffix(".dbf").write_bytes(bytes(body))
    patched(path.with_suffix(".dbf"), 29, b"\x00")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg:
        path.with_suffix(".cpg").write_text(cpg, encoding="ascii")


def _with_shape(shape: object) -> Callable[[], gpd.GeoDataFrame]:
    def make() -> gpd.GeoDataFrame:
        frame = parcels()
        shapes = frame.geometry.to_numpy().copy()
        shapes[2] = shape() if callable(shape) else shape
        return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=shapes, crs=4528)

    return make


_SHAPES = {
    "null_shape": _with_shape(None), "empty_shape": _with_shape(shapely.Polygon()),
    "bowtie": _with_shape(shapely.Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)])),
    "points": lambda: parcels().set_geometry(parcels().geometry.centroid),
    "lines": lambda: parcels().set_geometry(parcels().geometry.boundary),
    "with_height": lambda: parcels().set_geometry(shapely.force_3d(parcels().geometry.to_numpy(), 3.0), crs=4528),
    "all_null": lambda: parcels().set_geometry(np.array([None] * ROWS, dtype=object), crs=4528),
    "no_rows": lambda: parcels().iloc[:0],
    "bsm_twice": lambda: parcels().assign(BSM="1"),
    "one_column": lambda: parcels()[["BSM", "geometry"]],
    "personal": lambda: parcels().assign(LXDH="13800000000", 身份证="310118190001010000"),
    "area_as_text": lambda: parcels().assign(TBMJ=["2,000", "x", "3", "4", ""]),
    "class_as_number": lambda: parcels().assign(DLBM=[101, 101, 103, 601, 1107]),
}  # fmt: skip


def _shapes(path: Path, *, shapes: Callable[[], gpd.GeoDataFrame]) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _write(shapes(), path)


def _capitals(path: Path) -> None:
    for suffix in (".shx", ".dbf", ".prj", ".cpg"):
        part = path.with_suffix(suffix)
        part.rename(part.with_name(part.stem.lower() + suffix.upper()))
