"""The values of the ledger: account keys, legs, lots, parcels, drafts, receipts; and the text they hash to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Key:
    """Which account: its kind, its lot, its project ('' for none) and its one asset."""

    kind: str
    lot_id: int
    project: str
    asset: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One movement of one asset between two accounts; balanced by its own shape."""

    source: Key
    target: Key
    amount: int


@dataclass(frozen=True, slots=True)
class Lot:
    """One batch of one origin: an accepted project, a reserve parcel, a promise, a quota batch, a loan, a transfer.

    started_on: accepted or approved; due_on: expiry or due date ('' for none); limit_on: the last lawful due date.
    area: smallest area units of its parcels together (0 where it has none).
    """

    lot_id: int
    code: str
    kind: str
    county: str
    regime: str
    area: int
    started_on: str
    due_on: str = ""
    limit_on: str = ""
    government: str = ""
    project: str = ""
    parent: int | None = None
    mechanism: str = ""
    name: str = ""
    txn_id: int = 0

    def row(self) -> list[Any]:
        """Every column but the transaction, in the order of the table."""
        return [self.lot_id, self.code, self.kind, self.county, self.regime, self.area, self.started_on, self.due_on,
                self.limit_on, self.government, self.project, self.parent, self.mechanism, self.name]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel of land that backs a lot: its id, area in smallest units, and its geometry as evidence (WKB bytes)."""

    parcel_id: str
    area: int
    wkb: bytes = b""
    srid: int = 0
    grade: int = 0
    area_method: str = ""
    source_sha256: str = ""

    @property
    def sha256(self) -> str:
        """Hash of the geometry bytes; '' when no geometry was given."""
        return hashlib.sha256(self.wkb).hexdigest() if self.wkb else ""

    def record(self) -> dict[str, Any]:
        """The parcel without its bytes, as it stands in a request."""
        return {"parcel_id": self.parcel_id, "area": self.area, "srid": self.srid, "grade": self.grade,
                "area_method": self.area_method, "source_sha256": self.source_sha256,
                "sha256": self.sha256}  # fmt: skip


def units_of(parcels: Sequence[Parcel]) -> int:
    """The recorded areas of parcels together, in smallest units."""
    return sum(p.area for p in parcels)


@dataclass(frozen=True, slots=True)
class Project:
    """A project that reserves and uses: registered once, by its first act."""

    code: str
    name: str
    county: str


@dataclass(frozen=True, slots=True)
class Act:
    """Who asks, why, on what document, when it takes effect; and the key that makes it happen once.

    key: made when the form is shown; the same key with the same request returns the first receipt.
    effective_on: None means today in Beijing. seen: the newest transaction that the form showed (0: not checked).
    """

    actor: str
    reason: str
    basis: str
    key: str
    effective_on: date | None = None
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What a verb wants to write, before it has a number."""

    legs: tuple[Leg, ...] = ()
    lots: tuple[Lot, ...] = ()
    parcels: tuple[tuple[int, str, Parcel], ...] = ()  # lot id, pool, parcel
    projects: tuple[Project, ...] = ()
    members: tuple[tuple[str, str, int], ...] = ()  # subject, role, 1 given / 0 taken
    settings: tuple[tuple[str, str], ...] = ()
    regime: str = ""
    reverses: int | None = None
    decides: int | None = None
    approver: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an act leaves behind. ``status``: posted, or pending (waits for the second pair of eyes)."""

    number: str
    txn_id: int
    kind: str
    status: str
    recorded_at: str
    effective_on: str
    actor: str
    hash: str
    replayed: bool = False
    lots: tuple[str, ...] = field(default=())

    def record(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


def receipt_number(txn_id: int, effective_on: str) -> str:
    """The number on a receipt: year of effect and the gapless number of the transaction."""
    return f"ZC-{effective_on[:4]}-{txn_id:06d}"


def txn_of(number: str) -> int:
    """The transaction of a receipt number (or of a bare number). Raises ValueError."""
    return int(number.rsplit("-", 1)[-1])


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted names, no spaces, no floats."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_text(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def entry_hash(prev_hash: str, header: Mapping[str, Any], rows: Mapping[str, Sequence[Any]]) -> str:
    """Hash of one transaction: everything it wrote, chained to the hash before it."""
    return sha256_text(canonical({"prev": prev_hash, "txn": dict(header), **{k: list(v) for k, v in rows.items()}}))
