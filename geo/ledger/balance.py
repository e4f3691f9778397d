"""What is left on a date: balances by effective day and as recorded, ageing, what falls due, and the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from geo.ledger.entry import Lot, receipt_number
from geo.ledger.store import SELECT, Tx
from geo.ledger.view import lot_of

FOREVER = "9999-12-31"
_LIVE = "NOT EXISTS (SELECT 1 FROM txn r WHERE r.reverses = l.txn_id)"


@dataclass(frozen=True, slots=True)
class Holding:
    """What one account held at a moment, in smallest units, with the lot and project it belongs to."""

    kind: str
    asset: str
    county: str
    lot: str
    lot_kind: str
    project: str
    regime: str
    started_on: str
    due_on: str
    government: str
    amount: int


@dataclass(frozen=True, slots=True)
class Due:
    """One obligation with a date: a promise, lent quota, or a lot that will expire. ``left`` in smallest units."""

    lot: str
    kind: str
    county: str
    project: str
    government: str
    due_on: str
    days: int
    left: dict[str, int]
    status: str  # open, overdue, fulfilled


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the register: who, when, why, on what document, and what moved."""

    txn_id: int
    number: str
    kind: str
    actor: str
    approver: str
    reason: str
    basis: str
    recorded_at: str
    effective_on: str
    regime: str
    reverses: int | None
    decides: int | None
    state: str  # '', reversed, open, approved, rejected
    legs: tuple[tuple[str, str, str, str, int], ...]  # from kind, to kind, lot, asset, amount
    projects: tuple[str, ...]
    hash: str

    def matches(self, search: str) -> bool:
        """Does a word stand in its number, texts, people, lots or projects (letters' case ignored)?"""
        legs = " ".join(part for leg in self.legs for part in leg[2:4])
        texts = (self.number, self.kind, self.actor, self.approver, self.reason, self.basis, legs, *self.projects)
        return search.strip().lower() in " ".join(texts).lower()


def holdings(tx: Tx, *, on: date | None = None, recorded_until: str = "") -> list[Holding]:
    """Every account that is not zero at the end of a day, as known at an instant.

    on: effective day (None: all). recorded_until: UTC instant text as in the register ('' : everything recorded).
    What was recorded later never changes the answer, so yesterday's balance prints the same for ever.
    """
    day, until = on.isoformat() if on else FOREVER, recorded_until or FOREVER
    rows = tx.all(
        "SELECT a.kind, a.asset, l.county, l.code, l.kind, a.project, l.regime, l.started_on, l.due_on, l.government, "
        "SUM(m.amount) FROM (SELECT txn_id, to_id AS account_id, amount FROM transfer UNION ALL "
        "SELECT txn_id, from_id AS account_id, -amount AS amount FROM transfer) m "
        "JOIN txn x ON x.txn_id = m.txn_id JOIN account a ON a.account_id = m.account_id "
        "JOIN lot l ON l.lot_id = a.lot_id WHERE x.effective_on <= ? AND x.recorded_at <= ? "
        "GROUP BY a.account_id, a.kind, a.asset, l.county, l.code, l.kind, a.project, l.regime, l.started_on, "
        "l.due_on, l.government, l.lot_id HAVING SUM(m.amount) <> 0 ORDER BY l.lot_id, a.asset, a.kind, a.project",
        day, until,
    )  # fmt: skip
    return [Holding(*[*row[:10], int(row[10])]) for row in rows]


def by_county(found: list[Holding]) -> dict[tuple[str, str, str], int]:
    """Sums of holdings by (county, asset, kind of account)."""
    sums: dict[tuple[str, str, str], int] = {}
    for h in found:
        sums[h.county, h.asset, h.kind] = sums.get((h.county, h.asset, h.kind), 0) + h.amount
    return sums


def ageing(found: list[Holding], *, on: date, edges_days: tuple[int, ...]) -> dict[tuple[str, str, int], int]:
    """What is available by age: (county, asset, bucket); bucket i is younger than edges_days[i], the last the rest."""
    sums: dict[tuple[str, str, int], int] = {}
    for h in found:
        if h.kind != "AVAILABLE":
            continue
        age = (on - date.fromisoformat(h.started_on)).days
        bucket = next((i for i, edge in enumerate(edges_days) if age < edge), len(edges_days))
        sums[h.county, h.asset, bucket] = sums.get((h.county, h.asset, bucket), 0) + h.amount
    return sums


