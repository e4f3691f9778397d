"""The three print sheets: what stands where on the A3 page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.report import map_draw as draw
from geo.report import map_furniture as furniture
from geo.report.content import PlanReport
from geo.report.forms import review_form, weighted_grade
from geo.report.map_frame import Frame, fit_frame, plan_frame
from geo.report.map_ground import (
    control_signs,
    decimals,
    detail_frame,
    faded_ground,
    faded_signs,
    left_over,
    paint_ground,
    window_mark,
)
from geo.report.map_page import ALARM, INK, SOFT, Page
from geo.report.map_raster import Shared
from geo.report.palette import Style, class_style, layer_styles, styles
from geo.report.words import inside, word
from geo.standards.units import HA_M2, MU_M2, round_half_up

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARGIN, GAP = 10.0, 6.0
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
        window_mark(axes, detail[1])
    return page


def before_after_sheet(report: PlanReport, *, lang: str = "zh", cvd: bool = False) -> Page:
    """Two maps at one scale: permanent farmland before, and after the plan, with the indices of both."""
    page = Page()
    wide = (page.width - 2 * MARGIN - 8) / 2
    west, south, east, north = (float(v) for v in report.layers.parcels.total_bounds)
    extent = fit_frame((west, south, east, north), (wide, 204.0))
    furniture.header(page, report, _title(report, "before_after", lang), _subtitle(report, extent, lang), lang)
    base, admin, shared = 61.0, list[Style](), Shared()
    for number, key in enumerate(("before", "after")):
        x = MARGIN + number * (wide + 8)
        axes = furniture.map_axes(page, x, base, extent)
        admin = _paint_state(axes, report, extent, after=number == 1, cvd=cvd, shared=shared)
        page.box(x, base + extent.height_mm - 8.5, 26, 8.5, fill=INK)
        page.text(
            x + 13, base + extent.height_mm - 5.8, word(key, lang), size=11, bold=True, colour="#FFFFFF", align="center"
        )
    furniture.scale_bar(page, MARGIN + 3, base + 3, extent, lang)
    furniture.north_arrow(page, page.width - MARGIN - 10, base + extent.height_mm - 21, lang)
    _index_table(page, MARGIN, 54.0, 132.0, report, lang)
    named = styles()
    water, other = faded_signs()
    page.heading(MARGIN + 140, 54.0, word("legend", lang), 136.0)
    furniture.legend(
        page, MARGIN + 140, 47.5,
        [
            [(word("legend.plan", lang), [named["farmland.kept"], named["plan.out"], *_in_styles(report)])],
            [(word("legend.control", lang), control_signs(report))],
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
    signs = paint_ground(axes, report, extent, cvd=cvd, labels=True, avoid=None)
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
        paint_ground(detail[0], report, detail[1], cvd=cvd, labels=False, avoid=None)
        for style, rows in (("fragment.boundary", ~in_red), ("fragment.redline", in_red)):
            draw.plots(detail[0], found[rows], styles()[style], detail[1], order=6.0, cvd=cvd)
        window_mark(axes, detail[1])
    return page


def _paint_plan(axes: Axes, report: PlanReport, extent: Frame, *, cvd: bool, labels: bool) -> dict[str, list[Style]]:
    import pandas as pd

    moved = pd.concat([report.moved_out[["geometry"]], report.moved_in[["geometry"]]])
    signs = paint_ground(axes, report, extent, cvd=cvd, labels=labels, avoid=moved)
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


def _paint_state(
    axes: Axes, report: PlanReport, extent: Frame, *, after: bool, cvd: bool, shared: Shared
) -> list[Style]:  # fmt: skip
    """One of the two maps; the administrative signs used."""
    admin = faded_ground(axes, report, extent, cvd=cvd, avoid=report.moved_out, shared=shared)
    if not after:
        draw.plots(axes, report.moved_out, styles()["plan.out"], extent, order=6.1, cvd=cvd)
        return admin
    left_over(axes, report.moved_out, extent)
    for style in _in_styles(report):
        rows = [class_style("moved_in", str(s)).style == style.style for s in report.moved_in["source"]]
        draw.plots(axes, report.moved_in[rows], style, extent, order=6.1, cvd=cvd)
    return admin


def _in_styles(report: PlanReport) -> list[Style]:
    used = {class_style("moved_in", str(s)).style for s in report.moved_in["source"]}
    return [s for s in layer_styles("moved_in") if s.style in used]


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
    detail = detail_frame(shown, (half, high))
    page.text(x, base + high + 1.6, f"{word('detail', lang)} 1:{detail.scale:,}".replace(",", " "), size=7.5, bold=True)
    square = plan_frame(report).square((detail.west + detail.east) / 2, (detail.south + detail.north) / 2)[0]
    page.text(x + half, base + high + 1.6, square, size=7.5, colour=SOFT, align="right")
    return furniture.map_axes(page, x, base, detail), detail


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
        (word("out", lang), decimals(form.out["total_mu"], 2), word("unit.mu", lang), out_ink),
        (word("in", lang), decimals(form.inn["total_mu"], 2), word("unit.mu", lang), in_ink),
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
            [
                word(label, lang),
                decimals(before, digits),
                decimals(after, digits),
                decimals(change, digits, sign=True),
            ]
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
        lines.append([word(label, lang), decimals(a, digits), decimals(b, digits), decimals(b - a, digits, sign=True)])
    out, inn = report.moved_out, report.moved_in
    total = report.farmland_net_m2
    moved = float(inn["net_area_m2"].sum()) - float(out["net_area_m2"].sum())
    lines.append([word("area_ha", lang), decimals(total / HA_M2, 4), decimals((total + moved) / HA_M2, 4),
                  decimals(moved / HA_M2, 4, sign=True)])  # fmt: skip
    first, second = weighted_grade(out), weighted_grade(inn)
    lifted = None if first is None or second is None else round_half_up(second, 2) - round_half_up(first, 2)
    label = f"{word('grade', lang)} ({word('out', lang)} → {word('in', lang)})"
    lines.append([label, decimals(first, 2), decimals(second, 2), decimals(lifted, 2, sign=True)])
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
