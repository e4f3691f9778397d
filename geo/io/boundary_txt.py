"""勘测定界 boundary-point TXT: the form in which project footprints travel.

Plot line: 界址点数,面积(公顷),地块编号,地块名称,图形属性,图幅号,用途,地类编码,@
Point line: 点号,圈号,X(北),Y(东, with the zone number)
Rings after the first are holes or further parts by containment, never by number alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.crs import HOUSE_EPSG

if TYPE_CHECKING:
    import geopandas as gpd

_SIZE_LIMIT = 20_000_000


@dataclass(slots=True)
class _Plot:
    header: list[str]
    rings: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    line: int = 0


def read_boundary_txt(path: Path | str) -> gpd.GeoDataFrame:
    """Plots of a boundary TXT as columns project_no, project_name, use, declared_area_m2, geometry (EPSG:4528).

    Accepts UTF-8 (with or without BOM) and GB18030, any line ending, a closing point repeated or not, eastings with
    the zone number or bare with 带号=40. Raises InputProblem with every faulty line.
    """
    import geopandas as gpd

    path = Path(path)
    plots, header, faults = _parse(_text(path))
    zone = header.get("带号", "").strip()
    rows = []
    for plot in plots:
        try:
            geometry = _geometry(plot, zone)
        except ValueError as fault:
            faults.append(Finding("IO301", "error", str(plot.line), measured=str(fault)))
            continue
        cells = [*plot.header, *[""] * 9]
        rows.append(
            {
                "project_no": cells[2].strip(),
                "project_name": cells[3].strip() or path.stem,
                "use": cells[6].strip(),
                "declared_area_m2": _number(cells[1]) * 10_000.0,
                "geometry": geometry,
            }
        )
    if not plots and not faults:
        faults.append(Finding("IO301", "error", "1", measured="没有地块 / no plot"))
    if faults:
        raise InputProblem(faults)
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=HOUSE_EPSG)


def write_boundary_txt(plots: gpd.GeoDataFrame, path: Path | str, *, producer: str = "", on: str = "") -> Path:
    """Write plots (project_no, project_name, use, geometry in EPSG:4528) in the same form, GBK-safe UTF-8.

    Points J1… restart per ring, the closing point is repeated, coordinates to the millimetre, areas official.
    """
    import shapely

    from geo.geometry.ellipsoid import areas

    path = Path(path)
    lines = ["[属性描述]", "格式版本号=1.01版本", f"数据产生单位={producer}", f"数据产生日期={on}"]
    lines += [
        "坐标系=2000国家大地坐标系",
        "几度分带=3",
        "投影类型=高斯克吕格",
        "计量单位=米",
        "带号=40",
        "精度=0.001",
    ]
    lines += ["转换参数=0,0,0,0,0,0,0", "[地块坐标]"]
    sizes = areas(plots)
    for row, size in zip(plots.itertuples(), sizes, strict=True):
        rings = shapely.get_rings(shapely.get_parts(row.geometry))
        count = sum(shapely.get_num_coordinates(rings))
        name = str(row.project_name).replace(",", "，")
        lines.append(f"{count},{size / 10_000:.4f},{row.project_no},{name},面,,{row.use},,@")
        for number, ring in enumerate(rings, start=1):
            xy = shapely.get_coordinates(ring)
            last = len(xy) - 1
            for k, (east, north) in enumerate(xy):
                lines.append(f"J{1 if k == last else k + 1},{number},{north:.3f},{east:.3f}")
    draft = path.with_suffix(".txt.writing")
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft.replace(path)
    return path


def _text(path: Path) -> str:
    if not path.is_file():
        raise InputProblem([Finding("IO107", "error", path.name, measured="–")])
    if path.stat().st_size > _SIZE_LIMIT:
        raise InputProblem([Finding("IO107", "error", path.name, measured=f"> {_SIZE_LIMIT} B")])
    raw = path.read_bytes()
    for trial in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(trial)
        except UnicodeDecodeError:
            continue
    raise InputProblem([Finding("IO112", "error", path.name)])


def _parse(text: str) -> tuple[list[_Plot], dict[str, str], list[Finding]]:
    plots: list[_Plot] = []
    header: dict[str, str] = {}
    faults: list[Finding] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip().replace("，", ",")
        if not line or (line.startswith("[") and line.endswith("]")):
            continue
        if line.endswith("@"):
            plots.append(_Plot(line.rstrip("@").split(","), line=number))
        elif "=" in line and not plots:
            key, _, value = line.partition("=")
            header[key.strip()] = value
        else:
            fault = _point(line, plots)
            if fault:
                faults.append(Finding("IO301", "error", str(number), measured=fault))
    return plots, header, faults


def _point(line: str, plots: list[_Plot]) -> str:
    cells = [c.strip() for c in line.split(",")]
    if not plots:
        return "界址点在地块行之前 / point before any plot"
    if len(cells) < 4:
        return f"{len(cells)} < 4"
    north, east = _number(cells[2]), _number(cells[3])
    if not (north == north and east == east):
        return "坐标不是数字 / not a number"
    if north > 2e7 or 3.3e6 <= east <= 3.6e6:
        return "坐标顺序应为 X(北),Y(东) / northing comes first"
    plots[-1].rings.setdefault(cells[1], []).append((east, north))
    return ""


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _geometry(plot: _Plot, zone: str) -> object:
    """The plot's polygon: rings that lie in another are holes, the rest are parts."""
    import shapely

    polygons = []
    for name, points in plot.rings.items():
        if len(set(points)) < 3:
            raise ValueError(f"圈 {name} 少于 3 点 / ring {name} has fewer than 3 points")
        shifted = [(_easting(e, zone), n) for e, n in points]
        polygon = shapely.Polygon(shifted)
        if not polygon.is_valid:
            raise ValueError(f"圈 {name} 自相交 / ring {name} crosses itself")
        polygons.append(polygon)
    if not polygons:
        raise ValueError("没有界址点 / no points")
    result = polygons[0]
    for polygon in polygons[1:]:
        result = result.difference(polygon) if result.contains(polygon) else result.union(polygon)
    return result


def _easting(east: float, zone: str) -> float:
    if 40_000_000 <= east < 41_000_000:
        return east
    if 0 < east < 1_000_000 and zone == "40":
        return east + 40_000_000
    raise ValueError(f"东坐标 {east} 与带号“{zone}”不符，应为 40 带 / easting does not fit zone 40")
