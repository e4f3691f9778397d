"""Read everything, believe nothing: engine check, gapless numbers, hash chain, evidence, replay of balances, anchor."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from geo.finding import Finding
from geo.ledger.anchor import Anchor
from geo.ledger.asset import assets
from geo.ledger.entry import GENESIS, entry_hash
from geo.ledger.invariants import broken
from geo.ledger.refusal import StoreTrouble
from geo.ledger.store import COLUMNS, SELECT, Store, Tx

_HASHED = COLUMNS["txn"][:-2]  # all but prev_hash and hash


@dataclass(frozen=True, slots=True)
class Audit:
    """Outcome of a full read: ``findings`` is empty when the ledger is sound."""

    entries: int
    head: str
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        return not any(f.severity == "error" for f in self.findings)


def audit(store: Store, anchor: Anchor | None = None) -> Audit:
    """Every check on a ledger. It never raises for what is wrong inside; that is what the findings are for."""
    found = list(store.check())
    if any(f.code in ("LG901", "LG902", "LG904", "LG909") for f in found):
        return Audit(0, "", tuple(found))
    entries, head = 0, ""
    anchored = anchor.lines() if anchor is not None else []
    try:
        with store.read() as tx:
            row = tx.one("SELECT COUNT(*), MAX(txn_id) FROM txn")
            entries = int(row[0]) if row else 0
            chain, head = _chain(tx)
            found += chain + _scale(tx) + _evidence(tx) + _replay(tx) + broken(tx)
            if anchor is not None:
                found += anchor.findings(tx, anchored)
    except StoreTrouble as problem:
        found += [f for f in problem.findings if f not in found]
    except (ValueError, TypeError, OverflowError, UnicodeError) as fault:  # a flipped bit can make a value unreadable
        found.append(Finding("LG310", "error", store.name, measured=str(fault)))
    return Audit(entries, head, tuple(found))


def _chain(tx: Tx) -> tuple[list[Finding], str]:
    found: list[Finding] = []
    written = _written(tx)
    prev, expected = GENESIS, 1
    for row in tx.all(SELECT["txn"] + " ORDER BY txn_id"):
        values = dict(zip(COLUMNS["txn"], row, strict=True))
        number = values["txn_id"]
        if number != expected:
            found.append(Finding("LG304", "error", f"{expected} → {number}"))
        if values["prev_hash"] != prev:
            found.append(Finding("LG301", "error", str(number), str(values["prev_hash"])[:12], prev[:12]))
        header = {name: values[name] for name in _HASHED}
        if values["hash"] != entry_hash(values["prev_hash"], header, written.pop(number, _nothing())):
            found.append(Finding("LG302", "error", str(number)))
        prev, expected = str(values["hash"]), number + 1
        if len(found) > 20:
            break
    found += [Finding("LG302", "error", str(number)) for number in sorted(written)[:20]]
    return found, prev


def _nothing() -> dict[str, list[Any]]:
    return {"projects": [], "lots": [], "parcels": [], "transfers": [], "members": [], "settings": []}


def _written(tx: Tx) -> dict[int, dict[str, list[Any]]]:
    """Rows of every transaction as they were hashed."""
    found: dict[int, dict[str, list[Any]]] = {}

    def put(txn_id: int, part: str, row: list[Any]) -> None:
        found.setdefault(txn_id, _nothing())[part].append(row)

    for *row, txn_id in tx.all("SELECT code, name, county, txn_id FROM project ORDER BY txn_id"):
        put(txn_id, "projects", row)
    for *row, txn_id in tx.all(SELECT["lot"] + " ORDER BY lot_id"):
        put(txn_id, "lots", row)
    for *row, txn_id in tx.all(
        "SELECT p.lot_id, p.pool, p.parcel_id, p.area, p.grade, p.srid, p.sha256, p.area_method, p.source_sha256, "
        "l.txn_id FROM parcel p LEFT JOIN lot l ON l.lot_id = p.lot_id ORDER BY p.parcel_row"
    ):
        put(txn_id or 0, "parcels", row)
    for *row, txn_id in tx.all(
        "SELECT s.kind, s.lot_id, s.project, s.asset, t.kind, t.lot_id, t.project, t.asset, m.amount, m.from_after, "
        "m.to_after, m.asset, m.txn_id FROM transfer m LEFT JOIN account s ON s.account_id = m.from_id "
        "LEFT JOIN account t ON t.account_id = m.to_id ORDER BY m.transfer_id"
    ):
        # the leg's own asset is not hashed apart: it must be that of both accounts
        put(txn_id, "transfers", row[:11] if row[11] == row[3] == row[7] else row)
    for *row, txn_id in tx.all("SELECT subject, role, granted, txn_id FROM member ORDER BY member_row"):
        put(txn_id, "members", row)
    for *row, txn_id in tx.all("SELECT name, value, txn_id FROM setting ORDER BY setting_row"):
        put(txn_id, "settings", row)
    return found


def _scale(tx: Tx) -> list[Finding]:
    """The asset table and the identity must be those of the first entry and of the program."""
    held = {str(c): [str(u), int(p)] for c, u, p in tx.all("SELECT code, unit, per_unit FROM asset")}
    row = tx.one("SELECT body FROM txn WHERE txn_id = 1")
    first = json.loads(row[0])["args"] if row else {}
    meta = tx.all("SELECT name, value FROM ledger_meta")
    found = []
    if held != {a.code: [a.unit, a.per_unit] for a in assets().values()} or (row and held != first.get("assets")):
        found.append(Finding("LG318", "error", ", ".join(f"{c} {u}/{p}" for c, (u, p) in held.items())))
    if row and [("ledger_id", first.get("ledger_id"))] != [(str(n), str(v)) for n, v in meta]:
        found.append(Finding("LG302", "error", "1"))
    return found


def _evidence(tx: Tx) -> list[Finding]:
    found = []
    for parcel_id, wkb, digest in tx.all("SELECT parcel_id, wkb, sha256 FROM parcel"):
        data = bytes(wkb)
        if (hashlib.sha256(data).hexdigest() if data else "") != digest:
            found.append(Finding("LG307", "error", str(parcel_id)))
    return found


def _replay(tx: Tx) -> list[Finding]:
    """Balances again from the legs alone, compared with the running balances, the accounts and their marks."""
    moves = tx.all(
        "SELECT m.transfer_id, m.txn_id, m.from_id, m.to_id, m.amount, m.from_after, m.to_after, x.effective_on "
        "FROM transfer m LEFT JOIN txn x ON x.txn_id = m.txn_id ORDER BY m.transfer_id"
    )
    state: dict[int, list[Any]] = {}
    found: list[Finding] = []
    for number, (transfer_id, txn_id, source, target, amount, low, high, day) in enumerate(moves, 1):
        if transfer_id != number:
            found.append(Finding("LG304", "error", f"transfer {number}"))
            break
        for account, change, after in ((source, -amount, low), (target, amount, high)):
            now = state.setdefault(account, [0, 0, 0, ""])
            now[0] += change
            now[1:] = [transfer_id, txn_id, max(now[3], day or "")]
            if now[0] != after:
                found.append(Finding("LG303", "error", str(account), str(after), str(now[0])))
    for account, *kept in tx.all("SELECT account_id, balance, last_transfer, last_txn, last_effective FROM account"):
        now = state.pop(account, [0, 0, 0, ""])
        if kept != now:
            found.append(Finding("LG303", "error", str(account), str(kept), str(now)))
    found += [Finding("LG303", "error", str(account), "–", str(now)) for account, now in state.items()]
    return found[:20]
