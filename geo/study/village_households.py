"""Households and capacities that a person gives as a table: read at the door, every fault told at once.

Only the columns asked for are read: names, numbers and telephones of people never get past this door.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import InputProblem
from geo.finding import Finding

if TYPE_CHECKING:
    import geopandas as gpd

KEYS = ("hamlet_id", "parcel_id", "village_code")
ALIASES = {
    "居民点": "hamlet_id", "居民点编号": "hamlet_id", "BSM": "parcel_id", "标识码": "parcel_id",
    "ZLDWDM": "village_code", "村代码": "village_code", "坐落单位代码": "village_code", "户数": "households",
    "总户数": "households", "人口": "persons", "人数": "persons", "安置点": "place_id", "安置点编号": "place_id",
    "容量": "capacity", "可安置户数": "capacity",
}  # fmt: skip
MOST_BYTES = 20_000_000
MOST_TOLD = 50


def read_households(path: Path | str) -> list[dict[str, Any]]:
    """Rows {key, id, households, persons} of a CSV (UTF-8 or GBK): key is hamlet_id, parcel_id or village_code.

    persons may be None. Raises InputProblem with every fault of the table.
    """
    path = Path(path)
    rows, names = _rows(path)
    key = next((k for k in KEYS if k in names), "")
    if not key or "households" not in names:
        raise InputProblem([Finding("VG105", "error", path.name, measured=", ".join(sorted(names))[:120] or "–")])
    found: list[dict[str, Any]] = []
    faults: list[Finding] = []
    seen: set[str] = set()
    for number, row in enumerate(rows, start=2):
        who = row.get(key, "").strip()
        households = _whole(row.get("households", ""))
        persons = _whole(row.get("persons", "")) if row.get("persons", "").strip() else None
        if not who or households is None or (row.get("persons", "").strip() and persons is None):
            said = row.get("households", "")[:40]
            faults.append(Finding("VG106", "error", who or "–", measured=str(number), limit=said))
        elif who in seen:
            faults.append(Finding("VG108", "error", who, measured=str(number)))
        else:
            seen.add(who)
            found.append({"key": key, "id": who, "households": households, "persons": persons, "row": number})
    if faults:
        raise InputProblem(faults[:MOST_TOLD])
    return found


def read_capacities(path: Path | str) -> list[dict[str, Any]]:
    """Rows {id, capacity, row} of a CSV with place_id and capacity (households). Raises InputProblem."""
    path = Path(path)
    rows, names = _rows(path)
    if not {"place_id", "capacity"} <= names:
        raise InputProblem([Finding("VG109", "error", path.name, measured="1", limit=", ".join(sorted(names))[:120])])
    found: list[dict[str, Any]] = []
    faults: list[Finding] = []
    for number, row in enumerate(rows, start=2):
        who, room = row.get("place_id", "").strip(), _whole(row.get("capacity", ""))
        if not who or room is None or any(f["id"] == who for f in found):
            said = row.get("capacity", "")[:40]
            faults.append(Finding("VG109", "error", who or "–", measured=str(number), limit=said))
        else:
            found.append({"id": who, "capacity": room, "row": number})
    if faults:
        raise InputProblem(faults[:MOST_TOLD])
    return found


def households_of(
    hamlets: gpd.GeoDataFrame, members: gpd.GeoDataFrame, given: Sequence[Mapping[str, Any]], *, lot_m2: float,
    persons: float,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """Households, persons and source (``given`` or ``assumed``) of each hamlet, in their order.

    A village's number is shared among its hamlets by their house-lot area (largest remainder, so that the sum stays);
    parcels' numbers are added up. Without a number: house-lot area over ``lot_m2``, at least one. Raises InputProblem
    for ids that nothing has.
    """
    ids = hamlets["hamlet_id"].astype(str).to_numpy()
    lots = hamlets["lot_m2"].to_numpy(dtype=float)
    count = np.maximum(np.floor(lots / lot_m2 + 0.5), 1).astype(np.int64)
    people = count * persons
    source = np.full(len(ids), "assumed", dtype=object)
    place = {h: k for k, h in enumerate(ids)}
    village = hamlets["village_code"].astype(str).to_numpy()
    of_parcel = dict(zip(members["parcel_id"].astype(str), members["hamlet_id"].astype(str), strict=True))
    faults: list[Finding] = []
    sums: dict[int, list[float]] = {}
    for row in given:
        key, who = row["key"], str(row["id"])
        if key == "village_code":
            mine = np.flatnonzero(village == who[:12])
        elif key == "parcel_id":
            mine = np.array([place[of_parcel[who]]]) if who in of_parcel else np.zeros(0, dtype=int)
        else:
            mine = np.array([place[who]]) if who in place else np.zeros(0, dtype=int)
        if not len(mine):
            faults.append(Finding("VG107", "error", who, measured=str(row["row"])))
            continue
        heads = row["persons"] if row["persons"] is not None else row["households"] * persons
        for k, (more, heads_more) in zip(mine, _shared(int(row["households"]), float(heads), lots[mine]), strict=True):
            old = sums.setdefault(int(k), [0, 0.0])
            old[0] += more
            old[1] += heads_more
    if faults:
        raise InputProblem(faults[:MOST_TOLD])
    for at, (total, heads) in sums.items():
        count[at], people[at], source[at] = int(total), heads, "given"
    return count, people, source


def _shared(total: int, people: float, weights: Any) -> list[tuple[int, float]]:
    """A whole number split by weights, largest remainder first; people in proportion."""
    part = total * weights / weights.sum()
    whole = np.floor(part).astype(int)
    more = np.argsort(-(part - whole), kind="stable")[: total - int(whole.sum())]
    whole[more] += 1
    return [(int(n), float(people * w)) for n, w in zip(whole, weights / weights.sum(), strict=True)]


def _rows(path: Path) -> tuple[list[dict[str, str]], set[str]]:
    wanted = {*KEYS, "households", "persons", "place_id", "capacity"}
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputProblem([Finding("VG105", "error", path.name, measured=f"> {MOST_BYTES:,} B")])
        body = path.read_bytes()
    except OSError as fault:
        raise InputProblem([Finding("VG105", "error", path.name, measured=str(fault.strerror))]) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = body.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputProblem([Finding("VG105", "error", path.name, measured="UTF-8? GBK?")])
    lines = list(csv.reader(io.StringIO(text)))
    head = [ALIASES.get(c.strip(), c.strip()) for c in (lines[0] if lines else [])]
    # Only the columns asked for: whatever else the table says of people stays outside.
    names = {c for c in head if c in wanted}
    full = [line for line in lines[1:] if any(map(str.strip, line))]
    rows = [{c: v for c, v in zip(head, line, strict=False) if c in names} for line in full]
    return rows, names


def _whole(text: str) -> int | None:
    try:
        number = float(text.strip().replace(",", ""))
    except ValueError:
        return None
    return int(number) if number >= 0 and number == int(number) and number < 1e7 else None
