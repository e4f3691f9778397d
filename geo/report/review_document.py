"""The official review form as a file of its own: XLSX and DOCX, one A4 page, to print, sign and send.

Both are filled from ``geo.report.forms.review_form`` and show the same digits as the plan's workbook. Neither holds a
formula, a field or a link: every figure is a value.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from geo.report import workbook_front as front
from geo.report.content import PlanReport
from geo.report.docx_style import about, face, fill_cell, page_a4, row_height, ruled_table, text_line
from geo.report.forms import FormRow, ReviewForm, form_rows, review_form
from geo.report.text import plain
from geo.report.words import word
from geo.report.workbook_table import ALARM, HEAD_FILL, SOFT, Styler
from geo.report.writing import replacing

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell

# Columns of the printed form in mm: part, item, detail, unit, out, in.
_WIDTHS_MM = (20, 49, 41, 16, 28, 28)
_PART, _ITEM, _DETAIL, _UNIT, _OUT, _IN = range(6)


def write_review_xlsx(report: PlanReport, path: Path | str, *, lang: str = "zh") -> Path:
    """Writes the form as a workbook of one sheet. Raises OSError when it cannot be written; nothing half stays."""
    import xlsxwriter

    path = Path(path)
    with replacing(path) as temporary:
        book = xlsxwriter.Workbook(
            str(temporary),
            {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        book.set_properties(
            {"title": word("title.form", lang), "subject": _mark(report, lang), "comments": f"run {report.run_id}",
             "created": datetime.fromisoformat(report.created).replace(tzinfo=None)}
        )  # fmt: skip
        sheet = book.add_worksheet(word("book.form", lang))
        sheet.set_paper(9)
        sheet.set_portrait()
        sheet.set_margins(left=0.5, right=0.5, top=0.55, bottom=0.65)
        sheet.center_horizontally()
        sheet.fit_to_pages(1, 1)
        sheet.hide_gridlines(2)
        sheet.set_footer(f"&L&8{_mark(report, lang)}&R&8{word('run', lang)} {plain(report.run_id)}")
        front.review_sheet(sheet, Styler(book, lang), report)
        book.close()
    return path


def write_review_docx(report: PlanReport, path: Path | str, *, lang: str = "zh") -> Path:
    """Writes the form as a document of one page. Raises OSError when it cannot be written; nothing half stays."""
    path = Path(path)
    document = _document(report, lang)
    text_line(document.add_paragraph(), word("title.form", lang), lang, size=15 if lang == "zh" else 13, bold=True,
          align="center", after=2)  # fmt: skip
    if report.synthetic:
        text_line(
            document.add_paragraph(), word("synthetic", lang), lang, bold=True, ink=ALARM, align="center", after=2
        )
    form, rows = review_form(report), form_rows()
    table = ruled_table(document, 6 + 1 + len(rows) + len(form.verdicts) + 1, _WIDTHS_MM)
    row = _basics(table, report, form, lang)
    row = _body(table, form, rows, row, lang)
    row = _verdicts(table, form, row, lang)
    fill_cell(_at(table, row, _PART), "", lang, fill=HEAD_FILL)
    fill_cell(_at(table, row, _ITEM), word("form.other", lang), lang)
    _at(table, row, _DETAIL).merge(_at(table, row, _IN))
    row_height(table, row, 12.0)
    text_line(document.add_paragraph(), word("form.sign", lang), lang, size=10, before=8, after=4)
    text_line(document.add_paragraph(), word("note.form", lang), lang, size=8, ink=SOFT, after=0)
    with replacing(path) as temporary:
        document.save(str(temporary))
    return path


def _at(table: Table, row: int, place: int) -> _Cell:
    """A cell by its place. ``table.cell`` walks the whole table at every call: a third of the form's time."""
    return table.rows[row].cells[place]


def _mark(report: PlanReport, lang: str) -> str:
    return word("synthetic", lang) if report.synthetic else ""


