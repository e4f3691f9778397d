"""THE MAPS of a 占用补划方案, A3 landscape: location, occupation, replacement, before and after. True to scale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely

from geo.report import map_draw as draw
from geo.report import map_furniture as furniture
from geo.report.map_frame import Bounds, Frame, fit_frame
from geo.report.map_ground import (
    control_signs,
    county_borders,
    detail_frame,
    faded_ground,
    faded_signs,
    left_over,
    paint_ground,
    window_mark,
)
from geo.report.map_page import ALARM, INK, SOFT, Page
from geo.report.map_raster import Shared
from geo.report.maps import save_sheet
from geo.report.palette import Style, styles
from geo.report.project_content import ProjectReport
from geo.report.project_figures import SchemeFigures, Side, scheme_figures
from geo.report.project_grids import grade, ha
from geo.report.words import word
from geo.standards.units import figure_text

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

ProjectMap = Literal["location", "occupation", "replacement", "before_after"]
MARGIN, GAP = 10.0, 6.0
MAP_MM = (254.0, 247.0)
WIDE = 80_000  # from this scale on a parcel of 1 亩 is a third of a millimetre: land use is told by two colours
TITLES = {
    "location": "map.location", "occupation": "map.occupation", "replacement": "map.replacement",
    "before_after": "map.project_before_after",
}  # fmt: skip


def render_project_map(
    report: ProjectReport, path: Path | str, *, kind: ProjectMap, lang: str = "zh", dpi: int = 150,
    figures: SchemeFigures | None = None,
) -> tuple[Path, Path]:  # fmt: skip
    """Writes a sheet as ``<path>.pdf`` and ``<path>.png``; returns both. Raises ValueError, OSError."""
    title = f"{report.name[lang]} {word(TITLES[kind], lang)}"
    return save_sheet(lambda: draw_project_map(report, kind=kind, lang=lang, figures=figures), path, report,
                      title=title, lang=lang, dpi=dpi)  # fmt: skip


def draw_project_map(
    report: ProjectReport, *, kind: ProjectMap, lang: str = "zh", cvd: bool = False,
    figures: SchemeFigures | None = None,
) -> Page:  # fmt: skip
    """The sheet as a page in memory. Raises ValueError for an unknown kind."""
    sheets: dict[str, Callable[..., Page]] = {
        "location": _location, "occupation": _occupation, "replacement": _replacement, "before_after": _before_after,
    }  # fmt: skip
    if kind not in sheets:
        raise ValueError(f"unknown sheet {kind!r}: one of {', '.join(sheets)}")
    return sheets[kind](report, figures or scheme_figures(report), lang=lang, cvd=cvd)


def _bounds(*frames: gpd.GeoDataFrame) -> Bounds:
    boxes = np.array([f.total_bounds for f in frames if len(f)])
    return (float(boxes[:, 0].min()), float(boxes[:, 1].min()), float(boxes[:, 2].max()), float(boxes[:, 3].max()))


def _head(page: Page, report: ProjectReport, kind: str, extent: Frame, lang: str) -> None:
    name = report.name[lang]
    title = f"{name}{word(TITLES[kind], lang)}" if lang == "zh" else f"{word(TITLES[kind], lang)} – {name}"
    scale = f"{word('scale', lang)} 1:{extent.scale:,}".replace(",", " ")
    rules = f"{word('rules_on', lang)} {report.on.isoformat()}"
    made = f"{word('made', lang)} {report.made.date().isoformat()}"
    furniture.header(page, report, title, f"{scale}    {rules}    {made}", lang)


def _frame_page(report: ProjectReport, kind: str, bounds: Bounds, lang: str) -> tuple[Page, Axes, Frame, float, float]:
    """The page with one large map: page, axes, extent, left edge and width of the column beside it."""
    page, extent = Page(), fit_frame(bounds, MAP_MM, margin=0.04)
    x = y = MARGIN + furniture.BAND_MM
    _head(page, report, kind, extent, lang)
    axes = furniture.map_axes(page, x, y, extent)
    left = x + extent.width_mm + furniture.BAND_MM + GAP
    return page, axes, extent, left, page.width - MARGIN - left


def _finish(page: Page, axes: Axes, extent: Frame, lang: str) -> None:
    x = y = MARGIN + furniture.BAND_MM
    furniture.grid_band(page, axes, x, y, extent)
    furniture.scale_bar(page, x + 3, y + 3, extent, lang)
    furniture.north_arrow(page, x + extent.width_mm - 10, y + extent.height_mm - 21, lang)


def _footprint(axes: Axes, report: ProjectReport, *, cvd: bool, order: float = 7.0) -> Style:
    """The outline of the project with a white casing, wide enough to be seen at any scale."""
    sign = styles()["project.footprint"]
    ink = sign.colours(cvd=cvd)[1]
    geoms = report.plots.geometry.to_numpy()
    draw.fill(axes, geoms, colour=ink, alpha=0.16, order=order)
    draw.outline(axes, geoms, colour=ink, width=sign.width, order=order + 0.2, casing=1.2)
    return sign


def _paint(
    axes: Axes, report: ProjectReport, extent: Frame, *, taken: bool, replacement: bool, cvd: bool, labels: bool
) -> dict[str, list[Style]]:
    """Ground, footprint, what is taken and what replaces it; the signs used by legend group."""
    shown = furniture.unite([report.taken if taken else None, report.replacement if replacement else None])
    avoid = None
    if shown:
        import geopandas as gpd

        avoid = gpd.GeoDataFrame(geometry=shown, crs=report.plots.crs)
    if extent.scale >= WIDE:
        admin = faded_ground(axes, report, extent, cvd=cvd, avoid=avoid, light=True)
        signs = {"land": list(faded_signs()), "plan": [styles()["farmland.kept"]], "control": control_signs(report),
                 "admin": admin}  # fmt: skip
    else:
        signs = paint_ground(axes, report, extent, cvd=cvd, labels=labels, avoid=avoid)
    plan = [_footprint(axes, report, cvd=cvd, order=5.6)]
    for wanted, frame, key, order in (
        (taken, report.taken, "project.taken", 6.2), (replacement, report.replacement, "project.replacement", 6.4),
    ):  # fmt: skip
        if wanted and draw.plots(axes, frame, styles()[key], extent, order=order, cvd=cvd):
            plan.append(styles()[key])
    signs["plan"] = [*plan, *signs["plan"]]
    return signs


def _legend(page: Page, x: float, y: float, width: float, signs: dict[str, list[Style]], lang: str, cvd: bool) -> float:
    down = page.heading(x, y, word("legend", lang), width)
    return furniture.legend(
        page, x, down,
        [
            [(word("legend.project", lang), signs["plan"]), (word("legend.control", lang), signs["control"]),
             (word("legend.admin", lang), signs["admin"])],
            [(word("legend.land", lang), signs["land"])],
        ],
        column_mm=(width - 4) / 2, lang=lang, cvd=cvd, step=4.3,
    )  # fmt: skip


def _insets(
    page: Page, x: float, y: float, width: float, report: ProjectReport, main: Frame, shown: list[Any], lang: str
) -> tuple[Axes, Frame] | None:
    """Location map and axes for an enlargement of where most of ``shown`` lies; None without room or plots."""
    base, half = MARGIN + 20.5, (width - 4) / 2
    high = min(60.0, y - base - 6.5)
    if high < 25:
        return None
    furniture.location_map(page, x + half + 4, base, (half, high), report)
    page.text(x + half + 4, base + high + 1.6, word("location", lang), size=7.5, bold=True)
    if not shown:
        return None
    detail = detail_frame(shown, (half, high))
    scale = f"{word('detail', lang)} 1:{detail.scale:,}".replace(",", " ")
    page.text(x, base + high + 1.6, scale, size=7.5, bold=True)
    square = main.square((detail.west + detail.east) / 2, (detail.south + detail.north) / 2)[0]
    page.text(x + half, base + high + 1.6, square, size=7.5, colour=SOFT, align="right")
    return furniture.map_axes(page, x, base, detail), detail


def _side_table(
    page: Page, x: float, y: float, width: float, f: SchemeFigures, which: str, lang: str, ink: str
) -> float:  # fmt: skip
    """One row a county and the total: plots, 公顷, of which paddy, mean grade."""
    heads = ["county", "plots", "ha_short", "paddy", "grade"]
    lines = [["", *[word(f"col.{h}", lang) for h in heads[1:]]]]

    def line(name: str, side: Side) -> list[str]:
        return [name, f"{side.plots:,}", ha(side.ha), ha(side.paddy_ha), grade(side.grade)]

    for county in f.counties:
        side = county.out if which == "out" else county.inn
        if side.plots:
            lines.append(line(county.name, side))
    lines.append(line(word("total", lang), f.whole.out if which == "out" else f.whole.inn))
    return page.table(x, y, [width * s for s in (0.24, 0.14, 0.24, 0.22, 0.16)], lines, step=4.9,
                      colours=[INK, ink, ink, ink, ink])  # fmt: skip


def _location(report: ProjectReport, f: SchemeFigures, *, lang: str, cvd: bool) -> Page:
    """Where the project lies: the whole zone when its outline is there, else the data's own extent."""
    context: dict[str, Any] = dict(report.layers.context)
    counties: Any = context.get("counties")
    lakes: Any = context.get("lakes")
    around = counties if counties is not None and len(counties) else report.layers.towns
    frames = [report.plots] if around is None else [around, report.plots]
    page, axes, extent, left, width = _frame_page(report, "location", _bounds(*frames), lang)
    signs: list[Style] = []
    if around is not None:
        draw.fill(axes, around.geometry, colour="#F6F3EA", order=1)
    if lakes is not None and len(lakes):
        draw.fill(axes, lakes.geometry, colour=styles()["land.lake"].fill, order=2)
        signs.append(styles()["land.lake"])
    admin = []
    towns = draw.window(report.layers.towns, extent)
    if towns is not None:
        line = styles()["towns.outline"]
        draw.outline(axes, towns.geometry, colour=line.stroke, width=0.6, order=3)
        admin.append(line)
        admin = [*county_borders(axes, towns, cvd=cvd), *admin]
    if counties is not None and len(counties):
        line = styles()["counties.outline"]
        draw.outline(axes, counties.geometry, colour=line.stroke, width=1.2, order=4)
        admin = [line, *[s for s in admin if s.style != line.style]]
        column = next((c for c in ("unit_name", "name", "zh", "XZQMC") if c in counties.columns), None)
        if column:
            draw.names(axes, counties, column, extent, size=15, colour="#55606A", avoid=report.plots)
    if towns is not None:
        draw.names(axes, towns, "unit_name", extent, size=8, colour="#3A464D", spread=False, avoid=report.plots)
    sign = _footprint(axes, report, cvd=cvd)
    _finish(page, axes, extent, lang)
    down = page.heading(left, page.height - 32.5, word("figures", lang), width)
    p = report.project
    facts = (
        (word("scheme.number", lang), p.number or "–"), (word("scheme.kind", lang), p.kind_label(lang)),
        (word("col.area", lang), f"{ha(f.total_ha)} {word('col.ha_unit', lang)}"),
        (word("col.crop", lang), f"{ha(f.land_ha(group='01'))} {word('col.ha_unit', lang)}"),
        (word("col.pbf", lang), f"{ha(f.whole.out.ha)} {word('col.ha_unit', lang)}"),
        (word("col.in_ha", lang), f"{ha(f.whole.inn.ha)} {word('col.ha_unit', lang)}"),
    )  # fmt: skip
    for label, value in facts:
        page.fitted(left, down, label, width * 0.34, size=8, colour=SOFT)
        page.fitted(left + width * 0.36, down, value, width * 0.64, size=8.5, bold=True)
        down -= 5.4
    down = page.heading(left, down - 4, word("map.by_county", lang), width)
    lines = [["", *[word(f"col.{h}", lang) for h in ("area", "crop", "pbf")]]]
    lines += [
        [c.name, ha(f.land_ha(county=c.code)), ha(f.land_ha(county=c.code, group="01")), ha(c.out.ha)]
        for c in f.counties
    ]
    lines.append([word("total", lang), ha(f.total_ha), ha(f.land_ha(group="01")), ha(f.whole.out.ha)])
    down = page.table(left, down, [width * s for s in (0.25, 0.25, 0.25, 0.25)], lines, step=5.0)
    down = page.heading(left, down - 4, word("legend", lang), width)
    furniture.legend(page, left, down, [[(word("legend.project", lang), [sign]), (word("legend.admin", lang), admin)],
                                        [(word("legend.land", lang), signs)]],
                     column_mm=(width - 4) / 2, lang=lang, cvd=cvd, step=4.6)  # fmt: skip
    furniture.notes(page, left, MARGIN + 15.5, width, report, lang)
    _enlarged(page, axes, report, left, width, lang, cvd)
    return page


