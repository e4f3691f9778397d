"""THE CHANGE WORKBOOK: summary and closing, matrix, classes, flows, townships, farmland lost, record. No formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.report.text import cell_text
from geo.report.words import word
from geo.report.workbook_table import MAX_ROWS, Styler, note, table, title
from geo.report.writing import replacing
from geo.standards.units import HA_M2, round_half_up

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_LISTED = 20_000


@dataclass(frozen=True)
class ChangeReport:
    """Tables of a change study with the columns of ``change_columns.csv``.

    summary: lines of label and value. matrix: earlier classes (index) by later ones (columns), m², in words already;
    its last row and column are the totals. farmland: None when there is no permanent farmland.
    """

    summary: Sequence[tuple[str, str]]
    closing: pd.DataFrame
    matrix: pd.DataFrame
    balance: pd.DataFrame
    flows: pd.DataFrame
    towns: pd.DataFrame
    causes: pd.DataFrame | None
    farmland: pd.DataFrame | None
    record: Sequence[tuple[str, Any]]
    findings: Sequence[str] = field(default=())
    synthetic: bool = False


def write_change_workbook(report: ChangeReport, path: Path | str, *, lang: str = "zh") -> Path:
    """Writes the XLSX; returns its path. Raises OSError when the folder cannot be written; nothing half stays."""
    import xlsxwriter

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with replacing(path) as draft, xlsxwriter.Workbook(str(draft), options) as book:
        style = Styler(book, lang)
        _summary(book, style, report)
        _matrix(book, style, report)
        for name, frame in (("balance", report.balance), ("flows", report.flows), ("towns", report.towns)):
            _list(book, style, name, frame, report)
        if report.causes is not None and report.farmland is not None:
            _list(book, style, "farmland", report.causes, report, "change_causes")
            _list(book, style, "farmland_list", report.farmland.head(_LISTED), report, "change_farmland")
        _record(book, style, report)
    return path


def _sheet(book: Workbook, style: Styler, name: str, report: ChangeReport) -> tuple[Worksheet, int]:
    sheet = book.add_worksheet(word(f"change.{name}", style.lang))
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.55, bottom=0.65)
    head = word("change.title", style.lang) if name == "summary" else word(f"change.{name}", style.lang)
    return sheet, title(sheet, style, head, synthetic=report.synthetic)


def _list(book: Workbook, style: Styler, name: str, frame: Any, report: ChangeReport, columns: str = "") -> None:
    sheet, row = _sheet(book, style, name, report)
    key = {"farmland_list": "farmland"}.get(name, name)
    if key in ("balance", "flows", "farmland"):
        row = note(sheet, style, row, word(f"change.{key}_note", style.lang))
    table(sheet, style, columns or f"change_{name}", frame.head(MAX_ROWS), row)
    sheet.freeze_panes(row + 1, 0)
    sheet.repeat_rows(row)


def _summary(book: Workbook, style: Styler, report: ChangeReport) -> None:
    sheet, row = _sheet(book, style, "summary", report)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 8, 18)
    for label, value in report.summary:
        sheet.write_string(row, 0, cell_text(label), style.cell(bold=True))
        sheet.merge_range(row, 1, row, 7, cell_text(value), style.cell(text_wrap=True))
        if len(value) > 60:
            sheet.set_row(row, 15.0 * (1 + len(value) * (2 if style.lang == "zh" else 1) // 125))
        row += 1
    row += 1
    heads = [""] + [word(f"change.{c}", style.lang) for c in report.closing.columns if c != "survey"]
    for place, head in enumerate(heads):
        sheet.write_string(row, place, cell_text(head), style.head())
    for line in report.closing.itertuples(index=False):
        row += 1
        for place, value in enumerate(line):
            if isinstance(value, str):
                sheet.write_string(row, place, word(f"change.{value}", style.lang), style.cell(bold=True))
            elif value != value:
                sheet.write_string(row, place, "–", style.cell(align="right"))
            else:
                whole = isinstance(value, int) or place == 1
                sheet.write_number(row, place, round_half_up(float(value), 0 if whole else 2) + 0.0,
                                   style.cell(num_format="#,##0" if whole else "#,##0.00"))  # fmt: skip
    row += 2
    for text in report.findings:
        sheet.write_string(row, 0, cell_text(text), style(font_size=9))
        row += 1


def _matrix(book: Workbook, style: Styler, report: ChangeReport) -> None:
    """Wide as the classes are; totals in the last row and column."""
    sheet, row = _sheet(book, style, "matrix", report)
    row = note(sheet, style, row, word("change.matrix_note", style.lang))
    frame = report.matrix
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, len(frame.columns), 11.5)
    sheet.set_paper(8)
    sheet.set_row(row, 45)
    sheet.write_string(row, 0, "", style.head())
    for place, name in enumerate(frame.columns, 1):
        sheet.write_string(row, place, cell_text(name), style.head())
    sheet.freeze_panes(row + 1, 1)
    sheet.repeat_rows(row)
    last = len(frame) - 1
    for k, (name, line) in enumerate(zip(frame.index, frame.to_numpy(dtype=float), strict=True)):
        row += 1
        bold = k == last
        sheet.write_string(row, 0, cell_text(name), style.cell(bold=True))
        for place, value in enumerate(line, 1):
            told = round_half_up(value / HA_M2, 4) + 0.0
            total = bold or place == len(line)
            shade = {"bg_color": "#F4F1E4"} if total else {"bg_color": "#E3ECE8"} if k + 1 == place else {}
            if told == 0:
                sheet.write_string(row, place, "", style.cell(**shade))
            else:
                sheet.write_number(row, place, told, style.cell(num_format="#,##0.0000", **shade))


def _record(book: Workbook, style: Styler, report: ChangeReport) -> None:
    sheet, row = _sheet(book, style, "record", report)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    for label, value in report.record:
        sheet.write_string(row, 0, cell_text(label), style.cell())
        sheet.write_string(row, 1, cell_text(value), style.cell(text_wrap=True))
        row += 1


def matrix_frame(long: pd.DataFrame, names: Mapping[str, str], lang: str) -> pd.DataFrame:
    """The long matrix as a square table in words, classes in the order of ``names``, with totals."""
    edge = ("only", "doubled")
    rows = [k for k in names if k in set(long["before_class"])] + [k for k in edge if k in set(long["before_class"])]
    columns = [k for k in names if k in set(long["after_class"])] + [k for k in edge if k in set(long["after_class"])]
    wide = long.pivot_table(
        index="before_class", columns="after_class", values="area_m2", aggfunc="sum", fill_value=0.0
    )
    wide = wide.reindex(index=rows, columns=columns, fill_value=0.0)
    # What only one survey covers may be the noise of coordinates alone: it stays in the totals, not as a line.
    shown = [k for k in rows if k not in edge or abs(wide.loc[k]).max() >= 0.005]
    across = [k for k in columns if k not in edge or abs(wide[k]).max() >= 0.005]
    total = wide.sum(axis=1)
    down = wide.sum(axis=0)
    wide = wide.loc[shown, across]
    wide[word("change.total", lang)] = total.loc[shown]
    wide.loc[word("change.total", lang)] = [*down[across], float(down.sum())]
    row_names = {**names, **{k: word(f"change.{k}_row", lang) for k in edge}}
    column_names = {**names, **{k: word(f"change.{k}_col", lang) for k in edge}}
    return wide.rename(index=row_names, columns=column_names)
