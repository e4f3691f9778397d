"""THE CHECK REPORT: what was read, what was found, what can be repaired, and what every code means. No formula."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geo.report.text import cell_text
from geo.report.words import said, word
from geo.report.workbook_table import MAX_ROWS, Styler, note, table, title
from geo.report.writing import replacing
from geo.standards.messages import catalogue

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_LETTER_WIDTH = 100
SHEETS = ("layers", "findings", "repairs", "codes", "letter")


@dataclass(frozen=True)
class CheckReport:
    """Tables of a check as the columns of ``report_columns.csv`` have them; ``letter`` is the text for the surveyor.

    layers: file, layer, standard, system, encoding, declared, read, usable, unusable, errors, warnings.
    findings: file, code, severity, subject, text. repairs: file, subject, codes, areas, moved_m.
    """

    layers: pd.DataFrame
    findings: pd.DataFrame
    repairs: pd.DataFrame
    letter: str
    synthetic: bool = False


def write_check_workbook(report: CheckReport, path: Path | str, *, lang: str = "zh") -> Path:
    """Writes the XLSX; returns its path. Raises OSError when the folder cannot be written; nothing half stays."""
    import xlsxwriter

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with replacing(path) as draft, xlsxwriter.Workbook(str(draft), options) as book:
        _fill(book, report, lang)
    return path


def _fill(book: Workbook, report: CheckReport, lang: str) -> None:
    style = Styler(book, lang)
    known = catalogue()
    codes = [
        {"code": c, "meaning": _plain(known[c].text(lang)), "action": _plain(known[c].hint(lang))}
        for c in sorted(set(report.findings["code"]))
        if c in known
    ]
    frames = {
        "layers": report.layers, "findings": report.findings, "repairs": report.repairs,
        "codes": pd.DataFrame(codes, columns=["code", "meaning", "action"]),
    }  # fmt: skip
    for name in SHEETS:
        sheet = book.add_worksheet(word(f"check.{name}", lang))
        sheet.hide_gridlines(2)
        row = title(sheet, style, word(f"check.{name}", lang), synthetic=report.synthetic and name == "layers")
        if name == "letter":
            _letter(sheet, style, report.letter, row)
            continue
        row = note(sheet, style, row, word(f"check.{name}_note", lang))
        if len(frames[name]) > MAX_ROWS:
            row = note(sheet, style, row, said("check.cut", lang, n=f"{MAX_ROWS:,}", all=f"{len(frames[name]):,}"))
        table(sheet, style, f"check_{name}", frames[name], row)
        sheet.freeze_panes(row + 1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(row)


def _letter(sheet: Worksheet, style: Styler, text: str, row: int) -> None:
    """The text, one paragraph a row, high enough for the printer."""
    sheet.set_column(0, 0, _LETTER_WIDTH)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    for k, line in enumerate(text.split("\n"), row):
        wide = sum(2.1 if ord(c) > 0x2E80 else 1.1 for c in line)
        sheet.set_row(k, 15.0 * max(1, math.ceil(wide / (_LETTER_WIDTH - 4))) + 2)
        sheet.write_string(k, 0, cell_text(line), style(text_wrap=True))


def _plain(template: str) -> str:
    """A message without its figures."""
    return re.sub(r"\{\w+\}", "…", template)