def _enlarged(page: Page, axes: Axes, report: ProjectReport, x: float, width: float, lang: str, cvd: bool) -> None:
    """The project on its ground, below the figures of the location sheet."""
    base, high = MARGIN + 20.5, 92.0
    extent = fit_frame(_bounds(report.plots), (width, high), margin=0.06)
    scale = f"{word('detail', lang)} 1:{extent.scale:,}".replace(",", " ")
    page.text(x, base + high + 1.6, scale, size=7.5, bold=True)
    inner = furniture.map_axes(page, x, base, extent)
    faded_ground(inner, report, extent, cvd=cvd, avoid=report.plots, light=extent.scale >= WIDE)
    _footprint(inner, report, cvd=cvd)
    window_mark(axes, extent)


def _occupation(report: ProjectReport, f: SchemeFigures, *, lang: str, cvd: bool) -> Page:
    """What the project takes: land use, permanent farmland, and the pieces of it that go."""
    page, axes, extent, left, width = _frame_page(report, "occupation", _bounds(report.plots), lang)
    signs = _paint(axes, report, extent, taken=True, replacement=False, cvd=cvd, labels=True)
    _finish(page, axes, extent, lang)
    ink = styles()["project.taken"].colours(cvd=cvd)[0]
    down = page.heading(left, page.height - 32.5, word("map.occupation_ha", lang), width)
    down = _side_table(page, left, down, width, f, "out", lang, ink)
    down = page.heading(left, down - 2.5, word("map.land_ha", lang), width)
    down = _land_table(page, left, down, width, f, lang)
    down = _legend(page, left, down - 2.5, width, signs, lang, cvd)
    furniture.notes(page, left, MARGIN + 15.5, width, report, lang)
    detail = _insets(page, left, down, width, report, extent, furniture.unite([report.taken]), lang)
    if detail is not None:
        _paint(detail[0], report, detail[1], taken=True, replacement=False, cvd=cvd, labels=False)
        window_mark(axes, detail[1])
    return page


