"""A project's footprint on its way in: TXT, layers, drawn shapes, a line with a width; options, phases, several plots.

The footprint is a frame with FOOTPRINT_COLUMNS in EPSG:4528, one row a plot. Nothing is repaired or guessed: what
cannot be used is refused with every fault at once.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.crs import HOUSE_EPSG, ZONE_FRAME_DEG
from geo.geometry.ellipsoid import areas
from geo.geometry.strip import strip
from geo.measure.occupation import overlap_of
from geo.qc.limits import number

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.zone import Zone

FOOTPRINT_COLUMNS = ("plot_no", "plot_name", "option", "phase", "use", "declared_area_m2", "area_m2", "geometry")
_PHASE = re.compile(r"([一二三四五六七八九十\d]+)\s*期")
_READING = frozenset({"IO302", "IO305", "IO306", "IO308", "IO310"})
_LINES, _AREAS = (1, 5), (3, 6)


def read_footprint(
    paths: Path | str | Sequence[Path | str], *, width_m: float = 0.0, several: str = "options"
) -> gpd.GeoDataFrame:
    """The footprint in one or several files.

    several: what more than one file are: ``options`` (A, B, C … of one project), ``phases`` (一期, 二期 …) or
    ``projects``. width_m: lines become strips of this width. Raises InputProblem with every fault of every file.
    """
    import pandas as pd

    given = [paths] if isinstance(paths, str | Path) else list(paths)
    frames: list[gpd.GeoDataFrame] = []
    faults: list[Finding] = []
    for number_, path in enumerate(given):
        try:
            frame = _one_file(Path(path), width_m)
        except InputProblem as problem:
            faults += problem.findings
            continue
        if len(given) > 1:
            label = chr(ord("A") + number_)
            if several == "phases":
                frame["phase"] = np.where(frame["phase"] == "", f"第{number_ + 1}期", frame["phase"])
            else:
                frame["option"] = label
        frames.append(frame)
    if not given:
        faults.append(Finding("PJ101", "error", "–"))
    if faults:
        raise InputProblem(faults)
    return _numbered(pd.concat(frames, ignore_index=True))


def line_footprint(lines: Any, width_m: float, *, name: str = "") -> gpd.GeoDataFrame:
    """Lines (EPSG:4528) with a width (m on the ground) as a footprint; ends cut square, bends mitred."""
    return _drawn([line for line in _shapes(lines) if line is not None], width_m, name)


def drawn_footprint(geometries: Any, *, width_m: float = 0.0, name: str = "") -> gpd.GeoDataFrame:
    """Shapes drawn on the map (EPSG:4528) as a footprint, one plot a shape; lines need a width."""
    return _drawn(list(_shapes(geometries)), width_m, name)


def check_footprint(zone: Zone, footprint: gpd.GeoDataFrame, *, tolerance_m2: float) -> tuple[Any, list[Finding]]:
    """The footprint as it can be used, and what is worth knowing; raises InputProblem with every fault.

    Faults: empty, no surface, rings that cross, outside the zone, larger than its largest county, plots of one option
    on one another (beyond tolerance_m2; less is given to the earlier plot). Notes: declared area unlike the shape.
    """
    _need_columns(footprint)
    if not len(footprint):
        raise InputProblem([Finding("PJ101", "error", "–")])
    frame = footprint.reset_index(drop=True)
    names = [_name(row) for row in frame.itertuples()]
    faults = _shape_faults(frame, names)
    if not faults:
        faults += _place_faults(frame, names)
    if faults:
        raise InputProblem(faults)
    frame = frame.assign(area_m2=areas(frame).to_numpy())
    faults += [Finding("PJ102", "error", n) for n, a in zip(names, frame["area_m2"], strict=True) if not a > 0]
    if not faults:
        faults += _size_faults(zone, frame, names)
    notes = [*_read_so(frame), *_declared(frame, names)]
    settled = []
    for _, plots in frame.groupby("option", sort=False):
        apart, more, clash = _apart(plots.reset_index(drop=True), tolerance_m2)
        settled.append(apart)
        notes += more
        faults += clash
    if faults:
        raise InputProblem(faults)
    import pandas as pd

    return pd.concat(settled, ignore_index=True), notes


def _read_so(frame: gpd.GeoDataFrame) -> list[Finding]:
    """What the reader of a boundary TXT took for granted (column ``notes``), once a file."""
    told: dict[tuple[str, ...], None] = {}
    for text in frame["notes"].fillna("").astype(str) if "notes" in frame else ():
        with contextlib.suppress(ValueError, TypeError):
            told |= dict.fromkeys(tuple(map(str, row)) for row in json.loads(text or "[]"))
    return [Finding(row[0], "warning", *row[1:4]) for row in told if len(row) == 4 and row[0] in _READING]


def _one_file(path: Path, width_m: float) -> gpd.GeoDataFrame:
    if path.suffix.lower() == ".txt":
        from geo.io.boundary_txt import read_boundary_txt

        raw = read_boundary_txt(path)
        return _frame(
            raw.geometry.to_numpy(), width_m, path.stem, numbers=raw["project_no"], names=raw["project_name"],
            uses=raw["use"], declared=raw["declared_area_m2"],
        ).assign(notes=json.dumps(raw.attrs["notes"], ensure_ascii=False))  # fmt: skip
    from geo.io.footprint import read_shapes

    raw = read_shapes(path)
    return _frame(
        raw.geometry.to_numpy(), width_m, path.stem, numbers=raw["plot_no"], names=raw["plot_name"], uses=raw["use"],
        declared=raw["declared_area_m2"], options=raw["option"], phases=raw["phase"],
    )  # fmt: skip


def _drawn(shapes: list[Any], width_m: float, name: str) -> gpd.GeoDataFrame:
    if not shapes:
        raise InputProblem([Finding("PJ101", "error", name or "–")])
    return _numbered(_frame(np.array(shapes, dtype=object), width_m, name or "手绘范围"))


def _frame(
    shapes: Any, width_m: float, stem: str, *, numbers: Iterable[Any] | None = None, names: Iterable[Any] | None = None,
    uses: Iterable[Any] | None = None, declared: Iterable[Any] | None = None, options: Iterable[Any] | None = None,
    phases: Iterable[Any] | None = None,
) -> gpd.GeoDataFrame:  # fmt: skip
    import geopandas as gpd

    count = len(shapes)
    faults: list[Finding] = []
    surfaces = []
    titles = _texts(names, count) if names is not None else [stem] * count
    for k, shape in enumerate(shapes):
        kind = -1 if shape is None else shapely.get_type_id(shape)
        if kind in _LINES:
            try:
                surfaces.append(strip(shape, width_m))
            except ValueError:
                code = "PJ115" if width_m <= 0 else "PJ102"
                faults.append(Finding(code, "error", titles[k] or stem))
            continue
        if kind not in _AREAS:
            faults.append(Finding("PJ102", "error", titles[k] or stem))
            continue
        surfaces.append(shape)
    if faults:
        raise InputProblem(faults)
    found = _texts(phases, count)
    for k in range(count):
        if not found[k] and (hit := _PHASE.search(titles[k])):
            found[k] = hit.group(0).replace(" ", "")
    sizes = (
        [float("nan")] * count if declared is None else [float(v) if v is not None else float("nan") for v in declared]
    )
    return gpd.GeoDataFrame(
        {
            "plot_no": _texts(numbers, count),
            "plot_name": [t or stem for t in titles],
            "option": _texts(options, count),
            "phase": found,
            "use": _texts(uses, count),
            "declared_area_m2": sizes,
        },
        geometry=surfaces,
        crs=HOUSE_EPSG,
    )


def _texts(values: Iterable[Any] | None, count: int) -> list[str]:
    if values is None:
        return [""] * count
    return ["" if v is None or v != v else str(v).strip() for v in values]


def _numbered(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Plot numbers that stand once in each option: blanks and repeats get a running number."""
    from geo.geometry.ellipsoid import areas as measured

    frame = frame.reset_index(drop=True)
    numbers = frame["plot_no"].tolist()
    for _, rows in frame.groupby("option", sort=False):
        again = rows["plot_no"].duplicated(keep=False) | (rows["plot_no"] == "")
        for k, row in enumerate(rows.index[again], start=1):
            numbers[row] = f"{frame['plot_no'][row] or 'DK'}-{k}"
    frame = frame.assign(plot_no=numbers)
    usable = shapely.is_valid(frame.geometry.to_numpy())
    size = np.full(len(frame), np.nan)
    if usable.any():
        size[usable] = measured(frame[usable]).to_numpy()
    kept = list(FOOTPRINT_COLUMNS) + ["notes"] * ("notes" in frame)
    return frame.assign(area_m2=size)[kept]


