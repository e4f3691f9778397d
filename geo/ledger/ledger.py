"""The pool as its users call it: one method an act, each one transaction, each answered by a receipt or a refusal."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from geo.ledger.anchor import Anchor, default_folder
from geo.ledger.asset import assets
from geo.ledger.clock import now_utc, today_cn
from geo.ledger.entry import Act, Parcel, Receipt
from geo.ledger.post import Request, allow, receipt_of, submit
from geo.ledger.refusal import refuse
from geo.ledger.rules import Rules
from geo.ledger.store import Store, Tx
from geo.ledger.view import SETTINGS, View

Amounts = Mapping[str, int]


@dataclass(frozen=True)
class Ledger:
    """An offset pool in a store, judged by rules, read and written as ``actor``.

    ``actor`` comes from the sign-in, never from a form. ``anchor`` keeps heads outside. ``clock`` is for tests.
    """

    store: Store
    rules: Rules
    actor: str
    anchor: Anchor
    clock: Callable[[], datetime] = now_utc

    # -- acts

    def credit(
        self, lot: str, county: str, amounts: Amounts, parcels: Sequence[Parcel], *, accepted_on: date,
        act: Act, expires_on: date | None = None, name: str = "",
    ) -> Receipt:  # fmt: skip
        """Book an accepted project. Amounts by asset in smallest units; the parcels' areas must add up to QTY."""
        args = {"lot": lot, "county": county, "amounts": dict(amounts), "accepted_on": _text(accepted_on),
                "expires_on": _text(expires_on), "name": name}  # fmt: skip
        return self._do("credit", args, act, parcels)

    def import_lots(
        self, lots: Sequence[Mapping[str, Any]], parcels: Sequence[Sequence[Parcel]], *, act: Act
    ) -> Receipt:
        """Book many lots in one entry; each lot a mapping as ``credit`` takes it, with its own parcels."""
        shaped = [{**lot, "parcels": len(land)} for lot, land in zip(lots, parcels, strict=True)]
        return self._do("import_lots", {"lots": shaped}, act, [p for land in parcels for p in land])

    def reserve_in(self, county: str, parcels: Sequence[Parcel], *, accepted_on: date, act: Act) -> Receipt:
        """Book reserve parcels of permanent basic farmland, one lot a parcel (state 可用)."""
        return self._do("reserve_in", {"county": county, "accepted_on": _text(accepted_on)}, act, parcels)

    def reserve(
        self, project: str, amounts: Amounts, *, act: Act, name: str = "", county: str = "", lot: str = ""
    ) -> Receipt:
        """Reserve for a project (its name and county are needed the first time)."""
        args = {"project": project, "name": name, "county": county, "amounts": dict(amounts), "lot": lot}
        return self._do("reserve", args, act)

    def release(self, project: str, amounts: Amounts | None = None, *, act: Act, lot: str = "") -> Receipt:
        """Give back part, or with no amounts all, of what a project reserved."""
        return self._do("release", {"project": project, "amounts": _dict(amounts), "lot": lot}, act)

    def use(self, project: str, amounts: Amounts | None = None, *, act: Act, lot: str = "") -> Receipt:
        """Write off what a project reserved; with amounts, they are the demand that must be covered."""
        return self._do("use", {"project": project, "amounts": _dict(amounts), "lot": lot}, act)

    def reserve_plan(
        self, project: str, lots: Sequence[Mapping[str, Any]], *, act: Act, name: str = "", county: str = ""
    ) -> Receipt:
        """Reserve the reserve parcels of a replacement plan in one entry: all of them or none.

        lots: each with ``lot``, ``county`` (whose farmland it replaces) and ``amount`` (0.01 m²; None for the whole).
        """
        args = {"project": project, "name": name, "county": county, "lots": [dict(row) for row in lots]}
        return self._do("reserve_plan", args, act)

    def release_plan(self, project: str, lots: Sequence[str], *, act: Act) -> Receipt:
        """Give back what a project reserved of these reserve parcels, in one entry."""
        return self._do("release_plan", {"project": project, "lots": list(lots)}, act)

    def use_plan(self, project: str, lots: Sequence[str], *, act: Act) -> Receipt:
        """The approval number has come: write off what a project reserved of these reserve parcels, in one entry."""
        return self._do("use_plan", {"project": project, "lots": list(lots)}, act)

    def promise(
        self, lot: str, project: str, amounts: Amounts, *, due_on: date | None, government: str, mechanism: str,
        act: Act, name: str = "", county: str = "",
    ) -> Receipt:  # fmt: skip
        """Promise a later replacement (承诺补充); it counts as reserved for the project and is owed until fulfilled."""
        args = {"lot": lot, "project": project, "name": name, "county": county, "amounts": dict(amounts),
                "due_on": _text(due_on), "government": government, "mechanism": mechanism}  # fmt: skip
        return self._do("promise", args, act)

    def fulfil(self, promise: str, lot: str, amounts: Amounts, *, act: Act) -> Receipt:
        """Keep a promise, partly or whole, out of a lot."""
        return self._do("fulfil", {"promise": promise, "lot": lot, "amounts": dict(amounts)}, act)

    def quota_issue(
        self, lot: str, county: str, amount: int, *, approved_on: date | None, act: Act, due_on: date | None = None
    ) -> Receipt:
        """Book a batch of construction quota for turnover."""
        args = {"lot": lot, "county": county, "amounts": {"QUOTA": amount}, "approved_on": _text(approved_on),
                "due_on": _text(due_on)}  # fmt: skip
        return self._do("quota_issue", args, act)

    def quota_use(
        self, lot: str, loan: str, project: str, amount: int, *, due_on: date | None, act: Act, name: str = "",
        county: str = "", government: str = "",
    ) -> Receipt:  # fmt: skip
        """Lend quota of a batch to a project until a due date."""
        args = {"lot": lot, "loan": loan, "project": project, "name": name, "county": county,
                "amounts": {"QUOTA": amount}, "due_on": _text(due_on), "government": government}  # fmt: skip
        return self._do("quota_use", args, act)

    def quota_return(self, loan: str, amount: int | None = None, *, act: Act) -> Receipt:
        """Take back quota, partly or (with no amount) whole."""
        return self._do("quota_return", {"lot": loan, "amounts": None if amount is None else {"QUOTA": amount}}, act)

    def transfer(
        self, lot: str, code: str, to_county: str, amounts: Amounts, *, act: Act, coefficient: str = "1"
    ) -> Receipt:
        """Move part of a lot to another county, where it is a lot of its own (a switch allows it)."""
        args = {"lot": lot, "code": code, "to_county": to_county, "amounts": dict(amounts), "coefficient": coefficient}
        return self._do("transfer", args, act)

    def expire(self, lot: str, *, act: Act) -> Receipt:
        """Let a lot past its last day expire."""
        return self._do("expire", {"lot": lot}, act)

    def reverse(self, txn_id: int, *, act: Act) -> Receipt:
        """Undo an entry by its mirror image, once."""
        return self._do("reverse", {"txn": txn_id}, act)

    def approve(self, txn_id: int, *, act: Act) -> Receipt:
        """The second pair of eyes: post what another person proposed."""
        return self._do("approve", {"txn": txn_id}, act)

    def reject(self, txn_id: int, *, act: Act) -> Receipt:
        """The second pair of eyes says no."""
        return self._do("reject", {"txn": txn_id}, act)

    def grant(self, subject: str, role: str, *, act: Act, granted: bool = True) -> Receipt:
        """Give a role to a person, or take it away."""
        return self._do("grant", {"subject": subject, "role": role, "granted": granted}, act)

    def setting(self, name: str, value: str, *, act: Act) -> Receipt:
        """Turn a switch: four_eyes, office, cross_county, cross_province."""
        return self._do("setting", {"name": name, "value": value}, act)

    def expire_due(self, *, basis: str, reason: str) -> list[Receipt]:
        """Expire every lot past its last day; safe to run as often as one likes (one key a lot and day)."""
        today = today_cn(self.clock()).isoformat()
        with self.look() as tx:
            rows = tx.all(
                "SELECT DISTINCT l.code, l.due_on FROM lot l JOIN account a ON a.lot_id = l.lot_id "
                "WHERE a.kind = 'AVAILABLE' AND a.balance > 0 AND l.due_on <> '' AND l.due_on < ? "
                "AND l.kind IN ('balance', 'transfer', 'quota') ORDER BY l.code", today,
            )  # fmt: skip
        return [
            self.expire(code, act=Act(self.actor, reason, basis, key=f"expire:{code}:{due}:{today}"))
            for code, due in rows
        ]

    # -- reading

    @contextmanager
    def look(self) -> Iterator[Tx]:
        """A snapshot for reading, after the role check. Raises Refused LG124."""
        with self.store.read() as tx:
            view = View(tx, self.rules, Act(self.actor, "", "", ""), today_cn(self.clock()))
            allow(view, view.settings(), "look")
            yield tx

    def receipt(self, txn_id: int) -> Receipt:
        """The receipt of an entry. Raises Refused LG129."""
        with self.look() as tx:
            return receipt_of(tx, txn_id)

    def head(self) -> tuple[int, str]:
        """Number and hash of the newest entry."""
        with self.look() as tx:
            row = tx.one("SELECT txn_id, hash FROM txn ORDER BY txn_id DESC LIMIT 1")
            return (int(row[0]), str(row[1])) if row else (0, "")

    def settings(self) -> dict[str, str]:
        """Every switch as it stands."""
        with self.store.read() as tx:
            return View(tx, self.rules, Act(self.actor, "", "", ""), today_cn(self.clock())).settings()

    def roles(self) -> set[str]:
        """What the actor may do here: the roles held, or all of them in single-user mode."""
        with self.store.read() as tx:
            view = View(tx, self.rules, Act(self.actor, "", "", ""), today_cn(self.clock()))
            return view.roles(self.actor) if view.settings()["office"] == "on" else {"viewer", "officer", "approver"}

    def _do(self, verb: str, args: Mapping[str, Any], act: Act, parcels: Iterable[Parcel] = ()) -> Receipt:
        if act.actor != self.actor:
            raise refuse("LG124", act.actor or "–", measured=self.actor, limit=verb)
        return submit(self.store, self.anchor, self.rules, Request(verb, args, act, tuple(parcels)), now=self.clock())

    def act(
        self, reason: str, basis: str, *, key: str | None = None, effective_on: date | None = None, seen: int = 0
    ) -> Act:
        """An act of this ledger's actor; without a key a fresh one is made (then a retry is a new act)."""
        return Act(self.actor, reason, basis, key or uuid.uuid4().hex, effective_on, seen)


