"""THE WORKBOOK: cover, official review form, plots, balances, fragments, conflicts, checks, refusals, run record.

No formula is ever written: figures are values, and text from data stays text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import shapely

from geo.policy.article import SURE, mark_text
from geo.policy.book import load_book
from geo.report import workbook_front as front
from geo.report.content import PlanReport
from geo.report.forms import review_form
from geo.report.map_frame import plan_frame
from geo.report.text import cell_text, plain
from geo.report.words import coded, word
from geo.report.workbook_table import Styler, note, table, title
from geo.report.writing import replacing
from geo.standards.land import admin_units
from geo.standards.messages import catalogue
from geo.standards.units import MU_M2, round_half_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

SHEETS = (
    "cover", "form", "moved_out", "moved_in", "by_county", "by_town", "fragments", "conflicts", "judgements",
    "refused", "waiting", "record",
)  # fmt: skip


def write_workbook(report: PlanReport, path: Path | str, *, lang: str = "zh") -> Path:
    """Writes the XLSX; returns its path. Raises OSError when the folder cannot be written; nothing half stays."""
    import xlsxwriter

    path = Path(path)
    with replacing(path) as temporary:
        book = xlsxwriter.Workbook(
            str(temporary),
            {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        book.set_properties(
            {
                "title": f"{plain(report.name[lang])} {word('title.cover', lang)}",
                "subject": word("synthetic", lang) if report.synthetic else "",
                "comments": f"run {report.run_id}",
                "author": f"Tianchou {report.software.get('tianchou', '')}",
                # The run's own time: the same run gives the same file.
                "created": datetime.fromisoformat(report.created).replace(tzinfo=None),
            }
        )
        _fill(book, report, lang)
        book.close()
    return path


def _fill(book: Workbook, report: PlanReport, lang: str) -> None:
    style = Styler(book, lang)
    sheets = {name: book.add_worksheet(word(f"book.{name}", lang)) for name in SHEETS}
    for name, sheet in sheets.items():
        _page(sheet, report, lang, name)
    front.cover(sheets["cover"], style, report, [word(f"book.{n}", lang) for n in SHEETS[1:]])
    front.review_sheet(sheets["form"], style, report)
    _list(sheets["moved_out"], style, "moved_out", _plots(report, report.moved_out), report, "note.square")
    _list(sheets["moved_in"], style, "moved_in", _plots(report, report.moved_in), report, "note.square")
    form = review_form(report)
    told = {"out_paddy_m2": form.out["class_paddy"], "in_paddy_m2": form.inn["class_paddy"]}
    for name, frame in (("by_county", report.by_county), ("by_town", report.by_town)):
        _list(sheets[name], style, name, _balance(frame), report, "note.balance", controls=told)
    _fragments(sheets["fragments"], style, report)
    _list(sheets["conflicts"], style, "conflicts", report.conflicts, report, "note.conflicts")
    _list(sheets["judgements"], style, "judgements", _judgements(report, lang), report)
    _refused(sheets["refused"], style, report)
    _list(sheets["waiting"], style, "waiting", _reasons(report.waiting, lang), report)
    _record(sheets["record"], style, report)
    sheets["cover"].activate()


def _page(sheet: Worksheet, report: PlanReport, lang: str, name: str) -> None:
    sheet.set_paper(8 if name in ("moved_out", "moved_in") else 9)  # A3 for the wide lists, else A4
    if name in ("cover", "form", "conflicts", "waiting"):
        sheet.set_portrait()
    else:
        sheet.set_landscape()
    sheet.set_margins(left=0.5, right=0.5, top=0.55, bottom=0.65)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 1 if name in ("cover", "form") else 0)
    sheet.hide_gridlines(2)
    mark = word("synthetic", lang) if report.synthetic else ""
    sheet.set_footer(f"&L&8{mark}&C&8{word('page', lang)}&R&8{word('run', lang)} {plain(report.run_id)}")


def _list(
    sheet: Worksheet, style: Styler, name: str, frame: pd.DataFrame, report: PlanReport, *notes: str,
    controls: Mapping[str, float | None] | None = None,
) -> None:  # fmt: skip
    """A sheet with one table: title, notes, head that stays in view and repeats on every printed page."""
    row = title(sheet, style, word(f"title.{name}", style.lang), synthetic=report.synthetic)
    for key in notes:
        row = note(sheet, style, row, word(key, style.lang))
    after = table(sheet, style, name, frame, row, controls=controls)
    sheet.freeze_panes(row + 1, 0)
    sheet.repeat_rows(row)
    if after - row > 3 and len(frame):
        last = len([c for c in _shown(name) if c in frame.columns]) - 1
        sheet.autofilter(row, 0, row + len(frame), last)


def _shown(name: str) -> list[str]:
    from geo.report.workbook_table import columns

    return [c.key for c in columns(name)]


def _plots(report: PlanReport, frame: Any) -> pd.DataFrame:
    """Rows numbered by township, with the county's name and the square of the plan sheet."""
    units = admin_units()
    middle = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()))
    squares = plan_frame(report).square(middle[:, 0], middle[:, 1]) if len(frame) else np.array([], dtype=str)
    counties = [units[c].zh if c in units else c for c in frame["county_code"].astype(str)]
    told: pd.DataFrame = frame.drop(columns=frame.geometry.name).assign(square=squares, county=counties)
    told = told.sort_values(["county_code", "town_code"], kind="stable")
    return told.assign(number=np.arange(1, len(told) + 1))


