"""What surrounds a map: frame with kilometre squares, scale bar, north arrow, legend, location map, notes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import shapely

from geo.report import map_draw as draw
from geo.report.content import Told
from geo.report.map_frame import Frame, fit_frame, letters
from geo.report.map_page import ALARM, GROUND, INK, RULE, SOFT, Page, width_mm, wrap
from geo.report.palette import Style, styles
from geo.report.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAND_MM = 4.2  # the band round the map that carries grid letters and coordinates


def map_axes(page: Page, x: float, y: float, extent: Frame) -> Axes:
    """Axes of the frame, exactly to scale, with its lower left corner at (x, y) mm."""
    axes = page.axes(x, y, extent.width_mm, extent.height_mm)
    axes.set_xlim(extent.west, extent.east)
    axes.set_ylim(extent.south, extent.north)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(GROUND)
    for side in axes.spines.values():
        side.set_linewidth(0.9)
        side.set_color(INK)
        side.set_zorder(20)
    return axes


def grid_band(page: Page, axes: Axes, x: float, y: float, extent: Frame, *, lettered: bool = True) -> None:
    """The band round the map: coordinates at every grid line, letters and numbers of the squares, crosses inside."""
    band = BAND_MM
    wide, high = extent.width_mm, extent.height_mm
    page.box(x - band, y - band, wide + 2 * band, high + 2 * band, stroke=INK, line=0.5)

    def to_x(east: float) -> float:
        return x + (east - extent.west) / extent.scale * 1000

    def to_y(north: float) -> float:
        return y + (north - extent.south) / extent.scale * 1000

    for east in extent.columns:
        for low in (y - band, y + high):
            page.line(to_x(east), low, to_x(east), low + band, colour=SOFT, width=0.3)
        if lettered:
            label = f"{east / 1000:,.0f}".replace(",", "") if extent.step_m >= 1000 else f"{east / 1000:.1f}"
            page.text(to_x(east) + 0.6, y - band + 1.3, label, size=5, colour=SOFT)
    for north in extent.rows:
        for left in (x - band, x + wide):
            page.line(left, to_y(north), left + band, to_y(north), colour=SOFT, width=0.3)
        if lettered:
            label = f"{north / 1000:.0f}" if extent.step_m >= 1000 else f"{north / 1000:.1f}"
            _upright(page, x - band + 3.0, to_y(north) + 0.6, label)
    if lettered:
        _squares(page, x, y, extent)
    span = extent.scale * 0.0012
    for east in extent.columns:
        for north in extent.rows:
            axes.plot([east - span, east + span], [north, north], color=INK, linewidth=0.25, alpha=0.55, zorder=7)
            axes.plot([east, east], [north - span, north + span], color=INK, linewidth=0.25, alpha=0.55, zorder=7)


def _squares(page: Page, x: float, y: float, extent: Frame) -> None:
    edges_e = [extent.west, *extent.columns, extent.east]
    edges_n = [extent.north, *extent.rows, extent.south]
    per_mm = extent.scale / 1000
    for number, (low, high) in enumerate(pairwise(edges_e)):
        if (high - low) / per_mm > 3:
            middle = x + ((low + high) / 2 - extent.west) / per_mm
            page.text(middle, y + extent.height_mm + 1.2, letters(number), size=6.5, bold=True, align="center")
    for number, (high, low) in enumerate(pairwise(edges_n)):
        if (high - low) / per_mm > 3:
            middle = y + ((low + high) / 2 - extent.south) / per_mm
            page.text(
                x + extent.width_mm + BAND_MM / 2, middle - 0.8, str(number + 1), size=6.5, bold=True, align="center"
            )


def _upright(page: Page, x: float, y: float, words: str) -> None:
    from geo.report.map_page import font

    page.sheet.text(x, y, words, fontproperties=font(), size=5, color=SOFT, rotation=90, ha="right", va="bottom")


def scale_bar(page: Page, x: float, y: float, extent: Frame, lang: str) -> None:
    """A bar of two round lengths with the ratio in figures, on a white plate, lower left corner at (x, y)."""
    target = 50 * extent.scale / 1000
    step = 10 ** math.floor(math.log10(target / 2))
    half = max(k * step for k in (1, 2, 2.5, 5) if k * step <= target / 2 or k == 1)
    mm = half / extent.scale * 1000
    page.box(x, y, 2 * mm + 16, 11.5, fill="#FFFFFFE6", stroke=RULE, line=0.4)
    left, base = x + 4, y + 2.2
    for k, ink in enumerate((INK, "#FFFFFF", INK, "#FFFFFF")):
        page.box(left + k * mm / 2, base, mm / 2, 1.5, fill=ink, stroke=INK, line=0.5)
    unit, per = ("km", 1000) if half >= 500 else ("m", 1)
    for k in (0, 1, 2):
        page.text(left + k * mm, base + 2.3, f"{k * half / per:g}", size=6, align="center")
    page.text(left + 2 * mm + 2.2, base + 2.3, unit, size=6)
    page.text(left, base + 5.6, f"{word('scale', lang)} 1:{extent.scale:,}".replace(",", " "), size=7.5, bold=True)


def north_arrow(page: Page, x: float, y: float, lang: str) -> None:
    """An arrow to grid north, its foot at (x, y)."""
    from matplotlib.patches import Polygon

    page.box(x - 6.5, y - 4.2, 13, 21.5, fill="#FFFFFFE6", stroke=RULE, line=0.4)
    for points, ink in (
        (((x, y + 12), (x - 2.8, y), (x, y + 2.6)), INK),
        (((x, y + 12), (x + 2.8, y), (x, y + 2.6)), "#FFFFFF"),
    ):
        page.sheet.add_patch(
            Polygon(points, closed=True, facecolor=ink, edgecolor=INK, linewidth=0.6, joinstyle="round")
        )
    page.text(x, y + 13.2, "N", size=9, bold=True, align="center")
    page.text(x, y - 2.8, word("north", lang), size=5, colour=SOFT, align="center")


LegendGroup = tuple[str, Sequence[Style]]


def legend(
    page: Page, x: float, y: float, columns: Sequence[Sequence[LegendGroup]], *, column_mm: float, gap_mm: float = 4.0,
    lang: str, cvd: bool = False, step: float = 4.75, grain: bool = False,
) -> float:  # fmt: skip
    """Groups of signs in columns from y downwards; long names take a second line. Returns the lowest y reached.

    grain: with the fine patterns, where the map shows them.
    """
    lowest = y
    for number, groups in enumerate(columns):
        left, down = x + number * (column_mm + gap_mm), y
        for title, signs in groups:
            if not signs:
                continue
            page.fitted(left, down, title, column_mm, size=7.5, bold=True, colour=SOFT)
            down -= step
            for style in signs:
                down = _entry(page, left, down, style, column_mm, lang, cvd, step, grain)
            down -= 1.6
        lowest = min(lowest, down)
    return lowest


def _entry(page: Page, x: float, y: float, style: Style, width: float, lang: str, cvd: bool, step: float,
           grain: bool) -> float:  # fmt: skip
    swatch(page, x, y - 0.9, style, cvd=cvd, grain=grain)
    lines = wrap(style.label(lang), width - 11.5, 7.0)
    if len(lines) > 2:
        lines = [lines[0], (" " if lines[1].isascii() else "").join(lines[1:])]
    for number, line in enumerate(lines):
        page.fitted(x + 11.5, y - number * 2.9, line, width - 11.3, size=7.0)
    return y - step - 2.6 * (len(lines) - 1)


def swatch(
    page: Page, x: float, y: float, style: Style, *, cvd: bool = False, wide: float = 9.0, high: float = 3.3,
    grain: bool = False,
) -> None:  # fmt: skip
    """The sign of a style as the map draws it: area, hatched area or line."""
    colour, stroke = style.colours(cvd=cvd)
    if style.layer in ("towns", "counties", "villages"):
        dash = {"towns": (0, (5, 2, 1, 2)), "counties": (0, (7, 2, 1, 2)), "villages": (0, (2, 2))}[style.layer]
        page.sheet.plot([x, x + wide], [y + high / 2] * 2, color=stroke, linewidth=style.width, linestyle=dash)
        return
    if style.layer == "boundary":
        page.box(x, y, wide, high, fill=draw.lighten(stroke, 0.8), stroke=stroke, line=style.width)
        page.box(x + 1.2, y + 1.0, wide - 2.4, high - 2.0, fill="#FFFFFF")
        return
    if style.layer == "redline":
        page.box(
            x, y, wide, high, fill=draw.lighten(colour, 0.78), stroke=stroke, line=style.width,
            hatch=draw.HATCHES[style.hatch], hatch_colour=draw.lighten(stroke, 0.25),
        )  # fmt: skip
        return
    page.box(
        x, y, wide, high, fill=colour or "none", stroke=stroke, line=max(style.width, 0.3),
        hatch=draw.HATCHES[style.hatch] or (draw.GRAINS[style.grain] if grain else ""), hatch_colour=stroke,
    )  # fmt: skip


def location_map(page: Page, x: float, y: float, size: tuple[float, float], report: Told) -> None:
    """Where the sheet lies: counties and lakes of the whole zone when the context is there, else the towns."""
    layers = report.layers
    counties, lakes = layers.context.get("counties"), layers.context.get("lakes")
    ground = counties if counties is not None and len(counties) else layers.towns
    west, south, east, north = (float(v) for v in layers.parcels.total_bounds)
    around = ground if ground is not None and len(ground) else layers.parcels
    extent = fit_frame(tuple(float(v) for v in around.total_bounds), size, margin=0.06)  # type: ignore[arg-type]
    axes = map_axes(page, x, y, extent)
    if ground is not None and len(ground):
        draw.fill(axes, ground.geometry, colour="#F3F0E6", order=1)
        if lakes is not None and len(lakes):
            draw.fill(axes, lakes.geometry, colour=styles()["land.lake"].fill, order=2)
        line = styles()["counties.outline" if ground is counties else "towns.outline"]
        draw.outline(axes, ground.geometry, colour=line.stroke, width=0.8, order=3)
        column = next((c for c in ("unit_name", "name", "zh", "XZQMC") if c in ground.columns), None)
        if column:
            draw.names(axes, ground, column, extent, size=6.5, colour=INK, spread=False)
    axes.plot([west, east, east, west, west], [south, south, north, north, south], color=ALARM, linewidth=1.4, zorder=9)


def header(page: Page, report: Told, title: str, subtitle: str, lang: str) -> None:
    """Title and subtitle at the top left, the mark of invented data at the top right, a rule under both."""
    top = page.height
    badge = width_mm(word("synthetic", lang), 10.5, bold=True) + 10 if report.synthetic else 0.0
    page.fitted(10, top - 16.5, title, page.width - 24 - badge, size=21, bold=True)
    page.fitted(10, top - 22.7, subtitle, page.width - 24 - badge, size=8.5, colour=SOFT)
    if report.synthetic:
        page.box(page.width - 10 - badge, top - 20.5, badge, 9.2, fill="#FFFFFF", stroke=ALARM, line=1.2)
        page.text(
            page.width - 10 - badge / 2, top - 17.2, word("synthetic", lang), size=10.5, bold=True, colour=ALARM,
            align="center",
        )  # fmt: skip


def notes(page: Page, x: float, y: float, width: float, report: Told, lang: str) -> float:
    """Area method, projection, data, date, run and licence in small print; returns the y below."""
    made = f"{word('made', lang)} {report.made.date().isoformat()}"
    body = [
        word("area_method", lang),
        word("projection", lang) + (" " if lang == "en" else "") + word("colours", lang),
        f"{word('rules_on', lang)} {report.on.isoformat()}  |  {made}  |  {word('run', lang)} {report.run_id}  |  "
        f"田畴 Tianchou {report.software.get('tianchou', '')}",
    ]
    licence = report.licence_zh if lang == "zh" else report.licence_en
    mark = f"{word('synthetic', lang)}  |  " if report.synthetic else ""
    if licence or mark:
        body.append(mark + licence)
    for line in body:
        y = page.paragraph(x, y, line, width, size=5.8) - 0.3
    return y


def unite(frames: Sequence[Any]) -> list[Any]:
    """All geometries of several layers in one list; layers that are None are left out."""
    return [g for frame in frames if frame is not None for g in frame.geometry if not shapely.is_empty(g)]