def _document(report: PlanReport, lang: str) -> Document:
    """An empty A4 page with the form's faces, its footer and its properties."""
    import docx
    from docx.shared import Pt

    document = docx.Document()
    page_a4(document)
    style = document.styles["Normal"]
    style.font.size = Pt(9.5)
    face(style.element.get_or_add_rPr(), lang, bold=False)
    about(document, title=word("title.form", lang), subject=_mark(report, lang), run_id=report.run_id,
          created=report.created)  # fmt: skip
    foot = f"{_mark(report, lang)}    {word('run', lang)} {plain(report.run_id)}".strip()
    text_line(document.sections[0].footer.paragraphs[0], foot, lang, size=8, ink=SOFT)
    return document


def _basics(table: Table, report: PlanReport, form: ReviewForm, lang: str) -> int:
    moved = word("yes" if len(report.moved_out) else "no", lang)
    lines = (
        ("form.project", report.name[lang]), ("form.towns", ("、" if lang == "zh" else ", ").join(form.towns)),
        ("form.involved", moved), ("form.has_plan", moved),
        ("form.farmland", f"{form.farmland_mu:,.2f} {word('unit.mu', lang)}"),
        ("form.improve", form.verdicts[1].words(lang)[1]),
    )  # fmt: skip
    _part(table, 0, len(lines) - 1, word("form.basic", lang), lang)
    for row, (key, value) in enumerate(lines):
        fill_cell(_at(table, row, _ITEM), word(key, lang), lang, size=9)
        fill_cell(_at(table, row, _DETAIL).merge(_at(table, row, _IN)), value, lang)
    return len(lines)


def _body(table: Table, form: ReviewForm, rows: tuple[FormRow, ...], row: int, lang: str) -> int:
    heads = (word("form.item", lang), word("form.unit", lang), word("out", lang), word("in", lang))
    cells = (_at(table, row, _PART).merge(_at(table, row, _DETAIL)), *table.rows[row].cells[_UNIT:])
    for cell, words in zip(cells, heads, strict=True):
        fill_cell(cell, words, lang, bold=True, align="center", fill=HEAD_FILL)
    first = row = row + 1
    _part(table, row, row + len(rows) - 1, f"{word('out', lang)}\n/\n{word('in', lang)}", lang)
    groups = [line.words(lang)[0] for line in rows]
    for number, line in enumerate(rows):
        group, label, unit = line.words(lang)
        if not group:
            fill_cell(_at(table, row, _ITEM).merge(_at(table, row, _DETAIL)), label, lang)
        else:
            fill_cell(_at(table, row, _DETAIL), label, lang)
            if number == 0 or groups[number - 1] != group:
                last = next((k for k in range(number, len(rows)) if groups[k] != group), len(rows)) - 1
                fill_cell(_at(table, row, _ITEM).merge(_at(table, first + last, _ITEM)), group, lang)
        fill_cell(_at(table, row, _UNIT), unit, lang, align="center")
        for place, value in ((_OUT, form.out[line.key]), (_IN, form.inn[line.key])):
            shown = "–" if value is None else f"{value:,.{line.decimals}f}"
            fill_cell(_at(table, row, place), shown, lang, align="center" if value is None else "right", figure=True)
        row += 1
    return row


def _verdicts(table: Table, form: ReviewForm, row: int, lang: str) -> int:
    _part(table, row, row + len(form.verdicts) - 1, word("form.result", lang), lang)
    for verdict in form.verdicts:
        label, figures = verdict.words(lang)
        words, ink = front.mark(verdict.passed, lang)
        fill_cell(_at(table, row, _ITEM), label, lang, bold=True)
        fill_cell(_at(table, row, _DETAIL), words, lang, bold=True, ink=ink, align="center")
        fill_cell(_at(table, row, _UNIT).merge(_at(table, row, _IN)), figures, lang, size=8.5)
        row_height(table, row, 8.5)
        row += 1
    return row


def _part(table: Table, first: int, last: int, words: str, lang: str) -> None:
    cell = _at(table, first, _PART).merge(_at(table, last, _PART))
    fill_cell(cell, words, lang, bold=True, align="center", fill=HEAD_FILL)
