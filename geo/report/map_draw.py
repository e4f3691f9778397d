"""What lies on the map: land use, permanent farmland, lines, the plots of the plan, as matplotlib collections."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.report.map_frame import Frame
from geo.report.palette import Style, class_style, rgb, styles
from geo.standards.land import admin_units

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

HATCHES = {"": "", "diagonal": "////", "back": "\\\\\\\\", "cross": "xxxx", "dots": "...."}
GRAINS = {
    "": "",
    "diagonal": "//",
    "back": "\\\\",
    "cross": "xx",
    "dots": "..",
    "dashes": "--",
}  # of palette.Style.grain
_AT_A_TIME = 300  # polygons of one path; far longer ones overflow the painter's cells
SMALL_MM = 1.1  # plots smaller than this on paper get a ring so that the eye finds them


def polygons_to_paths(geometries: Iterable[Any]) -> list[Any]:
    """One matplotlib path a polygon (all rings, holes included), multi-polygons taken apart; empty ones left out."""
    return _paths(geometries, 1)


def _paths(geometries: Iterable[Any], together: int) -> list[Any]:
    """Paths of so many polygons each; polygons of one look drawn together take a tenth of the time."""
    from matplotlib.path import Path

    geoms = np.asarray(list(geometries), dtype=object)
    geoms = geoms[~(shapely.is_missing(geoms) | shapely.is_empty(geoms))] if len(geoms) else geoms
    parts = shapely.get_parts(geoms)
    parts = parts[shapely.get_type_id(parts) == 3] if len(parts) else parts
    if not len(parts):
        return []
    # Holes must turn the other way: both printers and screens fill by the non-zero winding rule.
    parts = shapely.orient_polygons(parts)
    rings, owner = shapely.get_rings(parts, return_index=True)
    counts = shapely.get_num_coordinates(rings)
    points = shapely.get_coordinates(rings)
    codes = np.full(len(points), Path.LINETO, dtype=np.uint8)
    ends = np.cumsum(counts)
    codes[np.concatenate([[0], ends[:-1]])] = Path.MOVETO
    codes[ends - 1] = Path.CLOSEPOLY
    per_part = np.bincount(owner, weights=counts, minlength=len(parts)).astype(int)
    cuts = np.concatenate([[0], np.cumsum(per_part)])
    cuts = np.append(cuts[:-1:together], cuts[-1])
    return [Path(points[a:b], codes[a:b]) for a, b in pairwise(cuts)]


def fill(
    axes: Axes, geometries: Iterable[Any], *, colour: str, edge: str = "none", width: float = 0.0, alpha: float = 1.0,
    order: float = 1.0,
) -> None:  # fmt: skip
    """Filled polygons in one colour."""
    from matplotlib.collections import PathCollection

    paths = _paths(geometries, _AT_A_TIME)
    if paths:
        axes.add_collection(
            PathCollection(
                paths, facecolors=colour, edgecolors=edge, linewidths=width, alpha=alpha, zorder=order,
                joinstyle="round",
            ),
            autolim=False,
        )  # fmt: skip


def hatch(
    axes: Axes, geometries: Iterable[Any], *, pattern: str, colour: str, order: float, fine: bool = False
) -> None:
    """A hatch over polygons without outline; ``fine``: the pattern is a sign's grain."""
    from matplotlib.collections import PathCollection

    paths = polygons_to_paths(geometries)
    if paths and pattern:
        axes.add_collection(
            PathCollection(
                paths, facecolors="none", edgecolors=colour, linewidths=0,
                hatch=(GRAINS if fine else HATCHES)[pattern], zorder=order,
            ),
            autolim=False,
        )  # fmt: skip


def outline(
    axes: Axes, geometries: Iterable[Any], *, colour: str, width: float, order: float, dash: Any = "solid",
    casing: float = 0.0,
) -> None:  # fmt: skip
    """Outlines; ``casing`` adds a white line under them that is so many points wider."""
    from matplotlib.collections import PathCollection

    paths = polygons_to_paths(geometries)
    for ink, wide, level, pattern in ((("#FFFFFF", width + casing, order - 0.05, "solid"),) if casing else ()) + (
        (colour, width, order, dash),
    ):
        if paths:
            axes.add_collection(
                PathCollection(
                    paths, facecolors="none", edgecolors=ink, linewidths=wide, linestyles=[pattern], zorder=level,
                    joinstyle="round",
                ),
                autolim=False,
            )  # fmt: skip


def borders(
    axes: Axes, geometries: Iterable[Any], *, colour: str, width: float, order: float, dash: Any, casing: float = 0.0
) -> None:
    """Borders of neighbouring areas, each shared one drawn once, so that dashes do not fill each other's gaps."""
    edges = shapely.boundary(np.asarray(list(geometries), dtype=object))
    lines(axes, edges, colour=colour, width=width, order=order, dash=dash, casing=casing)


