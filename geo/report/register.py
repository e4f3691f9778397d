"""THE REGISTER of the offset pool on paper: balances, dues, entries, and the head hash that fixes what was printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from geo.ledger.asset import account_kinds, asset
from geo.report.text import cell_text, plain
from geo.report.writing import replacing
from geo.standards.tables import rows

Table = tuple[str, list[str], list[list[str | float]]]


def verb_label(kind: str, lang: str) -> str:
    """The name of an act for a person."""
    found = {r["code"]: r for r in rows("ledger_verbs")}.get(kind)
    return found[lang if lang == "zh" else "en"] if found else kind


def legs_text(legs: Sequence[tuple[str, str, str, str, int]], lang: str) -> str:
    """What moved, one phrase a leg: ``数量 0.0200 公顷 可用→锁定（L1）``."""
    kinds = account_kinds()
    return "；".join(
        f"{asset(a).label(lang)} {asset(a).tell(n, lang)} {kinds[s].label(lang)}→{kinds[t].label(lang)} ({lot})"
        for s, t, lot, a, n in legs
    )


def tables(view: Mapping[str, Any], lang: str = "zh") -> list[Table]:
    """The printed register as tables: balances, dues, entries. ``view`` is ``geo.study.pool.picture``'s answer."""
    zh = lang == "zh"
    used = {k for row in view["balances"] for k, n in row["units"].items() if n}
    told = [k for k in account_kinds().values() if k.told and (k.code in used or k.code in ("AVAILABLE", "RESERVED"))]
    head = ["县（区）", "指标", "单位"] if zh else ["County", "Asset", "Unit"]
    balances: list[list[str | float]] = [
        [r["county_name"], r["asset_name"], r["unit"], *(float(r[k.code]) for k in told)] for r in view["balances"]
    ]
    status = {"open": ("未到期", "open"), "overdue": ("逾期", "overdue"), "fulfilled": ("已结清", "settled")}
    dues: list[list[str | float]] = [
        [d.due_on, float(d.days), d.lot, d.project, d.government,
         "；".join(f"{asset(a).label(lang)} {asset(a).tell(n, lang)}" for a, n in d.left.items()),
         status[d.status][0 if zh else 1]]
        for d in view["dues"]
    ]  # fmt: skip
    entries: list[list[str | float]] = [
        [x.number, x.effective_on, x.recorded_at[:19].replace("T", " "), verb_label(x.kind, lang),
         legs_text(x.legs, lang), " ".join(x.projects), x.reason, x.basis, x.actor, x.approver, x.regime, x.hash[:12]]
        for x in view["lines"]
    ]  # fmt: skip
    return [
        ("余额" if zh else "Balances", [*head, *(k.label(lang) for k in told)], balances),
        ("到期" if zh else "Due", ["到期日", "天数", "批次", "项目", "责任政府", "余额", "状态"] if zh
         else ["Due on", "Days", "Lot", "Project", "Government", "Left", "Status"], dues),
        ("凭证" if zh else "Entries",
         ["凭证号", "生效日", "记录时间(UTC)", "事项", "分录", "项目", "事由", "依据",
          "经办", "审批", "制度", "哈希"] if zh
         else ["Number", "Effective", "Recorded (UTC)", "Act", "Legs", "Project", "Reason", "Basis",
               "Actor", "Approver", "Regime", "Hash"], entries),
    ]  # fmt: skip


def cover_lines(view: Mapping[str, Any], lang: str = "zh") -> list[str]:
    """Whose books, which day, as known when, and the head that proves it."""
    until = view["recorded_until"] or view["head_recorded_at"]
    if lang == "zh":
        return [f"生效日截至 {view['on']}", f"记录时间截至 {until}", f"凭证 {view['entries']} 笔，链首 {view['head']}",
                "面积以 0.01 平方米、产能以 0.01 千克记账；公顷列至四位小数。"]  # fmt: skip
    return [f"Effective up to {view['on']}", f"As recorded up to {until}",
            f"{view['entries']} entries, head {view['head']}",
            "Booked in 0.01 m² and 0.01 kg; hectares shown to four decimals."]  # fmt: skip


