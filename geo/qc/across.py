"""ACROSS LAYERS: farmland lies on cropland parcels, lines lie within the counties, farmland is cut out of the boundary.

A farmland outline that is a parcel's outline is told by their corners; only the others are cut with the parcels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.finding import Finding
from geo.geometry.ellipsoid import area_m2
from geo.geometry.repair import polygons_only, valid_polygons
from geo.geometry.topology import MILLIMETRE
from geo.qc.fault import Fault
from geo.qc.limits import number
from geo.standards.land import base_code, cropland_codes
from geo.standards.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from geo.zone import Zone

_NAMED = 6


def check_across(zone: Zone) -> list[Finding]:
    """What layers say against each other, QC301–QC305 of ``messages_qc.csv``, for the layers there are."""
    return [fault.finding for fault in across_faults(zone)]


def across_faults(zone: Zone) -> list[Fault]:
    """The same as ``check_across``, each finding with its rows and the shape to show; ordered by code."""
    found: list[Fault] = []
    if _has(zone, "farmland", "parcels"):
        found += _on_parcels(zone.layer("farmland"), zone.layer("parcels"))
    units = "towns" if _has(zone, "towns") else "villages"
    if _has(zone, units):
        for name in ("redline", "boundary"):
            if _has(zone, name):
                found += _within_units(name, zone.layer(name), zone.layer(units))
    if _has(zone, "farmland", "boundary"):
        found += _cut_out(zone.layer("farmland"), zone.layer("boundary"))
    return sorted(found, key=lambda fault: fault.finding.code)


def _has(zone: Zone, *names: str) -> bool:
    return all(zone.has(name) and len(zone.layer(name)) for name in names)


def _subjects(name: str, frame: gpd.GeoDataFrame) -> Any:
    spec = schema(name)
    return spec.official + "#" + frame[spec.id_column].astype(str).to_numpy(dtype=object)


def _on_parcels(farmland: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> list[Fault]:
    """QC301 on land that is not cropland, QC302 outside every parcel, QC305 a class other than the parcel's."""
    epsg = int(farmland.crs.to_epsg())
    field, land = (valid_polygons(f.geometry.to_numpy()) for f in (farmland, parcels))
    names, other = _subjects("farmland", farmland), _subjects("parcels", parcels)
    code = parcels["class_code"].astype(str).map(base_code).to_numpy(dtype=object)
    crop = np.isin(code.astype("U8"), sorted(cropland_codes()))
    found: list[Fault] = []

    def tell(finding_code: str, row: int, size: float, beside: Any, shape: Any) -> None:
        classes = " ".join(sorted({str(code[k]) for k in beside}))
        values = {"other": ", ".join(str(other[k]) for k in beside[:_NAMED]), "class_code": classes}
        finding = Finding(finding_code, "warning", str(names[row]), measured=size, unit="m²", values=values)
        found.append(Fault(finding, "farmland", (int(row),), shape))

    twin = _twins(field, land)
    own = np.flatnonzero(twin >= 0)
    for row in own[~crop[twin[own]]]:
        tell("QC301", row, float(area_m2(field[[row]], epsg=epsg)[0]), [twin[row]], None)
    said = farmland["class_code"].astype(str).map(base_code).to_numpy(dtype=object)
    for row in own[(said[own] != code[twin[own]]) & (said[own] != "")]:
        finding = Finding("QC305", "warning", str(names[row]), measured=str(said[row]), limit=str(code[twin[row]]),
                          values={"other": str(other[twin[row]])})  # fmt: skip
        found.append(Fault(finding, "farmland", (int(row),)))
    rest = np.flatnonzero((twin < 0) & ~shapely.is_missing(field))
    left, right, pieces = _pieces(field[rest], land)
    size = area_m2(pieces, epsg=epsg)
    covered = np.bincount(left, weights=size, minlength=len(rest))
    bare = area_m2(field[rest], epsg=epsg) - covered
    wrong = ~crop[right] & (size > 0)
    amiss = np.bincount(left[wrong], weights=size[wrong], minlength=len(rest))
    slack = number("across_tolerance_m2")
    order = np.argsort(left, kind="stable")
    starts = np.searchsorted(left[order], np.arange(len(rest) + 1))
    for k in np.flatnonzero((amiss > slack) | (bare > slack)):
        mine = order[starts[k] : starts[k + 1]]
        bad = mine[wrong[mine]]
        if amiss[k] > slack:
            bad = bad[np.argsort(-size[bad], kind="stable")]
            tell("QC301", rest[k], float(amiss[k]), right[bad], shapely.union_all(pieces[bad]))
        if bare[k] > slack:
            open_land = shapely.difference(field[rest[k]], shapely.union_all(land[right[mine]]))
            tell("QC302", rest[k], float(bare[k]), right[mine], open_land)
    return found


