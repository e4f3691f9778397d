"""FIVE FILES AS THEY ARE SENT: a part of an invented zone as a GBK shapefile without .prj, a FileGDB, degrees, a TXT.

For tests, pictures and anyone who wants to try the data page: the story of a USB stick. 示例数据，非真实地块。
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely

from geo.zone import Zone

# Corner of the part that is sent, EPSG:4528, m.
_SIZE_M = 1_800.0
FILES = ("地类图斑_2023.zip", "YJJBNTBHTB.gdb.zip", "生态保护红线.geojson", "XM2024-017.txt", "CZKFBJ.gpkg")


def write_story(zone: Zone, folder: Path) -> list[Path]:
    """Write the five files of ``FILES`` from a zone; returns their paths.

    Parcels: zipped shapefile in GBK under a Chinese folder, no .prj and no .cpg, with one overlap, a hair crack and
    a repeated point; farmland: FileGDB; red line: degrees (EPSG:4490) in GeoJSON; a project boundary in the dialect
    of an unknown tool (full-width punctuation, no zone number in the eastings); urban boundary: GeoPackage.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parcels = zone.layer("parcels")
    middle = shapely.box(*parcels.total_bounds).centroid
    part = shapely.box(middle.x - _SIZE_M / 2, middle.y - _SIZE_M / 2, middle.x + _SIZE_M / 2, middle.y + _SIZE_M / 2)
    # Long canals reach out of the part and enclose others: those belong to it, or they would be gaps.
    outline = shapely.union_all(shapely.make_valid(parcels.geometry[parcels.intersects(part)].to_numpy()))
    whole = shapely.buffer(shapely.union_all([shapely.Polygon(p.exterior) for p in shapely.get_parts(outline)]), 0.01)
    inside = {name: _within(zone.layer(name), whole) for name in ("parcels", "farmland")}
    paths = [folder / name for name in FILES]
    _zip(_faulty(inside["parcels"]), paths[0])
    _gdb(inside["farmland"], paths[1])
    _degrees(zone.layer("redline"), paths[2])
    _boundary(inside["farmland"], paths[3])
    from geo.io.vector import write_layer

    boundary = zone.layer("boundary")
    write_layer(boundary.set_geometry(_multi(boundary.geometry), crs=boundary.crs), paths[4], "boundary")
    return paths


def _faulty(parcels: Any) -> Any:
    """One corner pushed 3 m, one pushed 3 cm, one told twice."""
    geoms = parcels.geometry.to_numpy().copy()
    plain = np.flatnonzero((shapely.get_num_interior_rings(geoms) == 0) & (shapely.get_num_coordinates(geoms) > 6))
    tree = shapely.STRtree(geoms)
    done: list[int] = []
    for row in plain:
        ring = shapely.get_coordinates(geoms[row])
        near = set(tree.query(geoms[row], predicate="dwithin", distance=40.0).tolist())
        if near & set(done) or len(tree.query(shapely.Point(ring[2]), predicate="dwithin", distance=0.01)) != 2:
            continue
        step = [np.array([3.0, 1.0]), np.array([-0.03, 0.0]), None][len(done)]
        ring = np.insert(ring, 3, ring[2], axis=0) if step is None else np.vstack([ring[:2], ring[2] + step, ring[3:]])
        moved = shapely.Polygon(ring)
        if not moved.is_valid:
            continue
        geoms[row] = moved
        done.append(int(row))
        if len(done) == 3:
            break
    return parcels.set_geometry(geoms, crs=parcels.crs)


def _within(frame: Any, outline: Any) -> Any:
    return frame[shapely.covers(outline, shapely.make_valid(frame.geometry.to_numpy()))].reset_index(drop=True)


def _multi(shapes: Any) -> list[Any]:
    return [s if s.geom_type == "MultiPolygon" else shapely.MultiPolygon([s]) for s in shapes]


def _zip(parcels: Any, path: Path) -> None:
    from geo.io.vector import write_layer

    with TemporaryDirectory() as room:
        shape = write_layer(parcels, Path(room) / "DLTB.shp", "parcels")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(shape.parent.iterdir()):
                if part.suffix not in (".prj", ".cpg"):
                    archive.write(part, f"青浦区/{part.name}")


def _gdb(farmland: Any, path: Path) -> None:
    from geo.io.gdal_guard import guard
    from geo.standards.schema import schema

    guard()
    import pyogrio

    names = {f.name: f.official for f in schema("farmland").fields}
    frame = farmland[[c for c in farmland.columns if c in names or c == "geometry"]].rename(columns=names)
    small = {c: "Int32" for c in frame.columns if str(frame[c].dtype) == "Int64"}
    frame = frame.astype(small).set_geometry(_multi(frame.geometry), crs=frame.crs)
    with TemporaryDirectory() as room:
        base = Path(room) / "YJJBNTBHTB.gdb"
        pyogrio.write_dataframe(
            frame, str(base), layer="YJJBNTBHTB", driver="OpenFileGDB", geometry_type="MultiPolygon"
        )  # fmt: skip
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(base.iterdir()):
                if part.suffix != ".lock":
                    archive.write(part, f"YJJBNTBHTB.gdb/{part.name}")


def _degrees(redline: Any, path: Path) -> None:
    import json

    from geo.standards.schema import schema

    names = {f.name: f.official for f in schema("redline").fields}
    frame = redline[[c for c in redline.columns if c in names or c == "geometry"]].rename(columns=names).to_crs(4490)
    told = json.loads(frame.to_json(drop_id=True))
    told["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def _boundary(farmland: Any, path: Path) -> None:
    ring = shapely.get_coordinates(farmland.geometry.iloc[0].exterior if len(farmland) else shapely.Point())
    points = [f"J{k + 1}，1，{y:.3f}，{x - 40_000_000:.3f}" for k, (x, y) in enumerate(ring[:-1])]
    points.append(f"J1，1，{ring[0][1]:.3f}，{ring[0][0] - 40_000_000:.3f}")
    head = ["【属性描述】", "坐标系＝2000国家大地坐标系", "几度分带＝3", "投影类型＝高斯克吕格", "计量单位＝米",
            "带号＝40", "精度＝0.001", "转换参数＝0,0,0,0,0,0,0", "【地块坐标】",
            f"{len(points) - 1}，0.0000，DK01，示例项目（非真实），面，，公用设施，，@"]  # fmt: skip
    path.write_bytes("\r\n".join([*head, *points, ""]).encode("utf-16"))
