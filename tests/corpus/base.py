"""Sound small layers from which the bad ones are made, and the way a case is written down."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import shapely

X, Y = 40_585_000.0, 3_440_000.0
ROWS = 5


@dataclass(frozen=True, slots=True)
class Case:
    """One file (or folder) of the corpus: its path below the corpus folder and what writes it."""

    name: str
    write: Callable[[Path], object]


Cases = Iterator[Case]


@cache
def parcels() -> gpd.GeoDataFrame:
    """Five invented squares in the zone, in the official columns of DLTB (示例数据，非真实地块)."""
    return gpd.GeoDataFrame(
        {
            "BSM": [f"31011810010000{k:04d}" for k in range(ROWS)],
            "DLBM": ["0101", "0101", "0103", "0601", "1107"],
            "DLMC": ["水田", "水田", "旱地", "工业用地", "沟渠"],
            "ZLDWDM": ["3101181042010000000"] * ROWS,
            "ZLDWMC": ["金泽镇示例村"] * ROWS,
            "TBMJ": [2000.25 + k for k in range(ROWS)],
        },
        geometry=[shapely.box(X + 50 * k, Y, X + 50 * k + 50, Y + 40) for k in range(ROWS)],
        crs=4528,
    )


_made: dict[str, Path] = {}


def sound(kind: str, folder: Path) -> Path:
    """A sound file of a kind (shp, gpkg, gdb, geojson, parquet), made once in ``folder``."""
    from geo.io.gdal_guard import guard

    guard()
    if kind not in _made or not _made[kind].exists():
        path = folder / f"sound.{kind}"
        frame = parcels()
        if kind == "shp":
            frame.to_file(path, encoding="GBK", engine="pyogrio")
        elif kind == "gdb":
            frame.to_file(path, driver="OpenFileGDB", layer="DLTB", engine="pyogrio")
        elif kind == "gpkg":
            frame.to_file(path, layer="DLTB", engine="pyogrio")
        elif kind == "parquet":
            frame.to_parquet(path)
        else:
            frame.to_crs(4490).to_file(path, driver="GeoJSON", engine="pyogrio")
        _made[kind] = path
    return _made[kind]


def forget() -> None:
    """Make the sound files anew (their folder is gone)."""
    _made.clear()


PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def copy_shape(source: Path, target: Path, *, without: tuple[str, ...] = ()) -> Path:
    """The parts of a sound shapefile under another name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for suffix in PARTS:
        if suffix not in without and source.with_suffix(suffix).exists():
            shutil.copyfile(source.with_suffix(suffix), target.with_suffix(suffix))
    return target


def patched(path: Path, at: int, value: bytes) -> None:
    """Overwrite bytes of a file."""
    body = bytearray(path.read_bytes())
    body[at : at + len(value)] = value
    path.write_bytes(bytes(body))


def big(value: int) -> bytes:
    return struct.pack(">i", value)


def little(value: int) -> bytes:
    return struct.pack("<i", value)
