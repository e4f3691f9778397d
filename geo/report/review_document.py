"""The official review form as a file of its own: XLSX and DOCX, one A4 page, to print, sign and send.

Both are filled from ``geo.report.forms.review_form`` and show the same digits as the plan's workbook. Neither holds a
formula, a field or a link: every figure is a value.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.report import workbook_front as front
from geo.report.content import PlanReport
from geo.report.forms import FormRow, ReviewForm, form_rows, review_form
from geo.report.text import plain
from geo.report.words import word
from geo.report.workbook_table import ALARM, HEAD_FILL, LINE, SOFT, Styler
from geo.report.writing import replacing

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell

# Columns of the printed form in mm: part, item, detail, unit, out, in.
_WIDTHS_MM = (20, 49, 41, 16, 28, 28)
_FACES = {"zh": ("宋体", "黑体", "Times New Roman"), "en": ("Arial", "Arial", "Arial")}  # text, bold, figures
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
    _line(document.add_paragraph(), word("title.form", lang), lang, size=15 if lang == "zh" else 13, bold=True,
          align="center", after=2)  # fmt: skip
    if report.synthetic:
        _line(document.add_paragraph(), word("synthetic", lang), lang, bold=True, ink=ALARM, align="center", after=2)
    form, rows = review_form(report), form_rows()
    table = _empty_table(document, 6 + 1 + len(rows) + len(form.verdicts) + 1)
    row = _basics(table, report, form, lang)
    row = _body(table, form, rows, row, lang)
    row = _verdicts(table, form, row, lang)
    _fill(table.cell(row, _PART), "", lang, fill=HEAD_FILL)
    _fill(table.cell(row, _ITEM), word("form.other", lang), lang)
    table.cell(row, _DETAIL).merge(table.cell(row, _IN))
    _height(table, row, 12.0)
    _line(document.add_paragraph(), word("form.sign", lang), lang, size=10, before=8, after=4)
    _line(document.add_paragraph(), word("note.form", lang), lang, size=8, ink=SOFT, after=0)
    with replacing(path) as temporary:
        document.save(str(temporary))
    return path


def _mark(report: PlanReport, lang: str) -> str:
    return word("synthetic", lang) if report.synthetic else ""


def _document(report: PlanReport, lang: str) -> Document:
    """An empty A4 page with the form's faces, its footer and its properties."""
    import docx
    from docx.shared import Mm, Pt

    document = docx.Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(14)
    page.top_margin, page.bottom_margin, page.footer_distance = Mm(13), Mm(13), Mm(7)
    style = document.styles["Normal"]
    style.font.size = Pt(9.5)
    _face(style.element.get_or_add_rPr(), lang, bold=False)
    about = document.core_properties
    about.title, about.subject = word("title.form", lang), _mark(report, lang)
    about.author, about.comments = "Tianchou", f"run {plain(report.run_id)}"
    about.created = about.modified = datetime.fromisoformat(report.created).replace(tzinfo=None)
    foot = f"{_mark(report, lang)}    {word('run', lang)} {plain(report.run_id)}".strip()
    _line(page.footer.paragraphs[0], foot, lang, size=8, ink=SOFT)
    return document


def _empty_table(document: Document, rows: int) -> Table:
    """A ruled table of fixed columns; every row keeps its height and is never cut by a page."""
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm

    table = document.add_table(rows=rows, cols=len(_WIDTHS_MM), style="Table Grid")
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(table.columns, _WIDTHS_MM, strict=True):
        column.width = Mm(width)
    for place, row in enumerate(table.rows):
        for cell, width in zip(row.cells, _WIDTHS_MM, strict=True):
            cell.width = Mm(width)
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        _height(table, place, 6.0)
    borders = OxmlElement("w:tblBorders")
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
        rule = OxmlElement(f"w:{edge}")
        outer = edge in ("top", "left", "bottom", "right")
        for key, value in (("val", "single"), ("sz", "8" if outer else "4"), ("space", "0"),
                           ("color", "000000" if outer else LINE[1:])):  # fmt: skip
            rule.set(qn(f"w:{key}"), value)
        borders.append(rule)
    table._tbl.tblPr.append(borders)
    return table


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
        _fill(table.cell(row, _ITEM), word(key, lang), lang, size=9)
        _fill(table.cell(row, _DETAIL).merge(table.cell(row, _IN)), value, lang)
    return len(lines)


