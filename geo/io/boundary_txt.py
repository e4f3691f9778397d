"""勘测定界 boundary-point TXT: the form in which project footprints travel, read and written in all its dialects.

Rings after the first are holes or further parts by containment, never by number. Dialects: ``geo.io.boundary_parse``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.crs import HOUSE_EPSG
from geo.io.boundary_parse import Dialect, Parsed, Plot, decode, easting_first, is_boundary, numeric, parse
from geo.io.boundary_write import write_boundary_txt

__all__ = ["Boundary", "read_boundary", "read_boundary_txt", "read_text", "write_boundary_txt"]

if TYPE_CHECKING:
    import geopandas as gpd

SIZE_LIMIT = 20_000_000
COLUMNS = ("project_no", "project_name", "use", "declared_area_m2", "shape", "map_sheet", "class_code", "extra")
_POLE_M = 10_002_000.0
_WIDEST_M, _WIDEST_DEG = 1_000_000.0, 10.0  # plots farther apart are misprints, not projects
_AREA_SLACK = 0.005  # declared against computed area, domain reference 5.4
# Datum words of the header, the first EPSG codes of their 3° and 6° zones with and without number, and first zones.
_DATUMS = {
    "CGCS2000": {(3, True): 4488, (3, False): 4509, (6, True): 4478, (6, False): 4489},
    "1980": {(3, True): 2324, (3, False): 2345, (6, True): 2314, (6, False): 2325},
    "1954": {(3, True): 2376, (3, False): 2397, (6, True): 21400, (6, False): 21440},
}
_GEOGRAPHIC = {"CGCS2000": 4490, "1980": 4610, "1954": 4214}


@dataclass(frozen=True, slots=True)
class Boundary:
    """A boundary TXT: plots in the file's own numbers and system (``COLUMNS`` and geometry), header, dialect, findings.

    ``frame.crs`` is None when the file does not say its zone and the numbers do not either.
    """

    frame: gpd.GeoDataFrame
    header: Mapping[str, str]
    dialect: Dialect
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "error")


def read_boundary_txt(path: Path | str) -> gpd.GeoDataFrame:
    """Plots of a boundary TXT as columns project_no, project_name, use, declared_area_m2, shape, map_sheet,
    class_code, extra, geometry (EPSG:4528).

    Accepts every dialect, encoding and line ending that ``read_boundary`` does; what it took for granted (no datum
    named, easting first …) is in ``attrs["notes"]``: code, subject, measured, limit. Raises InputProblem with every
    faulty line (IO301), a file without zone (IO304), or a datum that cannot be converted (IO115).
    """
    from geo.geometry.crs import ZONE_FRAME_DEG
    from geo.io.place import place

    path = Path(path)
    boundary = read_boundary(path)
    faults = list(boundary.errors)
    frame = boundary.frame
    if frame.crs is not None and len(frame):
        placing = place(frame.total_bounds, frame.crs.to_wkt(), subject=path.name, zone_frame=ZONE_FRAME_DEG)
        known = {f.code for f in faults}
        faults += [f for f in placing.findings if f.severity == "error" and f.code not in known]
    if faults:
        raise InputProblem(faults)
    notes = [
        [f.code, f.subject, *("" if v is None else str(v) for v in (f.measured, f.limit))]
        for f in boundary.findings if not f.values
    ]  # fmt: skip
    frame = frame if frame.crs.to_epsg() == HOUSE_EPSG else _exact_house(frame)
    frame.attrs["notes"] = notes
    return frame


def read_boundary(path: Path | str) -> Boundary:
    """A boundary TXT as it stands, with all its faults as findings. Raises InputProblem only when it is no text.

    UTF-8, UTF-16 or GB18030; full-width signs; headers blank or missing; closing point repeated or not; eastings with
    the zone number or bare; easting first; degrees; the ring in the second or the fifth column.
    """
    path = Path(path)
    if not path.is_file():
        raise InputProblem([Finding("IO107", "error", path.name, measured="没有这个文件 / no such file")])
    if path.stat().st_size > SIZE_LIMIT:
        raise InputProblem([Finding("IO107", "error", path.name, measured=f"> {SIZE_LIMIT} B")])
    text = decode(path.read_bytes())
    if text is None:
        raise InputProblem([Finding("IO112", "error", path.name)])
    return read_text(text, path.stem)


def read_text(text: str, name: str) -> Boundary:
    """``read_boundary`` of a text already in memory; ``name`` stands in for project names that are blank."""
    import geopandas as gpd
    import numpy as np

    parsed = parse(text)
    if not parsed.plots and not parsed.faults:
        parsed.fault(1, "没有地块", "no plot")
    if not is_boundary(text) and len(parsed.faults) > 3:
        parsed.faults = [Finding("IO135", "error", name)]
        parsed.plots = []
    east_first = _axis_order(parsed)
    epsg, notes = _system(parsed, east_first)
    rows: list[dict[str, Any]] = []
    for plot in parsed.plots:
        row = _attributes(plot, parsed, name)
        row["geometry"], more = _geometry(plot, east_first, parsed)
        notes += more
        notes += _count(plot, row.pop("count"))
        if row["geometry"] is not None:
            rows.append(row)
    frame = gpd.GeoDataFrame(
        {c: [r[c] for r in rows] for c in COLUMNS}, geometry=np.array([r["geometry"] for r in rows], dtype=object)
    )
    frame = frame.astype({"declared_area_m2": "float64"})
    if epsg:
        frame = frame.set_crs(epsg)
    notes += _declared_areas(frame)
    if parsed.implied:
        notes.append(Finding("IO310", "warning", str(parsed.implied)))
    return Boundary(frame, dict(parsed.header), parsed.dialect, (*parsed.faults, *notes))


def _axis_order(parsed: Parsed) -> bool:
    """Whether the easting comes first, asked of every point; those that disagree with the rest are faults."""
    points = [point for plot in parsed.plots for point in plot.points]
    verdicts = [easting_first(point.a, point.b) for point in points]
    first, second = verdicts.count(True), verdicts.count(False)
    degrees = bool(points) and all(abs(point.a) <= 180 and abs(point.b) <= 180 for point in points)
    order = first > second or (degrees and not second)  # longitude comes first where degrees do not tell
    if first and second:
        for point, verdict in zip(points, verdicts, strict=True):
            if verdict is (not order):
                parsed.fault(point.line, "坐标顺序与其他点不同", "its axes are not in the order of the other points")
    return order


def _system(parsed: Parsed, east_first: bool) -> tuple[int, list[Finding]]:
    """EPSG code of the plots (0 when unknown) and notes."""
    points = [p for plot in parsed.plots for p in plot.points]
    header = parsed.header
    notes: list[Finding] = []
    if east_first and parsed.dialect not in ("balance", "enforcement"):
        notes.append(Finding("IO302", "warning", str(points[0].line) if points else "1"))
    if not points:
        return 0, notes
    datum, named = _datum(header)
    if not named:
        notes.append(Finding("IO306", "warning", "坐标系"))
    if re.search(r"[1-9]", header.get("转换参数", "")):
        notes.append(Finding("IO305", "warning", header["转换参数"][:60]))
    if all(abs(p.a) <= 180 and abs(p.b) <= 180 for p in points):
        return _GEOGRAPHIC[datum], notes
    if header.get("计量单位", "米").strip() not in ("", "米", "m", "M", "公尺", "meter", "metre"):
        parsed.fault(1, f"计量单位={header['计量单位'][:20]}，应为米", "the unit should be metres")
        return 0, notes
    eastings = [p.a if east_first else p.b for p in points]
    for point in points:
        if abs(point.b if east_first else point.a) > _POLE_M:
            parsed.fault(point.line, "X(北) 超出地球范围", "the northing lies beyond the pole")
    zones = {int(e // 1_000_000) if e >= 13_000_000 else 0 for e in eastings}
    said = re.sub(r"\D", "", header.get("带号", ""))[:3]
    stated = int(said) if said else 0
    if len(zones) > 1:
        parsed.fault(points[0].line, f"东坐标带号不一致 {sorted(zones)}", "eastings with different zone numbers")
        return 0, notes
    zone = zones.pop()
    if zone and stated and zone != stated:
        parsed.fault(points[0].line, f"东坐标带号 {zone} 与 带号={stated} 不符", "zone number and header disagree")
        return 0, notes
    plausible = all(e % 1_000_000 >= 100_000 for e in eastings)
    if not zone and (not stated or not plausible):
        notes.append(Finding("IO304" if plausible else "IO158", "error", "带号" if plausible else "TXT",
                             measured=f"{min(eastings):.3f}–{max(eastings):.3f}"))  # fmt: skip
        return 0, notes
    number = zone or stated
    width = 3 if 25 <= number <= 45 else 6 if 13 <= number <= 23 else 0
    if not width:
        parsed.fault(points[0].line, f"带号 {number} 不在国内范围", "no zone of China")
        return 0, notes
    return _DATUMS[datum][(width, bool(zone))] + number, notes


def _datum(header: Mapping[str, str]) -> tuple[str, bool]:
    """The datum that the header names, and whether it names one."""
    said = header.get("坐标系", "") + header.get("坐标系统", "")
    if "2000" in said or "CGCS" in said.upper():
        return "CGCS2000", True
    if "80" in said or "西安" in said:
        return "1980", True
    if "54" in said or "北京" in said:
        return "1954", True
    return "CGCS2000", False


def _attributes(plot: Plot, parsed: Parsed, name: str) -> dict[str, Any]:
    """The cells of a plot line by meaning; ``count`` is the number of points that it declares ('' when none)."""
    cells = plot.cells
    row: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    row["declared_area_m2"], row["count"] = float("nan"), ""
    if len(cells) <= 4:
        cells = [*cells, *[""] * 4]
        first = "count" if parsed.dialect == "balance" else "project_no"
        last = "use" if parsed.dialect == "balance" else "map_sheet"
        row |= {first: cells[0], "project_name": cells[1], "shape": cells[2], last: cells[3]}
    else:
        cells = [*cells, *[""] * 8]
        row |= {
            "count": cells[0], "declared_area_m2": numeric(cells[1]) * 10_000.0 if cells[1] else float("nan"),
            "project_no": cells[2], "project_name": cells[3], "shape": cells[4], "map_sheet": cells[5],
            "use": cells[6], "class_code": cells[7], "extra": ",".join(plot.cells[8:]),
        }  # fmt: skip
        if cells[1] and row["declared_area_m2"] != row["declared_area_m2"]:
            parsed.fault(plot.line, f"面积 {cells[1][:20]} 不是数字", "the area is not a number")
    row["project_name"] = row["project_name"] or parsed.header.get("项目名称", "") or name
    return row


def _count(plot: Plot, declared: str) -> list[Finding]:
    """A note when the declared number of points is none of those that exporters write."""
    count = numeric(declared)
    if count != count:
        return []
    rings = len({p.ring for p in plot.points})
    if len(plot.points) - rings <= count <= len(plot.points) + rings:
        return []
    return [Finding("IO308", "warning", str(plot.line), measured=declared, limit=str(len(plot.points)))]


def _rings(plot: Plot) -> list[list[tuple[float, float, int]]]:
    """Points by ring, in the order of the file. A ring that closes and goes on under the same number begins anew."""
    rings: dict[str, list[list[tuple[float, float, int]]]] = {}
    for point in plot.points:
        pieces = rings.setdefault(point.ring, [[]])
        piece = pieces[-1]
        if len(piece) > 3 and piece[0][:2] == piece[-1][:2]:
            piece = []
            pieces.append(piece)
        piece.append((point.a, point.b, point.line))
    return [piece for pieces in rings.values() for piece in pieces]


def _geometry(plot: Plot, east_first: bool, parsed: Parsed) -> tuple[Any, list[Finding]]:
    """The plot's polygon. A ring inside an odd number of others is a hole, the rest are parts."""
    import shapely

    shells = []
    for ring in _rings(plot):
        points = [(a, b) if east_first else (b, a) for a, b, _ in ring]
        if len(set(points)) < 3:
            parsed.fault(ring[0][2], "一圈少于 3 点", "a ring with fewer than 3 points")
            return None, []
        shells.append((shapely.Polygon(points), ring[0][2]))
    if not shells:
        parsed.fault(plot.line, "没有界址点", "no points")
        return None, []
    crossed = [line for shell, line in shells if not shell.is_valid]
    for line in crossed:
        parsed.fault(line, "圈自相交", "a ring that crosses itself")
    if crossed:
        return (shells[0][0] if len(shells) == 1 else shapely.MultiPolygon([s for s, _ in shells])), []
    polygons = [shell for shell, _ in shells]
    if len(polygons) == 1:
        return polygons[0], []
    return _assembled(polygons, [line for _, line in shells], parsed), []