def _balance(frame: pd.DataFrame) -> pd.DataFrame:
    out, inn = frame["out_net_m2"].astype(float), frame["in_net_m2"].astype(float)
    told = frame.assign(net_change_m2=inn - out, ratio=(inn / out).where(out > 0))
    if "farmland_net_m2" in frame:
        whole = frame["farmland_net_m2"].astype(float)
        told = told.assign(share=(out / whole).where(whole > 0))
    return told


def _fragments(sheet: Worksheet, style: Styler, report: PlanReport) -> None:
    frame = report.fragments
    if "geometry" in frame.columns and len(frame):
        middle = shapely.get_coordinates(shapely.point_on_surface(frame["geometry"].to_numpy()))
        frame = frame.assign(square=plan_frame(report).square(middle[:, 0], middle[:, 1]))
    frame = frame.assign(number=np.arange(1, len(frame) + 1))
    row = title(sheet, style, word("title.sensitivity", style.lang), synthetic=report.synthetic)
    row = table(sheet, style, "sensitivity", report.sensitivity, row, widths=False)
    row = title(sheet, style, word("title.fragments", style.lang), synthetic=False, row=row + 1)
    table(sheet, style, "fragments", frame, row)
    sheet.repeat_rows(row)


ALREADY_FARMLAND = "PL105"


def _refused(sheet: Worksheet, style: Styler, report: PlanReport) -> None:
    frame = _reasons(report.refused, style.lang)
    # Thousands of parcels are refused only because they are permanent farmland already: counted, not listed one by one.
    listed = frame[report.refused["reason"].to_numpy() != ALREADY_FARMLAND]
    listed = listed.assign(number=np.arange(1, len(listed) + 1))
    row = title(sheet, style, word("title.refused_sum", style.lang), synthetic=report.synthetic)
    for place, key in ((0, "count.n"), (2, "count.reason")):
        sheet.write_string(row, place, word(key, style.lang), style.head())
    sheet.merge_range(row, 0, row, 1, word("count.n", style.lang), style.head())
    general = {r: _general(str(r), frame, style.lang) for r in frame["reason"].unique()}
    for reason, number in frame["reason"].value_counts(sort=True).items():
        row += 1
        sheet.merge_range(row, 0, row, 1, int(number), style.cell(num_format="#,##0", align="center"))
        sheet.write_string(row, 2, cell_text(general[reason]), style.cell(indent=1))
    row = title(sheet, style, word("title.refused", style.lang), synthetic=False, row=row + 2)
    row = note(sheet, style, row, word("note.refused", style.lang))
    table(sheet, style, "refused", listed, row)
    sheet.repeat_rows(row)