def lines(
    axes: Axes, geometries: Iterable[Any], *, colour: str, width: float, order: float, dash: Any, casing: float = 0.0
) -> None:
    """Lines joined end to end and drawn once; ``casing`` as in ``outline``."""
    from matplotlib.collections import LineCollection

    whole = shapely.union_all(np.asarray(list(geometries), dtype=object))
    parts = shapely.get_parts(whole)
    parts = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts[shapely.get_type_id(parts) == 1])))
    paths = [shapely.get_coordinates(part) for part in parts]
    under = (("#FFFFFF", width + casing, order - 0.05, "solid"),) if casing else ()
    for ink, wide, level, pattern in (*under, (colour, width, order, dash)):
        axes.add_collection(
            LineCollection(paths, colors=ink, linewidths=wide, linestyles=[pattern], zorder=level, capstyle="butt"),
            autolim=False,
        )


def window(frame: gpd.GeoDataFrame | None, extent: Frame) -> gpd.GeoDataFrame | None:
    """The rows that touch the map frame; None for a missing or empty layer."""
    if frame is None or not len(frame):
        return None
    bounds = shapely.bounds(frame.geometry.to_numpy())
    seen = (
        (bounds[:, 0] < extent.east) & (bounds[:, 2] > extent.west)
        & (bounds[:, 1] < extent.north) & (bounds[:, 3] > extent.south)
    )  # fmt: skip
    return frame[seen] if seen.any() else None


def land_use(axes: Axes, parcels: gpd.GeoDataFrame, *, fade: float = 0.0, cvd: bool = False) -> list[Style]:
    """Paints the parcels by class; ``fade`` (0–1) towards white except water. Returns the styles used, legend order."""
    codes = parcels["class_code"].astype(str)
    chosen = {code: class_style("parcels", code).style for code in codes.unique()}
    of_row = codes.map(chosen).to_numpy()
    geoms = parcels.geometry.to_numpy()
    used = [s for s in styles().values() if s.style in set(chosen.values())]
    for style in used:
        colour, stroke = style.colours(cvd=cvd)
        amount = fade * (0.45 if style.style in ("land.river", "land.lake") else 1.0)
        colour, stroke = lighten(colour, amount), lighten(stroke, amount)
        # The edge in a colour near the fill closes the hair lines that antialiasing leaves between neighbours.
        fill(
            axes, geoms[of_row == style.style], colour=colour, edge=blend(colour, stroke, 0.35), width=style.width,
            order=1.0,
        )  # fmt: skip
    return used


def control_lines(
    axes: Axes, boundary: gpd.GeoDataFrame | None, redline: gpd.GeoDataFrame | None, extent: Frame, *,
    cvd: bool = False, weight: float = 1.0,
) -> list[Style]:  # fmt: skip
    """Urban growth boundary (line with an inner band) and ecological red line (tint, hatch, line). Styles used.

    weight: share of the signs' line width, for small scales.
    """
    used: dict[str, Style] = {}
    for layer, frame, column, order in (
        ("redline", redline, "control_zone", 3.0),
        ("boundary", boundary, "zone_name", 4.0),
    ):
        seen = window(frame, extent)
        if seen is None:
            continue
        names = seen[column].fillna("").astype(str) if column in seen else seen.index.map(lambda _: "")
        for style_id in dict.fromkeys(class_style(layer, n).style for n in names):
            style = styles()[style_id]
            geoms = seen.geometry.to_numpy()[[class_style(layer, n).style == style_id for n in names]]
            colour, stroke = style.colours(cvd=cvd)
            if layer == "redline":
                fill(axes, geoms, colour=colour, alpha=0.22, order=order)
                hatch(axes, geoms, pattern=style.hatch, colour=blend(stroke, "#FFFFFF", 0.25), order=order + 0.1)
            else:
                whole = _shells(geoms)
                band = shapely.difference(whole, shapely.buffer(whole, -extent.scale * 0.0016, quad_segs=4))
                fill(axes, band, colour=stroke, alpha=0.20, order=order)
            # Holes cut for farmland (开天窗) get a thin line: the plots inside them must stay readable.
            outline(axes, geoms, colour=stroke, width=0.5 * weight, order=order + 0.2)
            shells = _shells(geoms)
            outline(axes, shells, colour=stroke, width=style.width * weight, order=order + 0.3, casing=1.0 * weight)
            used[style_id] = style
    return [s for s in styles().values() if s.style in used]


def _shells(geometries: Any) -> Any:
    """The outer rings as polygons, holes closed."""
    parts = shapely.get_parts(geometries)
    return shapely.polygons(shapely.get_exterior_ring(parts[shapely.get_type_id(parts) == 3]))


