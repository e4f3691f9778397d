"""Tables of attributes: CSV in the alphabets that Chinese offices write, and XLSX; every value stays text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from geo.io.inside.geojson import decoded
from geo.io.inside.readers import Asked, Note, Raw, Refused, note, rows_text

_MOST_COLUMNS = 2_000
_CELL = 1_000_000


def read_csv(asked: Asked) -> Iterator[Raw]:
    """A CSV (comma, semicolon or tab) with a header line. Rows with more cells than the header are an error."""
    path = asked.path
    text, encoding = decoded(path.read_bytes())
    csv.field_size_limit(_CELL)
    text = text.replace("\x00", "")
    first = text.split("\n", 1)[0]
    cut = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=cut, strict=True))
    except csv.Error as fault:
        raise Refused(note("IO107", "error", f"CSV: {fault}")) from None
    yield _raw(path.stem, rows, encoding)


def read_xlsx(asked: Asked) -> Iterator[Raw]:
    """Every sheet of a workbook that has a header line: values, never formulas."""
    path = asked.path
    import zipfile

    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError) as fault:
        raise Refused(note("IO107", "error", f"XLSX: {type(fault).__name__}")) from None
    found = 0
    for sheet in book.worksheets:
        rows = [["" if v is None else _shown(v) for v in row] for row in sheet.iter_rows(values_only=True)]
        rows = [r for r in rows if any(r)]
        if rows:
            found += 1
            yield _raw(str(sheet.title), rows, "UTF-8")
    if not found:
        raise Refused(note("IO104", "error"))


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _raw(name: str, rows: list[list[str]], encoding: str) -> Raw:
    import pyarrow as pa

    rows = [r for r in rows if any(c.strip() for c in r)]
    if len(rows) < 2:
        raise Refused(note("IO104", "error"))
    head = [c.strip() for c in rows[0]]
    if len(head) > _MOST_COLUMNS:
        raise Refused(note("IO130", "error", f"{len(head)} columns", _MOST_COLUMNS))
    notes: list[Note] = []
    twice = sorted({c for c in head if c and head.count(c) > 1})
    if twice:
        raise Refused(note("IO145", "error", ", ".join(twice)[:80]))
    long = [i for i, r in enumerate(rows[1:]) if any(c.strip() for c in r[len(head) :])]
    if long:
        notes.append(note("IO108", "error", f"CSV > {len(head)}", rows_text(long)))
    short = [i for i, r in enumerate(rows[1:]) if len(r) < len(head)]
    if short:
        notes.append(note("IO150", "warning", len(short), rows_text(short)))
    names = [c or f"column_{i + 1}" for i, c in enumerate(head)]
    body = [(r + [""] * len(head))[: len(head)] for r in rows[1:]]
    table = pa.table({n: pa.array([_clean(r[i]) for r in body], type=pa.string()) for i, n in enumerate(names)})
    return Raw(name, table, "", len(body), encoding, "table", notes)


def _clean(cell: str) -> str:
    return cell.strip().encode("utf-8", "replace").decode()
