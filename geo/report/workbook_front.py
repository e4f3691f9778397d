"""The two sheets that are read first: cover with verdicts, and the official review form on one A4 page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.report.content import PlanReport
from geo.report.forms import FormRow, ReviewForm, form_rows, review_form
from geo.report.text import cell_text
from geo.report.words import coded, word
from geo.report.workbook_table import ALARM, GOOD, HEAD_FILL, SOFT, Styler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.worksheet import Worksheet

_FORMATS = {0: "#,##0", 2: "#,##0.00", 4: "#,##0.0000"}


def cover(sheet: Worksheet, style: Styler, report: PlanReport, contents: Sequence[str]) -> None:
    """What the plan does and whether it stands, on one page."""
    lang, form = style.lang, review_form(report)
    for place, width in enumerate((3, 20, 20, 20, 20)):
        sheet.set_column(place, place, width)
    sheet.set_row(0, 12)
    sheet.set_row(1, 34)
    sheet.write_string(1, 1, word("title.cover", lang), style(bold=True, font_size=20))
    for place in range(1, 5):
        sheet.write_blank(2, place, None, style(top=2))
    sheet.set_row(2, 18)
    row = 2
    if report.synthetic:
        sheet.write_string(row, 1, word("synthetic", lang), style(bold=True, font_size=12, font_color=ALARM, top=2))
        row += 1
    row += 1
    failed = [j for j in report.judgements if j.passed is False]
    held = sum(1 for j in report.judgements if j.passed)
    open_ = len(report.judgements) - held - len(failed)
    checks = "   ".join(
        f"{word(key, lang)} {number}" for key, number in (("pass", held), ("fail", len(failed)), ("ask", open_))
    )
    gap = f"  ({word('record.gap', lang)} {report.solution.gap:.4%})" if report.solution.status != "infeasible" else ""
    facts = (
        ("cover.zone", report.name[lang]), ("cover.date", report.on.isoformat()),
        ("cover.made", f"{report.made:%Y-%m-%d %H:%M}"),
        ("cover.run", report.run_id), ("cover.status", coded("status", report.solution.status, lang) + gap),
        ("cover.checks", checks),
    )  # fmt: skip
    for key, value in facts:
        sheet.set_row(row, 18)
        sheet.write_string(row, 1, word(key, lang), style(font_color=SOFT))
        ink = ALARM if key == "cover.checks" and failed else "#000000"
        sheet.write_string(row, 2, cell_text(value), style(font_color=ink))
        row += 1
    row = _cover_figures(sheet, style, form, row + 1)
    row = _cover_verdicts(sheet, style, form, row + 1)
    if failed:
        sheet.write_string(row + 1, 1, word("cover.failed", lang), style(bold=True, font_size=12, font_color=ALARM))
        row += 2
        for judgement in failed:
            sheet.merge_range(
                row, 1, row, 4, cell_text(f"{judgement.label(lang)}  –  {judgement.article(lang)}"),
                style.cell(indent=1, text_wrap=True),
            )  # fmt: skip
            row += 1
    sheet.write_string(row + 1, 1, word("cover.contents", lang), style(bold=True, font_size=12))
    row += 2
    for number, name in enumerate(contents):
        sheet.write_url(
            row + number // 3, 1 + number % 3, f"internal:'{name}'!A1",
            style(font_color="#1F5FA8", underline=1), cell_text(name),
        )  # fmt: skip
    last = row + (len(contents) - 1) // 3 + 2
    sheet.merge_range(last, 1, last, 4, word("area_method", lang), style(font_size=9, font_color=SOFT, text_wrap=True))
    sheet.set_row(last, 26)
    sheet.print_area(0, 0, last, 4)


def _cover_figures(sheet: Worksheet, style: Styler, form: ReviewForm, row: int) -> int:
    lang = style.lang
    sheet.write_string(row, 1, word("cover.figures", lang), style(bold=True, font_size=12))
    row += 1
    for place, head in enumerate(("", word("out", lang), word("in", lang), word("change", lang))):
        sheet.write_string(row, 1 + place, head, style.head())
    lines = (
        ("pieces", "pieces", 0), ("area_mu", "total_mu", 2), ("area_ha", "total_ha", 4), ("grade", "grade", 2),
        ("paddy_mu", "class_paddy", 2), ("mean_mu", "mean_mu", 2),
    )  # fmt: skip
    for label, key, digits in lines:
        row += 1
        sheet.set_row(row, 18)
        out, inn = form.out[key], form.inn[key]
        sheet.write_string(row, 1, word(label, lang), style.cell(indent=1))
        change = None if out is None or inn is None else round(inn - out, digits)
        for place, (value, pattern) in enumerate(
            ((out, _FORMATS[digits]), (inn, _FORMATS[digits]), (change, f"+{_FORMATS[digits]};-{_FORMATS[digits]};0"))
        ):
            _number(
                sheet,
                row,
                2 + place,
                value,
                style.cell(num_format=pattern, align="right", indent=1),
                style.cell(align="right"),
            )
    return row + 1


def _cover_verdicts(sheet: Worksheet, style: Styler, form: ReviewForm, row: int) -> int:
    lang = style.lang
    sheet.write_string(row, 1, word("cover.verdicts", lang), style(bold=True, font_size=12))
    for verdict in form.verdicts:
        row += 1
        label, figures = verdict.words(lang)
        sheet.write_string(row, 1, label, style.cell(bold=True, indent=1))
        words, ink = mark(verdict.passed, lang)
        sheet.write_string(row, 2, words, style.cell(bold=True, font_color=ink, align="center"))
        sheet.merge_range(row, 3, row, 4, cell_text(figures), style.cell(indent=1, text_wrap=True))
        sheet.set_row(row, 24)
    return row + 1


def mark(passed: bool | None, lang: str) -> tuple[str, str]:
    """A verdict as a sign with a word, and its ink."""
    if passed is None:
        return f"？ {word('ask', lang)}" if lang == "zh" else f"? {word('ask', lang)}", SOFT
    return (f"√ {word('pass', lang)}", GOOD) if passed else (f"× {word('fail', lang)}", ALARM)


def review_sheet(sheet: Worksheet, style: Styler, report: PlanReport) -> None:
    """The review form laid out for one A4 page: basics, out and in side by side, four verdicts, remarks, signatures."""
    lang, form = style.lang, review_form(report)
    for place, width in enumerate((5.5, 20, 22, 6.5, 16, 16)):
        sheet.set_column(place, place, width)
    sheet.set_row(0, 40)
    sheet.merge_range(
        0, 0, 0, 5, word("title.form", lang), style(bold=True, font_size=15, align="center", text_wrap=True)
    )
    sheet.merge_range(
        1, 0, 1, 5, word("synthetic", lang) if report.synthetic else "",
        style(bold=True, font_color=ALARM, align="center"),
    )  # fmt: skip
    row = _basics(sheet, style, report, form, 2)
    row = _form_body(sheet, style, form, row)
    row = _form_verdicts(sheet, style, form, row)
    sheet.set_row(row, 42)
    sheet.write_string(row, 0, "", style.cell(bg_color=HEAD_FILL))
    sheet.write_string(row, 1, word("form.other", lang), style.cell(indent=1))
    sheet.merge_range(row, 2, row, 5, "", style.cell())
    sheet.set_row(row + 1, 26)
    sheet.merge_range(row + 1, 0, row + 1, 5, word("form.sign", lang), style(font_size=10))
    sheet.set_row(row + 2, 26)
    sheet.merge_range(
        row + 2, 0, row + 2, 5, word("note.form", lang), style(font_size=8.5, font_color=SOFT, text_wrap=True)
    )
    sheet.print_area(0, 0, row + 2, 5)


def _basics(sheet: Worksheet, style: Styler, report: PlanReport, form: ReviewForm, row: int) -> int:
    lang = style.lang
    moved = len(report.moved_out) > 0
    lines: tuple[tuple[str, Any], ...] = (
        ("form.project", report.name[lang]), ("form.towns", ("、" if lang == "zh" else ", ").join(form.towns)),
        ("form.involved", word("yes" if moved else "no", lang)),
        ("form.has_plan", word("yes" if moved else "no", lang)),
        ("form.farmland", f"{form.farmland_mu:,.2f} {word('unit.mu', lang)}"),
        ("form.improve", form.verdicts[1].words(lang)[1]),
    )  # fmt: skip
    _side_title(sheet, style, row, row + len(lines) - 1, word("form.basic", lang))
    for key, value in lines:
        sheet.set_row(row, 32 if key == "form.farmland" else 22)
        sheet.write_string(row, 1, word(key, lang), style.cell(indent=1, text_wrap=True, font_size=9.5))
        sheet.merge_range(row, 2, row, 5, cell_text(value), style.cell(indent=1, text_wrap=True))
        row += 1
    return row


def _form_body(sheet: Worksheet, style: Styler, form: ReviewForm, row: int) -> int:
    lang = style.lang
    sheet.set_row(row, 20)
    sheet.merge_range(row, 0, row, 2, word("form.item", lang), style.head())
    for place, key in ((3, "form.unit"), (4, "out"), (5, "in")):
        sheet.write_string(row, place, word(key, lang), style.head())
    row += 1
    _side_title(sheet, style, row, row + len(form_rows()) - 1, f"{word('out', lang)}\n/\n{word('in', lang)}")
    lines = list(form_rows())
    for number, line in enumerate(lines):
        group, label, unit = line.words(lang)
        sheet.set_row(row, 20 if len(label) < 20 else 30)
        if group:
            _group(sheet, style, lines, number, row, group, lang)
            sheet.write_string(row, 2, label, style.cell(indent=1, text_wrap=True))
        else:
            sheet.merge_range(row, 1, row, 2, label, style.cell(indent=1, text_wrap=True))
        sheet.write_string(row, 3, unit, style.cell(align="center"))
        for place, value in ((4, form.out[line.key]), (5, form.inn[line.key])):
            _number(
                sheet, row, place, value, style.cell(num_format=_FORMATS[line.decimals], align="right", indent=1),
                style.cell(align="center", font_color=SOFT),
            )  # fmt: skip
        row += 1
    return row


def _group(
    sheet: Worksheet, style: Styler, lines: Sequence[FormRow], number: int, row: int, group: str, lang: str
) -> None:
    if number and lines[number - 1].words(lang)[0] == group:
        return
    last = number
    while last + 1 < len(lines) and lines[last + 1].words(lang)[0] == group:
        last += 1
    sheet.merge_range(row, 1, row + last - number, 1, group, style.cell(indent=1, text_wrap=True))


def _form_verdicts(sheet: Worksheet, style: Styler, form: ReviewForm, row: int) -> int:
    lang = style.lang
    _side_title(sheet, style, row, row + len(form.verdicts) - 1, word("form.result", lang))
    for verdict in form.verdicts:
        label, figures = verdict.words(lang)
        words, ink = mark(verdict.passed, lang)
        sheet.set_row(row, 24)
        sheet.write_string(row, 1, label, style.cell(bold=True, indent=1))
        sheet.write_string(row, 2, words, style.cell(bold=True, font_color=ink, align="center"))
        sheet.merge_range(row, 3, row, 5, cell_text(figures), style.cell(indent=1, text_wrap=True, font_size=9))
        row += 1
    return row


def _side_title(sheet: Worksheet, style: Styler, first: int, last: int, words: str) -> None:
    look = style.cell(bold=True, align="center", text_wrap=True, bg_color=HEAD_FILL)
    sheet.merge_range(first, 0, last, 0, words, look)


def _number(sheet: Worksheet, row: int, place: int, value: float | None, form: Any, empty: Any) -> None:
    if value is None:
        sheet.write_string(row, place, "–", empty)
    else:
        sheet.write_number(row, place, value, form)
