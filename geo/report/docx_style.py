"""A document's craft: pages, faces, ruled tables, paragraphs of plain text. No formula, field or link from data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from geo.report.text import plain
from geo.report.workbook_table import LINE

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell

_FACES = {"zh": ("宋体", "黑体", "Times New Roman"), "en": ("Arial", "Arial", "Arial")}  # text, bold, figures


def page_a4(document: Document, *, margins_mm: tuple[float, float] = (14, 13)) -> None:
    """The first section as a portrait A4 page with side and top margins in mm."""
    from docx.shared import Mm

    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(margins_mm[0])
    page.top_margin = page.bottom_margin = Mm(margins_mm[1])
    page.footer_distance = Mm(7)


def about(document: Document, *, title: str, subject: str, run_id: str, created: str) -> None:
    """The document's properties; the run's own time, so that the same run gives the same file."""
    told = document.core_properties
    told.title, told.subject = plain(title), plain(subject)
    told.author, told.comments = "Tianchou", f"run {plain(run_id)}"
    told.created = told.modified = datetime.fromisoformat(created).replace(tzinfo=None)


def ruled_table(document: Document, rows: int, widths_mm: Sequence[float], *, row_mm: float = 6.0) -> Table:
    """A ruled table of fixed columns; every row keeps its height and is never cut by a page."""
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm

    table = document.add_table(rows=rows, cols=len(widths_mm), style="Table Grid")
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
    for place, row in enumerate(table.rows):
        for cell, width in zip(row.cells, widths_mm, strict=True):
            cell.width = Mm(width)
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        row_height(table, place, row_mm)
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


def repeat_head(table: Table, rows: int = 1) -> None:
    """The first rows again on every printed page."""
    from docx.oxml import OxmlElement

    for row in table.rows[:rows]:
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def row_height(table: Table, row: int, mm: float) -> None:
    """A row is at least so high."""
    from docx.enum.table import WD_ROW_HEIGHT_RULE
    from docx.shared import Mm

    table.rows[row].height, table.rows[row].height_rule = Mm(mm), WD_ROW_HEIGHT_RULE.AT_LEAST


def fill_cell(cell: _Cell, words: str, lang: str, *, fill: str = "", **look: Any) -> None:
    """The words of a cell, centred vertically, the first paragraph only: merging leaves empty ones behind."""
    from docx.enum.table import WD_ALIGN_VERTICAL
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    for spare in cell.paragraphs[1:]:
        spare._p.getparent().remove(spare._p)
    text_line(cell.paragraphs[0], words, lang, **{"size": 9.5, **look})
    if fill:
        shade = OxmlElement("w:shd")
        for key, value in (("val", "clear"), ("color", "auto"), ("fill", fill[1:])):
            shade.set(qn(f"w:{key}"), value)
        cell._tc.get_or_add_tcPr().append(shade)


def text_line(
    paragraph: Any, words: str, lang: str, *, size: float = 9.5, bold: bool = False, ink: str = "", align: str = "left",
    figure: bool = False, before: float = 0.0, after: float = 0.0, leading: float = 1.0,
) -> None:  # fmt: skip
    """One paragraph of one look; a line break of ``words`` stays a line break, everything else is plain text."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph.alignment = {"left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER,
                           "right": WD_ALIGN_PARAGRAPH.RIGHT, "both": WD_ALIGN_PARAGRAPH.JUSTIFY}[align]  # fmt: skip
    space = paragraph.paragraph_format
    space.space_before, space.space_after, space.line_spacing = Pt(before), Pt(after), leading
    add_text(paragraph, words, lang, size=size, bold=bold, ink=ink, figure=figure)


def add_text(
    paragraph: Any, words: str, lang: str, *, size: float = 9.5, bold: bool = False, ink: str = "",
    figure: bool = False,
) -> None:  # fmt: skip
    """One more run of text in a paragraph, in its own look."""
    from docx.shared import Pt, RGBColor

    for number, part in enumerate(words.split("\n")):
        run = paragraph.add_run()
        if number:
            run.add_break()
        run.add_text(plain(part))
        run.bold, run.font.size = bold, Pt(size)
        face(run._r.get_or_add_rPr(), lang, bold=bold, figure=figure)
        if ink:
            run.font.color.rgb = RGBColor.from_string(ink[1:])


def face(properties: Any, lang: str, *, bold: bool, figure: bool = False) -> None:
    """The faces that every office has: 宋体 and 黑体 with Latin figures, or Arial."""
    from docx.oxml.ns import qn

    text, strong, figures = _FACES[lang]
    fonts = properties.get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), strong if bold else text)
    for part in ("w:ascii", "w:hAnsi"):
        fonts.set(qn(part), figures if figure or lang == "zh" else text)


def page_number(paragraph: Any, lang: str, *, size: float = 8.0) -> None:
    """The page number as Word counts it: the one field that a document of the house may hold."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    for kind, code in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        run.font.size = Pt(size)
        face(run._r.get_or_add_rPr(), lang, bold=False, figure=True)
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = code
        run._r.append(part)
