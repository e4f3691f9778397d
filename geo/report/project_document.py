"""THE SCHEME ON PAPER: the 占用补划方案 as a DOCX, cover to run record, ready to print, complete and sign."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.report.docx_style import (
    about,
    face,
    fill_cell,
    page_a4,
    page_number,
    repeat_head,
    ruled_table,
    text_line,
)
from geo.report.project_content import ProjectReport
from geo.report.project_figures import SchemeFigures
from geo.report.project_grids import Grid
from geo.report.project_scheme import Block, record_blocks, scheme_blocks
from geo.report.text import plain
from geo.report.words import said, word
from geo.report.workbook_table import ALARM, HEAD_FILL, SOFT, TOTAL_FILL
from geo.report.writing import replacing

if TYPE_CHECKING:
    from docx.document import Document

_FILL_INK = "#8A5A00"  # what a person must still write: told by brackets and colour
_LOOKS: Mapping[str, dict[str, Any]] = {
    "chapter": {"size": 15, "bold": True, "before": 16, "after": 8},
    "section": {"size": 12.5, "bold": True, "before": 9, "after": 4.5},
    "point": {"size": 11, "bold": True, "before": 6, "after": 3},
    "text": {"size": 11, "after": 4, "leading": 1.35, "align": "both"},
    "fill": {"size": 11, "after": 4, "leading": 1.35, "ink": _FILL_INK},
    "alarm": {"size": 11, "after": 4, "leading": 1.35, "ink": ALARM, "bold": True},
    "small": {"size": 8.5, "after": 3, "ink": SOFT},
    "caption": {"size": 9.5, "bold": True, "before": 6, "after": 3, "align": "center"},
}
_PICTURE_MM, _PICTURE_DOTS = 158.0, 1500  # two to a page; enough for paper of that width
_MAPS = ("location", "occupation", "replacement", "before_after")
_TITLES = {"before_after": "map.project_before_after"}


def write_scheme(
    report: ProjectReport, path: Path | str, *, lang: str = "zh", maps: Mapping[str, bytes] | None = None,
    figures: SchemeFigures | None = None,
) -> Path:  # fmt: skip
    """Writes the scheme. ``maps``: pictures of the A3 sheets by kind, as ``reduced`` makes them, for the appendix.

    Raises OSError when it cannot be written; nothing half stays.
    """
    import docx

    path = Path(path)
    document = docx.Document()
    page_a4(document, margins_mm=(14, 20))
    _styles(document, lang)
    about(document, title=said("scheme.title", lang, name=report.name[lang]),
          subject=word("synthetic", lang) if report.synthetic else "", run_id=report.run_id,
          created=report.created)  # fmt: skip
    _footer(document, report, lang)
    _cover(document, report, lang)
    for block in scheme_blocks(report, lang, figures):
        _block(document, block, lang)
    _appendix(document, lang, maps or {})
    document.add_page_break()
    for block in record_blocks(report, lang):
        _block(document, block, lang)
    with replacing(path) as temporary:
        document.save(str(temporary))
    return path


def _styles(document: Document, lang: str) -> None:
    """The faces of the document, and headings in black: Word's own are blue."""
    from docx.shared import Pt, RGBColor

    for name in ("Normal", "Heading 1", "Heading 2"):
        style = document.styles[name]
        style.font.size = Pt(11)
        style.font.color.rgb = RGBColor(0, 0, 0)
        face(style.element.get_or_add_rPr(), lang, bold=name != "Normal")


def _footer(document: Document, report: ProjectReport, lang: str) -> None:
    section = document.sections[0]
    section.different_first_page_header_footer = True
    mark = word("synthetic", lang) + "    " if report.synthetic else ""
    line = section.footer.paragraphs[0]
    text_line(line, f"{mark}{word('run', lang)} {plain(report.run_id)}    — ", lang, size=8, ink=SOFT, align="center")
    page_number(line, lang)
    from geo.report.docx_style import add_text

    add_text(line, " —", lang, size=8, ink=SOFT)