def _land_table(page: Page, x: float, y: float, width: float, f: SchemeFigures, lang: str) -> float:
    lines = [["", *[word(f"col.{h}", lang) for h in ("farm", "crop", "built", "unused")]]]
    for code, name in [*((c.code, c.name) for c in f.counties), ("", word("total", lang))]:
        parts = (f.land_ha(county=code, three="N"), f.land_ha(county=code, group="01"),
                 f.land_ha(county=code, three="J"), f.land_ha(county=code, three="W"))  # fmt: skip
        if any(parts):
            lines.append([name, *map(ha, parts)])
    return page.table(x, y, [width * s for s in (0.24, 0.2, 0.19, 0.19, 0.18)], lines, step=4.7)


def _replacement(report: ProjectReport, f: SchemeFigures, *, lang: str, cvd: bool) -> Page:
    """What replaces it: the plots that come in with their numbers in annex 2, the rest of the reserve pool hatched."""
    bounds = _bounds(report.plots, report.replacement)
    page, axes, extent, left, width = _frame_page(report, "replacement", bounds, lang)
    signs = _paint(axes, report, extent, taken=True, replacement=True, cvd=cvd, labels=True)
    reserve = draw.window(report.layers.reserve, extent)
    if reserve is not None:
        free = reserve[reserve["status"].astype(str).str.contains("可用")] if "status" in reserve else reserve
        if draw.plots(axes, free, styles()["reserve.available"], extent, order=5.4, cvd=cvd):
            signs["plan"].append(styles()["reserve.available"])
    _numbers(axes, report, extent)
    _finish(page, axes, extent, lang)
    ink = styles()["project.replacement"].colours(cvd=cvd)[0]
    out = styles()["project.taken"].colours(cvd=cvd)[0]
    down = page.heading(left, page.height - 32.5, word("map.replacement_ha", lang), width)
    down = _side_table(page, left, down, width, f, "in", lang, ink)
    down = page.heading(left, down - 2.5, word("map.occupation_ha", lang), width)
    down = _side_table(page, left, down, width, f, "out", lang, out)
    down = _legend(page, left, down - 2.5, width, signs, lang, cvd)
    furniture.notes(page, left, MARGIN + 15.5, width, report, lang)
    shown = furniture.unite([report.replacement])
    detail = _insets(page, left, down, width, report, extent, shown, lang)
    if detail is not None:
        _paint(detail[0], report, detail[1], taken=True, replacement=True, cvd=cvd, labels=False)
        _numbers(detail[0], report, detail[1])
        window_mark(axes, detail[1])
    return page


