"""Text on its way out: control characters stripped, nothing left that a spreadsheet or a page could run."""

from __future__ import annotations

import html
import math
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# A cell text that begins so is run as a formula by Excel, WPS or LibreOffice (also the full-width forms) once it
# passes through CSV or copy and paste.
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
MAX_CELL = 32_767  # characters a worksheet cell can hold


def plain(value: Any) -> str:
    """Text of any value without control, surrogate and direction-changing characters; '' for missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is _na():
        return ""
    return "".join(
        " " if c in "\t\r\n\u2028\u2029" else c
        for c in str(value)
        if c in "\t\r\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def cell_text(value: Any) -> str:
    """Text that stays text in a spreadsheet: ``plain``, an apostrophe before what would run, at most one cell long."""
    text = plain(value)
    if text.lstrip().startswith(_RUNS) and not _is_number(text):
        text = "'" + text
    return text[:MAX_CELL]


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table as CSV for a spreadsheet (UTF-8 with BOM): every text and every heading through ``cell_text``."""
    safe = table.map(lambda v: cell_text(v) if isinstance(v, str) else v)
    safe.columns = [cell_text(c) for c in table.columns]
    return str("\ufeff" + safe.to_csv(index=False)).encode("utf-8")


def markup(value: Any) -> str:
    """Text that stays text inside HTML or SVG, attributes included."""
    return html.escape(plain(value), quote=True).replace("`", "&#96;")


def drawn(value: Any) -> str:
    """Text for matplotlib: no ``$`` formula, and 〓 for a character that the shipped font does not have."""
    from geo.report.fonts import covered

    known = covered()
    return "".join(c if ord(c) in known else "〓" for c in plain(value)).replace("$", "＄")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _na() -> Any:
    import pandas as pd

    return pd.NA
