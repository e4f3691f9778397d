"""The three print sheets: what stands where on the A3 page."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.report import map_draw as draw
from geo.report import map_furniture as furniture
from geo.report.content import PlanReport
from geo.report.forms import review_form, weighted_grade
from geo.report.map_frame import Frame, fit_frame, plan_frame
from geo.report.map_page import ALARM, INK, SOFT, Page
from geo.report.palette import Style, class_style, layer_styles, styles
from geo.report.words import inside, word
from geo.standards.units import HA_M2, MU_M2, round_half_up

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

MARGIN, GAP = 10.0, 6.0
TOWN_DASH = (0, (5, 2, 1, 2))
COUNTY_DASH = (0, (7, 1.6, 1, 1.6))
GOOD_INK = "#1B7A3D"


def plan_sheet(report: PlanReport, *, lang: str = "zh", cvd: bool = False) -> Page:
    """The plan: one map to scale with everything that moves, key figures, verdicts, legend, enlargement, location."""
    page, extent = Page(), plan_frame(report)
    x, y = MARGIN + furniture.BAND_MM, MARGIN + furniture.BAND_MM
    furniture.header(page, report, _title(report, "plan", lang), _subtitle(report, extent, lang), lang)
    axes = furniture.map_axes(page, x, y, extent)
    signs = _paint_plan(axes, report, extent, cvd=cvd, labels=True)
    furniture.grid_band(page, axes, x, y, extent)
    furniture.scale_bar(page, x + 3, y + 3, extent, lang)
    furniture.north_arrow(page, x + extent.width_mm - 10, y + extent.height_mm - 21, lang)

    left = x + extent.width_mm + furniture.BAND_MM + GAP
    width = page.width - MARGIN - left
    down = _key_figures(page, left, page.height - 32.5, width, report, lang, cvd)
    down = _verdicts(page, left, down - 2.5, width, report, lang)
    down = page.heading(left, down - 2.5, word("legend", lang), width)
    half = (width - 4) / 2
    down = furniture.legend(
        page, left, down,
        [
            [(word("legend.plan", lang), signs["plan"]), (word("legend.control", lang), signs["control"]),
             (word("legend.admin", lang), signs["admin"])],
            [(word("legend.land", lang), signs["land"])],
        ],
        column_mm=half, lang=lang, cvd=cvd, step=4.3,
    )  # fmt: skip
    furniture.notes(page, left, MARGIN + 15.5, width, report, lang)
    moved = furniture.unite([report.moved_out, report.moved_in])
    detail = _insets(page, left, down, width, report, moved, lang)
    if detail is not None:
        _paint_plan(detail[0], report, detail[1], cvd=cvd, labels=False)
        _window_mark(axes, detail[1])
    return page


def before_after_sheet(report: PlanReport, *, lang: str = "zh", cvd: bool = False) -> Page:
    """Two maps at one scale: permanent farmland before, and after the plan, with the indices of both."""
    page = Page()
    wide = (page.width - 2 * MARGIN - 8) / 2
    west, south, east, north = (float(v) for v in report.layers.parcels.total_bounds)
    extent = fit_frame((west, south, east, north), (wide, 204.0))
    furniture.header(page, report, _title(report, "before_after", lang), _subtitle(report, extent, lang), lang)
    base, admin = 61.0, list[Style]()
    for number, key in enumerate(("before", "after")):
        x = MARGIN + number * (wide + 8)
        axes = furniture.map_axes(page, x, base, extent)
        admin = _paint_state(axes, report, extent, after=number == 1, cvd=cvd)
        page.box(x, base + extent.height_mm - 8.5, 26, 8.5, fill=INK)
        page.text(
            x + 13, base + extent.height_mm - 5.8, word(key, lang), size=11, bold=True, colour="#FFFFFF", align="center"
        )
    furniture.scale_bar(page, MARGIN + 3, base + 3, extent, lang)
    furniture.north_arrow(page, page.width - MARGIN - 10, base + extent.height_mm - 21, lang)
    _index_table(page, MARGIN, 54.0, 132.0, report, lang)
    named = styles()
    water = Style("", "", (), word("legend.water", "zh"), word("legend.water", "en"), "#CFE3F1", "#9DBFD6", 0.2, "",
                  "#B9D3E6", "#8FAFCB", "")  # fmt: skip
    other = Style("", "", (), word("legend.faded", "zh"), word("legend.faded", "en"), "#F4F1EA", "#D8D4CA", 0.2, "",
                  "#F0F0EC", "#C9C9C4", "")  # fmt: skip
    page.heading(MARGIN + 140, 54.0, word("legend", lang), 136.0)
    furniture.legend(
        page, MARGIN + 140, 47.5,
        [
            [(word("legend.plan", lang), [named["farmland.kept"], named["plan.out"], *_in_styles(report)])],
            [(word("legend.control", lang), _control_styles(report))],
            [(word("legend.land", lang), [water, other]), (word("legend.admin", lang), admin)],
        ],
        column_mm=42.6, lang=lang, cvd=cvd, step=4.4,
    )  # fmt: skip
    furniture.notes(page, MARGIN + 284, 51.0, page.width - 2 * MARGIN - 284, report, lang)
    return page


def fragments_sheet(report: PlanReport, *, lang: str = "zh", cvd: bool = False) -> Page:
    """Fragmented farmland inside the lines, with the sensitivity of the definition and the figures by township."""
    import geopandas as gpd

    page, extent = Page(), plan_frame(report)
    x, y = MARGIN + furniture.BAND_MM, MARGIN + furniture.BAND_MM
    furniture.header(page, report, _title(report, "fragments", lang), _subtitle(report, extent, lang), lang)
    axes = furniture.map_axes(page, x, y, extent)
    signs = _paint_ground(axes, report, extent, cvd=cvd, labels=True, avoid=None)
    found = report.fragments if isinstance(report.fragments, gpd.GeoDataFrame) else report.moved_out
    in_red = found["against"].astype(str).str.contains("redline").to_numpy(dtype=bool)
    shown = []
    for style, rows in (("fragment.boundary", ~in_red), ("fragment.redline", in_red)):
        if draw.plots(axes, found[rows], styles()[style], extent, order=6.0, cvd=cvd):
            shown.append(styles()[style])
    furniture.grid_band(page, axes, x, y, extent)
    furniture.scale_bar(page, x + 3, y + 3, extent, lang)
    furniture.north_arrow(page, x + extent.width_mm - 10, y + extent.height_mm - 21, lang)

    left = x + extent.width_mm + furniture.BAND_MM + GAP
    width = page.width - MARGIN - left
    down = _sensitivity_table(page, left, page.height - 32.5, width, report, lang)
    down = _fragments_by_town(page, left, down - 4, width, report, lang)
    down = page.heading(left, down - 4, word("legend", lang), width)
    down = furniture.legend(
        page, left, down,
        [
            [(word("fragments.piece", lang), [*shown, *signs["plan"]]),
             (word("legend.control", lang), signs["control"]), (word("legend.admin", lang), signs["admin"])],
            [(word("legend.land", lang), signs["land"])],
        ],
        column_mm=(width - 4) / 2, lang=lang, cvd=cvd, step=4.3,
    )  # fmt: skip
    furniture.notes(page, left, MARGIN + 15.5, width, report, lang)
    detail = _insets(page, left, down, width, report, furniture.unite([found]), lang)
    if detail is not None:
        _paint_ground(detail[0], report, detail[1], cvd=cvd, labels=False, avoid=None)
        for style, rows in (("fragment.boundary", ~in_red), ("fragment.redline", in_red)):
            draw.plots(detail[0], found[rows], styles()[style], detail[1], order=6.0, cvd=cvd)
        _window_mark(axes, detail[1])
    return page


def _paint_ground(
    axes: Axes, report: PlanReport, extent: Frame, *, cvd: bool, labels: bool, avoid: gpd.GeoDataFrame | None
) -> dict[str, list[Style]]:
    """Land use, permanent farmland, control lines, townships; the signs used by legend group."""
    layers = report.layers
    parcels = draw.window(layers.parcels, extent)
    land = draw.land_use(axes, parcels, fade=0.12, cvd=cvd) if parcels is not None else []
    kept = styles()["farmland.kept"]
    farmland = draw.window(layers.farmland, extent)
    if farmland is not None:
        colour, stroke = kept.colours(cvd=cvd)
        raster = len(farmland) > draw.RASTER_ABOVE
        draw.fill(
            axes, farmland.geometry, colour=colour, edge=draw.blend(colour, stroke, 0.45), width=0.2, order=2.0,
            raster=raster,
        )  # fmt: skip
    control = draw.control_lines(axes, layers.boundary, layers.redline, extent, cvd=cvd)
    admin: list[Style] = []
    towns = draw.window(layers.towns, extent)
    if towns is not None:
        line = styles()["towns.outline"]
        ink = line.colours(cvd=cvd)[1]
        draw.borders(axes, towns.geometry, colour=ink, width=line.width, order=5.0, dash=TOWN_DASH, casing=1.2)
        counties = _county_borders(axes, towns, cvd=cvd)
        admin = [*counties, line]
        if labels:
            draw.names(axes, towns, "unit_name", extent, size=13, colour="#3A464D", avoid=avoid)
    return {"land": land, "plan": [kept], "control": control, "admin": admin}


def _county_borders(axes: Axes, towns: gpd.GeoDataFrame, *, cvd: bool) -> list[Style]:
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


def _paint_plan(axes: Axes, report: PlanReport, extent: Frame, *, cvd: bool, labels: bool) -> dict[str, list[Style]]:
    import pandas as pd

    moved = pd.concat([report.moved_out[["geometry"]], report.moved_in[["geometry"]]])
    signs = _paint_ground(axes, report, extent, cvd=cvd, labels=labels, avoid=moved)
    out = styles()["plan.out"]
    shown = [out] if draw.plots(axes, report.moved_out, out, extent, order=6.2, cvd=cvd) else []
    for style in _in_styles(report):
        rows = [class_style("moved_in", str(s)).style == style.style for s in report.moved_in["source"]]
        if draw.plots(axes, report.moved_in[rows], style, extent, order=6.0, cvd=cvd):
            shown.append(style)
    waiting = report.waiting
    if "geometry" in waiting.columns and draw.plots(
        axes, waiting, styles()["plan.waiting"], extent, order=5.8, cvd=cvd
    ):
        shown.append(styles()["plan.waiting"])
    signs["plan"] = [*shown, *signs["plan"]]
    return signs


def _paint_state(axes: Axes, report: PlanReport, extent: Frame, *, after: bool, cvd: bool) -> list[Style]:
    """One of the two maps; the administrative signs used."""
    layers = report.layers
    admin: list[Style] = []
    parcels = draw.window(layers.parcels, extent)
    if parcels is not None:
        water = parcels["class_code"].astype(str).str.startswith(("1101", "1102", "1103", "1104"))
        raster = len(parcels) > draw.RASTER_ABOVE
        draw.fill(axes, parcels.geometry[~water], colour="#F4F1EA", edge="#E6E2D8", width=0.12, order=1, raster=raster)
        draw.fill(axes, parcels.geometry[water], colour="#CFE3F1", edge="#C3DAEA", width=0.12, order=1, raster=raster)
    colour, stroke = styles()["farmland.kept"].colours(cvd=cvd)
    farmland = draw.window(layers.farmland, extent)
    if farmland is not None:
        draw.fill(
            axes, farmland.geometry, colour=colour, edge=draw.blend(colour, stroke, 0.45), width=0.2, order=2,
            raster=len(farmland) > draw.RASTER_ABOVE,
        )  # fmt: skip
    draw.control_lines(axes, layers.boundary, layers.redline, extent, cvd=cvd)
    towns = draw.window(layers.towns, extent)
    if towns is not None:
        line = styles()["towns.outline"]
        draw.borders(axes, towns.geometry, colour=line.stroke, width=line.width, order=5, dash=TOWN_DASH, casing=1.2)
        admin = [*_county_borders(axes, towns, cvd=cvd), line]
        draw.names(axes, towns, "unit_name", extent, size=11, colour="#3A464D", avoid=report.moved_out)
    if after:
        # What left is plain ground again: paper colour with a thin outline.
        out = draw.window(report.moved_out, extent)
        if out is not None:
            draw.fill(axes, out.geometry, colour="#F4F1EA", edge="#9A8F96", width=0.35, order=6)
        for style in _in_styles(report):
            rows = [class_style("moved_in", str(s)).style == style.style for s in report.moved_in["source"]]
            draw.plots(axes, report.moved_in[rows], style, extent, order=6.1, cvd=cvd)
    else:
        draw.plots(axes, report.moved_out, styles()["plan.out"], extent, order=6.1, cvd=cvd)
    return admin


def _in_styles(report: PlanReport) -> list[Style]:
    used = {class_style("moved_in", str(s)).style for s in report.moved_in["source"]}
    return [s for s in layer_styles("moved_in") if s.style in used]


def _control_styles(report: PlanReport) -> list[Style]:
    found: list[Style] = []
    for layer, frame, column in (
        ("boundary", report.layers.boundary, "zone_name"), ("redline", report.layers.redline, "control_zone")
    ):  # fmt: skip
        if frame is not None and len(frame):
            used = {class_style(layer, str(n)).style for n in frame[column].fillna("")}
            found += [s for s in layer_styles(layer) if s.style in used]
    return found


def _insets(
    page: Page, x: float, y: float, width: float, report: PlanReport, shown: list[Any], lang: str
) -> tuple[Axes, Frame] | None:
    """Location map and, beside it, bare axes for an enlargement of where most of ``shown`` lies; None without room."""
    base, half = MARGIN + 20.5, (width - 4) / 2
    high = min(60.0, y - base - 6.5)
    if high < 25:
        return None
    furniture.location_map(page, x + half + 4, base, (half, high), report)
    page.text(x + half + 4, base + high + 1.6, word("location", lang), size=7.5, bold=True)
    if not shown:
        return None
    detail = _detail_frame(shown, (half, high))
    page.text(x, base + high + 1.6, f"{word('detail', lang)} 1:{detail.scale:,}".replace(",", " "), size=7.5, bold=True)
    square = plan_frame(report).square((detail.west + detail.east) / 2, (detail.south + detail.north) / 2)[0]
    page.text(x + half, base + high + 1.6, square, size=7.5, colour=SOFT, align="right")
    return furniture.map_axes(page, x, base, detail), detail


def _detail_frame(shown: list[Any], size_mm: tuple[float, float]) -> Frame:
    """The 1:10 000 window that holds the most plots."""
    middle = shapely.get_coordinates(shapely.centroid(np.array(shown, dtype=object)))
    half = np.array(size_mm) / 2000 * 10_000
    best, score = middle[0], -1
    for spot in middle[:: max(1, len(middle) // 400)]:
        near = (np.abs(middle - spot) < half * 0.85).all(axis=1)
        if int(near.sum()) > score:
            best, score = middle[near].mean(axis=0), int(near.sum())
    return fit_frame((best[0] - half[0], best[1] - half[1], best[0] + half[0], best[1] + half[1]), size_mm, margin=0.0)


def _window_mark(axes: Axes, detail: Frame) -> None:
    corners = [(detail.west, detail.south), (detail.east, detail.south), (detail.east, detail.north),
               (detail.west, detail.north), (detail.west, detail.south)]  # fmt: skip
    for ink, wide in (("#FFFFFF", 2.6), (INK, 1.1)):
        axes.plot([c[0] for c in corners], [c[1] for c in corners], color=ink, linewidth=wide, zorder=9)


def _title(report: PlanReport, kind: str, lang: str) -> str:
    name = report.name[lang]
    # The mark of invented data has its own place on the sheet: not twice.
    for mark in ("（示例数据，非真实地块）", " (sample data, not real parcels)"):
        name = name.replace(mark, "")
    return f"{name}{word(f'map.{kind}', lang)}" if lang == "zh" else f"{word(f'map.{kind}', lang)} – {name}"


def _subtitle(report: PlanReport, extent: Frame, lang: str) -> str:
    scale = f"{word('scale', lang)} 1:{extent.scale:,}".replace(",", " ")
    made = f"{word('made', lang)} {report.made.date().isoformat()}"
    return f"{scale}    {word('rules_on', lang)} {report.on.isoformat()}    {made}"


def _key_figures(page: Page, x: float, y: float, width: float, report: PlanReport, lang: str, cvd: bool) -> float:
    down = page.heading(x, y, word("figures", lang), width)
    form = review_form(report)
    out_ink = styles()["plan.out"].colours(cvd=cvd)[0]
    in_ink = styles()["plan.in_reserve"].colours(cvd=cvd)[0]
    third = width / 3
    ratio = form.inn["share"]
    big = (
        (word("out", lang), _figure(form.out["total_mu"], 2), word("unit.mu", lang), out_ink),
        (word("in", lang), _figure(form.inn["total_mu"], 2), word("unit.mu", lang), in_ink),
        (word("ratio", lang), "–" if ratio is None else f"{ratio:.2f}%", "", INK),
    )
    for number, (label, value, unit, ink) in enumerate(big):
        left = x + number * third
        page.text(left, down - 0.6, label, size=7.5, colour=SOFT)
        page.fitted(left, down - 7.6, f"{value} {unit}".strip(), third - 3, size=15, bold=True, colour=ink)
    down -= 14.0
    lines = [["", word("out", lang), word("in", lang), word("change", lang)]]
    for key, digits in (("pieces", 0), ("total_ha", 4), ("grade", 2), ("class_paddy", 2), ("mean_mu", 2)):
        label = {"total_ha": "area_ha", "class_paddy": "paddy_mu"}.get(key, key)
        before, after = form.out[key], form.inn[key]
        change = None if before is None or after is None else after - before
        lines.append(
            [word(label, lang), _figure(before, digits), _figure(after, digits), _figure(change, digits, sign=True)]
        )
    return page.table(
        x, down, [width * 0.34, *[width * 0.22] * 3], lines, colours=[INK, out_ink, in_ink, INK], step=4.7
    )


def _verdicts(page: Page, x: float, y: float, width: float, report: PlanReport, lang: str) -> float:
    down = page.heading(x, y, word("verdicts", lang), width)
    for verdict in review_form(report).verdicts:
        label, figures = verdict.words(lang)
        _mark(page, x + 1.6, down + 0.9, verdict.passed)
        page.fitted(x + 5, down, label, 30, size=7.8, bold=True)
        page.fitted(x + 36, down, figures, width - 36, size=7.2)
        down -= 5.0
    return down


def _mark(page: Page, x: float, y: float, passed: bool | None) -> None:
    """A tick, a cross or a question in a disc; told by its shape, not only by its colour."""
    from matplotlib.patches import Circle

    ink = GOOD_INK if passed else ALARM if passed is False else "#8A8F93"
    page.sheet.add_patch(Circle((x, y), 1.7, facecolor=ink, edgecolor="none"))
    if passed:
        page.sheet.plot([x - 0.8, x - 0.2, x + 0.9], [y, y - 0.65, y + 0.7], color="#FFFFFF", linewidth=1.1)
    elif passed is False:
        page.sheet.plot([x - 0.6, x + 0.6], [y - 0.6, y + 0.6], color="#FFFFFF", linewidth=1.1)
        page.sheet.plot([x - 0.6, x + 0.6], [y + 0.6, y - 0.6], color="#FFFFFF", linewidth=1.1)
    else:
        page.text(x, y - 0.85, "?", size=6.5, bold=True, colour="#FFFFFF", align="center")


def _index_table(page: Page, x: float, y: float, width: float, report: PlanReport, lang: str) -> float:
    before, after = report.indices_before, report.indices_after
    lines = [["", word("before", lang), word("after", lang), word("change", lang)]]
    for key, label, per, digits in (
        ("patches", "patches", 1.0, 0),
        ("mean_patch_m2", "mean_patch_mu", MU_M2, 2),
        ("contiguity", "contiguity", 1.0, 5),
    ):
        a, b = before[key] / per, after[key] / per
        lines.append([word(label, lang), _figure(a, digits), _figure(b, digits), _figure(b - a, digits, sign=True)])
    out, inn = report.moved_out, report.moved_in
    total = report.farmland_net_m2
    moved = float(inn["net_area_m2"].sum()) - float(out["net_area_m2"].sum())
    lines.append([word("area_ha", lang), _figure(total / HA_M2, 4), _figure((total + moved) / HA_M2, 4),
                  _figure(moved / HA_M2, 4, sign=True)])  # fmt: skip
    first, second = weighted_grade(out), weighted_grade(inn)
    lifted = None if first is None or second is None else round_half_up(second, 2) - round_half_up(first, 2)
    label = f"{word('grade', lang)} ({word('out', lang)} → {word('in', lang)})"
    lines.append([label, _figure(first, 2), _figure(second, 2), _figure(lifted, 2, sign=True)])
    down = page.heading(x, y, word("figures", lang), width)
    return page.table(x, down, [width * 0.4, *[width * 0.2] * 3], lines, step=5.2)


def _sensitivity_table(page: Page, x: float, y: float, width: float, report: PlanReport, lang: str) -> float:
    table = report.sensitivity
    down = page.heading(x, y, word("fragments.sens", lang), width)
    if not len(table):
        return down
    limits = sorted(table["threshold_m2"].unique())
    lines = [[word("fragments.gap", lang), *[f"≤ {v / MU_M2:g} {word('unit.mu', lang)}" for v in limits]]]
    for gap, group in table.groupby("gap_m"):
        cells = {
            float(t): f"{int(n):,} / {a / MU_M2:,.2f}"
            for t, n, a in zip(group["threshold_m2"], group["blocks"], group["net_area_m2"], strict=True)
        }
        lines.append([f"{gap:g} m", *[cells.get(float(v), "–") for v in limits]])
    rest = width * 0.8 / max(len(limits), 1)
    return page.table(x, down, [width * 0.2, *[rest] * len(limits)], lines, step=5.2)


def _fragments_by_town(page: Page, x: float, y: float, width: float, report: PlanReport, lang: str) -> float:
    down = page.heading(x, y, word("fragments.by_town", lang), width)
    if not len(report.fragments):
        return down
    lines = [[word("town", lang), word("pieces", lang), word("area_mu", lang)]]
    for (town, against), group in report.fragments.groupby(["town_name", "against"], sort=False):
        area = float(group["inside_net_area_m2"].sum()) / MU_M2
        lines.append([f"{town}  {inside(against, lang)}", f"{len(group):,}", f"{area:,.2f}"])
    return page.table(x, down, [width * 0.62, width * 0.17, width * 0.21], lines[:14], step=4.9)


def _figure(value: float | None, digits: int, *, sign: bool = False) -> str:
    if value is None:
        return "–"
    return f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"
