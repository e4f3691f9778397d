"""THE SHEET OF A VIEW (成果图): what the map shows, on A3 or A4, upright or lying, true to scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from geo.report import map_draw as draw
from geo.report import map_furniture as furniture
from geo.report.map_frame import FINE_SCALES, Bounds, Frame, fit_frame
from geo.report.map_page import ALARM, INK, SOFT, Page, wrap
from geo.report.palette import Style
from geo.report.view_layers import ViewLayer
from geo.report.view_paint import GRAIN_SCALE, paint
from geo.report.words import word

if TYPE_CHECKING:
    import geopandas as gpd

Paper = Literal["A3", "A4"]
PAPERS: dict[Paper, tuple[float, float]] = {"A3": (420.0, 297.0), "A4": (297.0, 210.0)}
GAP = 5.0
GROUPS = ("mine", "plan", "result", "theme", "farm", "control", "admin", "land")


@dataclass(frozen=True)
class ViewSheet:
    """A view to print. title, source, source_en: plain text; layers: bottom first; bounds: m (EPSG:4528).

    around: outlines of the whole zone (column unit_name) for the location map, with lakes; None leaves it out.
    """

    title: str
    layers: Sequence[ViewLayer]
    bounds: Bounds
    made: datetime
    synthetic: bool
    source: Mapping[str, str]
    software: str = ""
    around: gpd.GeoDataFrame | None = None
    lakes: gpd.GeoDataFrame | None = None
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """Where things stand on a sheet, in mm from its lower left corner."""

    paper: tuple[float, float]
    margin: float
    map_at: tuple[float, float]
    map_size: tuple[float, float]
    side_at: tuple[float, float]  # upper left corner of the legend's room
    side_size: tuple[float, float]
    columns: int


def layout(paper: Paper = "A3", *, portrait: bool = False) -> Layout:
    """The rooms of a sheet. Raises KeyError for an unknown paper."""
    wide, high = PAPERS[paper]
    a4 = paper == "A4"
    margin, band = (7.0 if a4 else 10.0), furniture.BAND_MM
    head = 27.0
    if portrait:
        wide, high = high, wide
        foot = 62.0 if a4 else 82.0
        size = (wide - 2 * margin - 2 * band, high - margin - head - foot - 2 * band - GAP)
        at = (margin + band, margin + foot + GAP + band)
        return Layout((wide, high), margin, at, size, (margin, margin + foot), (wide - 2 * margin, foot), 4)
    side = 66.0 if a4 else 86.0
    size = (wide - 2 * margin - 2 * band - GAP - side, high - margin - head - 2 * band)
    at = (margin + band, margin + band)
    top = margin + 2 * band + size[1]
    left = margin + 2 * band + size[0] + GAP
    return Layout((wide, high), margin, at, size, (left, top), (side, top - margin), 2)


def sheet_frame(bounds: Bounds, paper: Paper = "A3", *, portrait: bool = False) -> Frame:
    """The part of the ground that a sheet will show, and its scale. Raises ValueError for bounds without extent."""
    return fit_frame(bounds, layout(paper, portrait=portrait).map_size, margin=0.01, scales=FINE_SCALES)


def draw_view_sheet(
    view: ViewSheet, *, paper: Paper = "A3", portrait: bool = False, lang: str = "zh", cvd: bool = False, dpi: int = 300
) -> Page:
    """The sheet as a page in memory: map with grid, scale bar, north arrow, title, legend, location, notes."""
    rooms = layout(paper, portrait=portrait)
    page, extent = Page(rooms.paper), sheet_frame(view.bounds, paper, portrait=portrait)
    x, y = rooms.map_at
    _header(page, view, rooms, extent, lang)
    axes = furniture.map_axes(page, x, y, extent)
    used = paint(axes, view.layers, extent, cvd=cvd, dpi=dpi, labels=9.0 if paper == "A4" else 12.0,
                 lang=lang)  # fmt: skip
    furniture.grid_band(page, axes, x, y, extent)
    furniture.scale_bar(page, x + 3, y + 3, extent, lang)
    furniture.north_arrow(page, x + extent.width_mm - 10, y + extent.height_mm - 21, lang)
    _beside(page, view, rooms, extent, used, lang=lang, cvd=cvd, portrait=portrait)
    return page


def _header(page: Page, view: ViewSheet, rooms: Layout, extent: Frame, lang: str) -> None:
    from geo.report.map_page import width_mm

    top, left = page.height, rooms.margin
    a4 = page.width < 300
    size, mark = (15.0, 8.5) if a4 else (21.0, 10.5)
    badge = width_mm(word("synthetic", lang), mark, bold=True) + 8 if view.synthetic else 0.0
    wide = page.width - 2 * left - badge - 4
    page.fitted(left, top - 15.5, view.title, wide, size=size, bold=True)
    scale = f"{word('scale', lang)} 1:{extent.scale:,}".replace(",", " ")
    line = f"{scale}    {word('made', lang)} {view.made.date().isoformat()}    {view.source[lang]}"
    page.fitted(left, top - 21.7, line, page.width - 2 * left, size=7.0 if a4 else 8.5, colour=SOFT)
    if view.synthetic:
        page.box(page.width - left - badge, top - 18.5, badge, 8.2, fill="#FFFFFF", stroke=ALARM, line=1.1)
        page.text(page.width - left - badge / 2, top - 15.5, word("synthetic", lang), size=mark, bold=True,
                  colour=ALARM, align="center")  # fmt: skip


Group = tuple[str, list[Style]]


def _groups(view: ViewSheet, used: Mapping[str, list[Style]], lang: str) -> list[Group]:
    """What the legend says: the signs that are in the frame, under the heading of their group."""
    found: dict[str, list[Style]] = {}
    for layer in view.layers:
        if layer.name == "context_lakes" or layer.name not in used:
            continue
        heading = layer.title or (word(f"legend.{layer.group}", lang) if layer.group else "")
        if layer.name == "context_counties":
            heading = word("legend.admin", lang)
        signs = found.setdefault(f"{_rank(layer)}|{heading}", [])
        signs += [s for s in layer.signs if s in used[layer.name] and s not in signs]
    if any(layer.name == "towns" for layer in view.layers):
        _add_counties(view, found, lang)
    return [(key.split("|", 1)[1], signs) for key, signs in sorted(found.items()) if signs]


def _add_counties(view: ViewSheet, found: dict[str, list[Style]], lang: str) -> None:
    """County borders are drawn with the townships: their sign stands beside theirs."""
    from geo.report.palette import styles

    towns = next(layer for layer in view.layers if layer.name == "towns")
    heading = f"{_rank(towns)}|{word('legend.admin', lang)}"
    many = towns.frame["unit_code"].astype(str).str[:6].nunique() > 1 if "unit_code" in towns.frame else False
    line = styles()["counties.outline"]
    if many and heading in found and line not in found[heading]:
        found[heading].insert(0, line)


def _rank(layer: ViewLayer) -> int:
    group = "admin" if layer.name == "context_counties" else layer.group
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def _beside(
    page: Page, view: ViewSheet, rooms: Layout, extent: Frame, used: Mapping[str, list[Style]], *, lang: str, cvd: bool,
    portrait: bool,
) -> None:  # fmt: skip
    """Legend, location map and notes in the room beside (or below) the map."""
    fine = extent.scale <= GRAIN_SCALE
    x, top = rooms.side_at
    wide, high = rooms.side_size
    base = top - high
    a4 = page.width < 300 or (portrait and page.width < 220)
    body = _notes(view, lang)
    size = 5.2 if a4 else 5.8
    notes_wide = 62.0 if portrait and not a4 else 48.0 if portrait else wide
    lines = sum(len(wrap(text, notes_wide, size)) for text in body)
    notes_high = lines * size * 0.3528 * 1.45 + 0.3 * len(body) + 1.0
    if portrait:
        legend_wide = wide - notes_wide - GAP
        inset = (notes_wide, min(notes_wide * 0.74, high - notes_high - 10))
        _say(page, x + wide - notes_wide, base + notes_high - 2, notes_wide, body, size)
        _location(page, view, extent, (x + wide - notes_wide, base + notes_high + 1.5), inset, lang)
        _legend(page, view, used, (x, top - 4.5), (legend_wide, high - 4.5), rooms.columns, lang=lang, cvd=cvd,
                fine=fine)  # fmt: skip
        return
    _say(page, x, base + notes_high - 2, wide, body, size)
    down = _legend(page, view, used, (x, top - 4.5), (wide, high - notes_high - 6), rooms.columns, lang=lang, cvd=cvd,
                   fine=fine)  # fmt: skip
    left = down - (base + notes_high + 1.5) - 6
    inset = (wide, min(left, wide * 0.72))
    _location(page, view, extent, (x, base + notes_high + 1.5), inset, lang)


def _notes(view: ViewSheet, lang: str) -> list[str]:
    said = [word("sheet.projection", lang), word("colours", lang), *view.notes.get(lang, ())]
    if view.synthetic:
        said.append(word("sheet.synthetic", lang))
    return [*said, view.software] if view.software else said


def _say(page: Page, x: float, y: float, wide: float, body: Sequence[str], size: float) -> None:
    for text in body:
        y = page.paragraph(x, y, text, wide, size=size) - 0.3


def _location(
    page: Page, view: ViewSheet, extent: Frame, at: tuple[float, float], size: tuple[float, float], lang: str
) -> None:
    """Where the sheet lies in the zone; left out where it shows nearly all of it or has no room."""
    around = view.around
    if around is None or not len(around) or size[0] < 24 or size[1] < 20:
        return
    west, south, east, north = (float(v) for v in around.total_bounds)
    if (extent.east - extent.west) > 0.8 * (east - west) and (extent.north - extent.south) > 0.8 * (north - south):
        return
    frame = fit_frame((west, south, east, north), size, margin=0.04, scales=FINE_SCALES)
    axes = furniture.map_axes(page, at[0], at[1], frame)
    draw.fill(axes, around.geometry, colour="#F3F0E6", order=1)
    if view.lakes is not None and len(view.lakes):
        draw.fill(axes, view.lakes.geometry, colour="#B9D8EC", order=2)
    draw.outline(axes, around.geometry, colour="#5B676E", width=0.6, order=3)
    if len(around) <= 12:
        draw.names(axes, around, "unit_name", frame, size=6.0, colour=INK, spread=False, lang=lang)
    corners: list[tuple[float, float]] = [
        (extent.west, extent.south), (extent.east, extent.south), (extent.east, extent.north),
        (extent.west, extent.north), (extent.west, extent.south),
    ]  # fmt: skip
    axes.plot([c[0] for c in corners], [c[1] for c in corners], color=ALARM, linewidth=1.2, zorder=9)
    page.text(at[0], at[1] + size[1] + 1.4, word("location", lang), size=7, bold=True)


def _legend(
    page: Page, view: ViewSheet, used: Mapping[str, list[Style]], at: tuple[float, float], room: tuple[float, float],
    columns: int, *, lang: str, cvd: bool, fine: bool,
) -> float:  # fmt: skip
    """The legend in as many columns as the room has, smaller steps where it is long; returns the y below.

    fine: the map shows the signs' fine patterns.
    """
    groups = _groups(view, used, lang)
    down = page.heading(at[0], at[1], word("legend", lang), room[0])
    gap = 3.0
    wide = (room[0] - gap * (columns - 1)) / columns
    step = 4.75
    split = _columns(groups, columns, wide, lang)
    for step in (4.75, 4.4, 4.1, 3.8, 3.5):
        if max((_height(c, wide, lang, step) for c in split), default=0.0) <= room[1] - 6.0:
            break
    return furniture.legend(page, at[0], down, split, column_mm=wide, gap_mm=gap, lang=lang, cvd=cvd, step=step,
                            grain=fine)  # fmt: skip


_LEFT_BEHIND = 5


def _columns(groups: list[Group], columns: int, wide: float, lang: str) -> list[list[Group]]:
    """Groups dealt over columns of about one height; a long group runs on in the next column."""
    entries = [(title, sign) for title, signs in groups for sign in signs]
    costs = [1.0 + 0.55 * (len(wrap(s.label(lang), wide - 11.5, 7.0)) > 1) for _, s in entries]
    target = (sum(costs) + 1.2 * len(groups)) / columns
    found: list[list[Group]] = [[]]
    filled = 0.0
    for (title, sign), cost in zip(entries, costs, strict=True):
        if filled + cost * 0.5 > target and len(found) < columns:
            # A group that would leave a few signs behind goes to the next column whole.
            short = len(found[-1]) > 1 and found[-1][-1][0] == title and len(found[-1][-1][1]) < _LEFT_BEHIND
            found.append([found[-1].pop()] if short else [])
            filled = 0.0
        if not found[-1] or found[-1][-1][0] != title:
            found[-1].append((title, []))
            filled += 1.2
        found[-1][-1][1].append(sign)
        filled += cost
    return found


def _height(groups: Sequence[Group], wide: float, lang: str, step: float) -> float:
    rows = sum(step + 2.6 * (len(wrap(s.label(lang), wide - 11.5, 7.0)) > 1) for _, signs in groups for s in signs)
    return rows + len(groups) * (step + 1.6)


def write_view_sheet(
    view: ViewSheet, path: Path | str, *, paper: Paper = "A3", portrait: bool = False, lang: str = "zh",
    cvd: bool = False, dpi: int = 300,
) -> Path:  # fmt: skip
    """Writes the sheet; the suffix of ``path`` says whether as PDF or PNG. Raises ValueError, OSError."""
    from geo.report.maps import save_page

    path = Path(path)
    if path.suffix.lower() not in (".pdf", ".png"):
        raise ValueError(f"a sheet is written as .pdf or .png, not {path.suffix or 'without suffix'}")
    about: dict[str, Any] = {
        "Title": view.title, "Subject": word("synthetic", lang) if view.synthetic else "",
        "Creator": view.software or "Tianchou", "CreationDate": view.made,
    }  # fmt: skip
    save_page(
        lambda: draw_view_sheet(view, paper=paper, portrait=portrait, lang=lang, cvd=cvd, dpi=dpi), (path,),
        about=about, dpi=dpi,
    )  # fmt: skip
    return path