def _assembled(polygons: list[Any], lines: list[int], parsed: Parsed) -> Any:
    """Shells with their holes, in the order of the file. Rings that cross each other are faults."""
    import numpy as np
    import shapely

    count = len(polygons)
    tree = shapely.STRtree(polygons)
    inner, outer = tree.query(polygons, predicate="within")
    pairs = {(int(i), int(o)) for i, o in zip(inner, outer, strict=True) if i != o}
    first, second = tree.query(polygons, predicate="overlaps")
    crossing = sorted({max(int(a), int(b)) for a, b in zip(first, second, strict=True)})
    twice = sorted({max(i, o) for i, o in pairs if (o, i) in pairs})
    for at in dict.fromkeys(crossing + twice):
        parsed.fault(lines[at], "与另一圈重叠", "a ring that overlaps another")
    if crossing or twice:
        return shapely.MultiPolygon(polygons)
    depth = np.zeros(count, dtype=int)
    for i, _ in pairs:
        depth[i] += 1
    parts = []
    for at in range(count):
        if depth[at] % 2:
            continue
        holes = [i for i in range(count) if depth[i] == depth[at] + 1 and (i, at) in pairs]
        parts.append(shapely.Polygon(polygons[at].exterior.coords, [polygons[i].exterior.coords for i in holes]))
    whole = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    if not whole.is_valid:
        parsed.fault(lines[-1], "圈与圈沿边相接", "rings that touch along an edge")
    return whole