def _cover(document: Document, report: ProjectReport, lang: str) -> None:
    p = report.project

    def line(words: str, **look: Any) -> None:
        text_line(document.add_paragraph(), words, lang, **look)

    line("", before=90)
    # A long name stands on a line of its own: the title is what an official files.
    line(p.name, size=24, bold=True, align="center", after=8, leading=1.2)
    line(word("scheme.short", lang), size=24 if lang == "zh" else 18, bold=True, align="center", after=14)
    if report.synthetic:
        line(word("synthetic", lang), size=13, bold=True, ink=ALARM, align="center", after=20)
    line("", before=150)
    blank = said("scheme.fill", lang, what=word("scheme.fill_name", lang))
    rows = (
        ("scheme.number", p.number or "–"), ("scheme.kind", p.kind_label(lang)),
        ("scheme.applicant", p.applicant or blank), ("scheme.designer", p.designer or blank),
        ("scheme.rules", report.on.isoformat()), ("scheme.date", report.made.date().isoformat()),
    )  # fmt: skip
    table = ruled_table(document, len(rows), (42, 90), row_mm=9.5)
    for k, (key, value) in enumerate(rows):
        fill_cell(table.cell(k, 0), word(key, lang), lang, size=11, bold=True, align="center", fill=HEAD_FILL)
        fill_cell(table.cell(k, 1), value, lang, size=11, ink=_FILL_INK if value == blank else "")
    line(report.zone[lang], size=9, ink=SOFT, align="center", before=14)
    document.add_page_break()


def _block(document: Document, block: Block, lang: str) -> None:
    from docx.shared import Mm, Pt

    if block.grid is not None:
        _table(document, block.grid, lang)
        return
    heading = {"chapter": 1, "section": 2}.get(block.kind)
    paragraph = document.add_heading(level=heading) if heading else document.add_paragraph()
    text_line(paragraph, block.words, lang, **_LOOKS[block.kind])
    shape = paragraph.paragraph_format
    shape.keep_with_next = block.kind in ("chapter", "section", "point", "caption")
    if block.kind in ("text", "fill", "alarm") and lang == "zh":
        shape.first_line_indent = Pt(22)  # two characters, as official letters do
    if block.kind == "point":
        shape.left_indent = Mm(0)


def _table(document: Document, grid: Grid, lang: str) -> None:
    table = ruled_table(document, 1 + len(grid.rows), grid.widths_mm, row_mm=6.2)
    repeat_head(table)
    cells = list(table._cells)  # python-docx builds the grid anew at every call: once is enough
    wide = len(grid.heads)
    for place, head in enumerate(grid.heads):
        fill_cell(cells[place], head, lang, size=grid.size, bold=True, align="center", fill=HEAD_FILL)
    for number, row in enumerate(grid.rows, start=1):
        total = number > len(grid.rows) - grid.totals
        for place, text in enumerate(row):
            figure = _is_figure(text)
            fill_cell(
                cells[number * wide + place], text, lang, size=grid.size, bold=total and not figure, figure=figure,
                align="right" if figure and place else "center" if len(text) <= 8 else "left",
                fill=TOTAL_FILL if total else "",
            )  # fmt: skip
    text_line(document.add_paragraph(), "", lang, size=4)


def _is_figure(text: str) -> bool:
    return text.replace(",", "").replace(".", "").replace("+", "").replace("-", "").replace("%", "").isdigit()


def _appendix(document: Document, lang: str, maps: Mapping[str, bytes]) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    document.add_page_break()
    _block(document, Block("chapter", word("scheme.annexes", lang)), lang)
    for words in said("scheme.annex_list", lang).split("\n"):
        text_line(document.add_paragraph(), words, lang, size=11, after=2)
    for number, kind in enumerate(_MAPS, start=1):
        if kind not in maps:
            continue
        title = f"{'附图' if lang == 'zh' else 'Map '}{number}  {word(_TITLES.get(kind, f'map.{kind}'), lang)}"
        _block(document, Block("caption", title), lang)
        picture = document.add_paragraph()
        picture.alignment = WD_ALIGN_PARAGRAPH.CENTER
        picture.add_run().add_picture(io.BytesIO(maps[kind]), width=Mm(_PICTURE_MM))
        picture.paragraph_format.keep_with_next = True
        text_line(document.add_paragraph(), said("scheme.map_small", lang, file=f"map_{kind}.pdf"), lang, size=8,
                  ink=SOFT, align="center", after=6)  # fmt: skip


def reduced(path: Path) -> bytes:
    """The PNG of a map at the resolution of the page that it is printed on."""
    from PIL import Image

    body = io.BytesIO()
    with Image.open(path) as picture:
        small = picture.convert("RGB")
        small.thumbnail((_PICTURE_DOTS, _PICTURE_DOTS))
        small.quantize(256).save(body, format="PNG", compress_level=9)
    return body.getvalue()


def is_map_caption(words: str) -> bool:
    """Is a paragraph the caption of a map in the appendix? A copy without maps has none."""
    small = {word("scheme.map_small", lang).partition("{")[0] for lang in ("zh", "en")}
    titles = {f"{'附图' if lang == 'zh' else 'Map '}{number}  {word(_TITLES.get(kind, f'map.{kind}'), lang)}"
              for lang in ("zh", "en") for number, kind in enumerate(_MAPS, start=1)}  # fmt: skip
    return words in titles or any(words.startswith(s) for s in small)