def dues(tx: Tx, *, on: date, within_days: int | None = None) -> list[Due]:
    """Promises, loans and expiring lots by due date; overdue first. ``within_days`` leaves out what falls due later."""
    found = holdings(tx, on=on)
    wanted = {"promise": "OWED", "loan": "LENT", "balance": "AVAILABLE", "transfer": "AVAILABLE", "quota": "AVAILABLE"}
    left: dict[str, dict[str, int]] = {}
    for h in found:
        if wanted.get(h.lot_kind) == h.kind:
            left.setdefault(h.lot, {})[h.asset] = abs(h.amount)
    horizon = (on + timedelta(days=within_days)).isoformat() if within_days is not None else FOREVER
    sql = SELECT["lot"] + " l WHERE l.due_on <> '' AND l.due_on <= ? AND " + _LIVE + " ORDER BY l.due_on, l.lot_id"
    lots = tx.all(sql, horizon)
    return [_due(lot_of(row), left.get(str(row[1]), {}), on) for row in lots]


def _due(lot: Lot, left: dict[str, int], on: date) -> Due:
    days = (date.fromisoformat(lot.due_on) - on).days
    status = "fulfilled" if not left else "overdue" if days < 0 else "open"
    return Due(lot.code, lot.kind, lot.county, lot.project, lot.government, lot.due_on, days, left, status)


def reserve_states(tx: Tx) -> list[tuple[str, str, dict[str, int]]]:
    """Each reserve parcel with its county and its area by state 可用 / 锁定 / 已补划 (AVAILABLE / RESERVED / USED)."""
    states: dict[str, tuple[str, dict[str, int]]] = {}
    for h in holdings(tx):
        if h.lot_kind == "reserve" and h.kind != "ISSUED":
            held = states.setdefault(h.lot, (h.county, {}))[1]
            held[h.kind] = held.get(h.kind, 0) + h.amount
    return [(code, county, held) for code, (county, held) in sorted(states.items())]


def register(
    tx: Tx, *, search: str = "", first: date | None = None, last: date | None = None, limit: int = 10_000
) -> list[Line]:  # fmt: skip
    """Entries, newest first; ``search`` looks in number, texts, people, lots and projects (letters' case ignored)."""
    lines = _lines(tx, first.isoformat() if first else "", last.isoformat() if last else FOREVER)
    return [line for line in lines if line.matches(search)][:limit]


def _lines(tx: Tx, first: str, last: str) -> list[Line]:
    heads = tx.all(
        "SELECT t.txn_id, t.kind, t.actor, t.approver, t.reason, t.basis, t.recorded_at, t.effective_on, t.regime, "
        "t.reverses, t.decides, r.txn_id, d.kind, t.hash FROM txn t LEFT JOIN txn r ON r.reverses = t.txn_id "
        "LEFT JOIN txn d ON d.decides = t.txn_id WHERE t.effective_on >= ? AND t.effective_on <= ? "
        "ORDER BY t.txn_id DESC", first, last,
    )  # fmt: skip
    legs: dict[int, list[tuple[str, str, str, str, int]]] = {}
    projects: dict[int, dict[str, None]] = {}
    moves: list[tuple[Any, ...]] = tx.all(
        "SELECT m.txn_id, s.kind, t.kind, CASE WHEN l.code = k.code THEN l.code ELSE k.code || ' → ' || l.code END, "
        "m.asset, m.amount, s.project, t.project FROM transfer m "
        "JOIN account s ON s.account_id = m.from_id JOIN account t ON t.account_id = m.to_id "
        "JOIN lot l ON l.lot_id = t.lot_id JOIN lot k ON k.lot_id = s.lot_id ORDER BY m.transfer_id"
    )
    for txn_id, source, target, lot, asset, amount, one, other in moves:
        legs.setdefault(txn_id, []).append((str(source), str(target), str(lot), str(asset), int(amount)))
        projects.setdefault(txn_id, {}).update({p: None for p in (one, other) if p})
    lines = []
    for head in heads:
        txn_id, kind, actor, approver, reason, basis, recorded, effective, regime, back, decides = head[:11]
        gone, answer, digest = head[11:]
        state = "reversed" if gone else ""
        if kind == "propose":
            state = "open" if answer is None else "rejected" if answer == "reject" else "approved"
        lines.append(
            Line(txn_id, receipt_number(txn_id, effective), kind, actor, approver, reason, basis, recorded,
                 effective, regime, back, decides, state, tuple(legs.get(txn_id, ())),
                 tuple(projects.get(txn_id, ())), digest)
        )  # fmt: skip
    return lines