def plots(
    axes: Axes, frame: gpd.GeoDataFrame | None, style: Style, extent: Frame, *, order: float, cvd: bool = False
) -> bool:
    """Plots of the plan in full colour with a white rim, and a ring round those too small to see. True if any."""
    seen = window(frame, extent)
    if seen is None:
        return False
    colour, stroke = style.colours(cvd=cvd)
    geoms = seen.geometry.to_numpy()
    outline(axes, geoms, colour="#FFFFFF", width=1.5, order=order - 0.2)
    fill(axes, geoms, colour=colour, edge=stroke, width=0.35, order=order)
    if style.hatch:
        hatch(axes, geoms, pattern=style.hatch, colour=stroke, order=order + 0.05)
    bounds = shapely.bounds(geoms)
    across = np.hypot(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]) / extent.scale * 1000
    tiny = across < SMALL_MM * 1.6
    if tiny.any():
        middle = shapely.get_coordinates(shapely.centroid(geoms[tiny]))
        axes.scatter(
            middle[:, 0], middle[:, 1], s=22, facecolors="none", edgecolors=stroke, linewidths=0.6, zorder=order + 0.1
        )
    return True


def names(
    axes: Axes, frame: gpd.GeoDataFrame, column: str, extent: Frame, *, size: float, colour: str, order: float = 8.0,
    spread: bool = True, avoid: gpd.GeoDataFrame | None = None, lang: str = "zh",
) -> None:  # fmt: skip
    """Names inside their areas with a white halo, at the roomiest spot that covers the fewest plots of ``avoid``.

    lang: en for the Latin names of counties and townships.
    """
    from matplotlib.patheffects import withStroke

    from geo.report.map_page import font, width_mm
    from geo.report.text import drawn

    sheet = shapely.box(extent.west, extent.south, extent.east, extent.north)
    taken = shapely.STRtree(avoid.geometry.to_numpy()) if avoid is not None and len(avoid) else None
    shown = shapely.intersection(frame.geometry.to_numpy(), sheet)
    kept = ~shapely.is_empty(shown)
    latin = {u.zh: u.en for u in admin_units().values()} if lang == "en" else {}
    shown, said = shown[kept], [drawn(latin.get(n) or n) for n in frame[column].to_numpy()[kept]]
    # One size for all: the largest at which the names lie inside their areas, so that a small scale stays legible.
    for factor, apart in ((1.0, spread), (0.72, spread), (0.55, False)):
        words = ["\u2002".join(w) if apart and w and ord(w[0]) > 0x2E80 else w for w in said]
        half_w = [width_mm(w, size * factor, bold=True) / 2000 * extent.scale * 1.1 for w in words]
        half_h = size * factor * 0.36 / 2000 * extent.scale * 1.6
        if sum(_inside(g, w, half_h) for g, w in zip(shown, half_w, strict=True)) >= 0.75 * len(words):
            break
    for geometry, word, wide in zip(shown, words, half_w, strict=True):
        spot = _roomy(geometry, wide, half_h, taken)
        axes.text(
            spot[0], spot[1], word, fontproperties=font(True), size=size * factor, color=colour, ha="center",
            va="center", zorder=order, clip_on=True,
            path_effects=[withStroke(linewidth=2.6 * factor, foreground="#FFFFFFE0")],
        )  # fmt: skip


def _inside(shown: Any, half_w: float, half_h: float) -> bool:
    """Is the area as wide and high as the label, with room to spare?"""
    west, south, east, north = shapely.bounds(shown)
    return bool(east - west >= 2.4 * half_w and north - south >= 2.4 * half_h)


def _roomy(shown: Any, half_w: float, half_h: float, taken: Any) -> tuple[float, float]:
    """A centre for a label: inside the area if it can be, over as few plots as can be, near the middle."""
    inner = shapely.point_on_surface(shown)
    centre = shapely.centroid(shown)
    west, south, east, north = shapely.bounds(shown)
    east_, north_ = np.meshgrid(np.linspace(west, east, 15), np.linspace(south, north, 15))
    spots = np.column_stack([east_.ravel(), north_.ravel()])
    boxes = shapely.box(spots[:, 0] - half_w, spots[:, 1] - half_h, spots[:, 0] + half_w, spots[:, 1] + half_h)
    shapely.prepare(shown)
    fits = shapely.contains(shown, boxes)
    if not fits.any():
        return float(shapely.get_x(inner)), float(shapely.get_y(inner))
    spots, boxes = spots[fits], boxes[fits]
    away = np.hypot(spots[:, 0] - shapely.get_x(centre), spots[:, 1] - shapely.get_y(centre))
    cost = away / max(east - west, north - south)
    if taken is not None:
        hits = taken.query(boxes, predicate="intersects")[0]
        cost = cost + np.bincount(hits, minlength=len(boxes)) * 0.5
    best = int(cost.argmin())
    return float(spots[best, 0]), float(spots[best, 1])


def lighten(colour: str, amount: float) -> str:
    """A colour moved towards white by ``amount`` (0–1)."""
    return blend(colour, "#FFFFFF", amount) if colour and amount else colour


def blend(first: str, second: str, share: float) -> str:
    """``share`` (0–1) of the second colour in the first."""
    mixed = (round(a + (b - a) * share) for a, b in zip(rgb(first), rgb(second), strict=True))
    return "#" + "".join(f"{v:02X}" for v in mixed)