def _need_columns(footprint: gpd.GeoDataFrame) -> None:
    missing = [c for c in FOOTPRINT_COLUMNS if c not in footprint.columns]
    if missing:
        raise InputProblem([Finding("PJ116", "error", c) for c in missing])


def _name(row: Any) -> str:
    return f"{row.plot_no} {row.plot_name}".strip() + (f"（{row.option}）" if row.option else "")


def _shape_faults(frame: gpd.GeoDataFrame, names: list[str]) -> list[Finding]:
    faults = []
    if frame.crs is None or frame.crs.to_epsg() != HOUSE_EPSG:
        return [Finding("PJ104", "error", names[0], measured=str(frame.crs))]
    for shape, name in zip(frame.geometry, names, strict=True):
        if (
            shape is None
            or shape.is_empty
            or shapely.get_type_id(shape) not in _AREAS
            or not np.isfinite(shapely.get_coordinates(shape)).all()
        ):
            faults.append(Finding("PJ102", "error", name))
        elif not shape.is_valid:
            faults.append(Finding("PJ103", "error", name, measured=str(shapely.is_valid_reason(shape))))
    return faults


def _place_faults(frame: gpd.GeoDataFrame, names: list[str]) -> list[Finding]:
    """Coordinates that cannot be the zone's, with what they look like."""
    west, south, east, north = ZONE_FRAME_DEG
    faults = []
    for shape, name in zip(frame.geometry, names, strict=True):
        x0, y0, x1, y1 = shapely.bounds(shape)
        if x0 >= 40_490_000 and x1 <= 40_680_000 and y0 >= 3_350_000 and y1 <= 3_530_000:
            continue
        box = f"x {x0:,.0f}–{x1:,.0f}, y {y0:,.0f}–{y1:,.0f}"
        if west <= x0 and x1 <= east and south <= y0 and y1 <= north:
            code = "PJ105"  # degrees taken for metres
        elif x0 >= 490_000 and x1 <= 680_000:
            code = "PJ106"  # no zone number
        elif x0 // 1 >= 1_000_000 and y0 >= 40_490_000 and y1 <= 40_680_000:
            code = "PJ107"  # northing and easting swapped
        elif x0 >= 13_000_000 and x1 <= 45_999_999 and 3_000_000 <= y0 <= 4_000_000:
            code = "PJ108"  # another zone of the projection
        elif max(abs(x0), abs(x1), abs(y0), abs(y1)) < 200_000:
            code = "PJ109"  # a local system
        else:
            code = "PJ110"
        faults.append(Finding(code, "error", name, measured=box))
    return faults


