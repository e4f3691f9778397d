"""An existing pool from one XLSX sheet: every row or none, each fault named by its cell."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from geo.finding import Finding
from geo.ledger.asset import asset
from geo.ledger.entry import Act, Parcel, Receipt
from geo.ledger.ledger import Ledger
from geo.ledger.refusal import Refused, refuse, refuse_all
from geo.ledger.words import check_county, check_text
from geo.standards.tables import rows

MAX_ROWS = 20_000
MAX_BYTES = 50_000_000


@cache
def columns() -> tuple[dict[str, str], ...]:
    """The columns of the sheet, from the word table."""
    return tuple(rows("ledger_import"))


def import_pool(ledger: Ledger, path: Path, *, act: Act, sheet: str = "") -> Receipt:
    """Credit every lot of a sheet in one entry. Raises Refused with every fault; then nothing is written."""
    lots, parcels = read_sheet(path, sheet=sheet)
    return ledger.import_lots(lots, parcels, act=act)


def read_sheet(path: Path, *, sheet: str = "") -> tuple[list[dict[str, Any]], list[list[Parcel]]]:
    """Lots and their parcels from a workbook. Raises Refused LG201–LG205 with every fault by cell."""
    table = _open(path, sheet)
    name, head, body = table
    at = _header(name, head)
    faults: list[Finding] = []
    found: dict[str, dict[str, Any]] = {}
    land: dict[str, list[Parcel]] = {}
    seen: dict[str, int] = {}
    for number, cells in body:
        row = _row(name, number, cells, at, faults)
        if row is None:
            continue
        where = f"{name}!{_letter(at['parcel_id'])}{number}"
        if row["parcel_id"] in seen:
            faults.append(Finding("LG205", "error", where, str(seen[row["parcel_id"]])))
        seen.setdefault(row["parcel_id"], number)
        _join(found, land, row, f"{name}!{_letter(at['lot'])}{number}", faults)
    if not found and not faults:
        raise refuse("LG204", f"{path.name}!{name}")
    refuse_all(faults)
    return list(found.values()), [land[code] for code in found]


def write_template(path: Path) -> Path:
    """An empty sheet with the header and one line of notes to fill in."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet("指标池"), book.add_format({"bold": True, "bg_color": "#E8EFE6", "border": 1})
    for i, column in enumerate(columns()):
        sheet.write_string(0, i, column["zh"] + ("*" if column["required"] else ""), bold)
        sheet.write_comment(0, i, f"{column['en']}\n{column['note']}")
        sheet.set_column(i, i, 18)
    sheet.freeze_panes(1, 0)
    book.close()
    return path


def _open(path: Path, wanted: str) -> tuple[str, list[Any], list[tuple[int, list[Any]]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        if path.stat().st_size > MAX_BYTES:
            raise refuse("LG203", path.name, measured=f"> {MAX_BYTES // 1_000_000} MB")
        with zipfile.ZipFile(path) as bundle:
            if sum(i.file_size for i in bundle.infolist()) > 10 * MAX_BYTES:
                raise refuse("LG203", path.name, measured="zip")
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Refused:
        raise
    except (OSError, zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, SyntaxError) as fault:
        raise refuse("LG203", path.name, measured=str(fault)[:80]) from None
    try:
        if wanted and wanted not in book.sheetnames:
            raise refuse("LG203", path.name, measured=wanted, limit=", ".join(book.sheetnames))
        page = book[wanted] if wanted else book[book.sheetnames[0]]
        body = [list(r) for r in page.iter_rows(values_only=True, max_row=MAX_ROWS + 2)]
        title = str(page.title)
    finally:
        book.close()
    if len(body) > MAX_ROWS + 1:
        raise refuse("LG203", path.name, measured=f"> {MAX_ROWS}")
    filled = [(i, r) for i, r in enumerate(body[1:], 2) if any(v not in (None, "") for v in r)]
    return title, body[0] if body else [], filled


def _header(name: str, head: list[Any]) -> dict[str, int]:
    names = {str(v or "").strip().rstrip("*").lower(): i for i, v in enumerate(head)}
    at = {c["field"]: names[w] for c in columns() for w in (c["zh"].lower(), c["en"].lower()) if w in names}
    lacking = [c for c in columns() if c["required"] and c["field"] not in at]
    refuse_all([Finding("LG202", "error", f"{c['zh']} ({c['en']})", values={"sheet": name}) for c in lacking])
    return at


def _row(name: str, number: int, cells: list[Any], at: dict[str, int], faults: list[Finding]) -> dict[str, Any] | None:
    row: dict[str, Any] = {}
    good = True
    for column in columns():
        place = at.get(column["field"])
        value = cells[place] if place is not None and place < len(cells) else None
        empty = value is None or (isinstance(value, str) and not value.strip())
        where = f"{name}!{_letter(place if place is not None else 0)}{number}"
        if empty:
            row[column["field"]] = None
            if column["required"]:
                good = False
                faults.append(Finding("LG201", "error", where, "空 / empty", f"{column['zh']} ({column['en']})"))
            continue
        try:
            row[column["field"]] = _READ[column["kind"]](value, where)
        except (Refused, ValueError):
            good = False
            shown = str(value)[:60]
            faults.append(Finding("LG201", "error", where, shown, f"{column['zh']}：{column['note'] or column['en']}"))
    return row if good else None


def _join(
    found: dict[str, dict[str, Any]], land: dict[str, list[Parcel]], row: dict[str, Any], where: str,
    faults: list[Finding],
) -> None:  # fmt: skip
    lot = found.setdefault(row["lot"], {
        "lot": row["lot"], "name": row["name"] or "", "county": row["county"], "accepted_on": row["accepted_on"],
        "expires_on": row["expires_on"] or "", "amounts": {},
    })  # fmt: skip
    faults += [
        Finding("LG201", "error", where, str(row[field]), f"{row['lot']}：{lot[field]}")
        for field in ("county", "accepted_on")
        if lot[field] != row[field]
    ]
    lot["name"] = lot["name"] or row["name"] or ""
    for field, code in (("quantity", "QTY"), ("capacity", "CAP"), ("paddy", "PADDY")):
        if row[field]:
            lot["amounts"][code] = lot["amounts"].get(code, 0) + row[field]
    if row["quantity"] not in (None, row["area"]):
        shown = asset("QTY").tell(row["quantity"])
        faults.append(Finding("LG201", "error", where, shown, f"数量 = 图斑面积 {asset('QTY').tell(row['area'])}"))
    land.setdefault(row["lot"], []).append(Parcel(row["parcel_id"], row["area"], grade=row["grade"] or 0))


def _figure(code: str) -> Callable[[Any, str], int]:
    def read(value: Any, where: str) -> int:
        if isinstance(value, bool):
            raise ValueError
        # A worksheet keeps numbers as floats; their shortest decimal form is what the person typed.
        return asset(code).read(Decimal(repr(value)) if isinstance(value, float) else value, where)

    return read


def _day(value: Any, _where: str) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else date.fromisoformat(str(value).strip()).isoformat()


def _code(value: Any, where: str) -> str:
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return check_text(str(value), where)


def _grade(value: Any, _where: str) -> int:
    if isinstance(value, bool) or int(value) != float(value) or int(value) < 1:
        raise ValueError
    return int(value)


_READ: dict[str, Callable[[Any, str], Any]] = {
    "text": _code, "county": lambda v, w: check_county(_code(v, w)), "date": _day, "QTY": _figure("QTY"),
    "CAP": _figure("CAP"), "PADDY": _figure("PADDY"), "grade": _grade,
}  # fmt: skip


def _letter(place: int) -> str:
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text
