"""A worksheet's craft: fonts and borders, typed columns in official decimals, totals that equal what is shown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.geometry.ellipsoid import balance_to
from geo.report.text import cell_text
from geo.report.words import coded, inside, word
from geo.standards.land import base_code, land_classes
from geo.standards.tables import rows
from geo.standards.units import HA_M2, MU_M2, round_half_up

if TYPE_CHECKING:
    import pandas as pd
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# kind → number format, decimals, m² (or as it stands) per unit shown
NUMBERS = {
    "ha": ("#,##0.0000", 4, HA_M2), "mu": ("#,##0.00", 2, MU_M2), "metre": ("#,##0.0", 1, 1.0),
    "grade": ("0.00", 2, 1.0), "percent": ("0.00%", 4, 1.0), "count": ("#,##0", 0, 1.0), "plain": ("0.##", 2, 1.0),
    "thousandth": ("0.000", 3, 1.0), "hundredth": ("#,##0.00", 2, 1.0),
}  # fmt: skip
BALANCED = ("ha", "mu", "metre")
HEAD_FILL, TOTAL_FILL, LINE = "#E3ECE8", "#F4F1E4", "#8A979C"
ALARM, GOOD, SOFT = "#B3261E", "#1B6B3A", "#5B676E"
CENTRED = ("square", "class_code", "verdict", "unit", "measured", "limit")
MAX_ROWS = 1_048_000  # of a worksheet, less the head


@dataclass(frozen=True, slots=True)
class Column:
    """One column of ``geo/standards/tables/report_columns.csv`` or ``project_columns.csv``."""

    key: str
    zh: str
    en: str
    kind: str
    width: float
    total: str

    def head(self, lang: str) -> str:
        """The head with its unit on a line of its own."""
        if lang != "zh":
            return self.en.replace(" (", "\n(")
        return self.zh.replace("（", "\n（") if len(self.zh) > 4 and self.zh.endswith("）") else self.zh


@cache
def columns(table: str) -> tuple[Column, ...]:
    """The columns of a table of the workbook in order."""
    return tuple(
        Column(r["key"], r["zh"], r["en"], r["kind"], float(r["width"]), r["total"])
        for source in ("report_columns", "project_columns", "change_columns", "village_columns")
        for r in rows(source)
        if r["table"] == table
    )


class Styler:
    """Formats of one workbook, made once each. Chinese pages ask for SimSun, which every office has."""

    def __init__(self, book: Workbook, lang: str) -> None:
        self.book, self.lang = book, lang
        self.face = "SimSun" if lang == "zh" else "Arial"
        self.strong = "SimHei" if lang == "zh" else "Arial"
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __call__(self, **choices: Any) -> Format:
        """A format: 10 points, centred vertically, wrapped only when asked."""
        face = self.strong if choices.get("bold") else self.face
        if "num_format" in choices:
            face = "Times New Roman"  # the figures of Chinese forms, and narrow in both languages
        whole = {"font_name": face, "font_size": 10, "valign": "vcenter", **choices}
        key = tuple(sorted(whole.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format(whole)
        return self._made[key]

    def cell(self, **choices: Any) -> Format:
        """A format with a thin border."""
        return self(border=1, border_color=LINE, **choices)

    def head(self) -> Format:
        return self.cell(bold=True, bg_color=HEAD_FILL, align="center", text_wrap=True)


def title(sheet: Worksheet, style: Styler, words: str, *, synthetic: bool, row: int = 0) -> int:
    """Title at the left edge and, under it, the mark of invented data. Returns the next free row."""
    sheet.set_row(row, 26)
    sheet.write_string(row, 0, cell_text(words), style(bold=True, font_size=15))
    if synthetic:
        sheet.write_string(row + 1, 0, word("synthetic", style.lang), style(bold=True, font_color=ALARM))
        return row + 2
    return row + 1


def note(sheet: Worksheet, style: Styler, row: int, words: str) -> int:
    """A line of small print. Returns the next free row."""
    sheet.write_string(row, 0, cell_text(words), style(font_size=9, font_color=SOFT))
    return row + 1


def table(
    sheet: Worksheet, style: Styler, name: str, frame: pd.DataFrame, row: int, *, widths: bool = True,
    controls: Mapping[str, float | None] | None = None,
) -> int:  # fmt: skip
    """The frame as a table of the columns of ``name``: head, rows, total row if any column has one. Next free row.

    Columns that the frame lacks are left out. Areas are balanced by largest remainder, so that the total row is both
    the rounded true total and the sum of the rows shown; ``controls`` gives the total (in the unit shown) of a column
    that another table has already told.
    """
    chosen = [c for c in columns(name) if c.key in frame.columns]
    height = 15 * max(_lines(c, style.lang) for c in chosen) + 3
    sheet.set_row(row, height)
    for place, column in enumerate(chosen):
        sheet.write_string(row, place, column.head(style.lang), style.head())
        if widths:
            sheet.set_column(place, place, _width(column, frame, style.lang))
    first = row + 1
    if not len(frame):
        sheet.merge_range(
            first, 0, first, len(chosen) - 1, word("note.none", style.lang), style.cell(align="center", font_color=SOFT)
        )
        return first + 1
    body = frame.iloc[:MAX_ROWS]
    totals: list[float | None] = []
    for place, column in enumerate(chosen):
        totals.append(_column(sheet, style, body, column, first, place, (controls or {}).get(column.key)))
    _heights(sheet, style, body, [c for c in chosen if _wraps(c)], first)
    after = first + len(body)
    if any(c.total for c in chosen):
        _total_row(sheet, style, chosen, totals, after)
        after += 1
    return after


def _lines(column: Column, lang: str) -> int:
    """Lines that the head takes in its column."""
    return sum(max(1, math.ceil(_wide(part) / max(column.width - 0.5, 1))) for part in column.head(lang).split("\n"))


def _width(column: Column, frame: pd.DataFrame, lang: str) -> float:
    """The column's width, more when its texts need more, at most 44 characters."""
    if column.kind in NUMBERS or column.kind in ("any", "flag") or not len(frame):
        return column.width
    longest = max(_wide(_words(column.kind, v, lang)) for v in frame[column.key].unique()) + 2.5
    return max(column.width, min(longest, 44.0))


