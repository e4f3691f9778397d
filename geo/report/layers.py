"""THE PLAN AS LAYERS: the official 划入划出 layer (JBNTHRHC) as Shapefile and GeoPackage, every row with its parent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.geometry.crs import HOUSE_EPSG
from geo.io.vector import write_layer
from geo.report.content import PlanReport, Told
from geo.report.text import plain
from geo.report.words import word
from geo.standards.land import base_code, land_classes
from geo.standards.schema import schema
from geo.standards.units import round_half_up

if TYPE_CHECKING:
    import geopandas as gpd

OUT, IN = "2", "1"  # HRHCLXDM: 0 kept, 1 in, 2 out


def write_plan_layers(report: PlanReport, folder: Path | str) -> tuple[Path, Path]:
    """Writes ``JBNTHRHC.gpkg`` and ``JBNTHRHC.shp`` (with its parts, GBK) into the folder; returns both paths.

    Files are moved into place only when complete. Raises OSError when the folder cannot be written.
    """
    layer, folder = transfer_layer(report), Path(folder)
    name = schema("transfer").official
    return (
        write_layer(layer, folder / f"{name}.gpkg", "transfer"),
        write_layer(layer, folder / f"{name}.shp", "transfer"),
    )


def transfer_layer(report: PlanReport) -> gpd.GeoDataFrame:
    """What moves out and in, in the columns of ``layer_transfer.csv`` (house names), EPSG:4528, RangeIndex.

    area_m2 is the plot's area; cropland_m2, other_farm_m2 (with the field ridges of cropland), built_m2 and unused_m2
    add up to it to the cent. Approval fields stay empty: the plan proposes, it does not approve.
    """
    sides = []
    for frame, direction, parent in ((report.moved_out, OUT, "farmland_id"), (report.moved_in, IN, "parent_id")):
        if len(frame):
            sides.append(transfer_rows(frame, direction, parent=parent, project=report.zone_name, note=_note(report)))
    return as_transfer(sides)


def as_transfer(sides: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Rows of ``transfer_rows`` as one layer with its identifiers by county, in the order of the official fields."""
    import geopandas as gpd
    import pandas as pd

    spec = schema("transfer")
    columns = [f.name for f in spec.fields]
    if not sides:
        empty = {f.name: pd.Series(dtype=float if f.kind == "real" else "str") for f in spec.fields}
        empty["grade"] = pd.Series(dtype="Int64")
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=HOUSE_EPSG), crs=HOUSE_EPSG)
    whole = gpd.GeoDataFrame(pd.concat(sides, ignore_index=True), geometry="geometry", crs=HOUSE_EPSG)
    counties = whole["unit_code"].str[:6]
    serial = whole.groupby(counties).cumcount() + 1
    whole["row_id"] = counties + spec.id_prefix + serial.astype(str).str.zfill(8)
    return whole[[*columns, "geometry"]]


def _note(report: Told) -> str:
    mark = f"{word('synthetic')}；{word('run')}" if report.synthetic else ""
    return mark + plain(report.run_id)


def transfer_rows(
    frame: gpd.GeoDataFrame, direction: str, *, parent: str, project: str, note: str, reason: str = ""
) -> gpd.GeoDataFrame:
    """One side of the layer. ``parent``: the column that names the parcel of origin; ``reason``: HCYY (01, 02 …)."""
    import geopandas as gpd

    unit = _unit_codes(frame)
    order = frame.groupby(unit).cumcount() + 1
    ending = "HC" if direction == OUT else "HR"
    area = frame["area_m2"].astype(float).map(lambda v: round_half_up(v, 2))
    net = frame["net_area_m2"].astype(float).map(lambda v: round_half_up(v, 2)).clip(upper=area)
    classes = land_classes()
    known = [classes.get(base_code(str(c))) for c in frame["class_code"]]
    crop = np.array([k is not None and k.cropland for k in known])
    great = np.array(["" if k is None else k.three for k in known])
    villages = frame["village_name"] if "village_name" in frame.columns else [""] * len(frame)
    pairs = zip(frame["town_name"].astype(str), villages, strict=True)
    names = [plain(v) if plain(v).startswith(t) else t + plain(v) for t, v in pairs]
    return gpd.GeoDataFrame(
        {
            "row_id": "",
            "feature_code": schema("transfer").feature_code,
            "unit_code": unit,
            "unit_name": [_cut(n, 100) for n in names],
            "direction": direction,
            "transfer_no": unit + order.astype(str).str.zfill(6) + ending,
            "parent_id": frame[parent].astype(str),
            "class_code": frame["class_code"].astype(str),
            "area_m2": area,
            "cropland_m2": net.where(crop, 0.0),
            "other_farm_m2": np.where(crop, (area - net).round(2), np.where(great == "N", area, 0.0)),
            "built_m2": np.where(~crop & (great == "J"), area, 0.0),
            "unused_m2": np.where(~crop & (great == "W"), area, 0.0),
            "grade": frame["grade"].astype("Int64"),
            "reason": reason,
            "project_name": _cut(project, 100),
            "approver": "",
            "approval_no": "",
            "approved_on": "",
            "note": _cut(note, 100),
        },
        geometry=frame.geometry.to_numpy(),
        crs=HOUSE_EPSG,
    )


def _unit_codes(frame: gpd.GeoDataFrame) -> Any:
    """Twelve digits of the village where known, else the township's nine and 000."""
    town = frame["town_code"].astype(str).str.ljust(12, "0").str[:12]
    if "village_code" not in frame.columns:
        return town
    village = frame["village_code"].astype(str).str[:12]
    return village.where(village.str.fullmatch(r"\d{12}"), town)


def _cut(text: Any, limit: int) -> str:
    """Clean text of at most ``limit`` bytes in GBK, cut between characters."""
    words = plain(text)
    while len(words.encode("gbk", "replace")) > limit:
        words = words[:-1]
    return words.encode("gbk", "replace").decode("gbk")
