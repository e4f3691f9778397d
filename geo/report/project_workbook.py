"""THE ANNEXES: 附表 of a 占用补划方案 as one XLSX in the ministry's layout, each sheet ready to print and sign.

No formula is ever written. The figures are those of ``project_figures``, so the document says the same digits.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.report import project_grids as grids
from geo.report.project_content import ProjectReport
from geo.report.project_figures import SchemeFigures, scheme_figures
from geo.report.project_grids import Grid
from geo.report.project_scheme import record_blocks
from geo.report.text import cell_text, plain
from geo.report.words import said, word
from geo.report.workbook_table import ALARM, SOFT, TOTAL_FILL, Styler, note, table, title
from geo.report.writing import replacing
from geo.standards.land import admin_units, land_classes
from geo.standards.units import HA_M2, MINUS, round_half_up

if TYPE_CHECKING:
    import pandas as pd
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_A3 = ("1", "2", "4")  # the wide lists print on A3, the rest on A4
_MM_PER_CHARACTER = 2.0


def write_annexes(
    report: ProjectReport, path: Path | str, *, lang: str = "zh", figures: SchemeFigures | None = None
) -> Path:
    """Writes the annexes. Raises OSError when they cannot be written; nothing half stays."""
    import xlsxwriter

    path = Path(path)
    with replacing(path) as temporary:
        book = xlsxwriter.Workbook(
            str(temporary),
            {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        book.set_properties(
            {"title": said("scheme.title", lang, name=report.name[lang]),
             "subject": word("synthetic", lang) if report.synthetic else "", "comments": f"run {report.run_id}",
             "author": f"Tianchou {report.software.get('tianchou', '')}",
             "created": datetime.fromisoformat(report.created).replace(tzinfo=None)}
        )  # fmt: skip
        _fill(book, report, figures or scheme_figures(report), lang)
        book.close()
    return path


def _fill(book: Workbook, report: ProjectReport, f: SchemeFigures, lang: str) -> None:
    style = Styler(book, lang)

    def sheet(key: str) -> tuple[Worksheet, int]:
        made = book.add_worksheet(word(f"annex.{key}", lang))
        _page(made, report, key, lang)
        row = title(made, style, word(f"annex.title{key}", lang), synthetic=report.synthetic)
        head = said("annex.head", lang, name=report.name[lang], number=report.project.number or "–",
                    on=report.on.isoformat())  # fmt: skip
        return made, note(made, style, row, head)

    involved = [c for c in f.counties if c.out.plots or c.inn.plots]
    lists = {"1": taken_rows(report, f, lang), "2": replacement_rows(report, f, lang), "4": occupied_rows(f, lang)}
    tables = {
        "3": grids.county_grid(f, involved, lang), "6": grids.overlay_grid(report, lang),
        "7": grids.options_grid(report, lang), "8": grids.checks_grid(report, lang),
        "9": grids.indicator_grid(report, f, lang), "10": grids.alternative_grid(report, lang),
    }  # fmt: skip
    for number in range(1, 11):
        key = str(number)
        made, row = sheet(key)
        if key in lists:
            after = _list(made, style, f"annex{key}", lists[key], row)
        elif key == "5":
            after = _classes(made, style, f, note(made, style, row, word("annex.note5", lang)))
        else:
            after = _grid(made, style, tables[key], row)
        made.write_string(after + 1, 0, word("annex.sign", lang), style())
        if key in lists:
            note(made, style, after + 2, word("annex.note", lang))
    _record(book, style, report, lang)


def _page(sheet: Worksheet, report: ProjectReport, key: str, lang: str) -> None:
    sheet.set_paper(8 if key in _A3 else 9)
    sheet.set_landscape()
    sheet.set_margins(left=0.5, right=0.5, top=0.55, bottom=0.65)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    mark = word("synthetic", lang) if report.synthetic else ""
    sheet.set_footer(f"&L&8{mark}&C&8{word('page', lang)}&R&8{word('run', lang)} {plain(report.run_id)}")


def _list(sheet: Worksheet, style: Styler, name: str, frame: pd.DataFrame, row: int) -> int:
    after = table(sheet, style, name, frame, row)
    sheet.freeze_panes(row + 1, 0)
    sheet.repeat_rows(row)
    return after


def taken_rows(report: ProjectReport, f: SchemeFigures, lang: str = "zh") -> pd.DataFrame:
    """附表1: one row a piece of permanent basic farmland taken, sorted by county, township and village."""
    rows = _placed(f.taken, report, lang)
    return rows.assign(reserve=rows.get("reserve", False), phase=rows.get("phase", ""), note="")


def replacement_rows(report: ProjectReport, f: SchemeFigures, lang: str = "zh") -> pd.DataFrame:
    """附表2: one row a plot that comes in."""
    rows = _placed(f.replacement, report, lang)
    split = rows["split"].fillna(False).astype(bool)
    return rows.assign(
        reserve=True, standard=rows["lot_kind"].astype(str).str.contains("高标准"),
        note=np.where(split, word("annex.split", lang), ""),
    )  # fmt: skip


def occupied_rows(f: SchemeFigures, lang: str = "zh") -> pd.DataFrame:
    """附表4: one row a piece of a parcel."""
    rows = _numbered(f.occupied)
    whole = rows["whole"].astype(bool)
    return rows.assign(
        net_area_m2=rows["ha"] * HA_M2, ridge_m2=rows["ridge_ha"] * HA_M2,
        part=np.where(whole, word("annex.part_whole", lang), word("annex.part_cut", lang)),
    )  # fmt: skip


def _placed(frame: pd.DataFrame, report: ProjectReport, lang: str) -> pd.DataFrame:
    rows = _numbered(frame)
    if report.periphery_known and "peripheral" in rows:
        around: Any = [word("yes" if p else "no", lang) for p in rows["peripheral"].fillna(False)]
    else:
        around = word("annex.unknown", lang)
    return rows.assign(net_area_m2=rows["ha"] * HA_M2, paddy_m2=rows["paddy_ha"] * HA_M2, around=around)


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    units = admin_units()
    rows = frame.sort_values(["county_code", "town_code", "village_code"], kind="stable").reset_index(drop=True)
    names = [units[c].zh if c in units else c for c in rows["county_code"].astype(str)]
    return rows.assign(county=names, number=np.arange(1, len(rows) + 1))


def class_grid(f: SchemeFigures, lang: str = "zh") -> Grid:
    """附表5: classes under the three great classes, one column a county and the total, 公顷."""
    counties = [c for c in f.counties if f.land_ha(county=c.code)]
    heads = (word("annex.code", lang), word("annex.class", lang), *(c.name for c in counties), word("total", lang))
    classes, rows = land_classes(), []

    def line(code: str, name: str, rows_: pd.DataFrame) -> tuple[str, ...]:
        parts = [round_half_up(float(rows_.loc[rows_["county_code"] == c.code, "ha"].sum()), 4) for c in counties]
        return (code, name, *map(grids.ha, parts), grids.ha(round_half_up(sum(parts), 4)))

    for three in ("N", "J", "W"):
        mine = f.land[f.land["three"] == three]
        if len(mine):
            rows.append(line("", word(f"annex.three_{three}", lang), mine))
        crop = mine[mine["class_code"].str.startswith("01")]
        if len(crop):
            rows.append(line("", word("annex.of_which_crop", lang), crop))
        for code in sorted(mine["class_code"].unique()):
            known = classes.get(code)
            name = code if known is None else known.zh if lang == "zh" else known.en or known.zh
            rows.append(line(code, name, mine[mine["class_code"] == code]))
    rows.append(line("", word("total", lang), f.land))
    return Grid(heads, tuple(rows), (20, 56, *[32.0] * (len(counties) + 1)), 1)


def _classes(sheet: Worksheet, style: Styler, f: SchemeFigures, row: int) -> int:
    grid = class_grid(f, style.lang)
    bold = frozenset(k for k, line in enumerate(grid.rows) if not line[0])
    return _grid(sheet, style, grid, row, bold=bold)


def _grid(sheet: Worksheet, style: Styler, grid: Grid, row: int, *, bold: frozenset[int] = frozenset()) -> int:
    """A table of the scheme as cells: figures as numbers with the decimals shown, the rest as text. Next free row."""
    for place, (head, wide) in enumerate(zip(grid.heads, grid.widths_mm, strict=True)):
        sheet.write_string(row, place, head, style.head())
        sheet.set_column(place, place, max(wide / _MM_PER_CHARACTER, 8))
    sheet.set_row(row, 30)
    sheet.repeat_rows(row)
    sheet.freeze_panes(row + 1, 0)
    if not grid.rows:
        row += 1
        sheet.merge_range(row, 0, row, len(grid.heads) - 1, word("note.none", style.lang),
                          style.cell(align="center", font_color=SOFT))  # fmt: skip
    for number, line in enumerate(grid.rows):
        row += 1
        strong = number >= len(grid.rows) - grid.totals or number in bold
        look: dict[str, Any] = {"bold": True, "bg_color": TOTAL_FILL} if strong else {}
        tall = 1
        for place, text in enumerate(line):
            value = figure_of(text)
            if value is None or grid.heads[place] == word("annex.code", style.lang):
                sheet.write_string(row, place, cell_text(text), style.cell(text_wrap=True, align=_align(text), **look))
                room = max(grid.widths_mm[place] / _MM_PER_CHARACTER, 8) - 1
                tall = max(tall, int(-(-sum(2 if ord(c) > 0x2E80 else 1 for c in text) // room)))
            else:
                sheet.write_number(row, place, value[0], style.cell(num_format=value[1], **look))
        sheet.set_row(row, 15.0 * tall + 3)
    return row + 1


def _align(text: str) -> str:
    return "center" if len(text) <= 10 else "left"


def figure_of(text: str) -> tuple[float, str] | None:
    """The number that a text shows and a format that shows it so; None for what is no plain number."""
    bare = text.replace(",", "").replace(MINUS, "-").rstrip("%")
    body = bare.lstrip("+-")
    if not body.replace(".", "", 1).isdigit():
        return None
    percent = text.endswith("%")
    places = len(body.partition(".")[2])
    pattern = "#,##0" + ("." + "0" * places if places else "") + ("%" if percent else "")
    signed = f"+{pattern};{MINUS}{pattern};{pattern}" if bare[0] in "+-" else pattern
    return float(bare) / (100.0 if percent else 1.0), signed


def _record(book: Workbook, style: Styler, report: ProjectReport, lang: str) -> None:
    sheet = book.add_worksheet(word("annex.record", lang))
    _page(sheet, report, "record", lang)
    row = title(sheet, style, word("annex.record", lang), synthetic=report.synthetic)
    for block in record_blocks(report, lang)[1:]:
        if block.grid is not None:
            row = _grid_plain(sheet, style, block.grid, row) + 1
        else:
            ink = ALARM if block.kind == "alarm" else SOFT if block.kind == "small" else "#000000"
            sheet.write_string(row, 0, cell_text(block.words), style(font_color=ink, bold=block.kind == "caption"))
            row += 1
    for place, wide in enumerate((38, 68, 18, 46, 18)):
        sheet.set_column(place, place, wide)


def _grid_plain(sheet: Worksheet, style: Styler, grid: Grid, row: int) -> int:
    for place, head in enumerate(grid.heads):
        sheet.write_string(row, place, head, style.head())
    for line in grid.rows:
        row += 1
        for place, text in enumerate(line):
            sheet.write_string(row, place, cell_text(text), style.cell(indent=1, shrink=True))
    return row + 1
