"""The workbook: no formula, codes stay text, totals equal the rows shown, both languages, whole or not there."""

import re
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from geo.report.content import PlanReport
from geo.report.words import word
from geo.report.workbook import SHEETS, told_figures, write_workbook


@pytest.fixture(scope="module", params=["zh", "en"])
def written(
    request: pytest.FixtureRequest, report: PlanReport, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    return request.param, write_workbook(report, tmp_path_factory.mktemp("book") / "plan.xlsx", lang=request.param)


@pytest.fixture
def book(written: tuple[str, Path]) -> Iterator[tuple[str, Workbook]]:
    opened = openpyxl.load_workbook(written[1])
    yield written[0], opened
    opened.close()


def _head(sheet: Worksheet, first: str) -> int:
    return next(r for r in range(1, 60) if str(sheet.cell(r, 1).value or "").replace("\n", "") == first)


def test_no_formula_and_no_outside_link(written: tuple[str, Path]) -> None:
    with zipfile.ZipFile(written[1]) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        assert len(sheets) == len(SHEETS)
        for name in sheets:
            xml = archive.read(name).decode()
            assert not re.search(r"<f[ >/]", xml), name
            assert "r:id" not in xml or "hyperlink" not in xml.split("r:id")[0][-200:], name
        assert not any("externalLink" in n or "vba" in n for n in archive.namelist())


def test_every_sheet_is_there_in_order(book: tuple[str, Workbook]) -> None:
    lang, opened = book
    assert opened.sheetnames == [word(f"book.{n}", lang) for n in SHEETS]


def test_hostile_text_is_text(book: tuple[str, Workbook]) -> None:
    lang, opened = book
    values = [c.value for row in opened[word("book.moved_out", lang)].iter_rows() for c in row if c.value]
    assert any(str(v).startswith("'=HYPERLINK") for v in values)


def test_long_codes_are_text(book: tuple[str, Workbook], report: PlanReport) -> None:
    lang, opened = book
    cells = [c.value for row in opened[word("book.moved_out", lang)].iter_rows() for c in row]
    for code in report.moved_out["farmland_id"]:
        assert code in cells


@pytest.mark.parametrize("name", ["moved_out", "moved_in", "by_county", "by_town", "fragments"])
def test_totals_equal_the_rows_shown(book: tuple[str, Workbook], name: str) -> None:
    lang, opened = book
    sheet = opened[word(f"book.{name}", lang)]
    last = sheet.max_row
    assert sheet.cell(last, 1).value == word("total", lang)
    first = max(r for r in range(1, last) if sheet.cell(r, 1).font.b) + 1
    checked = 0
    for column in range(1, sheet.max_column + 1):
        pattern = sheet.cell(last, column).number_format
        total = sheet.cell(last, column).value
        if pattern not in ("#,##0.0000", "#,##0.00", "#,##0") or not isinstance(total, int | float):
            continue
        shown = [sheet.cell(r, column).value for r in range(first, last)]
        assert sum(Decimal(str(v)) for v in shown if v is not None) == Decimal(str(total)), (name, column)
        checked += 1
    assert checked >= 2


def test_the_review_form_prints_on_one_page(book: tuple[str, Workbook]) -> None:
    lang, opened = book
    sheet = opened[word("book.form", lang)]
    assert sheet.page_setup.paperSize == 9
    # One page is the default that the file need not spell out.
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight or 1) == (1, 1)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_area


def test_lists_keep_their_head_in_view_and_on_every_page(book: tuple[str, Workbook]) -> None:
    lang, opened = book
    sheet = opened[word("book.moved_out", lang)]
    assert sheet.freeze_panes is not None
    assert sheet.print_title_rows
    assert sheet.page_setup.paperSize == 8


def test_invented_data_is_marked_on_every_sheet(book: tuple[str, Workbook]) -> None:
    lang, opened = book
    mark = word("synthetic", lang)
    for sheet in opened:
        assert any(mark in str(c.value) for row in sheet.iter_rows(max_row=4) for c in row), sheet.title
        assert mark in sheet.oddFooter.left.text


def test_the_same_run_writes_the_same_bytes(report: PlanReport, tmp_path: Path) -> None:
    first, second = (write_workbook(report, tmp_path / f"{k}.xlsx") for k in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_an_empty_plan_still_has_its_workbook(empty_report: PlanReport, tmp_path: Path) -> None:
    opened = openpyxl.load_workbook(write_workbook(empty_report, tmp_path / "empty.xlsx"))
    assert len(opened.sheetnames) == len(SHEETS)
    opened.close()


def test_nothing_half_written(report: PlanReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "plan.xlsx"
    target.write_bytes(b"before")

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("geo.report.workbook._record", fail)
    with pytest.raises(OSError, match="disk full"):
        write_workbook(report, target)
    assert target.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["plan.xlsx"]


def test_judgement_figures_in_units_of_a_reader(make: Callable[..., PlanReport]) -> None:
    from dataclasses import replace

    base = make(60).judgements[0]
    assert told_figures(replace(base, unit="m2", measured=2000.0, limit=1000.0), "zh") == (3.0, 1.5, "亩")
    assert told_figures(replace(base, unit="share", measured=0.0512, limit=0.05), "en") == (5.12, 5.0, "%")
    assert told_figures(replace(base, measured=None, limit="=1", unit="倍"), "zh") == ("–", "=1", "倍")


def test_tables_as_text(report: PlanReport, tmp_path: Path) -> None:
    """The balance and the form as an official sees them; a change of any figure is a change of this file."""
    opened = openpyxl.load_workbook(write_workbook(report, tmp_path / "plan.xlsx"))
    lines = []
    for name in ("form", "by_county", "by_town"):
        sheet = opened[word(f"book.{name}")]
        lines.append(f"# {sheet.title}")
        for row in sheet.iter_rows(values_only=True):
            cells = ["" if v is None else str(v).replace("\n", "") for v in row]
            if any(cells):
                lines.append("\t".join(cells).rstrip())
    opened.close()
    golden = Path(__file__).parents[2] / "golden" / "report_tables.txt"
    if not golden.exists():
        golden.write_text("\n".join(lines) + "\n", "utf-8")
    assert "\n".join(lines) + "\n" == golden.read_text("utf-8")
