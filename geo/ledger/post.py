"""From a draft to durable rows: once per key, by someone who may, never below zero on any day, chained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from geo.ledger.anchor import Anchor
from geo.ledger.asked import Args
from geo.ledger.asset import MAX_AMOUNT, asset
from geo.ledger.clock import instant_text, today_cn
from geo.ledger.entry import (
    GENESIS,
    Act,
    Draft,
    Key,
    Leg,
    Parcel,
    Receipt,
    canonical,
    entry_hash,
    receipt_number,
    sha256_text,
)
from geo.ledger.refusal import refuse
from geo.ledger.rules import Rules
from geo.ledger.store import HEAD, INSERT, NUMBERED, Store, Tx
from geo.ledger.verbs import VERBS
from geo.ledger.view import Account, View, is_source
from geo.ledger.words import check_text, check_wkb

# Acts that answer a proposal; they are not verbs of the pool and never need a second approval.
_DECISIONS = ("approve", "reject")


@dataclass(frozen=True)
class Request:
    """One act as asked: the verb, its arguments, the land that backs it, and who asks why."""

    verb: str
    args: Args
    act: Act
    parcels: tuple[Parcel, ...] = ()

    @cached_property
    def body(self) -> str:
        """The request as one canonical text; two requests are the same when these are the same."""
        effective = self.act.effective_on.isoformat() if self.act.effective_on else ""
        parcels = [p.record() for p in self.parcels]
        return canonical({"verb": self.verb, "args": dict(self.args), "parcels": parcels, "effective_on": effective})

    @cached_property
    def sha256(self) -> str:
        """Hash of the request with who asks, why and on what document."""
        act = self.act
        return sha256_text(canonical([self.body, act.actor, act.reason, act.basis]))


def submit(store: Store, anchor: Anchor, rules: Rules, request: Request, *, now: datetime) -> Receipt:
    """Write one act in one transaction, or refuse it and write nothing.

    The same key again returns the first receipt. Raises Refused, StoreTrouble.
    """
    _check_request(request)
    request.sha256  # noqa: B018  # computed before anybody has to wait for us
    with store.write() as tx:
        head = tx.one(HEAD)
        anchor.check_head(tx, head, anchor.newest())  # nobody else can commit now
        view = View(tx, rules, request.act, today_cn(now))
        view.last = dict(zip(NUMBERED, head[3:], strict=True)) if head else dict.fromkeys(NUMBERED, 0)
        settings = view.settings()
        allow(view, settings, request.verb)
        again = _replayed(tx, request)
        if again is not None:
            return again
        draft, kind, body = _plan(view, settings, request)
        when = max(instant_text(now), str(head[2]) if head else "")
        receipt = _write(view, draft, kind, body, request, (head[0], head[1]) if head else (0, GENESIS), when)
    anchor.append(receipt.txn_id, receipt.hash)
    return receipt


def allow(view: View, settings: Mapping[str, str], verb: str) -> None:
    """The role check of every call, on the ledger's own list of members. Raises Refused LG124.

    In single-user mode whoever can open the file may do everything; the file's permissions are the door.
    """
    if settings["office"] != "on" or verb == "init":
        return
    need = "approver" if verb in _DECISIONS else "viewer" if verb == "look" else VERBS[verb].role
    held = view.roles(view.act.actor)
    if need not in held and not (need == "viewer" and held):
        raise refuse("LG124", view.act.actor or "–", measured=", ".join(sorted(held)) or "–", limit=need)


def _check_request(request: Request) -> None:
    act = request.act
    for name in ("actor", "reason", "basis", "key"):
        check_text(getattr(act, name), name)
    for parcel in request.parcels:
        check_text(parcel.parcel_id, "parcel_id")
        if type(parcel.area) is not int:
            raise refuse("LG101", parcel.parcel_id, measured=repr(parcel.area))
        if not 0 < parcel.area <= MAX_AMOUNT:
            raise refuse("LG102", parcel.parcel_id, measured=str(parcel.area), limit=f"1 – {MAX_AMOUNT}")
        if parcel.wkb:
            check_wkb(parcel.wkb, parcel.parcel_id)


def _replayed(tx: Tx, request: Request) -> Receipt | None:
    row = tx.one("SELECT txn_id, request_sha256 FROM txn WHERE idem_key = ?", request.act.key)
    if row is None:
        return None
    if row[1] != request.sha256:
        raise refuse("LG110", request.act.key, measured=str(row[0]))
    return replace(receipt_of(tx, int(row[0])), replayed=True)


def receipt_of(tx: Tx, txn_id: int) -> Receipt:
    """The receipt of a transaction. Raises Refused LG129 for an unknown number."""
    row = tx.one("SELECT kind, recorded_at, effective_on, actor, hash FROM txn WHERE txn_id = ?", txn_id)
    if row is None:
        raise refuse("LG129", str(txn_id))
    kind, recorded, effective, actor, digest = (str(v) for v in row)
    lots = tuple(str(code) for (code,) in tx.all("SELECT code FROM lot WHERE txn_id = ? ORDER BY lot_id", txn_id))
    status = "pending" if kind == "propose" else "posted"
    number = receipt_number(txn_id, effective)
    return Receipt(number, txn_id, kind, status, recorded, effective, actor, digest, lots=lots)


def _plan(view: View, settings: Mapping[str, str], request: Request) -> tuple[Draft, str, str]:
    if view.effective > view.today:
        raise refuse("LG114", "effective_on", measured=view.effective.isoformat(), limit=view.today.isoformat())
    if request.verb in _DECISIONS:
        return _decide(view, request)
    verb = VERBS[request.verb]
    draft = verb.plan(view, request.args, request.parcels)
    if settings["four_eyes"] == "on" and verb.approved:
        settle(view, draft.legs)  # refuse now what would be refused at approval anyway
        land = {p.sha256: p.wkb.hex() for p in request.parcels if p.wkb}
        body = canonical({"proposal": request.body, "wkb": land})
        return Draft(regime=draft.regime), "propose", body
    return draft, request.verb, request.body


def _decide(view: View, request: Request) -> tuple[Draft, str, str]:
    number = request.args["txn"]
    row = view.tx.one("SELECT kind, actor, body, reason, basis FROM txn WHERE txn_id = ?", number)
    decided = view.tx.one("SELECT txn_id FROM txn WHERE decides = ?", number)
    if row is None or row[0] != "propose" or decided:
        raise refuse("LG126", str(number), measured=str(decided[0]) if decided else "–")
    if request.verb == "reject":
        return Draft(decides=int(number)), "reject", request.body
    if row[1] == request.act.actor:
        raise refuse("LG125", request.act.actor)
    held = json.loads(row[2])
    asked = json.loads(held["proposal"])
    parcels = tuple(
        Parcel(p["parcel_id"], p["area"], bytes.fromhex(held["wkb"].get(p["sha256"], "")), p["srid"], p["grade"],
               p["area_method"], p["source_sha256"])
        for p in asked["parcels"]
    )  # fmt: skip
    if asked["effective_on"]:
        view.effective = type(view.today).fromisoformat(asked["effective_on"])
    draft = VERBS[asked["verb"]].plan(view, asked["args"], parcels)
    draft = replace(draft, decides=int(number), approver=request.act.actor, actor=str(row[1]))
    return draft, asked["verb"], held["proposal"]


def settle(view: View, legs: tuple[Leg, ...]) -> list[tuple[Leg, int, int]]:
    """Balances after each leg. Raises Refused when an account would leave its side of zero, on this or any later day,
    or has moved since the form was shown."""
    known: dict[Key, int] = {}
    first: dict[Key, Account | None] = {}
    moved: dict[Key, int] = {}
    after: list[tuple[Leg, int, int]] = []
    for leg in legs:
        for key in (leg.source, leg.target):
            if key not in known:
                first[key] = view.account(key)
                account = first[key]
                known[key] = account.balance if account else 0
        known[leg.source] -= leg.amount
        known[leg.target] += leg.amount
        moved[leg.source] = moved.get(leg.source, 0) - leg.amount
        moved[leg.target] = moved.get(leg.target, 0) + leg.amount
        after.append((leg, known[leg.source], known[leg.target]))
    day = view.effective.isoformat()
    for key, change in moved.items():
        account = first[key]
        if account and view.act.seen and account.last_txn > view.act.seen:
            raise refuse("LG113", view.lot_by_id(key.lot_id).code, measured=str(account.last_txn),
                         limit=str(view.act.seen))  # fmt: skip
        _check_side(view, key, account, change, known[key], day)
    return after


def _check_side(view: View, key: Key, account: Account | None, change: int, balance: int, day: str) -> None:
    source = is_source(key.kind)
    if (balance > 0) if source else (balance < 0):
        held = balance - change
        raise refuse("LG106", view.lot_by_id(key.lot_id).code, measured=asset(key.asset).tell(abs(held)),
                     limit=asset(key.asset).tell(abs(change)),
                     values={"asset_zh": asset(key.asset).zh, "asset_en": asset(key.asset).en,
                             "short": asset(key.asset).tell(abs(balance))})  # fmt: skip
    if account and day < account.last_effective:
        low, high = view.range_from(account, day)
        if (high + change > 0) if source else (low + change < 0):
            raise refuse("LG115", view.lot_by_id(key.lot_id).code, measured=day, limit=account.last_effective)


def _write(
    view: View, draft: Draft, kind: str, body: str, request: Request, head: tuple[int, str], when: str
) -> Receipt:
    tx, act = view.tx, request.act
    after = settle_drafted(view, draft)
    txn_id, effective = head[0] + 1, view.effective.isoformat()
    actor = draft.actor or act.actor
    row: dict[str, Any] = {
        "txn_id": txn_id, "idem_key": act.key, "request_sha256": request.sha256, "kind": kind, "actor": actor,
        "approver": draft.approver, "reason": act.reason, "basis": act.basis, "recorded_at": when,
        "effective_on": effective, "regime": draft.regime, "rules": view.rules.edition, "body": body,
        "reverses": draft.reverses, "decides": draft.decides,
    }  # fmt: skip
    transfers = [[*_names(leg.source), *_names(leg.target), leg.amount, low, high] for leg, low, high in after]
    rows: dict[str, list[Any]] = {
        "projects": [[p.code, p.name, p.county] for p in draft.projects],
        "lots": [lot.row() for lot in draft.lots],
        "parcels": [[lot, pool, *parcel_row(p)] for lot, pool, p in draft.parcels],
        "transfers": transfers,
        "members": [list(m) for m in draft.members],
        "settings": [list(s) for s in draft.settings],
    }
    digest = entry_hash(head[1], row, rows)
    tx.run(INSERT["txn"], *row.values(), head[1], digest)
    for p in draft.projects:
        tx.run(INSERT["project"], p.code, p.name, p.county, txn_id)
    for lot in draft.lots:
        tx.run(INSERT["lot"], *lot.row(), txn_id)
    if draft.parcels:
        at = view.last["parcel"]
        tx.many(INSERT["parcel"], [
            (at + i, lot, pool, p.parcel_id, p.area, p.grade, p.srid, p.wkb, p.sha256, p.area_method, p.source_sha256)
            for i, (lot, pool, p) in enumerate(draft.parcels, 1)
        ])  # fmt: skip
    _move(view, txn_id, after)
    if draft.members:
        at = view.last["member"]
        tx.many(INSERT["member"], [(at + i, *m, txn_id) for i, m in enumerate(draft.members, 1)])
    if draft.settings:
        at = view.last["setting"]
        tx.many(INSERT["setting"], [(at + i, *s, txn_id) for i, s in enumerate(draft.settings, 1)])
    status = "pending" if kind == "propose" else "posted"
    return Receipt(receipt_number(txn_id, effective), txn_id, kind, status, when, effective, actor, digest,
                   lots=tuple(lot.code for lot in draft.lots))  # fmt: skip


def settle_drafted(view: View, draft: Draft) -> list[tuple[Leg, int, int]]:
    """As ``settle``, for a draft whose new lots are not in the tables yet."""
    return settle(view, draft.legs) if draft.legs else []


def parcel_row(p: Parcel) -> list[Any]:
    """A parcel as it is hashed: its bytes stand in by their own hash."""
    return [p.parcel_id, p.area, p.grade, p.srid, p.sha256, p.area_method, p.source_sha256]


def _move(view: View, txn_id: int, after: list[tuple[Leg, int, int]]) -> None:
    ids: dict[Key, int] = {}
    opened = view.last["account"]
    rows = []
    for number, (leg, low, high) in enumerate(after, view.last["transfer"] + 1):
        for key in (leg.source, leg.target):
            if key in ids:
                continue
            found = view.account(key)  # as settle saw it
            if found is None:
                opened += 1
                view.tx.run(INSERT["account"], opened, *_names(key))
            ids[key] = found.account_id if found else opened
        rows.append((number, txn_id, ids[leg.source], ids[leg.target], leg.source.asset, leg.amount, low, high))
    if rows:
        view.tx.many(INSERT["transfer"], rows)


def _names(key: Key) -> tuple[str, int, str, str]:
    return key.kind, key.lot_id, key.project, key.asset