def _declared_areas(frame: gpd.GeoDataFrame) -> list[Finding]:
    """A note for every plot whose declared area is more than half a percent from the official one."""
    if not len(frame) or frame.crs is None:
        return []
    from geo.geometry.ellipsoid import area_m2

    known = frame["declared_area_m2"].notna() & (frame["declared_area_m2"] > 0) & frame.is_valid
    epsg = frame.crs.to_epsg()
    bounds = frame.total_bounds
    spread = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    if not known.any() or epsg not in (4490, 4528, 4549) or spread > (_WIDEST_DEG if epsg == 4490 else _WIDEST_M):
        return []
    shapes = frame.geometry[known]
    found = []
    for at, size in zip(shapes.index, area_m2(shapes.to_numpy(), epsg=epsg), strict=True):
        said = float(frame.at[at, "declared_area_m2"])
        if abs(size - said) > _AREA_SLACK * max(size, 1.0) and abs(size - said) > 1.0:
            name = str(frame.at[at, "project_name"])
            found.append(Finding("IO307", "warning", name, measured=said, limit=float(size), unit="m²"))
    return found


def _exact_house(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Plots in EPSG:4528; between zone 40 with and without number only the number is added, to the last digit."""
    if frame.crs.to_epsg() == 4549:
        moved = frame.geometry.translate(40_000_000.0)
        return frame.set_geometry(moved.set_crs(HOUSE_EPSG, allow_override=True))
    return frame.to_crs(HOUSE_EPSG)