def _twins(field: Any, land: Any) -> Any:
    """The parcel with the same outline for each farmland feature, -1 where there is none."""
    import pandas as pd

    def key(geoms: Any) -> pd.DataFrame:
        grid = np.rint(np.nan_to_num(shapely.bounds(geoms)) / MILLIMETRE).astype(np.int64)
        table = pd.DataFrame(grid, columns=list("wsen"))
        table["points"] = shapely.get_num_coordinates(geoms)
        table["row"] = np.arange(len(geoms))
        return table[table["points"] > 0]

    pairs = key(field).merge(key(land), on=["w", "s", "e", "n", "points"], suffixes=("", "_land"))
    a, b = pairs["row"].to_numpy(), pairs["row_land"].to_numpy()
    same = shapely.equals_exact(shapely.normalize(field[a]), shapely.normalize(land[b]), tolerance=MILLIMETRE)
    out = np.full(len(field), -1, dtype=np.int64)
    out[a[same]] = b[same]
    return out


def _pieces(left: Any, right: Any) -> tuple[Any, Any, Any]:
    """Rows of left, rows of right, and what the two have in common as polygons, for all that overlap."""
    b, a = shapely.STRtree(left).query(right, predicate="intersects")
    shapely.prepare(right[np.unique(b)])
    whole = shapely.contains_properly(right[b], left[a])
    common = np.array(left[a], dtype=object)
    common[~whole] = polygons_only(shapely.intersection(left[a[~whole]], right[b[~whole]]))
    keep = ~shapely.is_missing(common)
    return a[keep], b[keep], common[keep]


def _within_units(name: str, lines: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> Iterator[Fault]:
    """QC303: what of a line lies outside all townships of the zone."""
    epsg = int(lines.crs.to_epsg())
    county = shapely.union_all(valid_polygons(units.geometry.to_numpy()))
    # Townships told to the millimetre leave hair cracks between them.
    county = shapely.buffer(shapely.buffer(county, number("snap_tolerance_m")), -number("snap_tolerance_m"))
    geoms = valid_polygons(lines.geometry.to_numpy())
    shapely.prepare(county)
    rows = np.flatnonzero(~shapely.covers(county, geoms) & ~shapely.is_missing(geoms))
    outside = polygons_only(shapely.difference(geoms[rows], county))
    size = area_m2(outside, epsg=epsg)
    names = _subjects(name, lines)
    for k in np.argsort(-size, kind="stable"):
        if size[k] > number("across_tolerance_m2"):
            finding = Finding("QC303", "warning", str(names[rows[k]]), measured=float(size[k]), unit="m²")
            yield Fault(finding, name, (int(rows[k]),), outside[k])


def _cut_out(farmland: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame) -> Iterator[Fault]:
    """QC304: farmland inside the urban boundary that no hole was cut for."""
    epsg = int(farmland.crs.to_epsg())
    field, line = (valid_polygons(f.geometry.to_numpy()) for f in (farmland, boundary))
    left, right, pieces = _pieces(field, line)
    size = area_m2(pieces, epsg=epsg)
    names, other = _subjects("farmland", farmland), _subjects("boundary", boundary)
    for k in np.argsort(-size, kind="stable"):
        if size[k] > number("across_tolerance_m2"):
            values = {"other": str(other[right[k]])}
            finding = Finding(
                "QC304", "warning", str(names[left[k]]), measured=float(size[k]), unit="m²", values=values
            )
            yield Fault(finding, "farmland", (int(left[k]),), pieces[k])
