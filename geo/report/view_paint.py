"""How each layer of a view is drawn on paper: one picture for the crowded ones, lines and plots above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.report import map_draw as draw
from geo.report.map_frame import Frame
from geo.report.map_ground import COUNTY_DASH, TOWN_DASH, county_borders
from geo.report.map_image import Filled, sign_picture
from geo.report.map_raster import lay
from geo.report.palette import Style
from geo.report.view_layers import ViewLayer

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

CROWDED = 8_000  # polygons of one layer inside the frame: beyond this a picture is quicker and looks the same
GROUND = ("parcels", "context_lakes", "farmland", "theme")
LINES = ("boundary", "redline", "towns", "villages", "context_counties")
GRAIN_SCALE = 30_000  # up to this scale plots are large enough on paper for fine patterns
_FULL_WEIGHT = 100_000  # scale up to which control lines have their full width
_FINE_MM = 0.04  # what is finer than this on paper is left out of lines


def paint(
    axes: Axes,
    layers: Sequence[ViewLayer],
    extent: Frame,
    *,
    cvd: bool = False,
    dpi: int = 300,
    labels: float = 11.0,
    lang: str = "zh",
) -> dict[str, list[Style]]:
    """Draws the layers, bottom first; the signs that are to be seen in the frame, by layer name.

    labels: size in points of the names of townships (0 = none).
    """
    seen = [(layer, _window(layer, extent)) for layer in layers]
    ground = [(a, rows) for a, rows in seen if a.name not in LINES]
    last = max((n for n, (_, rows) in enumerate(ground) if len(rows) > CROWDED), default=-1)
    if last >= 0:
        filled = [_filled(layer, rows, cvd) for layer, rows in ground[: last + 1]]
        lay(axes, sign_picture(filled, extent, dpi=dpi), extent)
    towns = next((a.frame.iloc[r] for a, r in seen if a.name == "towns" and len(r)), None)
    used: dict[str, list[Style]] = {}
    for layer, rows in seen:
        if not len(rows):
            continue
        used.setdefault(layer.name, []).extend(layer.signs[n] for n in np.unique(layer.number[rows]))
        if layer.name in LINES:
            _lines(axes, layer, rows, extent, cvd, without=towns if layer.name == "context_counties" else None)
            continue
        place = next(n for n, (one, _) in enumerate(ground) if one is layer)
        level = 1.0 + 0.02 * place if layer.name in GROUND else 6.0 + 0.02 * place
        _areas(axes, layer, rows, extent, cvd, level, below=place <= last)
    if towns is not None and labels:
        shown = next((a.frame for a, _ in seen if a.group == "plan"), None)
        draw.names(axes, towns, "unit_name", extent, size=labels, colour="#3A464D", avoid=shown, lang=lang)
    return used


def _window(layer: ViewLayer, extent: Frame) -> Any:
    """Positions of the rows that touch the frame."""
    box = shapely.bounds(layer.frame.geometry.to_numpy()).reshape(-1, 4)
    with np.errstate(invalid="ignore"):
        inside = (
            (box[:, 0] < extent.east) & (box[:, 2] > extent.west)
            & (box[:, 1] < extent.north) & (box[:, 3] > extent.south)
        )  # fmt: skip
    return np.flatnonzero(inside)


def _filled(layer: ViewLayer, rows: Any, cvd: bool) -> Filled:
    fills = tuple(draw.lighten(s.colours(cvd=cvd)[0], 0.4) if s.hatch else s.colours(cvd=cvd)[0] for s in layer.signs)
    return Filled(layer.frame.geometry.to_numpy()[rows], layer.number[rows], fills, layer.opacity)


def _areas(axes: Axes, layer: ViewLayer, rows: Any, extent: Frame, cvd: bool, level: float, *, below: bool) -> None:
    """Filled signs one by one; ``below``: their fill is in the picture already, only hatches are missing."""
    geoms = layer.frame.geometry.to_numpy()[rows]
    for number, style in enumerate(layer.signs):
        mine = geoms[layer.number[rows] == number]
        if not len(mine):
            continue
        fill, stroke = style.colours(cvd=cvd)
        if style.grain and extent.scale <= GRAIN_SCALE:
            draw.hatch(axes, mine, pattern=style.grain, colour=stroke, order=level + 0.003, fine=True)
        if below:
            if style.hatch:
                draw.hatch(axes, mine, pattern=style.hatch, colour=stroke, order=level + 0.01)
        elif layer.name in GROUND:
            edge = draw.blend(fill, stroke, 0.35)
            draw.fill(axes, mine, colour=fill, edge=edge, width=style.width, alpha=layer.opacity, order=level)
        elif layer.group == "plan" and fill:
            frame = layer.frame.iloc[rows[layer.number[rows] == number]]
            draw.plots(axes, frame, style, extent, order=level, cvd=cvd)
        else:
            if fill:
                tone = draw.lighten(fill, 0.4) if style.hatch else fill
                draw.fill(axes, mine, colour=tone, alpha=layer.opacity, order=level)
            if style.hatch:
                draw.hatch(axes, mine, pattern=style.hatch, colour=stroke, order=level + 0.005)
            draw.outline(axes, mine, colour=stroke, width=style.width, order=level + 0.01)


def _lines(
    axes: Axes, layer: ViewLayer, rows: Any, extent: Frame, cvd: bool, *, without: gpd.GeoDataFrame | None
) -> None:
    """Borders and control lines; ``without``: the townships, inside which the coarse county outline is not drawn."""
    frame = _simpler(layer.frame.iloc[rows], extent)
    weight = min(1.0, max(0.5, (_FULL_WEIGHT / extent.scale) ** 0.5))
    thin = max(weight, 0.7)
    if layer.name == "boundary":
        draw.control_lines(axes, frame, None, extent, cvd=cvd, weight=weight)
    elif layer.name == "redline":
        draw.control_lines(axes, None, frame, extent, cvd=cvd, weight=weight)
    elif layer.name == "context_counties":
        style = layer.signs[0]
        ink = style.colours(cvd=cvd)[1]
        edges = shapely.boundary(frame.geometry.to_numpy())
        if without is not None:
            near = shapely.buffer(shapely.union_all(without.geometry.to_numpy()), extent.scale * 0.002, quad_segs=2)
            edges = shapely.difference(edges, near)
        draw.lines(axes, edges, colour=ink, width=style.width * thin, order=5.0, dash=COUNTY_DASH, casing=1.2)
    else:
        style = layer.signs[0]
        ink, dash = style.colours(cvd=cvd)[1], TOWN_DASH if layer.name == "towns" else (0, (2, 2))
        draw.borders(axes, frame.geometry, colour=ink, width=style.width * thin, order=4.9, dash=dash, casing=1.0)
        if layer.name == "towns":
            county_borders(axes, frame, cvd=cvd)


def _simpler(frame: gpd.GeoDataFrame, extent: Frame) -> gpd.GeoDataFrame:
    """Without the corners that no printer shows; neighbours keep their shared border."""
    fine = extent.scale / 1000 * _FINE_MM
    geometry = frame.geometry.to_numpy()
    if shapely.get_num_coordinates(geometry).sum() > 3000:
        if len(geometry) > 1 and shapely.coverage_is_valid(geometry):
            geometry = shapely.coverage_simplify(geometry, fine)
        else:
            geometry = shapely.make_valid(shapely.simplify(geometry, fine))
    return frame.assign(geometry=geometry)