def _wide(text: str) -> float:
    """Width in worksheet characters: a Chinese one counts two."""
    return sum(2.1 if ord(c) > 0x2E80 else 1.05 for c in text)


def _wraps(column: Column) -> bool:
    return column.kind == "inside" or (column.kind == "text" and column.width > 30)


def _heights(sheet: Worksheet, style: Styler, frame: pd.DataFrame, wrapped: Sequence[Column], row: int) -> None:
    """Row heights for texts that wrap: a spreadsheet sets them on opening only, not for the printer."""
    if not wrapped:
        return
    wide = [_width(c, frame, style.lang) - 3 for c in wrapped]
    for k, cells in enumerate(zip(*(frame[c.key].tolist() for c in wrapped), strict=True)):
        needed = max(
            math.ceil(_wide(_words(c.kind, v, style.lang)) / w) for c, v, w in zip(wrapped, cells, wide, strict=True)
        )
        if needed > 1:
            sheet.set_row(row + k, 14.0 * needed + 2)


def _column(
    sheet: Worksheet, style: Styler, frame: pd.DataFrame, column: Column, row: int, place: int, control: float | None
) -> float | None:
    """Writes one column and returns its total as shown (None without)."""
    values = frame[column.key]
    if column.kind in NUMBERS:
        pattern, digits, per = NUMBERS[column.kind]
        ordinal = column.key in ("number", "grade", "slope_grade")
        form = style.cell(num_format=pattern, align="center" if ordinal else "right")
        blank = style.cell()
        raw = values.astype("float").to_numpy() / per
        known = np.isfinite(raw)
        shown = np.full(len(raw), np.nan)
        if column.kind in BALANCED and column.total == "sum" and known.any():
            shown[known] = balance_to(
                float(raw[known].sum()) if control is None else control, raw[known], digits=digits
            )
        else:
            shown[known] = [round_half_up(v, digits) for v in raw[known]]
        for k, value in enumerate(shown):
            if np.isfinite(value):
                sheet.write_number(row + k, place, float(value), form)
            else:
                sheet.write_blank(row + k, place, None, blank)
        if column.total == "sum":
            return round_half_up(float(np.nansum(shown)), digits)
        return _mean(frame, column)
    middle = column.kind in ("flag", "land", "source") or column.key in CENTRED
    text = style.cell(align="center") if middle else style.cell(align="left", indent=1, text_wrap=_wraps(column))
    number = style.cell(num_format="#,##0.####", align="center")
    for k, value in enumerate(values.tolist()):
        if column.kind == "any" and _is_figure(value):
            sheet.write_number(row + k, place, float(value), number)
        else:
            sheet.write_string(row + k, place, _words(column.kind, value, style.lang), text)
    return None


def _mean(frame: pd.DataFrame, column: Column) -> float | None:
    """What stands under a column that is not a sum: a mean weighted by area, or a ratio of sums."""
    if column.total == "grade":
        return _weighted(frame[column.key], frame["net_area_m2"])
    if column.total in ("out", "in"):
        return _weighted(frame[column.key], frame[f"{column.total}_net_m2"])
    pairs = {"ratio": ("in_net_m2", "out_net_m2"), "share": ("out_net_m2", "farmland_net_m2")}
    if column.total in pairs:
        above, below = (float(frame[c].sum()) for c in pairs[column.total])
        return round_half_up(above / below, 4) if below else None
    return None


def _weighted(values: pd.Series, weights: pd.Series) -> float | None:
    v, w = values.astype("float").to_numpy(), weights.astype("float").to_numpy()
    known = np.isfinite(v) & (w > 0)
    return round_half_up(float((v[known] * w[known]).sum() / w[known].sum()), 2) if known.any() else None


def _total_row(
    sheet: Worksheet, style: Styler, chosen: Sequence[Column], totals: Sequence[float | None], row: int
) -> None:
    for place, (column, value) in enumerate(zip(chosen, totals, strict=True)):
        look: dict[str, Any] = {"bg_color": TOTAL_FILL, "bold": True}
        if value is None:
            words = word("total", style.lang) if place == 0 else ""
            sheet.write_string(row, place, words, style.cell(align="center", **look))
        else:
            kind = "grade" if column.total in ("grade", "out", "in") else column.kind
            sheet.write_number(row, place, value, style.cell(num_format=NUMBERS[kind][0], **look))


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and bool(np.isfinite(value))


def _words(kind: str, value: Any, lang: str) -> str:
    if kind == "flag":
        return word("yes" if bool(value) else "no", lang)
    if kind == "land":
        found = land_classes().get(base_code(str(value)))
        return "" if found is None else found.zh if lang == "zh" else found.en or found.zh
    if kind == "inside":
        return cell_text(inside(value, lang))
    if kind in ("against", "source"):
        return cell_text(coded(kind, value, lang))
    return cell_text(value)