def ledger_id(store: Store) -> str:
    """The identity of a ledger, made once when it was."""
    with store.read() as tx:
        row = tx.one("SELECT value FROM ledger_meta WHERE name = 'ledger_id'")
    if row is None:
        raise refuse("LG901", store.name)
    return str(row[0])


def open_ledger(
    store: Store, rules: Rules, *, actor: str, anchors: Path | None = None, clock: Callable[[], datetime] = now_utc
) -> Ledger:  # fmt: skip
    """The ledger in a store, with its anchor. Raises StoreTrouble, or Refused LG910 (an old copy)."""
    anchor = Anchor((anchors or default_folder()) / f"{ledger_id(store)}.anchor")
    newest = anchor.newest()
    with store.read() as tx:
        _same_scale(tx, store)
        anchor.check_head(tx, tx.one("SELECT txn_id, hash FROM txn ORDER BY txn_id DESC LIMIT 1"), newest)
    return Ledger(store, rules, actor, anchor, clock)


def create_ledger(
    store: Store, rules: Rules, *, actor: str, basis: str, reason: str = "建立台账", anchors: Path | None = None,
    settings: Mapping[str, str] | None = None, members: Sequence[tuple[str, str]] = (),
    clock: Callable[[], datetime] = now_utc,
) -> Ledger:  # fmt: skip
    """A new, empty ledger: tables, identity, first entry. An office ledger names its first approver among the members.

    Raises Refused LG908 when one exists already.
    """
    chosen = {**SETTINGS, **(settings or {})}
    if set(chosen) != set(SETTINGS) or not set(chosen.values()) <= {"on", "off"}:
        raise refuse("LG127", "settings", limit=", ".join(SETTINGS))
    if chosen["office"] == "on" and not any(role == "approver" for _, role in members):
        raise refuse("LG142", actor)
    store.create()
    identity = uuid.uuid4().hex
    with store.write() as tx:
        tx.run("INSERT INTO ledger_meta (name, value) VALUES (?, ?)", "ledger_id", identity)
        tx.many("INSERT INTO asset (code, unit, per_unit) VALUES (?, ?, ?)",
                [(a.code, a.unit, a.per_unit) for a in assets().values()])  # fmt: skip
    ledger = Ledger(store, rules, actor, Anchor((anchors or default_folder()) / f"{identity}.anchor"), clock)
    scale = {a.code: [a.unit, a.per_unit] for a in assets().values()}
    args = {"ledger_id": identity, "assets": scale, "settings": sorted(chosen.items()), "members": sorted(members)}
    ledger._do("init", args, Act(actor, reason, basis, key=f"init:{identity}"))
    return ledger


def _same_scale(tx: Tx, store: Store) -> None:
    held = {str(c): (str(u), int(p)) for c, u, p in tx.all("SELECT code, unit, per_unit FROM asset")}
    if held != {a.code: (a.unit, a.per_unit) for a in assets().values()}:
        raise refuse("LG907", store.name, measured=str(held))


def _text(day: date | None) -> str:
    return day.isoformat() if isinstance(day, date) else str(day or "")


def _dict(amounts: Amounts | None) -> dict[str, int] | None:
    return None if amounts is None else dict(amounts)
