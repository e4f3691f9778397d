"""The consolidation workbook: one sheet a table, heads and figures as they are shown. No formula."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.report.text import cell_text
from geo.report.workbook_table import MAX_ROWS, Styler, title
from geo.report.writing import replacing

if TYPE_CHECKING:
    import pandas as pd

_WIDEST = 60.0
_A4 = 150.0
"""Characters beyond which a table is printed on A3."""


def write_tables_workbook(
    tables: Sequence[tuple[str, pd.DataFrame]], path: Path | str, *, title: str, synthetic: bool, lang: str = "zh"
) -> Path:
    """Writes tables, each with its name, as sheets of one XLSX. Raises OSError; nothing half stays."""
    import xlsxwriter

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with replacing(path) as draft, xlsxwriter.Workbook(str(draft), options) as book:
        style = Styler(book, lang)
        for name, frame in tables:
            _sheet(book, style, name, frame.head(MAX_ROWS), f"{title} · {name}", synthetic)
    return path


def _sheet(book: Any, style: Styler, name: str, frame: Any, head: str, synthetic: bool) -> None:
    sheet = book.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    row = title(sheet, style, head, synthetic=synthetic)
    lines, across = np.ones(len(frame) + 1), 0.0
    for place, column in enumerate(frame.columns):
        texts = [str(v) for v in frame[column]]
        # Heads wrap between words, cells from the widest column on: rows grow with both.
        wide = max(map(_width, [*texts[:500], *str(column).split()])) + 2
        wide = min(max(wide, 9.0, _width(str(column)) / 3), _WIDEST)
        across += wide
        lines = np.maximum(lines, np.ceil([_width(t) / wide for t in (str(column), *texts)]))
        sheet.set_column(place, place, wide)
        sheet.write_string(row, place, cell_text(column), style.head())
        figures = frame[column].dtype.kind in "fiu"
        pattern = "#,##0" if frame[column].dtype.kind in "iu" else "#,##0.00##"
        for k, value in enumerate(frame[column].tolist(), row + 1):
            if figures and value == value:
                sheet.write_number(k, place, value, style.cell(num_format=pattern))
            else:
                text = "–" if figures or value is None else value
                sheet.write_string(k, place, cell_text(text), style.cell(text_wrap=True))
    for line in np.flatnonzero(lines > 1).tolist():
        sheet.set_row(row + line, 12.5 * lines[line] + 3)
    sheet.set_paper(8 if across > _A4 else 9)
    sheet.freeze_panes(row + 1, 0)
    sheet.repeat_rows(row)


def _width(text: str) -> float:
    """Characters that a text is wide; a Chinese one counts double."""
    return sum(2.1 if ord(c) > 0x2E80 else 1.05 for c in text)
