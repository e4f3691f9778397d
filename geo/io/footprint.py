"""Project footprints in a layer that follows no standard schema: polygons or lines, columns as the institute has them.

Known columns (any letter case): number DKBH, XMBH, BSM, plot_no, 地块编号; name DKMC, XMMC, NAME, plot_name, 地块名称;
use DKYT, YT, use, 用途; option FA, FAMC, option, 方案; phase FQ, QC, phase, 分期. A declared area is not taken from a
layer: its unit would be a guess.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem
from geo.finding import Finding
from geo.geometry.crs import HOUSE_EPSG
from geo.io.door import open_files

if TYPE_CHECKING:
    import geopandas as gpd

_NAMES = {
    "plot_no": ("plot_no", "dkbh", "xmbh", "地块编号", "bsm"),
    "plot_name": ("plot_name", "dkmc", "xmmc", "地块名称", "项目名称", "name"),
    "use": ("use", "dkyt", "yt", "用途", "地块用途"),
    "option": ("option", "fa", "famc", "方案"),
    "phase": ("phase", "fq", "qc", "分期", "期次"),
}
_KINDS = (".shp", ".gpkg", ".geojson", ".json", ".zip", ".gdb", ".kml", ".kmz", ".parquet")
_MOST_ROWS = 20_000


def read_shapes(path: Path | str) -> gpd.GeoDataFrame:
    """Every shape of a layer: plot_no, plot_name, use, option, phase ('' where there is none), declared_area_m2 (NaN),
    geometry in EPSG:4528. Raises InputProblem with every fault: unreadable, no CRS, a CRS the coordinates contradict,
    no rows, too many rows, a kind of file that is not taken."""
    import geopandas as gpd
    import shapely

    path = Path(path)
    if path.suffix.lower() not in _KINDS:
        raise InputProblem(
            [Finding("PJ118", "error", path.name, measured=path.suffix or "–", limit=".txt " + " ".join(_KINDS))]
        )
    opened = open_files([path])
    layers = [layer for layer in opened.layers if layer.kind == "vector"]
    faults = [f for f in opened.findings if f.severity == "error"]
    faults += [f for layer in layers for f in layer.errors if f.code not in ("IO110", "IO140")]
    faults += [replace(f, severity="error") for layer in layers for f in layer.place.findings if f.code == "IO159"]
    if not layers and not faults:
        faults = [Finding("IO104", "error", path.name)]
    if len(layers) > 1:
        names = ", ".join(layer.name for layer in layers[:20])
        faults.append(Finding("IO146", "error", path.name, measured="–", limit=names))
    if faults:
        raise InputProblem(faults)
    raw = layers[0].frame
    if len(raw) > _MOST_ROWS:
        raise InputProblem([Finding("PJ119", "error", path.name, float(len(raw)), float(_MOST_ROWS))])
    moved = raw if layers[0].place.epsg == HOUSE_EPSG else raw.to_crs(HOUSE_EPSG)
    there = {str(c).lower(): c for c in raw.columns}
    out: dict[str, Any] = {}
    for name, wanted in _NAMES.items():
        hit = next((there[w] for w in wanted if w in there), None)
        out[name] = [""] * len(raw) if hit is None else [_text(v) for v in raw[hit]]
    out["declared_area_m2"] = [float("nan")] * len(raw)
    return gpd.GeoDataFrame(out, geometry=shapely.force_2d(moved.geometry.to_numpy()), crs=HOUSE_EPSG)


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value).strip()
