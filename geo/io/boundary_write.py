"""勘测定界 TXT written in the dialect that the receiving office reads; what is written is read back the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.crs import GEOGRAPHIC_EPSG, HOUSE_EPSG
from geo.io.boundary_parse import Dialect

if TYPE_CHECKING:
    import geopandas as gpd

_HEADED = ("approval", "onemap", "linkage")
_COMMON = {
    "格式版本号": "1.01版本", "数据产生单位": "", "数据产生日期": "", "坐标系": "2000国家大地坐标系", "几度分带": "3",
    "投影类型": "高斯克吕格", "计量单位": "米", "带号": "40", "精度": "0.001", "转换参数": "0,0,0,0,0,0,0",
}  # fmt: skip


def write_boundary_txt(
    plots: gpd.GeoDataFrame,
    path: Path | str,
    *,
    dialect: Dialect = "approval",
    encoding: str = "utf-8",
    header: Mapping[str, str] | None = None,
) -> Path:
    """Write plots (project_no, project_name, use, …, geometry) as a boundary TXT, complete or not at all.

    dialect: approval (报批、供地), onemap (一张图), balance (进出平衡, easting first, no header), enforcement (执法,
    degrees, no header), linkage (增减挂钩, ring in the fifth column). header: values that replace the usual ones
    (数据产生单位, 数据产生日期 …). Points J1… restart per ring, the closing point is repeated, coordinates to the
    millimetre (degrees to 1e-10), areas official. Frames in another system are brought to EPSG:4528, or to EPSG:4490
    for the dialect in degrees. Raises InputProblem when a plot has no polygon or the frame no system.
    """
    path = Path(path)
    text = boundary_text(plots, dialect=dialect, header=header)
    draft = path.with_suffix(".txt.writing")
    draft.write_bytes(text.encode(encoding))
    draft.replace(path)
    return path


def boundary_text(
    plots: gpd.GeoDataFrame, *, dialect: Dialect = "approval", header: Mapping[str, str] | None = None
) -> str:
    """The text of ``write_boundary_txt``."""
    import numpy as np
    import shapely

    from geo.geometry.ellipsoid import area_m2

    if plots.crs is None:
        raise InputProblem([Finding("IO105", "error", "TXT")])
    epsg = GEOGRAPHIC_EPSG if dialect == "enforcement" else HOUSE_EPSG
    moved = plots if plots.crs.to_epsg() == epsg else plots.to_crs(epsg)
    shapes = moved.geometry.to_numpy()
    bad = np.flatnonzero(~np.isin(shapely.get_type_id(shapes), (3, 6)) | shapely.is_empty(shapes))
    if bad.size:
        rows = ", ".join(str(int(b) + 1) for b in bad[:10])
        raise InputProblem([Finding("IO109", "error", "TXT", measured=str(bad.size), limit=rows)])
    sizes = area_m2(shapes, epsg=epsg)
    lines: list[str] = []
    if dialect in _HEADED:
        values = {**_COMMON, **(header or {})}
        lines += ["[属性描述]", *(f"{key}={_line(value)}" for key, value in values.items()), "[地块坐标]"]
    for number, (shape, size) in enumerate(zip(shapes, sizes, strict=True)):
        row = {c: _cell(plots.iloc[number], c) for c in plots.columns if c != plots.geometry.name}
        rings = shapely.get_rings(shapely.get_parts(shape))
        count = int(sum(shapely.get_num_coordinates(rings)))
        lines.append(_plot_line(row, dialect, count, float(size)))
        lines += _points(rings, dialect)
    return "\n".join(lines) + "\n"


def _plot_line(row: Mapping[str, str], dialect: Dialect, count: int, size: float) -> str:
    shape = row.get("shape") or "面"
    name, use = row.get("project_name", ""), row.get("use", "")
    if dialect == "onemap":
        return f"{row.get('project_no', '')},{name},{shape},{row.get('map_sheet', '')},@"
    if dialect == "balance":
        return f"{count},{name},{shape},{use},@"
    area = f"{size / 10_000:.4f}"
    cells = [str(count), area, row.get("project_no", ""), name, shape, row.get("map_sheet", ""), use,
             row.get("class_code", "")]  # fmt: skip
    if row.get("extra"):
        cells += row["extra"].split(",")
    return ",".join(cells) + ",@"


def _points(rings: Any, dialect: Dialect) -> Iterator[str]:
    import shapely

    for number, ring in enumerate(rings, start=1):
        xy = shapely.get_coordinates(ring)
        last = len(xy) - 1
        for k, (x, y) in enumerate(xy):
            name = f"J{1 if k == last else k + 1}"
            if dialect == "enforcement":
                yield f"{name},{number},{x:.10f},{y:.10f}"
            elif dialect == "balance":
                yield f"{name},{number},{x:.3f},{y:.3f}"
            elif dialect == "linkage":
                after = xy[1 if k == last else k + 1]
                side = float(((after[0] - x) ** 2 + (after[1] - y) ** 2) ** 0.5)
                yield f"{name},{y:.3f},{x:.3f},{side:.2f},{number},"
            else:
                yield f"{name},{number},{y:.3f},{x:.3f}"


def _cell(row: Any, column: str) -> str:
    value = row[column]
    text = "" if value is None or value != value else str(value)
    if column == "extra":
        return _line(text).replace("@", "＠")
    return _line(text).replace(",", "，").replace("@", "＠").strip()


def _line(text: str) -> str:
    return " ".join(str(text).split())
