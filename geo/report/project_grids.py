"""THE TABLES OF A SCHEME: what stands in the grids of a 占用补划方案, as text, before any paper or sheet."""

from __future__ import annotations

from dataclasses import dataclass

from geo.report.project_content import ProjectReport
from geo.report.project_figures import County, SchemeFigures
from geo.report.words import word
from geo.report.workbook import short_citation, sure_text, told_figures
from geo.report.workbook_front import mark
from geo.standards.units import HA_M2, figure_text, round_half_up


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as shown: heads, rows of text, widths in mm, size in points; the last ``totals`` rows are totals."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths_mm: tuple[float, ...]
    totals: int = 0
    size: float = 8.5


def ha(value: float) -> str:
    """公顷 of the forms: four decimals."""
    return f"{value:,.4f}"


def grade(value: float | None) -> str:
    """A mean grade: two decimals; – without any."""
    return "–" if value is None else f"{value:.2f}"


def land_grid(f: SchemeFigures, lang: str) -> Grid:
    heads = ("county", "area", "farm", "crop", "paddy", "built", "unused", "pbf")
    lines = []
    for code, name, side in [
        *((c.code, c.name, c.out) for c in f.counties),
        ("", word("col.total", lang), f.whole.out),
    ]:
        crop = f.land_ha(county=code, group="01")
        paddy = f.land_ha(county=code, group="0101")
        parts = [f.land_ha(county=code, three=three) for three in ("N", "J", "W")]
        total = round_half_up(sum(parts), 4) if code else f.total_ha
        lines.append((name, *map(ha, (total, parts[0], crop, paddy, parts[1], parts[2], side.ha))))
    return Grid(tuple(word(f"col.{h}", lang) for h in heads), tuple(lines), (22, 23, 23, 23, 23, 23, 22, 23), 1)


def overlay_grid(report: ProjectReport, lang: str) -> Grid:
    heads = (word("col.no", lang), word("col.layer", lang), word("col.plots", lang), word("col.overlay_ha", lang))
    rows = []
    for k, row in enumerate(report.overlays.to_dict("records"), start=1):
        # A layer that was not given is never told as nought.
        known = row["status"] != "no_layer"
        figures = (
            (f"{int(row['pieces']):,}", ha(to_ha(row["area_m2"]))) if known else ("–", word("scheme.no_layer", lang))
        )
        rows.append((str(k), str(row[lang]), *figures))
    return Grid(heads, tuple(rows), (14, 96, 30, 42))


def options_grid(report: ProjectReport, lang: str) -> Grid:
    heads = tuple(
        word(f"col.{h}", lang) for h in ("option", "area", "crop", "pbf", "paddy", "grade", "redline", "boundary")
    )
    rows = []
    for row in report.options.to_dict("records"):
        name = str(row["option"]) + (word("col.recommended", lang) if row["chosen"] else "")
        figures = [ha(to_ha(row[c])) for c in ("area_m2", "cropland_m2", "farmland_net_m2", "farmland_paddy_m2")]
        rows.append(
            (name, *figures, grade(known(row["farmland_grade"])), ha(to_ha(row["redline_m2"])),
             ha(to_ha(row["boundary_m2"])))
        )  # fmt: skip
    return Grid(heads, tuple(rows), (26, 23, 23, 23, 23, 18, 23, 23))


def to_ha(value: float) -> float:
    return round_half_up(float(value) / HA_M2, 4)


def known(value: float) -> float | None:
    return None if value is None or value != value else round_half_up(float(value), 2)


def county_grid(f: SchemeFigures, involved: list[County], lang: str) -> Grid:
    heads = [word("col.county", lang)]
    for side in ("out", "in"):
        heads += [word(f"col.{side}_ha", lang), *(word(f"col.{h}", lang) for h in ("paddy", "plots", "grade"))]
    heads += [word("col.more", lang), word("col.lifted", lang)]
    rows = []
    for county in [*involved, f.whole]:
        line = [county.name or word("col.total", lang)]
        for shown in (county.out, county.inn):
            line += [ha(shown.ha), ha(shown.paddy_ha), f"{shown.plots:,}", grade(shown.grade)]
        lifted = "–" if county.lifted is None else figure_text(county.lifted, 2, sign=True)
        rows.append((*line, figure_text(county.more_ha, 4, sign=True), lifted))
    return Grid(tuple(heads), tuple(rows), (17, 19.5, 19.5, 12.5, 14, 19.5, 19.5, 12.5, 14, 18, 15), 1)


def checks_grid(report: ProjectReport, lang: str) -> Grid:
    heads = ("no", "rule", "verdict", "measured", "limit", "article", "sure")
    rows = []
    for number, judgement in enumerate(report.judgements, start=1):
        measured, limit, unit = (shown(v) for v in told_figures(judgement, lang))
        if judgement.unit == "flag":
            measured, limit = (word("yes" if v == "1" else "no", lang) if v in "01" else v for v in (measured, limit))
            unit = ""
        rows.append(
            (str(number), judgement.label(lang), mark(judgement.passed, lang)[0], f"{measured} {unit}".strip(),
             f"{limit} {unit}".strip(), short_citation(judgement.article(lang)), sure_text(judgement.sure, lang))
        )  # fmt: skip
    return Grid(tuple(word(f"col.{h}", lang) for h in heads), tuple(rows), (10, 44, 18, 26, 26, 40, 18))


def shown(value: float | str) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, int | float) else value


_UNITS_EN = {"公顷": "ha", "千克": "kg"}


def _unit(name: str, lang: str) -> str:
    """A unit of the ledger in the paper's language; one that nobody translated stays as it is."""
    return name if lang == "zh" else _UNITS_EN.get(name, name)


def indicator_grid(report: ProjectReport, f: SchemeFigures, lang: str) -> Grid:
    names = {c.code: c.name for c in f.counties}
    heads = ("county", "regime", "indicator", "needed", "unit")
    rows = tuple(
        (names.get(str(r["county_code"]), str(r["county_code"])) or word("col.total", lang), str(r["regime"]),
         str(r[lang]), shown(float(r["needed"])), _unit(str(r["unit"]), lang))
        for r in report.indicators.to_dict("records")
    )  # fmt: skip
    return Grid(tuple(word(f"col.{h}", lang) for h in heads), rows, (34, 34, 50, 40, 24))


def alternative_grid(report: ProjectReport, lang: str) -> Grid:
    heads = ("option", "plots", "in_ha", "paddy", "grade", "distance", "leftover", "differs", "worse")
    rows = []
    for row in report.alternatives.to_dict("records"):
        name = str(row["label"]) + (word("col.recommended", lang) if row["chosen"] else "")
        differs, worse = (
            "–" if row["chosen"] or row[c] != row[c] else f"{float(row[c]):.1%}" for c in ("differs", "worse_by")
        )
        rows.append(
            (name, f"{int(row['plots']):,}", ha(to_ha(row["net_area_m2"])), ha(to_ha(row["paddy_m2"])),
             grade(known(row["grade"])), f"{float(row['distance_m']):,.0f}", ha(to_ha(row["leftover_m2"])), differs,
             worse)
        )  # fmt: skip
    return Grid(tuple(word(f"col.{h}", lang) for h in heads), tuple(rows), (26, 14, 21, 21, 15, 20, 20, 22, 23))