def _numbers(axes: Axes, report: ProjectReport, extent: Frame) -> None:
    """The number in annex 2 beside each plot that comes in."""
    from matplotlib.patheffects import withStroke

    from geo.report.map_page import font

    rows = report.replacement.sort_values(["county_code", "town_code", "village_code"], kind="stable")
    spots = shapely.get_coordinates(shapely.point_on_surface(rows.geometry.to_numpy()))
    rise = extent.scale * 0.0016
    for number, (east, north) in enumerate(spots, start=1):
        if extent.west < east < extent.east and extent.south < north < extent.north:
            axes.text(
                east, north + rise, str(number), fontproperties=font(True), size=6.5, color="#0A3F86", ha="center",
                va="bottom", zorder=8.5, clip_on=True, path_effects=[withStroke(linewidth=1.8, foreground="#FFFFFF")],
            )  # fmt: skip


def _before_after(report: ProjectReport, f: SchemeFigures, *, lang: str, cvd: bool) -> Page:
    """Two maps at one scale: permanent farmland before, and once the scheme is carried out."""
    page = Page()
    wide = (page.width - 2 * MARGIN - 8) / 2
    extent = fit_frame(_bounds(report.plots, report.replacement), (wide, 204.0), margin=0.04)
    _head(page, report, "before_after", extent, lang)
    base, admin, shared = 61.0, list[Style](), Shared()
    for number, key in enumerate(("map.before", "map.after")):
        x = MARGIN + number * (wide + 8)
        axes = furniture.map_axes(page, x, base, extent)
        admin = faded_ground(axes, report, extent, cvd=cvd, avoid=report.taken, light=extent.scale >= WIDE,
                             shared=shared)  # fmt: skip
        _footprint(axes, report, cvd=cvd, order=5.6)
        if number == 0:
            draw.plots(axes, report.taken, styles()["project.taken"], extent, order=6.2, cvd=cvd)
        else:
            left_over(axes, report.taken, extent)
            draw.plots(axes, report.replacement, styles()["project.replacement"], extent, order=6.4, cvd=cvd)
        page.box(x, base + extent.height_mm - 8.5, 26, 8.5, fill=INK)
        page.text(x + 13, base + extent.height_mm - 5.8, word(key, lang), size=11, bold=True, colour="#FFFFFF",
                  align="center")  # fmt: skip
    furniture.scale_bar(page, MARGIN + 3, base + 3, extent, lang)
    furniture.north_arrow(page, page.width - MARGIN - 10, base + extent.height_mm - 21, lang)
    down = page.heading(MARGIN, 54.0, word("map.compare_ha", lang), 132.0)
    _compare_table(page, MARGIN, down, 132.0, f, lang)
    named, (water, other) = styles(), faded_signs()
    used = [named[k] for k in ("project.footprint", "project.taken", "project.replacement", "farmland.kept")]
    page.heading(MARGIN + 140, 54.0, word("legend", lang), 136.0)
    furniture.legend(
        page, MARGIN + 140, 47.5,
        [
            [(word("legend.project", lang), used)],
            [(word("legend.control", lang), control_signs(report))],
            [(word("legend.land", lang), [water, other]), (word("legend.admin", lang), admin)],
        ],
        column_mm=42.6, lang=lang, cvd=cvd, step=4.4,
    )  # fmt: skip
    furniture.notes(page, MARGIN + 284, 51.0, page.width - 2 * MARGIN - 284, report, lang)
    return page


def _compare_table(page: Page, x: float, y: float, width: float, f: SchemeFigures, lang: str) -> None:
    heads = [word(f"col.{h}", lang) for h in ("out_ha", "in_ha", "more", "lifted")]
    lines = [["", *heads]]
    involved = [c for c in f.counties if c.out.plots or c.inn.plots]
    for c in [*involved, f.whole]:
        lifted = "–" if c.lifted is None else figure_text(c.lifted, 2, sign=True)
        lines.append(
            [c.name or word("total", lang), ha(c.out.ha), ha(c.inn.ha), figure_text(c.more_ha, 4, sign=True), lifted]
        )
    short = [c for c in involved if c.more_ha < 0 or (c.lifted or 0) < 0 or c.more_paddy_ha < 0]
    page.table(x, y, [width * s for s in (0.24, 0.2, 0.2, 0.2, 0.16)], lines, step=5.2,
               colours=[ALARM if short else INK] * 5)  # fmt: skip