def _general(code: str, frame: pd.DataFrame, lang: str) -> str:
    """A reason without the figures of one candidate."""
    if code not in catalogue():
        return str(frame.loc[frame["reason"] == code, "reason_text"].iloc[0])
    words = _sentence(code, "…", "…", "", lang=lang)
    return f"{words}（{code}）" if lang == "zh" else f"{words} ({code})"


def _reasons(frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The frame numbered, with ``reason_text`` (the sentence of the reason's code) and the article cited in words."""
    named = f"reason_{lang}"
    if named in frame.columns:
        text = frame[named].astype(str).tolist()
    else:
        columns = [frame[c].tolist() if c in frame else [""] * len(frame) for c in ("measured", "limit", "unit")]
        text = [_sentence(str(r), *v, lang=lang) for r, *v in zip(frame["reason"], *columns, strict=True)]
    told = frame.assign(reason_text=text, number=np.arange(1, len(frame) + 1))
    if "article" in told:
        told = told.assign(article=[short_citation(cited(str(a), lang)) for a in told["article"]])
    return told.assign(unit=told["unit"].replace("m2", "m²")) if "unit" in told else told


def _sentence(code: str, measured: Any, limit: Any, unit: Any, *, lang: str) -> str:
    """The catalogue's sentence without its subject, which stands in a column of its own; the code when it has none."""
    entry = catalogue().get(code)
    if entry is None:
        return coded("reason", code, lang)
    shown = [f"{v:,.2f}" if isinstance(v, float) else plain(v) for v in (measured, limit)]
    words = {"subject": "", "measured": shown[0], "limit": shown[1], "unit": plain(unit).replace("m2", "m²")}
    said = entry.text(lang).format_map(defaultdict(lambda: "…", words))
    return said.lstrip(" :：，,").rstrip("。.")


def short_citation(citation: str) -> str:
    """A Chinese citation by its number alone, for lists of thousands of rows; others as they stand."""
    return re.sub(r"《[^》]*》（([^（）]*(?:〔\d+〕|令第)\d+号)）", r"\1", citation)


@cache
def cited(article: str, lang: str) -> str:
    """An article of the rule book as it is cited; the text as it stands when the book has no such id."""
    book = load_book()
    if article not in book.articles:
        return plain(article)
    return book.article(article).citation(lang)


def _judgements(report: PlanReport, lang: str) -> pd.DataFrame:
    import pandas as pd

    lines = []
    for number, judgement in enumerate(report.judgements, start=1):
        measured, limit, unit = told_figures(judgement, lang)
        lines.append(
            {
                "number": number, "label": judgement.label(lang), "verdict": front.mark(judgement.passed, lang)[0],
                "measured": measured, "limit": limit, "unit": unit, "article": judgement.article(lang),
                "sure": sure_text(judgement.sure, lang),
            }
        )  # fmt: skip
    return pd.DataFrame(lines, columns=_shown("judgements"))


class Judged(Protocol):
    """What was measured against which limit: a rule's own answer, or its line in a report."""

    @property
    def measured(self) -> float | str | None: ...
    @property
    def limit(self) -> float | str | None: ...
    @property
    def unit(self) -> str: ...


def told_figures(judgement: Judged, lang: str) -> tuple[float | str, float | str, str]:
    """Measured, limit and unit as a person reads them: m² as 亩, a share as percent, the rest as it stands."""
    per = {"m2": 1 / MU_M2, "share": 100.0}.get(judgement.unit, 1.0)
    digits = 2 if judgement.unit in ("m2", "share") else 4

    def told(value: float | str | None) -> float | str:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return round_half_up(value * per, digits)
        return "–" if value is None else plain(value)

    return told(judgement.measured), told(judgement.limit), coded("unit", judgement.unit, lang).removeprefix("unit.")


def sure_text(sure: str, lang: str) -> str:
    """The mark of certainty in words; as it stands when it is not one of the rule book's."""
    return mark_text(sure, lang) if sure in SURE else coded("sure", plain(sure), lang).removeprefix("sure.")


def _record(sheet: Worksheet, style: Styler, report: PlanReport) -> None:
    lang = style.lang
    for place, width in enumerate((34, 34, 14, 11, 40, 24)):
        sheet.set_column(place, place, width)
    row = title(sheet, style, word("title.record", lang), synthetic=report.synthetic)
    solution = report.solution
    row = _pairs(
        sheet, style, row, word("record.solution", lang),
        {
            word("cover.status", lang): coded("status", solution.status, lang),
            word("record.solver", lang): solution.solver,
            word("record.objective", lang): solution.objective, word("record.bound", lang): solution.bound,
            word("record.gap", lang): f"{solution.gap:.6f}", word("record.seconds", lang): round(solution.seconds, 3),
        },
    )  # fmt: skip
    row = _pairs(sheet, style, row, word("record.parts", lang), _named("part", solution.parts, lang))
    row = _pairs(sheet, style, row, word("record.slacks", lang), _named("slack", solution.slacks, lang))
    heads = ("record.name", "record.id", "record.value", "form.unit", "record.article", "record.sure")
    parameters = [
        (p.label(lang), p.id, p.value, _unit(p.unit, lang),
         short_citation(cited(p.article, lang)), sure_text(p.sure, lang))
        for p in report.parameters
    ]  # fmt: skip
    row = _grid(sheet, style, row, word("record.parameters", lang), [word(h, lang) for h in heads], parameters)
    inputs = [(i.file, i.sha256, i.rows, f"EPSG:{i.epsg}") for i in report.inputs]
    row = _grid(
        sheet, style, row, word("record.inputs", lang),
        [word("record.file", lang), "SHA-256", word("record.rows", lang), "CRS"], inputs,
    )  # fmt: skip
    _pairs(sheet, style, row, word("record.software", lang), report.software)


def _unit(unit: str, lang: str) -> str:
    """A parameter's own unit: its value stands as the book has it, not turned into 亩 or percent."""
    kept = {"m2": "m²", "share": "", "ratio": ""}
    return kept[unit] if unit in kept else coded("unit", unit, lang).removeprefix("unit.")


def _named(group: str, pairs: Mapping[str, float], lang: str) -> dict[str, float]:
    """Terms by their words; ``area@330421`` names the constraint and the county or township."""
    units = admin_units()
    told: dict[str, float] = {}
    for key, value in pairs.items():
        name, _, place = key.partition("@")
        words = coded(group, name, lang).removeprefix(f"{group}.")
        where = units[place].zh if place in units else place
        told[f"{words}（{where}）" if where and lang == "zh" else f"{words} ({where})" if where else words] = value
    return told


def _pairs(sheet: Worksheet, style: Styler, row: int, head: str, pairs: Mapping[str, Any]) -> int:
    if not pairs:
        return row
    sheet.write_string(row, 0, head, style(bold=True, font_size=12))
    for key, value in pairs.items():
        row += 1
        sheet.write_string(row, 0, cell_text(key), style.cell(indent=1))
        _value(sheet, style, row, 1, value)
    return row + 2


def _grid(sheet: Worksheet, style: Styler, row: int, head: str, heads: list[str], lines: list[tuple[Any, ...]]) -> int:
    sheet.write_string(row, 0, head, style(bold=True, font_size=12))
    row += 1
    for place, name in enumerate(heads):
        sheet.write_string(row, place, name, style.head())
    for line in lines:
        row += 1
        for place, value in enumerate(line):
            _value(sheet, style, row, place, value)
    return row + 2


def _value(sheet: Worksheet, style: Styler, row: int, place: int, value: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value):
        sheet.write_number(row, place, value, style.cell(num_format="#,##0.######", align="left", indent=1))
    else:
        text = cell_text(value)
        sheet.write_string(
            row, place, text, style.cell(indent=1, shrink=True) if len(text) > 40 else style.cell(indent=1)
        )
