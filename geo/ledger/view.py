"""The pool as it stands inside one transaction: what the verbs look at before they decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.ledger.asset import account_kinds, asset
from geo.ledger.entry import Act, Key, Lot, Project
from geo.ledger.refusal import refuse
from geo.ledger.rules import Rules
from geo.ledger.store import SELECT, Tx

# What a ledger starts with, unless init says otherwise. Texts, because they stand in the chain.
SETTINGS: Mapping[str, str] = {"four_eyes": "off", "office": "off", "cross_county": "off", "cross_province": "off"}
_LIVE = " AND NOT EXISTS (SELECT 1 FROM txn r WHERE r.reverses = l.txn_id)"


@dataclass(frozen=True, slots=True)
class Account:
    """One account as it stands."""

    account_id: int
    key: Key
    balance: int
    last_txn: int
    last_effective: str


def lot_of(row: Sequence[Any]) -> Lot:
    """A Lot from a row in the order of the table."""
    return Lot(*row)


class View:
    """Reads of one transaction, with the act, the day and the rules it is judged by."""

    def __init__(self, tx: Tx, rules: Rules, act: Act, today: date) -> None:
        self.tx, self.rules, self.act, self.today = tx, rules, act, today
        self.effective = act.effective_on or today
        self.last: dict[str, int] = {}  # last number of each table, when the act may write
        self._accounts: dict[Key, Account | None] = {}  # nobody else writes while this transaction is open
        self._next_lot: int | None = None

    # -- words and switches

    def settings(self) -> dict[str, str]:
        """Every switch, the newest value of each."""
        newest = self.tx.all("SELECT name, value FROM setting ORDER BY setting_row")
        return {**SETTINGS, **{str(name): str(value) for name, value in newest}}

    def roles(self, subject: str) -> set[str]:
        """The roles that a subject holds now."""
        held: set[str] = set()
        sql = "SELECT role, granted FROM member WHERE subject = ? ORDER BY member_row"
        for role, granted in self.tx.all(sql, subject):
            (held.add if granted else held.discard)(str(role))
        return held

    # -- lots, projects, parcels

    def next_lot(self) -> int:
        """The number of the next new lot in this draft."""
        self._next_lot = (self.last["lot"] if self._next_lot is None else self._next_lot) + 1
        return self._next_lot

    def find_lot(self, code: str) -> Lot | None:
        """The living lot of a code (its credit not reversed), or None."""
        sql = SELECT["lot"] + " l WHERE l.code = ?" + _LIVE + " ORDER BY l.lot_id DESC"
        row = self.tx.one(sql, code)
        return lot_of(row) if row else None

    def lot(self, code: str, *kinds: str) -> Lot:
        """The living lot of a code. Raises Refused LG104 for an unknown one or one of another kind."""
        found = self.find_lot(code)
        if found is None or (kinds and found.kind not in kinds):
            raise refuse("LG104", code)
        return found

    def lot_by_id(self, lot_id: int) -> Lot:
        row = self.tx.one(SELECT["lot"] + " WHERE lot_id = ?", lot_id)
        if row is None:
            raise refuse("LG104", str(lot_id))
        return lot_of(row)

    def find_project(self, code: str) -> Project | None:
        row = self.tx.one("SELECT code, name, county FROM project WHERE code = ?", code)
        return Project(*row) if row else None

    def project(self, code: str) -> Project:
        """A registered project. Raises Refused LG105."""
        found = self.find_project(code)
        if found is None:
            raise refuse("LG105", code)
        return found

    def parcel_taken(self, pool: str, parcel_id: str, sha256: str) -> str:
        """Code of the living lot that counts this parcel (same id or same geometry) in this pool; '' if none."""
        row = self.tx.one(
            "SELECT l.code FROM parcel p JOIN lot l ON l.lot_id = p.lot_id WHERE p.pool = ? AND "
            "(p.parcel_id = ? OR (p.sha256 = ? AND p.sha256 <> '')) "
            "AND NOT EXISTS (SELECT 1 FROM txn r WHERE r.reverses = l.txn_id)",
            pool, parcel_id, sha256,
        )  # fmt: skip
        return str(row[0]) if row else ""

    # -- accounts

    def account(self, key: Key) -> Account | None:
        """The account of a key, or None when nothing ever moved there."""
        if key not in self._accounts:
            self._accounts[key] = self._read_account(key)
        return self._accounts[key]

    def _read_account(self, key: Key) -> Account | None:
        row = self.tx.one(
            "SELECT account_id, balance, last_txn, last_effective FROM account "
            "WHERE kind = ? AND lot_id = ? AND project = ? AND asset = ?",
            key.kind, key.lot_id, key.project, key.asset,
        )  # fmt: skip
        return Account(row[0], key, row[1], row[2], row[3]) if row else None

    def balance(self, key: Key) -> int:
        """The newest balance; 0 for an account never opened."""
        found = self.account(key)
        return found.balance if found else 0

    def open_lots(self, asset_code: str, place: str) -> list[tuple[Lot, int]]:
        """Lots with something available in a county or province (a code prefix), oldest first, none expired."""
        pool = asset(asset_code).pool
        kinds = ("balance", "transfer") if pool == "balance" else (pool, pool)
        sql = (
            "SELECT l.lot_id, a.balance FROM lot l JOIN account a ON a.lot_id = l.lot_id "
            "WHERE a.kind = 'AVAILABLE' AND a.asset = ? "
            "AND a.balance > 0 AND (l.kind = ? OR l.kind = ?) AND substr(l.county, 1, ?) = ? AND l.started_on <= ? "
            "AND (l.due_on = '' OR l.due_on >= ?) ORDER BY l.started_on, l.lot_id"
        )
        day = self.effective.isoformat()
        rows = self.tx.all(sql, asset_code, kinds[0], kinds[1], len(place), place, day, day)
        return [(self.lot_by_id(row[0]), int(row[1])) for row in rows]

    def held(self, project: str, kind: str, asset_code: str) -> list[tuple[Lot, int]]:
        """What a project holds in accounts of one kind, newest lot first."""
        rows = self.tx.all(
            "SELECT lot_id, balance FROM account WHERE project = ? AND kind = ? AND asset = ? AND balance > 0 "
            "ORDER BY lot_id DESC",
            project, kind, asset_code,
        )  # fmt: skip
        return [(self.lot_by_id(row[0]), int(row[1])) for row in rows]

    def range_from(self, account: Account, day: str) -> tuple[int, int]:
        """The lowest and highest balance of an account at the end of any day from ``day`` on, by effective dates."""
        rows = self.tx.all(
            "SELECT x.effective_on, SUM(m.amount) FROM ("
            "SELECT txn_id, amount FROM transfer WHERE to_id = ? UNION ALL "
            "SELECT txn_id, -amount FROM transfer WHERE from_id = ?) m "
            "JOIN txn x ON x.txn_id = m.txn_id GROUP BY x.effective_on ORDER BY x.effective_on",
            account.account_id, account.account_id,
        )  # fmt: skip
        running, before, later = 0, 0, []
        for on, change in rows:
            running += int(change)
            if on <= day:
                before = running
            else:
                later.append(running)
        return min([before, *later]), max([before, *later])


def is_source(kind: str) -> bool:
    """Whether accounts of this kind stay at or below zero."""
    return account_kinds()[kind].source