def _body(table: Table, form: ReviewForm, rows: tuple[FormRow, ...], row: int, lang: str) -> int:
    heads = (word("form.item", lang), word("form.unit", lang), word("out", lang), word("in", lang))
    cells = (table.cell(row, _PART).merge(table.cell(row, _DETAIL)), *table.rows[row].cells[_UNIT:])
    for cell, words in zip(cells, heads, strict=True):
        _fill(cell, words, lang, bold=True, align="center", fill=HEAD_FILL)
    first = row = row + 1
    _part(table, row, row + len(rows) - 1, f"{word('out', lang)}\n/\n{word('in', lang)}", lang)
    groups = [line.words(lang)[0] for line in rows]
    for number, line in enumerate(rows):
        group, label, unit = line.words(lang)
        if not group:
            _fill(table.cell(row, _ITEM).merge(table.cell(row, _DETAIL)), label, lang)
        else:
            _fill(table.cell(row, _DETAIL), label, lang)
            if number == 0 or groups[number - 1] != group:
                last = next((k for k in range(number, len(rows)) if groups[k] != group), len(rows)) - 1
                _fill(table.cell(row, _ITEM).merge(table.cell(first + last, _ITEM)), group, lang)
        _fill(table.cell(row, _UNIT), unit, lang, align="center")
        for place, value in ((_OUT, form.out[line.key]), (_IN, form.inn[line.key])):
            shown = "–" if value is None else f"{value:,.{line.decimals}f}"
            _fill(table.cell(row, place), shown, lang, align="center" if value is None else "right", figure=True)
        row += 1
    return row


def _verdicts(table: Table, form: ReviewForm, row: int, lang: str) -> int:
    _part(table, row, row + len(form.verdicts) - 1, word("form.result", lang), lang)
    for verdict in form.verdicts:
        label, figures = verdict.words(lang)
        words, ink = front.mark(verdict.passed, lang)
        _fill(table.cell(row, _ITEM), label, lang, bold=True)
        _fill(table.cell(row, _DETAIL), words, lang, bold=True, ink=ink, align="center")
        _fill(table.cell(row, _UNIT).merge(table.cell(row, _IN)), figures, lang, size=8.5)
        _height(table, row, 8.5)
        row += 1
    return row


def _part(table: Table, first: int, last: int, words: str, lang: str) -> None:
    cell = table.cell(first, _PART).merge(table.cell(last, _PART))
    _fill(cell, words, lang, bold=True, align="center", fill=HEAD_FILL)


def _height(table: Table, row: int, mm: float) -> None:
    from docx.enum.table import WD_ROW_HEIGHT_RULE
    from docx.shared import Mm

    table.rows[row].height, table.rows[row].height_rule = Mm(mm), WD_ROW_HEIGHT_RULE.AT_LEAST


def _fill(cell: _Cell, words: str, lang: str, *, fill: str = "", **look: Any) -> None:
    """The words of a cell, centred vertically, the first paragraph only: merging leaves empty ones behind."""
    from docx.enum.table import WD_ALIGN_VERTICAL
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    for spare in cell.paragraphs[1:]:
        spare._p.getparent().remove(spare._p)
    _line(cell.paragraphs[0], words, lang, **{"size": 9.5, **look})
    if fill:
        shade = OxmlElement("w:shd")
        for key, value in (("val", "clear"), ("color", "auto"), ("fill", fill[1:])):
            shade.set(qn(f"w:{key}"), value)
        cell._tc.get_or_add_tcPr().append(shade)


def _line(
    paragraph: Any, words: str, lang: str, *, size: float = 9.5, bold: bool = False, ink: str = "", align: str = "left",
    figure: bool = False, before: float = 0.0, after: float = 0.0,
) -> None:  # fmt: skip
    """One paragraph of one look; a line break of ``words`` stays a line break, everything else is plain text."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    paragraph.alignment = {"left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER,
                           "right": WD_ALIGN_PARAGRAPH.RIGHT}[align]  # fmt: skip
    space = paragraph.paragraph_format
    space.space_before, space.space_after, space.line_spacing = Pt(before), Pt(after), 1.0
    for number, part in enumerate(words.split("\n")):
        run = paragraph.add_run()
        if number:
            run.add_break()
        run.add_text(plain(part))
        run.bold, run.font.size = bold, Pt(size)
        _face(run._r.get_or_add_rPr(), lang, bold=bold, figure=figure)
        if ink:
            run.font.color.rgb = RGBColor.from_string(ink[1:])


def _face(properties: Any, lang: str, *, bold: bool, figure: bool = False) -> None:
    """The faces that every office has: 宋体 and 黑体 with Latin figures, or Arial."""
    from docx.oxml.ns import qn

    text, strong, figures = _FACES[lang]
    fonts = properties.get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), strong if bold else text)
    for part in ("w:ascii", "w:hAnsi"):
        fonts.set(qn(part), figures if figure or lang == "zh" else text)