def _size_faults(zone: Zone, frame: gpd.GeoDataFrame, names: list[str]) -> list[Finding]:
    towns = zone.layer("towns")
    size = areas(towns).groupby(towns["unit_code"].str[:6].to_numpy()).sum()
    largest = float(size.max())
    faults = []
    for option, plots in frame.groupby("option", sort=False):
        total = float(plots["area_m2"].sum())
        if total > largest:
            subject = f"{option} {names[int(plots.index[0])]}".strip()
            faults.append(Finding("PJ112", "error", subject, total, largest, "m²"))
    inside = shapely.intersects(shapely.union_all(towns.geometry.to_numpy()), frame.geometry.to_numpy())
    faults += [Finding("PJ111", "error", names[k]) for k in np.flatnonzero(~inside)]
    return faults


def _declared(frame: gpd.GeoDataFrame, names: list[str]) -> list[Finding]:
    notes = []
    for name, told, measured in zip(names, frame["declared_area_m2"], frame["area_m2"], strict=True):
        if told == told and told > 0 and abs(told - measured) > number("declared_area_share") * measured:
            notes.append(Finding("PJ114", "warning", name, float(told), float(measured), "m²"))
    return notes


def _apart(plots: gpd.GeoDataFrame, tolerance_m2: float) -> tuple[gpd.GeoDataFrame, list[Finding], list[Finding]]:
    """Plots of one option that do not overlap: a hair is given to the earlier plot, more is a fault."""
    pairs = overlap_of(plots) if len(plots) > 1 else []
    faults = [Finding("PJ113", "error", f"{a} × {b}", m, tolerance_m2, "m²") for a, b, m in pairs if m > tolerance_m2]
    small = [(a, b, m) for a, b, m in pairs if 0 < m <= tolerance_m2]
    if faults or not small:
        return plots, [], faults
    place = {n: k for k, n in enumerate(plots["plot_no"])}
    geoms = plots.geometry.to_numpy().copy()
    for a, b, _ in small:
        geoms[place[b]] = shapely.difference(geoms[place[b]], geoms[place[a]])
    plots = plots.set_geometry(list(geoms), crs=plots.crs)
    notes = [Finding("PJ117", "info", f"{a} × {b}", m, None, "m²") for a, b, m in small]
    return plots.assign(area_m2=areas(plots).to_numpy()), notes, []


def _shapes(given: Any) -> Any:
    if hasattr(given, "geometry") and hasattr(given, "columns"):
        return given.geometry.to_numpy()
    return [given] if isinstance(given, shapely.Geometry) else list(given)
