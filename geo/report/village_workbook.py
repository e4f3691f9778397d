"""THE TABLES of a village scheme as a workbook: summary, hamlets that move, places, quota loop, proof, figures used."""

# ruff: noqa: E501  # a sentence is one line

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from geo.report import village_content as content
from geo.report.text import plain
from geo.report.words import word
from geo.report.workbook_table import Styler, note, table, title
from geo.report.writing import replacing

SHEETS = ("structure", "modes", "villages", "moves", "places", "hamlets", "quota", "proof", "figures")


def write_village_workbook(told: Mapping[str, Any], path: Path | str, *, lang: str = "zh") -> Path:
    """Writes the XLSX from village.json; returns its path. Raises OSError; nothing half stays."""
    import xlsxwriter

    path = Path(path)
    synthetic = bool(told["zone"]["synthetic"])
    frames = content.frames(told, lang)
    with replacing(path) as temporary:
        book = xlsxwriter.Workbook(
            str(temporary), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        created = datetime.fromisoformat(told["created_utc"].replace("Z", "+00:00")).replace(tzinfo=None)
        book.set_properties({"title": f"{plain(content.zone_name(told, lang))} {content.word('title', lang)}",
                             "comments": f"run {told['run_id']}", "author": "Tianchou", "created": created})  # fmt: skip
        style = Styler(book, lang)
        for name in SHEETS:
            sheet = book.add_worksheet(content.word(name, lang)[:31])
            sheet.set_paper(8 if name in ("moves", "hamlets", "places") else 9)
            sheet.set_landscape()
            sheet.set_margins(left=0.5, right=0.5, top=0.55, bottom=0.65)
            sheet.fit_to_pages(1, 0)
            sheet.hide_gridlines(2)
            mark = word("synthetic", lang) if synthetic else ""
            sheet.set_footer(f"&L&8{mark}&C&8{word('page', lang)}&R&8{word('run', lang)} {plain(told['run_id'])}")
            head = f"{content.zone_name(told, lang)}  {content.word(name, lang)}"
            row = title(sheet, style, head, synthetic=synthetic)
            if name == "structure":
                row = note(sheet, style, row, content.source_line(told, lang))
            if name in ("structure", "modes", "figures"):
                row = note(sheet, style, row, content.word("note_assumed", lang))
            if name == "modes":
                opening = frames["quota"]["cost_wan"].sum() - frames["modes"]["cost_wan"].sum()
                row = note(sheet, style, row, content.word("note_opening", lang).format(wan=f"{opening:,.2f}"))
            table(sheet, style, f"village_{name}", frames[name], row)
            sheet.freeze_panes(row + 1, 0)
            sheet.repeat_rows(row)
        book.close()
    return path
