"""The scheme as layers: 占用 and 补划 in the official 划入划出 schema, and their boundary points as TXT."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.io.boundary_txt import write_boundary_txt
from geo.io.vector import write_layer
from geo.report.layers import IN, OUT, as_transfer, transfer_rows
from geo.report.project_content import ProjectReport
from geo.report.text import plain
from geo.report.words import word
from geo.standards.land import base_code, land_classes
from geo.standards.schema import schema

if TYPE_CHECKING:
    import geopandas as gpd

BY_LAW = "02"  # HCYY 依法批准占用
SIDES = {"out": "boundary_out.txt", "in": "boundary_in.txt"}


def write_scheme_layers(report: ProjectReport, folder: Path | str) -> list[Path]:
    """Writes JBNTHRHC as GeoPackage and Shapefile and the boundary TXT of each side; returns the paths.

    A side without plots has no TXT. Raises OSError or InputProblem when the folder cannot be written.
    """
    folder = Path(folder)
    layer, name = scheme_layer(report), schema("transfer").official
    made = [write_layer(layer, folder / f"{name}{ending}", "transfer") for ending in (".gpkg", ".shp")]
    producer = plain(report.project.designer) or word("title.producer")
    for side, frame in (("out", report.taken), ("in", report.replacement)):
        if len(frame):
            plots = boundary_plots(frame, side=side)
            header = {"数据产生单位": producer, "数据产生日期": report.on.isoformat()}
            made.append(write_boundary_txt(plots, folder / SIDES[side], header=header))
    return made


def scheme_layer(report: ProjectReport) -> gpd.GeoDataFrame:
    """What goes out and comes in, in the columns of ``layer_transfer.csv``, every row with its parent."""
    note = f"{word('synthetic')}；" if report.synthetic else ""
    note += f"{word('run')}{plain(report.run_id)}"
    sides = []
    for frame, direction, parent, reason in (
        (report.taken, OUT, "farmland_id", BY_LAW), (report.replacement, IN, "lot_id", ""),
    ):  # fmt: skip
        if len(frame):
            sides.append(
                transfer_rows(frame, direction, parent=parent, project=report.project.name, note=note, reason=reason)
            )
    return as_transfer(sides)


def boundary_plots(frame: gpd.GeoDataFrame, *, side: str) -> gpd.GeoDataFrame:
    """Rows as ``write_boundary_txt`` takes them: the parcel's own identifier, township and class as its use."""
    import geopandas as gpd

    key = "farmland_id" if side == "out" else "lot_id"
    classes: dict[str, Any] = dict(land_classes())
    known = [classes.get(base_code(str(c))) for c in frame["class_code"]]
    return gpd.GeoDataFrame(
        {
            "project_no": [plain(v) for v in frame[key]],
            "project_name": [plain(f"{t}{v}") for t, v in zip(frame["town_name"], frame["village_name"], strict=True)],
            "use": ["" if k is None else k.zh for k in known],
            "class_code": frame["class_code"].astype(str).to_numpy(),
        },
        geometry=frame.geometry.to_numpy(),
        crs=frame.crs,
    )
