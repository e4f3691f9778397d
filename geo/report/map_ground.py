"""The ground of every sheet: land use, permanent farmland, lines, townships; and the window of an enlargement."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.report import map_draw as draw
from geo.report.content import Told
from geo.report.map_frame import Frame, fit_frame
from geo.report.map_page import INK
from geo.report.map_raster import Shared, ground
from geo.report.palette import Style, class_style, layer_styles, styles
from geo.report.words import word
from geo.standards.units import figure_text

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

TOWN_DASH = (0, (5, 2, 1, 2))
COUNTY_DASH = (0, (7, 1.6, 1, 1.6))


def paint_ground(
    axes: Axes, report: Told, extent: Frame, *, cvd: bool, labels: bool, avoid: gpd.GeoDataFrame | None
) -> dict[str, list[Style]]:
    """Land use, permanent farmland, control lines, townships; the signs used by legend group."""
    layers = report.layers
    parcels, farmland = draw.window(layers.parcels, extent), draw.window(layers.farmland, extent)

    def land_and_farmland(under: Axes) -> list[Style]:
        land = draw.land_use(under, parcels, fade=0.12, cvd=cvd) if parcels is not None else []
        _farmland(under, farmland, cvd=cvd)
        return land

    land = ground(axes, extent, _many(parcels, farmland), land_and_farmland)
    control = draw.control_lines(axes, layers.boundary, layers.redline, extent, cvd=cvd)
    admin: list[Style] = []
    towns = draw.window(layers.towns, extent)
    if towns is not None:
        line = styles()["towns.outline"]
        ink = line.colours(cvd=cvd)[1]
        draw.borders(axes, towns.geometry, colour=ink, width=line.width, order=5.0, dash=TOWN_DASH, casing=1.2)
        counties = county_borders(axes, towns, cvd=cvd)
        admin = [*counties, line]
        if labels:
            draw.names(axes, towns, "unit_name", extent, size=13, colour="#3A464D", avoid=avoid)
    return {"land": land, "plan": [styles()["farmland.kept"]], "control": control, "admin": admin}


def _farmland(axes: Axes, farmland: gpd.GeoDataFrame | None, *, cvd: bool) -> None:
    if farmland is not None:
        colour, stroke = styles()["farmland.kept"].colours(cvd=cvd)
        draw.fill(
            axes, farmland.geometry, colour=colour, edge=draw.blend(colour, stroke, 0.45), width=0.2, order=2.0
        )  # fmt: skip


def _many(*layers: gpd.GeoDataFrame | None) -> int:
    return sum(len(layer) for layer in layers if layer is not None)


def county_borders(axes: Axes, towns: gpd.GeoDataFrame, *, cvd: bool) -> list[Style]:
    """A heavier line between the counties (first six digits of the towns); its sign when there is more than one."""
    if "unit_code" not in towns.columns:
        return []
    counties = towns.geometry.groupby(towns["unit_code"].astype(str).str[:6]).agg(shapely.union_all)
    if len(counties) < 2:
        return []
    line = styles()["counties.outline"]
    ink = line.colours(cvd=cvd)[1]
    # Only what two counties share: the edge of the data is no county border.
    edges = shapely.boundary(counties.to_numpy())
    shared = [shapely.intersection(a, b) for a, b in combinations(edges, 2)]
    draw.lines(axes, shared, colour=ink, width=line.width, order=5.1, dash=COUNTY_DASH, casing=1.4)
    return [line]


_WATER_CODES = ("1101", "1102", "1103", "1104")
_GROUND, _GROUND_EDGE, _WATER, _WATER_EDGE = "#F4F1EA", "#E6E2D8", "#CFE3F1", "#C3DAEA"


def faded_ground(
    axes: Axes, report: Told, extent: Frame, *, cvd: bool, avoid: gpd.GeoDataFrame | None, light: bool = False,
    shared: Shared | None = None,
) -> list[Style]:  # fmt: skip
    """Land and water in two quiet colours, permanent farmland, lines, townships; the administrative signs used.

    ``light``: the townships stand in for the land, for scales at which single parcels cannot be seen. ``shared``: the
    pictures of grounds painted before, for maps of one frame.
    """
    layers = report.layers
    admin: list[Style] = []
    parcels, farmland = draw.window(layers.parcels, extent), draw.window(layers.farmland, extent)
    whole = layers.towns if light and parcels is not None else None
    if whole is not None and parcels is not None:
        parcels = parcels[parcels["class_code"].astype(str).str.startswith(_WATER_CODES)]

    def land_and_water(under: Axes) -> None:
        if whole is not None:
            draw.fill(under, whole.geometry, colour=_GROUND, order=0.9)
        if parcels is not None and len(parcels):
            water = parcels["class_code"].astype(str).str.startswith(_WATER_CODES)
            for rows, ink, edge in ((~water, _GROUND, _GROUND_EDGE), (water, _WATER, _WATER_EDGE)):
                draw.fill(under, parcels.geometry[rows], colour=ink, edge=edge, width=0.12, order=1)
        _farmland(under, farmland, cvd=cvd)

    ground(axes, extent, _many(parcels, farmland), land_and_water, shared=shared)
    draw.control_lines(axes, layers.boundary, layers.redline, extent, cvd=cvd)
    towns = draw.window(layers.towns, extent)
    if towns is not None:
        line = styles()["towns.outline"]
        draw.borders(axes, towns.geometry, colour=line.stroke, width=line.width, order=5, dash=TOWN_DASH, casing=1.2)
        admin = [*county_borders(axes, towns, cvd=cvd), line]
        draw.names(axes, towns, "unit_name", extent, size=11, colour="#3A464D", avoid=avoid)
    return admin


def faded_signs() -> tuple[Style, Style]:
    """The signs of ``faded_ground``: water, and all other land."""
    water = Style("", "", (), word("legend.water", "zh"), word("legend.water", "en"), _WATER, "#9DBFD6", 0.2, "",
                  "#B9D3E6", "#8FAFCB", "")  # fmt: skip
    other = Style("", "", (), word("legend.faded", "zh"), word("legend.faded", "en"), _GROUND, "#D8D4CA", 0.2, "",
                  "#F0F0EC", "#C9C9C4", "")  # fmt: skip
    return water, other


def left_over(axes: Axes, gone: gpd.GeoDataFrame, extent: Frame) -> None:
    """What has left is plain ground again: paper colour with a thin outline."""
    seen = draw.window(gone, extent)
    if seen is not None:
        draw.fill(axes, seen.geometry, colour=_GROUND, edge="#9A8F96", width=0.35, order=6)


def control_signs(report: Told) -> list[Style]:
    """The signs of the control lines that the zone has."""
    found: list[Style] = []
    for layer, frame, column in (
        ("boundary", report.layers.boundary, "zone_name"), ("redline", report.layers.redline, "control_zone")
    ):  # fmt: skip
        if frame is not None and len(frame):
            used = {class_style(layer, str(n)).style for n in frame[column].fillna("")}
            found += [s for s in layer_styles(layer) if s.style in used]
    return found


def detail_frame(shown: list[Any], size_mm: tuple[float, float]) -> Frame:
    """The 1:10 000 window that holds the most plots."""
    middle = shapely.get_coordinates(shapely.centroid(np.array(shown, dtype=object)))
    half = np.array(size_mm) / 2000 * 10_000
    best, score = middle[0], -1
    for spot in middle[:: max(1, len(middle) // 400)]:
        near = (np.abs(middle - spot) < half * 0.85).all(axis=1)
        if int(near.sum()) > score:
            best, score = middle[near].mean(axis=0), int(near.sum())
    return fit_frame((best[0] - half[0], best[1] - half[1], best[0] + half[0], best[1] + half[1]), size_mm, margin=0.0)


def window_mark(axes: Axes, detail: Frame) -> None:
    corners = [(detail.west, detail.south), (detail.east, detail.south), (detail.east, detail.north),
               (detail.west, detail.north), (detail.west, detail.south)]  # fmt: skip
    for ink, wide in (("#FFFFFF", 2.6), (INK, 1.1)):
        axes.plot([c[0] for c in corners], [c[1] for c in corners], color=ink, linewidth=wide, zorder=9)


def decimals(value: float | None, digits: int, *, sign: bool = False) -> str:
    if value is None:
        return "–"
    return figure_text(value, digits, sign=sign)