def write_register_xlsx(view: Mapping[str, Any], path: Path, *, lang: str = "zh") -> Path:
    """The register as a workbook without a single formula. Raises OSError; nothing half stays."""
    import xlsxwriter

    with replacing(path) as temporary:
        book = xlsxwriter.Workbook(str(temporary), {"strings_to_formulas": False, "strings_to_urls": False})
        bold = book.add_format({"bold": True, "bg_color": "#E8EFE6", "border": 1, "text_wrap": True})
        cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        figure = book.add_format({"border": 1, "num_format": "#,##0.00##", "valign": "top"})
        for name, header, body in tables(view, lang):
            sheet = book.add_worksheet(name)
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.set_footer(f"&C&P / &N&R&8{view['head'][:16]}")
            for i, line in enumerate(cover_lines(view, lang)):
                sheet.write_string(i, 0, cell_text(line))
            top = len(cover_lines(view, lang)) + 1
            sheet.repeat_rows(top)
            sheet.freeze_panes(top + 1, 0)
            for column, title in enumerate(header):
                sheet.write_string(top, column, title, bold)
                widest = max([len(title) * 2, *(len(str(r[column])) for r in body)], default=10)
                sheet.set_column(column, column, min(max(9, widest + 2), 46))
            for i, row in enumerate(body, top + 1):
                for column, value in enumerate(row):
                    if isinstance(value, float):
                        sheet.write_number(i, column, value, figure)
                    else:
                        sheet.write_string(i, column, cell_text(value), cell)
        book.close()
    return path


def _figure(value: float) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def _widths(header: Sequence[str], body: Sequence[Sequence[str]], *, page_mm: float = 267.0) -> list[float]:
    """Column widths in millimetres that fill the page, wide columns for long texts."""
    longest = [max([_width(h), *(_width(r[i]) for r in body)]) for i, h in enumerate(header)]
    weights = [min(max(n, 6.0) + 3.0, 44.0) for n in longest]
    return [page_mm * n / sum(weights) for n in weights]


def _width(text: str) -> float:
    """Widest unbreakable look of a text, in Latin letters: a Chinese character counts twice."""
    return sum(2.0 if ord(c) > 0x2E7F else 1.0 for c in text)


def write_register_docx(view: Mapping[str, Any], path: Path, *, lang: str = "zh") -> Path:
    """The register as a document to print and sign. Raises OSError; nothing half stays."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    document = Document()
    page = document.sections[0]
    page.orientation, page.page_width, page.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    page.left_margin = page.right_margin = Mm(15)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Noto Sans CJK SC", Pt(9)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Noto Sans CJK SC")
    document.add_heading("指标池台账" if lang == "zh" else "Register of the offset pool", level=1)
    for line in cover_lines(view, lang):
        document.add_paragraph(plain(line))
    for name, header, body in tables(view, lang):
        document.add_heading(name, level=2)
        shown = [[_figure(v) if isinstance(v, float) else plain(v) for v in row] for row in body]
        table = document.add_table(rows=1, cols=len(header), style="Table Grid")
        table.autofit = False
        repeat = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(repeat)  # the head again on every printed page
        widths = _widths(header, shown)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        for texts in (header, *shown):
            cells = table.rows[0].cells if texts is header else table.add_row().cells
            for place, text, width in zip(cells, texts, widths, strict=True):
                place.width = Mm(width)
                place.text = text
                for part in place.paragraphs[0].runs:
                    part.font.size, part.font.bold = Pt(7.5), texts is header
    signed = ("经办：", "审批：", "日期：") if lang == "zh" else ("Clerk:", "Approver:", "Date:")
    document.add_paragraph((" " * 24).join(signed))
    with replacing(path) as temporary:
        document.save(str(temporary))
    return path
