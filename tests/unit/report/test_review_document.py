"""The official form as files: one page, the digits of the plan, nothing that runs."""

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pytest

from geo.report.content import PlanReport
from geo.report.forms import form_rows, review_form
from geo.report.review_document import write_review_docx, write_review_xlsx
from geo.report.words import word

NASTY = '=HYPERLINK("http://x","点我")\x07<w:r>&\u202e'


def lines_of(path: Path) -> list[list[str]]:
    """The rows of the form in a DOCX, a merged cell once."""
    (table,) = docx.Document(str(path)).tables
    rows = []
    for row in table.rows:
        seen = list(dict.fromkeys(cell._tc for cell in row.cells))
        rows.append(["".join(t.text or "" for t in tc.iter(f"{{{tc.nsmap['w']}}}t")) for tc in seen])
    return rows


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_docx_and_xlsx_show_the_digits_of_the_form(report: PlanReport, tmp_path: Path, lang: str) -> None:
    form = review_form(report)
    written = lines_of(write_review_docx(report, tmp_path / "form.docx", lang=lang))[7 : 7 + len(form_rows())]
    book = openpyxl.load_workbook(write_review_xlsx(report, tmp_path / "form.xlsx", lang=lang))
    (sheet,) = book.worksheets
    top = next(r for r in range(1, 40) if sheet.cell(r, 4).value == word("form.unit", lang)) + 1
    for place, (row, line) in enumerate(zip(form_rows(), written, strict=True)):
        assert row.words(lang)[1] in line
        for column, side in ((-2, form.out), (-1, form.inn)):
            value = side[row.key]
            assert line[column] == ("–" if value is None else f"{value:,.{row.decimals}f}")
            assert sheet.cell(top + place, 7 + column).value == ("–" if value is None else value)
    book.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_four_verdicts_and_the_basics_are_told(report: PlanReport, tmp_path: Path, lang: str) -> None:
    form, rows = review_form(report), lines_of(write_review_docx(report, tmp_path / "form.docx", lang=lang))
    assert f"{form.farmland_mu:,.2f} {word('unit.mu', lang)}" in rows[4]
    for verdict, row in zip(form.verdicts, rows[-5:-1], strict=True):
        label, figures = verdict.words(lang)
        assert label in row
        assert figures in row
        assert any(word("pass", lang) in cell for cell in row)
    text = "\n".join(p.text for p in docx.Document(str(tmp_path / "form.docx")).paragraphs)
    assert word("title.form", lang) in text
    assert word("synthetic", lang) in text
    assert word("form.sign", lang).strip()[:4] in text


def test_nothing_in_the_files_can_run(report: PlanReport, tmp_path: Path) -> None:
    hostile = replace(report, zone_name=NASTY)
    paths = (write_review_docx(hostile, tmp_path / "f.docx"), write_review_xlsx(hostile, tmp_path / "f.xlsx"))
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            text = "".join(archive.read(n).decode() for n in names if n.endswith((".xml", ".rels")))
        assert not re.search(r"<f[ >/]|w:instrText|w:fldSimple|<w:hyperlink|TargetMode=\"External\"", text)
        assert not [n for n in names if "vba" in n.lower() or "externalLink" in n or "embeddings" in n]
        assert "<w:r>&amp;" not in text.replace("&lt;w:r&gt;&amp;", "")
        assert "\x07" not in text
        assert "\u202e" not in text
    assert lines_of(paths[0])[0][-1].startswith("=HYPERLINK")
    book = openpyxl.load_workbook(paths[1])
    assert str(book.worksheets[0]["C3"].value).startswith("'=HYPERLINK")
    book.close()


def test_a_plan_that_moves_nothing_has_a_form_with_dashes(empty_report: PlanReport, tmp_path: Path) -> None:
    rows = lines_of(write_review_docx(empty_report, tmp_path / "f.docx"))
    grade = next(r for r in rows if any("平均质量等别" in c for c in r))
    assert grade[-2:] == ["–", "–"]
    assert sum("待人工认定" in cell for row in rows for cell in row) == 4


def test_nothing_half_stays(report: PlanReport, tmp_path: Path) -> None:
    for write in (write_review_docx, write_review_xlsx):
        with pytest.raises(OSError, match="nowhere"):
            write(report, tmp_path / "nowhere" / "f")
    assert not list(tmp_path.iterdir())


def test_the_real_data_needs_no_mark(make: Callable[..., PlanReport], tmp_path: Path) -> None:
    path = write_review_docx(replace(make(60), synthetic=False), tmp_path / "f.docx")
    with zipfile.ZipFile(path) as archive:
        assert word("synthetic", "zh") not in "".join(
            archive.read(n).decode() for n in archive.namelist() if n.endswith(".xml")
        )
